"""What a user gives to `tlslab decode`: any file, or anything pasted, told apart by its bytes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file
from tlslab.trace.capture import NotACapture, read_capture
from tlslab.trace.magic import CAPTURES, NotRecognised

if TYPE_CHECKING:
    from tlslab.trace.contents import Contents
    from tlslab.trace.events import Event

STANDARD_INPUT: Final = "-"
STANDARD_INPUT_NAME: Final = "standard input"


@dataclass(frozen=True, slots=True)
class Source:
    """What was read."""

    name: str
    contents: Contents | None
    """What it is; None for a capture file as it should be, of which nothing need be said."""
    events: Sequence[Event] = field(default_factory=list)
    """Those of its connections, if it has any."""
    problems: tuple[str, ...] = ()
    """What could not be read, one sentence each."""


def read_source(name: str) -> Source:
    """The file `name`, or standard input for "-". Raises UsageError for what is nothing of use."""
    if name == STANDARD_INPUT:
        shown = subject = STANDARD_INPUT_NAME
        data = sys.stdin.buffer.read() if sys.stdin is not None else b""
    else:
        shown, subject = Path(name).name, name
        data = read_file(Path(name), "file")
    try:
        if data[:4] in CAPTURES:
            capture = read_capture(BytesIO(data))
            return Source(shown, None, capture.events, capture.problems)
        from tlslab.trace.contents import recognised

        contents = recognised(data)
        if contents.kind == "lab":
            raise UsageError(f"{subject} is a lab file of tlslab: open it with tlslab {subject}, or name it with --lab")
        if not contents.capture:
            return Source(shown, contents, contents.events, contents.problems)
        capture = read_capture(BytesIO(contents.capture))
    except NotRecognised as error:
        raise UsageError(f"{subject} {error}") from None
    except NotACapture as error:
        raise UsageError(f"{subject}: {error}") from None
    return Source(shown, contents, capture.events, (*contents.problems, *capture.problems))
