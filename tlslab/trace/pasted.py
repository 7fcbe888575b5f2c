r"""Bytes as people paste them: text in, bytes out.

dumps           see `pasted_dumps`
C, Go, Rust     { 0x16, 0x03, 0x01 }    []byte{22, 3, 1}
Java            {22, 3, 1, -8}          {(byte) 0x16, 0x03}
Python, C       b'\x16\x03\x01abc'      "\x16\x03\x01"
plain           160301    16 03 01    16:03:01    16-03-01
base64, PEM     FgMBAPgBAAD0AwM=        also url-safe, and several strings of JSON
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tlslab.trace.pasted_dumps import dumps


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text as bytes."""

    data: bytes
    shape: str
    """How they were written: "hex", "a hex dump", "base64", "an array of numbers"."""
    parts: tuple[bytes, ...] = ()
    """The same in pieces, where the text has several: dumps one after the other."""


def bytes_from_text(text: str) -> bytes:
    """The bytes that `text` shows, in whichever of the usual shapes.

    Raises ValueError, with one sentence, for text that has none of them.
    """
    return readings(text)[0].data


def readings(text: str) -> list[Reading]:
    """Every way to read `text` as bytes, the likeliest first; never empty.

    Raises ValueError, with one sentence, for text that has none of the usual shapes.
    """
    text = text.removeprefix("\ufeff")
    if is_too_long(text):
        raise ValueError(f"the text is longer than what is read as hex: {TOO_LONG}")
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not _PROMPT.match(line)]
    if lines and all(line.startswith(_QUOTE) for line in lines):
        lines = [line.lstrip(_QUOTE) for line in lines]
    if not lines:
        raise ValueError("the text is empty")
    parts = dumps(lines)
    if parts is not None:
        return [Reading(b"".join(parts), "a hex dump", tuple(parts))]
    text = "\n".join(lines)
    if len(text) > (LONGEST_OTHER if text.isascii() else LONGEST_OTHER // 4):
        raise ValueError(f"the text is no dump, and longer than what is read as hex of another shape: {TOO_LONG}")
    del lines
    found: list[Reading] = []
    problem: ValueError | None = None
    for shape, read in _SHAPES.items():
        try:
            data = read(text)
        except ValueError as error:
            problem = problem or error
        else:
            found += [Reading(data, shape)] if data else []
    if not found:
        raise problem or ValueError("the text is neither hex in a shape that is known here nor base64")
    return found


def is_too_long(text: str) -> bool:
    """Whether there is more of it than anybody pastes, in letters or in lines."""
    return (
        len(text) > (LONGEST if text.isascii() else LONGEST_FOREIGN)
        or text.count("\n") > MOST_LINES
        or sum(map(text.count, LINE_ENDS)) > MOST_LINES
    )


LONGEST: Final = 8 * 2**20
"""Letters of a dump, at most."""
LONGEST_FOREIGN: Final = 2 * 2**20
"""The same where some are not of ASCII: then each takes up to four bytes."""
LONGEST_OTHER: Final = 4 * 2**20
"""The same for what is no dump: between whose bytes anything may stand."""
MOST_LINES: Final = 2**17
LINE_ENDS: Final = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Where `splitlines` begins a new line, beside the usual end."""
TOO_LONG: Final = "turn it into bytes first (xxd -r -p)"
_QUOTE: Final = "> "
"""Before each line of a mail that is answered."""
_PROMPT: Final = re.compile(r"\s*(?:\$ |```|~~~)")
"""Lines around a paste that are none of it: the command before, the fence of Markdown."""
_HEX: Final = re.compile(r"[0-9A-Fa-f]+")
_SEPARATORS: Final = re.compile(r"[\s:,;.\-_|'\"]+")
_BLANKS: Final = " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
_NO_SEPARATORS: Final = dict.fromkeys([*map(ord, f"{_BLANKS}:,;.-_|'\""), *range(0x2000, 0x200B)])
"""Each letter of a separator, to nothing."""
_ESCAPED: Final = re.compile(r"\\x[0-9A-Fa-f]{2}")
_QUOTE_MARK: Final = re.compile("[\"']")
_LITERALS: Final = {
    '"': re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\]|\\.)*+)'", re.DOTALL),
}
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|u00[0-9A-Fa-f]{2}|[0-7]{1,3}|.)|([^\\])", re.DOTALL)
_LETTERS: Final = {"n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27, "\\": 92, "'": 39, '"': 34}
_LINE_COMMENT: Final = re.compile(r"//[^\n]*")
_BRACES: Final = re.compile(r"\{([^{}]*)\}|\[([^\[\]]+)\]", re.DOTALL)
_C_BYTE: Final = re.compile(r"\b0[xX]([0-9A-Fa-f]+)")
_NUMBER: Final = re.compile(r"(?<![\w.])(?:0[xX]([0-9A-Fa-f]+)|(-?\d{1,3}))(?:[uU]?8|[uUyL]|\.toByte\(\))?(?![\w.])")
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})")
"""A letter as an address has it: of the path of an OCSP request, for instance."""
_CAST: Final = re.compile(r"\(\s*(?:byte|u?int8_t|char|unsigned char)\s*\)")
_IN_TEXT: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}(?:[ :,\-]?[0-9A-Fa-f]{2}){7,}+")


def _strings(text: str) -> bytes | None:
    """Literals with escapes, one after the other, as C, Python and Wireshark write them."""
    if not _ESCAPED.search(text):
        return None
    data: bytearray | None = None
    for part in _quoted(text):
        data = data if data is not None else bytearray()
        data += _unescaped(part)
    return bytes(data) if data is not None else _unescaped("".join(text.split()))


def _quoted(text: str) -> Iterator[str]:
    """What stands between quotes. A quote that nothing closes opens nothing, and neither does a later one of its kind."""
    open_kinds, at = set(_LITERALS), 0
    while mark := _QUOTE_MARK.search(text, at):
        literal = _LITERALS[mark[0]].match(text, mark.start()) if mark[0] in open_kinds else None
        if literal is None:
            open_kinds.discard(mark[0])
            at = mark.end()
        else:
            yield literal[1]
            at = literal.end()


def _unescaped(literal: str) -> bytes:
    """What a literal stands for. Raises ValueError for letters that are no bytes."""
    data = bytearray()
    for match in _ESCAPE.finditer(literal):
        escape, letter = match.groups()
        if letter:
            data += letter.encode("ascii", "strict") if letter.isascii() else _refused(letter)
        elif escape[0] in "xu" and len(escape) > 1:
            data.append(int(escape[1:], 16))
        elif escape[0] in "01234567":
            data.append(int(escape, 8) & 0xFF)
        elif escape in _LETTERS:
            data.append(_LETTERS[escape])
        elif escape != "\n":
            data += escape.encode("ascii", "ignore")
    return bytes(data)


def _refused(letter: str) -> bytes:
    raise ValueError(f"the literal has {letter!r} in it, which is no byte")


def _without_comments(text: str) -> str:
    """The text without what stands between /* and */ or behind //. An expression would look for each end over and over."""
    first, *others = text.split("/*")
    kept = first + "".join(other.partition("*/")[2] for other in others)
    return _LINE_COMMENT.sub("", kept)


def _array(text: str) -> bytes | None:
    """Numbers with 0x between commas; those without it in the same braces are decimal."""
    if not _C_BYTE.search(text):
        return None
    text = _CAST.sub("", _without_comments(text))
    data, inside = bytearray(), False
    for part in _between_braces(text):
        if _C_BYTE.search(part):
            inside = True
            data += _numbers(part) or b""
    if not inside:
        for match in _C_BYTE.finditer(text):
            data += _of_digits(match[1])
    return bytes(data) or None


def _between_braces(text: str) -> Iterator[str]:
    return (match[1] or match[2] or "" for match in _BRACES.finditer(text))


def _of_digits(digits: str) -> bytes:
    """A number in hex, whose first zero may be left out."""
    return bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))


def _numbers(text: str) -> bytes | None:
    """Numbers of -128 to 255, in hex with 0x or decimal; None if there are others."""
    data = bytearray()
    for match in _NUMBER.finditer(text):
        digits, decimal = match.groups()
        if digits:
            data += _of_digits(digits)
        elif -128 <= int(decimal) <= 255:
            data.append(int(decimal) & 0xFF)
        else:
            return None
    return bytes(data)


_DECIMAL_LIST: Final = re.compile(r"-?\d{1,3}(?:[\s,;]++-?\d{1,3})*+[\s,;]*+")
_SEVERAL: Final = re.compile(r"-?\d+[\s,;]+-?\d+[\s,;]+-?\d")
"""At least three numbers."""
_PADDED: Final = re.compile(r"(?<!\d)0\d")
_NOT_TWO: Final = re.compile(r"(?<!\d)(?:\d|\d{3}|-\d+)(?!\d)")
"""A number that has not two digits, as all in hex would have."""


def _decimals(text: str) -> bytes | None:
    """Decimal numbers in brackets or between commas: Go, Java, Python, JSON. Two digits each may as well be hex."""
    text = _CAST.sub("", _without_comments(text))
    inside = " ".join(_between_braces(text))
    joined = (inside or text).strip()
    if not _DECIMAL_LIST.fullmatch(joined):
        return None
    if _PADDED.search(joined) or not (inside or _NOT_TWO.search(joined)) or not _SEVERAL.match(joined):
        return None
    data = bytearray()
    for word in _DECIMAL.finditer(joined):
        number = int(word[0])
        if not -128 <= number <= 255:
            return None
        data.append(number & 0xFF)
    return bytes(data)


_DECIMAL: Final = re.compile(r"-?\d+")


def _digits(text: str) -> bytes | None:
    """Hex digits with anything usual between them."""
    text = _without_comments(text) if "/*" in text else text
    digits = _joined(text)
    if not _HEX.fullmatch(digits):
        return None
    if len(digits) % 2:
        lengths = {len(word) for word in _SEPARATORS.split(text) if word}
        odd = " in groups of odd length" if len(lengths) > 1 else ""
        count = "1 digit" if len(digits) == 1 else f"{len(digits)} digits"
        raise ValueError(f"the hex has {count}{odd}: two make a byte, so one is missing or too many")
    return bytes.fromhex(digits)


def _base64(text: str) -> bytes | None:
    """Base64, with or without line breaks and padding, also url-safe; several strings in quotes are joined."""
    lines = [line.strip() for line in text.splitlines() if not line.startswith("-----")]
    joined = "\n".join(lines).rpartition("base64,")[2]
    if "%" in joined:
        joined = _PERCENT.sub(lambda match: chr(int(match[1], 16)), joined)
    data: bytearray | None = None
    for word in _quoted(joined):
        if _is_no_base64(word):
            return None
        data = data if data is not None else bytearray()
        data += _of_base64(word)
    if data is None:
        word = "".join(joined.splitlines())
        return None if _is_no_base64(word) else _of_base64(word) or None
    return bytes(data) or None


def _is_no_base64(word: str) -> bool:
    """Words are no base64, though their letters may be: it has no spaces within a line."""
    return _BLANK.search(word) is not None or _HEX.fullmatch(word) is not None


_BLANK: Final = re.compile(r"\s")


def _of_base64(word: str) -> bytes:
    standard = word.replace("-", "+").replace("_", "/").replace("\\n", "").replace("\\/", "/").rstrip("=")
    try:
        return binascii.a2b_base64(standard + "=" * (-len(standard) % 4), strict_mode=True)
    except ValueError:
        raise ValueError("the text is neither hex in a shape that is known here nor base64") from None


def _in_text(text: str) -> bytes | None:
    """The longest run of hex that stands in other text."""
    runs: Iterator[str] = (match[0] for match in _IN_TEXT.finditer(text))
    longest = max(runs, key=len, default="")
    return bytes.fromhex(_joined(longest)) or None


def _joined(text: str) -> str:
    """The text without what stands between digits. An expression would make a list of all that it keeps."""
    return text.translate(_NO_SEPARATORS)


_SHAPES: Final[dict[str, Callable[[str], bytes | None]]] = {
    "a string literal": _strings,
    "an array": _array,
    "an array of decimal numbers": _decimals,
    "hex": _digits,
    "base64": _base64,
    "hex within text": _in_text,
}
"""How each shape is read, the likeliest first: a reader gives None for text that is nothing of its own."""
