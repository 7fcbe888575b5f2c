"""One side of the comparison `decode`: open a capture that holds its keys, and read every field of every message.

    python -m tests.benchmarks.every_field FILE [apart]

Prints how many messages, fields and trees there were. A field is counted when it stands in the tree of its message, with
its name and range, and its value has been read. Messages that are the same byte for byte share a tree, which is read
once; with `apart` each has its own, as if no certificate came twice.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tlslab.trace import decoding
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.collector import without_collector
from tlslab.wire.field import Field


def main(path: Path, *, apart: bool) -> None:
    """Read the file, decrypt it, and open every tree to its leaves."""
    if apart:
        decoding.LONGEST_SHARED = -1  # type: ignore[misc]
    with path.open("rb") as stream:
        trace = analyze(read_capture(stream).events)
    messages = fields = 0
    trees: dict[int, int] = {}
    for connection in trace.connections:
        for message in connection.messages:
            assert message.readable
            root = message.fields
            if id(root) not in trees:
                trees[id(root)] = read(root)
            messages += 1
            fields += trees[id(root)]
    print(messages, fields, len(trees))


def read(root: Field) -> int:
    """Read the value of every field; how many there are."""
    fields = [root]
    for field in fields:
        _ = field.value
        fields += field.children
    return len(fields)


if __name__ == "__main__":
    with without_collector():
        main(Path(sys.argv[1]), apart="apart" in sys.argv[2:])
