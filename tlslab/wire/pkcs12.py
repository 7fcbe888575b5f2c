"""PKCS #12 (RFC 7292) as a schema for `der`: keys and certificates in one file, as far as they are not encrypted."""

from __future__ import annotations

from typing import Final

from tlslab.wire.cms import CONTENT_TYPES, Octets, content_info, set_of
from tlslab.wire.crl import CERTIFICATE_LIST
from tlslab.wire.der import ANY, Element
from tlslab.wire.der_composite import Explicit, ListOf, Sequence, inside
from tlslab.wire.der_scalars import INTEGER, OBJECT_IDENTIFIER
from tlslab.wire.der_strings import OCTET_STRING
from tlslab.wire.field import Field
from tlslab.wire.pkcs5 import HEX, PROTECTION_ALGORITHM
from tlslab.wire.pkcs9 import ATTRIBUTE_TYPES
from tlslab.wire.private_keys import ENCRYPTED_PRIVATE_KEY_INFO, ONE_ASYMMETRIC_KEY
from tlslab.wire.words import byte_count, counted
from tlslab.wire.x509 import CERTIFICATE
from tlslab.wire.x509_names import name_in
from tlslab.wire.x509_open_types import Attribute, ExplicitBy


def _count(field: Field, noun: str) -> str:
    return counted(len(inside(field)), (noun, f"{noun}s"))


def _bag_words(field: Field) -> str:
    return f"{name_in(field.child('bagId'))}: {_inside_words('bagValue', field)}"


def _mac_words(field: Field) -> str:
    rounds = field.child("iterations")
    number = rounds.value if rounds is not None else 1
    return f"{_inside_words('mac', field)}, {number} {'iteration' if number == 1 else 'iterations'}"


def _inside_words(member: str, field: Field) -> str:
    value = field.child(member)
    return value.label if value is not None else ""


class SecretValue(Explicit):
    """Whatever somebody keeps secret in a bag of a kind of their own."""

    private = True

    def __init__(self) -> None:
        super().__init__(0, ANY)

    def label(self, field: Field) -> str:
        """Its size."""
        return byte_count(field.end - field.start)


CERT_BAG: Final = Sequence(
    "CertBag",
    {
        "certId": OBJECT_IDENTIFIER,
        "certValue": Explicit(0, Octets(lambda _: CERTIFICATE, inside=(CERTIFICATE,))),
    },
    lambda field: _inside_words("certValue", field),
)
CRL_BAG: Final = Sequence(
    "CRLBag",
    {
        "crlId": OBJECT_IDENTIFIER,
        "crlValue": Explicit(0, Octets(lambda _: CERTIFICATE_LIST, inside=(CERTIFICATE_LIST,))),
    },
    lambda field: _inside_words("crlValue", field),
)
SECRET_BAG: Final = Sequence("SecretBag", {"secretTypeId": OBJECT_IDENTIFIER, "secretValue": SecretValue()})
BAGS: Final[dict[str, Element]] = {
    "keyBag": ONE_ASYMMETRIC_KEY,
    "pkcs8ShroudedKeyBag": ENCRYPTED_PRIVATE_KEY_INFO,
    "certBag": CERT_BAG,
    "crlBag": CRL_BAG,
    "secretBag": SECRET_BAG,
}
"""What stands in a bag, by the name of its kind; a bag of bags is added below."""
SAFE_BAG: Final = Sequence(
    "SafeBag",
    {
        "bagId": OBJECT_IDENTIFIER,
        "bagValue": ExplicitBy(0, "bagValue", BAGS),
        "bagAttributes?": set_of("Attributes", Attribute(ATTRIBUTE_TYPES), "attribute"),
    },
    _bag_words,
)
SAFE_CONTENTS: Final = ListOf("SafeContents", SAFE_BAG, lambda field: _count(field, "bag"))
BAGS["safeContentsBag"] = SAFE_CONTENTS
CONTENT: Final = content_info({**CONTENT_TYPES, "data": Octets(lambda _: SAFE_CONTENTS, inside=(SAFE_CONTENTS,))})
AUTHENTICATED_SAFE: Final = ListOf("AuthenticatedSafe", CONTENT, lambda field: _count(field, "safe"))
AUTH_SAFE: Final = content_info(
    {**CONTENT_TYPES, "data": Octets(lambda _: AUTHENTICATED_SAFE, inside=(AUTHENTICATED_SAFE,))}
)
DIGEST_INFO: Final = Sequence(
    "DigestInfo",
    {"digestAlgorithm": PROTECTION_ALGORITHM, "digest": OCTET_STRING},
    lambda field: _inside_words("digestAlgorithm", field),
)
MAC_DATA: Final = Sequence(
    "MacData",
    {"mac": DIGEST_INFO, "macSalt": HEX, "iterations?": INTEGER},
    _mac_words,
)
PFX: Final[Element] = Sequence(
    "PFX",
    {"version": INTEGER, "authSafe": AUTH_SAFE, "macData?": MAC_DATA},
    lambda field: _inside_words("authSafe", field).removeprefix("data: "),
    rule="RFC 7292 §4",
)
PFX.ber = True
PFX.alert = ""
