"""What provenance is told in: quantities, what they were made from, and the ladder on which they are put one by one.

Plain values; what the rungs are is said by `ladder13` and `ladder12`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from tlslab.keys import schedule13

Kind: TypeAlias = Literal["input", "secret", "key", "iv", "hash"]

COMPUTED = "computed"
NOT_KNOWN = "not known"
FROM_BYTES = "read from the messages"


class Span(NamedTuple):
    """Bytes `start:end` of one message."""

    message: int
    """`Message.number`."""
    start: int
    end: int


class Quantity(NamedTuple):
    """A secret, key, IV or hash of a connection, or an input of one."""

    id: str
    """Unique in its connection: "client_handshake_traffic_secret"."""
    name: str
    """What people call it: "Handshake Secret"."""
    kind: Kind
    value: bytes | None
    """None where it cannot be known from what is at hand; its children may be known all the same."""
    made_by: str
    """The formula in the words of the RFC: `Derive-Secret(Handshake Secret, "c hs traffic", ClientHello...ServerHello)`."""
    made_from: tuple[str, ...]
    """Ids of the quantities in the formula."""
    spans: tuple[Span, ...]
    """Bytes of messages that it is, or, for a hash, that it covers."""
    protects: tuple[int, ...]
    """Numbers of the records that it protects."""
    rule: str
    """Where the formula is written: "RFC 8446 §7.1"."""
    doc: str
    """Key of its explanation."""
    origin: str
    """How the value came to be known: "key log", "computed", "read from the messages", ...; else "not known"."""


class Rung(NamedTuple):
    """What is said of a quantity beforehand, whatever its value."""

    id: str
    name: str
    kind: Kind
    rule: str
    doc: str
    """Key of its explanation, without "KeySchedule."."""


class Ladder:
    """The quantities of one connection, put on in the order in which each follows from those before."""

    __slots__ = ("_rungs", "hash_name", "known")

    def __init__(self, hash_name: str, known: Mapping[str, tuple[bytes, str]]) -> None:
        self.hash_name = hash_name
        self.known = known
        """Values that need not be computed, with their origin, by id."""
        self._rungs: dict[str, Quantity] = {}

    def __contains__(self, id_: str) -> bool:
        return id_ in self._rungs

    def __getitem__(self, id_: str) -> Quantity:
        return self._rungs[id_]

    def rungs(self) -> tuple[Quantity, ...]:
        """All, each behind those that it is made from."""
        return tuple(self._rungs.values())

    def value(self, id_: str) -> bytes | None:
        """The value of a quantity that is on the ladder; None where it is not known or not there."""
        rung = self._rungs.get(id_)
        return rung.value if rung is not None else None

    def put(
        self,
        rung: Rung,
        computed: bytes | None,
        made_by: str,
        made_from: Iterable[str] = (),
        *,
        spans: Iterable[Span] = (),
        protects: Iterable[int] = (),
        origin: str = COMPUTED,
    ) -> str:
        """Put one on, and give its id. What is known from elsewhere is taken first.

        What it is made from but is not on the ladder, because its message is missing, is left out.
        """
        if rung.id in self._rungs:
            # A message came twice, which only damage does: what hangs on the first stays as it is.
            return rung.id
        value = computed
        if rung.id in self.known:
            value, origin = self.known[rung.id]
        elif value is None:
            origin = NOT_KNOWN
        doc = f"KeySchedule.{rung.doc}"
        known = tuple(id_ for id_ in made_from if id_ in self._rungs)
        made = (known, tuple(spans), tuple(protects))
        self._rungs[rung.id] = Quantity(rung.id, rung.name, rung.kind, value, made_by, *made, rung.rule, doc, origin)
        return rung.id

    def protect(self, id_: str, records: Iterable[int]) -> None:
        """Say which records a quantity protects through others that are made from it."""
        rung = self._rungs[id_]
        self._rungs[id_] = rung._replace(protects=tuple(sorted({*rung.protects, *records})))

    def expand_label(
        self,
        rung: Rung,
        secret: str,
        label: str,
        length: int,
        context: str = "",
        protects: Iterable[int] = (),
    ) -> str:
        """HKDF-Expand-Label of a secret that is on the ladder; `context` is the id of one, or "" for none."""
        source, salt = self.value(secret), self.value(context) if context else b""
        value = None
        if source is not None and salt is not None:
            value = schedule13.expand_label(source, label, salt, length, self.hash_name)
        written = self._rungs[context].name if context else '""'
        made_by = f'HKDF-Expand-Label({self._rungs[secret].name}, "{label}", {written}, {length})'
        return self.put(rung, value, made_by, (secret, context) if context else (secret,), protects=protects)

    def extract(self, rung: Rung, salt: str, material: str) -> str:
        """HKDF-Extract of two that are on the ladder; "" stands for zeros."""
        left = self.value(salt) if salt else b""
        right = self.value(material) if material else bytes(self.hash_length)
        value = schedule13.extract(left, right, self.hash_name) if left is not None and right is not None else None
        words = [self._rungs[id_].name if id_ else "0" for id_ in (salt, material)]
        return self.put(rung, value, f"HKDF-Extract({', '.join(words)})", [id_ for id_ in (salt, material) if id_])

    @property
    def hash_length(self) -> int:
        """Hash.length of the key schedule, bytes."""
        return schedule13.hash_length(self.hash_name)
