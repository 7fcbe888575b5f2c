"""What is said of a secret, key, IV or hash: in its box, in the explanation, to a screen reader. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tlslab.gui.key_bytes import protected_by
from tlslab.reference.explanations import explanation
from tlslab.trace.provenance import Quantity

KINDS = {"input": "input", "secret": "secret", "key": "key", "iv": "IV", "hash": "hash"}
ORIGINS = {
    "key log": "It stands in the key log",
    "computed": "The lab computed it",
    "read from the messages": "Read from the messages",
    "server's private key": "The server's private key opened it",
    "given": "It was given to the lab",
}
"""How a value came to be known; any other origin names what it was made from."""
HIDDEN = "•" * 8
BREAK_AFTER = "_ .,"
FEW = 12
"""Records that are told one by one, if they do not follow each other."""
GROUP = 4
"""Bytes of a value that stand together."""


def size_text(quantity: Quantity) -> str:
    """How long it is, or that nobody knows it."""
    if quantity.value is None:
        return "not known"
    return "1 byte" if len(quantity.value) == 1 else f"{len(quantity.value)} bytes"


def value_text(value: bytes) -> str:
    """A value in hex, in groups, so that it can break into lines."""
    return " ".join(value[at : at + GROUP].hex() for at in range(0, len(value), GROUP))


def state_text(quantity: Quantity, known: Mapping[str, Quantity]) -> str:
    """How its value came to be known, or why it is not. A sentence.

    known   all quantities of the connection by id.
    """
    if quantity.value is not None:
        return f"{ORIGINS.get(quantity.origin, f'It comes from {quantity.origin}')}, {size_text(quantity)}."
    missing = [known[each].name for each in quantity.made_from if each in known and known[each].value is None]
    if missing:
        return f"Not known, because {' and '.join(missing)} is not known and no key log has it."
    return "Not known: no message and no key log has it."


def protects_text(quantity: Quantity, known: Mapping[str, Quantity]) -> str:
    """Which records it protects: "records 4-8, 11"; of many "1 000 records from 17 to 2015"; "" for none."""
    numbers = sorted(protected_by(quantity, known))
    if not numbers:
        return ""
    if len(numbers) == 1 + numbers[-1] - numbers[0] or len(numbers) <= FEW:
        return f"{'record' if len(numbers) == 1 else 'records'} {runs_of(numbers)}"
    return f"{len(numbers):,} records from {numbers[0]} to {numbers[-1]}".replace(",", " ")


def body_text(quantity: Quantity, known: Mapping[str, Quantity], *, revealed: bool) -> str:
    """All that is said of it: value if it may be shown, formula, where it came from, what it protects, what it is."""
    parts = [f"{_began(quantity.made_by)}.", state_text(quantity, known)]
    if revealed and quantity.value is not None:
        parts.insert(0, f"Value: {value_text(quantity.value)}.")
    protected = protects_text(quantity, known)
    if protected:
        parts.append(f"It protects {protected}.")
    found = explanation(quantity.doc)
    if found is not None:
        parts.append(found.text)
    return " ".join(parts)


def _began(formula: str) -> str:
    """A formula that begins like a sentence is written like one."""
    word = formula.partition(" ")[0]
    return f"{formula[:1].upper()}{formula[1:]}" if word in {"the", "a", "what", "no", "length"} else formula


def spoken(quantity: Quantity, known: Mapping[str, Quantity]) -> str:
    """What a screen reader says; never the value."""
    parts = [f"{quantity.name}, {KINDS[quantity.kind]}", quantity.made_by, state_text(quantity, known)]
    protected = protects_text(quantity, known)
    if protected:
        parts.append(f"protects {protected}")
    return ", ".join(parts)


def runs_of(numbers: Sequence[int]) -> str:
    """Numbers in words: `4-8, 11`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


LONGEST = 44
"""Letters that two lines of a box can hold."""


def in_two_lines(name: str) -> tuple[str, str]:
    """A long name broken where it may be, the halves as equal as can be; a short one stays whole.

    Of the longest only what stands before the comma: "hash of ClientHello...server Certificate, signed by ...".
    """
    if len(name) > LONGEST:
        name = name.rpartition(", ")[0] or name
    if len(name) <= 14:
        return name, ""
    breaks = [at + 1 for at, sign in enumerate(name[:-1]) if sign in BREAK_AFTER and name[at + 1] not in BREAK_AFTER]
    if not breaks:
        return name, ""
    at = min(breaks, key=lambda place: (max(len(name[:place].strip()), len(name[place:].strip())), place))
    return name[:at].strip(), name[at:].strip()
