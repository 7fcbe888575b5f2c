"""Which ports a run takes."""

from __future__ import annotations

import subprocess
from contextlib import closing

import pytest

from tests.oracles import require_program
from tlslab.lab import endpoint
from tlslab.lab.endpoint import FOREIGN_PORTS, Listener, connect, parse_address

FIRST_EPHEMERAL = 32768
"""The lowest port that Linux gives to who asks for any; elsewhere they begin at 49152."""


def test_no_end_of_a_run_takes_a_port_that_means_another_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "FOREIGN_PORTS", frozenset(range(0, 65536, 2)))
    for _ in range(8):
        own: list[str] = []
        with closing(Listener()) as listener, closing(connect("127.0.0.1", listener.port, 5.0, own)) as client:
            assert listener.port % 2 == 1
            assert own == [client.own_address]
            assert parse_address(client.own_address)[1] % 2 == 1


def test_a_port_that_is_asked_for_is_taken_whatever_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Listener()) as found:
        port = found.port
    monkeypatch.setattr(endpoint, "FOREIGN_PORTS", frozenset({port}))
    with closing(Listener(port)) as listener:
        assert listener.port == port


def test_every_port_that_tshark_takes_for_something_else_is_foreign() -> None:
    """Lines are "tcp.port<TAB>44818<TAB>enip"; only those of ports that come by themselves count."""
    told = subprocess.run([require_program("tshark"), "-G", "decodes"], check=True, capture_output=True, text=True)
    rows = [line.split("\t") for line in told.stdout.splitlines()]
    taken = {int(row[1]) for row in rows if row[0] == "tcp.port" and row[2] != "tls"}
    assert {port for port in taken if port >= FIRST_EPHEMERAL} <= FOREIGN_PORTS
