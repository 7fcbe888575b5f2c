"""OCSP (RFC 6960) as schemas for `der`: the question whether certificates are revoked, and the signed answer.

An answer stands in a staple (`CertificateStatus`, or the status_request extension of a certificate) or in a file.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import Element
from tlslab.wire.der_composite import Choice, Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_scalars import (
    ENUMERATED,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    Rule,
    Scalar,
)
from tlslab.wire.der_strings import OctetString
from tlslab.wire.field import Field
from tlslab.wire.values import Type
from tlslab.wire.words import counted
from tlslab.wire.x509 import CERTIFICATE
from tlslab.wire.x509_algorithms import ALGORITHM
from tlslab.wire.x509_extension_contents import KeyIdentifier
from tlslab.wire.x509_extensions import EXTENSIONS
from tlslab.wire.x509_keys import SIGNATURE
from tlslab.wire.x509_names import GENERAL_NAME, NAME, name_in
from tlslab.wire.x509_revocation_contents import CRL_REASON

STATUSES: Final = {
    0: "successful",
    1: "malformedRequest",
    2: "internalError",
    3: "tryLater",
    5: "sigRequired",
    6: "unauthorized",
}
"""OCSPResponseStatus; 4 is not used."""


def _status_words(body: bytes) -> str:
    number = int.from_bytes(body[:4], "big")
    return f"{STATUSES.get(number, 'unknown')} ({number})"


def _status_check(body: bytes) -> Rule | None:
    known = len(body) == 1 and body[0] in STATUSES
    return None if known else ("there is no such status", "RFC 6960 §4.2.1")


def _label(field: Field | None) -> str:
    return field.label if field is not None else "?"


def _id_words(field: Field) -> str:
    return f"serial number {_label(field.child('serialNumber'))}, {_label(field.child('hashAlgorithm'))}"


def _single_words(field: Field) -> str:
    update = field.child("nextUpdate")
    until = f" to {update.label}" if update is not None else ""
    return f"{_label(field.child('certStatus'))}, {_label(field.child('thisUpdate'))}{until}"


def _revoked_words(field: Field) -> str:
    reason = field.child("revocationReason")
    words = f"revoked since {_label(field.child('revocationTime'))}"
    return f"{words}, {reason.label}" if reason is not None else words


def _basic_words(field: Field) -> str:
    return _label(field.find("tbsResponseData", "responses"))


def _response_words(field: Field) -> str:
    answer = field.find("responseBytes", "ResponseBytes", "response")
    status = _label(field.child("responseStatus"))
    return answer.label if answer is not None else status


def _responses_words(field: Field) -> str:
    answers = field.children[1:]
    return answers[0].label if len(answers) == 1 else counted(len(answers), ("answer", "answers"))


class Status(Implicit):
    """good or unknown: the tag says it, there is nothing inside."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__(number, NULL)
        self.name = name

    def label(self, field: Field) -> str:
        """Its name."""
        return self.name

    def value(self, field: Field) -> str:
        """Its name."""
        return self.name


def _response(field: Field) -> Type | None:
    above = field.parent
    named = name_in(above.child("responseType")) if above is not None else ""
    return BASIC_OCSP_RESPONSE if named == "ocspBasic" else None


HASH: Final = KeyIdentifier(name="OCTET STRING")
CERT_ID: Final = Sequence(
    "CertID",
    {"hashAlgorithm": ALGORITHM, "issuerNameHash": HASH, "issuerKeyHash": HASH, "serialNumber": INTEGER},
    _id_words,
)
CERTIFICATES: Final = ListOf(
    "Certificates", CERTIFICATE, lambda field: counted(len(field.children) - 1, ("certificate", "certificates"))
)
VERSION: Final = Scalar("Version", INTEGER.tags, lambda body: "v1" if body == b"\0" else f"unknown, 0x{body.hex()}")
REQUEST: Final = Sequence(
    "Request",
    {"reqCert": CERT_ID, "singleRequestExtensions?": Explicit(0, EXTENSIONS)},
    lambda f: _label(f.child("reqCert")),
)
REQUESTS: Final = ListOf("RequestList", REQUEST)
TBS_REQUEST: Final = Sequence(
    "TBSRequest",
    {
        "version?": Explicit(0, VERSION),
        "requestorName?": Explicit(1, GENERAL_NAME),
        "requestList": REQUESTS,
        "requestExtensions?": Explicit(2, EXTENSIONS),
    },
    lambda field: _label(field.child("requestList")),
)
OCSP_SIGNATURE: Final = Sequence(
    "OCSPSignature",
    {"signatureAlgorithm": ALGORITHM, "signature": SIGNATURE, "certs?": Explicit(0, CERTIFICATES)},
)
OCSP_REQUEST: Final[Element] = Sequence(
    "OCSPRequest",
    {"tbsRequest": TBS_REQUEST, "optionalSignature?": Explicit(0, OCSP_SIGNATURE)},
    lambda field: _label(field.child("tbsRequest")),
    rule="RFC 6960 §4.1.1",
)

REVOKED_INFO: Final = Sequence(
    "RevokedInfo",
    {"revocationTime": GENERALIZED_TIME, "revocationReason?": Explicit(0, CRL_REASON)},
    _revoked_words,
)
CERT_STATUS: Final = Choice("CertStatus", Status(0, "good"), Implicit(1, REVOKED_INFO), Status(2, "unknown"))
SINGLE_RESPONSE: Final = Sequence(
    "SingleResponse",
    {
        "certID": CERT_ID,
        "certStatus": CERT_STATUS,
        "thisUpdate": GENERALIZED_TIME,
        "nextUpdate?": Explicit(0, GENERALIZED_TIME),
        "singleExtensions?": Explicit(1, EXTENSIONS),
    },
    _single_words,
)
RESPONDER_ID: Final = Choice("ResponderID", Explicit(1, NAME), Explicit(2, KeyIdentifier(name="KeyHash")))
RESPONSE_DATA: Final = Sequence(
    "ResponseData",
    {
        "version?": Explicit(0, VERSION),
        "responderID": RESPONDER_ID,
        "producedAt": GENERALIZED_TIME,
        "responses": ListOf("Responses", SINGLE_RESPONSE, _responses_words),
        "responseExtensions?": Explicit(1, EXTENSIONS),
    },
    lambda field: _label(field.child("responses")),
)
BASIC_OCSP_RESPONSE: Final = Sequence(
    "BasicOCSPResponse",
    {
        "tbsResponseData": RESPONSE_DATA,
        "signatureAlgorithm": ALGORITHM,
        "signature": SIGNATURE,
        "certs?": Explicit(0, CERTIFICATES),
    },
    _basic_words,
    rule="RFC 6960 §4.2.1",
)
RESPONSE_BYTES: Final = Sequence(
    "ResponseBytes",
    {"responseType": OBJECT_IDENTIFIER, "response": OctetString(_response, inside=(BASIC_OCSP_RESPONSE,))},
    lambda field: _label(field.child("response")),
)
RESPONSE_STATUS: Final = Scalar("OCSPResponseStatus", ENUMERATED.tags, _status_words, ENUMERATED.number, _status_check)
OCSP_RESPONSE: Final[Element] = Sequence(
    "OCSPResponse",
    {"responseStatus": RESPONSE_STATUS, "responseBytes?": Explicit(0, RESPONSE_BYTES)},
    _response_words,
    rule="RFC 6960 §4.2.1",
)
OCSP_RESPONSE.alert = "bad_certificate_status_response"
OCSP_REQUEST.alert = ""
