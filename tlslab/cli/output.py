"""Options and printing that the commands which show connections have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tlslab.cli.errors import UsageError
from tlslab.cli.terminal import printable
from tlslab.report.json_document import Detail
from tlslab.report.text import conversation, signs_for

if TYPE_CHECKING:
    from pathlib import Path

    from tlslab.trace.model import Connection


def add_view_options(parser: argparse.ArgumentParser) -> None:
    """`--tree`, `--hex`, `--records`, `--json` and what widens the JSON."""
    view = parser.add_argument_group("what is shown")
    view.add_argument("--tree", action="store_true", help="every field of every message, with its offset")
    view.add_argument(
        "--hex", action="store_true", help="the bytes of every message, in the clear where they can be read"
    )
    view.add_argument(
        "--records",
        action="store_true",
        help="the records that carried every message; with --tree what each is outside and inside",
    )
    view.add_argument("--json", action="store_true", help="one JSON object instead of text")
    view.add_argument("--fields", action="store_true", help="with --json: the field trees")
    view.add_argument("--data", action="store_true", help="with --json: each message's bytes as hex")
    view.add_argument("--secrets", action="store_true", help="with --json: the secrets, and which records they open")


def detail_of(arguments: argparse.Namespace) -> Detail:
    """What the JSON is to hold. A detail is asked of the JSON only, so asking it of text is a mistake worth telling."""
    if arguments.json:
        # What is a tree or a dump in text is fields or data in JSON.
        fields, data = arguments.fields or arguments.tree, arguments.data or arguments.hex
        return Detail(fields, data, arguments.secrets, arguments.records)
    if arguments.fields or arguments.data or arguments.secrets:
        raise UsageError(
            "--fields, --data and --secrets widen the JSON: add --json (for text there are --tree and --hex)"
        )
    return Detail()


def print_conversations(connections: Iterable[Connection], arguments: argparse.Namespace) -> None:
    """Every connection as text, an empty line between two."""
    signs = signs_for(sys.stdout.encoding)
    for index, connection in enumerate(connections):
        if index:
            print()
        for line in conversation(
            connection,
            signs,
            tree=arguments.tree,
            hex_dump=arguments.hex,
            records=arguments.records,
            every=getattr(arguments, "all", False),
        ):
            print(line)


def say(sentence: str) -> None:
    """One sentence to the user, beside the results."""
    print(f"tlslab: {printable(sentence)}", file=sys.stderr)


def read_file(path: Path, what: str) -> bytes:
    """The whole file; a UsageError in one sentence where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the {what} {path}: {(error.strerror or str(error)).lower()}") from None
