"""`--staple`: which OCSP response the lab's server sends along."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tlslab.cli.chosen import lab_name, passphrase
from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file

if TYPE_CHECKING:
    from tlslab.lab.identities import Identity

TRUTH: Final = "truth"


def add_staple_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--staple`."""
    parser.add_argument(
        "--staple",
        metavar="KIND|FILE",
        help="OCSP response of the server, for which a lab client asks and which it checks: good, revoked, unknown, "
        "expired, bad-signature, ... (an unknown one lists them), truth (what the lab says), none, or a DER file",
    )


def stapled(arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Identity]]:
    """What `--staple` changes in a scenario, and the identities that it takes. Raises UsageError."""
    kind: str | None = arguments.staple
    if kind is None:
        return {}, {}
    name = lab_name("server", arguments)
    if kind == TRUTH:
        return {"staple": _truth(name, arguments)}, {}
    from tlslab.lab.stapling import NONE, given
    from tlslab.pki import PkiError
    from tlslab.pki.staples import STAPLES, staple_kind

    if kind == NONE or kind in STAPLES:
        return {"staple": kind}, {} if name is None or kind == NONE else _issuer(name, arguments)
    if Path(kind).suffix or Path(kind).exists():
        return {"staple": given(read_file(Path(kind), "OCSP response"))}, {}
    try:
        staple_kind(kind)
    except PkiError as error:
        raise UsageError(f"{str(error)[0].lower()}{str(error)[1:].removesuffix('.')}") from None
    raise AssertionError(kind)


def _issuer(name: str, arguments: argparse.Namespace) -> dict[str, Identity]:
    """Who signs a staple for the server certificate of the lab called `name`."""
    from tlslab.cli.refusal import refusals
    from tlslab.store import Lab

    with refusals(), Lab.open(arguments.lab, passphrase(arguments), create=False) as lab:
        issuer = lab.entry(name).issuer
        return {} if issuer is None else {f"the issuer of {name}": lab.credential(issuer)}


def _truth(name: str | None, arguments: argparse.Namespace) -> str:
    """The response with which the lab would answer now."""
    from tlslab.cli.refusal import refusals
    from tlslab.lab.published import response_about
    from tlslab.lab.stapling import given
    from tlslab.store import Lab

    if name is None:
        raise UsageError("--staple truth is about a certificate of a lab: name one with --server-cert")
    with refusals(), Lab.open(arguments.lab, passphrase(arguments), create=False) as lab:
        return given(response_about(lab, name).response)
