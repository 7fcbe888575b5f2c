"""The shapes by which `der_kinds` tells structures in DER apart: the tags of their first elements, and where these do not do, numbers and names.

Nothing here raises, whatever the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final, TypeAlias

from tlslab.wire.der_header import end_of_indefinite, read_header
from tlslab.wire.der_scalars import name_of_oid


class Part(tuple[int, bytes]):  # noqa: SLOT001 - what is inside is kept with it
    """First identifier octet and contents of an element."""

    place: tuple[bytes, int, int, dict[int, int]]
    """All the bytes, where in them the contents start and end, and what `end_of_indefinite` has noted of them."""

    @cached_property
    def inside(self) -> list[Part]:
        """The elements that its contents are, the first of them; none if they are no elements."""
        return _parts(*self.place)


def element_length(data: bytes, start: int = 0) -> int | None:
    """Bytes of the one element at `start`; None if it does not fit."""
    end = _end_of_element(data, start, len(data), {})
    return end - start if end is not None else None


def _end_of_element(data: bytes, start: int, limit: int, ends: dict[int, int]) -> int | None:
    header = read_header(data, start, limit)
    if header is None or header[0] == 0:
        return None
    _, body, length, _ = header
    if length < 0:
        return end_of_indefinite(data, body, limit, ends)
    return body + length if body + length <= limit else None


MOST: Final = 64
"""Elements that are looked at: a kind is told by its first ones."""


def parts(data: bytes) -> list[Part]:
    """The elements that stand side by side in `data`, the first of them; none if the bytes are no such list."""
    return _parts(data, 0, len(data), {})


def _parts(data: bytes, start: int, limit: int, ends: dict[int, int]) -> list[Part]:
    found: list[Part] = []
    pos = start
    while pos < limit and len(found) < MOST:
        header, end = read_header(data, pos, limit), _end_of_element(data, pos, limit, ends)
        if header is None or end is None:
            return []
        tag, body, length, _ = header
        closed = end - (2 if length < 0 else 0)
        part = Part((tag, data[body:closed]))
        part.place = data, body, closed, ends
        found.append(part)
        pos = end
    return found


def _tags(found: list[Part]) -> bytes:
    return bytes(tag for tag, _ in found)


def _inner(found: list[Part], index: int) -> list[Part]:
    return found[index].inside if index < len(found) else []


def _oid(found: list[Part]) -> str:
    """The name of the identifier with which the list begins."""
    return name_of_oid(found[0][1]) if found and found[0][0] == 0x06 else ""


def _integers(found: list[Part]) -> list[int]:
    return [int.from_bytes(contents, "big") for tag, contents in found if tag == 0x02]


Shape: TypeAlias = Callable[[int, bytes, list[Part]], str | None]
"""Given tag, contents and the elements inside: None if it is not that, else why it is that and not another ("" if clear)."""


def _signed(inside: list[Part]) -> list[Part]:
    """What is signed, if this is a SEQUENCE of that, an algorithm and a signature."""
    return _inner(inside, 0) if _tags(inside[:3]) == b"\x30\x30\x03" else []


def _when(fits: bool) -> str | None:
    return "" if fits else None


def _certificate(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    tags = _tags(_signed(inside))
    return _when(len(inside) == 3 and tags.removeprefix(b"\xa0").startswith(b"\x02\x30\x30\x30\x30\x30"))


def _crl(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    tags = _tags(_signed(inside)).removeprefix(b"\x02")
    return _when(len(inside) == 3 and tags[:2] == b"\x30\x30" and tags[2:3] in {b"\x17", b"\x18"})


def _csr(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    tags = _tags(_signed(inside))
    return _when(len(inside) == 3 and tags in {b"\x02\x30\x30\xa0", b"\x02\x30\x30"})


def _basic_response(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    tags = _tags(_signed(inside)).removeprefix(b"\xa0")
    return _when(tags[:1] in {b"\xa1", b"\xa2"} and tags[1:3] == b"\x18\x30")


def _response(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside) in {b"\x0a", b"\x0a\xa0"})


def _request(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    lists = [part for part in _inner(inside, 0) if part[0] == 0x30]
    first = _inner(_inner(_inner(lists, 0), 0), 0) if lists else []
    return _when(_tags(inside) in {b"\x30", b"\x30\xa0"} and _tags(first) == b"\x30\x04\x04\x02")


def _content_info(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    known = _oid(inside) in {*CONTENT_TYPE_NAMES}
    return _when(known and _tags(inside) in {b"\x06", b"\x06\xa0"})


def _pfx(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside) in {b"\x02\x30", b"\x02\x30\x30"} and _oid(_inner(inside, 1)) in {"data", "signedData"})


def _pkcs8(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside[:3]) == b"\x02\x30\x04" and _oid(_inner(inside, 1)) != "")


def _encrypted(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    if _tags(inside) != b"\x30\x04":
        return None
    name = _oid(_inner(inside, 0))
    return _when(name != "" and name not in HASHES)


def _digest_info(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside) == b"\x30\x04" and _oid(_inner(inside, 0)) in HASHES)


def _rsa_private(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside[:9]) == b"\x02" * 9)


def _dsa_private(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside) == b"\x02" * 6 and _integers(inside)[0] == 0)


def _ec_private(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside[:2]) == b"\x02\x04" and _tags(inside[2:]) in {b"", b"\xa0", b"\xa1", b"\xa0\xa1"})


def _spki(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside) == b"\x30\x03" and _oid(_inner(inside, 0)) != "")


def _ec_parameters(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(_tags(inside[:5]) == b"\x02\x30\x30\x04\x02")


def _two_integers(inside: list[Part]) -> tuple[int, int] | None:
    """Two positive integers and nothing else."""
    if _tags(inside) != b"\x02\x02":
        return None
    first, second = _integers(inside)
    return (first, second) if first and second else None


SMALL: Final = 64
"""Bits up to which the second number is an exponent or a generator, and no half of a signature."""
LONGEST_SIGNATURE: Final = 640
"""Bits of a half of an ECDSA signature, at most; the largest curve has 571."""


def _rsa_public(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    pair = _two_integers(inside)
    if pair is None or pair[1].bit_length() > SMALL or pair[1] in {1, 2, 5}:
        return None
    return f"two numbers, the second is {pair[1]}: an exponent; in Diffie-Hellman parameters it would be 2 or 5"


def _dh(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    pair = _two_integers(inside[:2])
    if pair is None or pair[0].bit_length() < LONGEST_SIGNATURE // 2:
        return None
    if len(inside) == 2 and pair[1] in {2, 5}:
        return (
            f"two numbers, the second is {pair[1]}: a generator; an RSA public key has an odd exponent from 3 on there"
        )
    if _tags(inside) == b"\x02\x02\x02" and len(inside[2][1]) <= 2:
        return "three numbers, the last is short: a length; DSA parameters have a generator there"
    if len(inside) == 2 and pair[0].bit_length() > LONGEST_SIGNATURE:
        return "two long numbers, too long for an ECDSA signature"
    return None


def _ecdsa(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    pair = _two_integers(inside)
    if pair is None or pair[1].bit_length() <= SMALL:
        return None
    return "two numbers of about the same length; in an RSA public key the second is short"


def _dsa_parameters(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    if _tags(inside) != b"\x02\x02\x02" or not 19 <= len(inside[1][1]) <= 33 or len(inside[2][1]) < 40:
        return None
    return "three numbers, the second is the short one: p, q, g; Diffie-Hellman parameters (X9.42) begin p, g, q"


def _domain(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    tags = _tags(inside)
    fits = tags in {b"\x02" * 3, b"\x02" * 4, b"\x02\x02\x02\x30", b"\x02\x02\x02\x02\x30"} and len(inside[2][1]) > 15
    return _when(fits)


def _name(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    first = _inner(_inner(inside, 0), 0)
    return _when(set(_tags(inside)) == {0x31} and _tags(first)[:1] == b"\x06" and len(first) == 2)


def _general_names(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    return _when(bool(inside) and set(_tags(inside)) <= {0xA0, 0x81, 0x82, 0xA3, 0xA4, 0xA5, 0x86, 0x87, 0x88})


def _extensions(tag: int, contents: bytes, inside: list[Part]) -> str | None:
    tags = [_tags(part.inside) for part in inside]
    fits = set(_tags(inside)) == {0x30} and all(each in {b"\x06\x04", b"\x06\x01\x04"} for each in tags)
    return _when(fits)


CONTENT_TYPE_NAMES: Final = frozenset(
    {
        "data",
        "signedData",
        "envelopedData",
        "digestedData",
        "encryptedData",
        "compressedData",
        "authData",
        "authEnvelopedData",
    }
)
HASHES: Final = frozenset(
    {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-224", "sha512-256"}
    | {f"sha3-{bits}" for bits in (224, 256, 384, 512)}
)
SHAPES: Final[dict[str, Shape]] = {
    "certificate": _certificate,
    "certificate_list": _crl,
    "basic_ocsp_response": _basic_response,
    "certification_request": _csr,
    "ocsp_response": _response,
    "ocsp_request": _request,
    "content_info": _content_info,
    "pfx": _pfx,
    "private_key": _pkcs8,
    "encrypted_private_key": _encrypted,
    "digest_info": _digest_info,
    "rsa_private_key": _rsa_private,
    "dsa_private_key": _dsa_private,
    "ec_private_key": _ec_private,
    "public_key": _spki,
    "ec_parameters": _ec_parameters,
    "rsa_public_key": _rsa_public,
    "dh_parameters": _dh,
    "ecdsa_signature": _ecdsa,
    "dsa_parameters": _dsa_parameters,
    "domain_parameters": _domain,
    "distinguished_name": _name,
    "general_names": _general_names,
    "certificate_extensions": _extensions,
    "named_curve": lambda tag, contents, inside: _when(tag == 0x06 and bool(contents)),
}
"""The shape of each kind, in the order in which they are tried."""
