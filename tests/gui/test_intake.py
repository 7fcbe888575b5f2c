"""One door for everything: each kind of file is recognised, and what is not gets one sentence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.gui.samples import events_of
from tlslab.gui.intake import CaptureInside, NotUnderstood, keylog_of, kind_of, shown_of
from tlslab.gui.panes.certificates import shown_certificates
from tlslab.gui.shown import Judgement, ShownRun, from_saved, to_capture, to_extras
from tlslab.lab.identities import make_identities
from tlslab.lab.scenario import load
from tlslab.pki import Authority
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, KeyLogged


def test_a_certificate_is_shown_as_the_message_that_would_carry_it() -> None:
    leaf = Authority.create("lab-ca").issue_server("demo.lab.test")
    for data in (leaf.certificate_pem, leaf.certificate_der, leaf.chain_pem):
        shown = shown_of("server.pem", data)
        assert isinstance(shown, ShownRun)
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
    assert isinstance(shown, ShownRun)
    assert shown.connection is not None
    assert [message.type for message in shown.connection.messages] == ["client_hello"]


OPENSSL = Path(__file__).parents[1] / "data" / "x509" / "openssl"


@pytest.mark.parametrize(
    ("name", "title", "told"),
    (
        ("ocsp-good.der", "OCSP response", "an OCSP response"),
        ("crl.pem", "certificate revocation list", "a certificate revocation list, written as PEM"),
        ("rsa-key.pem", "private key (PKCS #8)", "a private key (PKCS #8), written as PEM"),
        ("modern.p12", "PKCS #12 file", "a PKCS #12 file"),
    ),
)
def test_what_lies_beside_certificates_is_a_message_with_its_tree(name: str, title: str, told: str) -> None:
    shown = shown_of(name, (OPENSSL / name).read_bytes())
    assert isinstance(shown, ShownRun)
    assert shown.told == told
    assert shown.connection is not None
    (message,) = shown.connection.messages
    assert message.title == title
    assert (message.fields.start, message.fields.end) == (0, message.length)
    assert message.problems == ()
    assert message.summary
    (record,) = message.records
    assert record.fields is message.fields
    assert [source for source, _, _ in message.buffer.sources(0, message.length)] == [record.wire]


def test_a_piece_of_tls_is_shown_by_itself() -> None:
    shown = shown_of("The pasted text", b"00 2b 00 03 02 03 04")
    assert isinstance(shown, ShownRun)
    assert shown.connection is not None
    (message,) = shown.connection.messages
    assert (message.title, message.summary) == ("extension supported_versions", "TLS 1.3")


def test_a_packed_capture_is_given_back_as_a_capture() -> None:
    capture = to_capture(list(events_of("mutual-tls13")))
    assert shown_of("run.pcapng.gz", gzip.compress(capture)) == CaptureInside(capture)


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
        (b"hello, this is a letter\n", "begins with “hello, this is a letter”"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "the block PRIVATE KEY: nothing in it"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM of which nothing can be shown"),
        (b"\x30\x82" + b"\0" * 40, "begins with 30 82 00 00"),
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


def test_a_saved_run_tells_its_keys_where_they_were_logged() -> None:
    events = list(events_of("mutual-tls13"))
    scenario = load("mutual-tls13")
    shown = ShownRun("Mutual", "run", analyze(events), events, scenario, make_identities(scenario))
    extras = json.loads(json.dumps(to_extras(shown)))
    again = from_saved("Mutual", 1, to_capture(events), extras)
    names = [type(event).__name__ for event in again.events]
    keys = [at for at, name in enumerate(names) if name == "KeyLogged"]
    assert keys[0] > names.index("ConnectionOpened")
    assert [event for event in again.events if isinstance(event, KeyLogged)] == [
        event for event in events if isinstance(event, KeyLogged)
    ]
    del extras["key_times"]
    older = from_saved("Mutual", 1, to_capture(events), extras)
    assert isinstance(older.events[0], KeyLogged), "a run saved before had no times for them"
