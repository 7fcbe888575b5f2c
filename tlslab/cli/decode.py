"""`tlslab decode`: what is in a capture, a file of TLS bytes, or pasted hex."""

from __future__ import annotations

import argparse
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from tlslab.cli.errors import UsageError
from tlslab.cli.output import add_view_options, detail_of, print_conversations, read_file, say
from tlslab.cli.terminal import print_json
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.report.json_document import connection_object, document
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import NotACapture, read_capture

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.trace.events import Event

EXAMPLES = """\
examples:
  tlslab decode capture.pcapng
  tlslab decode capture.pcap --keylog keys.log --tree
  tlslab decode old.pcap --server-key server-key.pem --json
  xxd -p hello.bin | tlslab decode -
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "file", metavar="FILE", help="pcap or pcapng, raw TLS records, or - for pasted hex on standard input"
    )
    parser.add_argument(
        "--keylog",
        metavar="FILE",
        action="append",
        default=[],
        type=Path,
        help="key log (SSLKEYLOGFILE); may be repeated",
    )
    parser.add_argument(
        "--server-key",
        metavar="PEM",
        type=Path,
        help="the server's RSA private key, for TLS 1.2 with RSA key transport",
    )
    add_view_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Decode and show; 0 if anything could be used."""
    detail = detail_of(arguments)
    keylog, problems = _keylog(arguments.keylog)
    server_keys = _server_keys(arguments.server_key)
    events, damage = _events(arguments.file)
    trace = analyze(events, keylog, server_keys)
    problems += [*damage, *trace.problems]
    source = "standard input" if arguments.file == "-" else Path(arguments.file).name
    if not trace.connections:
        reason = f" ({'; '.join(problems)})" if problems else ""
        raise UsageError(
            f"no TLS connection in {source}{reason}; give a capture that holds the TCP stream from its start"
        )
    if arguments.json:
        print_json(document(source, (connection_object(each, detail) for each in trace.connections), problems))
    else:
        print_conversations(trace.connections, arguments)
    for problem in problems:
        say(problem)
    return 0


def _keylog(paths: list[Path]) -> tuple[KeyLog, list[str]]:
    keylog = KeyLog()
    problems: list[str] = []
    for path in paths:
        found, damage = parse_keylog(read_file(path, "key log"))
        keylog.update(found)
        problems += [f"{path.name}: {sentence}" for sentence in damage]
        if not found:
            problems.append(
                f"{path.name}: no usable line; a key log has lines of the form `LABEL client_random secret`"
            )
    return keylog, problems


def _server_keys(path: Path | None) -> list[RSAPrivateKey]:
    if path is None:
        return []
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(read_file(path, "server key"), None)
    except TypeError:
        raise UsageError(f"{path} is encrypted; decrypt it first (openssl pkey -in {path} -out plain.pem)") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{path} is not a private key in PEM form") from None
    if not isinstance(key, RSAPrivateKey):
        raise UsageError(f"{path} is not an RSA key; only RSA key transport can be opened with the server's key")
    return [key]


def _events(name: str) -> tuple[list[Event], list[str]]:
    from tlslab.trace.pasted import bytes_from_text
    from tlslab.trace.sniff import events_of_bytes

    data = sys.stdin.buffer.read() if name == "-" else read_file(Path(name), "capture")
    try:
        capture = read_capture(BytesIO(data))
    except NotACapture as error:
        refusal = str(error)
    else:
        return capture.events, list(capture.problems)
    try:
        if name == "-":
            data = bytes_from_text(data.decode("utf-8", "replace"))
        return events_of_bytes(data), []
    except ValueError as error:
        raise UsageError(f"{'standard input' if name == '-' else name}: {error if name == '-' else refusal}") from None
