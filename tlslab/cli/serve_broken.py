"""`tlslab serve --broken all`: every broken certificate on one port, one host name each."""

from __future__ import annotations

import argparse
import signal
from contextlib import closing, contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from tlslab.cli.broken import named
from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.running import refused
from tlslab.pki.raw_credential import pem
from tlslab.wire.words import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tlslab.lab.broken_server import BrokenServer, Served
    from tlslab.lab.catalogue import Live

ALL: Final = "all"
_SETTLED: Final = ("mutual", "trust", "staple", "server_cert", "key_exchange", "group", "cipher")
_ONE_ONLY: Final = ("once", "json", "tree", "hex", "records", "fields", "data", "secrets", "save", "keylog")
"""Options that show one connection: all conditions are told one line a connection."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--broken` and `--list`."""
    group = parser.add_argument_group("broken certificates")
    group.add_argument(
        "--broken",
        metavar="CONDITION",
        help="show a broken certificate: one of `tlslab catalogue`, for its own host; or all of them, each for the host "
        "CONDITION.localhost (or below .test, .example, ...), one line a connection",
    )
    group.add_argument("--list", action="store_true", help="with --broken all: print every host, and end")


def check_options(arguments: argparse.Namespace) -> None:
    """Refuse what does not go together. Raises UsageError."""
    if arguments.list and arguments.broken != ALL:
        raise UsageError("--list goes with --broken all")
    if not arguments.broken:
        return
    refused_here = (*_SETTLED, *(_ONE_ONLY if arguments.broken == ALL else ()))
    for option in refused_here:
        if getattr(arguments, option, None):
            why = "name one condition for that" if option in _ONE_ONLY else "a condition settles it"
            raise UsageError(f"--{option.replace('_', '-')} and --broken {arguments.broken} do not go together: {why}")


def one(name: str) -> Live:
    """The condition `name` for a server that shows nothing else. Raises UsageError."""
    from tlslab.lab.catalogue import scenario_of

    condition = named(name, None)
    if "server" not in condition.shown_by:
        raise UsageError(
            f"{name} is about what a client shows: write its files with `tlslab certs DIR --broken {name}`, and let in "
            "their CA with --mutual --trust DIR/ca.pem"
        )
    return scenario_of(name, "server", tls_version="")


def run_all(arguments: argparse.Namespace) -> int:
    """Serve all of them until interrupted, or print the index."""
    from tlslab.lab.broken_server import BrokenServer
    from tlslab.lab.endpoint import Listener

    if arguments.list:
        print("\n".join(_index(arguments.port)))
        return 0
    if arguments.ca_out is not None:
        _write_ca(arguments.ca_out)
    lock = Lock()

    def told(served: Served) -> None:
        # Whoever read it may be gone; the clients that are served are not.
        with lock, suppress(OSError):
            print(harmless(served.text), flush=True)

    with refused(), closing(Listener(arguments.port)) as listener:
        server = BrokenServer(listener, told)
        say(f"listening on {listener.address} with every broken certificate (--list has the hosts); end with Ctrl+C")
        say(_example(listener.port, arguments.ca_out))
        with _interruptible(server):
            server.serve()
    return 0


def _index(port: int) -> Iterator[str]:
    from tlslab.lab.broken_server import index

    yield "every host, and what its client ought to do; [client: ...]: only if the client has that setting"
    group = ""
    for each in index():
        if each.condition.group != group:
            group = each.condition.group
            yield group
        expected = "accept" if each.condition.control else "refuse"
        needs = f" [client: {each.client_needs}]" if each.client_needs else ""
        yield f"  https://{each.host}:{port}/  {expected}: {each.condition.how}{needs}"


def _example(port: int, ca: Path | None) -> str:
    trust = f"--cacert {ca}" if ca is not None else "--cacert ca.pem (from --ca-out ca.pem)"
    host = "expired-leaf.localhost"
    return f"try: curl {trust} https://{host}:{port}/ (other hosts: add --connect-to ::127.0.0.1:{port})"


def _write_ca(path: Path) -> None:
    from tlslab.lab.broken_server import trust_anchors
    from tlslab.pki.files import write_file

    try:
        write_file(path, b"".join(map(pem, trust_anchors())), force=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None


@contextmanager
def _interruptible(server: BrokenServer) -> Iterator[None]:
    """Let Ctrl+C, and an order to end, stop the server in order."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before: list[Any] = [signal.signal(kind, lambda *_: server.stop()) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
