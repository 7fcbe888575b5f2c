"""How far the compressed certificates of a trace may expand, all together: a bomb does its harm by being one of many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.trace.rules import Fault
from tlslab.wire.compression import MOST_UNPACKED

if TYPE_CHECKING:
    from tlslab.trace.message import Message
    from tlslab.wire.field import Field

TIMES: Final = 4
"""Certificates shrink to a quarter at best, whatever one of them may do."""
HEADER_LENGTH: Final = 4


@dataclass(slots=True)
class Unpacking:
    """What was unpacked of the connections of a trace, and what that came from."""

    packed: int = 0
    unpacked: int = 0

    def allows(self, message: Message) -> bool:
        """Whether a CompressedCertificate may be unpacked after all those before it; it counts if it may."""
        data = message.body
        # RFC 8879 §4: algorithm, then uncompressed_length.
        claimed, packed = int.from_bytes(data[2:5], "big"), len(data)
        if self.unpacked + claimed > MOST_UNPACKED + TIMES * (self.packed + packed):
            return False
        self.packed += packed
        self.unpacked += claimed
        return True


def not_unpacked(root: Field) -> Iterator[Fault]:
    """Says so, as a rule of the message; nothing may be wrong with it."""
    field = root.child("compressed_certificate_message")
    if field is not None:
        text = "it is not unpacked: the compressed certificates of these connections expand too far"
        yield Fault(field, text, "RFC 8879 §4", "")
