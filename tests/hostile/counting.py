"""What work bytes make: counted, not timed, so that the same bytes always cost the same, on any machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from types import FrameType
from typing import Final

from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import CaptureReader, NotACapture, read_capture
from tlslab.trace.contents import Contents, recognised
from tlslab.trace.events import Event
from tlslab.trace.index import Index
from tlslab.trace.magic import CAPTURES, NotRecognised

CALLS: Final = frozenset({"call", "c_call"})


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called; each step of a generator counts as one."""
    count = 0

    def take(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in CALLS

    before = sys.getprofile()
    sys.setprofile(take)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def listed(data: bytes) -> None:
    """List the messages of a capture, as the window does before anybody looks."""
    index = Index()
    for batch in CaptureReader(BytesIO(data)).batches():
        index.feed(batch)
    index.finish()


def decoded(data: bytes) -> None:
    """Find out all that is to be found out of bytes of any kind: every message, check and finding."""
    contents, events = _read(data)
    for connection in analyze(events).connections:
        assert connection.outcome
        for message in connection.messages:
            assert isinstance(message.summary, str)
            _ = message.problems
        _ = connection.checks, connection.findings
    for thing in contents.things if contents is not None else ():
        assert isinstance(thing.summary, str)
        thing.root.problems()


def _read(data: bytes) -> tuple[Contents | None, list[Event]]:
    try:
        if data[:4] in CAPTURES:
            return None, read_capture(BytesIO(data)).events
        contents = recognised(data)
        if contents.capture:
            return contents, read_capture(BytesIO(contents.capture)).events
    except (NotRecognised, NotACapture):
        return None, []
    return contents, [*contents.events]
