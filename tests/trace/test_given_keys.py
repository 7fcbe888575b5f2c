"""Keys as people have them: pre-shared keys, shared secrets, half key logs, other connections' secrets, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from OpenSSL import SSL

from tests.keys.handshakes import identity, shake_hands
from tests.keys.rfc8448 import step, steps
from tests.trace.captures import CAPTURES
from tests.trace.test_tls10 import TLS11, events_of, older
from tlslab.keys.keylog import KeyLog, format_line, parse_keylog
from tlslab.keys.psk import PreSharedKey, parse_psk
from tlslab.keys.schedule12 import rsa_pre_master
from tlslab.trace import proofs_hello
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.model import Connection
from tlslab.trace.quantity import Quantity
from tlslab.trace.session import Given, Session
from tlslab.wire.field import Buffer

BENCH = parse_psk("bench:0123456789abcdef0123456789abcdef")
OVER_UDP = bytes.fromhex("0123456789abcdef")
RECORDED = CAPTURES / "recorded"
RESUMED12 = ("o36-tls12-resume-ticket", "o37-tls12-resume-id-first-key", "g37-tls12-resumed", "n17-tls12-session-id")
EARLY_DATA = ("o13-tls13-early-data", "g29-early-data", "n13-early-data")


def keylog_of(name: str) -> KeyLog:
    keylog, problems = parse_keylog((RECORDED / f"{name}.keys").read_bytes())
    assert problems == ()
    return keylog


def events_in(name: str) -> list[Event]:
    return list(read_capture(BytesIO((RECORDED / f"{name}.pcapng").read_bytes())).events)


def decoded(name: str, keylog: KeyLog | None = None, psks: Sequence[PreSharedKey] = ()) -> list[Connection]:
    return list(analyze(events_in(name), keylog, (), psks).connections)


def ladder_of(connection: Connection) -> dict[str, Quantity]:
    return {quantity.id: quantity for quantity in connection.provenance}


def only(keylog: KeyLog, *beginnings: str) -> KeyLog:
    """The lines whose labels begin so."""
    kept = KeyLog()
    for random, secrets in keylog.items():
        for label, secret in secrets.items():
            if label.startswith(beginnings):
                kept.add(label, random, secret)
    return kept


def assert_whole(connections: Iterable[Connection], *, checked: bool = True) -> None:
    for connection in connections:
        assert connection.outcome == "established"
        assert all(message.readable for message in connection.messages)
        assert all(check.ok for check in connection.checks)
        assert not checked or [check.name for check in connection.checks].count("Finished") >= 2


@pytest.mark.parametrize("name", ("g30-psk-ke", "o29-tls12-psk"))
@pytest.mark.parametrize("psk", (BENCH, PreSharedKey(BENCH.key)), ids=("named", "any name"))
def test_a_pre_shared_key_alone_opens_everything_where_nothing_else_goes_in(name: str, psk: PreSharedKey) -> None:
    (connection,) = decoded(name, psks=[psk])
    assert_whole([connection])
    for secret in connection.secrets:
        if secret.label not in {"PSK", "PMS_CLIENT_RANDOM"}:
            assert keylog_of(name).lookup(secret.client_random, secret.label) == secret.value, secret.label
    assert {secret.origin for secret in connection.secrets} == {"given", "PSK"}


@pytest.mark.parametrize(("name", "key"), (("o29-tls12-psk", BENCH.key), ("u05-dtls12-psk-ccm8", OVER_UDP)))
@pytest.mark.parametrize("place", range(3))
def test_of_several_keys_without_names_the_first_record_tells_the_right_one(name: str, key: bytes, place: int) -> None:
    psks = [PreSharedKey(bytes((at,)) * 16) for at in range(3)]
    psks.insert(place, PreSharedKey(key))
    (connection,) = decoded(name, psks=psks)
    assert_whole([connection])
    assert [secret.value for secret in connection.secrets if secret.label == "PSK"] == [key]
    assert connection.problems == []


def test_where_no_key_fits_it_is_said() -> None:
    (connection,) = decoded("o29-tls12-psk", psks=[PreSharedKey(b"\1" * 16), PreSharedKey(b"\2" * 16)])
    assert connection.outcome == "unknown"
    assert any("does not open" in problem.text for problem in connection.problems)


def test_with_psk_ke_the_whole_ladder_is_known_and_equals_the_key_log() -> None:
    (connection,) = decoded("g30-psk-ke", psks=[BENCH])
    ladder = ladder_of(connection)
    assert [id_ for id_, each in ladder.items() if each.value is None] == []
    assert ladder["shared_secret"].value == bytes(len(ladder["early_secret"].value or b""))
    by_key_log = ladder_of(decoded("g30-psk-ke", keylog_of("g30-psk-ke"))[0])
    logged = {id_: each.value for id_, each in by_key_log.items() if each.origin == "key log"}
    assert len(logged) >= 4
    assert {id_: ladder[id_].value for id_ in logged} == logged


def test_with_diffie_hellman_the_key_gives_the_top_of_the_ladder_and_proves_its_binder() -> None:
    (connection,) = decoded("o17-tls13-psk", psks=[BENCH])
    ladder = ladder_of(connection)
    assert ladder["early_secret"].value is not None
    assert ladder["binder_key"].made_by == 'Derive-Secret(Early Secret, "ext binder", "")'
    (span,) = ladder["binder"].spans
    assert connection.messages[span.message - 1].data[span.start : span.end] == ladder["binder"].value
    assert ladder["handshake_secret"].value is None
    assert connection.outcome == "unknown"


def test_a_key_that_the_server_does_not_take_is_known_by_its_binder() -> None:
    (connection,) = decoded("n20-tls13-psk", keylog_of("n20-tls13-psk"), [PreSharedKey(BENCH.key)])
    ladder = ladder_of(connection)
    assert (ladder["offered_psk_1"].value, ladder["offered_psk_1"].origin) == (BENCH.key, "given")
    assert ladder["binder_1"].value is not None
    (span,) = ladder["binder_1"].spans
    assert connection.messages[span.message - 1].data[span.start : span.end] == ladder["binder_1"].value
    assert ladder["psk"].value == bytes(32)
    (unproved,) = decoded("n20-tls13-psk", keylog_of("n20-tls13-psk"), [PreSharedKey(b"another key")])
    assert ladder_of(unproved)["offered_psk_1"].value is None
    assert "PSK binder" not in {check.name for check in unproved.checks}


@pytest.mark.parametrize("psk", ("bench:00", "other:0123456789abcdef0123456789abcdef"))
def test_a_key_that_does_not_fit_its_binder_is_not_taken(psk: str) -> None:
    (connection,) = decoded("g30-psk-ke", psks=[parse_psk(psk)])
    assert connection.secrets == []
    assert connection.outcome == "unknown"


@pytest.mark.parametrize("text", ("", "name:", "xyz", "name:0g"))
def test_what_is_no_pre_shared_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a pre-shared key"):
        parse_psk(text)
    assert parse_psk("a:b:00ff") == PreSharedKey(b"\x00\xff", b"a:b")


def rfc8448() -> list[Event]:
    """The records of RFC 8448 section 3 in the order in which they crossed the wire."""
    records: list[tuple[Party, bytes]] = []
    client, server = steps("send handshake record", "client"), steps("send handshake record", "server")
    records += [("client", client[0]["complete record"]), *(("server", each["complete record"]) for each in server[:2])]
    records += [("client", client[1]["complete record"]), ("server", server[2]["complete record"])]
    for name in ("send application_data record", "send alert record"):
        records += [(who, step(name, who)["complete record"]) for who in ("client", "server")]
    opened = ConnectionOpened(1, 0, "10.0.0.1:40000", "10.0.0.2:443")
    return [opened, *(BytesSent(1, who, at, data, at + 1) for at, (who, data) in enumerate(records))]


def test_with_the_shared_secret_every_value_of_rfc8448_comes_out() -> None:
    events = rfc8448()
    shared = step('extract secret "handshake"', "server")["IKM"]
    random = step("construct a ClientHello", "client")["ClientHello"][6:38]
    keylog = KeyLog()
    keylog.add("SHARED_SECRET", random, shared)
    (connection,) = analyze(events, keylog).connections
    assert_whole([connection])
    ladder = {id_: each.value for id_, each in ladder_of(connection).items()}
    assert None not in ladder.values()
    told = {
        "early_secret": step('extract secret "early"', "server")["secret"],
        "handshake_secret": step('extract secret "handshake"', "server")["secret"],
        "master_secret": step('extract secret "master"', "server")["secret"],
        "client_handshake_traffic_secret": step('derive secret "tls13 c hs traffic"', "server")["expanded"],
        "server_handshake_traffic_secret": step('derive secret "tls13 s hs traffic"', "server")["expanded"],
        "client_application_traffic_secret_0": step('derive secret "tls13 c ap traffic"', "server")["expanded"],
        "server_application_traffic_secret_0": step('derive secret "tls13 s ap traffic"', "server")["expanded"],
        "exporter_master_secret": step('derive secret "tls13 exp master"', "server")["expanded"],
        "resumption_master_secret": step('derive secret "tls13 res master"', "client")["expanded"],
        "resumption_psk_1": step("generate resumption secret", "server")["expanded"],
        "transcript_hash_server_hello": step('derive secret "tls13 c hs traffic"', "server")["hash"],
        "server_finished_key": step("calculate finished", "server")["expanded"],
        "client_verify_data": steps("calculate finished", "client")[0]["finished"],
        "server_handshake_write_key": step("derive write traffic keys for handshake", "server")["key expanded"],
        "client_application_0_write_iv": step("derive write traffic keys for application", "client")["iv expanded"],
    }
    assert {id_: ladder[id_] for id_ in told} == told


@pytest.mark.parametrize("name", RESUMED12)
@pytest.mark.parametrize("late", (False, True), ids=("keys first", "keys last"))
@pytest.mark.parametrize("which", (0, 1), ids=("first's key", "second's key"))
def test_the_secret_of_either_connection_opens_both(name: str, *, late: bool, which: int) -> None:
    """The second takes up the first's session: they have one master secret."""
    events, keylog = events_in(name), keylog_of(name)
    connections = analyze(events, keylog).connections
    (master,) = {secret.value for connection in connections for secret in connection.secrets}
    random = connections[which].messages[0].data[6:38]
    key: list[Event] = [KeyLogged("CLIENT_RANDOM", random, master)]
    opened = analyze([*events, *key] if late else [*key, *events]).connections
    assert_whole(opened)
    told = [secret.origin for connection in opened for secret in connection.secrets]
    by = f"connection {which + 1}, by session "
    assert told[which] == "key log"
    assert told[1 - which].startswith(by)


def test_without_any_key_nothing_is_made_up() -> None:
    for connection in decoded("o36-tls12-resume-ticket"):
        assert connection.secrets == []
        assert connection.outcome == "unknown"


@pytest.mark.parametrize("name", EARLY_DATA)
def test_early_data_opens_with_its_own_key_and_the_rest_without(name: str) -> None:
    keylog = keylog_of(name)
    resumed = decoded(name, keylog)[-1]
    early = [record for record in resumed.records if record.key_label == "CLIENT_EARLY_TRAFFIC_SECRET"]
    assert early
    assert all(record.readable for record in early)
    assert_whole([resumed])
    alone = decoded(name, only(keylog, "CLIENT_EARLY_TRAFFIC_SECRET"))[-1]
    assert [record.number for record in alone.records if record.readable and record.protected] == [
        record.number for record in early
    ]
    # Finished holds although EndOfEarlyData was not read: it is always the same.
    without = decoded(name, only(keylog, "CLIENT_HANDSHAKE", "SERVER", "CLIENT_TRAFFIC"))[-1]
    assert [check.ok for check in without.checks if check.name == "Finished"] == [True, True]
    assert [record.number for record in without.records if not record.readable] == [record.number for record in early]
    assert without.problems == []


@pytest.mark.parametrize("name", ("o15-tls13-key-update", "g27-rekey"))
def test_updates_of_both_sides_need_no_line_of_their_own(name: str) -> None:
    keylog = keylog_of(name)
    first = KeyLog()
    for random, secrets in keylog.items():
        for label, secret in secrets.items():
            if not label.rpartition("_TRAFFIC_SECRET_")[2].isdigit() or label.endswith("_0"):
                first.add(label, random, secret)
    (connection,) = decoded(name, first)
    assert_whole([connection])
    ladder = ladder_of(connection)
    updates = [id_ for id_ in ladder if "application_traffic_secret_" in id_ and not id_.endswith("_0")]
    assert {id_.split("_")[0] for id_ in updates} == {"client", "server"}
    assert ladder["client_application_traffic_secret_1"].origin == "CLIENT_TRAFFIC_SECRET_0"
    whole = ladder_of(decoded(name, keylog)[0])
    assert {id_: ladder[id_].value for id_ in updates} == {id_: whole[id_].value for id_ in updates}


@pytest.mark.parametrize(("kept", "sender"), (("CLIENT", "client"), ("SERVER", "server")))
def test_one_sides_secrets_open_that_side_alone(kept: str, sender: str) -> None:
    (connection,) = decoded("o15-tls13-key-update", only(keylog_of("o15-tls13-key-update"), kept))
    for record in connection.records:
        if record.protected:
            assert record.readable == (record.sender == sender)
    # What the other side has said is missing from the transcript, and what is computed over it is not asserted.
    assert connection.outcome != "failed"
    assert all(check.ok for check in connection.checks)


def test_handshake_secrets_alone_open_the_handshake_and_prove_it() -> None:
    keylog = only(keylog_of("o15-tls13-key-update"), "CLIENT_HANDSHAKE", "SERVER_HANDSHAKE")
    (connection,) = decoded("o15-tls13-key-update", keylog)
    assert [check.ok for check in connection.checks if check.name == "Finished"] == [True, True]
    readable = {record.key_label for record in connection.records if record.protected and record.readable}
    assert readable == {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"}


@pytest.mark.parametrize("name", ("o15-tls13-key-update", "o19-tls13-mutual-rsapss", "h10-tls13-mutual-resumed"))
def test_application_secrets_alone_open_what_is_behind_the_handshake(name: str) -> None:
    """Nobody sees the Finished behind which they begin."""
    for connection, whole in zip(
        decoded(name, only(keylog_of(name), "CLIENT_TRAFFIC", "SERVER_TRAFFIC")),
        decoded(name, keylog_of(name)),
        strict=True,
    ):
        readable = [(each.sender, each.data) for each in connection.messages if each.encrypted and each.readable]
        finished = [each.number for each in whole.messages if each.type == "finished"]
        tickets_and_data = [
            (each.sender, each.data)
            for each in whole.messages
            if each.encrypted and "HANDSHAKE" not in each.records[0].key_label
        ]
        assert len(finished) == 2
        assert readable == tickets_and_data
        assert connection.problems == []
        assert all(check.ok for check in connection.checks)


def test_wireshark_s_other_lines_open_rsa_key_transport() -> None:
    events = events_of(shake_hands(older(TLS11, "AES128-SHA", options=SSL.OP_NO_TICKET)))
    private_key = identity("RSA").private_key
    assert isinstance(private_key, RSAPrivateKey)
    (connection,) = analyze(events).connections
    exchange = next(message for message in connection.messages if message.type == "client_key_exchange")
    encrypted = exchange.data[6:]
    hello, answer = connection.messages[0].data, connection.messages[1].data
    pre_master = rsa_pre_master(private_key, encrypted, hello[4:6])
    assert pre_master is not None
    session_id = answer[39 : 39 + answer[38]]
    assert len(session_id) == 32
    lines = {
        "RSA": format_line("RSA", encrypted[:8], pre_master),
        "PMS_CLIENT_RANDOM": format_line("PMS_CLIENT_RANDOM", hello[6:38], pre_master),
        "Session-ID": f"RSA Session-ID:{session_id.hex()} Master-Key:{connection.secrets[0].value.hex()}",
    }
    bare = [event for event in events if not isinstance(event, KeyLogged)]
    for label, line in lines.items():
        keylog, problems = parse_keylog(line.encode())
        assert problems == ()
        assert_whole(analyze(bare, keylog).connections)
        late = [*bare, *(KeyLogged(label, name, key[label]) for name, key in keylog.items())]
        assert_whole(analyze(late).connections)


def test_the_binders_of_a_hidden_hello_are_checked_as_those_of_a_clear_one() -> None:
    (clear,) = decoded("g30-psk-ke", psks=(BENCH,))
    hello = clear.messages[0]
    outer = decoded("g29-early-data")[0].messages[0]
    outer.put_inside(Buffer(hello.data), hello.fields)
    session = Session(clear, Given(KeyLog(), psks=(BENCH,)), {})
    checks = [check for proof in proofs_hello.client_hello(session, outer) for check in proof.compute()]
    (binder,) = (check for check in checks if check.name == "PSK binder")
    assert binder.ok
    assert "the hello inside" in binder.inputs[-1].source
