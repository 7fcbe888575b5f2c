from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tlslab.pki import Authority, Credential
from tlslab.pki.renewal import cross_sign
from tlslab.store import Lab, LabError


@pytest.fixture(scope="module")
def family() -> tuple[Credential, ...]:
    root = Authority.create("lab-ca")
    issuing = root.intermediate("issuing")
    return root.credential, issuing.credential, issuing.issue_server("localhost"), root.issue_client("alice")


@pytest.fixture
def lab(tmp_path: Path, family: tuple[Credential, ...]) -> Iterator[Lab]:
    with Lab.open(tmp_path / "demo.tlslab") as opened:
        opened.add(*family)
        yield opened


def names(lab: Lab) -> list[str]:
    return [entry.name for entry in lab.entries()]


def test_what_was_deleted_lies_in_the_bin_and_comes_back_with_its_key(lab: Lab, family: tuple[Credential, ...]) -> None:
    lab.delete("localhost")
    assert names(lab) == ["lab-ca", "issuing", "alice"]
    assert [(each.kind, each.name) for each in lab.bin()] == [("certificate", "localhost")]
    with pytest.raises(LabError, match="no certificate called localhost"):
        lab.credential("localhost")
    assert lab.restore("localhost") == "localhost"
    assert lab.credential("localhost").private_key_der == family[2].private_key_der
    assert lab.bin() == []


def test_an_authority_goes_with_all_that_it_issued_and_comes_back_with_it(lab: Lab) -> None:
    lab.delete("lab-ca", below=True)
    assert names(lab) == []
    assert len(lab.bin()) == 4
    lab.restore("lab-ca")
    assert names(lab) == ["lab-ca", "issuing", "localhost", "alice"]


def test_a_leaf_brings_its_issuers_out_of_the_bin(lab: Lab) -> None:
    lab.delete("lab-ca", below=True)
    lab.restore("localhost")
    assert names(lab) == ["lab-ca", "issuing", "localhost"]
    assert [each.name for each in lab.bin()] == ["alice"]


def test_a_name_in_the_bin_is_free_and_what_is_restored_gets_another(lab: Lab) -> None:
    lab.delete("alice")
    lab.add(lab.authority("lab-ca").issue_client("alice"))
    assert lab.restore("alice") == "alice 2"
    assert names(lab) == ["lab-ca", "issuing", "localhost", "alice 2", "alice"]


def test_what_lies_in_the_bin_is_not_added_a_second_time(lab: Lab, family: tuple[Credential, ...]) -> None:
    lab.delete("alice")
    with pytest.raises(LabError, match="lies in the bin of the lab, as alice: restore it"):
        lab.add(family[3])


def test_the_bin_is_emptied_for_ever(lab: Lab) -> None:
    lab.delete("lab-ca", below=True)
    lab.save_scenario("mine", b"1")
    lab.delete_scenario("mine")
    assert lab.empty_bin() == 5
    assert lab.bin() == []
    assert lab.empty_bin() == 0
    with pytest.raises(LabError, match="nothing called alice in the bin"):
        lab.restore("alice")
    # What is gone for ever cannot be brought back by undoing; what was before it can.
    with pytest.raises(LabError, match="nothing to undo"):
        lab.undo()


def test_runs_scenarios_profiles_and_requests_share_the_bin(lab: Lab) -> None:
    run = lab.add_run("First", "mutual-tls13", "established", 100, "ok", b"")
    lab.save_scenario("mine", b"1")
    lab.save_profile("web", "days = 7")
    lab.delete_run(run.number)
    lab.delete_scenario("mine")
    lab.delete_profile("web")
    assert [(each.kind, each.name) for each in lab.bin()] == [
        ("profile", "web"),
        ("scenario", "mine"),
        ("run", "First"),
    ]
    assert (lab.runs(), lab.scenarios(), lab.profiles()) == ([], [], [])
    for name in ("First", "mine", "web"):
        lab.restore(name)
    assert (lab.runs(), lab.scenarios(), lab.profiles()) == ([run], ["mine"], ["web"])


def test_the_last_changes_are_undone_one_by_one_the_last_first(lab: Lab) -> None:
    server = lab.authority("issuing").issue_server("other.test")
    lab.add(server)
    lab.rename("alice", "Alice")
    lab.revoke("Alice", "certificateHold")
    lab.revoke("Alice", "keyCompromise")
    lab.delete("localhost")
    assert lab.undoable() == "deleted localhost"
    assert lab.undo() == "deleted localhost"
    assert names(lab) == ["lab-ca", "issuing", "localhost", "Alice", "other.test"]
    assert lab.undo() == "revoked Alice"
    assert [each.reason for each in lab.revocations("lab-ca")] == ["certificateHold"]
    assert lab.undo() == "revoked Alice"
    assert lab.revocations("lab-ca") == []
    assert lab.undo() == "renamed alice to Alice"
    assert lab.undo() == "issued other.test"
    assert names(lab) == ["lab-ca", "issuing", "localhost", "alice"]
    assert lab.undo() == "issued lab-ca and 3 more"
    assert names(lab) == []
    assert lab.undoable() is None
    with pytest.raises(LabError, match="There is nothing to undo"):
        lab.undo()
    # Whatever was undone by mistake is still there.
    lab.restore("other.test")
    assert lab.private_key("other.test").public_key() == server.certificate.public_key()


def test_a_replaced_text_has_its_former_content_again(lab: Lab) -> None:
    lab.save_profile("web", "days = 7")
    lab.save_profile("web", "days = 8")
    assert lab.undo() == "saved the profile web"
    assert lab.profile("web") == "days = 7"
    lab.undo()
    assert lab.profiles() == []


def test_undoing_is_in_the_journal(lab: Lab) -> None:
    lab.delete("alice")
    lab.undo()
    assert [(line.action, line.subject) for line in lab.journal()][-2:] == [
        ("deleted", "alice"),
        ("undid", "deleted alice"),
    ]


def test_another_program_sees_what_was_undone(lab: Lab) -> None:
    with Lab.open(lab.file) as other:
        lab.delete("alice")
        assert "alice" not in names(other)
        other.undo()
        assert "alice" in names(lab)


def test_an_authority_with_a_twin_leaves_what_it_issued_to_it(lab: Lab) -> None:
    """Two certificates of one subject and key: the issuer is the same, whichever of them is left."""
    other = Authority.create("other-ca")
    crossed = _cross_signed(lab.authority("lab-ca"), other)
    lab.add(other.credential, crossed)
    assert lab.twins("lab-ca") == ["lab-ca by other-ca"]
    assert [len(path) for path in lab.paths("alice")] == [2, 3]
    lab.delete("lab-ca")
    assert lab.entry("alice").issuer == "lab-ca by other-ca"
    assert lab.path("alice")[1:] == (crossed.certificate, other.certificate)
    assert lab.restore("lab-ca") == "lab-ca"


def _cross_signed(authority: Authority, by: Authority) -> Credential:
    """The same subject and key, signed by another authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    own = authority.certificate
    builder = x509.CertificateBuilder(
        issuer_name=by.certificate.subject,
        subject_name=own.subject,
        public_key=own.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=own.not_valid_before_utc,
        not_valid_after=own.not_valid_after_utc,
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(by.credential.private_key, hashes.SHA256())
    return Credential(
        f"{authority.name} by {by.name}", "intermediate", certificate, (), authority.credential.private_key
    )


def test_an_authority_whose_other_certificate_hangs_on_it_stays(lab: Lab) -> None:
    root = lab.authority("lab-ca")
    below = root.intermediate("below", path_len_constraint=None)
    lab.add(below.credential, replace(cross_sign(root, below), name="crossed"))
    with pytest.raises(LabError, match="lab-ca has issued issuing, alice, below: delete what it issued first"):
        lab.delete("lab-ca")
    assert [each.subject for each in lab.path("crossed")[1:]] == [each.subject for each in lab.path("below")]


def test_a_lab_in_which_something_stands_above_itself_ends_in_a_sentence(lab: Lab) -> None:
    with closing(sqlite3.connect(lab.file)) as other, other:
        other.execute("UPDATE credentials SET issuer_id = id WHERE name = 'issuing'")
    lab.revoke("issuing")
    assert [each.status() for each in lab.entries()] == ["valid", "revoked", "issuer revoked", "valid"]
    with pytest.raises(LabError, match="damaged: localhost stands above itself"):
        lab.path("localhost")
    lab.delete("issuing", below=True)
    assert names(lab) == ["lab-ca", "alice"]


def test_what_is_undone_is_never_another_that_came_after_it(lab: Lab) -> None:
    lab.rename("alice", "bob")
    lab.delete("bob")
    lab.empty_bin()
    lab.add(lab.authority("lab-ca").issue_client("carol"))
    assert [lab.undo(), lab.undo()] == ["issued carol", "issued lab-ca and 3 more"]
