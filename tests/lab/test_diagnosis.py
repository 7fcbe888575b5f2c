"""Why a run failed, in plain words, what would work instead, and the checks of a run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from tlslab.lab.diagnosis import Diagnosis, diagnose
from tlslab.lab.identities import Identity, Shown, make_identities
from tlslab.lab.remedy import remedy_for
from tlslab.lab.runner import failures, run
from tlslab.lab.scenario import Scenario, load
from tlslab.lab.verdicts import Verdict, covers, verdicts
from tlslab.openssl import verify_error_name
from tlslab.pki import Authority
from tlslab.reference.registries import number_of
from tlslab.reference.resources import read_text
from tlslab.trace.events import Failure, Party

LIMIT_S = 20.0
FAILING = ("expired-server", "wrong-host", "unknown-server-ca", "unknown-client-ca", "missing-client-certificate")
TABLES = tomllib.loads(read_text("diagnoses.toml"))
SUITE = "TLS_AES_256_GCM_SHA384"


def failed(scenario: Scenario, identities: Mapping[str, Identity] | None = None) -> Mapping[Party, Failure]:
    going = run(scenario, identities or make_identities(scenario))
    assert going.wait(LIMIT_S)
    return failures(going.events)


def diagnosed(name: str) -> Diagnosis:
    scenario = load(name)
    identities = make_identities(scenario)
    diagnosis = diagnose(scenario, identities, failed(scenario, identities))
    assert diagnosis is not None
    return diagnosis


def test_a_run_that_succeeded_has_no_diagnosis() -> None:
    scenario = load("one-way-tls13")
    assert diagnose(scenario, make_identities(scenario), {}) is None


@pytest.mark.parametrize(
    ("name", "condition", "party", "title"),
    [
        ("expired-server", "expired-leaf", "client", "the server's certificate has expired"),
        ("wrong-host", "wrong-host", "client", "the server's certificate is for another name"),
        (
            "unknown-server-ca",
            "untrusted-root-not-sent",
            "client",
            "the client does not trust the server's certificate",
        ),
        (
            "unknown-client-ca",
            "client-cert-untrusted-ca",
            "server",
            "the server does not trust the client's certificate",
        ),
        ("missing-client-certificate", "client-no-cert", "server", "the client has no certificate to show"),
    ],
)
def test_a_failure_is_explained(name: str, condition: str, party: str, title: str) -> None:
    diagnosis = diagnosed(name)
    assert (diagnosis.condition, diagnosis.party) == (condition, party)
    assert diagnosis.title == f"Handshake failed: {title}"


def test_the_cause_names_who_and_what() -> None:
    assert diagnosed("unknown-client-ca").cause == "mallory@lab is signed by other-ca; the server trusts lab-ca only."
    expected = "The client wanted shop.lab.test; demo.lab.test covers demo.lab.test, localhost, 127.0.0.1."
    assert diagnosed("wrong-host").cause == expected


@pytest.mark.parametrize("name", FAILING)
def test_a_cause_fits_the_banner(name: str) -> None:
    """The banner's one line has room for about 90 characters, beside the alert and the number of its message."""
    diagnosis = diagnosed(name)
    assert len(diagnosis.cause) <= 90
    assert len(diagnosis.title) <= 70


def test_every_rule_is_a_clause_of_an_rfc() -> None:
    rules = {entry["rule"] for kind in TABLES.values() for entry in kind.values()}
    assert [rule for rule in rules if not re.fullmatch(r"RFC \d{4} §\d[\d.]*( \(\w\)(\(\d\))?)?", rule)] == []


@pytest.mark.parametrize(
    ("expired", "condition", "title", "subject"),
    [
        ("intermediate", "expired-intermediate", "a CA certificate in the server's chain has expired", "issuing"),
        ("root", "expired-root", "a CA certificate in the server's chain has expired", "lab-ca"),
    ],
)
def test_an_authority_that_has_expired_is_told_from_the_certificate(
    expired: str, condition: str, title: str, subject: str
) -> None:
    ended = datetime.now(UTC) - timedelta(days=1)
    root = Authority.create("lab-ca", not_after=ended if expired == "root" else None)
    issuer = root.intermediate("issuing", not_before=ended - timedelta(days=9), not_after=ended)
    if expired == "root":
        issuer = root.intermediate("issuing", not_after=ended + timedelta(days=90))
    server = issuer.issue_server("demo.lab.test", not_after=ended + timedelta(days=90))
    scenario = load("one-way-tls13")
    identities = {"lab-ca": root.credential, "demo.lab.test": server}
    diagnosis = diagnose(scenario, identities, failed(scenario, identities))
    assert diagnosis is not None
    assert (diagnosis.condition, diagnosis.title) == (condition, f"Handshake failed: {title}")
    assert diagnosis.cause.startswith(f"{subject} expired on {ended:%Y-%m-%d %H:%M} UTC; the client checked on ")
    assert remedy_for(diagnosis, scenario, identities) is None


def test_what_nobody_knows_of_a_certificate_is_not_made_up() -> None:
    scenario = load("one-way-tls13").with_changes(server="the outside server")
    failure = Failure("Error", alert_received="certificate_expired")
    diagnosis = diagnose(scenario, {}, {"server": failure})
    assert diagnosis is not None
    assert diagnosis.cause == "The server's certificate expired on an earlier date."


@pytest.mark.parametrize("name", FAILING)
def test_the_remedy_works(name: str) -> None:
    scenario = load(name)
    identities = make_identities(scenario)
    diagnosis = diagnose(scenario, identities, failed(scenario, identities))
    assert diagnosis is not None
    remedy = remedy_for(diagnosis, scenario, identities)
    assert remedy is not None
    changed = remedy.apply(scenario)
    assert failed(changed, make_identities(changed, identities)) == {}


def test_remedies_say_what_the_button_does() -> None:
    titles = {}
    for name in FAILING:
        scenario = load(name)
        remedy = remedy_for(diagnosed(name), scenario, make_identities(scenario))
        titles[name] = remedy.title if remedy else None
    assert titles == {
        "expired-server": "Use demo.lab.test and rerun",
        "wrong-host": "Connect to demo.lab.test and rerun",
        "unknown-server-ca": "Trust other-ca and rerun",
        "unknown-client-ca": "Trust other-ca and rerun",
        "missing-client-certificate": "Show alice@lab and rerun",
    }


def test_another_ca_of_the_same_name_is_no_remedy() -> None:
    """It would be trusted and refuse all the same."""
    scenario = load("one-way-tls13")
    server = Authority.create("lab-ca").issue_server("demo.lab.test")
    namesake = Authority.create("lab-ca").credential
    identities = {"demo.lab.test": server, "lab-ca": Authority.create("lab-ca").credential, "lab-ca 2": namesake}
    diagnosis = diagnose(scenario, identities, failed(scenario, identities))
    assert diagnosis is not None
    assert diagnosis.remedy == "trust"
    assert remedy_for(diagnosis, scenario, identities) is None


def test_a_certificate_that_was_refused_is_not_offered_again() -> None:
    ca = Authority.create("lab-ca")
    scenario = load("one-way-tls13").with_changes(server="mine", host="a.lab.test")
    refused = Diagnosis("rsa1024-leaf", "client", "", "", "", "", remedy="certificate")
    identities = {"lab-ca": ca.credential, "mine": ca.issue_server("a.lab.test")}
    remedy = remedy_for(refused, scenario, identities)
    assert remedy is not None
    assert remedy.changes["server"] == "demo.lab.test"
    other = remedy_for(refused, scenario, identities | {"other": ca.issue_server("*.lab.test")})
    assert other is not None
    assert other.changes == {"server": "other", "host": "demo.lab.test"}


def test_a_wildcard_is_made_a_host_that_it_covers() -> None:
    ca = Authority.create("lab-ca")
    scenario = load("one-way-tls13").with_changes(host="elsewhere.test")
    identities = {"lab-ca": ca.credential, "demo.lab.test": ca.issue_server("*.lab.test")}
    diagnosis = diagnose(scenario, identities, failed(scenario, identities))
    assert diagnosis is not None
    remedy = remedy_for(diagnosis, scenario, identities)
    assert remedy is not None
    assert remedy.title == "Connect to demo.lab.test and rerun"
    assert failed(remedy.apply(scenario), identities) == {}


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"ciphers": ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",), "key_exchange": ""}, "no-shared-cipher"),
        ({"groups": ("secp384r1",)}, "no-shared-cipher"),
    ],
)
def test_a_stored_key_that_does_not_fit_is_diagnosed_and_remedied(changes: dict[str, object], condition: str) -> None:
    identities = make_identities(load("mutual-tls12"))
    scenario = load("mutual-tls12").with_changes(**changes)
    diagnosis = diagnose(scenario, identities, failed(scenario, identities))
    assert diagnosis is not None
    assert diagnosis.condition == condition
    remedy = remedy_for(diagnosis, scenario, identities)
    assert remedy is not None
    assert failed(remedy.apply(scenario), identities) == {}


def test_an_alert_is_all_that_an_outside_program_tells() -> None:
    scenario = load("mutual-tls13")
    identities = make_identities(scenario)
    known: dict[Party, Failure] = {"client": Failure("Error", ("...",), alert_received="unknown_ca")}
    diagnosis = diagnose(scenario, identities, known)
    assert diagnosis is not None
    assert (diagnosis.party, diagnosis.condition) == ("server", "client-cert-untrusted-ca")
    assert "alice@lab" in diagnosis.cause


@pytest.mark.parametrize("kind", ["verify", "staple", "reason", "alert"])
def test_every_text_can_be_filled_in(kind: str) -> None:
    scenario = load("mutual-tls13")
    identities = make_identities(scenario)
    for key in TABLES[kind]:
        for party in ("client", "server"):
            diagnosis = diagnose(scenario, identities, {party: failure_of(kind, key)})
            assert diagnosis is not None, key
            texts = (diagnosis.title, diagnosis.cause, diagnosis.fix, diagnosis.check, diagnosis.rule)
            assert all(text and "{" not in text for text in texts), key
            assert diagnosis.cause.endswith(".")


def failure_of(kind: str, key: str) -> Failure:
    if kind == "verify":
        return Failure("Error", ("certificate verify failed",), 10, f"X509_V_ERR_{key}", 0, "bad_certificate")
    if kind == "staple":
        said = "bad_certificate_status_response"
        return Failure("Error", ("invalid status response",), 99, f"X509_V_ERR_{key}", 0, said)
    if kind == "reason":
        return Failure(key) if key in {"TimeoutError", "Stopped", "NoApplicationProtocol"} else Failure("Error", (key,))
    return Failure("Error", (), alert_received=key)


def test_every_verify_error_and_alert_that_is_explained_exists() -> None:
    names = {verify_error_name(code).removeprefix("X509_V_ERR_") for code in range(1, 104)}
    assert (set(TABLES["verify"]) | set(TABLES["staple"])) - {"default"} <= names
    assert all(number_of("alerts", name) is not None for name in set(TABLES["alert"]) - {"default"})


def test_a_certificate_of_an_outside_program_is_named_by_its_subject() -> None:
    stranger = Authority.create("elsewhere").issue_server("stranger.test")
    scenario = load("one-way-tls13").with_changes(server="the outside server")
    identities = make_identities(load("one-way-tls13")) | {"the outside server": Shown(stranger.certificate)}
    failure = Failure("Error", ("certificate verify failed",), 20, verify_error_name(20), 0, "unknown_ca")
    diagnosis = diagnose(scenario, identities, {"client": failure})
    assert diagnosis is not None
    assert "is signed by elsewhere; the client trusts lab-ca only." in diagnosis.cause
    assert remedy_for(diagnosis, scenario, identities) is None


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
