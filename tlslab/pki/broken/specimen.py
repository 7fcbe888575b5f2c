"""One condition made: what each side shows, has and trusts, ready for two peers or for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal

from cryptography import x509

from tlslab.pki.broken.chain import Chain, Made
from tlslab.pki.broken.conditions import OTHER, Condition, Side, at_base, condition
from tlslab.pki.broken.keys import Keys
from tlslab.pki.broken.status import make_crl, make_staple
from tlslab.pki.constraints import UNREAL_DOMAINS, permits, toy_constraints
from tlslab.pki.errors import NameRefused, PkiError
from tlslab.pki.names import dns_name
from tlslab.pki.private_keys import PrivateKey

OcspCheck = Literal["", "status", "native"]
"""How a client looks at a staple: not at all; an application's callback that reads the status alone; OpenSSL itself."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What one side shows, and how it checks the other."""

    certificates: tuple[Made, ...] = ()
    """What it sends, its own first; () where it has none."""
    private_key: PrivateKey | None = field(default=None, repr=False)
    """What it proves; not that of its certificate where this is what is wrong."""
    trusts: tuple[Made, ...] = ()
    verify_flags: tuple[str, ...] = ()
    verify_depth: int | None = None
    security_level: int | None = None
    crls: tuple[bytes, ...] = ()
    staple: bytes = b""
    """What a server staples."""
    ocsp: OcspCheck = ""


@dataclass(frozen=True, slots=True)
class Specimen:
    """One condition, shown by one side to the other."""

    condition: Condition
    shown_by: Side
    host: str
    """What the client wants to reach, a name or an address."""
    client: Peer
    server: Peer
    root: Made
    """The root above what is shown, trusted or not."""
    made_at: datetime
    """What all dates are relative to."""

    @property
    def shower(self) -> Peer:
        """The side with what is wrong."""
        return self.server if self.shown_by == "server" else self.client

    @property
    def verifier(self) -> Peer:
        """The other side."""
        return self.client if self.shown_by == "server" else self.server

    @property
    def certificates(self) -> Mapping[str, bytes]:
        """All that is sent or trusted, as DER by name."""
        return {each.name: each.der for each in (*self.shower.certificates, *self.verifier.trusts)}


LONGEST_BASE: Final = 60
"""A common name has 64 characters at most (ub-common-name, RFC 5280 appendix A.1), and some names stand before the host."""

_KEYS = Keys()
_SERVER_KEYS = Keys()
"""Of the server that a client with a broken certificate talks to: it has nothing in common with that client."""
_OWN_KEYS: dict[str, Keys] = {}
"""Of conditions with authorities of their own."""


def specimen(
    name: str,
    shown_by: Side | None = None,
    *,
    strict: bool = False,
    base: str = "",
    apart: bool = False,
    now: datetime | None = None,
) -> Specimen:
    """The condition `name`, made anew; its keys are those of this process.

    shown_by   the side that shows it; None for the usual one.
    strict     the other side checks with X509_STRICT.
    base       the host that it is made for; "" for the condition's own.
    apart      with authorities of its own, by name and key, so that its root can be trusted beside that of all others.
    now        what its dates are relative to; this moment, if it is not given.

    Raises NoSuchCondition, ValueError for a side that cannot show it, PkiError for a host that could be real.
    """
    wanted = condition(name)
    side = shown_by or wanted.shown_by[0]
    if side not in wanted.shown_by:
        raise ValueError(f"{name} is about what a {OTHER[side]} shows: a {side} cannot show it")
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    place = _unreal(base) if base else wanted.base
    host = at_base(wanted.host, place)
    # Two threads that ask at once must get the same keys: setdefault is atomic, functools.cache is not.
    keys = _OWN_KEYS.setdefault(name, Keys()) if apart else _KEYS
    chain = Chain(wanted, keys, side, place, moment, of=name if apart else "")
    shower, verifier = _shower(wanted, chain, moment), _verifier(wanted, chain, moment, strict=strict)
    root = chain.made("root")
    if side == "server":
        return Specimen(wanted, side, host, verifier, shower, root, moment)
    good = _good_server(host, moment)
    return Specimen(wanted, side, host, _trusting(shower, good), _showing(verifier, good), root, moment)


def _unreal(host: str) -> str:
    """`host` in the form of certificates, if it cannot be a real one: some of these certificates are accepted.

    Raises PkiError.
    """
    name = dns_name(host)
    if len(name) > LONGEST_BASE:
        raise PkiError(f"{name} is too long for the common name of a certificate: {LONGEST_BASE} characters at most.")
    if not permits(toy_constraints(), x509.DNSName(name)):
        raise NameRefused(
            f"{name} could be a real host: broken certificates are for names below {', '.join(UNREAL_DOMAINS)}."
        )
    return name


def _shower(wanted: Condition, chain: Chain, now: datetime) -> Peer:
    """The side that shows what is wrong; it trusts nobody yet."""
    sends = tuple(chain.made(name) for name in wanted.sends)
    key = chain.key(wanted.key_of or sends[0].name) if sends else None
    staple = make_staple(wanted.staple, chain, now) if wanted.staple is not None else b""
    return Peer(sends, key, security_level=wanted.shower.get("security_level"), staple=staple)


def _verifier(wanted: Condition, chain: Chain, now: datetime, *, strict: bool) -> Peer:
    """The side that looks at it; it shows nothing yet."""
    settings = wanted.verifier
    ocsp: OcspCheck = settings.get("ocsp", "")
    flags = tuple(settings.get("flags", ()))
    return Peer(
        trusts=tuple(chain.made(name) for name in wanted.trusts),
        verify_flags=(*flags, "X509_STRICT") if strict else flags,
        verify_depth=settings.get("depth"),
        security_level=settings.get("security_level"),
        crls=tuple(make_crl(table, chain, now) for table in wanted.crls),
        ocsp=ocsp,
    )


def _good_server(host: str, now: datetime) -> Chain:
    """The chain of a server about which nothing is wrong."""
    leaf = {"subject": host, "subjectAltName": {"names": [f"IP:{host}" if host[-1].isdigit() else f"DNS:{host}"]}}
    right = Condition("", "", "", changes={"root": {"subject": "Catalogue Server Root"}, "leaf": leaf})
    return Chain(right, _SERVER_KEYS, "server", host, now)


def _trusting(shower: Peer, good: Chain) -> Peer:
    return replace(shower, trusts=(good.made("root"),))


def _showing(verifier: Peer, good: Chain) -> Peer:
    return replace(verifier, certificates=(good.made("leaf"), good.made("intermediate")), private_key=good.key("leaf"))
