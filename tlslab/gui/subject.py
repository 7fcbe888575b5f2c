"""What the lower panes are about: a message or a record, as trees over buffers and the tabs that show them. No Qt.

A `Layer` is one tree and the bytes that it counts in. Offsets that come and go belong to the layer of the shown tab.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tlslab.gui.hex_model import HexPage, Section, carrier_page, colour_sections, message_page
from tlslab.trace.model import Connection, Message, Record
from tlslab.wire.field import Buffer, Field
from tlslab.wire.messages import sections

WIRE, DECRYPTED, MESSAGE, INSIDE = range(4)
TABS = (WIRE, DECRYPTED, MESSAGE)
"""Those that are always there; INSIDE comes with a message that hides another: a compressed one, or an encrypted hello."""


class Layer(NamedTuple):
    """A tree of fields over one buffer."""

    root: Field
    buffer: Buffer
    coloured: Sequence[Field]
    """The fields that have a colour of their own, in turn."""
    tabs: tuple[int, ...]
    """The tabs that can show its bytes, best first."""

    @property
    def sections(self) -> list[Section]:
        """The same as ranges."""
        return colour_sections(self.coloured)


class Subject:
    """Trees with their tabs."""

    message: Message | None = None
    """The message that is shown, or the first one that the record carries."""
    layers: tuple[Layer, ...] = ()
    why_not: tuple[str, str, str] = ("", "", "")
    """For each tab, why it has nothing to show; "" if it has."""

    def layer_of(self, field: Field) -> Layer | None:
        """The layer whose tree holds `field`."""
        root = field.root
        return next((layer for layer in self.layers if layer.root is root), None)

    def layer_in(self, tab: int) -> Layer | None:
        """The layer that a tab shows where no field says which."""
        return next((layer for layer in self.layers if tab in layer.tabs), None)

    def page(self, tab: int, layer: Layer) -> HexPage:
        """The bytes of a tab, as a page on which `layer` finds its own."""
        raise NotImplementedError


class MessageSubject(Subject):
    """A message: its own bytes, in the tab of the message, and in those of the buffers that carried them."""

    def __init__(self, message: Message) -> None:
        self.message = message
        clear = "" if message.encrypted else "This message crossed the wire in the clear"
        locked = "" if message.readable else "No key opens the record of this message"
        self.why_not = ("", clear or locked, locked)
        root = message.examined
        tabs = tuple(tab for tab in (MESSAGE, DECRYPTED, WIRE) if not self.why_not[tab])
        self.layers = (Layer(root, message.buffer, sections(root), tabs),)
        if message.inside is not None:
            # It has a tree and bytes of its own, which stand on no wire.
            self.layers += (_layer(message.inside.fields, message.inside.buffer, INSIDE),)

    def page(self, tab: int, layer: Layer) -> HexPage:
        """Override Subject.page."""
        assert self.message is not None
        if tab in {MESSAGE, INSIDE}:
            return message_page(layer.buffer, layer.sections)
        records = self.message.records
        carriers = (record.plain if tab == DECRYPTED else record.wire for record in records)
        return carrier_page(layer.buffer, [each for each in carriers if each is not None], layer.sections)


class RecordSubject(Subject):
    """A record: as it crossed the wire, as it was opened, and the messages that it carries, each with its own tree."""

    def __init__(self, record: Record, messages: Sequence[Message]) -> None:
        self.message = messages[0] if messages else None
        inner = record.inner_fields
        readable = [message for message in messages if message.readable]
        locked = "No key opens this record" if record.protected else "This record crossed the wire in the clear"
        carried = "" if readable else "No message can be read in this record"
        self.why_not = ("", "" if inner is not None else locked, carried)
        layers = [_layer(record.fields, record.wire, WIRE)]
        if inner is not None and record.plain is not None:
            layers.append(_layer(inner, record.plain, DECRYPTED))
        layers += (_layer(message.examined, message.buffer, MESSAGE) for message in readable)
        self.layers = tuple(layers)

    def page(self, tab: int, layer: Layer) -> HexPage:
        """Override Subject.page."""
        return message_page(layer.buffer, layer.sections)


def _layer(root: Field, buffer: Buffer, tab: int) -> Layer:
    return Layer(root, buffer, sections(root), (tab,))


def messages_in(connection: Connection, record: Record) -> list[Message]:
    """The messages that `record` carries, whole or in part, in order; found without looking at all of them."""
    messages = connection.messages
    # They are in the order in which their last record came.
    first = bisect_left(messages, record.number, key=lambda message: message.records[-1].number)
    return list(_carried(messages[first : first + MOST_LOOKED_AT], record))


MOST_LOOKED_AT = 4096
"""Messages of the other side that may end while one of this side goes on: far more than any record can hold besides."""


def _carried(messages: Iterable[Message], record: Record) -> Iterable[Message]:
    for message in messages:
        if record in message.records:
            yield message
        elif message.sender == record.sender and message.records[0].number > record.number:
            return
