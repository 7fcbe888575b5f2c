"""The checks of a run: which say yes, which say no, and which were not asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from tests.lab.test_diagnosis import SUITE, failed
from tlslab.lab.identities import make_identities
from tlslab.lab.scenario import load
from tlslab.lab.verdicts import Verdict, covers, verdicts
from tlslab.pki import Authority
from tlslab.trace.events import Failure, Party


def by_name(found: tuple[Verdict, ...]) -> dict[str, bool | None]:
    return {each.name: each.ok for each in found}


def checks_of(name: str, cipher_suite: str | None = SUITE) -> dict[str, bool | None]:
    scenario = load(name)
    identities = make_identities(scenario)
    return by_name(verdicts(scenario, identities, failed(scenario, identities), cipher_suite))


def test_a_mutual_run_passes_seven_checks() -> None:
    assert checks_of("mutual-tls13") == {
        "Chain ends in a trusted CA": True,
        "Certificate covers demo.lab.test": True,
        "Dates are valid now": True,
        "Key usage allows serverAuth and clientAuth": True,
        "Signature algorithm accepted": True,
        "Forward secrecy (ephemeral key share)": True,
        "Client certificate verified": True,
    }


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("expired-server", {"Dates are valid now"}),
        ("wrong-host", {"Certificate covers shop.lab.test"}),
        ("unknown-server-ca", {"Chain ends in a trusted CA"}),
        ("unknown-client-ca", {"Chain ends in a trusted CA", "Client certificate verified"}),
        ("missing-client-certificate", {"Client certificate verified"}),
    ],
)
def test_exactly_the_broken_checks_say_no(name: str, refused: set[str]) -> None:
    assert {check for check, ok in checks_of(name).items() if ok is False} == refused


def test_rsa_key_transport_has_no_forward_secrecy() -> None:
    checks = checks_of("rsa-key-transport", "TLS_RSA_WITH_AES_256_GCM_SHA384")
    assert [check for check, ok in checks.items() if ok is False] == ["Forward secrecy (ephemeral key share)"]


def test_what_was_not_asked_is_neither_yes_nor_no() -> None:
    checks = checks_of("one-way-tls13", None)
    assert checks["Client certificate verified"] is None
    assert checks["Forward secrecy (ephemeral key share)"] is None


@pytest.mark.parametrize(
    ("failures", "ok", "detail"),
    [
        ({}, True, "alice@lab, by the server"),
        ({"server": Failure("Error", (), 20, alert_sent="unknown_ca")}, False, "alice@lab was refused: unknown_ca"),
        (
            {"server": Failure("Error", ("wrong curve",), alert_sent="illegal_parameter")},
            False,
            "alice@lab was refused: illegal_parameter",
        ),
        (
            {"server": Failure("Error", ("peer did not return a certificate",), alert_sent="handshake_failure")},
            False,
            "none was shown: handshake_failure",
        ),
        (
            {"client": Failure("Error", alert_received="bad_certificate")},
            False,
            "alice@lab was refused: bad_certificate",
        ),
        (
            {"client": Failure("Error", alert_received="certificate_required")},
            False,
            "none was shown: certificate_required",
        ),
        ({"client": Failure("Error", alert_received="protocol_version")}, None, "the handshake never came so far"),
        (
            {"client": Failure("Error", (), 10, alert_sent="certificate_expired")},
            None,
            "the handshake never came so far",
        ),
        (
            {"server": Failure("Error", ("no shared cipher",), alert_sent="handshake_failure")},
            None,
            "the handshake never came so far",
        ),
        ({"server": Failure("TimeoutError")}, None, "the handshake never came so far"),
    ],
)
def test_the_client_was_verified_if_the_server_came_so_far(
    failures: Mapping[Party, Failure], ok: bool | None, detail: str
) -> None:
    scenario = load("mutual-tls13")
    verdict = verdicts(scenario, make_identities(scenario), failures, SUITE)[-1]
    assert (verdict.name, verdict.ok, verdict.detail) == ("Client certificate verified", ok, detail)


def test_nothing_is_said_of_certificates_that_nobody_showed() -> None:
    found = verdicts(load("one-way-tls13"), {}, {}, None)
    assert {verdict.ok for verdict in found} == {None}
    assert [verdict.name for verdict in found] == [
        "Chain ends in a trusted CA",
        "Dates are valid now",
        "Key usage allows it",
        "Signature algorithm accepted",
        "Forward secrecy (ephemeral key share)",
        "Client certificate verified",
    ]


def test_a_certificate_without_extended_key_usage_is_not_said_to_have_one() -> None:
    scenario = load("one-way-tls13")
    identities = make_identities(scenario)
    anything = identities | {"demo.lab.test": identities["lab-ca"]}
    details = {each.name: (each.ok, each.detail) for each in verdicts(scenario, anything, {}, SUITE)}
    assert details["Key usage allows serverAuth"] == (True, "no extendedKeyUsage stands against it")


def test_dates_are_those_of_the_moment_that_is_asked_for() -> None:
    scenario = load("one-way-tls13")
    identities = make_identities(scenario)
    for days, ok in ((-400, False), (0, True), (400, False)):
        moment = datetime.now(UTC) + timedelta(days=days)
        assert by_name(verdicts(scenario, identities, {}, SUITE, moment))["Dates are valid now"] is ok


def test_a_certificate_for_the_other_role_is_not_for_this_one() -> None:
    ca = Authority.create("lab-ca")
    scenario = load("one-way-tls13")
    identities = {"lab-ca": ca.credential, "demo.lab.test": ca.issue_client("demo.lab.test")}
    found = failed(scenario, identities)
    assert found["client"].verify_error == 26
    assert by_name(verdicts(scenario, identities, found, SUITE))["Key usage allows serverAuth"] is False


@pytest.mark.parametrize(
    ("name", "host", "expected"),
    [
        ("demo.lab.test", "DEMO.lab.test.", True),
        ("*.lab.test", "demo.lab.test", True),
        ("*.lab.test", "a.b.lab.test", False),
        ("*.lab.test", "lab.test", False),
        ("demo.lab.test", "demo", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("127.0.0.1", "localhost", False),
    ],
)
def test_a_name_covers_what_rfc_9525_says(name: str, host: str, expected: bool) -> None:
    assert covers(name, host) is expected
