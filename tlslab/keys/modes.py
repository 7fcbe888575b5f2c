"""AEAD from parts, for ciphers that the cryptography library has in plainer modes only.

GCM and CCM over any block cipher, and the integrity-only protection of RFC 9150. The block cipher itself is always the
library's; what is done here by hand is counting, XOR and GHASH, some hundred times slower than AES-GCM.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from tlslab.keys.hmacs import hmac_of, keyed

BLOCK_LENGTH = 16
NONCE_LENGTH = 12
_POLYNOMIAL = 0xE1 << 120  # x^128 = x^7 + x^2 + x + 1, bits in GCM's order
_FIRST_BLOCK = 0b0100_0000  # CCM: there is additional data
_LENGTH_OF_LENGTH = 15 - NONCE_LENGTH

MakeCipher = Callable[[bytes], BlockCipherAlgorithm]


class Gcm:
    """GCM with nonces of 12 bytes and tags of 16. Source: NIST SP 800-38D, RFC 5288, RFC 6367."""

    __slots__ = ("_encryptor", "_tables")

    def __init__(self, make_cipher: MakeCipher, key: bytes) -> None:
        self._encryptor = Cipher(make_cipher(key), ECB()).encryptor()  # noqa: S305 -- block by block, for counters
        self._tables = _tables(int.from_bytes(self._encryptor.update(bytes(BLOCK_LENGTH))))

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext and tag."""
        ciphertext = self._apply(nonce, data)
        return ciphertext + self._tag(nonce, ciphertext, associated_data or b"")

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Plaintext; raises InvalidTag."""
        ciphertext, tag = data[:-BLOCK_LENGTH], data[-BLOCK_LENGTH:]
        if tag != self._tag(nonce, ciphertext, associated_data or b""):
            raise InvalidTag
        return self._apply(nonce, ciphertext)

    def _apply(self, nonce: bytes, data: bytes) -> bytes:
        return _xor(data, self._encryptor.update(_counters(nonce, 2, len(data), BLOCK_LENGTH - NONCE_LENGTH)))

    def _tag(self, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
        lengths = (8 * len(associated_data)).to_bytes(8) + (8 * len(ciphertext)).to_bytes(8)
        hashed = self._ghash(_padded(associated_data) + _padded(ciphertext) + lengths)
        return _xor(hashed, self._encryptor.update(nonce + (1).to_bytes(4)))

    def _ghash(self, data: bytes) -> bytes:
        total = 0
        for start in range(0, len(data), BLOCK_LENGTH):
            total ^= int.from_bytes(data[start : start + BLOCK_LENGTH])
            product = 0
            for table, byte in zip(self._tables, total.to_bytes(BLOCK_LENGTH), strict=True):
                product ^= table[byte]
            total = product
        return total.to_bytes(BLOCK_LENGTH)


class Ccm:
    """CCM with nonces of 12 bytes. Source: RFC 3610, RFC 6655, RFC 8998."""

    __slots__ = ("_cipher", "_encryptor", "_tag_length")

    def __init__(self, make_cipher: MakeCipher, key: bytes, tag_length: int = BLOCK_LENGTH) -> None:
        self._cipher = make_cipher(key)
        self._encryptor = Cipher(self._cipher, ECB()).encryptor()  # noqa: S305 -- block by block, for counters
        self._tag_length = tag_length

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext and tag."""
        return self._apply(nonce, data) + self._tag(nonce, data, associated_data or b"")

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Plaintext; raises InvalidTag."""
        plaintext = self._apply(nonce, data[: -self._tag_length])
        if data[-self._tag_length :] != self._tag(nonce, plaintext, associated_data or b""):
            raise InvalidTag
        return plaintext

    def _apply(self, nonce: bytes, data: bytes) -> bytes:
        flags = bytes((_LENGTH_OF_LENGTH - 1,))
        return _xor(data, self._encryptor.update(_counters(flags + nonce, 1, len(data), _LENGTH_OF_LENGTH)))

    def _tag(self, nonce: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
        flags = _FIRST_BLOCK | (self._tag_length - 2) // 2 << 3 | _LENGTH_OF_LENGTH - 1
        first = bytes((flags,)) + nonce + len(plaintext).to_bytes(_LENGTH_OF_LENGTH)
        data = first + _padded(len(associated_data).to_bytes(2) + associated_data) + _padded(plaintext)
        mac = Cipher(self._cipher, CBC(bytes(BLOCK_LENGTH))).encryptor().update(data)[-BLOCK_LENGTH:]
        mask = self._encryptor.update(bytes((_LENGTH_OF_LENGTH - 1,)) + nonce + bytes(_LENGTH_OF_LENGTH))
        return _xor(mac, mask)[: self._tag_length]


class IntegrityOnly:
    """The clear text with a MAC behind it: no secrecy at all. Source: RFC 9150 section 4."""

    __slots__ = ("_keyed", "_tag_length")

    def __init__(self, hash_name: str, key: bytes) -> None:
        self._keyed = keyed(key, hash_name)
        self._tag_length = len(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The data itself and its MAC."""
        return data + hmac_of(self._keyed, nonce + (associated_data or b"") + data)

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The data without its MAC; raises InvalidTag."""
        plaintext = data[: -self._tag_length]
        if data != self.encrypt(nonce, plaintext, associated_data):
            raise InvalidTag
        return plaintext


def _tables(factor: int) -> list[list[int]]:
    """For each byte of a block and each value of it, its product with `factor`: GHASH by looking up."""
    powers = []
    for _ in range(8 * BLOCK_LENGTH):
        powers.append(factor)
        factor = factor >> 1 ^ (_POLYNOMIAL if factor & 1 else 0)
    tables = []
    for start in range(0, len(powers), 8):
        table = [0] * 256
        for value in range(1, 256):
            lowest = value & -value
            # The first power belongs to the highest bit.
            table[value] = table[value ^ lowest] ^ powers[start + 8 - lowest.bit_length()]
        tables.append(table)
    return tables


def _counters(prefix: bytes, first: int, length: int, width: int) -> bytes:
    """As many counter blocks as `length` bytes need."""
    count = -(-length // BLOCK_LENGTH)
    return b"".join([prefix + number.to_bytes(width) for number in range(first, first + count)])


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK_LENGTH)


def _xor(data: bytes, mask: bytes) -> bytes:
    length = len(data)
    return (int.from_bytes(data) ^ int.from_bytes(mask[:length])).to_bytes(length)
