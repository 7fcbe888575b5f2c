"""A certificate while it is edited: the bytes it began with, those it has now, and who signed what. No Qt."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from tlslab.gui.certificates.aligned import Pair, aligned
from tlslab.gui.certificates.subject import DerSubject
from tlslab.pki import Credential, Kind, PrivateKey
from tlslab.pki.raw_certificate import RawCertificate, parts_of, signed_again
from tlslab.pki.raw_credential import RawCredential
from tlslab.wire.field import Field


@dataclass(frozen=True, slots=True)
class Edited:
    """One state of it."""

    name: str
    """Of the certificate that it began as."""
    original: bytes
    der: bytes
    signed: bytes
    """The TBSCertificate that the signature was made over; b"" where it cannot be told."""
    signer: str
    """Who made the signature."""

    @property
    def changed(self) -> bool:
        """It is not as it was."""
        return self.der != self.original

    @property
    def signature_fits(self) -> bool | None:
        """Whether the signature is over what stands there now; None where that cannot be told."""
        if not self.signed:
            return None
        return _tbs(self.der) == self.signed


def begun(name: str, der: bytes, signer: str) -> Edited:
    """The beginning of an edit."""
    return Edited(name, der, der, _tbs(der), signer)


def signed_by(edited: Edited, signer: str, key: PrivateKey) -> Edited:
    """The same with a new signature. Raises ValueError where the parts of the certificate cannot be told apart."""
    try:
        der = RawCertificate.from_der(edited.der).signed(key)
    except ValueError:
        der = signed_again(edited.der, key)
    return replace(edited, der=der, signed=_tbs(der), signer=signer)


def _tbs(der: bytes) -> bytes:
    with suppress(ValueError):
        return parts_of(der)[0]
    return b""


class Change(NamedTuple):
    """A field that is not as it was."""

    path: str
    before: str
    after: str
    start: int
    """In the edited certificate; -1 for what is gone."""
    end: int


def changes(edited: Edited) -> list[Change]:
    """Every field that differs, the smallest that say so."""
    root = aligned(DerSubject(edited.original).root, DerSubject(edited.der).root)
    return [_change(pair) for pair in root.leaves() if pair.verdict != "same"]


def _change(pair: Pair) -> Change:
    field = pair.right if pair.right is not None else pair.left
    assert field is not None
    start, end = (pair.right.start, pair.right.end) if pair.right is not None else (-1, -1)
    return Change(field.path.removeprefix("certificate."), _label(pair.left), _label(pair.right), start, end)


def _label(field: Field | None) -> str:
    return (field.label or field.bytes.hex(" ")) if field is not None else "—"


def credential_of(edited: Edited, name: str, kind: Kind, owner: Credential) -> Credential:
    """The edited certificate as an identity, with the key and the chain of the one that it began as.

    Raises ValueError where nothing of it can be read.
    """
    above = _chain_der(owner)
    return RawCredential.of(name, kind, [edited.der, *above], owner.key)


def _chain_der(owner: Credential) -> list[bytes]:
    from cryptography.hazmat.primitives.serialization import Encoding

    return [each.public_bytes(Encoding.DER) for each in owner.chain]
