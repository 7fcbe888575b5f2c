"""Key shares: that a point is on its curve, and that a Diffie-Hellman value is one that a group can have.

Who accepts another share may give away its own key, bit by bit. Bytes in, a `Check` out; None where every value is allowed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tlslab.keys.checks import Check, CheckInput
from tlslab.keys.curves import CURVES
from tlslab.wire.facts import FFDHE_GROUPS, FFDHE_START

NAME: Final = "Key share"
LEAST_BITS: Final = 1024
"""A shorter prime has been broken by anybody with some machines (the Logjam attack)."""
ADVISED_BITS: Final = 2048
_X25519: Final = 2**255 - 19
LOW_ORDER: Final = {
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    _X25519 - 1,
}
"""Values of u with which X25519 gives the same secret to everybody. Source: RFC 7748 section 6.1."""


def check_point(sender: str, group: str, share: bytes) -> Check | None:
    """A share of an elliptic curve, uncompressed. Source: RFC 8446 section 4.2.8.2."""
    if group == "x25519":
        return _low_order(sender, share)
    curve = CURVES.get(group)
    if curve is None:
        return None
    length = (curve.p.bit_length() + 7) // 8
    inputs = (CheckInput("UncompressedPointRepresentation", share, f"share of the {sender}"),)
    if len(share) != 1 + 2 * length or share[0] != 4:
        detail = f"{group}: {len(share)} bytes are no uncompressed point, which has {1 + 2 * length} and begins with 04"
        return Check(NAME, sender, ok=False, detail=detail, inputs=inputs, found=share, rule="RFC 8446 §4.2.8.2")
    x, y = int.from_bytes(share[1 : 1 + length]), int.from_bytes(share[1 + length :])
    left, right = y * y % curve.p, (x**3 - 3 * x + curve.b) % curve.p
    ok = left == right and max(x, y) < curve.p
    detail = f"{group}: the point is {'' if ok else 'not '}on the curve"
    made = Check(
        NAME, sender, ok, detail, "y² = x³ - 3x + b (mod p)", inputs, right.to_bytes(length), left.to_bytes(length)
    )
    return made._replace(rule="RFC 8446 §4.2.8.2")


def check_dh_value(sender: str, prime: bytes, value: bytes) -> Check:
    """A Diffie-Hellman value, and the group that the server has chosen. Source: RFC 7919 section 5.1, RFC 5246 section 8.1.2."""
    p, y = int.from_bytes(prime), int.from_bytes(value)
    known = prime.startswith(FFDHE_START) and len(prime) in FFDHE_GROUPS
    inputs = (CheckInput("dh_p", prime, "ServerKeyExchange"), CheckInput("dh_Y", value, f"share of the {sender}"))
    reason = ""
    if p.bit_length() < LEAST_BITS:
        reason = f"a prime of {p.bit_length()} bits can be broken"
    elif not known and _is_composite(p):
        reason = "dh_p is not prime"
    elif not 1 < y < p - 1:
        reason = "1 < dh_Y < dh_p - 1 does not hold: everybody knows the secret"
    advice = "" if p.bit_length() >= ADVISED_BITS else f", fewer than the {ADVISED_BITS} that RFC 9325 §4.4 asks for"
    group = "a group of RFC 7919" if known else "a group of its own"
    detail = f"{group}, {p.bit_length()} bits{advice}" + (f": {reason}" if reason else "")
    algorithm = "dh_p is prime, 1 < dh_Y < dh_p - 1"
    values = (value, value) if not reason else (b"", value)
    return Check(NAME, sender, not reason, detail, algorithm, inputs, *values, "RFC 7919 §5.1")


@lru_cache(maxsize=256)
def _is_composite(p: int) -> bool:
    """Fermat's test, which no prime fails; a large p is not put to it, because that takes long."""
    return p.bit_length() <= ADVISED_BITS and pow(2, p - 1, p) != 1


def _low_order(sender: str, share: bytes) -> Check | None:
    """Nearly every 32 bytes are a share of X25519; told are only those that lead to a secret that everybody knows."""
    # RFC 7748 section 5: the last bit is not looked at, and what is not below the prime counts modulo it.
    u = (int.from_bytes(share, "little") & (2**255 - 1)) % _X25519
    if len(share) != 32 or u not in LOW_ORDER:
        return None
    inputs = (CheckInput("u", share, f"share of the {sender}"),)
    detail = "x25519: a point of small order, with which the shared secret is zero for everybody"
    return Check(
        NAME,
        sender,
        ok=False,
        detail=detail,
        algorithm="u is not of small order",
        inputs=inputs,
        found=share,
        rule="RFC 7748 §6.1",
    )
