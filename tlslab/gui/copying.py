"""The same bytes as other programs want them: the texts behind "Copy as". No Qt and no clipboard."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Final

from tlslab.report.json_document import field_object
from tlslab.wire.field import Field

PER_LINE: Final = 12
PEM_WIDTH: Final = 64


def as_hex(data: bytes, name: str = "") -> str:
    """Hex digits without spaces."""
    return data.hex()


def as_dump(data: bytes, name: str = "", first: int = 0) -> str:
    """Offsets, bytes and characters, 16 a line; `first` is the offset of the first byte."""
    lines = (data[at : at + 16] for at in range(0, len(data), 16))
    return "\n".join(_dump_line(first + 16 * number, line) for number, line in enumerate(lines))


def _dump_line(offset: int, line: bytes) -> str:
    halves = f"{line[:8].hex(' '):23}  {line[8:].hex(' '):23}"
    characters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in line)
    return f"{offset:08x}  {halves}  |{characters}|"


def as_c(data: bytes, name: str = "") -> str:
    """An array for C."""
    return f"static const unsigned char {identifier(name)}[{len(data)}] = {{\n{_numbers(data)}\n}};"


def as_python(data: bytes, name: str = "") -> str:
    """A bytes literal for Python, in hex so that it can be read."""
    lines = textwrap.wrap(data.hex(" "), 3 * 16) if data else [""]
    quoted = "\n".join(f'    "{line}"' for line in lines)
    return f"{identifier(name)} = bytes.fromhex(\n{quoted}\n)"


def as_rust(data: bytes, name: str = "") -> str:
    """A constant array for Rust."""
    return f"const {identifier(name).upper()}: [u8; {len(data)}] = [\n{_numbers(data)}\n];"


def as_base64(data: bytes, name: str = "") -> str:
    """Base64 in one line."""
    return base64.b64encode(data).decode("ascii")


def as_pem(data: bytes, name: str = "") -> str:
    """PEM of one DER certificate."""
    return as_pem_block(data, "CERTIFICATE")


def as_pem_block(data: bytes, label: str) -> str:
    """PEM with any label (RFC 7468 §2)."""
    body = "\n".join(textwrap.wrap(as_base64(data), PEM_WIDTH))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def _numbers(data: bytes) -> str:
    rows = (data[at : at + PER_LINE] for at in range(0, len(data), PER_LINE))
    return "\n".join("    " + ", ".join(f"0x{byte:02x}" for byte in row) + "," for row in rows)


def identifier(name: str) -> str:
    """A name that every language takes: `server_name`, `data` for none."""
    made = "".join(char if char.isascii() and char.isalnum() else "_" for char in name).strip("_")
    return f"_{made}" if made[:1].isdigit() else made or "data"


def as_json(field: Field) -> str:
    """A field and all below it, as `tlslab decode --json --fields` writes them."""
    return json.dumps(field_object(field), indent=2, ensure_ascii=False)


BYTES: Final[Mapping[str, Callable[[bytes, str], str]]] = {
    "hex": as_hex,
    "dump": as_dump,
    "c": as_c,
    "python": as_python,
    "rust": as_rust,
    "base64": as_base64,
    "pem": as_pem,
}
"""What can be made of bytes alone, by the kind's name."""

TITLES: Final[Mapping[str, str]] = {
    "hex": "Hex",
    "dump": "Hex dump",
    "c": "C array",
    "python": "Python bytes",
    "rust": "Rust array",
    "base64": "Base64",
    "pem": "PEM certificate",
    "json": "JSON of the field",
}
"""Kinds of copies in the order of the menu, with what the menu calls them."""
