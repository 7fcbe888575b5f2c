"""Pieces of TLS without anything around them: which of them some bytes can be, told by whether their lengths fit exactly.

Each shape reads all of the bytes or none. The order is that of likelihood; where several fit, the first is taken and
the others are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tlslab.reference.registries import name_of
from tlslab.trace.handshake_bytes import handshake_things, is_handshake, split_messages
from tlslab.trace.things import Thing
from tlslab.wire.authentication import CERTIFICATE_TLS12, CERTIFICATE_TLS13, CertificateEntry
from tlslab.wire.code_points import code_point_name
from tlslab.wire.ech import decode_ech_config_list
from tlslab.wire.extensions import (
    CertificateEntryExtension,
    CertificateRequestExtension,
    ClientHelloExtension,
    EncryptedExtension,
    Extension,
    HelloRetryRequestExtension,
    NewSessionTicketExtension,
    ServerHelloExtension,
    extension_name,
)
from tlslab.wire.field import Context, Field
from tlslab.wire.hello import CLIENT_HELLO, HELLO_RETRY_RANDOM, HELLO_RETRY_REQUEST, SERVER_HELLO
from tlslab.wire.messages import decode_alert, decode_handshake
from tlslab.wire.notation import Rest, Struct, decode
from tlslab.wire.summary import summarise
from tlslab.wire.transparency import SignedCertificateTimestampList

VERSIONS: Final = frozenset({0x0300, 0x0301, 0x0302, 0x0303, 0x0304})
LONGEST_BLOCK: Final = 2**16 + 1
"""Bytes of extensions in one message, at most."""
RANDOM_END: Final = 34
"""Version and random, with which a hello's body begins."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One piece of TLS that bytes can be."""

    kind: str
    title: str
    """With its article, as a sentence has it."""
    why: str
    """What speaks for it, if the bytes fit."""
    read: Callable[[bytes], list[Thing]]
    """The things; none if the bytes are no such piece."""


def tls_shapes(data: bytes) -> list[tuple[Shape, list[Thing]]]:
    """Every piece of TLS that `data` can be as a whole, the likeliest first; those without a problem before others. Never raises."""
    found = [(shape, things) for shape in SHAPES if (things := shape.read(data))]
    return sorted(found, key=lambda each: any(thing.root.problems() for thing in each[1]))


def _number(data: bytes, start: int, width: int) -> int | None:
    part = data[start : start + width]
    return int.from_bytes(part, "big") if len(part) == width else None


def _behind_vector(data: bytes, start: int | None, width: int) -> int | None:
    """Where a vector with a length of `width` bytes ends; None if it does not fit."""
    size = _number(data, start, width) if start is not None else None
    if start is None or size is None or start + width + size > len(data):
        return None
    return start + width + size


def _handshake(data: bytes) -> list[Thing]:
    return list(handshake_things((None, each) for each in split_messages(data))) if is_handshake(data) else []


def _client_hello(data: bytes) -> list[Thing]:
    if _number(data, 0, 2) not in VERSIONS:
        return []
    suites = _behind_vector(data, RANDOM_END, 1)
    methods = _behind_vector(data, suites, 2)
    end = _behind_vector(data, methods, 1)
    some = suites is not None and methods is not None and methods > suites + 2 and end is not None and end > methods + 1
    if not some or (end != len(data) and _behind_vector(data, end, 2) != len(data)):
        return []
    return [_hello("client_hello", 1, CLIENT_HELLO, data)]


def _server_hello(data: bytes) -> list[Thing]:
    if _number(data, 0, 2) not in VERSIONS:
        return []
    suite = _behind_vector(data, RANDOM_END, 1)
    if (
        suite is None
        or name_of("cipher_suites", _number(data, suite, 2) or 0) is None
        or data[suite + 2 : suite + 3] != b"\0"
    ):
        return []
    if suite + 3 != len(data) and _behind_vector(data, suite + 3, 2) != len(data):
        return []
    retry = data[2:RANDOM_END] == HELLO_RETRY_RANDOM
    return [_hello("server_hello", 2, HELLO_RETRY_REQUEST if retry else SERVER_HELLO, data)]


def _hello(kind: str, number: int, body: Struct, data: bytes) -> Thing:
    """A hello without its header; what is said of it is what would be said with one."""
    whole = decode_handshake(bytes((number,)) + len(data).to_bytes(3, "big") + data)
    return Thing(kind, f"the body of a {body.name}", decode(body, body.name, data), words=summarise(whole))


MESSAGES: Final[Mapping[str, Extension]] = {
    "a ClientHello": ClientHelloExtension,
    "a ServerHello": ServerHelloExtension,
    "EncryptedExtensions": EncryptedExtension,
    "a HelloRetryRequest": HelloRetryRequestExtension,
    "a Certificate message": CertificateEntryExtension,
    "a CertificateRequest": CertificateRequestExtension,
    "a NewSessionTicket": NewSessionTicketExtension,
}
"""Where extensions stand; what is in one depends on that."""


def _extension_types(data: bytes) -> list[int]:
    """Types of the extensions that `data` is made of; none if they do not fill it exactly."""
    found: list[int] = []
    if len(data) > LONGEST_BLOCK:
        return found
    pos: int | None = 0
    while pos is not None and pos < len(data):
        number = _number(data, pos, 2)
        pos = _behind_vector(data, pos + 2, 2)
        if number is None or pos is None:
            return []
        found.append(number)
    return found


def _known(types: list[int]) -> bool:
    """Whether most of the types are ones that there are, the first among them."""
    names = [code_point_name("extensions", number) for number in types]
    once = len(set(types)) == len(types)
    return once and bool(names) and names[0] is not None and sum(name is None for name in names) <= len(names) // 4


def _best(types: list[int], read: Callable[[Extension], Field]) -> tuple[str, Field]:
    """The message that has the most of these extensions, and of several the one in which they have the fewest problems."""
    strange = {where: sum(each not in extension.contents for each in types) for where, extension in MESSAGES.items()}
    fewest = min(strange.values())
    trees = [(where, read(extension)) for where, extension in MESSAGES.items() if strange[where] == fewest]
    return min(trees, key=lambda each: len(each[1].problems()))


def _extensions(data: bytes) -> list[Thing]:
    types = _extension_types(data)
    if not _known(types):
        return []
    if len(types) == 1:
        where, root = _best(types, lambda extension: _extension_tree(extension, types[0], data))
        return [Thing("extension", f"the extension {extension_name(types[0])}", root, f"read as in {where}")]
    where, root = _best(types, lambda extension: decode(Rest(extension), "extensions", data))
    root.doc = "ClientHello.extensions"
    return [Thing("extensions", f"{len(types)} extensions without the length before them", root, f"read as in {where}")]


def _extension_tree(extension: Extension, number: int, data: bytes) -> Field:
    body = extension.body(number)
    root = decode(body, body.name, data)
    root.doc = body.doc
    return root


def _extension_list(data: bytes) -> list[Thing]:
    types = _extension_types(data[2:])
    if _number(data, 0, 2) != len(data) - 2 or not _known(types):
        return []
    where, root = _best(types, lambda extension: decode(extension[0 : 2**16 - 1], "extensions", data))
    root.doc = "ClientHello.extensions"
    return [Thing("extension_list", "a list of extensions", root, f"read as in {where}")]


LIST_TLS13: Final = Struct("Certificate", {"certificate_list": CertificateEntry[0 : 2**24 - 1]})


def _certificate_list(data: bytes) -> list[Thing]:
    """certificate_list of a Certificate message, perhaps with the certificate_request_context before it."""
    for start, title in ((0, "a certificate_list"), (1, "the body of a Certificate message")):
        if (
            _number(data, start, 3) != len(data) - start - 3
            or data[start + 6 : start + 7] != b"\x30"
            or data[:start].strip(b"\0")
        ):
            continue
        forms = (LIST_TLS13, CERTIFICATE_TLS12) if start == 0 else (CERTIFICATE_TLS13,)
        trees = (decode(form, "Certificate", data) for form in forms)
        return [Thing("certificate_list", title, min(trees, key=lambda root: len(root.problems())))]
    return []


def _timestamps(data: bytes) -> list[Thing]:
    fits = _number(data, 0, 2) == len(data) - 2 and data[4:5] == b"\0" and _behind_vector(data, 2, 2) is not None
    inside = _number(data, 2, 2)
    if not fits or inside is None or inside < 47:
        return []
    root = decode(SignedCertificateTimestampList, "SignedCertificateTimestampList", data)
    return [] if root.problems() else [Thing("sct_list", "a list of signed certificate timestamps", root)]


def _ech_configs(data: bytes) -> list[Thing]:
    if _number(data, 0, 2) != len(data) - 2 or data[2:4] != b"\xfe\x0d":
        return []
    return [Thing("ech_config_list", "an ECHConfigList", decode_ech_config_list(data))]


def _alert(data: bytes) -> list[Thing]:
    known = len(data) == 2 and data[0] in {1, 2} and name_of("alerts", data[1]) is not None
    return [Thing("alert", "an alert", decode_alert(data, Context(0x0303)))] if known else []


SHAPES: Final = (
    Shape(
        "handshake",
        "handshake messages",
        "it begins with the number of a handshake message, and the three bytes behind that are its length exactly",
        _handshake,
    ),
    Shape("ech_config_list", "an ECHConfigList", "it begins with its length and the version fe0d", _ech_configs),
    Shape(
        "client_hello",
        "the body of a ClientHello",
        "it begins with a version, and all of its lengths fit",
        _client_hello,
    ),
    Shape(
        "server_hello",
        "the body of a ServerHello",
        "it begins with a version, and all of its lengths fit",
        _server_hello,
    ),
    Shape(
        "extension_list",
        "a list of extensions",
        "it begins with its length, and extensions fill the rest",
        _extension_list,
    ),
    Shape("extension", "an extension", "it begins with the number of an extension, and its length fits", _extensions),
    Shape(
        "certificate_list",
        "a certificate_list",
        "it begins with its length, and a certificate follows",
        _certificate_list,
    ),
    Shape("sct_list", "a list of signed certificate timestamps", "all of its lengths fit", _timestamps),
    Shape("alert", "an alert", "it is two bytes, a level and a description", _alert),
)
"""The pieces, in the order in which they are tried."""
