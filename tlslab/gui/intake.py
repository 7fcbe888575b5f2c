"""One door for everything that is opened, dropped or pasted: what is it, and how is it shown? No Qt, no file."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from tlslab.gui.shown import ShownRun, analyzed
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.magic import CAPTURES, KEYLOG_LINE, LAB, NotRecognised
from tlslab.trace.model import Trace
from tlslab.trace.sniff import events_of_bytes

if TYPE_CHECKING:
    from tlslab.gui.given_keys import GivenKeys

Kind = Literal["capture", "keylog", "lab", "bytes"]
PEM = b"-----BEGIN "


class NotUnderstood(ValueError):
    """Nothing here can be shown; the text is one sentence that says what it was and what would do."""


class Logged(NamedTuple):
    """A key log, and what was wrong with its lines."""

    keylog: KeyLog
    problems: tuple[str, ...]


def kind_of(data: bytes) -> Kind:
    """What `data` is, by its first bytes; "bytes" for everything that has to be looked at closer."""
    if data[:16] == LAB:
        return "lab"
    if data[:4] in CAPTURES:
        return "capture"
    if PEM not in data and KEYLOG_LINE.search(data):
        return "keylog"
    return "bytes"


def keylog_of(name: str, data: bytes) -> Logged:
    """The secrets in a key log. Raises NotUnderstood if no line is one."""
    found, problems = parse_keylog(data)
    if not found:
        raise NotUnderstood(f"{name} has no usable line: a key log has lines of the form LABEL client_random secret.")
    return Logged(found, tuple(problems))


class CaptureInside(NamedTuple):
    """A capture that had to be unpacked, or was pasted as packets: to be read as one."""

    data: bytes


def shown_of(
    name: str,
    data: bytes,
    keylog: KeyLog | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    given: GivenKeys | None = None,
) -> ShownRun | CaptureInside:
    """Whatever `data` is, ready to be shown. Raises NotUnderstood and Cancelled."""
    # What only this needs is imported when it is needed: the first window must not wait for it.
    from tlslab.trace.contents import recognised
    from tlslab.trace.thing_messages import connection_of

    try:
        contents = recognised(data)
    except NotRecognised as error:
        raise NotUnderstood(f"{name} {error}.") from None
    if contents.capture:
        return CaptureInside(contents.capture)
    if contents.events:
        shown = ShownRun(name, "capture", analyzed(contents.events, keylog, cancelled, given), list(contents.events))
    elif contents.things and contents.kind == "certificate":
        shown = certificates_shown(name, [thing.data for thing in contents.things])
    elif contents.things:
        shown = ShownRun(name, "objects", Trace([connection_of(contents.things)]), [])
    else:
        raise NotUnderstood(f"{name} is {contents.words}: open it as a file.")
    return replace(shown, told=contents.sentence, problems=[*contents.problems, *shown.trace.problems])


def certificates_shown(name: str, ders: list[bytes]) -> ShownRun:
    """Certificates of a file, as the Certificate message that would carry them."""
    events = events_of_bytes(_certificate_records(ders))
    return ShownRun(name, "certificate", analyze(events), events)


def _certificate_records(ders: list[bytes]) -> bytes:
    """RFC 8446 section 4.4.2: the chain as a Certificate message, which is read as one of TLS 1.3 where no hello came."""
    no_extensions = b"\0\0"
    listed = b"".join(len(der).to_bytes(3, "big") + der + no_extensions for der in ders)
    body = b"\0" + len(listed).to_bytes(3, "big") + listed
    message = b"\x0b" + len(body).to_bytes(3, "big") + body
    pieces = [message[at : at + 16384] for at in range(0, len(message), 16384)]
    return b"".join(b"\x16\x03\x03" + len(piece).to_bytes(2, "big") + piece for piece in pieces)
