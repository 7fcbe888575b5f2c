"""Files in and out of the window: everything that is opened, dropped, pasted or exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from io import SEEK_END, BytesIO
from pathlib import Path
from threading import Event as Flag
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal

from tlslab.gui import intake
from tlslab.gui.cancelling import Cancelled
from tlslab.gui.connection_facts import client_random_of
from tlslab.gui.given_keys import GivenKeys, keys_in, keys_line, pre_shared_keys
from tlslab.gui.intake import CaptureInside, NotUnderstood
from tlslab.gui.loading import Loading, index_unread
from tlslab.gui.session import Notice, Session, sentence
from tlslab.gui.shown import ShownRun, analyzed, to_capture
from tlslab.keys.keylog import KeyLog, format_line
from tlslab.pki import write_file
from tlslab.trace.capture import CaptureReader
from tlslab.trace.events import Event, KeyLogged
from tlslab.trace.finding import capitalised


class Files(QObject):
    """Takes in whatever it is and says what it was."""

    opened = Signal(str, bytes)
    """Name and bytes of something that is shown, all of which could be read."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.keylog = KeyLog()
        self.given = GivenKeys()
        """What else was given to open captures with."""
        self.key_options: list[tuple[str, str]] = []
        """The same as options of the command line; a secret that was typed in stands there without its value."""
        self.loading = Loading(session, self)
        self.loading.decrypted.connect(self._took_keys)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open files, whatever they are; key logs first, so that they open the captures beside them."""
        read = [(path, data) for path in paths if (data := self._read(path)) is not None]
        for path, data in sorted(read, key=lambda each: intake.kind_of(each[1]) != "keylog"):
            kind = intake.kind_of(data)
            if kind == "lab":
                if self.session.open_lab(path, create=False):
                    self.session.open_last_run()
            elif kind == "capture":
                size = path.stat().st_size
                self.loading.open(path.name, partial(_opened, path), size, self.keylog, self.given, path)
            else:
                self.take(path.name, data, path)

    def _read(self, path: Path) -> bytes | None:
        """The bytes of a file; of a lab or a capture only its beginning: SQLite and the reader read the rest."""
        try:
            with path.open("rb") as file:
                head = file.read(16)
                return head if intake.kind_of(head) in {"lab", "capture"} else head + file.read()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self.session.told.emit(Notice(f"{path.name} cannot be opened", f"{path}: {reason}."))
            return None

    def take(self, name: str, data: bytes, path: Path | None = None) -> None:
        """Show what `data` holds, or use it; one notice if it is nothing of ours."""
        kind = intake.kind_of(data)
        if kind == "keylog":
            self.add_keylog(name, data, path)
        elif kind == "bytes" and (keys := self._keys_wanted(name, data)):
            self._use(name, keys, path)
        elif kind == "capture":
            self.loading.open(name, partial(BytesIO, data), len(data), self.keylog, self.given)
        else:
            self.session.work.start(
                f"Reading {name}",
                lambda cancel: intake.shown_of(name, data, self.keylog, cancel.is_set, self.given),
                partial(self._taken, name, data, path),
                lambda error: self.session.refuse(f"{name} was not opened", error),
            )

    def _taken(self, name: str, data: bytes, path: Path | None, found: ShownRun | CaptureInside) -> None:
        if isinstance(found, CaptureInside):
            self.loading.open(name, partial(BytesIO, found.data), len(found.data), self.keylog, self.given, path)
            return
        found.path = path
        self.session.show(found)
        if found.kind != "certificate":
            self.session.said.emit(f"{name}: {found.told}")
        self.session.tell_problems(found)
        if not found.problems:
            self.opened.emit(name, data)

    def add_keylog(self, name: str, data: bytes, path: Path | None = None) -> None:
        """Decrypt what is shown with a key log, and what is opened later."""
        try:
            logged = intake.keylog_of(name, data)
        except NotUnderstood as error:
            self.session.refuse("The key log was not used", error)
            return
        self.keylog.update(logged.keylog)
        self._remember("--keylog", str(path or "KEYLOG"))
        shown = self.session.shown
        if self.loading.active or (shown is not None and shown.index is not None):
            self.loading.add_keys(name, list(_events_of(logged.keylog)))
        elif shown is None or shown.kind == "run" or not shown.events:
            self.session.said.emit(f"{name} will be used for the next capture")
        else:
            self._decrypt(shown, name)
        if logged.problems:
            told = sentence("; ".join(logged.problems[:2]))
            self.session.told.emit(Notice(f"{name} was used as far as it goes", told, "warn"))

    def _keys_wanted(self, name: str, data: bytes) -> GivenKeys | None:
        """Keys that were dropped or pasted onto a capture that they may open; a private key is else shown for itself."""
        shown = self.session.shown
        pasted = keys_line(data)
        if not pasted and (shown is None or shown.kind != "capture" or not _unread_in(shown)):
            return None
        try:
            return keys_in(name, data)
        except NotUnderstood as error:
            if pasted:
                self.session.refuse("The key was not used", error)
            return None

    def add_key(self, path: Path) -> None:
        """Decrypt what is shown with the key in a file, of whatever kind, and what is opened later."""
        data = self._read(path)
        if data is None:
            return
        try:
            keys = None if intake.kind_of(data) == "keylog" else keys_in(path.name, data)
        except NotUnderstood as error:
            self.session.refuse("The key was not used", error)
            return
        if keys is not None:
            self._use(path.name, keys, path)
        else:
            self.add_keylog(path.name, data, path)

    def add_psk(self, text: str) -> None:
        """The same with a pre-shared key, as HEX or identity:HEX."""
        try:
            self._use("The pre-shared key", pre_shared_keys(text.strip()))
        except NotUnderstood as error:
            self.session.refuse("The pre-shared key was not used", error)

    def _remember(self, option: str, value: str) -> None:
        if (option, value) not in self.key_options:
            self.key_options.append((option, value))

    def _use(self, name: str, keys: GivenKeys, path: Path | None = None) -> None:
        """Read what is shown again with these keys too."""
        self.given = self.given.plus(keys)
        for option, found in (("--server-key", keys.server_keys), ("--ech-key", keys.ech_keys)):
            if found:
                self._remember(option, str(path or "KEY"))
        if keys.psks:
            self._remember("--psk", "IDENTITY:HEX")
        shown = self.session.shown
        if shown is None or shown.kind != "capture":
            self.session.said.emit(f"{capitalised(keys.words)} will be used for the next capture")
        elif shown.source is not None:
            with shown.source() as stream:
                size = stream.seek(0, SEEK_END)
            self.loading.open(shown.title, shown.source, size, self.keylog, self.given, shown.path)
            self.session.said.emit(f"Reading {shown.title} again with {keys.words}")
        else:
            self._decrypt(shown, name)

    def _decrypt(self, shown: ShownRun, name: str) -> None:
        """Read what is shown again, with every key that was given so far."""
        keylog = KeyLog()
        keylog.update(self.keylog)
        self.session.work.start(
            f"Decrypting {shown.title}",
            lambda cancel: analyzed(shown.events, keylog, cancel.is_set, self.given),
            lambda trace: self._decrypted(replace(shown, trace=trace), name, _unread(shown)),
            lambda error: self.session.refuse(f"{shown.title} was not decrypted", error),
        )

    def _decrypted(self, shown: ShownRun, name: str, unread: int) -> None:
        self.session.show(shown)
        self._say_decrypted(name, unread, _unread(shown))

    def _took_keys(self, name: str, unread: int) -> None:
        shown = self.session.shown
        if shown is not None and shown.index is not None:
            self.session.lab_changed.emit()
            self.session.judge()
            self._say_decrypted(name, unread, index_unread(shown.index))

    def _say_decrypted(self, name: str, unread: int, left: int) -> None:
        if left == unread > 0:
            told = "Its secrets are of other connections: it names each by the random of its ClientHello."
            self.session.told.emit(Notice(f"{name} opens nothing here", told, "warn"))
        else:
            self.session.said.emit(f"Used the keys of {name}" if unread else "Everything here is readable already")

    # Writing out -------------------------------------------------------------------------------------
    def save_capture(self, path: Path) -> None:
        """Write what is shown as pcapng with its keys inside; what is read from a large file is written in a thread."""
        shown = self.session.shown
        if shown is None:
            return
        keys = keylog_events(shown)
        self.session.work.start(
            f"Writing {path.name}",
            lambda cancel: write_file(path, to_capture([*keys, *_rest_of(shown, cancel)]), private=True, force=True),
            lambda _nothing: self.session.said.emit(f"Wrote {path.name}"),
            lambda error: self.session.refuse(f"{path.name} was not written", error),
        )

    def save_keylog(self, path: Path) -> None:
        """Write the secrets of what is shown as a key log."""
        if self.session.shown is None:
            return
        lines = [
            format_line(key.label, key.client_random, key.secret) + "\n" for key in keylog_events(self.session.shown)
        ]
        try:
            write_file(path, "".join(lines).encode("ascii"), private=True, force=True)
        except OSError as error:
            self.session.refuse(f"{path.name} was not written", error)
        else:
            self.session.said.emit(f"Wrote {len(lines)} secrets to {path.name}")


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _unread_in(shown: ShownRun) -> bool:
    """Whether there is a message that no key has opened."""
    return index_unread(shown.index) > 0 if shown.index is not None else _unread(shown) > 0


def _unread(shown: ShownRun) -> int:
    """How many messages no key has opened."""
    rows = (row for connection in shown.trace.connections for row in connection.messages.tally())
    return sum(count for message, count in rows if not message.readable)


def _rest_of(shown: ShownRun, cancel: Flag) -> Iterator[Event]:
    """All events of what is shown but its keys. Raises OSError and Cancelled."""
    if shown.source is None:
        yield from (event for event in shown.events if not isinstance(event, KeyLogged))
        return
    with shown.source() as stream:
        for batch in CaptureReader(stream).batches():
            if cancel.is_set():
                raise Cancelled
            yield from (event for event in batch if not isinstance(event, KeyLogged))


def keylog_events(shown: ShownRun) -> list[KeyLogged]:
    """Every secret that is known of what is shown, each once."""
    if shown.index is not None:
        randoms = {client_random_of(each) for each in shown.index.connections}
        return [event for event in _events_of(shown.index.keylog) if event.client_random in randoms]
    found = {(each.label, each.client_random): each for each in shown.events if isinstance(each, KeyLogged)}
    for connection in shown.trace.connections:
        random = client_random_of(connection)
        for secret in connection.secrets if random else ():
            if secret.origin == "key log":
                found.setdefault((secret.label, random), KeyLogged(secret.label, random, secret.value))
    return list(found.values())


def _events_of(keylog: KeyLog) -> Iterator[KeyLogged]:
    for client_random, secrets in keylog.items():
        for label, secret in secrets.items():
            yield KeyLogged(label, client_random, secret)
