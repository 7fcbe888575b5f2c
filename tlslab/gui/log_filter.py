"""The words of the log's filter box: plain words plus `type:`, `from:` and `field:`. No Qt.

certificate from:server      words and conditions must all hold
type:client_hello            the handshake type, or the protocol, in any spelling: ClientHello, client-hello
field:server_name            messages that have such a field; opens their trees
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tlslab.trace.model import Message

Test = Callable[[Message], bool]


class Filter(NamedTuple):
    """A filter text, understood."""

    test: Test | None
    """None where every message passes."""
    problem: str
    """What is wrong with the text, in one sentence; "" if nothing is."""


def parse_filter(text: str) -> Filter:
    """Read a filter text; one that is not understood lets every message pass and says why."""
    tests: list[Test] = []
    for word in text.split():
        key, colon, value = word.partition(":")
        if not colon:
            tests.append(_word(word.lower()))
            continue
        make = CONDITIONS.get(key.lower())
        if make is None:
            return Filter(None, f"There is no {key}: here; use type:, from: or field:")
        if not value:
            return Filter(None, f"{key}: wants a word after it")
        if key.lower() == "from" and not any(party.startswith(value.lower()) for party in ("client", "server")):
            return Filter(None, "from: wants client or server")
        tests.append(make(value.lower()))
    return Filter((lambda message: all(test(message) for test in tests)) if tests else None, "")


def _word(word: str) -> Test:
    return lambda message: word in f"{message.title} {message.type} {message.sender} {message.summary}".lower()


def _type(value: str) -> Test:
    wanted = _letters(value)
    return lambda message: (
        wanted in _letters(message.type) or wanted in _letters(message.protocol) or wanted in _letters(message.title)
    )


def _from(value: str) -> Test:
    return lambda message: message.sender.startswith(value)


def _field(value: str) -> Test:
    return lambda message: any(value in field.name.lower() for field in message.fields.walk())


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


CONDITIONS = {"type": _type, "from": _from, "field": _field}
