"""`tlslab ca export`: certificates and keys of a lab as files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tlslab.cli.ca_action import Action
from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.refusal import as_clause
from tlslab.pki import write_file
from tlslab.store import Lab, LabError


def _configure_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a name of `tlslab ca list`")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--chain", action="store_true", help="the authorities between it and the root too, PEM")
    what.add_argument("--private-key", action="store_true", help="the private key instead, unencrypted PKCS#8")
    parser.add_argument("--der", action="store_true", help="DER instead of PEM")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: standard output")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")


def _export(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.der and arguments.chain:
        raise UsageError("DER holds one certificate: leave away --der or --chain")
    if arguments.der and arguments.output is None and sys.stdout.isatty():
        raise UsageError("DER is not for a terminal: give --output FILE")
    data = _exported(lab, arguments)
    if arguments.output is None:
        sys.stdout.buffer.write(data)
    else:
        _write(arguments.output, data, private=arguments.private_key, force=arguments.force)
    if arguments.private_key:
        where = str(arguments.output or "standard output")
        _note(lab, arguments.name, where)
        say(f"the private key of {arguments.name} is now unencrypted in {where}: keep it to yourself")
    return 0


def _note(lab: Lab, name: str, where: str) -> None:
    """Write the export of a private key into the journal; one from a lab that is read-only is done all the same."""
    try:
        lab.note("exported the private key", name, f"to {where}")
    except LabError as error:
        say(f"the export is not in the journal: {as_clause(str(error))}")


def _exported(lab: Lab, arguments: argparse.Namespace) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    if arguments.private_key:
        credential = lab.credential(arguments.name)
        return credential.private_key_der if arguments.der else credential.private_key_pem
    path = lab.path(arguments.name)
    certificates = (path[:-1] or path) if arguments.chain else path[:1]
    encoding = Encoding.DER if arguments.der else Encoding.PEM
    return b"".join(certificate.public_bytes(encoding) for certificate in certificates)


def _write(path: Path, data: bytes, *, private: bool, force: bool) -> None:
    try:
        write_file(path, data, private=private, force=force)
    except FileExistsError:
        raise UsageError(f"{path} is there already; --force overwrites it") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None


ACTIONS = (
    Action(
        "export",
        _export,
        "write out a certificate",
        "tlslab ca export localhost --chain -o chain.pem",
        _configure_export,
    ),
)
