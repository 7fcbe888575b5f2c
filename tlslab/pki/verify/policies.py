"""Certificate policies along a path (RFC 5280 §6.1.2 to §6.1.5), with the graph of RFC 9618 instead of the tree.

The tree of RFC 5280 can be made to grow exponentially (CVE-2023-0464); the graph has one node a policy and level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.certificate import Certificate
from tlslab.pki.verify.extension_values import ANY_POLICY
from tlslab.pki.verify.model import Settings


class PolicyVerdict(NamedTuple):
    """What is left at the end of a path."""

    ok: bool
    policies: tuple[str, ...]
    """user-constrained policy set; empty where there are none, which is right unless one is asked for."""
    depth: int
    """Of the certificate with which the last policy went."""


@dataclass(slots=True)
class _Node:
    expected: set[str]
    authorities: set[str]
    """Policies of the first authority on the way that named one instead of any: what the user's set is compared with."""


@dataclass(slots=True)
class _State:
    """The variables of §6.1.2."""

    explicit_policy: int
    policy_mapping: int
    inhibit_any_policy: int
    level: dict[str, _Node] = field(default_factory=lambda: {ANY_POLICY: _Node({ANY_POLICY}, {ANY_POLICY})})


def check_policies(path: Sequence[Certificate], settings: Settings) -> PolicyVerdict:
    """Follow the policies down a path, from below its anchor (the last) to the peer's certificate (the first)."""
    certificates = [*path[-2::-1]]
    count = len(certificates)
    state = _State(
        0 if settings.require_explicit_policy else count + 1,
        0 if settings.inhibit_policy_mapping else count + 1,
        0 if settings.inhibit_any_policy else count + 1,
    )
    lost = 0
    for index, certificate in enumerate(certificates):
        last = index == count - 1
        had = bool(state.level)
        _take_policies(state, certificate, last=last)
        if had and not state.level:
            lost = count - 1 - index
        if state.explicit_policy == 0 and not state.level:
            return PolicyVerdict(ok=False, policies=(), depth=lost)
        if not last:
            _prepare(state, certificate)
    if certificates:
        _wrap_up(state, certificates[-1])
    found = _constrained(state, settings)
    return PolicyVerdict(state.explicit_policy > 0 or bool(found), tuple(sorted(found)), lost)


def _take_policies(state: _State, certificate: Certificate, *, last: bool) -> None:
    """§6.1.3 (d) and (e): the next level of the graph."""
    policies = certificate.value(values.CERTIFICATE_POLICIES, values.Oids)
    if policies is None:
        state.level = {}
        return
    level = _named(policies.oids, state.level)
    if ANY_POLICY in policies.oids and (state.inhibit_any_policy > 0 or (not last and certificate.self_issued)):
        for node in state.level.values():
            for oid in node.expected - level.keys():
                level[oid] = _Node({oid}, node.authorities)
    state.level = level


def _named(oids: Sequence[str], above: dict[str, _Node]) -> dict[str, _Node]:
    """The nodes of the policies that a certificate names itself."""
    expecting: dict[str, list[_Node]] = {}
    for valid, node in above.items():
        for oid in node.expected if valid != ANY_POLICY else ():
            expecting.setdefault(oid, []).append(node)
    level: dict[str, _Node] = {}
    for oid in oids:
        parents = expecting.get(oid, []) if oid != ANY_POLICY else []
        if len(parents) == 1:
            level[oid] = _Node({oid}, parents[0].authorities)
        elif parents:
            level[oid] = _Node({oid}, set().union(*(node.authorities for node in parents)))
        elif ANY_POLICY in above and oid != ANY_POLICY:
            level[oid] = _Node({oid}, {oid})
    return level


def _prepare(state: _State, certificate: Certificate) -> None:
    """§6.1.4 (a), (b) and (h) to (j): for the next certificate."""
    mappings = certificate.value(values.POLICY_MAPPINGS, values.PolicyMappings)
    if mappings is not None:
        _map(state, mappings)
    if not certificate.self_issued:
        state.explicit_policy = max(0, state.explicit_policy - 1)
        state.policy_mapping = max(0, state.policy_mapping - 1)
        state.inhibit_any_policy = max(0, state.inhibit_any_policy - 1)
    constraints = certificate.value(values.POLICY_CONSTRAINTS, values.PolicyConstraints)
    if constraints is not None:
        state.explicit_policy = _least(state.explicit_policy, constraints.require_explicit_policy)
        state.policy_mapping = _least(state.policy_mapping, constraints.inhibit_policy_mapping)
    inhibit = certificate.value(values.INHIBIT_ANY_POLICY, values.Number)
    state.inhibit_any_policy = _least(state.inhibit_any_policy, inhibit.value if inhibit else None)


def _map(state: _State, mappings: values.PolicyMappings) -> None:
    targets: dict[str, set[str]] = {}
    for issuer_domain, subject_domain in mappings.pairs:
        targets.setdefault(issuer_domain, set()).add(subject_domain)
    for oid, mapped in targets.items():
        if state.policy_mapping == 0:
            state.level.pop(oid, None)
        elif oid in state.level:
            state.level[oid].expected = mapped
        elif ANY_POLICY in state.level:
            state.level[oid] = _Node(mapped, {oid})


def _wrap_up(state: _State, certificate: Certificate) -> None:
    """§6.1.5 (a) and (b)."""
    if not certificate.self_issued:
        state.explicit_policy = max(0, state.explicit_policy - 1)
    constraints = certificate.value(values.POLICY_CONSTRAINTS, values.PolicyConstraints)
    if constraints is not None and constraints.require_explicit_policy == 0:
        state.explicit_policy = 0


def _constrained(state: _State, settings: Settings) -> set[str]:
    """§6.1.5 (g): what is left of the policies that the user wants."""
    wanted = set(settings.initial_policies) or {ANY_POLICY}
    found: set[str] = set()
    for node in state.level.values():
        found |= node.authorities
    if ANY_POLICY in wanted:
        return found
    return wanted if ANY_POLICY in found else found & wanted


def _least(value: int, limit: int | None) -> int:
    return value if limit is None else min(value, limit)
