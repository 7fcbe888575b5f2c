"""`tlslab ca`: the certificate workshop on a lab file. Each action is in a module of its own subject."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tlslab.cli import (
    ca_bin,
    ca_export,
    ca_import,
    ca_list,
    ca_make,
    ca_ocsp,
    ca_profiles,
    ca_renew,
    ca_requests,
    ca_revocation,
)
from tlslab.cli.ca_action import Action
from tlslab.cli.passphrase import read_passphrase
from tlslab.cli.refusal import refusals
from tlslab.pki import NameRefused
from tlslab.store import Lab, LockedError

EXAMPLES = """\
examples:
  tlslab ca new lab-ca --intermediate issuing --server localhost --client alice
  tlslab ca new lab-ca
  tlslab ca new issuing --issuer lab-ca
  tlslab ca issue --issuer issuing --server demo.lab.test --server 127.0.0.1
  tlslab ca issue --issuer issuing --client alice
  tlslab ca list
  tlslab ca show demo.lab.test --json
  tlslab ca export lab-ca --output ca.pem
  tlslab ca export demo.lab.test --private-key --output server-key.pem
  tlslab ca revoke alice --reason keyCompromise
  tlslab ca crl issuing --output issuing.crl
  tlslab ca ocsp --serve
  tlslab ca undo

`tlslab ca ACTION --help` tells more. Without --lab all of it happens in your own lab, which the window shows too.
"""

ACTIONS: tuple[Action, ...] = (
    *ca_make.ACTIONS,
    *ca_requests.ACTIONS,
    *ca_renew.ACTIONS,
    *ca_import.ACTIONS,
    *ca_list.ACTIONS,
    *ca_profiles.ACTIONS,
    *ca_export.ACTIONS,
    *ca_revocation.ACTIONS,
    *ca_ocsp.ACTIONS,
    *ca_bin.ACTIONS,
)
"""Every action, in the order of the help."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and the options of each."""
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action in ACTIONS:
        _add(actions, action)


def run(arguments: argparse.Namespace) -> int:
    """Do the action on the lab."""
    action: Action = arguments.chosen
    # Old roots have such; that cryptography will not read them one day is no business of who imports one today.
    warnings.filterwarnings("ignore", message="Parsed a serial number")
    with refusals(_advice), _lab(action, arguments) as lab:
        return action.run(lab, arguments)


@contextmanager
def _lab(action: Action, arguments: argparse.Namespace) -> Iterator[Lab]:
    """The lab to work on: of a dry run that would make one, an empty one that is gone afterwards."""
    path: Path | None = arguments.lab
    if getattr(arguments, "dry_run", False) and action.makes_lab and path is not None and not path.exists():
        with TemporaryDirectory() as folder, Lab.open(Path(folder) / "dry.tlslab") as lab:
            yield lab
        return
    # Only what makes something makes a lab file; but the user's own lab is always there.
    create = path is None or action.makes_lab
    with Lab.open(path, _passphrase(arguments), create=create) as lab:
        yield lab


def _add(actions: argparse._SubParsersAction[argparse.ArgumentParser], action: Action) -> None:
    examples = "\n".join(f"  {line}" for line in action.example.splitlines())
    heading = "examples" if "\n" in action.example else "example"
    parser = actions.add_parser(
        action.name,
        help=action.what,
        description=f"{action.what[0].upper()}{action.what[1:]}.",
        epilog=f"{heading}:\n{examples}",
    )
    parser.set_defaults(chosen=action)
    parser.add_argument("--lab", metavar="FILE", type=Path, help="lab file (default: your own lab)")
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        help="file with the lab's passphrase in its first line; a lab without keys yet gets it",
    )
    action.configure(parser)


def _passphrase(arguments: argparse.Namespace) -> str | None:
    return None if arguments.passphrase_file is None else read_passphrase(arguments.passphrase_file)


def _advice(error: Exception) -> str:
    if isinstance(error, LockedError):
        return " (--passphrase-file)"
    return " (tlslab ca new --any-name)" if isinstance(error, NameRefused) else ""
