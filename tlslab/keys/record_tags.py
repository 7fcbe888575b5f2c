"""The tag or MAC of one record, computed anew: what a reader needs to see that a record is, or is not, genuine.

`protection` opens records; this module shows what it compares, one record at a time, also where the two differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.keys.checks import CheckInput
from tlslab.keys.primitives import aead, supports
from tlslab.keys.record_mac import record_mac
from tlslab.keys.schedule13 import traffic_key_iv
from tlslab.keys.signatures import hash_title

if TYPE_CHECKING:
    from tlslab.keys.primitives import Aead
    from tlslab.keys.schedule12 import DirectionKeys
    from tlslab.keys.suites import CipherSuite

HEADER_LENGTH: Final = 5
EPOCH_SHIFT: Final = 48
"""In DTLS the epoch stands in front of a sequence number of so many bits (RFC 6347 section 4.1)."""


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


def tag12(
    suite: CipherSuite, keys: DirectionKeys, sequence_number: int, record: bytes, header_length: int = HEADER_LENGTH
) -> RecordTag | None:
    """The tag of a record of TLS 1.2 with AEAD; None for one that is not taken apart here. Source: RFC 5246 section 6.2.3.3.

    sequence_number  with the epoch in front of it in DTLS, whose header is longer.
    """
    header, fragment = record[:header_length], record[header_length:]
    if len(fragment) < suite.record_iv_length + suite.tag_length:
        return None
    number = sequence_number.to_bytes(8)
    counted = sequence_number & (1 << EPOCH_SHIFT) - 1
    explicit = fragment[: suite.record_iv_length]
    body = fragment[suite.record_iv_length :]
    nonce = keys.iv + explicit if explicit else (int.from_bytes(keys.iv) ^ sequence_number).to_bytes(len(keys.iv))
    additional_data = number + header[:3] + max(len(body) - suite.tag_length, 0).to_bytes(2)
    inputs = (
        CheckInput("write_key", keys.key, "key block"),
        CheckInput("nonce", nonce, "fixed IV, explicit nonce" if explicit else f"IV XOR sequence number {counted}"),
        CheckInput("additional_data", additional_data, f"sequence number {counted}, type, version, length"),
    )
    return _aead_tag(suite, keys.key, nonce, additional_data, body, inputs)


def mac12(
    suite: CipherSuite, keys: DirectionKeys, sequence_number: int, prefix: bytes, over: bytes, found: bytes
) -> RecordTag | None:
    """The MAC of a record up to TLS 1.2; None for a suite that makes none. Source: RFC 5246 section 6.2.3.1.

    prefix  content type and version of the record; SSL 3.0 leaves the version out (RFC 6101 section 5.2.3.1).
    over    the content in the clear; with encrypt_then_mac what it was encrypted to, IV included (RFC 7366 section 3).
    """
    if suite.mac_name is None:
        return None
    ssl3 = suite.version == "SSL 3.0"
    said = sequence_number.to_bytes(8) + prefix[: 1 if ssl3 else 3] + len(over).to_bytes(2)
    covered = "seq_num, type, length" if ssl3 else "seq_num, type, version, length"
    counted = sequence_number & (1 << EPOCH_SHIFT) - 1
    inputs = (
        CheckInput("MAC_write_key", keys.mac_key, "key block"),
        CheckInput(covered, said, f"sequence number {counted} and the record"),
        CheckInput("fragment", over, "the record"),
    )
    expected = record_mac(suite, keys.mac_key).digest(sequence_number, prefix, over)[: len(found)]
    title, joined = hash_title(suite.mac_name), f"{covered.replace(', ', ' || ')} || fragment"
    algorithm = (
        f"{title}(MAC_write_key || pad_2 || {title}(MAC_write_key || pad_1 || {joined}))"
        if ssl3
        else f"HMAC-{title}(MAC_write_key, {joined})"
    )
    return RecordTag(algorithm, inputs, expected, found)


def _aead_tag(
    suite: CipherSuite, key: bytes, nonce: bytes, additional_data: bytes, body: bytes, inputs: tuple[CheckInput, ...]
) -> RecordTag | None:
    ciphertext, found = body[: -suite.tag_length], body[-suite.tag_length :]
    if len(found) != suite.tag_length or not supports(suite):
        return None
    expected = _expected_tag(aead(suite, key), nonce, additional_data, ciphertext)
    algorithm = f"{suite.cipher.replace('_', '-')} tag(write_key, nonce, additional_data, ciphertext)"
    return RecordTag(algorithm, (*inputs, CheckInput("ciphertext", ciphertext, "the record")), expected, found)


def _expected_tag(cipher: Aead, nonce: bytes, additional_data: bytes, ciphertext: bytes) -> bytes:
    """What the tag over this ciphertext is: it is decrypted without asking, and encrypted again.

    Every AEAD of TLS adds a keystream, or nothing at all (RFC 9150): to encrypt what was encrypted is to decrypt it.
    """
    plaintext = cipher.encrypt(nonce, ciphertext, additional_data)[: len(ciphertext)]
    return cipher.encrypt(nonce, plaintext, additional_data)[len(ciphertext) :]
