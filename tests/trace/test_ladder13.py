"""The ladder of TLS 1.3 over recorded connections: whole, in order, and every value recomputed from those it names."""

from __future__ import annotations

import pytest

from tests.trace.replay import recording, replay
from tlslab.keys import schedule13
from tlslab.reference.explanations import explanation
from tlslab.trace.model import Connection
from tlslab.trace.quantity import Quantity

RECORDED13 = ("o01-tls13-1rtt-alpn", "o04-tls13-hrr", "o05-tls13-mutual-ec", "g01-gnutls-tls13", "h01-go-default")


def ladder_of(connection: Connection) -> dict[str, Quantity]:
    return {quantity.id: quantity for quantity in connection.provenance}


@pytest.mark.parametrize("name", RECORDED13)
def test_everything_is_made_from_what_stands_before_it(name: str) -> None:
    seen: set[str] = set()
    for quantity in recording(name).connection.provenance:
        assert set(quantity.made_from) <= seen, quantity.id
        assert quantity.id not in seen
        seen.add(quantity.id)


@pytest.mark.parametrize("name", RECORDED13)
def test_secrets_of_the_key_log_stand_on_the_ladder_and_their_parents_are_not_known(name: str) -> None:
    made = recording(name)
    ladder = ladder_of(made.connection)
    for party in ("client", "server"):
        secret = ladder[f"{party}_handshake_traffic_secret"]
        assert secret.value == made.secrets[f"{party.upper()}_HANDSHAKE_TRAFFIC_SECRET"]
        assert secret.origin == "key log"
    assert ladder["handshake_secret"].value is None
    assert ladder["handshake_secret"].origin == "not known"
    assert ladder["early_secret"].value == schedule13.early_secret(made.suite.hash_name)


@pytest.mark.parametrize("name", RECORDED13)
def test_the_keys_of_a_traffic_secret_protect_the_records_that_it_opened(name: str) -> None:
    connection = recording(name).connection
    ladder = ladder_of(connection)
    protected = [record.number for record in connection.records if record.plain is not None]
    told = [number for each in ladder.values() if each.kind == "iv" for number in each.protects]
    assert sorted(told) == protected
    assert ladder["server_handshake_write_key"].protects == ladder["server_handshake_write_iv"].protects
    assert ladder["server_handshake_traffic_secret"].protects == ladder["server_handshake_write_iv"].protects
    (finished,) = (each for each in connection.messages if (each.type, each.sender) == ("finished", "server"))
    assert ladder["server_finished_key"].protects == tuple(record.number for record in finished.records)


@pytest.mark.parametrize("name", RECORDED13)
def test_verify_data_is_what_the_finished_says_at_the_place_that_is_named(name: str) -> None:
    connection = recording(name).connection
    ladder = ladder_of(connection)
    for party in ("client", "server"):
        quantity = ladder[f"{party}_verify_data"]
        (span,) = quantity.spans
        message = connection.messages[span.message - 1]
        assert message.type == "finished"
        assert message.buffer.data[span.start : span.end] == quantity.value


def test_a_hash_covers_the_messages_that_it_names() -> None:
    connection = recording("o05-tls13-mutual-ec").connection
    covered = ladder_of(connection)["transcript_hash_server_certificate_verify"]
    types = [connection.messages[span.message - 1].type for span in covered.spans]
    assert types == [
        "client_hello", "server_hello", "encrypted_extensions", "certificate_request", "certificate",
        "certificate_verify",
    ]  # fmt: skip
    assert covered.made_by == "Transcript-Hash(ClientHello...server CertificateVerify)"


def test_without_keys_the_ladder_has_all_its_rungs_and_no_values_below_the_first() -> None:
    made = recording("o05-tls13-mutual-ec")
    sent = [(record.sender, record.wire.data) for record in made.connection.records]
    blind = ladder_of(replay(sent))
    whole = ladder_of(made.connection)
    secrets = {id_ for id_, each in whole.items() if each.kind in {"secret", "key", "iv"}}
    assert {id_ for id_ in secrets if not id_.startswith("resumption_psk")} <= set(blind)
    known = {id_ for id_, each in blind.items() if each.value is not None}
    assert known == {
        "client_random", "server_random", "client_key_share", "server_key_share", "psk", "early_secret",
        "derived_secret_1", "transcript_hash_server_hello",
    }  # fmt: skip


@pytest.mark.parametrize("name", RECORDED13)
def test_every_quantity_is_explained(name: str) -> None:
    for quantity in recording(name).connection.provenance:
        assert explanation(quantity.doc) is not None, quantity.doc
