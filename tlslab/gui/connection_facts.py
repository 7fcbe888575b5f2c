"""What a list says of a connection, without decoding it: thousands of them are listed, few are ever looked at. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from tlslab.reference.registries import name_of
from tlslab.trace.events import BytesSent, ConnectionClosed, Party
from tlslab.trace.index import IndexedConnection
from tlslab.trace.model import Connection
from tlslab.trace.versions import VERSIONS
from tlslab.wire.hello_facts import ClientHelloFacts, ServerHelloFacts, read_client_hello, read_server_hello

Listable: TypeAlias = Connection | IndexedConnection
RECORD_HEADER: Final = 5
EMPTY_CERTIFICATES: Final = {"certificate": 8, "compressed_certificate": 64}
"""Bytes of a message without a certificate, at most, by its type; no certificate fits into what is left of the latter."""


class ConnectionFacts(NamedTuple):
    """One line of the list."""

    number: int
    client_address: str
    server_address: str
    opened_ns: int
    server_name: str
    tls_version: str
    cipher_suite: str
    messages: int
    outcome: str
    mutual: bool
    resumed: bool

    @property
    def words(self) -> str:
        """What a search looks at, in small letters."""
        parts = (self.client_address, self.server_address, self.server_name, self.tls_version, self.cipher_suite)
        return " ".join((str(self.number), *parts)).lower()


def facts_of(thing: Listable) -> ConnectionFacts:
    """The facts of a connection: its own, if it was decoded, else from its first bytes and its rows."""
    if isinstance(thing, IndexedConnection):
        if thing.fold is None:
            hello, answer = _hellos(thing)
            if hello is not None and (answer is not None or not _has_answer(thing)):
                return _outlined(thing, hello, answer)
        thing = thing.connection
    return ConnectionFacts(
        thing.number,
        thing.client_address,
        thing.server_address,
        thing.opened_ns,
        thing.server_name or "",
        thing.tls_version or "",
        thing.cipher_suite or "",
        len(thing.messages),
        thing.outcome,
        thing.mutual,
        thing.resumed,
    )


def client_random_of(thing: Listable) -> bytes:
    """By which key logs name the connection; b"" where it is not known."""
    if isinstance(thing, IndexedConnection):
        hello, _ = _hellos(thing) if thing.fold is None else (None, None)
        if hello is not None:
            return hello.random
        thing = thing.connection
    found = next((message for message in thing.messages if message.type == "client_hello"), None)
    random = found.fields.child("random") if found is not None else None
    return random.bytes if random is not None else b""


def _outlined(thing: IndexedConnection, hello: ClientHelloFacts, answer: ServerHelloFacts | None) -> ConnectionFacts:
    opened = thing.opened
    rows = [thing[at] for at in range(len(thing))]
    suite = name_of("cipher_suites", answer.cipher_suite) or "" if answer is not None else ""
    mutual = any(
        row.type in EMPTY_CERTIFICATES and row.sender == "client" and row.length > EMPTY_CERTIFICATES[row.type]
        for row in rows
    )
    return ConnectionFacts(
        thing.number,
        opened.client_address,
        opened.server_address,
        opened.time_ns,
        hello.server_name or "",
        VERSIONS.get(answer.version, "") if answer is not None else "",
        suite,
        len(rows),
        _outcome(thing),
        mutual,
        answer is not None and _resumed(hello, answer),
    )


def _has_answer(thing: IndexedConnection) -> bool:
    return any(thing[at].type in {"server_hello", "hello_retry_request"} for at in range(len(thing)))


def _resumed(hello: ClientHelloFacts, answer: ServerHelloFacts) -> bool:
    if answer.selected_identity is not None:
        return True
    return (
        VERSIONS.get(answer.version) != "TLS 1.3" and bool(hello.session_id) and hello.session_id == answer.session_id
    )


def _outcome(thing: IndexedConnection) -> str:
    """How it ended by its rows alone, as `model.outcome` says it; what is not usual is decoded for it."""
    finished: set[Party] = set()
    unreadable = False
    for at in range(len(thing)):
        row = thing[at]
        unreadable |= not row.readable
        if row.type == "finished" and row.readable:
            finished.add(row.sender)
        if row.protocol == "alert" and row.readable and row.type != "close_notify":
            return thing.connection.outcome
    if len(finished) == 2:
        # A server may take it back with a reset, which is no row.
        reset = any(isinstance(event, ConnectionClosed) and event.how == "reset" for event in thing.events)
        return thing.connection.outcome if reset else "established"
    return "unknown" if unreadable else thing.connection.outcome


def _hellos(thing: IndexedConnection) -> tuple[ClientHelloFacts | None, ServerHelloFacts | None]:
    """Both hellos, where each is whole in the first bytes of its side."""
    client, server = (_first_message(thing.events, party) for party in PARTIES)
    hello = read_client_hello(client) if client[:1] == b"\x01" else None
    answer = read_server_hello(server) if server[:1] == b"\x02" else None
    return hello, answer


PARTIES: Final[tuple[Party, Party]] = ("client", "server")


def _first_message(events: Sequence[object], sender: Party) -> bytes:
    """The first handshake message of one side; b"" where it is not whole in the first bytes that were sent at once."""
    for event in events:
        if isinstance(event, BytesSent) and event.sender == sender:
            data = event.data
            end = RECORD_HEADER + 4 + int.from_bytes(data[6:9], "big")
            record_end = RECORD_HEADER + int.from_bytes(data[3:5], "big")
            return data[RECORD_HEADER:end] if end <= min(record_end, len(data)) else b""
    return b""
