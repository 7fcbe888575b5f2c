"""Staples in handshakes, held against what tshark reads in the same bytes."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from tests.oracles import require_program
from tests.wire.samples import DATA, recorded
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture, write_capture
from tlslab.trace.sniff import events_of_bytes
from tlslab.wire.field import Field

RECORDED = DATA / "captures" / "recorded" / "g39-status-request"
X509 = DATA / "x509" / "openssl"
STATUSES = {"0": "good", "1": "revoked", "2": "unknown"}
WANTED = (
    "responseStatus",
    "certStatus",
    "producedAt",
    "thisUpdate",
    "nextUpdate",
    "serialNumber",
    "issuerNameHash",
    "issuerKeyHash",
)


def by_tshark(capture: Path, *options: str) -> dict[str, list[str]]:
    """The fields of the staple in a capture."""
    command = [
        require_program("tshark"),
        "-r",
        str(capture),
        *options,
        "-Y",
        "ocsp",
        "-T",
        "fields",
        "-E",
        "aggregator=;",
    ]
    for name in WANTED:
        command += ["-e", f"ocsp.{name}"]
    (line,) = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    return {name: found.split(";") if found else [] for name, found in zip(WANTED, line.split("\t"), strict=True)}


def by_us(root: Field) -> dict[str, list[str]]:
    """The same of our tree."""
    found: dict[str, list[str]] = {name: [] for name in WANTED}
    for field in root.walk():
        if field.name == "responseStatus":
            found["responseStatus"].append(str(field.value))
        elif field.name == "certStatus":
            found["certStatus"].append(field.label.split()[0])
        elif field.name in {"producedAt", "thisUpdate", "nextUpdate"}:
            found[field.name].append(field.label)
        elif field.name == "serialNumber" and field.doc == "CertID.serialNumber":
            found["serialNumber"].append(field.children[1].bytes.hex())
        elif field.name in {"issuerNameHash", "issuerKeyHash"}:
            found[field.name].append(field.label)
    return found


def time(shown: str) -> str:
    """A time of tshark as we write it."""
    parsed = datetime.strptime(shown.partition(".")[0], "%b %d, %Y %H:%M:%S").replace(tzinfo=UTC)
    return f"{parsed:%Y-%m-%d %H:%M:%S} UTC"


def as_we_write(theirs: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        **theirs,
        "certStatus": [STATUSES[number] for number in theirs["certStatus"]],
        **{name: [time(each) for each in theirs[name]] for name in ("producedAt", "thisUpdate", "nextUpdate")},
    }


def test_a_recorded_staple_is_what_tshark_reads() -> None:
    keys = RECORDED.with_suffix(".keys")
    theirs = by_tshark(RECORDED.with_suffix(".pcapng"), "-o", f"tls.keylog_file:{keys}")
    events = read_capture(BytesIO(RECORDED.with_suffix(".pcapng").read_bytes())).events
    (connection,) = analyze(events, parse_keylog(keys.read_bytes())[0]).connections
    stapled = [
        message
        for message in connection.messages
        if message.readable
        and message.type in {"certificate", "certificate_status"}
        and by_us(message.fields)["certStatus"]
    ]
    assert [by_us(message.fields) for message in stapled] == [as_we_write(theirs)]


@pytest.mark.parametrize("name", ("ocsp-good.der", "ocsp-revoked.der", "ocsp-unauthorized.der"))
def test_staples_of_openssl_are_what_tshark_reads(name: str, tmp_path: Path) -> None:
    answer = (X509 / name).read_bytes()
    status = b"\x01" + len(answer).to_bytes(3, "big") + answer
    message = b"\x16" + len(status).to_bytes(3, "big") + status
    hellos = [each.data for each in recorded() if each.capture == "o20-tls12-ecdhe-rsa-gcm"][:2]
    records = b"".join(b"\x16\x03\x03" + len(each).to_bytes(2, "big") + each for each in (*hellos, message))
    events = events_of_bytes(records)
    with (tmp_path / "staple.pcapng").open("wb") as file:
        write_capture(file, events)
    (connection,) = analyze(events).connections
    ours = by_us(connection.messages[-1].fields)
    assert ours == as_we_write(by_tshark(tmp_path / "staple.pcapng"))
    assert ours["responseStatus"]
