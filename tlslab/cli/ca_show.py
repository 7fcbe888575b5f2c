"""Certificates of a lab as text and as JSON."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from cryptography import x509

from tlslab.cli.terminal import print_line
from tlslab.pki.constraints import constraints_of
from tlslab.pki.names import text_of
from tlslab.report.json_document import Json, JsonValue
from tlslab.report.text import signs_for, tree_lines
from tlslab.store import Entry
from tlslab.wire.notation import decode
from tlslab.wire.x509 import CERTIFICATE
from tlslab.wire.x509_facts import certificate_facts


def certificate_object(entry: Entry, certificate: x509.Certificate) -> Json:
    """One certificate with the names of RFC 5280, as `ca list --json` and `ca show --json` give it."""
    permitted: Json = {type_name: [*bases] for type_name, bases in _permitted(certificate).items()}
    return {
        "name": entry.name,
        "kind": entry.kind,
        "issued_by": entry.issuer,
        "subject": entry.subject,
        "issuer": certificate.issuer.rfc4514_string(),
        "serial_number": f"{entry.serial_number:040x}",
        "not_before": _time(entry.not_before),
        "not_after": _time(entry.not_after),
        "key_type": entry.key_type,
        "subject_alternative_name": list(entry.names),
        "path_len_constraint": _path_len_constraint(certificate),
        "permitted_subtrees": permitted or None,
        "sha256_fingerprint": entry.fingerprint,
        "status": entry.status(),
        "revocation": _revocation_object(entry),
        "has_private_key": entry.has_private_key,
        "note": entry.note,
    }


def _revocation_object(entry: Entry) -> JsonValue:
    if entry.revocation is None:
        return None
    return {"time": _time(entry.revocation.time), "reason": entry.revocation.reason}


def print_list(entries: Sequence[Entry]) -> None:
    """One line each, what was issued below its issuer and indented."""
    rows = [("NAME", "KIND", "KEY", "UNTIL", "STATUS", "NAMES")]
    now = datetime.now(UTC)
    for depth, entry in _in_tree(entries):
        until = f"{entry.not_after:%Y-%m-%d}"
        names = ", ".join(entry.names)
        rows.append(("  " * depth + entry.name, entry.kind, entry.key_type, until, entry.status(now), names))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print_line("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]).rstrip())


def print_path(entries: Sequence[Entry], certificate: x509.Certificate, der: bytes, *, tree: bool) -> None:
    """The certificate in plain words, then who stands above it and, on request, every field of it."""
    for label, text in (*_facts(entries[0], certificate), *_rights(entries[0], der)):
        print_line(f"{label:24} {text}")
    if len(entries) > 1:
        print_line(f"{'path':24} " + " < ".join(each.name for each in entries))
    for line in tree_lines(decode(CERTIFICATE, "certificate", der), signs_for(sys.stdout.encoding)) if tree else ():
        print_line(line)


def _facts(entry: Entry, certificate: x509.Certificate) -> Iterable[tuple[str, str]]:
    yield "name", entry.name
    yield "kind", entry.kind
    yield "subject", entry.subject
    yield "issuer", certificate.issuer.rfc4514_string()
    yield "serialNumber", f"{entry.serial_number:040x}"
    yield "validity", f"{_time(entry.not_before)} to {_time(entry.not_after)}"
    yield "status", _status(entry)
    yield "subjectPublicKeyInfo", entry.key_type
    if entry.names:
        yield "subjectAltName", ", ".join(entry.names)
    path_length = _path_len_constraint(certificate)
    if path_length is not None:
        yield "pathLenConstraint", str(path_length)
    for type_name, bases in _permitted(certificate).items():
        yield f"permitted {type_name}", ", ".join(bases)
    if entry.kind == "root" and constraints_of(certificate) is None:
        yield "permitted", "anything: this root has no name constraints"
    yield "SHA-256 fingerprint", entry.fingerprint


def _rights(entry: Entry, der: bytes) -> Iterable[tuple[str, str]]:
    """What its key may be used for, which extensions say so, and what its owner noted."""
    facts = certificate_facts(der)
    labelled = (
        ("keyUsage", facts.key_usage),
        ("extKeyUsage", facts.extended_key_usage),
        ("extensions", facts.extensions),
    )
    yield from ((label, ", ".join(values)) for label, values in labelled if values)
    yield "private key", "in the lab" if entry.has_private_key else "not in the lab"
    if entry.note:
        yield "note", entry.note


def branches(entries: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    """Each below who issued it, with the lines of a tree before it: "|  `- "."""
    below = _below(entries)
    waiting = [("", "", entry) for entry in reversed(below.get(None, []))]
    while waiting:
        branch, stem, entry = waiting.pop()
        yield branch, entry
        issued = below.get(entry.name, [])
        waiting += [(f"{stem}`- ", f"{stem}   ", each) for each in issued[-1:]]
        waiting += [(f"{stem}|- ", f"{stem}|  ", each) for each in reversed(issued[:-1])]


def _status(entry: Entry) -> str:
    """What it is worth now, with the day and the reason where it was revoked."""
    status, revocation = entry.status(), entry.revocation
    if revocation is None or status not in {"revoked", "on hold"}:
        return status
    return f"{status} since {_time(revocation.time)}, {revocation.reason}"


def _in_tree(entries: Sequence[Entry]) -> Iterator[tuple[int, Entry]]:
    """Each below who issued it, with its depth."""
    return ((len(branch) // 3, entry) for branch, entry in branches(entries))


def _below(entries: Sequence[Entry]) -> dict[str | None, list[Entry]]:
    """What each has issued, by its name; None for what has no issuer here."""
    below: dict[str | None, list[Entry]] = {}
    names = {entry.name for entry in entries}
    for entry in entries:
        below.setdefault(entry.issuer if entry.issuer in names else None, []).append(entry)
    return below


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _path_len_constraint(certificate: x509.Certificate) -> int | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    except x509.ExtensionNotFound:
        return None


def _permitted(certificate: x509.Certificate) -> dict[str, list[str]]:
    """The permittedSubtrees by type: {"dNSName": ["localhost", ...], ...}; empty without constraints."""
    constraints = constraints_of(certificate)
    permitted: dict[str, list[str]] = {}
    for base in (constraints and constraints.permitted_subtrees) or ():
        permitted.setdefault(_TYPES.get(type(base), "other"), []).append(text_of(base))
    return permitted


_TYPES: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "dNSName",
    x509.IPAddress: "iPAddress",
    x509.RFC822Name: "rfc822Name",
    x509.UniformResourceIdentifier: "URI",
}
"""As RFC 5280 section 4.2.1.6 calls them, the URI shortened."""
