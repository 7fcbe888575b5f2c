"""`tlslab serve`: a lab server on 127.0.0.1 for an outside client."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from tlslab.cli import serve_broken
from tlslab.cli.chosen import add_certificate_options, check_lab, choose, lab_roots, trusted
from tlslab.cli.crls import add_crl_option, checked_by_crls
from tlslab.cli.errors import UsageError
from tlslab.cli.output import detail_of, say
from tlslab.cli.running import (
    Done,
    add_file_options,
    add_handshake_options,
    add_lab_options,
    check_writable,
    connections_of,
    negotiation,
    print_text,
    refused,
    settle_key_exchange,
    show,
    write_files,
)
from tlslab.cli.stapling import add_staple_option, stapled

if TYPE_CHECKING:
    from tlslab.lab.endpoint import Listener
    from tlslab.lab.identities import Identity
    from tlslab.lab.link import Link
    from tlslab.lab.runner import Run
    from tlslab.lab.scenario import Scenario

DEFAULT_PORT: Final = 4433
SILENCE_S: Final = 60.0
"""A client that a person types into may be silent for longer than a program."""

EXAMPLES: Final = """\
examples:
  tlslab serve --once                          and: curl --insecure https://127.0.0.1:4433/
  tlslab serve --ca-out ca.pem                 and: curl --cacert ca.pem https://localhost:4433/
  tlslab serve --broken expired-leaf --ca-out ca.pem
  tlslab serve --broken all --ca-out ca.pem    and: curl --cacert ca.pem https://expired-leaf.localhost:4433/
  tlslab serve --server-cert certs/server-chain.pem --server-key certs/server-key.pem --mutual --trust certs/ca.pem
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "--port",
        metavar="N",
        type=int,
        default=DEFAULT_PORT,
        help="port on 127.0.0.1 (default: 4433); 0 takes any free one",
    )
    parser.add_argument("--once", action="store_true", help="end after one connection, and say how it went")
    parser.add_argument("--mutual", action="store_true", help="insist on a client certificate from a --trust CA")
    parser.add_argument("--ca-out", metavar="PEM", type=Path, help="write the CA that the outside client has to trust")
    add_handshake_options(parser, "what to answer (default: pong)")
    add_staple_option(parser)
    add_crl_option(parser)
    add_certificate_options(parser, "server", trust="CA of the clients that are let in; may be repeated")
    serve_broken.add_options(parser)
    add_lab_options(parser)
    add_file_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until one connection is over, or until it is interrupted."""
    from tlslab.lab.endpoint import Listener
    from tlslab.lab.identities import make_identities
    from tlslab.lab.link import Link

    serve_broken.check_options(arguments)
    if arguments.broken == serve_broken.ALL:
        return serve_broken.run_all(arguments)
    detail_of(arguments)
    check_writable(arguments)
    check_lab(arguments)
    if arguments.crl and not arguments.mutual:
        raise UsageError("nobody is asked for a certificate that could stand on a --crl: add --mutual")
    with refused():
        scenario, own = _scenario(arguments)
        scenario, identities = checked_by_crls(scenario, make_identities(scenario, own), arguments)
        _write_ca(arguments, scenario, identities)
        with closing(Listener(arguments.port)) as listener:
            link, done = Link(), list[Done]()
            for going in _connections(scenario, identities, link, listener):
                done.append(Done(scenario, identities, link.events, going.connection))
                if arguments.once:
                    break
                if not arguments.json:
                    _tell(done[-1], arguments)
    if not done:
        say("nobody came")
    if arguments.once or arguments.json:
        code = show(done, arguments, "serve")
        return code if arguments.once else 0
    write_files(link.events, arguments)
    return 0


def _connections(scenario: Scenario, identities: dict[str, Identity], link: Link, listener: Listener) -> Iterator[Run]:
    """Serve connections one after the other until interrupted; gives each that came, when it is over."""
    from tlslab.lab.driver import Limits
    from tlslab.lab.runner import Run, Series

    limits = Limits(silence_s=SILENCE_S, quiet_s=0.3)
    with _interruptible() as interruption:
        for number in count(1):
            going = Run(scenario, identities, endpoint="tcp", series=Series(link, number, listener))
            going.start_server(outside=True, limits=limits)
            if number == 1:
                say(f"listening on {listener.address} as {scenario.server}; end with Ctrl+C")
            interruption.watch(going)
            going.wait()
            if any(getattr(event, "connection", None) == number for event in link.events):
                yield going
            if interruption.asked:
                return


class _Interruption:
    """Ctrl+C, which ends the run that is under way in order, wherever it strikes, instead of raising there."""

    def __init__(self) -> None:
        self.asked = False
        self._going: Run | None = None

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        if self._going is not None:
            self._going.cancel()

    def watch(self, going: Run) -> None:
        """End this one, too, when asked; at once if that was before."""
        self._going = going
        if self.asked:
            going.cancel()


@contextmanager
def _interruptible() -> Iterator[_Interruption]:
    interruption = _Interruption()
    before = signal.signal(signal.SIGINT, interruption)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(done: Done, arguments: argparse.Namespace) -> None:
    """Show the connection that has just ended, while the next one is waited for."""
    from tlslab.trace.analyzer import analyze

    # A key belongs to no connection; the few lines that open others cost less than to tell them apart.
    events = [event for event in done.events if getattr(event, "connection", done.number) == done.number]
    for each, connection in connections_of([done], analyze(events)):
        print_text(each, connection, arguments)
        print(flush=True)


def _scenario(arguments: argparse.Namespace) -> tuple[Scenario, dict[str, Identity]]:
    from tlslab.lab.scenario import Scenario

    changes: dict[str, Any] = negotiation(arguments)
    changes["reply"] = changes.pop("payload", "pong")
    if arguments.broken:
        live = serve_broken.one(arguments.broken)
        return replace(live.scenario, **changes), dict(live.identities)
    trust = trusted(arguments)
    if arguments.mutual:
        trust = trust or lab_roots(arguments)
        if not trust:
            raise UsageError("no client could be let in: name the CA of its certificate with --trust")
        changes |= {"mutual": True, "server_trusts": tuple(trust)}
    staple, signer = stapled(arguments)
    changes |= staple
    chosen = choose("server", arguments)
    if chosen is not None:
        changes |= {"server": chosen.name, "client_trusts": tuple(chosen.roots)}
        trust = trust | signer | chosen.identities
    base = Scenario("serve", "Serve", tls_version="")
    return settle_key_exchange(base.with_changes(**changes)), trust


def _write_ca(arguments: argparse.Namespace, scenario: Scenario, identities: dict[str, Identity]) -> None:
    from tlslab.pki.files import write_file

    if arguments.ca_out is None:
        return
    if not scenario.client_trusts:
        raise UsageError("the root of the server's certificate is not here: leave away --ca-out")
    pem = b"".join(_pem(identities[name]) for name in scenario.client_trusts)
    try:
        write_file(arguments.ca_out, pem, force=True)
    except OSError as error:
        raise UsageError(f"cannot write {arguments.ca_out}: {(error.strerror or str(error)).lower()}") from None


def _pem(identity: Identity) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tlslab.pki.credential import Credential

    # A credential knows its exact bytes, also where they are wrong.
    if isinstance(identity, Credential):
        return identity.certificate_pem
    return identity.certificate.public_bytes(Encoding.PEM)
