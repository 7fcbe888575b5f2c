"""What holds for the provenance of every recorded connection, of every version and every program."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.trace.captures import CAPTURES
from tlslab.keys.ech import parse_ech_keys
from tlslab.keys.keylog import parse_keylog
from tlslab.keys.primitives import aead
from tlslab.keys.protection import DtlsProtection, Tls12Protection
from tlslab.keys.schedule12 import DirectionKeys
from tlslab.keys.suites import CipherSuite, cipher_suite_in
from tlslab.reference.explanations import explanation, topics_of
from tlslab.reference.registries import registry
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.model import Connection
from tlslab.trace.nonces import DOC, nonces
from tlslab.trace.provenance import records_of
from tlslab.trace.quantity import NOT_KNOWN, Quantity
from tlslab.wire import facts

ALL = sorted(CAPTURES.glob("**/*.pcap*"))
EVERY = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
NUMBERS = {name: number for number, name in registry("cipher_suites").items()}
IN_TLS = {"DTLS 1.0": "TLS 1.1", "DTLS 1.2": "TLS 1.2"}
HEADERS = {True: 13, False: 5}
WITH_HOLES = {"x11-missing-segment", "x14-snap-length"}
"""How many records were sent in a hole is not known, so that those behind it cannot be counted."""


@cache
def connections_of(path: Path) -> list[Connection]:
    log, key = path.with_suffix(".keys"), path.with_suffix(".server-key.pem")
    keylog, _ = parse_keylog(log.read_bytes() if log.exists() else b"")
    private = load_pem_private_key(key.read_bytes(), None) if key.exists() else None
    server_keys = [private] if isinstance(private, RSAPrivateKey) else []
    hidden = path.with_suffix(".ech.pem")
    ech_keys = parse_ech_keys(hidden.read_bytes()) if hidden.exists() else ()
    events = read_capture(BytesIO(path.read_bytes())).events
    return list(analyze(events, keylog, server_keys, ech_keys=ech_keys).connections)


def ladder_of(connection: Connection) -> dict[str, Quantity]:
    return {quantity.id: quantity for quantity in connection.provenance}


@EVERY
def test_each_quantity_stands_behind_those_it_is_made_from_and_is_explained(path: Path) -> None:
    for connection in connections_of(path):
        seen: set[str] = set()
        for quantity in connection.provenance:
            assert set(quantity.made_from) <= seen, quantity.id
            assert quantity.id not in seen
            assert explanation(quantity.doc) is not None, quantity.doc
            assert (quantity.value is None) == (quantity.origin == NOT_KNOWN)
            seen.add(quantity.id)


@EVERY
def test_spans_are_bytes_of_messages_and_inputs_are_what_stands_there(path: Path) -> None:
    for connection in connections_of(path):
        for quantity in connection.provenance:
            found = [connection.messages[span.message - 1].data[span.start : span.end] for span in quantity.spans]
            assert [len(each) for each in found] == [span.end - span.start for span in quantity.spans]
            # What stands in an inner hello stands encrypted in the outer one, as a whole.
            encrypted = any(connection.messages[span.message - 1].inside is not None for span in quantity.spans)
            if quantity.kind == "input" and found and not encrypted:
                # The challenge of an SSLv2 hello becomes a random with zeros in front.
                assert quantity.value == b"".join(found).rjust(len(quantity.value or b""), b"\0")


@EVERY
def test_what_finished_and_binders_must_say_is_what_they_say(path: Path) -> None:
    for connection in connections_of(path):
        for quantity in connection.provenance:
            if quantity.doc in {"KeySchedule.verify_data", "KeySchedule.binder"} and quantity.value is not None:
                (span,) = quantity.spans
                assert connection.messages[span.message - 1].data[span.start : span.end] == quantity.value, quantity.id


@EVERY
def test_each_opened_record_has_one_key_and_opens_with_it_again(path: Path) -> None:
    for connection in connections_of(path):
        if NUMBERS.get(connection.cipher_suite or "") is None or connection.failures or path.stem in WITH_HOLES:
            continue
        ladder = ladder_of(connection)
        protected = [record for record in connection.records if record.protected and record.readable]
        told = [number for each in ladder.values() if is_key(each) for number in each.protects]
        if any(is_key(each) and each.value is not None for each in ladder.values()):
            assert sorted(told) == sorted({record.number for record in protected}), connection.number
        for id_, quantity in ladder.items():
            if is_key(quantity) and quantity.value is not None and quantity.protects:
                open_again(connection, ladder, id_)


@EVERY
def test_each_nonce_opens_the_record_that_it_belongs_to(path: Path) -> None:
    for connection in connections_of(path):
        made = list(nonces(connection))
        if not made:
            continue
        suite, ladder = suite_of(connection), ladder_of(connection)
        for nonce in made:
            assert explanation(nonce.doc) is not None
            record = connection.records[nonce.record - 1]
            keys = [ladder[id_.replace("_iv", "_key")].value for id_ in nonce.made_from]
            if suite.mode == "aead" and nonce.value is not None and keys[0] is not None:
                fragment = record.data[record.header_length + suite.record_iv_length :]
                opened = aead(suite, keys[0]).decrypt(nonce.value, fragment, nonce.additional_data)
                assert record.opened is not None
                assert opened == record.opened.plaintext


def test_each_master_secret_of_a_renegotiated_connection_opens_its_own_records() -> None:
    (connection,) = connections_of(CAPTURES / "recorded" / "o38-tls12-renegotiation.pcapng")
    opened = [set(records_of(connection, secret)) for secret in connection.secrets]
    assert len(opened) == 2
    assert all(opened)
    assert not opened[0] & opened[1]
    protected = {record.number for record in connection.records if record.protected and record.readable}
    assert opened[0] | opened[1] == protected


def is_key(quantity: Quantity) -> bool:
    """Whether it is the key of a cipher."""
    return quantity.doc == "KeySchedule.write_key"


def open_again(connection: Connection, ladder: dict[str, Quantity], key_id: str) -> None:
    """Open the records of a key with nothing but what the ladder says."""
    suite = suite_of(connection)
    parts = {kind: ladder.get(key_id.replace("write_key", f"write_{kind}")) for kind in ("mac_key", "iv")}
    mac_key, iv = (part.value if part is not None and part.value is not None else b"" for part in parts.values())
    key = ladder[key_id]
    records = [connection.records[number - 1] for number in key.protects]
    assert key.value is not None
    datagram = (connection.tls_version or "").startswith("DTLS")
    size = HEADERS[datagram]
    if suite.version == "TLS 1.3":
        opened = [open_by_hand(suite, (key.value, iv), at, record.data) for at, record in enumerate(records)]
    else:
        hello = next(message for message in connection.messages if message.type == "server_hello")
        agreed = facts.server_hello_facts(hello.fields).encrypt_then_mac
        make = DtlsProtection if datagram else Tls12Protection
        protection = make(suite, DirectionKeys(mac_key, key.value, iv), encrypt_then_mac=agreed)
        made = [protection.open(record.data[:size], record.data[size:]) for record in records]
        opened = [each.plaintext if each is not None else b"" for each in made]
    for record, found in zip(records, opened, strict=True):
        assert record.opened is not None
        assert found == record.opened.plaintext, record.number


def open_by_hand(suite: CipherSuite, key_and_iv: tuple[bytes, bytes], number: int, record: bytes) -> bytes:
    """RFC 8446 section 5.2 and 5.3, with the key, the IV and the number of the record under them."""
    key, iv = key_and_iv
    nonce = (int.from_bytes(iv) ^ number).to_bytes(len(iv))
    return aead(suite, key).decrypt(nonce, record[5:], record[:5])


def suite_of(connection: Connection) -> CipherSuite:
    version = connection.tls_version or ""
    found = cipher_suite_in(NUMBERS[connection.cipher_suite or ""], IN_TLS.get(version, version))
    assert found is not None
    return found


def test_every_text_about_the_key_schedule_is_needed() -> None:
    used = {each.doc for path in ALL for connection in connections_of(path) for each in connection.provenance}
    assert set(topics_of("key_schedule")) - used == {DOC}
