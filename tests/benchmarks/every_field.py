"""One side of the comparison `decode`: open a capture that holds its keys, and read every field of every message.

    python -m tests.benchmarks.every_field FILE [apart]

Prints as a dict how many messages, fields and trees there were, and the CPU time of each part. A field is counted when it
stands in the tree of its message and its name, range, value and label have been read. Messages that are the same byte for
byte share a tree, which is read once; with `apart` each has its own, cut out of its bytes, as if no certificate came twice
and no client said the same again.
"""

from __future__ import annotations

import sys
import time

from tlslab.trace import decoding
from tlslab.trace.analysis import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.collector import leave_all_at_exit, without_collector
from tlslab.wire import messages
from tlslab.wire.field import Field


def main(path: str) -> dict[str, int]:
    """Read the file, decrypt it, and open every tree to its leaves."""
    began = time.process_time_ns()
    # Neither pathlib nor json: what is measured is the decoder.
    with open(path, "rb") as stream:  # noqa: PTH123
        trace = analyze(read_capture(stream).events)
    indexed = time.process_time_ns()
    trees: dict[int, tuple[Field, int]] = {}
    fields = 0
    decoded = [message for connection in trace.connections for message in connection.messages]
    for message in decoded:
        assert message.readable
        root = message.fields
        if id(root) not in trees:
            trees[id(root)] = root, read(root)
        fields += trees[id(root)][1]
    ended = time.process_time_ns()
    return {
        "messages": len(decoded),
        "fields": fields,
        "trees": len(trees),
        "fields_in_trees": sum(count for _, count in trees.values()),
        "start_ms": began // 10**6,
        "index_ms": (indexed - began) // 10**6,
        "trees_ms": (ended - indexed) // 10**6,
    }


def read(root: Field) -> int:
    """Read all that every field says; how many there are."""
    count = 0
    for field in root.walk():
        _ = field.name, field.start, field.end, field.value, field.label
        count += 1
    return count


if __name__ == "__main__":
    if "apart" in sys.argv[2:]:
        decoding.LONGEST_SHARED = -1  # type: ignore[misc]
        messages.FRESH = frozenset()  # type: ignore[misc]
    leave_all_at_exit()
    with without_collector():
        print(main(sys.argv[1]))
