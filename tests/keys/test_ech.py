"""Encrypted Client Hello opened with the server's key: recordings of Go, and HPKE against the cryptography library."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TypedDict

import pytest
from cryptography.hazmat.primitives import hpke as theirs
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.wire.samples import assert_laws
from tlslab.keys import hpke
from tlslab.keys.ech import EchKey, accepts, accepts_in_retry, open_hello, parse_ech_keys
from tlslab.keys.schedule13 import message_hash
from tlslab.wire.facts import client_hello_facts
from tlslab.wire.messages import decode_handshake

DATA = Path(__file__).parent.parent / "data" / "ech"


class Step(TypedDict):
    sender: str
    data: str


class Recording(TypedDict):
    accepted: bool
    ech_key: str
    keylog: str
    steps: list[Step]


@cache
def recorded(name: str) -> Recording:
    found: Recording = json.loads((DATA / f"{name}.json").read_text())
    return found


@cache
def keys(name: str) -> tuple[EchKey, ...]:
    return parse_ech_keys(recorded(name)["ech_key"].encode())


def hellos(name: str, sender: str) -> list[bytes]:
    """Handshake messages of one side that travel in the clear."""
    stream = b"".join(bytes.fromhex(step["data"]) for step in recorded(name)["steps"] if step["sender"] == sender)
    found, pos = [], 0
    while pos < len(stream):
        end = pos + 5 + int.from_bytes(stream[pos + 3 : pos + 5], "big")
        if stream[pos] == 22:
            found.append(stream[pos + 5 : end])
        pos = end
    return found


@pytest.mark.parametrize(
    ("kem", "number", "private_key"),
    (
        (theirs.KEM.X25519, hpke.DHKEM_X25519, X25519PrivateKey.generate()),
        (theirs.KEM.P256, hpke.DHKEM_P256, generate_private_key(SECP256R1())),
    ),
)
@pytest.mark.parametrize(("kdf", "kdf_id"), ((theirs.KDF.HKDF_SHA256, 1), (theirs.KDF.HKDF_SHA384, 2)))
@pytest.mark.parametrize(
    ("aead", "aead_id"),
    ((theirs.AEAD.AES_128_GCM, 1), (theirs.AEAD.AES_256_GCM, 2), (theirs.AEAD.CHACHA20_POLY1305, 3)),
)
def test_what_another_program_encrypts_is_opened(
    kem: theirs.KEM,
    number: int,
    private_key: hpke.PrivateKey,
    kdf: theirs.KDF,
    kdf_id: int,
    aead: theirs.AEAD,
    aead_id: int,
) -> None:
    suite = theirs.Suite(kem, kdf, aead)
    sealed = suite.encrypt(b"message", private_key.public_key(), info=b"what for")
    size = len(hpke.public_bytes(private_key))
    receiver = hpke.receiver(number, kdf_id, aead_id, private_key, sealed[:size], b"what for")
    assert receiver is not None
    assert receiver.open(sealed[size:-1] + bytes((sealed[-1] ^ 1,)), b"") is None
    assert receiver.open(sealed[size:], b"") == b"message"
    assert receiver.open(sealed[size:], b"") is None


def test_the_vector_of_the_rfc_is_opened() -> None:
    # RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, sequence number 0.
    key = X25519PrivateKey.from_private_bytes(
        bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    )
    enc = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
    receiver = hpke.receiver(32, 1, 1, key, enc, bytes.fromhex("4f6465206f6e2061204772656369616e2055726e"))
    assert receiver is not None
    assert receiver.base_nonce.hex() == "56d890e5accaaf011cff4b7d"
    ciphertext = bytes.fromhex(
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
    )
    assert receiver.open(ciphertext, bytes.fromhex("436f756e742d30")) == b"Beauty is truth, truth beauty"


def test_algorithms_that_are_not_there_give_no_receiver() -> None:
    key = X25519PrivateKey.generate()
    for numbers in ((33, 1, 1), (32, 9, 1), (32, 1, 9), (16, 1, 1)):
        assert hpke.receiver(*numbers, key, bytes(range(32)), b"") is None
    assert hpke.receiver(32, 1, 1, key, b"short", b"") is None
    assert hpke.receiver(32, 1, 1, key, bytes(32), b"") is None


def test_the_inner_hello_has_the_name_that_was_hidden() -> None:
    outer = decode_handshake(hellos("accepted", "client")[0])
    opened = open_hello(outer, keys("accepted"))
    assert opened is not None
    inner = decode_handshake(opened.hello)
    assert_laws(inner)
    assert inner.problems() == []
    assert client_hello_facts(outer).server_name == "public.lab.test"
    assert client_hello_facts(inner).server_name == "secret.lab.test"


def test_the_server_confirms_by_the_end_of_its_random() -> None:
    outer = decode_handshake(hellos("accepted", "client")[0])
    opened = open_hello(outer, keys("accepted"))
    assert opened is not None
    answer = hellos("accepted", "server")[0]
    random = client_hello_facts(decode_handshake(opened.hello)).random
    assert accepts(random, opened.hello, answer, "sha256")
    assert not accepts(random, hellos("accepted", "client")[0], answer, "sha256")
    assert random.hex() in recorded("accepted")["keylog"]


def test_the_second_hello_is_opened_by_what_opened_the_first() -> None:
    first, second = (decode_handshake(data) for data in hellos("retry", "client"))
    opened = open_hello(first, keys("retry"))
    assert opened is not None
    again = open_hello(second, keys("retry"), opened.receiver)
    assert again is not None
    assert client_hello_facts(decode_handshake(again.hello)).server_name == "secret.lab.test"
    retry, answer = hellos("retry", "server")
    random = client_hello_facts(decode_handshake(opened.hello)).random
    before = message_hash(hashlib.sha256(opened.hello).digest())
    assert accepts_in_retry(random, before, decode_handshake(retry), "sha256")
    assert accepts(random, before + retry + again.hello, answer, "sha256")


def test_a_server_that_has_no_key_confirms_nothing() -> None:
    outer = decode_handshake(hellos("rejected", "client")[0])
    opened = open_hello(outer, keys("rejected"))
    assert opened is not None
    random = client_hello_facts(decode_handshake(opened.hello)).random
    assert not accepts(random, opened.hello, hellos("rejected", "server")[0], "sha256")


def test_another_key_or_a_changed_hello_opens_nothing() -> None:
    data = hellos("accepted", "client")[0]
    assert open_hello(decode_handshake(data), keys("rejected")) is None
    for at in (7, 60, len(data) - 1):
        changed = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        assert open_hello(decode_handshake(changed), keys("accepted")) is None
    for size in range(4, len(data), 37):
        assert open_hello(decode_handshake(data[:size]), keys("accepted")) is None


@pytest.mark.parametrize(
    ("change", "says"),
    (
        (lambda pem: pem.replace("ECHCONFIG", "OTHER"), "has a PRIVATE KEY and an ECHCONFIG"),
        (lambda pem: pem.replace("\n-----END ECHCONFIG", "!\n-----END ECHCONFIG"), "cannot be read"),
        (
            lambda pem: (
                recorded("rejected")["ech_key"].split("-----BEGIN ECH")[0]
                + "-----BEGIN ECH"
                + pem.split("-----BEGIN ECH")[1]
            ),
            "public half",
        ),
    ),
)
def test_a_file_of_keys_that_cannot_be_used_says_why(change: object, says: str) -> None:
    assert callable(change)
    with pytest.raises(ValueError, match=says):
        parse_ech_keys(change(recorded("accepted")["ech_key"]).encode())
