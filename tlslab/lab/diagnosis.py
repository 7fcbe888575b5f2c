"""Why a handshake failed, in plain words: from what OpenSSL said on both sides to one sentence and one way out.

The texts are data in `resources/diagnoses.toml`; this module only chooses the entry and fills in who and what.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from tlslab import openssl
from tlslab.lab.condition_texts import words
from tlslab.lab.identities import Identity
from tlslab.lab.outside import OUTSIDE
from tlslab.lab.scenario import Scenario
from tlslab.pki.credential import subject_alternative_name
from tlslab.reference.resources import read_text
from tlslab.trace.events import Failure, Party

OTHER: Final[Mapping[Party, Party]] = {"client": "server", "server": "client"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One failure, explained."""

    condition: str
    """Short name, as in the catalogue of broken certificates: "expired-leaf"."""
    party: Party
    """The side whose check said no."""
    check: str
    """Which check: "Dates are valid now"."""
    cause: str
    """What was wrong, with names and dates."""
    fix: str
    rule: str
    """The clause that asks for the check: "RFC 5280 §6.1.3 (a)(2)"."""
    title: str = ""
    """One line for a banner: "Handshake failed: the server does not trust the client's certificate"."""
    remedy: str = ""
    """Kind of change that would make it work, for `remedy_for`; "" if the lab knows none."""
    note: str = ""
    """Where the error or the alert misleads; "" where nothing is known of that."""


def diagnose(
    scenario: Scenario,
    identities: Mapping[str, Identity],
    failures: Mapping[Party, Failure],
    now: datetime | None = None,
) -> Diagnosis | None:
    """Explain the failure of a run; None if neither side failed.

    failures   of those sides that failed, from `runner.failures`. An outside program tells nothing, so that its
               side is missing and its alert is all that is known.
    """
    found = _first_cause(failures)
    if found is None:
        return None
    party, failure, kind, key = found
    entries = _entries()[kind]
    entry = entries.get(key) or entries["default"]
    words = _words(party, failure, scenario, identities, now or datetime.now(UTC))
    # An authority above the certificate is the same to a client and to a server.
    is_leaf = not failure.depth
    client_refused = party == "server" and is_leaf and "client_condition" in entry
    remedy = entry.get("remedy", "")
    found_out = Diagnosis(
        condition=entry["client_condition" if client_refused else "condition"].format_map(words),
        party=party,
        check=entry["check"],
        cause=_sentence(entry["cause"].format_map(words)),
        fix=entry["fix"].format_map(words),
        rule=entry["rule"],
        title="Handshake failed: " + entry["title"].format_map(words),
        # Another certificate from the same authority would be refused as well.
        remedy=remedy if is_leaf or remedy != "certificate" else "",
    )
    # An outside program may have refused for a reason of its own, such as a root that it was not given.
    known = kind != "alert" or _is_told_by(scenario.condition, key)
    return of_condition(found_out, scenario) if scenario.condition and known else found_out


def _is_told_by(condition: str, alert: str) -> bool:
    """Whether `alert` is one with which the condition has been refused."""
    from tlslab.lab.observed import recorded

    seen = recorded().get(condition)
    return seen is not None and any(run.alert == alert for run in seen.runs.values())


def of_condition(diagnosis: Diagnosis, scenario: Scenario) -> Diagnosis:
    """The same in the words of the catalogue, where it is known what was broken: OpenSSL may have stumbled elsewhere."""
    known = words(scenario.condition, "client" if scenario.mutual else "server")
    return replace(
        diagnosis,
        condition=scenario.condition,
        cause=known.what,
        fix=known.fix,
        rule=known.rule,
        note=known.note,
    )


@cache
def _entries() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    tables: dict[str, Any] = tomllib.loads(read_text("diagnoses.toml"))
    return tables


def _first_cause(failures: Mapping[Party, Failure]) -> tuple[Party, Failure, str, str] | None:
    """Who refused, its or the other's failure, and the entry's place: kind and key.

    A refused certificate says most, then the reason of the side that sent the alert, then the alert alone.
    """
    for party, failure in failures.items():
        if failure.verify_name is not None:
            stapled = failure.alert_sent == "bad_certificate_status_response"
            return party, failure, "staple" if stapled else "verify", failure.verify_name.removeprefix("X509_V_ERR_")
    for party, failure in failures.items():
        if failure.alert_received is None:
            return party, failure, "reason", _reason_key(failure)
    for party, failure in failures.items():
        assert failure.alert_received is not None
        return OTHER[party], failure, "alert", failure.alert_received
    return None


def _reason_key(failure: Failure) -> str:
    known = _entries()["reason"]
    candidates = (*failure.openssl, failure.exception)
    return next((each for each in candidates if each in known), failure.openssl[0] if failure.openssl else "")


def _words(
    party: Party, failure: Failure, scenario: Scenario, identities: Mapping[str, Identity], now: datetime
) -> dict[str, str]:
    """What the texts name in braces."""
    other = OTHER[party]
    shown = scenario.client if other == "client" else scenario.server
    trusts = scenario.client_trusts if party == "client" else scenario.server_trusts
    words = {
        "party": party,
        "other": other,
        "place": "intermediate" if failure.depth else "leaf",
        "certificate": f"a CA certificate in the {other}'s chain" if failure.depth else f"the {other}'s certificate",
        "host": scenario.host,
        "trusted": " or ".join(trusts) or "a CA that the server trusts",
        "trusts": f"{' and '.join(trusts)} only" if trusts else "nobody",
        "now": _moment(now),
        "reason": ", ".join(failure.openssl) or failure.exception,
        "alert": failure.alert_received or "",
        "verify_text": "" if failure.verify_error is None else openssl.verify_error_text(failure.verify_error),
    }
    return words | _certificate_words(other, shown, failure.depth or 0, identities)


def _certificate_words(other: Party, shown: str, depth: int, identities: Mapping[str, Identity]) -> dict[str, str]:
    credential = identities.get(shown)
    unless_sent = f"; if the issuer is an intermediate, the {other} has to send it too"
    if credential is None:
        return {
            "subject": f"the {other}'s certificate",
            "issuer": "its CA",
            "unless_sent": unless_sent,
            "names": "other names",
            "not_before": "a later date",
            "not_after": "an earlier date",
        }
    path = (credential.certificate, *credential.chain)
    certificate = path[depth] if depth < len(path) else _issuer(path[-1], identities) or path[-1]
    issuer = _issuer(certificate, identities)
    is_root = issuer is not None and issuer.subject == issuer.issuer
    # A certificate from outside is called by what stands in it: nobody has given it a name here.
    own_name = depth == 0 and shown not in OUTSIDE.values()
    root = {"place": "root"} if depth and certificate.subject == certificate.issuer else {}
    return root | {
        "subject": shown if own_name else common_name(certificate.subject) or f"the {other}'s certificate",
        "issuer": common_name(certificate.issuer),
        "unless_sent": "" if is_root else unless_sent,
        "names": ", ".join(subject_alternative_name(certificate)) or "no name at all",
        "not_before": _moment(certificate.not_valid_before_utc),
        "not_after": _moment(certificate.not_valid_after_utc),
    }


def _issuer(certificate: x509.Certificate, identities: Mapping[str, Identity]) -> x509.Certificate | None:
    every = (identity.certificate for identity in identities.values())
    return next((each for each in every if each.subject == certificate.issuer), None)


def common_name(name: x509.Name) -> str:
    """What people call a subject: its common name, or all of it where it has none."""
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else name.rfc4514_string()


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith("the ") else text
