"""`tlslab catalogue`: the broken certificates, how each is made, and what was observed of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.terminal import print_json
from tlslab.report.json_document import FORMAT
from tlslab.wire.words import counted

if TYPE_CHECKING:
    from tlslab.lab.observed import Difference, Seen
    from tlslab.pki.broken import Condition

EXAMPLES: Final = """\
examples:
  tlslab catalogue                           all 142, by group
  tlslab catalogue expired-leaf              how it is made, what was observed, what it means and what helps
  tlslab catalogue --run                     run them all again, and compare with the record
  tlslab catalogue --json > observed.json

see one at work:
  tlslab handshake --broken expired-leaf     live, message by message; --shown-by client for the other direction
  tlslab certs DIR --broken expired-leaf     as files
  tlslab serve --broken all                  all of them on one port, for testing clients
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument("names", metavar="NAME", nargs="*", help="condition; all of them if none is named")
    parser.add_argument("--run", action="store_true", help="run again, and tell each difference from the record")
    parser.add_argument("--json", action="store_true", help="what was observed, as one JSON object")
    parser.add_argument(
        "--record", metavar="FILE", type=Path, help="with --run: write what was observed, for a new version of OpenSSL"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the catalogue; with `--run` 1 if anything differs from the record."""
    from tlslab.pki.broken import NoSuchCondition, condition, conditions

    if arguments.record is not None and (not arguments.run or arguments.names):
        raise UsageError("--record writes what a run of all of them observed: add --run, and name no condition")
    try:
        chosen = [condition(name) for name in dict.fromkeys(arguments.names)] or list(conditions())
    except NoSuchCondition as error:
        raise UsageError(str(error)) from None
    return _run(chosen, arguments) if arguments.run else _show(chosen, arguments)


def _show(chosen: list[Condition], arguments: argparse.Namespace) -> int:
    from tlslab.lab.observed import recorded, recorded_engine

    seen = dict(recorded())
    _print(chosen, seen, recorded_engine(), arguments)
    return 0


def _run(chosen: list[Condition], arguments: argparse.Namespace) -> int:
    from tlslab.lab.observed import differences, engine, record_text, recorded_engine, see_all

    seen = dict(see_all(each.name for each in chosen))
    found = [each for name, one in seen.items() for each in differences(name, one)]
    if arguments.record is not None:
        _write(arguments.record, record_text(seen))
    if arguments.json or arguments.names:
        _print(chosen, seen, engine(), arguments, found)
    if not arguments.json:
        for each in found:
            print(each.text)
        runs = sum(len(one.runs) for one in seen.values())
        said = counted(len(found), ("difference", "differences"))
        verdict = f"{said} from the record" if found else "all as recorded"
        print(f"{counted(len(seen), ('condition', 'conditions'))}, {runs} handshakes: {verdict}")
    if found and engine() != recorded_engine():
        say(f"the record is of {_in_words(recorded_engine())}, and this is {_in_words(engine())}")
    return 1 if found else 0


def _print(
    chosen: list[Condition],
    seen: dict[str, Seen],
    engine: dict[str, str],
    arguments: argparse.Namespace,
    found: list[Difference] | None = None,
) -> None:
    from tlslab.report.catalogue import condition_object, details, overview

    if arguments.json:
        rows = [condition_object(each, seen[each.name]) for each in chosen]
        made = {"format": FORMAT, "engine": dict(engine), "conditions": list(rows)}
        print_json(made if found is None else made | {"differences": [each.text for each in found]})
    elif arguments.names:
        for index, each in enumerate(chosen):
            if index:
                print()
            for line in details(each, seen[each.name], _in_words(engine)):
                print(line)
        print()
    else:
        for line in overview(chosen, seen):
            print(line)
        print(f"\n{len(chosen)} conditions, as {_in_words(engine)} saw them; `tlslab catalogue NAME` tells more")


def _in_words(engine: dict[str, str]) -> str:
    return f"{engine['openssl']}, pyOpenSSL {engine['pyopenssl']}, cryptography {engine['cryptography']}"


def _write(path: Path, text: str) -> None:
    from tlslab.pki.files import write_file

    try:
        write_file(path, text.encode(), force=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None
    say(f"wrote {path}")
