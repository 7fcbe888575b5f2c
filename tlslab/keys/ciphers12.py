"""The ciphers of TLS 1.0 to 1.2: how each kind of suite turns a fragment into plaintext and back.

Each class holds the keys of one direction and no sequence number; `Tls12Protection` counts. `header` is the 5 bytes in front
of a fragment, `prefix` its first three: content type and version. What does not authenticate is None and leaves a cipher as
it was, also those in which each record continues the one before: CBC in TLS 1.0, and RC4.
"""

from __future__ import annotations

import hmac
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag

from tlslab.keys.primitives import Opened, aead, cbc, rc4, supports, unsupported
from tlslab.keys.schedule12 import DirectionKeys
from tlslab.keys.suites import CipherSuite


class Tls12Cipher(Protocol):
    """A cipher with the keys of one direction."""

    def open(self, sequence_number: int, header: bytes, fragment: bytes) -> Opened | None:
        """The plaintext of one fragment, or None if it does not authenticate."""
        ...

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        """The fragment of one record; `nonce` is what goes in front of it, None for the usual one."""
        ...

    def skip(self, fragment: bytes) -> None:
        """Go on behind a fragment that did not open, as the peer that sent it did."""
        ...


def tls12_cipher(suite: CipherSuite, keys: DirectionKeys, *, encrypt_then_mac: bool) -> Tls12Cipher:
    """The cipher for a suite. Raises ValueError for a suite that is of TLS 1.3 or has no primitive here."""
    if suite.version == "TLS 1.3":
        raise ValueError(f"{suite.name} is not a suite of TLS 1.2")
    if not supports(suite):
        raise unsupported(suite)
    if suite.mode == "aead":
        return _ExplicitNonceAead(suite, keys) if suite.record_iv_length else _ImplicitNonceAead(suite, keys)
    if suite.mode == "null":
        return _Null(suite, keys)
    if suite.mode == "stream":
        return _Stream(suite, keys)
    return _EncryptThenMac(suite, keys) if encrypt_then_mac else _MacThenEncrypt(suite, keys)


class _Independent:
    """A cipher whose records have nothing to do with each other."""

    __slots__ = ()

    def skip(self, fragment: bytes) -> None:
        """Nothing: the sequence number is all that goes on."""


class _ExplicitNonceAead(_Independent):
    """AES-GCM and AES-CCM: nonce = 4 secret bytes + 8 bytes in front of the record. Source: RFC 5288 section 3."""

    __slots__ = ("_aead", "_iv", "_overhead", "_tag_length")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._aead = aead(suite, keys.key)
        self._iv = keys.iv
        self._tag_length = suite.tag_length
        self._overhead = 8 + suite.tag_length

    def open(self, sequence_number: int, header: bytes, fragment: bytes) -> Opened | None:
        length = len(fragment) - self._overhead
        if length < 0:
            return None
        # RFC 5246 section 6.2.3.3: the length in the additional data is that of the plaintext.
        additional_data = sequence_number.to_bytes(8) + header[:3] + length.to_bytes(2)
        try:
            content = self._aead.decrypt(self._iv + fragment[:8], fragment[8:], additional_data)
        except (InvalidTag, ValueError):
            return None
        return Opened(len(content), header[0], 0, 8, self._tag_length, content)

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        explicit = sequence_number.to_bytes(8) if nonce is None else nonce
        additional_data = sequence_number.to_bytes(8) + prefix + len(content).to_bytes(2)
        return explicit + self._aead.encrypt(self._iv + explicit, content, additional_data)


class _ImplicitNonceAead(_Independent):
    """ChaCha20-Poly1305: nonce = sequence number XOR IV, nothing in front of the record. Source: RFC 7905 section 2."""

    __slots__ = ("_aead", "_iv", "_tag_length")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._aead = aead(suite, keys.key)
        self._iv = int.from_bytes(keys.iv)
        self._tag_length = suite.tag_length

    def open(self, sequence_number: int, header: bytes, fragment: bytes) -> Opened | None:
        length = len(fragment) - self._tag_length
        if length < 0:
            return None
        additional_data = sequence_number.to_bytes(8) + header[:3] + length.to_bytes(2)
        try:
            content = self._aead.decrypt((self._iv ^ sequence_number).to_bytes(12), fragment, additional_data)
        except (InvalidTag, ValueError):
            return None
        return Opened(len(content), header[0], 0, 0, self._tag_length, content)

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        if nonce:
            raise ValueError("ChaCha20-Poly1305 records carry no nonce")
        additional_data = sequence_number.to_bytes(8) + prefix + len(content).to_bytes(2)
        return self._aead.encrypt((self._iv ^ sequence_number).to_bytes(12), content, additional_data)


class _MacThenEncrypt:
    """CBC as it began: IV (not in TLS 1.0), then encrypted content, MAC, padding, padding_length.

    Source: RFC 5246 section 6.2.3.2, RFC 2246 section 6.2.3.2.
    """

    __slots__ = ("_block", "_mac")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._block = _Cbc(suite, keys)
        self._mac = _Mac(suite, keys.mac_key)

    def open(self, sequence_number: int, header: bytes, fragment: bytes) -> Opened | None:
        plaintext = self._block.decrypt(fragment)
        if plaintext is None:
            return None
        padding_length = _padding_length(plaintext)
        end = len(plaintext) - 1 - padding_length - self._mac.length
        if padding_length < 0 or end < 0:
            return None
        content = plaintext[:end]
        if plaintext[end : end + self._mac.length] != self._mac.digest(sequence_number, header[:3], content):
            return None
        self._block.advance(fragment)
        return Opened(len(content), header[0], padding_length, self._block.iv_length, self._mac.length, plaintext)

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        mac = self._mac.digest(sequence_number, prefix, content)
        return self._block.encrypt(content + mac, nonce)

    def skip(self, fragment: bytes) -> None:
        self._block.advance(fragment)


class _EncryptThenMac:
    """CBC with encrypt_then_mac: IV (not in TLS 1.0), encrypted content, padding, padding_length, then the MAC of it all.

    Source: RFC 7366 section 3.
    """

    __slots__ = ("_block", "_mac")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._block = _Cbc(suite, keys)
        self._mac = _Mac(suite, keys.mac_key)

    def open(self, sequence_number: int, header: bytes, fragment: bytes) -> Opened | None:
        encrypted, mac = fragment[: -self._mac.length], fragment[-self._mac.length :]
        if mac != self._mac.digest(sequence_number, header[:3], encrypted):
            return None
        plaintext = self._block.decrypt(encrypted)
        if plaintext is None:
            return None
        padding_length = _padding_length(plaintext)
        if padding_length < 0:
            return None
        content = plaintext[: len(plaintext) - 1 - padding_length]
        self._block.advance(encrypted)
        return Opened(len(content), header[0], padding_length, self._block.iv_length, self._mac.length, plaintext)

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        encrypted = self._block.encrypt(content, nonce)
        return encrypted + self._mac.digest(sequence_number, prefix, encrypted)

    def skip(self, fragment: bytes) -> None:
        self._block.advance(fragment[: -self._mac.length])


class _Null(_Independent):
    """No encryption: content, then MAC. Source: RFC 5246 section 6.2.3.1."""

    __slots__ = ("_mac",)

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._mac = _Mac(suite, keys.mac_key)

    def open(self, sequence_number: int, header: bytes, fragment: bytes) -> Opened | None:
        content, mac = fragment[: -self._mac.length], fragment[-self._mac.length :]
        if mac != self._mac.digest(sequence_number, header[:3], content):
            return None
        return Opened(len(content), header[0], 0, 0, self._mac.length, content)

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        if nonce:
            raise ValueError("records of a NULL suite carry no IV")
        return content + self._mac.digest(sequence_number, prefix, content)


class _Stream:
    """RC4: content and MAC under a keystream that runs on from record to record. Source: RFC 5246 section 6.2.3.1."""

    __slots__ = ("_keystream", "_mac", "_next")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._keystream = rc4(keys.key).encryptor()
        self._next = b""
        """Keystream that was made for a record which then did not authenticate."""
        self._mac = _Mac(suite, keys.mac_key)

    def open(self, sequence_number: int, header: bytes, fragment: bytes) -> Opened | None:
        plaintext = self._apply(fragment)
        content, mac = plaintext[: -self._mac.length], plaintext[-self._mac.length :]
        if mac != self._mac.digest(sequence_number, header[:3], content):
            return None
        self.skip(fragment)
        return Opened(len(content), header[0], 0, 0, self._mac.length, plaintext)

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        if nonce:
            raise ValueError("records of a stream cipher carry no IV")
        fragment = self._apply(content + self._mac.digest(sequence_number, prefix, content))
        self.skip(fragment)
        return fragment

    def skip(self, fragment: bytes) -> None:
        self._apply(fragment)
        self._next = self._next[len(fragment) :]

    def _apply(self, data: bytes) -> bytes:
        """`data` XOR the next keystream, which stays the next."""
        length = len(data)
        self._next += self._keystream.update(bytes(max(length - len(self._next), 0)))
        return (int.from_bytes(data) ^ int.from_bytes(self._next[:length])).to_bytes(length)


class _Mac:
    """The record MAC. Source: RFC 5246 section 6.2.3.1."""

    __slots__ = ("_hash_name", "_key", "length")

    def __init__(self, suite: CipherSuite, key: bytes) -> None:
        self._key = key
        self._hash_name = suite.mac_name or ""
        self.length = suite.mac_length

    def digest(self, sequence_number: int, prefix: bytes, data: bytes) -> bytes:
        """MAC of `data` as record number `sequence_number`."""
        return hmac.digest(
            self._key, sequence_number.to_bytes(8) + prefix + len(data).to_bytes(2) + data, self._hash_name
        )


class _Cbc:
    """A block cipher in CBC mode, with TLS's padding behind the plaintext.

    The IV stands in front of the ciphertext; in TLS 1.0 it is the last block of the record before, of which an attacker
    could make use (BEAST), so that peers send a record of no byte or of one ahead.
    """

    __slots__ = ("_chained_iv", "_decryptor", "_key", "_suite", "iv_length", "length")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self.length = suite.block_length
        """Bytes of a block."""
        self.iv_length = suite.record_iv_length
        """Bytes of IV in front of the ciphertext."""
        self._suite = suite
        self._key = keys.key
        self._chained_iv = keys.iv
        """IV of the next record in TLS 1.0; b"" where records carry theirs."""
        self._decryptor = cbc(suite, keys.key, bytes(self.length)).decryptor()

    def decrypt(self, data: bytes) -> bytes | None:
        """Plaintext with its padding, or None if `data` is not an IV, where there is one, and whole blocks.

        In CBC a block is decrypted with the ciphertext block before it alone, so one decryptor serves all records: the IV
        goes in as a first block, and what that block decrypts to is dropped.
        """
        blocks = self._chained_iv + data
        if len(blocks) % self.length or len(blocks) < 2 * self.length:
            return None
        return self._decryptor.update(blocks)[self.length :]

    def encrypt(self, data: bytes, iv: bytes | None) -> bytes:
        """IV (random if None; none in TLS 1.0) and ciphertext of `data` with the shortest padding."""
        if iv and self._chained_iv:
            raise ValueError("CBC records of TLS 1.0 carry no IV")
        iv = self._chained_iv or (os.urandom(self.length) if iv is None else iv)
        padding_length = -(len(data) + 1) % self.length
        padded = data + bytes((padding_length,)) * (padding_length + 1)
        ciphertext = cbc(self._suite, self._key, iv).encryptor().update(padded)
        self.advance(ciphertext)
        return iv[: self.iv_length] + ciphertext

    def advance(self, ciphertext: bytes) -> None:
        """Let the next record of TLS 1.0 follow on this one. Source: RFC 2246 section 6.2.3.2."""
        if self._chained_iv and len(ciphertext) >= self.length:
            self._chained_iv = ciphertext[-self.length :]


def _padding_length(plaintext: bytes) -> int:
    """Value of padding_length, or -1 where the padding bytes are not all the same. Source: RFC 5246 section 6.2.3.2."""
    padding_length = plaintext[-1]
    return padding_length if plaintext.endswith(bytes((padding_length,)) * (padding_length + 1)) else -1
