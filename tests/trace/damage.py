"""What is done to the recordings by way of harm: cut off at every byte, and mutated.

Run whole by `python -m tests.trace.damage [--truncations [NAME]...] [--mutations N] [--seed N]`: 20 recordings cut after each of
their bytes, and N mutations of all of them; it prints the seed, and the bytes that broke a promise. The tests in
`test_recorded_damage.py` take samples of both.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO

from tests.trace.captures import CAPTURES
from tests.trace.test_analyzer_hostile import use
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import NotACapture, read_capture
from tlslab.trace.events import BytesSent, Event
from tlslab.trace.model import Trace
from tlslab.wire.field import Field

PATHS = {path.stem: path for folder in (CAPTURES, CAPTURES / "recorded") for path in sorted(folder.glob("*.pcap*"))}
"""Every recording, by name."""
CUT = (
    "o05-tls13-mutual-ec",
    "o04-tls13-hrr",
    "d01-dsb-embedded",
    "z01-smtp-starttls",
    "o15-tls13-key-update",
    "o16-tls13-padding",
    "o18-tls13-post-handshake",
    "o13-tls13-early-data",
    "o23-tls12-null",
    "o29-tls12-psk",
    "o38-tls12-renegotiation",
    "o46-tls10-mutual",
    "g23-raw-public-key-tls13",
    "g25-heartbeat",
    "n11-ssl30",
    "n12-hello-retry-cookie",
    "u03-dtls12-fragments",
    "c11-safari-zlib",
    "j20-sslv2-hello",
    "x20-ipv4-fragments",
)
"""The 20 that are cut off everywhere: every version, both transports, and what is peculiar."""


@cache
def whole(name: str) -> bytes:
    return PATHS[name].read_bytes()


def keys_of(name: str) -> KeyLog:
    path = PATHS[name].with_name(f"{name}.keys")
    return parse_keylog(path.read_bytes() if path.exists() else b"")[0]


class Asked:
    """How much is asked of each trace."""

    everything_each = 5
    """Everything of one in so many, laws and outcome of the others: checks and documents take ten times as long."""
    count = 0


def hold(trace: Trace) -> None:
    """Ask for what somebody may ask of a trace, and hold it to what is promised; records too."""
    Asked.count += 1
    if Asked.count % Asked.everything_each == 0:
        use(trace)
        for connection in trace.connections:
            assert all(check.detail for check in connection.checks)
    for connection in trace.connections:
        assert connection.outcome in {"established", "failed", "incomplete", "unknown"}
        for message in connection.messages:
            assert_tiles(message.fields, 0, message.length)
            assert "\n" not in message.summary
        for record in connection.records:
            for root in (record.fields, record.inner_fields):
                if root is not None:
                    assert_tiles(root, 0, root.end)
    assert all("\n" not in problem for problem in trace.problems)


def assert_tiles(root: Field, start: int, end: int) -> None:
    """The leaves cover each byte from `start` to `end` once."""
    for leaf in root.leaves():
        assert leaf.start == start
        start = leaf.end
    assert start == end


def read_damaged(data: bytes, keylog: KeyLog) -> None:
    """A file through reader and analyzer; it may be refused, with one sentence."""
    try:
        capture = read_capture(BytesIO(data))
    except NotACapture as refusal:
        hold_sentence(str(refusal))
    else:
        hold(analyze(capture.events, keylog))


def hold_sentence(text: str) -> None:
    assert text
    assert "\n" not in text


@cache
def events_of(name: str) -> tuple[Event, ...]:
    return tuple(read_capture(BytesIO(whole(name))).events)


def file_cut(name: str, length: int) -> None:
    """The file's first `length` bytes."""
    read_damaged(whole(name)[:length], keys_of(name))


@dataclass
class Shorter:
    """A file cut off more and more: what the reader gives is analyzed only where it is not what it gave before."""

    name: str
    before: list[Event] | None = None

    def cut(self, length: int) -> None:
        """The file's first `length` bytes."""
        try:
            events = read_capture(BytesIO(whole(self.name)[:length])).events
        except NotACapture as refusal:
            hold_sentence(str(refusal))
        else:
            if events != self.before:
                self.before = events
                hold(analyze(events, keys_of(self.name)))


def streams_cut(name: str, length: int) -> None:
    """The first `length` bytes of what both sides sent, in the order in which they crossed."""
    events: list[Event] = []
    for event in events_of(name):
        if isinstance(event, BytesSent):
            if length < len(event.data):
                if length:
                    events.append(event._replace(data=event.data[:length]))
                break
            length -= len(event.data)
        events.append(event)
    hold(analyze(events, keys_of(name)))


def sent(name: str) -> int:
    """How many bytes both sides sent."""
    return sum(len(event.data) for event in events_of(name) if isinstance(event, BytesSent))


NASTY = (
    b"\0\0",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x16\x03\x01",
    b"\x80",
    b"\x30\x80",
)


def mutate(data: bytes, dice: random.Random) -> bytes:
    """`data` with one to six places harmed."""
    out = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(out) or 1)
        size = dice.choice((1, 2, 4, 16, 64, 300))
        match dice.randrange(7):
            case 0 | 1:
                out[at : at + 1] = bytes((out[at] ^ 1 << dice.randrange(8),)) if out else b"\0"
            case 2:
                nasty = dice.choice(NASTY)
                out[at : at + len(nasty)] = nasty
            case 3:
                del out[at : at + size]
            case 4:
                out[at:at] = out[at : at + size]
            case 5:
                out[at:at] = dice.randbytes(size)
            case _:
                other = dice.randrange(len(out) or 1)
                out[at : at + size] = out[other : other + size]
    return bytes(out)


def mutation(seed: int) -> None:
    """One mutation of one recording: of the file's bytes, of what crossed, of its order, or of the key log."""
    dice = random.Random(seed)
    name = dice.choice(tuple(PATHS))
    kind = dice.randrange(4)
    if kind == 0:
        read_damaged(mutate(whole(name), dice), keys_of(name))
        return
    events, keylog = list(events_of(name)), keys_of(name)
    if kind == 1:
        numbers = [number for number, event in enumerate(events) if isinstance(event, BytesSent)]
        for number in dice.sample(numbers, min(len(numbers), dice.randint(1, 3))):
            event = events[number]
            assert isinstance(event, BytesSent)
            events[number] = event._replace(data=mutate(event.data, dice) or b"\0")
    elif kind == 2:
        for _ in range(min(dice.randint(1, 4), len(events))):
            event = events.pop(dice.randrange(len(events)))
            for _ in range(dice.randrange(3)):
                events.insert(dice.randint(0, len(events)), event)
    else:
        path = PATHS[name].with_name(f"{name}.keys")
        keylog = parse_keylog(mutate(path.read_bytes() if path.exists() else b"CLIENT_RANDOM", dice))[0]
    hold(analyze(events, keylog))


def truncations(names: Sequence[str] = CUT) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every truncation of the 20: of the file at each byte, and of the streams at each byte."""
    for name in names:
        shorter = Shorter(name)
        for length in range(len(whole(name)) + 1):
            yield f"file_cut({name!r}, {length})", partial(shorter.cut, length)
        for length in range(sent(name) + 1):
            yield f"streams_cut({name!r}, {length})", partial(streams_cut, name, length)


def mutations(count: int, seed: int) -> Iterator[tuple[str, Callable[[], None]]]:
    for number in range(seed, seed + count):
        yield f"mutation({number})", partial(mutation, number)


def run(cases: Iterator[tuple[str, Callable[[], None]]]) -> int:
    """Run all cases; says which were slow or broke a promise, and how many."""
    count = broken = 0
    slowest = (0.0, "")
    begun = time.process_time()
    for name, case in cases:
        start = time.process_time()
        try:
            case()
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            broken += 1
            print(f"{name}:\n{traceback.format_exc(limit=-3)}", flush=True)
        slowest = max(slowest, (time.process_time() - start, name))
        count += 1
        if count % 5000 == 0:
            print(f"{count} done, {broken} broken, {time.process_time() - begun:.0f} s", flush=True)
    print(
        f"{count} cases, {broken} broken, {time.process_time() - begun:.0f} s of CPU, slowest {slowest[0]:.2f} s: {slowest[1]}"
    )
    return broken


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.trace.damage", description=__doc__)
    parser.add_argument("--truncations", nargs="*", metavar="NAME", help="of these, or of the 20")
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--everything-each",
        type=int,
        default=Asked.everything_each,
        metavar="N",
        help="checks and documents of one in N",
    )
    options = parser.parse_args(arguments)
    Asked.everything_each = options.everything_each
    broken = run(truncations(options.truncations or CUT)) if options.truncations is not None else 0
    if options.mutations:
        print(f"seed {options.seed}")
        broken += run(mutations(options.mutations, options.seed))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
