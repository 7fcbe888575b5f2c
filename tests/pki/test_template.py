from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, padding, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import require_program
from tlslab.pki import Authority, Credential, NameRefused, PkiError, PrivateKey, Template, generate_key, profile
from tlslab.pki.extensions import Circumstances, encoded_extensions, extensions, subject_alternative_name
from tlslab.pki.placeholders import placeholder_key
from tlslab.pki.policies import TOY_POLICY
from tlslab.pki.private_keys import HASHES
from tlslab.pki.profiles import as_toml, load_profiles
from tlslab.wire.field import Field
from tlslab.wire.notation import decode
from tlslab.wire.x509 import CERTIFICATE

SERVER = replace(profile("server"), subject_alternative_name=("DNS:a.lab.test",))
AUTHORITY = Authority.create("lab-ca", any_name=True)
CONSTRAINED = Authority.create("lab-ca")
RSA = Authority.create("lab-ca", "RSA-2048", any_name=True)
KEY = generate_key()

# Of a member: what to set it to, and what OpenSSL's and GnuTLS's own words for it are.
EVERYTHING: tuple[tuple[dict[str, object], tuple[str, ...], tuple[str, ...]], ...] = (
    ({"subject": "CN=Bob\\, B.,OU=x+OU=y,O=Lab,C=DE"}, ("C=DE, O=Lab, OU=x + OU=y, CN=Bob, B.",), ("CN=Bob\\, B.",)),
    ({"subject": "/C=DE/O=Lab/CN=Bob/emailAddress=bob@lab.test"}, ("emailAddress=bob@lab.test",), ("EMAIL=bob@lab.test",)),
    ({"subject": "1.2.3.4=odd,serialNumber=77,SN=Doe,GN=Jo,DC=lab,DC=test,UID=u1"}, ("1.2.3.4=odd", "SN=Doe"), ("UID=u1",)),
    ({"subject_alternative_name": ("DNS:*.lab.test", "IP:::1", "IP:10.0.0.1")}, ("DNS:*.lab.test, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1",), ("DNSname: *.lab.test", "IPAddress: ::1")),
    ({"subject_alternative_name": ("bücher.test",)}, ("DNS:xn--bcher-kva.test",), ("DNSname: xn--bcher-kva.test",)),
    ({"subject_alternative_name": ("email:a@lab.test", "URI:spiffe://lab.test/x")}, ("email:a@lab.test, URI:spiffe://lab.test/x",), ("RFC822Name: a@lab.test", "URI: spiffe://lab.test/x")),
    ({"subject_alternative_name": ("dirName:CN=x,O=y", "RID:1.2.3.4")}, ("DirName:/O=y/CN=x, Registered ID:1.2.3.4",), ("directoryName: CN=x,O=y", "Registered ID: 1.2.3.4")),
    ({"subject_alternative_name": ("otherName:msUPN;UTF8:alice@lab.test",)}, ("othername: UPN::alice@lab.test",), ("User Principal Name: alice@lab.test",)),
    ({"subject_alternative_name": ("otherName:1.2.3.4;DER:0500",)}, ("othername: 1.2.3.4:",), ("otherName OID: 1.2.3.4",)),
    ({"issuer_alternative_name": ("URI:https://lab.test/",)}, ("X509v3 Issuer Alternative Name", "URI:https://lab.test/"), ("Issuer Alternative Name (not critical)",)),
    ({"key_usage": ("digitalSignature", "keyAgreement", "encipherOnly")}, ("Digital Signature, Key Agreement, Encipher Only",), ("Key agreement.",)),
    ({"key_usage": ("nonRepudiation", "dataEncipherment")}, ("Non Repudiation, Data Encipherment",), ("Non repudiation.",)),
    ({"extended_key_usage": ("serverAuth", "timeStamping", "1.2.3.4")}, ("TLS Web Server Authentication, Time Stamping, 1.2.3.4",), ("Time stamping.", "1.2.3.4")),
    ({"certificate_policies": ("1.2.3.4;cps=https://lab.test/cps;notice=Grüße", "anyPolicy")}, ("Policy: 1.2.3.4", "CPS: https://lab.test/cps", "Explicit Text: Gr", "Policy: X509v3 Any Policy"), ("URI: https://lab.test/cps", "Note: Grüße")),
    ({"crl_distribution_points": ("http://lab.test/a.crl", "http://lab.test/b.crl;crlIssuer=CN=x;reasons=keyCompromise+cACompromise")}, ("URI:http://lab.test/a.crl", "Reasons:\n", "Key Compromise, CA Compromise", "CRL Issuer:\n"), ("URI: http://lab.test/a.crl",)),
    ({"freshest_crl": ("http://lab.test/d.crl",)}, ("X509v3 Freshest CRL", "URI:http://lab.test/d.crl"), ("2.5.29.46",)),
    ({"ocsp": ("http://127.0.0.1:8888/",), "ca_issuers": ("http://lab.test/ca.cer",)}, ("OCSP - URI:http://127.0.0.1:8888/", "CA Issuers - URI:http://lab.test/ca.cer"), ("Access Location URI: http://127.0.0.1:8888/",)),
    ({"subject_information_access": ("caRepository=http://lab.test/",)}, ("CA Repository - URI:http://lab.test/",), ("1.3.6.1.5.5.7.1.11",)),
    ({"tls_feature": ("must-staple", "status_request_v2")}, ("status_request, status_request_v2",), ("Status Request(5)",)),
    ({"ocsp_no_check": True}, ("OCSP No Check",), ("1.3.6.1.5.5.7.48.1.5",)),
    ({"serial_number": 0x7B}, ("Serial Number: 123 (0x7b)",), ("Serial Number (hex): 7b",)),
    ({"not_before": datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC), "not_after": datetime(2055, 6, 7, 8, 9, 10, tzinfo=UTC)}, ("Not Before: Jan  2 03:04:05 2031 GMT", "Not After : Jun  7 08:09:10 2055 GMT"), ("Not Before: Thu Jan 02 03:04:05 UTC 2031", "Not After: Mon Jun 07 08:09:10 UTC 2055")),
    ({"subject_key_identifier": "01:02:ff"}, ("01:02:FF",), ("0102ff",)),
    ({"extensions": ("1.2.3.5:critical:04020102", "1.2.3.6:0500")}, ("1.2.3.5: critical\n", "1.2.3.6: \n"), ("Unknown extension 1.2.3.5 (critical)", "Unknown extension 1.2.3.6 (not critical)")),
    ({"critical": ("extKeyUsage", "subjectAltName"), "not_critical": ("keyUsage", "basicConstraints")}, ("X509v3 Extended Key Usage: critical", "X509v3 Subject Alternative Name: critical", "X509v3 Key Usage: \n", "X509v3 Basic Constraints: \n"), ("Key Purpose (critical)",)),
    ({"signature_hash": "sha512"}, ("ecdsa-with-SHA512",), ("ECDSA-SHA512",)),
    ({"authority_key_identifier": "keyid+issuer"}, ("DirName:/O=tlslab toy CA/CN=lab-ca",), ("Authority Key Identifier",)),
)  # fmt: skip

OF_AN_AUTHORITY: tuple[tuple[dict[str, object], tuple[str, ...], tuple[str, ...]], ...] = (
    ({"path_len_constraint": 3}, ("CA:TRUE, pathlen:3",), ("Path Length Constraint: 3",)),
    ({"permitted_subtrees": ("DNS:lab.test", "IP:10.0.0.0/8", "email:.lab.test", "URI:.lab.test", "dirName:O=Lab")}, ("X509v3 Name Constraints: critical", "DNS:lab.test", "IP:10.0.0.0/255.0.0.0", "email:.lab.test", "URI:.lab.test", "DirName:O = Lab"), ("DNSname: lab.test", "IPAddress: 10.0.0.0/8")),
    ({"excluded_subtrees": ("DNS:bad.test", "IP:fd00::/8", "email:eve@lab.test")}, ("Excluded:", "DNS:bad.test", "IP:FD00:0:0:0:0:0:0:0/FF00:0:0:0:0:0:0:0", "email:eve@lab.test"), ("Excluded:",)),
    ({"policy_mappings": ("1.2.3.4=1.2.5.6",)}, ("X509v3 Policy Mappings: critical", "1.2.3.4:1.2.5.6"), ("2.5.29.33",)),
    ({"require_explicit_policy": 0, "inhibit_policy_mapping": 2}, ("Require Explicit Policy:0, Inhibit Policy Mapping:2",), ("2.5.29.36",)),
    ({"inhibit_any_policy": 1}, ("X509v3 Inhibit Any Policy: critical",), ("skip certs: 1 (critical)",)),
)  # fmt: skip


def issued(template: Template) -> Credential:
    return AUTHORITY.issue(template, KEY)


def said_of(credential: Credential, folder: Path) -> tuple[str, str]:
    """What `openssl x509 -text` and `certtool -i` say."""
    path = folder / "certificate.pem"
    path.write_bytes(credential.certificate_pem)
    openssl = [
        require_program("openssl"),
        "x509",
        "-in",
        str(path),
        "-noout",
        "-text",
        "-nameopt",
        "sep_comma_plus_space,utf8",
    ]
    certtool = [require_program("certtool"), "--certificate-info", "--infile", str(path)]
    texts = [
        subprocess.run(each, capture_output=True, text=True, check=True, timeout=20).stdout
        for each in (openssl, certtool)
    ]
    return texts[0], texts[1]


def problems(credential: Credential) -> list[str]:
    """What `wire` finds wrong; it also sees whether the leaves cover every byte once."""
    root = decode(CERTIFICATE, "certificate", credential.certificate_der)
    leaves = [(leaf.start, leaf.end) for leaf in _leaves(root)]
    assert leaves[0][0] == 0
    assert leaves[-1][1] == len(credential.certificate_der)
    assert all(one[1] == other[0] for one, other in pairwise(leaves))
    return [f"{problem.start}: {problem.text}" for problem in root.problems()]


def _leaves(field: Field) -> list[Field]:
    return [leaf for child in field.children for leaf in _leaves(child)] or ([field] if field.end > field.start else [])


@pytest.mark.parametrize(("members", "openssl", "certtool"), EVERYTHING, ids=lambda each: next(iter(each), "")[:24])
def test_each_member_is_read_by_openssl_gnutls_and_wire(
    members: dict[str, object], openssl: tuple[str, ...], certtool: tuple[str, ...], tmp_path: Path
) -> None:
    credential = issued(replace(SERVER, **members))  # type: ignore[arg-type]
    by_openssl, by_certtool = said_of(credential, tmp_path)
    assert [each for each in openssl if each not in by_openssl] == []
    assert [each for each in certtool if each not in by_certtool] == []
    assert problems(credential) == []
    assert asn1_x509.Certificate.load(credential.certificate_der, strict=True).native


@pytest.mark.parametrize(
    ("members", "openssl", "certtool"), OF_AN_AUTHORITY, ids=lambda each: next(iter(each), "")[:24]
)
def test_each_member_of_an_authority_is_read_by_openssl_gnutls_and_wire(
    members: dict[str, object], openssl: tuple[str, ...], certtool: tuple[str, ...], tmp_path: Path
) -> None:
    credential = issued(replace(profile("intermediate"), name="below", **members))  # type: ignore[arg-type]
    by_openssl, by_certtool = said_of(credential, tmp_path)
    assert [each for each in openssl if each not in by_openssl] == []
    assert [each for each in certtool if each not in by_certtool] == []
    assert problems(credential) == []


@pytest.mark.parametrize("method", ("sha1", "sha1-short", "sha256"))
def test_a_key_identifier_is_made_by_its_method(method: str) -> None:
    authority = Authority.root_of(replace(profile("root"), name="x", subject_key_identifier=method))
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert len(own) == {"sha1": 20, "sha1-short": 8, "sha256": 20}[method]
    if method == "sha1-short":
        assert own[0] >> 4 == 4
    leaf = authority.issue(replace(SERVER, subject_key_identifier="none"))
    identifier = leaf.certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert identifier.key_identifier == own
    with pytest.raises(x509.ExtensionNotFound):
        leaf.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_extensions_can_be_left_away() -> None:
    bare = replace(
        SERVER,
        ca=None,
        key_usage=None,
        extended_key_usage=(),
        subject_key_identifier="none",
        authority_key_identifier="none",
    )
    assert [each.oid for each in issued(bare).certificate.extensions] == [x509.SubjectAlternativeName.oid]


def test_an_rsa_issuer_signs_with_pss_if_asked() -> None:
    certificate = RSA.issue(replace(SERVER, rsa_padding="pss", signature_hash="sha384"), KEY).certificate
    assert isinstance(certificate.signature_algorithm_parameters, padding.PSS)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA384)
    certificate.verify_directly_issued_by(RSA.certificate)


def test_an_empty_subject_makes_the_names_critical_and_the_mark_a_policy() -> None:
    certificate = issued(replace(SERVER, subject="")).certificate
    assert certificate.subject.rdns == []
    assert certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert policies[0].policy_identifier == TOY_POLICY


def test_a_subject_of_the_users_own_is_marked_in_a_policy_text(tmp_path: Path) -> None:
    own = issued(replace(SERVER, subject="CN=mine", certificate_policies=("1.2.3.4",)))
    by_openssl, _ = said_of(own, tmp_path)
    assert "Explicit Text: tlslab toy CA: for tests only" in by_openssl
    assert TOY_POLICY.dotted_string not in by_openssl


@pytest.mark.parametrize(
    ("members", "sentence"),
    (
        ({"subject": "CN"}, "which is no attribute: write CN=NAME"),
        ({"subject": "XY=a"}, "'XY' is no object identifier: write it as 1.2.3.4 or one of CN, "),
        ({"subject": "CN=" + "x" * 65}, "a CN of 65 characters; RFC 5280 allows 64"),
        ({"subject": "C=Germany"}, "two letters of ISO 3166"),
        ({"subject": "CN="}, "an empty CN"),
        ({"subject": "CN=a\\"}, "ends with a backslash"),
        ({"subject": "CN=a+CN=a"}, "same attribute twice"),
        ({"subject_alternative_name": ("IP:1.2.3",)}, "'1.2.3' is not an IP address"),
        ({"subject_alternative_name": ("URI:nothing",)}, "is not a URI such as"),
        ({"subject_alternative_name": ("RID:1",)}, "The registered ID '1' is no object identifier"),
        ({"subject_alternative_name": ("otherName:1.2.3;x",)}, "has no value: write TYPE;UTF8:TEXT"),
        ({"subject_alternative_name": ("otherName:1.2.3;DER:0501",)}, "not one whole DER value"),
        ({"key_usage": ("signing",)}, "no key usage 'signing': choose from digitalSignature"),
        ({"key_usage": ("decipherOnly",)}, "mean nothing without keyAgreement"),
        ({"extended_key_usage": ("tls",)}, "'tls' is no object identifier: write it as 1.2.3.4 or one of serverAuth"),
        ({"path_len_constraint": 0}, "is for an authority"),
        ({"certificate_policies": ("x",)}, "The policy 'x' is no object identifier"),
        ({"certificate_policies": ("1.2.3;notice=" + "x" * 201,)}, "allows 1 to 200"),
        ({"certificate_policies": ("1.2.3", "1.2.3")}, "is there twice"),
        ({"policy_mappings": ("1.2.3",)}, "is no pair"),
        ({"policy_mappings": ("2.5.29.32.0=1.2.3",)}, "may not map anyPolicy"),
        ({"inhibit_any_policy": -1}, "cannot be -1"),
        ({"require_explicit_policy": -1}, "cannot be -1"),
        ({"crl_distribution_points": ("",)}, "has no address"),
        ({"crl_distribution_points": ("http://a/;reasons=boredom",)}, "no reason 'boredom': choose from keyCompromise"),
        ({"subject_information_access": ("http://a/",)}, "has no address: write caRepository="),
        ({"tls_feature": ("alpn",)}, "no TLS feature 'alpn'"),
        ({"subject_key_identifier": "xyz"}, "is not hex"),
        ({"authority_key_identifier": "name"}, "choose keyid, issuer, keyid\\+issuer or none"),
        ({"extensions": ("1.2.3",)}, "has no value: write OID:HEX"),
        ({"extensions": ("1.2.3:0x",)}, "is not hex"),
        ({"extensions": ("2.5.29.17:3000",)}, "is there twice"),
        ({"extensions": ("2.5.29.17:0400",), "subject_alternative_name": ()}, "cannot be read back"),
        ({"critical": ("san",)}, "no extension 'san' in a template: choose from basicConstraints"),
        ({"permitted_subtrees": ("lab.test",)}, "has no type: write DNS:, IP:"),
        ({"permitted_subtrees": ("IP:10.0.0.1/8",)}, "no bit set behind its mask"),
        ({"serial_number": 0}, "positive and has 20 octets at most"),
        ({"serial_number": 1 << 160}, "positive and has 20 octets at most"),
        ({"signature_hash": "md5"}, "cannot be signed with 'md5': choose sha224"),
        ({"rsa_padding": "pss"}, "the issuer's key is P-256"),
        ({"rsa_padding": "oaep"}, "choose pkcs1 or pss"),
        ({"key_type": "RSA-512"}, "no key type 'RSA-512'"),
        ({"kind": "root"}, "A root signs itself"),
        ({"ca": True, "subject": ""}, "An authority has to have a subject"),
    ),
)
def test_what_cannot_be_is_refused_in_one_sentence(members: dict[str, object], sentence: str) -> None:
    with pytest.raises(PkiError, match=sentence) as refused:
        AUTHORITY.issue(replace(SERVER, **members))  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


def test_uris_and_directory_names_are_held_against_the_constraints() -> None:
    good = replace(SERVER, subject_alternative_name=("URI:spiffe://lab.test/x", "email:a@lab.test", "RID:1.2.3"))
    CONSTRAINED.issue(good, KEY)
    for name in ("URI:https://www.python.org/", "URI:urn:a:b", "email:a@python.org"):
        with pytest.raises(NameRefused):
            CONSTRAINED.issue(replace(SERVER, subject_alternative_name=(name,)), KEY)
    narrow = AUTHORITY.below(
        AUTHORITY.issue(replace(profile("intermediate"), name="n", permitted_subtrees=("dirName:O=Lab",)))
    )
    narrow.issue(replace(SERVER, subject="CN=a,O=Lab"), KEY)
    with pytest.raises(NameRefused):
        narrow.issue(replace(SERVER, subject="CN=a,O=Other"), KEY)


def test_a_preview_is_what_would_be_issued_but_for_key_and_number() -> None:
    template = replace(SERVER, subject="CN=x", tls_feature=("must-staple",), key_type="RSA-4096")
    preview = x509.load_der_x509_certificate(AUTHORITY.preview(template))
    preview.verify_directly_issued_by(AUTHORITY.certificate)
    assert preview.public_key().key_size == 4096  # type: ignore[union-attr]
    given_key = x509.load_der_x509_certificate(AUTHORITY.preview(template, KEY))
    real = AUTHORITY.issue(template, KEY).certificate
    assert list(given_key.extensions) == list(real.extensions)
    assert given_key.subject == real.subject


# Any template at all.

WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ("a.test", "*.b.test", "10.0.0.1", "::1", "a@b.test", "alice", "CN=x", "CN=x,O=y", "none", "1.2.3", "")
    ),
    st.builds(
        "{}{}".format,
        st.sampled_from(
            ("DNS:", "IP:", "email:", "URI:http://", "dirName:CN=", "RID:1.2.", "otherName:1.2.3;UTF8:", "CN=", "/CN=")
        ),
        st.text(max_size=8),
    ),
    st.builds(
        "{}:{}".format,
        st.sampled_from(("1.2.3", "1.2.4:critical", "2.5.29.17")),
        st.binary(max_size=4).map(lambda b: f"04{len(b):02x}{b.hex()}"),
    ),
    st.builds("1.2.{}".format, st.integers(0, 1 << 140)),
    st.builds("1.2.3{}{}".format, st.sampled_from((";cps=", ";notice=", "=1.2.")), st.text(max_size=8)),
    st.sampled_from(
        (
            "digitalSignature",
            "keyAgreement",
            "encipherOnly",
            "serverAuth",
            "must-staple",
            "keyid",
            "issuer",
            "sha1-short",
            "0102",
            "subjectAltName",
            "keyUsage",
            "sha384",
            "pss",
        )
    ),
)
TEXTS = st.lists(WORDS, max_size=3).map(tuple)
COUNTS = st.none() | st.integers(-2, 1 << 70)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC) | st.none())
STRATEGIES = {
    "str": WORDS, "str | None": st.none() | WORDS, "int | None": COUNTS, "datetime | None": MOMENTS, "bool": st.booleans(),
    "bool | None": st.none() | st.booleans(), "tuple[str, ...]": TEXTS, "tuple[str, ...] | None": st.none() | TEXTS,
    "int": st.integers(-1, 1 << 40),
}  # fmt: skip
MEMBERS = {
    name: STRATEGIES[str(field.type)]
    for name, field in Template.__dataclass_fields__.items()
    if name not in {"kind", "key_type"}
}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_template_gives_a_certificate_or_one_sentence(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(MEMBERS)), max_size=4, unique=True))
    kind = data.draw(st.sampled_from(("server", "client", "intermediate", "ocsp", "code", "email", "peer")))
    base = replace(profile(kind), name="named")
    template = replace(base, **{name: data.draw(MEMBERS[name], label=name) for name in names})
    authority = data.draw(st.sampled_from((AUTHORITY, CONSTRAINED)))
    try:
        credential = authority.issue(template, KEY)
    except PkiError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        return
    again = x509.load_der_x509_certificate(credential.certificate_der)
    again.verify_directly_issued_by(authority.certificate)
    assert len(list(again.extensions)) >= len(template.extensions)
    assert problems(credential) == []


@settings(max_examples=300, deadline=None)
@given(st.data(), st.text(min_size=1, max_size=8), st.text(max_size=8))
def test_any_template_is_kept_as_a_profile_and_comes_back(data: st.DataObject, name: str, description: str) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(MEMBERS)), max_size=5, unique=True))
    template = replace(profile("server"), **{each: data.draw(MEMBERS[each], label=each) for each in names})
    try:
        text = as_toml(name, template, description)
    except PkiError as error:
        reason = str(error)
        assert "half a character" in reason
        return
    (again,) = load_profiles(text).values()
    assert (again.name, again.description) == (name, description)
    assert again.template == template


@pytest.mark.parametrize("kind", ("server", "client", "peer", "intermediate", "code", "email"))
@pytest.mark.parametrize("key_type", ("P-256", "RSA-2048"))
@pytest.mark.parametrize("changes", ({}, {"key_usage": None}, {"ca": None, "authority_key_identifier": "issuer"}))
def test_what_is_put_together_from_kept_parts_is_what_is_built_anew(
    changes: dict[str, object], key_type: str, kind: str
) -> None:
    template = replace(profile(kind), subject_alternative_name=("a.test",), **changes)  # type: ignore[arg-type]
    spki = placeholder_key(key_type).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    names = subject_alternative_name(template)
    circumstances = Circumstances(template, spki, AUTHORITY.certificate, names, subject_is_empty=False, note="")
    assert encoded_extensions(circumstances) == b"".join(each.der for each in extensions(circumstances))


def test_cryptography_builds_the_same_certificate() -> None:
    made = issued(replace(SERVER, serial_number=7)).certificate
    builder = x509.CertificateBuilder(
        made.issuer,
        made.subject,
        KEY.public_key(),
        7,
        made.not_valid_before_utc.replace(tzinfo=None),
        made.not_valid_after_utc.replace(tzinfo=None),
        list(made.extensions),
    )
    again = builder.sign(AUTHORITY.credential.private_key, hashes.SHA256())
    assert again.tbs_certificate_bytes == made.tbs_certificate_bytes


@pytest.mark.parametrize("algorithm", HASHES)
@pytest.mark.parametrize("issuer", (AUTHORITY, RSA), ids=("ECDSA", "RSA"))
@pytest.mark.parametrize("rsa_padding", ("pkcs1", "pss"))
def test_every_hash_and_padding_is_written_as_cryptography_writes_it(
    rsa_padding: str, issuer: Authority, algorithm: str
) -> None:
    if issuer is AUTHORITY and rsa_padding == "pss":
        return
    made = issuer.issue(replace(SERVER, signature_hash=algorithm, rsa_padding=rsa_padding), KEY).certificate
    made.verify_directly_issued_by(issuer.certificate)
    assert made.signature_hash_algorithm is not None
    assert made.signature_hash_algorithm.name == algorithm


@pytest.mark.parametrize("key_type", ("P-384", "Ed25519", "ML-DSA-44", "brainpoolP256r1"))
def test_chains_may_be_mixed_to_any_depth(key_type: str) -> None:
    authority = Authority.create("lab-ca")
    for depth in reversed(range(4)):
        authority = authority.intermediate(
            f"level {depth}", key_type if depth % 2 else "P-256", path_len_constraint=depth
        )
    leaf = authority.issue_server("deep.test", key_type=key_type)
    path = (leaf.certificate, *leaf.chain, authority.root)
    assert len(path) == 6
    for certificate, issuer in pairwise(path):
        certificate.verify_directly_issued_by(issuer)


def test_a_validity_is_kept_to_the_second() -> None:
    start = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    leaf = issued(replace(SERVER, not_before=start, not_after=start + timedelta(seconds=1)))
    assert leaf.not_after - leaf.not_before == timedelta(seconds=1)


def test_a_public_key_alone_gives_a_credential_without_a_private_one() -> None:
    key: PrivateKey = generate_key("Ed25519")
    credential = AUTHORITY.issue(SERVER, key.public_key())
    assert credential.key is None
    assert credential.certificate.public_key() == key.public_key()
    with pytest.raises(PkiError, match=r"The private key of a\.lab\.test is not here"):
        _ = credential.private_key


def test_a_key_that_is_not_for_tls_is_refused() -> None:
    for key in (dsa.generate_private_key(2048), x25519.X25519PrivateKey.generate()):
        for half in (key, key.public_key()):
            with pytest.raises(PkiError, match="keys are not for certificates of TLS"):
                AUTHORITY.issue(SERVER, half)  # type: ignore[arg-type]
