"""The machine's own OpenSSL configuration never reaches a run."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tlslab

PACKAGE = Path(tlslab.__file__).parent
ONE_GROUP_ONLY = "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nGroups=P-521\n"
RUN = """
from tlslab.lab.identities import make_identities
from tlslab.lab.runner import run
from tlslab.lab.scenario import load
from tlslab.trace.analyzer import analyze
scenario = load("one-way-tls13")
going = run(scenario, make_identities(scenario))
assert going.wait(20)
print(analyze(going.events).connections[0].group)
"""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine whose configuration allows one group only."""
    configuration = tmp_path / "openssl.cnf"
    configuration.write_text(ONE_GROUP_ONLY)
    return os.environ | {"OPENSSL_CONF": str(configuration)}


def printed(code: str, machine: dict[str, str]) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=machine)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    "module",
    [
        "tlslab.cli.decode",
        "tlslab.keys.signatures",
        "tlslab.lab.runner",
        "tlslab.openssl",
        "tlslab.peers.openssl_peer",
        "tlslab.pki",
        "tlslab.store",
        "tlslab.trace.analyzer",
    ],
)
def test_a_run_does_not_follow_the_machine_whatever_is_imported_first(module: str, machine: dict[str, str]) -> None:
    assert printed(f"import {module}\n{RUN}", machine) == ["X25519MLKEM768"]


def test_the_machine_is_followed_where_cryptography_was_there_first(machine: dict[str, str]) -> None:
    """Nothing can be done about it then; that it would show is what makes the test above one."""
    code = f"import cryptography.x509\n{RUN}\nfrom tlslab.reference import openssl_configuration as its\n"
    assert printed(code + "print(its.CONFIGURATION_IS_OURS)", machine) == ["secp521r1", "False"]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_imports_cryptography_before_the_configuration_is_out_of_the_way(path: Path) -> None:
    """In the module itself or in its package; what is imported inside functions comes later than either."""
    package = [] if path.name == "__init__.py" else imported_at_the_top(path.with_name("__init__.py"))
    modules = [*package, *imported_at_the_top(path)]
    users = [index for index, name in enumerate(modules) if name.split(".")[0] in {"cryptography", "OpenSSL"}]
    if users and path.name != "openssl_configuration.py":
        assert "tlslab.reference.openssl_configuration" in modules[: users[0]]


def imported_at_the_top(path: Path) -> list[str]:
    """What a module imports whenever it is imported, in order."""
    names = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names


def test_programs_started_from_here_keep_the_configuration_of_the_machine(machine: dict[str, str]) -> None:
    code = "import os, tlslab.pki, tlslab.lab.runner; print(os.environ['OPENSSL_CONF'])"
    assert printed(code, machine) == [machine["OPENSSL_CONF"]]


def test_the_program_itself_does_not_follow_the_machine(machine: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tlslab", "demo"], capture_output=True, text=True, check=False, env=machine
    )
    assert done.returncode == 0, done.stderr
    assert "X25519MLKEM768" in done.stdout
