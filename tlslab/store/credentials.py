"""The authorities and the leaves of a lab, each with the one that issued it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from sqlite3 import Row

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tlslab.pki import Authority, Credential, Kind, PrivateKey
from tlslab.pki.credential import issued_by, subject_alternative_name
from tlslab.pki.raw_credential import RawCredential
from tlslab.store.called import as_called, check_called
from tlslab.store.changes import remember
from tlslab.store.contents import certificate_of, fingerprint_of, key_type, loaded_key, reads_whole
from tlslab.store.entries import Entries
from tlslab.store.errors import LabError
from tlslab.store.identity import identity
from tlslab.store.journal import note
from tlslab.store.part import AUTHORITIES

_LIVE = "SELECT * FROM credentials WHERE deleted_ns IS NULL"


class Credentials(Entries):
    """The table `credentials` and, through the vault, their private keys."""

    def add(self, *credentials: Credential, issuer_outside: bool = False, rename: bool = False) -> tuple[str, ...]:
        """Keep all of them, or none, and say what they are called. The issuer of each has to be in the lab, or before it here.

        issuer_outside  for what was imported: its issuer may be missing, and is found when it comes.
        rename          a name that is taken, perhaps by another program a moment ago, gets a number behind it,
                        and what nobody can see is left out of it.

        Raises LabError for a name that is taken or an issuer that is missing, LockedError without
        the passphrase.
        """
        with self._database.transaction():
            action = "imported" if issuer_outside else "issued"
            numbers, names = [], []
            for credential in credentials:
                name = self._untaken("credentials", as_called(credential.name)) if rename else credential.name
                numbers.append(self._add(replace(credential, name=name), action, issuer_outside))
                names.append(name)
            self._remember_added(numbers, action, names)
        return tuple(names)

    def add_certificate(self, name: str, kind: Kind, certificate: x509.Certificate) -> None:
        """Keep a certificate without its private key, to be trusted or looked at; its issuer may be missing."""
        with self._database.transaction():
            issuer = self._issuer(certificate, kind, ())
            made = Credential(name, kind, certificate, ())
            number = self._insert(made, issuer, "imported")
            self._adopt(number, kind, certificate)
            self._remember_added([number], "imported", [name])

    def add_private_key(self, name: str, key: PrivateKey) -> None:
        """Keep the private key of the one called `name`, which came without it.

        Raises LabError if it has one already, or the key is not its; LockedError without the passphrase.
        """
        with self._database.transaction():
            row = self._row(name)
            if self._vault.take("private_keys", row["id"], row["fingerprint"]) is not None:
                raise LabError(f"The lab has the private key of {name} already.")
            if key.public_key() != certificate_of(row).public_key():
                raise LabError(
                    f"This private key is not that of {name}: look for the one that its request was signed with."
                )
            pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            self._vault.put("private_keys", row["id"], row["fingerprint"], pkcs8)
            note(self._database, "imported the private key of", name)

    def certificate(self, name: str) -> x509.Certificate:
        """The certificate called `name`, as far as it can be read if it is wrong on purpose; needs no passphrase."""
        return certificate_of(self._row(name))

    def certificate_der(self, name: str) -> bytes:
        """The exact bytes of the certificate called `name`, right or wrong."""
        return bytes(self._row(name)["certificate"])

    def path_der(self, name: str) -> tuple[bytes, ...]:
        """The exact bytes of each certificate of `path`."""
        return tuple(bytes(row["certificate"]) for row in self._path(name))

    def path(self, name: str) -> tuple[x509.Certificate, ...]:
        """The certificate called `name`, its issuer, and so on up to the root; needs no passphrase.

        It ends earlier where an issuer is not in the lab.
        """
        return tuple(certificate_of(row) for row in self._path(name))

    def paths(self, name: str) -> tuple[tuple[x509.Certificate, ...], ...]:
        """Every path up from the certificate called `name`: cross-signed and renewed authorities give several.

        The one of `path` is the first.
        """
        first = self.path(name)
        others = (tuple(certificate_of(row) for row in rows) for rows in self._paths([self._row(name)]))
        return tuple(dict.fromkeys((first, *others)))

    def credential(self, name: str) -> Credential:
        """The one called `name`, with its private key if it is here; a RawCredential if its certificate is wrong on purpose.

        Raises LockedError without the passphrase.
        """
        own, *above = self._path(name)
        pkcs8 = self._vault.take("private_keys", own["id"], own["fingerprint"])
        key = None if pkcs8 is None else loaded_key(own["name"], pkcs8)
        # The root stays at home: whoever is to trust it has it.
        shown = [own, *(row for row in above if row["kind"] != "root")]
        certificate, *chain = (certificate_of(row) for row in shown)
        if all(reads_whole(row) for row in shown):
            return Credential(own["name"], own["kind"], certificate, tuple(chain), key)
        return RawCredential.of(own["name"], own["kind"], [bytes(row["certificate"]) for row in shown], key)

    def private_key(self, name: str) -> PrivateKey:
        """The private key of the one called `name`. Raises LockedError without the passphrase, LabError if it is not here."""
        key = self.credential(name).key
        if key is None:
            raise LabError(f"The private key of {name} is not in the lab: only its owner can use the certificate.")
        return key

    def authority(self, name: str) -> Authority:
        """The authority called `name`, ready to issue. Raises LabError if it is none."""
        kind = self._row(name)["kind"]
        if kind not in {"root", "intermediate"}:
            raise LabError(f"{name} is a {kind} certificate and cannot issue: name an authority.")
        credential = self.credential(name)
        if credential.key is None:
            raise LabError(
                f"The private key of {name} is not in the lab, so it cannot sign here: name another authority."
            )
        return Authority(credential, self.path(name)[-1])

    def twins(self, name: str) -> list[str]:
        """Other certificates of the same subject with the same key: renewed or cross-signed."""
        row = self._row(name)
        rows = self._database.rows(f"{_LIVE} AND identity = ? AND id <> ? ORDER BY id", row["identity"], row["id"])
        return [each["name"] for each in rows]

    def rename(self, name: str, new_name: str) -> None:
        """Call the one called `name` otherwise from now on; the certificate stays as it is."""
        with self._database.transaction():
            row = self._row(name)
            self._check_name(new_name)
            self._database.execute("UPDATE credentials SET name = ? WHERE id = ?", new_name, row["id"])
            note(self._database, "renamed", name, f"to {new_name}")
            remember(self._database, f"renamed {name} to {new_name}", ["rename", row["id"], name])

    def set_note(self, name: str, text: str) -> None:
        """The user's own words about the one called `name`; "" for none."""
        with self._database.transaction():
            self._database.execute("UPDATE credentials SET note = ? WHERE id = ?", text, self._row(name)["id"])

    def _add(self, credential: Credential, action: str, issuer_outside: bool) -> int:
        issuer = self._issuer(credential.certificate, credential.kind, credential.chain[:1])
        issuer = issuer or self._named_issuer(credential)
        if issuer is None and credential.kind != "root" and not issuer_outside:
            subject = credential.certificate.issuer.rfc4514_string()
            raise LabError(f"The authority that issued {credential.name} ({subject}) is not in the lab: add it first.")
        number = self._insert(credential, issuer, action)
        if credential.key is not None:
            fingerprint = fingerprint_of(credential.certificate_der)
            self._vault.put("private_keys", number, fingerprint, credential.private_key_der)
        if issuer_outside or credential.kind == "root":
            self._adopt(number, credential.kind, credential.certificate)
        return number

    def _insert(self, credential: Credential, issuer: Row | None, action: str) -> int:
        """A row of its own for a credential without its key, and a line in the journal."""
        name, kind, certificate = credential.name, credential.kind, credential.certificate
        fingerprint = fingerprint_of(credential.certificate_der)
        names = subject_alternative_name(certificate)
        self._check_name(name)
        self._check_new(name, fingerprint)
        serial_number = f"{certificate.serial_number:x}"
        # What is wrong on purpose was issued by nobody, whatever number stands in it.
        if issuer is not None and issued_by(certificate, certificate_of(issuer)):
            self._check_serial(name, issuer, serial_number)
        number = self._database.execute(
            """INSERT INTO credentials (name, kind, issuer_id, identity, certificate, fingerprint, serial_number,
                subject, names, key_type, not_before, not_after, added_ns)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            name,
            kind,
            issuer["id"] if issuer else None,
            identity(certificate),
            credential.certificate_der,
            fingerprint,
            serial_number,
            certificate.subject.rfc4514_string(),
            json.dumps(names),
            key_type(certificate),
            certificate.not_valid_before_utc.isoformat(),
            certificate.not_valid_after_utc.isoformat(),
            time.time_ns(),
        )
        by = f", by {issuer['name']}" if issuer else ""
        whom = f" for {', '.join(names)}" if names else ""
        note(self._database, action, name, f"{kind}{whom}, serial {serial_number}{by}")
        return number

    def _remember_added(self, numbers: Sequence[int], action: str, names: Sequence[str]) -> None:
        if numbers:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            remember(self._database, f"{action} {names[0]}{more}", ["bin", "credentials", list(numbers)])

    def _issuer(self, certificate: x509.Certificate, kind: Kind, nearest: Sequence[x509.Certificate]) -> Row | None:
        """The row of the authority that signed it; None for a root, and where it is not in the lab.

        nearest  the one that is meant, where several have the same subject and key.
        """
        if kind == "root":
            return None
        subject = certificate.issuer.rfc4514_string()
        rows = self._database.rows(
            f"{_LIVE} AND kind IN {AUTHORITIES} AND subject = ? ORDER BY kind = 'root' DESC, id", subject
        )
        signers = [row for row in rows if issued_by(certificate, certificate_of(row))]
        meant = {each.fingerprint(hashes.SHA256()).hex() for each in nearest}
        return next((row for row in signers if row["fingerprint"] in meant), next(iter(signers), None))

    def _named_issuer(self, credential: Credential) -> Row | None:
        """Whom a certificate names that is wrong on purpose, and whose signature need not hold."""
        if credential.kind == "root" or not isinstance(credential, RawCredential):
            return None
        subject = credential.certificate.issuer.rfc4514_string()
        return self._database.row(
            f"{_LIVE} AND kind IN {AUTHORITIES} AND subject = ? ORDER BY kind = 'root' DESC, id", subject
        )

    def _adopt(self, number: int, kind: Kind, certificate: x509.Certificate) -> None:
        """Put below a new authority what came before it."""
        if kind not in {"root", "intermediate"}:
            return
        for row in self._database.rows(f"{_LIVE} AND kind <> 'root' AND issuer_id IS NULL AND id <> ?", number):
            above = {each["id"] for each in self._rows_up(self._by_id(number))}
            if row["id"] not in above and issued_by(certificate_of(row), certificate):
                self._database.execute("UPDATE credentials SET issuer_id = ? WHERE id = ?", number, row["id"])

    def _untaken(self, table: str, name: str) -> str:
        """`name`, or with the first number behind it that is free in `table`."""
        number, candidate = 1, name
        while self._database.row(f"SELECT 1 FROM {table} WHERE name = ? AND deleted_ns IS NULL", candidate):
            number += 1
            candidate = f"{name} {number}"
        return candidate

    def _check_name(self, name: str) -> None:
        check_called(name)
        if self._database.row(f"{_LIVE} AND name = ?", name) is not None:
            raise LabError(f"The lab has a certificate called {name} already: choose another name.")

    def _check_new(self, name: str, fingerprint: str) -> None:
        same = self._database.row("SELECT id, name, deleted_ns FROM credentials WHERE fingerprint = ?", fingerprint)
        if same is None:
            return
        if same["deleted_ns"] is None:
            raise LabError(f"The lab has the certificate {name} already: it is called {same['name']} there.")
        raise LabError(f"The certificate {name} lies in the bin of the lab, as {same['name']}: restore it there.")

    def _check_serial(self, name: str, issuer: Row, serial_number: str) -> None:
        """An issuer gives each number once (RFC 5280 section 4.1.2.2), also if what had it is in the bin or revoked."""
        same = self._database.row(
            """SELECT c.name FROM credentials c JOIN credentials i ON i.id = c.issuer_id
                WHERE i.identity = ? AND c.serial_number = ?""",
            issuer["identity"],
            serial_number,
        )
        if same is not None:
            raise LabError(
                f"{name} has the serial number {serial_number}, which {issuer['name']} has given to {same['name']}: "
                "issue it with another."
            )
        if self._database.row(
            "SELECT 1 FROM revocations WHERE authority = ? AND serial_number = ?", issuer["identity"], serial_number
        ):
            raise LabError(f"The serial number {serial_number} of {name} was revoked already: issue it with another.")

    def _row(self, name: str) -> Row:
        row = self._database.row(f"{_LIVE} AND name = ?", name)
        if row is None:
            raise LabError(f"The lab {self._database.path} has no certificate called {name}: {self._instead(name)}")
        return row

    def _by_id(self, number: int) -> Row:
        return self._database.rows("SELECT * FROM credentials WHERE id = ?", number)[0]

    def _path(self, name: str) -> list[Row]:
        return self._rows_up(self._row(name))

    def _rows_up(self, row: Row) -> list[Row]:
        rows = [row]
        while (above := rows[-1]["issuer_id"]) is not None:
            if any(above == each["id"] for each in rows):
                raise LabError(
                    f"The lab {self._database.path} is damaged: {row['name']} stands above itself; go back to a copy."
                )
            rows.append(self._by_id(above))
        return rows

    def _paths(self, rows: list[Row]) -> list[list[Row]]:
        """All ways on from `rows`, through every certificate of each issuer, none of them twice."""
        last = rows[-1]
        if last["issuer_id"] is None:
            return [rows]
        issuer = self._by_id(last["issuer_id"])
        twins = self._database.rows(f"{_LIVE} AND identity = ? ORDER BY id", issuer["identity"])
        seen = {row["identity"] for row in rows}
        if issuer["identity"] in seen:
            return []
        return [path for twin in twins for path in self._paths([*rows, twin])]
