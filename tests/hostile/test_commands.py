"""Every command that reads a file answers bytes made to annoy with an exit code and a sentence, never with an exception."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.hostile.__main__ import FILE, LAB, VIEWS
from tests.hostile.commands import SHAPES
from tests.hostile.files import key_log_of_unknown_labels, noise, pem_of_small_certificates, revocation_list
from tests.hostile.pastes import key_log_of_odd_letters, zeros
from tlslab import cli
from tlslab.store import Lab, LabError

FEW = 2000
FILES = {
    **SHAPES,
    **{
        each.__name__: each
        for each in (
            key_log_of_odd_letters,
            key_log_of_unknown_labels,
            noise,
            pem_of_small_certificates,
            revocation_list,
            zeros,
        )
    },
}
COMMANDS = {name: arguments for name, arguments in VIEWS.items() if arguments[-1] != "--tree"}


@pytest.mark.parametrize("name", FILES)
def test_every_command_says_something_of_it(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hostile"
    path.write_bytes(FILES[name](FEW))
    for command, arguments in COMMANDS.items():
        places = {FILE: str(path), LAB: str(tmp_path / f"{command}.tlslab")}
        assert cli.main([places.get(each, each) for each in arguments]) in {0, 1, 2}, command
        said = capsys.readouterr()
        assert said.out or said.err.startswith("tlslab: ")


@pytest.mark.parametrize(
    "statement",
    (
        "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TRIGGER more AFTER INSERT ON journal BEGIN DELETE FROM journal; END",
        "UPDATE credentials SET certificate = 'text'",
        "UPDATE credentials SET names = '['",
        "UPDATE credentials SET not_after = '2020-13-45'",
        "UPDATE credentials SET serial_number = 'none'",
        "UPDATE changes SET inverse = 'null'",
    ),
)
def test_a_lab_file_that_no_lab_has_written_is_damaged(
    statement: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.tlslab"
    assert cli.main(["ca", "new", "lab-ca", "--lab", str(file)]) == 0
    database = sqlite3.connect(file)
    with database:
        database.execute(statement)
    database.close()
    capsys.readouterr()
    assert 2 in [cli.main(["ca", action, "--lab", str(file)]) for action in ("list", "undo")]
    assert "go back to a copy" in capsys.readouterr().err


def test_what_a_lab_writes_itself_has_the_right_types(tmp_path: Path) -> None:
    """Negative control: the refusal above is not of every lab."""
    file = tmp_path / "a.tlslab"
    assert cli.main(["ca", "new", "lab-ca", "--server", "localhost", "--lab", str(file)]) == 0
    try:
        Lab.open(file).close()
    except LabError as error:
        pytest.fail(str(error))
