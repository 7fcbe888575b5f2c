r"""Bytes as people paste them: text in, bytes out.

xxd             00000000: 1603 0100 f801 0000  ........
hexdump -C      00000000  16 03 01 00 f8 01 00 00  |........|
Wireshark       0000   16 03 01 00 f8 01 00 00   ........
openssl         0000 - 16 03 01 00 f8 01 00 00-f4 03   ........
C, Python       { 0x16, 0x03, 0x01 }    "\x16\x03\x01"
plain           160301    16 03 01    16:03:01    16-03-01
base64, PEM     FgMBAPgBAAD0AwM=
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

_WIDEST: Final = 256
"""Bytes in a line of a dump, at most."""


def bytes_from_text(text: str) -> bytes:
    """The bytes that `text` shows, in whichever of the usual shapes.

    Raises ValueError, with one sentence, for text that has none of them.
    """
    text = text.removeprefix("\ufeff")
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError("the text is empty")
    if _is_dump(lines):
        return _from_dump(lines)
    if _ESCAPED.search(text):
        return bytes.fromhex("".join(_ESCAPED.findall(text)))
    if _C_BYTE.search(text):
        return _from_c(text)
    digits = _SEPARATORS.sub("", text)
    if _HEX.fullmatch(digits):
        return _from_digits(text, digits)
    return _from_base64(lines)


_HEX: Final = re.compile(r"[0-9A-Fa-f]+")
_SEPARATORS: Final = re.compile(r"[\s:,;.\-_|'\"]+")
_ESCAPED: Final = re.compile(r"\\x([0-9A-Fa-f]{2})")
_C_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_C_BYTE: Final = re.compile(r"\b0[xX]([0-9A-Fa-f]+)\b")
_DUMP_LINE: Final = re.compile(r"\s*(?:0x)?([0-9A-Fa-f]{4,16})(:|  ?-|  |\t| |$)[ \t]*")
_DUMP_BYTES: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+(?![0-9A-Fa-f])")
_GAP: Final = re.compile(r"[ \t]*-?[ \t]*")


def _is_dump(lines: list[str]) -> bool:
    """Whether lines begin with offsets: each is behind the one before by a line of bytes."""
    offsets = [match for line in lines if (match := _DUMP_LINE.match(line))]
    if len(offsets) != len(lines):
        return len(offsets) > 1 and any(line == "*" for line in lines)
    first = offsets[0]
    if len(lines) == 1:
        return int(first[1], 16) == 0 and first[2] not in {" ", ""}
    return all(0 < int(b[1], 16) - int(a[1], 16) <= _WIDEST for a, b in pairwise(offsets))


def _from_dump(lines: list[str]) -> bytes:
    """The bytes of a dump; the next line's offset tells how many belong to a line."""
    if "*" in lines:
        raise ValueError(
            f"line {lines.index('*') + 1} of the dump is *, which stands for lines that were left out: "
            "dump again with all of them (hexdump -v)"
        )
    starts = [match for line in lines if (match := _DUMP_LINE.match(line))]
    offsets = [int(match[1], 16) for match in starts]
    widths = [b - a for a, b in pairwise(offsets)]
    data = bytearray()
    edge: int | None = None
    for number, (line, start) in enumerate(zip(lines, starts, strict=True), start=1):
        width = widths[number - 1] if number <= len(widths) else None
        part, end = _bytes_of_line(line[:edge] if width is None else line, start.end(), width)
        if width is not None and len(part) != width:
            raise ValueError(f"line {number} of the dump has {len(part)} bytes, and its offsets say {width}")
        # Text may stand to the right of the bytes, always in the same column.
        edge = max(edge or 0, end)
        data += part
    return bytes(data)


def _bytes_of_line(line: str, at: int, width: int | None) -> tuple[bytes, int]:
    """The bytes at line[at:] and the column behind them; as many as `width`, if that is known."""
    data = b""
    end = at
    while match := _DUMP_BYTES.match(line, at):
        data += bytes.fromhex(match[0])
        end = match.end()
        gap = _GAP.match(line, end)
        at = gap.end() if gap else end
        if width is not None and len(data) >= width:
            return data[:width], end
        if width is None and at - end > 1 and len(data) != 8:
            break
    return data, end


def _from_c(text: str) -> bytes:
    digits = _C_BYTE.findall(_C_COMMENT.sub("", text))
    return b"".join(bytes.fromhex(each.zfill(len(each) + len(each) % 2)) for each in digits)


def _from_digits(text: str, digits: str) -> bytes:
    if len(digits) % 2:
        lengths = {len(word) for word in _SEPARATORS.split(text) if word}
        odd = " in groups of odd length" if len(lengths) > 1 else ""
        count = "1 digit" if len(digits) == 1 else f"{len(digits)} digits"
        raise ValueError(f"the hex has {count}{odd}: two make a byte, so one is missing or too many")
    return bytes.fromhex(digits)


def _from_base64(lines: Iterable[str]) -> bytes:
    encoded = [line.strip() for line in lines if not line.startswith("-----")]
    standard = "".join(encoded).replace("-", "+").replace("_", "/")
    try:
        # Words are no base64, though their letters may be: it has no spaces within a line.
        if any(" " in line or "\t" in line for line in encoded):
            raise ValueError
        return binascii.a2b_base64(standard + "=" * (-len(standard) % 4), strict_mode=True)
    except ValueError:
        raise ValueError("the text is neither hex in a shape that is known here nor base64") from None
