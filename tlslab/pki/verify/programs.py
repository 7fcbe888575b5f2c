"""The verdicts of programs on this machine: `openssl verify` and GnuTLS's `certtool --verify`. Runs them, with a time limit."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from tlslab.pki.names import is_address
from tlslab.pki.raw_credential import pem
from tlslab.pki.verify.engines import EngineVerdict
from tlslab.pki.verify.extension_values import CLIENT_AUTH, SERVER_AUTH
from tlslab.pki.verify.model import Question
from tlslab.wire.words import harmless

TIMEOUT_S: Final = 5
_LONGEST_PATH: Final = 100
_NOW: Final = timedelta(minutes=10)
_OUTPUT: Final = re.compile("output:", re.IGNORECASE)
_FAILURE: Final = re.compile(r"error (\d+) at (\d+) depth lookup: (.*)")


def program_verdicts(asked_for: Question) -> Iterator[EngineVerdict]:
    """One verdict for each program; not asked where it is not installed."""
    yield _verdict("openssl verify", "openssl", asked_for)
    yield _verdict("certtool --verify", "certtool", asked_for)


def _verdict(name: str, program: str, asked_for: Question) -> EngineVerdict:
    path = shutil.which(program)
    if path is None:
        return EngineVerdict(name, "", None, None, None, f"{program} is not installed")
    if program == "certtool" and abs(asked_for.settings.at - datetime.now(UTC)) > _NOW:
        return EngineVerdict(name, _version(path), None, None, None, "it judges by the clock of the machine only")
    with tempfile.TemporaryDirectory(prefix="tlslab-verify-") as folder:
        files = _Files(Path(folder), asked_for)
        command = files.openssl(path) if program == "openssl" else files.certtool(path)
        return _run(name, path, command)


def _run(name: str, path: str, command: Sequence[str]) -> EngineVerdict:
    try:
        done = subprocess.run(  # noqa: S603  a program of the machine, files of ours
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return EngineVerdict(name, _version(path), None, None, None, f"no answer within {TIMEOUT_S} s")
    except OSError as error:
        return EngineVerdict(name, "", None, None, None, f"it cannot be run: {error.strerror}")
    if done.returncode == 0:
        return EngineVerdict(name, _version(path), True, None, None, "ok")
    output = done.stdout + done.stderr
    match = _FAILURE.search(output)
    if match is not None:
        return EngineVerdict(name, _version(path), False, int(match[1]), int(match[2]), harmless(match[3].strip()))
    return EngineVerdict(name, _version(path), False, None, None, harmless(_last_words(output)))


def _last_words(output: str) -> str:
    """What is said behind "Output:", else the last line that is no advice."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("Use --")]
    told = [_OUTPUT.split(line)[-1].strip() for line in lines if _OUTPUT.search(line)]
    return (told or lines or ["it said nothing"])[-1][:300]


@cache
def _version(path: str) -> str:
    """The first words of what it says about itself."""
    argument = "version" if Path(path).name.startswith("openssl") else "--version"
    try:
        done = subprocess.run(  # noqa: S603  a program of the machine
            [path, argument], capture_output=True, text=True, check=False, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return " ".join(done.stdout.split()[:2])


class _Files:
    """The certificates as files, and the command lines about them."""

    def __init__(self, folder: Path, asked_for: Question) -> None:
        self.settings, self.revocation = asked_for.settings, asked_for.revocation
        self.leaf = _write(folder / "leaf.pem", "CERTIFICATE", asked_for.chain[:1])
        self.others = _write(folder / "others.pem", "CERTIFICATE", asked_for.chain[1:])
        self.all = _write(folder / "chain.pem", "CERTIFICATE", asked_for.chain[:_LONGEST_PATH])
        self.roots = _write(folder / "roots.pem", "CERTIFICATE", asked_for.roots)
        self.crls = _write(folder / "crls.pem", "X509 CRL", asked_for.crls)

    def openssl(self, program: str) -> list[str]:
        command = [program, "verify", "-no-CAfile", "-no-CApath", "-attime", str(int(self.settings.at.timestamp()))]
        # Without -trusted the program looks at the machine's own certificates.
        command += ["-trusted", self.roots]
        command += ["-untrusted", self.others] if Path(self.others).stat().st_size else []
        if self.settings.purpose is not None:
            command += ["-purpose", f"ssl{self.settings.purpose}"]
        if self.settings.host is not None:
            command += ["-verify_ip" if is_address(self.settings.host) else "-verify_hostname", self.settings.host]
        command += ["-CRLfile", self.crls] if Path(self.crls).stat().st_size else []
        checks = {"if-present": [], "leaf": ["-crl_check"], "chain": ["-crl_check", "-crl_check_all"]}
        command += checks[self.revocation]
        return [*command, self.leaf]

    def certtool(self, program: str) -> list[str]:
        command = [program, "--verify", "--load-ca-certificate", self.roots, "--infile", self.all]
        purposes = {"server": SERVER_AUTH, "client": CLIENT_AUTH}
        if self.settings.purpose is not None:
            command.append(f"--verify-purpose={purposes[self.settings.purpose]}")
        if self.settings.host is not None:
            command.append(f"--verify-hostname={self.settings.host}")
        if Path(self.crls).stat().st_size:
            command.append(f"--load-crl={self.crls}")
        return command


def _write(path: Path, label: str, objects: Sequence[bytes]) -> str:
    path.write_bytes(b"".join(pem(der, label) for der in objects))
    return str(path)
