"""The ClientHello of SSLv2, with which old clients also began SSL 3.0 and TLS.

In place of a record it has a length of two bytes whose first bit is set; the message is what follows them, and that is
what the transcript covers. Source: RFC 5246 appendix E.2, RFC 6101 appendix E.
"""

from __future__ import annotations

from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire.code_points import HandshakeType, ProtocolVersion, code_point_name
from tlslab.wire.field import NO_CONTEXT, Context, Cut, Field
from tlslab.wire.notation import Number, Type, byte_count, decode, opaque, say_too_long, struct, uint16
from tlslab.wire.values import Items, take_items

RECORD_HEADER_LENGTH: Final = 2
CLIENT_HELLO_TYPE: Final = 1
LEAST_MESSAGE: Final = 9
"""Bytes in front of the lists."""
CHALLENGE_LENGTH: Final = 32


def message_length(header: bytes) -> int | None:
    """Length of the message behind the two-byte header if a ClientHello of SSLv2 begins here; None if none does.

    header  the first five bytes of a stream: the length, message type and version.
    """
    if len(header) < 5 or not header[0] & 0x80 or header[2] != CLIENT_HELLO_TYPE:
        return None
    length = (header[0] & 0x7F) << 8 | header[1]
    version = header[3] << 8 | header[4]
    return length if length >= LEAST_MESSAGE and (version == 0x0002 or header[3] == 3) else None


def cipher_spec_name(number: int) -> str | None:
    """Name of a three-byte cipher: one of SSLv2, or, behind a zero, a suite of TLS."""
    return name_of("sslv2_cipher_specs", number) or (
        code_point_name("cipher_suites", number) if number < 2**16 else None
    )


class Announced(Type):
    """Bytes, or items, whose length in bytes a member further in front says."""

    may_be_empty = True

    def __init__(self, length_name: str, kind: Type) -> None:
        self.length_name = length_name
        self.kind = kind

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field."""
        length = next(field for field in out if field.name == self.length_name)
        end = start + int.from_bytes(length.bytes, "big")
        if end > limit and not length.cut and not (parent.cut and limit == parent.end):
            say_too_long(length, limit)
            parent.cut = True
        field = Cut(name, doc, self.kind, parent, start, min(end, limit))
        field.cut = end > limit
        out.append(field)
        return field.end


class Specs(Items):
    """Ciphers up to the end of their field."""

    def open(self, field: Field) -> list[Field]:
        """The items."""
        out: list[Field] = []
        take_items(self.element, field, field.start, out)
        return out


V2CipherSpec: Final = Number("V2CipherSpec", 3, cipher_spec_name, ("cipher spec", "cipher specs"))
V2_CLIENT_HELLO: Final = struct(
    "V2ClientHello",
    msg_type=HandshakeType,
    version=ProtocolVersion,
    cipher_spec_length=uint16,
    session_id_length=uint16,
    challenge_length=uint16,
    cipher_specs=Announced("cipher_spec_length", Specs(V2CipherSpec, 0)),
    session_id=Announced("session_id_length", opaque),
    challenge=Announced("challenge_length", opaque),
)


class SSLv2Length(Number):
    """Two bytes: a bit that is set, and the length of what follows."""

    def label(self, field: Field) -> str:
        """The length alone."""
        return byte_count(int.from_bytes(field.bytes, "big") & 0x7FFF)


SSLV2_RECORD: Final = struct("SSLv2Record", length=SSLv2Length("length", 2), fragment=opaque)


def decode_sslv2_record(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of the two-byte header and the message behind it. Never raises."""
    return decode(SSLV2_RECORD, "SSLv2Record", data, context)
