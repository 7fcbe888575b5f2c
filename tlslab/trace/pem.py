"""PEM (RFC 7468): blocks of base64 between BEGIN and END, with any text around them."""

from __future__ import annotations

import binascii
import re
import string
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tlslab.wire.words import harmless

_BLOCK: Final = re.compile(rb"-----BEGIN ([^\r\n-]+)-----(.*?)(?:-----END [^\r\n-]+-----|\Z)", re.DOTALL)
_HEADER: Final = re.compile(rb"([A-Za-z-]+):([^\r\n]*)[\r\n]*")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=\s]*")
MOST: Final = 10_000
"""Blocks that are read, at most."""

MOST_HEADERS: Final = 100
"""Headers of a block that are kept: there are two."""

LONGEST_LABEL: Final = 64
"""Letters of a label that are told, at most."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block."""

    label: str
    """What stands behind BEGIN: "CERTIFICATE"."""
    data: bytes
    """What the base64 stands for; as far as it goes where it is damaged."""
    headers: tuple[tuple[str, str], ...] = ()
    """Lines with a colon before the base64, as old encrypted keys have them: ("DEK-Info", "AES-128-CBC,...")."""
    problem: str = ""
    """What is wrong with the block, in words; "" if nothing is."""

    @property
    def encryption(self) -> str:
        """With what the contents are encrypted (RFC 1421 §4.6.1.3): "AES-128-CBC"; "" for not at all."""
        return dict(self.headers).get("DEK-Info", "").split(",")[0]


def pem_blocks(data: bytes, most: int = MOST) -> list[Block]:
    """Every block in `data`, in order, the first `most` of them. Never raises; damage is told by the block."""
    found: list[Block] = []
    for match in islice(_BLOCK.finditer(data), most):
        label = harmless(match[1][:LONGEST_LABEL].decode("ascii", "replace"))
        found.append(_block(label, match[2], closed=match.end(2) < match.end()))
    return found


def _block(label: str, body: bytes, *, closed: bool) -> Block:
    headers, encoded = _split(body)
    data, problem = _decoded(encoded)
    if not closed:
        problem = "it has no END line"
    return Block(label, data, headers, problem)


def _split(body: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The headers, and the base64 behind the empty line that ends them."""
    if b":" not in body:
        return (), body
    headers: list[tuple[str, str]] = []
    rest = body.lstrip()
    while len(headers) < MOST_HEADERS and (header := _HEADER.match(rest)) is not None:
        name, value = (text.decode("ascii", "replace").strip() for text in header.groups())
        headers.append((name, value))
        rest = rest[header.end() :]
    return tuple(headers), rest


def _decoded(encoded: bytes) -> tuple[bytes, str]:
    """The bytes, and what is wrong with their base64."""
    good = _BASE64.match(encoded)
    clean = good[0].translate(None, string.whitespace.encode()) if good is not None else b""
    problem = "" if good is not None and good.end() == len(encoded) else "its base64 has a letter in it that is none"
    bare = clean.rstrip(b"=")
    if len(bare) % 4 == 1:
        bare, problem = bare[:-1], problem or "its base64 is cut short"
    try:
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4)), problem
    except binascii.Error:
        return b"", problem or "its base64 is damaged"
