"""Whether what is expected of a condition was observed, and how a refusal reaches the other side, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tlslab.lab.catalogue import Observation, Way
from tlslab.lab.observed import Seen, recorded
from tlslab.pki.broken import Condition, Side

_PREFIX: Final = "X509_V_ERR_"


def outcome(seen: Observation) -> str:
    """What one run came to: "refused by the client with CERT_HAS_EXPIRED (10) at depth 0; alert certificate_expired"."""
    if seen.accepted:
        return "accepted by both sides"
    error = f" with {seen.verify_name.removeprefix(_PREFIX)} ({seen.verify_error})" if seen.verify_name else ""
    depth = f" at depth {seen.depth}" if seen.depth is not None else ""
    alert = f"alert {seen.alert}" if seen.alert else "nothing was sent"
    return f"refused by the {seen.detected_by}{error}{depth}; {alert}"


def grouped(runs: Mapping[Way, Observation]) -> dict[Observation, list[Way]]:
    """Runs that came to the same, together, in the order of the first of them."""
    made: dict[Observation, list[Way]] = {}
    for way, seen in runs.items():
        made.setdefault(seen, []).append(way)
    return made


def words_for(ways: list[Way]) -> str:
    """Ways in a few words: "TLS 1.2 and 1.3, plain and strict"; in full where it is not all of both."""
    versions = list(dict.fromkeys(way.tls_version for way in ways))
    modes = list(dict.fromkeys(way.strict for way in ways))
    if len(ways) != len(versions) * len(modes):
        return ", ".join(way.text for way in ways)
    numbers = " and ".join(version.removeprefix("TLS ") for version in versions)
    return f"TLS {numbers}, {' and '.join('strict' if mode else 'plain' for mode in modes)}"


def promise(condition: Condition, side: Side, seen: Seen) -> str:
    """What is expected where `side` shows it, and whether it was observed."""
    wanted = condition.expected_by(side)
    expected = f"the {wanted} refuses it" if wanted else "both sides accept it"
    others = [way for way, each in seen.runs.items() if way.shown_by == side and each.detected_by != wanted]
    if not others:
        return f"{expected}, and so it was in every run"
    parts = []
    for by in dict.fromkeys(seen.runs[way].detected_by for way in others):
        where = words_for([way for way in others if seen.runs[way].detected_by == by])
        parts.append(f"{f'the {by} refused it' if by else 'nobody refused it'} in {where}")
    return f"{expected}; observed otherwise: {', and '.join(parts)}"


def companions(alert: str) -> tuple[str, ...]:
    """All conditions that reach the other side as `alert` in some run."""
    return tuple(name for name, seen in recorded().items() if any(run.alert == alert for run in seen.runs.values()))
