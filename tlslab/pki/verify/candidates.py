"""Every certificate that might have issued one of a path, and what each question about it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.certificate import Certificate
from tlslab.pki.verify.findings import CHECK_OF, TIME_WORDS, Finding, texts
from tlslab.pki.verify.model import Candidate, Check
from tlslab.pki.verify.search import Node, Search, State

QUESTIONS = ("name", "key identifier", "signature", "validity", "CA", "path length", "constraints", "form")
MOST_SHOWN = 24
"""Candidates a certificate; a hostile chain has hundreds."""

MOST_STRANGERS = 4
"""Of those that neither name nor key make one, where there is no other."""


def candidates_of(state: State, search: Search) -> Iterator[Candidate]:
    """The candidates of each certificate of a path, the one that the path takes among them."""
    for depth, node in enumerate(state.nodes):
        above = state.nodes[depth + 1] if depth + 1 < len(state.nodes) else None
        if above is None and (node.anchor or node.certificate.self_issued):
            return
        below = State(state.nodes[: depth + 1], ())
        listed = [each for each in search.candidates(node.certificate) if each is not node][:MOST_SHOWN]
        if not listed:
            # Nobody is called so: then it helps to see who is there.
            listed = [each for each in search.nodes if each is not node][:MOST_STRANGERS]
        for candidate in dict.fromkeys([*([above] if above else []), *listed]):
            yield _candidate(below, candidate, search, chosen=candidate is above)


def _candidate(below: State, node: Node, search: Search, *, chosen: bool) -> Candidate:
    findings = search.step(below, node).findings
    child, certificate = below.nodes[-1].certificate, node.certificate
    return Candidate(
        depth=len(below.nodes) - 1,
        child=child.der,
        certificate=certificate.der,
        subject=certificate.title,
        serial=f"{certificate.serial:x}",
        where=node.where,
        number=node.number,
        checks=tuple(_check(name, child, certificate, findings) for name in QUESTIONS),
        chosen=chosen,
    )


def _check(name: str, child: Certificate, issuer: Certificate, findings: Sequence[Finding]) -> Check:
    against = [finding for finding in findings if CHECK_OF.get(finding.defect.code, "form") == name]
    if against:
        words = "; ".join(_words(finding) for finding in against[:4])
        return Check(name, ok=False, text=words)
    return Check(name, *_answer(name, child, issuer))


def _words(finding: Finding) -> str:
    title, detail = texts()[finding.defect.code].title, finding.defect.detail
    return f"{title} ({detail})" if detail else title


def _answer(name: str, child: Certificate, issuer: Certificate) -> tuple[bool | None, str]:
    """What is said where nothing is wrong."""
    answer = _ANSWERS.get(name)
    return answer(child, issuer) if answer else (True, "as RFC 5280 has it")


def _name(_: Certificate, issuer: Certificate) -> tuple[bool | None, str]:
    return True, issuer.subject.text if issuer.subject else ""


def _key_identifier(child: Certificate, issuer: Certificate) -> tuple[bool | None, str]:
    authority = child.authority_key_identifier
    if authority is None or authority.key_identifier is None or issuer.subject_key_identifier is None:
        return None, "one of the two has none"
    return True, authority.key_identifier.hex()


def _signature(child: Certificate, _: Certificate) -> tuple[bool | None, str]:
    return True, child.outer_algorithm.name if child.outer_algorithm else ""


def _validity(_: Certificate, issuer: Certificate) -> tuple[bool | None, str]:
    return True, f"{issuer.not_before:{TIME_WORDS}} to {issuer.not_after:{TIME_WORDS}}"


def _ca(_: Certificate, __: Certificate) -> tuple[bool | None, str]:
    return True, "cA and keyCertSign"


def _path_length(_: Certificate, issuer: Certificate) -> tuple[bool | None, str]:
    basic = issuer.value(values.BASIC_CONSTRAINTS, values.BasicConstraints)
    if basic is None or basic.path_len is None:
        return None, "no pathLenConstraint"
    return True, f"pathLenConstraint {basic.path_len}"


def _constraints(_: Certificate, issuer: Certificate) -> tuple[bool | None, str]:
    if values.NAME_CONSTRAINTS not in issuer.extensions and values.EXTENDED_KEY_USAGE not in issuer.extensions:
        return None, "neither nameConstraints nor extKeyUsage"
    return True, "all names and the purpose are allowed"


_ANSWERS: Final[Mapping[str, Callable[[Certificate, Certificate], tuple[bool | None, str]]]] = {
    "name": _name,
    "key identifier": _key_identifier,
    "signature": _signature,
    "validity": _validity,
    "CA": _ca,
    "path length": _path_length,
    "constraints": _constraints,
}
