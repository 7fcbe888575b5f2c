"""The hello of SSLv2, DTLS and heartbeat in recordings of real programs, field by field as tshark reads them."""

from __future__ import annotations

import json
import subprocess
from functools import cache

import pytest

from tests.oracles import require_program
from tests.wire.samples import DATA
from tests.wire.test_datagrams import split_datagram
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.model import Connection
from tlslab.wire.datagrams import decode_dtls_record
from tlslab.wire.field import Context, Field
from tlslab.wire.messages import decode_handshake

RECORDED = DATA / "captures" / "recorded"
SSLV2, FRAGMENTS, HEARTBEAT = "v10-sslv2-hello-openssl", "u03-dtls12-fragments", "g25-heartbeat"
DATAGRAM = Context(0xFEFD, datagram=True)


def told(name: str, *fields: str) -> list[list[str]]:
    """Values of each field in the frames that have the first, in order; several of one frame one after the other."""
    meta = json.loads((RECORDED / f"{name}.expected.json").read_text())["meta"]
    protocol = "dtls" if meta["transport"] == "udp" else "tls"
    command = [require_program("tshark"), "-r", str(RECORDED / f"{name}.pcapng")]
    command += ["-d", f"{meta['transport']}.port=={meta['port']},{protocol}", "-Y", fields[0], "-T", "fields"]
    # Over DTLS only what travels in the clear is compared, fragment by fragment.
    command += ["-o", f"tls.keylog_file:{RECORDED / f'{name}.keys'}"] if protocol == "tls" else []
    for field in fields:
        command += ["-e", field]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    columns = zip(*(line.split("\t") for line in lines), strict=True)
    return [[value for cell in column for value in cell.split(",") if value] for column in columns]


@cache
def connection(name: str) -> Connection:
    keys = (RECORDED / f"{name}.keys").read_bytes()
    with (RECORDED / f"{name}.pcapng").open("rb") as stream:
        (found,) = analyze(read_capture(stream).events, parse_keylog(keys)[0]).connections
    return found


def number(root: Field, name: str) -> str:
    field = root.child(name)
    assert field is not None
    return str(field.value)


def test_the_hello_of_sslv2_is_read_alike() -> None:
    hello = connection(SSLV2).messages[0].fields
    specs = hello.child("cipher_specs")
    assert specs is not None
    names = ("cipherspec", "session_id_length", "cipher_spec_len", "challenge_length", "version")
    theirs = told(SSLV2, *(f"tls.handshake.{name}" for name in names))
    version = hello.child("version")
    assert version is not None
    assert theirs == [
        [f"0x{item.bytes.hex()}" for item in specs.children],
        [number(hello, "session_id_length")],
        [number(hello, "cipher_spec_length")],
        [number(hello, "challenge_length")],
        [f"0x{version.bytes.hex()}"],
    ]


@cache
def datagrams() -> list[bytes]:
    """The payloads of the UDP datagrams, as tshark has them."""
    return [bytes.fromhex(payload) for payload in told(FRAGMENTS, "udp.payload")[0]]


def records() -> list[Field]:
    return [decode_dtls_record(record) for data in datagrams() for record in split_datagram(data)]


@pytest.mark.parametrize("member", ("epoch", "sequence_number", "length"))
def test_records_of_dtls_are_read_alike(member: str) -> None:
    (theirs,) = told(FRAGMENTS, f"dtls.record.{member}")
    assert [number(root, member) for root in records()] == theirs


def test_fragments_of_dtls_are_read_alike() -> None:
    found: list[Field] = []
    for root in records():
        fragment = root.child("fragment")
        assert fragment is not None
        pos, data = 0, fragment.bytes
        # What an epoch above 0 protects is not looked into here.
        while root.children[0].value == 22 and number(root, "epoch") == "0" and pos < len(data):
            end = pos + 12 + int.from_bytes(data[pos + 9 : pos + 12], "big")
            found.append(decode_handshake(data[pos:end], DATAGRAM))
            pos = end
    for member in ("message_seq", "fragment_offset", "fragment_length"):
        (theirs,) = told(FRAGMENTS, f"dtls.handshake.{member}")
        ours = [number(root, member) for root in found]
        assert ours == theirs
        assert len(ours) > 10
    cookies = [root.child("cookie") or root.child("legacy_cookie") for root in found]
    (theirs,) = told(FRAGMENTS, "dtls.handshake.cookie")
    assert [field.value for field in cookies if field is not None and field.bytes] == theirs


def test_heartbeats_are_read_alike() -> None:
    found = [message.fields for message in connection(HEARTBEAT).messages if message.protocol == "heartbeat"]
    types, lengths = told(HEARTBEAT, "tls.heartbeat_message.type", "tls.heartbeat_message.payload_length")
    assert [number(root, "type") for root in found] == types
    assert [number(root, "payload_length") for root in found] == lengths
    assert [root.problems() for root in found] == [[]] * len(found)
