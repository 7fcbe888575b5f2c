"""`tlslab ca import`: authorities, certificates, keys and requests from files of other programs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tlslab.cli.ca_action import Action
from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file, say
from tlslab.cli.passphrase import read_passphrase
from tlslab.cli.refusal import as_clause
from tlslab.cli.terminal import print_line
from tlslab.lab.taking_over import take_over
from tlslab.pki import AUTHORITIES, Credential
from tlslab.pki.constraints import constraints_of
from tlslab.pki.importing import Found, PassphraseWanted, read_file_content
from tlslab.store import Lab

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
    taken = take_over(lab, _found(arguments), arguments.name)
    for name in taken.completed:
        print_line(f"{name}: has its private key now")
    _tell(taken.credentials)
    for name in taken.requests:
        print_line(f"{name}: a request; `tlslab ca sign {name!r}` signs it")
    for name in taken.known:
        say(f"{name} is in the lab already")
    return 0


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


def _tell(credentials: Sequence[Credential]) -> None:
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
