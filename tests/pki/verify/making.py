"""Small authorities for tests of path validation, made with cryptography's builder: every part can be left out or wrong."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
HOST = "test.localhost"


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """One key a name: a hundred keys would be a hundred times slower than one."""
    return ec.derive_private_key(int.from_bytes(name.encode()[:24], "big") + 2, ec.SECP256R1())


def dn(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        return x509.IPAddress(ipaddress.ip_network(text))
    except ValueError:
        return x509.RFC822Name(text) if "@" in text else x509.DNSName(text)


@dataclass(frozen=True)
class Recipe:
    """A certificate to be made."""

    name: str
    issuer: str
    key: str = ""
    """Name of its key; "" for that of its own name."""
    issuer_key: str = ""
    ca: bool = True
    basic_constraints: bool = True
    path_len: int | None = None
    names: tuple[str, ...] = ()
    purposes: tuple[x509.ObjectIdentifier, ...] = ()
    permitted: tuple[str, ...] | None = None
    excluded: tuple[str, ...] | None = None
    days: tuple[int, int] = (-10, 10)
    """First and last day, from `NOW`."""
    key_usage: bool = True
    key_identifiers: bool = True
    extra: tuple[x509.Extension[x509.ExtensionType], ...] = field(default=())
    serial: int = 0x1234_5678


@cache
def make(recipe: Recipe) -> bytes:
    """The certificate, DER."""
    own, signer = key(recipe.key or recipe.name), key(recipe.issuer_key or recipe.issuer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(dn(recipe.name))
        .issuer_name(dn(recipe.issuer))
        .public_key(own.public_key())
        .serial_number(recipe.serial)
        .not_valid_before(NOW + timedelta(days=recipe.days[0]))
        .not_valid_after(NOW + timedelta(days=recipe.days[1]))
    )
    for extension, critical in _extensions(recipe, own, signer):
        builder = builder.add_extension(extension, critical)
    for each in recipe.extra:
        builder = builder.add_extension(each.value, each.critical)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


def _extensions(
    recipe: Recipe, own: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> Sequence[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if recipe.basic_constraints and (recipe.ca or recipe.path_len is not None):
        found.append((x509.BasicConstraints(recipe.ca, recipe.path_len), True))
    if recipe.key_usage:
        found.append((_usage(ca=recipe.ca), True))
    if recipe.key_identifiers:
        found.append((x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False))
        found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False))
    if recipe.names:
        found.append((x509.SubjectAlternativeName(map(general_name, recipe.names)), not recipe.name))
    if recipe.purposes:
        found.append((x509.ExtendedKeyUsage(recipe.purposes), False))
    if recipe.permitted is not None or recipe.excluded is not None:
        subtrees = [[*map(general_name, each)] if each else None for each in (recipe.permitted, recipe.excluded)]
        found.append((x509.NameConstraints(*subtrees), True))
    return found


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def root(name: str = "Root", **changes: object) -> Recipe:
    return Recipe(name, name, **changes)  # type: ignore[arg-type]


def leaf(issuer: str, *names: str, **changes: object) -> Recipe:
    settings: dict[str, object] = {"name": "leaf", "ca": False, "purposes": (SERVER,), **changes}
    return Recipe(issuer=issuer, names=names, **settings)  # type: ignore[arg-type]


def extension(oid: str, value: str, *, critical: bool = False) -> x509.Extension[x509.ExtensionType]:
    """Any extension, its value in hex."""
    unrecognized = x509.UnrecognizedExtension(ObjectIdentifier(oid), bytes.fromhex(value))
    return x509.Extension(unrecognized.oid, critical, unrecognized)
