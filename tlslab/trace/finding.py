"""A finding, and the words in which messages and bytes are pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection
    from tlslab.wire.field import Field

Kind: TypeAlias = Literal["flipped bit", "changed message", "damaged record", "wrong key", "missing key"]


class Finding(NamedTuple):
    """One thing that went wrong."""

    kind: Kind
    text: str
    """One sentence: what, where, and how that is known."""
    messages: tuple[int, ...] = ()
    """Numbers of the messages among which it is: the fewest that can be told."""
    records: tuple[int, ...] = ()
    """Numbers of the records concerned, where it is not known what they hold."""
    start: int | None = None
    """First byte concerned, in the one message or record; None where that is not known."""
    end: int | None = None
    rule: str = ""
    """The clause by which it was found out."""


def place_of(root: Field, at: int) -> str:
    """What the byte at `at` of a message is: "ClientHello.random"."""
    return root.at(at).path


def bit_words(at: int, bit: int) -> str:
    """One bit, as people point at it; the least significant is bit 0."""
    return f"bit {bit} (0x{1 << bit:02x}) of byte {at}"


def capitalised(text: str) -> str:
    """The same as a sentence begins."""
    return text[:1].upper() + text[1:]


def answered_hello(connection: Connection) -> Message | None:
    """The ClientHello that the ServerHello answers: the last of several, which a server may have asked for."""
    found = None
    for message in connection.messages.one_of_each():
        if message.type == "server_hello" and found is not None:
            break
        if message.type == "client_hello":
            found = message
    return found
