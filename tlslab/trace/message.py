"""One message, and where in the records its bytes are.

Facts only, and lazy: type, lengths and sender are there at once, because the log shows them; the buffer with its pieces
and the tree of fields are made when somebody looks, and the modules that can make them are imported then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from tlslab.trace.held import held
from tlslab.trace.pieces import Part, Parts
from tlslab.trace.record import Record
from tlslab.wire.field import Buffer, Piece

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.rules import Rule
    from tlslab.wire.compression import Unpacked
    from tlslab.wire.field import Context, Field, Problem

DATAGRAM_HEADER: Final = 12
"""Bytes of the header of a handshake message, or of a fragment of one, in DTLS (RFC 6347 §4.2.2)."""

SMALL: Final = 4
"""Bytes of a message that may keep its tree: it is shared with others, or no larger than the message."""
MOST_PROBLEMS_KEPT: Final = 16
"""Of a message of which nobody looks at the tree any more."""


class Decoder(Protocol):
    """What reads the bytes of a message."""

    def __call__(self, protocol: str, data: bytes, context: Context, *, readable: bool, shared: bool = True) -> Field:
        """Root of the tree of a message of that protocol."""


@cache
def decoder() -> Decoder:
    """`decoding.decode_message`, looked for once: an import takes as long as a tree that is copied."""
    from tlslab.trace.decoding import decode_message

    return decode_message


class Message:
    """One message: a handshake message, an alert, a ChangeCipherSpec, a run of application data, or a record nobody can read."""

    __slots__ = (
        "__weakref__",
        "_buffer",
        "_data",
        "_end",
        "_examined_by",
        "_fields",
        "_inside",
        "_more",
        "_problems",
        "_record",
        "_start",
        "_summary",
        "context",
        "number",
        "protocol",
        "rules",
        "sender",
        "type",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - packing them for one call costs what the lean class saves
        self,
        number: int,
        protocol: str,
        type_name: str,
        context: Context,
        record: Record,
        start: int,
        end: int,
        more: Sequence[Part] = (),
        data: bytes | None = None,
    ) -> None:
        """It is `start:end` of the content of `record`, and goes on in `more`; `data` are its bytes if they are at hand."""
        self.number = number
        """From 1, in the order in which they were complete."""
        self.protocol = protocol
        """"handshake", "alert", "change_cipher_spec", "application_data", "heartbeat"."""
        self.type = type_name
        """Handshake type or alert description in the RFC's spelling, or the protocol again."""
        self.context = context
        self.sender: Party = record.sender
        self._record = record
        self._start = start
        self._end = end
        self._more = more
        self._data = data
        self.rules: tuple[Rule, ...] = ()
        """What other messages demand of it; it is held to them when it is examined."""
        self._buffer: Buffer | None = None
        self._fields: Field | None = None
        self._examined_by: tuple[Rule, ...] = ()
        """The rules that it was held to."""
        self._inside: Unpacked | None = None
        self._summary: str | None = None
        self._problems: tuple[Problem, ...] | None = None

    @property
    def records(self) -> tuple[Record, ...]:
        """The records that carried it, in order."""
        return (self._record, *(record for record, _, _ in self._more)) if self._more else (self._record,)

    @property
    def last_record(self) -> Record:
        """The record that carried its last byte."""
        return self._more[-1][0] if self._more else self._record

    @property
    def time_ns(self) -> int:
        """When its last byte was seen."""
        return self.last_record.time_ns

    @property
    def encrypted(self) -> bool:
        """It was not in the clear on the wire."""
        return self._record.protected

    @property
    def readable(self) -> bool:
        """In the clear, or decrypted."""
        return self._record.readable

    @property
    def packets(self) -> tuple[int, ...]:
        """Numbers of the packets that carried it."""
        if not self._more:
            return self._record.packets
        numbers = self._more.packets if isinstance(self._more, Parts) else _packets_of(self._more)
        return tuple(dict.fromkeys((*self._record.packets, *numbers)))

    @property
    def length(self) -> int:
        """Bytes of the message, its handshake header included."""
        if self._data is not None and not self.context.datagram:
            return len(self._data)
        return sum(end - start for _, start, end in self._parts) if self._more else self._end - self._start

    @property
    def wire_length(self) -> int:
        """Its share of the records that carried it, in bytes; a record's header, padding and tag go to the message it begins."""
        # Over datagrams each part but the first has a handshake header of its own in front of it.
        if isinstance(self._more, Parts):
            begins = 0 if self._start else self._record.length - self._record.content_length
            return self.length + begins + self._more.headers
        header = DATAGRAM_HEADER if self.context.datagram else 0
        begun = [self._record] if self._start == 0 else []
        begun += [record for record, start, _ in self._more if start == header]
        return self.length + len(self._more) * header + sum(each.length - each.content_length for each in begun)

    @property
    def data(self) -> bytes:
        """The message's own bytes in the clear; the fragment, if it is not readable."""
        if self._data is not None:
            return self._data
        if not self._more:
            return self._record.content_bytes[self._start : self._end]
        return b"".join([record.content_bytes[start:end] for record, start, end in self._parts])

    @property
    def body(self) -> bytes:
        """A handshake message without its header, which is longer over datagrams."""
        return self.data[DATAGRAM_HEADER if self.context.datagram else 4 :]

    @property
    def buffer(self) -> Buffer:
        """`data`, and where each byte was in the plaintext of a record or on the wire."""
        if self._buffer is None:
            self._buffer = Buffer(self.data, tuple(self._pieces()))
        return self._buffer

    @property
    def title(self) -> str:
        """Its name as the RFC writes it: "ClientHello"."""
        from tlslab.wire.messages import message_title

        return message_title(self.type if self.protocol == "handshake" else self.protocol)

    @property
    def fields(self) -> Field:
        """Root of the tree of its fields, cut on first use, and again where it was let go of since."""
        root = self._fields
        if root is None:
            data = self.data
            root = decoder()(self.protocol, data, self.context, readable=self.readable)
            if self._examined_by:
                root = self._held_to(self._examined_by, root)
            self._fields = root
            if len(data) > SMALL:
                held.add(self, len(data))
        return root

    @property
    def examined(self) -> Field:
        """Root of the tree, after the message was held to what other messages demand of it."""
        rules, root = self.rules, self.fields
        if rules is not self._examined_by:
            self._examined_by = rules
            root = self._fields = self._held_to(rules, root)
        return root

    def _held_to(self, rules: Iterable[Rule], root: Field) -> Field:
        if any(True for rule in rules for _ in rule(root)):
            # Trees are shared between messages of the same bytes; this one is going to be marked.
            root = decoder()(self.protocol, self.data, self.context, readable=self.readable, shared=False)
            return marked(root, rules)
        return root

    @property
    def fields_made(self) -> int:
        """How many fields of its tree there are."""
        if self._fields is None:
            return 0
        tree = self._fields.tree
        return tree.most - tree.spare

    def let_go(self) -> None:
        """Forget what can be made anew: others have been looked at since."""
        self._fields = self._buffer = self._summary = None
        if self._problems is not None and len(self._problems) > MOST_PROBLEMS_KEPT:
            self._problems = None
        if self.type == "compressed_certificate":
            self._inside = None

    @property
    def inside(self) -> Unpacked | None:
        """What the message hides, if it could be had: the Certificate in a compressed one, the inner hello of an encrypted one."""
        if self._inside is None and self.type == "compressed_certificate":
            from tlslab.trace.unpacking_limits import not_unpacked
            from tlslab.wire.compression import Unpacked, unpack_certificate

            if not_unpacked in self.rules:
                return None
            found = unpack_certificate(self.fields, self.buffer)
            self._inside = found if isinstance(found, Unpacked) else None
        return self._inside

    def put_inside(self, buffer: Buffer, fields: Field) -> None:
        """Keep what was found in it, with its tree."""
        from tlslab.wire.compression import Unpacked

        self._inside = Unpacked(buffer, fields)

    @property
    def summary(self) -> str:
        """One line for the log."""
        if self._summary is None:
            from tlslab.wire.summary import summarise

            root, before = self.fields, self.fields_made
            summary = self._summary = summarise(root)
            held.grew(self, self.fields_made - before)
            return summary
        return self._summary

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with its bytes; opens the whole tree."""
        if self._problems is None:
            root, before = self.examined, self.fields_made
            self._problems = tuple(root.problems())
            # All of its tree is there now, which counts.
            held.grew(self, self.fields_made - before)
        return self._problems

    @property
    def _parts(self) -> tuple[Part, ...]:
        return (self._record, self._start, self._end), *self._more

    def _pieces(self) -> list[Piece]:
        pieces = []
        at = 0
        for record, start, end in self._parts:
            source, shift = record.content
            pieces.append(Piece(at, at + end - start, source, start + shift, end + shift))
            at += end - start
        return pieces


def _packets_of(parts: Iterable[Part]) -> Iterator[int]:
    return (number for record, _, _ in parts for number in record.packets)


def marked(root: Field, rules: Iterable[Rule]) -> Field:
    """The tree with a problem on each field that breaks a rule and has none yet: the first cause counts."""
    from tlslab.wire.field import Problem

    for rule in rules:
        for fault in rule(root):
            if fault.field.problem is None:
                fault.field.problem = Problem(fault.text, fault.field.start, fault.field.end, fault.rule, fault.alert)
    return root
