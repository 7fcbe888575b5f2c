"""`tlslab certs --broken`: conditions of the catalogue as files that other programs can use."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Final

from tlslab.cli.broken import named
from tlslab.cli.certs import write_into
from tlslab.cli.errors import UsageError
from tlslab.cli.refusal import refusals
from tlslab.pki import Content
from tlslab.pki.raw_credential import pem

if TYPE_CHECKING:
    from tlslab.pki.broken import Side, Specimen

_SETTLED: Final = ("client", "days", "intermediate", "any_name", "p12", "seed")
"""Options of `tlslab certs` that a condition settles by itself."""


def run_broken(arguments: argparse.Namespace) -> int:
    """Make the conditions and write them: one into DIR itself, several into a folder each; then say what to expect."""
    for option in _SETTLED:
        if getattr(arguments, option) not in (None, False):
            raise UsageError(f"--{option.replace('_', '-')} and --broken do not go together: a condition settles it")
    if len(arguments.server or ()) > 1:
        raise UsageError("--broken makes a certificate for one host: give --server once")
    base = arguments.server[0] if arguments.server else ""
    names = list(dict.fromkeys(name for each in arguments.broken for name in _all_of(each, arguments.shown_by)))
    made = {name: _specimen(name, arguments, base) for name in names}
    folders = {name: arguments.folder / name if len(names) > 1 else arguments.folder for name in names}
    contents = {path: each for name in names for path, each in _contents(folders[name], made[name])}
    write_into(arguments.folder, contents, force=arguments.force)
    for index, name in enumerate(names):
        if index:
            print()
        print("\n".join(_summary(folders[name], made[name])))
    return 0


def _all_of(name: str, shown_by: Side | None) -> Iterator[str]:
    """The condition itself; for "all", every one that the side can show."""
    from tlslab.pki.broken import conditions

    if name != "all":
        yield name
        return
    yield from (each.name for each in conditions() if not shown_by or shown_by in each.shown_by)


def _specimen(name: str, arguments: argparse.Namespace, base: str) -> Specimen:
    from tlslab.pki.broken import specimen

    named(name, arguments.shown_by)
    with refusals():
        return specimen(name, arguments.shown_by, base=base)


def _contents(folder: Path, made: Specimen) -> Iterator[tuple[Path, Content]]:
    """The files of one condition, named as those of right certificates are."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    shower, stem = made.shower, made.shown_by
    yield folder / "ca.pem", Content(b"".join(pem(each.der) for each in made.verifier.trusts))
    if shower.certificates:
        yield folder / f"{stem}.pem", Content(pem(shower.certificates[0].der))
        yield folder / f"{stem}-chain.pem", Content(b"".join(pem(each.der) for each in shower.certificates))
    if shower.private_key is not None:
        key = shower.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        yield folder / f"{stem}-key.pem", Content(key, private=True)
    if made.verifier.crls:
        yield folder / "crl.pem", Content(b"".join(pem(each, "X509 CRL") for each in made.verifier.crls))
    if shower.staple:
        yield folder / "staple.der", Content(shower.staple)


def _summary(folder: Path, made: Specimen) -> Iterator[str]:
    """What was written, what is wrong with it, and what to expect of it."""
    from tlslab.lab.catalogue import Way
    from tlslab.lab.condition_texts import words
    from tlslab.lab.judged_promise import outcome
    from tlslab.lab.observed import recorded

    condition, side = made.condition, made.shown_by
    known = words(condition.name, side)
    other = "client" if side == "server" else "server"
    yield f"{folder}: {condition.name}, {condition.how}"
    for path, content in _contents(folder, made):
        yield f"  {path.name:18} {_purpose(path.name, side, other)}{' (mode 0600)' if content.private else ''}"
    yield _line("wrong", known.what)
    if known.note:
        yield _line("mind", known.note)
    yield _line("expect", f"{outcome(recorded()[condition.name].runs[Way(side)])} (OpenSSL in TLS 1.3, not strict)")
    if made.verifier.verify_flags:
        yield _line("with", f"{', '.join(made.verifier.verify_flags)} set where the chain is checked")
    yield from _usage(folder, made)


def _purpose(name: str, side: str, other: str) -> str:
    kind = name.removeprefix(f"{side}")
    return {
        "ca.pem": f"what the {other} has to trust; its key is nowhere, so that it vouches for nothing else",
        ".pem": f"the {side}'s certificate",
        "-chain.pem": "all that is sent, in this order",
        "-key.pem": "private key, for you alone",
        "crl.pem": f"revocation lists for the {other}",
        "staple.der": "OCSP response to staple",
    }[name if name in {"ca.pem", "crl.pem", "staple.der"} else kind]


def _usage(folder: Path, made: Specimen) -> Iterator[str]:
    if made.shown_by == "server":
        chain, key = folder / "server-chain.pem", folder / "server-key.pem"
        yield _line("server", f"nginx: ssl_certificate {chain}; ssl_certificate_key {key};")
        yield _line(
            "client", f"curl --cacert {folder / 'ca.pem'} --connect-to ::127.0.0.1:4433 https://{made.host}:4433/"
        )
    else:
        yield _line("server", f"tlslab serve --mutual --trust {folder / 'ca.pem'}")
        if made.shower.certificates:
            shown = f"--cert {folder / 'client-chain.pem'} --key {folder / 'client-key.pem'}"
            yield _line("client", f"curl --insecure {shown} https://localhost:4433/")
    yield _line("live", f"tlslab handshake --broken {made.condition.name} --shown-by {made.shown_by}")


def _line(name: str, text: str) -> str:
    return fill(
        text,
        118,
        initial_indent=f"  {name:18} ",
        subsequent_indent=" " * 21,
        break_long_words=False,
        break_on_hyphens=False,
    )
