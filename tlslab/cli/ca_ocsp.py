"""`tlslab ca ocsp`: one OCSP response as a file, or a responder on loopback that answers them."""

from __future__ import annotations

import argparse
import signal
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

from tlslab.cli.ca_action import Action
from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.output_file import add_output_options, write_output
from tlslab.pki.issuer_facts import CERT_ID_HASHES
from tlslab.pki.staples import STAPLES
from tlslab.store import Lab
from tlslab.wire.words import harmless

if TYPE_CHECKING:
    from tlslab.lab.ocsp_responder import Served

DEFAULT_PORT = 8888

EXAMPLES = """\
tlslab ca ocsp localhost --output localhost.ocsp
tlslab ca ocsp localhost --answer expired -o expired.ocsp
tlslab ca ocsp --serve
tlslab ca ocsp --serve --port 0 --answer tryLater"""


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="the certificate that the response is about")
    parser.add_argument(
        "--serve", action="store_true", help="answer over HTTP on 127.0.0.1 until interrupted, CRLs too"
    )
    parser.add_argument(
        "--port", metavar="N", type=int, help=f"with --serve: the port (default: {DEFAULT_PORT}); 0 takes any free one"
    )
    parser.add_argument("--answer", metavar="KIND", choices=STAPLES, help=_kinds())
    parser.add_argument(
        "--signer", metavar="NAME", help="who signs instead of the authority, as a rule of profile ocsp"
    )
    parser.add_argument("--hash", choices=CERT_ID_HASHES, help="with which the certificate is named (default: sha1)")
    parser.add_argument("--by", choices=("name", "key"), help="how the signer is named (default: key)")
    parser.add_argument("--days", metavar="N", type=int, help="how long the response is good (default: 7)")
    add_output_options(parser)


def _kinds() -> str:
    return f"instead of the truth, one of: {', '.join(STAPLES)}"


def _ocsp(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.serve == (arguments.name is not None):
        raise UsageError("give the NAME of a certificate, or --serve to answer for all of them")
    return _serve(lab, arguments) if arguments.serve else _response(lab, arguments)


def _response(lab: Lab, arguments: argparse.Namespace) -> int:
    from tlslab.lab.published import response_about

    if arguments.port is not None:
        raise UsageError("--port is for --serve")
    own = {"hash_name": arguments.hash, "days": arguments.days}
    said = {name: value for name, value in own.items() if value is not None}
    if arguments.answer and (said or arguments.by or arguments.signer):
        raise UsageError("--answer makes the whole response: leave away what else it is to say")
    made = response_about(
        lab,
        arguments.name,
        kind=arguments.answer or "",
        signer=arguments.signer or "",
        by=arguments.by or "key",
        **said,
    )
    write_output(arguments, made.response, text=False)
    say(f"OCSP response about {made.text}")
    return 0


def _serve(lab: Lab, arguments: argparse.Namespace) -> int:
    from tlslab.lab.endpoint import PortInUse
    from tlslab.lab.ocsp_responder import Responder
    from tlslab.lab.published import Published

    for option in ("hash", "by", "days", "output"):
        if getattr(arguments, option) is not None:
            raise UsageError(f"--{option} is for one response: leave it away, or --serve")
    port = DEFAULT_PORT if arguments.port is None else arguments.port
    published = Published(lab, kind=arguments.answer or "", signer=arguments.signer or "")
    if not published.authorities():
        raise UsageError(f"the lab {lab.file} has no authority that could answer; `tlslab ca new lab-ca` makes one")
    if lab.locked:
        raise UsageError(
            f"the lab {lab.file} has a passphrase: answers cannot be signed without it (--passphrase-file)"
        )
    try:
        responder = Responder(published, port, _print)
    except PortInUse as error:
        raise UsageError(str(error)) from None
    try:
        say(f"OCSP at {responder.url}; end with Ctrl+C")
        for name in published.authorities():
            say(f"CRL of {name} at {responder.crl_url(name)}")
        _wait_for_interrupt()
    finally:
        responder.stop()
    return 0


def _print(served: Served) -> None:
    # Whoever read it may be gone; the clients that are served are not. What they ask for is their own words.
    with suppress(OSError):
        print(harmless(f"{served.client}  {served.request[:60]}  {served.text[:400]}"), flush=True)


def _wait_for_interrupt() -> None:
    asked = Event()
    before = signal.signal(signal.SIGINT, lambda *_: asked.set())
    try:
        asked.wait()
    finally:
        signal.signal(signal.SIGINT, before)


ACTIONS = (Action("ocsp", _ocsp, "answer OCSP: one response, or a responder on loopback", EXAMPLES, _configure),)
