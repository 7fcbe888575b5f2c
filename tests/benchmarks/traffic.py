"""The capture that the decoder is measured on: many real handshakes, made once and kept in the machine's temporary folder.

Half of the connections are TLS 1.3 and half TLS 1.2, a quarter are mutual, and each carries 1 KiB of data each way. The
keys are inside. Beyond `REAL` handshakes the real ones come again from other ports: nobody's decoder can tell.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tlslab.keys.keylog import format_line
from tlslab.lab.identities import make_identities
from tlslab.lab.runner import run
from tlslab.lab.scenario import load
from tlslab.trace.capture import write_capture
from tlslab.trace.events import (
    BytesMissing,
    BytesSent,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    HandshakeDone,
    KeyLogged,
    PeerFailed,
    PeerStateChanged,
)

REAL: Final = 2000
"""Handshakes that are made; more are copies."""

SCENARIOS: Final = (
    "one-way-tls13",
    "one-way-tls12",
    "one-way-tls13",
    "one-way-tls12",
    "one-way-tls13",
    "one-way-tls12",
    "mutual-tls13",
    "mutual-tls12",
)
CHECKOUT: Final = Path(__file__).resolve().parents[2]
_KIBIBYTE: Final = 1024
_FIRST_PORT: Final = 10_000
_PORTS: Final = 50_000
_LIMIT_S: Final = 20
_EDITION: Final = 1
"""Goes up whenever this file makes other bytes."""


def capture_of(handshakes: int) -> Path:
    """A pcapng file of so many handshakes with the keys inside; `keylog_of` has them beside it.

    2,000 handshakes are 31,500 messages in 8 MB.
    """
    path = _path(handshakes)
    if not path.exists():
        # In a process of its own: Linux counts what this one has grown to as the peak of all that it starts later.
        subprocess.run((sys.executable, "-m", "tests.benchmarks.traffic", str(handshakes)), cwd=CHECKOUT, check=True)
    return path


def keylog_of(capture: Path) -> Path:
    """The key log file of a capture that `capture_of` gave."""
    return capture.with_suffix(".keys")


def _path(handshakes: int) -> Path:
    return _folder() / f"handshakes-{handshakes}.pcapng"


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"tlslab-benchmarks-{os.getuid()}-{_EDITION}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _make(path: Path, handshakes: int) -> None:
    """Write both files under other names first: what is there is whole."""
    runs = _runs(min(handshakes, REAL))
    events = [event for number in range(handshakes) for event in _numbered(runs[number % len(runs)], number)]
    keys = keylog_of(path)
    unfinished = [each.with_suffix(f"{each.suffix}.{os.getpid()}") for each in (path, keys)]
    with unfinished[0].open("wb") as stream:
        write_capture(stream, events)
    logged = dict.fromkeys(
        format_line(event.label, event.client_random, event.secret) for event in events if isinstance(event, KeyLogged)
    )
    unfinished[1].write_text("".join(f"{line}\n" for line in logged), encoding="ascii")
    unfinished[1].replace(keys)
    unfinished[0].replace(path)


@cache
def _runs(count: int) -> list[list[Event]]:
    """The events of so many real handshakes, one after the other in the scenarios' order."""
    data = {"payload": "a" * _KIBIBYTE, "reply": "b" * _KIBIBYTE}
    scenarios = [load(name).with_changes(**data) for name in SCENARIOS]
    identities = [make_identities(scenario) for scenario in scenarios]
    made = []
    for number in range(count):
        kind = number % len(scenarios)
        going = run(scenarios[kind], identities[kind])
        if not going.wait(_LIMIT_S):
            raise TimeoutError(f"a run of {scenarios[kind].name} did not end")
        made.append(list(going.events))
    return made


def _numbered(events: list[Event], number: int) -> Iterator[Event]:
    """The events of one run as those of connection `number` + 1, from a port and, if need be, an address of its own."""
    host, port = divmod(number, _PORTS)
    for event in events:
        match event:
            case ConnectionOpened():
                address = f"127.0.0.{1 + host}:{_FIRST_PORT + port}"
                yield event._replace(connection=number + 1, client_address=address)
            case BytesSent() | BytesMissing() | ConnectionClosed():
                yield event._replace(connection=number + 1)
            case KeyLogged():
                yield event
            case PeerStateChanged() | HandshakeDone() | PeerFailed():
                # What only the lab knows is in no capture.
                pass


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else REAL
    _make(_path(wanted), wanted)
