"""What a ServerHello as nearly all are settles for the records behind it, at the least cost: suite, version, encrypt_then_mac."""

from __future__ import annotations

from functools import cache
from struct import Struct
from typing import TYPE_CHECKING, Final

from tlslab.keys.protection import supports
from tlslab.keys.suites import cipher_suite_in

if TYPE_CHECKING:
    from tlslab.keys.suites import CipherSuite

HELLO_RETRY_RANDOM: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3)."""
RANDOM: Final = slice(6, 38)
SHORTEST_SERVER_HELLO: Final = 4 + 2 + 32 + 1 + 2 + 1
"""Handshake header, version, random, an empty session id, suite and compression method."""
CLIENT_CERTIFICATE_TYPE, SERVER_CERTIFICATE_TYPE, ENCRYPT_THEN_MAC, SUPPORTED_VERSIONS = 19, 20, 22, 43
_TELLING: Final = frozenset((CLIENT_CERTIFICATE_TYPE, SERVER_CERTIFICATE_TYPE, ENCRYPT_THEN_MAC, SUPPORTED_VERSIONS))
"""Extensions of a ServerHello that say how what follows is read."""
TLS13: Final = 0x0304
VERSIONS: Final = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", TLS13: "TLS 1.3"}
_EXTENSION: Final = Struct(">HH")
_SUITE: Final = Struct(">HxH")
"""cipher_suite, legacy_compression_method, bytes of extensions."""


@cache
def usable_suite(number: int, version: int) -> CipherSuite | None:
    """The suite as that version has it, if its records can be opened here."""
    name = VERSIONS.get(version)
    suite = cipher_suite_in(number, name) if name is not None else None
    # A suite without encryption is read without its keys, which the fold knows how to.
    if suite is None or suite.version != name or suite.mode == "null" or not supports(suite):
        return None
    return suite


def settled_by(data: bytes) -> tuple[int, int, bool] | None:
    """Suite, version and encrypt_then_mac of a ServerHello (RFC 8446 §4.1.3). None where that takes a closer look."""
    # A HelloRetryRequest is a ServerHello with a certain random.
    if len(data) < SHORTEST_SERVER_HELLO or data[RANDOM] == HELLO_RETRY_RANDOM:
        return None
    end = len(data)
    at = SHORTEST_SERVER_HELLO - 3 + data[SHORTEST_SERVER_HELLO - 4]
    version, told, encrypt_then_mac = data[4] << 8 | data[5], False, False
    if at + 5 > end:
        # A hello of former times ends without extensions and their length.
        return (data[at] << 8 | data[at + 1], version, False) if at + 3 == end else None
    suite, length = _SUITE.unpack_from(data, at)
    at += 5
    if at + length != end:
        return None
    while at + 4 <= end:
        kind, length = _EXTENSION.unpack_from(data, at)
        at += 4
        if kind in _TELLING:
            if kind == SUPPORTED_VERSIONS:
                if length != 2 or told or at + 2 > end:
                    return None
                version, told = data[at] << 8 | data[at + 1], True
            elif kind == ENCRYPT_THEN_MAC:
                encrypt_then_mac = True
            elif length == 1:
                # In place of certificates there may be raw public keys (RFC 7250 §4).
                return None
        at += length
    return (suite, version, encrypt_then_mac) if at == end else None
