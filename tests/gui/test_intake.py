"""One door for everything: each kind of file is recognised, and what is not gets one sentence."""

from __future__ import annotations

import json

import pytest

from tests.gui.samples import events_of
from tlslab.gui.cancelling import Cancelled
from tlslab.gui.intake import NotUnderstood, keylog_of, kind_of, shown_of
from tlslab.gui.panes.certificates import shown_certificates
from tlslab.gui.shown import Judgement, ShownRun, from_saved, to_capture, to_extras
from tlslab.lab.identities import make_identities
from tlslab.lab.scenario import load
from tlslab.pki import Authority
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent


@pytest.fixture
def capture() -> bytes:
    return to_capture(list(events_of("mutual-tls13")))


def test_a_capture_is_shown_with_every_message_readable(capture: bytes) -> None:
    shown = shown_of("run.pcapng", capture)
    assert shown.kind == "capture"
    assert shown.connection is not None
    assert shown.connection.outcome == "established"
    assert all(message.readable for message in shown.connection.messages)


def test_a_cut_capture_is_shown_as_far_as_it_goes(capture: bytes) -> None:
    shown = shown_of("run.pcapng", capture[: len(capture) * 2 // 3])
    assert shown.connection is not None
    assert shown.problems


def test_reading_stops_when_nobody_wants_it(capture: bytes) -> None:
    with pytest.raises(Cancelled):
        shown_of("run.pcapng", capture, None, lambda: True)


def test_a_certificate_is_shown_as_the_message_that_would_carry_it() -> None:
    leaf = Authority.create("lab-ca").issue_server("demo.lab.test")
    for data in (leaf.certificate_pem, leaf.certificate_der, leaf.chain_pem):
        assert kind_of(data) == "certificate"
        shown = shown_of("server.pem", data)
        assert shown.connection is not None
        (message,) = shown.connection.messages
        assert message.type == "certificate"
        assert leaf.certificate_der in message.buffer.data
        assert message.problems == ()
        assert not any(field.problem for field in message.fields.walk())
        assert message.summary.startswith("demo.lab.test (")
        (first, *_) = shown_certificates(shown.connection)
        assert (first.facts.title, first.facts.issuer) == ("demo.lab.test", "lab-ca")


def test_pasted_hex_of_records_is_shown() -> None:
    hello = next(event.data for event in events_of("mutual-tls13") if isinstance(event, BytesSent))
    shown = shown_of("The pasted text", hello.hex(" ").encode())
    assert shown.connection is not None
    assert [message.type for message in shown.connection.messages] == ["client_hello"]


def test_a_key_log_is_used_as_far_as_it_goes() -> None:
    line = f"CLIENT_RANDOM {'ab' * 32} {'cd' * 48}\n".encode()
    logged = keylog_of("keys.log", line + b"garbage\n")
    assert kind_of(line) == "keylog"
    assert len(logged.keylog) == 1
    assert len(logged.problems) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    (
        (b"", "is empty"),
        (b"hello, this is a letter\n", "begins with 68 65"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "of the kind private key"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is damaged"),
        (b"\x0a\x0d\x0d\x0a" + b"\0" * 40, "holds no TLS connection"),
        (b"\x30\x82" + b"\0" * 40, "is damaged"),
    ),
)
def test_what_is_not_understood_gets_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said) as refused:
        shown_of("thing.bin", data)
    assert str(refused.value).endswith(".")
    assert "thing.bin" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_key_log_without_a_usable_line_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="has no usable line"):
        keylog_of("keys.log", b"nothing\n")


@pytest.mark.parametrize("name", ("mutual-tls13", "expired-server", "unknown-client-ca", "mutual-tls12"))
def test_a_saved_run_comes_back_with_its_peers_its_reasons_and_its_verdicts(name: str) -> None:
    events = list(events_of(name))
    scenario = load(name)
    shown = ShownRun(scenario.title, "run", analyze(events), events, scenario, make_identities(scenario))
    again = from_saved(scenario.title, 7, to_capture(events), _through_json(to_extras(shown)))
    assert shown.connection is not None
    assert again.connection is not None
    assert again.connection.peers == shown.connection.peers
    assert again.connection.outcome == shown.connection.outcome
    assert again.scenario == scenario.with_changes()
    before, after = Judgement(shown), Judgement(again)
    assert [(each.name, each.ok) for each in after.verdicts] == [(each.name, each.ok) for each in before.verdicts]
    assert (before.diagnosis is None) == (after.diagnosis is None)
    if before.diagnosis is not None and after.diagnosis is not None:
        assert after.diagnosis.condition == before.diagnosis.condition


def _through_json(value: dict[str, object]) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(json.dumps(value))
    return loaded
