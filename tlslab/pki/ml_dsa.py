"""ML-DSA signatures without randomness (FIPS 204, the deterministic variant), for seeded labs only.

cryptography signs hedged: each time another signature. Where a certificate has to have the same bytes everywhere, its
signature comes from here, and cryptography verifies it. Not constant-time: for keys that are no secret anyway.
The names are those of FIPS 204.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import shake_128, shake_256
from typing import Final, TypeAlias

q: Final = 8380417
d: Final = 13

Polynomial: TypeAlias = list[int]
"""256 coefficients modulo q."""
Vector: TypeAlias = list[Polynomial]


@dataclass(frozen=True, slots=True)
class Parameters:
    """One column of FIPS 204 table 1."""

    tau: int
    lambda_: int
    gamma1: int
    gamma2: int
    k: int
    l: int  # noqa: E741  the standard's letter
    eta: int
    omega: int

    @property
    def beta(self) -> int:
        """The largest coefficient that a product with the challenge can have."""
        return self.tau * self.eta


PARAMETERS: Final[Mapping[str, Parameters]] = {
    "ML-DSA-44": Parameters(39, 128, 2**17, (q - 1) // 88, 4, 4, 2, 80),
    "ML-DSA-65": Parameters(49, 192, 2**19, (q - 1) // 32, 6, 5, 4, 55),
    "ML-DSA-87": Parameters(60, 256, 2**19, (q - 1) // 32, 8, 7, 2, 75),
}


@dataclass(frozen=True, slots=True)
class _Key:
    """What algorithm 6, ML-DSA.KeyGen_internal, leaves for signing; A, s1, s2 and t0 in the NTT domain."""

    A: list[Vector]
    K: bytes
    tr: bytes
    s1: Vector
    s2: Vector
    t0: Vector


def sign(key_type: str, xi: bytes, message: bytes) -> bytes:
    """The deterministic signature (algorithm 2 with rnd = 0, an empty context) of `message`.

    xi   the 32 octets of the private key's seed.

    Raises KeyError for another key type.
    """
    p = PARAMETERS[key_type]
    key = _key(p, xi)
    mu = shake_256(key.tr + b"\0\0" + message).digest(64)
    rho = shake_256(key.K + bytes(32) + mu).digest(64)
    for kappa in range(0, 2**16 - p.l, p.l):
        signature = _attempt(p, key, mu, rho, kappa)
        if signature is not None:
            return signature
    raise AssertionError("no signature in 65536 attempts, which nobody will ever see")


def _attempt(p: Parameters, key: _Key, mu: bytes, rho: bytes, kappa: int) -> bytes | None:
    """One turn of the loop of algorithm 7; None where the signature would tell something about the key."""
    y = [_expand_mask(p, rho, kappa + r) for r in range(p.l)]
    y_hat = [_ntt(each) for each in y]
    w = [_inverse_ntt(_product(row, y_hat)) for row in key.A]
    w1 = [[_decompose(p, each)[0] for each in row] for row in w]
    bits = 6 if p.gamma2 == (q - 1) // 88 else 4
    c_tilde = shake_256(mu + b"".join(_pack(row, bits) for row in w1)).digest(p.lambda_ // 4)
    c = _ntt(_sample_in_ball(p, c_tilde))
    z = [_sum(one, other) for one, other in zip(y, _times(c, key.s1), strict=True)]
    if _norm(z) >= p.gamma1 - p.beta:
        return None
    r = [_difference(one, other) for one, other in zip(w, _times(c, key.s2), strict=True)]
    if max(abs(_decompose(p, each)[1]) for row in r for each in row) >= p.gamma2 - p.beta:
        return None
    ct0 = _times(c, key.t0)
    hints = [
        [_decompose(p, (a + b) % q)[0] != _decompose(p, a)[0] for a, b in zip(one, other, strict=True)]
        for one, other in zip(r, ct0, strict=True)
    ]
    if _norm(ct0) >= p.gamma2 or sum(map(sum, hints)) > p.omega:
        return None
    packed = b"".join(_pack([(p.gamma1 - each) % q for each in row], p.gamma1.bit_length()) for row in z)
    return c_tilde + packed + _pack_hints(p, hints)


@lru_cache(maxsize=16)
def _key(p: Parameters, xi: bytes) -> _Key:
    """Algorithm 6, ML-DSA.KeyGen_internal."""
    seed = shake_256(xi + bytes([p.k, p.l])).digest(128)
    rho, rho_prime, K = seed[:32], seed[32:96], seed[96:]
    A = [[_reject_ntt(rho + bytes([s, r])) for s in range(p.l)] for r in range(p.k)]
    s = [_reject_bounded(p, rho_prime + r.to_bytes(2, "little")) for r in range(p.l + p.k)]
    s1, s2 = [_ntt(each) for each in s[: p.l]], s[p.l :]
    t = [_sum(_inverse_ntt(_product(row, s1)), each) for row, each in zip(A, s2, strict=True)]
    t1 = [[_power2round(each)[0] for each in row] for row in t]
    t0 = [_ntt([_power2round(each)[1] for each in row]) for row in t]
    tr = shake_256(rho + b"".join(_pack(row, 10) for row in t1)).digest(64)
    return _Key(A, K, tr, s1, [_ntt(each) for each in s2], t0)


# Sampling, section 7.3.


def _reject_ntt(seed: bytes) -> Polynomial:
    """Algorithm 30, RejNTTPoly: uniform coefficients below q."""
    found: Polynomial = []
    for length in (840, 8400):
        octets = shake_128(seed).digest(length)
        each = (octets[i] | octets[i + 1] << 8 | (octets[i + 2] & 0x7F) << 16 for i in range(0, length - 2, 3))
        found = [value for value in each if value < q][:256]
        if len(found) == 256:
            break
    return found


def _reject_bounded(p: Parameters, seed: bytes) -> Polynomial:
    """Algorithm 31, RejBoundedPoly: coefficients from -eta to eta."""
    nibbles = (nibble for octet in shake_256(seed).digest(2000) for nibble in (octet & 15, octet >> 4))
    if p.eta == 2:
        return _first(2 - nibble % 5 for nibble in nibbles if nibble < 15)
    return _first(4 - nibble for nibble in nibbles if nibble < 9)


def _first(values: Iterator[int]) -> Polynomial:
    return [next(values) for _ in range(256)]


def _expand_mask(p: Parameters, rho: bytes, index: int) -> Polynomial:
    """Algorithm 34, ExpandMask, one polynomial of it."""
    bits = p.gamma1.bit_length()
    packed = int.from_bytes(shake_256(rho + index.to_bytes(2, "little")).digest(32 * bits), "little")
    mask = (1 << bits) - 1
    return [p.gamma1 - (packed >> bits * i & mask) for i in range(256)]


def _sample_in_ball(p: Parameters, seed: bytes) -> Polynomial:
    """Algorithm 29, SampleInBall: tau coefficients of 1 or -1, zeros otherwise."""
    octets = iter(shake_256(seed).digest(2000))
    signs = int.from_bytes(bytes(next(octets) for _ in range(8)), "little")
    c = [0] * 256
    for i in range(256 - p.tau, 256):
        j = next(octet for octet in octets if octet <= i)
        c[i] = c[j]
        c[j] = -1 if signs >> (i + p.tau - 256) & 1 else 1
    return c


# Rounding and packing, sections 7.1, 7.4.


def _power2round(r: int) -> tuple[int, int]:
    """Algorithm 35."""
    r0 = (r % q) & (1 << d) - 1
    r0 -= (1 << d) if r0 > 1 << d - 1 else 0
    return ((r % q) - r0) >> d, r0


def _decompose(p: Parameters, r: int) -> tuple[int, int]:
    """Algorithm 36: the high and the low bits."""
    r %= q
    r0 = r % (2 * p.gamma2)
    r0 -= 2 * p.gamma2 if r0 > p.gamma2 else 0
    return (0, r0 - 1) if r - r0 == q - 1 else ((r - r0) // (2 * p.gamma2), r0)


def _pack(values: Sequence[int], bits: int) -> bytes:
    """Algorithm 16, SimpleBitPack."""
    packed = 0
    for value in reversed(values):
        packed = packed << bits | value
    return packed.to_bytes(32 * bits, "little")


def _pack_hints(p: Parameters, hints: Sequence[Sequence[bool]]) -> bytes:
    """Algorithm 20, HintBitPack: where the ones are, then how many there are up to each row."""
    positions, ends = [], []
    for row in hints:
        positions += [index for index, hint in enumerate(row) if hint]
        ends.append(len(positions))
    return bytes(positions).ljust(p.omega, b"\0") + bytes(ends)


def _norm(rows: Sequence[Polynomial]) -> int:
    """The largest absolute value, of representatives around zero."""
    return max(min(each % q, q - each % q) for row in rows for each in row)


# The transform, section 7.5.


def _reversed_bits(number: int) -> int:
    return int(f"{number:08b}"[::-1], 2)


_ZETAS: Final = tuple(pow(1753, _reversed_bits(index), q) for index in range(256))
_256_INVERSE: Final = pow(256, -1, q)


def _ntt(w: Polynomial) -> Polynomial:
    """Algorithm 41."""
    w, m, length = list(w), 0, 128
    while length >= 1:
        for start in range(0, 256, 2 * length):
            m += 1
            zeta = _ZETAS[m]
            for j in range(start, start + length):
                t = zeta * w[j + length] % q
                w[j + length] = w[j] - t
                w[j] += t
        length >>= 1
    return [each % q for each in w]


def _inverse_ntt(w: Polynomial) -> Polynomial:
    """Algorithm 42."""
    w, m, length = list(w), 256, 1
    while length < 256:
        for start in range(0, 256, 2 * length):
            m -= 1
            zeta = -_ZETAS[m]
            for j in range(start, start + length):
                t = w[j]
                w[j] = t + w[j + length]
                w[j + length] = zeta * (t - w[j + length]) % q
        length <<= 1
    return [each * _256_INVERSE % q for each in w]


def _product(row: Vector, column: Vector) -> Polynomial:
    """The sum of the products of two vectors in the NTT domain."""
    return [
        sum(a * b for a, b in zip(ones, others, strict=True)) % q
        for ones, others in zip(zip(*row, strict=True), zip(*column, strict=True), strict=True)
    ]


def _times(c: Polynomial, row: Vector) -> Vector:
    return [_inverse_ntt([a * b % q for a, b in zip(c, each, strict=True)]) for each in row]


def _sum(one: Polynomial, other: Polynomial) -> Polynomial:
    return [(a + b) % q for a, b in zip(one, other, strict=True)]


def _difference(one: Polynomial, other: Polynomial) -> Polynomial:
    return [(a - b) % q for a, b in zip(one, other, strict=True)]
