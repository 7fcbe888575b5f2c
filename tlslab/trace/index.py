"""The index of a capture: all its messages listed before a single one is decoded, and each connection decoded when somebody looks.

Feed it the events of a `CaptureReader`, batch by batch:

    index = Index(keylog)
    for batch in reader.batches():     # reader.offset of the file's size is the progress; to cancel, stop here
        index.feed(batch)
        index.connections              # what is there so far: rows to show at once
    trace = index.finish()             # as `Analyzer.finish`; a connection is folded when it is taken out of it

Each connection is followed by an `Outline`, which keeps one row for each message; what that finds unusual is folded at
once. Both hold on to the events alone, which have the bytes, so memory is the bytes and a row for each message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from tlslab.keys.keylog import KeyLog
from tlslab.reference.registries import name_of
from tlslab.trace.collector import without_collector
from tlslab.trace.content_types import ALERT, HANDSHAKE, PROTOCOLS
from tlslab.trace.events import BytesSent, ConnectionClosed, ConnectionOpened, Event, KeyLogged
from tlslab.trace.outline import NotUsual, Outline, begins_record
from tlslab.trace.trace import Trace, left_out

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.ech import EchKey
    from tlslab.keys.psk import PreSharedKey
    from tlslab.trace.analyzer import Analyzer
    from tlslab.trace.connection_fold import ConnectionFold
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection, Message
    from tlslab.trace.outline_rows import Row
    from tlslab.trace.session import Given


class Listed(NamedTuple):
    """One message as the log shows it before anything is decoded; the names are those of `Message`."""

    number: int
    sender: Party
    time_ns: int
    protocol: str
    type: str
    length: int
    wire_length: int
    encrypted: bool
    readable: bool
    packet: int
    """The first packet that carried it."""


class IndexedConnection:
    """One connection of the index: its rows, and itself when it is taken out."""

    __slots__ = ("_closing", "_followed", "_index", "_outline", "events", "fold", "is_tls", "number", "opened")

    def __init__(self, opened: ConnectionOpened, index: Index) -> None:
        self.opened = opened
        self.number = 0
        """From 1, in the order in which connections proved to be TLS; 0 for what has not."""
        self.is_tls = False
        self.events: list[Event] = []
        """What happened in it, while nothing is folded."""
        self.fold: ConnectionFold | None = None
        self._index = index
        self._closing = False
        self._followed: Connection | None = None
        self._outline: Outline | None = Outline(index.keylog, keeps=index.keeps)
        if opened.transport == "udp" or index.folds_all or index.folds(opened):
            self._give_to_fold()

    @property
    def connection(self) -> Connection:
        """The connection itself, folded on first use."""
        if self._followed is None and self._outline is not None and self._index.keeps and self._index.finished:
            from tlslab.trace.followed import FollowedConnection

            given = self._index.given
            self._followed = FollowedConnection(self.number, self.opened, self.events, self._outline, given)
        return self._followed if self._followed is not None else self.open().connection

    def open(self) -> ConnectionFold:
        """Fold it, if that was not done yet."""
        if self.fold is not None:
            return self.fold
        fold = self._give_to_fold()
        if self._index.finished:
            fold.finish()
        return fold

    def __len__(self) -> int:
        """How many messages it has so far."""
        return len(self.fold.connection.messages) if self.fold is not None else len(self._rows)

    @property
    def unreadable(self) -> int:
        """How many of them no key opens."""
        if self.fold is not None:
            return sum(count for message, count in self.fold.connection.messages.tally() if not message.readable)
        return self._outline.unreadable if self._outline is not None else 0

    def __getitem__(self, at: int) -> Listed:
        """The message at `at`, from 0. Raises IndexError."""
        if self.fold is not None:
            return _listed_message(self.fold.connection.messages[at])
        return _listed(range(1, len(self._rows) + 1)[at], self._rows[at])

    @property
    def misses_keys(self) -> bool:
        """It is followed, and what it needs to be opened has not come."""
        return self._outline is not None and bool(self._outline.missed)

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in the next bytes of one side."""
        outline = self._outline
        if outline is None:
            self.other(event)
            return
        self.events.append(event)
        try:
            outline.bytes_sent(event)
            if outline.missed:
                self._missed(outline)
        except NotUsual:
            self._give_to_fold()

    def first_bytes(self, event: BytesSent) -> None:
        """Take in the bytes that may show whether it is TLS."""
        if self._outline is not None and begins_record(event.data):
            self.is_tls = True
        elif self._outline is not None:
            self._give_to_fold()
        self.bytes_sent(event)

    def other(self, event: Event) -> None:
        """Take in any other event."""
        if self._outline is None:
            self._index.analyzer.feed(event)
            assert self.fold is not None
            self.is_tls = self.fold.is_tls
            return
        self.events.append(event)
        if not isinstance(event, ConnectionClosed) or not self.is_tls:
            self._give_to_fold()
        else:
            # A FIN of each side, or the reset of one: a later event is rare, and then asks the fold.
            if self._closing or event.how == "reset":
                self._outline.closed()
            self._closing = True

    def key_logged(self, label: str) -> None:
        """A key came late: follow its events anew, once they can be followed to their end."""
        outline = self._outline
        if outline is not None and label in outline.missed:
            outline.missed.discard(label)
            if not outline.missed:
                self._follow_again()

    def finish(self) -> None:
        """No more events."""
        if self._outline is not None and (self._outline.unfinished or (self._index.keeps and self._outline.cut)):
            # How far what is unfinished goes is the fold's to tell.
            self._give_to_fold()
        if self.fold is not None:
            self.fold.finish()

    @property
    def _rows(self) -> list[Row]:
        return self._outline.rows if self._outline is not None else []

    def _missed(self, outline: Outline) -> None:
        if self._index.keeps:
            self._index.fold_server(self.opened)
        if self._index.has_keys or self._index.keeps:
            # Another connection's session or the server's own key may open it.
            raise NotUsual
        self._index.wait_for_key(outline.client_random, self)

    def _follow_again(self) -> None:
        events, self.events = self.events, []
        self._outline = Outline(self._index.keylog)
        for event in events:
            if isinstance(event, BytesSent):
                self.bytes_sent(event)
            else:
                self.other(event)

    def _give_to_fold(self) -> ConnectionFold:
        """From here on the fold has it."""
        self._outline = None
        analyzer, events = self._index.analyzer, self.events
        self.events = []
        analyzer.feed(self.opened)
        self.fold = fold = analyzer.fold_of(self.opened.connection)
        fold.connection.number = self.number
        for event in events:
            analyzer.feed(event)
        self.is_tls = fold.is_tls
        return fold


class Connections(Sequence["Connection"]):
    """The connections of an index. One that is taken out is folded then, and kept."""

    def __init__(self, indexed: list[IndexedConnection]) -> None:
        self._indexed = indexed

    def __len__(self) -> int:
        return len(self._indexed)

    @overload
    def __getitem__(self, at: int) -> Connection: ...
    @overload
    def __getitem__(self, at: slice) -> list[Connection]: ...
    def __getitem__(self, at: int | slice) -> Connection | list[Connection]:
        if isinstance(at, slice):
            return [each.connection for each in self._indexed[at]]
        return self._indexed[at].connection


class Index:
    """Lists the messages of a capture; feed it from one thread."""

    def __init__(
        self,
        keylog: KeyLog | None = None,
        server_keys: Sequence[RSAPrivateKey] = (),
        psks: Sequence[PreSharedKey] = (),
        ech_keys: Sequence[EchKey] = (),
        *,
        keeps: bool = False,
    ) -> None:
        self.keylog = keylog if keylog is not None else KeyLog()
        self.keeps = keeps
        """Whether connections that are only followed keep what was decrypted, to be taken out without folding them."""
        self.connections: list[IndexedConnection] = []
        """Those that are TLS, so far."""
        self.finished = False
        self.folds_all = False
        """Nothing is only followed any more."""
        self._other_keys = (server_keys, psks, ech_keys)
        self._all: dict[int, IndexedConnection] = {}
        self._folded: set[str] = set()
        """Servers to which connections are folded at once."""
        self._waiting: dict[bytes, list[IndexedConnection]] = {}
        self._analyzer: Analyzer | None = None

    @property
    def analyzer(self) -> Analyzer:
        """Who folds what is unusual, and what is taken out."""
        if self._analyzer is None:
            # Most captures are listed without it, and it brings the whole decoder.
            from tlslab.trace.analyzer import Analyzer

            self._analyzer = Analyzer(self.keylog, *self._other_keys)
            self._analyzer.next_number = lambda: len(self.connections) + 1
        return self._analyzer

    def given(self) -> Given:
        """What there is to open connections with."""
        return self.analyzer.given

    @property
    def has_keys(self) -> bool:
        """Whether anything is known that may open a connection whose own keys are not there."""
        return bool(self.keylog) or any(self._other_keys)

    def __len__(self) -> int:
        """How many messages there are so far."""
        return sum(map(len, self.connections))

    def feed(self, events: Iterable[Event]) -> None:
        """Take in the next events of a capture."""
        everything = self._all
        with without_collector():
            for event in events:
                if isinstance(event, BytesSent):
                    indexed = everything.get(event.connection)
                    if indexed is not None:
                        if indexed.number:
                            indexed.bytes_sent(event)
                        else:
                            self._first_bytes(indexed, event)
                elif isinstance(event, ConnectionOpened):
                    everything[event.connection] = IndexedConnection(event, self)
                elif isinstance(event, KeyLogged):
                    self._key_logged(event)
                elif event.connection in everything:
                    everything[event.connection].other(event)

    def _first_bytes(self, indexed: IndexedConnection, event: BytesSent) -> None:
        indexed.first_bytes(event)
        if indexed.is_tls:
            self.connections.append(indexed)
            indexed.number = len(self.connections)

    def finish(self) -> Trace:
        """No more events: what was left unfinished is said by each connection, and how many streams are no TLS by the trace."""
        self.finished = True
        for each in self._all.values():
            each.finish()
        self._open_what_others_need()
        others = sum(
            each.fold is not None and not each.is_tls and each.fold.bytes_seen > 0 for each in self._all.values()
        )
        return Trace(Connections(self.connections), [left_out(others)] if others else [])

    def folds(self, opened: ConnectionOpened) -> bool:
        """Whether a connection to this server is not followed, but folded at once."""
        return bool(self._folded) and _host(opened) in self._folded

    def fold_server(self, opened: ConnectionOpened) -> None:
        """One connection to this server misses keys: what it resumes may be any other, so they are folded in their order."""
        if not self.folds(opened):
            self._folded.add(_host(opened))
            for each in self._all.values():
                if each.opened is not opened and self.folds(each.opened):
                    each.open()

    def wait_for_key(self, client_random: bytes, connection: IndexedConnection) -> None:
        """Tell `connection` when a key of its own comes."""
        waiting = self._waiting.setdefault(client_random, [])
        if connection not in waiting:
            waiting.append(connection)

    def _key_logged(self, event: KeyLogged) -> None:
        if self._analyzer is None and not self._all:
            # As nearly always: the keys of a capture come before its packets.
            self.keylog.add(event.label, event.client_random, event.secret)
            return
        before = self.keylog.lookup(event.client_random, event.label)
        if (before is not None and before != event.secret) or (self.keeps and self._all):
            # Kept connections are settled later, when nobody knows any more which keys there were.
            self._fold_all()
        if self._analyzer is not None:
            self._analyzer.feed(event)
        else:
            self.keylog.add(event.label, event.client_random, event.secret)
        for indexed in self._waiting.get(event.client_random, ()):
            indexed.key_logged(event.label)

    def _fold_all(self) -> None:
        """Two values of one secret: what was followed with the first is folded before the second replaces it."""
        if not self.folds_all:
            self.folds_all = True
            for each in self._all.values():
                each.open()

    def _open_what_others_need(self) -> None:
        """Where a connection misses keys, the sessions of others with the same server may open it, or a key of another kind."""
        for each in self.connections:
            if self.has_keys and each.misses_keys:
                each.open()
        hosts = {_host(each.opened) for each in self.connections if each.fold is not None and each.fold.missed}
        for each in self.connections if hosts else ():
            if each.fold is None and _host(each.opened) in hosts:
                each.open()


def _host(opened: ConnectionOpened) -> str:
    return opened.server_address.rpartition(":")[0]


def _listed(number: int, row: Row) -> Listed:
    sender, content_type, detail, encrypted, readable, time_ns, packet, length, wire_length = row
    protocol = PROTOCOLS.get(content_type, "application_data")
    type_name = protocol
    if content_type == HANDSHAKE and readable:
        type_name = (name_of("handshake_types", detail) or f"unknown_{detail}").removesuffix("_RESERVED")
    elif content_type == ALERT and readable:
        type_name = name_of("alerts", detail) or f"unknown_{detail}"
    return Listed(number, sender, time_ns, protocol, type_name, length, wire_length, encrypted, readable, packet)


def _listed_message(message: Message) -> Listed:
    return Listed(
        message.number,
        message.sender,
        message.time_ns,
        message.protocol,
        message.type,
        message.length,
        message.wire_length,
        message.encrypted,
        message.readable,
        message.packets[0],
    )
