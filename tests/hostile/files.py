"""Files and pastes made to annoy: DER, PEM, key logs, hex and base64, of about `size` bytes."""

from __future__ import annotations

import base64
import gzip
import zlib
from typing import Final

from tests.hostile.handshakes import in_certificate
from tests.wire.building import SMALL_CERTIFICATE


def tlv(tag: int, *elements: bytes) -> bytes:
    contents = b"".join(elements)
    size = len(contents)
    if size < 128:
        return bytes((tag, size)) + contents
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width, "big") + contents


ED25519: Final = tlv(0x30, bytes.fromhex("06032b6570"))
VALIDITY: Final = tlv(0x30, tlv(0x17, b"260101000000Z"), tlv(0x17, b"360101000000Z"))
KEY: Final = tlv(0x30, ED25519, tlv(3, b"\0" + bytes(32)))
SIGNATURE: Final = tlv(3, b"\0" + bytes(64))
NAME: Final = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, b"a"))))


def certificate_of(
    *extensions: bytes, name: bytes = NAME, serial: bytes = b"\2\1\1", key: bytes = KEY, signature: bytes = SIGNATURE
) -> bytes:
    """A certificate with these extensions, in which everything else is small."""
    others = tlv(0xA3, tlv(0x30, *extensions)) if extensions else b""
    made = tlv(0x30, b"\xa0\3\2\1\2", serial, ED25519, name, VALIDITY, name, key, others)
    return tlv(0x30, made, ED25519, signature)


def extension_of(oid: str, value: bytes) -> bytes:
    return tlv(0x30, bytes.fromhex(oid), tlv(4, value))


def alternative_names(size: int) -> bytes:
    return certificate_of(extension_of("0603551d11", tlv(0x30, tlv(0x82, b"a") * (size // 3))))


def addresses(size: int) -> bytes:
    return certificate_of(extension_of("0603551d11", tlv(0x30, tlv(0x87, bytes(16)) * (size // 18))))


def directory_names(size: int) -> bytes:
    return certificate_of(extension_of("0603551d11", tlv(0x30, tlv(0xA4, NAME) * (size // 16))))


def constraints(size: int) -> bytes:
    return certificate_of(extension_of("0603551d1e", tlv(0x30, tlv(0xA0, tlv(0x30, tlv(0x82, b"a")) * (size // 5)))))


def policies(size: int) -> bytes:
    return certificate_of(extension_of("0603551d20", tlv(0x30, tlv(0x30, b"\6\1\x2a") * (size // 5))))


def timestamps(size: int) -> bytes:
    """Signed certificate timestamps."""
    one = b"\0" + bytes(32) + bytes(8) + bytes(2) + b"\4\3" + b"\0\0"
    listed = (len(one).to_bytes(2, "big") + one) * (65000 // (len(one) + 2))
    value = tlv(4, len(listed).to_bytes(2, "big") + listed)
    return certificate_of(*[extension_of("060a2b06010401d679020402", value)] * max(size // 65000, 1))


def extensions(size: int) -> bytes:
    """The same extension again and again, which is wrong each time."""
    return certificate_of(*[extension_of("0603551d11", b"\x30\0")] * (size // 11))


def unknown_extensions(size: int) -> bytes:
    return certificate_of(*(extension_of(f"06042a{0x81 + n % 100:02x}{n % 128:02x}05", b"") for n in range(size // 10)))


def relative_names(size: int) -> bytes:
    one = tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, b"a")))
    return certificate_of(name=tlv(0x30, one * (size // len(one) // 2)))


def attributes_of_one_name(size: int) -> bytes:
    one = tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, b"a"))
    return certificate_of(name=tlv(0x30, tlv(0x31, one * (size // len(one) // 2))))


def long_name(size: int) -> bytes:
    return certificate_of(
        name=tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, b"\xc3\xa4" * (size // 4)))))
    )


def huge_serial(size: int) -> bytes:
    return certificate_of(serial=tlv(2, b"\x7f" * size))


def huge_modulus(size: int) -> bytes:
    rsa = tlv(0x30, bytes.fromhex("06092a864886f70d010101"), b"\5\0")
    key = tlv(0x30, rsa, tlv(3, b"\0" + tlv(0x30, tlv(2, b"\x7f" * (size // 2)), tlv(2, b"\x7f" * (size // 2)))))
    return certificate_of(key=key)


def huge_signature(size: int) -> bytes:
    return certificate_of(signature=tlv(3, bytes(size)))


def long_oid(size: int) -> bytes:
    """One arc of a million bytes."""
    return certificate_of(tlv(0x30, tlv(6, b"\x2a" + b"\xff" * size + b"\x7f"), tlv(4, b"")))


def oid_of_many_arcs(size: int) -> bytes:
    return certificate_of(tlv(0x30, tlv(6, b"\x2a" + b"\1" * size), tlv(4, b"")))


def nested(size: int) -> bytes:
    """As deep as it goes, in lengths of four bytes."""
    levels = size // 6
    head = bytearray()
    for level in range(levels):
        head += b"\x30\x84" + (6 * (levels - level - 1)).to_bytes(4, "big")
    return certificate_of(extension_of("06042a030405", bytes(head)))


def nested_without_lengths(size: int) -> bytes:
    return b"\x30\x80" * (size // 4) + b"\0\0" * (size // 4)


def pieces_of_strings(size: int) -> bytes:
    """A string in pieces, as BER allows."""
    return tlv(0x30, b"\x24\x80" + b"\4\1x" * (size // 3) + b"\0\0")


def nulls(size: int) -> bytes:
    return tlv(0x30, b"\5\0" * (size // 2))


def booleans(size: int) -> bytes:
    return tlv(0x30, b"\1\1\1" * (size // 3))


def revocation_list(size: int) -> bytes:
    one = tlv(0x30, tlv(2, b"\1\2\3\4"), tlv(0x17, b"260101000000Z"))
    inside = tlv(0x30, b"\2\1\1", ED25519, NAME, tlv(0x17, b"260101000000Z"), tlv(0x30, one * (size // len(one))))
    return tlv(0x30, inside, ED25519, SIGNATURE)


def revocation_list_with_reasons(size: int) -> bytes:
    reason = tlv(0x30, tlv(0x30, bytes.fromhex("0603551d15"), tlv(4, b"\x0a\1\1")))
    one = tlv(0x30, tlv(2, b"\1\2\3\4"), tlv(0x17, b"260101000000Z"), reason)
    inside = tlv(0x30, b"\2\1\1", ED25519, NAME, tlv(0x17, b"260101000000Z"), tlv(0x30, one * (size // len(one))))
    return tlv(0x30, inside, ED25519, SIGNATURE)


def request(size: int) -> bytes:
    """A certification request with attributes."""
    one = tlv(0x30, bytes.fromhex("06042a030405"), tlv(0x31, b"\5\0"))
    inside = tlv(0x30, b"\2\1\0", NAME, KEY, tlv(0xA0, one * (size // len(one))))
    return tlv(0x30, inside, ED25519, SIGNATURE)


def signed_data(size: int) -> bytes:
    """PKCS #7 with certificates and signers."""
    signer = tlv(0x30, b"\2\1\1", tlv(0x30, NAME, b"\2\1\1"), ED25519, ED25519, tlv(4, bytes(8)))
    certificates = SMALL_CERTIFICATE * (size // 2 // len(SMALL_CERTIFICATE))
    data = tlv(0x30, bytes.fromhex("06092a864886f70d010701"))
    signers = tlv(0x31, signer * (size // 2 // len(signer)))
    inside = tlv(0x30, b"\2\1\1", tlv(0x31, ED25519), data, tlv(0xA0, certificates), signers)
    return tlv(0x30, bytes.fromhex("06092a864886f70d010702"), tlv(0xA0, inside))


def certificates_in_a_row(size: int) -> bytes:
    return SMALL_CERTIFICATE * (size // len(SMALL_CERTIFICATE))


def pem(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


def pem_of_small_certificates(size: int) -> bytes:
    one = pem("CERTIFICATE", SMALL_CERTIFICATE)
    return one * (size // len(one))


def empty_pem(size: int) -> bytes:
    one = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    return one * (size // len(one))


def unended_pem(size: int) -> bytes:
    one = b"-----BEGIN CERTIFICATE-----\n"
    return one * (size // len(one))


def unended_pem_of_many_labels(size: int) -> bytes:
    return b"".join(b"-----BEGIN A%d-----\n" % n for n in range(size // 22))


def pem_with_headers(size: int) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + b"a: b\n" * (size // 5) + b"-----END CERTIFICATE-----\n"


def keylog_line(n: int, label: bytes = b"CLIENT_RANDOM") -> bytes:
    return b"%s %064x %096x\n" % (label, n, n)


def key_log(size: int) -> bytes:
    return b"".join(keylog_line(n) for n in range(size // 176))


def key_log_of_one_connection(size: int) -> bytes:
    return b"".join(keylog_line(1, b"CLIENT_TRAFFIC_SECRET_%d" % n) for n in range(size // 188))


def key_log_of_short_lines(size: int) -> bytes:
    """A line that is good, and a million that are none."""
    return keylog_line(1) + b"x\n" * (size // 2)


def key_log_of_empty_lines(size: int) -> bytes:
    return keylog_line(1) + b"\n" * size


def key_log_of_contradictions(size: int) -> bytes:
    return b"".join(b"CLIENT_RANDOM %064x %096x\n" % (1, n) for n in range(size // 176))


def key_log_of_unknown_labels(size: int) -> bytes:
    return keylog_line(1) + b"".join(b"L%d 00 00\n" % n for n in range(size // 13))


def hex_digits(size: int) -> bytes:
    return b"5" * size


def hex_in_lines(size: int) -> bytes:
    return b"05\n" * (size // 3)


def hex_dump(size: int) -> bytes:
    return b"".join(b"%08x  00 \n" % n for n in range(size // 14))


def hex_dumps_from_zero(size: int) -> bytes:
    """Each line begins a dump of its own."""
    return b"0000  45 00\n" * (size // 12)


def array_of_c(size: int) -> bytes:
    return b"0x5," * (size // 4)


def colons(size: int) -> bytes:
    return b"05:" * (size // 3)


def words(size: int) -> bytes:
    return b"lorem ipsum " * (size // 12)


def bad_words(size: int) -> bytes:
    """What looks like hex, but for a letter here and there."""
    return b"abcdefg deadbeeg 01 " * (size // 20)


def base64_lines(size: int) -> bytes:
    return b"AAAA\n" * (size // 5)


def quotes(size: int) -> bytes:
    return b'"\\x16\\x03" ' * (size // 11)


def backslashes(size: int) -> bytes:
    return b"\\" * size


def dashes(size: int) -> bytes:
    return b"-" * size


def spaces(size: int) -> bytes:
    return b" " * size + b"x"


def openssl_lines(size: int) -> bytes:
    return b">>> TLS 1.3, Handshake [length 0001], ClientHello\n    01\n" * (size // 57)


def openssl_debug_lines(size: int) -> bytes:
    return b"write to 0x1 [0x2] (1 bytes => 1 (0x1))\n0000 - 16   .\n" * (size // 55)


def gzip_bomb(size: int) -> bytes:
    return gzip.compress(bytes(min(size * 1000, 10**9)), 9)


def gzip_of_gzips(size: int) -> bytes:
    made = b"x" * size
    for _ in range(200):
        made = gzip.compress(made, 0)
    return made


def noise(size: int) -> bytes:
    """Nothing at all, differently in each byte."""
    made, seed = bytearray(), 1
    while len(made) < size:
        seed = zlib.crc32(seed.to_bytes(4, "big"))
        made += seed.to_bytes(4, "big")
    return bytes(made)


def extension_blocks(size: int) -> bytes:
    """Extensions that are in no message."""
    return (b"\xfa\xfa\0\0" * (min(size, 65000) // 4)) + b"\0"


CERTIFICATES: Final = (
    alternative_names,
    addresses,
    directory_names,
    constraints,
    policies,
    timestamps,
    extensions,
    unknown_extensions,
    relative_names,
    attributes_of_one_name,
    long_name,
    huge_serial,
    huge_modulus,
    huge_signature,
    long_oid,
    oid_of_many_arcs,
    nested,
)
OTHERS: Final = (
    nested_without_lengths,
    pieces_of_strings,
    nulls,
    booleans,
    revocation_list,
    revocation_list_with_reasons,
    request,
    signed_data,
    certificates_in_a_row,
    pem_of_small_certificates,
    empty_pem,
    unended_pem,
    unended_pem_of_many_labels,
    pem_with_headers,
    key_log,
    key_log_of_one_connection,
    key_log_of_short_lines,
    key_log_of_empty_lines,
    key_log_of_contradictions,
    key_log_of_unknown_labels,
    hex_digits,
    hex_in_lines,
    hex_dump,
    hex_dumps_from_zero,
    array_of_c,
    colons,
    words,
    bad_words,
    base64_lines,
    quotes,
    backslashes,
    dashes,
    spaces,
    openssl_lines,
    openssl_debug_lines,
    gzip_bomb,
    gzip_of_gzips,
    noise,
    extension_blocks,
)
SHAPES: Final = {each.__name__: each for each in (*CERTIFICATES, *OTHERS)}
SENT: Final = {f"sent_{each.__name__}": (lambda size, make=each: in_certificate(make(size))) for each in CERTIFICATES}
"""The same certificates in a handshake, where their signatures are looked at."""
