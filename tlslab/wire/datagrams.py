"""Records of DTLS: as those of TLS, and with a number, because datagrams may be lost or overtake each other.

A datagram holds one or more whole records. Those of DTLS 1.3 that are protected have a header of another form, whose first
byte tells which of its parts are there. Handshake messages are the business of `messages`, with `Context.datagram`.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire.code_points import ContentType, ProtocolVersion, RrcMessageType
from tlslab.wire.field import NO_CONTEXT, Context, Field
from tlslab.wire.notation import Number, Struct, Type, decode, opaque, say_too_long, struct, trailing, uint16, uint64
from tlslab.wire.records import protected_members

HEADER_LENGTH: Final = 13
TLS12_CID: Final = 25
UNIFIED_MASK, UNIFIED_MARK = 0b1110_0000, 0b0010_0000
HAS_CID, LONG_NUMBER, HAS_LENGTH, EPOCH_BITS = 0b1_0000, 0b1000, 0b100, 0b11
uint48: Final = Number("uint48", 6)


def is_unified(data: bytes) -> bool:
    """Whether a record begins with the short header of DTLS 1.3 (RFC 9147 §4)."""
    return bool(data) and data[0] & UNIFIED_MASK == UNIFIED_MARK


def record_length(data: bytes, cid_length: int = 0, start: int = 0) -> int:
    """Bytes of the record that begins at `start`; up to the end of `data` where it does not say or is cut short.

    cid_length  bytes of the connection identifier that was agreed on, which no record tells.
    """
    # Copying no more than a header keeps the time in line with the bytes, however small the records are.
    head = data[start : start + HEADER_LENGTH + cid_length]
    left = len(data) - start
    if is_unified(head):
        return min(_unified_end(head, cid_length, left), left)
    at = HEADER_LENGTH - 2 + (cid_length if head[:1] == bytes((TLS12_CID,)) else 0)
    if len(head) < at + 2:
        return left
    return min(at + 2 + int.from_bytes(head[at : at + 2], "big"), left)


def decode_dtls_record(
    data: bytes,
    context: Context = NO_CONTEXT,
    *,
    cid_length: int = 0,
    protected: bool = False,
    nonce_length: int = 0,
    tag_length: int = 0,
) -> Field:
    """The tree of one DTLS record. Never raises.

    cid_length    bytes of the connection identifier, if one was agreed on (RFC 9146).
    nonce_length  bytes of explicit nonce or IV in front of a protected fragment.
    tag_length    bytes of authentication tag behind it.

    Source: RFC 6347 section 4.1, RFC 9146 section 4, RFC 9147 section 4.
    """
    if is_unified(data):
        return decode(DatagramRecord("DTLSCiphertext", _unified(data[0], cid_length)), "DTLSCiphertext", data, context)
    members: dict[str, Type] = {
        "content_type": ContentType,
        "legacy_record_version": ProtocolVersion,
        "epoch": uint16,
        "sequence_number": uint48,
    }
    if data[:1] == bytes((TLS12_CID,)) and cid_length:
        members["connection_id"] = opaque[cid_length]
    fragment: Type = opaque
    if protected:
        length = record_length(data, cid_length) - HEADER_LENGTH - (cid_length if "connection_id" in members else 0)
        fragment = Struct("TLSCiphertext", protected_members(length, nonce_length, tag_length))
    members |= {"length": uint16, "fragment": fragment}
    return decode(DatagramRecord("DTLSPlaintext", members), "DTLSPlaintext", data, context)


def _unified(flags: int, cid_length: int) -> dict[str, Type]:
    """The members that the first byte announces: 001CSLEE (RFC 9147 §4, figure 3)."""
    members: dict[str, Type] = {"unified_header": Number("unified_header", 1, _flags)}
    if flags & HAS_CID:
        members["connection_id"] = opaque[cid_length]
    members["sequence_number"] = opaque[2 if flags & LONG_NUMBER else 1]
    if flags & HAS_LENGTH:
        members["length"] = uint16
    return members | {"encrypted_record": opaque}


def unified_header_length(flags: int, cid_length: int = 0) -> int:
    """Bytes of the short header of DTLS 1.3, which its first byte tells but for the connection identifier's length."""
    number = 2 if flags & LONG_NUMBER else 1
    return 1 + (cid_length if flags & HAS_CID else 0) + number + (2 if flags & HAS_LENGTH else 0)


def _unified_end(head: bytes, cid_length: int, left: int) -> int:
    at = unified_header_length(head[0], cid_length)
    # RFC 9147 §4: "If the length field is omitted, the record consumes the entire rest of the datagram".
    return at + int.from_bytes(head[at - 2 : at], "big") if head[0] & HAS_LENGTH else left


def _flags(number: int) -> str:
    """The bits of the unified header in words."""
    parts = [f"low bits of the epoch {number & EPOCH_BITS}", f"{2 if number & LONG_NUMBER else 1}-byte sequence number"]
    parts += ["connection id"] if number & HAS_CID else []
    parts += ["length"] if number & HAS_LENGTH else []
    return ", ".join(parts)


class DatagramRecord(Struct):
    """A record whose length, where it has one, counts what follows."""

    def open(self, field: Field) -> list[Field]:
        """Header and content; says if the length disagrees with what is there."""
        out: list[Field] = []
        pos = self.take_members(field, 0, field.end, out)
        length = next((member for member in out if member.name == "length"), None)
        if length is None or length.cut:
            return out
        end = length.end + int.from_bytes(length.bytes, "big")
        if end > field.end:
            field.cut = True
            say_too_long(length, field.end)
        elif end < pos:
            out[-1].end = end
            trailing(field, end, pos, out)
        return out


# RFC 9147 §7
RecordNumber: Final = Struct(
    "RecordNumber", {"epoch": uint64, "sequence_number": uint64}, nouns=("record number", "record numbers")
)
ACK: Final = struct("ACK", record_numbers=RecordNumber[0 : 2**16 - 1])
# RFC 9853 §4
RETURN_ROUTABILITY_CHECK: Final = struct("ReturnRoutabilityCheck", msg_type=RrcMessageType, cookie=uint64)


def decode_ack(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of an ACK of DTLS 1.3: which records arrived. Never raises. Source: RFC 9147 section 7."""
    return decode(ACK, "ACK", data, context)


def decode_return_routability_check(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of a return routability check: is the peer really at its new address? Never raises. Source: RFC 9853."""
    return decode(RETURN_ROUTABILITY_CHECK, "ReturnRoutabilityCheck", data, context)
