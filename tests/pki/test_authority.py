from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.pki.verifiers import QUICK_KEY_TYPES
from tlslab.pki import KEY_TYPES, Authority, Credential, PkiError, PrivateKey, generate_key, key_type_of
from tlslab.pki.issuing import random_serial_number
from tlslab.pki.names import TOY_MARK
from tlslab.pki.placeholders import placeholder_key


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("lab-ca")


@pytest.fixture(scope="module")
def everything(authority: Authority) -> tuple[Credential, ...]:
    issuer = authority.intermediate("issuing")
    return authority.credential, issuer.credential, issuer.issue_server("localhost"), issuer.issue_client("alice")


def test_every_subject_has_the_toy_mark(everything: tuple[Credential, ...]) -> None:
    for credential in everything:
        assert f"O={TOY_MARK}" in credential.certificate.subject.rfc4514_string()
        assert f"O={TOY_MARK}" in credential.certificate.issuer.rfc4514_string()


def test_each_certificate_is_signed_by_the_next_up_to_the_root(everything: tuple[Credential, ...]) -> None:
    root, intermediate, server, client = (each.certificate for each in everything)
    root.verify_directly_issued_by(root)
    intermediate.verify_directly_issued_by(root)
    server.verify_directly_issued_by(intermediate)
    client.verify_directly_issued_by(intermediate)
    assert everything[0].chain == everything[1].chain == ()
    assert everything[2].chain == everything[3].chain == (intermediate,)
    assert everything[2].chain_pem == everything[2].certificate_pem + everything[1].certificate_pem


def test_serial_numbers_are_positive_of_20_octets_and_do_not_repeat() -> None:
    serials = {random_serial_number() for _ in range(2000)}
    assert len(serials) == 2000
    assert {serial.bit_length() for serial in serials} == {159}


def test_a_leaf_lasts_90_days_and_an_authority_ten_years(everything: tuple[Credential, ...]) -> None:
    now = datetime.now(UTC)
    for credential, days in zip(everything, (3650, 3650, 90, 90), strict=True):
        assert timedelta(minutes=30) < now - credential.not_before < timedelta(minutes=90)
        assert abs(credential.not_after - now - timedelta(days=days)) < timedelta(minutes=5)


def test_key_usage_follows_key_and_kind(authority: Authority) -> None:
    def usage(credential: Credential) -> x509.KeyUsage:
        return credential.certificate.extensions.get_extension_for_class(x509.KeyUsage).value

    rsa_server = usage(authority.issue_server("localhost", key_type="RSA-2048"))
    ec_server = usage(authority.issue_server("localhost"))
    assert usage(authority.credential).key_cert_sign
    assert not usage(authority.credential).digital_signature
    assert rsa_server.digital_signature
    assert rsa_server.key_encipherment
    assert ec_server.digital_signature
    assert not ec_server.key_encipherment


def test_an_expired_and_a_future_certificate_can_be_made(authority: Authority) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = authority.issue_server("localhost", not_after=yesterday)
    assert expired.not_after == yesterday.replace(microsecond=0)
    assert expired.not_after - expired.not_before == timedelta(days=90)
    future = authority.issue_server("localhost", not_before=datetime.now(UTC) + timedelta(days=2), days=3)
    assert future.not_after - future.not_before == timedelta(days=3)


def test_dates_without_a_zone_are_utc(authority: Authority) -> None:
    server = authority.issue_server("localhost", not_before=datetime(2020, 1, 2, 3, 4, 5, 678), days=1)  # noqa: DTZ001
    assert server.not_before == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_without_days_a_leaf_does_not_outlive_its_issuer() -> None:
    short = Authority.create("short", days=10)
    assert short.issue_server("localhost").not_after == short.credential.not_after
    assert short.intermediate("below").credential.not_after == short.credential.not_after


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    (
        ({"days": 0}, "choose 1 to 365000"),
        ({"days": 10**9}, "choose 1 to 365000"),
        ({"days": 4000}, "would outlive the issuer"),
        ({"not_before": datetime(1949, 1, 1, tzinfo=UTC), "days": 9}, "X.509 begins in 1950"),
        ({"not_before": datetime(9999, 12, 1, tzinfo=UTC)}, "within the years 1950 to 9999"),
        ({"not_after": datetime(1, 1, 5, tzinfo=UTC)}, "within the years 1950 to 9999"),
        (
            {"not_before": datetime(2024, 1, 2, tzinfo=UTC), "not_after": datetime(2024, 1, 1, tzinfo=UTC)},
            "let it end later",
        ),
    ),
)
def test_an_impossible_validity_is_refused_in_one_sentence(
    arguments: dict[str, int], sentence: str, authority: Authority
) -> None:
    with pytest.raises(PkiError, match=sentence):
        authority.issue_server("localhost", **arguments)  # type: ignore[arg-type]


def test_an_expired_authority_is_told_to_be_replaced() -> None:
    old = Authority.create("old", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(PkiError, match="issuer ends on 2020-01-01: make a new one"):
        old.issue_server("localhost")


def test_an_intermediate_issues_leaves_only_unless_told(authority: Authority) -> None:
    with pytest.raises(PkiError, match="pathLenConstraint is 0"):
        authority.intermediate("one").intermediate("two")
    two = authority.intermediate("one", path_len_constraint=1).intermediate("two")
    assert len(two.issue_server("localhost").chain) == 2


def test_names_that_are_addresses_become_address_names(authority: Authority) -> None:
    certificate = authority.issue_server("demo.test", "127.0.0.1", "[::1]").certificate
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["demo.test"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_a_name_given_twice_stands_once(authority: Authority) -> None:
    assert authority.issue_server("Demo.test", "demo.test").names == ("demo.test",)


def test_a_key_made_elsewhere_is_used(authority: Authority) -> None:
    made: list[PrivateKey] = []
    worker = threading.Thread(target=lambda: made.append(generate_key("RSA-2048")))
    worker.start()
    worker.join()
    server = authority.issue_server("localhost", private_key=made[0])
    assert server.key_type == "RSA-2048"
    assert server.certificate.public_key() == made[0].public_key()


@pytest.mark.parametrize("key_type", QUICK_KEY_TYPES)
def test_every_key_type_is_made_and_recognised(key_type: str) -> None:
    assert key_type_of(generate_key(key_type)) == key_type


def test_the_keys_that_take_seconds_are_among_the_types() -> None:
    assert set(KEY_TYPES) - set(QUICK_KEY_TYPES) == {"RSA-6144", "RSA-8192"}
    assert key_type_of(placeholder_key("RSA-8192")) == "RSA-8192"


def test_an_unknown_key_type_is_answered_with_the_known_ones() -> None:
    with pytest.raises(PkiError, match="choose one of RSA-2048, RSA-3072"):
        generate_key("RSA-1024")


def test_the_private_key_shows_in_no_repr(authority: Authority) -> None:
    server = authority.issue_server("localhost")
    text = repr(server) + repr(authority)
    assert "rivateKey" not in text
    assert "private_key" not in text


def test_the_private_key_pem_belongs_to_the_certificate(authority: Authority) -> None:
    server = authority.issue_server("localhost")
    key = load_pem_private_key(server.private_key_pem, None)
    assert key.public_key() == server.certificate.public_key()
