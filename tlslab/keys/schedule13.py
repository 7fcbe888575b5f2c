"""The key schedule of TLS 1.3: from one secret to the next, and from a secret to keys.

Functions of bytes; `hash_name` is always the suite's hash as hashlib names it ("sha256"), and a secret has that
hash's length. Source: RFC 8446 section 7; every function is checked against RFC 8448 section 3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import Hash

from tlslab.keys.hmacs import HASHES, hmac, hmac_of, keyed

if TYPE_CHECKING:
    from tlslab.keys.suites import CipherSuite


def extract(salt: bytes, input_keying_material: bytes, hash_name: str) -> bytes:
    """HKDF-Extract: concentrate `input_keying_material` into one secret. Source: RFC 5869 section 2.2."""
    return hmac(salt, input_keying_material, hash_name)


def expand(secret: bytes, info: bytes, length: int, hash_name: str) -> bytes:
    """HKDF-Expand: derive `length` bytes from `secret` for the purpose `info`.

    Raises ValueError if `length` > 255 * Hash.length. Source: RFC 5869 section 2.3.
    """
    start = keyed(secret, hash_name)
    block = output = hmac_of(start, info + b"\x01")
    if length > 255 * len(block):
        text = f"HKDF-Expand gives at most {255 * len(block)} bytes with {hash_name}, not {length}"
        raise ValueError(text)
    counter = 1
    while len(output) < length:
        counter += 1
        block = hmac_of(start, block + info + bytes((counter,)))
        output += block
    return output[:length]


def expand_label(secret: bytes, label: str, context: bytes, length: int, hash_name: str) -> bytes:
    """HKDF-Expand-Label: derive `length` bytes from `secret`.

    secret   Hash.length bytes, as produced by `extract` or an earlier expansion.
    label    ASCII without the "tls13 " prefix, e.g. "c hs traffic".
    context  transcript hash (Hash.length bytes), a ticket nonce, or b"".

    Raises ValueError if `length` > 255 * Hash.length.
    Source: RFC 8446 section 7.1.
    """
    return expand(secret, hkdf_label(label, context, length), length, hash_name)


@lru_cache(maxsize=256)
def hkdf_label(label: str, context: bytes, length: int) -> bytes:
    """The struct HkdfLabel of RFC 8446 section 7.1, encoded."""
    full_label = b"tls13 " + label.encode("ascii")
    return length.to_bytes(2) + bytes((len(full_label),)) + full_label + bytes((len(context),)) + context


def derive_secret(secret: bytes, label: str, transcript_hash: bytes, hash_name: str) -> bytes:
    """Derive-Secret: the secret that belongs to `label` and to the messages hashed so far.

    transcript_hash  of the messages, headers included; the hash of b"" where the RFC says "" ("derived").

    Source: RFC 8446 section 7.1.
    """
    return expand_label(secret, label, transcript_hash, len(transcript_hash), hash_name)


def early_secret(hash_name: str, psk: bytes | None = None) -> bytes:
    """Early Secret: the top of the ladder, from the PSK or, without one, from zeros."""
    return extract(b"", psk or _zeros(hash_name), hash_name)


def handshake_secret(early: bytes, shared_secret: bytes, hash_name: str) -> bytes:
    """Handshake Secret: the second step, which lets the (EC)DHE or KEM shared secret in."""
    return extract(derived(early, hash_name), shared_secret, hash_name)


def master_secret(handshake: bytes, hash_name: str) -> bytes:
    """Master Secret: the last step, from which the application's secrets come."""
    return extract(derived(handshake, hash_name), _zeros(hash_name), hash_name)


def derived(secret: bytes, hash_name: str) -> bytes:
    """Derive-Secret(., "derived", ""): what goes from one step of the ladder into the next."""
    return derive_secret(secret, "derived", empty_hash(hash_name), hash_name)


def traffic_key_iv(suite: CipherSuite, secret: bytes) -> tuple[bytes, bytes]:
    """Write key and IV that a traffic secret stands for. Source: RFC 8446 section 7.3."""
    key_length, iv_length = suite.key_length, suite.fixed_iv_length
    key_info, iv_info = _first_infos(key_length, iv_length)
    key = keyed(secret, suite.hash_name)
    iv = key.copy()
    key.update(key_info)
    iv.update(iv_info)
    return key.finalize()[:key_length], iv.finalize()[:iv_length]


@lru_cache(maxsize=8)
def _first_infos(key_length: int, iv_length: int) -> tuple[bytes, bytes]:
    """What the first blocks of HKDF-Expand are over, for a write key and an IV.

    Neither is longer than a hash, so each is the first block, cut (RFC 5869 section 2.3).
    """
    return hkdf_label("key", b"", key_length) + b"\x01", hkdf_label("iv", b"", iv_length) + b"\x01"


def next_traffic_secret(secret: bytes, hash_name: str) -> bytes:
    """application_traffic_secret_N+1, in use after a KeyUpdate. Source: RFC 8446 section 7.2."""
    return expand_label(secret, "traffic upd", b"", len(_zeros(hash_name)), hash_name)


def finished_key(secret: bytes, hash_name: str) -> bytes:
    """The MAC key of Finished, from the sender's handshake traffic secret. Source: RFC 8446 section 4.4.4."""
    return expand_label(secret, "finished", b"", len(_zeros(hash_name)), hash_name)


def finished_verify_data(secret: bytes, transcript_hash: bytes, hash_name: str) -> bytes:
    """Finished.verify_data of the sender whose handshake traffic secret this is.

    transcript_hash  of everything before this Finished. Source: RFC 8446 section 4.4.4.
    """
    return hmac(finished_key(secret, hash_name), transcript_hash, hash_name)


def resumption_psk(resumption_secret: bytes, ticket_nonce: bytes, hash_name: str) -> bytes:
    """The PSK that a NewSessionTicket stands for. Source: RFC 8446 section 4.6.1."""
    return expand_label(resumption_secret, "resumption", ticket_nonce, len(_zeros(hash_name)), hash_name)


def message_hash(client_hello_hash: bytes) -> bytes:
    """The synthetic message that replaces ClientHello1 in the transcript after a HelloRetryRequest.

    client_hello_hash  hash of the whole ClientHello1 message. Source: RFC 8446 section 4.4.1.
    """
    return b"\xfe\x00\x00" + bytes((len(client_hello_hash),)) + client_hello_hash


def hash_length(hash_name: str) -> int:
    """Hash.length: bytes of a hash, and of every secret."""
    return HASHES[hash_name].digest_size


@lru_cache(maxsize=8)
def _zeros(hash_name: str) -> bytes:
    return bytes(hash_length(hash_name))


@lru_cache(maxsize=8)
def empty_hash(hash_name: str) -> bytes:
    """Hash of nothing: the transcript where the RFC writes ""."""
    return Hash(HASHES[hash_name]).finalize()
