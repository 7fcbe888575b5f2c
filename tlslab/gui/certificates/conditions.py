"""The catalogue of broken certificates as rows, and what is said of one of them. No Qt."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tlslab.gui.certificates.text_table import TextRow
from tlslab.lab.catalogue import Observation, title_of, ways
from tlslab.lab.condition_texts import about_alert, words
from tlslab.lab.deciding_bytes import deciding_bytes
from tlslab.lab.observed import recorded
from tlslab.pki.broken import Condition, Side, Specimen, condition, conditions, specimen
from tlslab.pki.files import Content
from tlslab.pki.raw_credential import pem

ALL: Final = "All groups"
BOTH: Final = "Shown by either side"
SIDES: Final[dict[str, Side | None]] = {BOTH: None, "Shown by the server": "server", "Shown by the client": "client"}


class Told(NamedTuple):
    """A condition in words, with the bytes that decide it."""

    title: str
    rule: str
    body: str
    thing: str
    """What holds the bytes: "leaf"; "" where a setting decides it."""
    data: bytes
    start: int
    end: int


def groups() -> list[str]:
    """The headings, in their order."""
    return list(dict.fromkeys(each.group for each in conditions()))


def condition_rows(words_wanted: str = "", group: str = ALL, shown_by: Side | None = None) -> list[TextRow]:
    """The conditions that have every word, under their headings."""
    wanted = words_wanted.lower().split()
    rows: list[TextRow] = []
    heading = ""
    for each in conditions():
        if not _fits(each, wanted, group, shown_by):
            continue
        if each.group != heading:
            heading = each.group
            rows.append(TextRow((heading, "", ""), strong=True))
        rows.append(_row(each, shown_by))
    return rows


def count(rows: Iterable[TextRow]) -> int:
    """How many conditions are among the rows."""
    return sum(row.key is not None for row in rows)


def _fits(each: Condition, wanted: list[str], group: str, shown_by: Side | None) -> bool:
    text = f"{each.name} {each.how} {each.group} {' '.join(each.source)} {_verdict(each, shown_by)}".lower()
    return (
        group in {ALL, each.group}
        and (shown_by is None or shown_by in each.shown_by)
        and all(word in text for word in wanted)
    )


def _row(each: Condition, shown_by: Side | None) -> TextRow:
    verdict = _verdict(each, shown_by)
    accepted = verdict == "accepted"
    token = "ok" if accepted else "fail"
    icon = "circle-check" if accepted else "circle-x"
    tokens = {}
    if accepted and not each.control:
        # Wrong, and nobody notices.
        icon, token, tokens = "triangle-alert", "warn", {2: "warn"}
    return TextRow((title_of(each.name), each.how, verdict), icon, token, each.name, 1, tokens)


def _verdict(each: Condition, shown_by: Side | None) -> str:
    """What was observed of the usual way: the alert, or that it was accepted."""
    seen = recorded().get(each.name)
    side = shown_by or each.shown_by[0]
    found = next((seen.runs[way] for way in ways(each.name) if way.shown_by == side), None) if seen else None
    return _outcome(found) if found is not None else ""


def _outcome(found: Observation) -> str:
    if found.accepted:
        return "accepted"
    return found.alert or "never sent"


def observed_rows(name: str) -> list[TextRow]:
    """What was observed in each way in which the condition is run, and what cryptography says."""
    seen = recorded().get(name)
    if seen is None:
        return []
    rows = [
        TextRow(
            (f"{way.shown_by}'s, {way.text}", _by(found), _code(found), _outcome(found)),
            "circle-check" if found.accepted else "circle-x",
            "ok" if found.accepted else "fail",
            (way.shown_by, way.tls_version, way.strict),
        )
        for way, found in seen.runs.items()
    ]
    for side, verdict in seen.cryptography.items():
        word, icon, token = {
            True: ("accepts", "circle-check", "ok"),
            False: ("refuses", "circle-x", "fail"),
            None: ("not asked", "minus", "muted"),
        }[verdict.accepted]
        rows.append(TextRow((f"{side}'s, cryptography", word, "", verdict.text), icon, token))
    return rows


def _by(found: Observation) -> str:
    return f"{found.detected_by} refuses" if found.detected_by is not None else "nobody refuses"


def _code(found: Observation) -> str:
    if found.verify_error is None:
        return ""
    depth = "" if found.depth is None else f" at {found.depth}"
    return f"{found.verify_error}{depth}"


def told(name: str, shown_by: Side | None = None, made: Specimen | None = None) -> Told:
    """The condition `name` in words: what is wrong, who notices and how, the fix, and where words mislead."""
    wanted = condition(name)
    side = shown_by if shown_by in wanted.shown_by else wanted.shown_by[0]
    text = words(name, side)
    seen = recorded().get(name)
    usual = next((seen.runs[way] for way in ways(name) if way.shown_by == side), None) if seen is not None else None
    alert = about_alert(usual.alert) if usual is not None and not usual.accepted else ""
    if alert and usual is not None and usual.alert is not None:
        alert = f"The alert is {usual.alert}: {alert}"
    body = " ".join(part for part in (text.what, text.fix, alert, text.note) if part)
    found = deciding_bytes(made or specimen(name, side))
    if not found:
        return Told(title_of(name), text.rule, body, "", b"", 0, 0)
    first = found[0]
    return Told(title_of(name), text.rule, body, first.thing, first.der, first.field.start, first.field.end)


def files_of(made: Specimen, folder: Path) -> dict[Path, Content]:
    """What each side needs, as PEM files in `folder`: certificates by name, and the private keys of both sides."""
    found = {folder / f"{name}.pem": Content(pem(der)) for name, der in made.certificates.items()}
    for party, peer in (("server", made.server), ("client", made.client)):
        if peer.certificates and peer.private_key is not None:
            key = peer.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            chain = b"".join(pem(each.der) for each in peer.certificates)
            found[folder / f"{party}-chain.pem"] = Content(chain)
            found[folder / f"{party}-key.pem"] = Content(key, private=True)
        if peer.trusts:
            found[folder / f"{party}-trusts.pem"] = Content(b"".join(pem(each.der) for each in peer.trusts))
    return found
