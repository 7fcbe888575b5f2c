"""Who is the client of TLS: nearly always who has called, but in FTP's active mode who was called (RFC 4217 §7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from tlslab.trace.events import BytesMissing, BytesSent

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection

OTHER: Final[dict[Party, Party]] = {"client": "server", "server": "client"}
_CLIENT_HELLO: Final = re.compile(rb"\x16\x03[\x00-\x04]..\x01", re.DOTALL)
Chunk = TypeVar("Chunk", BytesSent, BytesMissing)


def turns_round(connection: Connection, first: BytesSent) -> bool:
    """Whether the first bytes of a connection are a ClientHello of who was called; the addresses change their places then."""
    if first.sender != "server" or not _CLIENT_HELLO.match(first.data):
        return False
    connection.client_address, connection.server_address = connection.server_address, connection.client_address
    return True


def turned(event: Chunk) -> Chunk:
    """The same of the other side."""
    return event._replace(sender=OTHER[event.sender])
