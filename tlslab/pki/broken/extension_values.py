"""Values of extensions as the catalogue's files write them, turned into DER; `der` in hex stands for any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha1
from ipaddress import ip_address, ip_network
from typing import Final

from tlslab.pki.broken.conditions import Table
from tlslab.pki.broken.keys import public_key_bits
from tlslab.pki.der_writer import boolean, context, integer, name, named_bits, octet_string, oid, sequence
from tlslab.pki.private_keys import PrivateKey
from tlslab.pki.raw_certificate import RawExtension

KEY_USAGE_BITS: Final = (
    "digitalSignature",
    "contentCommitment",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""RFC 5280 §4.2.1.3, in the order of their numbers."""

PURPOSES: Final[Mapping[str, str]] = {
    "anyExtendedKeyUsage": "2.5.29.37.0",
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "codeSigning": "1.3.6.1.5.5.7.3.3",
}
"""RFC 5280 §4.2.1.12."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that identifiers in a certificate or CRL are made of."""

    own: PrivateKey
    issuer: PrivateKey
    of: Callable[[str], PrivateKey]
    """Key of any other certificate of the condition, by its name."""
    issuer_serial: bytes
    """Contents of the issuer's serialNumber."""


def extension(key: str, table: Table, keyring: Keyring) -> list[RawExtension]:
    """The extension `key` of `table`: once, or twice where that is what is wrong."""
    dotted, encode = _EXTENSIONS.get(key, (key, _only_der))
    value = bytes.fromhex(table["der"]) if "der" in table else encode(table, keyring)
    made = RawExtension(dotted, bool(table.get("critical")), value)
    return [made, made] if table.get("twice") else [made]


def is_extension(key: str) -> bool:
    """Whether a key of a certificate's table names an extension."""
    return key in _EXTENSIONS or key[:1].isdigit()


def key_identifier(key: PrivateKey) -> bytes:
    """SHA-1 of the public key: RFC 5280 §4.2.1.2, method (1)."""
    return sha1(public_key_bits(key)).digest()


def general_name(text: str) -> bytes:
    """A GeneralName (RFC 5280 §4.2.1.6) of text like "DNS:localhost"; in a constraint "IP:127.0.0.0/8" too.

    Text beyond ASCII becomes UTF-8, wrong as that is in an IA5String.
    """
    kind, _, value = text.partition(":")
    match kind:
        case "email":
            return context(1, value.encode(), constructed=False)
        case "DNS":
            return context(2, value.encode(), constructed=False)
        case "dirName":
            # Explicit, because a Name is a CHOICE.
            return context(4, name(value))
        case "IP" if "/" in value:
            network = ip_network(value)
            return context(7, network.network_address.packed, network.netmask.packed, constructed=False)
        case "IP":
            return context(7, ip_address(value).packed, constructed=False)
        case "RID":
            return context(8, oid(value)[2:], constructed=False)
    raise ValueError(f"there is no name like {text!r} in the catalogue")


def _basic_constraints(table: Table, _keyring: Keyring) -> bytes:
    length = table.get("pathLenConstraint")
    return sequence(boolean(True) if table.get("ca") else b"", b"" if length is None else integer(length))


def _key_usage(table: Table, _keyring: Keyring) -> bytes:
    return named_bits(*(KEY_USAGE_BITS.index(bit) for bit in table["bits"]))


def _ext_key_usage(table: Table, _keyring: Keyring) -> bytes:
    return sequence(*(oid(PURPOSES[purpose]) for purpose in table["purposes"]))


def _subject_alt_name(table: Table, _keyring: Keyring) -> bytes:
    return sequence(*map(general_name, table["names"]))


def _name_constraints(table: Table, _keyring: Keyring) -> bytes:
    minimum = context(0, integer(table["minimum"])[2:], constructed=False) if "minimum" in table else b""

    def subtrees(number: int, names: Iterable[str]) -> bytes:
        found = [sequence(general_name(each), minimum) for each in names]
        return context(number, *found) if found else b""

    return sequence(subtrees(0, table.get("permitted", ())), subtrees(1, table.get("excluded", ())))


def _subject_key_identifier(_table: Table, keyring: Keyring) -> bytes:
    return octet_string(key_identifier(keyring.own))


def _authority_key_identifier(table: Table, keyring: Keyring) -> bytes:
    key = keyring.of(table["of"]) if "of" in table else keyring.issuer
    serial = context(2, keyring.issuer_serial, constructed=False) if table.get("serial") else b""
    return sequence(context(0, key_identifier(key), constructed=False), serial)


def _proxy_cert_info(_table: Table, _keyring: Keyring) -> bytes:
    """ProxyCertInfo without a path length, all rights of the issuer inherited: RFC 3820 section 3.8."""
    return sequence(sequence(oid("1.3.6.1.5.5.7.21.1")))


def _only_der(table: Table, _keyring: Keyring) -> bytes:
    raise ValueError("an extension that is known by its object identifier only needs its value as der")


_EXTENSIONS: Final[Mapping[str, tuple[str, Callable[[Table, Keyring], bytes]]]] = {
    "basicConstraints": ("2.5.29.19", _basic_constraints),
    "keyUsage": ("2.5.29.15", _key_usage),
    "extKeyUsage": ("2.5.29.37", _ext_key_usage),
    "subjectAltName": ("2.5.29.17", _subject_alt_name),
    "nameConstraints": ("2.5.29.30", _name_constraints),
    "certificatePolicies": ("2.5.29.32", _only_der),
    "subjectKeyIdentifier": ("2.5.29.14", _subject_key_identifier),
    "authorityKeyIdentifier": ("2.5.29.35", _authority_key_identifier),
    "issuingDistributionPoint": ("2.5.29.28", _only_der),
    "netscapeCertType": ("2.16.840.1.113730.1.1", _only_der),
    "proxyCertInfo": ("1.3.6.1.5.5.7.1.14", _proxy_cert_info),
}
