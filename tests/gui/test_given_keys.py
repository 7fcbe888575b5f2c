"""Keys of every kind are given to a capture that is open: from a menu, dropped, or pasted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.gui.driving import rest_of
from tests.gui.test_loading import Seen
from tests.trace.captures import CAPTURES
from tlslab.cli import main
from tlslab.gui.driven import wait_for
from tlslab.gui.given_keys import keys_in
from tlslab.gui.intake import NotUnderstood
from tlslab.gui.window import MainWindow

RECORDED = CAPTURES / "recorded"
PSK_CAPTURE, RSA_CAPTURE, ECH_CAPTURE = (
    RECORDED / f"{name}.pcapng" for name in ("o29-tls12-psk", "o45-tls12-server-key", "h11-ech-accepted")
)
RSA_KEY, ECH_KEY = RSA_CAPTURE.with_suffix(".server-key.pem"), ECH_CAPTURE.with_suffix(".ech.pem")
EC_KEY = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PSK = "bench:0123456789abcdef0123456789abcdef"


@pytest.fixture
def seen(qtbot: QtBot, dressed: object) -> Iterator[Seen]:
    made = Seen()
    yield made
    made.session.close()


def opened(seen: Seen, capture: Path) -> int:
    """Open a capture; how many of its messages no key opens."""
    seen.files.open_paths([capture])
    seen.finish()
    return unread(seen)


def unread(seen: Seen) -> int:
    shown = seen.session.shown
    assert shown is not None
    return sum(not message.readable for each in shown.trace.connections for message in each.messages)


def test_a_pre_shared_key_opens_what_is_shown_and_what_comes_later(seen: Seen) -> None:
    assert opened(seen, PSK_CAPTURE) > 0
    seen.files.add_psk(f" {PSK} ")
    seen.finish()
    assert unread(seen) == 0
    assert opened(seen, PSK_CAPTURE) == 0


def test_a_pre_shared_key_can_be_pasted_as_the_command_line_has_it(seen: Seen) -> None:
    assert opened(seen, PSK_CAPTURE) > 0
    seen.files.take("The pasted text", f"--psk {PSK}\n".encode())
    seen.finish()
    assert unread(seen) == 0


@pytest.mark.parametrize(("capture", "key"), ((RSA_CAPTURE, RSA_KEY),))
def test_a_private_key_that_is_dropped_on_a_capture_opens_it(seen: Seen, capture: Path, key: Path) -> None:
    assert opened(seen, capture) > 0
    seen.files.open_paths([key])
    seen.finish()
    assert seen.session.shown is not None
    assert seen.session.shown.kind == "capture"
    assert unread(seen) == 0


def test_a_private_key_without_a_capture_is_shown_for_itself(seen: Seen) -> None:
    seen.files.open_paths([RSA_KEY])
    seen.finish()
    assert seen.session.shown is not None
    assert seen.session.shown.kind == "objects"


def test_the_key_of_encrypted_hellos_shows_the_hidden_name(seen: Seen) -> None:
    seen.files.open_paths([ECH_CAPTURE, ECH_CAPTURE.with_suffix(".keys")])
    seen.finish()
    shown = seen.session.shown
    assert shown is not None
    before = shown.trace.connections[0].server_name
    seen.files.add_key(ECH_KEY)
    seen.finish()
    shown = seen.session.shown
    assert shown is not None
    assert shown.trace.connections[0].server_name != before


def test_what_is_no_key_is_refused_with_a_sentence(seen: Seen) -> None:
    seen.files.add_psk("bench:no hex")
    seen.files.take("The pasted text", b"psk zz")
    seen.files.add_key(PSK_CAPTURE)
    seen.files.add_key(RECORDED / "missing.pem")
    assert len(seen.told) == 4
    assert all(notice.detail for notice in seen.told)


def test_hex_alone_stays_bytes_of_tls() -> None:
    assert keys_in("text", b"16030300050100000100") is None
    with pytest.raises(NotUnderstood, match="is no RSA key"):
        keys_in("ec.pem", EC_KEY)


def test_the_menu_asks_for_each_kind(window: MainWindow) -> None:
    commands = rest_of(window).commands
    commands.dialogs.open(PSK_CAPTURE)
    wait_for(window.registry["add_psk"].isEnabled, "the capture")
    dialog = commands.dialogs.ask_psk()
    dialog.setTextValue(PSK)
    dialog.accept()
    wait_for(lambda: bool(commands.dialogs.files.given), "the key")
    assert window.registry["add_key"].isEnabled()
    data = QMimeData()
    data.setText(f"psk {PSK}")
    commands.clipboard.take(data)
    wait_for(lambda: len(commands.dialogs.files.given.psks) == 2, "the pasted key")
    wait_for(lambda: not commands.dialogs.files.loading.active and not commands.session.work.busy, "the capture")


def test_the_equivalent_command_of_a_capture_names_its_keys(window: MainWindow) -> None:
    rest = rest_of(window)
    files = rest.commands.dialogs.files

    def copied() -> str:
        wait_for(lambda: not files.loading.active and not rest.session.work.busy, "the capture")
        window.registry["copy_command"].trigger()
        return QGuiApplication.clipboard().text()

    files.open_paths([RSA_CAPTURE])
    assert copied() == f"tlslab decode {RSA_CAPTURE}"
    files.open_paths([RSA_KEY])
    assert copied() == f"tlslab decode {RSA_CAPTURE} --server-key {RSA_KEY}"
    files.add_psk(PSK)
    assert copied().endswith("--psk IDENTITY:HEX")
    assert PSK not in copied()


def test_the_equivalent_command_of_a_capture_is_one_that_works(
    window: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    rest, capture = rest_of(window), CAPTURES / "o01-tls13-1rtt-alpn.pcapng"
    files = rest.commands.dialogs.files
    files.open_paths([capture, capture.with_suffix(".keys")])
    wait_for(lambda: not files.loading.active and not rest.session.work.busy, "the capture")
    window.registry["copy_command"].trigger()
    program, *arguments = shlex.split(QGuiApplication.clipboard().text())
    assert program == "tlslab"
    assert main(arguments) == 0
    assert "handshake established" in capsys.readouterr().out
