"""`tlslab connect`: a lab client for an outside server."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from tlslab.cli.chosen import add_certificate_options, check_lab, choose, lab_roots, trusted
from tlslab.cli.crls import add_crl_option, checked_by_crls
from tlslab.cli.errors import UsageError
from tlslab.cli.output import detail_of
from tlslab.cli.running import (
    Done,
    add_file_options,
    add_handshake_options,
    add_lab_options,
    check_writable,
    negotiation,
    refused,
    settle_key_exchange,
    show,
)

if TYPE_CHECKING:
    from tlslab.lab.identities import Identity
    from tlslab.lab.scenario import Scenario


EXAMPLES: Final = """\
examples:
  tlslab connect localhost:4433 --trust certs/ca.pem
  tlslab connect 127.0.0.1:8443 --host localhost --trust certs/ca.pem --payload 'GET / HTTP/1.0\\r\\n\\r\\n'
  tlslab connect localhost:4433 --trust certs/ca.pem --client-cert certs/client.pem --client-key certs/client-key.pem
"""

INTERRUPTED: Final = 130


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument("address", metavar="HOST:PORT", help="where the outside server listens")
    parser.add_argument("--host", metavar="NAME", help="the name to ask for and to check (default: HOST)")
    parser.add_argument("--ask-staple", action="store_true", help="ask for an OCSP staple, and check one that comes")
    add_crl_option(parser)
    add_handshake_options(parser, "what to say once connected, e.g. 'GET / HTTP/1.0\\r\\n\\r\\n'")
    add_certificate_options(
        parser, "client", trust="CA that is trusted (default: the roots of the lab); may be repeated"
    )
    add_lab_options(parser)
    add_file_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Connect, shake hands, close, and show it; 0 if the handshake was established."""
    from tlslab.lab.endpoint import parse_address
    from tlslab.lab.runner import Run

    detail_of(arguments)
    check_writable(arguments)
    check_lab(arguments)
    try:
        host, port = parse_address(arguments.address)
    except ValueError as error:
        raise UsageError(str(error)) from None
    with refused():
        scenario, identities = checked_by_crls(*_scenario(arguments, host), arguments)
        going = Run(scenario, identities, endpoint="tcp")
        going.start_client(host, port)
        try:
            going.wait()
        except KeyboardInterrupt:
            going.stop()
            return INTERRUPTED
    return show([Done(scenario, identities, going.events)], arguments, "connect")


def _scenario(arguments: argparse.Namespace, host: str) -> tuple[Scenario, dict[str, Identity]]:
    from tlslab.lab.outside import OUTSIDE
    from tlslab.lab.scenario import Scenario

    trust = trusted(arguments) or lab_roots(arguments)
    changes: dict[str, Any] = {"payload": "", "client_trusts": tuple(trust), "host": arguments.host or host}
    changes |= negotiation(arguments)
    if arguments.ask_staple:
        from tlslab.lab.stapling import NONE

        # What an outside server has to staple is its own affair.
        changes["staple"] = NONE
    chosen = choose("client", arguments)
    own = trust
    if chosen is not None:
        changes["client"] = chosen.name
        own = trust | chosen.identities
    base = Scenario("connect", "Connect", tls_version="", server=OUTSIDE["server"])
    return settle_key_exchange(base.with_changes(**changes)), own
