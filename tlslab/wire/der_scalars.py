"""The universal types of ASN.1 that are one value: how each is put into words, and what DER asks of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from tlslab.reference.oids import oid_name
from tlslab.wire.der import BY_TAG, CONTENTS_DOC, Contents, Element, alert_of
from tlslab.wire.der_header import UNIVERSAL
from tlslab.wire.field import Cut, Field, Problem, Value

LONGEST_OID: Final = 128
"""Contents octets of an object identifier that are put into words; nothing real is longer."""
Rule: TypeAlias = tuple[str, str]
"""What is wrong, and the clause that says so."""
Check: TypeAlias = Callable[[bytes], Rule | None]


class Scalar(Element):
    """A primitive element that a function puts into words; `check` says what is wrong with its contents octets."""

    def __init__(
        self,
        name: str,
        tags: frozenset[int],
        words: Callable[[bytes], str],
        number: Callable[[bytes], Value] | None = None,
        check: Check | None = None,
    ) -> None:
        super().__init__(name, tags)
        self._words = words
        self._number = number or words
        self.leaf = Contents(self._number, words)
        self.check = check

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the leaf; what is wrong with its bytes is its problem."""
        if start < end:
            out.append(Cut("contents", CONTENTS_DOC, self.leaf, field, start, end))
        if self.check is None or field.cut or field.problem is not None:
            return
        wrong = self.check(field.data[start:end])
        if wrong is not None:
            about = out[-1] if start < end else field
            about.problem = Problem(wrong[0], start, end, wrong[1], alert_of(field))

    def value(self, field: Field) -> Value:
        """The contents as number or text."""
        return self._number(self.body(field))

    def label(self, field: Field) -> str:
        """The contents in words."""
        return self._words(self.body(field))

    def number(self, body: bytes) -> Value:
        """The same of contents octets."""
        return self._number(body)

    def words(self, body: bytes) -> str:
        """The same of contents octets."""
        return self._words(body)


def _integer(body: bytes) -> int:
    return int.from_bytes(body, "big", signed=True)


def _integer_words(body: bytes) -> str:
    return str(_integer(body)) if len(body) <= 4 else f"0x{body.hex()}"


def _integer_value(body: bytes) -> Value:
    return _integer(body) if len(body) <= 8 else body.hex()


def _integer_check(body: bytes) -> Rule | None:
    if not body:
        return "an INTEGER has at least one octet", "X.690 §8.3.1"
    if len(body) > 1 and body[0] in {0x00, 0xFF} and (body[0] ^ body[1]) < 0x80:
        return "the first nine bits of an INTEGER must not be alike", "X.690 §8.3.2"
    return None


def _boolean(body: bytes) -> str:
    return "TRUE" if any(body) else "FALSE"


def _boolean_check(body: bytes) -> Rule | None:
    if len(body) != 1:
        return "a BOOLEAN has one octet", "X.690 §8.2.1"
    return None if body[0] in {0x00, 0xFF} else ("TRUE is 0xff in DER", "X.690 §11.1")


def _default_false_check(body: bytes) -> Rule | None:
    return ("FALSE is the default, which DER leaves out", "X.690 §11.5") if body == b"\0" else _boolean_check(body)


def dotted(body: bytes) -> str:
    """An OID's contents as dotted numbers; "" where they are none (X.690 §8.19)."""
    return _dotted(body[:LONGEST_OID])


@lru_cache(maxsize=512)
def _dotted(body: bytes) -> str:
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


def name_of_oid(body: bytes) -> str:
    """The name of the OID with these contents octets; its dotted numbers where it has none here."""
    return _name_of_oid(body[:LONGEST_OID])


@lru_cache(maxsize=512)
def _name_of_oid(body: bytes) -> str:
    text = dotted(body)
    return oid_name(text) or text


def oid_octets(text: str) -> bytes:
    """Contents octets of a dotted OID, the reverse of `dotted`."""
    first, second, *rest = (int(part) for part in text.split("."))
    octets = bytearray()
    for number in (40 * first + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return bytes(octets)


def _oid_words(body: bytes) -> str:
    return _words_of_oid(body[:LONGEST_OID])


@lru_cache(maxsize=512)
def _words_of_oid(body: bytes) -> str:
    text, name = dotted(body), name_of_oid(body)
    return name if name == text else f"{name} ({text})"


def _oid_check(body: bytes) -> Rule | None:
    if not body or body[-1] & 0x80:
        return "an OBJECT IDENTIFIER ends with an octet below 0x80", "X.690 §8.19.2"
    if 0x80 in body and any(byte == 0x80 and (at == 0 or body[at - 1] < 0x80) for at, byte in enumerate(body)):
        return "a number in an OBJECT IDENTIFIER must not begin with 0x80", "X.690 §8.19.2"
    return None


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _utf16(body: bytes) -> str:
    return body.decode("utf-16-be", "replace")


def _utf32(body: bytes) -> str:
    return body.decode("utf-32-be", "replace")


def _latin1(body: bytes) -> str:
    return body.decode("latin-1")


def _utf8_check(body: bytes) -> Rule | None:
    try:
        body.decode()
    except UnicodeDecodeError:
        return "the text is not UTF-8", "X.690 §8.23.10"
    return None


def _letters_check(pattern: bytes, what: str) -> Check:
    """Only these letters may stand in the string (X.680, clause 41)."""
    allowed = re.compile(pattern)

    def check(body: bytes) -> Rule | None:
        if allowed.fullmatch(body):
            return None
        return f"{what} cannot hold all of these letters", "X.680 §41"

    return check


UTC: Final = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")
GENERALIZED: Final = re.compile(rb"(\d\d\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d*[1-9])?Z")


def _utc_parts(body: bytes) -> tuple[int, ...] | None:
    """Year, month, day, hour, minute, second of a UTCTime as DER writes it."""
    found = UTC.fullmatch(body)
    if found is None:
        return None
    year, *rest = (int(part) for part in found.groups())
    # RFC 5280 §4.1.2.5.1: two-digit years from 50 on are in the twentieth century.
    return year + (1900 if year >= 50 else 2000), *rest


def _generalized_parts(body: bytes) -> tuple[int, ...] | None:
    found = GENERALIZED.fullmatch(body)
    return tuple(int(part) for part in found.groups()) if found is not None else None


def _time_words(read: Callable[[bytes], tuple[int, ...] | None]) -> Callable[[bytes], str]:
    """A time as people write it; the text itself where it is none."""

    def words(body: bytes) -> str:
        parts = read(body)
        return "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC".format(*parts) if parts is not None else _text(body)

    return words


def _time_check(read: Callable[[bytes], tuple[int, ...] | None], form: str, clause: str) -> Check:
    def check(body: bytes) -> Rule | None:
        parts = read(body)
        if parts is None:
            return f"the time must be written {form}", clause
        _, month, day, hour, minute, second = parts
        possible = 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60
        return None if possible else ("there is no such time", clause)

    return check


def _null_check(body: bytes) -> Rule | None:
    return ("NULL has no contents", "X.690 §8.8.2") if body else None


def _scalar(
    tag: int,
    words: Callable[[bytes], str],
    number: Callable[[bytes], Value] | None = None,
    check: Check | None = None,
) -> Scalar:
    kind = Scalar(UNIVERSAL[tag], frozenset({tag}), words, number, check)
    BY_TAG[tag] = kind
    return kind


INTEGER: Final = _scalar(0x02, _integer_words, _integer_value, _integer_check)
BOOLEAN: Final = _scalar(0x01, _boolean, check=_boolean_check)
ENUMERATED: Final = _scalar(0x0A, _integer_words, _integer_value, _integer_check)
OBJECT_IDENTIFIER: Final = _scalar(0x06, _oid_words, dotted, _oid_check)
NULL: Final = _scalar(0x05, lambda _: "NULL", lambda _: None, _null_check)
UTF8_STRING: Final = _scalar(0x0C, _text, check=_utf8_check)
PRINTABLE_STRING: Final = _scalar(0x13, _text, check=_letters_check(rb"[A-Za-z0-9 '()+,./:=?-]*", "PrintableString"))
NUMERIC_STRING: Final = _scalar(0x12, _text, check=_letters_check(rb"[0-9 ]*", "NumericString"))
TELETEX_STRING: Final = _scalar(0x14, _latin1)
IA5_STRING: Final = _scalar(0x16, _text, check=_letters_check(rb"[\x00-\x7f]*", "IA5String"))
VISIBLE_STRING: Final = _scalar(0x1A, _text, check=_letters_check(rb"[\x20-\x7e]*", "VisibleString"))
UNIVERSAL_STRING: Final = _scalar(0x1C, _utf32)
BMP_STRING: Final = _scalar(0x1E, _utf16)
UTC_TIME: Final = _scalar(0x17, _time_words(_utc_parts), check=_time_check(_utc_parts, "YYMMDDHHMMSSZ", "X.690 §11.8"))
GENERALIZED_TIME: Final = _scalar(
    0x18, _time_words(_generalized_parts), check=_time_check(_generalized_parts, "YYYYMMDDHHMMSSZ", "X.690 §11.7")
)

DEFAULT_FALSE: Final = Scalar("BOOLEAN", BOOLEAN.tags, _boolean, check=_default_false_check)
"""`BOOLEAN DEFAULT FALSE`."""
