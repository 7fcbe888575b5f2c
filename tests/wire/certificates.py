"""Certificates for the tests of DER and X.509: recorded, of x509-limbo, and made on the spot."""

from __future__ import annotations

import base64
import ipaddress
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    SubjectInformationAccessOID,
)

from tests.wire.samples import DATA, recorded
from tlslab.pki import Authority
from tlslab.wire.facts import certificate_list
from tlslab.wire.field import Field
from tlslab.wire.messages import decode_handshake
from tlslab.wire.notation import decode
from tlslab.wire.x509 import CERTIFICATE

MALFORMED = {
    "rfc5280::san::malformed": "GeneralNames says 120 bytes, 9 are left",
    "webpki::malformed-aia": "AccessDescriptions says 97 bytes, 7 are left",
    "rfc5280::duplicate-extensions": "the extension subjectAltName is there twice",
}
"""Cases of x509-limbo whose certificate is malformed on purpose, and what is wrong."""
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2051, 12, 31, 23, 59, 59, tzinfo=UTC)
"""Either side of the border between UTCTime and GeneralizedTime."""


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate and what it is there for."""

    name: str
    der: bytes

    def __str__(self) -> str:
        return self.name


def tree(der: bytes) -> Field:
    return decode(CERTIFICATE, "X509Certificate", der)


@cache
def captured() -> tuple[Made, ...]:
    """Every certificate that is shown in the recorded captures."""
    found = {
        der: f"{sample.capture}-{sample.context.sender}-{depth}"
        for sample in recorded()
        if sample.type == "certificate"
        for depth, der in enumerate(certificate_list(decode_handshake(sample.data, sample.context)))
    }
    return tuple(Made(name, der) for der, name in found.items())


@cache
def limbo() -> tuple[Made, ...]:
    """Those of x509-limbo, malformed ones too."""
    rows = json.loads((DATA / "x509" / "limbo.json").read_text())
    return tuple(Made(f"{row['case']}-{row['role']}", base64.b64decode(row["der"])) for row in rows)


@cache
def toy() -> tuple[Made, ...]:
    """What our own CA makes: root with name constraints, intermediate, and a leaf of each kind of key."""
    authority = Authority.create("lab-ca")
    issuing = authority.intermediate("issuing")
    leaves = [issuing.issue_server("localhost", "127.0.0.1", "::1", key_type=kind) for kind in FAST_KEY_TYPES]
    found = [("root", authority.certificate), ("intermediate", issuing.certificate)]
    found += [(f"server-{kind}", leaf.certificate) for kind, leaf in zip(FAST_KEY_TYPES, leaves, strict=True)]
    found.append(("client", issuing.issue_client("alice").certificate))
    return tuple(Made(f"toy-{name}", as_der(certificate)) for name, certificate in found)


FAST_KEY_TYPES = ("RSA-2048", "P-256", "P-384", "P-521", "Ed25519")
"""The longer RSA keys take seconds to make and differ in nothing but their length; see `keys`."""


@cache
def well_formed() -> tuple[Made, ...]:
    """Everything but what is malformed on purpose."""
    honest = tuple(made for made in limbo() if made.name.rpartition("-")[0] not in MALFORMED)
    return (*captured(), *honest, *toy(), *keys(), Made("every-extension", as_der(every_extension())))


def as_der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def builder(public_key: object, name: x509.Name | None = None) -> x509.CertificateBuilder:
    """A certificate that only wants a signature."""
    name = name if name is not None else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sample")])
    start = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(0x80FF)
    return start.not_valid_before(START).not_valid_after(END).public_key(public_key)  # type: ignore[arg-type]


@cache
def keys() -> tuple[Made, ...]:
    """A certificate for each kind of public key and of signature; the keys of RSA and DSA have no private half."""
    signer = ec.generate_private_key(ec.SECP256R1())
    own: list[tuple[str, object, object]] = [
        (f"RSA-{bits}", rsa.RSAPublicNumbers(65537, (1 << bits - 1) | 1).public_key(), signer)
        for bits in (1024, 2047, 2048, 3072, 4096)
    ]
    own += [
        (f"EC-{curve.name}", ec.generate_private_key(curve).public_key(), signer)
        for curve in (ec.SECP224R1(), ec.SECP256K1(), ec.SECP521R1(), ec.BrainpoolP384R1())
    ]
    own += [("Ed25519", (key := ed25519.Ed25519PrivateKey.generate()).public_key(), key)]
    own += [("Ed448", (other := ed448.Ed448PrivateKey.generate()).public_key(), other)]
    made = [
        Made(f"key-{name}", as_der(builder(public).sign(key, None if name.startswith("Ed") else hashes.SHA256())))  # type: ignore[arg-type]
        for name, public, key in own
    ]
    return (*made, Made("signed-PSS", as_der(signed_with_pss())))


def signed_with_pss() -> x509.Certificate:
    key = rsa.generate_private_key(65537, 2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
    return builder(key.public_key()).sign(key, hashes.SHA384(), rsa_padding=pss)


ALL_NAMES = (
    x509.RFC822Name("someone@demo.lab.test"),
    x509.DNSName("demo.lab.test"),
    x509.DNSName("xn--bcher-kva.example"),
    x509.DNSName("*.demo.lab.test"),
    x509.DirectoryName(
        x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Bücher"),
            ]
        )
    ),
    x509.UniformResourceIdentifier("spiffe://lab.test/web"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
    x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")),
    x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x09user@demo"),
)
"""A general name of each kind that cryptography makes."""


@cache
def every_extension() -> x509.Certificate:
    """A certificate that no sane CA would issue: with every extension of RFC 5280, and some others."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [
        x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")]),
        x509.RelativeDistinguishedName(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "tlslab"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, "12345"),
            ]
        ),
        x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "test")]),
        x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "every extension")]),
    ]
    made = builder(key.public_key(), x509.Name(names))
    for extension, critical in extensions(key.public_key()):
        made = made.add_extension(extension, critical)
    return made.sign(key, hashes.SHA256())


def extensions(key: ec.EllipticCurvePublicKey) -> list[tuple[x509.ExtensionType, bool]]:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    uri = x509.UniformResourceIdentifier("http://lab.test/x")
    reasons = frozenset({x509.ReasonFlags.key_compromise, x509.ReasonFlags.aa_compromise})
    points = [
        x509.DistributionPoint([uri], None, reasons, [x509.DNSName("crl.lab.test")]),
        x509.DistributionPoint(
            None,
            x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "crl1")]),
            None,
            [ALL_NAMES[4]],
        ),
    ]
    notice = x509.UserNotice(x509.NoticeReference("tlslab", [1, 2]), "for tests")
    permitted = [x509.DNSName("lab.test"), x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))]
    excluded = [x509.IPAddress(ipaddress.ip_network("2001:db8::/32")), x509.RFC822Name(".lab.test")]
    usages = (True, False, True, False, True, True, True, False, True)
    return [
        (x509.BasicConstraints(ca=True, path_length=3), True),
        (x509.KeyUsage(*usages), True),
        (
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH, x509.ObjectIdentifier("1.2.3.4.5")]
            ),
            False,
        ),
        (x509.SubjectAlternativeName(ALL_NAMES), False),
        (x509.IssuerAlternativeName(ALL_NAMES[:2]), False),
        (x509.NameConstraints(permitted, excluded), True),
        (identifier, False),
        (x509.AuthorityKeyIdentifier(identifier.digest, [ALL_NAMES[4]], 77), False),
        (x509.CRLDistributionPoints(points), False),
        (x509.FreshestCRL(points[:1]), False),
        (
            x509.CertificatePolicies(
                [
                    x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None),
                    x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), ["http://lab.test/cps", notice]),
                ]
            ),
            False,
        ),
        (
            x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), bytes.fromhex("300a300806022a0306022a04")),
            True,
        ),
        (x509.PolicyConstraints(1, 0), True),
        (x509.InhibitAnyPolicy(2), True),
        (
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri),
                    x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri),
                ]
            ),
            False,
        ),
        (
            x509.SubjectInformationAccess([x509.AccessDescription(SubjectInformationAccessOID.CA_REPOSITORY, uri)]),
            False,
        ),
        (x509.TLSFeature([x509.TLSFeatureType.status_request]), False),
        (x509.OCSPNoCheck(), False),
        (x509.PrecertPoison(), True),
        (x509.PrivateKeyUsagePeriod(START, END), False),
        (
            x509.UnrecognizedExtension(
                x509.ObjectIdentifier("2.5.29.9"), bytes.fromhex("3010300e06082b0601050507090431021300")
            ),
            False,
        ),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.16.840.1.113730.1.1"), bytes.fromhex("03020640")), False),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.16.840.1.113730.1.13"), b"\x16\x06remark"), False),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.44363.44"), b"\x05\x00"), False),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5.6"), bytes.fromhex("3003020105")), False),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5.7"), b"no DER"), False),
    ]
