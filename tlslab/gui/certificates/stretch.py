"""A stretch of time with one verdict, for the time line. No Qt."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Stretch(NamedTuple):
    """From one change of the verdict to the next."""

    start: datetime
    accepted: bool
    text: str
    """What changes there, in a few words."""
