"""List every message of a capture, all decrypted, in the way of the window, and say what it took.

    python -m tests.benchmarks.list_capture FILE

Prints connections, messages, messages that no key opened, milliseconds (wall) to the first rows, and the last of them.
"""

from __future__ import annotations

import gc
import sys
from time import perf_counter

from tlslab.trace.capture import CaptureReader
from tlslab.trace.collector import without_collector
from tlslab.trace.index import Index


def listed(path: str) -> str:
    """One line of results."""
    start, first_ms = perf_counter(), 0.0
    index = Index()
    with open(path, "rb") as stream:  # noqa: PTH123 - what is measured is not pathlib
        for batch in CaptureReader(stream).batches():
            index.feed(batch)
            if not first_ms and len(index):
                first_ms = (perf_counter() - start) * 1e3
    trace = index.finish()
    unreadable = sum(each.unreadable for each in index.connections)
    last = index.connections[-1][len(index.connections[-1]) - 1]
    return f"{len(trace.connections)} {len(index)} {unreadable} {first_ms:.0f} {last.type}"


if __name__ == "__main__":
    with without_collector():
        print(listed(sys.argv[1]))
        # The process ends: nothing that it holds need be looked through for garbage.
        gc.freeze()
