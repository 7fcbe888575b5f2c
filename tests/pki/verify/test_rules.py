"""One rule each: a certificate that breaks it is refused for it, with the bytes; the one beside it is not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.pki.verify.making import CLIENT, HOST, NOW, Recipe, dn, extension, leaf, make, root
from tlslab.pki import Authority, profile
from tlslab.pki.private_keys import HASHES
from tlslab.pki.verify import Judgement, judge, question, validate
from tlslab.pki.verify.findings import texts
from tlslab.pki.verify.model import Settings
from tlslab.pki.verify.policies import check_policies

PACKAGE = Path(__file__).parents[3] / "tlslab" / "pki" / "verify"
ROOT = root()
ISSUER = Recipe("Issuer", "Root")
LEAF = leaf("Issuer", HOST)


def judged(
    leaf_: Recipe = LEAF, issuer: Recipe = ISSUER, anchor: Recipe = ROOT, settings: Settings | None = None
) -> Judgement:
    asked = settings or Settings(host=HOST, at=NOW)
    return judge(question([make(leaf_), make(issuer)], [make(anchor)], settings=asked))


def codes(judgement: Judgement) -> dict[str, int | None]:
    return {reason.code: reason.depth for reason in judgement.reasons}


def test_a_chain_as_it_should_be_is_accepted_without_a_reason() -> None:
    judgement = judged()
    assert judgement.accepted
    assert judgement.reasons == ()
    assert judgement.path.subjects == ("leaf", "Issuer", "Root")


BROKEN_LEAVES = {
    "expired": replace(LEAF, days=(-20, -10)),
    "not-yet-valid": replace(LEAF, days=(5, 10)),
    "wrong-purpose": replace(LEAF, purposes=(CLIENT,)),
    "aki-missing": replace(LEAF, key_identifiers=False),
    "bad-signature": replace(LEAF, issuer_key="somebody else"),
    "host-mismatch": replace(LEAF, names=("other.localhost",)),
    "no-alternative-name": replace(LEAF, names=()),
    "name-constraints-in-leaf": replace(LEAF, permitted=("localhost",)),
    "path-length-out-of-place": replace(LEAF, extra=(extension("2.5.29.19", "3003020100", critical=True),)),
    "malformed-extension": replace(LEAF, extra=(extension("1.3.6.1.5.5.7.1.1", "3000"),)),
    "must-not-be-critical": replace(
        LEAF, extra=(extension("1.3.6.1.5.5.7.1.1", "300e300c06082b060105050730018600", critical=True),)
    ),
    "unknown-critical-extension": replace(LEAF, extra=(extension("1.3.6.1.4.1.55738.1", "0500", critical=True),)),
    "precertificate": replace(LEAF, extra=(extension("1.3.6.1.4.1.11129.2.4.3", "0500", critical=True),)),
    "must-be-critical": replace(LEAF, extra=(extension("2.5.29.54", "020100"),)),
    "distribution-point-empty": replace(LEAF, extra=(extension("2.5.29.31", "3006300481020780"),)),
    "policy-twice": replace(LEAF, extra=(extension("2.5.29.32", "300c300406022a03300406022a03"),)),
    "staple-missing": replace(LEAF, extra=(extension("1.3.6.1.5.5.7.1.24", "3003020105"),)),
    "netscape-type": replace(LEAF, extra=(extension("2.16.840.1.113730.1.1", "03020780"),)),
    "key-usage-useless": replace(LEAF, key_usage=False, extra=(extension("2.5.29.15", "03020520"),)),
    "key-usage-empty": replace(LEAF, key_usage=False, extra=(extension("2.5.29.15", "030100"),)),
    "key-cert-sign-without-ca": replace(LEAF, key_usage=False, extra=(extension("2.5.29.15", "03020284"),)),
    "no-name-at-all": replace(LEAF, name="", key="leaf", names=()),
}


@pytest.mark.parametrize("code", BROKEN_LEAVES)
def test_a_leaf_that_breaks_one_rule_is_refused_for_it(code: str) -> None:
    judgement = judged(BROKEN_LEAVES[code])
    assert not judgement.accepted
    assert codes(judgement).get(code) == 0
    (reason,) = (reason for reason in judgement.reasons if reason.code == code)
    assert 0 <= reason.start < reason.end <= len(reason.data)


BROKEN_ISSUERS = {
    "not-an-authority": replace(ISSUER, ca=False, basic_constraints=True, extra=(extension("2.5.29.19", "3000"),)),
    "authority-without-basic-constraints": replace(ISSUER, basic_constraints=False),
    "authority-without-key-usage": replace(ISSUER, key_usage=False),
    "key-cert-sign-missing": replace(ISSUER, key_usage=False, extra=(extension("2.5.29.15", "03020102"),)),
    "ski-missing": replace(ISSUER, key_identifiers=False),
    "expired": replace(ISSUER, days=(-20, -10)),
    "authority-purpose": replace(ISSUER, purposes=(CLIENT,)),
    "name-constraints-empty": replace(ISSUER, extra=(extension("2.5.29.30", "3000", critical=True),)),
    "name-constraint-malformed": replace(ISSUER, permitted=(".localhost",)),
    "policy-mapping-any": replace(
        ISSUER, extra=(extension("2.5.29.33", "300c300a06022a030604551d2000", critical=True),)
    ),
}


@pytest.mark.parametrize("code", BROKEN_ISSUERS)
def test_an_issuer_that_breaks_one_rule_is_refused_for_it(code: str) -> None:
    judgement = judged(issuer=BROKEN_ISSUERS[code])
    assert not judgement.accepted
    assert codes(judgement).get(code) == 1


def test_the_constraints_of_an_authority_are_told_at_the_name_that_they_forbid() -> None:
    for code, issuer in (
        ("name-not-permitted", replace(ISSUER, permitted=("other.test",))),
        ("name-excluded", replace(ISSUER, excluded=("localhost",))),
    ):
        judgement = judged(issuer=issuer)
        (reason,) = (reason for reason in judgement.reasons if reason.code == code)
        assert reason.depth == 0
        assert HOST.encode() in reason.data[reason.start : reason.end]
        assert "Issuer" in reason.text


def test_every_reason_is_given_and_not_only_the_first() -> None:
    judgement = judged(
        replace(LEAF, days=(-20, -10), purposes=(CLIENT,), names=("other.localhost",)),
        replace(ISSUER, days=(-20, -10), path_len=0),
        replace(ROOT, days=(5, 10)),
    )
    assert {("expired", 0), ("wrong-purpose", 0), ("host-mismatch", 0), ("expired", 1), ("not-yet-valid", 2)} <= {
        (reason.code, reason.depth) for reason in judgement.reasons
    }


def test_the_path_length_counts_authorities_that_are_not_self_issued() -> None:
    short = replace(ROOT, path_len=0)
    assert codes(judged(anchor=short)) == {"path-length-exceeded": 2}
    renewed = Recipe("Root", "Root", key="new", key_identifiers=True)
    chain = [make(leaf("Root", HOST, issuer_key="new")), make(replace(renewed, issuer_key="Root"))]
    assert validate(chain, [make(short)], host=HOST, at=NOW).accepted


@pytest.mark.parametrize(
    ("host", "names", "accepted"),
    (
        ("a.lab.test", ("*.lab.test",), True),
        ("A.LAB.TEST", ("*.lab.test",), True),
        ("a.lab.test.", ("a.lab.test",), True),
        ("bücher.example", ("xn--bcher-kva.example",), True),
        ("b.a.lab.test", ("*.lab.test",), False),
        ("lab.test", ("*.lab.test",), False),
        ("a.test", ("*.test",), False),
        ("foo.lab.test", ("f*.lab.test",), False),
        ("127.0.0.1", ("127.0.0.1",), True),
        ("127.0.0.1", ("127.0.0.2",), False),
        ("[::1]", ("::1",), True),
        ("::1", ("0:0:0:0:0:0:0:1",), True),
    ),
)
def test_a_host_is_matched_as_rfc_9525_has_it(host: str, names: tuple[str, ...], *, accepted: bool) -> None:
    assert judged(replace(LEAF, names=names), settings=Settings(host=host, at=NOW)).accepted == accepted


def test_any_purpose_is_not_a_servers_unless_rfc_5280_is_all_that_counts() -> None:
    recipe = replace(LEAF, purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,))
    assert codes(judged(recipe)) == {"wrong-purpose": 0}
    assert judged(recipe, settings=Settings(host=HOST, at=NOW, rules="rfc5280")).accepted
    assert judged(issuer=replace(ISSUER, purposes=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,))).accepted


def test_rules_of_the_web_count_for_public_names_only() -> None:
    authority = extension("2.5.29.19", "30030101ff", critical=True)
    public, private = (leaf("Issuer", name, extra=(authority,)) for name in ("a.example.com", "a.lab.test"))
    for recipe, host, accepted in ((public, "a.example.com", False), (private, "a.lab.test", True)):
        judgement = judged(recipe, settings=Settings(host=host, at=NOW))
        assert judgement.accepted == accepted
        assert judgement.web != accepted
    assert judged(public, settings=Settings(host="a.example.com", at=NOW, rules="rfc5280")).accepted


def test_extensions_that_a_ca_of_the_web_leaves_uncritical_are_only_bound_there() -> None:
    purposes = extension("2.5.29.37", "300a06082b06010505070301", critical=True)
    for host, accepted in (("a.example.com", False), ("a.lab.test", True)):
        recipe = leaf("Issuer", host, purposes=(), extra=(purposes,))
        judgement = judged(recipe, settings=Settings(host=host, at=NOW))
        assert judgement.accepted == accepted
        assert accepted or judgement.reasons[0].book == "CA/B BR"


@pytest.mark.parametrize(
    ("name", "accepted"), (("www.example.com", True), ("other words", True), ("WWW.example.com", False))
)
def test_a_common_name_may_not_be_another_spelling(name: str, *, accepted: bool) -> None:
    recipe = leaf("Issuer", "www.example.com", name=name)
    assert judged(recipe, settings=Settings(host="www.example.com", at=NOW)).accepted == accepted


def test_a_common_name_beside_the_names_is_held_against_it_by_the_pedantic_rules_alone() -> None:
    asked = Settings(host="www.example.com", at=NOW)
    recipe = leaf("Issuer", "www.example.com", name="shop.example.com")
    assert judged(recipe, settings=asked).accepted
    assert "common-name-unlisted" in codes(judged(recipe, settings=replace(asked, rules="pedantic")))


@pytest.mark.parametrize("name", [each for each in HASHES if each.startswith("sha3")])
@pytest.mark.parametrize("key_type", ("P-256", "RSA-2048"))
def test_signatures_with_every_hash_of_the_lab_are_checked(key_type: str, name: str) -> None:
    authority = Authority.create("lab-ca", key_type)
    server = authority.issue(
        replace(profile("server"), subject_alternative_name=("localhost",), key_type="P-256", signature_hash=name)
    )
    chain, roots = [server.certificate_der], [authority.credential.certificate_der]
    assert validate(chain, roots, host="localhost").accepted
    damaged = chain[0][:-1] + bytes([chain[0][-1] ^ 1])
    assert [each.code for each in validate([damaged], roots, host="localhost").reasons] == ["bad-signature"]


def test_a_name_is_compared_without_regard_to_case_and_spaces() -> None:
    odd = make(replace(LEAF, issuer="iSSuer", issuer_key="Issuer"))
    assert validate([odd, make(ISSUER)], [make(ROOT)], host=HOST, at=NOW).accepted
    assert dn("Issuer") != dn("iSSuer")


def test_what_is_asked_for_beside_is_demanded() -> None:
    for settings, code in (
        (Settings(host=HOST, at=NOW, key_usage=("keyEncipherment",)), "key-usage-lacks"),
        (Settings(host=HOST, at=NOW, extended_key_usage=("1.3.6.1.5.5.7.3.3",)), "wrong-purpose"),
        (Settings(host=HOST, at=NOW, signature_algorithms=("1.2.840.113549.1.1.11",)), "algorithm-not-asked"),
        (Settings(host=HOST, at=NOW, names=("alice@lab.test",)), "name-mismatch"),
        (Settings(host=HOST, at=NOW, max_intermediates=0), "path-too-long"),
        (Settings(host=HOST, at=NOW, require_explicit_policy=True), "policy-required"),
    ):
        assert code in codes(judged(settings=settings))


def test_a_trusted_intermediate_is_an_anchor() -> None:
    assert validate([make(LEAF)], [make(ISSUER)], host=HOST, at=NOW).accepted


def test_without_a_trusted_certificate_the_path_goes_as_far_as_it_can() -> None:
    judgement = validate([make(LEAF), make(ISSUER)], [], host=HOST, at=NOW)
    assert judgement.path.subjects == ("leaf", "Issuer")
    assert codes(judgement) == {"no-trusted-issuer": 1}
    sent = validate([make(LEAF), make(ISSUER), make(ROOT)], [], host=HOST, at=NOW)
    assert codes(sent) == {"self-signed-not-trusted": 2}


def test_every_candidate_has_every_check_and_the_chosen_one_passes_all() -> None:
    others = [make(replace(ISSUER, days=(-20, -10), serial=7)), make(replace(ISSUER, path_len=0, serial=8))]
    judgement = validate([make(LEAF), *others, make(ISSUER)], [make(ROOT)], host=HOST, at=NOW)
    below = [candidate for candidate in judgement.candidates if candidate.depth == 0]
    assert len(below) == 3
    assert sum(candidate.chosen for candidate in below) == 1
    assert all(candidate.fits for candidate in below if candidate.chosen)
    (expired,) = (candidate for candidate in below if candidate.serial == "7")
    assert [check.name for check in expired.checks if check.ok is False] == ["validity"]


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
    used = set(re.findall(r'"([a-z0-9-]+)"', source))
    assert set(texts()) <= used
    for code, text in texts().items():
        assert text.text.endswith("."), code
        assert text.fix.endswith("."), code
        assert text.rule, code


POLICY, OTHER = "300630040602" + "2a03", "300630040602" + "2a04"


@pytest.mark.parametrize(
    ("issuer", "leaf_", "wanted", "accepted"),
    (
        (POLICY, POLICY, (), True),
        (POLICY, OTHER, (), False),
        (None, POLICY, (), False),
        (POLICY, None, (), False),
        (POLICY, POLICY, ("1.2.3",), True),
        (POLICY, POLICY, ("1.2.4",), False),
        ("300830060604551d2000", POLICY, ("1.2.3",), True),
    ),
)
def test_policies_hold_for_the_whole_path_or_not(
    issuer: str | None, leaf_: str | None, wanted: tuple[str, ...], *, accepted: bool
) -> None:
    below, above = (
        replace(recipe, extra=(extension("2.5.29.32", value),) if value else ())
        for recipe, value in ((LEAF, leaf_), (ISSUER, issuer))
    )
    settings = Settings(host=HOST, at=NOW, require_explicit_policy=True, initial_policies=wanted)
    judgement = judged(below, above, settings=settings)
    assert judgement.accepted == accepted
    assert ("policy-required" in codes(judgement)) != accepted
    assert not accepted or judgement.policies == ("1.2.3",)


def test_a_mapped_policy_is_the_authoritys_own() -> None:
    mapping = extension("2.5.29.33", "300a300806022a0306022a04", critical=True)
    above = replace(ISSUER, extra=(extension("2.5.29.32", POLICY), mapping))
    below = replace(LEAF, extra=(extension("2.5.29.32", OTHER),))
    settings = Settings(host=HOST, at=NOW, require_explicit_policy=True)
    assert judged(below, above, settings=settings).policies == ("1.2.3",)
    assert not judged(below, above, settings=replace(settings, inhibit_policy_mapping=True)).accepted


def test_an_authority_can_demand_a_policy() -> None:
    demands = replace(ISSUER, extra=(extension("2.5.29.36", "3003800100", critical=True),))
    assert codes(judged(issuer=demands)) == {"policy-required": 1}


def test_policies_that_are_made_to_grow_stay_small() -> None:
    """CVE-2023-0464: with the tree of RFC 5280 this is 2 ** 24 nodes."""
    from tlslab.pki.verify.certificate import read_certificate

    policies = extension("2.5.29.32", POLICY.replace("3006", "300c", 1) + OTHER[4:])
    pairs = "".join(f"300806022a0{a}06022a0{b}" for a in (3, 4) for b in (3, 4))
    mapping = extension("2.5.29.33", f"3028{pairs}", critical=True)
    chain = [Recipe(f"A{n}", f"A{n + 1}", extra=(policies, mapping)) for n in range(24)]
    path = [read_certificate(make(recipe)) for recipe in (leaf("A0", HOST, extra=(policies,)), *chain, root("A24"))]
    verdict = check_policies(path, Settings(require_explicit_policy=True))
    assert verdict.ok
    assert verdict.policies == ("1.2.3", "1.2.4")
