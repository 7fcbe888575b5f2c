"""What is told of a value itself, beside the member that it stands in: a group, a signature scheme, a cipher suite."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final, NamedTuple

from tlslab.reference.explanations import explanation, topics_of
from tlslab.reference.suite_parts import suite_parts

SUITE: Final = re.compile(r"TLS_\w+_WITH_\w+|TLS_(?:AES|CHACHA20|SM4|SHA256|SHA384)_\w+")
FIRST_SENTENCE: Final = re.compile(r".*?[.](?= [A-Z]|$)", re.DOTALL)


class Story(NamedTuple):
    """What is told of one value."""

    name: str
    """As IANA calls it."""
    text: str
    rfc: str
    """"" where its parts have different sources."""


@lru_cache(maxsize=512)
def story_of(label: str) -> Story | None:
    """The story of the value that a field's label names, "x25519 (0x001d)"; None for one that has none."""
    name = label.partition(" (0x")[0]
    if name in _told():
        found = explanation(name)
        return Story(name, found.text, found.rfc) if found is not None else None
    return Story(name, _suite(name), "") if SUITE.fullmatch(name) else None


@cache
def _told() -> frozenset[str]:
    suites = (key for key in topics_of("cipher_suites") if key.startswith("TLS_"))
    return frozenset((*topics_of("values"), *suites))


def _suite(name: str) -> str:
    """What each part of the name of a suite stands for, in a sentence."""
    parts = (explanation(key) for key in suite_parts(name))
    return " ".join(f"{part.title}: {_begins_small(_first_sentence(part.text))}" for part in parts if part is not None)


def _first_sentence(text: str) -> str:
    found = FIRST_SENTENCE.match(text)
    return found[0] if found is not None else text


def _begins_small(sentence: str) -> str:
    """Behind a colon; a name keeps its capital."""
    first = sentence.partition(" ")[0]
    return sentence[:1].lower() + sentence[1:] if first in SMALL else sentence


SMALL: Final = frozenset(
    ("A", "An", "The", "Both", "Only", "Each", "Records", "Nobody", "No", "Who", "Keys", "Ciphers")
)
