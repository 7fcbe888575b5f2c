"""Both directions of the TCP stream as hex, in the order in which they were sent, each in the colour of its sender."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from tlslab.gui.hex_model import CLIENT, SERVER, Chunks, HexPage, Section, Segment
from tlslab.gui.hexview import EMPTY_PAGE, HexView
from tlslab.trace.model import Connection, Record

NOTHING = "The bytes that client and server send stand here, in the order in which they were sent."


def stream_page(records: list[Record]) -> HexPage:
    """The bytes of records, a segment for each turn of a sender; offsets count in the stream of the sender."""
    sections: list[Section] = []
    segments: list[Segment] = []
    start = 0
    for record in records:
        end = start + len(record.wire.data)
        if segments and segments[-1].mark == record.sender:
            segments[-1] = segments[-1]._replace(end=end)
            sections[-1] = sections[-1]._replace(end=end)
        else:
            segments.append(Segment(start, end, record.wire.offset, record.sender))
            sections.append(Section(start, end, CLIENT if record.sender == "client" else SERVER))
        start = end
    return HexPage(Chunks(record.wire.data for record in records), sections, segments)


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
        page = stream_page(records) if records else EMPTY_PAGE
        if connection is self._connection and len(records) >= self._shown > 0:
            self.view.extend_page(page)
        else:
            self.view.set_page(page, NOTHING)
        self._connection, self._shown = connection, len(records)
        sent = {
            party: sum(len(record.wire.data) for record in records if record.sender == party)
            for party in ("client", "server")
        }
        self.said = f"client {_bytes(sent['client'])}, server {_bytes(sent['server'])}" if records else ""


def _bytes(count: int) -> str:
    return f"{count:,} bytes".replace(",", " ")
