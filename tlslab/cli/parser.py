"""A parser of command lines that answers a mistake in one sentence, not with a page of usage."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Final, NoReturn

from tlslab.cli.errors import UsageError

_SENTENCES: Final = (
    (r"the following arguments are required: (.+)", r"\1 is missing"),
    (r"one of the arguments (.+) is required", r"one of \1 is missing"),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 and \2 do not go together"),
    (r"argument (\S+): expected (?:one|at least one) argument", r"\1 needs a value"),
    (r"argument (\S+): ignored explicit argument (.+)", r"\1 takes no value, and got \2"),
    (r"argument (\S+): invalid int value: (.+)", r"\1 takes a whole number, not \2"),
    (r"argument (\S+): invalid choice: (.+?) \(choose from (.+)\)", r"\1 cannot be \2: choose one of \3"),
    (r"argument (\S+): (.+)", r"\1: \2"),
)
"""What argparse says, and how it is said here."""

_NO_OPTION: Final = re.compile(r"-|-\d+|-\d*\.\d+|-.* .*", re.DOTALL)
"""Standard input, a negative number, and several words, which argparse takes for arguments."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser, also for the actions below a command, with whole options only and lines kept as they are.

    Raises UsageError where argparse would print its usage and exit.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  argparse's own, which are many
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings, allow_abbrev=False)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Override ArgumentParser.parse_known_args: what is too much is told by the parser of the action it was given to."""
        # An option that there is not comes before an argument that is missing: mistyped, it may have been that one.
        for argument in self._own(args or ()):
            if self._looks_like_unknown_option(argument):
                self._refuse(self._unknown_option(argument))
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self._refuse(f"{unknown[0]!r} is one argument too many")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        """Override ArgumentParser.error: one sentence."""
        for pattern, sentence in _SENTENCES:
            if re.fullmatch(pattern, message, re.DOTALL):
                message = re.sub(pattern, sentence, message, count=1, flags=re.DOTALL)
                break
        head, choose, choices = message.partition(": choose one of ")
        self._refuse(head + choose + choices.replace("'", ""))

    def _own(self, arguments: Sequence[str]) -> Iterator[str]:
        """Those among which options are looked for: up to "--", or up to an action, which has options of its own."""
        if self._subparsers:
            return takewhile(lambda argument: argument.startswith("-"), arguments)
        return takewhile("--".__ne__, arguments)

    def _refuse(self, what: str) -> NoReturn:
        raise UsageError(f"{what}; `{self.prog} --help` tells more")

    def _looks_like_unknown_option(self, argument: str) -> bool:
        if not argument.startswith("-") or _NO_OPTION.fullmatch(argument):
            return False
        known = self._option_string_actions
        return argument.partition("=")[0] not in known and (argument.startswith("--") or argument[:2] not in known)

    def _unknown_option(self, argument: str) -> str:
        if Path(argument).exists():
            return f"there is no option {argument}, and the file of that name is ./{argument}"
        from difflib import get_close_matches

        option = argument.partition("=")[0]
        near = get_close_matches(option, self._option_string_actions, 1, 0.75)
        return f"there is no option {option}" + (f", did you mean {near[0]}?" if near else "")
