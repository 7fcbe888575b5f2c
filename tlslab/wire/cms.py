"""Cryptographic messages (PKCS #7, RFC 2315; CMS, RFC 5652) as schemas for `der`: what is signed or encrypted, by whom and for whom.

They may be BER: lengths may be indefinite, and an OCTET STRING may come in pieces.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tlslab.wire.crl import CERTIFICATE_LIST
from tlslab.wire.der import ANY, Element, Part, take_list
from tlslab.wire.der_composite import SET_TAG, Choice, Explicit, Implicit, ListOf, Sequence, inside
from tlslab.wire.der_header import CONSTRUCTED, CONTEXT
from tlslab.wire.der_scalars import GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER
from tlslab.wire.der_strings import OCTET_STRING, BitString, Choose, OctetString
from tlslab.wire.field import Field
from tlslab.wire.pkcs5 import PROTECTION_ALGORITHM
from tlslab.wire.pkcs9 import ATTRIBUTES
from tlslab.wire.values import Type
from tlslab.wire.words import counted
from tlslab.wire.x509 import CERTIFICATE
from tlslab.wire.x509_algorithms import ALGORITHM, algorithm_name
from tlslab.wire.x509_curves import EC_POINT
from tlslab.wire.x509_extension_contents import KeyIdentifier
from tlslab.wire.x509_names import NAME, name_in
from tlslab.wire.x509_open_types import ExplicitBy

PIECES: Final = 0x24
"""An OCTET STRING that is made of others (X.690 §8.7.3)."""


class Octets(OctetString):
    """An OCTET STRING that may come in pieces, as BER allows; what is inside is opened where it is in one."""

    def __init__(self, choose: Choose | None = None, name: str = "OCTET STRING", inside: Iterable[Type] = ()) -> None:
        super().__init__(choose, name, inside)
        self.tags = frozenset({0x04, PIECES})
        self.piece = OctetString(choose, name, inside)

    def parts(self) -> Iterable[Part]:
        """What is inside, or the pieces."""
        yield from super().parts()
        yield "OCTET STRING", ANY

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """What is inside, or the pieces."""
        if not field.data[field.start] & CONSTRUCTED:
            super().contents(field, start, end, out)
            return
        alone = ANY.take("[0]", "OCTET STRING", field, start, end, []) == end if start < end else False
        piece: Element = self.piece if alone else ANY
        take_list(field, start, end, out, "OCTET STRING", lambda tag: piece if tag == 0x04 else ANY)

    def label(self, field: Field) -> str:
        """As that of one string."""
        if not field.data[field.start] & CONSTRUCTED:
            return super().label(field)
        pieces = inside(field)
        return pieces[0].label if len(pieces) == 1 else counted(len(pieces), ("piece", "pieces"))


class ImplicitOctets(Implicit):
    """`[n] IMPLICIT OCTET STRING`, in one or in pieces."""

    def __init__(self, number: int, inner: Octets) -> None:
        super().__init__(number, inner)
        self.tags = frozenset({CONTEXT | number, CONTEXT | CONSTRUCTED | number})


def _label(field: Field | None) -> str:
    return field.label if field is not None else "?"


def _count(noun: str) -> tuple[str, str]:
    return noun, f"{noun}s"


def _members(field: Field, name: str) -> int:
    found = field.child(name)
    return len(inside(found)) if found is not None else 0


def _signed_words(field: Field) -> str:
    told = (("certificates", "certificate"), ("crls", "revocation list"), ("signerInfos", "signature"))
    parts = [counted(number, _count(noun)) for name, noun in told if (number := _members(field, name))]
    return ", ".join(parts) or "empty"


def _info_words(field: Field) -> str:
    named, content = name_in(field.child("contentType")), field.child("content")
    return f"{named}: {content.label}" if content is not None else named


def _encrypted_words(field: Field) -> str:
    return _label(field.child("contentEncryptionAlgorithm"))


def _content_words(field: Field) -> str:
    return _label(field.child("encryptedContentInfo"))


def _originator_key(field: Field) -> Type | None:
    return EC_POINT if algorithm_name(field.parent, "algorithm") == "ecPublicKey" else None


def set_of(name: str, element: Element, noun: str) -> ListOf:
    """`SET OF`, told by how many there are."""
    return ListOf(name, element, lambda field: counted(len(inside(field)), _count(noun)), tag=SET_TAG)


OCTETS: Final = Octets()
ENCAPSULATED: Final = Sequence(
    "EncapsulatedContentInfo",
    {"eContentType": OBJECT_IDENTIFIER, "eContent?": Explicit(0, Choice("eContent", OCTETS, ANY))},
    lambda field: name_in(field.child("eContentType")),
)
ISSUER_AND_SERIAL: Final = Sequence(
    "IssuerAndSerialNumber",
    {"issuer": NAME, "serialNumber": INTEGER},
    lambda field: f"{_label(field.child('issuer'))}, serial number {_label(field.child('serialNumber'))}",
)
SIGNER_IDENTIFIER: Final = Choice(
    "SignerIdentifier", ISSUER_AND_SERIAL, Implicit(0, KeyIdentifier(name="SubjectKeyIdentifier"))
)
SIGNER_INFO: Final = Sequence(
    "SignerInfo",
    {
        "version": INTEGER,
        "sid": SIGNER_IDENTIFIER,
        "digestAlgorithm": ALGORITHM,
        "signedAttrs?": Implicit(0, ATTRIBUTES),
        "signatureAlgorithm": ALGORITHM,
        "signature": OCTET_STRING,
        "unsignedAttrs?": Implicit(1, ATTRIBUTES),
    },
    lambda field: f"{_label(field.child('sid'))}, {_label(field.child('signatureAlgorithm'))}",
)
CERTIFICATES: Final = set_of("CertificateSet", Choice("X509Certificate", CERTIFICATE, ANY), "certificate")
REVOCATIONS: Final = set_of("RevocationInfoChoices", Choice("CertificateList", CERTIFICATE_LIST, ANY), "list")
ALGORITHMS: Final = set_of("DigestAlgorithmIdentifiers", ALGORITHM, "algorithm")
SIGNED_DATA: Final = Sequence(
    "SignedData",
    {
        "version": INTEGER,
        "digestAlgorithms": ALGORITHMS,
        "encapContentInfo": ENCAPSULATED,
        "certificates?": Implicit(0, CERTIFICATES),
        "crls?": Implicit(1, REVOCATIONS),
        "signerInfos": set_of("SignerInfos", SIGNER_INFO, "signature"),
    },
    _signed_words,
    rule="RFC 5652 §5.1",
)
KEY_TRANSPORT: Final = Sequence(
    "KeyTransRecipientInfo",
    {
        "version": INTEGER,
        "rid": SIGNER_IDENTIFIER,
        "keyEncryptionAlgorithm": PROTECTION_ALGORITHM,
        "encryptedKey": OCTET_STRING,
    },
    lambda field: f"{_label(field.child('rid'))}, {_label(field.child('keyEncryptionAlgorithm'))}",
)
OTHER_ATTRIBUTE: Final = Sequence("OtherKeyAttribute", {"keyAttrId": OBJECT_IDENTIFIER, "keyAttr?": ANY})
KEK_IDENTIFIER: Final = Sequence(
    "KEKIdentifier",
    {"keyIdentifier": KeyIdentifier(name="OCTET STRING"), "date?": GENERALIZED_TIME, "other?": OTHER_ATTRIBUTE},
)
KEY_ENCRYPTION: Final = Sequence(
    "KEKRecipientInfo",
    {
        "version": INTEGER,
        "kekid": KEK_IDENTIFIER,
        "keyEncryptionAlgorithm": PROTECTION_ALGORITHM,
        "encryptedKey": OCTET_STRING,
    },
)
PASSWORD: Final = Sequence(
    "PasswordRecipientInfo",
    {
        "version": INTEGER,
        "keyDerivationAlgorithm?": Implicit(0, PROTECTION_ALGORITHM),
        "keyEncryptionAlgorithm": PROTECTION_ALGORITHM,
        "encryptedKey": OCTET_STRING,
    },
)
ORIGINATOR_KEY: Final = Sequence(
    "OriginatorPublicKey",
    {"algorithm": ALGORITHM, "publicKey": BitString(_originator_key, inside=(EC_POINT,))},
    lambda field: _label(field.child("algorithm")),
)
ORIGINATOR_IDENTIFIER: Final = Choice(
    "OriginatorIdentifierOrKey",
    ISSUER_AND_SERIAL,
    Implicit(0, KeyIdentifier(name="SubjectKeyIdentifier")),
    Implicit(1, ORIGINATOR_KEY),
)
RECIPIENT_KEY_IDENTIFIER: Final = Sequence(
    "RecipientKeyIdentifier",
    {
        "subjectKeyIdentifier": KeyIdentifier(name="OCTET STRING"),
        "date?": GENERALIZED_TIME,
        "other?": OTHER_ATTRIBUTE,
    },
)
RECIPIENT_ENCRYPTED_KEY: Final = Sequence(
    "RecipientEncryptedKey",
    {
        "rid": Choice("KeyAgreeRecipientIdentifier", ISSUER_AND_SERIAL, Implicit(0, RECIPIENT_KEY_IDENTIFIER)),
        "encryptedKey": OCTET_STRING,
    },
    lambda field: _label(field.child("rid")),
)
KEY_AGREEMENT: Final = Sequence(
    "KeyAgreeRecipientInfo",
    {
        "version": INTEGER,
        "originator": Explicit(0, ORIGINATOR_IDENTIFIER),
        "ukm?": Explicit(1, OCTET_STRING),
        "keyEncryptionAlgorithm": PROTECTION_ALGORITHM,
        "recipientEncryptedKeys": ListOf("RecipientEncryptedKeys", RECIPIENT_ENCRYPTED_KEY),
    },
    lambda field: _label(field.child("keyEncryptionAlgorithm")),
)
OTHER_RECIPIENT: Final = Sequence("OtherRecipientInfo", {"oriType": OBJECT_IDENTIFIER, "oriValue": ANY})
RECIPIENT: Final = Choice(
    "RecipientInfo",
    KEY_TRANSPORT,
    Implicit(1, KEY_AGREEMENT),
    Implicit(2, KEY_ENCRYPTION),
    Implicit(3, PASSWORD),
    Implicit(4, OTHER_RECIPIENT),
)
RECIPIENTS: Final = set_of("RecipientInfos", RECIPIENT, "recipient")
ORIGINATOR: Final = Sequence("OriginatorInfo", {"certs?": Implicit(0, CERTIFICATES), "crls?": Implicit(1, REVOCATIONS)})
ENCRYPTED_CONTENT: Final = Sequence(
    "EncryptedContentInfo",
    {
        "contentType": OBJECT_IDENTIFIER,
        "contentEncryptionAlgorithm": PROTECTION_ALGORITHM,
        "encryptedContent?": ImplicitOctets(0, OCTETS),
    },
    _encrypted_words,
)
ENVELOPED_DATA: Final = Sequence(
    "EnvelopedData",
    {
        "version": INTEGER,
        "originatorInfo?": Implicit(0, ORIGINATOR),
        "recipientInfos": RECIPIENTS,
        "encryptedContentInfo": ENCRYPTED_CONTENT,
        "unprotectedAttrs?": Implicit(1, ATTRIBUTES),
    },
    lambda field: f"for {_label(field.child('recipientInfos'))}, {_content_words(field)}",
    rule="RFC 5652 §6.1",
)
ENCRYPTED_DATA: Final = Sequence(
    "EncryptedData",
    {"version": INTEGER, "encryptedContentInfo": ENCRYPTED_CONTENT, "unprotectedAttrs?": Implicit(1, ATTRIBUTES)},
    _content_words,
    rule="RFC 5652 §8",
)
DIGESTED_DATA: Final = Sequence(
    "DigestedData",
    {"version": INTEGER, "digestAlgorithm": ALGORITHM, "encapContentInfo": ENCAPSULATED, "digest": OCTET_STRING},
    lambda field: _label(field.child("digestAlgorithm")),
    rule="RFC 5652 §7",
)
COMPRESSED_DATA: Final = Sequence(
    "CompressedData",
    {"version": INTEGER, "compressionAlgorithm": ALGORITHM, "encapContentInfo": ENCAPSULATED},
    lambda field: _label(field.child("compressionAlgorithm")),
    rule="RFC 3274 §1.1",
)
AUTHENTICATED_DATA: Final = Sequence(
    "AuthenticatedData",
    {
        "version": INTEGER,
        "originatorInfo?": Implicit(0, ORIGINATOR),
        "recipientInfos": RECIPIENTS,
        "macAlgorithm": ALGORITHM,
        "digestAlgorithm?": Implicit(1, ALGORITHM),
        "encapContentInfo": ENCAPSULATED,
        "authAttrs?": Implicit(2, ATTRIBUTES),
        "mac": OCTET_STRING,
        "unauthAttrs?": Implicit(3, ATTRIBUTES),
    },
    lambda field: f"for {_label(field.child('recipientInfos'))}, {_label(field.child('macAlgorithm'))}",
    rule="RFC 5652 §9.1",
)
AUTH_ENVELOPED_DATA: Final = Sequence(
    "AuthEnvelopedData",
    {
        "version": INTEGER,
        "originatorInfo?": Implicit(0, ORIGINATOR),
        "recipientInfos": RECIPIENTS,
        "authEncryptedContentInfo": ENCRYPTED_CONTENT,
        "authAttrs?": Implicit(1, ATTRIBUTES),
        "mac": OCTET_STRING,
        "unauthAttrs?": Implicit(2, ATTRIBUTES),
    },
    lambda field: f"for {_label(field.child('recipientInfos'))}, {_label(field.child('authEncryptedContentInfo'))}",
    rule="RFC 5083 §2.1",
)
CONTENT_TYPES: Final[dict[str, Element]] = {
    "data": OCTETS,
    "signedData": SIGNED_DATA,
    "envelopedData": ENVELOPED_DATA,
    "digestedData": DIGESTED_DATA,
    "encryptedData": ENCRYPTED_DATA,
    "compressedData": COMPRESSED_DATA,
    "authData": AUTHENTICATED_DATA,
    "authEnvelopedData": AUTH_ENVELOPED_DATA,
}
"""What stands in a ContentInfo, by the name of its type."""


def content_info(types: dict[str, Element]) -> Sequence:
    """ContentInfo whose content is one of these."""
    made = Sequence(
        "ContentInfo",
        {"contentType": OBJECT_IDENTIFIER, "content?": ExplicitBy(0, "content", types)},
        _info_words,
        rule="RFC 5652 §3",
    )
    made.ber = True
    made.alert = ""
    return made


CONTENT_INFO: Final[Element] = content_info(CONTENT_TYPES)
