"""The ciphers of SSL 3.0 to TLS 1.2: how each kind of suite turns a fragment into plaintext and back.

Each class holds the keys of one direction and no sequence number; `Tls12Protection` counts. `prefix` is the first three bytes
of a record's header: content type and version. What does not authenticate is None and leaves a cipher as it was, also those
in which each record continues the one before: CBC in TLS 1.0, and RC4.
"""

from __future__ import annotations

from struct import Struct
from typing import Protocol

from cryptography.exceptions import InvalidTag

from tlslab.keys.cbc import EncryptThenMac, MacThenEncrypt
from tlslab.keys.primitives import Members, aead, rc4, supports, unsupported
from tlslab.keys.record_mac import RecordMac, record_mac
from tlslab.keys.schedule12 import DirectionKeys
from tlslab.keys.suites import CipherSuite

_additional_data = Struct(">Q3sH").pack
"""seq_num, type and version, length. Source: RFC 5246 section 6.2.3.3."""


class Tls12Cipher(Protocol):
    """A cipher with the keys of one direction."""

    def open(self, sequence_number: int, prefix: bytes, data: bytes, start: int, end: int) -> Members | None:
        """The plaintext of the fragment data[start:end], or None if it does not authenticate."""
        ...

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        """The fragment of one record; `nonce` is what goes in front of it, None for the usual one."""
        ...

    def skip(self, fragment: bytes) -> None:
        """Go on behind a fragment that did not open, as the peer that sent it did."""
        ...


def tls12_cipher(
    suite: CipherSuite, keys: DirectionKeys, *, encrypt_then_mac: bool = False, truncated_hmac: bool = False
) -> Tls12Cipher:
    """The cipher for a suite. Raises ValueError for a suite that is of TLS 1.3 or has no primitive here."""
    if suite.version == "TLS 1.3":
        raise ValueError(f"{suite.name} is not a suite of TLS 1.2")
    if not supports(suite):
        raise unsupported(suite)
    if suite.mode == "aead":
        return _ExplicitNonceAead(suite, keys) if suite.record_iv_length else _ImplicitNonceAead(suite, keys)
    mac = record_mac(suite, keys.mac_key, truncated=truncated_hmac)
    if suite.mode == "null":
        return _Null(mac)
    if suite.mode == "stream":
        return _Stream(keys, mac)
    return EncryptThenMac(suite, keys, mac) if encrypt_then_mac else MacThenEncrypt(suite, keys, mac)


class _Independent:
    """A cipher whose records have nothing to do with each other."""

    __slots__ = ()

    def skip(self, fragment: bytes) -> None:
        """Nothing: the sequence number is all that goes on."""


class _ExplicitNonceAead(_Independent):
    """AES-GCM and AES-CCM: nonce = 4 secret bytes + 8 bytes in front of the record. Source: RFC 5288 section 3."""

    __slots__ = ("_aead", "_iv", "_tag_length")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._aead = aead(suite, keys.key)
        self._iv = keys.iv
        self._tag_length = suite.tag_length

    def open(self, sequence_number: int, prefix: bytes, data: bytes, start: int, end: int) -> Members | None:
        body = start + 8
        length = end - body - self._tag_length
        if length < 0:
            return None
        # RFC 5246 section 6.2.3.3: the length in the additional data is that of the plaintext.
        additional_data = _additional_data(sequence_number, prefix, length)
        try:
            content = self._aead.decrypt(self._iv + data[start:body], data[body:end], additional_data)
        except (InvalidTag, ValueError):
            return None
        return length, prefix[0], 0, 8, self._tag_length, content

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        explicit = sequence_number.to_bytes(8) if nonce is None else nonce
        additional_data = _additional_data(sequence_number, prefix, len(content))
        return explicit + self._aead.encrypt(self._iv + explicit, content, additional_data)


class _ImplicitNonceAead(_Independent):
    """ChaCha20-Poly1305: nonce = sequence number XOR IV, nothing in front of the record. Source: RFC 7905 section 2."""

    __slots__ = ("_aead", "_iv", "_tag_length")

    def __init__(self, suite: CipherSuite, keys: DirectionKeys) -> None:
        self._aead = aead(suite, keys.key)
        self._iv = int.from_bytes(keys.iv)
        self._tag_length = suite.tag_length

    def open(self, sequence_number: int, prefix: bytes, data: bytes, start: int, end: int) -> Members | None:
        length = end - start - self._tag_length
        if length < 0:
            return None
        additional_data = _additional_data(sequence_number, prefix, length)
        try:
            content = self._aead.decrypt((self._iv ^ sequence_number).to_bytes(12), data[start:end], additional_data)
        except (InvalidTag, ValueError):
            return None
        return length, prefix[0], 0, 0, self._tag_length, content

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        if nonce:
            raise ValueError("ChaCha20-Poly1305 records carry no nonce")
        additional_data = _additional_data(sequence_number, prefix, len(content))
        return self._aead.encrypt((self._iv ^ sequence_number).to_bytes(12), content, additional_data)


class _Null(_Independent):
    """No encryption: content, then MAC. Source: RFC 5246 section 6.2.3.1."""

    __slots__ = ("_mac",)

    def __init__(self, mac: RecordMac) -> None:
        self._mac = mac

    def open(self, sequence_number: int, prefix: bytes, data: bytes, start: int, end: int) -> Members | None:
        fragment = data[start:end]
        content, mac = fragment[: -self._mac.length], fragment[-self._mac.length :]
        if mac != self._mac.digest(sequence_number, prefix, content):
            return None
        return len(content), prefix[0], 0, 0, self._mac.length, content

    def seal(self, sequence_number: int, prefix: bytes, content: bytes, nonce: bytes | None) -> bytes:
        if nonce:
            raise ValueError("records of a NULL suite carry no IV")
        return content + self._mac.digest(sequence_number, prefix, content)


class _Stream:
    """RC4: content and MAC under a keystream that runs on from record to record. Source: RFC 5246 section 6.2.3.1."""

    __slots__ = ("_keystream", "_mac", "_next")

    def __init__(self, keys: DirectionKeys, mac: RecordMac) -> None:
        self._keystream = rc4(keys.key).encryptor()
        self._next = b""
        """Keystream that was made for a record which then did not authenticate."""
        self._mac = mac

    def open(self, sequence_number: int, prefix: bytes, data: bytes, start: int, end: int) -> Members | None:
        fragment = data[start:end]
        plaintext = self._apply(fragment)
        content, mac = plaintext[: -self._mac.length], plaintext[-self._mac.length :]
        if mac != self._mac.digest(sequence_number, prefix, content):
            return None
        self.skip(fragment)
        return len(content), prefix[0], 0, 0, self._mac.length, plaintext

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
