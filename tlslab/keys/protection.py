"""Opening and sealing records: one object for each direction of a connection and each set of keys.

Bytes of records in, plaintext out. An object knows its keys and its sequence number, nothing of messages or streams.
An observer's code: it does not try to take the same time for good and bad records, because no peer measures it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag

from tlslab.keys.ciphers12 import tls12_cipher
from tlslab.keys.primitives import Members, Opened, aead, supports
from tlslab.keys.record_mac import TRUNCATED_LENGTH
from tlslab.keys.schedule12 import DirectionKeys
from tlslab.keys.schedule13 import traffic_key_iv
from tlslab.keys.suites import CipherSuite

__all__ = [
    "DtlsProtection",
    "FirstThatOpens",
    "Members",
    "NotEncrypted",
    "Opened",
    "Tls12Protection",
    "Tls13Protection",
    "supports",
]

HEADER_LENGTH = 5
_new = tuple.__new__  # half the price of calling the class, for what is made once a record
_MAX_LENGTH = 0xFFFF  # what a record's header can say
_VERSIONS = {
    "SSL 3.0": b"\x03\x00",
    "TLS 1.0": b"\x03\x01",
    "TLS 1.1": b"\x03\x02",
    "TLS 1.2": b"\x03\x03",
}


class Tls13Protection:
    """One direction of a TLS 1.3 connection, while one traffic secret is in use.

    Raises ValueError for a suite that is not of TLS 1.3 or has no primitive here. Source: RFC 8446 section 5.2.
    """

    __slots__ = ("_aead", "_decrypt", "_iv", "_nonce_length", "_tag_length", "sequence_number")

    def __init__(self, suite: CipherSuite, secret: bytes) -> None:
        if suite.version != "TLS 1.3":
            raise ValueError(f"{suite.name} is not a suite of TLS 1.3")
        key, iv = traffic_key_iv(suite, secret)
        self._aead = aead(suite, key)
        self._decrypt = self._aead.decrypt
        self._iv = int.from_bytes(iv)
        self._nonce_length = len(iv)
        self._tag_length = suite.tag_length
        self.sequence_number = 0
        """Of the next record."""

    def open(self, header: bytes, fragment: bytes) -> Opened | None:
        """The plaintext of one record, or None if it does not authenticate; then nothing changes.

        header    the 5 bytes of TLSCiphertext before encrypted_record: they are the additional data.
        fragment  encrypted_record.
        """
        try:
            # RFC 8446 section 5.3: the sequence number, padded to the IV's length, XOR the IV.
            nonce = (self._iv ^ self.sequence_number).to_bytes(self._nonce_length)
            plaintext = self._decrypt(nonce, fragment, header)
        except (InvalidTag, ValueError):
            return None
        self.sequence_number += 1
        if plaintext and plaintext[-1]:  # as nearly always: no padding
            return _new(Opened, (len(plaintext) - 1, plaintext[-1], 0, 0, self._tag_length, plaintext))
        return _inner(plaintext, self._tag_length)

    def open_at(self, data: bytes, at: int, end: int) -> Members | None:
        """The same of the record data[at:end], whose header tells its length.

        It is all written out once more, because who lists a capture does little else.
        """
        start = at + HEADER_LENGTH
        try:
            nonce = (self._iv ^ self.sequence_number).to_bytes(self._nonce_length)
            plaintext = self._decrypt(nonce, data[start:end], data[at:start])
        except (InvalidTag, ValueError):
            return None
        self.sequence_number += 1
        if plaintext and (content_type := plaintext[-1]):  # as nearly always: no padding
            return len(plaintext) - 1, content_type, 0, 0, self._tag_length, plaintext
        return _inner(plaintext, self._tag_length)

    def seal(self, content_type: int, content: bytes, padding_length: int = 0) -> bytes:
        """One whole record, header included, as the peer would send it next."""
        plaintext = content + bytes((content_type,)) + bytes(padding_length)
        header = b"\x17\x03\x03" + (len(plaintext) + self._tag_length).to_bytes(2)
        nonce = (self._iv ^ self.sequence_number).to_bytes(self._nonce_length)
        self.sequence_number += 1
        return header + self._aead.encrypt(nonce, plaintext, header)

    def skip(self, _fragment: bytes) -> None:
        """Go on behind a record that did not open: its sequence number is used up."""
        self.sequence_number += 1


class Tls12Protection:
    """One direction of a connection of SSL 3.0 to TLS 1.2, from one ChangeCipherSpec to the next.

    suite             as the version uses it: `cipher_suite_in`.
    encrypt_then_mac  whether both hellos carry that extension; it concerns CBC suites only (RFC 7366 section 3).
    truncated_hmac    whether both hellos carry that one; it concerns suites with a MAC (RFC 6066 section 7).

    Raises ValueError for a suite that is of TLS 1.3 or has no primitive here.
    Source: section 6.2.3 of RFC 5246, RFC 4346 and RFC 2246, section 5.2.3 of RFC 6101.
    """

    __slots__ = ("_cipher", "_version", "sequence_number")

    def __init__(
        self, suite: CipherSuite, keys: DirectionKeys, *, encrypt_then_mac: bool, truncated_hmac: bool = False
    ) -> None:
        self._cipher = tls12_cipher(suite, keys, encrypt_then_mac=encrypt_then_mac, truncated_hmac=truncated_hmac)
        self._version = _VERSIONS[suite.version]
        self.sequence_number = 0
        """Of the next record."""

    def open(self, header: bytes, fragment: bytes) -> Opened | None:
        """The plaintext of one record, or None if it does not authenticate; then nothing changes.

        header    the 5 bytes of the record before its fragment.
        fragment  GenericAEADCipher, GenericBlockCipher or GenericStreamCipher.
        """
        if len(fragment) > _MAX_LENGTH:
            return None
        opened = self._cipher.open(self.sequence_number, header[:3], fragment, 0, len(fragment))
        if opened is None:
            return None
        self.sequence_number += 1
        return _new(Opened, opened)

    def open_at(self, data: bytes, at: int, end: int) -> Members | None:
        """The same of the record data[at:end], whose header tells its length."""
        opened = self._cipher.open(self.sequence_number, data[at : at + 3], data, at + HEADER_LENGTH, end)
        if opened is not None:
            self.sequence_number += 1
        return opened

    def seal(self, content_type: int, content: bytes, nonce: bytes | None = None) -> bytes:
        """One whole record, header included, as the peer would send it next.

        nonce  the explicit nonce (by default the sequence number) or IV (by default random bytes).
        """
        prefix = bytes((content_type,)) + self._version
        fragment = self._cipher.seal(self.sequence_number, prefix, content, nonce)
        self.sequence_number += 1
        return prefix + len(fragment).to_bytes(2) + fragment

    def skip(self, fragment: bytes) -> None:
        """Go on behind a record that did not open: its sequence number is used up, and its bytes may be the next one's IV."""
        self._cipher.skip(fragment)
        self.sequence_number += 1


class NotEncrypted:
    """One direction under a suite that encrypts nothing, read without its keys: nothing vouches for these records.

    Raises ValueError for a suite that encrypts.
    """

    __slots__ = ("_tag_length", "_tls13", "sequence_number")

    def __init__(self, suite: CipherSuite, *, truncated_hmac: bool = False) -> None:
        if not suite.in_the_clear:
            raise ValueError(f"{suite.name} encrypts")
        self._tls13 = suite.version == "TLS 1.3"
        self._tag_length = suite.tag_length or (TRUNCATED_LENGTH if truncated_hmac else suite.mac_length)
        self.sequence_number = 0
        """Of the next record."""

    def open(self, header: bytes, fragment: bytes) -> Opened | None:
        """The record without its MAC, which is not looked at; None where there is no room for one."""
        length = len(fragment) - self._tag_length
        if length < 0 or len(fragment) > _MAX_LENGTH:
            return None
        self.sequence_number += 1
        plaintext = fragment[:length]
        if self._tls13:
            return _inner(plaintext, self._tag_length)
        return Opened(length, header[0], 0, 0, self._tag_length, plaintext)

    def skip(self, _fragment: bytes) -> None:
        """Go on behind a record that did not open."""
        self.sequence_number += 1


class FirstThatOpens:
    """Protections of which only one can be right: the first record that one of them opens settles it."""

    __slots__ = ("_candidates",)

    def __init__(self, candidates: Sequence[Tls13Protection]) -> None:
        self._candidates = candidates

    def open(self, header: bytes, fragment: bytes) -> Opened | None:
        """The plaintext of one record, or None if none of them opens it; then nothing changes."""
        for candidate in self._candidates:
            opened = candidate.open(header, fragment)
            if opened is not None:
                self._candidates = (candidate,)
                return opened
        return None


class DtlsProtection:
    """One direction of a DTLS 1.0 or 1.2 connection, during one epoch.

    As in TLS 1.1 and 1.2, but each record says its own number, so that records may be lost, doubled and out of order.

    suite  as "TLS 1.1" uses it for DTLS 1.0, as "TLS 1.2" for DTLS 1.2: `cipher_suite_in`.

    Raises ValueError for a suite that has no primitive here, or that DTLS has not: RC4, whose keystream would have to be
    read in order. Source: RFC 6347 section 4.1.2, RFC 4347 section 4.1.2.
    """

    __slots__ = ("_cipher",)

    def __init__(
        self, suite: CipherSuite, keys: DirectionKeys, *, encrypt_then_mac: bool, truncated_hmac: bool = False
    ) -> None:
        if suite.mode == "stream" or suite.version not in {"TLS 1.1", "TLS 1.2"}:
            raise ValueError(f"{suite.name} as {suite.version} uses it is not a suite of DTLS")
        self._cipher = tls12_cipher(suite, keys, encrypt_then_mac=encrypt_then_mac, truncated_hmac=truncated_hmac)

    def open(self, header: bytes, fragment: bytes) -> Opened | None:
        """The plaintext of one record, or None if it does not authenticate.

        header    the 13 bytes of the record before its fragment: type, version, epoch, sequence_number, length.
        fragment  GenericAEADCipher or GenericBlockCipher.
        """
        if len(fragment) > _MAX_LENGTH:
            return None
        # RFC 6347 section 4.1.2.1: epoch and sequence_number together stand where TLS has its 64 bits of number.
        opened = self._cipher.open(int.from_bytes(header[3:11]), header[:3], fragment, 0, len(fragment))
        return _new(Opened, opened) if opened is not None else None

    def seal(self, content_type: int, version: bytes, number: int, content: bytes, nonce: bytes | None = None) -> bytes:
        """One whole record, header included.

        version  0xfeff or 0xfefd as two bytes.
        number   epoch * 2**48 + sequence_number.
        """
        prefix = bytes((content_type,)) + version
        fragment = self._cipher.seal(number, prefix, content, nonce)
        return prefix + number.to_bytes(8) + len(fragment).to_bytes(2) + fragment


def _inner(plaintext: bytes, tag_length: int) -> Opened:
    """A TLSInnerPlaintext taken apart. Source: RFC 8446 section 5.2."""
    inner = plaintext.rstrip(b"\0")
    padding_length = len(plaintext) - len(inner)
    content_type = inner[-1] if inner else 0
    return Opened(max(len(inner) - 1, 0), content_type, padding_length, 0, tag_length, plaintext)
