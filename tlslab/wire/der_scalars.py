"""The universal types of ASN.1 that are one value, and how each is put into words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlslab.reference.oids import oid_name
from tlslab.wire.der import BY_TAG, Scalar
from tlslab.wire.der_header import UNIVERSAL
from tlslab.wire.field import Value


def _integer(body: bytes) -> int:
    return int.from_bytes(body, "big", signed=True)


def _integer_words(body: bytes) -> str:
    return str(_integer(body)) if len(body) <= 4 else f"0x{body.hex()}"


def _integer_value(body: bytes) -> Value:
    return _integer(body) if len(body) <= 8 else body.hex()


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _utf16(body: bytes) -> str:
    return body.decode("utf-16-be", "replace")


def _boolean(body: bytes) -> str:
    return "TRUE" if any(body) else "FALSE"


def dotted(body: bytes) -> str:
    """An OID's contents as dotted numbers; "" where they are none (X.690 §8.19)."""
    numbers: list[int] = []
    number = 0
    for byte in body:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        return ""
    first = min(numbers[0] // 40, 2)
    return ".".join(str(part) for part in (first, numbers[0] - 40 * first, *numbers[1:]))


def _oid_words(body: bytes) -> str:
    text = dotted(body)
    name = oid_name(text)
    return f"{name} ({text})" if name else text


def _time_words(body: bytes) -> str:
    """A UTCTime or GeneralizedTime as people write times; the text itself where it is none."""
    text = _text(body)
    digits = text.removesuffix("Z")
    if not digits.isdigit() or len(digits) not in {12, 14}:
        return text
    if len(digits) == 12:
        # RFC 5280 §4.1.2.5.1: two-digit years from 50 on are in the twentieth century.
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    date = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
    return f"{date} {digits[8:10]}:{digits[10:12]}:{digits[12:14]} UTC"


def _scalar(tag: int, words: Callable[[bytes], str], value: Callable[[bytes], Value] | None = None) -> Scalar:
    kind = Scalar(UNIVERSAL[tag], frozenset({tag}), words, value or words)
    BY_TAG[tag] = kind
    return kind


INTEGER: Final = _scalar(0x02, _integer_words, _integer_value)
BOOLEAN: Final = _scalar(0x01, _boolean)
ENUMERATED: Final = _scalar(0x0A, _integer_words, _integer_value)
OBJECT_IDENTIFIER: Final = _scalar(0x06, _oid_words, dotted)
NULL: Final = _scalar(0x05, lambda _: "NULL", lambda _: None)
UTF8_STRING: Final = _scalar(0x0C, _text)
PRINTABLE_STRING: Final = _scalar(0x13, _text)
NUMERIC_STRING: Final = _scalar(0x12, _text)
TELETEX_STRING: Final = _scalar(0x14, lambda body: body.decode("latin-1"))
IA5_STRING: Final = _scalar(0x16, _text)
VISIBLE_STRING: Final = _scalar(0x1A, _text)
BMP_STRING: Final = _scalar(0x1E, _utf16)
UTC_TIME: Final = _scalar(0x17, _time_words)
GENERALIZED_TIME: Final = _scalar(0x18, _time_words)
