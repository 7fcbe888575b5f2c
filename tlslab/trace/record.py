"""One record, as it crossed the wire and, if it could be opened, in the clear.

A capture holds as many records as messages, so a record is lean: it says where in the events its bytes are and has none
of its own but the plaintext. What a reader looks at, a `Buffer` or a tree of fields, is made when somebody looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tlslab.trace.packets import SEGMENT_SIZE
from tlslab.wire.datagrams import EPOCH_BITS, is_unified, unified_header_length
from tlslab.wire.datagrams import HEADER_LENGTH as DATAGRAM_HEADER_LENGTH
from tlslab.wire.field import Buffer, Piece
from tlslab.wire.sslv2 import RECORD_HEADER_LENGTH

if TYPE_CHECKING:
    from tlslab.keys.protection import Opened
    from tlslab.trace.events import BytesSent, Party
    from tlslab.wire.field import Field

HEADER_LENGTH = 5

Run: TypeAlias = "tuple[BytesSent, int, int]"
"""An event, and the range of its bytes."""


class Record:
    """One record of a connection."""

    header_length = HEADER_LENGTH
    __slots__ = (
        "__weakref__",
        "_more",
        "_plain",
        "_source",
        "_start",
        "_wire",
        "content_type",
        "key_label",
        "length",
        "number",
        "offset",
        "opened",
        "protected",
        "sender",
    )

    def __init__(
        self,
        number: int,
        sender: Party,
        content_type: int,
        source: BytesSent,
        start: int,
        length: int,
        offset: int,
        more: tuple[Run, ...] = (),
    ) -> None:
        """It begins at `start` of what `source` carries; `more` are the runs of later events that it goes on in."""
        self.number = number
        """From 1, over both directions, in the order of arrival."""
        self.sender: Party = sender
        self.content_type = content_type
        """As the header says; 23 for everything that TLS 1.3 protects."""
        self.length = length
        """Of header and fragment, in bytes."""
        self.offset = offset
        """Its place in the sender's stream."""
        self.protected = False
        self.opened: Opened | None = None
        """What decryption gave; None if it was not protected or not opened."""
        self.key_label = ""
        """Key log label of the secret that protects it, "" for none or unknown."""
        self._source = source
        self._start = start
        self._more = more
        self._wire: Buffer | None = None
        self._plain: Buffer | None = None

    @property
    def data(self) -> bytes:
        """Header and fragment."""
        first = self._source.data[self._start : self._start + self.length]
        if not self._more:
            return first
        return b"".join((first, *(event.data[start:end] for event, start, end in self._more)))

    @property
    def wire(self) -> Buffer:
        """Header and fragment; `wire.offset` is its place in the sender's stream."""
        if self._wire is None:
            self._wire = Buffer(self.data, (), "on the wire", self.offset)
        return self._wire

    @property
    def plain(self) -> Buffer | None:
        """The whole decrypted plaintext (TLS 1.3: content, type and padding); None if it was not protected or not opened."""
        if self._plain is None and self.opened is not None:
            plaintext = self.opened.plaintext
            start = self.header_length + self.opened.nonce_length
            piece = Piece(0, len(plaintext), self.wire, start, start + len(plaintext))
            self._plain = Buffer(plaintext, (piece,), "decrypted")
        return self._plain

    @property
    def readable(self) -> bool:
        """In the clear, or decrypted."""
        return not self.protected or self.opened is not None

    @property
    def content(self) -> tuple[Buffer, int]:
        """The buffer that holds the content in the clear, and where it starts there."""
        return (self.plain, 0) if self.plain is not None else (self.wire, self.header_length)

    @property
    def content_bytes(self) -> bytes:
        """The content in the clear; the fragment, if it could not be opened."""
        return self.opened.content if self.opened is not None else self.data[self.header_length :]

    def content_part(self, start: int, end: int) -> bytes:
        """Some of the content in the clear."""
        if self.opened is not None or self._more:
            return self.content_bytes[start:end]
        header = self._start + self.header_length
        return self._source.data[header + start : min(header + end, self._start + self.length)]

    @property
    def content_length(self) -> int:
        """Bytes of content, without padding and type; of the fragment where it could not be opened."""
        return self.opened.content_length if self.opened is not None else self.length - self.header_length

    @property
    def inner_type(self) -> int:
        """What the record really holds; the content type again where that is not known."""
        return self.opened.content_type if self.opened is not None else self.content_type

    @property
    def nonce_length(self) -> int:
        """Bytes of explicit nonce or IV in front of the ciphertext."""
        return self.opened.nonce_length if self.opened is not None else 0

    @property
    def tag_length(self) -> int:
        """Bytes of AEAD tag or MAC."""
        return self.opened.tag_length if self.opened is not None else 0

    @property
    def padding_length(self) -> int:
        """Bytes that hide the content's length."""
        return self.opened.padding_length if self.opened is not None else 0

    @property
    def time_ns(self) -> int:
        """When its last byte was seen."""
        return self._more[-1][0].time_ns if self._more else self._source.time_ns

    @property
    def packets(self) -> tuple[int, ...]:
        """Numbers of the packets that carried it."""
        first = self._source
        if not self._more and len(first.data) <= SEGMENT_SIZE:
            return (first.packet,)
        numbers: dict[int, None] = {}
        end = min(self._start + self.length, len(first.data))
        for event, begin, behind in ((first, self._start, end), *self._more):
            numbers.update(dict.fromkeys(_packets(event, begin, behind)))
        return tuple(numbers)

    @property
    def fields(self) -> Field:
        """Root of the tree of the record as it crossed the wire; cut anew each time, so that no record keeps one."""
        from tlslab.trace.record_trees import record_tree

        return record_tree(self)

    @property
    def inner_fields(self) -> Field | None:
        """Root of the tree of `plain`: content, padding, type or MAC; None where there is none."""
        from tlslab.trace.record_trees import inner_tree

        return inner_tree(self)


class SSLv2Record(Record):
    """What stands in place of a record around a ClientHello of SSLv2: a length of two bytes."""

    __slots__ = ()
    header_length = RECORD_HEADER_LENGTH


class DatagramRecord(Record):
    """A record of DTLS. It lies in one datagram, and that in one packet, however long it is."""

    __slots__ = ("epoch", "header_length")

    def __init__(
        self, number: int, sender: Party, content_type: int, source: BytesSent, start: int, length: int, offset: int
    ) -> None:
        super().__init__(number, sender, content_type, source, start, length, offset)
        first = source.data[start]
        unified = is_unified(source.data[start : start + 1])
        self.header_length: int = min(unified_header_length(first) if unified else DATAGRAM_HEADER_LENGTH, length)
        self.epoch = record_epoch(source.data, start)
        """Number of the keys that protect it; 0 for none. The short header of DTLS 1.3 tells two bits of it."""

    @property
    def packets(self) -> tuple[int, ...]:
        """Number of the packet that carried it."""
        return (self._source.packet,)


def record_epoch(data: bytes, start: int) -> int:
    """Number of the keys that protect the record of DTLS at `start`."""
    if is_unified(data[start : start + 1]):
        return data[start] & EPOCH_BITS or 4
    return data[start + 3] << 8 | data[start + 4]


def _packets(event: BytesSent, start: int, end: int) -> range:
    """The packets that carry bytes `start:end` of an event, which a live run may send in several."""
    return range(event.packet + start // SEGMENT_SIZE, event.packet + (end - 1) // SEGMENT_SIZE + 1)
