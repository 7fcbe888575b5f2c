"""`tlslab explain`: what a message, field, extension, alert, error, cipher suite or broken certificate is."""

from __future__ import annotations

import argparse
import shutil
import textwrap

from tlslab.cli.errors import UsageError
from tlslab.cli.judged_topics import judged
from tlslab.cli.terminal import print_json
from tlslab.cli.topics import find_suite, find_topic, listed, registered
from tlslab.reference.explanations import Explanation, explanation
from tlslab.reference.registries import name_of
from tlslab.reference.suite_parts import suite_parts

EXAMPLES = """\
examples:
  tlslab explain ClientHello.random
  tlslab explain certificate_required
  tlslab explain TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
  tlslab explain X509_V_ERR_HOSTNAME_MISMATCH
  tlslab explain wildcard-apex                a broken certificate of `tlslab catalogue`
  tlslab explain name-not-permitted           a reason of `tlslab verify`
  tlslab explain --list
"""

SUITES_IN_WORDS = "each by its IANA or OpenSSL name or its number: TLS_AES_128_GCM_SHA256, ECDHE-RSA-AES128-SHA, 0x1301"

WIDEST = 100
"""Columns beyond which lines are hard to read, however wide the terminal is."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument("topic", metavar="TOPIC", nargs="*", help="in any case of letters; several words are one topic")
    parser.add_argument("--list", action="store_true", help="list all topics (also without TOPIC)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Explain the topic, or list the topics."""
    if arguments.list and arguments.topic:
        raise UsageError("--list takes no topic: leave one of them out")
    topic = " ".join(arguments.topic)
    if not topic:
        _show_list(as_json=arguments.json)
        return 0
    suite = find_suite(topic)
    if suite is not None:
        _show_suite(suite, as_json=arguments.json)
    else:
        _show(_found(topic), as_json=arguments.json)
    return 0


def _found(topic: str) -> list[Explanation]:
    """What the topic means. Broken certificates and reasons to refuse one are called in words with hyphens between."""
    own = judged(topic)
    if own and "-" in topic:
        return own
    try:
        return [_explanation(find_topic(topic))]
    except UsageError:
        if own:
            return own
        plain = registered(topic)
        if plain is None:
            raise
        return [plain]


def _show(found: list[Explanation], *, as_json: bool) -> None:
    if as_json:
        parts = [_document(each) for each in found]
        print_json(parts[0] if len(parts) == 1 else {"format": 1, "topic": found[0].key, "parts": parts})
        return
    for index, each in enumerate(found):
        title = f" ({each.title})" if each.title != each.key.rpartition(".")[2] else ""
        print(("\n" if index else "") + f"{each.key}{title}  {each.rfc}")
        _print_paragraph(each.text)


def _show_suite(number: int, *, as_json: bool) -> None:
    name = name_of("cipher_suites", number) or f"0x{number:04x}"
    parts = [_explanation(key) for key in suite_parts(name)]
    if as_json:
        document = {
            "format": 1,
            "topic": name,
            "title": f"0x{number:04x}",
            "parts": [_document(part) for part in parts],
        }
        print_json(document)
        return
    print(f"{name}  0x{number:04x}")
    for part in parts:
        print(f"\n{part.title}  {part.rfc}")
        _print_paragraph(part.text)


def _show_list(*, as_json: bool) -> None:
    topics = listed()
    if as_json:
        print_json({"format": 1, "topics": topics})
        return
    for heading, keys in topics.items():
        print(f"{heading} ({len(keys)})")
        words = SUITES_IN_WORDS if heading == "cipher suites" else ", ".join(keys)
        indent = "  "
        print(textwrap.fill(words, _width(), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False))
        print()


def _explanation(key: str) -> Explanation:
    found = explanation(key)
    if found is None:
        raise KeyError(key)
    return found


def _document(found: Explanation) -> dict[str, object]:
    return {"format": 1, "topic": found.key, "title": found.title, "text": found.text, "rfc": found.rfc}


def _print_paragraph(text: str) -> None:
    print(textwrap.fill(text, _width(), break_on_hyphens=False, break_long_words=False))


def _width() -> int:
    return min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
