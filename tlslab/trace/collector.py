"""Python's collector of cyclic garbage, kept out of the way while much is made that stays.

Of a large capture everything that is read is kept, so that each look of the collector finds nothing and takes longer than
the one before: two thirds of the time, where a tree of fields is kept as well.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

MANY: Final = 100_000
"""Objects. Fewer are looked at as always: what is old is rarely looked at, and garbage among it would pile up."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Nothing is collected within; afterwards it is as it was before."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if gc.get_count()[0] > MANY:
                # All that was made meanwhile counts as old from now on: else the first look at what is young were at all of it.
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@cache
def leave_all_at_exit() -> None:
    """The collector does not look through everything once more when the process ends: the system takes the memory as it is.

    For a process that makes much and then ends; no object of it may wait for being collected.
    """
    atexit.register(gc.freeze)
