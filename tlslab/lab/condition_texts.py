"""The conditions in plain words: what is wrong, what to do, which clause says so, and where words mislead.

The texts are data in `resources/catalogue`; what was observed, and hence who notices, is in `observed`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tlslab.pki.broken import Side
from tlslab.pki.broken.conditions import OTHER
from tlslab.reference.resources import read_text

_SEND_NOTHING: Final = (
    "Nothing is sent: the side that shows it does not even load it, so that the other one hears of no alert."
)


@dataclass(frozen=True, slots=True)
class Words:
    """One condition, explained."""

    what: str
    """What is wrong, one or two sentences."""
    fix: str
    rule: str
    """The clause: "RFC 5280 §4.1.2.5"."""
    at: tuple[str, ...]
    """Where the bytes are that decide it: "leaf validity.notAfter"; "" for a setting."""
    note: str = ""
    """Where a code, an alert or a verdict misleads; "" where none does."""


def words(name: str, shown_by: Side) -> Words:
    """The words of the condition `name`, with the sides called by their roles."""
    entry = _texts()[name]
    roles = {"shower": shown_by, "verifier": OTHER[shown_by]}
    what, fix, note = (entry.get(key, "").format_map(roles) for key in ("what", "fix", "note"))
    return Words(what, fix, entry["rule"], tuple(each for each in entry["at"] if each), note)


def about_alert(alert: str | None) -> str:
    """Why an alert says what it says, when OpenSSL sends it."""
    if alert is None:
        return _SEND_NOTHING
    return _alerts().get(
        alert, f"It is no alert with which OpenSSL refuses certificates: see `tlslab explain {alert}`."
    )


@cache
def _texts() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(read_text("catalogue", "texts.toml"))


@cache
def _alerts() -> Mapping[str, str]:
    return tomllib.loads(read_text("catalogue", "alerts.toml"))
