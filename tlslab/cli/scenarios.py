"""`tlslab scenarios`: the library of runs and failures, and whether each ends as it promises."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import add_view_options
from tlslab.cli.running import Done, show
from tlslab.cli.terminal import print_json
from tlslab.report.json_document import FORMAT, Json, JsonValue
from tlslab.report.text import signs_for

if TYPE_CHECKING:
    from tlslab.lab.scenario import Scenario


EXAMPLES: Final = """\
examples:
  tlslab scenarios list
  tlslab scenarios show unknown-client-ca
  tlslab scenarios run mutual-tls12 --tree
  tlslab scenarios check
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _action(actions, "list", "name the scenarios, one a line")
    show_one = _action(actions, "show", "say what a scenario does and promises")
    show_one.add_argument("names", metavar="NAME", nargs="+")
    running = _action(actions, "run", "run scenarios and show the conversation")
    running.add_argument("names", metavar="NAME", nargs="+")
    checking = _action(actions, "check", "run scenarios and compare with what each promises")
    checking.add_argument("names", metavar="NAME", nargs="*", help="default: all of them")
    checking.add_argument("--all", action="store_true", help="every scenario, the failures too (the default)")


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says; 1 if a handshake failed or a promise was not kept."""
    from tlslab.lab.scenario import library

    scenarios = _named(getattr(arguments, "names", []))
    if arguments.action == "list":
        return _list(scenarios, arguments)
    if arguments.action == "show":
        return _show(scenarios, arguments)
    if arguments.action == "run":
        return _run(scenarios, arguments)
    return _check(list(library()) if arguments.all else scenarios, arguments)


def _named(names: list[str]) -> list[Scenario]:
    """The scenarios of these names, or all. Raises UsageError."""
    from tlslab.lab.scenario import NoSuchScenario, library, load

    try:
        return [load(name) for name in names] or list(library())
    except NoSuchScenario as error:
        raise UsageError(str(error)) from None


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=what,
        description=f"{what.capitalize()}.",
        epilog=EXAMPLES,
    )
    if name == "run":
        add_view_options(parser)
        parser.set_defaults(save=None, keylog=None)
    else:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    return parser


def _list(scenarios: list[Scenario], arguments: argparse.Namespace) -> int:
    if arguments.json:
        rows: list[JsonValue] = [{"name": each.name, "title": each.title} for each in scenarios]
        print_json({"format": FORMAT, "scenarios": rows})
    else:
        for each in scenarios:
            print(f"{each.name:27} {each.title}")
    return 0


def _show(scenarios: list[Scenario], arguments: argparse.Namespace) -> int:
    if arguments.json:
        print_json({"format": FORMAT, "scenarios": [_object(each) for each in scenarios]})
        return 0
    for index, each in enumerate(scenarios):
        if index:
            print()
        print("\n".join(_lines(each)))
    return 0


def _run(scenarios: list[Scenario], arguments: argparse.Namespace) -> int:
    """Run them one after the other, recorded as one run of several connections."""
    from tlslab.lab.identities import make_identities
    from tlslab.lab.link import Link
    from tlslab.lab.runner import Run, Series

    link = Link()
    done = []
    for number, scenario in enumerate(scenarios, 1):
        identities = make_identities(scenario)
        going = Run(scenario, identities, series=Series(link, number))
        going.start()
        going.wait()
        done.append(Done(scenario, identities, link.events, number))
    return show(done, arguments, "scenarios")


def _check(scenarios: list[Scenario], arguments: argparse.Namespace) -> int:
    from tlslab.lab.check import check

    results = [check(each) for each in scenarios]
    if arguments.json:
        rows: list[JsonValue] = [
            {"name": each.name, "ok": each.ok, "expected": list(each.expected), "happened": list(each.happened)}
            for each in results
        ]
        print_json({"format": FORMAT, "scenarios": rows})
        return 0 if all(each.ok for each in results) else 1
    signs = signs_for(sys.stdout.encoding)
    for scenario, result in zip(scenarios, results, strict=True):
        print(f"{signs.good if result.ok else signs.bad} {result.name:27} {_promise(scenario)}")
        for promised, seen in zip(result.expected, result.happened, strict=True):
            print(f"    expected {promised}, but: {seen}")
    kept = sum(each.ok for each in results)
    print(f"{kept} of {len(results)} ended as they promise, on both sides")
    return 0 if kept == len(results) else 1


def _promise(scenario: Scenario) -> str:
    """What it promises, in a few words."""
    expect = scenario.expect
    if expect is None or expect.detected_by is None:
        return "established"
    side = expect.client if expect.detected_by == "client" else expect.server
    return f"refused by the {expect.detected_by} with {side.alert_sent}"


def _lines(scenario: Scenario) -> list[str]:
    version = f"{scenario.tls_version}{', mutual' if scenario.mutual else ''}"
    negotiated = [*scenario.groups, *scenario.ciphers, *(f"ALPN {name}" for name in scenario.alpn)]
    if scenario.key_exchange:
        negotiated.insert(0, f"{scenario.key_exchange.upper()} key exchange")
    return [
        f"{scenario.name}: {scenario.title}",
        f"  {scenario.description}",
        f"  {', '.join([version, *negotiated])}",
        f"  client  {scenario.client or 'no certificate'}, wants {scenario.host}, trusts {_names(scenario.client_trusts)}",
        f"  server  {scenario.server}, trusts {_names(scenario.server_trusts)}",
        f"  promise {_promise(scenario)}",
    ]


def _names(names: tuple[str, ...]) -> str:
    return " and ".join(names) or "nobody"


def _object(scenario: Scenario) -> Json:
    made: Json = asdict(scenario)
    return made
