"""What was observed of the broken certificates: recorded once by running them, compared with each later run.

The record is `resources/catalogue/observed.json`; `tlslab catalogue --run` compares, `--run --record FILE` writes one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from tlslab import openssl
from tlslab.lab.catalogue import Observation, SideSaw, Way, observe, ways
from tlslab.openssl_store import verify_chain
from tlslab.pki.broken import Side, condition, conditions, specimen
from tlslab.pki.broken.judged import cryptography_verdict
from tlslab.reference.resources import read_text

_VERIFIED_OUTSIDE: Final = "POLICY_CHECK"
"""Errors of policy checks are about no certificate, which ends the process in a verify callback of pyOpenSSL. The lab's
own callback knows it, and what the handshake then says is compared with a verification outside of one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an engine says of a chain outside a handshake."""

    accepted: bool | None
    """None where there is nothing to judge."""
    text: str = ""
    """Why not, in its own words."""
    verify_error: int | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was observed of one condition."""

    runs: Mapping[Way, Observation]
    """Each way in which it is run, in the order of `ways`."""
    cryptography: Mapping[Side, Verdict]
    """cryptography's verifier for each side that can show it."""
    outside: Mapping[Side, Verdict]
    """OpenSSL's verification outside a handshake, where a verify callback is no matter of course."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was not seen again."""

    condition: str
    where: str
    """The run: "server's certificate, TLS 1.3 strict"; or the verifier."""
    what: str
    """The member that differs: "alert"."""
    recorded: object
    now: object

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.condition}, {self.where}: {self.what} was {self.recorded}, and is {self.now}"


def engine() -> dict[str, str]:
    """The versions of what is observed."""
    from importlib.metadata import version

    return {"openssl": openssl.version(), "pyopenssl": version("pyOpenSSL"), "cryptography": version("cryptography")}


def see(name: str) -> Seen:
    """Run the condition in every way that applies, and ask everybody."""
    sides = condition(name).shown_by
    return Seen(
        {way: observe(name, way) for way in ways(name)},
        {side: Verdict(*cryptography_verdict(specimen(name, side))) for side in sides},
        {
            side: _outside(name, side)
            for side in sides
            if _VERIFIED_OUTSIDE in condition(name).verifier.get("flags", ())
        },
    )


def _outside(name: str, side: Side) -> Verdict:
    made = specimen(name, side)
    sent = [each.der for each in made.shower.certificates]
    anchors = [each.der for each in made.verifier.trusts]
    found = verify_chain(sent, anchors, at=made.made_at, flags=made.verifier.verify_flags)
    if found.accepted:
        return Verdict(accepted=True)
    return Verdict(accepted=False, text=found.text, verify_error=found.code, depth=found.depth)


@cache
def recorded() -> Mapping[str, Seen]:
    """What is on record, by condition."""
    return {name: _from_json(name, each) for name, each in _record()["conditions"].items()}


def recorded_engine() -> dict[str, str]:
    """The versions with which the record was made."""
    return dict(_record()["engine"])


def record(seen: Mapping[str, Seen]) -> dict[str, Any]:
    """The record as JSON: runs that came to the same stand together."""
    return {
        "format": 1,
        "engine": engine(),
        "conditions": {name: _to_json(each) for name, each in seen.items()},
    }


def record_text(seen: Mapping[str, Seen]) -> str:
    """The record as it is kept: JSON, one run a line, so that a change of one run is a change of one line."""
    whole = record(seen)
    lines = ["{", f' "format": 1,\n "engine": {json.dumps(whole["engine"])},', ' "conditions": {']
    blocks = [f"  {json.dumps(name)}: {{\n{_side_lines(sides)}\n  }}" for name, sides in whole["conditions"].items()]
    return "\n".join([*lines, ",\n".join(blocks), " }", "}"]) + "\n"


def _side_lines(sides: Mapping[str, Mapping[str, Any]]) -> str:
    made = []
    for side, values in sides.items():
        runs = ",\n".join(f"     {json.dumps(run)}" for run in values["runs"])
        rest = "".join(f",\n    {json.dumps(key)}: {json.dumps(values[key])}" for key in values if key != "runs")
        made.append(f'   {json.dumps(side)}: {{\n    "runs": [\n{runs}\n    ]{rest}\n   }}')
    return ",\n".join(made)


def differences(name: str, now: Seen) -> list[Difference]:
    """What `now` says of the condition that its record does not, and the other way round."""
    then = recorded().get(name)
    if then is None:
        return [Difference(name, "record", "condition", "not there", "there")]
    return [
        *_differences(name, {_words(way): asdict(each) for way, each in then.runs.items()}, _runs(now)),
        *_verdict_differences(name, "cryptography", then.cryptography, now.cryptography),
        *_verdict_differences(name, "OpenSSL outside a handshake", then.outside, now.outside),
    ]


def _runs(seen: Seen) -> dict[str, dict[str, Any]]:
    return {_words(way): asdict(each) for way, each in seen.runs.items()}


def _verdict_differences(
    name: str, who: str, then: Mapping[Side, Verdict], now: Mapping[Side, Verdict]
) -> Iterator[Difference]:
    def named(verdicts: Mapping[Side, Verdict]) -> dict[str, dict[str, Any]]:
        return {f"{side}'s certificate, {who}": asdict(each) for side, each in verdicts.items()}

    return _differences(name, named(then), named(now))


def _differences(
    name: str, then: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> Iterator[Difference]:
    for where in dict.fromkeys((*then, *now)):
        one, other = then.get(where), now.get(where)
        if one is None or other is None:
            yield Difference(name, where, "run", "recorded" if one else "not recorded", "run" if other else "not run")
            continue
        for what in one:
            if one[what] != other[what]:
                yield Difference(name, where, what, one[what], other[what])


def _words(way: Way) -> str:
    return f"{way.shown_by}'s certificate, {way.text}"


def _to_json(seen: Seen) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for side in dict.fromkeys(way.shown_by for way in seen.runs):
        of_side = {way: each for way, each in seen.runs.items() if way.shown_by == side}
        made[f"shown by {side}"] = {
            "runs": list(_grouped(of_side)),
            "cryptography": _slim(asdict(seen.cryptography[side])),
            **({"outside": _slim(asdict(seen.outside[side]))} if side in seen.outside else {}),
        }
    return made


def _grouped(runs: Mapping[Way, Observation]) -> Iterator[dict[str, Any]]:
    for observation in dict.fromkeys(runs.values()):
        same = [way.text for way, each in runs.items() if each == observation]
        values = asdict(observation)
        yield {
            "in": same,
            **_slim({key: value for key, value in values.items() if key not in {"client", "server"}}),
            "client": _slim(values["client"]),
            "server": _slim(values["server"]),
        }


def _slim(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {key: value for key, value in values.items() if value is not None and value not in ("", ())}


def _from_json(name: str, table: Mapping[str, Any]) -> Seen:
    runs: dict[Way, Observation] = {}
    for way in ways(name):
        side = table.get(f"shown by {way.shown_by}", {"runs": ()})
        found = next((each for each in side["runs"] if way.text in each["in"]), None)
        if found is not None:
            runs[way] = _observation(found)
    sides = [side for side in condition(name).shown_by if f"shown by {side}" in table]
    verdicts = {side: table[f"shown by {side}"] for side in sides}
    return Seen(
        runs,
        {side: _verdict(each["cryptography"]) for side, each in verdicts.items()},
        {side: _verdict(each["outside"]) for side, each in verdicts.items() if "outside" in each},
    )


def _observation(table: Mapping[str, Any]) -> Observation:
    values = {key: value for key, value in table.items() if key != "in"}
    return Observation(**values | {side: _side(table[side]) for side in ("client", "server")})


def _side(table: Mapping[str, Any]) -> SideSaw:
    return SideSaw(**dict(table) | {"openssl": tuple(table.get("openssl", ()))})


def _verdict(table: Mapping[str, Any]) -> Verdict:
    return Verdict(**{"accepted": None, **table})


@cache
def _record() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(read_text("catalogue", "observed.json"))
    return made


def see_all(names: Iterable[str] = ()) -> Iterator[tuple[str, Seen]]:
    """Each of `names`, or all conditions, run one after the other."""
    for name in names or [each.name for each in conditions()]:
        yield name, see(name)
