"""Profiles: named templates, the built-in ones from `resources/profiles.toml` and a user's own from the same kind of text."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from functools import cache

from tlslab.pki.credential import KINDS
from tlslab.pki.errors import PkiError
from tlslab.pki.template import Template
from tlslab.reference.resources import read_text


@dataclass(frozen=True, slots=True)
class Profile:
    """A template that somebody gave a name."""

    name: str
    description: str
    """Half a sentence for a list: what it is for."""
    template: Template


@cache
def builtin_profiles() -> Mapping[str, Profile]:
    """The profiles that are there from the start, by name."""
    return load_profiles(read_text("profiles.toml"))


def profile(name: str, own: Mapping[str, Profile] | None = None) -> Template:
    """The template of the profile called `name`; a profile of the user's own comes before a built-in one.

    Raises PkiError if there is none.
    """
    for known in (own or {}, builtin_profiles()):
        if name in known:
            return known[name].template
    names = ", ".join({**builtin_profiles(), **(own or {})})
    raise PkiError(f"There is no profile {name!r}: choose one of {names}.")


LONGEST = 2**18
"""Letters of a file of profiles, each of which has some hundred."""
MOST_PROFILES = 200
LONGEST_LINE = 4096
MOST_DOTS = 1000
"""Of a line: tomllib takes time in the square of the parts of a name, which stand in one."""


def load_profiles(text: str, origin: str = "profiles") -> Mapping[str, Profile]:
    """The profiles in `text`, TOML with one table each.

    origin   what the text is, as it stands in a refusal: a file's name.

    Raises PkiError for what is no TOML, a member that there is not, or a value of the wrong type.
    """
    lines = text.splitlines() if len(text) <= LONGEST else [text]
    if any(len(line) > LONGEST_LINE or line.count(".") > MOST_DOTS for line in lines):
        raise PkiError(
            f"The {origin} is too long for profiles: give at most {LONGEST // 1024} KiB, in lines of {LONGEST_LINE} letters."
        )
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise PkiError(f"The {origin} cannot be read as TOML: its values are nested too deeply.") from None
    except ValueError as error:
        # An integer of thousands of digits is one that is no TOMLDecodeError.
        raise PkiError(f"The {origin} cannot be read as TOML: {str(error).partition(';')[0]}.") from None
    if len(tables) > MOST_PROFILES:
        raise PkiError(f"The {origin} has {len(tables)} profiles: give at most {MOST_PROFILES}.")
    return {name: profile_from(name, table) for name, table in tables.items()}


def profile_from(name: str, table: object) -> Profile:
    """One profile from its table, the members of `Template` by name and "description" beside them. Raises PkiError."""
    if not isinstance(table, dict):
        raise PkiError(f"The profile {name} is no table: write [{name}] and its members below.")
    members = dict(table)
    description = members.pop("description", "")
    if not isinstance(description, str):
        raise PkiError(f"The description of the profile {name} is no text: put it in quotes.")
    return Profile(name, description, _template(name, members))


def as_toml(name: str, template: Template, description: str = "") -> str:
    """`template` as a table that `load_profiles` reads; members that keep their default are left away."""
    lines = [f"[{_toml_key(name)}]"]
    if description:
        lines.append(f"description = {_toml_string(description)}")
    default = Template(template.kind)
    for field in fields(Template):
        value = getattr(template, field.name)
        if field.name == "kind" or value != getattr(default, field.name):
            # TOML has no word for nothing: an extension that is left away is written as "none".
            lines.append(f"{field.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if value is None:
        return '"none"'
    return _toml_string(value) if isinstance(value, str) else str(value)


def _toml_string(text: str) -> str:
    """A basic string of TOML: JSON's escapes are its, too, but for pairs of surrogates, and it wants DEL escaped."""
    if any(0xD800 <= ord(character) < 0xE000 for character in text):
        raise PkiError(f"The text {text!r} has half a character in it, which a file in UTF-8 cannot hold.")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _toml_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml_string(name)


def _template(name: str, members: Mapping[str, object]) -> Template:
    kinds = {field.name: str(field.type) for field in fields(Template)}
    for member, value in members.items():
        if member not in kinds:
            near = get_close_matches(member, kinds, 1)
            raise PkiError(f"The profile {name} has {member}, which is no member: {_instead(near)}.")
        if value == _NONE and member in _LEFT_AWAY:
            continue
        _check_type(name, member, value, kinds[member])
    if members.get("kind") not in KINDS:
        raise PkiError(f"The profile {name} has no kind: write kind = one of {', '.join(KINDS)}.")
    frozen = {member: _frozen(member, value) for member, value in members.items()}
    return Template(**frozen)  # type: ignore[arg-type]  # every type was checked above


def _instead(near: list[str]) -> str:
    return f"did you mean {near[0]}" if near else "look at `tlslab ca profiles --members`"


_NONE = "none"
_LEFT_AWAY = frozenset({"ca", "key_usage"})
"""Members whose extension can be left away: TOML has no word for nothing, so "none" stands for it."""


def _frozen(member: str, value: object) -> object:
    if value == _NONE and member in _LEFT_AWAY:
        return None
    return tuple(value) if isinstance(value, list) else value


_TYPES: Mapping[str, tuple[type, str]] = {
    "str": (str, "a text in quotes"),
    "Kind": (str, "a text in quotes"),
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
    "datetime": (datetime, "a date and time, 2030-01-02T03:04:05Z"),
    "tuple[str, ...]": (list, 'a list of texts, ["..."]'),
}
"""By the first type of a member's annotation: what TOML has to give, and how to write it."""


def _check_type(name: str, member: str, value: object, annotation: str) -> None:
    wanted, how = _TYPES[annotation.removesuffix(" | None")]
    good = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if isinstance(value, list):
        good = good and all(isinstance(each, str) for each in value)
    if not good:
        raise PkiError(f"The profile {name} has a {member} of the wrong type: write {how}.")
