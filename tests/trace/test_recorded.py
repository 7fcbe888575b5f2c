"""The recordings of real programs (`tests/recipes`): what tshark finds in each is what the analyzer finds.

Where the two differ, `differs` in the capture's `expected.json` holds our list and says why, byte by byte.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.oracles import require_program
from tests.recipes import verdict
from tests.trace.captures import CAPTURES
from tlslab.keys.ech import parse_ech_keys
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.model import Connection, Message, Trace
from tlslab.wire.fingerprints import fingerprints

RECORDED = CAPTURES / "recorded"
NAMES = tuple(sorted(path.name.removesuffix(".expected.json") for path in RECORDED.glob("*.expected.json")))
SHORT = {"client": "c2s", "server": "s2c"}
KEYS = ("no_keys", "with_keys")
LIVE = (
    "c11-safari-zlib",
    "g25-heartbeat",
    "n11-ssl30",
    "o15-tls13-key-update",
    "o38-tls12-renegotiation",
    "u03-dtls12-fragments",
    "x10-tangled",
    "z16-xmpp-starttls",
)
"""Captures about which tshark is asked again, where there is one."""


def cases(*, keys: tuple[str, ...] = KEYS) -> list[Any]:
    """Each capture without and with its keys."""
    return [pytest.param(name, each, id=f"{name}-{each}") for name in NAMES for each in keys if each in expected(name)]


@cache
def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.expected.json").read_text())
    return found


def capture_of(name: str) -> bytes:
    return next(RECORDED.glob(f"{name}.pcap*")).read_bytes()


def read(name: str, keys: str) -> Trace:
    """The capture, with its key log and its server's keys if `keys` is "with_keys"."""
    capture = read_capture(BytesIO(capture_of(name)))
    log, server_key, ech_key = (RECORDED / f"{name}.{end}" for end in ("keys", "server-key.pem", "ech.pem"))
    with_keys = keys == "with_keys"
    keylog, problems = parse_keylog(log.read_bytes() if with_keys and log.exists() else b"")
    assert not problems
    private = load_pem_private_key(server_key.read_bytes(), None) if with_keys and server_key.exists() else None
    assert private is None or isinstance(private, RSAPrivateKey)
    hidden = parse_ech_keys(ech_key.read_bytes()) if with_keys and ech_key.exists() else ()
    return analyze(capture.events, keylog, [private] if private is not None else [], ech_keys=hidden)


def streams(name: str, keys: str) -> dict[str, Connection]:
    """Our connections by tshark's name for the stream: it numbers them as they open, we as they begin to speak TLS."""
    summary = expected(name)[keys]["summary"]
    names = {each["client_port"]: stream for stream, each in summary.items()}
    found = read(name, keys).connections
    return {names[int(each.client_address.rpartition(":")[2])]: each for each in found}


def found_in(connection: Connection) -> dict[str, Any]:
    """A connection in the words of the expectations."""
    hellos = [each.fields for each in readable(connection, "handshake") if each.type == "client_hello"]
    return {
        "messages": [f"{SHORT[each.sender]} {each.title}" for each in readable(connection, "handshake")],
        "alerts": [f"{SHORT[each.sender]} {each.buffer.data[1]}" for each in readable(connection, "alert")],
        "records": dict(
            Counter(
                f"{SHORT[record.sender]} {record.inner_type}"
                for record in connection.records
                if record.content_type != 23 or connection.tls_version != "TLS 1.3" or record.plain is not None
            )
        ),
        "ja3": [made.ja3 for root in hellos if (made := fingerprints(root)) is not None],
        "opaque": dict(
            Counter(
                f"{SHORT[record.sender]} 23"
                for record in connection.records
                if record.content_type == 23 and connection.tls_version == "TLS 1.3"
            )
        ),
    }


def readable(connection: Connection, protocol: str) -> list[Message]:
    return [each for each in connection.messages if each.protocol == protocol and each.readable]


def differences(name: str, keys: str) -> dict[str, dict[str, Any]]:
    """What we find otherwise, by stream and list."""
    found: dict[str, dict[str, Any]] = {}
    for each in expected(name).get("differs", []):
        if keys in each["with"]:
            assert len(each["why"].split()) >= 12, "a difference wants an explanation"
            found.setdefault(each["stream"], {})[each["what"]] = each["ours"]
    return found


@pytest.mark.parametrize(("name", "keys"), cases())
def test_messages_alerts_and_records_are_those_that_tshark_found(name: str, keys: str) -> None:
    theirs = expected(name)[keys]["summary"]
    ours = {stream: found_in(each) for stream, each in streams(name, keys).items()}
    others = differences(name, keys)
    assert set(ours) == set(theirs) | set(others)
    for stream, each in ours.items():
        each["client_port"] = theirs[stream]["client_port"]
        odd = {what: value for what, value in others.get(stream, {}).items() if what in each}
        wanted = {**theirs.get(stream, {}), **odd}
        assert {what: each[what] for what in wanted} == wanted, stream
        for what, value in odd.items():
            assert value != theirs.get(stream, {}).get(what), f"no difference in {stream} {what}"


@pytest.mark.parametrize(("name", "keys"), cases(keys=("with_keys",)))
def test_data_in_the_clear_is_what_tshark_decrypted(name: str, keys: str) -> None:
    others = differences(name, keys)
    for stream, connection in streams(name, keys).items():
        theirs = others.get(stream, {}).get("plaintext", expected(name)[keys]["plaintext"].get(stream, {}))
        for sender in ("client", "server"):
            messages = readable(connection, "application_data")
            data = b"".join(each.buffer.data for each in messages if each.sender == sender)
            wanted = theirs.get(sender, {"len": 0, "sha256": hashlib.sha256(b"").hexdigest()})
            assert (len(data), hashlib.sha256(data).hexdigest()) == (wanted["len"], wanted["sha256"])


@pytest.mark.parametrize(("name", "keys"), cases(keys=("with_keys",)))
def test_with_the_keys_everything_is_read_and_every_check_holds(name: str, keys: str) -> None:
    unusual = expected(name).get("unusual", {})
    for stream, connection in streams(name, keys).items():
        odd = unusual.get(stream, {})
        assert [check.detail for check in connection.checks if not check.ok] == []
        texts = [each.text for each in connection.problems]
        texts += [each.text for message in connection.messages for each in message.problems]
        # Whether there is brotli or zstd is for this machine to say, not for the capture.
        texts = [each for each in texts if "there is no library here" not in each]
        assert texts == odd.get("problems", [])
        assert connection.outcome == odd.get("outcome", expected(name)["meta"]["outcome"])
        unread = [each.number for each in connection.messages if not each.readable]
        assert bool(unread) == odd.get("unreadable", False), unread


@pytest.mark.parametrize(("name", "keys"), cases())
def test_fields_tile_every_message_and_wire_lengths_add_up(name: str, keys: str) -> None:
    for connection in read(name, keys).connections:
        for message in connection.messages:
            at = 0
            for leaf in message.fields.leaves():
                assert leaf.start == at
                at = leaf.end
            assert at == message.length
        total = sum(message.wire_length for message in connection.messages)
        assert total == sum(len(record.wire.data) for record in connection.records)


@pytest.mark.parametrize("name", NAMES)
def test_capture_is_the_one_that_tshark_judged(name: str) -> None:
    found = hashlib.sha256(capture_of(name)).hexdigest()
    assert found == expected(name)["meta"]["sha256"]


def test_recordings_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in Path(RECORDED).iterdir()}
    assert max(sizes.values()) < 100_000
    assert sum(sizes.values()) < 3_000_000


@pytest.mark.parametrize("name", LIVE)
def test_tshark_still_finds_what_it_found(name: str) -> None:
    """Of some: `python -m tests.recipes --verdict` asks about all."""
    require_program("tshark")
    meta = expected(name)["meta"]
    capture = next(RECORDED.glob(f"{name}.pcap*"))
    keys = [path for end in ("keys", "server-key.pem") if (path := RECORDED / f"{name}.{end}").exists()]
    udp = meta["transport"] == "udp"
    found = verdict.summary(
        verdict.options(capture, meta["port"], meta["decode_as"], keys, udp=udp), meta["port"], udp=udp
    )
    wanted = expected(name).get("with_keys", expected(name)["no_keys"])["summary"]
    for what in ("messages", "alerts"):
        assert {stream: each[what] for stream, each in found.items()} == {
            stream: each[what] for stream, each in wanted.items()
        }
