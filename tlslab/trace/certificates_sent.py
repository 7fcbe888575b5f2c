"""What a Certificate of TLS 1.3 says before anybody looks at certificates: whose it is, and whether it has any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tlslab.trace.message import Message

CERTIFICATES: Final = {"certificate", "compressed_certificate"}
"""Messages with certificates."""
LONGEST_EMPTY: Final = 1 + 255 + 3
"""Bytes of a Certificate of TLS 1.3 without certificates: the longest context, and the empty list."""
LONGEST_UNPACKED: Final = 2**15
"""Bytes up to which a compressed one is unpacked for its context, which few are asked for."""


def has_no_certificate(message: Message) -> bool:
    """Whether the message is a Certificate of TLS 1.3, perhaps compressed (RFC 8879 §4), that holds no certificate."""
    return is_empty(_certificate(message, LONGEST_EMPTY))


def request_context(message: Message) -> bytes:
    """The certificate_request_context of a CertificateRequest, or of the Certificate that answers it (RFC 8446 §4.3.2)."""
    body = message.body if message.type == "certificate_request" else _certificate(message, LONGEST_UNPACKED)
    return body[1 : 1 + body[0]] if body else b""


def _certificate(message: Message, longest: int) -> bytes:
    """A Certificate without its header; of a compressed one that is longer than that, and of other messages, nothing."""
    if message.type == "certificate":
        return message.body
    if message.type != "compressed_certificate" or int.from_bytes(message.body[2:5], "big") > longest:
        return b""
    inside = message.inside
    return inside.buffer.data if inside is not None else b""


def is_empty(certificate: bytes) -> bool:
    """Whether a Certificate of TLS 1.3, without its header, holds no certificate (RFC 8446 §4.4.2.4)."""
    return certificate[1 + certificate[0] :] == b"\0\0\0" if certificate else False
