"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tlslab.cli import main

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Each line of shell that runs tlslab and ends by itself."""
    lines = [line.split("   #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if "tlslab " in line and not re.search(r"tlslab (serve|connect)", line)]


def test_the_readme_shows_commands_and_python() -> None:
    assert len(commands()) >= 6
    assert len(blocks("python")) == 2


@pytest.mark.timeout(180)  # some twenty programs, one after the other
def test_every_command_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In the order of the README: one writes what the next one reads.
    program = f"{shlex.quote(sys.executable)} -m tlslab "
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    for command in commands():
        line = re.sub(r"\btlslab ", lambda _: program, command, count=1)
        done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S602
        expected = 1 if "unknown-client-ca" in command or "handshake --broken" in command else 0
        assert done.returncode == expected, f"{command}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("command", ("serve", "connect"))
def test_options_of_the_commands_that_wait_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    told = capsys.readouterr().out
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith(f"tlslab {command}")]
    assert lines
    for option in (option for line in lines for option in re.findall(r"--\w+", line.split("#")[0])):
        assert option in told


def test_the_failure_that_the_readme_quotes_is_what_the_program_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handshake", "--scenario", "unknown-client-ca"]) == 1
    told = capsys.readouterr().out
    (quoted,) = blocks("text")
    for line in quoted.splitlines()[1:]:
        assert line in told


def test_the_python_of_the_readme_runs() -> None:
    for block in blocks("python"):
        names: dict[str, object] = {}
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - our own text
        for name, value in names.items():
            if name.startswith("test_") and callable(value):
                value()
