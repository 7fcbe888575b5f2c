"""Certificate requests (PKCS #10, RFC 2986) as a schema for `der`: a name and a key that ask for a certificate."""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import Element
from tlslab.wire.der_composite import Implicit, Sequence
from tlslab.wire.der_scalars import INTEGER, Rule, Scalar
from tlslab.wire.field import Field
from tlslab.wire.pkcs9 import ATTRIBUTES
from tlslab.wire.x509_algorithms import ALGORITHM
from tlslab.wire.x509_keys import SIGNATURE, SPKI
from tlslab.wire.x509_names import NAME


def _version_check(body: bytes) -> Rule | None:
    return None if body == b"\0" else ("the only version is v1, written 0", "RFC 2986 §4.1")


def _subject_words(field: Field) -> str:
    subject = field.child("subject")
    return subject.label if subject is not None else ""


def _info_words(field: Field) -> str:
    info = field.child("certificationRequestInfo")
    return info.label if info is not None else ""


VERSION: Final = Scalar(
    "Version",
    INTEGER.tags,
    lambda body: "v1" if body == b"\0" else f"unknown, 0x{body.hex()}",
    INTEGER.number,
    _version_check,
)
REQUEST_INFO: Final = Sequence(
    "CertificationRequestInfo",
    {"version": VERSION, "subject": NAME, "subjectPKInfo": SPKI, "attributes?": Implicit(0, ATTRIBUTES)},
    _subject_words,
)
CERTIFICATION_REQUEST: Final[Element] = Sequence(
    "CertificationRequest",
    {"certificationRequestInfo": REQUEST_INFO, "signatureAlgorithm": ALGORITHM, "signature": SIGNATURE},
    _info_words,
    rule="RFC 2986 §4.2",
)
CERTIFICATION_REQUEST.alert = ""
