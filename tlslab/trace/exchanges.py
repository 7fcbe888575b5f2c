"""Text that shows what both sides of a connection said: `openssl s_client -debug` and `-msg`, and Wireshark's "Follow Stream".

Who is the client is not told; it is who sends the first bytes, since TLS begins with a ClientHello.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from tlslab.trace.events import Party
from tlslab.trace.handshake_bytes import is_handshake
from tlslab.trace.pasted import bytes_from_text
from tlslab.trace.pasted_dumps import DUMP_LINE, bytes_of_line


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes that one side sent."""

    sender: Party
    data: bytes
    what: str = ""
    """What the text calls them: "Handshake", "RecordHeader"; "" for bytes of the stream as they crossed the wire."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What two sides said, in order."""

    said: tuple[Said, ...]
    shape: str
    """Where such text comes from: "the output of openssl -debug"."""
    problems: tuple[str, ...] = ()
    """What is missing, one sentence each."""


def exchange_in(text: str) -> Exchange | None:
    """What two sides said according to `text`; None if it is no text of that kind. Never raises."""
    for shape, (signs, read) in _READERS.items():
        if not any(sign in text for sign in signs):
            continue
        try:
            found = read(text)
        except ValueError:
            continue
        if found:
            return Exchange(tuple(_with_parties(found)), shape, tuple(_cut_short(found)))
    return None


class Direction(NamedTuple):
    """What one side sent."""

    side: str
    """A name for the side, whichever."""
    data: bytes
    what: str = ""
    length: int | None = None
    """Bytes that the text says there are; None if it does not say."""


def _cut_short(found: list[Direction]) -> Iterator[str]:
    short = [each for each in found if each.length is not None and len(each.data) < each.length]
    if short:
        times = "once" if len(short) == 1 else f"{len(short)} times"
        yield (
            f"the text shows fewer bytes than it says {times}, as where other output broke into its lines: "
            "print that elsewhere (2>/dev/null)"
        )


_DEBUG: Final = re.compile(r"(write to|read from) 0x[0-9A-Fa-f]+ \[0x[0-9A-Fa-f]+\] \(\d+ bytes => (-?\d+)")
_MESSAGE: Final = re.compile(r"(>>>|<<<) [^,\[]*+,?+ ?+([A-Za-z]*+)[^\[]*+\[length ([0-9a-f]{4,8})\]")
_CURL: Final = re.compile(r"(=>|<=) (?:Send|Recv) SSL data, (\d+) bytes")
_HEX_LINE: Final = re.compile(r"(?:\s+[0-9a-f]{2}){1,16}\s*$")
_PEER: Final = re.compile(r"peer([01])_\d{1,9}\[\]\s*+=\s*+(\{[^{}]*+\})")


def _debug(text: str) -> list[Direction]:
    """`-debug`: each write and read with a dump of the bytes."""
    return [
        Direction(head[1], _whole_lines(lines, int(head[2])), "", int(head[2]))
        for head, lines in _sections(text, _DEBUG)
        if int(head[2]) > 0
    ]


def _curl(text: str) -> list[Direction]:
    """`curl --trace`: each message and record header, in the clear as with `-msg`."""
    found: list[Direction] = []
    for head, lines in _sections(text, _CURL):
        data = _whole_lines(lines, int(head[2]))
        what = "Handshake" if is_handshake(data) else "other"
        found.append(Direction(head[1], data, what, int(head[2])))
    return found


def _whole_lines(lines: list[str], length: int) -> bytes:
    """The bytes of a dump, up to the first line that is not whole."""
    data = bytearray()
    for line in lines:
        start = DUMP_LINE.match(line)
        wanted = min(OPENSSL_WIDTH, length - len(data))
        part, _ = bytes_of_line(line, start.end() if start is not None else 0, wanted)
        data += part
        if len(part) < wanted:
            break
    return bytes(data)


OPENSSL_WIDTH: Final = 16
"""Bytes in a line of a dump by openssl or curl."""


def _message(text: str) -> list[Direction]:
    """`-msg`: each message and record header, in the clear where it was encrypted."""
    return [
        Direction(head[1], bytes.fromhex("".join(lines))[: int(head[3], 16)], head[2], int(head[3], 16))
        for head, lines in _sections(text, _MESSAGE, _HEX_LINE)
    ]


def _sections(
    text: str, heading: re.Pattern[str], line_pattern: re.Pattern[str] = DUMP_LINE
) -> list[tuple[re.Match[str], list[str]]]:
    """Each heading and the lines below it that match, up to the first that does not; everything else is passed over."""
    found: list[tuple[re.Match[str], list[str]]] = []
    below = False
    for line in text.splitlines():
        head = heading.match(line.strip())
        if head is not None:
            found.append((head, []))
            below = True
        elif below and line_pattern.match(line):
            found[-1][1].append(line.rstrip())
        else:
            below = False
    return found


def _followed(text: str) -> list[Direction]:
    """Wireshark's hex dump of a stream: the lines of one side are indented."""
    if not DUMP_LINE.match(text.lstrip()[: 2 * OPENSSL_WIDTH]):
        return []
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or not all(DUMP_LINE.match(line) for line in lines):
        return []
    if len({_indent(line) for line in lines}) != 2:
        return []
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if not found or found[-1][0] != _indent(line):
            found.append((_indent(line), []))
        found[-1][1].append(line.strip())
    return [Direction(side, _dump(part)) for side, part in found]


def _dump(lines: list[str]) -> bytes:
    """The bytes of a part of a dump. Its last line is read alone: the offsets go on behind what the other side said."""
    return (
        bytes_from_text("\n".join(lines)) if len(lines) > 1 else bytes_from_text(re.sub(r"^\w+ *", "0000  ", lines[0]))
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _arrays(text: str) -> list[Direction]:
    """Wireshark's C arrays of a stream: peer0_0, peer1_0, ..."""
    return [Direction(peer, bytes_from_text(array)) for peer, array in _PEER.findall(text)]


_READERS: Final = {
    "the output of openssl -debug": (("write to 0x", "read from 0x"), _debug),
    "the output of openssl -msg": ((">>> ", "<<< "), _message),
    "the output of curl --trace": (("Send SSL data", "Recv SSL data"), _curl),
    "a followed stream, as a hex dump": ((" ", "\t"), _followed),
    "a followed stream, as C arrays": (("peer0_", "peer1_"), _arrays),
}
"""What stands in each such text, which tells at little cost that another text is none, and how it is read."""


def _with_parties(found: Iterable[Direction]) -> Iterable[Said]:
    """The side that spoke first is the client."""
    first = None
    for each in found:
        first = first if first is not None else each.side
        yield Said("client" if each.side == first else "server", each.data, each.what)
