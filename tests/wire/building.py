"""Messages put together by hand, for what the recorded captures do not hold."""

from __future__ import annotations


def vector(width: int, *items: bytes) -> bytes:
    """Items behind a length of `width` bytes."""
    content = b"".join(items)
    return len(content).to_bytes(width, "big") + content


def u16(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def extension(number: int, content: bytes) -> bytes:
    return u16(number) + vector(2, content)


def handshake(number: int, body: bytes) -> bytes:
    return bytes((number,)) + vector(3, body)


RANDOM = bytes(range(32))
SMALL_CERTIFICATE = bytes.fromhex(
    "3048303b020101300506032b65703000301e170d3236303130313030303030305a170d3236303130313030303030305a3000"
    "300b300506032b6570030200aa300506032b6570030200bb"
)
"""The least that is a certificate by its form: no names, Ed25519 by name, a key and a signature of one byte."""


def client_hello(*extensions: bytes) -> bytes:
    body = u16(0x0303) + RANDOM + vector(1) + vector(2, u16(0x1301, 0x2A2A)) + vector(1, b"\0") + vector(2, *extensions)
    return handshake(1, body)


def server_hello(*extensions: bytes, random: bytes = RANDOM) -> bytes:
    return handshake(2, u16(0x0303) + random + vector(1) + u16(0x1301) + b"\0" + vector(2, *extensions))


def encrypted_extensions(*extensions: bytes) -> bytes:
    return handshake(8, vector(2, *extensions))


def certificate_request(*extensions: bytes) -> bytes:
    return handshake(13, vector(1) + vector(2, *extensions))


def certificate(*extensions: bytes) -> bytes:
    return handshake(11, vector(1) + vector(3, vector(3, SMALL_CERTIFICATE), vector(2, *extensions)))


def new_session_ticket(*extensions: bytes) -> bytes:
    return handshake(4, bytes(8) + vector(1) + vector(2, b"ticket") + vector(2, *extensions))
