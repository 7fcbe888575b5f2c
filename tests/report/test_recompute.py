"""What `decode --json --secrets --data` tells is enough to compute every proof anew, with nothing else of the lab."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.trace.captures import CAPTURES
from tests.trace.test_provenance_laws import connections_of
from tlslab.keys.keylog import parse_keylog
from tlslab.keys.psk import PreSharedKey
from tlslab.report.json_document import Detail, connection_object
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture

RECORDED = [
    path for path in sorted([*CAPTURES.glob("**/*.pcapng"), *CAPTURES.glob("**/*.pcap")]) if path.parent.name != "older"
]
HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "SHA-1": hashes.SHA1,
    "SHA-256": hashes.SHA256,
    "SHA-384": hashes.SHA384,
    "SHA-512": hashes.SHA512,
}
WITHOUT_VALUES = {("x14-snap-length", "server")}
"""Records behind bytes that are missing: which numbers they have was found by trying."""


@dataclass
class Told:
    """A check as the JSON tells it."""

    connection: Mapping[str, Any]
    check: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.inputs = {each["name"]: bytes.fromhex(each["value"]) for each in self.check["inputs"]}
        self.sources = {each["name"]: each["source"] for each in self.check["inputs"]}
        self.expected = bytes.fromhex(self.check["expected"])
        self.algorithm: str = self.check["algorithm"]

    def messages(self, name: str) -> list[bytes]:
        """The bytes of the messages that an input was made from, as its source names them."""
        source = self.sources[name]
        found = {each["number"]: each for each in self.connection["messages"]}
        hidden, _, rest = source.rpartition("the hello inside ")[2].partition(", messages ")
        inside = numbers_in(hidden) if "inside" in source else []
        parts = [bytes.fromhex(found[number]["inside_data"]) for number in inside]
        numbers = numbers_in(rest if inside else source)
        parts += [bytes.fromhex(found[number]["data"]) for number in numbers]
        if found[numbers[1 - len(inside)]]["type"] == "hello_retry_request":
            digest = hashlib.new(self.hash_name, parts[0]).digest()
            parts[0] = b"\xfe\0\0" + bytes((len(digest),)) + digest
        return parts

    @property
    def hash_name(self) -> str:
        """Of the transcript."""
        suite = self.connection["cipher_suite"]
        return "sha384" if suite.endswith("SHA384") else "sha256"


def numbers_in(text: str) -> list[int]:
    """Those of "messages 1, 2 and 4 to 7"."""
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", text):
        found += range(int(first), int(last or first) + 1)
    return found


def expand(hash_name: str, secret: bytes, seed: bytes, length: int) -> bytes:
    """P_hash of RFC 5246 section 5."""
    made, link = b"", seed
    while len(made) < length:
        link = hmac.digest(secret, link, hash_name)
        made += hmac.digest(secret, link + seed, hash_name)
    return made[:length]


def prf(name: str, secret: bytes, seed: bytes, length: int) -> bytes:
    """That of TLS 1.2, or of TLS 1.0 for "MD5-SHA-1"."""
    if name != "MD5-SHA-1":
        return expand(plain(name), secret, seed, length)
    half = (len(secret) + 1) // 2
    pair = zip(expand("md5", secret[:half], seed, length), expand("sha1", secret[-half:], seed, length), strict=True)
    return bytes(one ^ other for one, other in pair)


def plain(name: str) -> str:
    """As hashlib calls it."""
    return name.replace("-", "").lower()


def digest(name: str, data: bytes) -> bytes:
    """Hash of a transcript."""
    if name == "MD5-SHA-1":
        return hashlib.md5(data).digest() + hashlib.sha1(data).digest()
    return hashlib.new(plain(name), data).digest()


def verify(algorithm: str, key_bytes: bytes, signed: bytes, signature: bytes) -> None:
    """Raises InvalidSignature, or AssertionError."""
    key: Any = load_der_public_key(key_bytes)
    if algorithm.startswith(("Ed", "ML-DSA")):
        key.verify(signature, signed)
    elif "MD5 and SHA-1" in algorithm:
        block: bytes = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
        assert block == digest("MD5-SHA-1", signed)
    else:
        matched = re.search(r"with (SHA-\d+)", algorithm)
        assert matched is not None
        chosen = HASHES[matched[1]]()
        if isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(chosen), chosen.digest_size)
            key.verify(signature, signed, pss if "PSS" in algorithm else padding.PKCS1v15(), chosen)
        else:
            key.verify(signature, signed, ec.ECDSA(chosen))


def certificate(told: Told) -> None:
    signed = told.inputs.get("tbsCertificate") or told.inputs["tbsResponseData"]
    verify(told.algorithm, told.inputs["public key"], signed, told.inputs["signature"])


def server_key_exchange(told: Told) -> None:
    signed = b"".join(told.inputs[name] for name in ("client_random", "server_random", "params"))
    verify(told.algorithm, told.inputs["public key"], signed, told.inputs["signature"])


def certificate_verify(told: Told) -> None:
    key, signature = told.inputs["public key"], told.inputs["signature"]
    if "context" in told.inputs:
        transcript = digest(told.hash_name, b"".join(told.messages("transcript_hash")))
        verify(told.algorithm, key, told.inputs["context"] + transcript, signature)
    else:
        verify(told.algorithm, key, b"".join(told.messages("handshake_messages")), signature)


def finished(told: Told) -> None:
    inputs = told.inputs
    if told.algorithm.startswith("hash("):  # SSL 3.0
        secret, covered = inputs["master_secret"], b"".join(told.messages("handshake_messages")) + inputs["Sender"]
        pads = (("md5", 48), ("sha1", 40))
        inner = [hashlib.new(name, covered + secret + b"\x36" * size).digest() for name, size in pads]
        outer = zip(pads, inner, strict=True)
        made = [hashlib.new(name, secret + b"\x5c" * size + each).digest() for (name, size), each in outer]
        assert b"".join(made) == told.expected
        return
    joined = b"".join(told.messages("transcript_hash"))
    matched = re.fullmatch(r'PRF-(.*)\(master_secret, "(.*)", transcript_hash\)\[0\.\.11\]', told.algorithm)
    if matched is not None:
        seed = matched[2].encode() + digest(matched[1], joined)
        assert prf(matched[1], inputs["master_secret"], seed, 12) == told.expected
    else:
        name = plain(told.algorithm.partition("(")[0].removeprefix("HMAC-"))
        key = hkdf_expand_label(name, inputs["BaseKey"], "finished", b"")
        assert key == inputs["finished_key"]
        assert hmac.digest(key, hashlib.new(name, joined).digest(), name) == told.expected


def message_hash(told: Told) -> None:
    made = digest(told.algorithm.rpartition("|| ")[2].partition("(")[0], told.inputs["ClientHello1"])
    assert b"\xfe\0\0" + bytes((len(made),)) + made == told.expected


def extended_master_secret(told: Told) -> None:
    name = told.algorithm.partition("(")[0].removeprefix("PRF-")
    session_hash = digest(name, b"".join(told.messages("session_hash")))
    seed = b"extended master secret" + session_hash
    assert prf(name, told.inputs["pre_master_secret"], seed, 48) == told.expected


def records(told: Told) -> None:
    inputs, algorithm = told.inputs, told.algorithm
    if "tag(" in algorithm:
        if "CAMELLIA" in algorithm:  # cryptography has no AEAD of it
            return
        size = {"tag_length": len(told.expected)} if "CCM" in algorithm else {}
        kind: Any = AESGCM if "GCM" in algorithm else AESCCM if "CCM" in algorithm else ChaCha20Poly1305
        cipher = kind(inputs["write_key"], **size)
        cipher.decrypt(inputs["nonce"], inputs["ciphertext"] + told.expected, inputs["additional_data"])
        return
    covered = next(value for name, value in inputs.items() if name.startswith("seq_num")) + inputs["fragment"]
    key = inputs["MAC_write_key"]
    if "pad_1" in algorithm:
        name = plain(algorithm.partition("(")[0])
        pad = 48 if name == "md5" else 40
        inner = hashlib.new(name, key + b"\x36" * pad + covered).digest()
        assert hashlib.new(name, key + b"\x5c" * pad + inner).digest() == told.expected
    else:
        name = plain(algorithm.partition("(")[0].removeprefix("HMAC-"))
        assert hmac.digest(key, covered, name)[: len(told.expected)] == told.expected


def psk_binder(told: Told) -> None:
    name = plain(told.algorithm.partition("(")[0].removeprefix("HMAC-"))
    inputs, length = told.inputs, hashlib.new(name).digest_size
    covered = next(each for each in told.connection["provenance"] if each["id"].startswith("truncated_hash"))
    (span,) = covered["spans"]
    hello = bytes.fromhex(told.connection["messages"][span["message"] - 1]["data"])
    digest_of_hello = hashlib.new(name, hello[span["start"] : span["end"]]).digest()
    assert digest_of_hello == inputs["transcript_hash"] == bytes.fromhex(covered["value"])
    early = hmac.digest(bytes(length), inputs["PSK"], name)
    label = re.search(r'"((?:ext|res) binder)"', told.sources["binder_key"])
    assert label is not None
    nothing = hashlib.new(name).digest()
    key = hkdf_expand_label(name, early, label[1], nothing)
    assert key == inputs["binder_key"]
    assert hkdf_expand_label(name, key, "finished", b"") == inputs["finished_key"]
    assert hmac.digest(inputs["finished_key"], digest_of_hello, name) == told.expected


def hkdf_expand_label(name: str, secret: bytes, label: str, context: bytes) -> bytes:
    """As many bytes as the hash has. Source: RFC 8446 section 7.1."""
    full = b"tls13 " + label.encode()
    info = hashlib.new(name).digest_size.to_bytes(2) + bytes((len(full),)) + full + bytes((len(context),)) + context
    return hmac.digest(secret, info + b"\1", name)


HOW: dict[str, Callable[[Told], None]] = {
    "Certificate": certificate,
    "OCSP response": certificate,
    "ServerKeyExchange": server_key_exchange,
    "CertificateVerify": certificate_verify,
    "Finished": finished,
    "message_hash": message_hash,
    "extended_master_secret": extended_master_secret,
    "Records": records,
    "PSK binder": psk_binder,
}
PLAIN = {"Downgrade sentinel", "renegotiation_info", "Key share"}
"""What compares or measures values, and computes none."""


def told_of(path: Path) -> Iterator[Told]:
    for connection in connections_of(path):
        made: Any = connection_object(connection, Detail(secrets=True, data=True))
        yield from (Told(made, check) for check in made["checks"])


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_each_check_can_be_computed_anew_from_what_is_told_of_it(path: Path) -> None:
    for told in told_of(path):
        check = told.check
        assert check["ok"], check["detail"]
        if check["name"] in PLAIN or (path.stem, check["sender"]) in WITHOUT_VALUES:
            continue
        assert check["expected"] == check["found"] != "", f"{check['name']} has no values"
        HOW[check["name"]](told)


@pytest.mark.parametrize("name", ("o17-tls13-psk", "n20-tls13-psk", "g30-psk-ke"))
def test_a_binder_can_be_computed_anew_from_the_key_that_was_given(name: str) -> None:
    path = CAPTURES / "recorded" / f"{name}.pcapng"
    keylog, _ = parse_keylog(path.with_suffix(".keys").read_bytes())
    psk = PreSharedKey(bytes.fromhex("0123456789abcdef0123456789abcdef"))
    (connection,) = analyze(read_capture(BytesIO(path.read_bytes())).events, keylog, psks=[psk]).connections
    made: Any = connection_object(connection, Detail(secrets=True, data=True))
    (binder,) = (check for check in made["checks"] if check["name"] == "PSK binder")
    assert binder["expected"] == binder["found"]
    psk_binder(Told(made, binder))
