"""Where each secret, key, IV and hash stands in the graph of the Keys pane, as columns and rows. No Qt.

The ladder of RFC 8446 §7.1 as the RFC draws it: what goes in at the left, the chain of secrets down one column, what is
derived from each of them to its right. The same rule draws the shorter ladder of TLS 1.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tlslab.trace.provenance import Quantity

INPUTS, CHAIN = 0, 1
"""Columns of what goes in, and of the secrets that lead on to all the others."""
MANY = 4
"""What goes into more than so many quantities is drawn to those only when it is chosen: lines that say nothing."""

ASIDE = 4
"""How much farther a node is that does not stand straight ahead."""


class Node(NamedTuple):
    """One quantity and its cell."""

    quantity: Quantity
    column: int
    row: int


class Edge(NamedTuple):
    """`source` was used to make `target`."""

    source: str
    target: str
    quiet: bool
    """Drawn only when one of its ends is chosen."""


class KeyGraph:
    """The nodes of a connection by id, their edges, and the way from one to the next."""

    def __init__(self, quantities: Sequence[Quantity]) -> None:
        cells = _Placer(quantities).cells
        self.nodes = {each.id: Node(each, *cells[each.id]) for each in quantities}
        used = Counter(source for each in quantities for source in each.made_from)
        self.edges = tuple(
            Edge(source, each.id, used[source] > MANY)
            for each in quantities
            for source in each.made_from
            if source in self.nodes
        )
        self._neighbours: dict[str, list[str]] = {}
        for edge in self.edges:
            self._neighbours.setdefault(edge.target, []).append(edge.source)
            self._neighbours.setdefault(edge.source, []).append(edge.target)
        self.columns = max((node.column for node in self.nodes.values()), default=-1) + 1
        self.rows = max((node.row for node in self.nodes.values()), default=-1) + 1

    def neighbours(self, id_: str) -> list[str]:
        """What `id_` was made from, and what is made from it."""
        return self._neighbours.get(id_, [])

    def made_from(self, id_: str) -> set[str]:
        """Everything that went into `id_`, directly or through others."""
        found: set[str] = set()
        waiting = [id_]
        while waiting:
            node = self.nodes.get(waiting.pop())
            new = [each for each in node.quantity.made_from if each not in found] if node is not None else []
            found.update(new)
            waiting += new
        return found

    def step(self, id_: str, columns: int, rows: int) -> str:
        """Where an arrow key leads: along an edge, up and down also in the column, else to what is nearest; `id_` at the end."""
        near = self.neighbours(id_)
        if rows:
            column = self.nodes[id_].column
            near = [*near, *(each for each, node in self.nodes.items() if node.column == column)]
        return self._nearest(id_, near, columns, rows) or self._nearest(id_, self.nodes, columns, rows) or id_

    def _nearest(self, id_: str, among: Iterable[str], columns: int, rows: int) -> str | None:
        """The nearest of some nodes in one direction, those straight ahead first."""
        here = self.nodes[id_]
        found: list[tuple[int, str]] = []
        for each in among:
            node = self.nodes[each]
            across, down = node.column - here.column, node.row - here.row
            ahead = across * columns + down * rows
            aside = abs(down) if columns else abs(across)
            if ahead > 0:
                found.append((ahead + ASIDE * aside, each))
        return min(found, default=(0, None))[1]


class _Placer:
    """Gives each quantity its cell: a walk down the ladder, each subtree in rows of its own."""

    def __init__(self, quantities: Sequence[Quantity]) -> None:
        self._all = {each.id: each for each in quantities}
        self._users: dict[str, list[str]] = {}
        for each in quantities:
            for source in each.made_from:
                self._users.setdefault(source, []).append(each.id)
        self.cells: dict[str, tuple[int, int]] = {}
        self._next_row = 0
        self._ingredients = self._find_ingredients()
        self._children = self._find_children()
        self._sizes: dict[str, int] = {}
        for id_ in reversed(self._all):
            self._sizes[id_] = 1 + sum(self._sizes[child] for child in self._children.get(id_, ()))
        self._told = [id_ for id_ in self._all if id_ in self._ingredients and id_ not in self._users]
        """Ingredients of nothing: they stand where their turn is in the story."""
        self._order = {id_: number for number, id_ in enumerate(self._all)}
        for id_ in self._all:
            if id_ not in self._ingredients and self._parent(id_) is None:
                self._place(id_, CHAIN, free_row=True)
        for id_ in self._all:
            self._ingredient(id_)

    def _find_ingredients(self) -> set[str]:
        """What stands in the column of what goes in: inputs, hashes of them, and secrets that are only mixed in."""
        leading = {each.made_from[0] for each in self._all.values() if each.made_from}
        found: set[str] = set()
        for each in self._all.values():
            of_inputs = all(source in found for source in each.made_from)
            mixed_in = each.id not in leading and each.id in self._users
            if each.kind == "input" or (of_inputs and (each.kind == "hash" or mixed_in)):
                found.add(each.id)
        return found

    def _parent(self, id_: str) -> str | None:
        """What a quantity hangs below: the first of what it is made from that is no ingredient."""
        sources = self._all[id_].made_from
        return next((each for each in sources if each in self._all and each not in self._ingredients), None)

    def _find_children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for id_ in self._all:
            parent = self._parent(id_) if id_ not in self._ingredients else None
            if parent is not None:
                found.setdefault(parent, []).append(id_)
        return found

    def _heir(self, id_: str) -> str | None:
        """The child that goes on in the same column: the one that most of what follows hangs below."""
        children = self._children.get(id_, ())
        heaviest = max(children, key=lambda child: self._sizes[child], default=None)
        if heaviest is None or self._sizes[heaviest] < 3 or 2 * self._sizes[heaviest] <= self._sizes[id_] - 1:
            return None
        return heaviest

    def _place(self, first: str, column: int, *, free_row: bool) -> None:
        """Put a quantity and all below it; `free_row` says that its row is not its parent's."""
        id_: str | None = first
        while id_ is not None:
            if free_row:
                self._mix_in(id_)
            self.cells[id_] = column, self._next_row
            heir = self._heir(id_)
            self._place_aside([child for child in self._children.get(id_, ()) if child != heir], column)
            id_, free_row = heir, True

    def _place_aside(self, children: list[str], column: int) -> None:
        """Put the children in the next column, the first of them beside their parent if nothing else goes into it."""
        beside = bool(children) and column != CHAIN and not self._has_ingredients(children[0])
        self._next_row += 0 if beside else 1
        for number, child in enumerate(children):
            self._place(child, column + 1, free_row=number > 0 or not beside)

    def _has_ingredients(self, id_: str) -> bool:
        return any(source in self._ingredients for source in self._all[id_].made_from)

    def _mix_in(self, id_: str) -> None:
        """Put what goes into a quantity before it; the last of these stands in its row."""
        sources = [each for each in self._all[id_].made_from if each in self._ingredients and each not in self.cells]
        for number, each in enumerate(sources):
            self._ingredient(each, keep_row=number == len(sources) - 1)

    def _ingredient(self, id_: str, *, keep_row: bool = False) -> None:
        if id_ in self.cells:
            return
        for source in self._all[id_].made_from:
            if source in self._all:
                self._ingredient(source)
        while self._told and self._order[self._told[0]] < self._order[id_]:
            self._ingredient(self._told.pop(0))
        self.cells[id_] = INPUTS, self._next_row
        self._next_row += 0 if keep_row else 1
