"""CRLs and OCSP responses for tests of path validation, about the leaf below "Issuer"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.pki.verify.making import HOST, NOW, Recipe, dn, key, leaf, make, root

ROOT = make(root())
ISSUER = make(Recipe("Issuer", "Root", serial=0x22))
LEAF = make(leaf("Issuer", HOST, serial=0x11))
DAY = timedelta(days=1)


def crl(
    issuer: str = "Issuer",
    *revoked: int,
    signer: str = "",
    number: int | None = 5,
    base: int | None = None,
    days: tuple[int, int] = (-1, 5),
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    entry_extensions: Sequence[x509.ExtensionType] = (),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    aki: bool = True,
) -> bytes:
    private = key(signer or issuer)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(dn(issuer))
        .last_update(NOW + days[0] * DAY)
        .next_update(NOW + days[1] * DAY)
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if aki:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key())
        builder = builder.add_extension(identifier, critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
        entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        for each in entry_extensions:
            entry = entry.add_extension(each, critical=True)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.DER)


def response(
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    *,
    about: bytes = LEAF,
    days: tuple[int, int] = (-1, 3),
    signer: str = "Issuer",
    responder: bytes = ISSUER,
    certificates: Sequence[bytes] = (),
    by_key: bool = False,
    hash_: hashes.HashAlgorithm | None = None,
) -> bytes:
    load = x509.load_der_x509_certificate
    revoked = status == ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        load(about),
        load(ISSUER),
        hash_ or hashes.SHA1(),
        status,
        NOW + days[0] * DAY,
        NOW + days[1] * DAY,
        NOW - DAY if revoked else None,
        x509.ReasonFlags.superseded if revoked else None,
    )
    encoding = ocsp.OCSPResponderEncoding.HASH if by_key else ocsp.OCSPResponderEncoding.NAME
    builder = builder.responder_id(encoding, load(responder))
    if certificates:
        builder = builder.certificates([*map(load, certificates)])
    private: ec.EllipticCurvePrivateKey = key(signer)
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.DER)
