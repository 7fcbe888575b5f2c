"""What the commands that run peers have in common: options, the scenario they make, and how a run is shown."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import add_view_options, detail_of, print_conversations, say
from tlslab.cli.terminal import print_json
from tlslab.report.json_document import Detail, Json, JsonValue, connection_object, document, peers_object

if TYPE_CHECKING:
    from tlslab.lab.diagnosis import Diagnosis
    from tlslab.lab.identities import Identity
    from tlslab.lab.scenario import Scenario
    from tlslab.trace.events import Event
    from tlslab.trace.model import Connection, Trace

VERSIONS: Final = {"1.2": "TLS 1.2", "1.3": "TLS 1.3"}
DHE_GROUP: Final = "ffdhe2048"


@dataclass(frozen=True, slots=True)
class Done:
    """A run that has ended, ready to be shown."""

    scenario: Scenario
    identities: Mapping[str, Identity]
    events: list[Event]
    """Those of all connections that were recorded together."""
    number: int = 1
    """Of its connection among these."""


def add_handshake_options(parser: argparse.ArgumentParser, payload: str) -> None:
    """What is negotiated, and what is said then; `payload` is the help of `--payload`."""
    group = parser.add_argument_group("what is negotiated")
    group.add_argument("--tls", choices=tuple(VERSIONS), help="version of TLS")
    group.add_argument(
        "--key-exchange",
        choices=("rsa", "dhe", "ecdhe"),
        help="how the secret is agreed; rsa (key transport) in TLS 1.2 only",
    )
    group.add_argument(
        "--group",
        metavar="G",
        action="append",
        help="group by IANA's name, e.g. x25519, secp256r1, X25519MLKEM768; may be repeated, the best first",
    )
    group.add_argument(
        "--cipher",
        metavar="S",
        action="append",
        help="cipher suite by IANA's or OpenSSL's name; may be repeated, the best first",
    )
    group.add_argument("--alpn", metavar="P", action="append", help="application protocol, e.g. h2; may be repeated")
    group.add_argument("--payload", metavar="TEXT", help=payload)


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """How it is shown, and what is kept."""
    add_view_options(parser)
    group = parser.add_argument_group("what is kept")
    group.add_argument("--save", metavar="FILE.pcapng", type=Path, help="capture of the run, with its keys inside")
    group.add_argument("--keylog", metavar="FILE", type=Path, help="key log (SSLKEYLOGFILE) for other programs")


def add_lab_options(parser: argparse.ArgumentParser) -> None:
    """Where certificates are that have a name."""
    parser.add_argument("--lab", metavar="FILE", type=Path, help="lab file with named certificates (default: your own)")
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="file with the lab's passphrase in its first line"
    )


def negotiation(arguments: argparse.Namespace) -> dict[str, Any]:
    """Fields of a scenario that the options of `add_handshake_options` ask for.

    Raises UsageError for what cannot be.
    """
    for option in ("group", "cipher", "alpn"):
        if "" in (getattr(arguments, option) or ()):
            raise UsageError(f"--{option} is empty: name one, or leave the option out")
    changes: dict[str, Any] = {}
    if arguments.tls:
        changes["tls_version"] = VERSIONS[arguments.tls]
    if arguments.key_exchange:
        changes["key_exchange"] = arguments.key_exchange
    if arguments.group:
        changes["groups"] = tuple(arguments.group)
    if arguments.cipher:
        changes["ciphers"] = tuple(arguments.cipher)
    if arguments.alpn:
        changes["alpn"] = tuple(arguments.alpn)
    if arguments.payload is not None:
        changes["payload"] = unescaped(arguments.payload)
    return changes


def unescaped(text: str) -> str:
    r"""`text` with \r, \n, \t and \\ turned into what they stand for, as a shell's user writes them."""
    signs = {"\\r": "\r", "\\n": "\n", "\\t": "\t", "\\\\": "\\"}
    return re.sub(r"\\[rnt\\]", lambda found: signs[found.group()], text)


def settle_key_exchange(scenario: Scenario) -> Scenario:
    """TLS 1.3 has no RSA key transport, and says (EC)DHE by the choice of the group. Raises UsageError."""
    if scenario.tls_version == "TLS 1.2" or not scenario.key_exchange:
        return scenario
    if scenario.key_exchange == "rsa":
        raise UsageError("RSA key transport is gone from TLS 1.3: add --tls 1.2, or choose dhe or ecdhe")
    if scenario.key_exchange == "dhe" and not scenario.groups:
        return scenario.with_changes(groups=(DHE_GROUP,), key_exchange="")
    return scenario.with_changes(key_exchange="")


@contextmanager
def refused() -> Iterator[None]:
    """Turn what peers and the lab refuse into a UsageError of one sentence."""
    from tlslab.lab.endpoint import PortInUse, Unreachable
    from tlslab.lab.identities import NoSuchIdentity
    from tlslab.lab.scenario import NoSuchScenario
    from tlslab.openssl import Unavailable
    from tlslab.peers.settings import BadSettings

    try:
        yield
    except (BadSettings, NoSuchIdentity, NoSuchScenario, PortInUse, Unreachable, Unavailable) as error:
        raise UsageError(str(error)) from None


def check_writable(arguments: argparse.Namespace) -> None:
    """Find out before the run that its files cannot be written. Raises UsageError."""
    for path in (arguments.save, arguments.keylog):
        if path is not None:
            check_target(path)
    if arguments.save is not None and arguments.save == arguments.keylog:
        raise UsageError(f"--save and --keylog both name {arguments.save}: give each a file of its own")


def check_target(path: Path) -> None:
    """Find out that `path` cannot be written, as far as that can be told without writing it. Raises UsageError."""
    # The functions of os.path answer False where those of Path raise PermissionError.
    there, folder = os.path.exists(path), os.path.isdir(path.parent)  # noqa: PTH110, PTH112
    if os.path.isdir(path):  # noqa: PTH112
        raise UsageError(f"cannot write {path}: it is a folder; give a file name")
    if there and not os.path.isfile(path):  # noqa: PTH113
        return  # /dev/stdout, a pipe: written to as it is
    if not folder:
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write {path}: the folder {path.parent} is not writable; choose another")


def show(done: list[Done], arguments: argparse.Namespace, source: str) -> int:
    """Print what was run, write the files, and give the exit code: 0 if every handshake was established.

    done     one entry for each connection of one run, in their order; none if nobody came.
    """
    from tlslab.trace.analyzer import analyze

    detail = detail_of(arguments)
    events = done[0].events if done else []
    trace = analyze(events)
    shown = list(connections_of(done, trace))
    write_files(events, arguments)
    if arguments.json:
        name = arguments.save.name if arguments.save else source
        objects = (_object(each, one, detail) for each, one in shown if one.number)
        reasons = [_not_tls(each, one) for each, one in shown if not one.number]
        print_json(document(name, objects, [*trace.problems, *reasons]))
    else:
        for index, (each, connection) in enumerate(shown):
            if index:
                print()
            print_text(each, connection, arguments)
    return 0 if shown and all(one.outcome == "established" for _, one in shown) else 1


def connections_of(done: list[Done], trace: Trace) -> Iterator[tuple[Done, Connection]]:
    """What each run became; one in which nobody spoke TLS is a connection without messages, and its number is 0."""
    from tlslab.trace.events import ConnectionOpened, PeerFailed
    from tlslab.trace.model import Connection

    known = {(one.opened_ns, one.client_address): one for one in trace.connections}
    for each in done:
        own = [event for event in each.events if getattr(event, "connection", None) == each.number]
        opened = next((event for event in own if isinstance(event, ConnectionOpened)), None)
        if opened is None:
            continue
        connection = known.get((opened.time_ns, opened.client_address))
        if connection is None:
            connection = Connection(0, opened.client_address, opened.server_address, opened.time_ns)
            for event in own:
                if isinstance(event, PeerFailed):
                    connection.peers[event.party].failure = event.failure
        yield each, connection


def _not_tls(done: Done, connection: Connection) -> str:
    """One sentence for the JSON about a connection that is none of TLS."""
    diagnosis = diagnosed(done, connection)
    why = diagnosis.title.removeprefix("Handshake failed: ") if diagnosis else "no TLS was spoken"
    return f"{connection.client_address} to {connection.server_address}: {why}"


def _object(done: Done, connection: Connection, detail: Detail) -> Json:
    made = connection_object(connection, detail)
    made["peers"] = peers_object(connection)
    made["diagnosis"] = diagnosis_object(diagnosed(done, connection))
    return made


def print_text(done: Done, connection: Connection, arguments: argparse.Namespace) -> None:
    """One connection as text, and why it failed if it did."""
    print_conversations([connection], arguments)
    diagnosis = diagnosed(done, connection)
    if diagnosis is not None:
        print(diagnosis.title.replace("Handshake failed: ", "Why: "))
        print(f"  check  {diagnosis.check} ({diagnosis.party}; {diagnosis.rule})")
        print(f"  cause  {diagnosis.cause}")
        print(f"  fix    {diagnosis.fix}")
        if diagnosis.note:
            print(f"  mind   {diagnosis.note}")


def diagnosis_object(diagnosis: Diagnosis | None) -> JsonValue:
    """Why it failed, as the JSON tells it; null if it did not."""
    if diagnosis is None:
        return None
    return {
        "condition": diagnosis.condition,
        "party": diagnosis.party,
        "check": diagnosis.check,
        "cause": diagnosis.cause,
        "fix": diagnosis.fix,
        "rule": diagnosis.rule,
    }


def diagnosed(done: Done, connection: Connection) -> Diagnosis | None:
    """Why a connection failed, with what an outside program showed; None if it did not."""
    failures = {party: facts.failure for party, facts in connection.peers.items() if facts.failure is not None}
    if not failures:
        return None
    from tlslab.lab.diagnosis import diagnose
    from tlslab.lab.outside import with_shown

    scenario, identities = with_shown(done.scenario, done.identities, connection)
    return diagnose(scenario, identities, failures)


def write_files(events: list[Event], arguments: argparse.Namespace) -> None:
    """What `--save` and `--keylog` ask for. Raises UsageError."""
    if arguments.save is not None:
        from tlslab.trace.capture import write_capture

        capture = BytesIO()
        write_capture(capture, events, "a run of tlslab")
        _write(arguments.save, capture.getvalue())  # with the keys inside
    if arguments.keylog is not None:
        _write(arguments.keylog, "".join(_keylog_lines(events)).encode("ascii"))


def _keylog_lines(events: list[Event]) -> Iterator[str]:
    from tlslab.keys.keylog import format_line
    from tlslab.trace.events import KeyLogged

    for event in events:
        if isinstance(event, KeyLogged):
            yield format_line(event.label, event.client_random, event.secret) + "\n"


def _write(path: Path, data: bytes) -> None:
    """Write a file that opens what it shows: for its owner alone."""
    from tlslab.pki.files import write_file

    try:
        write_file(path, data, private=True, force=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None
    say(f"wrote {path}")
