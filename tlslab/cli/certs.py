"""`tlslab certs`: a toy CA with ready-to-use certificates, as files."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tlslab.cli.broken import add_shown_by
from tlslab.cli.ca_action import say_versions
from tlslab.cli.certs_usage import usage_lines
from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.refusal import key_type, refusals
from tlslab.cli.template_options import add_seed_options, chosen_seed
from tlslab.pki import (
    AUTHORITIES,
    DEFAULT_KEY_TYPE,
    KEY_TYPES,
    Authority,
    Content,
    Credential,
    NameRefused,
    authority_key_type,
    write_files,
)
from tlslab.pki.formats import file_format

DEFAULT_SERVER_NAMES = ("localhost", "127.0.0.1", "::1")
DEFAULT_CLIENT_NAMES = ("client",)
SLOW_WITH_SEED = ("RSA-6144", "RSA-8192")

EXAMPLES = """\
files:
  ca.pem, ca-key.pem                            the toy CA, new at each run; ca.pem is for whoever has to trust it
  intermediate.pem, intermediate-key.pem        with --intermediate
  server.pem, server-key.pem, server-chain.pem  one certificate for all --server names
  client.pem, client-key.pem, client-chain.pem  one for each --client: client, client-2, client-3, ...
  server.p12, client.p12                        with --p12: key, certificate and its issuers in one file (PKCS #12)
  A chain file is the certificate with the intermediate behind it. Keys are for you alone (mode 0600).

examples:
  tlslab certs ./certs
  tlslab certs ./certs --server demo.lab.test --server '*.lab.test' --server 127.0.0.1 --client alice
  tlslab certs ./certs --intermediate --key RSA-3072 --days 7
  tlslab certs ./fixtures --seed 'my project' --key Ed25519
  tlslab certs ./broken --broken expired-leaf --server demo.lab.test
"""


@dataclass(frozen=True, slots=True)
class Written:
    """One certificate and the stem of its files: "server" for server.pem, server-key.pem, ..."""

    stem: str
    credential: Credential


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = EXAMPLES
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to write; made if it is missing")
    parser.add_argument(
        "--server",
        metavar="NAME",
        action="append",
        help="host name, wildcard or address; repeat for more in the same certificate (default: localhost, 127.0.0.1, ::1)",
    )
    parser.add_argument(
        "--client",
        metavar="NAME",
        action="append",
        help="name, mailbox, host name or address; repeat for more certificates (default: client)",
    )
    parser.add_argument(
        "--key",
        metavar="TYPE",
        type=key_type,
        choices=KEY_TYPES,
        default=DEFAULT_KEY_TYPE,
        help=f"{', '.join(KEY_TYPES)} (default: {DEFAULT_KEY_TYPE}); above Ed25519, Ed448 and curves "
        "that are not NIST's the CA is P-256, because not every verifier takes such an issuer",
    )
    parser.add_argument("--days", metavar="N", type=int, help="how long server and client are valid (default: 90)")
    parser.add_argument("--intermediate", action="store_true", help="put an authority between root and leaves")
    parser.add_argument(
        "--any-name",
        action="store_true",
        help="let the CA name real hosts too; without it only names that cannot be real, and private addresses",
    )
    parser.add_argument("--p12", metavar="PASSWORD", help="write PKCS #12 files too, encrypted with it; '' for none")
    add_seed_options(parser)
    parser.add_argument("--force", action="store_true", help="overwrite files that are there")
    group = parser.add_argument_group("broken certificates")
    group.add_argument(
        "--broken",
        metavar="CONDITION",
        action="append",
        help="instead: one of `tlslab catalogue`, for --server NAME or its own host; repeat for more, or say all, which "
        "then get a folder each",
    )
    add_shown_by(group)


def run(arguments: argparse.Namespace) -> int:
    """Make everything, then write it, then say how to use it."""
    if arguments.broken:
        from tlslab.cli.certs_broken import run_broken

        return run_broken(arguments)
    if arguments.shown_by:
        raise UsageError("--shown-by goes with --broken: name a condition")
    if arguments.seed is not None and arguments.key in SLOW_WITH_SEED:
        say(f"looking for the primes of the seed: {arguments.key} keys take minutes")
    with refusals(_advice):
        written = list(_issued(arguments))
        contents = _contents(arguments.folder, written, arguments.p12)
    write_into(arguments.folder, contents, force=arguments.force)
    for line in _summary(arguments.folder, written, arguments.p12):
        print(line)
    print()
    say_versions(arguments.key)
    for line in usage_lines(arguments.folder, [each.credential for each in written]):
        print(line)
    return 0


def _advice(error: Exception) -> str:
    return " (--any-name)" if isinstance(error, NameRefused) else ""


def _issued(arguments: argparse.Namespace) -> Iterable[Written]:
    """Root, intermediate if wanted, server, clients."""
    # Two roots of the same name in one trust store confuse more than one verifier.
    seed = chosen_seed(arguments)
    number = secrets.token_hex(3) if seed is None else seed.octets(3, "number").hex()
    above = authority_key_type(arguments.key)
    root = issuer = Authority.create(f"lab-ca {number}", above, any_name=arguments.any_name, seed=seed)
    yield Written("ca", root.credential)
    if arguments.intermediate:
        issuer = root.intermediate(f"lab-intermediate {number}", above)
        yield Written("intermediate", issuer.credential)
    names = arguments.server or DEFAULT_SERVER_NAMES
    yield Written("server", issuer.issue_server(*names, key_type=arguments.key, days=arguments.days))
    for index, name in enumerate(arguments.client or DEFAULT_CLIENT_NAMES, start=1):
        stem = "client" if index == 1 else f"client-{index}"
        yield Written(stem, issuer.issue_client(name, key_type=arguments.key, days=arguments.days))


def _contents(folder: Path, written: Iterable[Written], password: str | None) -> dict[Path, Content]:
    contents: dict[Path, Content] = {}
    pkcs12 = file_format("pkcs12")
    for each in written:
        contents[folder / f"{each.stem}.pem"] = Content(each.credential.certificate_pem)
        contents[folder / f"{each.stem}-key.pem"] = Content(each.credential.private_key_pem, private=True)
        if each.credential.kind in AUTHORITIES:
            continue
        contents[folder / f"{each.stem}-chain.pem"] = Content(each.credential.chain_pem)
        if password is not None:
            contents[folder / f"{each.stem}.p12"] = pkcs12.content(each.credential, password=password)
    return contents


def write_into(folder: Path, contents: Mapping[Path, Content], *, force: bool) -> None:
    """Write all of `contents`, which lie in `folder` or one below it, and make those. Raises UsageError."""
    try:
        for each in dict.fromkeys((folder, *(path.parent for path in contents))):
            each.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"cannot write into {folder}: it is not a folder; give another name") from None
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {(error.strerror or str(error)).lower()}") from None
    try:
        write_files(contents, force=force)
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already; --force overwrites, another DIR does not") from None
    except OSError as error:
        raise UsageError(f"cannot write into {folder}: {(error.strerror or str(error)).lower()}") from None


def _summary(folder: Path, written: Iterable[Written], password: str | None) -> Iterable[str]:
    yield f"{folder}:"
    for each in written:
        credential = each.credential
        what = credential.name if credential.kind in AUTHORITIES else ", ".join(credential.names)
        yield f"  {each.stem + '.pem':18} {credential.key_type}, until {credential.not_after:%Y-%m-%d}: {what}"
    yield "  *-key.pem          private keys, for you alone (mode 0600)"
    yield "  *-chain.pem        certificate and intermediate, in the order in which TLS sends them"
    if password is not None:
        yield "  *.p12              key, certificate and intermediate for Windows, Java and others (mode 0600)"
