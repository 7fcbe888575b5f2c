"""What is told of values: at every place where one stands, whatever the member."""

from __future__ import annotations

import pytest

from tests.wire.samples import recorded
from tlslab.reference.registries import registry
from tlslab.reference.stories import SUITE, story_of
from tlslab.wire.messages import decode_handshake


@pytest.mark.parametrize("label", ("x25519 (0x001d)", "x25519", "rsa_pss_rsae_sha384 (0x0805)"))
def test_a_value_is_found_with_and_without_its_number(label: str) -> None:
    found = story_of(label)
    assert found is not None
    assert found.name == label.partition(" ")[0]
    assert found.rfc


@pytest.mark.parametrize("label", ("", "TLS 1.2 (0x0303)", "32 bytes", "server.test", "(0x0a0a)", "TLS_", "TLS_WITH"))
def test_what_has_no_story_gets_none(label: str) -> None:
    assert story_of(label) is None


def test_every_suite_that_has_a_story_is_told_part_by_part() -> None:
    names = [
        name for name in registry("cipher_suites").values() if SUITE.fullmatch(name) and "WITH_NULL_NULL" not in name
    ]
    assert len(names) > 350
    for name in names:
        found = story_of(name)
        assert found is not None
        assert found.text.count(": ") >= 2, name
        assert found.text.endswith("."), name


def test_most_groups_and_schemes_of_recorded_hellos_have_a_story() -> None:
    fields = [field for sample in recorded() for field in decode_handshake(sample.data, sample.context).walk()]
    labels = {field.label for field in fields if field.doc in {"NamedGroup", "SignatureScheme"}}
    without = sorted(label for label in labels if story_of(label) is None)
    assert len(without) <= len(labels) / 3, without
