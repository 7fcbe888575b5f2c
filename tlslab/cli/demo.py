"""`tlslab demo`: CA, server and client made in memory, one handshake, every message readable."""

from __future__ import annotations

import argparse
from typing import Final

from tlslab.cli.output import add_view_options
from tlslab.cli.running import VERSIONS, Done, show

EXAMPLES: Final = """\
examples:
  tlslab demo
  tlslab demo --tls 1.2 --tree
  tlslab demo --one-way --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument("--tls", choices=tuple(VERSIONS), default="1.3", help="version of TLS (default: 1.3)")
    parser.add_argument("--one-way", action="store_true", help="only the server shows a certificate")
    add_view_options(parser)
    parser.set_defaults(save=None, keylog=None)


def run(arguments: argparse.Namespace) -> int:
    """Run it in memory and show it; 0 if the handshake was established."""
    from tlslab.lab.identities import make_identities
    from tlslab.lab.runner import run as start
    from tlslab.lab.scenario import load

    scenario = load(f"{'one-way' if arguments.one_way else 'mutual'}-tls{arguments.tls.replace('.', '')}")
    identities = make_identities(scenario)
    going = start(scenario, identities)
    going.wait()
    return show([Done(scenario, identities, going.events)], arguments, "demo")
