"""`tlslab ca profiles`: what certificates can be started from, and a user's own."""

from __future__ import annotations

import argparse
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from tlslab.cli.ca_action import Action
from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file
from tlslab.cli.template_options import all_profiles, lab_profiles
from tlslab.cli.terminal import print_json
from tlslab.pki import Template, load_profiles, profile
from tlslab.pki.profiles import as_toml
from tlslab.pki.validity import MOST_DAYS
from tlslab.report.json_document import Json, JsonValue
from tlslab.store import Lab


def _configure_profiles(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", metavar="PROFILE", help="every member of one, as TOML to start your own from")
    what.add_argument("--add", metavar="FILE", type=Path, help="keep the profiles of a TOML file in the lab")
    what.add_argument("--remove", metavar="PROFILE", help="put one of your own into the bin")
    what.add_argument("--json", action="store_true", help="all of them as one JSON object")
    what.add_argument("--members", action="store_true", help="list what a profile can have")


def _profiles(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.members:
        for field in fields(Template):
            print(f"{field.name:28} {field.type}")
    elif arguments.show is not None:
        print(as_toml(arguments.show, profile(arguments.show, lab_profiles(lab))), end="")
    elif arguments.add is not None:
        _add_profiles(lab, arguments.add)
    elif arguments.remove is not None:
        lab.delete_profile(arguments.remove)
        print(f"{arguments.remove}: in the bin")
    elif arguments.json:
        print_json({"format": 1, "lab": str(lab.file), "profiles": _objects(lab)})
    else:
        own = lab_profiles(lab)
        for each in all_profiles(lab).values():
            words = (each.description, "your own" if each.name in own else "")
            print(f"{each.name:14} {', '.join(filter(None, words))}")
    return 0


def _objects(lab: Lab) -> list[JsonValue]:
    own = lab_profiles(lab)
    return [
        {
            "name": each.name,
            "description": each.description,
            "own": each.name in own,
            "template": _members(each.template),
        }
        for each in all_profiles(lab).values()
    ]


def _members(template: Template) -> Json:
    """Every member as JSON has it; times as ISO 8601."""
    values = ((field.name, getattr(template, field.name)) for field in fields(Template))
    return {
        name: list(value) if isinstance(value, tuple) else value.isoformat() if isinstance(value, datetime) else value
        for name, value in values
    }


def _add_profiles(lab: Lab, path: Path) -> None:
    text = read_file(path, "profiles").decode("utf-8", "replace")
    found = load_profiles(text, f"file {path}")
    if not found:
        raise UsageError(f"there is no profile in {path}: `tlslab ca profiles --show server` shows what one looks like")
    for name, each in found.items():
        _check_days(name, each.template)
    for name, each in found.items():
        # Each on its own, so that one can be put into the bin without the others.
        lab.save_profile(name, as_toml(name, each.template, each.description))
        print(f"{name}: kept in {lab.file}")


def _check_days(name: str, template: Template) -> None:
    """One that is kept already is read whatever it says; a new one is to be of use."""
    for member, days in (("days", template.days), ("default_days", template.default_days)):
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise UsageError(f"the profile {name} has {member} = {days}: choose 1 to {MOST_DAYS}")


ACTIONS = (
    Action(
        "profiles",
        _profiles,
        "list what certificates can be started from, and keep your own",
        "tlslab ca profiles\ntlslab ca profiles --show server > mine.toml\ntlslab ca profiles --add mine.toml",
        _configure_profiles,
        makes_lab=True,
    ),
)
