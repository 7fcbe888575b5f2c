"""What the layers below refuse, in the form in which the command line says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tlslab.cli.errors import UsageError
from tlslab.pki import KEY_TYPES, PkiError
from tlslab.store import LabError

_ARTICLES = ("The ", "A ", "There ", "Another ", "No ")


@contextmanager
def refusals(advice: Callable[[Exception], str] = lambda _error: "") -> Iterator[None]:
    """Turn a PkiError or LabError into a UsageError; `advice` adds what this command can do about it."""
    try:
        yield
    except (PkiError, LabError) as error:
        raise UsageError(as_clause(str(error)) + advice(error)) from None


def as_clause(sentence: str) -> str:
    """`sentence` as it stands behind "tlslab: ": no capital article, no full stop."""
    head = sentence[:1].lower() if sentence.startswith(_ARTICLES) else sentence[:1]
    return (head + sentence[1:]).removesuffix(".")


def key_type(text: str) -> str:
    """A key type as `pki` spells it, whatever the case. Unknown ones stay: argparse lists the choices."""
    return next((name for name in KEY_TYPES if name.lower() == text.lower()), text)
