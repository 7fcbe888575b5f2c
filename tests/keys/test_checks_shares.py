"""Key shares: points that cryptography makes are on their curves, and what is none is told."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlslab.keys.checks_shares import LOW_ORDER, check_dh_value, check_point
from tlslab.keys.curves import CURVES

MADE = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1(), "secp521r1": ec.SECP521R1()}
RFC2409_PRIME = bytes.fromhex(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
    "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff"
)
"""The second Oakley group: 1024 bits."""


@pytest.mark.parametrize("group", CURVES)
def test_a_point_is_on_its_curve_and_one_bit_takes_it_off(group: str) -> None:
    point = (
        ec.generate_private_key(MADE[group]).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    check = check_point("client", group, point)
    assert check is not None
    assert check.ok
    assert check.expected == check.found
    off = check_point("client", group, point[:-1] + bytes((point[-1] ^ 1,)))
    assert off is not None
    assert not off.ok
    assert off.detail == f"{group}: the point is not on the curve"
    assert off.expected != off.found


@pytest.mark.parametrize("share", [b"", b"\4", bytes(65), b"\2" + bytes(32), b"\4" + bytes(63)])
def test_what_is_no_uncompressed_point_is_told(share: bytes) -> None:
    check = check_point("server", "secp256r1", share)
    assert check is not None
    assert not check.ok


@pytest.mark.parametrize("u", sorted(LOW_ORDER))
def test_points_of_small_order_are_told_and_others_need_no_check(u: int) -> None:
    check = check_point("client", "x25519", u.to_bytes(32, "little"))
    assert check is not None
    assert not check.ok
    assert check_point("client", "x25519", bytes(range(32))) is None
    assert check_point("client", "X25519MLKEM768", bytes(1216)) is None


def test_a_group_must_be_large_prime_and_its_value_inside() -> None:
    p = int.from_bytes(RFC2409_PRIME)
    assert check_dh_value("server", RFC2409_PRIME, (p // 3).to_bytes(128)).ok
    for value in (0, 1, p - 1, p, p + 2):
        assert not check_dh_value("server", RFC2409_PRIME, value.to_bytes(128)).ok, value
    composite = check_dh_value("server", (p - 2).to_bytes(128), b"\5")
    assert composite.detail.endswith("dh_p is not prime")
    small = check_dh_value("server", (2**521 - 1).to_bytes(66), b"\5")
    assert small.detail.endswith("a prime of 521 bits can be broken")
    assert not check_dh_value("server", b"", b"").ok
