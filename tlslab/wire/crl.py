"""Certificate revocation lists (RFC 5280 §5) as a schema for `der`: who is revoked, since when and why."""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import Element
from tlslab.wire.der_composite import Explicit, ListOf, Sequence
from tlslab.wire.der_scalars import INTEGER, Scalar
from tlslab.wire.field import Field
from tlslab.wire.words import counted
from tlslab.wire.x509 import TIME
from tlslab.wire.x509_algorithms import ALGORITHM
from tlslab.wire.x509_extensions import EXTENSIONS
from tlslab.wire.x509_keys import SIGNATURE
from tlslab.wire.x509_names import NAME

RULE: Final = "RFC 5280 §5.1"


def _version_words(body: bytes) -> str:
    return "v2" if body == b"\1" else f"unknown, 0x{body.hex()}"


def _version_check(body: bytes) -> tuple[str, str] | None:
    return None if body == b"\1" else ("a list with a version is v2, written 1", "RFC 5280 §5.1.2.1")


def _entry_words(field: Field) -> str:
    serial, date = field.child("userCertificate"), field.child("revocationDate")
    reason = field.find("crlEntryExtensions", "cRLReason")
    words = f"{serial.label if serial is not None else ''} since {date.label if date is not None else '?'}"
    return f"{words}, {reason.label}" if reason is not None else words


def _list_words(field: Field) -> str:
    issuer, revoked = field.child("issuer"), field.child("revokedCertificates")
    number = len(revoked.children) - 1 if revoked is not None else 0
    return f"{issuer.label if issuer is not None else ''}, {counted(number, ('certificate', 'certificates'))} revoked"


def _first_words(field: Field) -> str:
    inside = field.child("tbsCertList")
    return inside.label if inside is not None else ""


VERSION: Final = Scalar("Version", INTEGER.tags, _version_words, INTEGER.number, _version_check)
ENTRY: Final = Sequence(
    "RevokedCertificate",
    {"userCertificate": INTEGER, "revocationDate": TIME, "crlEntryExtensions?": EXTENSIONS},
    _entry_words,
)
ENTRIES: Final = ListOf(
    "RevokedCertificates", ENTRY, lambda field: counted(len(field.children) - 1, ("entry", "entries"))
)
TBS: Final = Sequence(
    "TBSCertList",
    {
        "version?": VERSION,
        "signature": ALGORITHM,
        "issuer": NAME,
        "thisUpdate": TIME,
        "nextUpdate?": TIME,
        "revokedCertificates?": ENTRIES,
        "crlExtensions?": Explicit(0, EXTENSIONS),
    },
    _list_words,
)
CERTIFICATE_LIST: Final[Element] = Sequence(
    "CertificateList",
    {"tbsCertList": TBS, "signatureAlgorithm": ALGORITHM, "signatureValue": SIGNATURE},
    _first_words,
    rule=RULE,
)
CERTIFICATE_LIST.alert = ""
