"""What `tlslab gui` is asked for on the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

EXAMPLES = """\
examples:
  tlslab
  tlslab gui capture.pcapng
  tlslab gui --smoke
  tlslab gui --screenshot pictures --theme light --size 1920x1080
"""


class Options(NamedTuple):
    """The options, understood."""

    file: Path | None = None
    """Lab, capture or certificate to open."""
    smoke: bool = False
    screenshot: Path | None = None
    """Folder for the pictures."""
    theme: str = ""
    """"dark" or "light", "" for the one that is remembered."""
    size: tuple[int, int] | None = None
    """Width and height of the window."""


def parse(argv: list[str]) -> Options | None:
    """The options in `argv`; None, with one line on standard error, for those that make no sense. `--help` exits."""
    parser = argparse.ArgumentParser(
        prog="tlslab gui",
        description="Open the window, on a lab file, a capture or a certificate if one is named.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        exit_on_error=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="lab file, capture, certificate or key log")
    parser.add_argument(
        "--smoke", action="store_true", help="run the mutual demo in the real window, print JSON, and leave"
    )
    parser.add_argument(
        "--screenshot",
        metavar="DIR",
        type=Path,
        help="write pictures of the window: first.png, done.png, failed.png, certificates.png, ...",
    )
    parser.add_argument("--theme", choices=("dark", "light"), help="colours of the window")
    parser.add_argument("--size", metavar="WIDTHxHEIGHT", type=_size, help="size of the window, e.g. 1280x800")
    try:
        found, rest = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        _say(str(error))
        return None
    if rest:
        _say(f"there is no option {rest[0]}; see tlslab gui --help")
        return None
    if found.file is not None and not found.file.exists():
        _say(f"cannot open {found.file}: there is no such file; give the path of a lab, capture or certificate")
        return None
    return Options(found.file, found.smoke, found.screenshot, found.theme or "", found.size)


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (
        cross and width.isdecimal() and height.isdecimal() and 960 <= int(width) <= 7680 and 600 <= int(height) <= 4320
    ):
        raise argparse.ArgumentTypeError(f"{text!r} is no size from 960x600 to 7680x4320, e.g. 1280x800")
    return int(width), int(height)


def _say(text: str) -> None:
    print(f"tlslab gui: {text}", file=sys.stderr)  # noqa: T201 - what a command line says
