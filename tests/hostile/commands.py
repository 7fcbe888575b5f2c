"""Files made to annoy the commands beside `decode`: chains, templates of profiles, cases of x509-limbo, keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP521R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.hostile.files import certificate_of, extension_of, pem, tlv
from tests.wire.building import SMALL_CERTIFICATE

CA: Final = extension_of("0603551d13", tlv(0x30, b"\1\1\xff"))
COMMON_NAME: Final = bytes.fromhex("0603550403")


def _name(text: str) -> bytes:
    return tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0C, text.encode()))))


def _key(number: int) -> bytes:
    return tlv(0x30, tlv(0x30, bytes.fromhex("06032b6570")), tlv(3, b"\0" + number.to_bytes(32, "big")))


def _chain(size: int, made: Iterator[bytes]) -> bytes:
    parts: list[bytes] = []
    total = 0
    for der in made:
        parts.append(pem("CERTIFICATE", der))
        total += len(parts[-1])
        if total > size:
            break
    return b"".join(parts)


def authorities_of_one_name(size: int) -> bytes:
    """Each could have issued each, itself included."""
    return _chain(
        size, (certificate_of(CA, key=_key(n), serial=tlv(2, b"\1" + n.to_bytes(4, "big"))) for n in range(size))
    )


def authorities_of_ten_names(size: int) -> bytes:
    """Ten levels, in each of which every authority could have issued every one of the next."""

    def made() -> Iterator[bytes]:
        for n in range(size):
            names = [_name(str(level % 10)) for level in (n, n + 1)]
            der = certificate_of(CA, key=_key(n), serial=tlv(2, b"\1" + n.to_bytes(4, "big")))
            # Issuer first, then the subject.
            yield _renamed(der, *names)

    return _chain(size, made())


def _renamed(der: bytes, issuer: bytes, subject: bytes) -> bytes:
    old = tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0C, b"a"))))
    return der.replace(old, issuer, 1).replace(old, subject, 1) if len(issuer) == len(old) == len(subject) else der


def signed_by_large_curves(size: int) -> bytes:
    """The same name and each a key of its own that takes long to verify with, and a signature that has the right form."""
    spki = generate_private_key(SECP521R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ecdsa = tlv(0x30, bytes.fromhex("06082a8648ce3d040304"))
    signature = tlv(3, b"\0" + tlv(0x30, tlv(2, b"\1" + bytes(65)), tlv(2, b"\1" + bytes(65))))
    ed25519 = tlv(0x30, bytes.fromhex("06032b6570"))

    def made() -> Iterator[bytes]:
        for n in range(size):
            der = certificate_of(CA, key=spki, serial=tlv(2, b"\1" + n.to_bytes(4, "big")), signature=signature)
            yield _with_algorithm(der, ed25519, ecdsa)

    return _chain(size, made())


def _with_algorithm(der: bytes, old: bytes, new: bytes) -> bytes:
    """The certificate with another signature algorithm in both places; the lengths around them grow with it."""
    _, _, body = _header(der)
    inner_start = body
    _, inner_length, inner_body = _header(der[inner_start:])
    tbs = der[inner_start + inner_body : inner_start + inner_body + inner_length].replace(old, new, 1)
    rest = der[inner_start + inner_body + inner_length :].replace(old, new, 1)
    return tlv(0x30, tlv(0x30, tbs), rest)


def _header(der: bytes) -> tuple[int, int, int]:
    """Tag, length of the contents, and where they start."""
    if der[1] < 0x80:
        return der[0], der[1], 2
    width = der[1] & 0x7F
    return der[0], int.from_bytes(der[2 : 2 + width], "big"), 2 + width


def rsa_of_16384_bits(size: int) -> bytes:
    """The largest keys that OpenSSL verifies with, the largest exponents, and one name."""
    algorithm = tlv(0x30, bytes.fromhex("06092a864886f70d010101"), b"\5\0")
    signed = tlv(0x30, bytes.fromhex("06092a864886f70d01010b"), b"\5\0")
    ed25519 = tlv(0x30, bytes.fromhex("06032b6570"))

    def made() -> Iterator[bytes]:
        for n in range(size):
            modulus = tlv(2, b"\0\xff" + n.to_bytes(4, "big") + b"\xff" * 2043)
            key = tlv(0x30, algorithm, tlv(3, b"\0" + tlv(0x30, modulus, tlv(2, b"\0" + b"\xff" * 8))))
            yield _with_algorithm(
                certificate_of(CA, key=key, signature=tlv(3, b"\0\x7f" + bytes(2047))), ed25519, signed
            )

    return _chain(size, made())


def constraints_and_names(size: int) -> bytes:
    """A leaf with many names under an authority with many constraints: each with each."""
    count = size // 30
    names = b"".join(tlv(0x82, b"a%d.test" % n) for n in range(count))
    bases = b"".join(tlv(0x30, tlv(0x82, b"b%d.test" % n)) for n in range(count))
    leaf = certificate_of(extension_of("0603551d11", tlv(0x30, names)))
    authority = certificate_of(CA, extension_of("0603551d1e", tlv(0x30, tlv(0xA0, bases))), key=_key(1))
    return pem("CERTIFICATE", leaf) + pem("CERTIFICATE", authority)


def mapped_policies(size: int) -> bytes:
    """Levels in each of which every policy stands for every other (CVE-2023-0464)."""
    count = 60
    oids = [tlv(6, b"\x2a\3" + bytes((1 + n,))) for n in range(count)]
    policies = extension_of("0603551d20", tlv(0x30, *(tlv(0x30, oid) for oid in oids)))
    mappings = tlv(0x30, *(tlv(0x30, one, other) for one in oids for other in oids))
    mapped = extension_of("0603551d21", mappings)

    def made() -> Iterator[bytes]:
        yield certificate_of(policies)
        for n in range(size):
            yield certificate_of(CA, policies, mapped, key=_key(n), serial=tlv(2, b"\1" + n.to_bytes(4, "big")))

    return _chain(size, made())


def one_huge_certificate(size: int) -> bytes:
    return pem("CERTIFICATE", certificate_of(extension_of("06042a030405", bytes(size))))


def nested_toml(size: int) -> bytes:
    return b"a = " + b"[\n" * (size // 2)


def dotted_toml(size: int) -> bytes:
    return b"a" + b".a" * (size // 2) + b" = 1\n"


def large_numbers(size: int) -> bytes:
    return b"[a]\ndays = " + b"9" * size


def tables_of_toml(size: int) -> bytes:
    return b"".join(b"[a%d]\nkind='server'\n" % n for n in range(min(size, 2**18) // 24))


def unknown_members(size: int) -> bytes:
    return b"[server]\n" + b"".join(b"serverx%d=1\n" % n for n in range(min(size, 2**18) // 14))


def nested_json(size: int) -> bytes:
    return b"[" * size


def small_cases(size: int) -> bytes:
    one = pem("CERTIFICATE", SMALL_CERTIFICATE).decode()
    case = {"id": "a", "peer_certificate": one, "trusted_certs": [one], "expected_result": "FAILURE"}
    return json.dumps({"testcases": [case] * (size // 700)}).encode()


def empty_cases(size: int) -> bytes:
    return b'{"testcases": [' + b"{}," * (size // 3) + b"{}]}"


def cases_of_many_roots(size: int) -> bytes:
    one = pem("CERTIFICATE", SMALL_CERTIFICATE).decode()
    case = {"id": "a", "peer_certificate": one, "trusted_certs": [one] * (size // 300), "expected_result": "FAILURE"}
    return json.dumps({"testcases": [case]}).encode()


def strange_times(size: int) -> bytes:
    one = pem("CERTIFICATE", SMALL_CERTIFICATE).decode()
    times = ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "\x00", "1e999")
    cases = [
        {"id": "a" * 50, "peer_certificate": one, "validation_time": times[n % 4], "max_chain_depth": 10**400}
        for n in range(max(size // 900, 4))
    ]
    return json.dumps({"testcases": cases}).encode()


SHAPES: Final = {
    each.__name__: each
    for each in (
        authorities_of_one_name,
        authorities_of_ten_names,
        signed_by_large_curves,
        rsa_of_16384_bits,
        constraints_and_names,
        mapped_policies,
        one_huge_certificate,
        nested_toml,
        dotted_toml,
        large_numbers,
        tables_of_toml,
        unknown_members,
        nested_json,
        small_cases,
        empty_cases,
        cases_of_many_roots,
        strange_times,
    )
}
"""Every shape of this module by its name."""
