"""What is wrong with the bytes or the keys of a capture: looked for once its rows are there, and told in the banner."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from tlslab.gui.panes.detail import CHECKS
from tlslab.gui.session import Notice
from tlslab.gui.wording import finding_text
from tlslab.gui.workbench import Workbench
from tlslab.trace.model import Connection


class FindingNotice(QObject):
    """Looks at one connection at a time. A bit that was changed takes up to half a second to find, so the rows come first."""

    def __init__(
        self, bench: Workbench, tell: Callable[[Notice], object], taken: Callable[[], bool], parent: QObject
    ) -> None:
        """`taken` says whether other news stand in the banner: of a file that is cut that comes first."""
        super().__init__(parent)
        self._bench, self._tell, self._taken = bench, tell, taken
        self._connection: Connection | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._look)

    def look_at(self, connection: Connection | None) -> None:
        """Look at this one soon; None for at nothing."""
        self._connection = connection
        if connection is not None:
            self._soon.start(0)
        else:
            self._soon.stop()

    def _look(self) -> None:
        connection = self._connection if not self._taken() else None
        found = finding_text(connection) if connection is not None else None
        if connection is None or found is None:
            return

        def show() -> None:
            message = next((each for each in connection.messages if each.number == found.message), None)
            if message is not None:
                self._bench.log.choose(message)
            self._bench.detail.show_tab(CHECKS)

        self._tell(Notice(found.title, found.detail, found.tone, (("Show checks", show),)))
