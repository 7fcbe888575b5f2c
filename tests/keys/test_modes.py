"""GCM and CCM from parts against the library's own, with the one block cipher that it has in all modes."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from hypothesis import given
from hypothesis import strategies as st

from tlslab.keys.modes import Ccm, Gcm, IntegrityOnly

keys = st.binary(min_size=16, max_size=16) | st.binary(min_size=32, max_size=32)
nonces = st.binary(min_size=12, max_size=12)


@given(keys, nonces, st.binary(max_size=300), st.binary(max_size=40))
def test_gcm_is_that_of_the_library(key: bytes, nonce: bytes, data: bytes, additional: bytes) -> None:
    sealed = AESGCM(key).encrypt(nonce, data, additional)
    assert Gcm(AES, key).encrypt(nonce, data, additional) == sealed
    assert Gcm(AES, key).decrypt(nonce, sealed, additional) == data


@given(keys, nonces, st.binary(max_size=300), st.binary(min_size=1, max_size=40), st.sampled_from((8, 16)))
def test_ccm_is_that_of_the_library(key: bytes, nonce: bytes, data: bytes, additional: bytes, length: int) -> None:
    sealed = AESCCM(key, tag_length=length).encrypt(nonce, data, additional)
    assert Ccm(AES, key, length).encrypt(nonce, data, additional) == sealed
    assert Ccm(AES, key, length).decrypt(nonce, sealed, additional) == data


@given(st.sampled_from((Gcm(AES, bytes(16)), Ccm(AES, bytes(16)), IntegrityOnly("sha256", bytes(32)))), st.data())
def test_one_flipped_bit_anywhere_is_refused(aead: Gcm | Ccm | IntegrityOnly, data: st.DataObject) -> None:
    sealed = bytearray(aead.encrypt(bytes(12), b"x" * 20, b"header"))
    position = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[position // 8] ^= 1 << position % 8
    with pytest.raises(InvalidTag):
        aead.decrypt(bytes(12), bytes(sealed), b"header")


@pytest.mark.parametrize("aead", (Gcm(AES, bytes(16)), Ccm(AES, bytes(16)), IntegrityOnly("sha384", bytes(48))))
@pytest.mark.parametrize("length", (0, 1, 7, 15))
def test_what_is_too_short_for_a_tag_is_refused(aead: Gcm | Ccm | IntegrityOnly, length: int) -> None:
    with pytest.raises(InvalidTag):
        aead.decrypt(bytes(12), bytes(length), b"")
