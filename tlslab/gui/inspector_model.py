"""What some bytes could mean, whatever they are part of: numbers, text, bits, and TLS code points. No Qt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from tlslab.reference.registries import name_of

Order = Literal["big", "little"]

MOST_TEXT: Final = 64
REGISTRIES_8: Final = (("alerts", "alert"), ("handshake_types", "handshake"), ("content_types", "record"))
REGISTRIES_16: Final = (
    ("cipher_suites", "suite"),
    ("supported_groups", "group"),
    ("signature_schemes", "signature"),
    ("extensions", "extension"),
    ("versions", "version"),
)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


class Reading(NamedTuple):
    """One way to read the bytes."""

    name: str
    text: str
    length: int
    """How many bytes it takes, from the first."""


def readings(data: bytes, order: Order = "big") -> list[Reading]:
    """Every reading of `data` that makes sense, numbers first; numbers are read from the first bytes."""
    if not data:
        return []
    end = "be" if order == "big" else "le"
    found = [Reading("uint8", spaced(data[0]), 1)]
    widths = (width for width in (2, 3, 4, 8) if width == len(data) or (width < len(data) and width in {2, 4}))
    found += [Reading(f"uint{8 * width} {end}", spaced(int.from_bytes(data[:width], order)), width) for width in widths]
    found.append(Reading("bytes", spaced(len(data)), len(data)))
    found.append(Reading("ASCII", ascii_text(data), len(data)))
    found.append(Reading("binary", f"{data[0] >> 4:04b} {data[0] & 15:04b}", 1))
    return found + _code_points(data, order) + _times(data, order)


def _code_points(data: bytes, order: Order) -> list[Reading]:
    """Names that TLS has for a value of one or two bytes; nothing for longer ones, where a match would be chance."""
    if len(data) > 2:
        return []
    number = int.from_bytes(data, order)
    registries = REGISTRIES_8 if len(data) == 1 else REGISTRIES_16
    named = ((title, name_of(registry, number)) for registry, title in registries)
    return [Reading(title, name, len(data)) for title, name in named if name is not None]


def _times(data: bytes, order: Order) -> list[Reading]:
    """A Unix time, where the value is one of this century."""
    number = int.from_bytes(data[:4], order)
    if len(data) != 4 or not EARLIEST <= number < LATEST:
        return []
    return [Reading("time", datetime.fromtimestamp(number, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), 4)]


def ascii_text(data: bytes) -> str:
    """Printable characters, others as dots, cut after 64."""
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data[:MOST_TEXT])
    return text + "…" if len(data) > MOST_TEXT else text


def spaced(number: int) -> str:
    """A number in groups of three digits: `1 684 368 751`."""
    return f"{number:,}".replace(",", " ")
