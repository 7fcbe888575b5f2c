"""What a hello offers or settles, as plain values, and the fast way to it: whole hellos are read from their bytes alone.

The tree of fields stays the one truth: whatever is not whole, or not laid out as the usual case has it, is None here and
is asked of the tree (`facts`). That both say the same is tested over recorded, damaged and random messages.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias, TypeVar


class ClientHelloFacts(NamedTuple):
    """What a ClientHello offers."""

    random: bytes
    """32 bytes, or what is there of them."""
    session_id: bytes
    legacy_version: int
    supported_versions: tuple[int, ...]
    """Of the extension; empty without it."""
    cipher_suites: tuple[int, ...]
    server_name: str | None
    """The host name of SNI."""
    alpn: tuple[str, ...]
    groups: tuple[int, ...]
    key_share_groups: tuple[int, ...]
    extended_master_secret: bool
    encrypt_then_mac: bool
    session_ticket: bytes
    """Ticket of TLS 1.2; empty if none is offered."""
    psk_identities: int
    """Pre-shared keys offered, tickets of TLS 1.3 among them."""
    early_data: bool


class ServerHelloFacts(NamedTuple):
    """What a ServerHello or HelloRetryRequest settles."""

    random: bytes
    """32 bytes, or what is there of them."""
    session_id: bytes
    version: int
    """Of supported_versions, else legacy_version."""
    cipher_suite: int
    group: int | None
    """Group of the key share; in a HelloRetryRequest the one that is asked for."""
    is_hello_retry_request: bool
    alpn: str | None
    """Only in TLS 1.2; in TLS 1.3 it stands in EncryptedExtensions."""
    extended_master_secret: bool
    encrypt_then_mac: bool
    selected_identity: int | None
    """Which pre-shared key was accepted."""
    truncated_hmac: bool = False


T = TypeVar("T")
Place: TypeAlias = tuple[int, int]
"""Offsets of the first byte and behind the last."""

RANDOM: Final = slice(6, 38)
SESSION_ID: Final = 38
"""Where its length stands, behind the handshake header, legacy_version and random."""
SERVER_NAME, TRUNCATED_HMAC, SUPPORTED_GROUPS, ALPN = 0, 4, 10, 16
ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET = 22, 23
SESSION_TICKET, PRE_SHARED_KEY, EARLY_DATA, SUPPORTED_VERSIONS, KEY_SHARE = 35, 41, 42, 43, 51


NAMED_CURVE: Final = 3
"""ECCurveType (RFC 8422 §5.4)."""


class _NotWhole(Exception):
    """The bytes are not what the fast way reads."""


def read_client_hello(data: bytes) -> ClientHelloFacts | None:
    """What a ClientHello (handshake header included) offers; None if the tree has to be asked."""
    return _attempt(_client_hello, data)


def read_server_hello(data: bytes) -> ServerHelloFacts | None:
    """What a ServerHello that is no HelloRetryRequest settles; None if the tree has to be asked."""
    return _attempt(_server_hello, data)


def read_ticket(data: bytes, *, tls13: bool) -> tuple[bytes, bytes] | None:
    """Nonce (b"" before TLS 1.3) and ticket of a NewSessionTicket; None if the tree has to be asked."""
    return _attempt(_ticket13 if tls13 else _ticket12, data)


def read_named_curve(data: bytes) -> tuple[int, int, int] | None:
    """Of a signed ServerKeyExchange of TLS 1.2 on a named curve: the group, the end of the parameters, the scheme.

    None if the tree has to be asked.
    """
    return _attempt(_named_curve, data)


def _attempt(read: Callable[[bytes], T], data: bytes) -> T | None:
    if _end_of_vector(data, 1, 3) != len(data):
        return None
    try:
        return read(data)
    except (IndexError, struct.error, _NotWhole):
        return None


def _client_hello(data: bytes) -> ClientHelloFacts:
    suites = SESSION_ID + 1 + data[SESSION_ID]
    methods = _end_of_vector(data, suites, 2)
    found = _extensions(data, methods + 1 + data[methods])
    ticket = found.get(SESSION_TICKET, (0, 0))
    return ClientHelloFacts(
        random=data[RANDOM],
        session_id=data[SESSION_ID + 1 : suites],
        legacy_version=data[4] << 8 | data[5],
        supported_versions=_numbers(data, found.get(SUPPORTED_VERSIONS), 1),
        cipher_suites=_numbers(data, (suites, methods), 2),
        server_name=_server_name(data, found.get(SERVER_NAME)),
        alpn=_protocols(data, found.get(ALPN)),
        groups=_numbers(data, found.get(SUPPORTED_GROUPS), 2),
        key_share_groups=_share_groups(data, found.get(KEY_SHARE)),
        extended_master_secret=EXTENDED_MASTER_SECRET in found,
        encrypt_then_mac=ENCRYPT_THEN_MAC in found,
        session_ticket=data[ticket[0] : ticket[1]],
        psk_identities=_identities(data, found.get(PRE_SHARED_KEY)),
        early_data=EARLY_DATA in found,
    )


def _server_hello(data: bytes) -> ServerHelloFacts:
    suite = SESSION_ID + 1 + data[SESSION_ID]
    found = _extensions(data, suite + 3)
    protocols = _protocols(data, found.get(ALPN))
    return ServerHelloFacts(
        random=data[RANDOM],
        session_id=data[SESSION_ID + 1 : suite],
        version=_number(data, found.get(SUPPORTED_VERSIONS)) or data[4] << 8 | data[5],
        cipher_suite=data[suite] << 8 | data[suite + 1],
        group=_number(data, found.get(KEY_SHARE)),
        is_hello_retry_request=False,
        alpn=protocols[0] if protocols else None,
        extended_master_secret=EXTENDED_MASTER_SECRET in found,
        encrypt_then_mac=ENCRYPT_THEN_MAC in found,
        selected_identity=_number(data, found.get(PRE_SHARED_KEY)),
        truncated_hmac=TRUNCATED_HMAC in found,
    )


def _ticket13(data: bytes) -> tuple[bytes, bytes]:
    nonce = _end_of_vector(data, 12, 1)
    ticket = _end_of_vector(data, nonce, 2)
    if _end_of_vector(data, ticket, 2) != len(data):
        raise _NotWhole
    return data[13:nonce], data[nonce + 2 : ticket]


def _ticket12(data: bytes) -> tuple[bytes, bytes]:
    if _end_of_vector(data, 8, 2) != len(data):
        raise _NotWhole
    return b"", data[10:]


def _named_curve(data: bytes) -> tuple[int, int, int]:
    end = _end_of_vector(data, 7, 1)
    if data[4] != NAMED_CURVE or _end_of_vector(data, end + 2, 2) != len(data):
        raise _NotWhole
    return data[5] << 8 | data[6], end, data[end] << 8 | data[end + 1]


def _end_of_vector(data: bytes, start: int, width: int) -> int:
    return start + width + int.from_bytes(data[start : start + width], "big")


def _extensions(data: bytes, start: int) -> dict[int, Place]:
    """Where the content of each extension of a hello stands, the first of each type; before TLS 1.3 there may be none."""
    size = len(data)
    if start == size:
        return {}
    if _end_of_vector(data, start, 2) != size:
        raise _NotWhole
    found: dict[int, Place] = {}
    pos = start + 2
    while pos < size:
        body = pos + 4
        end = body + (data[pos + 2] << 8 | data[pos + 3])
        if end > size:
            raise _NotWhole
        found.setdefault(data[pos] << 8 | data[pos + 1], (body, end))
        pos = end
    return found


def _numbers(data: bytes, place: Place | None, width: int) -> tuple[int, ...]:
    """Two-byte numbers of a vector that fills `place`, with a length of `width` bytes."""
    if place is None:
        return ()
    start = place[0] + width
    if _end_of_vector(data, place[0], width) != place[1]:
        raise _NotWhole
    return struct.unpack(f">{(place[1] - start) // 2}H", data[start : place[1]])


def _number(data: bytes, place: Place | None) -> int | None:
    """The two-byte number with which an extension begins."""
    if place is None:
        return None
    start, end = place
    if end - start < 2:
        raise _NotWhole
    return data[start] << 8 | data[start + 1]


def _items(data: bytes, place: Place | None, before: int, width: int, behind: int) -> list[Place]:
    """Where the opaque bytes of each item of the vector stand with which an extension begins.

    An item has `before` bytes, then a length of `width` bytes, what that counts, and `behind` bytes.
    """
    if place is None:
        return []
    pos, end = place[0] + 2, _end_of_vector(data, place[0], 2)
    found = []
    while pos < end:
        start = pos + before + width
        pos = _end_of_vector(data, pos + before, width)
        found.append((start, pos))
        pos += behind
    if pos != end or end > place[1]:
        raise _NotWhole
    return found


def _server_name(data: bytes, place: Place | None) -> str | None:
    names = _items(data, place, 1, 2, 0)
    return _text(data, names[0]) if names else None


def _protocols(data: bytes, place: Place | None) -> tuple[str, ...]:
    return tuple([_text(data, name) for name in _items(data, place, 0, 1, 0)])


def _share_groups(data: bytes, place: Place | None) -> tuple[int, ...]:
    return tuple([data[start - 4] << 8 | data[start - 3] for start, _ in _items(data, place, 2, 2, 0)])


def _identities(data: bytes, place: Place | None) -> int:
    return len(_items(data, place, 0, 2, 4))


def _text(data: bytes, place: Place) -> str:
    text = data[place[0] : place[1]].decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        raise _NotWhole
    return text
