"""The one place where certificates are put together and signed: a template, a public key and an issuer in, one out."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from tlslab.pki import seeded
from tlslab.pki.credential import AUTHORITIES
from tlslab.pki.distinguished_names import distinguished_name, is_marked
from tlslab.pki.errors import PkiError
from tlslab.pki.extensions import Circumstances, extensions, subject_alternative_name
from tlslab.pki.names import TOY_MARK, authority_subject, subject, text_of
from tlslab.pki.private_keys import HASHES, Hash, PrivateKey, PublicKey, key_type_of, signature_hash
from tlslab.pki.seeded import Seed, serial_octets, signed_without_chance
from tlslab.pki.template import Template
from tlslab.pki.validity import Validity, validity

_TELLING = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
"""Names that can be called by."""

TOY_NOTE = f"{TOY_MARK}: for tests only"
"""The explicitText that marks a certificate whose subject does not."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: a certificate with the key that belongs to it; no certificate where the new one signs itself."""

    certificate: x509.Certificate | None
    key: PrivateKey
    seed: Seed | None = None
    """Where the serial number comes from, and then the signature has no randomness in it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A template that has been read: everything that does not depend on a key."""

    template: Template
    name: str
    """What to call it."""
    subject: x509.Name
    names: tuple[x509.GeneralName, ...]
    validity: Validity


def draft(template: Template, issuer_end: datetime | None = None, seed: Seed | None = None) -> Draft:
    """Read the fields of a template. Raises PkiError, one sentence, for what cannot be."""
    names = subject_alternative_name(template)
    name = template.name or next((text_of(each) for each in names if isinstance(each, _TELLING)), "")
    if seed is not None:
        start = template.not_before or (seed.day if template.not_after is None else None)
        template = replace(template, not_before=start, default_days=seeded.DAYS)
    period = validity(template.default_days, template.days, template.not_before, template.not_after, issuer_end)
    return Draft(template, name or template.kind, _subject(template, name, seed), names, period)


def sign(drafted: Draft, public_key: PublicKey, issuer: Issuer) -> x509.Certificate:
    """The certificate for `public_key`, signed by `issuer`. Raises PkiError, one sentence, for what cannot be."""
    template = drafted.template
    issuer_name = issuer.certificate.subject if issuer.certificate is not None else drafted.subject
    circumstances = Circumstances(
        template, public_key, issuer.certificate, drafted.names, not drafted.subject.rdns, _note(drafted, issuer.seed)
    )
    made = extensions(circumstances)
    period = drafted.validity

    def signed(serial_number: int) -> x509.Certificate:
        builder = x509.CertificateBuilder(
            issuer_name,
            drafted.subject,
            public_key,
            serial_number,
            period.not_before.replace(tzinfo=None),
            period.not_after.replace(tzinfo=None),
            made,
        )
        return _signed(builder, template, issuer)

    if issuer.seed is None or template.serial_number is not None:
        return signed(_serial_number(template))
    # What it says decides its number, so that nothing else ever has the same.
    return signed(serial_number_of(serial_octets(issuer.seed, signed(1))))


def random_serial_number() -> int:
    """A random serial of exactly 20 octets, the most that RFC 5280 section 4.1.2.2 allows.

    The highest bit is 0, or DER would want a 21st octet; the next is 1, so that none is shorter.
    158 random bits never meet again.
    """
    return serial_number_of(os.urandom(20))


def serial_number_of(octets: bytes) -> int:
    """The serial that 20 octets make."""
    return int.from_bytes(bytes([octets[0] & 0x7F | 0x40]) + octets[1:])


def signature_settings(template: Template, key: PrivateKey) -> tuple[Hash | None, padding.PSS | None]:
    """With what hash and padding `key` signs what `template` describes. Raises PkiError for what does not fit it."""
    algorithm = _hash(template, key)
    return algorithm, _padding(template, key, algorithm, salted=True)


def _signed(builder: x509.CertificateBuilder, template: Template, issuer: Issuer) -> x509.Certificate:
    key, seeded_lab = issuer.key, issuer.seed is not None
    algorithm = _hash(template, key)
    rsa_padding = _padding(template, key, algorithm, salted=not seeded_lab)
    deterministic = seeded_lab and isinstance(key, ec.EllipticCurvePrivateKey)
    try:
        certificate = builder.sign(
            key,
            algorithm,
            rsa_padding=rsa_padding,
            # RFC 6979.
            ecdsa_deterministic=True if deterministic else None,
        )
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm) as error:
        why = str(error).rstrip(".").lower() or type(error).__name__
        raise PkiError(f"The certificate cannot be built: {why}.") from None
    _check_extra(certificate, template)
    return signed_without_chance(certificate, key) if seeded_lab else certificate


def _check_extra(certificate: x509.Certificate, template: Template) -> None:
    """Whether extensions that were given as bytes say what their identifiers promise."""
    try:
        if template.extensions:
            list(certificate.extensions)
    except ValueError:
        raise PkiError(
            "One of the extra extensions cannot be read back, because its bytes are not what its identifier stands for: "
            "the catalogue of broken certificates has such, and editing a certificate makes them."
        ) from None


def _hash(template: Template, key: PrivateKey) -> Hash | None:
    own = signature_hash(key)
    if not template.signature_hash:
        return own
    name = template.signature_hash.strip().lower().replace("sha-", "sha")
    if name not in HASHES:
        raise PkiError(f"A certificate cannot be signed with {template.signature_hash!r}: choose {', '.join(HASHES)}.")
    if own is None:
        raise PkiError(f"{key_type_of(key)} brings its own hash: leave the signature hash away.")
    return HASHES[name]


def _padding(template: Template, key: PrivateKey, algorithm: Hash | None, *, salted: bool) -> padding.PSS | None:
    if template.rsa_padding not in {"pkcs1", "pss"}:
        raise PkiError(f"There is no RSA padding {template.rsa_padding!r}: choose pkcs1 or pss.")
    if template.rsa_padding == "pkcs1":
        return None
    if not isinstance(key, rsa.RSAPrivateKey) or algorithm is None:
        raise PkiError(
            f"PSS is a padding of RSA signatures, and the issuer's key is {key_type_of(key)}: leave it away."
        )
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size if salted else 0)


def _serial_number(template: Template) -> int:
    number = template.serial_number
    if number is None:
        return random_serial_number()
    if not 0 < number < 2**159:
        raise PkiError(
            "A serial number is positive and has 20 octets at most, RFC 5280 section 4.1.2.2: choose another."
        )
    return number


def _subject(template: Template, name: str, seed: Seed | None) -> x509.Name:
    if template.subject is not None:
        given = distinguished_name(template.subject)
        if not given.rdns and template.ca:
            raise PkiError("An authority has to have a subject, RFC 5280 section 4.1.2.6: give it one.")
        return given
    is_authority = template.kind in AUTHORITIES
    made = authority_subject(name) if is_authority else subject(name or template.kind, fallback=template.kind)
    if seed is None:
        return made
    organization, *rest = made
    return x509.Name([organization, x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, seeded.MARK), *rest])


def _note(drafted: Draft, seed: Seed | None) -> str:
    """What a policy text has to tell, because the subject does not."""
    mark, note = (TOY_MARK, TOY_NOTE) if seed is None else (seeded.MARK, f"{TOY_MARK}: {seeded.MARK}")
    return "" if is_marked(drafted.subject, mark) else note
