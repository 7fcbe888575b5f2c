"""Issuing a server certificate, its key included: the rate of `Authority.issue_server` against bare cryptography's.

And ten thousand certificates into a lab in one transaction, told without a goal.
"""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.benchmarks.decode import told
from tlslab.pki import Authority, Credential, PrivateKey, generate_key
from tlslab.store import Lab

GOAL: Final = 0.9
"""How much of bare cryptography's rate is wanted."""
KEY_TYPES: Final = {"P-256": 300, "Ed25519": 300, "ML-DSA-65": 150, "RSA-2048": 300}
"""Certificates in a round, by key type."""
MANY: Final = 10_000
ISSUER: Final = Authority.create("lab-ca")


@cache
def _rsa_key(key_type: str) -> PrivateKey:
    return generate_key(key_type)


def key_of(key_type: str) -> PrivateKey:
    """A new key; for RSA always the same, because the search for primes takes ten times longer for one than for another."""
    return _rsa_key(key_type) if key_type.startswith("RSA") else generate_key(key_type)


def bare(key_type: str) -> object:
    """What a program does that has cryptography only: the same key, names, extensions and signature."""
    key, issuer_key = key_of(key_type), ISSUER.credential.private_key
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    subject = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "tlslab toy CA"),
        x509.NameAttribute(NameOID.COMMON_NAME, "localhost"),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(ISSUER.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(encipherment=key_type.startswith("RSA")), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    return builder.sign(issuer_key, hashes.SHA256())


def ours(key_type: str) -> object:
    """The same through the toy CA, which reads the names, and holds them against its constraints."""
    return ISSUER.issue_server("localhost", "127.0.0.1", private_key=key_of(key_type))


def issuing(variables: Mapping[str, str], rounds: int) -> bool:
    """The rate of issuing for each kind of key; the worst of them counts. Then 10,000 into a lab."""
    ratios = {key_type: _ratio(key_type, count, rounds) for key_type, count in KEY_TYPES.items()}
    words = ", ".join(f"{key_type} {ratio:.2f}" for key_type, ratio in ratios.items())
    reached = told("issuing: rate / bare cryptography's, the least", min(ratios.values()), GOAL, words)
    _many()
    return reached


def _ratio(key_type: str, count: int, rounds: int) -> float:
    """Bare time by ours, the median over rounds that are measured in turn; the first is not counted."""
    pairs = [(_time(bare, key_type, count), _time(ours, key_type, count)) for _ in range(rounds + 1)][1:]
    return median(one / other for one, other in pairs)


def _time(issue: Callable[[str], object], key_type: str, count: int) -> float:
    start = process_time()
    for _ in range(count):
        issue(key_type)
    return process_time() - start


def _many() -> None:
    start = process_time()
    made = [_named(ISSUER.issue_server(f"host-{number}.test"), number) for number in range(MANY)]
    issued = process_time() - start
    with tempfile.TemporaryDirectory() as folder, Lab.open(Path(folder) / "many.tlslab") as lab:
        start = process_time()
        lab.add(ISSUER.credential, *made)
        kept = process_time() - start
        start = process_time()
        assert len(lab.entries()) == MANY + 1
        listed = process_time() - start
    print(
        f"{'':7} {f'{MANY} certificates, CPU':52} issued in {issued:.1f} s, kept in {kept:.1f} s, listed in {listed:.2f} s",
        flush=True,
    )


def _named(credential: Credential, number: int) -> Credential:
    return replace(credential, name=f"host {number}")


def _usage(*, encipherment: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
