"""The broken certificates at work: a rerun finds what is on record, and every one of them is explained."""

from __future__ import annotations

import json
import re

import pytest

from tlslab.lab import observed
from tlslab.lab.catalogue import Way, observation_of, observe, scenario_of, ways
from tlslab.lab.condition_texts import about_alert, words
from tlslab.lab.deciding_bytes import deciding_bytes, trees_of
from tlslab.lab.diagnosis import diagnose
from tlslab.lab.outside import with_shown
from tlslab.lab.runner import Run, failures
from tlslab.lab.verdicts import verdicts
from tlslab.pki.broken import Side, condition, conditions, specimen
from tlslab.reference.resources import read_text
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import Failure

NAMES = [each.name for each in conditions()]
SHOWN = [(each.name, side) for each in conditions() for side in each.shown_by]
NEVER_BEGIN = {"rsa1024-leaf", "key-does-not-match-cert"}
SETTINGS_DECIDE = {"depth-limit", "crl-missing", "ocsp-callback-none", "ocsp-pflag-none", "client-no-cert"}
LIMIT_S = 20.0


@pytest.mark.parametrize("name", NAMES)
def test_a_rerun_finds_what_is_on_record(name: str) -> None:
    if observed.engine() != observed.recorded_engine():
        pytest.skip(
            "another engine: `tlslab catalogue --run --record resources/catalogue/observed.json`, and look at it"
        )
    assert [each.text for each in observed.differences(name, observed.see(name))] == []


def test_every_condition_is_on_record_in_every_way() -> None:
    assert list(observed.recorded()) == NAMES
    for name, seen in observed.recorded().items():
        assert tuple(seen.runs) == ways(name)
        assert set(seen.cryptography) == set(condition(name).shown_by)
    runs = sum(len(seen.runs) for seen in observed.recorded().values())
    assert runs == 4 * len(SHOWN)


def test_the_record_is_kept_as_it_would_be_written() -> None:
    kept = read_text("catalogue", "observed.json")
    assert observed.record_text(observed.recorded()).partition('"conditions"')[2] == kept.partition('"conditions"')[2]
    assert json.loads(kept)["format"] == 1


def test_what_was_not_seen_again_is_told_in_one_line_each() -> None:
    name = "expired-leaf"
    seen = observed.see("not-yet-valid-leaf")
    lines = [each.text for each in observed.differences(name, seen)]
    assert (
        "expired-leaf, server's certificate, TLS 1.3 plain: alert was certificate_expired, and is bad_certificate"
        in lines
    )
    assert len(lines) > 8
    nothing = observed.Seen({}, {}, {})
    assert any("run was recorded, and is not run" in each.text for each in observed.differences(name, nothing))


def test_the_controls_are_accepted_and_everything_else_has_a_reason_if_it_is() -> None:
    """In TLS 1.2 OpenSSL's own check of staples cannot succeed; what is accepted all the same, says why."""
    for each in conditions():
        for way, seen in observed.recorded()[each.name].runs.items():
            if each.control and not (each.name == "ocsp-pflag-good" and way.tls_version == "TLS 1.2"):
                assert seen.accepted, (each.name, way)
            if not each.control and seen.accepted and way.strict:
                assert words(each.name, way.shown_by).note, each.name


@pytest.mark.parametrize("name", [each.name for each in conditions() if "POLICY_CHECK" in str(each.verifier)])
def test_a_policy_check_says_the_same_outside_a_handshake(name: str) -> None:
    seen = observed.recorded()[name]
    for side, verdict in seen.outside.items():
        codes = {(run.verify_error, run.depth) for way, run in seen.runs.items() if way.shown_by == side}
        assert codes == {(verdict.verify_error, verdict.depth)}


def test_only_policy_conditions_are_verified_outside_as_well() -> None:
    outside = {name for name, seen in observed.recorded().items() if seen.outside}
    assert outside == {"explicit-policy-required", "malformed-policy-ext"}


@pytest.mark.parametrize(("name", "side"), SHOWN)
def test_every_refusal_is_explained_with_cause_fix_and_rule(name: str, side: Side) -> None:
    if name in NEVER_BEGIN:
        return
    live = scenario_of(name, side, strict=True)
    run = Run(live.scenario, live.identities)
    run.start()
    assert run.wait(LIMIT_S)
    failed = failures(run.events)
    scenario, identities = with_shown(live.scenario, live.identities, analyze(run.events).connections[0])
    # What crossed the wire is what the identity shows, however malformed.
    assert scenario == live.scenario
    diagnosis = diagnose(scenario, identities, failed)
    assert (diagnosis is None) == observation_of(run.events).accepted
    answers = verdicts(live.scenario, live.identities, failed, None)
    if diagnosis is None:
        return
    known = words(name, side)
    assert (diagnosis.condition, diagnosis.cause, diagnosis.fix) == (name, known.what, known.fix)
    assert diagnosis.rule == known.rule
    assert diagnosis.party == observation_of(run.events).detected_by
    if any(failure.verify_error for failure in failed.values()):
        assert any(each.ok is False for each in answers)


@pytest.mark.parametrize(("name", "side"), SHOWN)
def test_every_condition_has_words_and_the_bytes_that_decide_it(name: str, side: Side) -> None:
    known = words(name, side)
    assert known.what.endswith(".")
    assert known.fix.endswith((".", ")"))
    assert not re.search(r"[{}]", known.what + known.fix + known.note)
    assert re.fullmatch(r"(RFC \d{4}|CA/B BR|X\.690) §\d[\d.]*( \(\w\)(\(\d\))?)?", known.rule)
    found = deciding_bytes(specimen(name, side))
    assert bool(found) == (name not in SETTINGS_DECIDE)
    for each in found:
        assert each.der[each.field.start : each.field.end] == each.field.bytes != b""


def test_every_alert_that_was_seen_is_explained() -> None:
    alerts = {run.alert for seen in observed.recorded().values() for run in seen.runs.values()}
    assert len(alerts) == 13
    assert all(about_alert(alert).endswith(".") for alert in alerts)


MALFORMED = {
    "bad-notafter-encoding": "there is no such time",
    "bad-notbefore-encoding": "there is no such time",
    "malformed-san": "says 127 bytes, 9 are left",
    "malformed-keyusage": "should be BIT STRING, found OCTET STRING",
    "malformed-policy-ext": "should be SEQUENCE, found OCTET STRING",
    "nc-bad-ip-syntax": "not 3",
    "utf8-in-dns-san": "IA5String cannot hold",
    "duplicate-extension": "the extension subjectAltName is there twice",
    "empty-san": "is empty, and has to have at least one",
    "generalizedtime-before-2050": "a time through the year 2049 is a UTCTime",
    "notafter-fractional-generalizedtime": "has no fraction of a second",
    "server-cert-empty-eku": "is empty, and has to have at least one",
}
"""Conditions whose bytes are no right DER of their type, and what the decoder says of them."""


@pytest.mark.parametrize("name", MALFORMED)
def test_the_decoder_names_the_fault_of_what_is_malformed(name: str) -> None:
    (deciding,) = deciding_bytes(specimen(name))
    assert any(MALFORMED[name] in text for text in deciding.problems)


def test_the_decoder_finds_nothing_wrong_with_the_standard_chain() -> None:
    for _, tree in trees_of(specimen("wrong-host")):
        assert tree.problems() == []


def test_a_condition_can_be_shown_by_either_side_in_either_version() -> None:
    made = scenario_of("expired-leaf", "client", tls_version="TLS 1.2")
    assert (made.scenario.mutual, made.scenario.tls_version, made.scenario.condition) == (
        True,
        "TLS 1.2",
        "expired-leaf",
    )
    assert set(made.scenario.identity_names) <= set(made.identities)
    assert made.scenario.with_changes(tls_version="TLS 1.3").condition == ""
    with pytest.raises(ValueError, match="a client cannot show it"):
        scenario_of("wrong-host", "client")


def test_a_side_that_cannot_load_its_own_certificate_is_the_one_that_notices() -> None:
    seen = observe("rsa1024-leaf", Way("client"))
    assert (seen.accepted, seen.detected_by, seen.alert) == (False, "client", None)
    assert seen.client.openssl == ("ee key too small",)


def test_an_outside_program_that_refuses_for_a_reason_of_its_own_is_not_told_of_the_condition() -> None:
    live = scenario_of("expired-leaf")
    told = {
        alert: diagnose(live.scenario, live.identities, {"server": Failure("Error", alert_received=alert)})
        for alert in ("certificate_expired", "unknown_ca")
    }
    known = words("expired-leaf", "server").what
    assert {alert: each.cause == known for alert, each in told.items() if each} == {
        "certificate_expired": True,
        "unknown_ca": False,
    }


def test_an_untrusted_root_is_at_hand_so_that_it_can_be_trusted() -> None:
    live = scenario_of("untrusted-root-not-sent")
    trusting = live.scenario.with_changes(client_trusts=("Catalogue Root",))
    run = Run(trusting, live.identities)
    run.start()
    assert run.wait(LIMIT_S)
    assert failures(run.events) == {}
