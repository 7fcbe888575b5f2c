"""General names of RFC 5280 section 4.2.1.6 from what people type: "DNS:localhost", "IP:::1", "otherName:msUPN;UTF8:alice".

The words before the colon are those of OpenSSL's configuration files; a name without one is read by what it looks like.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from cryptography import x509

from tlslab.pki.der_writer import ia5_string, printable_string, utf8_string
from tlslab.pki.distinguished_names import distinguished_name
from tlslab.pki.errors import PkiError
from tlslab.pki.names import client_name, dns_name, mailbox, server_name, text_of
from tlslab.pki.oids import OTHER_NAMES, object_identifier
from tlslab.wire.der_header import read_header

# RFC 3986: a scheme, a colon and something behind it, all of it printable ASCII without blanks.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


def general_name(text: str, *, person: bool = False) -> x509.GeneralName:
    """The name that `text` writes.

    person   a name without a type is a client's: "alice" is a mailbox then, and not a host.

    Raises PkiError with what is wrong.
    """
    type_name, _, value = text.partition(":")
    parse = _PARSERS.get(type_name.strip().lower())
    if parse is not None:
        return parse(value.strip())
    return client_name(text) if person else server_name(text)


def subtree(text: str) -> x509.GeneralName:
    """A base of name constraints, RFC 5280 section 4.2.1.10: "DNS:lab.test", "IP:10.0.0.0/8", "email:.lab.test", ..."""
    type_name, _, value = text.partition(":")
    parse = _SUBTREES.get(type_name.strip().lower())
    if parse is None:
        raise PkiError(
            f"The name constraint {text!r} has no type: write DNS:, IP:, email:, URI: or dirName: before it."
        )
    return parse(value.strip())


def written(name: x509.GeneralName) -> str:
    """`name` with its type, as `general_name` reads it again."""
    if isinstance(name, x509.OtherName):
        return f"otherName:{name.type_id.dotted_string};DER:{name.value.hex()}"
    return f"{_TYPE_NAMES[type(name)]}:{text_of(name)}"


def uniform_resource_identifier(text: str) -> x509.UniformResourceIdentifier:
    """A URI, international host names in it written as ASCII already. Raises PkiError."""
    if not _URI.fullmatch(text):
        raise PkiError(
            f"{text!r} is not a URI such as https://lab.test/ca.crl: begin with a scheme and write other characters as %.."
        )
    return x509.UniformResourceIdentifier(text)


def _address(text: str) -> x509.IPAddress:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return x509.IPAddress(ipaddress.ip_address(bare))
    except ValueError:
        raise PkiError(f"{text!r} is not an IP address such as 127.0.0.1 or ::1.") from None


def _network(text: str) -> x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_network(text))
    except ValueError:
        raise PkiError(
            f"The name constraint {text!r} is not a network such as 10.0.0.0/8, with no bit set behind its mask."
        ) from None


def _directory_name(text: str) -> x509.DirectoryName:
    return x509.DirectoryName(distinguished_name(text, "directory name"))


def _registered_id(text: str) -> x509.RegisteredID:
    return x509.RegisteredID(object_identifier(text, "The registered ID"))


def _other_name(text: str) -> x509.OtherName:
    """As in "msUPN;UTF8:alice@lab.test": a type, and a value as a string or as DER in hex."""
    type_id, _, typed = text.partition(";")
    form, colon, value = typed.partition(":")
    encode = _STRING_FORMS.get(form.strip().upper())
    if not colon or encode is None:
        raise PkiError(f"The other name {text!r} has no value: write TYPE;UTF8:TEXT, or IA5, PRINTABLE, DER for UTF8.")
    return x509.OtherName(object_identifier(type_id, "The type of an other name", OTHER_NAMES), encode(value))


def _ia5(value: str) -> bytes:
    if not value.isascii():
        raise PkiError(f"The other name {value!r} is not ASCII, which IA5 is: use UTF8.")
    return ia5_string(value)


def _printable(value: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9 '()+,./:=?-]*", value):
        raise PkiError(f"The other name {value!r} has a character that PrintableString lacks: use UTF8.")
    return printable_string(value)


def _utf8(value: str) -> bytes:
    try:
        return utf8_string(value)
    except UnicodeEncodeError:
        raise PkiError(f"The other name {value!r} has half a character in it, which UTF-8 cannot hold.") from None


def _der(value: str) -> bytes:
    """Any value, written in hex; it has to be one whole TLV, because the extension's own lengths count on it."""
    return der_from_hex(value, "other name")


def der_from_hex(text: str, what: str) -> bytes:
    """The bytes that `text` writes in hex (blanks and colons allowed), which have to be one whole TLV. Raises PkiError."""
    data = bytes_from_hex(text, what)
    if not _is_whole_tlv(data):
        raise PkiError(f"The value of the {what} is not one whole DER value: its length octets say otherwise.")
    return data


def bytes_from_hex(text: str, what: str) -> bytes:
    """The bytes that `text` writes in hex, with blanks and colons if wanted. Raises PkiError."""
    try:
        return bytes.fromhex(text.replace(":", "").replace(" ", ""))
    except ValueError:
        raise PkiError(f"The value {text[:40]!r} of the {what} is not hex: write pairs of 0-9 and a-f.") from None


def _is_whole_tlv(data: bytes) -> bool:
    header = read_header(data, 0, len(data))
    return header is not None and not header[3] and header[1] + header[2] == len(data)


def _host_base(text: str) -> str:
    """A host or, with a dot before it, a domain: what a constraint on mailboxes and URIs wants."""
    return "." + dns_name(text[1:]) if text.startswith(".") else dns_name(text)


def _dns_base(text: str) -> x509.DNSName:
    # RFC 5280: the empty name covers all of them. A leading dot is not of the RFC, and cryptography's verifier refuses it.
    return x509.DNSName(dns_name(text.removeprefix(".")) if text else "")


def _mailbox_base(text: str) -> x509.RFC822Name:
    return x509.RFC822Name(mailbox(text) if "@" in text else _host_base(text))


_PARSERS: Mapping[str, Callable[[str], x509.GeneralName]] = {
    "dns": lambda text: x509.DNSName(dns_name(text)),
    "ip": _address,
    "email": lambda text: x509.RFC822Name(mailbox(text)),
    "uri": uniform_resource_identifier,
    "dirname": _directory_name,
    "rid": _registered_id,
    "othername": _other_name,
}

_SUBTREES: Mapping[str, Callable[[str], x509.GeneralName]] = {
    "dns": _dns_base,
    "ip": _network,
    "email": _mailbox_base,
    "uri": lambda text: x509.UniformResourceIdentifier(_host_base(text)),
    "dirname": _directory_name,
}

_STRING_FORMS: Mapping[str, Callable[[str], bytes]] = {
    "UTF8": _utf8,
    "UTF8STRING": _utf8,
    "IA5": _ia5,
    "IA5STRING": _ia5,
    "PRINTABLE": _printable,
    "PRINTABLESTRING": _printable,
    "DER": _der,
}

_TYPE_NAMES: Mapping[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP",
    x509.RFC822Name: "email",
    x509.UniformResourceIdentifier: "URI",
    x509.DirectoryName: "dirName",
    x509.RegisteredID: "RID",
}
