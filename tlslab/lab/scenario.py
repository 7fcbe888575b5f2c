"""A scenario: one handshake as data, with what it promises. Values; loaded from `resources/scenarios/*.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from tlslab.reference.resources import read_text

if TYPE_CHECKING:
    # Types only: a list of scenarios must not cost the import of OpenSSL.
    from tlslab.peers.settings import OcspCheck, ProtocolVersion
    from tlslab.trace.events import Party

KeyExchange = Literal["", "rsa", "dhe", "ecdhe"]
Outcome = Literal["established", "failed"]

BUILT_IN: Final = (
    "one-way-tls13",
    "mutual-tls13",
    "one-way-tls12",
    "mutual-tls12",
    "rsa-key-transport",
    "expired-server",
    "wrong-host",
    "unknown-server-ca",
    "unknown-client-ca",
    "missing-client-certificate",
    "revoked-server",
)
"""The library, in the order in which it is shown."""


class NoSuchScenario(ValueError):
    """There is no scenario of that name; the text lists those there are."""


@dataclass(frozen=True, slots=True)
class PeerExpectation:
    """What one side is promised to see."""

    finished: bool = True
    """It believed that its handshake was complete, be it only for a moment."""
    verify_error: int | None = None
    """X509_V_ERR_... number with which it refused the other side's certificate."""
    depth: int | None = None
    """Place of the refused certificate in the chain; 0 is the leaf."""
    alert_sent: str | None = None
    alert_received: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a scenario promises, on both sides."""

    outcome: Outcome = "established"
    detected_by: Party | None = None
    """The side that refuses; None if the handshake succeeds."""
    client: PeerExpectation = PeerExpectation()
    server: PeerExpectation = PeerExpectation()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that is chosen before a run. Names of identities are looked up in what the run is given."""

    name: str
    """As on the command line: "mutual-tls13"."""
    title: str
    """As in the window: "Mutual TLS 1.3"."""
    description: str = ""
    tls_version: ProtocolVersion | Literal[""] = "TLS 1.3"
    """An empty one leaves the choice between 1.2 and 1.3 to the two sides."""
    mutual: bool = False
    """The server asks for a client certificate and insists."""
    key_exchange: KeyExchange = ""
    """TLS 1.2 only: how the pre-master secret is agreed; "" leaves it to the suites."""
    groups: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()
    """Suites by IANA's or OpenSSL's name; () is the library's own list."""
    alpn: tuple[str, ...] = ()
    host: str = "demo.lab.test"
    """What the client wants to reach: sent as SNI, and what the certificate has to cover."""
    server: str = "demo.lab.test"
    """The server's identity."""
    client: str = ""
    """The client's identity; "" has none to show."""
    client_trusts: tuple[str, ...] = ("lab-ca",)
    server_trusts: tuple[str, ...] = ()
    client_flags: tuple[str, ...] = ()
    """How the client checks the server's chain, beside the defaults; X509_V_FLAG_... by name: "X509_STRICT"."""
    server_flags: tuple[str, ...] = ()
    """The same for the server and the client's chain."""
    client_verify_depth: int | None = None
    """Number of intermediates that the client allows; None for the library's own."""
    server_verify_depth: int | None = None
    client_security_level: int | None = None
    """0 to 5: what keys and signatures are too weak for the client; None for the library's own."""
    server_security_level: int | None = None
    ocsp: OcspCheck = ""
    """What becomes of the server's staple; "" does not ask for one."""
    condition: str = ""
    """The condition of the catalogue that this run shows; "" for others."""
    staple: str = ""
    """The OCSP response that the client asks for and the server sends along: a kind of `pki.staples`, "none" for a server that
    has none, or the response itself as "base64:..."; "" does not ask."""
    payload: str = "ping"
    """What the client says once connected."""
    reply: str = "pong"
    """What the server answers."""
    expect: Expectation | None = None
    """None for a scenario that was changed: nobody has promised anything."""

    def with_changes(self, **changes: Any) -> Scenario:  # noqa: ANN401  the types are those of the fields
        """The same with some fields changed; what it promised is forgotten. Raises TypeError for an unknown field."""
        return replace(self, **{"expect": None, "condition": "", **changes})

    @property
    def identity_names(self) -> tuple[str, ...]:
        """Every identity that a run needs, each once, in the order of their first use."""
        names = (*self.client_trusts, self.server, *self.server_trusts, self.client)
        return tuple(dict.fromkeys(name for name in names if name))


@cache
def load(name: str) -> Scenario:
    """The built-in scenario `name`. Raises NoSuchScenario."""
    if name not in BUILT_IN:
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), BUILT_IN, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(BUILT_IN)}"
        raise NoSuchScenario(f"there is no scenario {name!r}: {hint}")
    return from_data(name, tomllib.loads(read_text("scenarios", f"{name}.toml")))


def library() -> tuple[Scenario, ...]:
    """All built-in scenarios, in the order in which they are shown."""
    return tuple(load(name) for name in BUILT_IN)


def frozen(table: dict[str, Any]) -> dict[str, Any]:
    """A TOML table whose lists have become tuples, as frozen dataclasses want them."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def from_data(name: str, data: dict[str, Any]) -> Scenario:
    """A scenario from a parsed TOML file. Raises TypeError for a key that no scenario has."""
    promised: dict[str, Any] = dict(data.get("expect", {}))
    for party in ("client", "server"):
        promised[party] = PeerExpectation(**promised.get(party, {}))
    values = frozen(data)
    values["expect"] = Expectation(**promised)
    return Scenario(name=name, **values)
