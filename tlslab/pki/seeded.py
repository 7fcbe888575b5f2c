"""Seeded labs: from one text the same keys and certificates, byte for byte, every time and everywhere.

For fixtures, bug reports and lessons. Whoever knows the text has every key, so each certificate says that it is unsafe.
Every octet comes from SHAKE256 over the text and a label of what it is for; signatures have no randomness in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256, shake_256
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519

from tlslab.pki.errors import PkiError
from tlslab.pki.private_keys import CURVES, KEY_TYPES, ML_DSA, PrivateKey
from tlslab.pki.seeded_rsa import rsa_key

DAY: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""When everything in a seeded lab begins, unless another day is given."""

DAYS: Final = 36_524
"""How long everything is valid, unless told otherwise: a hundred years, so that no fixture runs out."""

MARK: Final = "UNSAFE: its keys come from a public seed"
"""What stands in the subject of every certificate of a seeded lab, or in its policy text."""

_DOMAIN: Final = b"tlslab seeded lab 1"


@dataclass(frozen=True, slots=True)
class Seed:
    """Where everything comes from."""

    text: str
    day: datetime = DAY

    def __post_init__(self) -> None:
        """Refuse a seed that says nothing."""
        if not self.text:
            raise PkiError("The seed is empty: give any text.")

    def private_key(self, key_type: str, *label: str) -> PrivateKey:
        """The key of `key_type` for `label`. Takes seconds for large RSA keys. Raises PkiError for an unknown type."""
        if key_type not in KEY_TYPES:
            raise PkiError(f"There is no key type {key_type!r}: choose one of {', '.join(KEY_TYPES)}.")
        read = self.stream("key", key_type, *label)
        if key_type in CURVES:
            return _ec_key(CURVES[key_type], read)
        if key_type in ML_DSA:
            return ML_DSA[key_type].from_seed_bytes(read(32))
        if key_type == "Ed25519":
            return ed25519.Ed25519PrivateKey.from_private_bytes(read(32))
        if key_type == "Ed448":
            return ed448.Ed448PrivateKey.from_private_bytes(read(57))
        return rsa_key(int(key_type.removeprefix("RSA-")), read)

    def octets(self, length: int, *label: str) -> bytes:
        """`length` octets for `label`."""
        return self.stream(*label)(length)

    def stream(self, *label: str) -> Callable[[int], bytes]:
        """What gives octets for `label`, asked for so many at a time, on and on.

        The n-th request is answered with SHAKE256(domain, text, label..., n), each with its length before it.
        """
        parts = [_DOMAIN, *(part.encode("utf-8", "surrogatepass") for part in (self.text, *label))]
        start = shake_256(b"".join(len(part).to_bytes(8) + part for part in parts))
        requests = iter(range(2**63))

        def read(length: int) -> bytes:
            each = start.copy()
            each.update(next(requests).to_bytes(8))
            return each.digest(length)

        return read


def serial_octets(seed: Seed, tbs: bytes) -> bytes:
    """20 octets for the serial number of what says all the rest of `tbs`, so that another content has another."""
    return seed.octets(20, "serial", sha256(tbs).hexdigest())


def _ec_key(curve: ec.EllipticCurve, read: Callable[[int], bytes]) -> ec.EllipticCurvePrivateKey:
    """FIPS 186-5 appendix A.2.1: 64 bits more than the order has, so that what is left over does not show."""
    order = curve.group_order
    octets = read((order.bit_length() + 7) // 8 + 8)
    return ec.derive_private_key(int.from_bytes(octets) % (order - 1) + 1, curve)
