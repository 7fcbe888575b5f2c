"""The Certificate of a peer that has none: behind it no CertificateVerify comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tlslab.trace.message import Message

LONGEST: Final = 1 + 255 + 3
"""Bytes of a Certificate of TLS 1.3 without certificates: the longest context, and the empty list."""


def has_no_certificate(message: Message) -> bool:
    """Whether the message is a Certificate of TLS 1.3, perhaps compressed (RFC 8879 §4), that holds no certificate."""
    if message.type == "certificate":
        return is_empty(message.body)
    # Only what is as short as that need be unpacked for it.
    if message.type != "compressed_certificate" or int.from_bytes(message.body[2:5], "big") > LONGEST:
        return False
    inside = message.inside
    return inside is not None and is_empty(inside.buffer.data)


def is_empty(certificate: bytes) -> bool:
    """Whether a Certificate of TLS 1.3, without its header, holds no certificate (RFC 8446 §4.4.2.4)."""
    return certificate[1 + certificate[0] :] == b"\0\0\0" if certificate else False
