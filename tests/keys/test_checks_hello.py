"""Checks of hellos: binders against RFC 8448, the sentinel and renegotiation_info against their RFCs' words."""

from __future__ import annotations

import hashlib

import pytest

from tlslab.keys import schedule13
from tlslab.keys.checks_hello import check_binder, check_downgrade, check_message_hash, check_renegotiation_info

PSK = bytes.fromhex("4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3")
"""RFC 8448 section 4: "resumption PRK" of the ticket, expanded."""
BINDER_HASH = bytes.fromhex("63224b2e4573f2d3454ca84b9d009a04f6be9e05711a8396473aefa01e924a14")
BINDER = bytes.fromhex("3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d")
TLS11, TLS12, TLS13 = 0x0302, 0x0303, 0x0304
TO_TLS12, TO_TLS11 = b"DOWNGRD\x01", b"DOWNGRD\x00"


def test_binder_key_and_value_are_those_of_rfc8448() -> None:
    early = schedule13.early_secret("sha256", PSK)
    binder_key = schedule13.derive_secret(early, "res binder", schedule13.empty_hash("sha256"), "sha256")
    assert early.hex() == "9b2188e9b2fc6d64d71dc329900e20bb41915000f678aa839cbb797cb7d8332c"
    assert binder_key.hex() == "69fe131a3bbad5d63c64eebcc30e395b9d8107726a13d074e389dbc8a4e47256"
    assert schedule13.finished_verify_data(binder_key, BINDER_HASH, "sha256") == BINDER


@pytest.mark.parametrize("label", ["res binder", "ext binder"])
@pytest.mark.parametrize("hash_name", ["sha256", "sha384"])
def test_a_binder_holds_for_its_key_and_hello_alone(label: str, hash_name: str) -> None:
    psk, hello = b"k" * 32, b"a hello up to its binders"
    early = schedule13.early_secret(hash_name, psk)
    key = schedule13.derive_secret(early, label, schedule13.empty_hash(hash_name), hash_name)
    binder = schedule13.finished_verify_data(key, hashlib.new(hash_name, hello).digest(), hash_name)
    check = check_binder(0, psk, hello, binder, hash_name)
    assert check.ok
    assert label in check.detail
    assert check.expected == check.found == binder
    assert {each.name: each.value for each in check.inputs}["binder_key"] == key
    for other in (
        check_binder(0, psk[:-1] + b"!", hello, binder, hash_name),
        check_binder(0, psk, hello + b".", binder, hash_name),
        check_binder(0, psk, hello, binder[:-1], hash_name),
    ):
        assert not other.ok
        assert other.expected != other.found


@pytest.mark.parametrize(
    ("offered", "negotiated", "end", "ok"),
    [
        (TLS13, TLS12, TO_TLS12, False),
        (TLS13, TLS12, bytes(8), True),
        (TLS12, TLS12, TO_TLS12, True),
        (TLS12, TLS11, TO_TLS11, False),
        (TLS13, TLS11, TO_TLS11, False),
        (TLS11, TLS11, TO_TLS11, True),
        (TLS12, TLS11, bytes(8), True),
    ],
)
def test_a_sentinel_counts_where_the_client_offers_more(offered: int, negotiated: int, end: bytes, ok: bool) -> None:
    check = check_downgrade(offered, negotiated, bytes(24) + end)
    assert check.ok == ok, check.detail
    assert check.found == end
    assert check.rule == "RFC 8446 §4.1.3"


def test_renegotiation_info_repeats_the_finished_before() -> None:
    client, server = b"c" * 12, b"s" * 12
    assert check_renegotiation_info("client", client, client, server).ok
    assert check_renegotiation_info("server", client + server, client, server).ok
    assert check_renegotiation_info("server", b"", b"", b"").ok
    for sender, said in (("client", b""), ("client", server), ("server", client), ("server", server + client)):
        check = check_renegotiation_info(sender, said, client, server)
        assert not check.ok
        assert "it should be" in check.detail


def test_message_hash_stands_for_the_first_hello_only_where_finished_matches_over_it() -> None:
    hello = b"\x01\x00\x00\x02hi"
    synthetic = b"\xfe\x00\x00\x20" + hashlib.sha256(hello).digest()
    check = check_message_hash(hello, synthetic, "sha256", held=True)
    assert (check.ok, check.expected, check.found) == (True, synthetic, synthetic)
    assert not check_message_hash(hello, synthetic, "sha256", held=False).ok
    assert not check_message_hash(hello + b"!", synthetic, "sha256", held=True).ok
