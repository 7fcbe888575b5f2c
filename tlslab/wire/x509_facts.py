"""What people want to know of a certificate, as plain values read off its tree.

Damage is no error here either: what cannot be read is empty, and `problems` says why.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from tlslab.wire.certificates import certificate_name
from tlslab.wire.der_scalars import INTEGER
from tlslab.wire.der_strings import BitString
from tlslab.wire.field import Field
from tlslab.wire.notation import decode
from tlslab.wire.x509 import CERTIFICATE
from tlslab.wire.x509_names import name_in

TIME_FORMAT = "%Y-%m-%d %H:%M:%S UTC"


class CertificateFacts(NamedTuple):
    """A certificate in words."""

    title: str
    """Whom it is for, in short: the common name of the subject, else the first DNS name; "" for neither."""
    subject: str
    """Distinguished name: "C=DE, O=tlslab, CN=demo"; "empty" for an empty one."""
    issuer: str
    serial: str
    """Hex without leading zeros."""
    not_before: datetime | None
    """In UTC; None if it cannot be read."""
    not_after: datetime | None
    key: str
    """Kind and size: "RSA, 2048 bits", "EC, secp256r1", "Ed25519"."""
    signature_algorithm: str
    """With which the issuer signed: "sha256WithRSAEncryption"."""
    names: tuple[str, ...]
    """subjectAltName, without the kinds: "demo.lab.test", "127.0.0.1"."""
    is_ca: bool
    path_len_constraint: int | None
    key_usage: tuple[str, ...]
    """Names of the bits that are set; empty also without the extension."""
    extended_key_usage: tuple[str, ...]
    """Names of the purposes: "serverAuth"; empty also without the extension."""
    subject_key_identifier: str
    """Hex, "" without the extension."""
    authority_key_identifier: str
    extensions: tuple[str, ...]
    """Names of the extensions in their order; those that are critical also stand in `critical`."""
    critical: tuple[str, ...]
    self_issued: bool
    """Subject and issuer are the same bytes."""
    sha256: str
    """Fingerprint: hash of the whole certificate, hex."""
    problems: tuple[str, ...]
    """What is wrong with its form; says nothing of dates, trust or signature."""


def certificate_facts(der: bytes) -> CertificateFacts:
    """The facts of one certificate in DER; never raises, whatever the bytes."""
    return facts_of(decode(CERTIFICATE, "certificate", der))


def facts_of(root: Field) -> CertificateFacts:
    """The facts of one certificate that was decoded already. Opens its whole tree."""
    tbs = root.child("tbsCertificate")
    extensions = _extensions(tbs)
    basic = _inside(extensions, "basicConstraints")
    subject, issuer = _find(tbs, "subject"), _find(tbs, "issuer")
    return CertificateFacts(
        title=certificate_name(root.data),
        subject=_label(subject),
        issuer=_label(issuer),
        serial=_serial(_find(tbs, "serialNumber")),
        not_before=_time(_find(tbs, "validity", "notBefore")),
        not_after=_time(_find(tbs, "validity", "notAfter")),
        key=_label(_find(tbs, "subjectPublicKeyInfo")),
        signature_algorithm=_label(root.child("signatureAlgorithm")),
        names=tuple(_bare(name) for name in _items(_inside(extensions, "subjectAltName"))),
        is_ca=_text(_find(basic, "cA")) == "TRUE",
        path_len_constraint=_number(_find(basic, "pathLenConstraint")),
        key_usage=_flags(_inside(extensions, "keyUsage")),
        extended_key_usage=tuple(name_in(item) for item in _items(_inside(extensions, "extKeyUsage"))),
        subject_key_identifier=_text(_inside(extensions, "subjectKeyIdentifier")),
        authority_key_identifier=_text(_find(_inside(extensions, "authorityKeyIdentifier"), "keyIdentifier")),
        extensions=tuple(extensions),
        critical=tuple(name for name, field in extensions.items() if _text(field.child("critical")) == "TRUE"),
        self_issued=subject is not None and issuer is not None and subject.bytes == issuer.bytes,
        sha256=hashlib.sha256(root.data).hexdigest(),
        problems=tuple(problem.text for problem in root.problems()),
    )


def _find(field: Field | None, *names: str) -> Field | None:
    return field.find(*names) if field is not None else None


def _label(field: Field | None) -> str:
    return field.label if field is not None else ""


def _text(field: Field | None) -> str:
    value = field.value if field is not None else None
    return str(value) if value is not None else ""


def _number(field: Field | None) -> int | None:
    value = field.value if field is not None else None
    return value if isinstance(value, int) else None


def _items(field: Field | None) -> list[Field]:
    return [child for child in field.children if child.name.startswith("[")] if field is not None else []


def _extensions(tbs: Field | None) -> dict[str, Field]:
    """Extensions by name; the first of each name."""
    found: dict[str, Field] = {}
    listed = _find(tbs, "extensions", "Extensions")
    for extension in listed.children[1:] if listed is not None else []:
        found.setdefault(extension.name, extension)
    return found


def _inside(extensions: dict[str, Field], name: str) -> Field | None:
    """The element inside an extension's value."""
    value = _find(extensions.get(name), "extnValue")
    return value.children[1] if value is not None and len(value.children) > 1 else None


def _serial(field: Field | None) -> str:
    return f"{int.from_bytes(INTEGER.body(field), 'big', signed=True):x}" if field is not None else ""


def _time(field: Field | None) -> datetime | None:
    try:
        return datetime.strptime(_text(field), TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _bare(name: Field) -> str:
    """A general name without the name of its kind."""
    kind = name.doc.rpartition(".")[2]
    return name.label.removeprefix(f"{kind} ")


def _flags(field: Field | None) -> tuple[str, ...]:
    bits = field.child("bits") if field is not None else None
    return (
        tuple(field.kind.flags(bits.bytes)) if bits is not None and field and isinstance(field.kind, BitString) else ()
    )
