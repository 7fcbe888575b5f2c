"""Both directions of the TCP stream as hex, in the order in which they were sent, each in the colour of its sender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from tlslab.gui.hex_model import CLIENT, SERVER, Chunks, HexPage, Section, Segment
from tlslab.gui.hexview import EMPTY_PAGE, HexView
from tlslab.trace.events import Party
from tlslab.trace.model import Connection, Record
from tlslab.trace.preamble import Turn

NOTHING = "The bytes that client and server send stand here, in the order in which they were sent."


def stream_page(records: Sequence[Record], turns: Sequence[Turn] = ()) -> HexPage:
    """The bytes of records, behind those said in the clear, a segment for each turn of a sender.

    Offsets count in the stream of the sender.
    """
    sections: list[Section] = []
    segments: list[Segment] = []
    start = 0
    said = {"client": 0, "server": 0}
    for sender, data, offset in _pieces(records, turns, said):
        end = start + len(data)
        if segments and segments[-1].mark == sender:
            segments[-1] = segments[-1]._replace(end=end)
            sections[-1] = sections[-1]._replace(end=end)
        else:
            segments.append(Segment(start, end, offset, sender))
            sections.append(Section(start, end, CLIENT if sender == "client" else SERVER))
        start = end
    return HexPage(Chunks([*(turn.data for turn in turns), *(record.data for record in records)]), sections, segments)


def _pieces(
    records: Sequence[Record], turns: Sequence[Turn], said: dict[str, int]
) -> Iterator[tuple[Party, bytes, int]]:
    for turn in turns:
        yield turn.sender, turn.data, said[turn.sender]
        said[turn.sender] += len(turn.data)
    for record in records:
        yield record.sender, record.data, record.offset


class StreamPane(QWidget):
    """Hex of the streams."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = HexView()
        self.view.setAccessibleName(self.tr("TCP stream, bytes of both directions"))
        self.view.empty_text = NOTHING
        self._connection: Connection | None = None
        self._shown = 0
        self.said = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.view.range_chosen.connect(lambda start, end: self.view.set_marks(((start, end),)))
        self.setFocusProxy(self.view)

    def set_connection(self, connection: Connection | None) -> None:
        """Show the streams of a connection; the place stays if it is the same one and has only grown."""
        records = connection.records if connection is not None else []
        if connection is not None and connection is self._connection and len(records) == self._shown:
            return
        preamble = connection.preamble if connection is not None else None
        page = stream_page(records, preamble.turns if preamble is not None else ()) if records else EMPTY_PAGE
        if connection is self._connection and len(records) >= self._shown > 0:
            self.view.extend_page(page)
        else:
            self.view.set_page(page, NOTHING)
        self._connection, self._shown = connection, len(records)
        sent = {
            party: sum(len(record.wire.data) for record in records if record.sender == party)
            for party in ("client", "server")
        }
        if preamble is not None:
            sent["client"] += preamble.client_bytes
            sent["server"] += preamble.server_bytes
        self.said = f"client {_bytes(sent['client'])}, server {_bytes(sent['server'])}" if records else ""

    def show_beginning(self) -> None:
        """Turn to the first bytes, those in the clear chosen."""
        preamble = self._connection.preamble if self._connection is not None else None
        self.view.move_to(0)
        if preamble is not None:
            self.view.set_marks(((0, preamble.client_bytes + preamble.server_bytes),))


def _bytes(count: int) -> str:
    return f"{count:,} bytes".replace(",", " ")
