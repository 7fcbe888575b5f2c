"""Revocation: CRLs of every kind, and stapled OCSP responses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests.pki.verify.making import HOST, NOW, Recipe, dn, extension, leaf, make, root
from tests.pki.verify.making_status import DAY, ISSUER, LEAF, ROOT, crl, response
from tlslab.pki.verify import Judgement, judge, question
from tlslab.pki.verify.model import RevocationDemand, Settings
from tlslab.pki.verify.timeline import spans, timeline


def scope(**settings: object) -> tuple[x509.ExtensionType, bool]:
    members: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**members, **settings}), True  # type: ignore[arg-type]


def judged(
    *crls: bytes,
    demand: RevocationDemand = "given",
    at: datetime = NOW,
    leaf_: bytes = LEAF,
    others: tuple[bytes, ...] = (),
    staple: bytes | None = None,
) -> Judgement:
    settings = Settings(host=HOST, at=at, revocation=demand)
    return judge(question([leaf_, ISSUER, *others], [ROOT], crls, staple, settings))


def codes(judgement: Judgement) -> set[str]:
    return {reason.code for reason in judgement.reasons}


def test_a_list_without_the_certificate_is_no_reason() -> None:
    assert judged(crl()).accepted
    assert judged(crl("Issuer", 0x99)).accepted


def test_a_revoked_certificate_is_told_at_its_entry() -> None:
    judgement = judged(crl("Issuer", 0x99, 0x11))
    (reason,) = judgement.reasons
    assert (reason.code, reason.depth, reason.origin) == ("revoked", 0, "crl")
    assert bytes.fromhex("020111") in reason.data[reason.start : reason.end]
    assert "keyCompromise" in reason.text


def test_a_revoked_intermediate_is_found_whether_lists_are_demanded_for_it_or_not() -> None:
    for demand in ("leaf", "chain", "if-present"):
        judgement = judged(crl(), crl("Root", 0x22), demand=demand)
        assert [(reason.code, reason.depth) for reason in judgement.reasons] == [("revoked", 1)]


def test_a_serial_number_on_the_list_of_another_issuer_means_nothing() -> None:
    assert judged(crl(), crl("Root", 0x11)).accepted


@pytest.mark.parametrize(
    ("demand", "missing"), (("if-present", set()), ("given", {0}), ("leaf", {0}), ("chain", {0, 1}))
)
def test_how_much_has_to_be_covered_is_asked_for(demand: RevocationDemand, missing: set[int]) -> None:
    judgement = judged(crl("Somebody"), demand=demand)
    assert {reason.depth for reason in judgement.reasons if reason.code == "crl-missing"} == missing


def test_without_lists_none_are_demanded_unless_somebody_says_so() -> None:
    assert judged(demand="given").accepted
    assert codes(judged(demand="leaf")) == {"crl-missing"}


def test_a_staple_can_be_demanded() -> None:
    settings = Settings(host=HOST, at=NOW, require_staple=True)
    asked = question([LEAF, ISSUER], [ROOT], settings=settings)
    assert codes(judge(asked)) == {"staple-demanded"}
    assert judge(replace(asked, staple=response())).accepted


UNUSABLE = {
    "crl-expired": crl(days=(-9, -3)),
    "crl-not-yet-valid": crl(days=(1, 3)),
    "crl-bad-signature": crl(signer="somebody else"),
    "crl-number-missing": crl(number=None),
    "crl-aki-missing": crl(aki=False),
    "crl-out-of-scope": crl(extensions=[scope(only_contains_ca_certs=True)]),
    "crl-malformed": b"\x30\x03\x02\x01\x00",
    "crl-unknown-critical-extension": crl(
        extensions=[(x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\5\0"), True)]
    ),
}


@pytest.mark.parametrize("code", UNUSABLE)
def test_a_list_that_cannot_be_used_is_a_reason_where_one_is_demanded(code: str) -> None:
    assert codes(judged(UNUSABLE[code])) == {code}
    assert judged(UNUSABLE[code], crl()).accepted, "a good one beside it is enough"


def test_the_scope_of_a_list_is_heeded() -> None:
    assert judged(crl(extensions=[scope(only_contains_user_certs=True)])).accepted
    place = [x509.UniformResourceIdentifier("http://lab.test/a.crl")]
    listed = crl(extensions=[scope(full_name=place)])
    assert codes(judged(listed)) == {"crl-out-of-scope"}
    point = x509.DistributionPoint(place, None, None, None)
    points = x509.Extension(x509.CRLDistributionPoints.oid, critical=False, value=x509.CRLDistributionPoints([point]))
    assert judged(listed, leaf_=make(leaf("Issuer", HOST, serial=0x11, extra=(points,)))).accepted


def test_a_list_of_some_reasons_covers_those_alone() -> None:
    some = crl(extensions=[scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))])
    assert codes(judged(some)) == {"crl-missing"}
    rest = frozenset(set(x509.ReasonFlags) - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl})
    assert judged(some, crl(extensions=[scope(only_some_reasons=rest)])).accepted


def test_a_delta_has_the_last_word() -> None:
    hold, gone = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl
    assert codes(judged(crl(), crl("Issuer", 0x11, number=6, base=5))) == {"revoked"}
    assert judged(crl("Issuer", 0x11, reason=hold), crl("Issuer", 0x11, number=6, base=5, reason=gone)).accepted
    assert codes(
        judged(crl("Issuer", 0x11, number=3, reason=hold), crl("Issuer", 0x11, number=6, base=5, reason=gone))
    ) == {"revoked"}, "the delta is for a later list"
    assert codes(judged(crl(number=6, base=5))) == {"crl-missing"}, "a delta alone covers nothing"


def test_an_indirect_list_is_of_another_issuer_that_the_certificate_names() -> None:
    signer = make(Recipe("Lists", "Root", serial=0x33))
    point = x509.DistributionPoint(None, None, None, [x509.DirectoryName(dn("Lists"))])
    points = x509.Extension(x509.CRLDistributionPoints.oid, critical=False, value=x509.CRLDistributionPoints([point]))
    own = make(leaf("Issuer", HOST, serial=0x11, extra=(points,)))
    of_issuer = [x509.CertificateIssuer([x509.DirectoryName(dn("Issuer"))])]
    indirect = crl("Lists", 0x11, extensions=[scope(indirect_crl=True)], entry_extensions=of_issuer)
    assert codes(judged(indirect, leaf_=own, others=(signer,))) == {"revoked"}
    clean = crl("Lists", 0x11, extensions=[scope(indirect_crl=True)])
    assert judged(clean, leaf_=own, others=(signer,)).accepted, "the entry is about a certificate of Lists"
    assert codes(judged(indirect, leaf_=own)) == {"crl-issuer-missing"}
    stranger = make(root("Lists"))
    assert codes(judged(indirect, leaf_=own, others=(stranger,))) == {"crl-signer-not-trusted"}


def test_the_signer_of_a_list_needs_its_key_usage() -> None:
    usage = extension("2.5.29.15", "03020204", critical=True)
    issuer = make(Recipe("Issuer", "Root", key_usage=False, extra=(usage,)))
    settings = Settings(host=HOST, at=NOW)
    judgement = judge(question([LEAF, issuer], [ROOT], [crl()], settings=settings))
    assert codes(judgement) == {"crl-sign-missing"}


# ------------------------------------------------------------------------------------ OCSP

RESPONDER = Recipe("Responder", "Issuer", ca=False, purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,))
OTHER = make(leaf("Issuer", HOST, serial=0x44))
FLIPPED = response()[:-1] + bytes([response()[-1] ^ 1])


@pytest.mark.parametrize("by_key", (False, True))
def test_a_good_staple_of_the_issuer_or_its_responder_is_accepted(*, by_key: bool) -> None:
    assert judged(staple=response(by_key=by_key)).accepted
    assert judged(staple=response(hash_=hashes.SHA256())).accepted
    own = make(RESPONDER)
    assert judged(staple=response(signer="Responder", responder=own, certificates=[own], by_key=by_key)).accepted


BAD_STAPLES = {
    "staple-revoked": response(ocsp.OCSPCertStatus.REVOKED),
    "staple-unknown": response(ocsp.OCSPCertStatus.UNKNOWN),
    "staple-expired": response(days=(-5, -2)),
    "staple-not-yet-valid": response(days=(1, 2)),
    "staple-other-certificate": response(about=OTHER),
    "staple-bad-signature": response(
        signer="somebody else", responder=make(Recipe("Issuer", "Root", key="somebody else"))
    ),
    "staple-malformed": b"\x30\x03\x0a\x01\x00",
    "staple-refused": ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
        Encoding.DER
    ),
}


@pytest.mark.parametrize("code", BAD_STAPLES)
def test_a_staple_that_is_not_good_is_told_with_its_bytes(code: str) -> None:
    judgement = judged(staple=BAD_STAPLES[code])
    (reason,) = judgement.reasons
    assert (reason.code, reason.origin) == (code, "staple")
    assert 0 <= reason.start < reason.end <= len(BAD_STAPLES[code])


def test_a_damaged_staple_is_refused() -> None:
    assert codes(judged(staple=FLIPPED)) <= {"staple-bad-signature", "staple-malformed"}
    assert not judged(staple=FLIPPED).accepted


@pytest.mark.parametrize(
    "changes", ({"purposes": ()}, {"issuer": "Root"}, {"days": (-20, -10)}, {"issuer_key": "somebody else"})
)
def test_a_responder_without_the_right_to_sign_is_refused(changes: dict[str, object]) -> None:
    own = make(replace(RESPONDER, **changes))  # type: ignore[arg-type]
    judgement = judged(staple=response(signer="Responder", responder=own, certificates=[own]))
    assert codes(judgement) == {"staple-signer-not-trusted"}


def test_a_certificate_that_demands_a_staple_is_content_with_a_good_one() -> None:
    feature = x509.Extension(
        x509.TLSFeature.oid, critical=False, value=x509.TLSFeature([x509.TLSFeatureType.status_request])
    )
    strict = make(leaf("Issuer", HOST, serial=0x11, extra=(feature,)))
    assert codes(judged(leaf_=strict)) == {"staple-missing"}
    assert judged(leaf_=strict, staple=response(about=strict)).accepted


# ------------------------------------------------------------------------------------ time


def test_the_time_line_tells_which_link_breaks_when() -> None:
    settings = Settings(host=HOST, at=NOW)
    asked = question([LEAF, ISSUER], [ROOT], [crl(days=(-1, 5))], response(days=(-2, 3)), settings)
    moments = timeline(asked)
    told = [(moment.time, moment.accepted, {reason.code for reason in moment.began}) for moment in moments[1:]]
    second = timedelta(seconds=1)
    assert told == [
        (NOW - 10 * DAY, False, set()),
        (NOW - 2 * DAY, False, set()),
        (NOW - DAY, True, set()),
        (NOW + 3 * DAY + second, False, {"staple-expired"}),
        (NOW + 5 * DAY + second, False, {"crl-expired"}),
        (NOW + 10 * DAY + second, False, {"expired"}),
    ]
    assert not moments[0].accepted
    assert {span.kind for span in spans(asked)} == {"certificate", "crl", "staple"}
