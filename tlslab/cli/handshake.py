"""`tlslab handshake`: one handshake between two lab peers, as the options say."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from tlslab.cli.broken import add_broken_options, check_alone, run_handshake
from tlslab.cli.chosen import Chosen, add_certificate_options, check_lab, choose, trusted
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
from tlslab.cli.stapling import add_staple_option, stapled

if TYPE_CHECKING:
    from tlslab.lab.identities import Identity
    from tlslab.lab.scenario import Scenario


EXAMPLES: Final = """\
examples:
  tlslab handshake --tls 1.3 --mutual --json
  tlslab handshake --tls 1.2 --key-exchange rsa --mutual --save run.pcapng
  tlslab handshake --scenario expired-server --tree
  tlslab handshake --staple revoked
  tlslab handshake --broken expired-leaf --tls 1.2 --shown-by client
  tlslab handshake --group secp384r1 --cipher TLS_AES_128_GCM_SHA256 --alpn h2
"""

INTERRUPTED: Final = 130
DEMO_CA: Final = "lab-ca"
DEMO_CLIENT: Final = "alice@lab"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument("--scenario", metavar="NAME", help="start from one of `tlslab scenarios list`")
    parser.add_argument("--mutual", action="store_true", help="the server insists on a client certificate")
    parser.add_argument(
        "--port", metavar="N", type=int, default=0, help="port of the server on 127.0.0.1 (default: any free one)"
    )
    add_handshake_options(parser, "what the client says once connected, e.g. 'hello\\n'")
    add_staple_option(parser)
    add_crl_option(parser)
    add_certificate_options(
        parser, "server", "client", trust="CA that both sides trust beside those of the lab; may be repeated"
    )
    add_broken_options(parser, "show a broken certificate: one of `tlslab catalogue`")
    add_lab_options(parser)
    add_file_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run it over TCP on loopback and show it; 0 if the handshake was established."""
    from tlslab.lab.identities import make_identities
    from tlslab.lab.runner import run as start

    check_alone(arguments)
    if arguments.broken is not None:
        return run_handshake(arguments)
    detail_of(arguments)
    check_writable(arguments)
    check_lab(arguments)
    with refused():
        scenario, own = _scenario(arguments)
        scenario, identities = checked_by_crls(scenario, make_identities(scenario, own), arguments)
        going = start(scenario, identities, "tcp", port=arguments.port)
        try:
            going.wait()
        except KeyboardInterrupt:
            going.stop()
            return INTERRUPTED
    return show([Done(scenario, identities, going.events)], arguments, "handshake")


def _scenario(arguments: argparse.Namespace) -> tuple[Scenario, dict[str, Identity]]:
    """The scenario that the options describe, and the identities that they name."""
    from tlslab.lab.scenario import Scenario, load

    base = load(arguments.scenario) if arguments.scenario else Scenario("handshake", "Handshake")
    mutual = arguments.mutual or base.mutual
    trust = trusted(arguments)
    server, client = choose("server", arguments), choose("client", arguments)
    if client is not None and not mutual:
        raise UsageError("nobody asks for the client certificate: add --mutual")
    staple, signer = stapled(arguments)
    changes = negotiation(arguments) | staple | _of_server(server, base, trust)
    if mutual:
        changes |= {"mutual": True} | _of_client(client, base, trust)
    own = trust | signer | (server.identities if server else {}) | (client.identities if client else {})
    asked = any(getattr(base, name) != value for name, value in changes.items())
    return settle_key_exchange(base.with_changes(**changes) if asked else base), own


def _of_server(chosen: Chosen | None, base: Scenario, trust: dict[str, Identity]) -> dict[str, Any]:
    if chosen is None:
        return {"client_trusts": (*base.client_trusts, *trust)}
    names = [name for name in chosen.credential.names if not any(sign in name for sign in "*@/")]
    if not names:
        raise UsageError(f"the certificate {chosen.name} covers no host: choose one that was issued to a server")
    return {"server": chosen.name, "host": names[0], "client_trusts": (*trust, *chosen.roots)}


def _of_client(chosen: Chosen | None, base: Scenario, trust: dict[str, Identity]) -> dict[str, Any]:
    if chosen is not None:
        return {"client": chosen.name, "server_trusts": (*trust, *chosen.roots)}
    trusts = (*(base.server_trusts or (DEMO_CA,)), *trust)
    if base.mutual:
        return {"server_trusts": trusts}
    return {"client": DEMO_CLIENT, "server_trusts": trusts}
