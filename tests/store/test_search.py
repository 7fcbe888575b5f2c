from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tlslab.pki import Authority
from tlslab.store import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = Authority.create("lab-ca")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with Lab.open(tmp_path_factory.mktemp("search") / "demo.tlslab") as opened:
        opened.add(root.credential, root.issue_server("demo.lab.test", "127.0.0.1"), root.issue_client("Älice"))
        opened.add(root.issue_client("bob", key_type="Ed25519"), root.issue_server("old.test", not_after=yesterday))
        opened.revoke("bob", "keyCompromise")
        yield opened


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["lab-ca", "demo.lab.test", "Älice", "bob", "old.test"]),
        ("DEMO", ["demo.lab.test"]),
        ("älice", ["Älice"]),
        ("127.0", ["demo.lab.test"]),
        ("ed25519", ["bob"]),
        ("exp", ["old.test"]),
        ("revoked", ["bob"]),
        ("server lab-ca", ["demo.lab.test", "old.test"]),
        ("client rev", ["bob"]),
        ("no such thing", []),
    ],
)
def test_every_word_is_found_somewhere(lab: Lab, text: str, names: list[str]) -> None:
    assert [entry.name for entry in lab.search(text)] == names


def test_serial_numbers_and_fingerprints_are_found_as_other_programs_write_them(lab: Lab) -> None:
    entry = lab.entry("demo.lab.test")
    serial_number = f"{entry.serial_number:x}"
    for text in (serial_number, serial_number.upper()[5:25], entry.fingerprint, entry.fingerprint[:20]):
        assert lab.search(text) == [entry]
    colons = ":".join(entry.fingerprint[place : place + 2] for place in range(0, 64, 2)).upper()
    for typed in (colons, colons[:30], colons[:31], colons[:32]):
        assert lab.search(typed) == [entry]
    assert lab.search("::1") == []


def test_no_match_reaches_from_one_member_into_the_next(lab: Lab) -> None:
    assert lab.search("demo.lab.testO=") == []


def test_what_another_program_adds_is_found_at_once(lab: Lab) -> None:
    with Lab.open(lab.file) as other:
        other.add(other.authority("lab-ca").issue_client("zoe"))
    assert [entry.name for entry in lab.search("zoe")] == ["zoe"]
    lab.undo()
    assert lab.search("zoe") == []
