"""`tlslab ca import`: authorities, certificates, keys and requests from files of other programs."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tlslab.cli.ca_action import Action
from tlslab.cli.ca_requests import called
from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file, say
from tlslab.cli.passphrase import read_passphrase
from tlslab.cli.refusal import as_clause
from tlslab.cli.terminal import print_line
from tlslab.pki import AUTHORITIES, Credential, PrivateKey
from tlslab.pki.constraints import constraints_of
from tlslab.pki.importing import Found, PassphraseWanted, read_file_content
from tlslab.store import Entry, Lab

EXAMPLES = """\
tlslab ca import ca.pem ca-key.pem
tlslab ca import company.p12 --import-passphrase-file secret.txt
tlslab ca import roots.pem
tlslab ca import demo.csr"""


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="PEM, DER, PKCS#12 or PKCS#7; keys find their certificates"
    )
    parser.add_argument(
        "--import-passphrase-file",
        metavar="FILE",
        type=Path,
        help="file with the passphrase of the imported files in its first line",
    )
    parser.add_argument("--name", metavar="LABEL", help="what to call it in the lab (default: its common name)")


def _import(lab: Lab, arguments: argparse.Namespace) -> int:
    found = _found(arguments)
    waiting = _waiting(lab, found)
    named = [entry.fingerprint for entry, _key in waiting]
    keys = [key for _entry, key in waiting]
    credentials = [each for each in found.credentials(keys) if each.fingerprint not in named]
    if arguments.name is not None:
        count = len(credentials) + len(found.requests)
        if count != 1:
            raise UsageError(f"--name is for one new thing, and there are {count or 'none'} in the files")
        credentials = [replace(each, name=arguments.name) for each in credentials]
    for entry, key in waiting:
        lab.add_private_key(entry.name, key)
        print_line(f"{entry.name}: has its private key now")
    new, known = _new(lab, credentials)
    names = lab.add(*new, issuer_outside=True, rename=arguments.name is None)
    _tell([replace(each, name=name) for each, name in zip(new, names, strict=True)])
    for request in found.requests:
        name = lab.free_request_name(arguments.name or called(request))
        lab.add_request(name, request)
        print_line(f"{name}: a request; `tlslab ca sign {name!r}` signs it")
    for credential in known:
        say(f"{credential.name} is in the lab already")
    return 0


def _waiting(lab: Lab, found: Found) -> list[tuple[Entry, PrivateKey]]:
    """What came into the lab without a private key that is among those of the files, and that key."""
    entries = [entry for entry in lab.entries() if not entry.has_private_key] if found.private_keys else []
    keys = {entry.name: _key_of(lab, entry, found) for entry in entries}
    return [(entry, key) for entry in entries if (key := keys[entry.name]) is not None]


def _key_of(lab: Lab, entry: Entry, found: Found) -> PrivateKey | None:
    public_key = lab.certificate(entry.name).public_key()
    return next((each for each in found.private_keys if each.public_key() == public_key), None)


def _found(arguments: argparse.Namespace) -> Found:
    passphrase = (
        read_passphrase(arguments.import_passphrase_file) if arguments.import_passphrase_file is not None else None
    )
    found = Found()
    for path in arguments.files:
        try:
            found += read_file_content(read_file(path, "file"), str(path), passphrase)
        except PassphraseWanted as error:
            raise UsageError(f"{as_clause(str(error))} (--import-passphrase-file)") from None
    return found


def _new(lab: Lab, credentials: Iterable[Credential]) -> tuple[list[Credential], list[Credential]]:
    """Those that the lab does not have yet, and those that it has."""
    there = {entry.fingerprint for entry in lab.entries()}
    each = list(credentials)
    return [one for one in each if one.fingerprint not in there], [one for one in each if one.fingerprint in there]


def _tell(credentials: list[Credential]) -> None:
    for each in credentials:
        print_line(f"{each.name}: {each.kind}, {each.key_type}, until {each.not_after:%Y-%m-%d}")
    authorities = [each for each in credentials if each.kind in AUTHORITIES]
    keyless = [each.name for each in authorities if each.key is None]
    if keyless:
        say(f"{_some(keyless)} came without private key: to be trusted and looked at, not to issue with")
    free = [
        each.name for each in authorities if each.key and each.kind == "root" and not constraints_of(each.certificate)
    ]
    if free:
        say(f"no name constraints in {_some(free)}: what it issues is good for real names wherever it is trusted")


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} authorities"


ACTIONS = (
    Action(
        "import",
        _import,
        "take over an authority, certificates or requests from files",
        EXAMPLES,
        _configure,
        makes_lab=True,
    ),
)
