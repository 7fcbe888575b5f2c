"""The authorities and the leaves of a lab, each with the one that issued it."""

from __future__ import annotations

import json
from datetime import datetime
from difflib import get_close_matches
from sqlite3 import Row

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from tlslab.pki import Authority, Credential, PrivateKey
from tlslab.pki.credential import issued_by
from tlslab.store.database import Database
from tlslab.store.errors import LabError
from tlslab.store.journal import note
from tlslab.store.records import Entry
from tlslab.store.vault import Vault

_ENTRY = "SELECT c.*, i.name AS issuer FROM credentials c LEFT JOIN credentials i ON i.id = c.issuer_id"
_SOME = 6
"""Names that are told where one was asked for that there is not."""
_AUTHORITY = "c.kind IN ('root', 'intermediate')"


class Credentials:
    """The table `credentials` and, through the vault, their private keys."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def add(self, *credentials: Credential) -> None:
        """Keep all of them, or none. The issuer of each has to be in the lab, or before it here.

        Raises LabError for a name that is taken or an issuer that is missing, LockedError without
        the passphrase.
        """
        with self._database.transaction():
            for credential in credentials:
                self._add(credential)

    def entries(self) -> list[Entry]:
        """All of them for a list, in the order in which they were added."""
        return [_entry(row) for row in self._database.rows(f"{_ENTRY} ORDER BY c.id")]

    def authorities(self) -> list[Entry]:
        """Roots and intermediates, in the order in which they were added."""
        return [_entry(row) for row in self._database.rows(f"{_ENTRY} WHERE {_AUTHORITY} ORDER BY c.id")]

    def credentials(self) -> list[Entry]:
        """Server and client certificates, in the order in which they were added."""
        return [_entry(row) for row in self._database.rows(f"{_ENTRY} WHERE NOT {_AUTHORITY} ORDER BY c.id")]

    def entry(self, name: str) -> Entry:
        """The one called `name`, for a list. Raises LabError if there is none."""
        return _entry(self._row(name))

    def certificate(self, name: str) -> x509.Certificate:
        """The certificate called `name`; needs no passphrase."""
        return _certificate(self._row(name))

    def path(self, name: str) -> tuple[x509.Certificate, ...]:
        """The certificate called `name`, its issuer, and so on up to the root; needs no passphrase."""
        return tuple(_certificate(row) for row in self._path(name))

    def credential(self, name: str) -> Credential:
        """The one called `name`, with its private key. Raises LockedError without the passphrase."""
        rows = self._path(name)
        own, *above = rows
        pkcs8 = self._vault.take(own["id"], own["fingerprint"])
        # The root stays at home: whoever is to trust it has it.
        chain = tuple(_certificate(row) for row in above[:-1])
        return Credential(own["name"], own["kind"], _certificate(own), chain, _private_key(own["name"], pkcs8))

    def private_key(self, name: str) -> PrivateKey:
        """The private key of the one called `name`. Raises LockedError without the passphrase."""
        return self.credential(name).private_key

    def authority(self, name: str) -> Authority:
        """The authority called `name`, ready to issue. Raises LabError if it is none."""
        credential = self.credential(name)
        if credential.kind not in {"root", "intermediate"}:
            raise LabError(f"{name} is a {credential.kind} certificate and cannot issue: name an authority.")
        return Authority(credential, self.path(name)[-1])

    def delete(self, name: str) -> None:
        """Forget the one called `name` and its private key; not if it has issued what is still there."""
        with self._database.transaction():
            row = self._row(name)
            issued = self._database.rows("SELECT name FROM credentials WHERE issuer_id = ? ORDER BY id", row["id"])
            if issued:
                names = ", ".join(each["name"] for each in issued[:3])
                more = f" and {len(issued) - 3} more" if len(issued) > 3 else ""
                raise LabError(f"{name} has issued {names}{more}: delete what it issued first.")
            self._database.execute("DELETE FROM credentials WHERE id = ?", row["id"])
            note(self._database, "deleted", name, f"serial {row['serial_number']}")

    def rename(self, name: str, new_name: str) -> None:
        """Call the one called `name` otherwise from now on; the certificate stays as it is."""
        with self._database.transaction():
            row = self._row(name)
            self._check_name(new_name)
            self._database.execute("UPDATE credentials SET name = ? WHERE id = ?", new_name, row["id"])
            note(self._database, "renamed", name, f"to {new_name}")

    def free_name(self, name: str) -> str:
        """`name`, or with the first number behind it that makes it new in this lab."""
        taken = {row["name"] for row in self._database.rows("SELECT name FROM credentials")}
        candidates = (f"{name} {number}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(each for each in candidates if each not in taken)

    def _add(self, credential: Credential) -> None:
        self._check_name(credential.name)
        self._check_new(credential)
        issuer = self._issuer(credential)
        serial_number = f"{credential.certificate.serial_number:x}"
        credential_id = self._database.execute(
            """INSERT INTO credentials (name, kind, issuer_id, certificate, fingerprint, serial_number,
                subject, names, key_type, not_before, not_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            credential.name,
            credential.kind,
            issuer["id"] if issuer else None,
            credential.certificate_der,
            credential.fingerprint,
            serial_number,
            credential.certificate.subject.rfc4514_string(),
            json.dumps(credential.names),
            credential.key_type,
            credential.not_before.isoformat(),
            credential.not_after.isoformat(),
        )
        self._vault.put(credential_id, credential.fingerprint, credential.private_key_der)
        detail = f"{credential.kind}, serial {serial_number}" + (f", by {issuer['name']}" if issuer else "")
        note(self._database, "issued", credential.name, detail)

    def _issuer(self, credential: Credential) -> Row | None:
        """The row of the authority that signed it; None for a root."""
        if credential.kind == "root":
            return None
        subject = credential.certificate.issuer.rfc4514_string()
        for row in self._database.rows(f"{_ENTRY} WHERE {_AUTHORITY} AND c.subject = ?", subject):
            if issued_by(credential.certificate, _certificate(row)):
                return row
        raise LabError(f"The authority that issued {credential.name} ({subject}) is not in the lab: add it first.")

    def _check_name(self, name: str) -> None:
        if not name.strip():
            raise LabError("The name is empty: give one.")
        if self._database.row("SELECT 1 FROM credentials WHERE name = ?", name) is not None:
            raise LabError(f"The lab has a certificate called {name} already: choose another name.")

    def _check_new(self, credential: Credential) -> None:
        same = self._database.row("SELECT name FROM credentials WHERE fingerprint = ?", credential.fingerprint)
        if same is not None:
            raise LabError(f"The lab has the certificate {credential.name} already: it is called {same['name']} there.")

    def _row(self, name: str) -> Row:
        row = self._database.row(f"{_ENTRY} WHERE c.name = ?", name)
        if row is None:
            raise LabError(f"The lab {self._database.path} has no certificate called {name}: {self._instead(name)}")
        return row

    def _instead(self, name: str) -> str:
        """What there is in place of a name that there is not."""
        names = [str(row["name"]) for row in self._database.rows("SELECT name FROM credentials ORDER BY name")]
        near = get_close_matches(name, names, 1)
        if near:
            return f"did you mean {near[0]}?"
        some = ", ".join(names[:_SOME]) + (", ..." if len(names) > _SOME else ".")
        return f"it has {some}" if names else "it is empty."

    def _path(self, name: str) -> list[Row]:
        rows = [self._row(name)]
        while rows[-1]["issuer_id"] is not None:
            rows += self._database.rows(f"{_ENTRY} WHERE c.id = ?", rows[-1]["issuer_id"])
        return rows


def _entry(row: Row) -> Entry:
    return Entry(
        name=row["name"],
        kind=row["kind"],
        issuer=row["issuer"],
        subject=row["subject"],
        names=tuple(json.loads(row["names"])),
        key_type=row["key_type"],
        serial_number=int(row["serial_number"], 16),
        not_before=datetime.fromisoformat(row["not_before"]),
        not_after=datetime.fromisoformat(row["not_after"]),
        fingerprint=row["fingerprint"],
    )


def _certificate(row: Row) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(row["certificate"])
    except ValueError:
        raise LabError(f"The certificate {row['name']} in the lab is damaged: go back to a copy of the lab.") from None


def _private_key(name: str, pkcs8: bytes) -> PrivateKey:
    try:
        # OpenSSL's check of an RSA-4096 key takes 200 ms; the key was checked when it was made.
        key = load_der_private_key(pkcs8, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise LabError(f"The private key of {name} in the lab is damaged: go back to a copy of the lab.") from None
    if isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)):
        return key
    raise LabError(f"The lab holds a private key of a type that tlslab does not use ({type(key).__name__}).")
