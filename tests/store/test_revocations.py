from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tlslab.pki import Authority, Credential, PkiError
from tlslab.store import Lab, LabError

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def family() -> tuple[Credential, ...]:
    root = Authority.create("lab-ca", not_after=NOON + timedelta(days=3650))
    issuing = root.intermediate("issuing", not_after=NOON + timedelta(days=3650))
    leaf = issuing.issue_server("localhost", not_before=NOON - timedelta(days=1), not_after=NOON + timedelta(days=90))
    return root.credential, issuing.credential, leaf


@pytest.fixture
def lab(tmp_path: Path, family: tuple[Credential, ...]) -> Iterator[Lab]:
    with Lab.open(tmp_path / "demo.tlslab") as opened:
        opened.add(*family)
        yield opened


def test_a_revocation_is_its_issuers(lab: Lab) -> None:
    revocation = lab.revoke("localhost", "key-compromise", NOON, invalidity_date=NOON - timedelta(days=3))
    assert lab.revocations("issuing") == [revocation]
    assert lab.revocations("lab-ca") == []
    assert revocation.reason == "keyCompromise"
    assert lab.entry("localhost").revocation == revocation
    assert revocation.serial_number == lab.entry("localhost").serial_number
    with Lab.open(lab.file) as other:
        assert other.revocations("issuing") == [revocation]


def test_a_hold_can_be_taken_back_or_made_final(lab: Lab) -> None:
    lab.revoke("localhost", "certificateHold")
    lab.unrevoke("localhost")
    assert lab.revocations("issuing") == []
    with pytest.raises(LabError, match="localhost is not revoked"):
        lab.unrevoke("localhost")
    lab.revoke("localhost", "certificateHold")
    lab.revoke("localhost", "superseded")
    with pytest.raises(LabError, match="only certificateHold can be taken back"):
        lab.unrevoke("localhost")
    with pytest.raises(LabError, match="was revoked already"):
        lab.revoke("localhost")


def test_what_cannot_be_revoked_says_why(lab: Lab) -> None:
    with pytest.raises(LabError, match="lab-ca is a root, which nobody can revoke"):
        lab.revoke("lab-ca")
    with pytest.raises(PkiError, match=r"no reason 'keycompromised' .* did you mean keyCompromise\?"):
        lab.revoke("localhost", "keycompromised")
    with pytest.raises(LabError, match="removeFromCRL is no reason"):
        lab.revoke("localhost", "removeFromCRL")
    with pytest.raises(LabError, match="localhost is a server certificate and revokes nothing"):
        lab.revocations("localhost")


def test_a_revocation_outlives_what_was_revoked(lab: Lab) -> None:
    lab.revoke("localhost", at=NOON)
    lab.delete("localhost")
    lab.empty_bin()
    assert [each.time for each in lab.revocations("issuing")] == [NOON]


def test_a_serial_number_is_given_once(lab: Lab, family: tuple[Credential, ...]) -> None:
    lab.revoke("localhost")
    lab.delete("localhost")
    lab.empty_bin()
    with pytest.raises(LabError, match="was revoked already: issue it with another"):
        lab.add(family[2])


def test_the_status_is_the_worst_that_can_be_said(lab: Lab) -> None:
    def status(at: datetime) -> str:
        return lab.entry("localhost").status(at)

    assert status(NOON) == "valid"
    assert status(NOON - timedelta(days=2)) == "not yet valid"
    assert status(NOON + timedelta(days=85)) == "expires soon"
    assert status(NOON + timedelta(days=91)) == "expired"
    lab.revoke("issuing", "cACompromise", NOON + timedelta(hours=1))
    assert status(NOON) == "valid"
    assert status(NOON + timedelta(hours=2)) == "issuer revoked"
    lab.revoke("localhost", "certificateHold", NOON)
    assert status(NOON + timedelta(hours=2)) == "on hold"
    lab.revoke("localhost", "superseded", NOON)
    assert status(NOON + timedelta(days=91)) == "revoked"
    assert lab.entry("issuing").status(NOON + timedelta(hours=2)) == "revoked"
    assert lab.entry("lab-ca").status(NOON) == "valid"


def test_a_certificate_of_a_week_expires_soon_in_its_last_third(lab: Lab) -> None:
    root = lab.authority("lab-ca")
    lab.add(root.issue_client("guest", not_before=NOON, not_after=NOON + timedelta(days=6)))
    guest = lab.entry("guest")
    assert [guest.status(NOON + timedelta(days=days)) for days in (1, 3, 5)] == ["valid", "valid", "expires soon"]


def test_crl_numbers_go_up_by_one_and_belong_to_the_authority(lab: Lab) -> None:
    def make(number: int, revocations: object) -> bytes:
        assert revocations == []
        return b"%d" % number

    assert [lab.publish_crl("issuing", make) for _ in range(3)] == [b"1", b"2", b"3"]
    assert lab.publish_crl("issuing", make, base=3) == b"4"
    assert lab.publish_crl("lab-ca", make) == b"1"
    assert lab.published_crl("issuing") == (3, b"3")
    assert lab.published_crl("issuing", 2) == (2, b"2")
    assert lab.published_crl("issuing", 9) is None


def test_a_failed_crl_takes_no_number(lab: Lab) -> None:
    def fail(_number: int, _revocations: object) -> bytes:
        raise PkiError("no")

    with pytest.raises(PkiError):
        lab.publish_crl("issuing", fail)
    assert lab.publish_crl("issuing", lambda number, _: b"%d" % number) == b"1"


def test_a_complete_crl_stays_while_deltas_build_on_it(lab: Lab) -> None:
    def make(number: int, _revocations: object) -> bytes:
        return b"%d" % number

    lab.publish_crl("issuing", make)
    for _ in range(40):
        lab.publish_crl("issuing", make, base=1)
    assert lab.published_crl("issuing") == (1, b"1")


def test_a_number_that_is_given_counts_from_there_on(lab: Lab) -> None:
    def make(number: int, _revocations: object) -> bytes:
        return b"%d" % number

    numbers = (None, 1000, None, 7, None, 2**100, None)
    assert [lab.publish_crl("issuing", make, number=number) for number in numbers] == [
        *(b"1", b"1000", b"1001", b"7", b"1003", b"%d" % 2**100, b"1005")
    ]
