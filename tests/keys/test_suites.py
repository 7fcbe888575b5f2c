"""Cipher suites: what is derived from the name, against the openssl program's own table."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

from tlslab.keys.suites import CipherSuite, cipher_suite
from tlslab.reference.registries import registry

KEY_EXCHANGES = {"ECDHE": "ECDH", "DHE": "DH", "DHE_PSK": "DHEPSK", "ECDHE_PSK": "ECDHEPSK", "RSA_PSK": "RSAPSK"}
"""What `openssl ciphers` calls a key exchange, where it is not the RFC's word."""
MACS = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha384": "SHA384", None: "AEAD"}
LINE = re.compile(
    r"\s*0x(..),0x(..) - (?P<name>\S+) +- \S+ +\S+ +Kx=(?P<kx>\S+) +Au=(?P<au>\S+) +Enc=(?P<enc>\S+) +Mac=(?P<mac>\S+)"
)


def suite(number: int) -> CipherSuite:
    found = cipher_suite(number)
    assert found is not None
    return found


def test_derived_facts_are_those_of_openssl(oracle: Callable[[str], str]) -> None:
    command = [oracle("openssl"), "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) > 100
    for line in lines:
        match = LINE.match(line)
        assert match is not None, line
        assert_same(suite(int(match[1] + match[2], 16)), match)


def assert_same(found: CipherSuite, match: re.Match[str]) -> None:
    assert found.name == match["name"]
    assert MACS[found.mac_name] == match["mac"], found
    bits = re.search(r"\((\d+)\)", match["enc"])
    # openssl counts the 112 bits of strength or the 168 bits of key, not the 192 that are in the key block.
    assert bits is None or found.key_length * 8 == int(bits[1]) or found.cipher.startswith("3DES"), found
    assert (found.tag_length == 8) == ("CCM8" in match["enc"])
    if found.version == "TLS 1.2" and found.key_exchange != "SRP_SHA":
        assert KEY_EXCHANGES.get(found.key_exchange, found.key_exchange) in {match["kx"], match["kx"] + "E"}
        authentication = "None" if found.authentication == "anon" else found.authentication
        assert authentication == match["au"] or found.key_exchange == "RSA_PSK", found


@pytest.mark.parametrize(
    ("number", "lengths", "hash_name"),
    (
        (0x1301, (16, 12, 0, 16, 0), "sha256"),
        (0x1302, (32, 12, 0, 16, 0), "sha384"),
        (0x1305, (16, 12, 0, 8, 0), "sha256"),
        (0xC02F, (16, 4, 8, 16, 0), "sha256"),
        (0xC030, (32, 4, 8, 16, 0), "sha384"),
        (0xCCA8, (32, 12, 0, 16, 0), "sha256"),
        (0xC0AE, (16, 4, 8, 8, 0), "sha256"),
        (0xC013, (16, 0, 16, 0, 20), "sha256"),
        (0xC028, (32, 0, 16, 0, 48), "sha384"),
        (0x000A, (24, 0, 8, 0, 20), "sha256"),
        (0x003B, (0, 0, 0, 0, 32), "sha256"),
        (0xC0B4, (32, 32, 0, 32, 0), "sha256"),
        (0xC0B5, (48, 48, 0, 48, 0), "sha384"),
        (0x00C6, (16, 12, 0, 16, 0), "sm3"),
    ),
)
def test_lengths_are_those_of_the_rfcs(number: int, lengths: tuple[int, ...], hash_name: str) -> None:
    found = suite(number)
    fixed = (found.key_length, found.fixed_iv_length, found.record_iv_length, found.tag_length, found.mac_length)
    assert fixed == lengths
    assert found.hash_name == hash_name


def test_key_exchange_and_authentication_are_told_apart() -> None:
    told = {suite(number).name: (suite(number).key_exchange, suite(number).authentication) for number in range(0xC100)
            if cipher_suite(number)}  # fmt: skip
    assert told["TLS_RSA_WITH_AES_128_CBC_SHA"] == ("RSA", "RSA")
    assert told["TLS_DHE_DSS_WITH_AES_128_CBC_SHA"] == ("DHE", "DSS")
    assert told["TLS_DH_anon_WITH_AES_128_CBC_SHA"] == ("DH", "anon")
    assert told["TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA"] == ("ECDHE_PSK", "PSK")
    assert told["TLS_PSK_DHE_WITH_AES_128_CCM_8"] == ("DHE_PSK", "PSK")
    assert told["TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA"] == ("SRP_SHA", "RSA")
    assert told["TLS_AES_128_GCM_SHA256"] == ("", "")


@pytest.mark.parametrize("number", (0x0000, 0x0003, 0x00FF, 0x5600, 0x0A0A, 0xCC13, 0xE011, 0xFFFF))
def test_what_is_no_suite_of_tls12_or_13_is_none(number: int) -> None:
    assert cipher_suite(number) is None


def test_every_registered_number_is_answered() -> None:
    for number, name in registry("cipher_suites").items():
        found = cipher_suite(number)
        assert found is None or (found.number, found.name) == (number, name)
