"""A certificate on its own, as text and as JSON; in a handshake it is part of its message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tlslab.report.json_document import Detail, field_stream, problem_object
from tlslab.report.json_stream import Streamed
from tlslab.report.text import Signs, hex_lines, problem_lines, tree_lines
from tlslab.wire.notation import decode
from tlslab.wire.words import harmless
from tlslab.wire.x509 import CERTIFICATE
from tlslab.wire.x509_facts import TIME_FORMAT, CertificateFacts, facts_of


def certificate_object(der: bytes, detail: Detail) -> Streamed:
    """One certificate, its parts named as in RFC 5280, for `write_json`."""
    root = decode(CERTIFICATE, "certificate", der)
    facts = facts_of(root)
    made = Streamed(
        subject=facts.subject,
        issuer=facts.issuer,
        serial_number=facts.serial,
        not_before=_iso(facts.not_before),
        not_after=_iso(facts.not_after),
        subject_public_key=facts.key,
        signature_algorithm=facts.signature_algorithm,
        subject_alternative_name=[*facts.names],
        ca=facts.is_ca,
        path_len_constraint=facts.path_len_constraint,
        key_usage=[*facts.key_usage],
        extended_key_usage=[*facts.extended_key_usage],
        subject_key_identifier=facts.subject_key_identifier or None,
        authority_key_identifier=facts.authority_key_identifier or None,
        extensions=[*facts.extensions],
        critical_extensions=[*facts.critical],
        sha256_fingerprint=facts.sha256,
        length=len(der),
        problems=map(problem_object, root.problems()),
    )
    if detail.fields:
        made["fields"] = field_stream(root)
    if detail.data:
        made["data"] = der.hex()
    return made


def certificate_lines(der: bytes, signs: Signs, *, tree: bool = False, hex_dump: bool = False) -> Iterator[str]:
    """The certificate in words, then, on request, every element of it and its bytes."""
    root = decode(CERTIFICATE, "certificate", der)
    for label, text in _facts(facts_of(root)):
        yield harmless(f"{label:24} {text}")
    if tree:
        yield from tree_lines(root, signs)
    if hex_dump:
        yield from (f"      {line}" for line in hex_lines(der))
    yield from problem_lines(root, signs)


def _facts(facts: CertificateFacts) -> Iterator[tuple[str, str]]:
    """What is there, under the names that RFC 5280 gives it."""
    constraint = "" if facts.path_len_constraint is None else f", pathLenConstraint {facts.path_len_constraint}"
    rows = (
        ("subject", facts.subject),
        ("issuer", facts.issuer + (" (itself)" if facts.self_issued else "")),
        ("serialNumber", facts.serial),
        ("validity", f"{_words(facts.not_before)} to {_words(facts.not_after)}"),
        ("subjectPublicKeyInfo", facts.key),
        ("signatureAlgorithm", facts.signature_algorithm),
        ("subjectAltName", ", ".join(facts.names)),
        ("basicConstraints", f"CA{constraint}" if facts.is_ca else ""),
        ("keyUsage", ", ".join(facts.key_usage)),
        ("extKeyUsage", ", ".join(facts.extended_key_usage)),
        ("subjectKeyIdentifier", facts.subject_key_identifier),
        ("authorityKeyIdentifier", facts.authority_key_identifier),
        ("SHA-256 fingerprint", facts.sha256),
    )
    return ((label, text) for label, text in rows if text)


def _iso(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _words(time: datetime | None) -> str:
    return "?" if time is None else f"{time:{TIME_FORMAT}}"
