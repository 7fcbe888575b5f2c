"""Behind a hole in a stream: records are found again, opened again, and nothing is said of what cannot be known."""

from __future__ import annotations

from io import BytesIO

import pytest

from tests.trace import damage
from tests.trace.tampering import connection_of, events_of, untouched
from tests.trace.test_recorded import capture_of
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesMissing, BytesSent, ConnectionOpened, Event, Party
from tlslab.trace.holes import begins_message, next_record
from tlslab.trace.model import Connection

COUNTED = ("o10-tls13-chacha-p384", "o19-tls13-mutual-rsapss", "q10-nginx-http2", "o27-tls12-chacha", "o47-tls11-ecdsa")
"""Where each record opens by itself, once its number is known: TLS 1.3, AEAD, and CBC with an IV in each record."""
CHAINED = ("o46-tls10-mutual", "n14-rc4")
"""Where a record opens with what the one before it has left."""
PARTIES: tuple[Party, Party] = ("client", "server")
RECORD = bytes.fromhex("1703030002aabb")


def holed(name: str, number: int, *, told: bool = True) -> list[Event]:
    """The recording without its chunk `number`, from 0."""
    events = list(damage.events_of(name))
    at = [place for place, event in enumerate(events) if isinstance(event, BytesSent)][number]
    lost = events[at]
    assert isinstance(lost, BytesSent)
    events[at : at + 1] = [BytesMissing(1, lost.sender, lost.time_ns, len(lost.data))] if told else []
    return events


def chunks(name: str) -> int:
    return sum(isinstance(event, BytesSent) for event in damage.events_of(name))


def fold(name: str, events: list[Event]) -> Connection:
    (connection,) = analyze(events, damage.keys_of(name)).connections
    return connection


@pytest.mark.parametrize("name", (*COUNTED, *CHAINED))
def test_a_hole_accuses_nobody(name: str) -> None:
    for number in range(chunks(name)):
        connection = fold(name, holed(name, number))
        assert [check.detail for check in connection.checks if not check.ok] == []
        assert [each.text for each in connection.problems if "are missing at offset" not in each.text] == []
        assert [each.text for message in connection.messages for each in message.problems if message.readable] in (
            [],
            [text for text in [truncated(connection)] if text],
        )
        assert connection.outcome in {"established", "incomplete", "unknown"}


def truncated(connection: Connection) -> str:
    """What is said of the one message that ends in the hole."""
    texts = [each.text for message in connection.messages for each in message.problems]
    return texts[0] if len(texts) == 1 else ""


@pytest.mark.parametrize("name", COUNTED)
def test_what_follows_a_hole_behind_the_handshake_opens_again(name: str) -> None:
    whole = fold(name, list(damage.events_of(name)))
    both = max(message.number for message in whole.messages if message.type == "finished")
    packets = {packet for message in whole.messages[:both] for packet in message.packets}
    tried = 0
    for number in range(chunks(name)):
        events = [event for event in damage.events_of(name) if isinstance(event, BytesSent)]
        if events[number].packet in packets:
            continue
        tried += 1
        connection = fold(name, holed(name, number))
        lost = [message for message in whole.messages if set(message.packets) == {events[number].packet}]
        assert all(message.readable for message in connection.messages)
        assert len(connection.messages) == len(whole.messages) - len(lost)
    assert tried


def test_keys_that_change_in_a_hole_are_found() -> None:
    """The server's whole flight is lost, its Finished with it, and its tickets and data open all the same."""
    name = "o10-tls13-chacha-p384"
    events = [event for event in damage.events_of(name) if isinstance(event, BytesSent)]
    flight = next(number for number, event in enumerate(events) if event.sender == "server")
    hello = 5 + int.from_bytes(events[flight].data[3:5], "big")
    cut = holed(name, flight)
    at = next(place for place, event in enumerate(cut) if isinstance(event, BytesMissing))
    cut.insert(at, events[flight]._replace(data=events[flight].data[:hello]))
    connection = fold(name, cut)
    assert [message.type for message in connection.messages if message.sender == "server"] == [
        "server_hello",
        "new_session_ticket",
        "new_session_ticket",
        "application_data",
        "close_notify",
    ]
    assert {check.name for check in connection.checks} <= {"Records", "Key share"}
    assert all(check.ok for check in connection.checks)


def test_a_change_cipher_spec_that_is_lost_is_noticed() -> None:
    name = "o27-tls12-chacha"
    events = [event for event in damage.events_of(name) if isinstance(event, BytesSent)]
    spec = bytes.fromhex("140303000101")
    number = next(place for place, event in enumerate(events) if spec in event.data and event.sender == "client")
    data = events[number].data
    at = data.index(spec) + len(spec)
    cut = holed(name, number)
    place = next(place for place, event in enumerate(cut) if isinstance(event, BytesMissing))
    cut.insert(place + 1, events[number]._replace(data=data[at:]))
    connection = fold(name, cut)
    assert [message.type for message in connection.messages if message.sender == "client"] == [
        "client_hello",
        "finished",
        "application_data",
        "close_notify",
    ]
    assert all(message.readable for message in connection.messages)


@pytest.mark.parametrize("name", ("o19-tls13-mutual-rsapss", "o47-tls11-ecdsa"))
def test_a_capture_that_begins_in_the_middle_of_what_came_before_tls_proves_the_whole_handshake(name: str) -> None:
    opened, *events = damage.events_of(name)
    before: list[Event] = [opened]
    for sender in PARTIES:
        before += [BytesMissing(1, sender, 1, None), BytesSent(1, sender, 1, b"some words in the clear\r\n", 1)]
    whole, found = fold(name, [opened, *events]), fold(name, [*before, *events])
    assert [check.name for check in found.checks] == [check.name for check in whole.checks]
    assert all(check.ok for check in found.checks)
    assert [each.text.split(" stream")[0] for each in found.problems] == [
        f"some bytes of the {sender}'s" for sender in PARTIES
    ]


def test_a_client_hello_behind_a_retry_that_was_lost_proves_nothing() -> None:
    opened, *events = damage.events_of("n12-hello-retry-cookie")
    both = [event for event in events if isinstance(event, BytesSent)]
    lost = [BytesMissing(1, event.sender, event.time_ns, None) for event in both[:2]]
    connection = fold("n12-hello-retry-cookie", [opened, *lost, *both[2:]])
    assert {check.name for check in connection.checks} <= {"Records", "Key share"}
    assert all(check.ok for check in connection.checks)


def test_a_capture_that_begins_in_the_middle_is_a_connection_of_records() -> None:
    opened = ConnectionOpened(1, 0, "10.0.0.1:40000", "10.0.0.2:443")
    lost = BytesMissing(1, "client", 1, None)
    sent = BytesSent(1, "client", 1, b"the end of a record" + RECORD * 3, 1)
    (connection,) = analyze([opened, lost, sent]).connections
    assert [message.protocol for message in connection.messages] == ["application_data"] * 3
    assert connection.outcome == "unknown"


def test_many_holes_are_told_in_one_sentence() -> None:
    name = "o10-tls13-chacha-p384"
    events: list[Event] = []
    for event in damage.events_of(name):
        events.append(event)
        if isinstance(event, BytesSent) and event.sender == "server":
            events.append(BytesMissing(1, "server", event.time_ns, 7))
    texts = [each.text for each in fold(name, events).problems]
    assert len(texts) == 1
    holes = sum(isinstance(event, BytesMissing) for event in events)
    assert f"and more in {holes - 1} other places" in texts[0]


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (RECORD, 0),
        (RECORD[:5], 0),
        (RECORD[:5] + b"\xaa", 0),
        (b"xx" + RECORD, 2),
        (b"xx" + RECORD * 2 + RECORD[:6], 2),
        (b"xx" + RECORD[:6], None),
        (RECORD + b"no record", None),
        (b"\x17\x03\x03\x00\x00" + RECORD, 5),
        (b"\x17\x03\x03\xff\xff" + RECORD, 5),
        (b"", None),
        (b"GET / HTTP/1.1", None),
    ],
)
def test_the_next_record_is_found_by_headers_that_follow_one_another(data: bytes, at: int | None) -> None:
    assert next_record(data) == at


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        (b"\x0e\0\0\0", True),
        (b"\x0b\0\1\0" + bytes(10), True),
        (b"\x0e\0\0\0\x14\0\0\x0c" + bytes(12), True),
        (b"\x0e\0\0\0\xfa\0\0\0", False),
        (b"\xfa\0\0\0", False),
        (b"\x0b\xff\xff\xff", False),
        (b"", False),
    ],
)
def test_a_handshake_message_is_told_by_its_header(content: bytes, begins: bool) -> None:
    assert begins_message(content) == begins


def test_of_a_hello_that_the_snap_length_cut_the_beginning_is_shown_and_names_the_keys() -> None:
    name = "mutual-tls13"
    events: list[Event] = []
    for event in events_of(name):
        if isinstance(event, BytesSent) and event.sender == "client" and event.data[5:6] == b"\x01":
            events += [
                event._replace(data=event.data[:200]),
                BytesMissing(event.connection, "client", event.time_ns, len(event.data) - 200),
            ]
        else:
            events.append(event)
    connection = connection_of(events)
    whole = untouched(name)
    hello = connection.messages[0]
    assert (hello.type, hello.length) == ("client_hello", 195)
    assert hello.data == whole.messages[0].data[:195]
    of_server = [each.type for each in connection.messages if each.sender == "server" and each.readable]
    assert of_server == [each.type for each in whole.messages if each.sender == "server"]
    assert [check for check in connection.checks if not check.ok] == []


def test_a_capture_that_ends_inside_a_record_shows_what_there_is_of_its_message() -> None:
    first = next(event for event in events_of("mutual-tls13") if isinstance(event, BytesSent))
    opened = next(event for event in events_of("mutual-tls13") if isinstance(event, ConnectionOpened))
    connection = connection_of([opened, first._replace(data=first.data[:100])])
    (message,) = connection.messages
    assert (message.type, message.length) == ("client_hello", 95)
    assert "ends inside a record" in connection.problems[0].text
    assert connection.outcome == "incomplete"


def test_a_signature_is_not_verified_over_a_flight_of_which_a_piece_comes_too_late() -> None:
    """The hole is told of only when the capture ends: until then the client seems to sign over less."""
    events = list(events_of("mutual-tls12"))
    place = next(at for at, event in enumerate(events) if isinstance(event, BytesSent) and event.sender == "server")
    late = [event for event in events[place:] if isinstance(event, BytesSent) and event.sender == "server"]
    kept = [event for event in events[place:] if event not in late]
    first = late[0]
    assert isinstance(first, BytesSent)
    cut = first._replace(data=first.data[:100])
    connection = connection_of([*events[:place], cut, *kept, BytesMissing(1, "server", first.time_ns, 500), *late[1:]])
    assert [check.name for check in connection.checks if not check.ok] == []


@pytest.mark.parametrize(
    "name", ("o24-tls12-camellia", "o22-tls12-cbc-mte", "n14-rc4", "o46-tls10-mutual", "o44-tls12-mutual-ed448")
)
def test_a_client_alone_is_read_as_far_as_it_is_in_the_clear(name: str) -> None:
    """Without a ServerHello nobody says of which version it is, nor that ChangeCipherSpec is no dummy."""
    whole = damage.events_of(name)
    connection = fold(name, [event for event in whole if not isinstance(event, BytesSent) or event.sender == "client"])
    both = fold(name, list(whole))
    clear = [
        (message.type, message.data)
        for message in both.messages
        if message.sender == "client" and not message.encrypted
    ]
    assert [(message.type, message.data) for message in connection.messages if not message.encrypted] == clear
    assert [message.problems for message in connection.messages] == [()] * len(connection.messages)
    assert (connection.checks, connection.problems, connection.outcome) == ([], [], "unknown")


def test_early_data_of_a_client_alone_is_not_what_follows_it() -> None:
    events = [
        event
        for event in resumed("o13-tls13-early-data")
        if not isinstance(event, BytesSent) or event.sender == "client"
    ]
    connection = fold("o13-tls13-early-data", events)
    assert [message.type for message in connection.messages if message.readable][-2:] == [
        "application_data",
        "end_of_early_data",
    ]
    assert [(check.name, check.ok) for check in connection.checks] == [("Records", True)]


def resumed(name: str) -> list[Event]:
    """The second connection of a recording alone."""
    events = read_capture(BytesIO(capture_of(name))).events
    return [event for event in events if getattr(event, "connection", 0) == 2]


def cut_out(name: str, sender: Party, begins_with: int, *, late: bool) -> list[Event]:
    """The recording without the chunk of `sender` in which that record begins; told where it is, or behind all others."""
    events = list(damage.events_of(name))
    at = [place for place, each in enumerate(events) if isinstance(each, BytesSent) and each.sender == sender][
        begins_with
    ]
    lost = events.pop(at)
    assert isinstance(lost, BytesSent)
    hole: list[Event] = [BytesMissing(1, sender, lost.time_ns, len(lost.data))]
    if not late:
        return [*events[:at], *hole, *events[at:]]
    same = [each for each in events[at:] if getattr(each, "sender", "") == sender]
    return [*(each for each in events if each not in same), *hole, *same]


@pytest.mark.parametrize("late", (False, True), ids=("at once", "late"))
@pytest.mark.parametrize(
    "name", ("o18-tls13-post-handshake", "n12-hello-retry-cookie", "o19-tls13-mutual-rsapss", "o46-tls10-mutual")
)
def test_a_hole_accuses_nobody_whenever_it_is_told(name: str, *, late: bool) -> None:
    """TCP tells of a hole when the other side has acknowledged what is missing, which may be after its next words."""
    for sender in PARTIES:
        chunks = sum(isinstance(each, BytesSent) and each.sender == sender for each in damage.events_of(name))
        for place in range(chunks):
            connection = fold(name, cut_out(name, sender, place, late=late))
            where = (sender, place)
            assert [check.detail for check in connection.checks if not check.ok] == [], where
            assert [each.text for each in connection.problems if "missing" not in each.text] == [], where
            assert connection.outcome != "failed", where
