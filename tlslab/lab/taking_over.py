"""What is in files of other programs becomes part of a lab: what is new, and the keys of what came without."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.x509.oid import NameOID

from tlslab.pki import Credential, PrivateKey
from tlslab.pki.errors import UNREADABLE, PkiError
from tlslab.pki.importing import Found
from tlslab.pki.names import text_of
from tlslab.pki.reading import read_extensions
from tlslab.store import Entry, Lab


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What came of it, by the names in the lab."""

    credentials: tuple[Credential, ...]
    """New ones, as they are called."""
    completed: tuple[str, ...]
    """Certificates that were there, and have their private keys now."""
    requests: tuple[str, ...]
    known: tuple[str, ...]
    """What the lab had already."""


def take_over(lab: Lab, found: Found, name: str | None = None) -> TakenOver:
    """Put into `lab` what was found; `name` is for the only new one.

    Raises PkiError, LabError, LockedError before anything is changed.
    """
    waiting = _waiting(lab, found)
    completed = [entry.fingerprint for entry, _key in waiting]
    there = {entry.fingerprint: entry.name for entry in lab.entries()}
    public_keys = [key.public_key() for _entry, key in waiting]
    credentials = found.credentials([key for key in found.private_keys if key.public_key() in public_keys])
    new = [each for each in credentials if each.fingerprint not in there]
    if name is not None:
        count = len(new) + len(found.requests)
        if count != 1:
            raise PkiError(f"A name is for one new thing, and there are {count or 'none'} in the files.")
        new = [replace(each, name=name) for each in new]
    names = lab.add(*new, issuer_outside=True, rename=name is None)
    for entry, key in waiting:
        lab.add_private_key(entry.name, key)
    return TakenOver(
        tuple(replace(each, name=called) for each, called in zip(new, names, strict=True)),
        tuple(entry.name for entry, _key in waiting),
        tuple(_add_request(lab, each, name) for each in found.requests),
        tuple(there[each.fingerprint] for each in credentials if each.fingerprint in set(there) - set(completed)),
    )


def request_name(request: x509.CertificateSigningRequest) -> str:
    """What to call a request: its first name, else its common name, else its subject."""
    names = (each.value for each in read_extensions(request) if isinstance(each.value, x509.SubjectAlternativeName))
    common = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    candidates = (*(text_of(name) for each in names for name in each), *(str(each.value) for each in common))
    return next(iter(candidates), request.subject.rfc4514_string()) or "request"


def _add_request(lab: Lab, request: x509.CertificateSigningRequest, name: str | None) -> str:
    called = lab.free_request_name(name or request_name(request))
    lab.add_request(called, request)
    return called


def _waiting(lab: Lab, found: Found) -> list[tuple[Entry, PrivateKey]]:
    """What came into the lab without a private key that is among those of the files, and that key."""
    entries = [entry for entry in lab.entries() if not entry.has_private_key] if found.private_keys else []
    keys = {entry.name: _key_of(lab, entry, found) for entry in entries}
    return [(entry, key) for entry in entries if (key := keys[entry.name]) is not None]


def _key_of(lab: Lab, entry: Entry, found: Found) -> PrivateKey | None:
    try:
        public_key = lab.certificate(entry.name).public_key()
    except UNREADABLE:
        return None
    return next((each for each in found.private_keys if each.public_key() == public_key), None)
