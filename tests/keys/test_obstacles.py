"""Every suite of the registry is opened, or there is a clause that says why not."""

from __future__ import annotations

import re

import pytest

from tlslab.keys.obstacles import obstacle
from tlslab.keys.primitives import supports
from tlslab.keys.suites import cipher_suite, cipher_suite_in
from tlslab.reference.registries import registry

SUITES = registry("cipher_suites")
OWN_VERSION = {number: suite.version for number in SUITES if (suite := cipher_suite(number)) is not None}


@pytest.mark.parametrize("number", SUITES)
def test_a_suite_is_opened_or_there_is_a_reason(number: int) -> None:
    version = OWN_VERSION.get(number, "TLS 1.2")
    suite = cipher_suite_in(number, version)
    reason = obstacle(number, version)
    assert (reason is None) == (suite is not None and supports(suite))
    if reason is not None:
        assert reason.startswith(SUITES[number] + " ")
        assert len(reason.split()) > 4


def test_what_is_out_of_reach_is_exactly_this() -> None:
    closed = [SUITES[number] for number in SUITES if obstacle(number, OWN_VERSION.get(number, "TLS 1.2"))]
    families = r"SCSV$|GREASE|NULL_WITH_NULL|_EXPORT|_FIPS_|_ARIA_|GOST|SALSA20|FORTEZZA|draft|^(?!TLS_)\w+_SM\d_"
    assert [name for name in closed if not re.search(families, name)] == []
    assert not re.search("_(AES|CAMELLIA|SEED|IDEA|RC4_128|3DES|DES_CBC|CHACHA20)_", "".join(
        name for name in closed if not re.search("EXPORT|FIPS|draft", name)
    ))  # fmt: skip


def test_a_suite_of_another_version_is_said_to_be_one() -> None:
    assert obstacle(0x1301, "TLS 1.2") == "TLS_AES_128_GCM_SHA256 is no suite of TLS 1.2"
    assert obstacle(0xC02F, "TLS 1.1") == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is no suite of TLS 1.1"
    assert obstacle(0x003C, "SSL 3.0") == "TLS_RSA_WITH_AES_128_CBC_SHA256 is no suite of SSL 3.0"
    assert obstacle(0x000A, "SSL 3.0") is None


def test_an_unknown_number_is_named_in_hex() -> None:
    assert obstacle(0xABCD, "TLS 1.2") == "0xabcd is no cipher suite that this program knows"
