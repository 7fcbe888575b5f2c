"""The broken certificates at work: each condition as a scenario, run, and what OpenSSL really did with it.

    made = scenario_of("expired-leaf", tls_version="TLS 1.2")
    run(made.scenario, made.identities)

    observe("expired-leaf").accepted

Nothing of what is observed is written by hand: `observed` runs a condition in every way that applies, and compares it
with the record of another day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, count
from typing import Final, Literal

from tlslab.lab.diagnosis import common_name
from tlslab.lab.identities import Identity
from tlslab.lab.runner import Run, failures, finished_at
from tlslab.lab.scenario import Scenario
from tlslab.peers.settings import BadSettings, ProtocolVersion
from tlslab.pki.broken import Made, Peer, Side, Specimen, condition, specimen
from tlslab.pki.raw_credential import RawCredential, readable
from tlslab.trace.events import Event, Failure, Party

VERSIONS: Final[tuple[ProtocolVersion, ...]] = ("TLS 1.2", "TLS 1.3")
LIMIT_S: Final = 30.0
_SPELT: Final = {
    **{
        word: word.upper()
        for word in ("aki", "ca", "cn", "crl", "dn", "dns", "ec", "eku", "ip", "ku", "md5", "nul", "oid")
    },
    **{word: word.upper() for word in ("ocsp", "rid", "san", "ski", "tld")},
    "badsig": "bad signature",
    "bc": "basicConstraints",
    "basicconstraints": "basicConstraints",
    "keyusage": "keyUsage",
    "keycertsign": "keyCertSign",
    "keyenc": "keyEncipherment",
    "keyagreement": "keyAgreement",
    "crlsign": "cRLSign",
    "clientauth": "clientAuth",
    "codesigning": "codeSigning",
    "ext": "extension",
    "generalizedtime": "GeneralizedTime",
    "leafpathlen": "in a leaf",
    "minmax": "minimum and maximum",
    "serverauth": "serverAuth",
    "notafter": "notAfter",
    "notbefore": "notBefore",
    "notyet": "not yet valid",
    "nscerttype": "nsCertType",
    "p224": "P-224",
    "nc": "name constraint:",
    "pathlen": "path length",
    "pflag": "native check:",
    "rsa1024": "RSA-1024",
    "seclevel0": "security level 0",
    "sha1": "SHA-1",
    "sig": "signature",
    "sigalg": "signature algorithm",
    "utf8": "UTF-8",
}
"""Words of the names of conditions that are not written as they are said."""


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways in which a condition is run."""

    shown_by: Side
    tls_version: ProtocolVersion = "TLS 1.3"
    strict: bool = False
    """The side that checks does so with X509_STRICT."""

    @property
    def text(self) -> str:
        """As the records write it: "TLS 1.3 strict"."""
        return f"{self.tls_version} {'strict' if self.strict else 'plain'}"


@dataclass(frozen=True, slots=True)
class Live:
    """A condition ready to run: what `Run` and the window take."""

    scenario: Scenario
    identities: Mapping[str, Identity]
    specimen: Specimen


@dataclass(frozen=True, slots=True)
class SideSaw:
    """What one side of a run saw."""

    finished: bool = False
    """It believed that its handshake was complete, be it only for a moment."""
    exception: str | None = None
    """Class of the exception that ended it."""
    openssl: tuple[str, ...] = ()
    """Reasons of OpenSSL's error queue, first cause first."""
    alert_sent: str | None = None
    alert_received: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run of a condition came to."""

    accepted: bool
    detected_by: Party | None = None
    """The side that refused; None where nobody did."""
    verify_error: int | None = None
    """X509_V_ERR_... with which it refused; None where it refused for another reason."""
    verify_name: str | None = None
    depth: int | None = None
    """Place in the chain of what was refused; 0 is the leaf."""
    alert: str | None = None
    """With which the refusal was told; None where nothing was sent yet."""
    client: SideSaw = field(default_factory=SideSaw)
    server: SideSaw = field(default_factory=SideSaw)


def scenario_of(
    name: str,
    shown_by: Side | None = None,
    *,
    tls_version: ProtocolVersion | Literal[""] = "TLS 1.3",
    strict: bool = False,
    base: str = "",
    apart: bool = False,
    now: datetime | None = None,
) -> Live:
    """The condition `name` as a scenario with the identities it needs, made anew.

    shown_by   the side with what is wrong; None for the usual one. Where it is the client, the handshake is mutual and
               nothing is wrong with the server.
    strict     the side that checks does so with X509_STRICT.

    base, apart   as `specimen` has them.

    Raises NoSuchCondition, ValueError for a side that cannot show it, PkiError for a host that could be real.
    """
    made = specimen(name, shown_by, strict=strict, base=base, apart=apart, now=now)
    names = _Names()
    identities = dict(_identities(made, names))
    scenario = Scenario(
        name=name,
        title=title_of(name),
        description=f"{made.condition.how[:1].upper()}{made.condition.how[1:]}.",
        tls_version=tls_version,
        mutual=made.shown_by == "client",
        host=made.host,
        server=_first_name(made.server, names),
        client=_first_name(made.client, names),
        client_trusts=tuple(map(names.of, made.client.trusts)),
        server_trusts=tuple(map(names.of, made.server.trusts)),
        client_flags=made.client.verify_flags,
        server_flags=made.server.verify_flags,
        client_verify_depth=made.client.verify_depth,
        server_verify_depth=made.server.verify_depth,
        client_security_level=made.client.security_level,
        server_security_level=made.server.security_level,
        ocsp=made.client.ocsp,
        condition=name,
    )
    return Live(scenario, identities, made)


def title_of(name: str) -> str:
    """What the window calls a condition: "Expired leaf", "CRL bad signature"."""
    made = " ".join(_SPELT.get(word, word) for word in name.split("-"))
    # What the RFC spells with a small letter begins with one here, too: notAfter.
    return made[:1].upper() + made[1:] if made.split(" ", 1)[0].islower() else made


def ways(name: str) -> tuple[Way, ...]:
    """Every way in which the condition is run: each side that can show it, both versions, plain and strict."""
    return tuple(
        Way(side, version, strict)
        for side in condition(name).shown_by
        for version in VERSIONS
        for strict in (False, True)
    )


def observe(name: str, way: Way | None = None) -> Observation:
    """Run the condition in memory, and tell what came of it."""
    way = way or Way(condition(name).shown_by[0])
    live = scenario_of(name, way.shown_by, tls_version=way.tls_version, strict=way.strict)
    # Nothing is said afterwards: what is observed is the handshake.
    run = Run(live.scenario, live.identities)
    try:
        run.start()
    except BadSettings as refusal:
        return _never_began(way.shown_by, refusal)
    if not run.wait(LIMIT_S):
        run.stop()
    return observation_of(run.events)


def observation_of(events: list[Event]) -> Observation:
    """What a run that has ended came to."""
    failed, done = failures(events), finished_at(events)
    client, server = (_side(party in done, failed.get(party)) for party in ("client", "server"))
    by = _detected_by(failed)
    if by is None:
        return Observation(True, client=client, server=server)
    failure = failed[by]
    return Observation(
        False, by, failure.verify_error, failure.verify_name, failure.depth, failure.alert_sent, client, server
    )


def _never_began(party: Party, refusal: BadSettings) -> Observation:
    """OpenSSL did not take the certificate of its own side: no handshake took place."""
    saw = SideSaw(exception=type(refusal).__name__, openssl=refusal.reasons)
    seen = Observation(False, party)
    return replace(seen, server=saw) if party == "server" else replace(seen, client=saw)


def _side(finished: bool, failure: Failure | None) -> SideSaw:
    if failure is None:
        return SideSaw(finished)
    return SideSaw(finished, failure.exception, failure.openssl, failure.alert_sent, failure.alert_received)


def _detected_by(failed: Mapping[Party, Failure]) -> Party | None:
    """The side that refused: the one to which nobody sent an alert."""
    return next((party for party, failure in failed.items() if failure.alert_received is None), None)


def _first_name(peer: Peer, names: _Names) -> str:
    return names.of(peer.certificates[0]) if peer.certificates else ""


def _identities(made: Specimen, names: _Names) -> Iterator[tuple[str, RawCredential]]:
    """What the scenario names, by the names that it uses, and the root of what is shown, which not everybody trusts."""
    sides: tuple[tuple[Party, Peer], ...] = (("server", made.server), ("client", made.client))
    yield names.of(made.root), RawCredential.of(names.of(made.root), "root", [made.root.der])
    for party, peer in sides:
        # A revocation list is known to whoever trusts the first root; which of them does not matter to OpenSSL.
        for index, anchor in enumerate(peer.trusts):
            name = names.of(anchor)
            yield name, RawCredential.of(name, "root", [anchor.der], crls=() if index else peer.crls)
        if peer.certificates:
            name = names.of(peer.certificates[0])
            sent = [each.der for each in peer.certificates]
            yield name, RawCredential.of(name, party, sent, peer.private_key, staple=peer.staple)


class _Names:
    """What certificates are called: their common names, with more where two have the same."""

    def __init__(self) -> None:
        self._given: dict[bytes, str] = {}

    def of(self, made: Made) -> str:
        """The name of one certificate, always the same."""
        if made.der not in self._given:
            wanted = common_name(readable(made.der).subject) or made.name
            taken = set(self._given.values())
            tries = chain((wanted, f"{wanted} ({made.name})"), (f"{wanted} {number}" for number in count(2)))
            self._given[made.der] = next(name for name in tries if name not in taken)
        return self._given[made.der]
