"""Starting and stopping peers for the window: both together, or one by one; and keeping what they did."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from tlslab.gui.session import DEMO, Notice, Session
from tlslab.gui.shown import ShownRun, to_capture, to_extras
from tlslab.gui.wording import counts_text
from tlslab.lab.endpoint import PortInUse, Unreachable, parse_address
from tlslab.lab.identities import Identity, NoSuchIdentity, cast, key_types, make_identities
from tlslab.lab.runner import Run
from tlslab.lab.scenario import Scenario
from tlslab.openssl import Unavailable
from tlslab.peers.settings import BadSettings
from tlslab.pki import Credential, PkiError
from tlslab.pki.raw_credential import RawCredential
from tlslab.store import LabError
from tlslab.trace.analyzer import Analyzer
from tlslab.trace.events import Event

REFUSALS = (BadSettings, NoSuchIdentity, PortInUse, Unreachable, Unavailable, LabError, PkiError, OSError, ValueError)
"""Why a run cannot start, each with one sentence for the user."""


class Running(QObject):
    """The run that goes on, if one does."""

    changed = Signal()
    """Something has started or ended."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.connect_to = ""
        """Where the client goes: "" for this run's server, else HOST:PORT of an outside one."""
        self.listen_port = 0
        """Where the server listens; 0 for any free port."""
        self.listening = ""
        """Address of a server that was started alone and waits for the first client; "" otherwise."""
        self._connecting = False
        """A client looks for its outside server; nothing of the run is to be seen yet."""
        self._run: Run | None = None
        self._analyzer = Analyzer()
        self._made: dict[str, Identity] = {}
        self._grew = False
        session.bridge.drained.connect(self._drained)
        session.leaving.connect(self.stop)
        session.lab_opened.connect(self._made.clear)

    @property
    def active(self) -> bool:
        """Something runs and can be stopped."""
        return self._run is not None

    def run_demo(self) -> None:
        """The mutual demo, whatever was chosen before."""
        self.session.choose_scenario(DEMO)
        self.run()

    def run(self) -> None:
        """Run the chosen scenario, both sides together."""
        self._prepare(lambda run: run.start())

    def rerun(self) -> None:
        """Repeat what is shown, else run what is chosen."""
        shown = self.session.shown
        if shown is not None and shown.scenario is not None:
            wrong = {name: each for name, each in shown.identities.items() if isinstance(each, RawCredential)}
            if wrong:
                self.run_with(shown.scenario, wrong)
                return
            self.session.change_scenario(shown.scenario)
        self.run()

    def run_with(self, scenario: Scenario, identities: Mapping[str, Identity]) -> None:
        """Run `scenario`, some of whose identities are in no lab."""
        self.stop()
        self.session.change_scenario(scenario)
        self._attempt(
            "The run was not started",
            lambda: self._begin(
                scenario, make_identities(scenario, {**self._own(scenario), **identities}), lambda run: run.start()
            ),
        )

    def run_remedy(self) -> None:
        """Run with the change that would work."""
        shown, judgement = self.session.shown, self.session.judgement
        if shown is not None and shown.scenario is not None and judgement is not None and judgement.remedy is not None:
            self.session.change_scenario(judgement.remedy.apply(shown.scenario))
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
            self.session.told.emit(
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
        self.session.work.cancel()
        if self._connecting:
            self._forget()

    def _start_server(self, run: Run) -> None:
        self.listening = run.start_server(outside=True)

    def _start_client_outside(self, run: Run) -> None:
        host, port = parse_address(self.connect_to)
        # Finding the name and connecting may take seconds, so neither is done in this thread.
        self._connecting = True
        self.session.work.start(
            f"Connecting to {self.connect_to}",
            lambda _cancel: run.start_client(host, port),
            lambda _nothing: self._connected(),
            self._not_connected,
        )

    def _connected(self) -> None:
        self._connecting = False

    def _not_connected(self, error: Exception) -> None:
        self._forget()
        self.session.refuse("The client was not started", error)

    def keep_made(self, identities: Mapping[str, Identity]) -> None:
        """Use these where the lab has none of their names; they go into the lab with the first run that needs them."""
        self._made.update(identities)

    def forget_made(self) -> None:
        """The lab has changed: what was made before in this session may not be what it has now."""
        self._made.clear()

    def _prepare(self, start: Callable[[Run], object]) -> None:
        """Find or make the identities, in a thread where that may take long, then start."""
        self.stop()
        scenario = self.session.scenario
        try:
            own = self._own(scenario)
        except LabError as error:
            self.session.refuse("The run was not started", error)
            return
        if not _wants_rsa_key(scenario, own):
            self._attempt(
                "The run was not started", lambda: self._begin(scenario, make_identities(scenario, own), start)
            )
            return
        self.session.work.start(
            "Making an RSA key",
            lambda _cancel: make_identities(scenario, own),
            lambda made: self._attempt("The run was not started", lambda: self._begin(scenario, made, start)),
            lambda error: self.session.refuse("The run was not started", error),
        )

    def _own(self, scenario: Scenario) -> dict[str, Identity]:
        """Of what a run needs, that which the lab has, and what was made before in this session."""
        needed = set(scenario.identity_names)
        needed |= {cast()[name].issuer for name in needed if name in cast() and cast()[name].issuer}
        own: dict[str, Identity] = {name: self._made[name] for name in self._made if name in needed}
        if self.session.lab is None:
            return own
        entries = self.session.lab.entries()
        if scenario.staple:
            # Who has issued the server's certificate signs the OCSP response about it.
            needed |= {entry.issuer for entry in entries if entry.name == scenario.server and entry.issuer}
        for entry in entries:
            if entry.name in needed:
                own[entry.name] = self.session.lab.credential(entry.name)
        return own

    def _begin(self, scenario: Scenario, identities: Mapping[str, Identity], start: Callable[[Run], object]) -> None:
        # What is wrong on purpose is for this run only.
        self._made.update((name, each) for name, each in identities.items() if not isinstance(each, RawCredential))
        analyzer = Analyzer()
        run = Run(
            scenario,
            identities,
            endpoint="tcp",
            port=self.listen_port,
            emit=lambda event: self.session.bridge.post(lambda item: self._take(run, item), event),
            ended=lambda: self.session.bridge.post(self._ended, run),
        )
        events: list[Event] = []
        self.session.shown = ShownRun(scenario.title, "run", analyzer.trace, events, scenario, identities)
        self.session.judgement = None
        self._analyzer = analyzer
        self._run = run
        try:
            start(run)
        except Exception:
            self._forget()
            raise
        self.session.shown_changed.emit()
        self.changed.emit()

    def _forget(self) -> None:
        """The run that was to be shown did not come about."""
        self._run, self.listening, self._connecting = None, "", False
        self.session.shown = None
        self.session.shown_changed.emit()
        self.changed.emit()

    def _take(self, run: Run, event: Event) -> None:
        if run is not self._run or self.session.shown is None:
            return
        self.listening = ""
        self.session.shown.events.append(event)
        before = len(self.session.shown.trace.connections)
        self._analyzer.feed(event)
        if len(self.session.shown.trace.connections) != before:
            self.session.shown_changed.emit()
        self._grew = True

    def _drained(self) -> None:
        if self._grew:
            self._grew = False
            self.session.shown_grew.emit()

    def _ended(self, run: Run) -> None:
        if run is not self._run:
            return
        run.wait()
        self._run, self.listening = None, ""
        self._analyzer.finish()
        self._grew = False
        self.session.shown_grew.emit()
        self.changed.emit()
        if self.session.shown is not None and self.session.shown.connection is not None:
            self.session.judge()
            self._keep(self.session.shown, run)
        else:
            self.session.shown = None
            self.session.shown_changed.emit()

    def _keep(self, shown: ShownRun, run: Run) -> None:
        """Put the identities of a run and the run itself into the lab file."""
        connection = shown.connection
        if connection is None:
            return
        try:
            lab = self.session.the_lab()
            known = {entry.name for entry in lab.entries()}
            # What is wrong on purpose goes into the lab only if somebody asks for that.
            made = [each for name, each in run.identities.items() if name not in known and isinstance(each, Credential)]
            new = [each for each in made if not isinstance(each, RawCredential)]
            lab.add(*new)
            capture, extras = to_capture(shown.events), to_extras(shown)
            name = shown.scenario.name if shown.scenario is not None else ""
            kept = lab.add_run(
                shown.title, name, connection.outcome, connection.opened_ns, counts_text(connection), capture, extras
            )
            shown.number = kept.number
        except (LabError, ValueError) as error:
            self.session.refuse("The run was not saved", error)
        self.session.lab_changed.emit()

    def _attempt(self, title: str, work: Callable[[], object]) -> None:
        try:
            work()
        except REFUSALS as error:
            self.session.refuse(title, error)


def _wants_rsa_key(scenario: Scenario, own: Mapping[str, Identity]) -> bool:
    """Whether a key has to be made that takes long."""
    types = key_types(scenario)
    missing = [name for name in scenario.identity_names if name not in own and name in cast()]
    return any(types.get(name, cast()[name].key).startswith("RSA") for name in missing)
