"""Distinguished names from what people type, "CN=demo,O=Lab" or "/O=Lab/CN=demo", and the marks that make a name a toy's."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.x509.oid import NameOID

from tlslab.pki.errors import PkiError
from tlslab.pki.names import TOY_MARK
from tlslab.pki.oids import ATTRIBUTES, object_identifier

# PrintableString, X.680 section 41.4: what countryName, serialNumber and dnQualifier are made of.
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,./:=?-]*")
_COUNTRIES = {NameOID.COUNTRY_NAME, NameOID.JURISDICTION_COUNTRY_NAME}
_PRINTABLE_ATTRIBUTES = {NameOID.COUNTRY_NAME, NameOID.SERIAL_NUMBER, NameOID.DN_QUALIFIER}
_ASCII_ATTRIBUTES = {NameOID.EMAIL_ADDRESS, NameOID.DOMAIN_COMPONENT}

# RFC 5280 appendix A.1, the upper bounds, where a verifier holds a name to them.
_LONGEST = {
    NameOID.COMMON_NAME: 64,
    NameOID.ORGANIZATION_NAME: 64,
    NameOID.ORGANIZATIONAL_UNIT_NAME: 64,
    NameOID.LOCALITY_NAME: 128,
    NameOID.STATE_OR_PROVINCE_NAME: 128,
    NameOID.EMAIL_ADDRESS: 255,
    NameOID.SERIAL_NUMBER: 64,
    NameOID.TITLE: 64,
    NameOID.PSEUDONYM: 128,
}

_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")


def distinguished_name(text: str, what: str = "subject") -> x509.Name:
    r"""The name that `text` writes.

    text   RFC 4514, most special first and backslashes before commas ("CN=Bob\, the builder,O=Lab,C=DE"), or as OpenSSL
           shows it, most general first ("/C=DE/O=Lab/CN=Bob"). Attributes by `ATTRIBUTES` or dotted; "+" joins two.
    what   what it is, as it stands in a refusal.

    Raises PkiError with what is wrong.
    """
    if not text.strip():
        return x509.Name([])
    slashed = text.lstrip().startswith("/")
    parts = _split(text.strip()[1:], "/") if slashed else _split(text, ",")
    rdns = [_rdn(part, what) for part in parts]
    return x509.Name(rdns if slashed else reversed(rdns))


def is_marked(name: x509.Name, mark: str = TOY_MARK) -> bool:
    """Whether whoever reads `name` sees that it is a toy's."""
    return any(mark in str(attribute.value) for attribute in name)


def _rdn(text: str, what: str) -> x509.RelativeDistinguishedName:
    try:
        return x509.RelativeDistinguishedName([_attribute(part, what) for part in _split(text, "+")])
    except ValueError as error:
        if isinstance(error, PkiError):
            raise
        raise PkiError(f"The {what} has {text!r} with the same attribute twice: leave one away.") from None


def _attribute(text: str, what: str) -> x509.NameAttribute[str | bytes]:
    type_name, equals, written = text.partition("=")
    if not equals:
        raise PkiError(f"The {what} has {text.strip()!r}, which is no attribute: write CN=NAME,O=ORGANISATION,...")
    oid = object_identifier(type_name, f"The attribute of the {what}", ATTRIBUTES)
    value = _unescaped(written.strip() if not written.endswith("\\ ") else written.lstrip(), what)
    _check_value(oid, type_name.strip(), value, what)
    return x509.NameAttribute(oid, value)


def _check_value(oid: x509.ObjectIdentifier, type_name: str, value: str, what: str) -> None:
    limit = _LONGEST.get(oid, 32_768)
    if not value:
        raise PkiError(f"The {what} has an empty {type_name}: give it a value, or leave it away.")
    if len(value) > limit or (oid == NameOID.COMMON_NAME and len(value.encode("utf-8", "replace")) > limit):
        raise PkiError(f"The {what} has a {type_name} of {len(value)} characters; RFC 5280 allows {limit}.")
    if oid in _COUNTRIES and not re.fullmatch(r"[A-Za-z]{2}", value):
        raise PkiError(f"The {what} has the country {value!r}: write its two letters of ISO 3166, as in C=DE.")
    if oid in _PRINTABLE_ATTRIBUTES and not _PRINTABLE.fullmatch(value):
        raise PkiError(f"The {what} has {type_name}={value!r}, and PrintableString has no such character.")
    if oid in _ASCII_ATTRIBUTES and not value.isascii():
        raise PkiError(f"The {what} has {type_name}={value!r}, which has to be ASCII: write a host as xn--....")
    if any(0xD800 <= ord(character) < 0xE000 for character in value):
        raise PkiError(f"The {what} has a {type_name} with half a character in it, which UTF-8 cannot hold.")


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that no backslash stands before; backslashes stay."""
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == separator:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def _unescaped(text: str, what: str) -> str:
    """RFC 4514 section 2.4: a backslash before a special character, or before two hex digits, an octet of UTF-8."""
    octets = bytearray()
    at = 0
    while at < len(text):
        if text[at] != "\\":
            octets += text[at].encode("utf-8", "surrogatepass")
            at += 1
        elif _HEX_PAIR.fullmatch(text[at + 1 : at + 3]):
            octets += bytes.fromhex(text[at + 1 : at + 3])
            at += 3
        elif at + 1 < len(text):
            octets += text[at + 1].encode("utf-8", "surrogatepass")
            at += 2
        else:
            raise PkiError(f"The {what} ends with a backslash: a special character has to follow one.")
    try:
        return octets.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise PkiError(f"The {what} has {text!r}, whose octets are not UTF-8.") from None
