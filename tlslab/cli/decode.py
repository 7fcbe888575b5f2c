"""`tlslab decode`: what is in a capture, a file of TLS bytes, certificates and keys, or anything pasted."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import add_view_options, detail_of, print_conversations, read_file, say
from tlslab.cli.sources import Source, read_source
from tlslab.cli.terminal import print_json
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.report.json_document import Detail, Json, check_object, connection_stream, document
from tlslab.report.text import check_lines, signs_for
from tlslab.trace.analyzer import analyze
from tlslab.trace.collector import leave_all_at_exit
from tlslab.trace.failures import DAMAGED, why_closed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.ech import EchKey
    from tlslab.keys.psk import PreSharedKey
    from tlslab.trace.contents import Contents
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection

EXAMPLES = """\
examples:
  tlslab decode capture.pcapng
  tlslab decode capture.pcap --keylog keys.log --tree
  tlslab decode old.pcap --server-key server-key.pem --json
  xxd -p hello.bin | tlslab decode -
  tlslab decode server.pem --tree
  openssl ocsp ... -respout answer.der; tlslab decode answer.der --tree
"""

OTHER_KEYS: Final = {
    re.compile("TLS_RSA_WITH_"): "--server-key PEM with the server's RSA key",
    re.compile("TLS_PSK_WITH_"): "--psk HEX with the pre-shared key",
}
"""What else than a key log opens a connection, by how its suite begins."""
SOME = 3
"""As many of a kind are told; more would hide the rest."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a capture (pcap, pcapng, also with gzip), TLS records or a piece of them, certificates, keys, revocation lists, "
        "OCSP, PKCS files in PEM or DER, or any of these as hex or base64 in the usual shapes; - reads standard input",
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
    parser.add_argument(
        "--psk",
        metavar="HEX",
        action="append",
        default=[],
        help="pre-shared key, as HEX or identity:HEX; opens TLS 1.2 with PSK or RSA_PSK, and TLS 1.3 with psk_ke; may be repeated",
    )
    parser.add_argument(
        "--ech-key",
        metavar="PEM",
        action="append",
        default=[],
        type=Path,
        help="a server's key for Encrypted Client Hello, with its ECHCONFIG (RFC 9934); may be repeated",
    )
    add_view_options(parser)
    parser.add_argument(
        "--all",
        action="store_true",
        help="every message, also where thousands of tiny ones follow each other, of which otherwise a thousand are told "
        "and the others counted (--json always tells each)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Decode and show; 0 if anything could be used."""
    leave_all_at_exit()
    detail = detail_of(arguments)
    keylog, problems = _keylog(arguments.keylog)
    server_keys, psks = _server_keys(arguments.server_key), _psks(arguments.psk)
    source = read_source(arguments.file)
    contents = source.contents
    if contents is not None and (contents.things or contents.keylog):
        if arguments.json:
            print_json(_things_document(source, contents, detail))
        else:
            _print_things(source, contents, arguments)
        return 0
    trace = analyze(source.events, keylog, server_keys, psks, _ech_keys(arguments.ech_key))
    problems += [*source.problems, *trace.problems]
    if not trace.connections:
        reason = f" ({'; '.join(problems)})" if problems else ""
        raise UsageError(
            f"no TLS connection in {source.name}{reason}; give a capture that holds the TCP stream from its start"
        )
    if arguments.json:
        print_json(_document(source, (connection_stream(each, detail) for each in trace.connections), problems))
    else:
        if contents is not None:
            print(f"{source.name}: {contents.sentence}")
        print_conversations(trace.connections, arguments)
        problems += _without_keys(trace.connections, has_keys=bool(keylog or server_keys or psks))
    for problem in problems:
        say(problem)
    return 0


def _document(source: Source, connections: Iterable[object], problems: Iterable[str]) -> dict[str, object]:
    """The one object that is printed: what every command prints, and what the file is."""
    made = document(source.name, (), problems)
    contents = source.contents
    said: Json = {"kind": contents.kind if contents is not None else "capture"}
    said |= {"because": contents.because} if contents is not None and contents.because else {}
    said |= {"written_as": contents.shape} if contents is not None and contents.shape else {}
    first = {"format": made.pop("format"), "source": made.pop("source"), **said}
    return {**first, **made, "connections": iter(connections)}


def _things_document(source: Source, contents: Contents, detail: Detail) -> dict[str, object]:
    """Certificates, keys and whatever else stands by itself, in place of connections."""
    from tlslab.report.certificate import certificate_object
    from tlslab.report.keylog import keylog_object
    from tlslab.report.thing import thing_object
    from tlslab.trace.thing_checks import thing_checks

    made = _document(source, (), source.problems)
    checks = thing_checks(contents.things)
    certificates = [thing for thing in contents.things if thing.kind == CERTIFICATE]
    others = [thing for thing in contents.things if thing.kind != CERTIFICATE]
    keylogs = [contents.keylog] if contents.keylog else []
    if certificates:
        made["certificates"] = (certificate_object(thing.data, detail) for thing in certificates)
    if others or keylogs:
        made["objects"] = chain((thing_object(thing, detail) for thing in others), map(keylog_object, keylogs))
    if checks:
        numbers = {id(thing): number for number, thing in enumerate(contents.things, start=1)}
        made["checks"] = [
            {**check_object(check, None, detail), "object": numbers[id(thing)]} for thing, check in checks
        ]
    return made


def _print_things(source: Source, contents: Contents, arguments: argparse.Namespace) -> None:
    """The same as text."""
    from tlslab.report.certificate import certificate_lines
    from tlslab.report.keylog import keylog_line
    from tlslab.report.thing import thing_lines
    from tlslab.trace.thing_checks import thing_checks

    signs = signs_for(sys.stdout.encoding)
    print(f"{source.name}: {contents.sentence}")
    if contents.keylog:
        print(keylog_line(contents.keylog))
    for index, thing in enumerate(contents.things, start=1):
        if index > 1 and (thing.kind != HANDSHAKE or arguments.tree or arguments.hex):
            print()
        if thing.kind == CERTIFICATE:
            lines = certificate_lines(thing.data, signs, tree=arguments.tree, hex_dump=arguments.hex)
        else:
            number = index if len(contents.things) > 1 else None
            lines = thing_lines(thing, signs, number=number, tree=arguments.tree, hex_dump=arguments.hex)
        for line in lines:
            print(line)
    for line in check_lines([check for _, check in thing_checks(contents.things)], signs):
        print(line)
    for problem in source.problems:
        say(problem)


HANDSHAKE: Final = "handshake"
"""Kind of the things that are a line each."""
CERTIFICATE: Final = "certificate"
"""Kind of the things that have a form of their own in JSON."""


def _without_keys(connections: Sequence[Connection], *, has_keys: bool) -> list[str]:
    """Which connections are damaged, and what would open those that stay closed; `has_keys`: some were given or are inside."""
    damaged = [each for each in connections if any(failures.proven for failures in each.failures)]
    told = [f"{_numbered(damaged)}: not all records open, although their keys do: bytes are damaged"] if damaged else []
    closed = [
        each for each in connections if any(_wants_a_key(message, each) for message in each.messages.one_of_each())
    ]
    if not closed:
        return told
    if has_keys:
        return [*told, f"{_numbered(closed)}: no key that was given opens all of it"]
    suites = [each.cipher_suite or "" for each in closed]
    others = [f", or {option}" for prefix, option in OTHER_KEYS.items() if any(map(prefix.match, suites))]
    opens = "--keylog FILE opens it with the key log (SSLKEYLOGFILE) of either side"
    return [*told, f"{_numbered(closed)}: encrypted; {opens}{''.join(others)}"]


def _numbered(connections: Sequence[Connection]) -> str:
    numbers = ", ".join(str(each.number) for each in connections[:SOME]) + (", ..." if len(connections) > SOME else "")
    return f"connection{'s' if len(connections) > 1 else ''} {numbers}"


def _wants_a_key(message: Message, connection: Connection) -> bool:
    """It stays closed, and not because its bytes were changed: another key would not help then."""
    return not message.readable and why_closed(message, connection) != DAMAGED


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


def _psks(texts: list[str]) -> list[PreSharedKey]:
    from tlslab.keys.psk import parse_psk

    try:
        return [parse_psk(text) for text in texts]
    except ValueError as error:
        raise UsageError(f"--psk: {error}; for example --psk client1:0011223344556677") from None


def _ech_keys(paths: list[Path]) -> list[EchKey]:
    if not paths:
        return []
    from tlslab.keys.ech import parse_ech_keys

    found: list[EchKey] = []
    for path in paths:
        try:
            found += parse_ech_keys(read_file(path, "ECH key"))
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None
    return found


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
