"""The analyzer against captures of real programs: what tshark 4.0 and 4.4 found there is what we find."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import Analyzer, analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import KeyLogged
from tlslab.trace.model import Connection, Trace

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
NAMES = sorted(path.name.removesuffix(".expected.json") for path in CAPTURES.glob("*.expected.json"))
SHORT = {"client": "c2s", "server": "s2c"}


def expected_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CAPTURES / f"{name}.expected.json").read_text())
    return found


def trace_of(name: str, *, keys: bool) -> Trace:
    path = next(path for path in CAPTURES.glob(f"{name}.pcap*"))
    capture = read_capture(BytesIO(path.read_bytes()))
    assert not capture.problems
    keylog_path = CAPTURES / f"{name}.keys"
    keylog, problems = parse_keylog(keylog_path.read_bytes() if keys and keylog_path.exists() else b"")
    assert not problems
    return analyze(capture.events, keylog)


def messages_of(connection: Connection) -> list[str]:
    """As the expectations name them: "c2s ClientHello"."""
    return [
        f"{SHORT[message.sender]} {message.title}"
        for message in connection.messages
        if message.protocol == "handshake" and message.readable
    ]


def alerts_of(connection: Connection) -> list[str]:
    return [
        f"{SHORT[message.sender]} {message.buffer.data[1]}"
        for message in connection.messages
        if message.protocol == "alert" and message.readable
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("keys", [False, True])
def test_messages_and_alerts_are_those_that_tshark_found(name: str, keys: bool) -> None:
    expected = expected_of(name).get("with_keys" if keys else "no_keys")
    if expected is None:  # a capture of a refusal in the clear has no keys
        assert not (CAPTURES / f"{name}.keys").exists()
        return
    connections = trace_of(name, keys=keys).connections
    found = {f"t{index}": (messages_of(each), alerts_of(each)) for index, each in enumerate(connections)}
    assert found == {key: (each["messages"], each["alerts"]) for key, each in expected["summary"].items()}


@pytest.mark.parametrize("name", NAMES)
def test_decrypted_data_is_what_tshark_decrypted(name: str) -> None:
    expected = expected_of(name).get("with_keys", {}).get("plaintext", {})
    connections = trace_of(name, keys=True).connections
    for key, sides in expected.items():
        connection = connections[int(key[1:])]
        for sender, plain in sides.items():
            data = b"".join(
                message.buffer.data
                for message in connection.messages
                if message.sender == sender and message.protocol == "application_data"
            )
            assert (len(data), hashlib.sha256(data).hexdigest()) == (plain["len"], plain["sha256"])


@pytest.mark.parametrize("name", NAMES)
def test_every_check_holds_and_nothing_is_wrong(name: str) -> None:
    for connection in trace_of(name, keys=True).connections:
        assert [check.detail for check in connection.checks if not check.ok] == []
        assert connection.problems == []
        assert [problem for message in connection.messages for problem in message.problems] == []
        assert connection.outcome == ("failed" if name.startswith("o50") else "established")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("keys", [False, True])
def test_fields_tile_every_message_and_wire_lengths_add_up(name: str, keys: bool) -> None:
    for connection in trace_of(name, keys=keys).connections:
        for message in connection.messages:
            at = 0
            for leaf in message.fields.leaves():
                assert leaf.start == at
                at = leaf.end
            assert at == message.length
        total = sum(message.wire_length for message in connection.messages)
        assert total == sum(len(record.wire.data) for record in connection.records)


@pytest.mark.parametrize("name", NAMES)
def test_hello_values_are_those_of_tshark(name: str) -> None:
    summaries = expected_of(name).get("with_keys", expected_of(name)["no_keys"])["summary"]
    for index, connection in enumerate(trace_of(name, keys=True).connections):
        hello = summaries[f"t{index}"]["client_hello"]
        fields = next(message for message in connection.messages if message.type == "client_hello").fields
        extensions = fields.child("extensions")
        suites = fields.child("cipher_suites")
        assert extensions is not None
        assert suites is not None
        assert [str(each.children[0].value) for each in extensions.children[1:]] == hello["handshake.extension.type"]
        assert len(suites.children) - 1 == hello["n_ciphersuites"]
        assert [connection.server_name] == hello["handshake.extensions_server_name"]


def test_a_key_that_comes_after_the_bytes_opens_them_too() -> None:
    path = CAPTURES / "o05-tls13-mutual-ec"
    capture = read_capture(BytesIO(path.with_suffix(".pcapng").read_bytes()))
    keylog, _ = parse_keylog(path.with_suffix(".keys").read_bytes())
    late = [KeyLogged(label, random, value) for random, each in keylog.items() for label, value in each.items()]
    analyzer = Analyzer()
    for event in [*capture.events, *late]:
        analyzer.feed(event)
    (connection,) = analyzer.finish().connections
    (in_time,) = trace_of("o05-tls13-mutual-ec", keys=True).connections
    assert messages_of(connection) == messages_of(in_time)
    assert connection.generation > 0
    assert [check.ok for check in connection.checks] == [True] * len(in_time.checks)


def test_without_keys_the_rest_is_told_to_be_unknown() -> None:
    (connection,) = trace_of("o05-tls13-mutual-ec", keys=False).connections
    assert connection.outcome == "unknown"
    unreadable = [message for message in connection.messages if not message.readable]
    assert {(message.protocol, message.type) for message in unreadable} == {("application_data", "application_data")}


def test_a_wrong_key_is_told_and_nothing_decrypts() -> None:
    path = CAPTURES / "o01-tls13-1rtt-alpn"
    capture = read_capture(BytesIO(path.with_suffix(".pcapng").read_bytes()))
    right, _ = parse_keylog(path.with_suffix(".keys").read_bytes())
    wrong = [
        KeyLogged(label, random, bytes(len(value))) for random, each in right.items() for label, value in each.items()
    ]
    (connection,) = analyze([*wrong, *capture.events]).connections
    assert connection.outcome == "unknown"
    assert "wrong key or damaged bytes" in connection.problems[0].text


@pytest.mark.parametrize("cut", [1, 40, 200, 700, 1500, 3000])
def test_a_stream_that_ends_early_is_used_as_far_as_it_goes(cut: int) -> None:
    path = CAPTURES / "o20-tls12-ecdhe-rsa-gcm"
    data = path.with_suffix(".pcapng").read_bytes()
    whole = trace_of("o20-tls12-ecdhe-rsa-gcm", keys=False).connections[0].messages
    trace = analyze(read_capture(BytesIO(data[:-cut])).events)
    for connection in trace.connections:
        types = [message.type for message in connection.messages]
        assert types == [message.type for message in whole[: len(types)]]
