"""No expression takes more than linear time, and none a stack of memory, on long strings of what it looks for."""

from __future__ import annotations

import contextlib
import re
import time
import tracemalloc

import pytest

from tests.hostile import pastes
from tlslab.keys import ech, keylog
from tlslab.pki import importing
from tlslab.pki.verify import limbo, syntax
from tlslab.trace import exchanges, magic, pasted, pasted_dumps, pem

LENGTH = 200_000
LONGEST_S = 1.0
"""Processor time. In linear time each takes some milliseconds; in quadratic time minutes."""
LONG = {
    "arrays": (exchanges._PEER.findall, "peer0_0[] = { 0x16, ", ""),
    "headings of openssl -msg": (exchanges._MESSAGE.match, "a", ">>> "),
    "headings with commas": (exchanges._MESSAGE.match, "aB, ", ">>> "),
    "lines of openssl -msg": (exchanges._HEX_LINE.match, " ", ""),
    "pairs in a line": (exchanges._HEX_LINE.match, " 05", ""),
    "lines of a key log": (magic.KEYLOG_LINE.search, b"CLIENT_RANDOM ", b""),
    "lines of digits": (magic.KEYLOG_LINE.search, b"5", b"CLIENT_RANDOM 55555555555555555555 "),
    "secrets within lines": (re.compile(keylog._IN_BETWEEN).search, "A ", ""),
    "ends of secrets": (re.compile(keylog._IN_BETWEEN).search, "5", f"A {'5' * 64} "),
    "sessions": (re.compile(keylog._OF_SESSION).search, "Session-ID:aa", ""),
    "blocks of PEM": (lambda text: [*pem._BLOCK.finditer(text)], b"-----BEGIN A-----\n", b""),
    "ends of PEM": (lambda text: [*pem._BLOCK.finditer(text)], b"-----END ", b"-----BEGIN A-----"),
    "headers of PEM": (pem._HEADER.match, b"a-", b""),
    "blocks of keys": (lambda text: [*ech._PEM.finditer(text)], b"-----BEGIN A-----\n", b""),
    "blocks to import": (lambda text: [*importing._BLOCK.finditer(text)], b"-----BEGIN A-----\n", b""),
    "dashes to import": (lambda text: [*importing._BLOCK.finditer(text)], b"-a", b"-----BEGIN A-----"),
    "blocks of cases": (limbo._PEM.search, "-----BEGIN A-----", ""),
    "mailboxes": (syntax._LOCAL_PART.fullmatch, "a.", ""),
    "quoted mailboxes": (syntax._LOCAL_PART.fullmatch, "\\a", '"'),
    "hosts": (syntax._HOST.fullmatch, "a.", ""),
    "lines of a dump": (pasted_dumps.DUMP_LINE.match, " ", ""),
    "words of a dump": (pasted_dumps._BYTES.match, "05", ""),
    "runs of hex": (lambda text: [*pasted._IN_TEXT.finditer(text)], "05 05 05 05 05 05 05 x ", ""),
    "one run of hex": (lambda text: [*pasted._IN_TEXT.finditer(text)], "05 ", ""),
    "numbers": (lambda text: [*pasted._NUMBER.finditer(text)], "5", "0x"),
    "decimal numbers": (pasted._DECIMAL_LIST.fullmatch, "1, ", ""),
    "several numbers": (pasted._SEVERAL.match, "5", "1, 2, "),
    "braces": (lambda text: [*pasted._BRACES.finditer(text)], "{[", ""),
    "casts": (lambda text: pasted._CAST.sub("", text), "( ", ""),
    "comments": (pasted._without_comments, "/* // ", ""),
    "open quotes": (lambda text: [*pasted._quoted(text)], "'\\\\\"", ""),
    "literals": (lambda text: [*pasted._quoted(text)], "\\x16", '"'),
}


@pytest.mark.parametrize("name", LONG)
def test_long_strings_take_an_expression_no_time(name: str) -> None:
    match, pump, before = LONG[name]
    text = before + pump * (LENGTH // len(pump)) + ("!" if isinstance(pump, str) else b"!")  # type: ignore[operator]
    start = time.process_time()
    match(text)  # type: ignore[operator]
    assert time.process_time() - start < LONGEST_S


def test_quadratic_time_would_be_seen() -> None:
    """Negative control, on a tenth of the string."""
    start = time.process_time()
    re.compile(r"-----BEGIN .*?-----END", re.DOTALL).search("-----BEGIN " * (LENGTH // 60))
    assert time.process_time() - start > LONGEST_S / 200


@pytest.mark.parametrize("name", ("dump_of_one_word", "one_literal", "decimals", "empty_braces", "json_strings"))
def test_a_long_paste_takes_memory_in_line_with_its_length(name: str) -> None:
    text = pastes.SHAPES[name](LENGTH).decode()
    tracemalloc.start()
    try:
        with contextlib.suppress(ValueError):
            pasted.readings(text)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 16 * LENGTH
