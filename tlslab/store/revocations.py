"""What the authorities of a lab have revoked, and the CRLs that they have published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from sqlite3 import Row

from tlslab.pki.revocation import ON_HOLD, Revocation, in_utc, reason_of
from tlslab.store.changes import remember
from tlslab.store.credentials import Credentials
from tlslab.store.entries import number_in, revocation_of
from tlslab.store.errors import LabError
from tlslab.store.journal import note

_KEPT_CRLS = 20
"""Of each authority as many are kept: what deltas are deltas to."""


class Revocations(Credentials):
    """The tables `revocations` and `crls`. Both are an authority's, whichever of its certificates is named."""

    def revoke(
        self,
        name: str,
        reason: str = "unspecified",
        at: datetime | None = None,
        *,
        invalidity_date: datetime | None = None,
    ) -> Revocation:
        """Take the certificate called `name` back, now or `at` another time, earlier or later.

        reason  as RFC 5280 section 5.3.1 spells it; certificateHold can be taken back, and be made final.

        Raises LabError if its issuer is not in the lab or it is revoked for good, PkiError for an unknown reason.
        """
        known = reason_of(reason)
        if known == "removeFromCRL":
            raise LabError("removeFromCRL is no reason to revoke a certificate: unrevoke what is on hold.")
        with self._database.transaction():
            row, issuer = self._issued(name)
            before = self._revoked(issuer["identity"], row["serial_number"])
            if before is not None and before["reason"] != ON_HOLD:
                raise LabError(
                    f"{name} was revoked already, at {before['time'][:19]}Z ({before['reason']}), and that is for good."
                )
            revocation = Revocation(
                int(row["serial_number"], 16),
                in_utc(at or datetime.now(UTC)),
                known,
                None if invalidity_date is None else in_utc(invalidity_date),
            )
            self._put(issuer["identity"], revocation)
            note(self._database, "revoked", name, f"{known}, serial {row['serial_number']}, by {issuer['name']}")
            self._remember_revocation(f"revoked {name}", issuer, row, before)
        return revocation

    def unrevoke(self, name: str) -> None:
        """Take back the hold of the certificate called `name`.

        Raises LabError if it is not revoked, or for another reason, which is for good (RFC 5280 section 5.3.1).
        """
        with self._database.transaction():
            row, issuer = self._issued(name)
            before = self._revoked(issuer["identity"], row["serial_number"])
            if before is None:
                raise LabError(f"{name} is not revoked.")
            if before["reason"] != ON_HOLD:
                raise LabError(
                    f"{name} was revoked for {before['reason']}, and only certificateHold can be taken back "
                    "(RFC 5280 section 5.3.1): issue a new one, or undo the revocation if it is the last change."
                )
            self._database.execute(
                "DELETE FROM revocations WHERE authority = ? AND serial_number = ?",
                issuer["identity"],
                row["serial_number"],
            )
            note(self._database, "unrevoked", name, f"serial {row['serial_number']}, by {issuer['name']}")
            self._remember_revocation(f"unrevoked {name}", issuer, row, before)

    def revocations(self, authority: str) -> list[Revocation]:
        """What the authority of that name has revoked, in the order of time; also what is gone from the lab since."""
        rows = self._database.rows(
            "SELECT * FROM revocations WHERE authority = ? ORDER BY time, serial_number",
            self._authority_identity(authority),
        )
        return [
            revocation_of(number_in(row["serial_number"]), row["time"], row["reason"], row["invalidity_date"])
            for row in rows
        ]

    def revocation(self, authority: str, serial_number: int) -> Revocation | None:
        """What the authority of that name says of one certificate; None if it has not revoked it."""
        row = self._revoked(self._authority_identity(authority), f"{serial_number:x}")
        if row is None:
            return None
        return revocation_of(serial_number, row["time"], row["reason"], row["invalidity_date"])

    def name_of(self, authority: str, serial_number: int) -> str | None:
        """What the certificate is called to which the authority of that name has given `serial_number`, also in the bin."""
        row = self._database.row(
            """SELECT c.name FROM credentials c JOIN credentials i ON i.id = c.issuer_id
                WHERE i.identity = ? AND c.serial_number = ?""",
            self._authority_identity(authority),
            f"{serial_number:x}",
        )
        return None if row is None else str(row["name"])

    def publish_crl(
        self,
        authority: str,
        make: Callable[[int, list[Revocation]], bytes],
        *,
        base: int | None = None,
        number: int | None = None,
    ) -> bytes:
        """Make the next CRL of the authority of that name, and remember it: `make(number, revocations)` gives it.

        base    number of the CRL to which it is a delta.
        number  its own, instead of the next; those that follow it are counted from there, if it is the highest so far.
        """
        with self._database.transaction():
            identity = self._authority_identity(authority)
            row = self._database.rows("SELECT max(number) AS number FROM crls WHERE authority = ?", identity)[0]
            following = (row["number"] or 0) + 1
            crl = make(following if number is None else number, self.revocations(authority))
            # A number that was given before is given again on purpose; one beyond SQLite's integers can be given, not kept.
            if number is None or not following <= number < 2**63:
                number = following
            self._database.execute(
                "INSERT INTO crls (authority, number, base, crl) VALUES (?, ?, ?, ?)", identity, number, base, crl
            )
            self._database.execute(
                """DELETE FROM crls WHERE authority = ?1 AND number NOT IN
                    (SELECT number FROM crls WHERE authority = ?1 ORDER BY number DESC LIMIT ?2) AND number <>
                    (SELECT coalesce(max(number), 0) FROM crls WHERE authority = ?1 AND base IS NULL)""",
                identity,
                _KEPT_CRLS,
            )
            kind = "delta CRL" if base is not None else "CRL"
            note(self._database, "published", f"a {kind} of {authority}", f"number {number}")
        return crl

    def published_crl(self, authority: str, number: int | None = None) -> tuple[int, bytes] | None:
        """Number and DER of the last full CRL of an authority, or of the one with `number`; None if there is none."""
        row = self._database.row(
            """SELECT number, crl FROM crls WHERE authority = ? AND base IS NULL AND (? IS NULL OR number = ?)
                ORDER BY number DESC""",
            self._authority_identity(authority),
            number,
            number,
        )
        return None if row is None else (row["number"], row["crl"])

    def _authority_identity(self, name: str) -> str:
        row = self._row(name)
        if row["kind"] not in {"root", "intermediate"}:
            raise LabError(f"{name} is a {row['kind']} certificate and revokes nothing: name an authority.")
        return str(row["identity"])

    def _issued(self, name: str) -> tuple[Row, Row]:
        """The row of `name` and that of its issuer, who alone can revoke it."""
        row = self._row(name)
        if row["issuer_id"] is None:
            why = (
                "is a root, which nobody can revoke: trust it no longer"
                if row["kind"] == "root"
                else ("was issued by an authority that is not in the lab, which alone can revoke it: add that first")
            )
            raise LabError(f"{name} {why}.")
        return row, self._by_id(row["issuer_id"])

    def _revoked(self, authority: str, serial_number: str) -> Row | None:
        return self._database.row(
            "SELECT * FROM revocations WHERE authority = ? AND serial_number = ?", authority, serial_number
        )

    def _put(self, authority: str, revocation: Revocation) -> None:
        invalid = revocation.invalidity_date
        self._database.execute(
            "INSERT OR REPLACE INTO revocations VALUES (?, ?, ?, ?, ?)",
            authority,
            f"{revocation.serial_number:x}",
            revocation.time.isoformat(),
            revocation.reason,
            None if invalid is None else invalid.isoformat(),
        )

    def _remember_revocation(self, what: str, issuer: Row, row: Row, before: Row | None) -> None:
        former = None if before is None else [before["time"], before["reason"], before["invalidity_date"]]
        remember(self._database, what, ["revocation", issuer["identity"], row["serial_number"], former])
