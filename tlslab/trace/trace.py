"""All connections of a run or a capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlslab.trace.model import Connection


@dataclass(slots=True)
class Trace:
    """What was made of a run or a capture."""

    connections: Sequence[Connection] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def left_out(streams: int) -> str:
    """What is said of the streams that are no TLS."""
    if streams == 1:
        return "1 TCP stream holds no TLS and is left out"
    return f"{streams} TCP streams hold no TLS and are left out"
