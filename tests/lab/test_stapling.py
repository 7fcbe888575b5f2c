from __future__ import annotations

from dataclasses import replace

import pytest

from tests.peers.pair import Pair, authority, client_settings, server_credential, server_settings
from tlslab.lab.diagnosis import diagnose
from tlslab.lab.identities import NoSuchIdentity, make_identities
from tlslab.lab.runner import Run, failures, run
from tlslab.lab.scenario import Scenario, load
from tlslab.lab.stapling import given, staple_for
from tlslab.lab.verdicts import STAPLE, verdicts
from tlslab.peers.settings import BadSettings
from tlslab.pki import Authority
from tlslab.pki.profiles import profile
from tlslab.pki.staples import STAPLES, staple
from tlslab.trace.analyzer import analyze

VERSIONS = ("TLS 1.2", "TLS 1.3")


def ran(scenario: Scenario, **own: object) -> Run:
    done = run(scenario, make_identities(scenario, own))  # type: ignore[arg-type]
    done.wait()
    return done


def scenario(staple: str, version: str = "TLS 1.3") -> Scenario:
    return load("one-way-tls13").with_changes(staple=staple, tls_version=version)


UNSENT = ("wrong-certificate", "garbage")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", [kind for kind in STAPLES if kind not in UNSENT])
def test_the_client_takes_what_is_good_and_names_why_it_refuses_the_rest(kind: str, version: str) -> None:
    asked = scenario(kind, version)
    done = ran(asked)
    found = failures(done.events)
    [verdict] = [each for each in verdicts(asked, done.identities, found, None) if each.name == STAPLE]
    assert verdict.ok is STAPLES[kind].accepted
    assert STAPLES[kind].text in verdict.detail
    if STAPLES[kind].accepted:
        assert not found
        return
    assert found["client"].alert_sent == "bad_certificate_status_response"
    assert found["server"].alert_received == "bad_certificate_status_response"
    assert found["client"].verify_name is not None
    assert found["client"].depth == 0
    diagnosis = diagnose(asked, done.identities, found)
    assert diagnosis is not None
    assert diagnosis.party == "client"
    assert diagnosis.condition.startswith("ocsp-staple-")
    assert "{" not in diagnosis.cause + diagnosis.fix + diagnosis.title


@pytest.mark.parametrize("version", VERSIONS)
def test_the_response_is_on_the_wire_where_it_was_asked_for(version: str) -> None:
    [connection] = analyze(ran(scenario("good", version)).events).connections
    types = [message.type for message in connection.messages]
    assert ("certificate_status" in types) == (version == "TLS 1.2")
    [without] = analyze(ran(scenario("", version)).events).connections
    assert "certificate_status" not in [message.type for message in without.messages]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_staple_is_missed_only_where_it_was_promised(version: str) -> None:
    asked = scenario("none", version)
    assert not failures(ran(asked).events)
    issuer = Authority.create("lab-ca")
    template = replace(
        profile("server"),
        name="demo.lab.test",
        subject_alternative_name=("demo.lab.test",),
        tls_feature=("status_request",),
    )
    own = {"lab-ca": issuer.credential, "demo.lab.test": issuer.issue(template)}
    done = ran(asked, **own)
    found = failures(done.events)
    assert found["client"].verify_name == "X509_V_ERR_OCSP_NO_RESPONSE"
    diagnosis = diagnose(asked, done.identities, found)
    assert diagnosis is not None
    assert diagnosis.condition == "must-staple-missing"
    assert not failures(ran(asked.with_changes(staple="good"), **own).events)


def test_given_bytes_are_stapled_as_they_are() -> None:
    issuer = Authority.create("lab-ca")
    server = issuer.issue_server("demo.lab.test")
    response = staple("good", server.certificate, issuer)
    own = {"lab-ca": issuer.credential, "demo.lab.test": server}
    assert staple_for(given(response), "demo.lab.test", own) == response
    assert not failures(ran(scenario(given(response)), **own).events)
    with pytest.raises(BadSettings, match="is no base64"):
        staple_for("base64:????", "demo.lab.test", own)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", UNSENT)
def test_what_openssl_would_not_send_is_refused_beforehand(kind: str, version: str) -> None:
    with pytest.raises(BadSettings, match="sends no staple that is not about its own certificate"):
        ran(scenario(kind, version))


@pytest.mark.parametrize(("kind", "sent"), [("good", True), *((kind, False) for kind in UNSENT)])
def test_openssl_does_not_send_what_is_refused_beforehand(kind: str, sent: bool) -> None:
    """This fails as soon as OpenSSL sends all of them; then nothing need be refused any more."""
    response = staple(kind, server_credential().certificate, authority())
    pair = Pair.of(client_settings("TLS 1.2", ocsp="status"), server_settings("TLS 1.2", staple=response)).talk()
    assert (response in pair.sent["server"]) == sent


def test_what_cannot_be_stapled_says_why() -> None:
    server = Authority.create("elsewhere").issue_server("demo.lab.test")
    with pytest.raises(NoSuchIdentity, match="nobody can sign a staple for it"):
        staple_for("good", "demo.lab.test", {"demo.lab.test": server})
    with pytest.raises(BadSettings, match=r"did you mean good\?"):
        staple_for("goood", "demo.lab.test", {"demo.lab.test": server})
