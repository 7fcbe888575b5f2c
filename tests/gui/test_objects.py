"""What lies beside connections, in the window: pasted or opened, it has its row, its tree and its bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gui.driving import rest_of, rows_of
from tlslab.gui.driven import wait_for
from tlslab.gui.log_model import spoken
from tlslab.gui.panes.detail import CHECKS

if TYPE_CHECKING:
    from tlslab.gui.window import MainWindow

OPENSSL = Path(__file__).parents[1] / "data" / "x509" / "openssl"
PASTED = Path(__file__).parents[1] / "data" / "pasted"


def take(window: MainWindow, name: str, data: bytes) -> list[str]:
    """Give the window `data`; what it said meanwhile."""
    rest = rest_of(window)
    said: list[str] = []
    rest.session.said.connect(said.append)
    rest.commands.dialogs.files.take(name, data)
    wait_for(lambda: not rest.session.work.busy, "the file to be read")
    return said


@pytest.mark.parametrize(
    ("name", "row", "told"),
    (
        ("ocsp-revoked.der", "OCSP response", "an OCSP response"),
        ("crl.pem", "certificate revocation list", "a certificate revocation list, written as PEM"),
        ("ec-key.der", "EC private key (SEC 1)", "an EC private key (SEC 1)"),
    ),
)
def test_an_object_has_its_row_and_the_window_says_what_it_is(
    window: MainWindow, name: str, row: str, told: str
) -> None:
    said = take(window, name, (OPENSSL / name).read_bytes())
    assert f"{name}: {told}" in said
    ((title, _, summary),) = rows_of(window)
    assert title == row
    assert summary


def test_decrypted_messages_of_openssl_are_rows_of_both_sides(window: MainWindow) -> None:
    take(window, "The pasted text", (PASTED / "s_client-msg.txt").read_bytes())
    rows = rows_of(window)
    assert [title for title, _, _ in rows[:3]] == ["ClientHello", "ServerHello", "EncryptedExtensions"]
    assert {sender for _, sender, _ in rows} == {"client", "server"}


def test_a_key_log_beside_an_object_takes_nothing_away(window: MainWindow) -> None:
    take(window, "crl.der", (OPENSSL / "crl.der").read_bytes())
    keys = (OPENSSL.parents[1] / "captures" / "o01-tls13-1rtt-alpn.keys").read_bytes()
    said = take(window, "keys.log", keys)
    assert said == ["keys.log will be used for the next capture"]
    assert len(rows_of(window)) == 1


def test_an_object_has_no_arrow_and_no_time(window: MainWindow) -> None:
    take(window, "request.pem", (OPENSSL / "request.pem").read_bytes())
    model = rest_of(window).bench.log.model
    cells = model.cells(0)
    assert (cells.sender, cells.time) == ("", "")
    assert "from" not in spoken(cells)
    take(window, "The pasted text", (PASTED / "s_client-msg.txt").read_bytes())
    assert model.cells(0).sender == "client"


def test_what_an_object_proves_stands_among_the_checks(window: MainWindow) -> None:
    bench = rest_of(window).bench

    def checks(data: bytes) -> list[tuple[str, bool | None]]:
        take(window, "request.pem", data)
        bench.detail.show_tab(CHECKS)
        return [(row.name, row.ok) for row in bench.detail.checks.rows]

    request = (OPENSSL / "request.der").read_bytes()
    assert checks(request) == [("CertificationRequest", True)]
    assert checks(request[:-1] + bytes((request[-1] ^ 1,))) == [("CertificationRequest", False)]
    assert not rest_of(window).banner.title.startswith("A message")
    both = (OPENSSL / "crl.pem").read_bytes() + (OPENSSL / "ca.pem").read_bytes()
    assert ("CertificateList", True) in checks(both)
    assert checks((OPENSSL / "ec-key.der").read_bytes()) == []
