"""Revocation by CRLs (RFC 5280 §6.3): full, delta and indirect ones, their scope, their signers and their dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tlslab.pki.revocation import ISSUING_DISTRIBUTION_POINT
from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.algorithms import verify_signature
from tlslab.pki.verify.certificate import UNKNOWN, Certificate, Defect
from tlslab.pki.verify.crl_reading import REMOVED, Crl, read_crl
from tlslab.pki.verify.findings import TIME_WORDS, Finding
from tlslab.pki.verify.names import DIRECTORY_NAME, Key
from tlslab.pki.verify.path_rules import Asked, link_defects

if TYPE_CHECKING:
    from tlslab.pki.verify.search import Node

ALL_REASONS: Final = frozenset(range(1, 9))
"""The bits of ReasonFlags that exist."""

__all__ = ["CrlCheck", "read_crl"]


@dataclass(slots=True)
class CrlCheck:
    """The lists of one validation."""

    crls: tuple[Crl, ...]
    nodes: Sequence[Node]
    asked: Asked
    demanded: str
    """`Question.revocation`."""
    _signers: dict[tuple[int, tuple[bytes, ...]], Certificate | Defect] = field(default_factory=dict)

    def findings(self, path: Sequence[Certificate]) -> list[Finding]:
        """What the lists have against the certificates of a path; that a list is missing is against them where one is demanded."""
        found: list[Finding] = []
        for depth, certificate in enumerate(path[:-1]):
            needed = self.demanded == "chain" or (self.demanded == "leaf" and depth == 0)
            found += self._certificate(certificate, depth, path, needed=needed)
        return found

    def _certificate(
        self, certificate: Certificate, depth: int, path: Sequence[Certificate], *, needed: bool
    ) -> Iterator[Finding]:
        covered: frozenset[int] = frozenset()
        problems: list[Finding] = []
        usable: list[Crl] = []
        for crl in self.crls:
            if not _concerns(crl, certificate):
                continue
            against = [
                self._finding(defect, depth, certificate, crl) for defect in self._defects(crl, certificate, path)
            ]
            problems += against
            if not against:
                usable.append(crl)
        full = [crl for crl in usable if crl.base_number is None]
        for crl in full:
            covered |= ALL_REASONS if crl.scope.reasons is None else crl.scope.reasons
        yield from self._revoked(certificate, depth, full, [crl for crl in usable if crl not in full])
        if covered >= ALL_REASONS or not needed:
            return
        yield from problems
        if not problems:
            place = certificate.place(values.CRL_DISTRIBUTION_POINTS)
            yield Finding(depth, Defect("crl-missing", *place), certificate, issuer=_issuer(certificate))

    def _revoked(self, certificate: Certificate, depth: int, full: list[Crl], deltas: list[Crl]) -> Iterator[Finding]:
        """The entry of the certificate; a delta of a list that is at hand has the last word (§6.3.3 (i), (j), §5.2.4)."""
        if certificate.issuer is None:
            return
        key = (certificate.issuer.key, certificate.serial)
        for crl in full:
            entry, where = crl.entries.get(key), crl
            for delta in deltas:
                if delta.issuer and crl.issuer and delta.issuer.key == crl.issuer.key and _fits(delta, crl):
                    later = delta.entries.get(key)
                    entry, where = (later, delta) if later else (entry, where)
            if entry is not None and entry.reason != REMOVED:
                found = Defect("revoked", entry.element.start, entry.element.end, entry.words)
                yield self._finding(found, depth, certificate, where)

    def _finding(self, defect: Defect, depth: int, certificate: Certificate, crl: Crl) -> Finding:
        return Finding(depth, defect, certificate, "crl", crl.der, crl.issuer.title if crl.issuer else "")

    def _defects(self, crl: Crl, certificate: Certificate, path: Sequence[Certificate]) -> Iterator[Defect]:
        """Why a list cannot be used for a certificate."""
        yield from crl.defects
        if crl.issuer is None:
            return
        moment = self.asked.moment
        if crl.this_update != UNKNOWN and crl.this_update > moment:
            yield Defect("crl-not-yet-valid", *crl.place("thisUpdate"), f"{crl.this_update:{TIME_WORDS}}")
        if crl.next_update is not None and UNKNOWN != crl.next_update < moment:
            yield Defect("crl-expired", *crl.place("nextUpdate"), f"{crl.next_update:{TIME_WORDS}}")
        yield from _scope_defects(crl, certificate)
        signer = self._signer(crl, path)
        if isinstance(signer, Defect):
            yield signer
        elif signer.key_usage is not None and values.CRL_SIGN not in signer.key_usage:
            yield Defect("crl-sign-missing", *crl.place("signatureValue"), signer.title)

    def _signer(self, crl: Crl, path: Sequence[Certificate]) -> Certificate | Defect:
        memo = (id(crl), tuple(certificate.der for certificate in path[1:]))
        if memo not in self._signers:
            self._signers[memo] = self._find_signer(crl, path)
        return self._signers[memo]

    def _find_signer(self, crl: Crl, path: Sequence[Certificate]) -> Certificate | Defect:
        """The certificate whose key signed the list: one of the path, or one that somebody there has issued."""
        place = crl.place("signatureValue")
        if crl.issuer is None or crl.algorithm is None:
            return Defect("crl-bad-signature", *place, "it cannot be read")
        fault = ""
        own = [
            certificate for certificate in path[1:] if certificate.subject and certificate.subject.key == crl.issuer.key
        ]
        others = [node.certificate for node in self.nodes if node.certificate not in own]
        for certificate in (*own, *(each for each in others if each.subject and each.subject.key == crl.issuer.key)):
            reason = verify_signature(crl.algorithm, certificate.spki, crl.signature, crl.signed)
            if reason is not None:
                fault = reason
            elif certificate in own or self._vouched(certificate, path):
                return certificate
            else:
                return Defect("crl-signer-not-trusted", *place, certificate.title)
        if fault:
            return Defect("crl-bad-signature", *place, fault)
        return Defect("crl-issuer-missing", *crl.place("issuer"), crl.issuer.text)

    def _vouched(self, signer: Certificate, path: Sequence[Certificate]) -> bool:
        """Whether one of the path has issued the signer, and it is its time (§6.3.3 (f))."""
        timely = signer.not_before <= self.asked.moment <= signer.not_after
        return timely and any(certificate.ca and not [*link_defects(signer, certificate)] for certificate in path[1:])


def _issuer(certificate: Certificate) -> str:
    return certificate.issuer.title if certificate.issuer else ""


def _concerns(crl: Crl, certificate: Certificate) -> bool:
    """Whether the list may hold the certificate: it is its issuer's, or of one that the certificate names."""
    if crl.issuer is None:
        return True
    if certificate.issuer is not None and crl.issuer.key == certificate.issuer.key:
        return True
    return crl.scope.indirect and crl.issuer.key in _named_issuers(certificate)


def _named_issuers(certificate: Certificate) -> set[Key]:
    points = certificate.value(values.CRL_DISTRIBUTION_POINTS, values.DistributionPoints)
    return {
        name.name.key
        for point in (points.points if points else ())
        for name in point.crl_issuer or ()
        if name.kind == DIRECTORY_NAME and name.name is not None
    }


def _scope_defects(crl: Crl, certificate: Certificate) -> Iterator[Defect]:
    """§6.3.3 (b) (2)."""
    scope, place = crl.scope, crl.place(ISSUING_DISTRIBUTION_POINT)
    if scope.only_user and certificate.ca:
        yield Defect("crl-out-of-scope", *place, "certificates of users only")
    if scope.only_ca and not certificate.ca:
        yield Defect("crl-out-of-scope", *place, "certificates of authorities only")
    if scope.only_attribute:
        yield Defect("crl-out-of-scope", *place, "attribute certificates only")
    if scope.names is None:
        return
    points = certificate.value(values.CRL_DISTRIBUTION_POINTS, values.DistributionPoints)
    theirs = [name for point in (points.points if points else ()) for name in (point.names or point.crl_issuer or ())]
    octets = {(name.kind, name.octets) for name in theirs}
    if not any((name.kind, name.octets) in octets for name in scope.names):
        words = ", ".join(name.text for name in scope.names[:3]) or "a name relative to its issuer"
        yield Defect("crl-out-of-scope", *place, f"the distribution point {words} only")


def _fits(delta: Crl, base: Crl) -> bool:
    """§5.2.4: the base is not older than the one that the delta is for, nor newer than the delta."""
    if None in {delta.base_number, base.number, delta.number} or delta.scope != base.scope:
        return False
    return (delta.base_number or 0) <= (base.number or 0) < (delta.number or 0)
