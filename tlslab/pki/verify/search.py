"""Path building (RFC 4158): best first, over what was sent and what is trusted, with an end in sight.

A state of the search is a path from the peer's certificate upwards, with what is wrong so far; the one with the least
goes on first. So a clean path is found before any other is looked at twice, and if there is none, the first that ends
in a trusted certificate is the one that came closest. Four bounds keep hostile certificates at bay: names from which no
trusted certificate can be reached are left aside at once, no key and name comes twice in a path, at most `MOST_CANDIDATES`
issuers are tried for one certificate, and `MOST_STEPS` are taken in all.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from tlslab.pki.verify.certificate import Certificate, Defect, read_certificate
from tlslab.pki.verify.findings import Finding
from tlslab.pki.verify.model import Where
from tlslab.pki.verify.names import Key
from tlslab.pki.verify.path_rules import Asked, issuer_findings, leaf_findings

MOST_STEPS: Final = 1500
MOST_CANDIDATES: Final = 64
MOST_PATHS: Final = 8
"""Paths to a trusted certificate that are kept, none of them clean."""
STEPS_AFTER: Final = 150
"""Steps after the first of these: what is clean so far went first."""
LONGEST: Final = 64
"""Certificates of a path, self-issued ones included."""
MOST_DEAD_ENDS: Final = 400
"""Steps without any hope of a trusted certificate, only to say how far it goes."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A certificate that may be part of a path."""

    certificate: Certificate
    where: Where
    number: int

    @property
    def anchor(self) -> bool:
        """Whether a path may end with it."""
        return self.where == "trusted"


class State(NamedTuple):
    """A path and what is wrong with it so far."""

    nodes: tuple[Node, ...]
    findings: tuple[Finding, ...]
    complete: bool = False
    """Whether it ends in a trusted certificate, and has been looked at as a whole."""

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Those of the path, the peer's first."""
        return tuple(node.certificate for node in self.nodes)

    @property
    def weight(self) -> int:
        """How far from right it is."""
        return sum(finding.weight for finding in self.findings)


Finish = Callable[["State"], list[Finding]]
"""What is wrong with a complete path as a whole."""


@dataclass(slots=True)
class Search:
    """One search over the certificates of one question."""

    asked: Asked
    leaf: Node
    nodes: tuple[Node, ...]
    steps: int = 0
    exhausted: bool = False
    by_subject: dict[Key, list[Node]] = field(default_factory=dict)
    by_key_identifier: dict[bytes, list[Node]] = field(default_factory=dict)
    hopeful: frozenset[Node] = frozenset()
    """Those from which a trusted certificate may be reached."""

    def candidates(self, child: Certificate) -> list[Node]:
        """Who might have issued `child`: by name first, then by key identifier alone; the likely ones first."""
        if child.issuer is None:
            return []
        named = self.by_subject.get(child.issuer.key, [])
        wanted = _wanted_key(child)
        others = [node for node in self.by_key_identifier.get(wanted, []) if node not in named] if wanted else []

        def unlikely(node: Node) -> tuple[bool, bool, bool]:
            own = node.certificate.subject_key_identifier
            return (wanted is not None and own not in {None, wanted}, not node.anchor, own is None)

        return [*sorted(named, key=unlikely), *others][:MOST_CANDIDATES]

    def run(self, finish: Finish) -> list[State]:
        """The paths that were looked at, the best first: one without findings that is complete is accepted."""
        start = State((self.leaf,), tuple(leaf_findings(self.leaf.certificate, self.asked, anchor=self.leaf.anchor)))
        if self.leaf in self.hopeful:
            found = self._climb(start, finish)
            if found:
                return found
        return self._wander(start)

    def _climb(self, start: State, finish: Finish) -> list[State]:
        """Best first to the trusted certificates."""
        found: list[State] = []
        order = count()
        heap = [_ranked(state, order) for state in self._arrivals(start, finish)]
        last = MOST_STEPS
        while heap and len(found) < MOST_PATHS:
            *_, state = heapq.heappop(heap)
            if state.complete:
                found.append(state)
                if not state.findings:
                    return [state]
                last = min(last, self.steps + STEPS_AFTER)
            elif self.steps >= last:
                self.exhausted = True
                break
            else:
                for above in self._above(state):
                    for arrival in self._arrivals(above, finish):
                        heapq.heappush(heap, _ranked(arrival, order))
        self.exhausted |= bool(heap) and len(found) == MOST_PATHS
        return found

    def _arrivals(self, state: State, finish: Finish) -> Iterator[State]:
        """A path that ends in a trusted certificate, and the same as one that goes on."""
        top = state.nodes[-1]
        if top.anchor:
            yield state._replace(findings=(*state.findings, *finish(state)), complete=True)
        if not (top.anchor and top.certificate.self_issued) and len(state.nodes) <= LONGEST:
            yield state

    def _above(self, state: State) -> Iterator[State]:
        """The path with each issuer that may lead to a trusted certificate on top."""
        for node in self.candidates(state.nodes[-1].certificate):
            if node in self.hopeful and not _repeats(state, node):
                yield self.step(state, node)

    def step(self, state: State, node: Node) -> State:
        """The path with one more certificate on top."""
        self.steps += 1
        found = issuer_findings(state.certificates, node.certificate, self.asked, anchor=node.anchor)
        return State((*state.nodes, node), (*state.findings, *found))

    def _wander(self, start: State) -> list[State]:
        """How far it goes where no trusted certificate can be reached."""
        best, order = start, count()
        heap = [_ranked(start, order)]
        while heap and self.steps < MOST_DEAD_ENDS:
            *_, state = heapq.heappop(heap)
            best = min(best, state, key=lambda each: each.weight - 4 * len(each.nodes))
            if len(state.nodes) > LONGEST:
                continue
            for node in self.candidates(state.nodes[-1].certificate):
                if not _repeats(state, node) and self.steps < MOST_DEAD_ENDS:
                    heapq.heappush(heap, _ranked(self.step(state, node), order))
        self.exhausted |= bool(heap)
        return [best._replace(findings=(*best.findings, _dead_end(best)))]


def make_search(chain: Sequence[bytes], roots: Sequence[bytes], asked: Asked) -> Search:
    """Sort the certificates, each once, trusted where it is both. The chain's first is the peer's own."""
    nodes = {der: Node(read_certificate(der), "trusted", place) for place, der in enumerate(dict.fromkeys(roots), 1)}
    for place, der in enumerate(dict.fromkeys(chain), 1):
        nodes.setdefault(der, Node(read_certificate(der), "sent", place))
    search = Search(asked, nodes[chain[0]], tuple(node for node in nodes.values() if node.certificate.readable))
    for node in search.nodes:
        if node.certificate.subject is not None:
            search.by_subject.setdefault(node.certificate.subject.key, []).append(node)
        if node.certificate.subject_key_identifier:
            search.by_key_identifier.setdefault(node.certificate.subject_key_identifier, []).append(node)
    search.hopeful = _hopeful(search)
    return search


def _hopeful(search: Search) -> frozenset[Node]:
    by_issuer: dict[Key, list[Node]] = {}
    by_wanted: dict[bytes, list[Node]] = {}
    for node in search.nodes:
        if node.certificate.issuer is not None:
            by_issuer.setdefault(node.certificate.issuer.key, []).append(node)
        wanted = _wanted_key(node.certificate)
        if wanted:
            by_wanted.setdefault(wanted, []).append(node)
    found: set[Node] = set()
    waiting = [node for node in (*search.nodes, search.leaf) if node.anchor]
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        found.add(node)
        # Once their children are known, others with the same name or key add none.
        if node.certificate.subject is not None:
            waiting += by_issuer.pop(node.certificate.subject.key, ())
        waiting += by_wanted.pop(node.certificate.subject_key_identifier or b"", ())
    return frozenset(found)


def related(chain: Sequence[bytes], roots: Sequence[bytes], asked: Asked) -> list[bytes]:
    """The certificates that may be above the peer's own in any path, itself included: those that its verdict depends on."""
    search = make_search(chain, roots, asked)
    found: dict[Node, None] = {}
    waiting = [search.leaf]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting += search.candidates(node.certificate)
    return [node.certificate.der for node in (search.leaf, *search.nodes) if node in found]


def _wanted_key(child: Certificate) -> bytes | None:
    authority = child.authority_key_identifier
    return authority.key_identifier if authority else None


def _ranked(state: State, order: Iterator[int]) -> tuple[int, bool, int, int, State]:
    return (state.weight, not state.complete, -len(state.nodes), next(order), state)


def _repeats(state: State, node: Node) -> bool:
    """Whether a path would hold the same key under the same name twice (RFC 4158 §2.4.2)."""
    new = node.certificate
    for each in state.nodes:
        old = each.certificate
        if old is new or (old.spki == new.spki and old.subject and new.subject and old.subject.key == new.subject.key):
            return True
    return False


def _dead_end(state: State) -> Finding:
    top, depth = state.nodes[-1].certificate, len(state.nodes) - 1
    if not top.readable:
        code, place, detail = "no-trusted-issuer", (0, len(top.der)), "nobody, as far as it can be read"
    elif top.self_issued:
        code, place, detail = "self-signed-not-trusted", top.place("issuer"), top.title
    else:
        code, place, detail = "no-trusted-issuer", top.place("issuer"), top.issuer.text if top.issuer else ""
    return Finding(depth, Defect(code, *place, detail), top)
