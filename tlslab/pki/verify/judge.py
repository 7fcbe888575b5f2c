"""The lab's verdict on a chain: every path, every candidate, every reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.candidates import candidates_of
from tlslab.pki.verify.certificate import Certificate, Defect, read_certificate
from tlslab.pki.verify.crls import CrlCheck, read_crl
from tlslab.pki.verify.findings import Finding, reason_of
from tlslab.pki.verify.hosts import is_web
from tlslab.pki.verify.model import Judgement, Path, Purpose, Question, Rules, Settings, question
from tlslab.pki.verify.path_rules import Asked
from tlslab.pki.verify.policies import PolicyVerdict, check_policies
from tlslab.pki.verify.search import Search, State, make_search
from tlslab.pki.verify.staples import staple_findings


def validate(
    chain: Sequence[bytes],
    roots: Sequence[bytes],
    *,
    host: str | None = None,
    purpose: Purpose | None = "server",
    at: datetime | None = None,
    crls: Sequence[bytes] = (),
    staple: bytes | None = None,
    rules: Rules = "joined",
) -> Judgement:
    """Judge a chain by RFC 5280 and what clients of the web ask beside it.

    chain    DER; the peer's own certificate first, the rest in any order.
    roots    DER of what is trusted.
    host     DNS name or IP address that was wanted; None: no name is compared.
    at       with a time zone; None: now.
    staple   OCSP response, DER, as in CertificateStatus.

    Never raises for bytes. Raises ValueError for an empty chain and for a time without its zone.
    Source: RFC 5280 section 6; RFC 9525; RFC 9618; CA/Browser Forum Baseline Requirements.
    """
    settings = Settings(host=host, purpose=purpose, at=at or datetime.now(UTC), rules=rules)
    return judge(question(chain, roots, crls, staple, settings))


def judge(asked_for: Question) -> Judgement:
    """Judge a question. Raises ValueError for an empty chain and for a time without its zone."""
    settings = asked_for.settings
    if not asked_for.chain:
        raise ValueError("a chain has one certificate at least: the peer's own")
    if settings.at.tzinfo is None:
        raise ValueError("the time of a validation needs its zone")
    leaf = read_certificate(asked_for.chain[0])
    web = settings.rules != "rfc5280" and settings.purpose == "server" and is_web(leaf, settings.host)
    asked = Asked(settings, web, asked_for.staple is not None)
    search = make_search(asked_for.chain, asked_for.roots, asked)
    crls = CrlCheck(tuple(read_crl(der) for der in asked_for.crls), search.nodes, asked, asked_for.revocation)
    states = search.run(lambda state: _whole(state, asked_for, asked, crls))
    return _judgement(states, search, asked)


def _whole(state: State, asked_for: Question, asked: Asked, crls: CrlCheck) -> list[Finding]:
    """What is wrong with a path as a whole: policies and revocation."""
    path = state.certificates
    found = [*_policy_findings(path, asked.settings)]
    found += crls.findings(path)
    if asked_for.staple is not None:
        found += staple_findings(asked_for.staple, path, asked)
    return found


def _policy_findings(path: Sequence[Certificate], settings: Settings) -> Iterator[Finding]:
    verdict = check_policies(path, settings)
    if not verdict.ok:
        certificate = path[verdict.depth]
        place = certificate.place(values.CERTIFICATE_POLICIES)
        yield Finding(verdict.depth, Defect("policy-required", *place), certificate)


def _judgement(states: Sequence[State], search: Search, asked: Asked) -> Judgement:
    settings = asked.settings
    best, paths = states[0], tuple(_path(state, settings) for state in states)
    policies = PolicyVerdict(ok=True, policies=(), depth=0)
    if best.complete:
        policies = check_policies(best.certificates, settings)
    return Judgement(
        accepted=best.complete and not best.findings,
        path=paths[0],
        reasons=paths[0].reasons,
        paths=paths,
        candidates=tuple(candidates_of(best, search)),
        steps=search.steps,
        exhausted=search.exhausted,
        settings=settings,
        web=asked.web,
        policies=policies.policies,
    )


def _path(state: State, settings: Settings) -> Path:
    ordered = sorted(state.findings, key=lambda each: (each.depth is None, each.depth or 0, -each.weight))
    reasons = dict.fromkeys(reason_of(finding, settings) for finding in ordered)
    return Path(
        tuple(certificate.der for certificate in state.certificates),
        tuple(certificate.title for certificate in state.certificates),
        state.complete,
        tuple(reasons),
    )
