"""JA3 against tshark 4.0.17, JA4 against tshark 4.4.18, on every recorded ClientHello (`*.expected.json`)."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.oracles import require_program
from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import DATA, recorded, rfc8448
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.wire.field import Context
from tlslab.wire.fingerprints import fingerprints
from tlslab.wire.messages import decode_handshake

HELLOS = {
    capture: [sample for sample in recorded() if sample.capture == capture and sample.type == "client_hello"]
    for capture in sorted({sample.capture for sample in recorded()})
}


@pytest.mark.parametrize("capture", HELLOS)
def test_fingerprints_are_those_that_tshark_computes(capture: str) -> None:
    document = json.loads((DATA / "captures" / f"{capture}.expected.json").read_text())
    found = [fingerprints(decode_handshake(sample.data)) for sample in HELLOS[capture]]
    ja3 = [frame["tls.handshake.ja3"] for frame in document["no_keys"]["frames"] if "tls.handshake.ja3" in frame]
    assert [one.ja3 for one in found if one is not None] == ja3
    assert [(one.ja4, one.ja4_raw) for one in found if one is not None] == [
        (frame["ja4"], frame["ja4_r"]) for frame in document["ja4"]
    ]


def test_grease_is_left_out_and_extensions_are_sorted_only_in_ja4() -> None:
    hello = b.client_hello(
        b.extension(0x2A2A, b""),
        b.extension(43, vector(1, u16(0x3A3A, 0x0304, 0x0303))),
        b.extension(13, vector(2, u16(0x4A4A, 0x0804, 0x0403))),
        b.extension(10, vector(2, u16(0x5A5A, 0x001D))),
        b.extension(0, vector(2, b"\0" + vector(2, b"a.test"))),
    )
    found = fingerprints(decode_handshake(hello))
    assert found is not None
    assert found.ja3_full == "771,4865,43-13-10-0,29,"
    assert found.ja4_raw == "t13d010400_1301_000a,000d,002b_0804,0403"


@pytest.mark.parametrize(
    ("protocols", "letters"),
    (
        ([b"h2"], "h2"),
        ([b"http/1.1", b"h2"], "h1"),
        ([b"h"], "hh"),
        ([b"\xab\xcd"], "ad"),
        ([b"h\xff"], "6f"),
        ([], "00"),
    ),
)
def test_the_first_protocol_is_told_by_its_ends(protocols: list[bytes], letters: str) -> None:
    alpn = b.extension(16, vector(2, *(vector(1, protocol) for protocol in protocols)))
    found = fingerprints(decode_handshake(b.client_hello(alpn)))
    assert found is not None
    assert found.ja4.startswith(f"t12i0101{letters}_")


def test_a_hello_without_extensions_has_a_hash_of_nothing() -> None:
    found = fingerprints(decode_handshake(b.client_hello()))
    assert found is not None
    assert found.ja4 == "t12i010000_0f2cb44170f4_000000000000"
    assert found.ja3_full == "771,4865,,,"


def test_over_datagrams_the_lowest_number_is_the_best_version() -> None:
    body = u16(0xFEFD) + b.RANDOM + vector(1) + vector(1) + vector(2, u16(0x1301)) + vector(1, b"\0")
    versions = b.extension(43, vector(1, u16(0xFEFD, 0xFEFC)))
    body += vector(2, versions)
    data = b"\x01" + vector(3, body)[:3] + bytes(5) + vector(3, body)[:3] + body
    found = fingerprints(decode_handshake(data, Context(version=0xFEFD, datagram=True)))
    assert found is not None
    assert found.ja4.startswith("dd3i010100_")


def test_other_messages_and_cut_ones_have_no_fingerprint() -> None:
    hello = rfc8448()["ClientHello"]
    assert fingerprints(decode_handshake(rfc8448()["ServerHello"])) is None
    assert [size for size in range(len(hello)) if fingerprints(decode_handshake(hello[:size])) is not None] == []


RECORDED = DATA / "captures" / "recorded"
BROWSERS = ("c10-chrome-brotli", "c12-firefox-zstd", "u01-dtls12")


@pytest.mark.parametrize("name", BROWSERS)
def test_hellos_of_browsers_and_datagrams_have_the_ja3_that_tshark_computes(name: str) -> None:
    path = RECORDED / f"{name}.pcapng"
    meta = json.loads((RECORDED / f"{name}.expected.json").read_text())["meta"]
    protocol = "dtls" if meta["transport"] == "udp" else "tls"
    field = f"{protocol}.handshake.ja3"
    decode_as = f"{meta['transport']}.port=={meta['port']},{protocol}"
    command = [require_program("tshark"), "-r", str(path), "-d", decode_as, "-Y", field, "-T", "fields", "-e", field]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    with path.open("rb") as stream:
        (connection,) = analyze(read_capture(stream).events).connections
    found = [fingerprints(message.fields) for message in connection.messages if message.type == "client_hello"]
    assert [one.ja3 for one in found if one is not None] == told


def test_chrome_is_known_by_its_ja4() -> None:
    # The suites of Chrome since version 83, as the makers of JA4 list them (github.com/FoxIO-LLC/ja4).
    with (RECORDED / "c10-chrome-brotli.pcapng").open("rb") as stream:
        (connection,) = analyze(read_capture(stream).events).connections
    found = fingerprints(connection.messages[0].fields)
    assert found is not None
    assert found.ja4.startswith("t13d1516h2_8daaf6152771_")
