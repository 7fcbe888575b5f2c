"""Things that bytes can be outside of a capture: one structure each, with its tree and what it is called."""

from __future__ import annotations

from dataclasses import dataclass

from tlslab.trace.events import Party
from tlslab.wire.der_kinds import DerGuess, DerKind
from tlslab.wire.field import Field
from tlslab.wire.notation import decode
from tlslab.wire.summary import summarise


@dataclass(frozen=True, slots=True)
class Thing:
    """One structure: a certificate, a handshake message, an extension, ..."""

    kind: str
    """As the JSON has it: "certificate", "handshake", "extension"."""
    title: str
    """With its article, as a sentence has it: "an OCSP response"."""
    root: Field
    """Its tree, which covers all of its bytes."""
    because: str = ""
    """Why it was taken for this, where it could be something else; "" where it could not."""
    private: bool = False
    """It holds, or may hold, the secret half of a key."""
    sender: Party | None = None
    """Who sent it, where the bytes tell."""
    words: str = ""
    """What stands in it, where its tree alone does not tell."""

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self.root.data

    @property
    def summary(self) -> str:
        """What stands in it, in a few words."""
        return self.words or (summarise(self.root) if self.kind == "handshake" else "") or self.root.label


def der_thing(kind: DerKind, data: bytes, because: str = "") -> Thing:
    """Some DER of that kind."""
    return Thing(kind.name, kind.title, decode(kind.element, kind.element.name, data), because, kind.private)


def guessed_thing(guess: DerGuess, data: bytes) -> Thing:
    """Some DER, taken for what it was guessed to be."""
    return der_thing(guess.kind, data, guess.because)
