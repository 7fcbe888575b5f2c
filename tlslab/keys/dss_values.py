"""What the verification of an ECDSA or DSA signature computes in place of r, whether it holds or not.

The verdict is not made here. The library multiplies; here two points are added, which no library of Python offers.
"""

from __future__ import annotations

from math import gcd
from typing import Final

from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tlslab.keys.curves import CURVES, Curve
from tlslab.keys.schedule12 import digest

Point = tuple[int, int]
MOST_DSA_BITS: Final = 3072
"""FIPS 186-4 has no longer primes, and a stranger's could take seconds."""


def ecdsa_value(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes, hash_name: str) -> int | None:
    """The x coordinate of u1 G + u2 Q modulo the order, which r is to be; None where it cannot be had.

    Source: SEC 1 section 4.1.4.
    """
    curve, order = CURVES.get(key.curve.name), key.curve.group_order
    halves = _halves(signature, data, hash_name, order)
    if curve is None or halves is None:
        return None
    first, second = halves
    base = ec.derive_private_key(first, key.curve).public_key().public_numbers()
    other = _times(curve, key, second)
    point = _sum(curve, (base.x, base.y), other) if other is not None else None
    return point[0] % order if point is not None else None


def dsa_value(key: dsa.DSAPublicKey, signature: bytes, data: bytes, hash_name: str) -> int | None:
    """g^u1 y^u2 mod p mod q, which r is to be; None where it cannot be had. Source: FIPS 186-4 section 4.7."""
    numbers = key.public_numbers()
    group = numbers.parameter_numbers
    halves = _halves(signature, data, hash_name, group.q) if group.p.bit_length() <= MOST_DSA_BITS else None
    if halves is None:
        return None
    return pow(group.g, halves[0], group.p) * pow(numbers.y, halves[1], group.p) % group.p % group.q


def _halves(signature: bytes, data: bytes, hash_name: str, order: int) -> tuple[int, int] | None:
    """u1 and u2; None for what is no signature, and for the one chance in 2^256 that one of them is zero."""
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return None
    if not (0 < r < order and 0 < s < order and gcd(s, order) == 1):
        # The order of a damaged DSA key need not be prime.
        return None
    hashed = digest(data, hash_name)
    number = int.from_bytes(hashed) >> max(8 * len(hashed) - order.bit_length(), 0)
    inverse = pow(s, -1, order)
    halves = number * inverse % order, r * inverse % order
    return halves if all(halves) else None


def _times(curve: Curve, key: ec.EllipticCurvePublicKey, factor: int) -> Point | None:
    """`factor` Q. A key exchange gives its x; which of the two y it has is told by the x of the next multiple."""
    x, after = (_exchanged(key, each % key.curve.group_order) for each in (factor, factor + 1))
    if x is None or after is None:
        return None
    # All three primes are 3 modulo 4, so that a power gives the square root.
    y = pow((x**3 - 3 * x + curve.b) % curve.p, (curve.p + 1) // 4, curve.p)
    public = key.public_numbers()
    for point in ((x, y), (x, curve.p - y)):
        following = _sum(curve, point, (public.x, public.y))
        if following is not None and following[0] == after:
            return point
    return None


def _exchanged(key: ec.EllipticCurvePublicKey, factor: int) -> int | None:
    if not factor:
        return None
    return int.from_bytes(ec.derive_private_key(factor, key.curve).exchange(ec.ECDH(), key))


def _sum(curve: Curve, left: Point, right: Point) -> Point | None:
    """Two points added; None for the point at infinity."""
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % curve.p == 0:
        return None
    rise, run = (3 * x1 * x1 - 3, 2 * y1) if left == right else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, curve.p) % curve.p
    x = (slope * slope - x1 - x2) % curve.p
    return x, (slope * (x1 - x) - y1) % curve.p
