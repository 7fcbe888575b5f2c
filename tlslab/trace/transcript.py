"""The handshake messages of a connection as the key schedule hashes them, each with the bytes that it is on screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from tlslab.keys import schedule12, schedule13
from tlslab.trace.message import Message
from tlslab.trace.quantity import Span

if TYPE_CHECKING:
    from tlslab.trace.model import Connection
    from tlslab.wire.field import Field

BOTH_SEND: Final = {"certificate", "certificate_verify", "finished", "compressed_certificate"}
"""Types that need the sender's name beside theirs."""
HEADER_LENGTH: Final = 4


class InnerHello(Message):
    """The ClientHello inside an encrypted one, which counts in its place where the server has taken it."""

    __slots__ = ("payload",)

    def __init__(self, outer: Message, data: bytes, payload: Span) -> None:
        super().__init__(outer.number, outer.protocol, outer.type, outer.context, outer.records[0], 0, 0, (), data)
        self.payload = payload
        """The bytes of the outer hello that it was encrypted to."""

    @property
    def title(self) -> str:
        """As the RFC calls it."""
        return "ClientHelloInner"


def handshake_messages(connection: Connection) -> list[Message]:
    """The whole and readable ones that count, in order."""
    messages = connection.messages.alone()
    found = [message for message in messages if message.protocol == "handshake" and is_whole(message)]
    return [_inner_hello(message, connection) or message for message in found]


def _inner_hello(message: Message, connection: Connection) -> InnerHello | None:
    """What an encrypted hello hides, if the secrets of the connection are kept by its random: then the server has taken it."""
    inside = message.inside if message.type == "client_hello" else None
    if inside is None:
        return None
    data = inside.buffer.data
    payload = extension_member(message, "encrypted_client_hello", "payload")
    if payload is None or all(secret.client_random != data[6:38] for secret in connection.secrets):
        return None
    return InnerHello(message, data, span_of(message, payload))


def is_whole(message: Message) -> bool:
    """Whether a handshake message is readable and all there."""
    data = message.data
    if message.context.sslv2:
        return True
    return (
        message.readable
        and len(data) >= HEADER_LENGTH
        and len(message.body) == int.from_bytes(data[1:HEADER_LENGTH], "big")
    )


def title(message: Message) -> str:
    """A message in the words of the RFC: "ClientHello", "server Finished"."""
    return f"{message.sender} {message.title}" if message.type in BOTH_SEND else message.title


def short_name(message: Message) -> str:
    """A message as part of an id: "client_hello", "server_finished"."""
    return f"{message.sender}_{message.type}" if message.type in BOTH_SEND else message.type


def span_of(message: Message, member: Field | None = None) -> Span:
    """The bytes of a member of a message, or all of it; of an inner hello what it was encrypted to."""
    if isinstance(message, InnerHello):
        return message.payload
    if member is None:
        return Span(message.number, 0, len(message.data))
    return Span(message.number, member.start, member.end)


class Hello(Protocol):
    """What is asked of a hello: a message, or the inner one of an encrypted one."""

    @property
    def fields(self) -> Field:
        """Root of its tree."""

    @property
    def data(self) -> bytes:
        """Its bytes, handshake header included."""


def extension_member(message: Hello, extension: str, *members: str) -> Field | None:
    """A member of one of a hello's extensions."""
    extensions = message.fields.child("extensions")
    found = extensions.child(extension) if extensions is not None else None
    return found.find(*members) if found is not None else None


def items_of(vector: Field | None) -> list[Field]:
    """The items of a vector, without its length."""
    return [item for item in vector.children[1:] if item.name != "trailing"] if vector is not None else []


@dataclass(slots=True)
class Transcript:
    """Messages so far; grows at its end."""

    parts: list[bytes] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    suffix: str = ""
    """Behind the names of hashes, where the same messages come again."""

    def add(self, message: Message) -> None:
        """One message more."""
        self.parts.append(message.data)
        self.spans.append(span_of(message))
        self.titles.append(title(message))
        self.names.append(short_name(message))

    def add_beginning(self, message: Message, length: int) -> None:
        """As much of a message as a binder covers."""
        self.parts.append(message.data[:length])
        self.spans.append(message.payload if isinstance(message, InnerHello) else Span(message.number, 0, length))
        self.titles.append(f"Truncate({title(message)})")
        self.names.append(f"truncated_{short_name(message)}")

    def add_unseen(self, data: bytes, words: str) -> None:
        """A message that nobody could read, and that can only have been this."""
        self.parts.append(data)
        self.titles.append(words)
        self.names.append(words)

    def retry(self, hash_name: str) -> None:
        """RFC 8446 §4.4.1: after a HelloRetryRequest the ClientHello before it counts as its hash only."""
        digest = schedule12.digest(b"".join(self.parts), hash_name)
        self.parts, self.titles = [schedule13.message_hash(digest)], [f"message_hash({self.words})"]

    def copy(self) -> Transcript:
        """The same so far, to go on by itself."""
        return Transcript(list(self.parts), list(self.spans), list(self.titles), list(self.names), self.suffix)

    def digest(self, hash_name: str) -> bytes:
        """Hash of them all."""
        return schedule12.digest(b"".join(self.parts), hash_name)

    @property
    def words(self) -> str:
        """The messages in words: "ClientHello...ServerHello"."""
        return in_words(self.titles)

    @property
    def name(self) -> str:
        """How a hash up to here is called in an id: "server_hello"."""
        return (self.names[-1] if self.names else "empty") + self.suffix


def in_words(titles: Sequence[str]) -> str:
    """First and last: "ClientHello...ServerHello"; "" for none."""
    if len(titles) < 2:
        return "".join(titles)
    return f"{titles[0]}...{titles[-1]}" if len(titles) > 2 else f"{titles[0]}, {titles[1]}"
