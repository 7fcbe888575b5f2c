"""X.509 certificates (RFC 5280) as a schema for `der`: every element named, down to the last."""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import Element
from tlslab.wire.der_composite import Choice, Explicit, Implicit, Sequence
from tlslab.wire.der_scalars import GENERALIZED_TIME, INTEGER, UTC_TIME, Scalar
from tlslab.wire.der_strings import BitString
from tlslab.wire.field import Field
from tlslab.wire.x509_algorithms import ALGORITHM
from tlslab.wire.x509_extensions import EXTENSIONS
from tlslab.wire.x509_keys import SIGNATURE, SPKI
from tlslab.wire.x509_names import NAME

__all__ = ["CERTIFICATE", "NAME", "SPKI"]


def _validity_words(field: Field) -> str:
    return " to ".join(child.label for child in field.children[1:])


def _late_time_check(body: bytes) -> tuple[str, str] | None:
    """What RFC 5280 asks of a GeneralizedTime beside what DER does."""
    wrong = GENERALIZED_TIME.check(body) if GENERALIZED_TIME.check is not None else None
    if wrong is not None:
        return wrong
    if b"." in body:
        return "the time of a certificate has no fraction of a second", "RFC 5280 §4.1.2.5.2"
    return ("a time through the year 2049 is a UTCTime", "RFC 5280 §4.1.2.5") if body[:4] < b"2050" else None


LATE_TIME: Final = Scalar(GENERALIZED_TIME.name, GENERALIZED_TIME.tags, GENERALIZED_TIME.words, check=_late_time_check)
TIME: Final = Choice("Time", UTC_TIME, LATE_TIME)
VALIDITY: Final = Sequence("Validity", {"notBefore": TIME, "notAfter": TIME}, _validity_words)

VERSIONS: Final = {b"\0": "v1", b"\1": "v2", b"\2": "v3"}


def _version_words(body: bytes) -> str:
    return VERSIONS.get(body, f"unknown, 0x{body.hex()}")


def _version_check(body: bytes) -> tuple[str, str] | None:
    if body == b"\0":
        return "v1 is the default, which DER leaves out", "X.690 §11.5"
    return None if body in VERSIONS else ("there is no such version", "RFC 5280 §4.1.2.1")


VERSION: Final = Scalar("Version", INTEGER.tags, _version_words, INTEGER.number, _version_check)


def _tbs_words(field: Field) -> str:
    subject = field.child("subject")
    return subject.label if subject is not None else ""


TBS: Final = Sequence(
    "TBSCertificate",
    {
        "version?": Explicit(0, VERSION),
        "serialNumber": INTEGER,
        "signature": ALGORITHM,
        "issuer": NAME,
        "validity": VALIDITY,
        "subject": NAME,
        "subjectPublicKeyInfo": SPKI,
        "issuerUniqueID?": Implicit(1, BitString()),
        "subjectUniqueID?": Implicit(2, BitString()),
        "extensions?": Explicit(3, EXTENSIONS),
    },
    _tbs_words,
)


def _certificate_words(field: Field) -> str:
    tbs = field.child("tbsCertificate")
    return tbs.label if tbs is not None else ""


CERTIFICATE: Final[Element] = Sequence(
    "X509Certificate",
    {"tbsCertificate": TBS, "signatureAlgorithm": ALGORITHM, "signatureValue": SIGNATURE},
    _certificate_words,
)
"""Named apart from the handshake message `Certificate`, whose members' texts have that name."""
