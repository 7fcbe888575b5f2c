"""From the session to the widgets: what happened there is shown here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from tlslab import openssl
from tlslab.gui.finding_notice import FindingNotice
from tlslab.gui.panes.certificates import shown_certificates
from tlslab.gui.panes.checks import CheckRow
from tlslab.gui.rows import capture_row, identity_rows, live_row, run_rows, scenario_rows
from tlslab.gui.shown import other
from tlslab.gui.sidetree import IDENTITY, RUN, SCENARIO
from tlslab.gui.wording import READY, StatusText, alert_of, peer_text, status_text, wire_text
from tlslab.store import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlslab.gui.banner import Banner
    from tlslab.gui.running import Running
    from tlslab.gui.session import Notice
    from tlslab.gui.window import MainWindow
    from tlslab.gui.workbench import Workbench
    from tlslab.lab.verdicts import Verdict
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection, Message

WANT_PANES = (
    *("copy", "copy_menu", "filter", "filter_fields", "go_to_offset", "focus_log", "follow", "explain", "endianness"),
    *(f"tab_{number}" for number in range(1, 6)),
    *("previous_field", "next_field", "previous_message", "next_message", "copy_command"),
)
"""Actions on what the panes show; grey while there is only the first page."""
WAITING = "The server waits on {address}: start the client (Ctrl+Shift+K), or come with any other program."
LIVE_AFTER_MS = 150
"""A run that goes on for longer stands in the sidebar; most are over before anybody could see it."""
COUNTED_AT_THE_END = 4000
"""Of a connection with more messages, that is still being read, nothing is said that looks at all of them."""
SAID_FOR_MS = 4000
"""So long a short message stands in the status bar."""


class Presenter(QObject):
    """Keeps sidebar, toolbar, cards, log, details, banner and status bar as the session says."""

    def __init__(self, window: MainWindow, running: Running, bench: Workbench, banner: Banner) -> None:
        super().__init__(window)
        self.window, self.bench, self.banner = window, bench, banner
        self.session, self.running = running.session, running
        self._connection: Connection | None = None
        self._finding = FindingNotice(bench, self.tell, banner.isVisible, self)
        self._shown_size: tuple[int, ...] = ()
        self._row = (SCENARIO, self.session.scenario.name)
        self._buttons: tuple[tuple[str, object], ...] = ()
        self._said = QTimer(self)
        self._said.setSingleShot(True)
        self._said.timeout.connect(self._show_status)
        self._live = QTimer(self)
        self._live.setSingleShot(True)
        self._live.timeout.connect(self.show_lab)
        self._live_shown = False
        # Not QTimer.singleShot, which would still call when the window is gone.
        self._sight = QTimer(self)
        self._sight.setSingleShot(True)
        self._sight.timeout.connect(self._keep_in_sight)
        self._connect()
        window.status.openssl.set_text(openssl.version())
        self.show_lab()
        self.show_scenario()
        self.show_run()

    def _connect(self) -> None:
        session = self.session
        session.lab_changed.connect(self.show_lab)
        session.scenario_changed.connect(self._choose_scenario)
        session.shown_changed.connect(self.show_run)
        session.shown_grew.connect(self.show_growth)
        session.judged.connect(self.show_judgement)
        self.running.changed.connect(self._show_start_or_end)
        session.told.connect(self.tell)
        session.said.connect(self.say)
        session.work.began.connect(self.window.status.begin_work)
        session.work.ended.connect(self.window.status.end_work)
        session.work.progressed.connect(self.window.status.show_done)
        session.work.began.connect(self.show_running)
        session.work.ended.connect(self.show_running)
        self.window.status.cancelled.connect(self.running.stop)
        self.banner.first_clicked.connect(lambda: self._press(0))
        self.banner.second_clicked.connect(lambda: self._press(1))
        self.banner.shown.connect(self.announce)
        self.bench.log.message_selected.connect(self._show_message)
        self.bench.log.record_selected.connect(self.bench.detail.set_record)
        self.bench.log.filter_said.connect(self._say_filter)
        self.bench.detail.selection_said.connect(self.window.status.selection.set_text)
        self.bench.detail.copied.connect(self.say)
        self.bench.detail.message_wanted.connect(self.bench.log.choose)

    # Lab and scenario --------------------------------------------------------------------------
    @property
    def empty(self) -> bool:
        """There is nothing to show but the first page."""
        return self.session.shown is None and self.session.lab is None

    def show_lab(self) -> None:
        """Fill the sidebar."""
        session = self.session
        if not self.empty:
            try:
                entries = session.lab.entries() if session.lab is not None else []
                runs = session.lab.runs() if session.lab is not None else []
            except LabError as error:
                session.refuse("The lab cannot be read", error)
                return
            rows = run_rows(runs)
            self._live_shown = self.running.active
            if self._live_shown:
                rows = (live_row(session.scenario.title), *rows)
            if session.capture is not None:
                rows = (capture_row(session.capture.title, session.capture.listed), *rows)
            title = session.lab.file.name if session.lab is not None else "No lab yet"
            self.window.setWindowTitle(title)
            if session.lab is not None and session.lab.locked:
                title = f"{title}, locked"
            self.window.sidebar.show_rows(title, identity_rows(entries), scenario_rows(session.scenarios), rows)
            if not self.window.sidebar.selected(IDENTITY):
                self._select_row()
        self.window.show_page(self.empty)
        self.show_running()

    def _show_start_or_end(self) -> None:
        self.show_running()
        if self.running.active:
            self._live.start(LIVE_AFTER_MS)
        else:
            self._live.stop()
            if self._live_shown:
                self.show_lab()

    def _choose_scenario(self) -> None:
        self._row = (SCENARIO, self.session.scenario.name)
        self._select_row()
        self.show_scenario()

    def _select_row(self) -> None:
        """Select what the user turned to last: the scenario that Run runs, or the run or capture that was opened."""
        self.window.sidebar.select(*self._row)

    def show_scenario(self) -> None:
        """Show what Run will run."""
        box, scenario = self.window.toolbar.scenario, self.session.scenario
        with QSignalBlocker(box):
            if not box.count():
                for each in self.session.scenarios:
                    box.addItem(each.title, each.name)
            box.setCurrentIndex(-1 if self.empty else box.findData(scenario.name))
            # One that is not in the library: a broken certificate.
            box.setPlaceholderText("No scenario" if self.empty else scenario.title)
        box.set_detail("" if self.empty else scenario.host)
        self._show_peers()

    # The run ---------------------------------------------------------------------------------------
    def show_run(self) -> None:
        """Show another run, capture or connection from its beginning."""
        shown = self.session.shown
        self._connection = shown.connection if shown is not None else None
        self._shown_size = ()
        opened = shown is not None and (shown.kind != "run" or shown.reopened)
        self._row = (RUN, shown.key) if shown is not None and opened else (SCENARIO, self.session.scenario.name)
        self._show_connections()
        self.bench.log.set_connection(self._connection, shown.events if shown is not None else ())
        self.bench.detail.set_connection(self._connection)
        self.bench.detail.set_message(None)
        self.banner.hide()
        self._finding.look_at(None)
        if self._connection is not None:
            self._choose_message(self._connection)
        if shown is not None:
            # Whoever runs or opens something wants to see it.
            self.window.view = "handshake"
        if self.session.shown is not None and self.session.shown.kind == "certificate":
            self.bench.detail.show_chain("server")
        self.window.show_page(self.empty)
        self._select_row()
        self.show_running()

    def _show_connections(self) -> None:
        shown = self.session.shown
        several = shown is not None and shown.kind == "capture"
        # Not those of the trace: each would be decoded when its row is painted, and all of them by a filter.
        self.bench.log.set_connections(shown.listed if shown and several else (), shown.chosen if shown else 0)

    def show_growth(self) -> None:
        """Show what has come since."""
        self._show_connections()
        size, live = _size(self._connection), self.session.shown is None or self.session.shown.kind == "run"
        if size == self._shown_size and not live:
            # More of a capture has come, but nothing of the connection that is shown.
            return
        self._shown_size = size
        first = self.bench.log.chosen is None
        self.bench.log.refresh(follow=live)
        if first and self._connection is not None and self._connection.messages:
            self.bench.log.choose(self._connection.messages[0])
        shown = self.session.shown
        if shown is not None and shown.loading and self.bench.log.model.total > COUNTED_AT_THE_END:
            return
        self.bench.detail.refresh()
        self._show_peers()
        self._show_status()

    def show_judgement(self) -> None:
        """The run is over: why it failed, what was checked, and where to look first."""
        judgement, connection = self.session.judgement, self._connection
        rows = [_check_row(each, connection) for each in judgement.verdicts] if judgement is not None else []
        self.bench.detail.set_connection(connection, rows)
        if connection is not None and not self._chosen_by_user:
            self._choose_message(connection)
        self._show_peers()
        self._show_status()
        if judgement is not None and judgement.diagnosis is not None and connection is not None:
            self._tell_failure(connection)
        elif connection is not None:
            self.announce(self.window.status.result.whole_text())
            self._finding.look_at(None if self._nobody_talked else connection)
        self._sight.start(0)

    def _tell_failure(self, connection: Connection) -> None:
        judgement = self.session.judgement
        assert judgement is not None
        assert judgement.diagnosis is not None
        alert = self._alert(connection)
        where = f" Alert {alert.type} ({alert.buffer.data[1]}), message {alert.number}." if alert is not None else ""
        refused = other(judgement.diagnosis.party)
        # A side that showed no certificate has no chain that could say why.
        chain = any(each.message.sender == refused for each in shown_certificates(connection))
        buttons: list[tuple[str, object]] = [("Show chain", partial(self.show_chain, refused))] if chain else []
        if judgement.remedy is not None:
            buttons.append((judgement.remedy.title, self.running.run_remedy))
        self._tell(judgement.diagnosis.title, f"{judgement.diagnosis.cause}{where}", "fail", tuple(buttons))

    def show_chain(self, sender: Party) -> None:
        """Turn to the certificates that `sender` showed."""
        self.bench.detail.show_chain(sender)

    def show_running(self) -> None:
        """Run becomes Stop and back; what cannot be done now is grey."""
        running, shown = self.running.active, self.session.shown
        actions = self.window.registry
        self.window.toolbar.run_button.set_running(running)
        actions.enable(running or self.session.work.busy, "stop")
        actions.enable(not self.empty, "run", "rerun", "start_server", "start_client", "peer_settings")
        actions.enable(not self.empty, *WANT_PANES)
        actions.enable(shown is not None and not running, "export", "save_keylog")
        actions.enable(shown is not None and shown.kind == "capture", "add_keylog", "add_key", "add_psk")
        several = shown is not None and shown.kind == "capture" and len(shown.trace.connections) > 1
        actions.enable(several, "next_connection", "previous_connection")
        self.window.toolbar.scenario.setEnabled(not self.empty)
        self.show_scenario()
        self._show_status()

    def _choose_message(self, connection: Connection) -> None:
        """The refusal of a failed run, else the first message."""
        alert = self._alert(connection) if connection.outcome == "failed" else None
        if alert is not None:
            self.bench.log.choose(alert)
        elif connection.messages:
            self.bench.log.choose(connection.messages[0])

    @property
    def _chosen_by_user(self) -> bool:
        """Another message than the first was turned to while the rest of a capture was still being read."""
        shown, chosen = self.session.shown, self.bench.log.chosen
        return shown is not None and shown.kind != "run" and chosen is not None and chosen.number > 1

    def _alert(self, connection: Connection) -> Message | None:
        name = alert_of(connection)
        return next((each for each in connection.messages if each.protocol == "alert" and each.type == name), None)

    def _keep_in_sight(self) -> None:
        """Scroll to the chosen row again: what was laid out since may have covered it."""
        table = self.bench.log.table
        if table.currentIndex().isValid():
            table.scrollTo(table.currentIndex())

    def _show_message(self, message: Message) -> None:
        self.bench.detail.set_message(message, self._connection if self.bench.detail.connection is None else None)

    # Cards, wire, status ---------------------------------------------------------------------------
    @property
    def _nobody_talked(self) -> bool:
        """Certificates or other objects of a file are shown: no peer, no wire, nothing that was not finished."""
        return self.session.shown is not None and self.session.shown.kind in {"certificate", "objects"}

    def _show_peers(self) -> None:
        session, shown = self.session, self.session.shown
        connection = None if self._nobody_talked else self._connection
        scenario = shown.scenario if shown is not None else session.scenario
        live = self.running.active
        names = {"client": "", "server": connection.server_name or "" if connection is not None else ""}
        if scenario is not None:
            names = {"client": scenario.client or "No certificate", "server": scenario.server}
        for card, listening in ((self.bench.strip.client, ""), (self.bench.strip.server, self.running.listening)):
            party = card.party
            card.set_text(peer_text(party, names[party], connection, live=live, listening=listening))
        waiting = bool(self.running.listening)
        self.bench.log.say_nothing(WAITING.format(address=self.running.listening) if waiting else "")
        self.bench.strip.set_wire(wire_text(connection, live=live and not waiting))

    def _words_of_objects(self) -> str:
        shown = self.session.shown
        if shown is None or shown.kind == "certificate":
            return "Certificates of a file, as the message that would carry them"
        return shown.told[:1].upper() + shown.told[1:]

    def _show_status(self) -> None:
        waiting = StatusText(f"Server waits on {self.running.listening}", "loader", "accent")
        said = waiting if self.running.listening else status_text(self._connection, live=self.running.active)
        if self._nobody_talked:
            said = StatusText(self._words_of_objects(), "award", "accent")
        if said is READY:
            self.window.status.result.set_text("Ready", "")
        else:
            self.window.status.result.set_text(said.result, said.icon, said.token)
        self.window.status.counts.set_text(said.counts)

    # Telling -----------------------------------------------------------------------------------------
    def tell(self, notice: Notice) -> None:
        """Show news in the banner; it has been answered as soon as one of its buttons is pressed."""
        buttons = tuple((text, partial(self._answer, work)) for text, work in notice.buttons)
        self._tell(notice.title, notice.detail, notice.tone, buttons)

    def _answer(self, work: Callable[[], object]) -> None:
        self.banner.hide()
        work()

    def _tell(self, title: str, detail: str, tone: str, buttons: tuple[tuple[str, object], ...]) -> None:
        self._buttons = buttons
        texts = [text for text, _ in buttons] + ["", ""]
        self.banner.tell(title, detail, tone=tone, first=texts[0], second=texts[1])  # type: ignore[arg-type]

    def _press(self, number: int) -> None:
        if number < len(self._buttons):
            work = self._buttons[number][1]
            if callable(work):
                work()

    def say(self, text: str) -> None:
        """Show a short message in the status bar for a moment, and announce it."""
        self.window.status.result.set_text(text, "info", "accent")
        self._said.start(SAID_FOR_MS)
        self.announce(text)

    def show_help(self, text: str) -> None:
        """Show what an action says of itself; "" when the pointer has left it."""
        if text:
            self.window.status.result.set_text(text, "")
            self.window.status.counts.set_text("")
        else:
            self._show_status()

    def _say_filter(self, text: str) -> None:
        if text:
            self.announce(text)

    def announce(self, text: str) -> None:
        """Have a screen reader say `text` at once."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.window, text))


def _size(connection: Connection | None) -> tuple[int, ...]:
    """What changes when a connection grows or is folded anew."""
    if connection is None:
        return ()
    records, closed = len(connection.records), len(connection.closed)
    return connection.generation, len(connection.messages), records, closed, len(connection.secrets)


def _check_row(verdict: Verdict, connection: Connection | None) -> CheckRow:
    """A verdict of the peers, with the Certificate message that it is about."""
    messages = connection.messages if connection is not None else []
    about = next((each for each in messages if each.type == "certificate" and each.sender == verdict.certificate), None)
    origin = {"server": "client", "client": "server", None: "both"}[verdict.certificate]
    return CheckRow(verdict.name, verdict.ok, verdict.detail, origin, about)
