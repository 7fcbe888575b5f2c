"""The examples in the help of each command are command lines that the command understands."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from importlib import import_module

import pytest

from tlslab.cli import COMMANDS, usage
from tlslab.cli.parser import Parser


def parser_of(command: str) -> Parser:
    parser = Parser(prog=f"tlslab {command}")
    import_module(f"tlslab.cli.{command}").configure(parser)
    return parser


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser of a command, and those of its actions."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from dict.fromkeys(action.choices.values())


def lines(text: str | None) -> list[list[str]]:
    """The words of each line of a help that begins with "tlslab": up to a pipe, or what is said about it."""
    found = [line.strip() for line in (text or "").splitlines() if line.strip().startswith("tlslab ")]
    return [shlex.split(line.split("  ")[0].split(" > ")[0].split(" | ")[0]) for line in found]


EXAMPLES = [
    words
    for command in COMMANDS
    if command != "gui"
    for parser in parsers(parser_of(command))
    for words in lines(parser.epilog)
]


def test_every_command_and_every_action_has_an_example() -> None:
    of_all = [parser for command in COMMANDS if command != "gui" for parser in parsers(parser_of(command))]
    assert [parser.prog for parser in of_all if not lines(parser.epilog)] == []


@pytest.mark.parametrize("words", [*EXAMPLES, *lines(usage())], ids=" ".join)
def test_an_example_is_understood(words: list[str]) -> None:
    if len(words) > 1 and words[1] != "gui":
        parser_of(words[1]).parse_args(words[2:])
