"""All connections of a run or a capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlslab.trace.model import Connection


class Trace:
    """What was made of a run or a capture."""

    __slots__ = ("connections", "problems")

    def __init__(self, connections: Sequence[Connection] = (), problems: list[str] | None = None) -> None:
        self.connections = connections
        self.problems = problems if problems is not None else []


def left_out(streams: int) -> str:
    """What is said of the streams that are no TLS."""
    if streams == 1:
        return "1 TCP stream holds no TLS and is left out"
    return f"{streams} TCP streams hold no TLS and are left out"
