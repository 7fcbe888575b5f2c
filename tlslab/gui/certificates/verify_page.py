"""The verify page: who is asked what and when, the path with every candidate, every reason, and the engines side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QStringListModel, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from tlslab.gui.certificates.asked import moment_of
from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.judging import (
    CHECKS,
    Answers,
    answers,
    at,
    begun,
    candidate_text,
    engine_rows,
    lint_rows,
    origin_title,
    path_rows,
    question_of,
    reason_rows,
    usual_settings,
    verdict_text,
)
from tlslab.gui.certificates.layout import beside, column, fill, under
from tlslab.gui.certificates.subject import subject_of
from tlslab.gui.certificates.text_table import TextTable
from tlslab.gui.certificates.timeline_bar import TimelineBar
from tlslab.gui.certificates.verify_bar import VerdictStrip, VerifyBar
from tlslab.gui.explain import ExplainText, Text
from tlslab.gui.panes.header import PaneHeader
from tlslab.pki import PkiError
from tlslab.pki.verify import Candidate, Question, Reason
from tlslab.pki.verify.lint import Finding
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.gui.session import Session

REASONS, PATH, LINT = range(3)
SETTLED_MS = 60
HINT = Text(
    "", "", "", "Choose a reason: this says what to do about it, and the bytes that decided are marked at the right."
)
NOTHING = "There is no certificate to verify yet: make one first (Ctrl+M), or drop a file on the window."
NO_REASON = "There is nothing to say against it."
NO_FINDING = "A linter has nothing to say about this certificate by itself."


class VerifyPage(QWidget):
    """Everything about one question."""

    said = Signal(str)
    selection_said = Signal(str)
    announced = Signal(str)
    """The verdict, when it is another one: for screen readers."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.names = QStringListModel(self)
        self.bar = VerifyBar(self.names)
        self.strip = VerdictStrip()
        self.timeline = TimelineBar()
        self.header = PaneHeader(self.tr("Judgement"), (self.tr("Reasons"), self.tr("Path building"), self.tr("Lint")))
        reasons = (self.tr("What is wrong"), self.tr("Whose"), self.tr("Rule"))
        self.reasons = TextTable(self.tr("Reasons to refuse"), reasons, (0, 130, 150))
        short = (
            self.tr("Name"),
            self.tr("Key id"),
            self.tr("Signed"),
            self.tr("Valid"),
            self.tr("CA"),
            self.tr("Length"),
        )
        path = (self.tr("Issuer candidates"), self.tr("From"), *short, self.tr("Names"))
        self.path = TextTable(
            self.tr("Path building"), path, (0, 78, *(53,) * len(CHECKS)), narrow=(560, (0, 64, *(46,) * len(CHECKS)))
        )
        lint = (self.tr("Finding"), self.tr("Weight"), self.tr("Rule"))
        self.lint = TextTable(self.tr("Lint findings"), lint, (0, 90, 160))
        engines = (self.tr("Engine"), self.tr("Verdict"), self.tr("Code"), self.tr("In its own words"))
        self.engines = TextTable(self.tr("Verdicts of the engines"), engines, (170, 84, 52, 0))
        self.explain = ExplainText(strip=True)
        self.panes = DerPanes(self.tr("Certificate"), self)
        self._kind = ""
        self._stale = False
        self.asked: Question | None = None
        self.answers: Answers | None = None
        self._work, self._programs = session.further_work(self), session.further_work(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED_MS)
        self._timer.timeout.connect(self.judge)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self.stack = QStackedWidget()
        for table in (self.reasons, self.path, self.lint):
            self.stack.addWidget(table)
        upper = column(self.header, self.stack, self.explain)
        lower = column(PaneHeader(self.tr("Engines"), (self.tr("Side by side"),)), self.engines)
        left = under((upper, lower), (330, 230))
        tree = column(PaneHeader(self.tr("Deciding bytes"), (self.tr("What decided"),)), self.panes.decoded)
        right = under((tree, self.panes.hex), (280, 280))
        self.splitter = beside((left, right), (590, 453))
        fill(self, self.bar, self.strip, self.timeline, self.splitter)
        self.setFocusProxy(self.reasons)

    def _connect(self) -> None:
        self.header.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        self.bar.certificate.currentIndexChanged.connect(lambda _index: self._begin(self.bar.certificate.currentText()))
        self.bar.changed.connect(self._timer.start)
        self.timeline.moved.connect(self._ask_at)
        self.reasons.picked.connect(self._show_reason)
        self.path.picked.connect(self._show_candidate)
        self.lint.picked.connect(self._show_finding)
        self.panes.copied.connect(self.said)
        self.panes.selection_said.connect(self.selection_said)

    # What is asked ---------------------------------------------------------------------------------
    def offer(self, names: Sequence[str]) -> None:
        """Offer these certificates; what is asked is asked again, for the lab has changed."""
        with QSignalBlocker(self.bar.certificate):
            kept = self.bar.certificate.currentText()
            if list(names) != self.names.stringList():
                self.names.setStringList(list(names))
            self.bar.certificate.setCurrentIndex(max(self.bar.certificate.findText(kept), 0))
        if not names:
            self.strip.wait(NOTHING)
        self._stale = True
        if self.isVisible():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Override QWidget::showEvent: what has changed while nobody looked is judged now."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.panes.reveal)
        if self._stale:
            self._timer.start()

    def begin(self, name: str) -> None:
        """Judge the certificate called `name`, as its usual peer would."""
        with QSignalBlocker(self.bar.certificate):
            self.bar.certificate.setCurrentText(name)
        self._begin(name)

    def _begin(self, name: str) -> None:
        lab = self.session.lab
        if lab is None or not name:
            return
        try:
            entry = lab.entry(name)
        except LabError as error:
            self.session.refuse("The certificate cannot be verified", error)
            return
        self._kind = entry.kind
        self.bar.show_settings(usual_settings(entry.kind, entry.names))
        self.judge()

    def judge(self) -> None:
        """Ask what the line above says now, in a thread."""
        self._timer.stop()
        self._stale = False
        lab, name = self.session.lab, self.bar.certificate.currentText()
        if lab is None or not name:
            return
        try:
            moment = moment_of(self.bar.at.text(), "The time") or datetime.now(UTC)
            asked = question_of(lab, name, self.bar.settings(moment))
        except (LabError, PkiError) as error:
            self.strip.complain(str(error))
            return
        self.asked = asked
        self.timeline.set_moment(moment)
        known = self.answers
        self._work.start("Verifying", lambda _cancel: answers(asked, known), self._show, self._say)
        self._programs.start(
            "Asking programs", lambda _cancel: answers(asked, programs=True), self._show_engines, self._say
        )

    def _ask_at(self, moment: object) -> None:
        """The slider was moved: the lab answers at once, the engines when the hand rests."""
        assert isinstance(moment, datetime)
        with QSignalBlocker(self.bar.at):
            self.bar.at.setText(f"{moment:%Y-%m-%d %H:%M:%S}")
        if self.asked is not None:
            asked, known = at(self.asked, moment), self.answers
            self.asked = asked
            self._work.start("Verifying", lambda _cancel: answers(asked, known), self._show, self._say)
        self._timer.start()

    @property
    def settled(self) -> bool:
        """Everybody has answered what is asked now."""
        return not self._timer.isActive() and not self._work.busy and not self._programs.busy

    # What is answered ------------------------------------------------------------------------------
    def _say(self, error: Exception) -> None:
        self.strip.complain(str(error))

    def _show(self, found: Answers) -> None:
        self.answers = found
        judgement = found.judgement
        before, text = self.strip.text, verdict_text(judgement)
        self.strip.show_verdict(text, accepted=judgement.accepted)
        if text != before:
            self.announced.emit(text)
        self.reasons.show_rows(reason_rows(judgement), NO_REASON)
        self.path.show_rows(path_rows(judgement))
        self._show_engines(found)
        self.timeline.show_stretches(found.stretches)
        self._show_lint(found.asked.chain[0])
        self.header.say(_count(judgement.steps))
        if judgement.reasons:
            self.reasons.select(judgement.reasons[0])
            self._show_reason(judgement.reasons[0])
        else:
            self.explain.show_text(HINT)
            self._show_der(found.asked.chain[0])

    def _show_lint(self, der: bytes) -> None:
        rows = lint_rows(der, self._kind)
        self.lint.show_rows(rows, NO_FINDING)
        self.header.tabs.setTabText(LINT, self.tr("Lint ({n})").format(n=len(rows)) if rows else self.tr("Lint"))

    def _show_finding(self, key: object) -> None:
        if isinstance(key, Finding) and self.asked is not None:
            self.explain.show_text(
                Text(key.code, f"bytes {key.start:04x} to {max(key.end - 1, key.start):04x}", key.rule, key.text)
            )
            self._show_der(self.asked.chain[0])
            self.panes.choose_range(key.start, key.end)

    def _show_engines(self, found: Answers) -> None:
        self.engines.show_rows(engine_rows(found))

    def _show_der(self, der: bytes, origin: str = "certificate") -> None:
        if der != self.panes.der:
            self.panes.show_subject(subject_of(origin, der))

    def _show_reason(self, key: object) -> None:
        if not isinstance(key, Reason):
            return
        place = f"bytes {key.start:04x} to {max(key.end - 1, key.start):04x}" if key.data else ""
        self.explain.show_text(Text(begun(key.title), place, key.rule, f"{key.text} {key.fix}"))
        if key.data:
            self._show_der(key.data, key.origin)
            self.panes.hex.header.tabs.setTabText(2, origin_title(key))
            self.panes.choose_range(key.start, key.end)

    def _show_candidate(self, key: object) -> None:
        if isinstance(key, Candidate):
            self.explain.show_text(Text(key.subject, f"{key.where} {key.number}", "", candidate_text(key)))
            self._show_der(key.certificate)


def _count(steps: int) -> str:
    return "path found in 1 step" if steps == 1 else f"paths tried in {steps} steps"
