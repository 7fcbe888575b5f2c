"""Bits that may have been changed: those whose turning mends what can be seen to be broken.

Each function looks at one kind of damage, cheaply, and gives places in the streams; `turned_bit` then decodes the
connection anew with the bit turned, which alone decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.keys.bit_search import find_bit, flipped
from tlslab.keys.protection import Tls12Protection, supports
from tlslab.keys.schedule12 import key_block
from tlslab.keys.signatures import load_public_key, scheme_before_tls12, signature_scheme, verify
from tlslab.keys.suites import cipher_suite, cipher_suite_in
from tlslab.trace.failures import is_stateless
from tlslab.trace.finding import answered_hello
from tlslab.trace.flipped_bits import changed_bits
from tlslab.trace.versions import TLS10, TLS13, VERSIONS
from tlslab.wire import facts
from tlslab.wire.messages import decode_handshake

if TYPE_CHECKING:
    from tlslab.keys.keylog import KeyLog
    from tlslab.trace.events import Party
    from tlslab.trace.failures import Failures, Unopened
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection
    from tlslab.trace.record import Record

RECORD_HEADER: Final = 5
HANDSHAKE_HEADER: Final = 4
HANDSHAKE: Final = 22
RANDOM_LENGTH: Final = 32
MOST_RECORDS: Final = 2
"""Records of one side and key in which a bit is looked for."""
FOR_A_HELLO: Final = 60
FOR_A_SIGNATURE: Final = 80
"""Microseconds that it takes to decode one, and to verify one."""
LAST_HEADERS: Final = 3
"""Headers before the place where a stream stops that are looked at."""


class Place(NamedTuple):
    """A bit of what one side sent."""

    sender: Party
    offset: int
    """In the stream of its side."""
    bit: int


Look = Callable[["Connection"], Iterator[Place]]
Looks = tuple[Look, ...]


def suspects(connection: Connection, looks: Looks) -> Iterator[Place]:
    """Places worth a try, the likeliest and the cheapest first."""
    for look in looks:
        yield from look(connection)


def near_randoms(keylog: KeyLog, client_random: bytes) -> Iterator[tuple[bytes, int]]:
    """The client_randoms of a key log that differ in one bit from this one, and where, counted from the first bit."""
    if not keylog:
        return
    for place in range(8 * len(client_random)):
        other = flipped(client_random, place // 8, 7 - place % 8)
        if other in keylog:
            yield other, place


def _client_random(connection: Connection) -> Iterator[Place]:
    """A key log has secrets for a client_random that differs in one bit."""
    hello = answered_hello(connection)
    source = connection.source
    if hello is None or source is None or connection.secrets:
        return
    random = hello.fields.child("random")
    if random is None:
        return
    for _, place in near_randoms(source.keylog, random.bytes):
        yield from _places(hello, random.start + place // 8, 7 - place % 8)


def _unopened_records(connection: Connection) -> Iterator[Place]:
    """With one bit turned a record opens that did not."""
    for failures in connection.failures:
        for unopened in failures.unopened[:MOST_RECORDS]:
            found = _bit_that_opens(connection, failures, unopened)
            if found is not None:
                at, bit = found
                yield Place(failures.sender, unopened.record.offset + at, bit)


def _bit_that_opens(connection: Connection, failures: Failures, unopened: Unopened) -> tuple[int, int] | None:
    data = unopened.record.data
    if not is_stateless(failures.suite) or not _afford(connection, 8 * len(data) * (4 + len(data) // 1000)):
        return None
    # What does not open changes nothing, and the first that does ends the search.
    protection = copy(unopened.protection)
    return find_bit(data, lambda data: protection.open(data[:RECORD_HEADER], data[RECORD_HEADER:]) is not None)


def _afford(connection: Connection, work: int) -> bool:
    """Whether the search may do what takes so many microseconds."""
    return connection.source is not None and connection.source.given.searches.afford(work)


def _record_headers(connection: Connection) -> Iterator[Place]:
    """A stream with a header that is none goes on to its end if that header, or one before, says another length or type."""
    source = connection.source
    for sender, odd in connection.odd_headers if source is not None else ():
        assert source is not None
        stream = source.stream_of(sender)
        before = [each.offset for each in connection.records if each.sender == sender and each.offset < odd]
        for start in (odd, *before[: -LAST_HEADERS - 1 : -1]):
            if not _afford(connection, 8 * RECORD_HEADER * len(before)):
                return
            yield from _where(stream, start, RECORD_HEADER, partial(_records_to_end, start), sender)


def _hello_types(connection: Connection) -> Iterator[Place]:
    """Where a hello is missing, the first message of its side may be one, but for a bit of its type."""
    for sender, number, type_name in (("client", 1, "client_hello"), ("server", 2, "server_hello")):
        first = next((each for each in connection.messages if each.sender == sender), None)
        if first is None or not first.readable or _message(connection, type_name) is not None:
            continue
        difference = first.data[0] ^ number if first.data else 0
        if difference.bit_count() == 1:
            yield from _places(first, 0, difference.bit_length() - 1)


def _change_cipher_specs(connection: Connection) -> Iterator[Place]:
    """RFC 5246 §7.1: "The message consists of a single byte of value 1"."""
    for message in connection.messages:
        if message.type == "change_cipher_spec" and not message.encrypted and message.length == 1:
            difference = message.data[0] ^ 1
            if difference.bit_count() == 1:
                yield from _places(message, 0, difference.bit_length() - 1)


def _record_versions(connection: Connection) -> Iterator[Place]:
    """A record in the clear may say another version than its neighbours."""
    # The short header of DTLS 1.3 says none.
    records = [record for record in connection.records if record.header_length > 3]
    said = {record.data[2] for record in records if record.protected or record.content_type != HANDSHAKE}
    for record in records:
        for version in said:
            difference = record.data[2] ^ version
            if difference.bit_count() == 1 and not record.protected:
                yield Place(record.sender, record.offset + 2, difference.bit_length() - 1)


def _content_types(connection: Connection) -> Iterator[Place]:
    """A record that was not opened may be of another content type."""
    for record in connection.records:
        if record.opened is None:
            for bit in range(8):
                if 20 <= record.content_type ^ 1 << bit <= 23:
                    yield Place(record.sender, record.offset, bit)


def _handshake_headers(connection: Connection) -> Iterator[Place]:
    """Handshake messages in the clear whose lengths do not add up do so if one of them is another."""
    for sender in ("client", "server"):
        clear = _clear_handshake(connection, sender)
        data = b"".join(record.content_bytes for record in clear)
        if not data or _messages_to_end(data):
            continue
        at = 0
        work = 8 * HANDSHAKE_HEADER * len(connection.messages)
        while at + HANDSHAKE_HEADER <= len(data) and _afford(connection, work):
            for place in _where(data, at, HANDSHAKE_HEADER, _messages_to_end, sender):
                yield from _in_records(clear, place)
            at += HANDSHAKE_HEADER + int.from_bytes(data[at + 1 : at + HANDSHAKE_HEADER])


def _server_hello(connection: Connection) -> Iterator[Place]:
    """Where nothing opens, the ServerHello may say another version, suite or random than the server did."""
    hello = next((each for each in connection.messages.one_of_each() if each.type in _ANSWERS), None)
    if hello is None or connection.source is None or any(record.opened is not None for record in connection.records):
        return
    offered = answered_hello(connection)
    said = facts.client_hello_facts(offered.fields) if offered is not None else None
    if said is None or said.random not in connection.source.keylog:
        return
    if not _afford(connection, 8 * len(hello.data) * FOR_A_HELLO):
        return
    suites = set(said.cipher_suites)
    now = _settled(hello.data, suites)
    for at in range(len(hello.data)):
        for bit in range(8):
            settled = _settled(flipped(hello.data, at, bit), suites)
            if settled is not None and settled != now and _opens_with(connection, settled, said.random):
                yield from _places(hello, at, bit)


def _opens_with(connection: Connection, settled: Settled, client_random: bytes) -> bool:
    """Whether the first record that did not open does so with a master secret and these; True where it cannot be tried."""
    suite = cipher_suite_in(settled.cipher_suite, VERSIONS[settled.version])
    if suite is None or not supports(suite):
        return False
    master = connection.source.keylog.lookup(client_random, "CLIENT_RANDOM") if connection.source is not None else None
    if settled.version == TLS13 or not connection.failures or master is None:
        return True
    failures = connection.failures[0]
    block = key_block(suite, master, client_random, settled.random)
    keys = block.keys_of(failures.sender)
    protection = Tls12Protection(suite, keys, encrypt_then_mac=settled.encrypt_then_mac)
    data = failures.unopened[0].record.data
    return protection.open(data[:RECORD_HEADER], data[RECORD_HEADER:]) is not None


class Settled(NamedTuple):
    """What a ServerHello settles of the keys."""

    version: int
    cipher_suite: int
    random: bytes
    """b"" in TLS 1.3, where no key is made of it that a key log does not have."""
    encrypt_then_mac: bool


def _settled(data: bytes, suites: set[int]) -> Settled | None:
    """What it settles; None where it cannot be what the server said."""
    hello = facts.server_hello_facts(decode_handshake(data))
    suite = cipher_suite(hello.cipher_suite)
    if suite is None or hello.cipher_suite not in suites or not TLS10 <= hello.version <= TLS13:
        return None
    if (suite.version == "TLS 1.3") != (hello.version == TLS13) or hello.is_hello_retry_request:
        return None
    random = b"" if hello.version == TLS13 else hello.random
    return Settled(hello.version, hello.cipher_suite, random, hello.encrypt_then_mac)


def _key_exchange(connection: Connection) -> Iterator[Place]:
    """With one bit of a random or of the parameters turned, the signature of ServerKeyExchange holds."""
    check = next((each for each in connection.checks if each.name == "ServerKeyExchange" and not each.ok), None)
    message = connection.message_of(check) if check is not None else None
    if check is None or message is None:
        return
    values = {each.name: each.value for each in check.inputs}
    exchange = facts.server_key_exchange_facts(message.fields)
    public_key = load_public_key(values["public key"])
    if public_key is None:
        return
    scheme = scheme_before_tls12(public_key) if exchange.scheme is None else signature_scheme(exchange.scheme)
    if scheme is None:
        return
    known = scheme
    signed = values["client_random"] + values["server_random"] + values["params"]
    if not _afford(connection, 8 * len(signed) * FOR_A_SIGNATURE):
        return
    found = find_bit(signed, lambda data: verify(known, public_key, values["signature"], data) is None)
    if found is not None:
        yield from _in_key_exchange(connection, message, *found)


def _in_key_exchange(connection: Connection, message: Message, at: int, bit: int) -> Iterator[Place]:
    """A byte of what is signed, where it stands: in one of the hellos, or in the message itself."""
    for hello in (answered_hello(connection), _message(connection, "server_hello")):
        random = hello.fields.child("random") if hello is not None else None
        if hello is not None and random is not None and at < RANDOM_LENGTH:
            yield from _places(hello, random.start + at, bit)
            return
        at -= RANDOM_LENGTH
    yield from _places(message, HANDSHAKE_HEADER + at, bit)


def _transcript(connection: Connection) -> Iterator[Place]:
    """With one bit turned a Finished matches that did not."""
    for message, at, bit in changed_bits(connection):
        yield from _places(message, at, bit)


_ANSWERS: Final = {"server_hello", "hello_retry_request"}
LOOKS_WITHOUT_KEYS: Final[Looks] = (_client_random,)
"""For a connection with which nothing is wrong but that its keys are not there."""
EVERY_LOOK: Final[Looks] = (
    _client_random,
    _unopened_records,
    _record_headers,
    _handshake_headers,
    _hello_types,
    _change_cipher_specs,
    _record_versions,
    _key_exchange,
    _transcript,
    _server_hello,
    _content_types,
)


def _where(data: bytes, start: int, length: int, fits: Callable[[bytes], bool], sender: Party) -> Iterator[Place]:
    """The bits of `length` bytes that, turned, make `fits` true."""
    for at in range(start, min(start + length, len(data))):
        for bit in range(8):
            if fits(flipped(data, at, bit)):
                yield Place(sender, at, bit)


def _records_to_end(start: int, stream: bytes) -> bool:
    """Whether whole records follow each other from `start` to the end."""
    at = start
    while at + RECORD_HEADER <= len(stream):
        if not (20 <= stream[at] <= 24 and stream[at + 1] == 3):
            return False
        at += RECORD_HEADER + int.from_bytes(stream[at + 3 : at + RECORD_HEADER])
    return at == len(stream)


def _messages_to_end(data: bytes) -> bool:
    at = 0
    while at + HANDSHAKE_HEADER <= len(data):
        at += HANDSHAKE_HEADER + int.from_bytes(data[at + 1 : at + HANDSHAKE_HEADER])
    return at == len(data)


def _clear_handshake(connection: Connection, sender: str) -> list[Record]:
    return [
        record
        for record in connection.records
        if record.sender == sender and record.content_type == HANDSHAKE and not record.protected
    ]


def _in_records(records: list[Record], place: Place) -> Iterator[Place]:
    """A place in the contents of records one after the other, as a place in the stream."""
    at = place.offset
    for record in records:
        if at < record.content_length:
            yield Place(place.sender, record.offset + record.header_length + at, place.bit)
            return
        at -= record.content_length


def _places(message: Message, at: int, bit: int) -> Iterator[Place]:
    """A bit of a message that crossed the wire in the clear, as a place in the stream."""
    for buffer, start, _ in message.buffer.sources(at, at + 1):
        if not message.encrypted:
            yield Place(message.sender, buffer.offset + start, bit)


def _message(connection: Connection, type_name: str) -> Message | None:
    return next((each for each in connection.messages.one_of_each() if each.type == type_name), None)
