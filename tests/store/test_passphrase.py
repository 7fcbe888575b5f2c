from __future__ import annotations

from pathlib import Path

import pytest

from tlslab.pki import Authority, Credential
from tlslab.store import Lab, LabError, LockedError, protection


@pytest.fixture(autouse=True)
def _cheap_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried here does not depend on how long a guess takes."""
    monkeypatch.setattr(protection, "COST", 2**4)


@pytest.fixture(scope="module")
def credentials() -> tuple[Credential, Credential]:
    authority = Authority.create("lab-ca")
    return authority.credential, authority.issue_server("localhost")


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    return tmp_path / "demo.tlslab"


def test_no_private_key_is_in_the_file_of_a_protected_lab(
    lab_file: Path, credentials: tuple[Credential, Credential]
) -> None:
    with Lab.open(lab_file, "correct horse") as lab:
        lab.add(*credentials)
        assert lab.protected
        assert not lab.locked
    content = lab_file.read_bytes()
    for credential in credentials:
        assert credential.certificate_der in content
        # PKCS#8 as a whole would not be found if it were merely wrapped; the secret scalar would.
        assert credential.private_key_der not in content
        assert credential.private_key_der[36:68] not in content
    assert b"correct horse" not in content
    with Lab.open(lab_file, "correct horse") as lab:
        assert lab.credential("localhost").private_key_der == credentials[1].private_key_der


def test_a_locked_lab_can_be_read_and_lists_but_signs_nothing(
    lab_file: Path, credentials: tuple[Credential, Credential]
) -> None:
    with Lab.open(lab_file, "correct horse") as lab:
        lab.add(*credentials)
        lab.lock()
        assert lab.locked
        assert lab.certificate("localhost") == credentials[1].certificate
        with pytest.raises(LockedError):
            lab.private_key("localhost")
        # What needs no key is done all the same.
        lab.revoke("localhost")
        lab.delete("localhost")
        lab.undo()
        assert lab.entry("localhost").status() == "revoked"


def test_a_wrong_passphrase_is_told_at_once(lab_file: Path) -> None:
    Lab.open(lab_file, "correct horse").close()
    with pytest.raises(LockedError, match="is wrong"):
        Lab.open(lab_file, "battery staple")


def test_without_the_passphrase_certificates_are_seen_and_keys_are_not(
    lab_file: Path, credentials: tuple[Credential, Credential]
) -> None:
    with Lab.open(lab_file, "correct horse") as lab:
        lab.add(*credentials)
    with Lab.open(lab_file) as lab:
        assert lab.locked
        assert lab.certificate("localhost") == credentials[1].certificate
        assert len(lab.entries()) == 2
        with pytest.raises(LockedError, match="has a passphrase"):
            lab.credential("localhost")
        with pytest.raises(LockedError, match="has a passphrase"):
            lab.set_passphrase(None)


def test_nothing_is_added_in_the_clear_to_a_protected_lab(
    lab_file: Path, credentials: tuple[Credential, Credential]
) -> None:
    with Lab.open(lab_file) as window:
        with Lab.open(lab_file) as command_line:
            command_line.set_passphrase("correct horse")
        with pytest.raises(LockedError, match="Another program has changed the passphrase"):
            window.add(*credentials)
    with Lab.open(lab_file) as lab:
        with pytest.raises(LockedError, match="has a passphrase"):
            lab.add(*credentials)
        assert lab.entries() == []


def test_a_passphrase_can_be_set_changed_and_removed(
    lab_file: Path, credentials: tuple[Credential, Credential]
) -> None:
    key = credentials[1].private_key_der
    with Lab.open(lab_file) as lab:
        lab.add(*credentials)
        lab.set_passphrase("one")
        assert lab.credential("localhost").private_key_der == key
    assert key not in lab_file.read_bytes()
    with Lab.open(lab_file, "one") as lab:
        lab.set_passphrase("two")
    with pytest.raises(LockedError):
        Lab.open(lab_file, "one")
    with Lab.open(lab_file, "two") as lab:
        lab.set_passphrase(None)
        assert not lab.protected
    with Lab.open(lab_file) as lab:
        assert lab.credential("localhost").private_key_der == key
        assert [line.action for line in lab.journal()][-3:] == [
            "set the passphrase",
            "set the passphrase",
            "removed the passphrase",
        ]


@pytest.mark.parametrize("passphrase", ["two", None])
def test_a_change_of_passphrase_that_fails_changes_nothing(
    lab_file: Path,
    credentials: tuple[Credential, Credential],
    passphrase: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def disk_is_full(*_arguments: object) -> None:
        raise LabError("the disk is full")

    with Lab.open(lab_file, "one") as lab:
        lab.add(*credentials)
        with monkeypatch.context() as patched:
            patched.setattr("tlslab.store.lab.note", disk_is_full)
            with pytest.raises(LabError, match="the disk is full"):
                lab.set_passphrase(passphrase)
        assert lab.credential("localhost") == credentials[1]
        lab.set_passphrase("three")
    with Lab.open(lab_file, "three") as lab:
        assert lab.credential("localhost").private_key_der == credentials[1].private_key_der


def test_a_passphrase_for_a_lab_in_the_clear_is_not_taken_for_granted(
    lab_file: Path, credentials: tuple[Credential, Credential]
) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(*credentials)
    with pytest.raises(LabError, match="has no passphrase"):
        Lab.open(lab_file, "correct horse")


def test_an_empty_passphrase_is_refused(lab_file: Path) -> None:
    with pytest.raises(LabError, match="The passphrase is empty"):
        Lab.open(lab_file, "")


def test_a_key_moved_to_another_certificate_is_noticed(
    lab_file: Path, credentials: tuple[Credential, Credential]
) -> None:
    with Lab.open(lab_file, "correct horse") as lab:
        lab.add(*credentials)
        lab._database.execute(
            "UPDATE private_keys SET pkcs8 = (SELECT pkcs8 FROM private_keys WHERE credential_id = 1)"
        )
        assert lab.credential("lab-ca").name == "lab-ca"
        with pytest.raises(LabError, match="was changed from outside"):
            lab.credential("localhost")


def test_the_key_shows_in_no_repr() -> None:
    _, key = protection.protect("correct horse")
    assert "key=" not in repr(key)
