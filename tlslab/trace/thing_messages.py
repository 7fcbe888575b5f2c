"""Things that stand by themselves, as the messages of a connection that never was: for whoever shows connections.

Each is a message over one record that is the thing itself, without a header of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from tlslab.trace.coverage import Proof
from tlslab.trace.events import BytesSent
from tlslab.trace.message import Message
from tlslab.trace.model import Connection
from tlslab.trace.record import Record
from tlslab.trace.sniff import CLIENT_ADDRESS, SERVER_ADDRESS
from tlslab.wire.field import NO_CONTEXT

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.things import Thing
    from tlslab.wire.field import Field

HANDSHAKE: Final = 22
ARTICLES: Final = ("an ", "a ", "the ")


class ThingRecord(Record):
    """Stands in place of the record that would carry a thing."""

    __slots__ = ("thing",)
    header_length = 0

    def __init__(self, number: int, thing: Thing) -> None:
        sender = thing.sender or "server"
        super().__init__(number, sender, HANDSHAKE, BytesSent(1, sender, 0, thing.data, number), 0, len(thing.data), 0)
        self.thing = thing

    @property
    def fields(self) -> Field:
        """The thing's own tree."""
        return self.thing.root


class ThingMessage(Message):
    """A thing in a list of messages."""

    __slots__ = ("thing",)

    def __init__(self, number: int, thing: Thing) -> None:
        record = ThingRecord(number, thing)
        super().__init__(number, "handshake", thing.kind, NO_CONTEXT, record, 0, len(thing.data))
        self.thing = thing

    @property
    def of_nobody(self) -> bool:
        """It lies here, and nobody is known to have sent it."""
        return not self.thing.sender

    @property
    def title(self) -> str:
        """What it is, without the article: "OCSP response"; a message's own name."""
        if self.thing.kind == "handshake":
            return self.thing.root.name
        title = self.thing.title
        return next((title.removeprefix(each) for each in ARTICLES if title.startswith(each)), title)

    @property
    def fields(self) -> Field:
        """The thing's own tree."""
        return self.thing.root

    @property
    def summary(self) -> str:
        """What stands in it, in a few words."""
        return self.thing.summary


def connection_of(things: Iterable[Thing]) -> Connection:
    """A connection whose messages are these, and whose checks are what they prove of each other."""
    connection, every = Connection(1, CLIENT_ADDRESS, SERVER_ADDRESS, 0), tuple(things)

    @cache
    def checks() -> tuple[tuple[Thing, Check], ...]:
        # What verifies is needed when somebody looks at the checks, and costs nothing before.
        from tlslab.trace.thing_checks import thing_checks

        return tuple(thing_checks(every))

    for number, thing in enumerate(every, start=1):
        message = ThingMessage(number, thing)
        connection.messages.append(message)
        connection.records.extend(message.records)
        connection.proofs.append(Proof(message, partial(_of, thing, checks)))
    return connection


def _of(thing: Thing, checks: Callable[[], Iterable[tuple[Thing, Check]]]) -> list[Check]:
    return [check for about, check in checks() if about is thing]
