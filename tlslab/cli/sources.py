"""What a user gives to `tlslab decode`: a capture, TLS records, pasted text or certificates, told apart by their bytes."""

from __future__ import annotations

import re
import sys
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file
from tlslab.trace.capture import NotACapture, read_capture
from tlslab.trace.pasted import bytes_from_text
from tlslab.trace.sniff import events_of_bytes, is_record
from tlslab.wire.notation import decode
from tlslab.wire.x509 import CERTIFICATE

if TYPE_CHECKING:
    from tlslab.trace.events import Event

STANDARD_INPUT: Final = "-"
_PEM: Final = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(.*?)-----END ", re.DOTALL)
_SEQUENCE: Final = b"\x30"
_SHOWN: Final = 32
"""Bytes of an unknown file that are shown, at most."""


@dataclass(frozen=True, slots=True)
class Source:
    """What was read: events of connections, or certificates."""

    name: str
    events: list[Event] = field(default_factory=list)
    certificates: tuple[bytes, ...] = ()
    """In DER, in the order of the file."""
    problems: tuple[str, ...] = ()


def read_source(name: str) -> Source:
    """The file `name`, or standard input for "-". Raises UsageError for what is nothing of use."""
    if name == STANDARD_INPUT:
        data = sys.stdin.buffer.read() if sys.stdin is not None else b""
        return _of_bytes("standard input", data) or _of_text(data)
    data = read_file(Path(name), "capture")
    source = _of_bytes(Path(name).name, data)
    if source is None:
        raise UsageError(_unknown(name, data))
    return source


def _of_bytes(name: str, data: bytes) -> Source | None:
    """What the bytes themselves are, if they are anything; a capture that is damaged from the start is one, too."""
    if is_record(data):
        return Source(name, events_of_bytes(data))
    certificates = tuple(_certificates(data))
    if certificates:
        return Source(name, certificates=certificates)
    try:
        capture = read_capture(BytesIO(data))
    except NotACapture:
        return None
    return Source(name, capture.events, problems=capture.problems)


def _of_text(data: bytes) -> Source:
    """What pasted text shows."""
    try:
        shown = bytes_from_text(data.decode("utf-8", "replace"))
        certificates = tuple(_certificates(shown))
        return Source("standard input", [] if certificates else events_of_bytes(shown), certificates)
    except ValueError as error:
        raise UsageError(f"standard input: {error}") from None


def _certificates(data: bytes) -> Iterator[bytes]:
    """Certificates in PEM, or the one in DER that `data` is."""
    for base64 in _PEM.findall(data):
        try:
            yield a2b_base64(base64)
        except NotBase64:
            continue
    if data.startswith(_SEQUENCE) and decode(CERTIFICATE, "certificate", data).find("tbsCertificate", "validity"):
        yield data


def _unknown(name: str, data: bytes) -> str:
    """Why a file is of no use, and what would be."""
    if not data:
        return f"{name} is empty; give a capture, TLS records or a certificate"
    if data.startswith(b"\x1f\x8b"):
        return f"{name} is compressed with gzip; unpack it first (gunzip)"
    kinds = (
        f"{name} is neither a capture (pcap, pcapng) nor TLS records nor a certificate: it begins with {_start(data)}"
    )
    try:
        is_text = is_record(bytes_from_text(data.decode("ascii")))
    except ValueError:
        is_text = False
    return f"{kinds}; to read it as text: tlslab decode - < {name}" if is_text else kinds


def _start(data: bytes) -> str:
    """The first bytes as text where they are that, else in hex."""
    line = data[:_SHOWN].splitlines()[0]
    if line and all(0x20 <= byte < 0x7F for byte in line):
        return f"“{line.decode('ascii')}{'…' if len(line) == _SHOWN else ''}”"
    return data[:4].hex(" ")
