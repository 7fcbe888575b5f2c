"""What a certificate is in a path, and how questions about it are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tlslab.pki.verify.certificate import Certificate, Defect
from tlslab.pki.verify.model import Purpose, Rules


@dataclass(frozen=True, slots=True)
class Role:
    """What a certificate is in a path."""

    leaf: bool
    """The peer's own; else one that signs others."""
    anchor: bool
    """Trusted by itself: nobody looks at its signature."""
    web: bool
    """Whether rules of the web count."""
    rules: Rules
    purpose: Purpose | None


Question = Callable[[Certificate, Role], Iterator[Defect]]
"""A rule: the defects that it finds in a certificate in its role."""


def at(certificate: Certificate, code: str, place: str, detail: str = "", rule: str = "") -> Defect:
    """A defect at a member or an extension (by OID) of the certificate."""
    return Defect(code, *certificate.place(place), detail, rule)
