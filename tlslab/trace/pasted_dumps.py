r"""Hex dumps: lines that begin with an offset, as xxd, hexdump -C, od, Wireshark, tcpdump, openssl and debuggers print them.

00000000: 1603 0100 f801 0000  ........     xxd
00000000  16 03 01 00 f8 01 00 00  |........|  hexdump -C
0000000 16 03 01 00 f8 01 00 00              od -tx1: the offsets are octal
0000 - 16 03 01 00 f8 01 00 00-f4 03   ..... openssl
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

WIDEST: Final = 256
"""Bytes in a line of a dump, at most."""
BASES: Final = (16, 10, 8)
"""What offsets are written in. The same digits are the largest number in the first: a wrong base asks for more bytes than there are."""
DUMP_LINE: Final = re.compile(r"\s*(?:0x)?([0-9A-Fa-f]{4,16})(:|  ?-|  |\t| |$)[ \t]*")
_BYTES: Final = re.compile(r"(?:0x)?([0-9A-Fa-f]++)")
_GAP: Final = re.compile(r"[ \t]*-?[ \t]*")
_OMITTED: Final = "*"


def dumps(lines: list[str]) -> list[bytes] | None:
    """The bytes of each dump in `lines`; None if they are no dumps. A new one begins where the offsets start again.

    lines  none of them empty.

    Raises ValueError, with one sentence, for a dump that contradicts itself.
    """
    if not _is_dump(lines):
        return None
    if _OMITTED in lines:
        raise ValueError(
            f"line {lines.index(_OMITTED) + 1} of the dump is *, which stands for lines that were left out: "
            "dump again with all of them (hexdump -v)"
        )
    found: list[bytes] = []
    first = 0
    for index in (*_restarts(lines), len(lines)):
        found.append(_of_any_base(lines[first:index], first))
        first = index
    return [data for data in found if data]


def dumps_between(text: str) -> list[bytes]:
    """The bytes of each dump in `text`, whatever stands between them. Raises ValueError as `dumps` does."""
    found: list[bytes] = []
    lines: list[str] = []
    for line in (*text.splitlines(), ""):
        if DUMP_LINE.match(line):
            lines.append(line.rstrip())
        elif lines:
            found += dumps(lines) or []
            lines = []
    return found


def _is_dump(lines: list[str]) -> bool:
    """Whether lines begin with offsets: each is behind the one before by a line of bytes, or starts again at 0."""
    offsets = [int(start[1], 16) for start in map(DUMP_LINE.match, lines) if start]
    if len(offsets) != len(lines):
        return len(offsets) > 1 and _OMITTED in lines
    if len(lines) == 1:
        start = DUMP_LINE.match(lines[0])
        return offsets == [0] and start is not None and start[2] not in {" ", ""}
    rising = sum(0 < b - a <= WIDEST for a, b in pairwise(offsets))
    return rising > 0 and all(0 < b - a <= WIDEST or b == 0 for a, b in pairwise(offsets))


def _restarts(lines: list[str]) -> list[int]:
    """Where a dump begins behind another one."""
    return [
        index
        for index, line in enumerate(lines)
        if index and (match := DUMP_LINE.match(line)) and not match[1].strip("0")
    ]


def _of_any_base(lines: list[str], before: int) -> bytes:
    """The bytes of one dump; `before` is the number of lines in front of it. Raises ValueError."""
    problem: ValueError | None = None
    for base in BASES:
        try:
            return _of_dump(lines, base, before)
        except ValueError as error:
            # What the offsets say in hex is the mistake that is worth telling.
            problem = problem or error
    assert problem is not None
    raise problem


def _of_dump(lines: list[str], base: int, before: int) -> bytes:
    """The bytes of a dump; the next line's offset tells how many belong to a line."""
    offsets = [int(start[1], base) for start in map(DUMP_LINE.match, lines) if start]
    data = bytearray()
    edge: int | None = None
    for index, line in enumerate(lines):
        width = offsets[index + 1] - offsets[index] if index + 1 < len(lines) else None
        start = DUMP_LINE.match(line)
        at = start.end() if start is not None else 0
        part, end = bytes_of_line(line[:edge] if width is None else line, at, width)
        if width is not None and len(part) != width:
            raise ValueError(
                f"line {before + index + 1} of the dump has {len(part)} bytes, and its offsets say {width}"
            )
        # Text may stand to the right of the bytes, always in the same column.
        edge = max(edge or 0, end)
        data += part
    return bytes(data)


def bytes_of_line(line: str, at: int, width: int | None) -> tuple[bytes, int]:
    """The bytes at line[at:] and the column behind them; as many as `width`, if that is known."""
    data = bytearray()
    end = at
    while (match := _BYTES.match(line, at)) and len(match[1]) % 2 == 0:
        data += bytes.fromhex(match[1])
        end = match.end()
        gap = _GAP.match(line, end)
        at = gap.end() if gap else end
        if width is not None and len(data) >= width:
            return bytes(data[:width]), end
        if width is None and at - end > 1 and len(data) != 8:
            break
    return bytes(data), end
