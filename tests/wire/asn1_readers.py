"""Where two readers of ASN.1 that we did not write find the elements of some DER: `openssl asn1parse` and asn1crypto."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

from asn1crypto import parser

from tests.oracles import require_program
from tlslab.wire.der import Element
from tlslab.wire.der_header import read_header
from tlslab.wire.field import Field

ASN1PARSE = re.compile(r" *(\d+):d=\d+ +hl=(\d+) l= *(\d+|inf) +(?:prim|cons):(?! EOC)")


def elements(root: Field) -> Iterator[tuple[int, int, int, int]]:
    """Offset, header length, length (-1 where it is indefinite) and tag of each element of a tree."""
    for field in root.walk():
        if isinstance(field.kind, Element):
            header = read_header(field.data, field.start, field.end)
            assert header is not None
            tag, body, length, _ = header
            assert field.end == body + length or (length < 0 and field.data[field.end - 2 : field.end] == bytes(2))
            yield field.start, body - field.start, length, tag


def by_asn1crypto(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The same, by asn1crypto; it does not look into strings."""
    while start < end:
        tag_class, constructed, number, header, contents, _ = parser.parse(data[start:end])
        yield start, len(header), len(contents), tag_class << 6 | constructed << 5 | number
        body = start + len(header)
        if constructed:
            yield from by_asn1crypto(data, body, body + len(contents))
        start = body + len(contents)


def by_openssl(data: bytes, offset: int = 0) -> set[tuple[int, int, int]]:
    """Offset, header length and length of each element, by `openssl asn1parse`, which does not look into strings."""
    command = [require_program("openssl"), "asn1parse", "-inform", "DER"]
    command += ["-strparse", str(offset)] if offset else []
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    rows = (ASN1PARSE.match(line) for line in done.stdout.decode(errors="replace").splitlines())
    return {(int(row[1]), int(row[2]), -1 if row[3] == "inf" else int(row[3])) for row in rows if row is not None}


def in_string(field: Field) -> bool:
    """Whether an OCTET STRING or BIT STRING stands above the field."""
    above = field.parent
    while above is not None:
        if above.data[above.start] in {0x03, 0x04}:
            return True
        above = above.parent
    return False


def outside_strings(root: Field) -> set[tuple[int, int, int]]:
    """Offset, header length and length of each element that no string wraps: what `openssl asn1parse` prints."""
    return {
        (start, header, length)
        for field in root.walk()
        if isinstance(field.kind, Element) and not in_string(field)
        for start, header, length, _ in (next(elements(field)),)
    }


def root_at(root: Field, found: tuple[int, int, int, int]) -> Field:
    """The outermost element that starts there with that length."""
    field = root
    while (field.start, field.end) != (found[0], found[0] + found[1] + found[2]):
        field = next(child for child in field.children if child.start <= found[0] < child.end)
    return field


def inner_string(top: Field, start: int) -> bool:
    """Whether a string stands between `top` and the element that starts there."""
    field = top
    while field.start != start:
        if field.data[field.start] in {3, 4}:
            return True
        field = next(child for child in field.children if child.start <= start < child.end)
    return False
