"""What an action of `tlslab ca` is, so that each module can bring its own into the one table of `ca`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace

from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.terminal import print_line
from tlslab.pki import Credential, handshake_versions
from tlslab.store import Lab


@dataclass(frozen=True, slots=True)
class Action:
    """One word behind `tlslab ca`."""

    name: str
    run: Callable[[Lab, argparse.Namespace], int]
    """Does it on an open lab; the exit code. PkiError and LabError are told by the caller."""
    what: str
    """What it does, without a capital and a full stop."""
    example: str
    """Command lines, one below the other."""
    configure: Callable[[argparse.ArgumentParser], None] = lambda _parser: None
    """Declares its options; --lab and --passphrase-file are there already."""
    makes_lab: bool = False
    """Whether a lab file that is named and not there is made."""


def only_authority(lab: Lab, choose: str = "choose with --issuer") -> str:
    """The lab's only authority that can issue, for who did not name one; `choose` says how to. Raises UsageError."""
    authorities = [entry.name for entry in lab.authorities() if entry.has_private_key]
    if not authorities:
        raise UsageError(f"the lab {lab.file} has no authority yet; `tlslab ca new lab-ca` makes one")
    if len(authorities) > 1:
        raise UsageError(f"the lab has {len(authorities)} authorities; {choose}: {', '.join(authorities)}")
    return authorities[0]


def any_credential(lab: Lab, name: str) -> Credential:
    """The certificate called `name`, with its private key where the lab has it."""
    entry = lab.entry(name)
    if entry.has_private_key:
        return lab.credential(name)
    certificate, *above = lab.path(name)
    return Credential(name, entry.kind, certificate, tuple(each for each in above if each.issuer != each.subject))


def kept(lab: Lab, credential: Credential, name: str | None) -> Credential:
    """Keep what was issued, under `name`, or under its own name with a number behind it if that is taken."""
    (called,) = lab.add(replace(credential, name=name or credential.name), rename=name is None)
    return replace(credential, name=called)


def told(lab: Lab, *credentials: Credential) -> None:
    """Say what was made, and where it is kept."""
    for credential in credentials:
        names = f" for {', '.join(credential.names)}" if credential.names else ""
        until = f"{credential.not_after:%Y-%m-%d}"
        print_line(f"{credential.name}: {credential.kind}{names}, {credential.key_type}, until {until}")
    for key_type in dict.fromkeys(each.key_type for each in credentials if each.kind in {"server", "client", "peer"}):
        say_versions(key_type)
    keys = "its private key" if len(credentials) == 1 else "their private keys"
    held = any(credential.key is not None for credential in credentials)
    protected = f", {keys} encrypted" if lab.protected and held else ""
    say(f"kept in {lab.file}{protected}")


def say_versions(key_type: str) -> None:
    """Say in which versions of TLS a key of `key_type` proves a peer of the lab, if not in all."""
    versions = handshake_versions(key_type)
    if not versions:
        say(f"no version of TLS takes {key_type} keys from a peer of the lab: such a certificate is to be looked at")
    elif len(versions) == 1:
        say(f"{key_type} keys prove a peer of the lab in {versions[0]} only")
