"""Run every server against every client, and print who understood whom."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.interop import browser
from tests.interop.exported import export, peers_address
from tests.interop.programs import CLIENTS, SERVERS, Program, asked, free_port, served


def main() -> int:
    """0 if everybody that is installed here understood everybody."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop", description=__doc__)
    parser.add_argument("--key", action="append", metavar="TYPE", help="key types (default: P-256 and RSA-2048)")
    parser.add_argument("--host", action="append", metavar="NAME", help="default: demo.lab.test, 127.0.0.1")
    parser.add_argument("--one-way", action="store_true", help="without client certificates")
    parser.add_argument("--only", action="append", metavar="SNIPPET", help="servers to run (default: all)")
    parser.add_argument("--browser", action="store_true", help="a headless Chromium against `tlslab serve` instead")
    arguments = parser.parse_args()
    if arguments.browser:
        return _browser()
    wrong = 0
    for key in arguments.key or ("P-256", "RSA-2048"):
        for host in arguments.host or ("demo.lab.test", "127.0.0.1"):
            print(f"{key}, {host}", flush=True)
            for server in SERVERS:
                if not arguments.only or server.snippet in arguments.only:
                    wrong += _row(server, key, host, mutual=not arguments.one_way)
    return 1 if wrong else 0


def _browser() -> int:
    if browser.missing():
        print(f"Chromium: {browser.missing()} is not installed")
        return 0
    shown: dict[bool, str] = {}
    for trusting in (True, False):
        with tempfile.TemporaryDirectory() as name:
            shown[trusting] = browser.visit(Path(name), trusting=trusting)
    ok = "pong" in shown[True] and "pong" not in shown[False]
    print(f"Chromium: {'reaches the server with the root, and not without' if ok else shown}")
    return 0 if ok else 1


def _row(server: Program, key: str, host: str, *, mutual: bool) -> int:
    if server.missing:
        print(f"  {server.snippet:12} - {server.missing} is not installed")
        return 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder, address = Path(name), peers_address(host)
        port = free_port(address)
        export(folder, host, key, port, mutual=mutual)
        print(f"  {server.snippet:12}", end="", flush=True)
        try:
            with served(server, folder, address, port):
                for client in CLIENTS:
                    wrong += _cell(client, folder)
        except (RuntimeError, TimeoutError) as error:
            wrong.append(str(error))
    print()
    for each in wrong:
        print(f"    {each}")
    return len(wrong)


def _cell(client: Program, folder: Path) -> list[str]:
    if client.missing:
        print(f" {client.snippet}:-", end="", flush=True)
        return []
    ok, said = asked(client, folder)
    print(f" {client.snippet}:{'ok' if ok else 'NO'}", end="", flush=True)
    return [] if ok else [f"{client.snippet}: {' | '.join(said.split(chr(10)))[:600]}"]


if __name__ == "__main__":
    sys.exit(main())
