"""All shapes by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.hostile import commands, files, handshakes, packets, pastes

SHAPES: Final[dict[str, Callable[[int], bytes]]] = {
    **handshakes.SHAPES,
    **packets.SHAPES,
    **files.SHAPES,
    **files.SENT,
    **pastes.SHAPES,
    **commands.SHAPES,
}
"""Each makes bytes of about the size that it is given."""
