"""What is fuzzed: each way in for bytes that somebody else made, with what is promised of it, and bytes to start from.

A target takes any bytes and raises nothing; a broken promise is an AssertionError, as is every exception but the one
sentence that the way in may refuse with.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from tests.trace.test_analyzer_hostile import use
from tests.wire.samples import assert_laws, recorded
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.pki.verify import Settings, judge, question
from tlslab.pki.verify.lint import lint
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import NotACapture, read_capture
from tlslab.trace.contents import recognised
from tlslab.trace.events import BytesSent, ConnectionOpened, Event, Party
from tlslab.trace.magic import NotRecognised
from tlslab.trace.pasted import bytes_from_text
from tlslab.trace.sniff import events_of_bytes
from tlslab.wire.field import Context
from tlslab.wire.messages import decode_alert, decode_change_cipher_spec, decode_handshake
from tlslab.wire.notation import decode
from tlslab.wire.private_keys import private_ranges
from tlslab.wire.records import decode_block_plaintext, decode_inner_plaintext, decode_record
from tlslab.wire.summary import summarise
from tlslab.wire.x509 import CERTIFICATE

DATA: Final = Path(__file__).parent.parent / "data"
FUZZED_AT: Final = datetime(2024, 1, 1, tzinfo=UTC)
SENTENCES: Final = (NotACapture, ValueError)
"""What a way in may refuse with; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Target:
    """One way in."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]


def capture(data: bytes) -> None:
    """A file that may be a capture, and everything that is shown of it."""
    with contextlib.suppress(*SENTENCES):
        read = read_capture(BytesIO(data))
        use(analyze(read.events))


def conversation(data: bytes) -> None:
    """Both streams of one connection."""
    use(analyze(_events(data, "tcp"), recorded_keys()))


def datagrams(data: bytes) -> None:
    """Datagrams of both sides."""
    use(analyze(_events(data, "udp"), recorded_keys()))


def _events(data: bytes, transport: Literal["tcp", "udp"]) -> list[Event]:
    """A byte for sender and size, then so many bytes, and so on."""
    events: list[Event] = [ConnectionOpened(1, 0, "127.0.0.1:40000", "127.0.0.1:4433", transport)]
    at = 0
    while at < len(data):
        sender: Party = "client" if data[at] < 128 else "server"
        size = (data[at] & 127) << 4 if transport == "tcp" else (data[at] & 127) << 2
        chunk = data[at + 1 : at + 1 + size] or b"\x00"
        events.append(BytesSent(1, sender, len(events), chunk, len(events)))
        at += 1 + size
    return events


def message(data: bytes) -> None:
    """One handshake message, read with each version, sender and key exchange that its first byte chooses."""
    if not data:
        return
    version = (0x0300, 0x0301, 0x0303, 0x0304)[data[0] & 3]
    exchange = ("", "RSA", "DHE", "ECDHE", "PSK", "ECDHE_PSK", "DHE_PSK", "RSA_PSK")[data[0] >> 2 & 7]
    context = Context(version, "client" if data[0] & 32 else "server", exchange, 2 if data[0] & 64 else 0)
    root = decode_handshake(data[1:], context)
    assert_laws(root)
    assert isinstance(summarise(root), str)


def record(data: bytes) -> None:
    """Whatever stands in one record, in clear and opened."""
    if not data:
        return
    sizes, body = data[0], data[1:]
    for root in (
        decode_record(body),
        decode_record(body, protected=True, nonce_length=sizes & 15, tag_length=sizes >> 4),
        decode_inner_plaintext(body),
        decode_block_plaintext(body, sizes & 63),
        decode_alert(body),
        decode_change_cipher_spec(body),
    ):
        assert_laws(root)


def certificate(data: bytes) -> None:
    """DER that may be a certificate."""
    assert_laws(decode(CERTIFICATE, "Certificate", data))


def chain(data: bytes) -> None:
    """A certificate, CRL or OCSP response, judged in every place of a chain."""
    given = next(_certificates())
    for asked in (
        question([data, given], [given]),
        question([given, data], [data], settings=Settings(purpose="client", at=FUZZED_AT)),
        question([given], [given], [data], data),
    ):
        judgement = judge(asked)
        assert judgement.accepted == (not judgement.reasons)
        for reason in judgement.reasons:
            assert 0 <= reason.start <= reason.end <= len(reason.data)
    for finding in lint(data):
        assert 0 <= finding.start <= finding.end <= len(data)


def key_log(data: bytes) -> None:
    """A key log file, and that what was read of it is written and read the same."""
    log, _problems = parse_keylog(data)
    again, problems = parse_keylog("\n".join(log.lines()).encode())
    assert problems == ()
    assert list(again.lines()) == list(log.lines())


def paste(data: bytes) -> None:
    """Text that somebody pasted: any shape of hex or base64, and what the bytes are."""
    with contextlib.suppress(ValueError):
        use(analyze(events_of_bytes(bytes_from_text(data.decode("utf-8", "replace")))))


def anything(data: bytes) -> None:
    """A file or a paste of which nothing is known: what it is taken for, and the tree of each thing in it."""
    with contextlib.suppress(NotRecognised):
        found = recognised(data)
        assert found.sentence
        for thing in found.things:
            assert_laws(thing.root)
            assert isinstance(thing.summary, str)
            assert all(0 <= start <= end <= len(thing.data) for start, end in private_ranges(thing.root))


def recorded_keys() -> KeyLog:
    """The keys of all recordings, as one log; not kept, for a fold may add to it."""
    text = b"\n".join(path.read_bytes() for path in sorted((DATA / "captures").rglob("*.keys")))
    return parse_keylog(text)[0]


def _captures() -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted((DATA / "captures").rglob("*.pcap*")))


def _conversations() -> Iterator[bytes]:
    for data in _captures():
        made = b""
        for event in read_capture(BytesIO(data)).events:
            if isinstance(event, BytesSent):
                flag = 128 if event.sender == "server" else 0
                for at in range(0, len(event.data), 127 << 4):
                    part = event.data[at : at + (127 << 4)]
                    blocks = -(-len(part) >> 4) if len(part) % 16 == 0 else len(part) >> 4
                    made += bytes((flag | blocks,)) + part[: blocks << 4]
                    if part[blocks << 4 :]:
                        # What does not fill a block goes by itself: a size of 0 takes one byte.
                        made += b"".join(bytes((flag, byte)) for byte in part[blocks << 4 :])
        yield made


def _datagrams() -> Iterator[bytes]:
    """Those of up to 508 bytes, padded to a multiple of four with what is no record."""
    for path in sorted((DATA / "captures" / "recorded").glob("u*.pcapng")):
        made = b""
        for event in read_capture(BytesIO(path.read_bytes())).events:
            if isinstance(event, BytesSent) and len(event.data) <= 508:
                blocks = -(-len(event.data) >> 2)
                made += bytes(((event.sender == "server") << 7 | blocks,)) + event.data.ljust(blocks << 2, b"\0")
        yield made


def _messages() -> Iterator[bytes]:
    return (b"\x03" + sample.data for sample in recorded())


def _certificates() -> Iterator[bytes]:
    rows = json.loads((DATA / "x509" / "limbo.json").read_text())
    return (base64.b64decode(row["der"]) for row in rows)


def _chains() -> Iterator[bytes]:
    folder = DATA / "x509" / "openssl"
    yield from _certificates()
    yield from (path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in {".der", ".crl"})


def _key_logs() -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted((DATA / "captures").rglob("*.keys")))


def _pastes() -> Iterator[bytes]:
    for sample in recorded():
        record_bytes = b"\x16\x03\x03" + len(sample.data).to_bytes(2) + sample.data
        yield record_bytes.hex(" ").encode()
        yield base64.b64encode(record_bytes)
        yield "".join(f"0x{byte:02x}, " for byte in record_bytes).encode()


def _files() -> Iterator[bytes]:
    for folder in ("x509/openssl", "pasted"):
        yield from (path.read_bytes() for path in sorted((DATA / folder).iterdir()))
    yield from (sample.data for sample in recorded())


TARGETS: Final = {
    "capture": Target(capture, _captures),
    "conversation": Target(conversation, _conversations),
    "datagrams": Target(datagrams, _datagrams),
    "message": Target(message, _messages),
    "record": Target(record, _messages),
    "certificate": Target(certificate, _certificates),
    "chain": Target(chain, _chains),
    "key_log": Target(key_log, _key_logs),
    "paste": Target(paste, _pastes),
    "anything": Target(anything, _files),
}
"""Every way in, by the name that `python -m tests.fuzz` takes."""
