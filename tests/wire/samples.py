"""Messages for the tests of `wire`, and the three laws as one function."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tlslab.wire.field import Context, Field

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Sample:
    """A handshake message as it was said, header included."""

    capture: str
    type: str
    data: bytes
    context: Context

    def __str__(self) -> str:
        return f"{self.capture}-{self.type}"


@cache
def recorded() -> tuple[Sample, ...]:
    """Every handshake message of the recorded captures, in order."""
    rows = json.loads((DATA / "handshake-messages.json").read_text())
    return tuple(
        Sample(
            row["capture"],
            row["type"],
            bytes.fromhex(row["hex"]),
            Context(row["version"], row["sender"], row["key_exchange"]),
        )
        for row in rows
    )


@cache
def rfc8448() -> dict[str, bytes]:
    """The messages of RFC 8448 section 3 by name; those of the server where both sides send one."""
    steps = json.loads((DATA / "rfc8448-section3.json").read_text())["steps"]
    found: dict[str, bytes] = {}
    for step in steps:
        for name, value in step.get("values", {}).items():
            if step["step"].endswith("handshake message") and name[0].isupper():
                found.setdefault(name, bytes.fromhex(value))
    return found


@cache
def distinct() -> tuple[Sample, ...]:
    """One recorded message of each type, version and sender, the smallest: for tests that try every byte."""
    found: dict[tuple[str, int, str], Sample] = {}
    for sample in sorted(recorded(), key=lambda sample: len(sample.data)):
        found.setdefault((sample.type, sample.context.version, sample.context.sender), sample)
    return tuple(found.values())


def assert_laws(root: Field) -> None:
    """The leaves tile the message, no child reaches past its parent, problems lie within, everything can be shown."""
    size = len(root.data)
    position = 0
    for field in root.walk():
        parent = field.parent
        assert 0 <= field.start <= field.end <= size, field
        if parent is not None:
            assert parent.start <= field.start <= field.end <= parent.end, field
        assert isinstance(field.label, str)
        assert field.value is None or isinstance(field.value, int | str)
        assert field.doc, field
        if not field.children:
            assert field.start == position, field
            position = field.end
    assert position == size
    for problem in root.problems():
        assert 0 <= problem.start <= problem.end <= size, problem
        assert problem.text, problem
        assert problem.rule, problem
