"""What the RFCs demand of a message beyond its form: each rule broken once, and told on the field that is wrong."""

from __future__ import annotations

import pytest

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import assert_laws
from tlslab.wire.field import Context
from tlslab.wire.hello import HELLO_RETRY_RANDOM
from tlslab.wire.messages import decode_alert, decode_change_cipher_spec, decode_handshake

SERVER = Context(sender="server")
SERVER12 = Context(0x0303, "server")
VERSIONS = b.extension(43, vector(1, u16(0x0304)))
GROUPS = b.extension(10, vector(2, u16(0x001D, 0x0017)))
SCHEMES = b.extension(13, vector(2, u16(0x0804)))
SHARE = u16(0x001D) + vector(2, bytes(32))
SHARES = b.extension(51, vector(2, SHARE))
MODES = b.extension(45, vector(1, b"\x01"))
PSK = b.extension(41, vector(2, vector(2, b"identity") + bytes(4)) + vector(2, vector(1, bytes(32))))
TWO_BINDERS = b.extension(
    41, vector(2, vector(2, b"identity") + bytes(4)) + vector(2, vector(1, bytes(32)), vector(1, bytes(32)))
)
GOOD = (VERSIONS, GROUPS, SCHEMES, SHARES)
SELECTED = b.extension(43, u16(0x0304))
SERVER_SHARE = b.extension(51, SHARE)


def hello(*extensions: bytes, version: int = 0x0303, methods: bytes = b"\0") -> bytes:
    body = u16(version) + b.RANDOM + vector(1) + vector(2, u16(0x1301)) + vector(1, methods) + vector(2, *extensions)
    return b.handshake(1, body)


def answer(*extensions: bytes, version: int = 0x0303, method: int = 0, random: bytes = b.RANDOM) -> bytes:
    body = u16(version) + random + vector(1) + u16(0x1301) + bytes((method,)) + vector(2, *extensions)
    return b.handshake(2, body)


def retry(*extensions: bytes) -> bytes:
    return answer(*extensions, random=HELLO_RETRY_RANDOM)


def new_ticket(lifetime: int) -> bytes:
    return b.handshake(4, lifetime.to_bytes(4, "big") + bytes(4) + vector(1) + vector(2, b"ticket") + vector(2))


WRONG = [
    (hello(*GOOD, SCHEMES), SERVER, "extensions.signature_algorithms", "stands here twice", "illegal_parameter"),
    (hello(*GOOD, MODES, PSK, b.extension(23, b"")), SERVER, "pre_shared_key", "is not the last", "illegal_parameter"),
    (hello(*GOOD, b.extension(48, vector(2))), SERVER, "oid_filters", "does not belong", "illegal_parameter"),
    (
        answer(SELECTED, SERVER_SHARE, b.extension(16, vector(2, vector(1, b"h2")))),
        SERVER,
        "negotiation",
        "not belong",
        "",
    ),
    (b.encrypted_extensions(b.extension(51, SHARE)), SERVER, "key_share", "does not belong", "illegal_parameter"),
    (hello(methods=b"\x01"), SERVER, "compression_methods", "null compression method is not", "illegal_parameter"),
    (hello(*GOOD, methods=b"\x01\x00"), SERVER, "compression_methods", "exactly the null method", "illegal_parameter"),
    (hello(*GOOD, version=0x0301), SERVER, "legacy_version", "must be 0x0303", ""),
    (hello(VERSIONS, GROUPS, SHARES), SERVER, "extensions", "signature_algorithms is missing", "missing_extension"),
    (hello(VERSIONS, SCHEMES), SERVER, "extensions", "supported_groups is missing", "missing_extension"),
    (hello(VERSIONS, SCHEMES, GROUPS), SERVER, "extensions", "key_share is missing beside", "missing_extension"),
    (hello(*GOOD, PSK), SERVER, "extensions", "psk_key_exchange_modes is missing", "missing_extension"),
    (hello(*GOOD, MODES, TWO_BINDERS), SERVER, "binders", "2 binders for 1 identities", "illegal_parameter"),
    (
        hello(VERSIONS, GROUPS, SCHEMES, b.extension(51, vector(2, SHARE, u16(0x001E) + vector(2, bytes(56))))),
        SERVER,
        "client_shares",
        "not among supported_groups",
        "illegal_parameter",
    ),
    (
        hello(VERSIONS, GROUPS, SCHEMES, b.extension(51, vector(2, SHARE, SHARE))),
        SERVER,
        "client_shares",
        "share of this group already",
        "illegal_parameter",
    ),
    (answer(SELECTED, SERVER_SHARE, version=0x0304), SERVER, "legacy_version", "must be 0x0303", "illegal_parameter"),
    (answer(SELECTED, SERVER_SHARE, method=1), SERVER, "compression_method", "no compression", "illegal_parameter"),
    (answer(b.extension(43, u16(0x0303))), SERVER, "selected_version", "cannot choose a version", "illegal_parameter"),
    (retry(SELECTED), SERVER, "extensions", "would change nothing", "illegal_parameter"),
    (b.handshake(11, b"\0" + vector(3)), SERVER, "certificate_list", "at least one certificate", "decode_error"),
    (b.handshake(11, vector(3)), SERVER12, "certificate_list", "at least one certificate", "illegal_parameter"),
    (
        b.handshake(11, vector(1, b"c") + vector(3, vector(3, b.SMALL_CERTIFICATE) + u16(0))),
        SERVER,
        "certificate_request_context",
        "answers no request",
        "illegal_parameter",
    ),
    (
        b.handshake(13, vector(1) + vector(2, b.extension(18, b""))),
        SERVER,
        "extensions",
        "missing",
        "missing_extension",
    ),
    (b.handshake(15, u16(0x0401) + vector(2, bytes(9))), SERVER, "algorithm", "not allowed", "illegal_parameter"),
    (b.handshake(20, bytes(12)), SERVER, "verify_data", "no hash of TLS 1.3", "decode_error"),
    (
        b.handshake(20, bytes(13)),
        Context(0x0303, "server", "ECDHE"),
        "verify_data",
        "has 13 bytes, not 12",
        "decode_error",
    ),
    (new_ticket(604_801), SERVER, "ticket_lifetime", "seven days", ""),
    (b.handshake(24, b"\x02"), SERVER, "request_update", "must be 0 or 1", "illegal_parameter"),
]


@pytest.mark.parametrize(("data", "context", "path", "text", "alert"), WRONG, ids=[case[3] for case in WRONG])
def test_a_broken_rule_is_told_on_the_field_that_is_wrong(
    data: bytes, context: Context, path: str, text: str, alert: str
) -> None:
    root = decode_handshake(data, context)
    assert_laws(root)
    wrong = [field for field in root.walk() if field.problem is not None]
    (field,) = wrong
    assert field.problem is not None
    assert path in field.path or path.rpartition(".")[2] in field.name
    assert text in field.problem.text
    assert alert in {field.problem.alert, ""}
    assert field.problem.rule.startswith("RFC ")


@pytest.mark.parametrize(
    ("data", "context"),
    (
        (hello(*GOOD, MODES, PSK), SERVER),
        (hello(VERSIONS, MODES, PSK), SERVER),
        (hello(methods=b"\x01\x00"), SERVER),
        (answer(SELECTED, SERVER_SHARE, b.extension(41, u16(0))), SERVER),
        (answer(b.extension(16, vector(2, vector(1, b"h2"))), b.extension(65281, vector(1))), SERVER12),
        (retry(SELECTED, b.extension(51, u16(0x0018))), SERVER),
        (b.handshake(11, b"\0" + vector(3)), Context(sender="client")),
        (b.handshake(15, u16(0x0401) + vector(2, bytes(9))), SERVER12),
        (b.handshake(20, bytes(12)), SERVER12),
        (new_ticket(604_800), SERVER),
        (b.handshake(24, b"\x01"), SERVER),
    ),
)
def test_what_keeps_the_rules_has_no_problem(data: bytes, context: Context) -> None:
    assert decode_handshake(data, context).problems() == []


@pytest.mark.parametrize("data", [case[0] for case in WRONG])
def test_a_message_that_is_cut_tells_the_cut_and_no_rule(data: bytes) -> None:
    for size in range(4, len(data)):
        (problem,) = decode_handshake(data[:size], SERVER).problems()
        assert problem.alert == "decode_error"


def test_a_change_cipher_spec_is_the_byte_one() -> None:
    (problem,) = decode_change_cipher_spec(b"\x02").problems()
    assert (problem.start, problem.end, problem.alert) == (0, 1, "unexpected_message")
    assert decode_change_cipher_spec(b"\x01").problems() == []


def test_an_alert_has_one_of_two_levels() -> None:
    (problem,) = decode_alert(b"\x03\x28").problems()
    assert (problem.start, problem.end, problem.text) == (0, 1, "an alert is a warning (1) or fatal (2)")


@pytest.mark.parametrize(
    ("name", "text"),
    (
        (b"demo.lab.test", ""),
        (b"xn--bcher-kva.test", ""),
        (b"demo.lab.test.", "without a dot at its end"),
        (b"127.0.0.1", "an address is no host name"),
        (b"::1", "an address is no host name"),
        (b"[::1]", "an address is no host name"),
        ("bücher.test".encode(), "written in ASCII"),
    ),
)
def test_a_server_name_is_a_name(name: bytes, text: str) -> None:
    problems = decode_handshake(hello(b.extension(0, vector(2, b"\0" + vector(2, name))))).problems()
    assert [text in problem.text for problem in problems] == [True] * bool(text)
