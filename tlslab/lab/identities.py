"""The identities of a run: those the user chose, and the cast of the built-in scenarios, made in memory.

Only what a run needs is made: an EC key and its certificate take a tenth of a millisecond, RSA keys up to a second.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

from tlslab.lab.scenario import Scenario, frozen
from tlslab.pki.authority import Authority
from tlslab.pki.credential import Credential
from tlslab.pki.private_keys import DEFAULT_KEY_TYPE
from tlslab.reference.resources import read_text

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


class Identity(Protocol):
    """What can be trusted or was shown; a `Credential` is one that can also be proved."""

    @property
    def certificate(self) -> Certificate:
        """The leaf, or a root."""

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """What stands above it, nearest first, without the root."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate whose key is not here: of a CA that is trusted, or of an outside program."""

    certificate: Certificate
    chain: tuple[Certificate, ...] = ()


class NoSuchIdentity(ValueError):
    """A scenario names an identity that nobody has; the text says which."""


@dataclass(frozen=True, slots=True)
class Role:
    """One entry of `resources/cast.toml`."""

    kind: Literal["root", "server", "client"]
    issuer: str = ""
    names: tuple[str, ...] = ()
    key: str = DEFAULT_KEY_TYPE
    expired: int | None = None
    """Days since it ran out."""


@cache
def cast() -> Mapping[str, Role]:
    """The identities that the built-in scenarios speak of, by name."""
    entries = tomllib.loads(read_text("cast.toml")).items()
    return {name: Role(**frozen(entry)) for name, entry in entries}


def key_types(scenario: Scenario) -> dict[str, str]:
    """The key type with which each leaf of the cast can do what the scenario asks, where P-256 cannot.

    TLS 1.2 only; TLS 1.3 has settled all of it elsewhere. RSA key transport wants an RSA key to encrypt to, and DHE is
    authenticated by RSA (RFC 5246 section 7.4.2). An elliptic curve key has to be on a curve of supported_groups (RFC
    8422 section 5.1.1), which beside RSA and DHE suites names none; Ed25519 is not bound by that list.
    """
    if scenario.tls_version == "TLS 1.3":
        return {}
    if scenario.key_exchange in {"rsa", "dhe"} or any(_wants_rsa(name) for name in scenario.ciphers):
        return {scenario.server: "RSA-2048", scenario.client: "Ed25519"}
    if scenario.groups and not {"secp256r1", "P-256", "prime256v1"} & set(scenario.groups):
        return {scenario.server: "Ed25519", scenario.client: "Ed25519"}
    return {}


def _wants_rsa(cipher: str) -> bool:
    """Whether a suite, by IANA's or OpenSSL's name, is authenticated by an RSA key or encrypts to one."""
    if cipher.startswith("TLS_"):
        return "_RSA_WITH_" in cipher
    return "-RSA-" in cipher or not cipher.startswith(("ECDHE-", "DHE-"))


def make_identities(
    scenario: Scenario, own: Mapping[str, Identity] | None = None, more: Iterable[str] = ()
) -> dict[str, Identity]:
    """Everything that a run of `scenario` needs, by name: what `own` has, and the rest from the cast.

    An issuer comes before what it issued; roots are among them, with their keys.
    more   further names that are wanted, e.g. another client to choose.

    Raises NoSuchIdentity.
    """
    made: dict[str, Identity] = dict(own or {})
    types = key_types(scenario)
    for name in (*scenario.identity_names, *more):
        _make(name, made, types)
    return made


def _make(name: str, made: dict[str, Identity], types: Mapping[str, str]) -> Identity:
    if name in made:
        return made[name]
    role = cast().get(name)
    if role is None:
        raise NoSuchIdentity(f"there is no identity {name!r}: make it, or choose another for this run")
    if role.kind == "root":
        made[name] = Authority.create(name).credential
        return made[name]
    issuer = _make(role.issuer, made, types)
    if not isinstance(issuer, Credential):
        raise NoSuchIdentity(f"{role.issuer!r} cannot issue {name!r}: its private key is not here")
    key_type = types.get(name, role.key)
    made[name] = replace(_issue(role, Authority(issuer, issuer.certificate), key_type), name=name)
    return made[name]


def _issue(role: Role, authority: Authority, key_type: str) -> Credential:
    not_after = None if role.expired is None else datetime.now(UTC) - timedelta(days=role.expired)
    issue = authority.issue_server if role.kind == "server" else authority.issue_client
    return issue(*role.names, key_type=key_type, not_after=not_after)
