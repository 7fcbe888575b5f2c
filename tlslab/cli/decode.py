"""`tlslab decode`: what is in a capture, a file of TLS bytes, or pasted hex."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tlslab.cli.errors import UsageError
from tlslab.cli.output import add_view_options, detail_of, print_conversations, read_file, say
from tlslab.cli.sources import Source, read_source
from tlslab.cli.terminal import print_json
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.report.json_document import Detail, connection_object, document
from tlslab.report.text import signs_for
from tlslab.trace.analyzer import analyze

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.trace.model import Connection

EXAMPLES = """\
examples:
  tlslab decode capture.pcapng
  tlslab decode capture.pcap --keylog keys.log --tree
  tlslab decode old.pcap --server-key server-key.pem --json
  xxd -p hello.bin | tlslab decode -
  tlslab decode server.pem --tree
"""

SOME = 3
"""As many of a kind are told; more would hide the rest."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "file",
        metavar="FILE",
        help="pcap or pcapng, raw TLS records, or a certificate; - reads standard input, also as hex or base64",
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
    source = read_source(arguments.file)
    if source.certificates:
        _show_certificates(source, arguments, detail)
        return 0
    trace = analyze(source.events, keylog, server_keys)
    problems += [*source.problems, *trace.problems]
    if not trace.connections:
        reason = f" ({'; '.join(problems)})" if problems else ""
        raise UsageError(
            f"no TLS connection in {source.name}{reason}; give a capture that holds the TCP stream from its start"
        )
    if arguments.json:
        print_json(document(source.name, (connection_object(each, detail) for each in trace.connections), problems))
    else:
        print_conversations(trace.connections, arguments)
        problems += _without_keys(trace.connections, has_keys=bool(keylog or server_keys))
    for problem in problems:
        say(problem)
    return 0


def _show_certificates(source: Source, arguments: argparse.Namespace, detail: Detail) -> None:
    """As `run` shows connections."""
    from tlslab.report.certificate import certificate_lines, certificate_object

    if arguments.json:
        made = document(source.name, (), source.problems)
        made["certificates"] = [certificate_object(der, detail) for der in source.certificates]
        print_json(made)
        return
    signs = signs_for(sys.stdout.encoding)
    for index, der in enumerate(source.certificates):
        if index:
            print()
        for line in certificate_lines(der, signs, tree=arguments.tree, hex_dump=arguments.hex):
            print(line)


def _without_keys(connections: list[Connection], *, has_keys: bool) -> list[str]:
    """What would open the connections that stay closed; `has_keys`: some were given, or are in the capture."""
    closed = [each for each in connections if any(not message.readable for message in each.messages)]
    if not closed:
        return []
    numbers = ", ".join(str(each.number) for each in closed[:SOME]) + (", ..." if len(closed) > SOME else "")
    which = f"connection{'s' if len(closed) > 1 else ''} {numbers}"
    if has_keys:
        return [f"{which}: no key that was given opens all of it"]
    transported = any((each.cipher_suite or "").startswith("TLS_RSA_WITH_") for each in closed)
    server_key = ", or --server-key PEM with the server's RSA key" if transported else ""
    return [f"{which}: encrypted; --keylog FILE opens it with the key log (SSLKEYLOGFILE) of either side{server_key}"]


def _keylog(paths: list[Path]) -> tuple[KeyLog, list[str]]:
    """All secrets of the files, and for each file at most one sentence about what is wrong with it."""
    keylog = KeyLog()
    problems: list[str] = []
    for path in paths:
        found, damage = parse_keylog(read_file(path, "key log"))
        keylog.update(found)
        if not found:
            problems.append(
                f"{path.name}: no usable line; a key log has lines of the form `LABEL client_random secret`"
            )
        elif damage:
            more = f"; and {len(damage) - SOME} more such places" if len(damage) > SOME else ""
            problems.append(f"{path.name}: {'; '.join(damage[:SOME])}{more}")
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
        raise UsageError(f"{path} is not a private key in PEM form (-----BEGIN PRIVATE KEY-----)") from None
    if not isinstance(key, RSAPrivateKey):
        raise UsageError(f"{path} is not an RSA key; only RSA key transport can be opened with the server's key")
    return [key]
