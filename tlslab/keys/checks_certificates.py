"""The signature of a certificate, verified with the key of the one that issued it.

Bytes in, a `Check` out. Whether the issuer is trusted, and whether it is still the right day, is not asked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tlslab.keys.checks import Check, CheckInput
from tlslab.keys.signatures import SignatureScheme, fits, load_public_key, public_key_info, signature_scheme, verify
from tlslab.keys.signed_values import signed_values
from tlslab.reference.registries import number_of
from tlslab.wire.field import Field
from tlslab.wire.notation import decode
from tlslab.wire.x509 import CERTIFICATE

RULE: Final = "RFC 5280 §6.1.3"


class SignedCertificate(NamedTuple):
    """A certificate taken apart as far as its signature needs it; b"" for what is not there."""

    der: bytes
    signed: bytes
    """tbsCertificate, DER."""
    algorithm: str
    """Name of signatureAlgorithm: "sha256WithRSAEncryption"."""
    scheme: SignatureScheme | None
    """None for an algorithm that cannot be verified here."""
    signature: bytes
    issuer: bytes
    """Name, DER."""
    subject: bytes
    issuer_words: str
    subject_words: str
    subject_name: str
    """"CN=server.test", the whole subject where it has no common name."""
    algorithms_agree: bool
    """Whether the algorithm is the same inside and outside of what is signed (RFC 5280 section 4.1.1.2)."""

    @property
    def self_issued(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.issuer == self.subject


def signed_certificate(der: bytes) -> SignedCertificate:
    """Take a certificate apart; never raises."""
    root = decode(CERTIFICATE, "Certificate", der)
    tbs, outer = root.child("tbsCertificate"), root.child("signatureAlgorithm")
    inner = tbs.child("signature") if tbs is not None else None
    issuer, subject = (tbs.child(name) if tbs is not None else None for name in ("issuer", "subject"))
    return SignedCertificate(
        der,
        _octets(tbs),
        outer.label if outer is not None else "",
        scheme_of_algorithm(outer),
        bits_of(root.child("signatureValue")),
        _octets(issuer),
        _octets(subject),
        issuer.label if issuer is not None else "",
        subject.label if subject is not None else "",
        _common_name(subject),
        _octets(inner) == _octets(outer),
    )


def check_certificate_signature(
    sender: str, certificate: SignedCertificate, issuer: SignedCertificate, *, one_of_many: bool = False
) -> Check:
    """That the key of `issuer` signed `certificate`, and that the names say so too. Source: RFC 5280 section 6.1.3.

    one_of_many  other keys may be meant as well: what the verification comes to where it does not hold is not worked out.
    """
    inputs = (
        CheckInput("public key", public_key_info(issuer.der), f"certificate of {issuer.subject_words}"),
        CheckInput("tbsCertificate", certificate.signed, f"certificate of {certificate.subject_words}"),
        CheckInput("signature", certificate.signature, f"certificate of {certificate.subject_words}"),
    )
    scheme = certificate.scheme
    whole = certificate.subject_name == issuer.subject_name
    subject, by = (each.subject_words if whole else each.subject_name for each in (certificate, issuer))
    if issuer.der == certificate.der:
        subject, by = certificate.subject_name, "itself"
    over = f"{certificate.algorithm} over {len(certificate.signed)} bytes of tbsCertificate"
    detail = f"{subject} signed by {by}: {over}"
    reason = _objection(certificate, issuer)
    values = _values(certificate, issuer) if reason is None or not one_of_many else (b"", certificate.signature)
    return Check(
        "Certificate",
        sender,
        reason is None,
        f"{detail}: {reason}" if reason else detail,
        f"{scheme.title}(public key, tbsCertificate, signature)" if scheme else certificate.algorithm,
        inputs,
        *values,
        rule=RULE,
    )


def check_by_one_of(sender: str, certificate: SignedCertificate, issuers: Sequence[SignedCertificate]) -> Check:
    """The same where several keys may be meant: by the one that fits, else by the first; there is at least one."""
    for issuer in issuers:
        made = check_certificate_signature(sender, certificate, issuer, one_of_many=len(issuers) > 1)
        if made.ok or len(issuers) == 1:
            return made
    return check_certificate_signature(sender, certificate, issuers[0])


def issuer_missing(sender: str, certificate: SignedCertificate, following: SignedCertificate) -> Check:
    """The check of a certificate that another follows which did not issue it, nor did any other that was sent."""
    detail = (
        f"{certificate.subject_words}: its issuer is {certificate.issuer_words}, "
        f"but the next certificate is that of {following.subject_words}"
    )
    names = (
        CheckInput("issuer", certificate.issuer, f"certificate of {certificate.subject_words}"),
        CheckInput("subject", following.subject, "the next certificate"),
    )
    made = Check("Certificate", sender, ok=False, detail=detail, algorithm="issuer = subject of the next", inputs=names)
    return made._replace(expected=certificate.issuer, found=following.subject, rule="RFC 5246 §7.4.2")


def scheme_of_oid(oid: str) -> SignatureScheme | None:
    """The scheme of a signature algorithm in certificates and what is like them; None for one that is not known."""
    known = _BY_OID.get(oid)
    if known is None or not isinstance(known, str):
        return known
    number = number_of("signature_schemes", known)
    return signature_scheme(number) if number is not None else None


def _objection(certificate: SignedCertificate, issuer: SignedCertificate) -> str | None:
    public_key = load_public_key(issuer.der)
    if public_key is None:
        return "the public key of the issuer cannot be read"
    if certificate.scheme is None:
        return f"{certificate.algorithm or 'its signature algorithm'} cannot be verified here"
    if not certificate.algorithms_agree:
        return "signatureAlgorithm is not the algorithm that tbsCertificate names (RFC 5280 §4.1.1.2)"
    reason = verify(certificate.scheme, public_key, certificate.signature, certificate.signed)
    if reason is not None:
        return reason.replace("the certificate's key", "the issuer's key")
    if certificate.issuer != issuer.subject:
        return f"the signature holds, but the certificate names {certificate.issuer_words} as its issuer"
    return None


def _values(certificate: SignedCertificate, issuer: SignedCertificate) -> tuple[bytes, bytes]:
    scheme, public_key = certificate.scheme, load_public_key(issuer.der)
    if scheme is None or public_key is None or not fits(scheme, public_key):
        return b"", certificate.signature
    genuine = verify(scheme, public_key, certificate.signature, certificate.signed) is None
    return signed_values(scheme, public_key, certificate.signature, certificate.signed, genuine=genuine)


def scheme_of_algorithm(algorithm: Field | None) -> SignatureScheme | None:
    """The scheme that an AlgorithmIdentifier names; None for one that cannot be verified here."""
    oid = algorithm.child("algorithm") if algorithm is not None else None
    if algorithm is None or oid is None:
        return None
    if oid.value == _RSASSA_PSS:
        return SignatureScheme("rsassaPss", "rsa_pss_any", "", _pss_hash(algorithm), in_tls13=False)
    return scheme_of_oid(str(oid.value))


def _pss_hash(algorithm: Field) -> str:
    """The hash that RSASSA-PSS-params name; SHA-1 where they leave it out. Source: RFC 8017 section A.2.3."""
    parameters = algorithm.child("parameters")
    encoded = _octets(parameters)
    return next((name for oid, name in _PSS_HASHES.items() if oid in encoded), "sha1")


def bits_of(field: Field | None) -> bytes:
    """The contents of a BIT STRING without its count of unused bits."""
    if field is None or not field.children:
        return b""
    return field.data[field.children[0].end + 1 : field.end]


def _common_name(name: Field | None) -> str:
    """The last common name, which tells most certificates apart; the whole name where it has none."""
    if name is None:
        return ""
    return next((part for part in reversed(name.label.split(", ")) if part.startswith("CN=")), name.label)


def _octets(field: Field | None) -> bytes:
    return field.bytes if field is not None else b""


def _hashed(algorithm: str, hash_name: str) -> SignatureScheme:
    return SignatureScheme(f"{algorithm}_{hash_name}", algorithm, "", hash_name, in_tls13=False)


_RSASSA_PSS: Final = "1.2.840.113549.1.1.10"
_PSS_HASHES: Final = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
    bytes.fromhex("608648016503040204"): "sha224",
    bytes.fromhex("608648016503040205"): "sha512_224",
    bytes.fromhex("608648016503040206"): "sha512_256",
    bytes.fromhex("608648016503040207"): "sha3_224",
    bytes.fromhex("608648016503040208"): "sha3_256",
    bytes.fromhex("608648016503040209"): "sha3_384",
    bytes.fromhex("60864801650304020a"): "sha3_512",
}
_SHA3: Final = ("sha3_224", "sha3_256", "sha3_384", "sha3_512")
_BY_OID: Final[dict[str, SignatureScheme | str]] = {
    "1.2.840.113549.1.1.4": _hashed("rsa_pkcs1", "md5"),
    "1.2.840.113549.1.1.5": _hashed("rsa_pkcs1", "sha1"),
    "1.2.840.113549.1.1.14": _hashed("rsa_pkcs1", "sha224"),
    "1.2.840.113549.1.1.11": _hashed("rsa_pkcs1", "sha256"),
    "1.2.840.113549.1.1.12": _hashed("rsa_pkcs1", "sha384"),
    "1.2.840.113549.1.1.13": _hashed("rsa_pkcs1", "sha512"),
    "1.2.840.113549.1.1.15": _hashed("rsa_pkcs1", "sha512_224"),
    "1.2.840.113549.1.1.16": _hashed("rsa_pkcs1", "sha512_256"),
    "1.2.840.10045.4.1": _hashed("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": _hashed("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": _hashed("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": _hashed("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": _hashed("ecdsa", "sha512"),
    "1.2.840.10040.4.3": _hashed("dsa", "sha1"),
    "2.16.840.1.101.3.4.3.1": _hashed("dsa", "sha224"),
    "2.16.840.1.101.3.4.3.2": _hashed("dsa", "sha256"),
    "2.16.840.1.101.3.4.3.3": _hashed("dsa", "sha384"),
    "2.16.840.1.101.3.4.3.4": _hashed("dsa", "sha512"),
    "1.3.101.112": "ed25519",
    "1.3.101.113": "ed448",
    "2.16.840.1.101.3.4.3.17": "mldsa44",
    "2.16.840.1.101.3.4.3.18": "mldsa65",
    "2.16.840.1.101.3.4.3.19": "mldsa87",
    **{f"2.16.840.1.101.3.4.3.{5 + at}": _hashed("dsa", name) for at, name in enumerate(_SHA3)},
    **{f"2.16.840.1.101.3.4.3.{9 + at}": _hashed("ecdsa", name) for at, name in enumerate(_SHA3)},
    **{f"2.16.840.1.101.3.4.3.{13 + at}": _hashed("rsa_pkcs1", name) for at, name in enumerate(_SHA3)},
}
"""Signature algorithms of certificates: RFC 4055, RFC 5758, RFC 8410, RFC 9881, and NIST's register for SHA-3."""
