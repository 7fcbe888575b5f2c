"""The bytes that decided it: where in a certificate, CRL or staple of a condition the fault stands, read by `wire`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tlslab.lab.condition_texts import words
from tlslab.pki.broken import Specimen
from tlslab.wire.crl import CERTIFICATE_LIST
from tlslab.wire.field import Field
from tlslab.wire.notation import decode
from tlslab.wire.ocsp import OCSP_RESPONSE
from tlslab.wire.x509 import CERTIFICATE

_CRLS: Final = ("crl", "crl2")


@dataclass(frozen=True, slots=True)
class Deciding:
    """A run of bytes in one of the structures of a condition."""

    thing: str
    """Which structure: "leaf", "root", "crl", "staple"."""
    der: bytes
    """All of it."""
    field: Field
    """The field that decides, in the tree of `der`."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What the decoder itself finds wrong there, in its words."""
        return tuple(problem.text for problem in self.field.problems())


def deciding_bytes(made: Specimen) -> tuple[Deciding, ...]:
    """Where the fault of a condition stands, in the order of its words; () where a setting decides it."""
    trees = dict(trees_of(made))
    return tuple(_found(trees, each) for each in words(made.condition.name, made.shown_by).at)


def trees_of(made: Specimen) -> Iterator[tuple[str, Field]]:
    """Everything of a condition, decoded, by name: certificates, then CRLs and the staple."""
    for name, der in {made.root.name: made.root.der, **made.certificates}.items():
        yield name, decode(CERTIFICATE, "X509Certificate", der)
    for name, der in zip(_CRLS, made.verifier.crls, strict=False):
        yield name, decode(CERTIFICATE_LIST, "CertificateList", der)
    if made.server.staple:
        yield "staple", decode(OCSP_RESPONSE, "OCSPResponse", made.server.staple)


def _found(trees: Mapping[str, Field], place: str) -> Deciding:
    """The first field of that path, or the one of that number; its first name may be anywhere in the tree."""
    thing, _, path = place.partition(" ")
    tree = trees[thing]
    # An object identifier has dots of its own.
    path, _, number = path.partition("#")
    first, *rest = [path] if path[:1].isdigit() else path.split(".")
    found = (field.find(*rest) for field in tree.walk() if field.name == first)
    matching = [field for field in found if field is not None]
    if len(matching) >= int(number or 1):
        return Deciding(thing, tree.data, matching[int(number or 1) - 1])
    raise LookupError(f"there is no {path} in the {thing}")
