"""How a handshake ended: established, failed, incomplete or unknown, by the rules of the command line's contract."""

from __future__ import annotations

import pytest

from tests.trace.replay import OPENED, TLS12, TLS13, Recording, Sent, clear, recording, replay
from tlslab.keys.protection import Tls13Protection
from tlslab.keys.schedule13 import next_traffic_secret
from tlslab.trace.analyzer import Analyzer
from tlslab.trace.events import BytesSent, ConnectionClosed, Party

CERTIFICATE_REQUIRED = b"\x02\x74"
CLOSE_NOTIFY = b"\x01\x00"
TICKET = bytes.fromhex("0400000f 00000e10 00000001 01aa 0002bbbb 0000")
FINISHED_HEADER = 4


@pytest.fixture
def tls13() -> Recording:
    return recording(TLS13)


@pytest.fixture
def tls12() -> Recording:
    return recording(TLS12)


def handshake13(of: Recording) -> list[Sent]:
    """All records up to the client's Finished, which is the last of the handshake."""
    return of.up_to("finished", "client")


def after13(of: Recording, sender: Party, *contents: tuple[int, bytes]) -> list[Sent]:
    """Records of `sender` behind both Finished, sealed with its first application traffic secret."""
    sealer = of.sealer13(f"{sender.upper()}_TRAFFIC_SECRET_0")
    return [(sender, sealer.seal(kind, content)) for kind, content in contents]


def test_both_finished_and_nothing_after_them_is_established(tls13: Recording) -> None:
    assert replay(handshake13(tls13), tls13.keylog).outcome == "established"


def test_a_refused_client_certificate_in_tls13_is_failed_though_both_finished_were_seen(tls13: Recording) -> None:
    refusal = after13(tls13, "server", (21, CERTIFICATE_REQUIRED))
    connection = replay(handshake13(tls13) + refusal, tls13.keylog)
    assert connection.messages[-1].type == "certificate_required"
    assert connection.outcome == "failed"


def test_the_level_of_an_alert_says_nothing_in_tls13(tls13: Recording) -> None:
    refusal = after13(tls13, "server", (21, b"\x01\x2a"))
    assert replay(handshake13(tls13) + refusal, tls13.keylog).outcome == "failed"


@pytest.mark.parametrize(("kind", "content"), [(22, TICKET), (23, b"hello")])
def test_a_fatal_alert_after_a_ticket_or_data_takes_nothing_back(tls13: Recording, kind: int, content: bytes) -> None:
    later = after13(tls13, "server", (kind, content), (21, CERTIFICATE_REQUIRED))
    assert replay(handshake13(tls13) + later, tls13.keylog).outcome == "established"


def test_data_of_the_client_does_not_say_that_the_server_accepted(tls13: Recording) -> None:
    later = after13(tls13, "client", (23, b"GET /")) + after13(tls13, "server", (21, CERTIFICATE_REQUIRED))
    assert replay(handshake13(tls13) + later, tls13.keylog).outcome == "failed"


def test_a_key_update_is_no_acceptance_and_changes_the_key(tls13: Recording) -> None:
    (update,) = after13(tls13, "server", (22, b"\x18\0\0\x01\0"))
    secret = next_traffic_secret(tls13.secrets["SERVER_TRAFFIC_SECRET_0"], tls13.suite.hash_name)
    following = Tls13Protection(tls13.suite, secret)
    refusal: Sent = ("server", following.seal(21, CERTIFICATE_REQUIRED))
    connection = replay([*handshake13(tls13), update, refusal], tls13.keylog)
    assert [message.type for message in connection.messages[-2:]] == ["key_update", "certificate_required"]
    assert connection.records[-1].key_label == "SERVER_TRAFFIC_SECRET_1"
    assert connection.outcome == "failed"


def test_close_notify_behind_both_finished_is_established(tls13: Recording) -> None:
    later = after13(tls13, "server", (21, CLOSE_NOTIFY))
    assert replay(handshake13(tls13) + later, tls13.keylog).outcome == "established"
    assert replay(handshake13(tls13) + later, tls13.keylog, [("server", "reset")]).outcome == "established"


def test_a_reset_behind_both_finished_is_a_refusal_in_tls13(tls13: Recording) -> None:
    assert replay(handshake13(tls13), tls13.keylog, [("server", "reset")]).outcome == "failed"


def test_a_client_that_resets_behind_its_finished_has_accepted(tls13: Recording) -> None:
    assert replay(handshake13(tls13), tls13.keylog, [("client", "reset")]).outcome == "established"


def test_a_reset_after_a_ticket_is_established(tls13: Recording) -> None:
    later = after13(tls13, "server", (22, TICKET))
    assert replay(handshake13(tls13) + later, tls13.keylog, [("server", "reset")]).outcome == "established"


def test_a_fatal_alert_before_the_clients_finished_is_failed(tls13: Recording) -> None:
    sent = tls13.up_to("finished", "server")
    sealer = tls13.sealer13("CLIENT_HANDSHAKE_TRAFFIC_SECRET")
    assert replay([*sent, ("client", sealer.seal(21, b"\x02\x2d"))], tls13.keylog).outcome == "failed"


def test_an_alert_in_the_clear_after_the_server_hello_is_read(tls13: Recording) -> None:
    connection = replay([*tls13.up_to("server_hello", "server"), ("client", clear(21, b"\x02\x2f"))], tls13.keylog)
    assert connection.messages[-1].type == "illegal_parameter"
    assert connection.outcome == "failed"


def test_a_wrong_finished_is_failed(tls13: Recording) -> None:
    finished = bytearray(tls13.data_of("finished", "client"))
    finished[FINISHED_HEADER] ^= 1
    connection = replay([*tls13.up_to("finished", "server"), *client_finished(tls13, bytes(finished))], tls13.keylog)
    assert connection.outcome == "failed"


def test_a_piece_of_finished_is_incomplete_and_proves_nothing(tls13: Recording) -> None:
    finished = tls13.data_of("finished", "client")
    connection = replay([*tls13.up_to("finished", "server"), *client_finished(tls13, finished[:-1])], tls13.keylog)
    assert connection.messages[-1].type == "finished"
    assert connection.messages[-1].problems
    assert [check.sender for check in connection.checks if check.name == "Finished"] == ["server"]
    assert connection.outcome == "incomplete"


def client_finished(of: Recording, finished: bytes) -> list[Sent]:
    """The client's last flight with another Finished."""
    sealer = of.sealer13("CLIENT_HANDSHAKE_TRAFFIC_SECRET")
    flight = b"".join(of.data_of(name, "client") for name in ("certificate", "certificate_verify"))
    return [("client", sealer.seal(22, flight)), ("client", sealer.seal(22, finished))]


def test_bytes_that_end_early_are_incomplete(tls13: Recording) -> None:
    assert replay(tls13.up_to("finished", "server"), tls13.keylog).outcome == "incomplete"
    assert replay(tls13.up_to("client_hello", "client"), tls13.keylog, [("client", "fin")]).outcome == "incomplete"


def test_close_notify_before_finished_is_incomplete(tls12: Recording) -> None:
    sent: list[Sent] = [*tls12.up_to("server_hello_done", "server"), ("client", clear(21, CLOSE_NOTIFY))]
    assert replay(sent, tls12.keylog).outcome == "incomplete"


def test_a_reset_before_finished_is_failed(tls12: Recording) -> None:
    assert replay(tls12.up_to("server_hello_done", "server"), tls12.keylog, [("client", "reset")]).outcome == "failed"


def test_the_rest_without_a_key_is_unknown_even_with_a_reset(tls13: Recording) -> None:
    sent = [(record.sender, record.wire.data) for record in tls13.connection.records]
    assert replay(sent).outcome == "unknown"
    assert replay(tls13.up_to("finished", "server"), None, [("server", "reset")]).outcome == "unknown"


@pytest.mark.parametrize(("alert", "outcome"), [(b"\x02\x28", "failed"), (b"\x01\x64", "incomplete")])
def test_the_level_of_an_alert_decides_before_tls13(tls12: Recording, alert: bytes, outcome: str) -> None:
    sent: list[Sent] = [*tls12.up_to("server_hello_done", "server"), ("client", clear(21, alert))]
    assert replay(sent, tls12.keylog).outcome == outcome


def test_in_tls12_nothing_behind_both_finished_takes_the_handshake_back(tls12: Recording) -> None:
    sent = tls12.up_to("finished", "server")
    alert: Sent = ("server", tls12.sealer12("server", 1).seal(21, b"\x02\x50"))
    connection = replay([*sent, alert], tls12.keylog)
    assert connection.messages[-1].type == "internal_error"
    assert connection.outcome == "established"
    assert replay(sent, tls12.keylog, [("server", "reset")]).outcome == "established"


def test_an_alert_that_answers_the_client_hello_is_failed(tls13: Recording) -> None:
    sent: list[Sent] = [*tls13.up_to("client_hello", "client"), ("server", clear(21, b"\x02\x28"))]
    connection = replay(sent)
    assert (connection.tls_version, connection.outcome) == (None, "failed")


def test_early_data_cannot_be_read_and_harms_nothing(tls13: Recording) -> None:
    hello, *rest = handshake13(tls13)
    connection = replay([hello, ("client", clear(23, bytes(50))), *rest], tls13.keylog)
    early = connection.messages[1]
    assert (early.protocol, early.encrypted, early.readable) == ("application_data", True, False)
    assert connection.outcome == "established"


def test_an_empty_handshake_record_is_shown_with_a_problem(tls13: Recording) -> None:
    hello, *rest = handshake13(tls13)
    connection = replay([hello, ("server", clear(22, b"")), *rest], tls13.keylog)
    empty = connection.messages[1]
    assert (empty.protocol, empty.length, empty.wire_length) == ("handshake", 0, 5)
    assert empty.problems
    assert connection.outcome == "established"


def test_the_outcome_follows_the_messages_as_they_come(tls13: Recording) -> None:
    analyzer = Analyzer(tls13.keylog)
    analyzer.feed(OPENED)
    outcomes = []
    for at, (sender, data) in enumerate(handshake13(tls13)):
        analyzer.feed(BytesSent(1, sender, at, data, at))
        outcomes.append(analyzer.trace.connections[0].outcome)
    analyzer.feed(ConnectionClosed(1, "server", 99, "reset"))
    outcomes.append(analyzer.trace.connections[0].outcome)
    assert list(dict.fromkeys(outcomes)) == ["incomplete", "established", "failed"]
