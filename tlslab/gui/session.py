"""What the window does, without a widget: the lab file, the run that goes on, and the run or capture that is shown.

Everything here runs in the GUI thread; the threads of a run and of long work reach it through the bridge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event as ThreadEvent
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from tlslab.gui import intake
from tlslab.gui.bridge import Bridge
from tlslab.gui.choices import CannotUse, with_identity
from tlslab.gui.intake import NotUnderstood
from tlslab.gui.shown import Judgement, ShownRun, from_saved, to_capture, to_extras
from tlslab.gui.work import Work
from tlslab.gui.wording import counts_text
from tlslab.keys.keylog import KeyLog, format_line
from tlslab.lab.endpoint import PortInUse, Unreachable, parse_address
from tlslab.lab.identities import Identity, NoSuchIdentity, cast, key_types, make_identities
from tlslab.lab.runner import Run
from tlslab.lab.scenario import Scenario, library, load
from tlslab.openssl import Unavailable
from tlslab.peers.settings import BadSettings
from tlslab.pki import Credential, PkiError, write_file
from tlslab.store import Lab, LabError
from tlslab.trace.analyzer import Analyzer, analyze
from tlslab.trace.capture import NotACapture
from tlslab.trace.events import Event, KeyLogged, Party

DEMO = "mutual-tls13"
REFUSALS = (BadSettings, NoSuchIdentity, PortInUse, Unreachable, Unavailable, LabError, PkiError, NotUnderstood, CannotUse)
"""What cannot be done, each with one sentence for the user."""


class Notice(NamedTuple):
    """News for the banner."""

    title: str
    detail: str
    tone: str = "fail"
    buttons: tuple[tuple[str, Callable[[], object]], ...] = ()
    """At most two: text and work."""


class Session(QObject):
    """One window's work."""

    lab_changed = Signal()
    """Identities, runs or the lab's name are others now."""
    scenario_changed = Signal()
    shown_changed = Signal()
    """Another run, capture or connection is to be shown."""
    shown_grew = Signal()
    """More of what is shown has come."""
    judged = Signal()
    """What is shown is complete: diagnosis and verdicts are there."""
    running_changed = Signal()
    told = Signal(object)
    """A Notice."""
    said = Signal(str)
    """Something short for the status bar and screen readers."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.work = Work(bridge, self)
        self.lab: Lab | None = None
        self.scenarios = library()
        self.scenario: Scenario = load(DEMO)
        self.shown: ShownRun | None = None
        self.judgement: Judgement | None = None
        self.capture: ShownRun | None = None
        """The last opened capture; it stays in the sidebar while runs are looked at."""
        self.connect_to = ""
        """Where the client goes: "" for this run's server, else HOST:PORT of an outside one."""
        self.listen_port = 0
        """Where the server listens; 0 for any free port."""
        self.listening = ""
        """Address of a server that was started alone and waits."""
        self._lab_path: Path | None = None
        self._run: Run | None = None
        self._analyzer: Analyzer | None = None
        self._made: dict[str, Identity] = {}
        self._keylog = KeyLog()
        bridge.drained.connect(self._drained)
        self._grew = False

    # The lab file --------------------------------------------------------------------------------
    def open_lab(self, path: Path | None, passphrase: str | None = None, *, create: bool = True) -> bool:
        """Use the lab at `path` (None: the user's own) from now on; False, and a notice, if it cannot be."""
        try:
            opened = Lab.open(path, passphrase, create=create)
        except LabError as error:
            self.refuse("The lab cannot be opened", error)
            return False
        self._close_lab()
        self.lab, self._lab_path = opened, path
        self._made.clear()
        self.lab_changed.emit()
        return True

    def the_lab(self) -> Lab:
        """The open lab; the user's own is made if there is none yet. Raises LabError."""
        if self.lab is None:
            self.lab = Lab.open(self._lab_path)
        return self.lab

    def unlock(self, passphrase: str) -> bool:
        """Open the lab again with its passphrase."""
        return self.lab is not None and self.open_lab(self.lab.file, passphrase)

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

    # Running ---------------------------------------------------------------------------------------
    @property
    def running(self) -> bool:
        """Something runs and can be stopped."""
        return self._run is not None

    @property
    def server_waits(self) -> bool:
        """A server was started alone and nobody has come yet."""
        return bool(self.listening)

    def run_demo(self) -> None:
        """The mutual demo, whatever was chosen before."""
        self.choose_scenario(DEMO)
        self.run()

    def run(self) -> None:
        """Run the chosen scenario, both sides together."""
        self._prepare(lambda run: run.start())

    def rerun(self) -> None:
        """Repeat what is shown, else run what is chosen."""
        if self.shown is not None and self.shown.scenario is not None:
            self.change_scenario(self.shown.scenario)
        self.run()

    def run_remedy(self) -> None:
        """Run with the change that would work."""
        shown, judgement = self.shown, self.judgement
        if shown is not None and shown.scenario is not None and judgement is not None and judgement.remedy is not None:
            self.change_scenario(judgement.remedy.apply(shown.scenario))
            self.run()

    def start_server(self) -> None:
        """Start the server alone; any client on this computer may come."""
        self._prepare(self._start_server)

    def start_client(self) -> None:
        """Start the client: against the server that waits, or the outside one that was chosen."""
        if self._run is not None and self.listening:
            self._attempt("The client was not started", self._run.start_client)
        elif self.connect_to:
            self._prepare(self._start_client_outside)
        else:
            self.told.emit(
                Notice(
                    "No server is waiting",
                    "Start the server first, or give an address for the client in the peer settings.",
                    "warn",
                    (("Start server", self.start_server),),
                )
            )

    def stop(self) -> None:
        """Stop whatever runs, at once."""
        if self._run is not None:
            self._run.stop()
        self.work.cancel()

    def _start_server(self, run: Run) -> None:
        self.listening = run.start_server(outside=True)

    def _start_client_outside(self, run: Run) -> None:
        host, port = parse_address(self.connect_to)
        run.start_client(host, port)

    def keep_made(self, identities: Mapping[str, Identity]) -> None:
        """Use these where the lab has none of their names; they go into the lab with the first run that needs them."""
        self._made.update(identities)

    def _prepare(self, start: Callable[[Run], object]) -> None:
        """Find or make the identities, in a thread where that may take long, then start."""
        self.stop()
        scenario = self.scenario
        try:
            own = self._own(scenario)
        except LabError as error:
            self.refuse("The run was not started", error)
            return
        if not _wants_rsa_key(scenario, own):
            self._attempt("The run was not started", lambda: self._begin(scenario, make_identities(scenario, own), start))
            return
        self.work.start(
            "Making an RSA key",
            lambda _cancel: make_identities(scenario, own),
            lambda made: self._attempt("The run was not started", lambda: self._begin(scenario, made, start)),
            lambda error: self.refuse("The run was not started", error),
        )

    def _own(self, scenario: Scenario) -> dict[str, Identity]:
        """Of what a run needs, that which the lab has, and what was made before in this session."""
        needed = set(scenario.identity_names)
        needed |= {cast()[name].issuer for name in needed if name in cast() and cast()[name].issuer}
        own: dict[str, Identity] = {name: self._made[name] for name in self._made if name in needed}
        if self.lab is None:
            return own
        for entry in self.lab.entries():
            if entry.name in needed:
                own[entry.name] = self.lab.credential(entry.name)
        return own

    def _begin(self, scenario: Scenario, identities: Mapping[str, Identity], start: Callable[[Run], object]) -> None:
        self._made.update(identities)
        analyzer = Analyzer()
        run = Run(
            scenario,
            identities,
            endpoint="tcp",
            port=self.listen_port,
            emit=lambda event: self.bridge.post(lambda item: self._take(run, item), event),
            ended=lambda: self.bridge.post(self._ended, run),
        )
        events: list[Event] = []
        self.shown = ShownRun(scenario.title, "run", analyzer.trace, events, scenario, identities)
        self.judgement = None
        self._analyzer = analyzer
        self._run = run
        try:
            start(run)
        except Exception:
            self._run = None
            self.listening = ""
            self.shown = None
            self.shown_changed.emit()
            raise
        self.shown_changed.emit()
        self.running_changed.emit()

    def _take(self, run: Run, event: Event) -> None:
        if run is not self._run or self._analyzer is None or self.shown is None:
            return
        self.listening = ""
        self.shown.events.append(event)
        before = len(self.shown.trace.connections)
        self._analyzer.feed(event)
        if len(self.shown.trace.connections) != before:
            self.shown_changed.emit()
        self._grew = True

    def _drained(self) -> None:
        if self._grew:
            self._grew = False
            self.shown_grew.emit()

    def _ended(self, run: Run) -> None:
        if run is not self._run:
            return
        run.wait()
        self._run, self.listening = None, ""
        if self._analyzer is not None:
            self._analyzer.finish()
        self._grew = False
        self.shown_grew.emit()
        self.running_changed.emit()
        if self.shown is not None and self.shown.connection is not None:
            self.judge()
            self._keep(self.shown, run)
        else:
            self.shown = None
            self.shown_changed.emit()

    def judge(self) -> None:
        """Find out why what is shown failed and what was checked."""
        self.judgement = Judgement(self.shown) if self.shown is not None else None
        self.judged.emit()

    def _keep(self, shown: ShownRun, run: Run) -> None:
        """Put the identities of a run and the run itself into the lab file."""
        connection = shown.connection
        if connection is None:
            return
        try:
            lab = self.the_lab()
            known = {entry.name for entry in lab.entries()}
            new = [each for name, each in run.identities.items() if name not in known and isinstance(each, Credential)]
            lab.add(*new)
            capture, extras = to_capture(shown.events), to_extras(shown)
            name = shown.scenario.name if shown.scenario is not None else ""
            kept = lab.add_run(
                shown.title, name, connection.outcome, connection.opened_ns, counts_text(connection), capture, extras
            )
            shown.number = kept.number
        except (LabError, ValueError) as error:
            self.refuse("The run was not saved", error)
        self.lab_changed.emit()

    # What is shown ---------------------------------------------------------------------------------
    def open_run(self, number: int) -> None:
        """Show a saved run."""
        try:
            stored = self.the_lab().run(number)
            shown = from_saved(stored.entry.title, number, stored.capture, stored.extras)
        except (LabError, NotACapture) as error:
            self.refuse("The run cannot be opened", error)
            return
        self.show(shown)
        if shown.scenario is not None:
            self.change_scenario(shown.scenario)

    def show(self, shown: ShownRun) -> None:
        """Show a run or capture; what runs is stopped."""
        self.stop()
        self.shown, self.judgement = shown, None
        if shown.kind != "run":
            self.capture = shown
            self.lab_changed.emit()
        self.shown_changed.emit()
        self.judge()

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

    # Taking in ---------------------------------------------------------------------------------------
    def open_path(self, path: Path) -> None:
        """Open a file, whatever it is."""
        try:
            with path.open("rb") as file:
                head = file.read(16)
                if head == intake.LAB_MAGIC:
                    self.open_lab(path, create=False)
                    return
                data = head + file.read()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self.told.emit(Notice(f"{path.name} cannot be opened", f"{path}: {reason}."))
            return
        self.take(path.name, data)

    def take(self, name: str, data: bytes) -> None:
        """Show what `data` holds, or use it; one notice if it is nothing of ours."""
        if intake.kind_of(data) == "keylog":
            self.add_keylog(name, data)
            return
        self.work.start(
            f"Reading {name}",
            lambda cancel: _read(name, data, self._keylog, cancel),
            self._taken,
            lambda error: self.refuse(f"{name} was not opened", error),
        )

    def _taken(self, shown: ShownRun) -> None:
        self.show(shown)
        if shown.problems:
            more = f" (and {len(shown.problems) - 1} more)" if len(shown.problems) > 1 else ""
            self.told.emit(Notice(f"{shown.title} was read as far as it goes", f"{shown.problems[0]}{more}", "warn"))
        else:
            self.said.emit(f"Opened {shown.title}")

    def add_keylog(self, name: str, data: bytes) -> None:
        """Decrypt what is shown with a key log, and what is opened later."""
        try:
            logged = intake.keylog_of(name, data)
        except NotUnderstood as error:
            self.refuse("The key log was not used", error)
            return
        self._keylog.update(logged.keylog)
        shown = self.shown
        if shown is None or shown.kind == "run":
            self.said.emit(f"{name} will be used for the next capture")
        else:
            trace = analyze(shown.events, self._keylog)
            self.show(replace_trace(shown, trace))
            self.said.emit(f"Used the keys of {name}")
        if logged.problems:
            self.told.emit(Notice(f"{name} was used as far as it goes", "; ".join(logged.problems[:2]), "warn"))

    # Writing out -------------------------------------------------------------------------------------
    def save_capture(self, path: Path) -> None:
        """Write what is shown as pcapng with its keys inside."""
        if self.shown is None:
            return
        try:
            events = [*keylog_events(self.shown), *(e for e in self.shown.events if not isinstance(e, KeyLogged))]
            write_file(path, to_capture(events), force=True)
        except (OSError, ValueError) as error:
            self.refuse(f"{path.name} was not written", error)
        else:
            self.said.emit(f"Wrote {path.name}")

    def save_keylog(self, path: Path) -> None:
        """Write the secrets of what is shown as a key log."""
        if self.shown is None:
            return
        lines = [format_line(key.label, key.client_random, key.secret) + "\n" for key in keylog_events(self.shown)]
        try:
            write_file(path, "".join(lines).encode("ascii"), private=True, force=True)
        except OSError as error:
            self.refuse(f"{path.name} was not written", error)
        else:
            self.said.emit(f"Wrote {len(lines)} secrets to {path.name}")

    # Telling -----------------------------------------------------------------------------------------
    def refuse(self, title: str, error: Exception) -> None:
        """Say in the banner what could not be done."""
        self.told.emit(Notice(title, _sentence(error)))

    def _attempt(self, title: str, work: Callable[[], object]) -> None:
        try:
            work()
        except (*REFUSALS, OSError, ValueError) as error:
            self.refuse(title, error)

    def close(self) -> None:
        """Stop everything and leave no thread."""
        self.stop()
        self.bridge.close()
        self.work.wait()
        self._close_lab()

    def _close_lab(self) -> None:
        if self.lab is not None:
            self.lab.close()
            self.lab = None


def replace_trace(shown: ShownRun, trace: object) -> ShownRun:
    """The same capture, analysed anew."""
    return replace(shown, trace=trace)


def keylog_events(shown: ShownRun) -> list[KeyLogged]:
    """Every secret that is known of what is shown, each once."""
    found = {(each.label, each.client_random): each for each in shown.events if isinstance(each, KeyLogged)}
    for connection in shown.trace.connections:
        hello = next((message for message in connection.messages if message.type == "client_hello"), None)
        random = hello.fields.child("random") if hello is not None else None
        for secret in connection.secrets if random is not None else ():
            if secret.origin == "key log":
                found.setdefault((secret.label, random.bytes), KeyLogged(secret.label, random.bytes, secret.value))
    return list(found.values())


def _read(name: str, data: bytes, keylog: KeyLog, cancel: ThreadEvent) -> ShownRun:
    del cancel
    return intake.shown_of(name, data, keylog)


def _wants_rsa_key(scenario: Scenario, own: Mapping[str, Identity]) -> bool:
    """Whether a key has to be made that takes long."""
    types = key_types(scenario)
    missing = [name for name in scenario.identity_names if name not in own and name in cast()]
    return any(types.get(name, cast()[name].key).startswith("RSA") for name in missing)


def _sentence(error: Exception) -> str:
    text = (error.strerror or str(error)) if isinstance(error, OSError) and not isinstance(error, PortInUse | Unreachable) else str(error)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
