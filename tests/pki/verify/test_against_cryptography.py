"""Path building and name constraints in the spirit of BetterTLS, against the verdict of cryptography's verifier.

Where the two disagree, one of them is at fault; what is on purpose stands at the end, with its reason.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki.verify.making import CLIENT, HOST, NOW, SERVER, Recipe, key, leaf, make, root
from tlslab.pki.verify import validate

GOOD = HOST
ADDRESS = "127.0.0.1"


def cryptography_accepts(chain: Sequence[bytes], roots: Sequence[bytes], host: str) -> bool:
    load = x509.load_der_x509_certificate
    try:
        subject: x509.DNSName | x509.IPAddress = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    builder = PolicyBuilder().store(Store([load(der) for der in roots])).time(NOW.replace(tzinfo=None))
    try:
        builder.build_server_verifier(subject).verify(load(chain[0]), [load(der) for der in chain[1:]])
    except VerificationError:
        return False
    return True


def lab_accepts(chain: Sequence[bytes], roots: Sequence[bytes], host: str) -> bool:
    return validate(chain, roots, host=host, at=NOW).accepted


# ------------------------------------------------------------------------------------ path building

BRANCHES: dict[str, dict[str, object]] = {
    "good": {},
    "expired": {"days": (-20, -10)},
    "not yet valid": {"days": (5, 10)},
    "wrong purpose": {"purposes": (CLIENT,)},
    "right purpose": {"purposes": (SERVER,)},
    "not an authority": {"ca": False},
    "no basicConstraints": {"basic_constraints": False},
    "name not permitted": {"permitted": ("other.test",)},
    "name excluded": {"excluded": ("localhost",)},
    "name permitted": {"permitted": ("localhost",)},
    "address excluded only": {"excluded": ("10.0.0.0/8",)},
    "wrong key": {"key": "another key", "key_identifiers": False},
    "no path to a root": {"issuer": "Nobody"},
    "signature of another": {"issuer_key": "somebody else"},
    "path length 0": {"path_len": 0},
}
USABLE = {"good", "right purpose", "name permitted", "address excluded only", "path length 0"}


def branch(kind: str, name: str = "Issuer", issuer: str = "Root", serial: int = 1) -> bytes:
    settings = {"name": name, "issuer": issuer, "serial": serial, **BRANCHES[kind]}
    return make(Recipe(**settings))  # type: ignore[arg-type]


ROOT = make(root())
LEAF = make(leaf("Issuer", GOOD))


@pytest.mark.parametrize("kind", BRANCHES)
def test_one_branch_is_judged_as_cryptography_does(kind: str) -> None:
    chain = [LEAF, branch(kind)]
    assert lab_accepts(chain, [ROOT], GOOD) == (kind in USABLE)
    # cryptography demands an authorityKeyIdentifier of everything; so does the lab.
    assert cryptography_accepts(chain, [ROOT], GOOD) == (kind in USABLE)


@pytest.mark.parametrize("bad", sorted(set(BRANCHES) - USABLE))
def test_the_one_good_branch_is_found_in_every_order(bad: str) -> None:
    kinds = (bad, "good", "expired", "name excluded")
    certificates = [branch(kind, serial=number) for number, kind in enumerate(kinds, 1)]
    for order in itertools.permutations(certificates):
        assert lab_accepts([LEAF, *order], [ROOT], GOOD)


@pytest.mark.parametrize("good", sorted(USABLE - {"path length 0"}))
@pytest.mark.parametrize("above", sorted(BRANCHES))
def test_branches_on_two_levels_are_judged_as_cryptography_does(good: str, above: str) -> None:
    lower = [
        branch(kind, "Issuer", "Upper", number) for number, kind in enumerate((good, "expired", "wrong purpose"), 1)
    ]
    upper = [branch(kind, "Upper", "Root", number) for number, kind in enumerate((above, "not an authority"), 7)]
    for order in ([*lower, *upper], [*upper, *lower][::-1]):
        chain = [LEAF, *order]
        assert lab_accepts(chain, [ROOT], GOOD) == cryptography_accepts(chain, [ROOT], GOOD), (good, above)


@given(
    lower=st.lists(st.sampled_from(sorted(BRANCHES)), min_size=1, max_size=4),
    upper=st.lists(st.sampled_from(sorted(BRANCHES)), max_size=4),
    direct=st.booleans(),
    shuffled=st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None)
def test_any_mixture_of_branches_is_judged_as_cryptography_does(
    lower: list[str], upper: list[str], direct: bool, shuffled: object
) -> None:
    certificates = [
        branch(kind, "Issuer", "Root" if direct and not number % 2 else "Upper", number + 1)
        for number, kind in enumerate(lower)
    ]
    certificates += [branch(kind, "Upper", "Root", number + 20) for number, kind in enumerate(upper)]
    shuffled.shuffle(certificates)  # type: ignore[attr-defined]
    chain = [LEAF, *certificates]
    assert lab_accepts(chain, [ROOT], GOOD) == cryptography_accepts(chain, [ROOT], GOOD)


# ------------------------------------------------------------------------------------ name constraints

COMMON_NAMES = ("leaf", GOOD, ADDRESS, "bad.test", "")
ALTERNATIVE = (
    (),
    (GOOD,),
    ("bad.test",),
    (ADDRESS,),
    ("10.9.9.9",),
    (GOOD, ADDRESS),
    (GOOD, "bad.test"),
    (GOOD, "10.9.9.9"),
)
CONSTRAINTS: tuple[tuple[str, ...] | None, ...] = (
    *(None, ("localhost",), (GOOD,), ("bad.test",), ("127.0.0.0/8",), ("10.0.0.0/8",)),
    *(("localhost", "127.0.0.0/8"), ("bad.test", "10.0.0.0/8"), ("st.localhost",), ("::/0",), ("0.0.0.0/0",)),
)


def constrained(
    common_name: str, names: tuple[str, ...], permitted: tuple[str, ...] | None, excluded: tuple[str, ...] | None
) -> list[bytes]:
    issuer = make(Recipe("Issuer", "Root", permitted=permitted, excluded=excluded))
    return [make(leaf("Issuer", *names, name=common_name)), issuer]


@pytest.mark.parametrize("host", (GOOD, ADDRESS))
@pytest.mark.parametrize("common_name", COMMON_NAMES)
def test_the_table_of_names_and_constraints_is_judged_as_cryptography_does(common_name: str, host: str) -> None:
    for names, permitted, excluded in itertools.product(ALTERNATIVE, CONSTRAINTS[:6], CONSTRAINTS[:6]):
        chain = constrained(common_name, names, permitted, excluded)
        told = (names, permitted, excluded)
        assert lab_accepts(chain, [ROOT], host) == cryptography_accepts(chain, [ROOT], host), told


@given(
    common_name=st.sampled_from(COMMON_NAMES),
    names=st.sampled_from(ALTERNATIVE),
    permitted=st.sampled_from(CONSTRAINTS),
    excluded=st.sampled_from(CONSTRAINTS),
    host=st.sampled_from((GOOD, ADDRESS)),
)
@settings(max_examples=80, deadline=None)
def test_any_name_and_constraint_is_judged_as_cryptography_does(
    common_name: str,
    names: tuple[str, ...],
    permitted: tuple[str, ...] | None,
    excluded: tuple[str, ...] | None,
    host: str,
) -> None:
    chain = constrained(common_name, names, permitted, excluded)
    assert lab_accepts(chain, [ROOT], host) == cryptography_accepts(chain, [ROOT], host)


def test_a_common_name_never_stands_in_for_a_missing_alternative_name() -> None:
    for common_name, host in ((GOOD, GOOD), (ADDRESS, ADDRESS)):
        chain = constrained(common_name, (), None, None)
        judgement = validate(chain, [ROOT], host=host, at=NOW)
        assert [reason.code for reason in judgement.reasons] == ["no-alternative-name"]


# ------------------------------------------------------------------------------------ on purpose

CA = x509.Extension(x509.BasicConstraints.oid, critical=True, value=x509.BasicConstraints(ca=True, path_length=None))
ROLLED = make(Recipe("Root", "Root", key="rolled over", issuer_key="Root", serial=7))

OTHER_IDENTIFIER = x509.SubjectKeyIdentifier(b"another")
RENAMED_KEY = make(
    Recipe(
        "Issuer",
        "Root",
        key_identifiers=False,
        extra=(
            x509.Extension(OTHER_IDENTIFIER.oid, critical=False, value=OTHER_IDENTIFIER),
            x509.Extension(
                x509.AuthorityKeyIdentifier.oid,
                critical=False,
                value=x509.AuthorityKeyIdentifier.from_issuer_public_key(key("Root").public_key()),
            ),
        ),
    )
)

ON_PURPOSE: dict[str, tuple[list[bytes], list[bytes], bool]] = {
    # RFC 5280 §4.2.1.1, §4.2.1.2 demand them of every CA; cryptography of the peer's own certificate alone.
    "an issuer without key identifiers": ([LEAF, make(Recipe("Issuer", "Root", key_identifiers=False))], [ROOT], False),
    # RFC 5280 §6.1.4 (l): self-issued certificates do not count for pathLenConstraint.
    "a self-issued certificate below pathLenConstraint 0": (
        [make(leaf("Root", GOOD, issuer_key="rolled over")), ROLLED],
        [make(root(path_len=0))],
        True,
    ),
    # BR §7.1.2.7.8 forbids it, RFC 5280 does not, and no CA of the web may issue for this name.
    "an authority's own certificate for a private name": ([make(leaf("Root", GOOD, extra=(CA,)))], [ROOT], True),
    # Anybody may register below a top-level domain; OpenSSL and GnuTLS want two labels behind the star as well.
    "a wildcard over a top-level domain": ([make(leaf("Root", "*.localhost"))], [ROOT], False),
    # RFC 5280 §4.2.1.2: the two identifiers have to be the same; OpenSSL takes them for two keys.
    "key identifiers that differ": ([make(leaf("Issuer", GOOD)), RENAMED_KEY], [ROOT], False),
}


@pytest.mark.parametrize("what", ON_PURPOSE)
def test_where_the_lab_differs_from_cryptography_it_does_so_on_purpose(what: str) -> None:
    chain, roots, accepted = ON_PURPOSE[what]
    assert lab_accepts(chain, roots, GOOD) == accepted
    assert cryptography_accepts(chain, roots, GOOD) != accepted
