"""The TLS 1.3 key schedule and record layer against RFC 8448 section 3, value for value."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tests.keys.rfc8448 import step, steps
from tlslab.keys import schedule13
from tlslab.keys.checks import check_certificate_verify13, check_finished13
from tlslab.keys.protection import Tls13Protection
from tlslab.keys.suites import cipher_suite

SUITE = cipher_suite(0x1301)
HANDSHAKE, ALERT, APPLICATION_DATA = 22, 21, 23

CLIENT_HELLO = step("construct a ClientHello")["ClientHello"]
SERVER_HELLO = step("construct a ServerHello")["ServerHello"]
ENCRYPTED_EXTENSIONS = step("construct an EncryptedExtensions")["EncryptedExtensions"]
CERTIFICATE = step("construct a Certificate handshake")["Certificate"]
CERTIFICATE_VERIFY = step("construct a CertificateVerify")["CertificateVerify"]
SERVER_FINISHED = step("construct a Finished", "server")["Finished"]
CLIENT_FINISHED = step("construct a Finished", "client")["Finished"]

TO_SERVER_HELLO = CLIENT_HELLO + SERVER_HELLO
TO_CERTIFICATE = TO_SERVER_HELLO + ENCRYPTED_EXTENSIONS + CERTIFICATE
TO_CERTIFICATE_VERIFY = TO_CERTIFICATE + CERTIFICATE_VERIFY
TO_SERVER_FINISHED = TO_CERTIFICATE_VERIFY + SERVER_FINISHED
TO_CLIENT_FINISHED = TO_SERVER_FINISHED + CLIENT_FINISHED

CLIENT_HANDSHAKE_SECRET = step('derive secret "tls13 c hs traffic"')["expanded"]
SERVER_HANDSHAKE_SECRET = step('derive secret "tls13 s hs traffic"')["expanded"]
CLIENT_TRAFFIC_SECRET_0 = step('derive secret "tls13 c ap traffic"')["expanded"]
SERVER_TRAFFIC_SECRET_0 = step('derive secret "tls13 s ap traffic"')["expanded"]


def sha256(messages: bytes) -> bytes:
    return hashlib.sha256(messages).digest()


def shared_secret() -> bytes:
    client, server = steps("create an ephemeral x25519 key pair")
    private_key = X25519PrivateKey.from_private_bytes(client["private key"])
    return private_key.exchange(X25519PublicKey.from_public_bytes(server["public key"]))


def test_ladder_from_shared_secret_gives_every_secret_of_the_trace() -> None:
    early = schedule13.early_secret("sha256")
    assert early == step('extract secret "early"')["secret"]
    assert shared_secret() == step('extract secret "handshake"')["IKM"]
    handshake = schedule13.handshake_secret(early, shared_secret(), "sha256")
    assert handshake == step('extract secret "handshake"')["secret"]
    master = schedule13.master_secret(handshake, "sha256")
    assert master == step('extract secret "master"')["secret"]


@pytest.mark.parametrize(
    ("stage", "label", "messages"),
    (
        ("handshake", "c hs traffic", TO_SERVER_HELLO),
        ("handshake", "s hs traffic", TO_SERVER_HELLO),
        ("master", "c ap traffic", TO_SERVER_FINISHED),
        ("master", "s ap traffic", TO_SERVER_FINISHED),
        ("master", "exp master", TO_SERVER_FINISHED),
        ("master", "res master", TO_CLIENT_FINISHED),
    ),
)
def test_derive_secret_gives_the_listed_secret_from_the_messages(stage: str, label: str, messages: bytes) -> None:
    listed = step(f'derive secret "tls13 {label}"')
    secret = step(f'extract secret "{stage}"')["secret"]
    assert listed["PRK"] == secret
    assert listed["hash"] == sha256(messages)
    assert schedule13.derive_secret(secret, label, sha256(messages), "sha256") == listed["expanded"]


@pytest.mark.parametrize("values", steps("derive secret"))
def test_every_derived_secret_follows_from_its_prk_hash_and_info(values: dict[str, bytes]) -> None:
    assert schedule13.expand(values["PRK"], values["info"], 32, "sha256") == values["expanded"]
    label_length = values["info"][2]
    label = values["info"][3 : 3 + label_length].decode().removeprefix("tls13 ")
    assert schedule13.hkdf_label(label, values["hash"], 32) == values["info"]
    assert schedule13.derive_secret(values["PRK"], label, values["hash"], "sha256") == values["expanded"]


@pytest.mark.parametrize("values", steps('extract secret "'))
def test_every_extracted_secret_follows_from_its_salt_and_ikm(values: dict[str, bytes]) -> None:
    assert schedule13.extract(values["salt"], values["IKM"], "sha256") == values["secret"]


@pytest.mark.parametrize(
    "values", [values for who in ("read", "write") for values in steps(f"derive {who} traffic keys")]
)
def test_every_traffic_key_and_iv_follows_from_its_secret(values: dict[str, bytes]) -> None:
    assert SUITE is not None
    assert schedule13.hkdf_label("key", b"", 16) == values["key info"]
    assert schedule13.hkdf_label("iv", b"", 12) == values["iv info"]
    assert schedule13.traffic_key_iv(SUITE, values["PRK"]) == (values["key expanded"], values["iv expanded"])


@pytest.mark.parametrize(("sender", "messages"), (("server", TO_CERTIFICATE_VERIFY), ("client", TO_SERVER_FINISHED)))
def test_finished_is_the_listed_one(sender: str, messages: bytes) -> None:
    listed = step("calculate finished", sender)
    assert schedule13.finished_key(listed["PRK"], "sha256") == listed["expanded"]
    assert schedule13.finished_verify_data(listed["PRK"], sha256(messages), "sha256") == listed["finished"]
    check = check_finished13(sender, listed["PRK"], sha256(messages), listed["finished"], "sha256")
    assert check.ok
    assert (check.name, check.sender) == ("Finished", sender)


def test_resumption_psk_is_the_listed_one() -> None:
    listed = step("generate resumption secret")
    assert schedule13.resumption_psk(listed["PRK"], listed["hash"], "sha256") == listed["expanded"]


def test_certificate_verify_of_the_trace_is_genuine() -> None:
    # Certificate: header 4, empty context 1, list length 3, entry length 3, DER, extensions 2.
    certificate = CERTIFICATE[11:-2]
    scheme = int.from_bytes(CERTIFICATE_VERIFY[4:6])
    signature = CERTIFICATE_VERIFY[8:]
    check = check_certificate_verify13(scheme, certificate, signature, sha256(TO_CERTIFICATE), "server")
    assert check.ok, check.detail
    assert check.detail == "rsa_pss_rsae_sha256 over 98 + 32 bytes"
    assert not check_certificate_verify13(scheme, certificate, signature, sha256(TO_SERVER_HELLO), "server").ok
    assert not check_certificate_verify13(scheme, certificate, signature, sha256(TO_CERTIFICATE), "client").ok


def protected_records(who: str) -> list[tuple[bytes, bytes]]:
    """Payload and complete record of what `who` sends encrypted, in order."""
    found = [values for values in steps("send ", who) if values["complete record"][0] == APPLICATION_DATA]
    return [(values["payload"], values["complete record"]) for values in found]


@pytest.mark.parametrize(
    ("who", "handshake_secret", "application_secret", "content_types"),
    (
        ("server", SERVER_HANDSHAKE_SECRET, SERVER_TRAFFIC_SECRET_0, (HANDSHAKE, HANDSHAKE, APPLICATION_DATA, ALERT)),
        ("client", CLIENT_HANDSHAKE_SECRET, CLIENT_TRAFFIC_SECRET_0, (HANDSHAKE, APPLICATION_DATA, ALERT)),
    ),
)
def test_every_record_opens_to_its_payload_and_is_sealed_back_to_the_same_bytes(
    who: str, handshake_secret: bytes, application_secret: bytes, content_types: tuple[int, ...]
) -> None:
    assert SUITE is not None
    records = protected_records(who)
    assert len(records) == len(content_types)
    # One handshake record from each side, then the application's keys.
    for secret, part in ((handshake_secret, slice(0, 1)), (application_secret, slice(1, None))):
        opening, sealing = Tls13Protection(SUITE, secret), Tls13Protection(SUITE, secret)
        for (payload, record), content_type in zip(records[part], content_types[part], strict=True):
            opened = opening.open(record[:5], record[5:])
            assert opened is not None
            assert (opened.content, opened.content_type, opened.padding_length) == (payload, content_type, 0)
            assert opened.plaintext == payload + bytes((content_type,))
            assert sealing.seal(content_type, payload) == record
