"""A key log by itself, as text and as JSON: which secrets it has, never the secrets."""

from __future__ import annotations

from collections import Counter

from tlslab.keys.keylog import KeyLog
from tlslab.report.json_document import Json
from tlslab.wire.words import counted


def keylog_line(keylog: KeyLog) -> str:
    """How many secrets of how many connections, and which; and what to do with it."""
    return f"{_words(keylog)}; it opens the capture of these connections: tlslab decode CAPTURE --keylog FILE"


def keylog_object(keylog: KeyLog) -> Json:
    """The same as one of the objects of a file."""
    return {
        "kind": "keylog",
        "title": "a key log",
        "because": "",
        "sender": None,
        "summary": _words(keylog),
        "length": sum(len(labels) for labels in keylog.values()),
        "problems": [],
    }


def _words(keylog: KeyLog) -> str:
    labels = Counter(label for secrets in keylog.values() for label in secrets)
    told = ", ".join(label if number == 1 else f"{label} ({number})" for label, number in sorted(labels.items()))
    secrets = counted(sum(labels.values()), ("secret", "secrets"))
    return f"{secrets} of {counted(len(keylog), ('connection', 'connections'))}: {told}"
