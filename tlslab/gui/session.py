"""What the window works on, without a widget: the lab file, the chosen scenario, the run or capture that is shown.

Everything here runs in the GUI thread; the threads of a run and of long work reach it through the bridge.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from tlslab.gui.bridge import Bridge
from tlslab.gui.choices import CannotUse, with_identity
from tlslab.gui.shown import Judgement, ShownRun, from_saved
from tlslab.gui.work import Work
from tlslab.lab.endpoint import PortInUse, Unreachable
from tlslab.lab.scenario import Scenario, library, load
from tlslab.store import Lab, LabError, LockedError
from tlslab.trace.capture import NotACapture
from tlslab.trace.events import Party

DEMO = "mutual-tls13"


class Notice(NamedTuple):
    """News for the banner."""

    title: str
    detail: str
    tone: str = "fail"
    buttons: tuple[tuple[str, Callable[[], object]], ...] = ()
    """At most two: text and work."""


class Session(QObject):
    """One window's state; `running` and `files` change it."""

    lab_opened = Signal()
    """Another lab file is in use: what was made for the one before is not for this one."""
    lab_changed = Signal()
    """Identities, runs or the lab's name are others now."""
    scenario_changed = Signal()
    shown_changed = Signal()
    """Another run, capture or connection is to be shown."""
    shown_grew = Signal()
    """More of what is shown has come."""
    judged = Signal()
    """What is shown is complete: diagnosis and verdicts are there."""
    told = Signal(object)
    """A Notice."""
    said = Signal(str)
    """Something short for the status bar and screen readers."""
    passphrase_wanted = Signal()
    """A private key was needed, and the lab is locked."""
    leaving = Signal()
    """Something else is about to be shown: what runs is to stop."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.work = Work(bridge, self)
        self._further: list[Work] = []
        self.lab: Lab | None = None
        self.home: Path | None = None
        """Where a lab is made when the first is needed; None for the user's own."""
        self.scenarios = library()
        self.scenario: Scenario = load(DEMO)
        self.shown: ShownRun | None = None
        self.judgement: Judgement | None = None
        self.capture: ShownRun | None = None
        """The last opened capture; it stays in the sidebar while runs are looked at."""

    # The lab file --------------------------------------------------------------------------------
    def open_lab(self, path: Path | None, *, create: bool = True) -> bool:
        """Use the lab at `path` (None: the user's own) from now on; False, and a notice, if it cannot be."""
        try:
            self._use_lab(Lab.open(path, create=create))
        except LabError as error:
            self.refuse("The lab cannot be opened", error)
            return False
        return True

    def _use_lab(self, opened: Lab) -> None:
        self._close_lab()
        self.lab = opened
        self.lab_opened.emit()
        self.lab_changed.emit()

    def the_lab(self) -> Lab:
        """The open lab; the user's own is made if there is none yet. Raises LabError."""
        if self.lab is None:
            self.lab = Lab.open(self.home)
        return self.lab

    def unlock(self, passphrase: str) -> str:
        """Open the lab again with its passphrase; why that did not go, "" if it did."""
        try:
            self._use_lab(Lab.open(self.the_lab().file, passphrase, create=False))
        except LabError as error:
            return _sentence(error)
        return ""

    def save_lab_as(self, path: Path) -> None:
        """Give the lab a file of its own, and go on in it."""
        try:
            self.the_lab().save_copy(path, force=True)
        except LabError as error:
            self.refuse("The lab was not saved", error)
            return
        if self.open_lab(path):
            self.said.emit(f"Saved as {path.name}")

    def look_again(self) -> None:
        """Notice what another program has written to the lab file."""
        try:
            changed = self.lab is not None and self.lab.changed_elsewhere()
        except LabError:
            return
        if changed:
            self.lab_changed.emit()

    def forget_run(self, number: int) -> None:
        """A saved run was deleted: show nothing of it any more."""
        if self.shown is not None and self.shown.number == number:
            self._show_nothing()

    # Scenario and identities -----------------------------------------------------------------------
    def choose_scenario(self, name: str) -> None:
        """Make the built-in scenario `name` the one that Run runs."""
        self.change_scenario(load(name))

    def change_scenario(self, scenario: Scenario) -> None:
        """Run `scenario` from now on."""
        self.scenario = scenario
        self.scenario_changed.emit()

    def use_identity(self, party: Party, name: str) -> None:
        """Give the lab's identity `name` to a peer; the other side trusts its root."""
        try:
            changed = with_identity(self.scenario, party, name, self.the_lab().entries())
        except (CannotUse, LabError) as error:
            self.refuse("That certificate is not for this peer", error)
            return
        self.change_scenario(changed)
        self.said.emit(f"The {party} uses {name}")

    # What is shown ---------------------------------------------------------------------------------
    def open_run(self, number: int) -> None:
        """Show a saved run."""
        try:
            stored = self.the_lab().run(number)
            shown = from_saved(stored.entry.title, number, stored.capture, stored.extras)
        except (LabError, NotACapture) as error:
            self.refuse("The run cannot be opened", error)
            return
        if shown.scenario is not None:
            self.change_scenario(shown.scenario)
        self.show(shown)

    def open_last_run(self) -> None:
        """Show the newest run of the lab, nothing if it has none: whoever opens a lab finds it as it was left."""
        try:
            runs = self.the_lab().runs()
        except LabError as error:
            self.refuse("The lab cannot be read", error)
            return
        if runs:
            self.open_run(runs[0].number)
        elif self.shown is not None:
            self._show_nothing()

    def _show_nothing(self) -> None:
        self.leaving.emit()
        self.shown = self.judgement = None
        self.shown_changed.emit()

    def show(self, shown: ShownRun) -> None:
        """Show a run or capture; what runs is stopped."""
        self.leaving.emit()
        self.begin(shown)
        self.judge()

    def begin(self, shown: ShownRun) -> None:
        """Show what has come so far of a capture that is still being read; `complete` when all of it is there."""
        self.shown, self.judgement = shown, None
        if shown.kind != "run":
            self.capture = shown
            self.lab_changed.emit()
        self.shown_changed.emit()

    def complete(self, shown: ShownRun) -> None:
        """All of a capture was read that was shown while it came; tells what could not be."""
        self.lab_changed.emit()
        if self.shown is shown:
            self.judge()
        self.tell_problems(shown)

    def tell_problems(self, shown: ShownRun) -> None:
        """Say what could not be read of a file."""
        if shown.problems:
            more = f" And {len(shown.problems) - 1} more." if len(shown.problems) > 1 else ""
            told = f"{sentence(shown.problems[0])}{more}"
            self.told.emit(Notice(f"{shown.title} was read as far as it goes", told, "warn"))

    def judge(self) -> None:
        """Find out why what is shown failed and what was checked."""
        self.judgement = Judgement(self.shown) if self.shown is not None else None
        self.judged.emit()

    def choose_connection(self, index: int) -> None:
        """Show another connection of the capture."""
        if self.capture is not None and 0 <= index < len(self.capture.trace.connections):
            self.capture.chosen = index
            self.shown, self.judgement = self.capture, None
            self.shown_changed.emit()
            self.judge()

    def step_connection(self, by: int) -> None:
        """Show the next (+1) or previous (-1) connection."""
        if self.shown is not None and self.shown.kind != "run":
            self.choose_connection(self.shown.chosen + by)

    # Telling -----------------------------------------------------------------------------------------
    def refuse(self, title: str, error: Exception) -> None:
        """Say in the banner what could not be done; ask for the passphrase if that was missing."""
        self.told.emit(Notice(title, _sentence(error)))
        if isinstance(error, LockedError):
            self.passphrase_wanted.emit()

    def further_work(self, parent: QObject) -> Work:
        """Another thread's worth of work, which nobody waits for and the status bar does not tell of."""
        made = Work(self.bridge, parent)
        self._further.append(made)
        return made

    def close(self) -> None:
        """Leave no thread and no open file."""
        self.leaving.emit()
        works = [self.work, *self._further]
        for work in works:
            work.cancel()
        self.bridge.close()
        for work in works:
            work.wait()
        self._close_lab()

    def _close_lab(self) -> None:
        if self.lab is not None:
            self.lab.close()
            self.lab = None


def _sentence(error: Exception) -> str:
    is_own = not isinstance(error, OSError) or isinstance(error, PortInUse | Unreachable)
    return sentence(str(error) if is_own else str(getattr(error, "strerror", None) or error))


def sentence(text: str) -> str:
    """`text` as a sentence; one that begins with a name keeps its small letter."""
    first = text.split(" ", 1)[0]
    text = text[:1].upper() + text[1:] if first.isalpha() else text
    return text if text.endswith((".", "!", "?")) else f"{text}."
