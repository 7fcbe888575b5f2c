"""Cipher suites: what each number stands for, derived from its IANA name.

The name says everything that the record layer and the key schedule need, so there is no table of 350 suites to get
wrong. This module imports no cryptography: it is asked for every ClientHello.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

from tlslab.reference.registries import name_of

Mode = Literal["aead", "cbc", "stream", "null"]
Version = Literal["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"]


class CipherSuite(NamedTuple):
    """A cipher suite as one version of TLS uses it. All lengths are bytes."""

    number: int
    """The two bytes on the wire, e.g. 0x1301."""
    name: str
    """IANA's name, e.g. "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"."""
    version: Version
    """The version whose key schedule and record protection the other members describe."""
    key_exchange: str
    """"RSA", "DHE", "ECDHE", "DH", "ECDH", "PSK", "DHE_PSK", ...; "" in TLS 1.3, which negotiates it apart."""
    authentication: str
    """"RSA", "ECDSA", "DSS", "anon", "PSK"; "" in TLS 1.3."""
    cipher: str
    """The cipher's part of the name, e.g. "AES_128_GCM"."""
    mode: Mode
    key_length: int
    fixed_iv_length: int
    """Bytes of IV that come from the key schedule and never cross the wire."""
    record_iv_length: int
    """Bytes of explicit nonce or IV in front of each record."""
    tag_length: int
    """Bytes of AEAD tag; 0 for the other modes, which have a MAC instead."""
    mac_name: str | None
    """Hash of the record MAC as hashlib names it, e.g. "sha1"; None for AEAD."""
    hash_name: str
    """Hash of the key schedule and the transcript as hashlib names it, e.g. "sha384"; "md5-sha1" before TLS 1.2."""

    @property
    def mac_length(self) -> int:
        """Bytes of a record's MAC, and of its key; 0 for AEAD."""
        return _DIGEST_LENGTHS[self.mac_name] if self.mac_name else 0

    @property
    def in_the_clear(self) -> bool:
        """Whether it encrypts nothing, and only guards against change."""
        return self.mode == "null" or self.cipher in _INTEGRITY_ONLY

    @property
    def block_length(self) -> int:
        """Bytes of a block in CBC mode, which are those of its IV, wherever that comes from."""
        return self.record_iv_length or self.fixed_iv_length


@cache
def cipher_suite(number: int) -> CipherSuite | None:
    """The cipher suite with this number, or None.

    None is what is no suite of TLS 1.2 or 1.3: signalling values (SCSV), GREASE, export grade, GOST, drafts and
    unassigned numbers.
    """
    name = name_of("cipher_suites", number)
    if name is None:
        return None
    if "_EXPORT" in name:  # RFC 4346 section A.5: must not be negotiated since TLS 1.1.
        return None
    if match := _TLS12_NAME.fullmatch(name):
        return _tls12_suite(number, name, match)
    if match := _TLS13_NAME.fullmatch(name):
        return _tls13_suite(number, name, match)
    return None


@cache
def cipher_suite_in(number: int, version: str) -> CipherSuite | None:
    """The cipher suite as `version` ("SSL 3.0" to "TLS 1.3") uses it, or None where that version has no such suite."""
    suite = cipher_suite(number)
    if suite is None or suite.version == version:
        return suite
    # RFC 5246 section 6.2.3.3: AEAD came with TLS 1.2. A MAC with SHA-256 may go with any version (RFC 5487 section 1.1).
    if suite.version == "TLS 1.3" or suite.mode == "aead":
        return None
    if version == "TLS 1.1":
        return suite._replace(version="TLS 1.1", hash_name="md5-sha1")
    if version == "TLS 1.0":
        return _tls10_suite(suite, "TLS 1.0")
    # The MAC of SSL 3.0 is defined for MD5 and SHA-1 alone (RFC 6101 section 5.2.3.1).
    return _tls10_suite(suite, "SSL 3.0") if version == "SSL 3.0" and suite.mac_length <= 20 else None


def _tls10_suite(suite: CipherSuite, version: Version) -> CipherSuite:
    """RFC 2246 section 6.2.3.2: the first IV of CBC comes from the key block, and none crosses the wire."""
    return suite._replace(
        version=version,
        hash_name="md5-sha1",
        fixed_iv_length=suite.record_iv_length,
        record_iv_length=0,
    )


_TLS12_NAME = re.compile(r"TLS_(?P<exchange>\w+?)_WITH_(?P<cipher>\w+?)(?:_(?P<hash>MD5|SHA|SHA256|SHA384))?")
_TLS13_NAME = re.compile(r"TLS_(?P<cipher>(?:AES|CHACHA20|SM4)_\w+|SHA256|SHA384)_(?P<hash>SHA256|SHA384|SM3)")
_CIPHER = re.compile(
    r"(?P<block>AES_128|AES_256|ARIA_128|ARIA_256|CAMELLIA_128|CAMELLIA_256|SM4|SEED|IDEA|3DES_EDE|DES)"
    r"_(?P<mode>CBC|GCM|CCM|CCM_8)"
)
_DIGEST_LENGTHS = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48}
_HASHES = {"MD5": "md5", "SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SM3": "sm3"}
_AUTHENTICATIONS = {"RSA", "ECDSA", "DSS", "anon"}
_KEY_LENGTHS = {"SM4": 16, "SEED": 16, "IDEA": 16, "3DES_EDE": 24, "DES": 8}
_BLOCK_LENGTHS = {"IDEA": 8, "3DES_EDE": 8, "DES": 8}
_TAG_LENGTHS = {"GCM": 16, "CCM": 16, "CCM_8": 8}
_INTEGRITY_ONLY = {"SHA256", "SHA384"}


class _Shape(NamedTuple):
    """What the record layer needs to know about a cipher, in TLS 1.2; lengths in bytes."""

    mode: Mode
    key_length: int
    fixed_iv_length: int
    record_iv_length: int
    tag_length: int


_SHAPES = {
    "CHACHA20_POLY1305": _Shape("aead", 32, 12, 0, 16),  # RFC 7905 section 2
    "NULL": _Shape("null", 0, 0, 0, 0),
    "RC4_128": _Shape("stream", 16, 0, 0, 0),
    "SHA256": _Shape("aead", 32, 32, 0, 32),  # RFC 9150 section 6
    "SHA384": _Shape("aead", 48, 48, 0, 48),
}


def _tls12_suite(number: int, name: str, match: re.Match[str]) -> CipherSuite | None:
    cipher, hash_part = match["cipher"], match["hash"]
    shape = _shape(cipher)
    if shape is None or (shape.mode != "aead" and hash_part is None):
        return None
    key_exchange, authentication = _exchange(match["exchange"])
    return CipherSuite(
        number,
        name,
        "TLS 1.2",
        key_exchange,
        authentication,
        cipher,
        shape.mode,
        shape.key_length,
        shape.fixed_iv_length,
        shape.record_iv_length,
        shape.tag_length,
        None if shape.mode == "aead" else _HASHES[hash_part],
        # RFC 5246 section 5: the PRF uses SHA-256 unless the suite names a stronger hash; SHA-1 and MD5 in a
        # name are the record MAC only.
        "sha384" if hash_part == "SHA384" else "sha256",
    )


def _tls13_suite(number: int, name: str, match: re.Match[str]) -> CipherSuite | None:
    shape = _shape(match["cipher"])
    if shape is None or shape.mode != "aead":
        return None
    hash_name = _HASHES[match["hash"]]
    # RFC 8446 section 5.3: the whole nonce comes from the key schedule, none of it crosses the wire.
    # RFC 9150 section 6: with HMAC instead of a cipher the nonce is as long as the hash.
    return CipherSuite(
        number,
        name,
        "TLS 1.3",
        "",
        "",
        match["cipher"],
        "aead",
        shape.key_length,
        shape.fixed_iv_length if match["cipher"] in _INTEGRITY_ONLY else 12,
        0,
        shape.tag_length,
        None,
        hash_name,
    )


def _shape(cipher: str) -> _Shape | None:
    if cipher in _SHAPES:
        return _SHAPES[cipher]
    match = _CIPHER.fullmatch(cipher)
    if match is None:
        return None
    block = match["block"]
    key_length = _KEY_LENGTHS.get(block) or int(block[-3:]) // 8
    if match["mode"] == "CBC":
        return _Shape("cbc", key_length, 0, _BLOCK_LENGTHS.get(block, 16), 0)
    return _Shape("aead", key_length, 4, 8, _TAG_LENGTHS[match["mode"]])  # RFC 5288 section 3, RFC 6655 section 3


def _exchange(text: str) -> tuple[str, str]:
    """Split "ECDHE_RSA" into key exchange and authentication."""
    if text == "RSA":
        return "RSA", "RSA"
    if text in {"PSK", "DHE_PSK", "ECDHE_PSK", "RSA_PSK"}:
        return text, "PSK"
    if text == "PSK_DHE":  # RFC 6655 turned the words round in its two CCM_8 suites.
        return "DHE_PSK", "PSK"
    key_exchange, _, authentication = text.rpartition("_")
    if key_exchange and authentication in _AUTHENTICATIONS:
        return key_exchange, authentication
    return text, ""
