"""One TLS connection followed at the least cost: what its messages are, without keeping any of them.

The records are cut, opened and counted as in `ConnectionFold`, but the handshake is followed only as far as the next keys
need it, and for each message one row is kept. That is for connections as nearly all are: they begin with a ClientHello,
agree on a version and a suite that can be opened here, miss no byte and hide no surprise. For any other `NotUsual` is
raised, and who follows it asks the fold. That both give the same rows is tested over recorded and damaged captures.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, TypeAlias

from tlslab.keys import schedule12
from tlslab.keys.protection import Tls12Protection, Tls13Protection, supports
from tlslab.keys.suites import cipher_suite_in
from tlslab.trace.content_types import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE

if TYPE_CHECKING:
    from tlslab.keys.keylog import KeyLog
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import BytesSent, Party

CLIENT_HELLO, SERVER_HELLO, FINISHED = 1, 2, 20
HELLO_RETRY_RANDOM: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3)."""
RANDOM: Final = slice(6, 38)
SHORTEST_SERVER_HELLO: Final = 4 + 2 + 32 + 1 + 2 + 1
"""Handshake header, version, random, an empty session id, suite and compression method."""
ENCRYPT_THEN_MAC, SUPPORTED_VERSIONS = 22, 43
RECORD_HEADER: Final = 5
HANDSHAKE_HEADER: Final = 4
MOST_FRAGMENT: Final = 2**14 + 2048
TLS13: Final = 0x0304
VERSIONS: Final = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", TLS13: "TLS 1.3"}
HANDSHAKE_SECRET: Final[dict[Party, str]] = {
    "client": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "server": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
}
TRAFFIC_SECRET: Final[dict[Party, str]] = {"client": "CLIENT_TRAFFIC_SECRET_0", "server": "SERVER_TRAFFIC_SECRET_0"}
MASTER_SECRET: Final = "CLIENT_RANDOM"
STRANGE: Final = frozenset((0, 5, 6, 24))
"""Handshake types that are left to the fold: HelloRequest, EndOfEarlyData, the HelloRetryRequest of drafts, KeyUpdate."""

Row: TypeAlias = tuple["Party", int, int, bool, bool, int, int, int, int]
"""What the log shows of a message, in this order:

sender, content type, type (of a handshake message or alert; 0 for others), encrypted, readable, time in ns of its last
byte, first packet, length of the message, length on the wire.
"""

_HEADER: Final = Struct(">BBxH")
_HANDSHAKE_HEADER: Final = Struct(">I")
_EXTENSION: Final = Struct(">HH")


def begins_record(data: bytes) -> bool:
    """Whether these are the first bytes of a record, as far as its header can tell."""
    if len(data) < RECORD_HEADER:
        return False
    content_type, major, length = map(int, _HEADER.unpack_from(data))
    return CHANGE_CIPHER_SPEC <= content_type <= APPLICATION_DATA and major == 3 and length <= MOST_FRAGMENT


class NotUsual(Exception):
    """This connection has to be asked of the fold."""


class Rest:
    """The beginning of a record or message whose end is still to come. Each byte is joined once for each length that is learned."""

    __slots__ = ("have", "need", "parts")

    def __init__(self, first: bytes, need: int) -> None:
        self.parts = [first]
        self.have = len(first)
        self.need = need

    def whole(self, more: bytes) -> bytes | None:
        """All that is there now, if it is as much as is needed."""
        self.parts.append(more)
        self.have += len(more)
        return b"".join(self.parts) if self.have >= self.need else None


class OutlineSide:
    """What one side has written."""

    __slots__ = (
        "extra",
        "generation",
        "message",
        "message_packet",
        "protected",
        "protection",
        "record",
        "record_packet",
        "sender",
    )

    def __init__(self, sender: Party) -> None:
        self.sender: Party = sender
        self.record: Rest | None = None
        """A record of which not all is there."""
        self.record_packet = 0
        """The packet in which it began."""
        self.message: Rest | None = None
        """A handshake message of which not all is there."""
        self.message_packet = 0
        """The packet in which the record began that began it."""
        self.extra = 0
        """Bytes of headers, tags and padding of the records that carried that message so far."""
        self.protected = False
        self.protection: Tls12Protection | Tls13Protection | None = None
        self.generation = -1


class Outline:
    """Follows one connection from its first byte."""

    __slots__ = (
        "_block",
        "_encrypt_then_mac",
        "_keylog",
        "_sides",
        "_suite",
        "_version",
        "client_random",
        "missed",
        "rows",
        "server_random",
    )

    def __init__(self, keylog: KeyLog) -> None:
        self.rows: list[Row] = []
        """Its messages so far, in the order in which they were complete."""
        self.client_random = b""
        self.server_random = b""
        self.missed: set[str] = set()
        """Labels of the secrets that the key log did not have."""
        self._keylog = keylog
        self._encrypt_then_mac = False
        self._block: schedule12.KeyBlock | None = None
        """Of TLS 1.2 and before: both sides change to the same, one after the other."""
        self._version = 0
        self._suite: CipherSuite | None = None
        self._sides: dict[Party, OutlineSide] = {"client": OutlineSide("client"), "server": OutlineSide("server")}

    @property
    def unfinished(self) -> bool:
        """Some message is not whole."""
        client, server = self._sides.get("client"), self._sides.get("server")
        return bool((client and client.message) or (server and server.message))

    def closed(self) -> None:
        """Both sides have ended: nothing is kept but the rows. A cipher with its keys takes more than all of them."""
        if not self.unfinished:
            self._sides = {}

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in the next bytes of one side. Raises NotUsual."""
        side = self._sides.get(event.sender)
        if side is None:
            raise NotUsual
        data, packet = event.data, event.packet
        if side.record is not None:
            joined = side.record.whole(data)
            if joined is None:
                return
            data, packet, side.record = joined, side.record_packet, None
        at, size, time_ns, version = 0, len(data), event.time_ns, self._version
        while size - at >= RECORD_HEADER:
            content_type, major, length = _HEADER.unpack_from(data, at)
            if not CHANGE_CIPHER_SPEC <= content_type <= APPLICATION_DATA or major != 3 or length > MOST_FRAGMENT:
                raise NotUsual
            start, end = at + RECORD_HEADER, at + RECORD_HEADER + length
            if end > size:
                side.record, side.record_packet = Rest(data[at:], end - at), packet
                return
            if content_type == APPLICATION_DATA or (side.protected and version != TLS13):
                self._protected(side, data, at, end, time_ns, packet)
            elif content_type == HANDSHAKE:
                self._handshake(side, data[start:end], RECORD_HEADER, False, time_ns, packet)
                version = self._version
            else:
                self._content(side, content_type, data[start:end], RECORD_HEADER, False, time_ns, packet)
            at, packet = end, event.packet
        if at < size:
            side.record, side.record_packet = Rest(data[at:], RECORD_HEADER), packet

    def _protected(self, side: OutlineSide, data: bytes, at: int, end: int, time_ns: int, packet: int) -> None:
        """Open the record at data[at:end] and take what it holds."""
        if side.protection is None:
            self._closed_record(side, data[at], end - at, time_ns, packet)
            return
        start = at + RECORD_HEADER
        opened = side.protection.open(data[at:start], data[start:end])
        if opened is None:
            raise NotUsual
        length = opened.content_length
        if opened.content_type == APPLICATION_DATA:
            row = (side.sender, APPLICATION_DATA, 0, True, True, time_ns, packet, length, end - at)
            self.rows.append(row)
        elif opened.content_type == HANDSHAKE:
            self._handshake(side, opened.content, end - at - length, True, time_ns, packet)
        else:
            self._content(side, opened.content_type, opened.content, end - at - length, True, time_ns, packet)

    def _content(
        self,
        side: OutlineSide,
        content_type: int,
        content: bytes,
        extra: int,
        encrypted: bool,
        time_ns: int,
        packet: int,
    ) -> None:
        """Take what a record holds that is neither data nor handshake, and had `extra` more bytes on the wire."""
        detail = 0
        if content_type == CHANGE_CIPHER_SPEC:
            self._change_cipher_spec(side)
        elif content_type == ALERT and len(content) >= 2:
            detail = content[1]
        else:
            raise NotUsual
        length = len(content)
        self.rows.append((side.sender, content_type, detail, encrypted, True, time_ns, packet, length, length + extra))

    def _closed_record(self, side: OutlineSide, content_type: int, size: int, time_ns: int, packet: int) -> None:
        """A record that no key opens; before there can be keys it is early data, which is another story."""
        if not side.protected:
            raise NotUsual
        length = size - RECORD_HEADER
        self.rows.append((side.sender, content_type, 0, True, False, time_ns, packet, length, size))

    def _handshake(
        self, side: OutlineSide, content: bytes, extra: int, encrypted: bool, time_ns: int, packet: int
    ) -> None:
        if not content:
            raise NotUsual
        began = packet
        if side.message is not None:
            joined = side.message.whole(content)
            side.extra += extra
            if joined is None:
                return
            content, extra, began, side.message = joined, side.extra, side.message_packet, None
        at, size = 0, len(content)
        while size - at >= HANDSHAKE_HEADER:
            (header,) = _HANDSHAKE_HEADER.unpack_from(content, at)
            kind, length = header >> 24, HANDSHAKE_HEADER + (header & 0xFFFFFF)
            if size - at < length:
                break
            if kind in _SETTLING:
                self._settle(side, kind, content[at : at + length])
            self.rows.append((side.sender, HANDSHAKE, kind, encrypted, True, time_ns, began, length, length + extra))
            at += length
            # Header, padding and tag of a record go to the message that it begins.
            extra, began = 0, packet
        if at < size:
            self._begin_message(side, content[at:], extra, began)

    def _begin_message(self, side: OutlineSide, start: bytes, extra: int, packet: int) -> None:
        need = HANDSHAKE_HEADER
        if len(start) >= HANDSHAKE_HEADER:
            need += int.from_bytes(start[1:HANDSHAKE_HEADER])
        side.message, side.extra, side.message_packet = Rest(start, need), extra, packet

    def _settle(self, side: OutlineSide, kind: int, data: bytes) -> None:
        """Take from a handshake message what the next keys need."""
        if kind == FINISHED:
            if self._version == TLS13 and side.generation < 0:
                side.generation = 0
                self._protect13(side, TRAFFIC_SECRET[side.sender])
        elif kind == CLIENT_HELLO:
            # A second one answers a HelloRetryRequest or negotiates anew.
            if self.client_random or side.sender != "client" or len(data) < 38:
                raise NotUsual
            self.client_random = data[6:38]
        elif kind == SERVER_HELLO:
            self._server_hello(side, data)
        else:
            raise NotUsual

    def _server_hello(self, side: OutlineSide, data: bytes) -> None:
        if side.sender != "server" or not self.client_random or self._version:
            raise NotUsual
        number, version, self._encrypt_then_mac = _settled(data)
        name = VERSIONS.get(version)
        suite = cipher_suite_in(number, name) if name is not None else None
        # A suite without encryption is read without its keys, which the fold knows how to.
        if suite is None or suite.version != name or suite.mode == "null" or not supports(suite):
            raise NotUsual
        self.server_random, self._version, self._suite = data[RANDOM], version, suite
        if version == TLS13:
            for each in self._sides.values():
                self._protect13(each, HANDSHAKE_SECRET[each.sender])

    def _protect13(self, side: OutlineSide, label: str) -> None:
        """What this side writes from here on is protected with that secret (RFC 8446 §7.3)."""
        secret = self._lookup(label)
        side.protected = True
        side.protection = (
            Tls13Protection(self._suite, secret) if secret is not None and self._suite is not None else None
        )

    def _change_cipher_spec(self, side: OutlineSide) -> None:
        """Before TLS 1.3: what this side writes from here on is protected (RFC 5246 §7.1)."""
        if self._version in (0, TLS13):
            return
        suite = self._suite
        if side.protected or suite is None:
            raise NotUsual
        master = self._lookup(MASTER_SECRET)
        side.protected = True
        if master is not None:
            if self._block is None:
                self._block = schedule12.key_block(suite, master, self.client_random, self.server_random)
            keys = self._block.keys_of(side.sender)
            side.protection = Tls12Protection(suite, keys, encrypt_then_mac=self._encrypt_then_mac)

    def _lookup(self, label: str) -> bytes | None:
        secret = self._keylog.lookup(self.client_random, label)
        if secret is None:
            self.missed.add(label)
        return secret


_SETTLING: Final = STRANGE | {CLIENT_HELLO, SERVER_HELLO, FINISHED}
"""Handshake types that matter for the keys."""


def _settled(data: bytes) -> tuple[int, int, bool]:
    """Suite, version and encrypt_then_mac of a ServerHello (RFC 8446 §4.1.3). Raises NotUsual."""
    # A HelloRetryRequest is a ServerHello with a certain random.
    if len(data) < SHORTEST_SERVER_HELLO or data[RANDOM] == HELLO_RETRY_RANDOM:
        raise NotUsual
    at = SHORTEST_SERVER_HELLO - 3 + data[SHORTEST_SERVER_HELLO - 4]
    version, suite, at = data[4] << 8 | data[5], int.from_bytes(data[at : at + 2]), at + 3
    found: set[int] = set()
    end = len(data)
    if at < end and at + 2 + int.from_bytes(data[at : at + 2]) != end:
        raise NotUsual
    at += 2
    while at + 4 <= end:
        kind, length = _EXTENSION.unpack_from(data, at)
        if kind == SUPPORTED_VERSIONS:
            if length != 2 or kind in found:
                raise NotUsual
            version = int.from_bytes(data[at + 4 : at + 6])
        found.add(kind)
        at += 4 + length
    # Behind the last extension, or, where a hello has none, behind the length that is not there.
    if at not in (end, end + 2):
        raise NotUsual
    return suite, version, ENCRYPT_THEN_MAC in found
