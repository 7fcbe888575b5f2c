"""HMAC by the name of its hash, against the standard library's."""

from __future__ import annotations

import hmac as standard

import pytest

from tlslab.keys.hmacs import HASHES, hmac, hmac_of, keyed

LIBRARY = ["sha256", "sha384", "sha512", "sha1", "md5"]


def test_there_is_every_hash_that_a_suite_names() -> None:
    assert {*LIBRARY, "sm3"} == HASHES.keys()


@pytest.mark.parametrize("name", LIBRARY)
@pytest.mark.parametrize("length", [0, 1, 32, 48, 64, 65, 128, 129, 200])
def test_keys_of_every_length_give_what_the_standard_library_gives(name: str, length: int) -> None:
    key = bytes(range(length))
    assert hmac(key, b"data", name) == standard.digest(key, b"data", name)


def test_what_is_derived_from_one_key_does_not_touch_what_is_derived_next() -> None:
    start = keyed(b"key", "sha384")
    for data in (b"", b"first", b"second" * 100, b"first"):
        assert hmac_of(start, data) == standard.digest(b"key", data, "sha384")
