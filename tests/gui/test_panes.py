"""Certificates, keys, copies and readings: what stands beside the message."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QAbstractItemModel
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of, events_of
from tests.oracles import require_program
from tlslab.gui import copying, theme
from tlslab.gui.inspector_model import readings
from tlslab.gui.paint import width_of
from tlslab.gui.panes.certificate_facts import certificate_facts
from tlslab.gui.panes.certificates import LEFT, NAME_WIDTH, CertificatesPane, shown_certificates
from tlslab.gui.panes.raw_log import RawLogModel
from tlslab.gui.panes.records import RecordModel

Sound = Callable[[QAbstractItemModel], None]

# Certificates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ("mutual-tls13", "mutual-tls12"))
def test_the_certificates_of_both_sides_are_shown(scenario: str) -> None:
    shown = shown_certificates(connection_of(scenario))
    assert [(each.message.sender, each.facts.title) for each in shown if each.depth == 0] == [
        ("server", "demo.lab.test"),
        ("client", "alice@lab.test"),
    ]
    assert all(each.valid and each.facts.issuer == "lab-ca" for each in shown)


def test_a_certificate_says_key_names_and_dates() -> None:
    facts = {fact.name: fact.text for fact in shown_certificates(connection_of())[0].facts.facts}
    assert facts["Subject"].startswith("CN=demo.lab.test")
    assert facts["Key"].startswith("P-256, signed with ")
    assert "demo.lab.test" in facts["subjectAltName"]
    assert facts["Valid"].endswith(" days left")


def test_an_expired_certificate_says_so() -> None:
    der = shown_certificates(connection_of())[0].field.bytes
    later = certificate_facts(der, datetime.now(UTC) + timedelta(days=400))
    assert [fact.text[:7] for fact in later.facts if not fact.ok] == ["expired"]
    before = certificate_facts(der, datetime.now(UTC) - timedelta(days=400))
    assert [fact.text[:7] for fact in before.facts if not fact.ok] == ["not yet"]


def test_facts_that_are_too_long_go_on_in_the_next_line(qtbot: QtBot, dressed: object) -> None:
    pane = CertificatesPane()
    qtbot.addWidget(pane)
    pane.set_connection(connection_of())
    pane.show()
    pane.resize(600, 300)
    low = pane.rows.height()
    pane.resize(300, 300)
    qtbot.waitUntil(lambda: pane.rows.height() > low)
    room = 300 - 2 * LEFT - NAME_WIDTH
    lines = pane.rows.fact_lines()
    assert all(width_of(text, theme.sans(12)) <= room for _, text, _ in lines)
    said = "".join(text for _, text, _ in lines).replace(" ", "")
    assert said == "".join(fact.text for fact in pane.rows.shown[0].facts.facts).replace(" ", "")


@pytest.mark.parametrize("cut", (0, 1, 40, 200))
def test_bytes_that_are_no_certificate_give_one_row_that_says_so(cut: int) -> None:
    der = shown_certificates(connection_of())[0].field.bytes
    assert [fact.ok for fact in certificate_facts(der[:cut]).facts] == [False]


def test_the_pane_shows_the_der_tree_of_the_chosen_certificate(qtbot: QtBot, dressed: object) -> None:
    pane = CertificatesPane()
    qtbot.addWidget(pane)
    pane.set_connection(connection_of())
    assert pane.chosen is not None
    assert pane.tree.fields.root is pane.chosen.field
    pane.rows.choose(1)
    assert pane.chosen.facts.title == "alice@lab.test"
    assert pane.tree.fields.root is pane.chosen.field
    assert "alice@lab.test" in pane.rows.accessibleDescription()
    pane.set_connection(None)
    assert pane.chosen is None


def test_the_other_tables_are_sound(sound: Sound, dressed: object) -> None:
    records = RecordModel()
    records.set_connection(connection_of())
    sound(records)
    raw = RawLogModel()
    raw.set_events(events_of("mutual-tls13"), 0)
    sound(raw)


# Copies ------------------------------------------------------------------------------------------------

DATA = bytes(range(7, 60))


def test_a_python_copy_evaluates_to_the_bytes() -> None:
    names: dict[str, bytes] = {}
    exec(copying.as_python(DATA, "random"), {}, names)  # noqa: S102 - our own text
    assert names == {"random": DATA}
    exec(copying.as_python(b"", "[0]"), {}, names)  # noqa: S102 - our own text
    assert names["_0"] == b""


def test_a_c_copy_compiles_to_the_bytes(tmp_path: object) -> None:
    text = copying.as_c(DATA, "random")
    numbers = bytes(
        int(word, 16)
        for word in text[text.index("{") + 1 : text.index("}")].replace("\n", " ").replace(",", " ").split()
    )
    assert numbers == DATA
    assert text.startswith(f"static const unsigned char random[{len(DATA)}] = {{")


def test_a_rust_copy_names_its_length() -> None:
    assert copying.as_rust(DATA, "random").startswith(f"const RANDOM: [u8; {len(DATA)}] = [")


def test_a_dump_reads_back_in_xxd_shape() -> None:
    lines = copying.as_dump(DATA, first=0x10).splitlines()
    assert lines[0] == "00000010  07 08 09 0a 0b 0c 0d 0e  0f 10 11 12 13 14 15 16  |................|"
    assert b"".join(bytes.fromhex(line[10:58]) for line in lines) == DATA


def test_a_certificate_copied_as_pem_is_one_for_openssl() -> None:
    der = shown_certificates(connection_of())[0].field.bytes
    pem = copying.as_pem(der)
    assert ssl.PEM_cert_to_DER_cert(pem) == der
    done = subprocess.run(
        [require_program("openssl"), "x509", "-noout", "-subject"],
        input=pem,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "demo.lab.test" in done.stdout


def test_every_kind_of_copy_has_a_title() -> None:
    assert set(copying.TITLES) == {*copying.BYTES, "json"}


# Readings ------------------------------------------------------------------------------------------------


def test_numbers_are_read_from_the_first_bytes_in_both_orders() -> None:
    big = {reading.name: reading.text for reading in readings(b"demo.lab.test")}
    assert big == {
        "uint8": "100",
        "uint16 be": "25 701",
        "uint32 be": "1 684 368 751",
        "bytes": "13",
        "ASCII": "demo.lab.test",
        "binary": "0110 0100",
    }
    assert {reading.name: reading.text for reading in readings(b"\x01\x00", "little")}["uint16 le"] == "1"


def test_code_points_of_tls_are_named() -> None:
    assert ("group", "x25519") in {(reading.name, reading.text) for reading in readings(b"\x00\x1d")}
    assert ("alert", "unknown_ca") in {(reading.name, reading.text) for reading in readings(b"\x30")}
    assert ("suite", "TLS_AES_256_GCM_SHA384") in {(reading.name, reading.text) for reading in readings(b"\x13\x02")}


def test_four_bytes_that_can_be_a_date_are_read_as_one() -> None:
    moment = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    assert "2026-03-01 00:00:00 UTC" in {reading.text for reading in readings(moment.to_bytes(4, "big"))}
    assert readings(b"") == []
