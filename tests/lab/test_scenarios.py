"""The library: every scenario ends as it promises, on both sides, and a broken promise is found out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tlslab.lab.check import check, compare
from tlslab.lab.identities import Shown, cast, key_types, make_identities
from tlslab.lab.runner import run
from tlslab.lab.scenario import (
    BUILT_IN,
    Expectation,
    NoSuchScenario,
    PeerExpectation,
    Scenario,
    from_data,
    library,
    load,
)
from tlslab.pki import Credential

LIMIT_S = 20.0
TITLES = {
    "one-way-tls13": "One-way TLS 1.3",
    "mutual-tls13": "Mutual TLS 1.3",
    "mutual-tls12": "Mutual TLS 1.2",
    "unknown-client-ca": "Unknown client CA",
    "expired-server": "Expired server",
    "wrong-host": "Wrong host name",
}


@pytest.mark.parametrize("endpoint", ["memory", "tcp"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_scenario_ends_as_it_promises_on_both_sides(name: str, endpoint: str) -> None:
    scenario = load(name)
    going = run(scenario, make_identities(scenario), endpoint)  # type: ignore[arg-type]
    assert going.wait(LIMIT_S)
    assert compare(scenario, going.events) == []


def test_every_scenario_promises_something_and_failures_say_who_refuses() -> None:
    for scenario in library():
        assert scenario.expect is not None
        assert scenario.description
        failed = scenario.expect.outcome == "failed"
        assert (scenario.expect.detected_by is not None) == failed
        if failed:
            sides = (scenario.expect.client, scenario.expect.server)
            refusing, refused = sides if scenario.expect.detected_by == "client" else sides[::-1]
            assert refusing.alert_sent == refused.alert_received is not None


def test_titles_are_those_of_the_window() -> None:
    assert {name: load(name).title for name in TITLES} == TITLES


@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        (Expectation("failed"), ("outcome failed", "outcome established")),
        (
            Expectation(client=PeerExpectation(alert_sent="unknown_ca")),
            ("client alert_sent unknown_ca", "client alert_sent None"),
        ),
        (
            Expectation(server=PeerExpectation(finished=False)),
            ("server finished False", "server finished True"),
        ),
    ],
)
def test_a_broken_promise_is_found_out(expect: Expectation, difference: tuple[str, str]) -> None:
    result = check(replace(load("one-way-tls13"), expect=expect))
    assert not result.ok
    assert (result.expected, result.happened) == ((difference[0],), (difference[1],))


def test_a_run_that_never_opened_keeps_no_promise() -> None:
    assert compare(load("one-way-tls13"), []) == [("a connection", "none was opened")]


def test_a_kept_promise_is_told_as_such() -> None:
    result = check(load("unknown-client-ca"))
    assert (result.name, result.ok, result.expected) == ("unknown-client-ca", True, ())


def test_an_unknown_scenario_is_refused_with_those_there_are() -> None:
    with pytest.raises(NoSuchScenario, match="no scenario 'nope': choose one of one-way-tls13, "):
        load("nope")


def test_a_changed_scenario_promises_nothing() -> None:
    assert load("expired-server").with_changes(server="demo.lab.test").expect is None
    with pytest.raises(TypeError):
        load("expired-server").with_changes(nope=1)


def test_a_key_that_no_scenario_has_is_refused() -> None:
    with pytest.raises(TypeError):
        from_data("x", {"title": "X", "nope": 1})


def test_only_the_identities_that_a_run_needs_are_made() -> None:
    assert list(make_identities(load("one-way-tls13"))) == ["lab-ca", "demo.lab.test"]
    assert list(make_identities(load("unknown-client-ca"))) == ["lab-ca", "demo.lab.test", "other-ca", "mallory@lab"]


def test_the_users_own_identities_are_taken_first() -> None:
    scenario = load("mutual-tls13")
    own = make_identities(scenario)
    assert make_identities(scenario, own) == own


def test_an_issuer_without_its_key_issues_nothing() -> None:
    scenario = load("mutual-tls13")
    ca = make_identities(scenario)["lab-ca"]
    with pytest.raises(ValueError, match=r"'lab-ca' cannot issue 'demo\.lab\.test': its private key is not here"):
        make_identities(scenario, {"lab-ca": Shown(ca.certificate)})


def test_every_member_of_the_cast_can_be_made() -> None:
    made = make_identities(load("one-way-tls13"), more=cast())
    for name, role in cast().items():
        identity = made[name]
        assert isinstance(identity, Credential)
        assert (identity.name, identity.kind) == (name, role.kind)


@pytest.mark.parametrize(
    "changes",
    [
        {"key_exchange": "rsa"},
        {"key_exchange": "dhe"},
        {"key_exchange": "ecdhe"},
        {"key_exchange": "", "ciphers": ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",)},
        {"key_exchange": "", "ciphers": ("AES256-SHA256",)},
        {"key_exchange": "", "ciphers": ("DHE-RSA-CHACHA20-POLY1305",)},
        {"key_exchange": "", "ciphers": ("ECDHE-ECDSA-AES128-GCM-SHA256",)},
        {"groups": ("secp384r1",)},
        {"groups": ("x25519",)},
        {"tls_version": "TLS 1.3", "key_exchange": "", "groups": ("ffdhe2048",)},
        {"tls_version": "TLS 1.3", "key_exchange": "", "groups": ("SecP384r1MLKEM1024",)},
        {"tls_version": "TLS 1.3", "key_exchange": "", "ciphers": ("TLS_CHACHA20_POLY1305_SHA256",)},
        {"tls_version": ""},
        {"payload": "", "reply": ""},
        {"payload": "é" * 20_000, "reply": "x" * 40_000},
    ],
)
def test_the_cast_gets_keys_that_fit_what_was_chosen(changes: dict[str, object]) -> None:
    assert check(load("mutual-tls12").with_changes(**changes)).expected == ()


def test_tls13_leaves_the_keys_alone() -> None:
    assert key_types(Scenario("x", "X", ciphers=("TLS_RSA_WITH_AES_128_CBC_SHA",))) == {}
