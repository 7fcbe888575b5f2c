"""The tag or MAC of one record, computed anew: what a reader needs to see that a record is, or is not, genuine.

`protection` opens records; this module shows what it compares, one record at a time, also where the two differ.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES, ChaCha20
from cryptography.hazmat.primitives.ciphers.modes import CTR

from tlslab.keys.checks import CheckInput
from tlslab.keys.schedule13 import traffic_key_iv
from tlslab.keys.signatures import hash_title

if TYPE_CHECKING:
    from tlslab.keys.schedule12 import DirectionKeys
    from tlslab.keys.suites import CipherSuite

HEADER_LENGTH: Final = 5


class RecordTag(NamedTuple):
    """A tag or MAC with all that it is computed from."""

    algorithm: str
    inputs: tuple[CheckInput, ...]
    expected: bytes
    """What was computed."""
    found: bytes
    """What the record holds."""


def tag13(suite: CipherSuite, secret: bytes, sequence_number: int, record: bytes) -> RecordTag | None:
    """The tag of a record of TLS 1.3; None for an AEAD that is not taken apart here. Source: RFC 8446 section 5.2.

    secret  the traffic secret; `record` is the whole of it, header included.
    """
    key, iv = traffic_key_iv(suite, secret)
    nonce = (int.from_bytes(iv) ^ sequence_number).to_bytes(len(iv))
    inputs = (
        CheckInput("write_key", key, 'HKDF-Expand-Label(traffic secret, "key", "")'),
        CheckInput("nonce", nonce, f"write_iv XOR sequence number {sequence_number}"),
        CheckInput("additional_data", record[:HEADER_LENGTH], "header of the record"),
    )
    return _aead_tag(suite, key, nonce, record[:HEADER_LENGTH], record[HEADER_LENGTH:], inputs)


def tag12(suite: CipherSuite, keys: DirectionKeys, sequence_number: int, record: bytes) -> RecordTag | None:
    """The tag of a record of TLS 1.2 with AEAD; None for one that is not taken apart here. Source: RFC 5246 section 6.2.3.3."""
    header, fragment = record[:HEADER_LENGTH], record[HEADER_LENGTH:]
    number = sequence_number.to_bytes(8)
    explicit = fragment[: suite.record_iv_length]
    body = fragment[suite.record_iv_length :]
    nonce = keys.iv + explicit if explicit else (int.from_bytes(keys.iv) ^ sequence_number).to_bytes(len(keys.iv))
    additional_data = number + header[:3] + max(len(body) - suite.tag_length, 0).to_bytes(2)
    inputs = (
        CheckInput("write_key", keys.key, "key block"),
        CheckInput(
            "nonce", nonce, "fixed IV, explicit nonce" if explicit else f"IV XOR sequence number {sequence_number}"
        ),
        CheckInput("additional_data", additional_data, f"sequence number {sequence_number}, type, version, length"),
    )
    return _aead_tag(suite, keys.key, nonce, additional_data, body, inputs)


def mac12(
    suite: CipherSuite, keys: DirectionKeys, sequence_number: int, prefix: bytes, over: bytes, found: bytes
) -> RecordTag | None:
    """The MAC of a record of TLS 1.0 to 1.2; None for a suite that makes none. Source: RFC 5246 section 6.2.3.1.

    prefix  content type and version of the record.
    over    the content in the clear; with encrypt_then_mac what it was encrypted to, IV included (RFC 7366 section 3).
    """
    if suite.mac_name is None:
        return None
    said = sequence_number.to_bytes(8) + prefix + len(over).to_bytes(2)
    inputs = (
        CheckInput("MAC_write_key", keys.mac_key, "key block"),
        CheckInput("seq_num, type, version, length", said, f"sequence number {sequence_number} and the record"),
        CheckInput("fragment", over, "the record"),
    )
    expected = hmac.digest(keys.mac_key, said + over, suite.mac_name)
    algorithm = f"HMAC-{hash_title(suite.mac_name)}(MAC_write_key, seq_num || type || version || length || fragment)"
    return RecordTag(algorithm, inputs, expected, found)


def _aead_tag(
    suite: CipherSuite, key: bytes, nonce: bytes, additional_data: bytes, body: bytes, inputs: tuple[CheckInput, ...]
) -> RecordTag | None:
    ciphertext, found = body[: -suite.tag_length], body[-suite.tag_length :]
    expected = _expected_tag(suite, key, nonce, additional_data, ciphertext) if len(found) == suite.tag_length else None
    if expected is None:
        return None
    algorithm = f"{suite.cipher.replace('_', '-')} tag(write_key, nonce, additional_data, ciphertext)"
    return RecordTag(algorithm, (*inputs, CheckInput("ciphertext", ciphertext, "the record")), expected, found)


def _expected_tag(
    suite: CipherSuite, key: bytes, nonce: bytes, additional_data: bytes, ciphertext: bytes
) -> bytes | None:
    """What the tag over this ciphertext is: it is decrypted without asking, and encrypted again."""
    length = suite.tag_length
    if suite.cipher.startswith("AES") and suite.cipher.endswith("GCM"):
        plaintext = _counter(AES(key), nonce + b"\0\0\0\2", ciphertext)
        return AESGCM(key).encrypt(nonce, plaintext, additional_data)[-length:]
    if suite.cipher.startswith("AES") and "CCM" in suite.cipher:
        # RFC 3610 section 2.3: the counter blocks begin with L - 1, which is 2 for a nonce of 12 bytes.
        plaintext = _counter(AES(key), b"\2" + nonce + b"\0\0\1", ciphertext)
        return AESCCM(key, length).encrypt(nonce, plaintext, additional_data)[-length:]
    if suite.cipher == "CHACHA20_POLY1305":
        # RFC 8439 section 2.8: block 0 makes the key of Poly1305, the text begins with block 1.
        decryptor = Cipher(ChaCha20(key, b"\1\0\0\0" + nonce), None).decryptor()
        return ChaCha20Poly1305(key).encrypt(nonce, decryptor.update(ciphertext), additional_data)[-length:]
    return None


def _counter(algorithm: AES, block: bytes, ciphertext: bytes) -> bytes:
    return Cipher(algorithm, CTR(block)).decryptor().update(ciphertext)
