"""Keys of the catalogue: made when they are first asked for, and kept as long as the process lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlslab.pki.der_writer import bit_string, integer, octet_string, oid, sequence
from tlslab.pki.private_keys import PrivateKey

_GENERATORS: Final[Mapping[str, Callable[[], PrivateKey]]] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-224": lambda: ec.generate_private_key(ec.SECP224R1()),
    "RSA-1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505  too small on purpose
    "RSA-2048": lambda: rsa.generate_private_key(65537, 2048),
}


class Keys:
    """Private keys by the name of the certificate and the type; each is made once. Any thread may ask."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], PrivateKey] = {}
        self._lock = Lock()

    def key(self, name: str, key_type: str) -> PrivateKey:
        """The key of the certificate `name`, of `key_type`."""
        with self._lock:
            if (name, key_type) not in self._made:
                self._made[name, key_type] = _GENERATORS[key_type]()
            return self._made[name, key_type]


def subject_public_key_info(key: PrivateKey, shape: str = "") -> bytes:
    """The public half as SubjectPublicKeyInfo.

    shape   "" as it should be; "explicit parameters" spells the curve out instead of naming it, which RFC 5480 section
            2.1.1 forbids; "not on the curve" has a bit of the point's y coordinate changed. Both for P-256 only.
    """
    public = key.public_key()
    if not shape:
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if shape == "explicit parameters":
        return sequence(sequence(oid(_EC_PUBLIC_KEY), _explicit_p256()), bit_string(point))
    return sequence(sequence(oid(_EC_PUBLIC_KEY), oid(_P256)), bit_string(point[:-1] + bytes([point[-1] ^ 1])))


def public_key_bits(key: PrivateKey) -> bytes:
    """What a key identifier is the SHA-1 of: the contents of the BIT STRING, RFC 5280 §4.2.1.2 (1)."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_P256: Final = "1.2.840.10045.3.1.7"
_PRIME_FIELD: Final = "1.2.840.10045.1.1"
_PRIME: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"
_BASE: Final = (
    "04"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _explicit_p256() -> bytes:
    """ECParameters of P-256 (NIST SP 800-186 section 3.2.1.3) as X9.62 has them and RFC 3279 section 2.3.5 allowed."""
    curve = sequence(octet_string((_PRIME - 3).to_bytes(32, "big")), octet_string(bytes.fromhex(_B)))
    return sequence(
        integer(1),
        sequence(oid(_PRIME_FIELD), integer(_PRIME)),
        curve,
        octet_string(bytes.fromhex(_BASE)),
        integer(_ORDER),
        integer(1),
    )
