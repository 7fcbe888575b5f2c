"""Trust graphs and tables of names after the design of BetterTLS, against the verdict of cryptography's verifier.

A graph has authorities that certify each other, some of their certificates wrong; a table crosses the names of a leaf with
what the authorities above it permit and exclude, public names among them, for which the rules of the web count.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki.verify.making import HOST, Recipe, key, leaf, make, root
from tests.pki.verify.test_against_cryptography import BRANCHES, cryptography_accepts, lab_accepts
from tlslab.pki.raw_certificate import RawCertificate

ROOT = make(root())
AUTHORITIES = ("A", "B", "C", "D", "E")
FAULTS = (*(["good"] * 8), "expired", "wrong purpose", "not an authority", "no basicConstraints", "name not permitted")
EDGES = st.tuples(
    st.sampled_from(("Root", *AUTHORITIES)), st.sampled_from(AUTHORITIES), st.sampled_from((*FAULTS, "SHA-1"))
).filter(lambda edge: edge[0] != edge[1])


def certified(issuer: str, subject: str, fault: str, serial: int) -> bytes:
    """One edge of a graph: a certificate of `issuer` for `subject`."""
    branch = {} if fault == "SHA-1" else BRANCHES[fault]
    made = make(Recipe(subject, issuer, serial=serial, **branch))  # type: ignore[arg-type]
    return RawCertificate.from_der(made).signed(key(issuer), "sha1") if fault == "SHA-1" else made


@given(edges=st.lists(EDGES, min_size=1, max_size=14), straight=st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_graph_is_judged_as_cryptography_does(edges: list[tuple[str, str, str]], straight: bool) -> None:
    if straight:
        steps = zip(("Root", *AUTHORITIES), AUTHORITIES, strict=False)
        edges = [*edges, *((upper, lower, "good") for upper, lower in steps)]
    chain = [make(leaf("E", HOST)), *(certified(*edge, serial=number) for number, edge in enumerate(edges, 1))]
    accepted = lab_accepts(chain, [ROOT], HOST)
    assert accepted == cryptography_accepts(chain, [ROOT], HOST)
    assert accepted or not straight


NAMES = ("www.example.com", "bad.example.com", "*.example.com", "example.org", "192.0.2.7", "198.51.100.9", HOST, "::1")
SUBTREES = (
    *("example.com", "www.example.com", "EXAMPLE.com", "ample.com", "example.org", "com", "localhost"),
    *("192.0.2.0/24", "192.0.2.7/32", "198.51.100.0/24", "0.0.0.0/0", "::/0"),
)
SOME = st.lists(st.sampled_from(SUBTREES), max_size=3, unique=True).map(lambda found: tuple(found) or None)


@given(
    common_name=st.sampled_from(("leaf", "other words", *NAMES)),
    names=st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
    upper=st.tuples(SOME, SOME),
    lower=st.tuples(SOME, SOME),
    host=st.sampled_from(("www.example.com", "WWW.EXAMPLE.COM", "192.0.2.7", "::1", HOST)),
)
@settings(max_examples=150, deadline=None)
def test_names_below_two_constrained_authorities_are_judged_as_cryptography_does(
    common_name: str,
    names: list[str],
    upper: tuple[tuple[str, ...] | None, tuple[str, ...] | None],
    lower: tuple[tuple[str, ...] | None, tuple[str, ...] | None],
    host: str,
) -> None:
    above = Recipe("Upper", "Root", permitted=upper[0], excluded=upper[1])
    issuer = Recipe("Issuer", "Upper", permitted=lower[0], excluded=lower[1])
    chain = [make(leaf("Issuer", *names, name=common_name)), make(issuer), make(above)]
    assert lab_accepts(chain, [ROOT], host) == cryptography_accepts(chain, [ROOT], host)
