"""One side of the comparison `decode`: open a capture that holds its keys, and read every field of every message.

    python -m tests.benchmarks.every_field FILE

Prints how many messages and fields there were. A field is counted when it stands in the tree of its message, with its
name and range, and its value has been read.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture


def main(path: Path) -> None:
    """Read the file, decrypt it, and open every tree to its leaves."""
    with path.open("rb") as stream:
        trace = analyze(read_capture(stream).events)
    messages = fields = 0
    for connection in trace.connections:
        for message in connection.messages:
            assert message.readable
            messages += 1
            for field in message.fields.walk():
                _ = field.value
                fields += 1
    print(messages, fields)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
