"""Heartbeat messages: a sign of life, whose unchecked length was the Heartbleed bug. Source: RFC 6520 section 4."""

from __future__ import annotations

from typing import Final

from tlslab.wire.code_points import HeartbeatMessageType
from tlslab.wire.field import NO_CONTEXT, Context, Cut, Field, Problem
from tlslab.wire.notation import Type, byte_count, decode, opaque, struct, uint16

LEAST_PADDING: Final = 16
RULE: Final = "RFC 6520 §4"


class Payload(Type):
    """As many bytes as `payload_length` says, if they are there."""

    may_be_empty = True

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field; put on the length what is wrong with it."""
        length = out[-1]
        wanted = int.from_bytes(length.bytes, "big")
        if start + wanted > limit and not length.cut:
            text = (
                f"payload_length says {byte_count(wanted)}, {limit - start} are left: a receiver that believes it "
                f"answers with {byte_count(start + wanted - limit)} of its own memory (Heartbleed, CVE-2014-0160)"
            )
            length.problem = Problem(text, length.start, length.end, RULE)
        end = min(start + wanted, limit)
        out.append(Cut(name, doc, opaque, parent, start, end))
        return end


class Padding(Type):
    """Random bytes up to the end: at least sixteen."""

    may_be_empty = True

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field."""
        field = Cut(name, doc, opaque, parent, start, limit)
        if limit - start < LEAST_PADDING and all(before.problem is None for before in out):
            text = f"{byte_count(limit - start)} of padding, at least {LEAST_PADDING} are required"
            field.problem = Problem(text, start, limit, RULE)
        out.append(field)
        return limit


HEARTBEAT: Final = struct(
    "HeartbeatMessage",
    type=HeartbeatMessageType,
    payload_length=uint16,
    payload=Payload(),
    padding=Padding(),
)


def decode_heartbeat(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of one heartbeat message, which fills its record. Never raises."""
    return decode(HEARTBEAT, "HeartbeatMessage", data, context)
