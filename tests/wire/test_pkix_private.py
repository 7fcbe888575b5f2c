"""Private keys in files: nothing shows what is secret, and damage is no leak."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.asn1_readers import by_openssl, outside_strings
from tests.wire.samples import assert_laws
from tests.wire.test_pkix import Sample, found, sample, samples, tree
from tlslab.wire.der_kinds import BY_NAME, KINDS, DerKind, der_kind
from tlslab.wire.notation import decode
from tlslab.wire.private_keys import private_ranges

PRIVATE = [each for each in samples() if BY_NAME[each.kind].private]
HIDDEN = ("privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient")


def secret_parts() -> Iterator[tuple[str, bytes]]:
    """Files, and bytes in them that nobody should see."""
    rsa_key = tree(sample("rsa-key.der"))
    for member in HIDDEN:
        secret = found(rsa_key, member, "contents").bytes.lstrip(b"\0")
        yield from ((name, secret) for name in ("rsa-key.der", "rsa-pkcs8.der"))
    number = found(tree(sample("ec-key.der")), "privateKey", "contents").bytes
    yield from ((name, number) for name in ("ec-key.der", "ec-pkcs8.der", "plain.p12"))
    yield "dsa-key.der", found(tree(sample("dsa-key.der")), "x", "contents").bytes
    yield "ed25519-pkcs8.der", sample("ed25519-pkcs8.der").der[-32:]
    yield "x448-pkcs8.der", sample("x448-pkcs8.der").der[-56:]


@pytest.mark.parametrize(
    ("name", "secret"), list(secret_parts()), ids=lambda part: part if isinstance(part, str) else ""
)
def test_no_value_and_no_label_shows_a_private_key(name: str, secret: bytes) -> None:
    root = tree(sample(name))
    ranges = private_ranges(root)
    at = sample(name).der.index(secret)
    assert any(start <= at and at + len(secret) <= end for start, end in ranges)
    assert not any(secret.hex() in field.label for field in root.walk())
    assert all(field.value is None for field in root.leaves() if (field.start, field.end) in ranges)


@pytest.mark.parametrize("which", PRIVATE, ids=str)
def test_all_of_a_damaged_private_key_is_private(which: Sample) -> None:
    root = decode(BY_NAME[which.kind].element, which.kind, which.der[:-1])
    assert private_ranges(root) == [(0, len(which.der) - 1)]


def test_what_is_public_in_a_private_key_is_not_private() -> None:
    root = tree(sample("rsa-pkcs8.der"))
    modulus = found(root, "privateKey", "RSAPrivateKey", "modulus", "contents")
    assert (modulus.start, modulus.end) not in private_ranges(root)
    assert modulus.label.startswith("0x00")
    assert len(private_ranges(root)) == len(HIDDEN)


@pytest.mark.parametrize("which", [each for each in samples() if each not in PRIVATE], ids=str)
def test_nothing_else_has_anything_private(which: Sample) -> None:
    assert private_ranges(tree(which)) == []


def test_keys_of_ml_dsa_are_opened_as_their_seed() -> None:
    key = mldsa.MLDSA65PrivateKey.generate()
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    guess = der_kind(der)
    assert guess is not None
    root = decode(guess.kind.element, guess.kind.name, der)
    assert_laws(root)
    assert root.problems() == []
    assert (root.label, found(root, "privateKey").label) == ("ML-DSA-65", "seed, 32 bytes")
    assert outside_strings(root) == by_openssl(der)


@pytest.mark.parametrize(
    ("form", "kind"), ((PrivateFormat.PKCS8, "private_key"), (PrivateFormat.TraditionalOpenSSL, "traditional"))
)
def test_keys_of_cryptography_are_told(form: PrivateFormat, kind: str) -> None:
    for key, name in (
        (ec.generate_private_key(ec.SECP521R1()), "ec_private_key"),
        (rsa.generate_private_key(3, 2048), "rsa_private_key"),
    ):
        guess = der_kind(key.private_bytes(Encoding.DER, form, NoEncryption()))
        assert guess is not None
        assert guess.kind.name == (name if kind == "traditional" else kind)


# --- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", samples(), ids=str)
def test_every_truncation_is_one_problem(which: Sample) -> None:
    for cut in {*range(min(len(which.der), 40)), *range(0, len(which.der), max(len(which.der) // 25, 1))}:
        root = decode(BY_NAME[which.kind].element, which.kind, which.der[:cut])
        assert_laws(root)
        assert len(root.problems()) == 1, (cut, root.problems())


@given(st.sampled_from(samples()), st.data())
def test_mutated_files_keep_the_laws(which: Sample, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(which.der)))
    end = draw.draw(st.integers(start, min(len(which.der), start + 12)))
    data = which.der[:start] + draw.draw(st.binary(max_size=12)) + which.der[end:]
    root = decode(BY_NAME[which.kind].element, which.kind, data)
    assert_laws(root)
    assert all(0 <= start <= end <= len(data) for start, end in private_ranges(root))
    der_kind(data)


@given(st.sampled_from(KINDS), st.binary(max_size=100))
def test_any_bytes_keep_the_laws_whatever_they_are_taken_for(kind: DerKind, data: bytes) -> None:
    assert_laws(decode(kind.element, kind.name, data))
