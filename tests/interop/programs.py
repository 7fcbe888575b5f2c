"""The programs that run the snippets of an exported folder, and how one of them is waited for without sleeping."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Program:
    """A snippet and the command that runs it in its folder."""

    snippet: str
    command: tuple[str, ...]

    @property
    def missing(self) -> str:
        """The program that is not installed here; "" if all is there."""
        return "" if shutil.which(self.command[0]) else self.command[0]


PYTHON = sys.executable
SERVERS = (
    Program("nginx.conf", ("nginx", "-p", ".", "-c", "nginx.conf", "-g", "daemon off; master_process off;")),
    Program("apache.conf", ("apache2", "-d", ".", "-f", "apache.conf", "-DFOREGROUND")),
    Program("haproxy.cfg", ("haproxy", "-f", "haproxy.cfg")),
    Program("server.py", (PYTHON, "server.py")),
    Program("server.mjs", ("node", "server.mjs")),
    Program("Server.java", ("java", "Server.java")),
    Program("server.go", ("go", "run", "server.go")),
)
CLIENTS = (
    Program("curl.sh", ("sh", "curl.sh")),
    Program("openssl.sh", ("sh", "openssl.sh")),
    Program("client.py", (PYTHON, "client.py")),
    Program("client.mjs", ("node", "client.mjs")),
    Program("Client.java", ("java", "Client.java")),
    Program("client.go", ("go", "run", "client.go")),
)


@contextlib.contextmanager
def served(program: Program, folder: Path, address: str, port: int) -> Iterator[None]:
    """While it listens. Raises RuntimeError with what it said if it ends before, TimeoutError if it takes too long."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            program.command, cwd=folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            _wait(process, address, port)
            yield
        except RuntimeError:
            said.seek(0)
            raise RuntimeError(f"{program.snippet}: {said.read().decode(errors='replace').strip()}") from None
        finally:
            # Its session is its own: `go run` and Apache have children.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait(5)


def asked(program: Program, folder: Path) -> tuple[bool, str]:
    """Whether the client was answered, and all that it said."""
    try:
        done = subprocess.run(
            program.command, cwd=folder, capture_output=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"no end within {LIMIT_S:.0f} s"
    said = (done.stdout + done.stderr).decode(errors="replace")
    return b"hello" in done.stdout or b"200 OK" in done.stdout, said


def free_port(address: str) -> int:
    """A port of the loopback address that nobody listens on."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as one:
        one.bind((address, 0))
        return int(one.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], address: str, port: int) -> None:
    """Until the port takes connections, which is asked again and again: an outside program tells nobody."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError from None
        else:
            return
    raise TimeoutError(f"nothing listens on {address}:{port} after {LIMIT_S:.0f} s")
