"""One TLS connection followed at the least cost: what its messages are, and where, and nothing of what they say.

The records are cut, opened and counted as in `ConnectionFold`, but the handshake is followed only as far as the next keys
need it, and for each message one row is kept, and where its bytes are if that is asked for. That is for connections as
nearly all are: they begin with a ClientHello, agree on a version and a suite that can be opened here, miss no byte and hide
no surprise. For any other `NotUsual` is raised, and who follows it asks the fold. That both give the same messages is
tested over recorded and damaged captures.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule12
from tlslab.keys.protection import Opened, Tls12Protection, Tls13Protection
from tlslab.trace.content_types import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE
from tlslab.trace.outline_side import OutlineSide, without_key
from tlslab.trace.plain_hello import RANDOM, TLS13, settled_by, usable_suite
from tlslab.trace.queue_of_bytes import ByteQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlslab.keys.keylog import KeyLog
    from tlslab.keys.protection import Members
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import BytesSent, Party
    from tlslab.trace.outline_rows import Origin, Place, Row, Run, Where

CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS, FINISHED = 1, 2, 8, 20
CLIENT_CERTIFICATE_TYPE, SERVER_CERTIFICATE_TYPE = b"\x00\x13\x00\x01", b"\x00\x14\x00\x01"
"""Type and length of both extensions in an answer (RFC 7250 §4)."""
RECORD_HEADER: Final = 5
HANDSHAKE_HEADER: Final = 4
MOST_FRAGMENT: Final = 2**14 + 2048
HANDSHAKE_SECRET: Final[dict[Party, str]] = {
    "client": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "server": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
}
TRAFFIC_SECRET: Final[dict[Party, str]] = {"client": "CLIENT_TRAFFIC_SECRET_0", "server": "SERVER_TRAFFIC_SECRET_0"}
MASTER_SECRET: Final = "CLIENT_RANDOM"
SHARED_SECRET: Final = "SHARED_SECRET"
STRANGE: Final = frozenset((0, 5, 6, 24))
"""Handshake types that are left to the fold: HelloRequest, EndOfEarlyData, the HelloRetryRequest of drafts, KeyUpdate."""
MANY: Final = 64
TINY: Final = 32
"""Bytes of a message of which there are many in one chunk where nobody talks, but annoys."""
_HEADER: Final = Struct(">HxH")
_KINDS: Final = frozenset(kind << 8 | 3 for kind in (CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA))
"""Content type and major version."""
_PROTECTED: Final = APPLICATION_DATA << 8 | 3
_HANDSHAKE_HEADER: Final = Struct(">I")
_LENGTH: Final = 0xFF_FFFF
"""Of a handshake header: the rest of it is the type."""
_HANDSHAKE_PARTS: Final = Struct(">BBH")
"""Of the same header: the type, and the length in two parts."""
_NO_MESSAGE: Final = (0, 0, 0)
_new = tuple.__new__
_unpack_header, _unpack_handshake_header = _HEADER.unpack_from, _HANDSHAKE_HEADER.unpack_from
_unpack_parts = _HANDSHAKE_PARTS.unpack_from


def begins_record(data: bytes) -> bool:
    """Whether these are the first bytes of a record, as far as its header can tell."""
    if len(data) < RECORD_HEADER:
        return False
    kind, length = _unpack_header(data)
    return kind in _KINDS and length <= MOST_FRAGMENT


def _tells_certificate_type(hello: bytes) -> bool:
    return CLIENT_CERTIFICATE_TYPE in hello or SERVER_CERTIFICATE_TYPE in hello


class NotUsual(Exception):
    """This connection has to be asked of the fold."""


class Outline:
    """Follows one connection from its first byte.

    keeps  whether to keep where the messages are, and what decryption gave, beside the rows.
    """

    __slots__ = (
        "_block",
        "_client",
        "_encrypt_then_mac",
        "_keylog",
        "_over",
        "_server",
        "client_random",
        "keeps",
        "missed",
        "places",
        "rows",
        "server_random",
        "suite",
        "unreadable",
        "version",
        "where",
    )

    def __init__(self, keylog: KeyLog, *, keeps: bool = False) -> None:
        self.rows: list[Row] = []
        """Its messages so far, in the order in which they were complete."""
        self.unreadable = 0
        """How many of them no key opens."""
        self.keeps = keeps
        self.where: list[Where] = []
        """Where each of them is, if that is kept."""
        self.places: list[Place] = []
        """Where each record is, likewise."""
        self.client_random = b""
        self.server_random = b""
        self.version = 0
        self.suite: CipherSuite | None = None
        self.missed: set[str] = set()
        """Labels of the secrets that the key log did not have."""
        self._keylog = keylog
        self._encrypt_then_mac = False
        self._block: schedule12.KeyBlock | None = None
        """Of TLS 1.2 and before: both sides change to the same, one after the other."""
        self._client, self._server = OutlineSide("client"), OutlineSide("server")
        self._over = False

    @property
    def unfinished(self) -> bool:
        """Some message is not whole."""
        return self._client.messages is not None or self._server.messages is not None

    @property
    def cut(self) -> bool:
        """Some record is not whole."""
        return self._client.records is not None or self._server.records is not None

    def closed(self) -> None:
        """Both sides have ended: nothing is kept but the rows. A cipher with its keys takes more than all of them."""
        self._client.open_at = self._server.open_at = without_key
        self._over = True

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in the next bytes of one side. Raises NotUsual."""
        if self._over:
            raise NotUsual
        _, sender, time_ns, data, packet = event
        side = self._client if sender == "client" else self._server
        if side.records is None:
            used = self._records(side, event, data, time_ns, packet, ())
            side.offset += used
            if used < len(data):
                side.records = ByteQueue()
                side.records.push(data, event, used)
        else:
            side.records.push(data, event)
            self._queued_records(side, side.records, event)

    def _queued_records(self, side: OutlineSide, queue: ByteQueue[BytesSent], event: BytesSent) -> None:
        """Take the whole records of the queue, the last bytes of which `event` has brought."""
        while queue.length >= RECORD_HEADER:
            kind, length = _HEADER.unpack(queue.peek(RECORD_HEADER))
            if kind not in _KINDS or length > MOST_FRAGMENT:
                raise NotUsual
            if queue.length < RECORD_HEADER + length:
                return
            runs = queue.take(RECORD_HEADER + length)
            data = b"".join([each.data[start:end] for each, start, end in runs])
            side.offset += self._records(side, event, data, event.time_ns, runs[0][0].packet, runs)
        if not queue.length:
            side.records = None

    def _records(  # noqa: C901, PLR0912 - a call for each record would cost a tenth of all
        self, side: OutlineSide, event: BytesSent, data: bytes, time_ns: int, packet: int, runs: Sequence[Run]
    ) -> int:
        """Take the whole records at the beginning of `data`, the end of which `event` has brought; how many bytes they are.

        time_ns, packet  when the last byte came, and the packet that brought the first one.
        runs             where the bytes of a single record are, if they are not just those of `event`.
        """
        at, size, sender, keeps, rows = 0, len(data), side.sender, self.keeps, self.rows
        last = size - RECORD_HEADER
        while at <= last:
            kind, length = _unpack_header(data, at)
            end = at + RECORD_HEADER + length
            if kind not in _KINDS or length > MOST_FRAGMENT:
                raise NotUsual
            if end > size:
                break
            if kind == _PROTECTED or side.protected:
                opened = side.open_at(data, at, end)
                if opened is None:
                    self._does_not_open(side, (sender, kind >> 8, 0, True, False, time_ns, packet, length, end - at))
                    at = end
                    continue
                length, content_type, _, _, _, content = opened
                encrypted = True
            else:
                opened, content_type, content, encrypted = None, kind >> 8, data[end - length : end], False
            place = self._place(side, event, at, end, runs, opened) if keeps else None
            if content_type == HANDSHAKE:
                detail, upper, lower = _unpack_parts(content) if length >= HANDSHAKE_HEADER else _NO_MESSAGE
                if lower != length - HANDSHAKE_HEADER or upper or side.messages is not None:
                    # Seldom: not just one message, and all of it.
                    self._handshake(side, time_ns, length, (content, place, packet, end - at - length, encrypted))
                    at = end
                    continue
            else:
                detail = self._content(side, content_type, content) if content_type != APPLICATION_DATA else 0
            rows.append((sender, content_type, detail, encrypted, True, time_ns, packet, length, end - at))
            if place is not None:
                self.where.append((place, 0, length, (), None, self.version != 0))
            if content_type == HANDSHAKE:
                if detail in _SETTLING:
                    self._settle(side, detail, content[:length], ends_record=True)
            elif side.messages is not None:
                # Nothing may stand between the pieces of a handshake message.
                raise NotUsual
            at = end
        if (len(rows) > MANY and rows[-MANY][6] == packet) or (keeps and len(self.places) > MANY):
            self._spare_room(max(MANY, at // TINY), event, packet)
        return at

    def _spare_room(self, most: int, event: BytesSent, packet: int) -> None:
        """Hundreds of tiny messages in one chunk take more room here than all of their bytes; the fold has them in none."""
        row, place = self.rows[-most - 1 : -most], self.places[-most - 1 : -most]
        if (row and row[0][6] == packet) or (place and place[0][0] is event):
            raise NotUsual

    def _does_not_open(self, side: OutlineSide, row: Row) -> None:
        """Without its key a record is listed as it is; before there can be keys it is early data, which is another story."""
        if side.open_at is not without_key or not side.label:
            raise NotUsual
        self.rows.append(row)
        self.unreadable += 1

    def _place(
        self, side: OutlineSide, event: BytesSent, at: int, end: int, runs: Sequence[Run], members: Members | None
    ) -> Place:
        """Keep where a record is."""
        opened = _new(Opened, members) if members is not None else None
        label, offset = side.label if opened is not None else "", side.offset + at
        if runs:
            (first, begin, _), *more = runs
            place: Place = (first, begin, end, offset, tuple(more), opened, label)
        else:
            place = (event, at, end - at, offset, (), opened, label)
        self.places.append(place)
        return place

    def _content(self, side: OutlineSide, content_type: int, content: bytes) -> int:
        """Take what a record holds that is neither data nor handshake; the description of an alert."""
        if content_type == CHANGE_CIPHER_SPEC:
            self._change_cipher_spec(side)
            return 0
        if content_type != ALERT or len(content) < 2:
            raise NotUsual
        return content[1]

    def _handshake(self, side: OutlineSide, time_ns: int, size: int, origin: Origin) -> None:
        """Take the messages in the first `size` bytes of a record's content."""
        if side.messages is not None or not size:
            self._queued_messages(side, time_ns, size, origin)
            return
        content, place, packet, extra, encrypted = origin
        at = 0
        while size - at >= HANDSHAKE_HEADER:
            (header,) = _unpack_handshake_header(content, at)
            kind, length = header >> 24, HANDSHAKE_HEADER + (header & _LENGTH)
            end = at + length
            if end > size:
                break
            self.rows.append((side.sender, HANDSHAKE, kind, encrypted, True, time_ns, packet, length, length + extra))
            if place is not None:
                self.where.append((place, at, end, (), None, self.version != 0))
            if kind in _SETTLING:
                self._settle(side, kind, content[at:end], ends_record=end == size)
            # Header, padding and tag of a record go to the message that it begins.
            at, extra = end, 0
        if at < size:
            side.messages = ByteQueue()
            side.messages.push(content[:size], (content, place, packet, extra, encrypted), at)

    def _queued_messages(self, side: OutlineSide, time_ns: int, size: int, origin: Origin) -> None:
        """Take the messages that begin in earlier records, and what follows them in this one."""
        queue = side.messages
        if queue is None or not size:
            # An empty record is a message by itself.
            raise NotUsual
        queue.push(origin[0][:size], origin)
        while queue.length >= HANDSHAKE_HEADER:
            (header,) = _HANDSHAKE_HEADER.unpack(queue.peek(HANDSHAKE_HEADER))
            kind, length = header >> 24, HANDSHAKE_HEADER + (header & _LENGTH)
            if queue.length < length:
                return
            self._joined(side, time_ns, kind, queue.take(length))
        if not queue.length:
            side.messages = None

    def _joined(self, side: OutlineSide, time_ns: int, kind: int, parts: list[tuple[Origin, int, int]]) -> None:
        """Take a message that lies in these parts of records."""
        data = b"".join([origin[0][start:end] for origin, start, end in parts])
        _, _, packet, _, encrypted = parts[0][0]
        wire_length = len(data) + sum(origin[3] for origin, start, _ in parts if not start)
        row = (side.sender, HANDSHAKE, kind, encrypted, True, time_ns, packet, len(data), wire_length)
        self.rows.append(row)
        places = [(origin[1], start, end) for origin, start, end in parts if origin[1] is not None]
        if places:
            self.where.append((*places[0], tuple(places[1:]), data, self.version != 0))
        if kind in _SETTLING:
            self._settle(side, kind, data, ends_record=True)

    def _settle(self, side: OutlineSide, kind: int, data: bytes, *, ends_record: bool) -> None:
        """Take from a handshake message what the next keys need."""
        if kind == FINISHED:
            if self.version == TLS13 and not side.changed:
                side.changed = True
                self._protect13(side, TRAFFIC_SECRET[side.sender])
        elif kind == CLIENT_HELLO:
            # A second one answers a HelloRetryRequest or negotiates anew.
            if self.client_random or side.sender != "client" or len(data) < 38:
                raise NotUsual
            self.client_random = data[RANDOM]
        elif kind == SERVER_HELLO:
            self._server_hello(side, data)
        elif kind != ENCRYPTED_EXTENSIONS or _tells_certificate_type(data):
            raise NotUsual
        if not ends_record and self.version == TLS13 and kind in _BEFORE_KEY_CHANGE:
            raise NotUsual

    def _server_hello(self, side: OutlineSide, data: bytes) -> None:
        if side.sender != "server" or not self.client_random or self.version:
            raise NotUsual
        settled = settled_by(data)
        if settled is None:
            raise NotUsual
        number, version, self._encrypt_then_mac = settled
        suite = usable_suite(number, version)
        if suite is None or self._keylog.lookup(self.client_random, SHARED_SECRET) is not None:
            raise NotUsual
        self.server_random, self.version, self.suite = data[RANDOM], version, suite
        if version == TLS13:
            for each in (self._client, self._server):
                self._protect13(each, HANDSHAKE_SECRET[each.sender])

    def _protect13(self, side: OutlineSide, label: str) -> None:
        """What this side writes from here on is protected with that secret (RFC 8446 §7.3)."""
        secret, suite = self._lookup(label), self.suite
        side.label = label
        if secret is not None and suite is not None:
            side.open_at = Tls13Protection(suite, secret).open_at
        else:
            side.open_at = without_key

    def _change_cipher_spec(self, side: OutlineSide) -> None:
        """Before TLS 1.3: what this side writes from here on is protected (RFC 5246 §7.1)."""
        if self.version in (0, TLS13):
            return
        suite = self.suite
        if side.protected or suite is None:
            raise NotUsual
        side.protected, side.label = True, MASTER_SECRET
        master = self._lookup(MASTER_SECRET)
        if master is not None:
            if self._block is None:
                self._block = schedule12.key_block(suite, master, self.client_random, self.server_random)
            keys = self._block.keys_of(side.sender)
            side.open_at = Tls12Protection(suite, keys, encrypt_then_mac=self._encrypt_then_mac).open_at

    def _lookup(self, label: str) -> bytes | None:
        secret = self._keylog.lookup(self.client_random, label)
        if secret is None:
            self.missed.add(label)
        return secret


_SETTLING: Final = STRANGE | {CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS, FINISHED}
"""Handshake types that matter for the keys, or for how later messages are read."""
_BEFORE_KEY_CHANGE: Final = frozenset((SERVER_HELLO, FINISHED))
"""Behind these their sender writes with other keys in TLS 1.3."""
