"""`tlslab ca delete`, `rename`, `bin`, `restore`, `undo`, `journal`, `passphrase`: looking after a lab file."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from tlslab.cli.ca_action import Action
from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.passphrase import read_passphrase
from tlslab.cli.terminal import print_json, print_line
from tlslab.report.json_document import JsonValue
from tlslab.store import Lab

PASSPHRASE_EXAMPLES = """\
tlslab ca passphrase --new-passphrase-file new.txt
tlslab ca passphrase --passphrase-file old.txt --new-passphrase-file new.txt
tlslab ca passphrase --passphrase-file old.txt --remove"""


def _configure_delete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a certificate of `tlslab ca list`")
    parser.add_argument("--below", action="store_true", help="and all that it has issued")
    parser.add_argument("--request", action="store_true", help="NAME is a request of `tlslab ca csr --list`")


def _configure_rename(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a certificate of `tlslab ca list`")
    parser.add_argument("new_name", metavar="NEW", help="what to call it; the certificate stays as it is")


def _configure_note(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a certificate of `tlslab ca list`")
    parser.add_argument("text", metavar="TEXT", help="your own words about it; '' for none")


def _configure_bin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--empty", action="store_true", help="forget for ever what is in it, private keys above all")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _configure_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a name of `tlslab ca bin`")
    parser.add_argument(
        "--kind", choices=("certificate", "request", "profile", "scenario", "run"), help="where several have the name"
    )


def _configure_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _configure_passphrase(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--new-passphrase-file", metavar="FILE", type=Path, help="file with the new passphrase in its first line"
    )
    what.add_argument("--remove", action="store_true", help="store the private keys without encryption from now on")


def _delete(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.request:
        if arguments.below:
            raise UsageError("a request has issued nothing: leave away --below")
        lab.delete_request(arguments.name)
        print_line(f"{arguments.name}: in the bin")
        return 0
    before = len(lab.entries())
    lab.delete(arguments.name, below=arguments.below)
    count = before - len(lab.entries())
    print_line(f"{arguments.name}: in the bin" + (f", and {count - 1} below it" if count > 1 else ""))
    say("`tlslab ca restore` brings it back, `tlslab ca bin --empty` forgets it for ever")
    return 0


def _rename(lab: Lab, arguments: argparse.Namespace) -> int:
    lab.rename(arguments.name, arguments.new_name)
    print_line(f"{arguments.name}: called {arguments.new_name} from now on")
    return 0


def _note(lab: Lab, arguments: argparse.Namespace) -> int:
    lab.set_note(arguments.name, arguments.text)
    print_line(f"{arguments.name}: {arguments.text or 'no note'}")
    return 0


def _bin(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.empty:
        print_line(f"{lab.empty_bin()} forgotten for ever")
        return 0
    found = lab.bin()
    if arguments.json:
        objects: list[JsonValue] = [
            {"kind": each.kind, "name": each.name, "deleted": _time(each.deleted), "detail": each.detail}
            for each in found
        ]
        print_json({"format": 1, "lab": str(lab.file), "bin": objects})
        return 0
    for each in found:
        print_line(
            f"{_time(each.deleted)}  {each.kind:11}  {each.name}" + (f"  ({each.detail})" if each.detail else "")
        )
    if not found:
        say("the bin is empty")
    return 0


def _restore(lab: Lab, arguments: argparse.Namespace) -> int:
    name = lab.restore(arguments.name, arguments.kind)
    print_line(f"{arguments.name}: back in the lab" + (f" as {name}" if name != arguments.name else ""))
    return 0


def _undo(lab: Lab, _arguments: argparse.Namespace) -> int:
    print_line(f"undone: {lab.undo()}")
    return 0


def _journal(lab: Lab, arguments: argparse.Namespace) -> int:
    lines = lab.journal()
    if arguments.json:
        objects: list[JsonValue] = [
            {
                "time": _time(datetime.fromtimestamp(each.time_ns / 1e9, UTC)),
                "action": each.action,
                "subject": each.subject,
                "detail": each.detail,
            }
            for each in lines
        ]
        print_json({"format": 1, "lab": str(lab.file), "journal": objects})
        return 0
    for each in lines:
        detail = f" ({each.detail})" if each.detail else ""
        print_line(f"{_time(datetime.fromtimestamp(each.time_ns / 1e9, UTC))}  {each.action} {each.subject}{detail}")
    return 0


def _passphrase(lab: Lab, arguments: argparse.Namespace) -> int:
    if lab.locked:
        raise UsageError(f"the lab {lab.file} has a passphrase: give it to change it (--passphrase-file)")
    had = lab.protected
    if arguments.remove:
        if not had:
            raise UsageError(f"the lab {lab.file} has no passphrase to remove")
        lab.set_passphrase(None)
        print("passphrase removed")
        say(f"the private keys are now unencrypted in {lab.file}: keep it to yourself")
        return 0
    lab.set_passphrase(read_passphrase(arguments.new_passphrase_file))
    print("passphrase changed" if had else "passphrase set")
    say("nobody can bring back the private keys without it: remember it well")
    return 0


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


ACTIONS = (
    Action("delete", _delete, "put a certificate into the bin", "tlslab ca delete localhost", _configure_delete),
    Action("rename", _rename, "call a certificate otherwise", "tlslab ca rename localhost web", _configure_rename),
    Action("note", _note, "write down a word about a certificate", "tlslab ca note alice 'for May'", _configure_note),
    Action("bin", _bin, "list what was deleted, or forget it for ever", "tlslab ca bin --empty", _configure_bin),
    Action("restore", _restore, "bring back what was deleted", "tlslab ca restore localhost", _configure_restore),
    Action("undo", _undo, "undo the last change", "tlslab ca undo"),
    Action("journal", _journal, "say who was issued what and when", "tlslab ca journal --json", _configure_json),
    Action(
        "passphrase",
        _passphrase,
        "set, change or remove the passphrase of a lab",
        PASSPHRASE_EXAMPLES,
        _configure_passphrase,
    ),
)
