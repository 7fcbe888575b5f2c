"""TLS made to annoy: shapes of about `size` bytes, each as the records of one connection in a capture."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from tests.hostile.traffic import conversation, datagrams, dtls, records, said
from tests.wire.building import certificate, extension, handshake, u16, vector

RANDOM: Final = bytes(range(32))
PAGE: Final = 2**14
"""Bytes of content that a record can have."""


def hello(*extensions: bytes, suites: bytes = u16(0x1301, 0xC02F)) -> bytes:
    body = u16(0x0303) + RANDOM + vector(1) + vector(2, suites) + vector(1, b"\0")
    return handshake(1, body + vector(2, *extensions))


VERSIONS13: Final = extension(43, b"\x02\x03\x04")
HELLO12, HELLO13 = hello(), hello(VERSIONS13)


def server(version: int, suite: int = 0xC02F, *extensions: bytes) -> bytes:
    answers = (extension(43, u16(0x0304)), *extensions) if version == 0x0304 else extensions
    suite = 0x1301 if version == 0x0304 else suite
    return handshake(2, u16(0x0303) + RANDOM + vector(1) + u16(suite) + b"\0" + vector(2, *answers))


def filled(size: int, item: bytes) -> bytes:
    return item * (size // len(item))


def numbered(size: int, make: Callable[[int], bytes]) -> Iterator[bytes]:
    """Items that differ, until they are so many bytes."""
    made = at = 0
    while made < size:
        item = make(at)
        made, at = made + len(item), at + 1
        yield item


def answered(version: int, *messages: bytes, hello: bytes = HELLO12) -> bytes:
    """A capture in which the server says these handshake messages behind its hello, in records as large as can be."""
    return conversation(("client", records(hello)), ("server", records(server(version), *messages)))


def in_certificate(der: bytes) -> bytes:
    return answered(0x0303, handshake(11, vector(3, vector(3, der))))


def empty_certificates(size: int) -> bytes:
    return answered(0x0303, handshake(11, vector(3, bytes(size // 3 * 3))))


def empty_entries(size: int) -> bytes:
    return answered(0x0304, handshake(11, b"\0" + vector(3, bytes(size // 5 * 5))))


def small_certificates(size: int) -> bytes:
    """Each large enough to be taken for one, and to be verified by the next."""
    one = vector(3, certificate()[11:-2])
    return answered(0x0303, handshake(11, vector(3, filled(size, one))))


def hellos_of_empty_extensions(size: int) -> bytes:
    body = hello(*(u16(65000 + n % 500, 0) for n in range(4000)))
    return conversation(("client", records(*[body] * (size // len(body)))))


def hellos_of_suites(size: int) -> bytes:
    body = hello(suites=u16(*range(0x1000, 0x2F00)))
    return conversation(("client", records(*[body] * (size // len(body)))))


def hellos_of_key_shares(size: int) -> bytes:
    shares = vector(2, *(u16(29) + vector(2, bytes(32)) for _ in range(400)))
    body = hello(VERSIONS13, extension(51, shares))
    return conversation(("client", records(*[body] * (size // len(body)))))


def hellos_of_tickets(size: int) -> bytes:
    """Pre-shared keys by the thousand, each with a binder."""
    names = vector(2, *(vector(2, n.to_bytes(4, "big")) + bytes(4) for n in range(1200)))
    binders = vector(2, *(vector(1, bytes(32)) for _ in range(1200)))
    body = hello(VERSIONS13, extension(41, names + binders))
    return conversation(("client", records(*[body] * (size // len(body)))))


def one_byte_records(size: int) -> bytes:
    """A handshake message in records of one byte."""
    body = handshake(11, vector(3, bytes(size // 6)))
    return conversation(("client", records(HELLO12)), ("server", records(server(0x0303)) + records(body, content=1)))


def small_records(size: int) -> bytes:
    return conversation(("client", records(HELLO12) + filled(size, b"\x17\x03\x03\0\1x")))


def empty_records(size: int) -> bytes:
    return conversation(("client", records(HELLO12) + filled(size, b"\x17\x03\x03\0\0")))


def empty_handshake_records(size: int) -> bytes:
    return conversation(("client", records(HELLO12) + filled(size, b"\x16\x03\x03\0\0")))


def alerts(size: int) -> bytes:
    return conversation(("client", records(HELLO12) + filled(size, b"\x15\x03\x03\0\2\1\x64")))


def strange_alerts(size: int) -> bytes:
    return conversation(("client", records(HELLO12) + filled(size, b"\x15\x03\x03\0\0\x15\x03\x03\0\1\2")))


def change_cipher_specs(size: int) -> bytes:
    return conversation(
        ("client", records(HELLO12)), ("server", records(server(0x0303)) + filled(size, b"\x14\x03\x03\0\1\1"))
    )


def record(kind: int, content: bytes) -> bytes:
    return bytes((kind, 3, 3)) + vector(2, content)


def empty_records_in_packets(size: int) -> bytes:
    """Packets as large as on most networks: each begins inside of a record."""
    return conversation(("client", records(HELLO12) + filled(size, record(23, b""))), most=1460)


def nine_records_a_packet(size: int) -> bytes:
    """Hardly more in a packet than is looked at one by one."""
    return conversation(("client", records(HELLO12) + filled(size // 3, record(23, b""))), most=45)


def records_of_all_types(size: int) -> bytes:
    """One of each in turn."""
    each = record(23, b"x") + record(22, b"") + record(20, b"\1") + record(21, b"\1\0") + record(24, b"")
    return conversation(("client", records(HELLO12) + filled(size, each)))


def different_alerts(size: int) -> bytes:
    """No two of one packet are alike."""
    made = numbered(size, lambda n: record(21, (n * 2654435761 % 2**24).to_bytes(3, "big")))
    return conversation(("client", records(HELLO12) + b"".join(made)))


def different_messages(size: int) -> bytes:
    made = numbered(size, lambda n: handshake(n % 251, (n * 40503 % 2**24).to_bytes(3, "big")[: n % 4]))
    return answered(0x0303, *made)


def hello_requests_in_records(size: int) -> bytes:
    """Each in a record of its own."""
    return conversation(
        ("client", records(HELLO12)),
        ("server", records(server(0x0303)) + filled(size, record(22, handshake(0, b"")))),
    )


def records_of_nine_messages(size: int) -> bytes:
    one = record(22, handshake(99, b"") * 9)
    return conversation(("client", records(HELLO12)), ("server", records(server(0x0303)) + filled(size, one)))


def wrong_versions(size: int) -> bytes:
    """Each record breaks a rule."""
    return conversation(("client", records(HELLO12) + filled(size, b"\x17\x03\x09\0\1x")))


def hello_requests(size: int) -> bytes:
    return answered(0x0303, *[handshake(0, b"")] * (size // 4))


def hellos_again(size: int) -> bytes:
    return conversation(("client", records(*[HELLO12] * (size // len(HELLO12)))))


def answers_again(size: int) -> bytes:
    """ServerHellos, each checked against the hello."""
    one = server(0x0304)
    return conversation(("client", records(HELLO13)), ("server", records(*[one] * (size // len(one)))))


def retries(size: int) -> bytes:
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    body = u16(0x0303) + random + vector(1) + u16(0x1301) + b"\0" + vector(2, extension(43, u16(0x0304)))
    one = handshake(2, body)
    return conversation(("client", records(HELLO13)), ("server", records(*[one] * (size // len(one)))))


def finished_messages(size: int) -> bytes:
    """Each of them is over all messages before it."""
    key_exchange = handshake(16, vector(1, bytes(65)))
    client = records(HELLO12)
    last = records(key_exchange, *[handshake(20, bytes(12))] * (size // 16))
    return conversation(("client", client), ("server", records(server(0x0303), handshake(14, b""))), ("client", last))


def certificate_verifies(size: int) -> bytes:
    """Each of them is over all messages before it, and takes an operation with a public key."""
    one = handshake(15, u16(0x0807) + vector(2, bytes(64)))
    return answered(0x0304, certificate(), *[one] * (size // len(one)), hello=HELLO13)


def key_updates(size: int) -> bytes:
    return answered(0x0304, *[handshake(24, b"\0")] * (size // 5), hello=HELLO13)


def tickets(size: int) -> bytes:
    one = handshake(4, bytes(8) + vector(1) + vector(2, b"ticket") + vector(2))
    return answered(0x0304, *[one] * (size // len(one)), hello=HELLO13)


def unknown_messages(size: int) -> bytes:
    return answered(0x0303, *(handshake(30 + n % 200, b"") for n in range(size // 4)))


def compressed(length: int, packed: bytes) -> bytes:
    return handshake(25, u16(1) + length.to_bytes(3, "big") + vector(3, packed))


def one_zip_bomb(size: int) -> bytes:
    """The most that is unpacked of so many bytes."""
    length = min(16 * size, 2**24 - 1)
    packed = zlib.compress(b"\0" + (length - 4).to_bytes(3, "big") + bytes(length - 4), 9).ljust(size, b"\0")
    return answered(0x0304, compressed(length, packed), hello=HELLO13)


def many_zip_bombs(size: int) -> bytes:
    """Each expands as far as anything may."""
    one = compressed(2**18, zlib.compress(b"\0" + vector(3, bytes(2**18 - 4)), 9))
    return answered(0x0304, *[one] * (size // len(one)), hello=HELLO13)


def renegotiations(size: int) -> bytes:
    """Handshakes in the clear, one after the other, in one connection."""
    flights = (
        ("client", records(HELLO12)),
        ("server", records(server(0x0303), handshake(14, b""))),
        ("client", records(handshake(16, vector(1, bytes(65))), handshake(20, bytes(12)))),
        ("server", records(handshake(20, bytes(12)))),
    )
    length = sum(len(data) for _, data in flights)
    return conversation(*flights * (size // length))


def heartbeats(size: int) -> bytes:
    return conversation(("client", records(HELLO12) + filled(size, b"\x18\x03\x03\0\x13\1\0\0" + bytes(16))))


def many_connections(size: int) -> bytes:
    """One small hello each."""
    one = records(hello(VERSIONS13))
    return said((n, "client", one) for n in range(size // (len(one) + 56)))


def many_connections_with_answers(size: int) -> bytes:
    hello, answer = records(HELLO13), records(server(0x0304)) + b"\x17\x03\x03\0\x20" + bytes(32)
    each = len(hello) + len(answer) + 2 * 56
    return said((n, *one) for n in range(size // each) for one in (("client", hello), ("server", answer)))


def ech_hellos(size: int) -> bytes:
    """Each asks for as many trial decryptions as there are keys."""
    inner = b"\0" + u16(1, 1) + b"\7" + vector(2, b"\x09" + bytes(31)) + vector(2, bytes(40))
    body = hello(VERSIONS13, extension(0xFE0D, inner))
    return conversation(("client", records(*[body] * (size // len(body)))))


def psk_exchanges(size: int) -> bytes:
    """Handshakes with a pre-shared key and data that no key opens: each may be any of the keys that are given."""
    suites = u16(0x00A8)
    flights = (
        ("client", records(hello(suites=suites))),
        ("server", records(server(0x0303, 0x00A8), handshake(14, b""))),
        ("client", records(handshake(16, vector(2, b"name"))) + b"\x14\x03\x03\0\1\1\x16\x03\x03\0\x28" + bytes(40)),
    )
    length = sum(len(data) for _, data in flights) + 3 * 56
    return said((n, *one) for n in range(size // length) for one in flights)


def rsa_exchanges(size: int) -> bytes:
    """Pre-master secrets that no key decrypts."""
    flights = (
        ("client", records(hello(suites=u16(0x002F)))),
        ("server", records(server(0x0303, 0x002F), handshake(14, b""))),
        ("client", records(handshake(16, vector(2, b"\1" * 256))) + b"\x14\x03\x03\0\1\1"),
    )
    length = sum(len(data) for _, data in flights) + 3 * 56
    return said((n, *one) for n in range(size // length) for one in flights)


def dtls_hello() -> bytes:
    body = u16(0xFEFD) + RANDOM + vector(1) + vector(1) + vector(2, u16(0xC02F)) + vector(1, b"\0")
    return dtls(1, body, 0, 0)


def dtls_fragments(size: int, *, one_message: bool = True) -> bytes:
    """Fragments of one byte, in the order that is dearest to sort."""
    count = size // 54
    length = count if one_message else 2
    return datagrams(
        dtls_hello(),
        *(dtls(11, b"\0", 1 if one_message else n % 60000, n if one_message else 0, length) for n in range(count)),
    )


def dtls_fragments_of_many_messages(size: int) -> bytes:
    return dtls_fragments(size, one_message=False)


def dtls_fragments_in_records(size: int) -> bytes:
    """As many in a datagram as go in."""
    count = size // 13
    parts = [
        b"\x0b" + count.to_bytes(3, "big") + u16(1) + n.to_bytes(3, "big") + b"\0\0\1" + b"\0" for n in range(count)
    ]
    return datagrams(dtls_hello(), *(_dtls_record(b"".join(parts[at : at + 1000])) for at in range(0, count, 1000)))


def _dtls_record(content: bytes) -> bytes:
    return b"\x16\xfe\xfd" + bytes(8) + vector(2, content)


def dtls_messages_too_early(size: int) -> bytes:
    return datagrams(dtls_hello(), *(dtls(11, b"", n % 60000 + 2, 0) for n in range(size // 53)))


def dtls_records(size: int) -> bytes:
    """Empty ones, as many in a datagram as go in."""
    one = b"\x17\xfe\xfd" + bytes(10)
    return datagrams(dtls_hello(), *[one * 1000] * (size // 13000))


def cookies_and_tickets(size: int) -> bytes:
    """EncryptedExtensions of one empty extension after the other."""
    body = handshake(8, vector(2, *(u16(n, 0) for n in range(16000))))
    return answered(0x0304, *[body] * max(size // len(body), 1), hello=HELLO13)


def trust_paths(items: Iterable[bytes]) -> bytes:
    """A CertificateRequest of TLS 1.2 with names of authorities."""
    return answered(0x0303, handshake(13, vector(1, b"\1") + vector(2, u16(0x0401)) + vector(2, *items)))


def authorities(size: int) -> bytes:
    return b"" if size <= 0 else trust_paths([vector(2, b"\x30\0")] * (min(size, 65000) // 4))


SHAPES: Final = {
    each.__name__: each
    for each in (
        empty_certificates,
        empty_entries,
        small_certificates,
        hellos_of_empty_extensions,
        hellos_of_suites,
        hellos_of_key_shares,
        hellos_of_tickets,
        one_byte_records,
        small_records,
        empty_records,
        empty_handshake_records,
        alerts,
        strange_alerts,
        change_cipher_specs,
        empty_records_in_packets,
        nine_records_a_packet,
        records_of_all_types,
        different_alerts,
        different_messages,
        hello_requests_in_records,
        records_of_nine_messages,
        wrong_versions,
        hello_requests,
        hellos_again,
        answers_again,
        retries,
        finished_messages,
        certificate_verifies,
        key_updates,
        tickets,
        unknown_messages,
        one_zip_bomb,
        many_zip_bombs,
        renegotiations,
        heartbeats,
        many_connections,
        many_connections_with_answers,
        ech_hellos,
        psk_exchanges,
        rsa_exchanges,
        dtls_fragments,
        dtls_fragments_of_many_messages,
        dtls_fragments_in_records,
        dtls_messages_too_early,
        dtls_records,
        cookies_and_tickets,
    )
}
