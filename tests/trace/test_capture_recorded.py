"""The captures of real programs, against tshark's opinion of the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trace.captures import CAPTURES, RECORDED, read, stream_of, tshark
from tlslab.trace.events import BytesMissing, BytesSent, ConnectionOpened, KeyLogged


@pytest.mark.parametrize("name", RECORDED)
def test_streams_are_what_tshark_follows(name: str) -> None:
    events = read((CAPTURES / name).read_bytes()).events
    opened = [e for e in events if isinstance(e, ConnectionOpened)]
    follow = [argument for n in range(len(opened)) for argument in ("-z", f"follow,tcp,raw,{n}")]
    theirs = _followed(tshark("-r", CAPTURES / name, "-q", *follow))
    assert len(opened) == len(theirs)
    for connection in opened:
        client, server, streams = theirs[connection.connection - 1]
        assert (connection.client_address, connection.server_address) == (client, server)
        for sender in ("client", "server"):
            assert stream_of(events, sender, connection.connection) == streams[sender]
    assert not [e for e in events if isinstance(e, BytesMissing)]


@pytest.mark.parametrize("name", RECORDED)
def test_packets_and_times_are_tsharks(name: str) -> None:
    capture = read((CAPTURES / name).read_bytes())
    fields = [
        part for each in ("frame.number", "frame.time_epoch", "tcp.stream", "tcp.payload") for part in ("-e", each)
    ]
    rows = [line.split("\t") for line in tshark("-r", CAPTURES / name, "-T", "fields", *fields).splitlines()]
    theirs = [(int(row[0]), _ns(row[1]), int(row[2]) + 1, row[3]) for row in rows if row[3]]
    ours = [(e.packet, e.time_ns, e.connection, e.data.hex()) for e in capture.events if isinstance(e, BytesSent)]
    assert ours == theirs
    assert capture.packets == len(rows)
    assert capture.problems == ()


def test_embedded_secrets_are_those_of_the_key_log_and_come_first() -> None:
    events = read((CAPTURES / "d01-dsb-embedded.pcapng").read_bytes()).events
    lines = [line for line in (CAPTURES / "d02-classic-pcap.keys").read_text().splitlines() if line]
    secrets = [e for e in events if isinstance(e, KeyLogged)]
    assert sorted(f"{e.label} {e.client_random.hex()} {e.secret.hex()}" for e in secrets) == sorted(lines)
    assert events[: len(secrets)] == secrets


def test_both_formats_of_one_capture_give_the_same_bytes() -> None:
    a, b = (
        read((CAPTURES / name).read_bytes()).events for name in ("d01-dsb-embedded.pcapng", "d02-classic-pcap.pcap")
    )
    assert stream_of(a, "client") == stream_of(b, "client")
    assert stream_of(a, "server") == stream_of(b, "server")


def _followed(text: str) -> dict[int, tuple[str, str, dict[str, bytes]]]:
    """Stream number -> both addresses and both directions; node 1's lines begin with a tab."""
    found = {}
    for part in text.split("Filter: tcp.stream eq ")[1:]:
        number, first, second, *data = part.split("\n====")[0].splitlines()
        streams = {
            "client": bytes.fromhex("".join(line for line in data if not line.startswith("\t"))),
            "server": bytes.fromhex("".join(line for line in data if line.startswith("\t"))),
        }
        found[int(number)] = (first.split(": ")[1], second.split(": ")[1], streams)
    return found


def _ns(seconds: str) -> int:
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 10**9 + int(fraction.ljust(9, "0"))


def test_the_recorded_captures_are_there() -> None:
    assert len(RECORDED) == 16
    assert all((CAPTURES / name).with_suffix(".expected.json").exists() for name in map(Path, RECORDED))
