"""`tlslab verify`: path validation with every reason, and the verdicts of the engines side by side."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file
from tlslab.cli.terminal import print_json
from tlslab.trace.pem import pem_blocks

if TYPE_CHECKING:
    from tlslab.pki.verify.model import Question

EXAMPLES = """\
examples:
  tlslab verify server-chain.pem --trust ca.pem --host localhost
  tlslab verify client.pem --trust ca.pem --purpose client --crl ca.crl --json
  tlslab verify server-chain.pem --trust ca.pem --at 2030-01-01 --timeline
  tlslab verify --limbo limbo.json

exit: 0 accepted, 1 refused, 2 nothing was done
"""

_CERTIFICATES: Final = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
_CRLS: Final = frozenset({"X509 CRL"})
_OID: Final = re.compile(r"[0-2](\.\d+)+")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "chain",
        metavar="CHAIN.pem",
        nargs="?",
        type=Path,
        help="the peer's certificate first, then what it sends along; PEM or DER",
    )
    parser.add_argument(
        "--trust", metavar="ROOTS.pem", type=Path, action="append", default=[], help="what is trusted; may be repeated"
    )
    parser.add_argument("--host", metavar="NAME", help="DNS name or IP address that the client wanted")
    parser.add_argument(
        "--purpose", choices=("server", "client", "any"), default="server", help="what the peer is (server)"
    )
    parser.add_argument("--at", metavar="TIME", help="moment of validation: 2030-01-01 or 2030-01-01T12:00:00Z (now)")
    parser.add_argument(
        "--crl", metavar="FILE", type=Path, action="append", default=[], help="revocation list; may be repeated"
    )
    parser.add_argument(
        "--crl-check",
        choices=("given", "leaf", "chain", "if-present"),
        default="given",
        help="which certificates a list has to cover: the first where lists are given (given), the first, all, none",
    )
    parser.add_argument("--staple", metavar="FILE", type=Path, help="OCSP response that the server stapled, DER")
    parser.add_argument("--require-staple", action="store_true", help="refuse a server that staples nothing")
    parser.add_argument(
        "--rules",
        choices=("rfc5280", "joined", "pedantic"),
        default="joined",
        help="RFC 5280 alone; with what clients of the web enforce; with all that the CA/B Forum asks (joined)",
    )
    parser.add_argument(
        "--policy", metavar="OID", action="append", default=[], help="demand this certificate policy, or one of several"
    )
    parser.add_argument("--timeline", action="store_true", help="tell on which date the verdict changes, and why")
    parser.add_argument("--no-programs", action="store_true", help="do not ask openssl and certtool of this machine")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--limbo", metavar="FILE", type=Path, help="judge every case of a file of x509-limbo instead")


def run(arguments: argparse.Namespace) -> int:
    """Judge and show; 0 if the chain is accepted."""
    if arguments.limbo is not None:
        from tlslab.cli.verify_limbo import run_limbo

        if arguments.chain is not None or arguments.trust:
            raise UsageError("--limbo brings its own certificates: leave CHAIN.pem and --trust out")
        return run_limbo(arguments.limbo, as_json=arguments.json)
    if arguments.chain is None:
        raise UsageError("CHAIN.pem is missing; `tlslab verify --help` tells more")
    if not arguments.trust:
        raise UsageError("--trust ROOTS.pem is missing: a chain is judged by what is trusted")
    return _judge(_question(arguments), arguments)


def _judge(asked_for: Question, arguments: argparse.Namespace) -> int:
    from tlslab.report.text import signs_for
    from tlslab.report.verification import verification, verification_lines, verification_object

    found = verification(
        asked_for, str(arguments.chain), programs=not arguments.no_programs, with_time=arguments.timeline
    )
    if arguments.json:
        print_json(verification_object(found))
    else:
        for line in verification_lines(found, signs_for(sys.stdout.encoding)):
            print(line)
    return 0 if found.judgement.accepted else 1


def _question(arguments: argparse.Namespace) -> Question:
    from tlslab.pki.verify.model import Question, Settings

    settings = Settings(
        host=_host(arguments.host),
        purpose=None if arguments.purpose == "any" else arguments.purpose,
        at=_moment(arguments.at),
        rules=arguments.rules,
        revocation=arguments.crl_check,
        require_staple=arguments.require_staple,
        initial_policies=tuple(map(_oid, arguments.policy)),
        require_explicit_policy=bool(arguments.policy),
    )
    return Question(
        tuple(_objects([arguments.chain], "chain", "certificate", _CERTIFICATES)),
        tuple(_objects(arguments.trust, "trusted certificates", "certificate", _CERTIFICATES)),
        tuple(_objects(arguments.crl, "CRL", "CRL", _CRLS)),
        read_file(arguments.staple, "OCSP response") if arguments.staple is not None else None,
        settings,
    )


def _objects(paths: Sequence[Path], file: str, what: str, labels: frozenset[str]) -> list[bytes]:
    """The objects in PEM or DER files. Raises UsageError for a file without any."""
    found: list[bytes] = []
    for path in paths:
        data = sys.stdin.buffer.read() if str(path) == "-" else read_file(path, file)
        blocks = [block for block in pem_blocks(data) if block.label in labels]
        damaged = next((block.problem for block in blocks if block.problem), "")
        if damaged:
            raise UsageError(f"a {what} in {path} is damaged: {damaged}; get the file again")
        if not blocks and not data.startswith(b"\x30"):
            raise UsageError(f"there is no {what} in {path}; give one in PEM (BEGIN {min(labels, key=len)}) or DER")
        found += [block.data for block in blocks] or [data]
        if len(found) > MOST_OBJECTS:
            raise UsageError(f"there are more than {MOST_OBJECTS} {what}s in {path}: give those that matter")
    return found


MOST_OBJECTS: Final = 2000
"""Certificates or lists of one kind; all public roots are some 150."""


def _host(text: str | None) -> str | None:
    from tlslab.pki.verify.hosts import is_reference

    if text is not None and not is_reference(text):
        raise UsageError(f"--host {text!r} is neither a host name nor an IP address")
    return text


def _oid(text: str) -> str:
    if not _OID.fullmatch(text):
        raise UsageError(f"--policy {text!r} is no object identifier, such as 2.23.140.1.2.1")
    return text


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--at {text!r} is no time: write 2030-01-01 or 2030-01-01T12:00:00Z") from None
