"""Cases in the format of x509-limbo (https://x509-limbo.com): read, and put to the lab's own judgement.

Bytes in, facts out; which engines are asked beside it is the caller's choice.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tlslab.pki.verify.algorithms import SIGNATURES
from tlslab.pki.verify.model import MOST_INTERMEDIATES, Question, Rules, Settings
from tlslab.reference.oids import oids

_PEM: Final = re.compile(r"-----BEGIN [^-]+-----([^-]*+)-----END [^-]+-----")
_PEDANTIC: Final = "pedantic-"
_RFC5280_ONLY: Final = "rfc5280-incompatible-with-webpki"
_KEY_USAGES: Final = {"contentCommitment": "nonRepudiation"}


class NotLimbo(ValueError):
    """The file is no collection of cases; one sentence."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    id: str
    description: str
    expected: bool
    """Whether the chain is to be accepted."""
    features: tuple[str, ...]
    conflicts_with: tuple[str, ...]
    """Cases that expect the contrary of the same: by another rule book."""
    question: Question
    problem: str = ""
    """Why it cannot be asked; "" if it can."""


MOST_CASES: Final = 20_000
"""x509-limbo has some ten thousand."""


def read_cases(data: bytes) -> list[Case]:
    """The cases of a file. Raises NotLimbo."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotLimbo(f"it is no JSON: {error}") from None
    cases = document.get("testcases") if isinstance(document, dict) else None
    if not isinstance(cases, list):
        raise NotLimbo("it has no list `testcases`, as files of x509-limbo have")
    if len(cases) > MOST_CASES:
        raise NotLimbo(f"it has {len(cases)} cases, and {MOST_CASES} are read at most")
    return [_case(entry, number) for number, entry in enumerate(cases, 1) if isinstance(entry, dict)]


def _case(entry: Mapping[str, object], number: int) -> Case:
    features = _texts(entry.get("features"))
    problem = ""
    try:
        asked = _question(entry, features)
    except (ValueError, binascii.Error) as error:
        asked, problem = Question((), ()), str(error)
    return Case(
        str(entry.get("id") or f"case {number}"),
        str(entry.get("description") or ""),
        entry.get("expected_result") == "SUCCESS",
        features,
        _texts(entry.get("conflicts_with")),
        asked,
        problem,
    )


def _question(entry: Mapping[str, object], features: Sequence[str]) -> Question:
    peer = _pem(entry.get("peer_certificate"))
    sent = [_pem(text) for text in _texts(entry.get("untrusted_intermediates"))]
    roots = [_pem(text) for text in _texts(entry.get("trusted_certs"))]
    crls = [_pem(text) for text in _texts(entry.get("crls"))]
    host = _name(entry.get("expected_peer_name"))
    others = entry.get("expected_peer_names")
    names = [_name(each) for each in others] if isinstance(others, list) else []
    depth = entry.get("max_chain_depth")
    settings = Settings(
        # A mailbox is no host.
        host=host if host is None or "@" not in host else None,
        names=tuple(name for name in (*names, host if host and "@" in host else None) if name is not None),
        purpose="client" if entry.get("validation_kind") == "CLIENT" else "server",
        at=_time(entry.get("validation_time")),
        rules=rules_of(features),
        max_intermediates=depth if isinstance(depth, int) else MOST_INTERMEDIATES,
        key_usage=tuple(_KEY_USAGES.get(name, name) for name in _texts(entry.get("key_usage"))),
        extended_key_usage=tuple(_purpose(name) for name in _texts(entry.get("extended_key_usage"))),
        signature_algorithms=tuple(_algorithms(_texts(entry.get("signature_algorithms")))),
    )
    return Question((peer, *sent), tuple(roots), tuple(crls), None, settings)


def rules_of(features: Sequence[str]) -> Rules:
    """The rules that a case is about, by the features that it says a verifier needs."""
    if _RFC5280_ONLY in features:
        return "rfc5280"
    return "pedantic" if any(feature.startswith(_PEDANTIC) for feature in features) else "joined"


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _pem(text: object) -> bytes:
    match = _PEM.search(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("a certificate of the case is no PEM")
    return base64.b64decode("".join(match[1].split()))


def _name(value: object) -> str | None:
    name = value.get("value") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None


def _time(value: object) -> datetime:
    """The case's own moment; without one, now: so the format has it."""
    if not isinstance(value, str):
        return datetime.now(UTC)
    moment = datetime.fromisoformat(value)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"the time {value} is none in UTC") from None


def _purpose(name: str) -> str:
    special = {"anyExtendedKeyUsage": "2.5.29.37.0"}
    return special.get(name) or next((oid for oid, known in oids().items() if known == name), name)


def _algorithms(wanted: Sequence[str]) -> Iterator[str]:
    """OIDs of algorithms that the format names as "ecdsaWithSHA256" or "ECDSA_WITH_SHA256"."""
    known = {_halves(oids().get(oid, oid)): oid for oid in SIGNATURES}
    for name in wanted:
        oid = known.get(_halves(name))
        if oid is not None:
            yield oid


def _halves(name: str) -> frozenset[str]:
    """What key and hash an algorithm's name is made of, in any order: "rsa" and "sha256"."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower()).replace("encryption", "")
    return frozenset(plain.split("with"))
