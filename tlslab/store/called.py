"""What the things in a lab may be called: by their owner, and after what somebody else has written into a certificate."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from tlslab.store.errors import LabError

LONGEST: Final = 255
"""Characters, as many as a DNS name or a mailbox has at most."""


def check_called(name: str) -> None:
    """Whether somebody can find it again by this name. Raises LabError."""
    if not name.strip():
        raise LabError("The name is empty: give one.")
    if len(name) > LONGEST:
        raise LabError(f"The name {name[:20]!r}... has {len(name)} characters: choose one of {LONGEST} at most.")
    unseen = next((each for each in name if not each.isprintable()), None)
    if unseen is not None:
        raise LabError(f"The name {name!r} has the character U+{ord(unseen):04X} that nobody can see: leave it away.")


def as_called(name: str) -> str:
    """`name` as it can stand in a list, for what names itself: cut to `LONGEST`, without what nobody can see."""
    seen = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(seen.split())[:LONGEST].strip() or "unnamed"


def free(name: str, taken: Collection[str]) -> str:
    """`name`, or with the first number behind it that is not `taken`."""
    candidates = (f"{name} {number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(each for each in candidates if each not in taken)
