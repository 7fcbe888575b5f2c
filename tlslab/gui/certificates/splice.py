"""Changing bytes and values inside DER: the lengths around them are repaired, or left wrong on purpose. No Qt.

Nothing is encoded anew but what was changed: unknown and odd bytes stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tlslab.pki import der_writer
from tlslab.pki.raw_certificate import dotted_of
from tlslab.wire.der_header import read_header
from tlslab.wire.field import Field


class Form(NamedTuple):
    """How the contents of an element are written as text."""

    name: str
    write: Callable[[bytes], str]
    read: Callable[[str], bytes]
    """Raises ValueError, half a sentence, for what is no such value."""


def _number(text: str) -> bytes:
    try:
        return _contents(der_writer.integer(int(text.strip(), 0)))
    except ValueError:
        raise ValueError(f"{text!r} is no whole number, such as 4711 or 0x1267") from None


def _truth(text: str) -> bytes:
    if text.strip().upper() not in {"TRUE", "FALSE"}:
        raise ValueError(f"{text!r} is neither TRUE nor FALSE")
    return b"\xff" if text.strip().upper() == "TRUE" else b"\x00"


def _dotted(text: str) -> bytes:
    parts = text.strip().split(".")
    if len(parts) < 2 or not all(part.isdecimal() for part in parts):
        raise ValueError(f"{text!r} is no object identifier, such as 2.5.29.17")
    return _contents(der_writer.oid(text.strip()))


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError("hex digits come in pairs, such as 30 0d 06") from None


def _contents(der: bytes) -> bytes:
    header = read_header(der, 0, len(der))
    assert header is not None
    return der[header[1] :]


TEXT: Final = Form(
    "text", lambda data: data.decode("utf-8", "surrogateescape"), lambda text: text.encode("utf-8", "surrogateescape")
)
HEX: Final = Form("hex", lambda data: data.hex(" "), _hex)
FORMS: Final[Mapping[int, Form]] = {
    0x01: Form("BOOLEAN", lambda data: "FALSE" if data == b"\x00" else "TRUE", _truth),
    0x02: Form("INTEGER", lambda data: hex(int.from_bytes(data, "big", signed=True)), _number),
    0x06: Form("OBJECT IDENTIFIER", dotted_of, _dotted),
    **dict.fromkeys((0x0C, 0x12, 0x13, 0x16, 0x17, 0x18, 0x1A), TEXT),
    # GeneralName: rfc822Name, dNSName and uniformResourceIdentifier are IA5String under an implicit tag.
    **dict.fromkeys((0x81, 0x82, 0x86), TEXT),
}
"""By identifier octet; everything else is written as hex."""


def element_of(field: Field) -> Field | None:
    """The nearest DER element at or above `field`; None where there is none."""
    above: Field | None = field
    while above is not None and not _is_element(above):
        above = above.parent
    return above


def _is_element(field: Field) -> bool:
    return bool(field.children) and field.children[0].name == "header"


def form_of(element: Field) -> Form:
    """How the contents of an element are best written."""
    form = FORMS.get(element.bytes[0] if element.bytes else 0, HEX)
    contents = contents_of(element)
    try:
        return form if form.read(form.write(contents)) == contents else HEX
    except ValueError:
        return HEX


def contents_of(element: Field) -> bytes:
    """The octets of an element behind its header."""
    return element.data[element.children[0].end : element.end]


def with_contents(element: Field, contents: bytes, *, repair: bool = True) -> bytes:
    """The whole structure with other contents in `element`; `repair` makes the lengths around them right."""
    header = element.children[0].bytes
    made = (_header_for(header, len(contents)) if repair else header) + contents
    return _replaced(element, made, repair)


def without(element: Field, *, repair: bool = True) -> bytes:
    """The whole structure without `element`."""
    return _replaced(element, b"", repair)


def with_byte(data: bytes, offset: int, value: int) -> bytes:
    """`data` with one other byte; no length changes."""
    return data[:offset] + bytes([value]) + data[offset + 1 :]


def _replaced(element: Field, made: bytes, repair: bool) -> bytes:
    data, start, end = element.data, element.start, element.end
    above = element.parent
    while above is not None and repair:
        if _is_element(above):
            header = above.children[0]
            contents = data[header.end : start] + made + data[end : above.end]
            made = _header_for(header.bytes, len(contents)) + contents
            start, end = above.start, above.end
        above = above.parent
    return data[:start] + made + data[end:]


def _header_for(header: bytes, length: int) -> bytes:
    """`header` with another length; the identifier octets stay, also those of a long tag."""
    count = 1
    if header and header[0] & 0x1F == 0x1F:
        count = next((at + 1 for at in range(1, len(header)) if not header[at] & 0x80), 1)
    return header[:count] + der_writer.header(0x30, length)[1:]
