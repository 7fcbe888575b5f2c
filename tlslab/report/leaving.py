"""What leaves a lab: its certificates with their keys and roots, ready for a form, a folder or a script."""

from __future__ import annotations

from collections.abc import Iterable

from tlslab.pki import Credential
from tlslab.pki.errors import UNREADABLE
from tlslab.pki.importing import label_of
from tlslab.report.folder import Member, stems_of
from tlslab.report.openssl_commands import Step, openssl_commands
from tlslab.store import Lab, LabError


def member(lab: Lab, name: str) -> Member:
    """The certificate called `name`, its private key where the lab has it, and its root. Raises LabError, LockedError."""
    path = lab.path(name)
    root = path[-1] if path[-1].subject == path[-1].issuer else None
    entry = lab.entry(name)
    if entry.has_private_key:
        return Member(lab.credential(name), root)
    above = path[1:] if root is None else path[1:-1]
    return Member(Credential(name, entry.kind, path[0], above), root)


def members(lab: Lab, names: Iterable[str] = ()) -> list[Member]:
    """Those called `names`; without any, everything in the lab. Raises LabError for an empty lab."""
    wanted = list(names) or [entry.name for entry in lab.entries()]
    if not wanted:
        raise LabError(f"The lab {lab.file} has no certificate yet: make one first.")
    return [member(lab, name) for name in wanted]


def script(lab: Lab, name: str) -> str:
    """The `openssl` commands that give the certificate called `name` and all above it. Raises LabError."""
    path = lab.path(name)[::-1]
    if path[0].subject != path[0].issuer:
        raise LabError(f"The root above {name} is not in the lab: import it, or nothing can sign what is below it.")
    stems = stems_of([label_of(each) for each in path])
    try:
        return openssl_commands([Step(stem, each) for stem, each in zip(stems, path, strict=True)])
    except UNREADABLE:
        raise LabError(
            f"{name}, or what is above it, has a key, a signature or extensions that cannot be read, and no openssl command "
            "makes such: export the file itself."
        ) from None
