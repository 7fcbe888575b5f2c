"""`tlslab ca list`, `show` and `tree`: look at what is in a lab."""

from __future__ import annotations

import argparse

from tlslab.cli.ca_action import Action
from tlslab.cli.ca_show import branches, certificate_object, print_list, print_path
from tlslab.cli.output import say
from tlslab.cli.terminal import print_json, print_line
from tlslab.pki import AUTHORITIES
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
    parser.add_argument("--tree", action="store_true", help="every field of it, with its offset")
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
        der = lab.certificate_der(entry.name)
        print_path(_entries_up_to_root(lab, entry), lab.certificate(entry.name), der, tree=arguments.tree)
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
        print_line(f"{branch}{entry.name}  {entry.kind}, {entry.key_type}, {entry.status()}{key}{also}")
    if not entries:
        say(f"the lab {lab.file} is empty; `tlslab ca new lab-ca` makes an authority")
    return 0


ACTIONS = (
    Action("list", _list, "list what is in the lab", "tlslab ca list --json", _configure_list),
    Action(
        "show", _show, "show one certificate", "tlslab ca show lab-ca\ntlslab ca show localhost --tree", _configure_show
    ),
    Action("tree", _tree, "show who issued whom, and what each is worth now", "tlslab ca tree"),
)
