"""More files and pastes made to annoy: text of all kinds, packed files, PEM and DER in numbers, of about `size` bytes."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from tests.hostile.files import certificate_of, extension_of, keylog_line, pem, pem_of_small_certificates, tlv
from tests.wire.building import SMALL_CERTIFICATE


def dump_of_one_line(size: int) -> bytes:
    return b"0000  " + b"05 " * (size // 3)


def dump_of_one_word(size: int) -> bytes:
    return b"0000  " + b"05" * (size // 2)


def dump_of_many_lines(size: int) -> bytes:
    """As xxd prints it, of zeros."""
    row, text = b" ".join([b"0000"] * 8), b"." * 16
    return b"".join(b"%08x: %s  %s\n" % (16 * n, row, text) for n in range(size // 68))


def dumps_between_words(size: int) -> bytes:
    """A line of a dump, and one that is none, again and again."""
    return b"0000  45 00 00 14\nx\n" * (size // 20)


def openssl_line_without_end(size: int) -> bytes:
    return b">>> " + b"a" * size


def openssl_lines_without_end(size: int) -> bytes:
    return (b">>> TLS " + b"aB, " * 250 + b"\n") * (size // 1009)


def openssl_write(size: int) -> bytes:
    """One write in as many lines as it takes."""
    lines = size // 57
    head = b"write to 0x1 [0x2] (%d bytes => %d (0x%x))\n" % (16 * lines, 16 * lines, 16 * lines)
    return head + b"".join(b"%04x - %s\n" % (16 * n, b" ".join([b"16"] * 16)) for n in range(lines))


def curl_lines(size: int) -> bytes:
    return b"=> Send SSL data, 4 bytes (0x4)\n0000: 0e 00 00 00\n" * (size // 51)


def followed_stream(size: int) -> bytes:
    """Both sides in turn, a line each."""
    return b"00000000  16 03 01 00 01 01\n    00000000  16 03 01 00 01 02\n" * (size // 60)


def unended_arrays(size: int) -> bytes:
    return b"char peer0_0[] = { 0x16, " * (size // 25)


def arrays_of_both(size: int) -> bytes:
    return b"char peer0_0[] = { 0x16, 0x03 };\nchar peer1_0[] = { 0x16, 0x03 };\n" * (size // 66)


def comments(size: int) -> bytes:
    return b"/*" * (size // 4) + b"0x16 //" * (size // 14)


def braces(size: int) -> bytes:
    return b"{" * (size // 3) + b"[" * (size // 3) + b"0x16 " * (size // 15)


def empty_braces(size: int) -> bytes:
    return b"{0x16}[]" * (size // 8)


def casts(size: int) -> bytes:
    return b"(byte) (" * (size // 8) + b"0x16"


def decimals(size: int) -> bytes:
    return b"[" + b"22,3,-1," * (size // 8) + b"1]"


def long_number(size: int) -> bytes:
    return b"{ 0x16, 0x" + b"5" * size + b", 3 }"


def minus_signs(size: int) -> bytes:
    return b"1, 2, 3, " + b"-1-" * (size // 3)


def open_quotes(size: int) -> bytes:
    return b'\\x16"\\x03' + b"'\\" * (size // 2)


def one_literal(size: int) -> bytes:
    return b'"' + b"\\x16" * (size // 4) + b'"'


def percent_signs(size: int) -> bytes:
    return b"%41%" * (size // 4)


def json_strings(size: int) -> bytes:
    return b'["' + b'FgMB","' * (size // 7) + b'"]'


def short_runs_of_hex(size: int) -> bytes:
    """Seven bytes, where eight would be a run."""
    return b"05 05 05 05 05 05 05 x " * (size // 23)


def quoted_mail(size: int) -> bytes:
    return b"> " * (size // 2) + b"\n> 05"


def prompts(size: int) -> bytes:
    return b"$ x\n" * (size // 4)


def separators_of_lines(size: int) -> bytes:
    """What Unicode takes for the end of a line, and `splitlines` too."""
    return "05\u2028\u0085".encode() * (size // 7)


def foreign_digits(size: int) -> bytes:
    return "٠٥ ０５ 𝟘𝟝 ".encode() * (size // 24)


def combining_letters(size: int) -> bytes:
    return b"e" + "\u0301".encode() * (size // 2)


def letters_of_two_directions(size: int) -> bytes:
    return "\u202e\u2066 16 03 \u2069".encode() * (size // 16)


def utf16_hex(size: int) -> bytes:
    return b"\xff\xfe" + "05 ".encode("utf-16-le") * (size // 6)


def utf16_halves(size: int) -> bytes:
    return b"\xff\xfe" + b"\x00\xd8" * (size // 2)


def zeros(size: int) -> bytes:
    return bytes(size)


def zeros_in_text(size: int) -> bytes:
    return b"16 03\0" * (size // 6)


def lines_like_keys(size: int) -> bytes:
    """Each looks like a line of a key log until its last letter."""
    return (b"CLIENT_RANDOM " + b"5" * 64 + b" " + b"5" * 96 + b"x\n") * (size // 177)


def key_log_of_one_line(size: int) -> bytes:
    return b"CLIENT_RANDOM " + b"5" * 64 + b" " + b"5" * size


def key_log_of_one_label(size: int) -> bytes:
    return keylog_line(1) + b"CLIENT_" + b"A" * size + b" 00 00\n"


def key_log_of_blanks(size: int) -> bytes:
    return keylog_line(1) + b" " * size + b"\n" + b"\t" * size


def key_log_of_carriage_returns(size: int) -> bytes:
    return keylog_line(1).rstrip() + b"\r" * size + b"x"


def key_log_of_odd_letters(size: int) -> bytes:
    return keylog_line(1) + "\u2028\x85\ufeff\x00".encode() * (size // 9)


def key_log_of_traffic_secrets(size: int) -> bytes:
    """Generations without end."""
    return b"".join(b"SERVER_TRAFFIC_SECRET_%d %064x %064x\n" % (n * n, n, n) for n in range(size // 165))


def pem_of_different_certificates(size: int) -> bytes:
    """Each has a subject and a serial number of its own, so that nothing that is kept of one helps with the next."""
    made = (_named(n) for n in range(size // 330))
    return b"".join(pem("CERTIFICATE", each) for each in made)


def _named(number: int) -> bytes:
    text = tlv(0x0C, b"%d" % number)
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), text)))
    return certificate_of(name=name, serial=tlv(2, b"\1" + number.to_bytes(4, "big")))


def pem_of_small_blocks(size: int) -> bytes:
    """DER of no kind that is known."""
    one = pem("NONE", tlv(0x30, b"\5\0"))
    return one * (size // len(one))


def pem_of_requests(size: int) -> bytes:
    return pem("CERTIFICATE REQUEST", tlv(0x30, SMALL_CERTIFICATE[4:])) * (size // 320)


def pem_of_a_long_label(size: int) -> bytes:
    return b"-----BEGIN " + b"A" * size + b"-----\nAAAA\n-----END A-----\n"


def pem_of_long_ends(size: int) -> bytes:
    return b"-----BEGIN A-----\n" + b"-----END " * (size // 9)


def pem_of_blanks(size: int) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + b" \n" * (size // 2) + b"!-----END CERTIFICATE-----\n"


def pem_of_headers_without_names(size: int) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + b"a" * (size // 2) + b": " + b"b" * (size // 2) + b"\n"


def gzip_of_empty_members(size: int) -> bytes:
    one = gzip.compress(b"", mtime=0)
    return one * (size // len(one))


def gzip_of_zlib_of_gzip(size: int) -> bytes:
    """What is packed again and again, in two ways, and begins with a real thing in the end."""
    made = pem("CERTIFICATE", SMALL_CERTIFICATE) * (size // 200)
    for n in range(60):
        made = zlib.compress(made, 0) if n % 2 else gzip.compress(made, 0)
    return made


def gzip_of_certificates(size: int) -> bytes:
    """A small file with much in it that has to be read."""
    return gzip.compress(pem_of_small_certificates(size * 20))


def cut_gzip(size: int) -> bytes:
    return gzip.compress(b"x" * size, 0)[:-9]


def attributes_of_many_kinds(size: int) -> bytes:
    """A name of as many attributes as go in, each with an identifier of its own."""
    parts = (
        tlv(0x31, tlv(0x30, tlv(6, b"\x55\4" + bytes((1 + n % 100,))), tlv(0x0C, b"%d" % n))) for n in range(size // 44)
    )
    return certificate_of(name=tlv(0x30, b"".join(parts)))


def points(size: int) -> bytes:
    """CRL distribution points, each a list of names of its own."""
    one = tlv(0x30, tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://a"))))
    return certificate_of(extension_of("0603551d1f", tlv(0x30, one * (size // len(one)))))


def nested_names(size: int) -> bytes:
    """Names in names: a directoryName may hold no other, but a reader may think so."""
    made = b"\x82\1a"
    while len(made) < min(size, 60_000):
        made = tlv(0xA4, made)
    return certificate_of(*[extension_of("0603551d11", tlv(0x30, made))] * max(size // 60_000, 1))


def indefinite_siblings(size: int) -> bytes:
    """Elements of indefinite length side by side, in one of indefinite length, and so on for some levels."""
    return b"\x30\x80" * 20 + b"\x30\x80\0\0" * (size // 4) + b"\0\0" * 20


def different_octets(size: int) -> bytes:
    """A tag of many octets, whose number goes on and on."""
    return tlv(0x30, b"\x3f" + b"\xff" * size + b"\x7f\0")


def key_bags(size: int) -> bytes:
    """PKCS #12: safes without end."""
    data = tlv(0x30, bytes.fromhex("06092a864886f70d010701"), tlv(0xA0, tlv(4, tlv(0x30, b""))))
    inside = tlv(0x30, data * (size // len(data)))
    outer = tlv(0x30, bytes.fromhex("06092a864886f70d010701"), tlv(0xA0, tlv(4, inside)))
    return tlv(0x30, b"\2\1\3", outer)


def responses(size: int) -> bytes:
    """OCSP: answers about as many certificates as go in."""
    sha1 = tlv(0x30, bytes.fromhex("06052b0e03021a"), b"\5\0")
    one = tlv(
        0x30, tlv(0x30, sha1, tlv(4, bytes(20)), tlv(4, bytes(20)), b"\2\1\1"), b"\x80\0", tlv(0x18, b"20260101000000Z")
    )
    inside = tlv(0x30, tlv(0xA2, tlv(4, bytes(20))), tlv(0x18, b"20260101000000Z"), tlv(0x30, one * (size // len(one))))
    basic = tlv(0x30, inside, tlv(0x30, bytes.fromhex("06032b6570")), tlv(3, b"\0" + bytes(64)))
    body = tlv(0x30, bytes.fromhex("06092b0601050507300101"), tlv(4, basic))
    return tlv(0x30, b"\x0a\1\0", tlv(0xA0, body))


SHAPES: Final = {
    each.__name__: each
    for each in (
        dump_of_one_line,
        dump_of_one_word,
        dump_of_many_lines,
        dumps_between_words,
        openssl_line_without_end,
        openssl_lines_without_end,
        openssl_write,
        curl_lines,
        followed_stream,
        unended_arrays,
        arrays_of_both,
        comments,
        braces,
        empty_braces,
        casts,
        decimals,
        long_number,
        minus_signs,
        open_quotes,
        one_literal,
        percent_signs,
        json_strings,
        short_runs_of_hex,
        quoted_mail,
        prompts,
        separators_of_lines,
        foreign_digits,
        combining_letters,
        letters_of_two_directions,
        utf16_hex,
        utf16_halves,
        zeros,
        zeros_in_text,
        lines_like_keys,
        key_log_of_one_line,
        key_log_of_one_label,
        key_log_of_blanks,
        key_log_of_carriage_returns,
        key_log_of_odd_letters,
        key_log_of_traffic_secrets,
        pem_of_different_certificates,
        pem_of_small_blocks,
        pem_of_requests,
        pem_of_a_long_label,
        pem_of_long_ends,
        pem_of_blanks,
        pem_of_headers_without_names,
        gzip_of_empty_members,
        gzip_of_zlib_of_gzip,
        gzip_of_certificates,
        cut_gzip,
        attributes_of_many_kinds,
        points,
        nested_names,
        indefinite_siblings,
        different_octets,
        key_bags,
        responses,
    )
}
"""Every shape of this module by its name."""
