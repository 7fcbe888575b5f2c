"""Two trees of DER side by side: which fields are the same, which differ, and which stand in one only. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Final, Literal, NamedTuple

from tlslab.wire.field import Field

Verdict = Literal["same", "differs", "only left", "only right"]
PLUMBING: Final = frozenset({"header", "contents", "unused_bits"})
"""Parts of an element that say nothing by themselves: where only these are below, the element is a leaf."""


class Pair(NamedTuple):
    """A field of the left tree beside that of the right one."""

    name: str
    depth: int
    left: Field | None
    right: Field | None
    verdict: Verdict
    pairs: tuple[Pair, ...]
    """What they are made of; () for leaves."""

    def walk(self, *, opened: bool = False) -> Iterator[Pair]:
        """This pair and all below it; below what is the same only with `opened`."""
        yield self
        if opened or self.verdict == "differs":
            for pair in self.pairs:
                yield from pair.walk(opened=opened)

    def leaves(self) -> Iterator[Pair]:
        """The pairs at the bottom."""
        if not self.pairs:
            yield self
        for pair in self.pairs:
            yield from pair.leaves()


def aligned(left: Field | None, right: Field | None, depth: int = 0) -> Pair:
    """The two fields, and below them what belongs together by name and by order."""
    both = left or right
    assert both is not None
    if left is None or right is None:
        children = tuple(_alone(each, left is not None, depth + 1) for each in parts(both))
        return Pair(both.name, depth, left, right, "only left" if right is None else "only right", children)
    children = tuple(_children(left, right, depth + 1))
    return Pair(left.name, depth, left, right, "same" if left.bytes == right.bytes else "differs", children)


def parts(field: Field) -> list[Field]:
    """The children that say something; none where the field is one value."""
    children = [each for each in field.children if each.name not in PLUMBING]
    return [] if not children or all(each.name in PLUMBING for each in field.children) else children


def _alone(field: Field, is_left: bool, depth: int) -> Pair:
    return aligned(field, None, depth) if is_left else aligned(None, field, depth)


def _children(left: Field, right: Field, depth: int) -> Iterator[Pair]:
    ours, theirs = parts(left), parts(right)
    if not ours and not theirs:
        return
    matcher = SequenceMatcher(None, _keys(ours), _keys(theirs), autojunk=False)
    for what, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        if what == "equal":
            for a, b in zip(ours[a_start:a_end], theirs[b_start:b_end], strict=True):
                yield aligned(a, b, depth)
        else:
            yield from (aligned(each, None, depth) for each in ours[a_start:a_end])
            yield from (aligned(None, each, depth) for each in theirs[b_start:b_end])


def _keys(fields: Iterable[Field]) -> list[tuple[str, int]]:
    """What belongs together: fields of one name, the first with the first; items of a list by their place."""
    seen: Counter[str] = Counter()
    found = []
    for field in fields:
        found.append((field.name, seen[field.name]))
        seen[field.name] += 1
    return found


def summary(root: Pair) -> str:
    """How many fields differ, in words."""
    leaves = list(root.leaves())
    differing = sum(each.verdict != "same" for each in leaves)
    if not differing:
        return "The two are the same, byte by byte"
    return f"{differing} of {len(leaves)} fields differ"
