"""What was verified, as rows of words: the finding, then all that a reader needs to compute it anew. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tlslab.gui.key_words import HIDDEN, value_text
from tlslab.keys.checks import Check, CheckInput
from tlslab.trace.finding import Finding
from tlslab.trace.model import Connection, Message
from tlslab.trace.proofs_records import label_of

WORDS = {True: "passed", False: "failed", None: "not made"}
SHOWN = 64
"""Bytes of an input that are shown; a copy has all of them."""
SECRETS = ("basekey", "secret", "psk")
"""What the name of an input that is a secret ends with, beside "_key"."""


KEYS = (("HANDSHAKE", "handshake keys"), ("EARLY", "early data"), ("TRAFFIC_SECRET_0", "application keys"))
"""What the label of a key log says of records, in words. Before TLS 1.3 a side has one key, and nothing is said of it."""
FOUND = "found by the lab"
"""Origin of what is no check, but says what one that failed comes from."""


class CheckRow(NamedTuple):
    """One check as it is shown."""

    name: str
    ok: bool | None
    """None for a check that was not made."""
    detail: str
    origin: str
    """Who made it: "client", "server", or "recomputed by the lab"."""
    message: Message | None = None
    """The message that it is about."""
    check: Check | None = None
    """Inputs and values, where the lab has computed it."""

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return f"{self.name}: {WORDS[self.ok]}, {self.origin}. {self.detail}"


class Line(NamedTuple):
    """One line of what stands under an opened check."""

    label: str
    text: str
    token: str = "muted"
    mono: bool = False


def _which(check: Check) -> str:
    """Which of several that one side has: the certificate that was signed, the keys of the records."""
    if check.name == "Certificate":
        subject, signed, _ = check.detail.partition(" signed by ")
        return f": {subject.removeprefix('CN=')}" if signed else ""
    label = label_of(check)
    updates = label.partition("TRAFFIC_SECRET_")[2]
    if updates.isdecimal() and int(updates):
        return f", application keys after {updates} update{'s' if int(updates) > 1 else ''}"
    return next((f", {words}" for part, words in KEYS if part in label), "")


def lines_of(row: CheckRow, *, revealed: bool = False, whole: bool = False) -> list[Line]:
    """Finding, algorithm, each input with its source, both values, rule.

    revealed  also secrets are shown.
    whole     long values are not cut.
    """
    lines = [Line("Finding", row.detail, "fail" if row.ok is False else "text")] if row.detail else []
    check = row.check
    if check is None:
        return lines
    if check.algorithm:
        lines.append(Line("Algorithm", check.algorithm))
    for each in check.inputs:
        lines += _input(each, revealed=revealed, whole=whole)
    same = check.expected == check.found
    if not check.expected and check.found:
        # Of EdDSA and ML-DSA no library says what it came to.
        lines.append(Line("Found", _hex(check.found, whole=whole), "fail", mono=True))
        lines.append(Line("", "what verification came to instead is not known", "fail"))
    elif check.expected:
        lines.append(Line("Expected", _hex(check.expected, whole=whole), "text", mono=True))
        found = "ok" if same else "fail"
        lines.append(Line("Found", _hex(check.found, whole=whole), found, mono=True))
        lines.append(Line("", "the same as expected" if same else "not what was expected", found))
    if check.rule:
        lines.append(Line("Rule", check.rule))
    return lines


def _input(each: CheckInput, *, revealed: bool, whole: bool) -> list[Line]:
    size = "1 byte" if len(each.value) == 1 else f"{len(each.value):,} bytes".replace(",", " ")
    source = f"{size}, {each.source}" if each.source else size
    shown = _hex(each.value, whole=whole) if revealed or not is_secret(each.name) else HIDDEN
    return [Line(each.name, source), Line("", shown, mono=True)] if each.value else [Line(each.name, source)]


def is_secret(name: str) -> bool:
    """Whether an input of a check is to be hidden until it is asked for."""
    name = name.lower()
    return name.endswith(SECRETS) or (name.endswith("_key") and "public" not in name)


def _hex(value: bytes, *, whole: bool) -> str:
    if not value:
        return "nothing"
    if whole:
        return value.hex()
    return f"{value_text(value[:SHOWN])} …" if len(value) > SHOWN else value_text(value)


def as_text(row: CheckRow, *, revealed: bool) -> str:
    """A check as text for the clipboard, values whole; secrets only if they are shown."""
    lines = [f"{row.name}: {WORDS[row.ok]} ({row.origin})"]
    lines += [f"  {line.label:<18} {line.text}".rstrip() for line in lines_of(row, revealed=revealed, whole=True)]
    return "\n".join(lines)


def failed_first(rows: Iterable[CheckRow]) -> list[CheckRow]:
    """Those that failed, then all others, each group in its order."""
    return sorted(rows, key=lambda row: row.ok is not False)


def verdict(rows: Sequence[CheckRow]) -> tuple[str, str]:
    """How many checks passed, as a pill says it, and its colour: "7 of 7"; nothing where none was made."""
    made = [row for row in rows if row.ok is not None and row.origin != FOUND]
    passed = sum(row.ok is True for row in made)
    return (f"{passed} of {len(made)}", "ok" if passed == len(made) else "fail") if made else ("", "")


def recomputed(connection: Connection | None) -> list[CheckRow]:
    """What went wrong, as far as it can be told, and the checks that the lab computed anew from the bytes."""
    if connection is None:
        return []
    return [
        *_found(connection),
        *(
            CheckRow(
                f"{check.name}{f' of the {check.sender}' if check.sender else ''}{_which(check)}",
                check.ok,
                check.detail,
                "recomputed by the lab",
                message,
                check,
            )
            for check, message in connection.checked
        ),
    ]


def bare_finding(found: Finding) -> str:
    """A finding where its kind stands beside it."""
    return found.text.removeprefix(f"{found.kind.capitalize()}: ")


def _found(connection: Connection) -> list[CheckRow]:
    """Findings: a key that is missing is nobody's fault, all else is."""
    messages = connection.messages
    return [
        CheckRow(
            finding.kind.capitalize(),
            None if finding.kind == "missing key" else False,
            bare_finding(finding),
            FOUND,
            messages[finding.messages[0] - 1] if finding.messages else None,
        )
        for finding in connection.findings
    ]
