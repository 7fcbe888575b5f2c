"""The standard streams as the commands want them: always there, and able to take every character."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO
from unicodedata import category

SAME_IN_ASCII: Final = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "…": "...",
    "§": "section ",
    "→": "->",
    "×": "x",
    "\N{NO-BREAK SPACE}": " ",
    "\N{THIN SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
}
"""What the texts hold beyond ASCII, for a terminal that has no more than that."""

_ERRORS: Final = "tlslab.same-in-ascii"


def prepare() -> None:
    """Let standard output and error print whatever comes: what their encoding lacks is written in ASCII.

    Python leaves a stream out that was closed (`>&-`); what would go there goes nowhere then.
    """
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    codecs.register_error(_ERRORS, _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def printable(text: str) -> str:
    """`text` on one line: what moves the cursor or colours a terminal, in the names of files too, stands there as its escape."""
    return "".join(each if each.isprintable() or category(each) == "Zs" else ascii(each)[1:-1] for each in text)


def print_line(text: str) -> None:
    """One line of standard output, whatever somebody has written into the names that stand in it."""
    print(printable(text))


def print_json(document: Mapping[str, object]) -> None:
    """Exactly one JSON object, in ASCII where standard output is not in UTF-8: escapes mean the same to every reader.

    An iterator in it stands for a list, of which each item is written as soon as it is made.
    """
    from tlslab.report.json_stream import write_json

    encoding = codecs.lookup(sys.stdout.encoding or "ascii").name
    write_json(document, sys.stdout.write, ascii_only=encoding != "utf-8")
    print()


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _in_ascii(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(SAME_IN_ASCII.get(each, ascii(each)[1:-1]) for each in characters), error.end
