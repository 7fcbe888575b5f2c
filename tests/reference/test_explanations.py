"""Every member has its text, and every text its member."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

import pytest
from OpenSSL._util import ffi, lib

from tests.wire.declared import declared_keys
from tests.wire.samples import recorded
from tlslab.reference.explanations import FAMILIES, explanation, topics, topics_of
from tlslab.reference.registries import registry
from tlslab.reference.resources import read_text, resource_path
from tlslab.wire.messages import decode_handshake

DER_FAMILIES = ("x509", "x509_extensions", "revocation", "pkcs")
TLS_FAMILIES = [
    family
    for family in FAMILIES
    if family not in {*DER_FAMILIES, "verify_errors", "cipher_suites", "key_schedule", "checks", "values"}
]
STORIES = {"alerts", "cipher_suites", "extensions", "values", "verify_errors"}
"""Families of which everything has a story to tell."""
REGISTRIES = ("supported_groups", "signature_schemes", "cipher_suites")
VERIFY_ERRORS = {name for name in dir(lib) if name.startswith("X509_V_ERR_")} | {"X509_V_OK"}
SENTENCES = re.compile(r"[.?)]$")
RULE = re.compile(
    r"(RFC \d{4} (§[\dA-Z.]+)|X\.690 §[\d.]+|PKCS #\d+ §[\d.]+|\[MS-[A-Z]+\] §[\d.]+|FIPS \d+|draft-[a-z0-9-]+ §[\d.]+|ETSI [A-Z]+ [\d -]+|CA/Browser Forum [A-Za-z ]+|IANA .+|[a-z-]+\(\d\))"
)


def test_every_declared_member_has_a_text() -> None:
    assert sorted(declared_keys() - set(topics())) == []


def test_every_text_belongs_to_a_declared_member() -> None:
    written = {key for family in TLS_FAMILIES for key in topics_of(family)}
    assert sorted(written - declared_keys()) == []


def test_every_field_of_the_recorded_messages_has_a_text() -> None:
    seen = {field.doc for sample in recorded() for field in decode_handshake(sample.data, sample.context).walk()}
    assert sorted(seen - set(topics())) == []


def test_verify_errors_are_those_that_openssl_has_and_are_called_as_it_calls_them() -> None:
    assert set(topics_of("verify_errors")) == VERIFY_ERRORS
    for name in VERIFY_ERRORS:
        found = explanation(name)
        assert found is not None
        said = ffi.string(lib.X509_verify_cert_error_string(getattr(lib, name))).decode()
        assert found.title.casefold() == said.casefold()


def test_every_alert_of_the_registry_has_a_text() -> None:
    assert set(registry("alerts").values()) <= set(topics_of("alerts"))


@pytest.mark.parametrize("key", topics())
def test_a_text_is_a_few_sentences_with_their_source(key: str) -> None:
    found = explanation(key)
    assert found is not None
    assert found.key == key
    assert found.title
    assert 8 <= len(found.text.split()) <= 66, len(found.text.split())
    assert found.text[0].isupper() or not found.text[0].isalpha() or "_" in found.text.split()[0]
    assert SENTENCES.search(found.text)
    assert "  " not in found.text
    assert "—" not in found.text
    assert RULE.fullmatch(found.rfc), found.rfc


@pytest.mark.parametrize("key", [key for family in sorted(STORIES) for key in topics_of(family)])
def test_what_has_a_story_has_it_told_in_thirty_words(key: str) -> None:
    found = explanation(key)
    assert found is not None
    assert len(found.text.split()) >= 30, len(found.text.split())


def test_values_are_explained_by_the_name_that_iana_gives_them() -> None:
    names = {name for registry_name in REGISTRIES for name in registry(registry_name).values()}
    assert sorted(set(topics_of("values")) - names) == []


def test_no_key_stands_in_two_families() -> None:
    keys = [key for family in FAMILIES for key in tomllib.loads(read_text("explain", f"{family}.toml"))]
    assert sorted(key for key, times in Counter(keys).items() if times > 1) == []


def test_the_families_are_the_files_that_are_shipped() -> None:
    assert sorted(FAMILIES) == sorted(path.stem for path in resource_path("explain").glob("*.toml"))


def test_a_key_without_a_text_is_none() -> None:
    assert explanation("ClientHello.nonsense") is None
    assert explanation("") is None


def test_the_title_of_a_member_is_its_own_name() -> None:
    found = explanation("ClientHello.random")
    assert found is not None
    assert (found.title, found.rfc) == ("random", "RFC 8446 §4.1.2")
