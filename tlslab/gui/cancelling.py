"""How long work ends early: it asks now and then whether anybody still wants it. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
ASK_EVERY = 512
"""Items between two questions: some milliseconds of work."""


class Cancelled(Exception):
    """Nobody wants the result any more."""


def wanted(items: Iterable[Item], cancelled: Callable[[], bool]) -> Iterator[Item]:
    """The items, as long as they are wanted. Raises Cancelled."""
    for number, item in enumerate(items):
        if number % ASK_EVERY == 0 and cancelled():
            raise Cancelled
        yield item
