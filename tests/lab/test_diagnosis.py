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
