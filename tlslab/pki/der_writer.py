"""DER (X.690) as functions that give bytes: right elements by default, any wrong one by `header` and `tlv`.

cryptography builds only what is well formed; a certificate that is wrong on purpose is put together here. Nothing is
checked: an element is what its caller says it is. Reading is the business of `wire`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
ENUMERATED: Final = 0x0A
UTF8_STRING: Final = 0x0C
PRINTABLE_STRING: Final = 0x13
IA5_STRING: Final = 0x16
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

CONTEXT: Final = 0x80
CONSTRUCTED: Final = 0x20


def header(tag: int, length: int) -> bytes:
    """Identifier and length octets, the length in its shortest form (X.690 §10.1).

    tag   the whole identifier octet, class and constructed bit included; tag numbers above 30 are not written.
    """
    if length < 0x80:
        return bytes([tag, length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets


def tlv(tag: int, *contents: bytes) -> bytes:
    """One element: header, then `contents` one behind the other."""
    body = b"".join(contents)
    return header(tag, len(body)) + body


def sequence(*elements: bytes) -> bytes:
    """SEQUENCE or SEQUENCE OF, in the given order."""
    return tlv(SEQUENCE, *elements)


def set_of(*elements: bytes) -> bytes:
    """SET OF, its elements in ascending order as DER wants them (X.690 §11.6)."""
    return tlv(SET, *sorted(elements))


def boolean(value: bool) -> bytes:
    """BOOLEAN; TRUE is 0xFF (X.690 §11.1)."""
    return tlv(BOOLEAN, b"\xff" if value else b"\x00")


def integer(number: int) -> bytes:
    """INTEGER, two's complement in as few octets as possible (X.690 §8.3)."""
    return tlv(INTEGER, _twos_complement(number))


def enumerated(number: int) -> bytes:
    """ENUMERATED, written as an INTEGER (X.690 §8.4)."""
    return tlv(ENUMERATED, _twos_complement(number))


def bit_string(octets: bytes, unused: int = 0) -> bytes:
    """BIT STRING of `octets`, the last `unused` bits of which do not count (X.690 §8.6)."""
    return tlv(BIT_STRING, bytes([unused]), octets)


def named_bits(*bits: int) -> bytes:
    """BIT STRING with names for bits, trailing zero bits left out (X.690 §11.2.2): `named_bits(5, 6)` for keyCertSign, cRLSign."""
    if not bits:
        return bit_string(b"")
    highest = max(bits)
    number = sum(1 << (highest - bit) for bit in set(bits))
    unused = -(highest + 1) % 8
    return bit_string((number << unused).to_bytes((highest + 8) // 8, "big"), unused)


def octet_string(octets: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(OCTET_STRING, octets)


def null() -> bytes:
    """NULL."""
    return tlv(NULL)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted form (X.690 §8.19).

    Raises ValueError for what is none.
    """
    try:
        first, second, *rest = [int(part) for part in dotted.split(".")]
    except ValueError:
        raise ValueError(f"{dotted!r} is no object identifier: write for instance 2.5.29.17") from None
    if not 0 <= first <= 2 or second < 0 or (first < 2 and second > 39) or any(arc < 0 for arc in rest):
        raise ValueError(
            f"{dotted!r} is no object identifier: it begins with 0, 1 or 2, and 0 and 1 have 0 to 39 below"
        )
    return tlv(OBJECT_IDENTIFIER, *(_base128(arc) for arc in (first * 40 + second, *rest)))


def utf8_string(text: str | bytes) -> bytes:
    """UTF8String; bytes are taken as they are."""
    return tlv(UTF8_STRING, text.encode() if isinstance(text, str) else text)


def printable_string(text: str | bytes) -> bytes:
    """PrintableString; whether the characters are allowed in one is not looked at."""
    return tlv(PRINTABLE_STRING, _octets(text))


def ia5_string(text: str | bytes) -> bytes:
    """IA5String; whether the characters are ASCII is not looked at."""
    return tlv(IA5_STRING, _octets(text))


def utc_time(time: datetime | str) -> bytes:
    """UTCTime: of a datetime in UTC, or the given text whatever it says."""
    return tlv(UTC_TIME, _time(time, "%y%m%d%H%M%SZ"))


def generalized_time(time: datetime | str) -> bytes:
    """GeneralizedTime without fraction: of a datetime in UTC, or the given text whatever it says."""
    return tlv(GENERALIZED_TIME, _time(time, "%Y%m%d%H%M%SZ"))


def x509_time(time: datetime) -> bytes:
    """UTCTime until 2049 and GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5)."""
    return utc_time(time) if 1950 <= time.year < 2050 else generalized_time(time)


def context(number: int, *contents: bytes, constructed: bool = True) -> bytes:
    """An element tagged [number], `number` below 31.

    constructed   True around elements, as explicit tags always are; False around the octets of an implicitly tagged
                  string or number.
    """
    return tlv(CONTEXT | (CONSTRUCTED if constructed else 0) | number, *contents)


def name(common_name: str | bytes) -> bytes:
    """A Name of one common name as UTF8String; "" gives the empty one (RFC 5280 §4.1.2.4)."""
    return distinguished_name((("2.5.4.3", common_name),)) if common_name else sequence()


def distinguished_name(attributes: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A Name of one relative name for each pair of object identifier and text, as UTF8String."""
    return sequence(*(set_of(sequence(oid(kind), utf8_string(text))) for kind, text in attributes))


def _twos_complement(number: int) -> bytes:
    # A number of n bits needs one more for its sign; ~number has the bits of a negative one.
    bits = (number if number >= 0 else ~number).bit_length()
    return number.to_bytes(bits // 8 + 1, "big", signed=True)


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


def _octets(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text


def _time(time: datetime | str, form: str) -> bytes:
    if isinstance(time, str):
        return time.encode("latin-1")
    # strftime writes no leading zeros for years before 1000 on some machines.
    moment = time.astimezone(UTC)
    return moment.strftime(form).rjust(13 if "%y" in form else 15, "0").encode("ascii")
