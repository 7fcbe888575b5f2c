"""One door for everything that is opened, dropped or pasted: what is it, and how is it shown? No Qt, no file."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.gui.shown import ShownRun, from_capture
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import NotACapture
from tlslab.trace.pasted import bytes_from_text
from tlslab.trace.sniff import events_of_bytes, is_record

CAPTURE_MAGICS = (
    b"\x0a\x0d\x0d\x0a",
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x4d\x3c\xb2\xa1",
)
LAB_MAGIC = b"SQLite format 3\x00"
KEYLOG_LINE = re.compile(
    rb"^(CLIENT|SERVER|EXPORTER|EARLY|RSA)[A-Z0-9_]* [0-9a-fA-F]{16,} [0-9a-fA-F]+\s*$", re.MULTILINE
)
PEM_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
PEM_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")

Kind = Literal["capture", "keylog", "lab", "certificate", "bytes"]


class NotUnderstood(ValueError):
    """Nothing here can be shown; the text is one sentence that says what it was and what would do."""


class Logged(NamedTuple):
    """A key log, and what was wrong with its lines."""

    keylog: KeyLog
    problems: tuple[str, ...]


def kind_of(data: bytes) -> Kind:
    """What `data` is, by its first bytes; "bytes" for everything that may still be TLS in some spelling."""
    if data[:16] == LAB_MAGIC:
        return "lab"
    if data[:4] in CAPTURE_MAGICS:
        return "capture"
    if PEM_CERTIFICATE in data or (data[:1] == b"\x30" and data[1:2] in (b"\x82", b"\x81")):
        return "certificate"
    if KEYLOG_LINE.search(data):
        return "keylog"
    return "bytes"


def keylog_of(name: str, data: bytes) -> Logged:
    """The secrets in a key log. Raises NotUnderstood if no line is one."""
    found, problems = parse_keylog(data)
    if not found:
        raise NotUnderstood(f"{name} has no usable line: a key log has lines of the form LABEL client_random secret.")
    return Logged(found, tuple(problems))


def shown_of(
    name: str, data: bytes, keylog: KeyLog | None = None, cancelled: Callable[[], bool] = lambda: False
) -> ShownRun:
    """A capture, a certificate or TLS bytes, ready to be shown. Raises NotUnderstood and Cancelled."""
    kind = kind_of(data)
    if kind == "certificate":
        return certificate_shown(name, data)
    try:
        shown = from_capture(name, data, keylog, cancelled) if kind == "capture" else _bytes_shown(name, data, keylog)
    except NotACapture as error:
        raise NotUnderstood(f"{name} cannot be read: {error}.") from None
    if not shown.trace.connections:
        reason = f" ({'; '.join(shown.problems)})" if shown.problems else ""
        raise NotUnderstood(
            f"{name} holds no TLS connection{reason}: give a capture with the TCP stream from its start."
        )
    return shown


def _bytes_shown(name: str, data: bytes, keylog: KeyLog | None) -> ShownRun:
    try:
        records = data if is_record(data) else bytes_from_text(data.decode("utf-8"))
        events = events_of_bytes(records)
    except ValueError:
        raise NotUnderstood(_refusal(name, data)) from None
    trace = analyze(events, keylog)
    return ShownRun(name, "capture", trace, events, problems=list(trace.problems))


def _refusal(name: str, data: bytes) -> str:
    if not data:
        return f"{name} is empty."
    pem = PEM_BEGIN.search(data)
    if pem:
        what = pem.group(1).decode("ascii").lower()
        return f"{name} holds a PEM block of the kind {what}, and only certificates can be shown: give a certificate."
    return (
        f"{name} is nothing that can be shown: it begins with {data[:8].hex(' ')}, "
        "and captures, certificates, key logs, lab files and TLS records begin otherwise."
    )


def certificates_of(data: bytes) -> list[x509.Certificate]:
    """Every certificate in PEM or DER. Raises ValueError."""
    if PEM_CERTIFICATE in data:
        return x509.load_pem_x509_certificates(data)
    return [x509.load_der_x509_certificate(data)]


def certificate_shown(name: str, data: bytes) -> ShownRun:
    """Certificates of a file, as the Certificate message that would carry them. Raises NotUnderstood."""
    try:
        ders = [each.public_bytes(Encoding.DER) for each in certificates_of(data)]
    except ValueError:
        raise NotUnderstood(f"{name} looks like a certificate but cannot be read as one: it is damaged.") from None
    events = events_of_bytes(_certificate_records(ders))
    trace = analyze(events)
    return ShownRun(name, "certificate", trace, events)


def _certificate_records(ders: list[bytes]) -> bytes:
    """RFC 8446 section 4.4.2: the chain as a Certificate message, which is read as one of TLS 1.3 where no hello came."""
    no_extensions = b"\0\0"
    listed = b"".join(len(der).to_bytes(3, "big") + der + no_extensions for der in ders)
    body = b"\0" + len(listed).to_bytes(3, "big") + listed
    message = b"\x0b" + len(body).to_bytes(3, "big") + body
    pieces = [message[at : at + 16384] for at in range(0, len(message), 16384)]
    return b"".join(b"\x16\x03\x03" + len(piece).to_bytes(2, "big") + piece for piece in pieces)
