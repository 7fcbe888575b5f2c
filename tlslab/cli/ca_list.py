"""`tlslab ca list`, `show`, `tree` and `profiles`: look at what is in a lab."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from tlslab.cli.ca_action import Action
from tlslab.cli.ca_show import branches, certificate_object, print_list, print_path
from tlslab.cli.output import read_file, say
from tlslab.cli.template_options import lab_profiles
from tlslab.cli.terminal import print_json
from tlslab.pki import AUTHORITIES, Template, builtin_profiles, load_profiles, profile
from tlslab.pki.profiles import as_toml
from tlslab.report.json_document import JsonValue
from tlslab.store import Entry, Lab


def _configure_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        metavar="WORD",
        nargs="*",
        help="only those in which every word is found: in a name, subject, issuer, serial number, fingerprint, key type, "
        "note, or status (revoked, expired, ...)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _configure_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a name of `tlslab ca list`")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _list(lab: Lab, arguments: argparse.Namespace) -> int:
    entries = lab.search(" ".join(arguments.words))
    if arguments.json:
        certificates: list[JsonValue] = [certificate_object(each, lab.certificate(each.name)) for each in entries]
        print_json({"format": 1, "lab": str(lab.file), "certificates": certificates})
    elif entries:
        print_list(entries)
    elif arguments.words:
        say(f"nothing in the lab {lab.file} has {' and '.join(arguments.words)} in it")
    else:
        say(f"the lab {lab.file} is empty; `tlslab ca new lab-ca` makes an authority")
    return 0


def _show(lab: Lab, arguments: argparse.Namespace) -> int:
    entry = lab.entry(arguments.name)
    if arguments.json:
        certificate = certificate_object(entry, lab.certificate(entry.name))
        print_json({"format": 1, "lab": str(lab.file), "certificate": certificate})
    else:
        print_path(_entries_up_to_root(lab, entry), lab.path(entry.name))
    return 0


def _entries_up_to_root(lab: Lab, entry: Entry) -> list[Entry]:
    entries = [entry]
    while (issuer := entries[-1].issuer) is not None:
        entries.append(lab.entry(issuer))
    return entries


def _tree(lab: Lab, _arguments: argparse.Namespace) -> int:
    """Who issued whom, with what each is worth now."""
    entries = lab.entries()
    for branch, entry in branches(entries):
        twins = lab.twins(entry.name) if entry.kind in AUTHORITIES else []
        also = f"; same name and key as {', '.join(twins)}" if twins else ""
        key = "" if entry.has_private_key else ", no private key here"
        print(f"{branch}{entry.name}  {entry.kind}, {entry.key_type}, {entry.status()}{key}{also}")
    if not entries:
        say(f"the lab {lab.file} is empty; `tlslab ca new lab-ca` makes an authority")
    return 0


def _configure_profiles(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", metavar="PROFILE", help="every member of one, as TOML to start your own from")
    what.add_argument("--add", metavar="FILE", type=Path, help="keep the profiles of a TOML file in the lab")
    what.add_argument("--remove", metavar="PROFILE", help="put one of your own into the bin")
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
    else:
        own = lab_profiles(lab)
        for each in {**builtin_profiles(), **own}.values():
            words = (each.description, "your own" if each.name in own else "")
            print(f"{each.name:14} {', '.join(filter(None, words))}")
    return 0


def _add_profiles(lab: Lab, path: Path) -> None:
    text = read_file(path, "profiles").decode("utf-8", "replace")
    for name, each in load_profiles(text, f"file {path}").items():
        # Each on its own, so that one can be put into the bin without the others.
        lab.save_profile(name, as_toml(name, each.template, each.description))
        print(f"{name}: kept in {lab.file}")


ACTIONS = (
    Action("list", _list, "list what is in the lab", "tlslab ca list --json", _configure_list),
    Action("show", _show, "show one certificate", "tlslab ca show lab-ca", _configure_show),
    Action("tree", _tree, "show who issued whom, and what each is worth now", "tlslab ca tree"),
    Action(
        "profiles",
        _profiles,
        "list what certificates can be started from, and keep your own",
        "tlslab ca profiles\ntlslab ca profiles --show server > mine.toml\ntlslab ca profiles --add mine.toml",
        _configure_profiles,
        makes_lab=True,
    ),
)
