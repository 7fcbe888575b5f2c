"""Certificates that a user names on the command line: PEM files, or names in a lab."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from tlslab.lab.identities import Identity
    from tlslab.pki.credential import Credential
    from tlslab.pki.private_keys import PrivateKey

Party = Literal["client", "server"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A certificate that was chosen, and its root where that is known."""

    name: str
    credential: Credential
    roots: dict[str, Identity]

    @property
    def identities(self) -> dict[str, Identity]:
        """All of it, by name."""
        return {self.name: self.credential, **self.roots}


def add_certificate_options(parser: argparse.ArgumentParser, *parties: Party, trust: str) -> None:
    """`--server-cert`, `--server-key` and the like, and `--trust`."""
    group = parser.add_argument_group("whose certificates")
    for party in parties:
        group.add_argument(
            f"--{party}-cert",
            metavar="PEM|NAME",
            help=f"the {party}'s certificate and chain as a PEM file, or its name in the lab",
        )
        group.add_argument(f"--{party}-key", metavar="PEM", type=Path, help=f"the {party}'s private key")
    group.add_argument("--trust", metavar="PEM", action="append", default=[], type=Path, help=trust)


def choose(party: Party, arguments: argparse.Namespace) -> Chosen | None:
    """What `--client-cert` or `--server-cert` names; None if nothing was named. Raises UsageError."""
    named: str | None = getattr(arguments, f"{party}_cert")
    key: Path | None = getattr(arguments, f"{party}_key")
    if named is None:
        if key is not None:
            raise UsageError(f"--{party}-key belongs to a certificate: add --{party}-cert")
        return None
    if key is None and not _looks_like_file(named):
        return _from_lab(named, arguments)
    return _from_files(party, Path(named), key)


def lab_name(party: Party, arguments: argparse.Namespace) -> str | None:
    """The name in the lab that `--client-cert` or `--server-cert` gives; None for files, or if nothing was named."""
    named: str | None = getattr(arguments, f"{party}_cert")
    from_files = named is None or getattr(arguments, f"{party}_key") is not None or _looks_like_file(named)
    return None if from_files else named


def check_lab(arguments: argparse.Namespace) -> None:
    """Find out that the lab or the passphrase that was named is none, be it needed or not. Raises UsageError."""
    from tlslab.cli.refusal import refusals
    from tlslab.store import Lab

    secret = passphrase(arguments)
    if arguments.lab is not None:
        with refusals(), Lab.open(arguments.lab, secret, create=False):
            pass


def _looks_like_file(name: str) -> bool:
    """Whether a name is one of a file, there or mistyped, and none in a lab."""
    # os.path answers False where Path raises PermissionError.
    return os.path.exists(name) or os.sep in name or Path(name).suffix in {".pem", ".crt", ".cer", ".der"}  # noqa: PTH110


def trusted(arguments: argparse.Namespace) -> dict[str, Identity]:
    """The authorities of every `--trust` file, by their common names. Raises UsageError."""
    return _roots([each for path in arguments.trust for each in _certificates(path)])


def lab_roots(arguments: argparse.Namespace) -> dict[str, Identity]:
    """Every root of the lab: the one that `--lab` names, or the user's own if there is one already."""
    from tlslab.cli.refusal import refusals
    from tlslab.store import Lab

    if arguments.lab is None and not _has_own_lab():
        return {}
    with refusals(), Lab.open(arguments.lab, passphrase(arguments), create=False) as lab:
        roots = [entry.name for entry in lab.authorities() if entry.kind == "root"]
        return _roots([lab.certificate(name) for name in roots])


def _has_own_lab() -> bool:
    from tlslab.store import LabError
    from tlslab.store.lab import default_path

    try:
        return default_path().exists()
    except LabError:
        return False  # not even a folder for one


def passphrase(arguments: argparse.Namespace) -> str | None:
    """The first line of `--passphrase-file`. Raises UsageError."""
    if arguments.passphrase_file is None:
        return None
    text = read_file(arguments.passphrase_file, "passphrase file").decode("utf-8", "replace")
    return text.splitlines()[0] if text else ""


def _from_lab(name: str, arguments: argparse.Namespace) -> Chosen:
    from tlslab.cli.refusal import refusals
    from tlslab.store import Lab

    with refusals(), Lab.open(arguments.lab, passphrase(arguments), create=arguments.lab is None) as lab:
        return Chosen(name, lab.credential(name), _roots([lab.path(name)[-1]]))


def _from_files(party: Party, path: Path, key_path: Path | None) -> Chosen:
    from tlslab.lab.diagnosis import common_name
    from tlslab.pki.credential import Credential

    leaf, *chain = _certificates(path)
    key = _private_key(key_path or path, "" if key_path else f"; name its file with --{party}-key")
    if key.public_key() != leaf.public_key():
        raise UsageError(f"{key_path or path} is not the private key of {path}; give the key that belongs to it")
    name = common_name(leaf.subject)
    roots = _roots([each for each in (leaf, *chain) if each.subject == each.issuer])
    return Chosen(name, Credential(name, party, leaf, tuple(chain), key), roots)


def _roots(certificates: list[Certificate]) -> dict[str, Identity]:
    """Authorities by their common names; one that is called like one of the demo's own is told apart."""
    from tlslab.lab.diagnosis import common_name
    from tlslab.lab.identities import Shown, cast

    named = ((common_name(each.subject), Shown(each)) for each in certificates)
    return {f"{name} (yours)" if name in cast() else name: shown for name, shown in named}


def _certificates(path: Path) -> tuple[Certificate, ...]:
    from cryptography import x509

    from tlslab.pki.errors import UNREADABLE

    try:
        return tuple(x509.load_pem_x509_certificates(read_file(path, "certificate")))
    except UNREADABLE:
        raise UsageError(f"{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)") from None


def _private_key(path: Path, advice: str) -> PrivateKey:
    """The first private key in a file. Raises UsageError, with `advice` where there is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = next(_key_blocks(read_file(path, "private key")), b"")
    try:
        key = load_pem_private_key(data, None)
    except TypeError:
        raise UsageError(f"{path} is encrypted; decrypt it first (openssl pkey -in {path} -out plain.pem)") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{path} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----){advice}") from None
    return _usable(key, path)


def _usable(key: object, path: Path) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)):
        return key
    kind = type(key).__name__.removesuffix("PrivateKey")
    raise UsageError(f"{path} holds a key for {kind}; RSA, elliptic curve and Ed25519 keys can be used")


def _key_blocks(data: bytes) -> Iterator[bytes]:
    """The PEM blocks of private keys in a file that may hold certificates too."""
    block: list[bytes] = []
    for line in data.splitlines(keepends=True):
        if line.startswith(b"-----BEGIN ") and b"PRIVATE KEY" in line:
            block = [line]
        elif block:
            block.append(line)
            if line.startswith(b"-----END "):
                yield b"".join(block)
                block = []
