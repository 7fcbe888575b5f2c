"""What the verification of a signature computes: r where it holds, something else where it does not."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from tlslab.keys.dss_values import dsa_value, ecdsa_value

DATA = b"what was signed"
CURVES = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}


@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_ecdsa_comes_to_r_where_the_signature_holds_and_only_there(curve: ec.EllipticCurve, hash_name: str) -> None:
    private = ec.generate_private_key(curve)
    for _ in range(4):
        signature = private.sign(DATA, ec.ECDSA(HASHES[hash_name]))
        r, s = decode_dss_signature(signature)
        assert ecdsa_value(private.public_key(), signature, DATA, hash_name) == r
        changed = ecdsa_value(private.public_key(), signature, DATA + b"!", hash_name)
        assert changed not in {None, r}
        other = ecdsa_value(private.public_key(), encode_dss_signature(r, s ^ 1), DATA, hash_name)
        assert other not in {None, r, changed}
        assert ecdsa_value(ec.generate_private_key(curve).public_key(), signature, DATA, hash_name) not in {None, r}


def test_the_value_of_a_signature_with_a_known_number_is_that_of_nist() -> None:
    """P-256 with SHA-256 over "sample": RFC 6979 section A.2.5, whose r and s are fixed."""
    private = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())
    r = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    s = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    assert ecdsa_value(private.public_key(), encode_dss_signature(r, s), b"sample", "sha256") == r


def test_dsa_comes_to_r_where_the_signature_holds_and_only_there() -> None:
    private = dsa.generate_private_key(2048)
    signature = private.sign(DATA, hashes.SHA256())
    r, _ = decode_dss_signature(signature)
    assert dsa_value(private.public_key(), signature, DATA, "sha256") == r
    assert dsa_value(private.public_key(), signature, DATA + b"!", "sha256") not in {None, r}


@pytest.mark.parametrize("signature", (b"", b"0", encode_dss_signature(0, 1), encode_dss_signature(1, 0), b"\x30\x00"))
def test_what_is_no_signature_comes_to_nothing(signature: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert ecdsa_value(key, signature, DATA, "sha256") is None


def test_a_curve_that_is_not_computed_on_comes_to_nothing() -> None:
    private = ec.generate_private_key(ec.SECP256K1())
    assert ecdsa_value(private.public_key(), private.sign(DATA, ec.ECDSA(hashes.SHA256())), DATA, "sha256") is None


def test_a_damaged_group_comes_to_something_or_nothing_and_never_raises() -> None:
    private = dsa.generate_private_key(2048)
    signature = private.sign(DATA, hashes.SHA256())
    numbers = private.public_key().public_numbers()
    group = numbers.parameter_numbers
    for bit in range(0, 256, 5):
        for p, q, g in ((group.p, group.q ^ 1 << bit, group.g), (group.p ^ 1 << bit, group.q, group.g)):
            value = _value_of(dsa.DSAPublicNumbers(numbers.y, dsa.DSAParameterNumbers(p, q, g)), signature)
            assert value is None or 0 <= value < q


def _value_of(numbers: dsa.DSAPublicNumbers, signature: bytes) -> int | None:
    """Of a key that the library might refuse."""

    class Key:
        def public_numbers(self) -> dsa.DSAPublicNumbers:
            return numbers

    return dsa_value(Key(), signature, DATA, "sha256")  # type: ignore[arg-type]
