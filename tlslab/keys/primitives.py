"""What the cryptography library lends to the record layer, chosen by suite, and what opening a record gives.

The only module of the record layer that knows which library does the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple, Protocol, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, IDEA, SEED, Camellia, TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM

from tlslab.keys.modes import Ccm, Gcm, IntegrityOnly
from tlslab.keys.suites import CipherSuite


class Opened(NamedTuple):
    """A record that proved genuine.

    A tuple and not a dataclass: one is made for each record of a capture, in a third of the time.
    """

    content_length: int
    """Bytes of `content`."""
    content_type: int
    """Of `content`; in TLS 1.3 the inner one. 0, which is none, where a TLS 1.3 plaintext is all zeros."""
    padding_length: int
    """Zeros behind the inner content type (TLS 1.3); CBC padding without its length byte (before)."""
    nonce_length: int
    """Bytes of explicit nonce or IV in front of the fragment."""
    tag_length: int
    """Bytes of AEAD tag or MAC."""
    plaintext: bytes
    """Everything that decryption gave: TLSInnerPlaintext, GenericBlockCipher without its IV, or just `content`."""

    @property
    def content(self) -> bytes:
        """What the record carries: handshake bytes, an alert, application data. `plaintext` begins with it."""
        return self.plaintext[: self.content_length]


Members: TypeAlias = tuple[int, int, int, int, int, bytes]
"""The members of an `Opened` and nothing around them, for who opens all records of a capture: made and unpacked in half the time."""


class Aead(Protocol):
    """A cipher object of `cryptography` that authenticates what it encrypts."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Ciphertext with its tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Plaintext; raises InvalidTag."""
        ...


def supports(suite: CipherSuite) -> bool:
    """Whether records of this suite can be opened here."""
    if suite.hash_name == "sm3" and not _there_is_sm3():
        return False
    if suite.mode == "aead":
        return suite.cipher in _AEADS and _there_is_aead(suite.cipher, suite.key_length)
    return suite.mode == "null" or _there_is(suite.cipher)


def aead(suite: CipherSuite, key: bytes) -> Aead:
    """The AEAD object of one key, to be kept: making it costs more than opening a small record.

    Raises ValueError where this suite cannot be opened here.
    """
    try:
        return _AEADS[suite.cipher](key)
    except (KeyError, UnsupportedAlgorithm):
        raise unsupported(suite) from None


def cbc(suite: CipherSuite, key: bytes, iv: bytes) -> Cipher[CBC]:
    """The suite's block cipher in CBC mode. Raises ValueError where this suite cannot be opened here."""
    try:
        return Cipher(_BLOCK_CIPHERS[suite.cipher](key), CBC(iv))
    except (KeyError, UnsupportedAlgorithm):
        raise unsupported(suite) from None


def rc4(key: bytes) -> Cipher[None]:
    """RC4, which is a keystream and nothing else. `supports` says whether it is there."""
    return Cipher(ARC4(key), None)


def unsupported(suite: CipherSuite) -> ValueError:
    """What is raised for a suite whose records cannot be opened here."""
    return ValueError(f"records of {suite.name} cannot be opened: there is no {suite.cipher} here")


class _Sm4Gcm:
    """SM4-GCM, which the library has as a mode but not as an AEAD object. Source: RFC 8998."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext and tag."""
        encryptor = Cipher(self._cipher, GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Plaintext; raises InvalidTag, and ValueError where there is no room for a tag."""
        decryptor = Cipher(self._cipher, GCM(nonce, data[-16:])).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-16]) + decryptor.finalize()


_AEADS: dict[str, Callable[[bytes], Aead]] = {
    "AES_128_GCM": AESGCM,
    "AES_256_GCM": AESGCM,
    "CHACHA20_POLY1305": ChaCha20Poly1305,
    "AES_128_CCM": AESCCM,
    "AES_256_CCM": AESCCM,
    "AES_128_CCM_8": lambda key: AESCCM(key, tag_length=8),
    "AES_256_CCM_8": lambda key: AESCCM(key, tag_length=8),
    "CAMELLIA_128_GCM": partial(Gcm, Camellia),
    "CAMELLIA_256_GCM": partial(Gcm, Camellia),
    "SM4_GCM": _Sm4Gcm,
    "SM4_CCM": partial(Ccm, SM4),
    "SHA256": partial(IntegrityOnly, "sha256"),
    "SHA384": partial(IntegrityOnly, "sha384"),
}
_BLOCK_CIPHERS: dict[str, Callable[[bytes], AES | Camellia | IDEA | SEED | TripleDES]] = {
    "AES_128_CBC": AES,
    "AES_256_CBC": AES,
    "CAMELLIA_128_CBC": Camellia,
    "CAMELLIA_256_CBC": Camellia,
    "SEED_CBC": SEED,
    "3DES_EDE_CBC": TripleDES,
    # Encrypting, decrypting and encrypting with one key is encrypting once.
    "DES_CBC": lambda key: TripleDES(3 * key),
    "IDEA_CBC": IDEA,
}
_KEY_LENGTHS = {"AES_256_CBC": 32, "CAMELLIA_256_CBC": 32, "3DES_EDE_CBC": 24, "DES_CBC": 8}


@cache
def _there_is_sm3() -> bool:
    """Whether transcripts can be hashed with the one hash of suites that hashlib has only from some builds of OpenSSL."""
    # Rare, and hashlib brings in another OpenSSL than cryptography's own.
    import hashlib

    return "sm3" in hashlib.algorithms_available


@cache
def _there_is_aead(cipher: str, key_length: int) -> bool:
    """Whether an AEAD works here."""
    try:
        _AEADS[cipher](bytes(key_length)).encrypt(bytes(12), b"", b"")
    except UnsupportedAlgorithm:
        return False
    return True


@cache
def _there_is(cipher: str) -> bool:
    """Whether a cipher works here: what is decrepit is missing from some builds of OpenSSL, and shows it only in use."""
    key = bytes(range(_KEY_LENGTHS.get(cipher, 16)))
    try:
        if cipher == "RC4_128":
            rc4(key).encryptor()
        else:
            made = _BLOCK_CIPHERS[cipher](key)
            Cipher(made, CBC(bytes(made.block_size // 8))).decryptor()
    except (KeyError, UnsupportedAlgorithm):
        return False
    return True
