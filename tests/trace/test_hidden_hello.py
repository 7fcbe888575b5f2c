"""Connections of Go with Encrypted Client Hello: what is seen with the server's key, and without it."""

from __future__ import annotations

import pytest

from tests.keys.test_ech import keys, recorded
from tests.trace.replay import OPENED
from tests.wire.samples import assert_laws
from tlslab.keys.ech import EchKey
from tlslab.keys.hpke import decapsulate
from tlslab.keys.keylog import parse_keylog
from tlslab.report.json_document import Detail, message_object
from tlslab.report.text import ASCII, conversation
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, Event, Party
from tlslab.trace.model import Connection


def connection(name: str, ech_keys: tuple[EchKey, ...], more: str = "") -> Connection:
    """The recorded connection, with the client's key log and `more` lines of it."""
    events: list[Event] = [OPENED]
    for number, step in enumerate(recorded(name)["steps"], 1):
        sender: Party = "client" if step["sender"] == "client" else "server"
        events.append(BytesSent(1, sender, number, bytes.fromhex(step["data"]), number))
    keylog = parse_keylog(f"{recorded(name)['keylog']}\n{more}\n".encode())[0]
    (found,) = analyze(events, keylog, ech_keys=ech_keys).connections
    return found


@pytest.mark.parametrize("name", ("accepted", "retry"))
def test_with_the_key_the_hidden_name_counts_and_everything_is_proved(name: str) -> None:
    found = connection(name, keys(name))
    assert found.server_name == "secret.lab.test"
    assert found.outcome == "established"
    assert found.problems == []
    assert [message.problems for message in found.messages if message.problems] == []
    assert {(check.name, check.sender) for check in found.checks if check.ok} >= {
        ("CertificateVerify", "server"),
        ("Finished", "server"),
        ("Finished", "client"),
    }
    assert [check for check in found.checks if not check.ok] == []


@pytest.mark.parametrize("name", ("accepted", "retry"))
def test_without_the_key_the_outer_name_is_all_there_is(name: str) -> None:
    found = connection(name, ())
    assert found.server_name == "public.lab.test"
    assert found.outcome == "unknown"
    assert found.messages[0].inside is None


def test_a_server_that_cannot_read_the_inner_hello_answers_the_outer_one() -> None:
    found = connection("rejected", keys("rejected"))
    assert found.server_name == "public.lab.test"
    assert "ech_required" in [message.type for message in found.messages]
    retried = next(message for message in found.messages if message.type == "encrypted_extensions")
    assert retried.fields.find("extensions", "encrypted_client_hello", "retry_configs") is not None
    assert [check for check in found.checks if not check.ok] == []


def test_the_client_s_key_log_opens_it_too() -> None:
    (key,) = keys("accepted")
    outer = connection("accepted", ()).messages[0].fields
    random, enc = outer.child("random"), outer.find("extensions", "encrypted_client_hello", "enc")
    assert random is not None
    assert enc is not None
    secret = decapsulate(key.kem_id, key.private_key, enc.bytes)
    assert secret is not None
    lines = [f"ECH_SECRET {random.bytes.hex()} {secret.hex()}", f"ECH_CONFIG {random.bytes.hex()} {key.config.hex()}"]
    found = connection("accepted", (), "\n".join(lines))
    assert found.server_name == "secret.lab.test"
    assert found.outcome == "established"
    assert connection("accepted", (), lines[0]).server_name == "public.lab.test"


def test_the_inner_hello_is_a_tree_in_a_buffer_of_its_own() -> None:
    hello = connection("accepted", keys("accepted")).messages[0]
    assert hello.inside is not None
    assert_laws(hello.inside.fields)
    assert hello.inside.fields.problems() == []
    payload = hello.fields.find("extensions", "encrypted_client_hello", "payload")
    assert payload is not None
    assert list(hello.inside.buffer.sources(0, 1)) == [(hello.buffer, payload.start, payload.end)]


def test_both_faces_show_what_was_hidden() -> None:
    found = connection("accepted", keys("accepted"))
    lines = "\n".join(conversation(found, ASCII, tree=True))
    assert "hidden inside:" in lines
    assert "host_name: secret.lab.test" in lines
    made = message_object(found.messages[0], found, Detail(fields=True))
    inside = made["inside"]
    assert isinstance(inside, dict)
    assert inside["name"] == "ClientHello"
    assert "inside" not in message_object(found.messages[1], found, Detail(fields=True))
