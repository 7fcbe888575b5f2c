"""What the commands that show a broken certificate have in common, and `tlslab handshake --broken`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import detail_of
from tlslab.cli.running import VERSIONS, Done, check_writable, refused, show, unescaped
from tlslab.cli.terminal import print_json
from tlslab.report.json_document import document

if TYPE_CHECKING:
    from tlslab.lab.catalogue import Live, Observation
    from tlslab.pki.broken import Condition, Side

INTERRUPTED: Final = 130
_OWN: Final = ("scenario", "mutual", "server_cert", "client_cert", "trust", "staple", "key_exchange", "group", "cipher")
"""Options of `tlslab handshake` that a condition settles by itself."""


def add_broken_options(parser: argparse.ArgumentParser, what: str) -> None:
    """`--broken`, of which `what` is the help, and which side has what is wrong."""
    group = parser.add_argument_group("broken certificates")
    group.add_argument("--broken", metavar="CONDITION", help=what)
    add_shown_by(group)
    group.add_argument("--strict", action="store_true", help="with --broken: check the chain with X509_STRICT")


def add_shown_by(group: argparse._ArgumentGroup) -> None:
    """Which side shows what is broken."""
    group.add_argument(
        "--shown-by", choices=("server", "client"), help="with --broken: the side with what is wrong (default: server)"
    )


def named(name: str, shown_by: Side | None) -> Condition:
    """The condition `name`, which the side must be able to show. Raises UsageError."""
    from tlslab.pki.broken import NoSuchCondition, condition

    try:
        found = condition(name)
    except NoSuchCondition as error:
        raise UsageError(str(error)) from None
    if shown_by and shown_by not in found.shown_by:
        raise UsageError(f"{name} is about what a {found.shown_by[0]} shows: leave away --shown-by {shown_by}")
    return found


def check_alone(arguments: argparse.Namespace) -> None:
    """Refuse what asks for something that only goes with `--broken`. Raises UsageError."""
    for option in ("shown_by", "strict"):
        if getattr(arguments, option) and not arguments.broken:
            raise UsageError(f"--{option.replace('_', '-')} goes with --broken: name a condition")


def run_handshake(arguments: argparse.Namespace) -> int:
    """Run a condition over TCP on loopback and show it; 0 if nobody refused it."""
    from tlslab.lab.catalogue import observation_of
    from tlslab.lab.runner import run as start
    from tlslab.peers.settings import BadSettings

    for option in _OWN:
        if getattr(arguments, option, None):
            raise UsageError(f"--{option.replace('_', '-')} and --broken do not go together: a condition settles it")
    named(arguments.broken, arguments.shown_by)
    detail_of(arguments)
    check_writable(arguments)
    live = _live(arguments)
    with refused():
        try:
            going = start(live.scenario, live.identities, "tcp", port=arguments.port)
        except BadSettings as refusal:
            return _never_began(live, str(refusal), arguments)
        try:
            going.wait()
        except KeyboardInterrupt:
            going.stop()
            return INTERRUPTED
    code = show([Done(live.scenario, live.identities, going.events)], arguments, "handshake")
    if not arguments.json:
        print("\n".join(_afterwards(live, observation_of(going.events))))
    return code


def _live(arguments: argparse.Namespace) -> Live:
    from tlslab.lab.catalogue import scenario_of

    version = VERSIONS[arguments.tls] if arguments.tls else "TLS 1.3"
    live = scenario_of(
        arguments.broken,
        arguments.shown_by,
        tls_version="TLS 1.2" if version == "TLS 1.2" else "TLS 1.3",
        strict=arguments.strict,
    )
    changes: dict[str, Any] = {"alpn": tuple(arguments.alpn)} if arguments.alpn else {}
    if arguments.payload is not None:
        changes["payload"] = unescaped(arguments.payload)
    return replace(live, scenario=replace(live.scenario, **changes))


def _never_began(live: Live, refusal: str, arguments: argparse.Namespace) -> int:
    """One side did not even take its own certificate: tell it, and that nothing was sent."""
    sentence = f"no handshake took place: {refusal}"
    if arguments.json:
        print_json(document("handshake", [], [sentence]))
    else:
        print(sentence)
        print("\n".join(_afterwards(live, None)))
    return 1


def _afterwards(live: Live, seen: Observation | None) -> Iterator[str]:
    """The alert and the bytes that decided it; and where nobody refused, what is wrong all the same.

    seen   what came of it; None if nothing was sent.
    """
    from tlslab.lab.condition_texts import about_alert, words
    from tlslab.lab.deciding_bytes import deciding_bytes
    from tlslab.report.catalogue import bytes_line

    name = live.specimen.condition.name
    known = words(name, live.specimen.shown_by)
    if seen is None or seen.accepted:
        yield f"What is wrong: {known.what}" if not live.specimen.condition.control else known.what
        yield f"  rule   {known.rule}"
        yield f"  fix    {known.fix}"
        if known.note:
            yield f"  mind   {known.note}"
    elif seen.alert is not None:
        yield f"  alert  {about_alert(seen.alert)}"
    for each in deciding_bytes(live.specimen):
        yield f"  bytes  {bytes_line(each)}"
    yield f"  more   tlslab catalogue {name}"
