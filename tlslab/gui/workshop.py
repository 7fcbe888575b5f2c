"""Making and exporting certificates for the window: quick keys at once, RSA keys in a thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from tlslab.gui.session import Session
from tlslab.pki import (
    PkiError,
    PrivateKey,
    Template,
    generate_key,
    profile,
    self_signed,
)
from tlslab.pki.files import write_files
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.pki.broken import Side


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a short form asks for."""

    kind: Literal["root", "intermediate", "server", "client"]
    names: tuple[str, ...]
    """For an authority its name; for a leaf every name that it covers."""
    issuer: str = ""
    key_type: str = "P-256"
    days: int | None = None
    """None: as many as usual, or as the issuer has left."""
    any_name: bool = False
    """Lift the name constraints of a root."""

    @property
    def template(self) -> Template:
        """The same as a template."""
        template = named(replace(profile(self.kind), key_type=self.key_type, days=self.days), self.names)
        return replace(template, toy_constraints=False) if self.any_name else template


def named(template: Template, names: tuple[str, ...]) -> Template:
    """`template` for these names: an authority is called so, a server covers them, a person does both."""
    if template.kind in {"server", "peer"}:
        return replace(template, subject_alternative_name=names)
    covered = names if template.kind in {"client", "email"} else ()
    return replace(template, name=names[0] if names else "", subject_alternative_name=covered)


class Workshop(QObject):
    """Issues what forms ask for into the lab of a session."""

    made = Signal(object)
    """The Credential that was made and is in the lab."""
    refused = Signal(str)
    """Why not, in one sentence, for the form."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def make(self, wanted: Wanted) -> None:
        """Make it; `made` or `refused` tells how it went, at once but for RSA keys."""
        self.issue(wanted.template, wanted.issuer)

    def issue(self, template: Template, issuer: str) -> None:
        """Make what `template` asks for, by the authority called `issuer`, or signed by itself for ""."""
        if template.key_type.startswith("RSA"):
            self._session.work.start(
                f"Making an {template.key_type} key",
                lambda _cancel: generate_key(template.key_type),
                lambda key: self._finish(template, issuer, key),
                lambda error: self.refused.emit(str(error)),
            )
        else:
            self._finish(template, issuer, None)

    def _finish(self, template: Template, issuer: str, key: PrivateKey | None) -> None:
        try:
            lab = self._session.the_lab()
            credential = lab.authority(issuer).issue(template, key) if issuer else self_signed(template, key)
            lab.add(credential)
        except (PkiError, LabError) as error:
            self.refused.emit(str(error))
            return
        self._session.lab_changed.emit()
        self._session.said.emit(f"Made {credential.name}")
        self.made.emit(credential)

    def chain_of(self, name: str) -> bytes:
        """The certificate of `name` and all above it, its root included, as PEM. Raises LabError."""
        lab = self._session.the_lab()
        pems: list[bytes] = []
        above: str | None = name
        while above is not None:
            pems.append(_certificate_pem(lab.certificate(above)))
            above = lab.entry(above).issuer
        return b"".join(pems)

    def write_condition(self, name: str, side: Side | None, folder: Path) -> None:
        """Write what both peers need for the broken certificate `name`, as PEM files; keys for the owner alone."""
        from tlslab.gui.certificates.conditions import files_of
        from tlslab.pki.broken import condition, specimen

        usual = side if side in condition(name).shown_by else None
        try:
            files = files_of(specimen(name, usual), folder)
            write_files(files)
        except OSError as error:
            self._session.refuse(f"{name} was not written", error)
        else:
            self._session.said.emit(f"Wrote {len(files)} files to {folder.name}")


def _certificate_pem(certificate: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import Certificate

    assert isinstance(certificate, Certificate)
    return certificate.public_bytes(Encoding.PEM)
