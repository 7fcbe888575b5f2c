"""Certificate requests of a lab (PKCS#10, RFC 2986): those that were made here, with their keys, and imported ones."""

from __future__ import annotations

import hashlib
import json
import time
from sqlite3 import Row

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tlslab.pki import PrivateKey, key_type_of
from tlslab.pki.names import text_of
from tlslab.store.called import as_called, check_called, free
from tlslab.store.changes import remember
from tlslab.store.contents import loaded_key
from tlslab.store.errors import LabError, damaged
from tlslab.store.journal import note
from tlslab.store.part import Part, moment
from tlslab.store.records import RequestEntry

_REQUESTS = """SELECT r.*, k.request_id FROM requests r LEFT JOIN request_keys k ON k.request_id = r.id
    WHERE r.deleted_ns IS NULL"""


class Requests(Part):
    """The table `requests` and, through the vault, the private keys of those that were made here."""

    def add_request(
        self, name: str, request: x509.CertificateSigningRequest, private_key: PrivateKey | None = None
    ) -> None:
        """Keep a request, with its private key if it was made here.

        Raises LabError for a name that is taken, LockedError without the passphrase.
        """
        data = request.public_bytes(Encoding.DER)
        fingerprint = hashlib.sha256(data).hexdigest()
        with self._database.transaction():
            self._check_request_name(name)
            number = self._database.execute(
                """INSERT INTO requests (name, request, fingerprint, subject, names, key_type, added_ns)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""",
                name,
                data,
                fingerprint,
                request.subject.rfc4514_string(),
                json.dumps(_names(request)),
                key_type_of(request.public_key()),
                time.time_ns(),
            )
            if private_key is not None:
                pkcs8 = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
                self._vault.put("request_keys", number, fingerprint, pkcs8)
            action = "requested" if private_key is not None else "imported the request"
            note(self._database, action, name, request.subject.rfc4514_string())
            remember(self._database, f"{action} {name}", ["bin", "requests", [number]])

    def requests(self) -> list[RequestEntry]:
        """All of them for a list, in the order in which they were added."""
        return [_entry(row) for row in self._database.rows(f"{_REQUESTS} ORDER BY r.id")]

    def free_request_name(self, name: str) -> str:
        """`name`, or with the first number behind it that no request of this lab has."""
        return free(as_called(name), {each.name for each in self.requests()})

    def request(self, name: str) -> x509.CertificateSigningRequest:
        """The request called `name`. Raises LabError if there is none."""
        return x509.load_der_x509_csr(self._request_row(name)["request"])

    def request_key(self, name: str) -> PrivateKey | None:
        """The private key of the request called `name`; None if it was made elsewhere.

        Raises LockedError without the passphrase.
        """
        row = self._request_row(name)
        pkcs8 = self._vault.take("request_keys", row["id"], row["fingerprint"])
        return None if pkcs8 is None else loaded_key(name, pkcs8)

    def delete_request(self, name: str) -> None:
        """Put the request called `name` into the bin."""
        with self._database.transaction():
            number = self._request_row(name)["id"]
            self._database.execute("UPDATE requests SET deleted_ns = ? WHERE id = ?", time.time_ns(), number)
            note(self._database, "deleted the request", name)
            remember(self._database, f"deleted the request {name}", ["restore", "requests", [number]])

    def _check_request_name(self, name: str) -> None:
        check_called(name)
        if self._database.row("SELECT 1 FROM requests WHERE name = ? AND deleted_ns IS NULL", name) is not None:
            raise LabError(f"The lab has a request called {name} already: choose another name.")

    def _request_row(self, name: str) -> Row:
        row = self._database.row(f"{_REQUESTS} AND r.name = ?", name)
        if row is None:
            raise LabError(f"The lab has no request called {name}: look at the list.")
        return row


def _names(request: x509.CertificateSigningRequest) -> list[str]:
    try:
        extension = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [text_of(name) for name in extension.value]


def _entry(row: Row) -> RequestEntry:
    try:
        names = tuple(json.loads(row["names"]))
    except (ValueError, TypeError, RecursionError):
        raise damaged("A request") from None
    return RequestEntry(
        row["name"],
        row["subject"],
        names,
        row["key_type"],
        row["request_id"] is not None,
        moment(row["added_ns"]),
        row["fingerprint"],
    )
