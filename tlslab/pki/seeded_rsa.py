"""RSA keys from a stream of octets: the primes are searched for in an order that the stream alone decides.

For seeded labs only; every other key is OpenSSL's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import gcd, lcm
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

PUBLIC_EXPONENT: Final = 65537
_SIEVE: Final = 1 << 16
_BASES: Final = (2, 3, 5, 7, 11, 13, 17, 19)
"""For a random number of 1024 bits one base errs once in 2^100 times (Damgård, Landrock, Pomerance)."""


def rsa_key(key_size: int, read: Callable[[int], bytes]) -> rsa.RSAPrivateKey:
    """The key of `key_size` bits that `read`, asked for so many octets at a time, leads to.

    p and q are the first primes, counted up from odd numbers with the two highest bits set, such that FIPS 186-5
    appendix A.1.3 has nothing against them. d is modulo the least common multiple of p - 1 and q - 1.
    """
    half = key_size // 2
    p = _prime(half, read)
    q = _prime(half, read)
    while abs(p - q) >> (half - 100) == 0:
        q = _prime(half, read)
    d = pow(PUBLIC_EXPONENT, -1, lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(PUBLIC_EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    # OpenSSL's own check would look for the primes once more.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def _prime(bits: int, read: Callable[[int], bytes]) -> int:
    """The first prime at or above what `read` gives, with its two highest bits and its lowest set."""
    while True:
        start = int.from_bytes(read(bits // 8)) | 3 << (bits - 2) | 1
        offsets = (offset for offset in _survivors(start) if (start + offset).bit_length() == bits)
        for offset in offsets:
            if is_prime(start + offset) and gcd(start + offset - 1, PUBLIC_EXPONENT) == 1:
                return start + offset


def _survivors(start: int) -> list[int]:
    """The even offsets below `_SIEVE` at which no small prime divides `start` + offset."""
    composite = bytearray(_SIEVE // 2)
    for prime in _small_primes():
        # start + 2 * index is divisible by the prime at each prime-th index.
        first = -start * pow(2, -1, prime) % prime
        composite[first::prime] = b"\1" * len(range(first, _SIEVE // 2, prime))
    return [2 * index for index, divided in enumerate(composite) if not divided]


def is_prime(number: int) -> bool:
    """Miller and Rabin's test with fixed bases, for numbers that nobody chose to deceive it."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, base, odd, twos) for base in _BASES)


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


@cache
def _small_primes() -> tuple[int, ...]:
    """The odd primes below `_SIEVE`."""
    composite = bytearray(_SIEVE)
    for number in range(2, 256):
        if not composite[number]:
            composite[number * number :: number] = b"\1" * len(range(number * number, _SIEVE, number))
    return tuple(number for number in range(3, _SIEVE) if not composite[number])
