"""Making and exporting certificates for the window: quick keys at once, RSA keys in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from tlslab.gui.session import Session
from tlslab.pki import Authority, Credential, PkiError, PrivateKey, generate_key, write_file
from tlslab.pki.files import Content, write_files
from tlslab.store import LabError

ExportWhat = Literal["certificate", "chain", "key"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for."""

    kind: Literal["root", "intermediate", "server", "client"]
    names: tuple[str, ...]
    """For an authority its name; for a leaf every name that it covers."""
    issuer: str = ""
    key_type: str = "P-256"
    days: int | None = None
    """None: as many as usual, or as the issuer has left."""
    any_name: bool = False
    """Lift the name constraints of a root."""


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
        if wanted.key_type.startswith("RSA"):
            self._session.work.start(
                f"Making an {wanted.key_type} key",
                lambda _cancel: generate_key(wanted.key_type),
                lambda key: self._finish(wanted, key),
                lambda error: self.refused.emit(str(error)),
            )
        else:
            self._finish(wanted, generate_key(wanted.key_type))

    def _finish(self, wanted: Wanted, key: PrivateKey) -> None:
        try:
            credential = self._issue(wanted, key)
            self._session.the_lab().add(credential)
        except (PkiError, LabError) as error:
            self.refused.emit(str(error))
            return
        self._session.lab_changed.emit()
        self._session.said.emit(f"Made {credential.name}")
        self.made.emit(credential)

    def _issue(self, wanted: Wanted, key: PrivateKey) -> Credential:
        if wanted.kind == "root":
            return Authority.create(
                wanted.names[0], days=wanted.days, any_name=wanted.any_name, private_key=key
            ).credential
        authority = self._session.the_lab().authority(wanted.issuer)
        if wanted.kind == "intermediate":
            return authority.intermediate(wanted.names[0], days=wanted.days, private_key=key).credential
        issue: Callable[..., Credential] = authority.issue_server if wanted.kind == "server" else authority.issue_client
        return issue(*wanted.names, days=wanted.days, private_key=key)

    def chain_of(self, name: str) -> bytes:
        """The certificate of `name` and all above it, its root included, as PEM. Raises LabError."""
        lab = self._session.the_lab()
        pems: list[bytes] = []
        above: str | None = name
        while above is not None:
            pems.append(_certificate_pem(lab.certificate(above)))
            above = lab.entry(above).issuer
        return b"".join(pems)

    def export(self, name: str, path: Path, what: ExportWhat) -> None:
        """Write the certificate, its chain, or certificate and private key of `name` as PEM."""
        try:
            lab = self._session.the_lab()
            data = (
                _pem(lab.credential(name), what) if what != "certificate" else _certificate_pem(lab.certificate(name))
            )
            if what == "key":
                write_files({path: Content(data, private=True)}, force=True)
            else:
                write_file(path, data, force=True)
            lab.note("exported", name, what)
        except (LabError, OSError) as error:
            self._session.refuse(f"{name} was not exported", error)
        else:
            self._session.said.emit(f"Wrote {path.name}")


def _pem(credential: Credential, what: ExportWhat) -> bytes:
    return credential.chain_pem if what == "chain" else credential.chain_pem + credential.private_key_pem


def _certificate_pem(certificate: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import Certificate

    assert isinstance(certificate, Certificate)
    return certificate.public_bytes(Encoding.PEM)
