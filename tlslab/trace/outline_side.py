"""What an outline knows of one side of its connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlslab.keys.protection import Members
    from tlslab.trace.events import BytesSent, Party
    from tlslab.trace.outline_rows import Origin
    from tlslab.trace.queue_of_bytes import ByteQueue


def without_key(_data: bytes, _at: int, _end: int) -> None:
    """In place of what opens records."""


class OutlineSide:
    """What one side has written."""

    __slots__ = ("changed", "label", "messages", "offset", "open_at", "protected", "records", "sender")

    def __init__(self, sender: Party) -> None:
        self.sender: Party = sender
        self.offset = 0
        """Bytes of whole records so far."""
        self.records: ByteQueue[BytesSent] | None = None
        """A record of which not all is there."""
        self.messages: ByteQueue[Origin] | None = None
        """A handshake message of which not all is there."""
        self.protected = False
        """Before TLS 1.3: it has sent ChangeCipherSpec, and records of every type are protected."""
        self.changed = False
        """TLS 1.3: it has sent Finished, and writes with its application traffic secret."""
        self.open_at: Callable[[bytes, int, int], Members | None] = without_key
        """Opens the next protected record, which lies between two offsets in a chunk."""
        self.label = ""
        """Key log label of the secret that protects what it writes; "" before any does."""
