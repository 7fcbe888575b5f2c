"""What an outline keeps: a row for each message, and where messages and records are. Bare tuples, as there are so many."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlslab.keys.protection import Opened
    from tlslab.trace.events import BytesSent, Party

Row: TypeAlias = tuple["Party", int, int, bool, bool, int, int, int, int]
"""What the log shows of a message, in this order:

sender, content type, type (of a handshake message or alert; 0 for others), encrypted, readable, time in ns of its last
byte, first packet, length of the message, length on the wire.
"""
Run: TypeAlias = "tuple[BytesSent, int, int]"
"""An event, and the range of its bytes."""
Place: TypeAlias = "tuple[BytesSent, int, int, int, Sequence[Run], Opened | None, str]"
"""Where a record is, in this order:

the event in which it begins, where in that, its length with its header, its offset in the stream, the runs of later events
that it goes on in, what decryption gave, key log label of the secret that protects it.
"""
Part: TypeAlias = "tuple[Place, int, int]"
"""A record, and the range of its content."""
Where: TypeAlias = "tuple[Place, int, int, Sequence[Part], bytes | None, bool]"
"""Where a message is, in this order:

its first record, the range of that one's content, what it has of later records, its bytes if it has any of those, whether
the version was settled before it.
"""
Origin: TypeAlias = "tuple[bytes, Place | None, int, int, bool]"
"""A record that carries a part of a handshake message: its content, where it is, the packet in which it begins, how many more
bytes it has on the wire, whether it was encrypted."""
