"""The conditions as data: how each broken chain differs from the one that everybody accepts.

Loaded from `resources/catalogue`: `standard.toml` is that chain, `conditions.toml` what each condition lays over it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

from tlslab.reference.resources import read_text

Side = Literal["client", "server"]
OTHER: Final[Mapping[Side, Side]] = {"client": "server", "server": "client"}

Table = Mapping[str, Any]
"""A table of the TOML files, as `standard.toml` explains it."""

_OWN_KEYS: Final = frozenset(
    {"group", "how", "source", "detects", "control", "shown_by", "base", "host", "sends", "trusts", "key_of"}
    | {"verifier", "shower", "crls", "staple"}
)
_SOURCES: Final = {"B": "badssl", "L": "x509-limbo", "T": "BetterTLS", "O": "OpenSSL has a code for it"}


class NoSuchCondition(ValueError):
    """There is no condition of that name; the text names one that is near."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way for a certificate, a chain or what belongs to it to be wrong; a few are controls that are right."""

    name: str
    """As on the command line: "expired-leaf"."""
    group: str
    """The heading it stands under: "Validity"."""
    how: str
    """How it is produced, in a few words."""
    source: tuple[str, ...] = ()
    """Where else it is tested: "badssl", "x509-limbo", "BetterTLS"; () where it was added here."""
    control: bool = False
    """Nothing is wrong: it has to be accepted."""
    detects: Literal["verifier", "shower"] = "verifier"
    """Who is expected to notice: the side that checks, or already the side that shows it."""
    shown_by: tuple[Side, ...] = ("server", "client")
    """The sides that can show it, the usual one first."""
    base: str = "localhost"
    """The host that it lives at, unless it is made for another."""
    host: str = "{base}"
    """What the client wants to reach, with {base} for that host."""
    sends: tuple[str, ...] = ("leaf", "intermediate")
    """The certificates that are shown, by name, the peer's own first."""
    trusts: tuple[str, ...] = ("root",)
    """What the other side trusts."""
    key_of: str = ""
    """The certificate whose key the peer has; "" for that of its own."""
    changes: Mapping[str, Table] = field(default_factory=dict)
    """For each certificate that differs from the standard chain, or is not in it, its own values."""
    verifier: Table = field(default_factory=dict)
    """Settings of the side that checks: flags, depth, security_level, ocsp."""
    shower: Table = field(default_factory=dict)
    """Settings of the side that shows: security_level."""
    crls: tuple[Table, ...] = ()
    """The revocation lists that the side that checks has."""
    staple: Table | None = None
    """What a server staples."""

    @property
    def edits(self) -> tuple[str, ...]:
        """How it differs from the chain that everybody accepts, one line an edit: "leaf.not_after = -1d"."""
        usual = standard()
        lines = [f"{key} = {_plain(value)}" for key, value in self._settings() if value != usual.get(key)]
        for name, changes in self.changes.items():
            lines += [f"{name}.{path} = {_plain(value)}" for path, value in _leaves(changes)]
        return tuple(at_base(lines, self.base))

    def _settings(self) -> list[tuple[str, Any]]:
        """What stands beside the certificates."""
        tables = (("verifier", self.verifier), ("shower", self.shower), ("staple", self.staple or {}))
        return [
            ("base", self.base),
            ("host", self.host),
            ("sends", list(self.sends)),
            ("trusts", list(self.trusts)),
            *((("key_of", self.key_of),) if self.key_of else ()),
            *((f"{name}.{path}", value) for name, table in tables for path, value in _leaves(table)),
            *((f"crl.{path}", value) for crl in self.crls for path, value in _leaves(crl)),
        ]

    def expected_by(self, shown_by: Side) -> Side | None:
        """The side that is promised to refuse where `shown_by` shows it; None for a control."""
        if self.control:
            return None
        return OTHER[shown_by] if self.detects == "verifier" else shown_by


@cache
def conditions() -> tuple[Condition, ...]:
    """All of them, in the order in which they are listed."""
    return tuple(_condition(name, table) for name, table in _tables("conditions").items())


def condition(name: str) -> Condition:
    """The one called `name`. Raises NoSuchCondition."""
    known = {each.name: each for each in conditions()}
    if name not in known:
        from difflib import get_close_matches

        near = " or ".join(get_close_matches(name.lower(), known, 3))
        hint = f"did you mean {near}?" if near else "`tlslab catalogue` lists them"
        raise NoSuchCondition(f"there is no condition {name!r}: {hint}")
    return known[name]


def standard() -> Table:
    """The chain that everybody accepts, as `standard.toml` has it."""
    return _tables("standard")


def overlaid(base: Table, changes: Table) -> dict[str, Any]:
    """`base` with `changes` laid over it, tables inside tables too; a value in the place of a table replaces it."""
    made = dict(base)
    for key, value in changes.items():
        below = made.get(key)
        made[key] = overlaid(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return made


def _leaves(table: Table) -> Iterator[tuple[str, Any]]:
    """Every value of a table and of those in it, with its dotted path."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from ((f"{key}.{path}", each) for path, each in _leaves(value))
        else:
            yield key, value


def _plain(value: object) -> str:
    """A value as people read it."""
    if value is False:
        return "no"
    if value is True:
        return "yes"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return str(value).replace("\0", "\\0") or "nothing"


def at_base(value: Any, base: str) -> Any:  # noqa: ANN401  whatever TOML can hold
    """`value` with {base} and {parent} filled in, in every string of it."""
    if isinstance(value, str):
        return value.replace("{base}", base).replace("{parent}", base.partition(".")[2])
    if isinstance(value, dict):
        return {key: at_base(each, base) for key, each in value.items()}
    return [at_base(each, base) for each in value] if isinstance(value, (list, tuple)) else value


@cache
def _tables(name: str) -> dict[str, Any]:
    return tomllib.loads(read_text("catalogue", f"{name}.toml"))


def _condition(name: str, table: Table) -> Condition:
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    own: dict[str, Any] = {key: plain[key] for key in _OWN_KEYS & plain.keys()}
    own["source"] = tuple(_SOURCES[letter] for letter in table["source"].split())
    return Condition(name, **own, changes={key: plain[key] for key in plain if key not in _OWN_KEYS})
