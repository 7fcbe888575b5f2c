"""Recorded connections of every kind, damaged, with all their keys: checks, ladders and nonces are made or left out, never raised."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.captures import CAPTURES
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.keys.psk import parse_psk
from tlslab.report.json_document import Detail, connection_object
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent, Event

SMALL = [path for path in sorted(CAPTURES.glob("recorded/*.pcapng")) if path.stat().st_size < 20_000]
PSKS = [parse_psk("0123456789abcdef0123456789abcdef")]


@cache
def recorded(path: Path) -> tuple[list[Event], KeyLog, list[RSAPrivateKey]]:
    log, key = path.with_suffix(".keys"), path.with_suffix(".server-key.pem")
    keylog, _ = parse_keylog(log.read_bytes() if log.exists() else b"")
    private = load_pem_private_key(key.read_bytes(), None) if key.exists() else None
    events = list(read_capture(BytesIO(path.read_bytes())).events)
    return events, keylog, [private] if isinstance(private, RSAPrivateKey) else []


def damaged(events: list[Event], random: Random) -> list[Event]:
    made = list(events)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        at = random.randrange(len(made))
        event = made[at]
        if not isinstance(event, BytesSent):
            continue
        data = bytearray(event.data)
        kind = random.randrange(5)
        if kind == 0:
            made.insert(random.randrange(at, len(made)), event)
        elif kind == 1:
            made[at], made[at - 1] = (made[at - 1], made[at]) if at > 1 else (made[at], made[at - 1])
        elif kind == 2 and len(made) > 2:
            del made[at]
        elif kind == 3:
            start = random.randrange(len(data))
            data[start : start + random.choice((0, 1, 50))] = random.randbytes(random.choice((1, 4)))
            made[at] = event._replace(data=bytes(data))
        else:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
            made[at] = event._replace(data=bytes(data))
    return made


def told(events: list[Event], keylog: KeyLog, server_keys: list[RSAPrivateKey]) -> None:
    for connection in analyze(events, keylog, server_keys, PSKS).connections:
        json.dumps(connection_object(connection, Detail(secrets=True)))
        seen: set[str] = set()
        for quantity in connection.provenance:
            assert all(span.start <= span.end for span in quantity.spans)
            assert set(quantity.made_from) <= seen
            seen.add(quantity.id)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SMALL), st.randoms(use_true_random=False))
def test_damage_makes_no_exception(path: Path, random: Random) -> None:
    events, keylog, server_keys = recorded(path)
    told(damaged(events, random), keylog, server_keys)


def test_a_stray_header_of_dtls13_is_no_harm() -> None:
    """Two bytes, which is all that the short header needs, beside a hello that was changed."""
    events, keylog, server_keys = recorded(CAPTURES / "recorded" / "u04-dtls12-gnutls.pcapng")
    sent = [at for at, event in enumerate(events) if isinstance(event, BytesSent)]
    first = events[sent[0]]
    assert isinstance(first, BytesSent)
    changed = first._replace(data=first.data[:40] + bytes((first.data[40] ^ 1,)) + first.data[41:])
    stray = first._replace(data=b"\x20\x01")
    told([*events[: sent[0]], changed, *events[sent[0] + 1 :], stray], keylog, server_keys)
