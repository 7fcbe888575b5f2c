"""`tlslab ca`: make authorities and issue certificates in a lab file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tlslab.cli.ca_show import certificate_object, print_list, print_path
from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file, say
from tlslab.cli.refusal import as_clause, key_type, refusals
from tlslab.cli.terminal import print_json
from tlslab.pki import DEFAULT_KEY_TYPE, KEY_TYPES, Authority, Credential, NameRefused, write_file
from tlslab.report.json_document import JsonValue
from tlslab.store import Entry, Lab, LabError, LockedError

EXAMPLES = """\
examples:
  tlslab ca new lab-ca
  tlslab ca new issuing --issuer lab-ca
  tlslab ca issue --issuer issuing --server demo.lab.test --server 127.0.0.1
  tlslab ca issue --issuer issuing --client alice
  tlslab ca list
  tlslab ca show demo.lab.test --json
  tlslab ca export lab-ca --output ca.pem
  tlslab ca export demo.lab.test --private-key --output server-key.pem

`tlslab ca ACTION --help` tells more. Without --lab all of it happens in your own lab, which the window shows too.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and the options of each."""
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _configure_new(_action(actions, "new", _new, "make an authority", "tlslab ca new lab-ca"))
    _configure_list(_action(actions, "list", _list, "list what is in the lab", "tlslab ca list --json"))
    _configure_show(_action(actions, "show", _show, "show one certificate", "tlslab ca show lab-ca"))
    _configure_issue(
        _action(actions, "issue", _issue, "issue a certificate", "tlslab ca issue --server localhost --days 7")
    )
    _configure_export(
        _action(
            actions, "export", _export, "write out a certificate", "tlslab ca export localhost --chain -o chain.pem"
        )
    )


def run(arguments: argparse.Namespace) -> int:
    """Do the action on the lab."""
    # Only what makes something makes a lab file; but the user's own lab is always there.
    create = arguments.lab is None or arguments.action == "new"
    action: Callable[[Lab, argparse.Namespace], int] = arguments.run_action
    with refusals(_advice), Lab.open(arguments.lab, _passphrase(arguments), create=create) as lab:
        return action(lab, arguments)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    action: Callable[[Lab, argparse.Namespace], int],
    what: str,
    example: str,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=what,
        description=f"{what.capitalize()}.",
        epilog=f"example:\n  {example}",
    )
    parser.set_defaults(run_action=action)
    parser.add_argument("--lab", metavar="FILE", type=Path, help="lab file (default: your own lab)")
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        help="file with the lab's passphrase in its first line; a lab without keys yet gets it",
    )
    return parser


def _configure_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what to call it")
    parser.add_argument("--issuer", metavar="AUTHORITY", help="who issues it; without one it is a root")
    _add_key_options(parser, "10 years")
    parser.add_argument(
        "--any-name",
        action="store_true",
        help="let the root name real hosts too; without it only names that cannot be real, and private addresses",
    )


def _configure_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _configure_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a name of `tlslab ca list`")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _configure_issue(parser: argparse.ArgumentParser) -> None:
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument(
        "--server", metavar="NAME", action="append", help="host name, wildcard or address; repeat for more of them"
    )
    whose.add_argument(
        "--client", metavar="NAME", action="append", help="name, mailbox, host name or address; repeat for more of them"
    )
    parser.add_argument("--issuer", metavar="AUTHORITY", help="who issues it (default: the lab's only authority)")
    parser.add_argument("--name", metavar="LABEL", help="what to call it in the lab (default: its first name)")
    _add_key_options(parser, "90")


def _configure_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a name of `tlslab ca list`")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--chain", action="store_true", help="the authorities between it and the root too, PEM")
    what.add_argument("--private-key", action="store_true", help="the private key instead, unencrypted PKCS#8")
    parser.add_argument("--der", action="store_true", help="DER instead of PEM")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: standard output")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")


def _add_key_options(parser: argparse.ArgumentParser, days: str) -> None:
    parser.add_argument(
        "--key",
        metavar="TYPE",
        type=key_type,
        choices=KEY_TYPES,
        default=DEFAULT_KEY_TYPE,
        help=f"{', '.join(KEY_TYPES)} (default: {DEFAULT_KEY_TYPE})",
    )
    parser.add_argument("--days", metavar="N", type=int, help=f"how long it is valid (default: {days})")


def _new(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.issuer is None:
        authority = Authority.create(arguments.name, arguments.key, days=arguments.days, any_name=arguments.any_name)
    elif arguments.any_name:
        raise UsageError("--any-name is for a root: what is below one can name no more than the root")
    else:
        issuer = lab.authority(arguments.issuer)
        authority = issuer.intermediate(arguments.name, arguments.key, days=arguments.days)
    lab.add(authority.credential)
    _told(lab, authority.credential)
    return 0


def _list(lab: Lab, arguments: argparse.Namespace) -> int:
    entries = lab.entries()
    if arguments.json:
        certificates: list[JsonValue] = [certificate_object(each, lab.certificate(each.name)) for each in entries]
        print_json({"format": 1, "lab": str(lab.file), "certificates": certificates})
    elif entries:
        print_list(entries)
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


def _issue(lab: Lab, arguments: argparse.Namespace) -> int:
    issuer = lab.authority(arguments.issuer or _only_authority(lab))
    issue = issuer.issue_server if arguments.server else issuer.issue_client
    credential = issue(*(arguments.server or arguments.client), key_type=arguments.key, days=arguments.days)
    credential = replace(credential, name=arguments.name or lab.free_name(credential.name))
    lab.add(credential)
    _told(lab, credential)
    return 0


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


def _passphrase(arguments: argparse.Namespace) -> str | None:
    if arguments.passphrase_file is None:
        return None
    text = read_file(arguments.passphrase_file, "passphrase file").decode("utf-8", "replace")
    passphrase = text.splitlines()[0] if text else ""
    if not passphrase:
        raise UsageError(f"the first line of the passphrase file {arguments.passphrase_file} is empty")
    return passphrase


def _advice(error: Exception) -> str:
    if isinstance(error, LockedError):
        return " (--passphrase-file)"
    return " (tlslab ca new --any-name)" if isinstance(error, NameRefused) else ""


def _only_authority(lab: Lab) -> str:
    authorities = [entry.name for entry in lab.authorities()]
    if not authorities:
        raise UsageError(f"the lab {lab.file} has no authority yet; `tlslab ca new lab-ca` makes one")
    if len(authorities) > 1:
        raise UsageError(f"the lab has {len(authorities)} authorities; choose with --issuer: {', '.join(authorities)}")
    return authorities[0]


def _entries_up_to_root(lab: Lab, entry: Entry) -> list[Entry]:
    entries = [entry]
    while (issuer := entries[-1].issuer) is not None:
        entries.append(lab.entry(issuer))
    return entries


def _told(lab: Lab, credential: Credential) -> None:
    names = f" for {', '.join(credential.names)}" if credential.names else ""
    print(f"{credential.name}: {credential.kind}{names}, {credential.key_type}, until {credential.not_after:%Y-%m-%d}")
    protected = ", its private key encrypted" if lab.protected else ""
    say(f"kept in {lab.file}{protected}")
