"""What is asked of a chain, in one line, and the verdict under it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QRectF, QSignalBlocker, QStringListModel, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.certificates.edit_bars import Bar
from tlslab.gui.certificates.judging import PURPOSES, RULES
from tlslab.pki.verify import Settings

STRIP_HEIGHT = 38
AT_LEAST = 150
"""A date and a time in the fixed-width font."""


class VerifyBar(Bar):
    """Certificate, host, purpose, time, rules."""

    changed = Signal()

    def __init__(self, names: QStringListModel) -> None:
        super().__init__()
        self.certificate = self.add_choice(self.tr("Certificate to verify"), 190)
        self.certificate.setModel(names)
        self.add_label(self.tr("as"))
        self.purpose = self.add_choice(self.tr("Purpose"), 128, tuple(PURPOSES))
        self.add_label(self.tr("called"))
        self.host = self.add_line(self.tr("Host name that is wanted"))
        self.host.setPlaceholderText(self.tr("no name is compared"))
        self.add_label(self.tr("at"))
        self.at = self.add_line(self.tr("Time of the validation, UTC"), 168)
        self.at.setMinimumWidth(AT_LEAST)
        self.at.setPlaceholderText(self.tr("now (UTC)"))
        self.at.setFont(theme.mono(12))
        self.add_label(self.tr("by"))
        self.rules = self.add_choice(self.tr("Rules"), 176, tuple(RULES))
        for box in (self.purpose, self.rules):
            box.currentIndexChanged.connect(self.changed)
        for edit in (self.host, self.at):
            edit.textChanged.connect(self.changed)

    def show_settings(self, settings: Settings) -> None:
        """Ask this, now; nobody is told."""
        with QSignalBlocker(self):
            self.purpose.setCurrentText(next(text for text, each in PURPOSES.items() if each == settings.purpose))
            self.host.setText(settings.host or "")
            self.host.setCursorPosition(0)
            self.at.clear()

    def settings(self, moment: datetime) -> Settings:
        """What the line asks, at `moment`."""
        purpose, rules = PURPOSES[self.purpose.currentText()], RULES[self.rules.currentText()]
        return Settings(host=self.host.text().strip() or None, purpose=purpose, at=moment, rules=rules)


class VerdictStrip(QWidget):
    """The lab's verdict in a sentence, with its sign."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(STRIP_HEIGHT)
        self.text = ""
        self._token, self._icon = "muted", "loader"
        self.setAccessibleName(self.tr("Verdict"))

    def show_verdict(self, text: str, *, accepted: bool) -> None:
        """Say how it was judged."""
        self._say(text, "ok" if accepted else "fail", "circle-check" if accepted else "circle-x")

    def wait(self, text: str) -> None:
        """Say what is missing before anything can be judged."""
        self._say(text, "muted", "info")

    def complain(self, text: str) -> None:
        """Say why nothing was judged."""
        self._say(text, "warn", "triangle-alert")

    def _say(self, text: str, token: str, icon: str) -> None:
        self.text, self._token, self._icon = text, token, icon
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        known = self._token in {"ok", "fail", "warn"}
        painter.fillRect(self.rect(), colors.color(f"{self._token}_bg") if known else colors.chrome)
        icons.paint(painter, self._icon, QRectF(theme.SPACE_16, 10, 18, 18), colors.color(self._token))
        room = self.rect().adjusted(44, 0, -theme.SPACE_16, 0)
        paint.draw_text(painter, room, self.text, theme.sans(13, 600), colors.text)
