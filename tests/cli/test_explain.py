"""`tlslab explain`: topics by many names, suites taken apart, near misses, JSON."""

from __future__ import annotations

import json
import re

import pytest

from tlslab.cli import main
from tlslab.cli.judged_topics import judged, names_of_judged
from tlslab.cli.topics import ABBREVIATIONS, find_suite, find_topic, listed
from tlslab.reference.explanations import explanation, topics
from tlslab.reference.registries import registry
from tlslab.reference.suite_parts import suite_parts


def first_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()[0]


@pytest.mark.parametrize(
    ("topic", "key"),
    (
        ("ClientHello.random", "ClientHello.random"),
        ("clienthello.RANDOM", "ClientHello.random"),
        ("client_hello", "ClientHello"),
        ("hello_retry_request", "HelloRetryRequest"),
        ("hello verify request", "HelloVerifyRequest"),
        ("Early data", "early_data"),
        ("master secret", "KeySchedule.master_secret"),
        ("SAN", "subjectAltName"),
        ("certificate_required", "certificate_required"),
        ("no_certificate", "no_certificate_RESERVED"),
        ("SNI", "server_name"),
        ("alpn", "application_layer_protocol_negotiation"),
        ("X509_V_ERR_CERT_HAS_EXPIRED", "X509_V_ERR_CERT_HAS_EXPIRED"),
        ("cert_has_expired", "X509_V_ERR_CERT_HAS_EXPIRED"),
        ("Certificate has expired", "X509_V_ERR_CERT_HAS_EXPIRED"),
        ("ClientHello.extensions.server_name.server_name_list[0].host_name", "ServerName.host_name"),
        ("ServerHello.cipher_suite", "ServerHello.cipher_suite"),
        ("ecdhe", "KeyExchange.ECDHE"),
        ("GREASE", "GREASE"),
    ),
)
def test_a_topic_is_found_by_each_of_its_names(topic: str, key: str) -> None:
    assert find_topic(topic) == key


def test_every_topic_is_found_by_its_own_key_and_listed() -> None:
    everything = {key for keys in listed().values() for key in keys}
    for key in topics():
        assert find_topic(key).casefold() == key.casefold()
        assert key in everything or key.partition(".")[0] in {"KeyExchange", "Authentication", "Cipher", "Mode", "Hash"}


def test_text_and_rule_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "ClientHello.legacy_session_id"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("ClientHello.legacy_session_id  RFC 8446 §4.1.2\n")
    assert "middleboxes" in out
    assert max(map(len, out.splitlines())) <= 100


def test_words_without_quotes_are_one_topic(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "hostname", "mismatch"]) == 0
    assert first_line(capsys) == "X509_V_ERR_HOSTNAME_MISMATCH (hostname mismatch)  RFC 9525 §6"


@pytest.mark.parametrize(
    ("topic", "name"),
    (
        ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384  0x1302"),
        ("tls_aes_256_gcm_sha384", "TLS_AES_256_GCM_SHA384  0x1302"),
        ("0x1302", "TLS_AES_256_GCM_SHA384  0x1302"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256  0xc02f"),
        ("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA  0xc00a"),
        ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA  0x002f"),
        ("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384  0x009d"),
        ("DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256  0xccaa"),
    ),
)
def test_a_suite_is_found_by_iana_and_openssl_names(topic: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", topic]) == 0
    assert first_line(capsys) == name


def test_a_suite_is_taken_apart() -> None:
    assert list(suite_parts("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")) == [
        "KeyExchange.ECDHE",
        "Authentication.RSA",
        "Cipher.AES",
        "Mode.CBC",
        "Hash.SHA256",
    ]
    assert list(suite_parts("TLS_CHACHA20_POLY1305_SHA256")) == [
        "KeyExchange.TLS13",
        "Cipher.CHACHA20",
        "Mode.POLY1305",
        "Hash.SHA256",
    ]
    assert list(suite_parts("TLS_RSA_WITH_AES_128_CBC_SHA"))[:2] == ["KeyExchange.RSA", "Authentication.RSA"]
    assert list(suite_parts("TLS_RSA_PSK_WITH_NULL_SHA"))[:2] == ["KeyExchange.RSA", "Authentication.PSK"]
    assert list(suite_parts("TLS_PSK_WITH_AES_128_CCM_8"))[1:] == [
        "Authentication.PSK",
        "Cipher.AES",
        "Mode.CCM_8",
        "Hash.other",
    ]
    assert list(suite_parts("TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"))[:3] == [
        "KeyExchange.DH",
        "Authentication.anon",
        "Cipher.DES",
    ]


def test_rare_exchanges_and_ciphers_are_called_by_their_names() -> None:
    assert next(iter(suite_parts("TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA"))) == "KeyExchange.SRP"
    assert list(suite_parts("TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L"))[:2] == ["KeyExchange.GOST", "Cipher.GOST"]
    assert list(suite_parts("TLS_RSA_EXPORT_WITH_RC4_40_MD5"))[:2] == ["KeyExchange.EXPORT", "KeyExchange.RSA"]
    named = {part for name in registry("cipher_suites").values() if find_suite(name) for part in suite_parts(name)}
    assert named & {"KeyExchange.other", "Cipher.other"} == set()


def test_every_suite_of_the_registry_has_parts_with_texts() -> None:
    for number, name in registry("cipher_suites").items():
        if find_suite(name) is not None:
            assert find_suite(f"0x{number:04x}") == number
            assert all(explanation(key) is not None for key in suite_parts(name)), name


@pytest.mark.parametrize(
    "name", ("supported_groups", "signature_schemes", "cipher_suites", "extensions", "handshake_types")
)
def test_every_name_of_the_registries_is_a_topic(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for each in registry(name).values():
        assert main(["explain", each]) == 0, each
        assert len(capsys.readouterr().out.split()) > 12, each


def test_signals_among_the_suites_have_texts_of_their_own() -> None:
    assert find_suite("TLS_FALLBACK_SCSV") is None
    assert find_topic("tls_fallback_scsv") == "TLS_FALLBACK_SCSV"


@pytest.mark.parametrize(
    ("topic", "hint"),
    (
        ("certificate_require", "did you mean certificate_required"),
        ("ClientHelo", "did you mean ClientHello"),
        ("TLS_AES_128_GCM_SHA25", "TLS_AES_128_GCM_SHA256"),
        ("qqqqqq", "`tlslab explain --list` lists all topics"),
        ("0x9999", "there is no topic '0x9999'"),
        ("random", "ClientHello.random, ServerHello.random, HelloRetryRequest.random"),
    ),
)
def test_what_is_no_topic_is_told_in_one_sentence(topic: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", topic]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert hint in captured.err


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "unknown_ca"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == 1
    assert (document["topic"], document["title"], document["rfc"]) == ("unknown_ca", "unknown_ca", "RFC 8446 §6.2")
    assert main(["explain", "--json", "AES128-SHA"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["topic"] == "TLS_RSA_WITH_AES_128_CBC_SHA"
    assert document["parts"][0]["topic"] == "KeyExchange.RSA"


@pytest.mark.parametrize("arguments", (["explain"], ["explain", "--list"]))
def test_topics_are_listed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    out = capsys.readouterr().out
    for heading in ("messages (", "fields (", "extensions (", "alerts (", "verify errors (", "cipher suites ("):
        assert heading in out
    assert main([*arguments, "--json"]) == 0
    assert "server_name" in json.loads(capsys.readouterr().out)["topics"]["extensions"]


def test_list_and_topic_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--list", "SNI"]) == 2
    assert "leave one of them out" in capsys.readouterr().err


def test_a_suite_that_only_authenticates_is_said_to_encrypt_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "TLS_SHA256_SHA256"]) == 0
    assert "Records are authenticated but anybody can read them." in capsys.readouterr().out


def test_a_broken_certificate_is_a_topic_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "wildcard-apex"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("wildcard-apex (*.lab.test for lab.test)  RFC 9525 §6.3\n")
    assert "A wildcard stands for one label and not for none" in told
    assert main(["explain", "Expired-Leaf", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["topic"], made["rfc"]) == ("expired-leaf", "RFC 5280 §6.1.3 (a)(2)")


def test_every_condition_reason_and_lint_is_explained_in_whole_sentences() -> None:
    for name in (name for names in names_of_judged().values() for name in names):
        found = judged(name)
        assert found, name
        for each in found:
            assert each.rfc, name
            assert "{" not in each.text, name
            assert each.text.endswith((".", "…")), name
            assert not re.search(r"(^|\. )(the|a) ", each.text), name


def test_a_reason_is_found_by_its_code_and_by_what_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    for topic in ("host-mismatch", "for another host"):
        assert main(["explain", topic]) == 0
        assert first_line(capsys) == "host-mismatch (for another host)  RFC 9525 §6.3"
    assert main(["explain", "crl-expired", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [part["title"] for part in document["parts"]] == ["nextUpdate in the past", "the CRL is out of date"]
    assert main(["explain", "host-missmatch"]) == 2
    assert "did you mean host-mismatch" in capsys.readouterr().err


def test_every_abbreviation_leads_to_a_topic() -> None:
    assert sorted(key for key in ABBREVIATIONS.values() if explanation(key) is None) == []


@pytest.mark.parametrize(
    "label",
    (
        *("CLIENT_RANDOM", "CLIENT_EARLY_TRAFFIC_SECRET", "EARLY_EXPORTER_SECRET", "EXPORTER_SECRET"),
        *("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"),
        *("CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"),
    ),
)
def test_every_label_of_a_key_log_is_a_topic(label: str) -> None:
    assert find_topic(label).startswith("KeySchedule.")
