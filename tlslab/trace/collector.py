"""Python's collector of cyclic garbage, kept out of the way while much is made that stays.

Of a large capture everything that is read is kept, so that each look of the collector finds nothing and takes longer than
the one before: two thirds of the time, where a tree of fields is kept as well.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Nothing is collected within; afterwards it is as it was before."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
