"""The catalogue of broken certificates, judged: what OpenSSL refuses in strict mode the lab refuses too, with a reason."""

from __future__ import annotations

import pytest

from tlslab.pki.broken import Specimen, conditions, specimen
from tlslab.pki.verify import judge
from tlslab.pki.verify.engines import engine_verdicts
from tlslab.pki.verify.model import MOST_INTERMEDIATES, Question, RevocationDemand, Settings

ANCHORS = {"trusted-intermediate-only-no-partial-flag", "trusted-intermediate-only-partial-chain"}
"""For RFC 5280 §6.1.1 (d) any authority can be an anchor; OpenSSL wants a flag for that."""
GOOD = {
    *(
        "chain-reordered",
        "chain-extra-unrelated-cert",
        "ocsp-pflag-good",
        "key-does-not-match-cert",
        "lifetime-10-years",
    ),
    *("san-critical-with-subject", "ca-cert-as-leaf", "server-cert-no-eku", "server-cert-eku-critical", "p224-leaf"),
    *("server-ku-keyagreement-only", "client-cert-no-san"),
}
"""Nothing that a verifier of private names would have to refuse: controls, what the key decides, and rules of the web."""


def asked(made: Specimen) -> Question:
    verifier = made.verifier
    flags, demand = set(verifier.verify_flags), "given"
    if "CRL_CHECK" in flags:
        demand = "chain" if "CRL_CHECK_ALL" in flags else "leaf"
    demands: dict[str, RevocationDemand] = {"given": "given", "leaf": "leaf", "chain": "chain"}
    settings = Settings(
        host=made.host if made.shown_by == "server" else None,
        purpose=made.shown_by,
        at=made.made_at,
        revocation=demands[demand],
        require_staple=bool(verifier.ocsp),
        require_explicit_policy="EXPLICIT_POLICY" in flags,
        max_intermediates=MOST_INTERMEDIATES if verifier.verify_depth is None else verifier.verify_depth,
    )
    shown = tuple(each.der for each in made.shower.certificates)
    return Question(
        shown, tuple(each.der for each in verifier.trusts), verifier.crls, made.shower.staple or None, settings
    )


@pytest.mark.parametrize("name", [condition.name for condition in conditions()])
def test_every_condition_is_refused_with_a_reason_or_is_none_for_a_verifier(name: str) -> None:
    made = specimen(name)
    if not made.shower.certificates:
        return
    question = asked(made)
    judgement = judge(question)
    assert judgement.accepted == (name in GOOD | ANCHORS), [reason.code for reason in judgement.reasons]
    verdicts = {verdict.engine: verdict.accepted for verdict in engine_verdicts(question)}
    if judgement.accepted and name not in ANCHORS:
        assert verdicts["OpenSSL strict"] is not False
