"""Key logs: what is read, what is said about the rest, and that nothing is lost on the way through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlslab.keys.keylog import SESSION_ID, KeyLog, format_line, parse_keylog

RANDOM = bytes(range(32))
OTHER = bytes(range(1, 33))
SECRET = b"\x5a" * 48
LINE = format_line("CLIENT_RANDOM", RANDOM, SECRET)
LABELS = st.text("ABCXYZ019", min_size=1, max_size=9).map(lambda text: f"{text}_SECRET_0")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    keylog, problems = parse_keylog(data)
    assert isinstance(keylog, KeyLog)
    assert all(problem.startswith("line") for problem in problems)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_garbage_around_a_line_does_not_hide_it(before: bytes, after: bytes) -> None:
    keylog, _ = parse_keylog(before + b"\n" + LINE.encode() + b"\n" + after)
    assert keylog.lookup(RANDOM, "CLIENT_RANDOM") == SECRET


@given(st.dictionaries(st.tuples(LABELS, st.binary(min_size=32, max_size=32)), st.binary(min_size=1, max_size=64)))
def test_what_is_written_is_read_back(secrets: dict[tuple[str, bytes], bytes]) -> None:
    keylog = KeyLog()
    for (label, client_random), secret in secrets.items():
        keylog.add(label, client_random, secret)
    again, problems = parse_keylog("\n".join(keylog.lines()).encode())
    assert problems == ()
    assert again == keylog
    assert list(again.lines()) == list(keylog.lines())


@pytest.mark.parametrize("line_end", ("\n", "\r\n", "\r"))
def test_all_line_ends_comments_and_empty_lines_are_read(line_end: str) -> None:
    lines = ["# SSL/TLS secrets log file", "", LINE, "   ", f"  {format_line('EXPORTER_SECRET', OTHER, SECRET)}  ", "#"]
    keylog, problems = parse_keylog(b"\xef\xbb\xbf" + line_end.join(lines).encode())
    assert problems == ()
    assert keylog.lookup(RANDOM, "CLIENT_RANDOM") == SECRET
    assert keylog.lookup(OTHER, "EXPORTER_SECRET") == SECRET
    assert len(keylog) == 2


def test_upper_case_hex_is_read() -> None:
    keylog, problems = parse_keylog(f"CLIENT_RANDOM {RANDOM.hex().upper()} {SECRET.hex().upper()}".encode())
    assert (keylog.lookup(RANDOM, "CLIENT_RANDOM"), problems) == (SECRET, ())


def test_pre_master_secrets_are_read_under_their_own_labels() -> None:
    text = f"RSA 0011223344556677 {SECRET.hex()}\nPMS_CLIENT_RANDOM {RANDOM.hex()} {SECRET.hex()}\n"
    keylog, problems = parse_keylog(text.encode())
    assert problems == ()
    assert keylog.lookup(bytes.fromhex("0011223344556677"), "RSA") == SECRET
    assert keylog.lookup(RANDOM, "PMS_CLIENT_RANDOM") == SECRET


@pytest.mark.parametrize(
    ("line", "problem"),
    (
        ("hello world", "not `LABEL client_random secret`"),
        ("CLIENT_RANDOM", "not `LABEL client_random secret`"),
        (LINE.replace(" ", "  ") + " 00", "not `LABEL client_random secret`"),
        ("RSA Session-ID:0011 Master-Key:2233", "the master secret has 2 bytes instead of 48"),
        (LINE[:-1], "not `LABEL client_random secret`"),
        (LINE.replace("00", "zz"), "not `LABEL client_random secret`"),
        (LINE.replace("CLIENT", "CLI€NT"), "not `LABEL client_random secret`"),
        (LINE[:-2], "the master secret has 47 bytes instead of 48"),
        (format_line("EXPORTER_SECRET", RANDOM[1:], SECRET), "the client_random has 31 bytes instead of 32"),
        (format_line("RSA", RANDOM, SECRET), "the client_random has 32 bytes instead of 8"),
    ),
)
def test_line_that_cannot_be_used_is_one_sentence_with_its_number(line: str, problem: str) -> None:
    text = f"{LINE}\n# comment\n{line}\n{format_line('EXPORTER_SECRET', OTHER, SECRET)}\n"
    keylog, problems = parse_keylog(text.encode())
    assert problems == (f"line 3: {problem}",)
    assert len(keylog) == 2


def test_same_damage_on_neighbouring_lines_is_one_sentence() -> None:
    _, problems = parse_keylog(b"one\ntwo\nthree\n\nfive\n" + LINE[:-2].encode())
    assert problems == (
        "lines 1 to 3: not `LABEL client_random secret`",
        "line 5: not `LABEL client_random secret`",
        "line 6: the master secret has 47 bytes instead of 48",
    )


@given(st.binary(max_size=60))
def test_problem_never_repeats_the_line(tail: bytes) -> None:
    _, problems = parse_keylog(b"CLIENT_RANDOM " + SECRET.hex().encode() + tail.replace(b"\n", b"").replace(b"\r", b""))
    assert not any(SECRET.hex()[:8] in problem for problem in problems)


def test_later_secret_replaces_the_earlier() -> None:
    again = format_line("CLIENT_RANDOM", RANDOM, bytes(48))
    keylog, _ = parse_keylog(f"{LINE}\n{again}".encode())
    assert list(keylog.lines()) == [again]


def test_lookup_of_what_is_not_there_is_none() -> None:
    keylog, _ = parse_keylog(LINE.encode())
    assert keylog.lookup(RANDOM, "EXPORTER_SECRET") is None
    assert keylog.lookup(OTHER, "CLIENT_RANDOM") is None
    assert OTHER not in keylog


def test_update_adds_labels_to_a_connection_that_is_already_known() -> None:
    keylog, more = KeyLog(), KeyLog()
    keylog.add("CLIENT_TRAFFIC_SECRET_0", RANDOM, SECRET)
    more.add("SERVER_TRAFFIC_SECRET_0", RANDOM, SECRET)
    more.add("EXPORTER_SECRET", OTHER, SECRET)
    keylog.update(more)
    assert dict(keylog) == {
        RANDOM: {"CLIENT_TRAFFIC_SECRET_0": SECRET, "SERVER_TRAFFIC_SECRET_0": SECRET},
        OTHER: {"EXPORTER_SECRET": SECRET},
    }
    assert len(more) == 2


@pytest.mark.parametrize("line", (f"12:00:01 keys: {LINE}", f"{LINE} # of the first try", f"<7>{LINE[:0]} {LINE} ok"))
def test_a_secret_in_a_longer_line_is_found(line: str) -> None:
    keylog, problems = parse_keylog(line.encode())
    assert (keylog.lookup(RANDOM, "CLIENT_RANDOM"), problems) == (SECRET, ())


@pytest.mark.parametrize("encoding", ("utf-16-le", "utf-16-be"))
def test_what_powershell_writes_is_read(encoding: str) -> None:
    keylog, problems = parse_keylog(f"\ufeff{LINE}\r\n".encode(encoding))
    assert (keylog.lookup(RANDOM, "CLIENT_RANDOM"), problems) == (SECRET, ())


def test_a_master_secret_is_kept_by_session_id() -> None:
    line = f"RSA Session-ID:{OTHER.hex().upper()} Master-Key:{SECRET.hex()}"
    keylog, problems = parse_keylog(line.encode())
    assert (keylog.lookup(OTHER, SESSION_ID), problems) == (SECRET, ())
    (written,) = keylog.lines()
    assert parse_keylog(written.encode())[0] == keylog


def test_labels_of_other_protocols_and_of_ech_are_kept() -> None:
    labels = ("ECH_SECRET", "ECH_CONFIG", "QUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET", "EARLY_EXPORTER_SECRET")
    keylog, problems = parse_keylog("\n".join(format_line(label, RANDOM, SECRET) for label in labels).encode())
    assert problems == ()
    assert tuple(keylog[RANDOM]) == labels


def test_the_logs_of_both_peers_are_one_and_a_contradiction_is_told() -> None:
    _, problems = parse_keylog(f"{LINE}\n{LINE.lower().replace('client_random', 'CLIENT_RANDOM')}".encode())
    assert problems == ()
    _, problems = parse_keylog(f"{LINE}\n{format_line('CLIENT_RANDOM', RANDOM, bytes(48))}".encode())
    assert problems == ("line 2: another CLIENT_RANDOM than before for the same connection; this one counts",)
