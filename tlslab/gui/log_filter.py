"""The words of the log's filter box: plain words, `type:`, `from:`, `field:` and `is:`, each also with a - before it. No Qt.

certificate from:server      words and conditions must all hold
"two words"                  words that belong together, also after a condition
type:client_hello            the handshake type, or the protocol, in any spelling: ClientHello, client-hello
field:server_name            messages that have such a field; opens their trees
field:cipher_suite=aes_256   and whose value says so
is:encrypted                 what crossed the wire protected; is:clear, is:unreadable, is:wrong
-type:alert                  all but these
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeVar

from tlslab.trace.model import Message

Item = TypeVar("Item")
Test = Callable[[Message], bool]


class Filter(NamedTuple):
    """A filter text, understood."""

    test: Test | None
    """None where every message passes."""
    problem: str
    """What is wrong with the text, in one sentence; "" if nothing is."""


HELP: Final = (
    ("certificate", "a word of the title, the sender or the summary"),
    ('"lab ca"', "words that belong together"),
    ("type:finished", "the type of the message, or its protocol"),
    ("from:server", "who sent it: client or server"),
    ("field:alpn", "messages that have such a field"),
    ("field:alpn=h2", "and in which it says so"),
    ("is:encrypted", "also is:clear, is:unreadable, is:wrong"),
    ("-type:alert", "all but these; - goes before anything"),
)
"""For the page that tells of keys and words."""


def parse_filter(text: str) -> Filter:
    """Read the filter of the messages; one that is not understood lets every message pass and says why."""
    test, problem = parse(text, _word, CONDITIONS, VALUES)
    return Filter(test, problem)


def parse(
    text: str,
    word: Callable[[str], Callable[[Item], bool]],
    conditions: Mapping[str, Callable[[str], Callable[[Item], bool]]],
    values: Mapping[str, Sequence[str]],
) -> tuple[Callable[[Item], bool] | None, str]:
    """The test that a text describes, None for all; and what is wrong with the text, in one sentence.

    word        makes the test of a plain word, in small letters.
    conditions  the same for what stands after "type:" and its like.
    values      of conditions that want one of a few words.
    """
    if text.count('"') % 2:
        return None, 'A " is never closed: words that belong together stand between two of them'
    tests: list[Callable[[Item], bool]] = []
    for part in filter(lambda each: each[0], _PART.finditer(text)):
        key, value = part["key"], part["quoted"] or part["bare"] or ""
        problem = _problem(part, key, value, conditions, values)
        if problem:
            return None, problem
        plain = value or part[0]
        test = word(plain.lower()) if key is None else conditions[key.lower()](value.lower())
        tests.append(_not(test) if part["not"] else test)
    return (lambda item: all(test(item) for test in tests)) if tests else None, ""


_PART: Final = re.compile(r'(?P<not>-?)(?:(?P<key>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]*))(?=\s|$)|\S+')
"""One word or condition. What fits neither is taken as it stands."""


def _problem(
    part: re.Match[str], key: str | None, value: str, known: Mapping[str, object], values: Mapping[str, Sequence[str]]
) -> str:
    """What is wrong with one part, "" if nothing is."""
    if key is None:
        return "- wants a word after it" if part["not"] and not value else ""
    if key.lower() not in known:
        *first, last = (f"{each}:" for each in known)
        words = f"{', '.join(first)} or {last}" if first else last
        return f"There is no {key}: here; use {words}"
    if not value:
        return f"{key}: wants a word after it"
    allowed = values.get(key.lower(), ())
    if allowed and not any(each.startswith(value.lower()) for each in allowed):
        return f"{key}: wants {', '.join(allowed[:-1])} or {allowed[-1]}"
    return ""


def _not(test: Callable[[Item], bool]) -> Callable[[Item], bool]:
    return lambda item: not test(item)


def _word(word: str) -> Test:
    return lambda message: word in f"{message.title} {message.type} {message.sender} {message.summary}".lower()


def _type(value: str) -> Test:
    wanted = _letters(value)

    @cache
    def fits(type_: str, protocol: str) -> bool:
        return wanted in _letters(type_) or wanted in _letters(protocol)

    return lambda message: fits(message.type, message.protocol)


def _from(value: str) -> Test:
    return lambda message: message.sender.startswith(value)


def _field(value: str) -> Test:
    name, _, says = value.partition("=")
    if not says:
        return lambda message: any(name in field.name.lower() for field in message.fields.walk())
    return lambda message: any(
        name in field.name.lower() and says in f"{field.label} {field.value}".lower() for field in message.fields.walk()
    )


STATES: Final[Mapping[str, Test]] = {
    "encrypted": lambda message: message.encrypted,
    "clear": lambda message: not message.encrypted,
    "unreadable": lambda message: not message.readable,
    "wrong": lambda message: bool(message.problems),
}


def _is(value: str) -> Test:
    return next(test for name, test in STATES.items() if name.startswith(value))


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


CONDITIONS: Final[Mapping[str, Callable[[str], Test]]] = {"type": _type, "from": _from, "field": _field, "is": _is}
VALUES: Final[Mapping[str, Sequence[str]]] = {"from": ("client", "server"), "is": tuple(STATES)}
"""Conditions that want one of a few words."""
MOST_OFFERED: Final = 40


def completions(text: str, cursor: int, words: Callable[[str], Iterable[str]]) -> tuple[int, list[str]]:
    """What the word at the cursor may become, and where it begins in the text.

    words  the values that a condition can have here ("type", "field"), asked for only when needed.
    """
    start = text.rfind(" ", 0, cursor) + 1
    start += text.startswith("-", start)
    typed = text[start:cursor]
    key, colon, value = typed.partition(":")
    if not typed or '"' in typed:
        return start, []
    if not colon:
        return start, [f"{each}:" for each in CONDITIONS if each.startswith(typed.lower())]
    if key.lower() not in CONDITIONS or "=" in value:
        return start, []
    offered = VALUES.get(key.lower()) or sorted(set(words(key.lower())))
    begins = [each for each in offered if each.lower().startswith(value.lower())]
    holds = [each for each in offered if value.lower() in each.lower() and each not in begins]
    found = [f"{key}:{each}" for each in (*begins, *holds)[:MOST_OFFERED]]
    return start, [] if found == [typed] else found
