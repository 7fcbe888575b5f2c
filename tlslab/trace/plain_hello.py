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
ENCRYPT_THEN_MAC, SUPPORTED_VERSIONS = 22, 43
TLS13: Final = 0x0304
VERSIONS: Final = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", TLS13: "TLS 1.3"}
_EXTENSION: Final = Struct(">HH")


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
    at = SHORTEST_SERVER_HELLO - 3 + data[SHORTEST_SERVER_HELLO - 4]
    version, suite, at = data[4] << 8 | data[5], int.from_bytes(data[at : at + 2]), at + 3
    found: set[int] = set()
    end = len(data)
    if at < end and at + 2 + int.from_bytes(data[at : at + 2]) != end:
        return None
    at += 2
    while at + 4 <= end:
        kind, length = _EXTENSION.unpack_from(data, at)
        if kind == SUPPORTED_VERSIONS:
            if length != 2 or kind in found:
                return None
            version = int.from_bytes(data[at + 4 : at + 6])
        found.add(kind)
        at += 4 + length
    # Behind the last extension, or, where a hello has none, behind the length that is not there.
    if at not in (end, end + 2):
        return None
    return suite, version, ENCRYPT_THEN_MAC in found
