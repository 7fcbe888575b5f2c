"""What was done to a handshake is told apart: each tampering has a finding of its own."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.trace.tampering import connection_of, edited, events_of, flipped, untouched, without_keys
from tests.trace.test_recorded import RECORDED, capture_of
from tlslab.keys.bit_search import find_flip
from tlslab.keys.keylog import parse_keylog
from tlslab.keys.protection import Tls13Protection
from tlslab.keys.suites import cipher_suite
from tlslab.reference.explanations import explanation
from tlslab.trace import findings as findings_module
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.coverage import in_words
from tlslab.trace.events import BytesSent, Event, KeyLogged, Party
from tlslab.trace.finding import Finding
from tlslab.trace.model import Connection, Message, Record
from tlslab.trace.suspects import Place
from tlslab.trace.turned_bit import turned_bit

TLS13, TLS12 = "mutual-tls13", "mutual-tls12"


def message_of(name: str, type_name: str, sender: Party) -> Message:
    found = (each for each in untouched(name).messages if (each.type, each.sender) == (type_name, sender))
    return next(found)


def record_of(name: str, type_name: str, sender: Party) -> Record:
    return message_of(name, type_name, sender).records[0]


def with_record(name: str, record: Record, change: Callable[[bytes], bytes]) -> Connection:
    """The connection with one record replaced by other bytes."""
    events = edited(events_of(name), record.sender, record.offset, record.length, change)
    return connection_of([event for event in events if not isinstance(event, BytesSent) or event.data])


def handshake_record(content: bytes) -> bytes:
    return b"\x16\x03\x03" + len(content).to_bytes(2) + content


def with_keys(name: str, change: Callable[[KeyLogged], KeyLogged | None]) -> Connection:
    """The connection with other lines in its key log."""
    keys = [change(event) for event in events_of(name) if isinstance(event, KeyLogged)]
    return connection_of([*(key for key in keys if key is not None), *without_keys(events_of(name))])


def flipped_hello() -> Connection:
    """One bit of the ClientHello's legacy_session_id."""
    return connection_of(flipped(events_of(TLS13), "client", 5 + 4 + 2 + 32 + 1 + 7, 3))


def swapped_certificate() -> Connection:
    """The server's certificate is replaced by the client's."""
    other = message_of(TLS12, "certificate", "client").data
    return with_record(TLS12, record_of(TLS12, "certificate", "server"), lambda _old: handshake_record(other))


def altered_parameters() -> Connection:
    """The server's key share is replaced by another."""
    message = message_of(TLS12, "server_key_exchange", "server")
    data = message.data[:8] + bytes(32) + message.data[40:]
    return with_record(TLS12, message.records[0], lambda _old: handshake_record(data))


def dropped_record() -> Connection:
    """The server's CertificateVerify never arrives."""
    return with_record(TLS13, record_of(TLS13, "certificate_verify", "server"), lambda _old: b"")


def dropped_message() -> Connection:
    """The server's CertificateRequest never arrives, in the clear."""
    return with_record(TLS12, record_of(TLS12, "certificate_request", "server"), lambda _old: b"")


def changed_ciphertext() -> Connection:
    """Four bytes of the client's Certificate."""
    record = record_of(TLS13, "certificate", "client")
    return with_record(TLS13, record, lambda old: old[:100] + bytes(byte ^ 0xFF for byte in old[100:104]) + old[104:])


def replayed_record() -> Connection:
    """The server's application data comes twice."""
    return with_record(TLS13, record_of(TLS13, "application_data", "server"), lambda old: old + old)


def wrong_keys() -> Connection:
    """A key log with other secrets for this connection."""
    return with_keys(TLS13, lambda key: key._replace(secret=bytes(len(key.secret))))


def exchanged_keys() -> Connection:
    """A key log in which the lines of client and server have changed places."""
    labels = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET": "SERVER_HANDSHAKE_TRAFFIC_SECRET"}
    labels |= {there: here for here, there in labels.items()}
    return with_keys(TLS13, lambda key: key._replace(label=labels.get(key.label, key.label)))


def other_keys() -> Connection:
    """A key log of another connection."""
    return with_keys(TLS13, lambda key: key._replace(client_random=bytes(32)))


def missing_key() -> Connection:
    """A key log without the client's handshake secret."""
    return with_keys(TLS13, lambda key: None if key.label == "CLIENT_HANDSHAKE_TRAFFIC_SECRET" else key)


TAMPERINGS: dict[Callable[[], Connection], tuple[str, str]] = {
    flipped_hello: ("flipped bit", "in ClientHello.legacy_session_id"),
    swapped_certificate: ("changed message", "message 3 was replaced (it is for alice@lab.test"),
    altered_parameters: ("changed message", "one of messages 3 and 4 was replaced"),
    dropped_message: ("changed message", "a message is missing"),
    dropped_record: ("damaged record", "opens with a number that is 1 higher"),
    changed_ciphertext: ("damaged record", "which opens others, and no single bit explains it"),
    replayed_record: ("damaged record", "once more: a record that is sent again does not open"),
    wrong_keys: ("wrong key", "SERVER_HANDSHAKE_TRAFFIC_SECRET of this connection does not open"),
    exchanged_keys: ("wrong key", "the lines are exchanged"),
    other_keys: ("missing key", "for 1 other connection, none for this one"),
    missing_key: ("missing key", "the key log has no CLIENT_HANDSHAKE_TRAFFIC_SECRET for this connection"),
}


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_each_tampering_is_told_for_what_it_is(tamper: Callable[[], Connection]) -> None:
    kind, words = TAMPERINGS[tamper]
    findings = tamper().findings
    assert {each.kind for each in findings if words.casefold() in each.text.casefold()} == {kind}, findings


def test_tamperings_have_different_findings() -> None:
    assert len({tuple(each.text for each in tamper().findings) for tamper in TAMPERINGS}) == len(TAMPERINGS)


def failed_checks(connection: Connection) -> list[str]:
    return [f"{check.sender} {check.name}" for check in connection.checks if not check.ok]


def test_a_swapped_certificate_and_altered_parameters_fail_the_signature_over_them() -> None:
    for tamper in (swapped_certificate, altered_parameters):
        assert "server ServerKeyExchange" in failed_checks(tamper())
    (check,) = (each for each in swapped_certificate().checks if each.name == "ServerKeyExchange")
    (other,) = (each for each in altered_parameters().checks if each.name == "ServerKeyExchange")
    inputs, others = ({given.name: given.value for given in made.inputs} for made in (check, other))
    assert inputs["public key"] != others["public key"]
    assert inputs["params"] != others["params"]


def test_a_message_that_is_missing_in_the_clear_fails_finished() -> None:
    connection = dropped_message()
    assert {"client CertificateVerify", "client Finished", "server Finished"} <= set(failed_checks(connection))
    assert "a message is missing" in connection.findings[0].text


def test_a_damaged_record_leaves_no_finished_to_be_verified_and_fails_the_check_of_the_records() -> None:
    connection = changed_ciphertext()
    assert failed_checks(connection) == ["client Records"]
    (check,) = (each for each in connection.checks if not each.ok)
    assert check.expected != check.found
    assert len(check.expected) == len(check.found) == 16
    message = connection.message_of(check)
    assert message is not None
    assert not message.readable
    assert f"message {message.number}" in check.detail


def test_a_bit_is_looked_for_in_so_many_connections_and_no_more() -> None:
    events = flipped(events_of(TLS12), "client", 60, 1)
    many = [
        renumbered(event, number) for number in range(1, 20) for event in events if not isinstance(event, KeyLogged)
    ]
    keys = [event for event in events if isinstance(event, KeyLogged)]
    kinds = [each.findings[0].kind for each in analyze([*keys, *many]).connections]
    assert kinds == ["flipped bit"] * 16 + ["changed message"] * 3


def renumbered(event: Event, number: int) -> Event:
    assert not isinstance(event, KeyLogged)
    return event._replace(connection=number)


def test_the_search_for_a_bit_is_bounded() -> None:
    asked: list[bytes] = []

    def never(digest: bytes) -> bool:
        asked.append(digest)
        return False

    assert find_flip([bytes(100_000)], [True], "sha256", never) is None
    assert asked == []


@pytest.mark.parametrize("name", [TLS13, TLS12])
def test_every_check_has_a_text_and_both_values(name: str) -> None:
    checks = untouched(name).checks
    assert {check.name for check in checks} >= {"Finished", "CertificateVerify", "Records"}
    for check in checks:
        assert explanation(check.doc) is not None, check.name
        assert check.expected == check.found != b""
        assert check.algorithm
        assert check.rule
        assert all(given.value for given in check.inputs if given.name != "additional_data")
        assert untouched(name).message_of(check) is not None


def test_other_connections_keys_that_nearly_fit_are_told() -> None:
    random = next(event.client_random for event in events_of(TLS13) if isinstance(event, KeyLogged))
    near = random[:11] + bytes((random[11] ^ 3,)) + random[12:]
    (finding,) = with_keys(TLS13, lambda key: key._replace(client_random=near)).findings
    assert finding.kind == "missing key"
    assert finding.text.endswith("one differs from it in 2 bits only, at byte 11 of ClientHello.random")


def test_in_a_large_connection_the_bit_is_looked_for_in_its_beginning() -> None:
    connection = untouched(TLS13)
    secret = next(each.value for each in connection.secrets if each.label == "SERVER_TRAFFIC_SECRET_0")
    suite = cipher_suite(0x1302)
    assert suite is not None
    sealer = Tls13Protection(suite, secret)
    sealer.sequence_number = sum(each.key_label == "SERVER_TRAFFIC_SECRET_0" for each in connection.records)
    events = flipped(events_of(TLS13), "client", 60, 1)
    last = next(event for event in reversed(events) if isinstance(event, BytesSent))
    data = b"".join(sealer.seal(23, bytes(1000)) for _ in range(300))
    (finding,) = connection_of([*events, last._replace(sender="server", data=data)]).findings
    assert (finding.kind, finding.messages) == ("flipped bit", (1,))


def test_bytes_made_to_annoy_cost_a_search_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    turned = turned_bit

    def counting(connection: Connection, place: Place) -> Finding | None:
        tried.append(len(connection.records))
        return turned(connection, place)

    monkeypatch.setattr(findings_module, "turned_bit", counting)
    hello = untouched(TLS12).messages[0].data
    events = events_of(TLS12)
    last = next(event for event in reversed(events) if isinstance(event, BytesSent))
    # Each of these records says another version than its neighbours, and none of them explains what is wrong.
    odd = b"\x16\x03\x07" + len(hello).to_bytes(2) + hello
    flood = [last._replace(data=odd * 6) for _ in range(100)]
    assert connection_of([*events, *flood]).findings is not None
    assert len(tried) <= 64
    assert all(count < 400 for count in tried)


def test_a_connection_without_keys_takes_no_ones_turn() -> None:
    keyless = without_keys(events_of(TLS13))
    many = [renumbered(event, number) for number in range(1, 20) for event in keyless]
    damaged = [
        renumbered(event, 20)
        for event in flipped(events_of(TLS12), "client", 60, 1)
        if not isinstance(event, KeyLogged)
    ]
    keys = [event for event in events_of(TLS12) if isinstance(event, KeyLogged)]
    connections = analyze([*keys, *many, *damaged]).connections
    assert all(connection.findings is not None for connection in connections[:-1])
    assert connections[-1].findings[0].kind == "flipped bit"


@pytest.mark.parametrize(
    ("name", "sender", "offset", "numbers"),
    (
        # An extended master secret is made of all messages up to ClientKeyExchange, the keys of this suite of the same.
        ("n14-rc4", "server", 171, (1, 2, 3, 4, 5)),
        ("n14-rc4", "client", 88, (1, 2, 3, 4, 5)),
        ("o36-tls12-resume-ticket", "client", 35, (1, 2)),
    ),
)
def test_a_computed_secret_that_opens_nothing_names_what_it_is_made_of(
    name: str, sender: Party, offset: int, numbers: tuple[int, ...]
) -> None:
    connection = computed(name, lambda events: flipped(events, sender, offset, 3))
    (finding,) = connection.findings
    assert finding.kind == "changed message"
    assert finding.messages == numbers
    assert finding.text.startswith(f"CLIENT_RANDOM, computed from {in_words(numbers)} (")
    assert computed(name, lambda events: events).findings == ()


def computed(name: str, change: Callable[[list[Event]], list[Event]]) -> Connection:
    """The last connection of a recording whose master secret no key log has, with its bytes changed."""
    events = read_capture(BytesIO(capture_of(name))).events
    last = max(event.connection for event in events if isinstance(event, BytesSent))
    others = [event for event in events if getattr(event, "connection", 0) != last]
    own = [event for event in events if getattr(event, "connection", 0) == last]
    log, key = (RECORDED / f"{name}.{end}" for end in ("keys", "server-key.pem"))
    private = load_pem_private_key(key.read_bytes(), None) if key.exists() else None
    assert private is None or isinstance(private, RSAPrivateKey)
    keylog, _ = parse_keylog(log.read_bytes() if log.exists() and private is None else b"")
    return analyze([*others, *change(own)], keylog, [private] if private is not None else []).connections[-1]


@pytest.mark.parametrize(("offset", "type_name"), ((98, "certificate"), (680, "certificate"), (50, "server_hello")))
def test_the_bit_is_found_in_ssl30_too(offset: int, type_name: str) -> None:
    connection = computed("n11-ssl30", lambda events: flipped(events, "server", offset, 2))
    (finding,) = connection.findings
    assert finding.kind == "flipped bit"
    assert [each.type for each in connection.messages if each.number in finding.messages] == [type_name]


def test_where_no_single_bit_explains_it_ssl30_names_the_messages() -> None:
    connection = computed("n11-ssl30", lambda events: flipped(flipped(events, "server", 98, 2), "server", 680, 2))
    (finding,) = connection.findings
    assert finding.kind == "changed message"
    assert len(finding.messages) > 1
