"""Facts read off messages: whole ones, damaged ones, and none at all."""

from __future__ import annotations

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import recorded, rfc8448
from tests.wire.test_messages import DHE, ECDHE, SIGNED
from tlslab.wire import facts
from tlslab.wire.field import Context
from tlslab.wire.messages import decode_handshake

TLS12 = Context(0x0303, "server", "ECDHE")


def test_client_hello_of_rfc8448() -> None:
    assert facts.client_hello_facts(decode_handshake(rfc8448()["ClientHello"])) == facts.ClientHelloFacts(
        random=bytes.fromhex("cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7"),
        session_id=b"",
        legacy_version=0x0303,
        supported_versions=(0x0304,),
        cipher_suites=(0x1301, 0x1303, 0x1302),
        server_name="server",
        alpn=(),
        groups=(29, 23, 24, 25, 256, 257, 258, 259, 260),
        key_share_groups=(29,),
        extended_master_secret=False,
        encrypt_then_mac=False,
        session_ticket=b"",
        psk_identities=0,
        early_data=False,
    )


def test_client_hello_with_everything_else() -> None:
    root = decode_handshake(
        b.client_hello(
            b.extension(22, b""),
            b.extension(23, b""),
            b.extension(35, b"ticket"),
            b.extension(16, vector(2, vector(1, b"h2"), vector(1, b"http/1.1"))),
            b.extension(42, b""),
            b.extension(41, vector(2, vector(2, b"identity") + bytes(4)) + vector(2, vector(1, bytes(32)))),
        )
    )
    hello = facts.client_hello_facts(root)
    assert (hello.encrypt_then_mac, hello.extended_master_secret, hello.early_data) == (True, True, True)
    assert (hello.session_ticket, hello.alpn, hello.psk_identities) == (b"ticket", ("h2", "http/1.1"), 1)


def test_server_hello_of_rfc8448() -> None:
    assert facts.server_hello_facts(decode_handshake(rfc8448()["ServerHello"])) == facts.ServerHelloFacts(
        random=bytes.fromhex("a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928"),
        session_id=b"",
        version=0x0304,
        cipher_suite=0x1301,
        group=29,
        is_hello_retry_request=False,
        alpn=None,
        extended_master_secret=False,
        encrypt_then_mac=False,
        selected_identity=None,
    )


def test_server_hello_of_tls12_has_its_answers_in_the_clear() -> None:
    root = decode_handshake(b.server_hello(b.extension(23, b""), b.extension(16, vector(2, vector(1, b"h2")))))
    hello = facts.server_hello_facts(root)
    assert (hello.version, hello.alpn, hello.extended_master_secret, hello.group) == (0x0303, "h2", True, None)


def test_accepted_pre_shared_key_is_told_even_if_it_is_the_first() -> None:
    assert facts.server_hello_facts(decode_handshake(b.server_hello(b.extension(41, u16(0))))).selected_identity == 0


def test_hello_retry_request_tells_the_group_that_it_wants() -> None:
    sample = next(sample for sample in recorded() if sample.type == "hello_retry_request")
    hello = facts.server_hello_facts(decode_handshake(sample.data, sample.context))
    assert (hello.is_hello_retry_request, hello.group, hello.version) == (True, 24, 0x0304)


def test_protocol_of_encrypted_extensions() -> None:
    root = decode_handshake(b.encrypted_extensions(b.extension(16, vector(2, vector(1, b"h2")))))
    assert facts.alpn_of(root) == "h2"
    assert facts.alpn_of(decode_handshake(b.encrypted_extensions())) is None


def test_certificates_of_both_versions() -> None:
    tls12, tls13 = b.handshake(11, vector(3, vector(3, b"\x30\x00"), vector(3, b"\x30\x01\x00"))), b.certificate()
    assert facts.certificate_list(decode_handshake(tls12, TLS12)) == (b"\x30\x00", b"\x30\x01\x00")
    assert facts.certificate_list(decode_handshake(tls13)) == (b.SMALL_CERTIFICATE,)


def test_what_a_certificate_request_accepts_in_both_versions() -> None:
    names = vector(2, vector(2, b"\x30\x00"))
    tls12 = decode_handshake(b.handshake(13, vector(1, b"\x40") + vector(2, u16(0x0403)) + names), TLS12)
    tls13 = decode_handshake(
        b.certificate_request(b.extension(13, vector(2, u16(0x0403))), b.extension(47, names)),
    )
    for root in (tls12, tls13):
        assert facts.signature_schemes(root) == (0x0403,)
        assert [name.bytes for name in facts.certificate_authorities(root)] == [b"\x30\x00"]


def test_server_key_exchange_gives_the_signed_bytes() -> None:
    exchange = facts.server_key_exchange_facts(decode_handshake(b.handshake(12, ECDHE + SIGNED), TLS12))
    assert exchange == facts.ServerKeyExchangeFacts(ECDHE, 29, 0x0804, bytes(256), bytes(32))


def test_finite_field_is_known_by_its_prime() -> None:
    prime = bytes.fromhex("ffffffffffffffffadf85458a2bb4a9a") + bytes(240)
    params = vector(2, prime) + vector(2, b"\x02") + vector(2, bytes(256))
    context = Context(0x0303, "server", "DHE")
    exchange = facts.server_key_exchange_facts(decode_handshake(b.handshake(12, params + SIGNED), context))
    assert (exchange.group, exchange.params) == (0x0100, params)
    assert facts.server_key_exchange_facts(decode_handshake(b.handshake(12, DHE + SIGNED), context)).group is None


def test_certificate_verify_and_encrypted_secret() -> None:
    verify = decode_handshake(b.handshake(15, u16(0x0403) + vector(2, b"signature")))
    assert facts.certificate_verify_facts(verify) == (0x0403, b"signature")
    old = decode_handshake(b.handshake(15, vector(2, b"signature")), Context(0x0301))
    assert facts.certificate_verify_facts(old) == (None, b"signature")
    exchange = decode_handshake(b.handshake(16, vector(2, b"secret")), Context(0x0303, "client", "RSA"))
    assert facts.encrypted_pre_master_secret(exchange) == b"secret"
    assert facts.encrypted_pre_master_secret(verify) == b""


def test_damage_gives_empty_facts() -> None:
    for data in (b"", b"\x01", b"\x01\x00\x00\x00", rfc8448()["ClientHello"][:20]):
        hello = facts.client_hello_facts(decode_handshake(data))
        assert (hello.server_name, hello.cipher_suites, hello.key_share_groups) == (None, (), ())
    for data in (b"\x02", b"\x02\x00\x00\x00", rfc8448()["ServerHello"][:45]):
        assert facts.server_hello_facts(decode_handshake(data)).group is None
    cut = facts.server_hello_facts(decode_handshake(rfc8448()["ServerHello"][:40]))
    assert (cut.cipher_suite, len(cut.random)) == (0, 32)


def test_the_first_of_two_equal_extensions_counts() -> None:
    first, second = b.extension(43, vector(1, u16(0x0304))), b.extension(43, vector(1, u16(0x0303)))
    assert facts.client_hello_facts(decode_handshake(b.client_hello(first, second))).supported_versions == (0x0304,)
