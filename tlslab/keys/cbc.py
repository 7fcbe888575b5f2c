"""CBC suites of SSL 3.0 to TLS 1.2: both orders of MAC and encryption, and both kinds of IV.

What `ciphers12` says of its classes holds for these.
"""

from __future__ import annotations

import os

from tlslab.keys.primitives import Members, cbc
from tlslab.keys.record_mac import RecordMac
from tlslab.keys.schedule12 import DirectionKeys
from tlslab.keys.suites import CipherSuite


class MacThenEncrypt:
    """CBC as it began: IV (not in TLS 1.0), then encrypted content, MAC, padding, padding_length.

    Source: RFC 5246 section 6.2.3.2, RFC 2246 section 6.2.3.2.
    """

    __slots__ = ("_block", "_mac")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys, mac: RecordMac) -> None:
        self._block = _Cbc(suite, keys)
        self._mac = mac

    def open(self, sequence_number: int, prefix: bytes, data: bytes, start: int, end: int) -> Members | None:
        """The content, if padding and MAC are right."""
        fragment = data[start:end]
        plaintext = self._block.decrypt(fragment)
        if plaintext is None:
            return None
        padding_length = self._block.padding_length(plaintext)
        length = len(plaintext) - 1 - padding_length - self._mac.length
        if padding_length < 0 or length < 0:
            return None
        content = plaintext[:length]
        if plaintext[length : length + self._mac.length] != self._mac.digest(sequence_number, prefix, content):
            return None
        self._block.advance(fragment)
        return length, prefix[0], padding_length, self._block.iv_length, self._mac.length, plaintext

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        """IV and ciphertext of content, MAC and padding."""
        mac = self._mac.digest(sequence_number, prefix, content)
        return self._block.encrypt(content + mac, nonce)

    def skip(self, fragment: bytes) -> None:
        """Let the next record of TLS 1.0 follow on this one."""
        self._block.advance(fragment)


class EncryptThenMac:
    """CBC with encrypt_then_mac: IV (not in TLS 1.0), encrypted content, padding, padding_length, then the MAC of it all.

    Source: RFC 7366 section 3.
    """

    __slots__ = ("_block", "_mac")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys, mac: RecordMac) -> None:
        self._block = _Cbc(suite, keys)
        self._mac = mac

    def open(self, sequence_number: int, prefix: bytes, data: bytes, start: int, end: int) -> Members | None:
        """The content, if padding and MAC are right."""
        fragment = data[start:end]
        encrypted, mac = fragment[: -self._mac.length], fragment[-self._mac.length :]
        if mac != self._mac.digest(sequence_number, prefix, encrypted):
            return None
        plaintext = self._block.decrypt(encrypted)
        if plaintext is None:
            return None
        padding_length = self._block.padding_length(plaintext)
        if padding_length < 0:
            return None
        length = len(plaintext) - 1 - padding_length
        self._block.advance(encrypted)
        return length, prefix[0], padding_length, self._block.iv_length, self._mac.length, plaintext

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        """IV and ciphertext of content, MAC and padding."""
        encrypted = self._block.encrypt(content, nonce)
        return encrypted + self._mac.digest(sequence_number, prefix, encrypted)

    def skip(self, fragment: bytes) -> None:
        """Let the next record of TLS 1.0 follow on this one."""
        self._block.advance(fragment[: -self._mac.length])


class _Cbc:
    """A block cipher in CBC mode, with TLS's padding behind the plaintext.

    The IV stands in front of the ciphertext; in TLS 1.0 it is the last block of the record before, of which an attacker
    could make use (BEAST), so that peers send a record of no byte or of one ahead.
    """

    __slots__ = ("_chained_iv", "_decryptor", "_key", "_ssl3", "_suite", "iv_length", "length")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self.length = suite.block_length
        """Bytes of a block."""
        self.iv_length = suite.record_iv_length
        """Bytes of IV in front of the ciphertext."""
        self._suite = suite
        self._ssl3 = suite.version == "SSL 3.0"
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

    def padding_length(self, plaintext: bytes) -> int:
        """Value of padding_length, or -1 where the padding is none.

        All its bytes are the same (RFC 5246 section 6.2.3.2); in SSL 3.0 they may be anything, but less than a block of
        them (RFC 6101 section 5.2.3.2), which is what POODLE lives on.
        """
        padding_length = plaintext[-1]
        if self._ssl3:
            return padding_length if padding_length < self.length else -1
        return padding_length if plaintext.endswith(bytes((padding_length,)) * (padding_length + 1)) else -1
