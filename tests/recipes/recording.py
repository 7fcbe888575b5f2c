"""One recording: real programs talk over the loopback interface while dumpcap writes down what crosses it.

A recipe is a function of a `Bench`: it starts a server, runs clients against it, and leaves. Capture and key log
are the files of the bench. Needs the right to capture (root, or dumpcap with its capabilities).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PAUSE_S = 0.35
"""What a program gets to answer before it is told the next thing."""
LIMIT_S = 20.0
"""The longest that anything may take here."""


class RecordingFailed(Exception):
    """A program is missing, did not start or said something unexpected."""


@dataclass
class Bench:
    """Where one recording is made."""

    folder: Path
    """Scratch, the recording's own."""
    credentials: Path
    """Certificates and keys, made by `authority.make`."""
    port: int
    keys: Path = field(init=False)
    """The key log that every program writes to that can."""
    kept_keys: str | None = None
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = self.folder / "keys"
        self.keys.touch()

    def server(
        self,
        *command: str | Path,
        udp: bool = False,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        log_keys: bool = True,
    ) -> subprocess.Popen[bytes]:
        """Start a program and wait until it listens on `port`."""
        process = self.start(*command, env=env, log_keys=log_keys)
        wanted = self.port if port is None else port
        end = time.monotonic() + LIMIT_S
        while not _listens(wanted, udp=udp):
            if process.poll() is not None or time.monotonic() > end:
                raise RecordingFailed(f"{command[0]} does not listen on {wanted}:\n{self.output(process)}")
            time.sleep(0.02)
        return process

    def start(
        self, *command: str | Path, env: Mapping[str, str] | None = None, log_keys: bool = True
    ) -> subprocess.Popen[bytes]:
        """Start a program that runs until the recording ends; its standard input is a pipe that stays open."""
        with (self.folder / f"out{len(self._running)}").open("wb") as out:
            process = subprocess.Popen(
                [str(each) for each in command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment(env, log_keys=log_keys),
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def client(
        self,
        *command: str | Path,
        say: Sequence[bytes] = (b"hello\n",),
        env: Mapping[str, str] | None = None,
        log_keys: bool = True,
        pause_s: float = PAUSE_S,
    ) -> str:
        """Run a program to its end, with a pause before each thing it is told; gives what it printed."""
        process = self.start(*command, env=env, log_keys=log_keys)
        for each in say:
            time.sleep(pause_s)
            tell(process, each)
        time.sleep(pause_s)
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            stop(process)
        return self.output(process)

    def kept(self, end: str) -> Path:
        """A file that is kept beside the capture, under the capture's name and this ending."""
        folder = self.folder / "kept"
        folder.mkdir(exist_ok=True)
        return folder / end

    @property
    def newest(self) -> subprocess.Popen[bytes]:
        """The program that was started last."""
        return self._running[-1]

    def run_quietly(self, *command: str | Path) -> None:
        """Run a program that prepares something in the bench's folder."""
        subprocess.run([str(each) for each in command], cwd=self.folder, check=True, capture_output=True, input=b"")

    def tell_later(self, what: bytes, *, after_s: float, to: int = -1) -> None:
        """Tell a program that runs (the last one that was started) something while others go on."""
        timer = threading.Timer(after_s, tell, (self._running[to], what))
        timer.daemon = True
        timer.start()

    def freeze_keys(self) -> None:
        """Keep the key log as it is now, whatever is written to it from here on."""
        self.kept_keys = self.keys.read_text()

    def output(self, process: subprocess.Popen[bytes]) -> str:
        """What a program of this bench has printed so far."""
        return (self.folder / f"out{self._running.index(process)}").read_text(errors="replace")

    def _environment(self, extra: Mapping[str, str] | None, *, log_keys: bool) -> dict[str, str]:
        env = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        if log_keys:
            env["SSLKEYLOGFILE"] = str(self.keys)
        return {**env, **(extra or {})}

    def close(self) -> None:
        """End everything that was started here."""
        for process in reversed(self._running):
            stop(process)


def tell(process: subprocess.Popen[bytes], what: bytes) -> None:
    """Write to a program's standard input; one that has gone is not told."""
    assert process.stdin is not None
    try:
        process.stdin.write(what)
        process.stdin.flush()
    except BrokenPipeError:
        pass


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdin is not None and not process.stdin.closed:
        with suppress(BrokenPipeError):
            process.stdin.close()


def record(recipe: Callable[[Bench], None], bench: Bench, capture: Path, *, interface: str = "lo") -> None:
    """Run `recipe` and write what crossed its port to `capture`."""
    with _recorder(capture, f"port {bench.port}", interface):
        try:
            recipe(bench)
            time.sleep(PAUSE_S)
        finally:
            bench.close()


@contextmanager
def _recorder(capture: Path, condition: str, interface: str) -> Iterator[None]:
    dumpcap = program("dumpcap")
    name, _, link_type = interface.partition(":")
    link = ("-y", link_type) if link_type else ()
    process = subprocess.Popen(
        [dumpcap, "-q", "-i", name, *link, "-f", condition, "-w", str(capture)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + LIMIT_S
        # The section header is written when the capture has begun.
        while not (capture.exists() and capture.stat().st_size):
            if process.poll() is not None or time.monotonic() > end:
                assert process.stderr is not None
                stop(process)
                raise RecordingFailed(f"dumpcap: {process.stderr.read().decode(errors='replace')}")
            time.sleep(0.02)
        time.sleep(0.15)
        yield
        # The kernel hands packets over in blocks.
        time.sleep(0.4)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(LIMIT_S)
        assert process.stderr is not None
        process.stderr.close()


def program(name: str) -> str:
    """The path of a program; raises RecordingFailed."""
    path = shutil.which(name)
    if path is None:
        raise RecordingFailed(f"{name} is not installed")
    return path


def _listens(port: int, *, udp: bool) -> bool:
    """Whether a socket is bound to `port`, without touching it."""
    wanted = f":{port:04X}"
    for name in ("udp", "udp6") if udp else ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if local.endswith(wanted) and (udp or state == "0A"):
                return True
    return False
