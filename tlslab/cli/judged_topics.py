"""Topics with texts of their own: broken certificates, reasons for which `tlslab verify` refuses, and what it lints."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final

from tlslab.reference.explanations import Explanation
from tlslab.reference.resources import read_text

_UNKNOWN: Final = {
    "subject": "the certificate",
    "issuer": "the authority above it",
    "host": "a host",
    "detail": "…",
    "at": "…",
    "purpose": "peer",
}
"""What stands in the texts for what only a certain chain can tell."""


def judged(topic: str) -> list[Explanation]:
    """What `topic` names of these, by its name or by how the reason is called; several where a condition and a reason are alike."""
    name = topic.strip().casefold()
    condition = _conditions().get(name)
    code = next((code for code, entry in _reasons().items() if name in {code, entry["title"].casefold()}), None)
    found = [_of_condition(name)] if condition is not None else []
    if code is not None:
        entry = _reasons()[code]
        found.append(Explanation(code, entry["title"], _filled(f"{entry['text']} {entry['fix']}"), entry["rule"]))
    if name in _lints():
        entry = _lints()[name]
        found.append(Explanation(name, "linted by tlslab verify", _filled(entry["text"]), entry["rule"]))
    return found


def names_of_judged() -> dict[str, list[str]]:
    """All names, under the headings of a list."""
    return {
        "broken certificates": list(_conditions()),
        "reasons of verify": list(_reasons()),
        "lints of verify": list(_lints()),
    }


def _of_condition(name: str) -> Explanation:
    from tlslab.lab.condition_texts import words
    from tlslab.pki.broken import condition

    found = condition(name)
    known = words(found.name, found.shown_by[0])
    text = " ".join(filter(None, (known.what, known.fix, known.note, f"See `tlslab catalogue {found.name}`.")))
    return Explanation(found.name, found.how, text, known.rule)


def _filled(text: str) -> str:
    return re.sub(r"(^|\. )?\{(\w+)\}", _filling, text).replace("….", "…")


def _filling(place: re.Match[str]) -> str:
    start, filling = place[1], _UNKNOWN[place[2]]
    return filling if start is None else start + filling[0].upper() + filling[1:]


def _conditions() -> Mapping[str, Mapping[str, str]]:
    return _table("catalogue/texts.toml")


def _reasons() -> Mapping[str, Mapping[str, str]]:
    return _table("verify_reasons.toml")


def _lints() -> Mapping[str, Mapping[str, str]]:
    return _table("verify_lints.toml")


@cache
def _table(path: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(read_text(*path.split("/")))
