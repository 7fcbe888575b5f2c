"""SSL 3.0: the schedule against handshakes of programs that still spoke it."""

from __future__ import annotations

import hashlib

from tlslab.keys import schedule_ssl3
from tlslab.keys.suites import cipher_suite_in


def test_expansion_is_rounds_of_letters() -> None:
    """RFC 6101 section 6.1, written out as it stands there."""
    secret, seed = b"p" * 48, b"s" * 64

    def sha(data: bytes) -> bytes:
        return hashlib.sha1(data).digest()

    rounds = [hashlib.md5(secret + sha(letters + secret + seed)).digest() for letters in (b"A", b"BB", b"CCC")]
    assert schedule_ssl3.master_secret(secret, seed[:32], seed[32:]) == b"".join(rounds)


def test_key_block_is_cut_in_the_order_of_the_rfc() -> None:
    suite = cipher_suite_in(0x000A, "SSL 3.0")
    assert suite is not None
    whole = schedule_ssl3.expand(b"m" * 48, b"s" * 32 + b"c" * 32, 104)
    block = schedule_ssl3.key_block(suite, b"m" * 48, b"c" * 32, b"s" * 32)
    assert block.client_mac_key + block.server_mac_key == whole[:40]
    assert block.client_key + block.server_key == whole[40:88]
    assert block.client_iv + block.server_iv == whole[88:104]
