"""JSON that is written while it is made: of a hundred thousand messages only one is there at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from json import dumps
from json.encoder import encode_basestring, encode_basestring_ascii
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple, cast

if TYPE_CHECKING:
    from tlslab.report.json_document import Json

MOST_ALIKE: Final = 1024
"""Texts that are kept, of objects that come again."""


class Numbered(NamedTuple):
    """An object that differs from others in its number alone, which is its first member."""

    number: int
    others: Json
    """The other members: the same object for all that are alike."""


class Streamed(dict[str, object]):
    """An object with an iterator among its members, or in an object of this kind among them."""


def whole(value: Streamed) -> Json:
    """The same with lists in the place of iterators, which are used up."""
    return cast("Json", {name: _listed(each) for name, each in value.items()})


def _listed(value: object) -> object:
    if isinstance(value, Iterator):
        return [_listed(each) for each in value]
    return whole(value) if isinstance(value, Streamed) else value


def write_json(value: object, write: Callable[[str], object], *, ascii_only: bool) -> None:
    """Write one value, indented by 1.

    value  as for `json.dump`; an iterator in it stands for a list, of which each item is made and written by itself. It
           stands in the outermost object, in an item of such a list, or in what is `Streamed`.
    """
    _Writer(write, ascii_only=ascii_only).value(value, "\n")


class _Writer:
    """Writes values; `margin` is a line end and what the lines of a value are indented by."""

    def __init__(self, write: Callable[[str], object], *, ascii_only: bool) -> None:
        self._write = write
        self._string = encode_basestring_ascii if ascii_only else encode_basestring
        self._ascii_only = ascii_only
        self._leaves: dict[type, Callable[..., str]] = {
            str: self._string,
            int: str,
            float: _float,
            bool: {False: "false", True: "true"}.__getitem__,
            type(None): {None: "null"}.__getitem__,
        }
        self._alike: dict[int, tuple[Numbered, str]] = {}
        """Texts by the identity of what they are of, which is held so that it stays the same."""

    def value(self, value: object, margin: str) -> None:
        inner = f"{margin} "
        if isinstance(value, Iterator):
            self._items(value, margin, inner)
        elif isinstance(value, dict) and any(isinstance(each, Iterator | Streamed) for each in value.values()):
            start = "{"
            for name, member in value.items():
                self._write(f"{start}{inner}{self._string(name)}: ")
                self.value(member, inner)
                start = ","
            self._write(margin + "}")
        elif isinstance(value, Numbered):
            self._write(f'{{{inner}"number": {value.number},{self._others(value, margin)}')
        else:
            self._write(self._text(value, margin))

    def _items(self, items: Iterator[object], margin: str, inner: str) -> None:
        start = "["
        for item in items:
            self._write(start + inner)
            self.value(item, inner)
            start = ","
        self._write(margin + "]" if start == "," else "[]")

    def _others(self, value: Numbered, margin: str) -> str:
        """Text behind the number."""
        found = self._alike.get(id(value.others))
        if found is None:
            if len(self._alike) == MOST_ALIKE:
                self._alike.clear()
            found = self._alike[id(value.others)] = value, self._text(value.others, margin)[1:]
        return found[1]

    def _text(self, value: object, margin: str) -> str:
        leaf = self._leaves.get(type(value))
        if leaf is not None:
            return leaf(value)
        inner = f"{margin} "
        if isinstance(value, dict) and value:
            members = []
            for name, member in value.items():
                leaf = self._leaves.get(type(member))
                members.append(
                    f"{self._string(name)}: {leaf(member) if leaf is not None else self._text(member, inner)}"
                )
            return f"{{{inner}{f',{inner}'.join(members)}{margin}}}"
        if isinstance(value, list | tuple) and value:
            return f"[{inner}{f',{inner}'.join([self._text(item, inner) for item in value])}{margin}]"
        return dumps(value, ensure_ascii=self._ascii_only)


def _float(value: float) -> str:
    return repr(value) if isfinite(value) else dumps(value)
