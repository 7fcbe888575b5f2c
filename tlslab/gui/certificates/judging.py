"""What the verify page asks and shows: a question made of the lab, and its answers as rows. No Qt."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.gui.certificates.stretch import Stretch
from tlslab.gui.certificates.text_table import TextRow
from tlslab.pki.verify import Candidate, Judgement, Purpose, Question, Reason, Settings, judge, question
from tlslab.pki.verify.engines import EngineVerdict, engine_verdicts
from tlslab.pki.verify.lint import lint
from tlslab.pki.verify.lint_rules import Kind
from tlslab.pki.verify.timeline import Moment, timeline

if TYPE_CHECKING:
    from tlslab.gui.certificates.preview import Preview
    from tlslab.pki.verify.model import Rules
    from tlslab.store import Lab

CHECKS: Final = ("name", "key identifier", "signature", "validity", "CA", "path length", "constraints")
"""What a candidate issuer is asked, in the order of the columns."""
SIGNS: Final = {True: "✓", False: "✗", None: "–"}
PURPOSES: Final[dict[str, Purpose | None]] = {"a TLS server": "server", "a TLS client": "client", "anything": None}
RULES: Final[dict[str, Rules]] = {
    "RFC 5280 and web": "joined",
    "RFC 5280 alone": "rfc5280",
    "the CA/B Forum's too": "pedantic",
}
SEVERITIES: Final = {
    "error": ("circle-x", "fail"),
    "warning": ("triangle-alert", "warn"),
    "notice": ("info", "muted"),
}
"""Icon and colour of a finding's weight."""


class Answers(NamedTuple):
    """Everything that is known of one question."""

    asked: Question
    judgement: Judgement
    engines: tuple[EngineVerdict, ...]
    stretches: tuple[Stretch, ...]
    """How the lab's verdict changes with time."""


def question_of(lab: Lab, name: str, settings: Settings) -> Question:
    """The chain of the certificate called `name` as a peer would send it, against every root of the lab, with its CRLs."""
    own, *above = lab.path_der(name)
    entries = lab.authorities()
    roots = [_der(lab, each.name) for each in entries if each.kind == "root"]
    # Other certificates of the authorities above are candidates too: renewed and cross-signed ones.
    others = [each.public_bytes(Encoding.DER) for path in lab.paths(name) for each in path[1:]]
    sent = [own, *(each for each in dict.fromkeys((*above, *others)) if each not in roots)]
    published = (lab.published_crl(each.name) for each in entries)
    crls = dict.fromkeys(crl for found in published if found is not None for crl in found[1:])
    return question(sent, roots, list(crls), settings=settings)


def _der(lab: Lab, name: str) -> bytes:
    return lab.certificate_der(name)


def question_of_preview(preview: Preview, settings: Settings) -> Question:
    """A certificate that is not made yet, with those above it."""
    *sent, root = (preview.der, *preview.above)
    return question(sent or [root], [root], settings=settings)


def usual_settings(kind: str, names: Sequence[str]) -> Settings:
    """What a peer that gets a certificate of this kind asks: a server for its first name, a client for none."""
    host = next((name.replace("*", "any") for name in names if "@" not in name and "://" not in name), None)
    purposes: dict[str, Purpose] = {"server": "server", "peer": "server", "client": "client"}
    purpose = purposes.get(kind)
    return Settings(host=host if purpose == "server" else None, purpose=purpose)


def answers(asked: Question, known: Answers | None = None, *, programs: bool = False) -> Answers:
    """The lab's verdict and that of every engine.

    known     answers to another question: what only the time has to do with is not asked again.
    programs  ask installed programs too, which takes longer.
    """
    same = known is not None and at(known.asked, asked.settings.at) == asked
    stretches = known.stretches if known is not None and same else tuple(stretches_of(asked))
    return Answers(asked, judge(asked), engine_verdicts(asked, programs=programs), stretches)


def stretches_of(asked: Question) -> list[Stretch]:
    """From when on the verdict is what, over all of time."""
    moments = timeline(asked)
    return [Stretch(each.time, each.accepted, _changed(each)) for each in moments]


def _changed(moment: Moment) -> str:
    """What begins or ends at a moment, in a few words."""
    began = [f"{each.subject}: {each.title}" if each.subject else each.title for each in moment.began]
    ended = [f"{each.subject}: no longer {each.title}" for each in moment.ended]
    return "; ".join(began or ended) or ("accepted" if moment.accepted else "refused")


def lint_rows(der: bytes, kind: str) -> list[TextRow]:
    """Everything that can be said against a certificate by itself, the gravest first."""
    role: Kind = "root" if kind == "root" else "intermediate" if kind == "intermediate" else "leaf"
    purpose: Purpose = "client" if kind == "client" else "server"
    rows = []
    for each in lint(der, role=role, purpose=purpose):
        icon, token = SEVERITIES[each.severity]
        rows.append(TextRow((begun(each.text), each.severity, each.rule), icon, token, each, 0, {1: token}))
    return rows


def at(asked: Question, moment: datetime) -> Question:
    """The same question at another time."""
    return replace(asked, settings=replace(asked.settings, at=moment))


def verdict_text(judgement: Judgement) -> str:
    """The lab's verdict in a sentence."""
    if judgement.accepted:
        links = len(judgement.path.certificates)
        return f"Accepted: {' ← '.join(judgement.path.subjects[:6])}" if links > 1 else "Accepted: it is trusted itself"
    titles = list(dict.fromkeys(each.title for each in judgement.reasons))
    count = len(judgement.reasons)
    return f"Refused: {titles[0]}" if count == 1 else f"Refused for {count} reasons: {'; '.join(titles)}"


def reason_rows(judgement: Judgement) -> list[TextRow]:
    """Every reason, the deepest certificate first, as it was judged."""
    return [
        TextRow((begun(each.title), each.subject or "the request", each.rule), "circle-x", "fail", each)
        for each in judgement.reasons
    ]


def begun(text: str) -> str:
    """`text` as the beginning of a line."""
    return text[:1].upper() + text[1:]


def path_rows(judgement: Judgement) -> list[TextRow]:
    """Each certificate of the path, and under it every certificate that might have issued it."""
    rows: list[TextRow] = []
    depths = sorted({each.depth for each in judgement.candidates})
    for depth, subject in enumerate(judgement.path.subjects):
        rows.append(
            TextRow((subject, _place(judgement, depth)), "award" if depth else "server", "muted", None, 0, strong=True)
        )
        if depth in depths:
            rows += [_candidate(each) for each in judgement.candidates if each.depth == depth]
    return rows


def _place(judgement: Judgement, depth: int) -> str:
    last = depth == len(judgement.path.subjects) - 1
    return "trusted" if last and judgement.path.anchored else "sent"


def _candidate(candidate: Candidate) -> TextRow:
    found = {check.name: check for check in candidate.checks}
    cells = (candidate.subject, f"{candidate.where} {candidate.number}")
    signs = tuple(SIGNS[found[name].ok] if name in found else "" for name in CHECKS)
    tokens = {2 + at: "fail" for at, sign in enumerate(signs) if sign == SIGNS[False]}
    icon, token = ("circle-check", "ok") if candidate.chosen else ("circle-x", "fail")
    if candidate.fits and not candidate.chosen:
        icon, token = "minus", "muted"
    return TextRow((*cells, *signs), icon, token, candidate, 1, tokens)


def candidate_text(candidate: Candidate) -> str:
    """Each answer of a candidate in words."""
    return " ".join(f"{check.name}: {check.text.rstrip('.')}." for check in candidate.checks)


def engine_rows(found: Answers) -> list[TextRow]:
    """The verdicts side by side, the lab's own first."""
    own = found.judgement
    text = "; ".join(each.title for each in own.reasons) or "ok"
    rows = [_engine("tlslab", own.accepted, "", text, strong=True)]
    for each in found.engines:
        code = "" if each.code is None else str(each.code)
        depth = "" if each.depth is None or each.accepted else f" at depth {each.depth}"
        rows.append(_engine(each.engine, each.accepted, code, f"{each.text}{depth}"))
    return rows


def _engine(name: str, accepted: bool | None, code: str, text: str, *, strong: bool = False) -> TextRow:
    icon, token, word = {
        True: ("circle-check", "ok", "accepted"),
        False: ("circle-x", "fail", "refused"),
        None: ("minus", "muted", "not asked"),
    }[accepted]
    return TextRow((name, word, code, text), icon, token, name, 0, {1: token}, strong)


def origin_title(reason: Reason) -> str:
    """Whose bytes decided."""
    titles = {"certificate": "Certificate", "crl": "CRL", "staple": "OCSP response", "request": "Request"}
    return titles[reason.origin]
