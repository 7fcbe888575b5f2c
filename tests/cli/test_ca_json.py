"""What `tlslab ca ... --json` prints has the shape of the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from tlslab.cli import main
from tlslab.pki import KINDS
from tlslab.pki.revocation import REASONS
from tlslab.reference.resources import read_text
from tlslab.store.records import STATUSES, BinKind

SCHEMA = json.loads(read_text("lab.schema.json"))


@pytest.fixture(scope="module")
def lab_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab in which everything has happened."""
    folder = tmp_path_factory.mktemp("json")
    lab = folder / "a.tlslab"
    for line in (
        "new lab-ca --server localhost --client alice",
        "issue --client bob --serial 7 --not-after 2020-01-01",
        "csr --server demo.lab.test --output REQUEST",
        "revoke alice --reason keyCompromise --invalidity-date 2020-01-01",
        "delete bob",
        "note localhost mine",
    ):
        words = line.replace("REQUEST", str(folder / "a.csr")).split()
        assert main(["ca", *words, "--lab", str(lab)]) == 0
    return lab


@pytest.mark.parametrize(
    ("action", "member", "count"),
    (
        ("list", "certificates", 3),
        ("show alice", "certificate", None),
        ("csr --list", "requests", 1),
        ("profiles", "profiles", 8),
        ("revocations", "revocations", 1),
        ("bin", "bin", 1),
        ("journal", "journal", 7),
    ),
)
def test_a_list_is_one_object_of_the_published_shape(
    action: str, member: str, count: int | None, lab_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["ca", *action.split(), "--json", "--lab", str(lab_file)]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["lab"] == str(lab_file)
    assert count is None or len(document[member]) == count


def test_the_schema_knows_every_word_that_the_lab_has() -> None:
    shapes = SCHEMA["$defs"]
    assert shapes["kind"]["enum"] == list(KINDS)
    assert shapes["certificate"]["properties"]["status"]["enum"] == list(STATUSES)
    assert shapes["deleted"]["properties"]["kind"]["enum"] == list(get_args(BinKind))
    assert set(shapes["reason"]["enum"]) == set(REASONS) - {"removeFromCRL"}
