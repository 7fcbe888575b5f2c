"""JA3 and JA4 of a ClientHello: short names for what a client offers, by which programs are told apart.

Both leave out GREASE (RFC 8701), which clients choose anew each time. JA3 keeps the order of the extensions, which
browsers shuffle; JA4 sorts. Sources: github.com/salesforce/ja3, github.com/FoxIO-LLC/ja4 (JA4 of the client alone).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from tlslab.wire.code_points import is_grease
from tlslab.wire.field import Field

SERVER_NAME: Final = 0
ALPN: Final = 16
JA4_VERSIONS: Final = {
    0x0304: "13",
    0x0303: "12",
    0x0302: "11",
    0x0301: "10",
    0x0300: "s3",
    0x0002: "s2",
    0xFEFF: "d1",
    0xFEFD: "d2",
    0xFEFC: "d3",
}
NOTHING: Final = "000000000000"
"""What JA4 writes in place of the hash of an empty list."""
MOST_COUNTED: Final = 99


Extensions: TypeAlias = list[tuple[int, Field]]
"""Number and field of each, in order."""


class Fingerprints(NamedTuple):
    """Both fingerprints of a ClientHello, and what each is the hash of."""

    ja3: str
    """32 hexadecimal digits: MD5 of `ja3_full`."""
    ja3_full: str
    """Version, cipher suites, extensions, groups and point formats, as decimal numbers."""
    ja4: str
    """As in "t13d1516h2_8daaf6152771_e5627efa2ab1"."""
    ja4_raw: str
    """The same with the lists in place of their hashes; what other tools call ja4_r."""


def fingerprints(root: Field) -> Fingerprints | None:
    """Fingerprints of a message; None if it is no ClientHello, is cut short, or has the form of SSLv2. Never raises."""
    if root.name != "ClientHello" or root.child("legacy_compression_methods") is None or root.cut:
        return None
    extensions = _extensions(root)
    full = _ja3(root, extensions)
    head, suites, rest = _ja4(root, extensions)
    return Fingerprints(
        hashlib.md5(full.encode(), usedforsecurity=False).hexdigest(),
        full,
        f"{head}_{_hash(suites)}_{_hash(rest)}",
        f"{head}_{suites}_{rest}",
    )


def _ja3(root: Field, extensions: Extensions) -> str:
    version = root.child("legacy_version")
    lists = (
        _numbers(root.child("cipher_suites")),
        [number for number, _ in extensions],
        _inside(extensions, 10),
        _inside(extensions, 11, keep_grease=True),
    )
    words = ["-".join(str(number) for number in numbers) for numbers in lists]
    return ",".join([str(version.value if version is not None else 0), *words])


def _ja4(root: Field, extensions: Extensions) -> tuple[str, str, str]:
    suites = _numbers(root.child("cipher_suites"))
    present = [number for number, _ in extensions]
    head = (
        ("d" if root.context.datagram else "t")
        + JA4_VERSIONS.get(_version(root, extensions), "00")
        + ("d" if SERVER_NAME in present else "i")
        + f"{min(len(suites), MOST_COUNTED):02}{min(len(present), MOST_COUNTED):02}"
        + _first_protocol(extensions)
    )
    kept = _hex(sorted(number for number in present if number not in {SERVER_NAME, ALPN}))
    schemes = _hex(_inside(extensions, 13))
    return head, _hex(sorted(suites)), f"{kept}_{schemes}" if schemes else kept


def _version(root: Field, extensions: Extensions) -> int:
    """The best version that is offered; of DTLS, whose numbers count down, the lowest."""
    legacy = root.child("legacy_version")
    offered = _inside(extensions, 43)
    if not offered:
        return int(legacy.value or 0) if legacy is not None else 0
    return min(offered) if root.context.datagram else max(offered)


def _first_protocol(extensions: Extensions) -> str:
    """First and last character of the first protocol of ALPN; of its hex, if they are no letters or digits."""
    extension = dict(reversed(extensions)).get(ALPN)
    protocol = extension.find("protocol_name_list", "[0]", "protocol_name") if extension is not None else None
    if protocol is None or not protocol.bytes:
        return "00"
    ends = (protocol.bytes[:1] + protocol.bytes[-1:]).decode("latin-1")
    if all(end.isascii() and end.isalnum() for end in ends):
        return ends
    return protocol.bytes.hex()[0] + protocol.bytes.hex()[-1]


def _extensions(root: Field) -> Extensions:
    """Number and field of each extension, in order, without GREASE."""
    field = root.child("extensions")
    found: Extensions = []
    for extension in field.children[1:] if field is not None else []:
        head = extension.bytes[:2]
        number = int.from_bytes(head, "big")
        if len(head) == 2 and extension.name != "trailing" and not is_grease(number):
            found.append((number, extension))
    return found


def _inside(extensions: Extensions, number: int, *, keep_grease: bool = False) -> list[int]:
    """The numbers of the list that makes up the first extension of that number."""
    extension = dict(reversed(extensions)).get(number)
    members = extension.children[2:3] if extension is not None else []
    return _numbers(members[0] if members else None, keep_grease=keep_grease)


def _numbers(vector: Field | None, *, keep_grease: bool = False) -> list[int]:
    items = vector.children[1:] if vector is not None else []
    values = [item.value for item in items if item.name != "trailing"]
    return [value for value in values if isinstance(value, int) and (keep_grease or not is_grease(value))]


def _hex(numbers: Iterable[int]) -> str:
    return ",".join(f"{number:04x}" for number in numbers)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else NOTHING
