"""What a block of extensions must not be: one twice, one that does not belong into this message, the binders not at the end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from tlslab.wire.field import Field, Problem

PRE_SHARED_KEY: Final = 41
SUPPORTED_VERSIONS: Final = 43
TLS_FLAGS: Final = 62
SERVER_HELLO_TLS13: Final = frozenset({33, 39, 41, 43, 51, 53, 54, 61, TLS_FLAGS})
"""All that a ServerHello of TLS 1.3 may carry; the rest of the answers is encrypted (RFC 8446 §4.2, IANA "TLS 1.3" column)."""


def number_of(extension: Field) -> int | None:
    """Type of an extension; None for what is none: left-over bytes, or too few of them."""
    if extension.end - extension.start < 4 or extension.name == "trailing":
        return None
    data, start = extension.data, extension.start
    return data[start] << 8 | data[start + 1]


def check_block(extensions: Sequence[Field], allowed: frozenset[int], known: Collection[int], *, hello: str) -> None:
    """Put on each extension what is wrong with its being there.

    allowed  types that the message may carry; known: those that have a place anywhere.
    hello    "client" or "server" for the block of such a hello, "" for any other.
    """
    numbers = [number_of(extension) for extension in extensions]
    usual = hello != "server" and PRE_SHARED_KEY not in numbers
    if usual and len({*numbers}) == len(numbers) and allowed.issuperset(numbers):
        return  # Nothing twice, nothing strange.
    if hello == "server" and SUPPORTED_VERSIONS in numbers:
        allowed = SERVER_HELLO_TLS13
    seen: set[int] = set()
    for extension, number in zip(extensions, numbers, strict=True):
        if number is None:
            continue
        if number in seen:
            _blame(extension, f"{extension.name} stands here twice", "RFC 8446 §4.2")
        elif number not in allowed and number in known and number != TLS_FLAGS:
            _blame(extension, f"{extension.name} does not belong into this message", "RFC 8446 §4.2")
        elif hello == "client" and number == PRE_SHARED_KEY and extension is not extensions[-1]:
            # The binders are computed over everything in front of them.
            _blame(extension, "pre_shared_key is not the last extension", "RFC 8446 §4.2.11")
        seen.add(number)


def _blame(extension: Field, text: str, rule: str) -> None:
    if extension.problem is None:
        extension.problem = Problem(text, extension.start, extension.end, rule, "illegal_parameter")
