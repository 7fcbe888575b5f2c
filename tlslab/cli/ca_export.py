"""`tlslab ca export`: certificates and keys of a lab as files, for other programs and other machines."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlslab.cli.ca_action import Action
from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.output_file import add_output_options, write_output
from tlslab.cli.passphrase import read_passphrase
from tlslab.cli.refusal import as_clause
from tlslab.pki import write_files
from tlslab.pki.formats import FILE_FORMATS, FileFormat, file_format
from tlslab.report.folder import folder
from tlslab.report.leaving import member, members, script
from tlslab.store import Lab, LabError

_SHORTHANDS = {
    # (--chain, --private-key, --der)
    (False, False, False): "pem",
    (False, False, True): "der",
    (True, False, False): "chain",
    (False, True, False): "key",
    (False, True, True): "key-der",
}
_EXAMPLES = """\
tlslab ca export localhost --chain -o chain.pem
tlslab ca export localhost --format pkcs12 --password-file password.txt -o localhost.p12
tlslab ca export localhost --openssl
tlslab ca export --folder ./lab"""


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="a name of `tlslab ca list`; more only with --folder")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--format", metavar="FORMAT", choices=[each.name for each in FILE_FORMATS], help=_formats())
    what.add_argument("--chain", action="store_true", help="the authorities between it and the root too, PEM")
    what.add_argument("--private-key", action="store_true", help="the private key instead, unencrypted PKCS#8")
    what.add_argument("--openssl", action="store_true", help="the openssl commands that give the same, as a script")
    what.add_argument(
        "--folder",
        metavar="DIR",
        type=Path,
        help="the whole lab, or all NAMEs, as PEM and PKCS#12 files, with snippets for nginx, Apache, HAProxy, curl, "
        "Python, Node, Java and Go that run as they are",
    )
    parser.add_argument("--der", action="store_true", help="DER instead of PEM")
    parser.add_argument("--password-file", metavar="FILE", type=Path, help="its first line protects what is written")
    parser.add_argument("--server", metavar="NAME", help="with --folder: whom the snippets show (default: the newest)")
    parser.add_argument("--client", metavar="NAME", help="with --folder: who asks (default: the newest client)")
    add_output_options(parser)


def _formats() -> str:
    return "one of " + ", ".join(each.name for each in FILE_FORMATS)


def _export(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.folder is not None:
        return _folder(lab, arguments)
    if arguments.server or arguments.client:
        raise UsageError("--server and --client choose whom the snippets of a --folder show: add --folder DIR")
    if len(arguments.names) != 1:
        raise UsageError("name one certificate (`tlslab ca list` has the names), or ask for all with --folder DIR")
    (name,) = arguments.names
    if arguments.openssl:
        if arguments.der or arguments.password_file is not None:
            raise UsageError("--openssl writes a script, which leaves PEM files: leave away --der and --password-file")
        write_output(arguments, script(lab, name).encode(), text=True)
        return 0
    return _one(lab, name, arguments)


def _one(lab: Lab, name: str, arguments: argparse.Namespace) -> int:
    form = _form(arguments)
    leaving = member(lab, name)
    password = "" if arguments.password_file is None else read_passphrase(arguments.password_file)
    if form.password and not password:
        raise UsageError(f"the format {form.name} is protected by a password: give --password-file FILE")
    if password and not form.password:
        raise UsageError(f"the format {form.name} is protected by no password: leave away --password-file")
    content = form.content(leaving.credential, leaving.root, password)
    write_output(arguments, content.data, text=not form.binary, private=content.private)
    if form.private:
        where = str(arguments.output or "standard output")
        _note(lab, name, where)
        encrypted = "under the password" if form.password else "unencrypted"
        say(f"the private key of {name} is now {encrypted} in {where}: keep it to yourself")
    return 0


def _form(arguments: argparse.Namespace) -> FileFormat:
    if arguments.format is not None:
        if arguments.der:
            raise UsageError("--der goes without --format: the formats der, key-der and pkcs7-der are DER")
        return file_format(arguments.format)
    if arguments.chain and arguments.der:
        raise UsageError("DER holds one certificate: leave away --der or --chain")
    return file_format(_SHORTHANDS[arguments.chain, arguments.private_key, arguments.der])


def _folder(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.output is not None or arguments.der or arguments.password_file is not None:
        raise UsageError("--folder names its files itself: leave away --output, --der and --password-file")
    leaving = members(lab, arguments.names)
    files = folder(leaving, arguments.server, arguments.client)
    target: Path = arguments.folder
    try:
        target.mkdir(parents=True, exist_ok=True)
        write_files({target / name: content for name, content in files.items()}, force=arguments.force)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already; --force overwrites, another DIR does not") from None
    except OSError as error:
        raise UsageError(f"cannot write into {target}: {(error.strerror or str(error)).lower()}") from None
    keys = [each.credential.name for each in leaving if each.credential.key is not None]
    for name in keys:
        _note(lab, name, str(target))
    print(f"{target}: {len(files)} files; README.txt tells what they are")
    if keys:
        say(f"{len(keys)} private keys are now unencrypted in {target}: keep them to yourself")
    return 0


def _note(lab: Lab, name: str, where: str) -> None:
    """Write the export of a private key into the journal; one from a lab that is read-only is done all the same."""
    try:
        lab.note("exported the private key", name, f"to {where}")
    except LabError as error:
        say(f"the export is not in the journal: {as_clause(str(error))}")


ACTIONS = (Action("export", _export, "write out certificates", _EXAMPLES, _configure),)
