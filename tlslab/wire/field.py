"""What decoding gives: fields over exact bytes, what is wrong with them, and where the bytes came from.

Values only; how a field is cut out of its parent is the business of `notation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

Value = int | str | None


class Problem(NamedTuple):
    """What is wrong with some bytes, as data: decoding never raises."""

    text: str
    """One sentence in plain words."""
    start: int
    """Offset of the first byte concerned, in the buffer that was decoded."""
    end: int
    """Offset after the last byte concerned."""
    rule: str = ""
    """The clause that is broken, e.g. "RFC 8446 §4.1.2"."""
    alert: str = ""
    """The alert that a strict receiver sends, e.g. "decode_error"; "" if it need not send one."""


class Piece(NamedTuple):
    """Bytes `start:end` of a buffer are bytes `source_start:source_end` of `source`.

    Where the lengths are equal the bytes correspond one by one; where they differ (CBC), the whole run stands for the whole run.
    """

    start: int
    end: int
    source: Buffer
    source_start: int
    source_end: int

    def source_range(self, start: int, end: int) -> tuple[int, int]:
        """Range of `source` that carries the part of `start:end` which lies in this piece."""
        if self.source_end - self.source_start != self.end - self.start:
            return self.source_start, self.source_end
        shift = self.source_start - self.start
        return max(start, self.start) + shift, min(end, self.end) + shift


class Buffer:
    """Bytes, and the pieces of other buffers that they came from.

    name    what these bytes are: "message", "decrypted", "on the wire".
    offset  where byte 0 stands in what the buffer was cut from: the offset in its TCP stream, for a record on the wire.
    """

    __slots__ = ("data", "name", "offset", "pieces")

    def __init__(self, data: bytes, pieces: tuple[Piece, ...] = (), name: str = "message", offset: int = 0) -> None:
        self.data = data
        self.pieces = pieces
        self.name = name
        self.offset = offset

    def sources(self, start: int, end: int) -> Iterator[tuple[Buffer, int, int]]:
        """The ranges of other buffers that carry bytes `start:end`, in order; an empty range has none."""
        for piece in self.pieces:
            if piece.start < end and start < piece.end:
                yield piece.source, *piece.source_range(start, end)


class Kind(Protocol):
    """How a field's bytes are read: what `notation` and `der` provide."""

    @property
    def known_children(self) -> list[Field] | None:
        """What `open` gives whatever the bytes: nothing, for a leaf. None where it has to be asked."""

    @property
    def free(self) -> bool:
        """Whether nothing in the tree depends on the bytes of a leaf but its value, its label, and labels around it."""

    @property
    def tells(self) -> bool:
        """Whether the label tells of the bytes, or of what is below, not only of how many bytes there are."""

    @property
    def plain(self) -> bool:
        """Whether the value is the bytes in hex."""

    def open(self, field: Field) -> list[Field]:
        """Children of `field`, in the order of their bytes."""

    def value(self, field: Field) -> Value:
        """The field as a number, text or hex."""

    def label(self, field: Field) -> str:
        """The field in words, for people."""


class Field:
    """A named run of bytes with a meaning. Its children are made when they are first asked for.

    The leaves below a field cover each of its bytes exactly once, and no child reaches past its parent.
    Either it was `Cut` out of its bytes, or it is the copy of such a one, see `layouts`.
    """

    if not TYPE_CHECKING:
        # A copy has the rest in common with the others.
        __slots__ = ("_children", "data", "end", "name", "parent", "problem", "start")
    name: str
    doc: str
    """The key of its explanation."""
    kind: Kind
    parent: Field | None
    start: int
    end: int
    cut: bool
    """Whether it ends before it should."""
    problem: Problem | None
    data: bytes
    """All bytes of the message."""
    tree: Tree
    _children: list[Field] | None

    @property
    def children(self) -> list[Field]:
        """The fields that this one is made of; empty for a leaf."""
        if self._children is None:
            made = self.kind.open(self) if self.tree.spare > 0 else NO_CHILDREN
            # Messages with the same bytes share a tree: whoever opened it meanwhile holds those children, so they stay.
            if self._children is None:
                self._children = made
                self.tree.spare -= len(made)
        return self._children

    def adopt(self, children: list[Field]) -> None:
        """Take children that were cut together with this field, not when somebody asked for them."""
        self._children = children
        self.tree.spare -= len(children)

    @property
    def context(self) -> Context:
        """What earlier messages settled."""
        return self.tree.context

    @property
    def value(self) -> Value:
        """The field as an integer, text or hex; None where only its children have values."""
        return self.kind.value(self)

    @property
    def label(self) -> str:
        """The field in words: a name for a number, a count for a list."""
        return self.kind.label(self)

    @property
    def bytes(self) -> bytes:
        """The field's own bytes."""
        return self.data[self.start : self.end]

    @property
    def path(self) -> str:
        """Names from the message down, joined by dots: `ClientHello.random`."""
        names = [self.name]
        above = self.parent
        while above is not None:
            names.append(above.name)
            above = above.parent
        return ".".join(reversed(names)).replace(".[", "[")

    @property
    def root(self) -> Field:
        """The field that all others are below: the message."""
        above = self
        while above.parent is not None:
            above = above.parent
        return above

    def child(self, name: str) -> Field | None:
        """The first direct child of that name."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def find(self, *names: str) -> Field | None:
        """The field reached by following `names` down, or None."""
        found: Field | None = self
        for name in names:
            found = found.child(name) if found is not None else None
        return found

    def walk(self) -> Iterator[Field]:
        """This field and all below it, parents first."""
        yield self
        waiting = [iter(self.children)]
        while waiting:
            for field in waiting[-1]:
                yield field
                below = field._children  # noqa: SLF001 - this runs once for each field
                if below is None:
                    below = field.children
                if below:
                    waiting.append(iter(below))
                    break
            else:
                waiting.pop()

    def leaves(self) -> Iterator[Field]:
        """The fields without children below this one (itself, if it has none)."""
        return (field for field in self.walk() if not field.children)

    def problems(self) -> list[Problem]:
        """Everything that is wrong in this field and below, in the order of the tree. Opens the whole tree."""
        # A struct finds that its members are missing only when it is opened, so open first and look afterwards.
        opened = ((field.children, field.problem) for field in self.walk())
        return [problem for _, problem in opened if problem is not None]

    def at(self, offset: int) -> Field:
        """The deepest field that holds the byte at `offset` (this one if none below does)."""
        deepest = self
        inside: Field | None = self
        while inside is not None:
            deepest = inside
            inside = next((child for child in deepest.children if child.start <= offset < child.end), None)
        return deepest

    def __repr__(self) -> str:
        """Name, range and label, for a developer's eyes."""
        return f"<Field {self.name} {self.start}:{self.end} {self.label!r}>"


class Cut(Field):
    """A field that was cut out of its bytes."""

    __slots__ = ("cut", "doc", "kind", "tree")

    def __init__(self, name: str, doc: str, kind: Kind, parent: Field, start: int, end: int) -> None:
        # This runs for each of the hundreds of thousands of fields of a capture: no statement without need.
        self.name = name
        self.doc = doc
        self.kind = kind
        self.parent = parent
        self.start = start
        self.end = end
        self.cut = False
        self.problem = None
        self._children = kind.known_children
        self.data = parent.data
        self.tree = parent.tree


class Root(Cut):
    """A field with nothing above it: a whole message."""

    __slots__ = ()

    def __init__(self, name: str, kind: Kind, data: bytes, context: Context) -> None:
        self.tree = Tree(context, min(SOME_FIELDS + len(data) // BYTES_A_FIELD, MOST_FIELDS))
        self.data = data
        super().__init__(name, name, kind, self, 0, len(data))
        self.parent = None


class Clauses(NamedTuple):
    """What the types around a place say of it, for `der`: the innermost that says anything."""

    rule: str = ""
    """The clause that is broken there."""
    alert: str | None = None
    """The alert that answers it."""
    ber: bool | None = None
    """Whether BER will do."""


class Tree:
    """What all fields of one message share."""

    __slots__ = ("around", "context", "ends", "most", "spare")

    def __init__(self, context: Context, spare: int) -> None:
        self.context = context
        self.ends: dict[int, int] = {}
        """Where contents of indefinite length end, for `der_header`, by where they start."""
        self.around: tuple[Field, Clauses] | None = None
        """The field whose children were last found to have a problem, with what is said around them."""
        self.spare = self.most = spare
        """How many more fields may be made, and how many at all; what is not opened for want of them stays a leaf."""


SOME_FIELDS: Final = 1024
BYTES_A_FIELD: Final = 2
MOST_FIELDS: Final = 2**17
"""A tree has no more fields than so many and one for each two bytes, and never more than the last of these. Real messages have
a field for each three to ten bytes; hostile ones could ask for three a byte, in 16 million bytes."""
NO_CHILDREN: Final[list[Field]] = []
"""Of every leaf: nobody adds to it."""


class Context(NamedTuple):
    """What earlier messages settled and these bytes depend on."""

    version: int = 0x0304
    """Negotiated protocol version: 0x0303 for TLS 1.2, 0x0304 for TLS 1.3."""
    sender: str = "client"
    """Who sent the message: "client" or "server"."""
    key_exchange: str = ""
    """Key exchange of the negotiated TLS 1.2 suite: "RSA", "DHE", "ECDHE", ...; "" where it is not known."""
    certificate_type: int = 0
    """0 for X.509, 2 for a raw public key (RFC 7250)."""
    datagram: bool = False
    """Over DTLS: handshake headers carry a sequence number and a fragment, a ClientHello a cookie (RFC 6347 §4.2)."""
    sslv2: bool = False
    """A ClientHello in the form of SSLv2, without its record header (RFC 5246 appendix E.2)."""


NO_CONTEXT: Final = Context()
