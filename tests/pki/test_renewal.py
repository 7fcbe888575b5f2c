from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from tests.pki.verifiers import assert_accepted_by_all
from tlslab.pki import (
    Authority,
    Credential,
    NameRefused,
    PkiError,
    PrivateKey,
    Template,
    generate_key,
    profile,
    self_signed,
)
from tlslab.pki.reading import template_of
from tlslab.pki.renewal import cross_sign, renew

ROOT = Authority.create("lab-ca")
ISSUER = ROOT.intermediate("issuing")


def extensions(credential: Credential) -> dict[str, tuple[bool, bytes]]:
    found = credential.certificate.extensions
    return {each.oid.dotted_string: (each.critical, each.value.public_bytes()) for each in found}


def test_a_renewed_leaf_says_the_same_with_another_number_and_time() -> None:
    template = replace(
        profile("server"),
        subject_alternative_name=("DNS:a.lab.test", "URI:spiffe://lab.test/a"),
        certificate_policies=("1.2.3.4;notice=x",),
        tls_feature=("must-staple",),
        critical=("extKeyUsage",),
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        days=45,
    )
    old = ISSUER.issue(template)
    new = renew(old, ISSUER)
    assert extensions(new) == extensions(old)
    assert new.certificate.subject == old.certificate.subject
    assert new.certificate.serial_number != old.certificate.serial_number
    # The hour before now is on top, for clocks that are behind.
    assert new.not_after - new.not_before == timedelta(days=45, hours=1)
    assert new.private_key_der == old.private_key_der
    assert new.chain == old.chain


def test_what_a_renewed_authority_issued_stays_valid_below_it(tmp_path: Path) -> None:
    leaf = ISSUER.issue_server("localhost")
    root, issuer = renew(ROOT.credential, None), renew(ISSUER.credential, ROOT)
    assert_accepted_by_all(tmp_path, root.certificate, replace(leaf, chain=(issuer.certificate,)))


def test_a_new_key_gets_a_new_identifier_and_the_usage_that_fits() -> None:
    old = ISSUER.issue_server("localhost", key_type="RSA-2048")
    new = renew(old, ISSUER, key=generate_key("ML-DSA-65"), days=7)
    assert new.key_type == "ML-DSA-65"
    usage = new.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment) == (True, False)
    identifiers = {
        each.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        for each in (old, new)
    }
    assert len(identifiers) == 2
    assert new.not_after - new.not_before == timedelta(days=7, hours=1)


def test_a_public_key_alone_can_be_renewed_for() -> None:
    old = ISSUER.issue(profile("client"), generate_key().public_key())
    assert renew(old, ISSUER).key is None
    with pytest.raises(PkiError, match="signs itself, and its private key is not here"):
        renew(replace(ROOT.credential, key=None), None)


def test_who_trusts_either_root_accepts_a_leaf_of_the_cross_signed_issuer(tmp_path: Path) -> None:
    other = Authority.create("other-ca", "P-384")
    crossed = cross_sign(ISSUER, other)
    leaf = ISSUER.issue_server("localhost")
    assert_accepted_by_all(tmp_path, ROOT.root, leaf)
    assert_accepted_by_all(tmp_path, other.root, replace(leaf, chain=(crossed.certificate,)))
    assert crossed.certificate.subject == ISSUER.certificate.subject
    assert crossed.private_key_der == ISSUER.credential.private_key_der


def test_a_cross_signed_root_stands_below_the_other_one() -> None:
    other = Authority.create("other-ca")
    crossed = cross_sign(ROOT, other)
    assert crossed.kind == "intermediate"
    leaf = ISSUER.issue_server("localhost")
    verifier = PolicyBuilder().store(Store([other.root])).build_server_verifier(x509.DNSName("localhost"))
    assert len(verifier.verify(leaf.certificate, [ISSUER.certificate, crossed.certificate])) == 4


@pytest.mark.parametrize(
    ("what", "issuer", "sentence"),
    (
        (ISSUER.issue_client("alice"), ROOT, "alice is a client certificate: only authorities are cross-signed"),
        (ROOT, ROOT, "lab-ca has the same name and key as lab-ca"),
        (ROOT, ISSUER, "issuing may issue leaves only"),
    ),
)
def test_what_cannot_be_cross_signed_is_refused(what: Authority | Credential, issuer: Authority, sentence: str) -> None:
    with pytest.raises(PkiError, match=sentence):
        cross_sign(what, issuer)


def test_a_renewal_is_held_against_the_constraints_of_its_issuer() -> None:
    free = Authority.create("lab-ca", any_name=True)
    old = free.issue_server("www.python.org")
    with pytest.raises(NameRefused):
        renew(old, ROOT)


@pytest.mark.parametrize(
    "template",
    (
        replace(profile("server"), subject_alternative_name=("DNS:a.test", "IP:::1"), subject="CN=a,OU=x+OU=y,O=Lab"),
        replace(profile("root"), name="again"),
        replace(profile("ocsp"), subject_alternative_name=("DNS:ocsp.test",), not_critical=("keyUsage",)),
        replace(
            profile("client"),
            subject_alternative_name=("alice",),
            ocsp=("http://a.test/",),
            crl_distribution_points=("http://b.test/",),
        ),
        replace(
            profile("email"),
            extensions=("1.2.3:critical:0500",),
            certificate_policies=("anyPolicy;cps=http://x/;notice=y",),
        ),
        replace(
            profile("intermediate"), name="below", excluded_subtrees=("DNS:bad.test",), policy_mappings=("1.2.3=1.2.4",)
        ),
    ),
    ids=lambda template: template.kind,
)
def test_a_template_can_be_read_off_a_certificate(template: Template) -> None:
    def made(each: Template, key: PrivateKey | None = None) -> Credential:
        return self_signed(each, key) if each.kind == "root" else ROOT.issue(each, key)

    old = made(template)
    new = made(template_of(old.certificate, old.name), old.private_key)
    assert extensions(new) == extensions(old)
    assert new.kind == old.kind
    assert new.certificate.subject == old.certificate.subject
