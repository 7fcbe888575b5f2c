"""From a condition's tables to the certificates themselves, wrong bytes and all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tlslab.pki import der_writer as der
from tlslab.pki.broken.conditions import Condition, Side, Table, at_base, overlaid, standard
from tlslab.pki.broken.extension_values import Keyring, extension, is_extension
from tlslab.pki.broken.keys import Keys, subject_public_key_info
from tlslab.pki.private_keys import PrivateKey
from tlslab.pki.raw_certificate import (
    V1,
    V3,
    RawCertificate,
    RawExtension,
    algorithm_identifier,
    assembled,
    elements,
    sign,
)

DEFAULT_KEY: Final = "P-256"
_UNITS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1)}
_ALGORITHMS: Final = {
    "ecdsa-with-SHA384": der.sequence(der.oid("1.2.840.10045.4.3.3")),
    "sha256WithRSAEncryption": der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null()),
}


@dataclass(frozen=True, slots=True)
class Made:
    """One certificate of a condition."""

    name: str
    """As in the condition: "leaf", "intermediate", "root", "other-root"."""
    der: bytes
    key: PrivateKey = field(repr=False)


class Chain:
    """The certificates of one condition, each made when it is first asked for.

    keys       where keys come from, and are kept.
    shown_by   the side that shows the leaf: it decides the purpose that a right leaf has.
    base       the host that all of it is made for.
    now        what the dates are relative to.
    of         whose its authorities are, if they are to have names of their own.
    """

    def __init__(
        self, condition: Condition, keys: Keys, shown_by: Side, base: str, now: datetime, of: str = ""
    ) -> None:
        self._tables: dict[str, dict[str, Any]] = at_base(_tables(condition, shown_by, of), base)
        self._keys = keys
        self._now = now
        self._made: dict[str, Made] = {}
        self._serial_numbers: dict[str, bytes] = {}

    def made(self, name: str) -> Made:
        """The certificate called `name`."""
        if name not in self._made:
            self._made[name] = Made(name, self._certificate(name), self.key(name))
        return self._made[name]

    def key(self, name: str) -> PrivateKey:
        """The private key behind the certificate `name`."""
        return self._keys.key(name, self._tables[name].get("key", DEFAULT_KEY))

    def serial_number(self, name: str) -> bytes:
        """The serialNumber of the certificate `name`, which need not have been made yet."""
        if name not in self._serial_numbers:
            self._serial_numbers[name] = _serial_number(self._tables[name].get("serial"))
        return self._serial_numbers[name]

    def subject(self, name: str) -> bytes:
        """The subject of the certificate `name`, as a Name."""
        table = self._tables[name]
        common_name = "2.5.4.3"
        if "subject_below_issuer" in table:
            own = der.distinguished_name(((common_name, table["subject_below_issuer"]),))
            return der.sequence(*elements(self.subject(table["issuer"])), *elements(own))
        return der.name(table["subject"])

    def time(self, value: str | Table) -> bytes:
        """A Time of a certificate: "-1d" in the form that RFC 5280 asks for, or a table that says which form."""
        if isinstance(value, str):
            return der.x509_time(moment(self._now, value))
        text = moment(self._now, value["at"]).strftime(value["form"])
        return der.utc_time(text) if value["kind"] == "utc" else der.generalized_time(text)

    def keyring(self, name: str, issuer: str) -> Keyring:
        """The keys for the identifiers in what `issuer` signs about `name`."""
        return Keyring(self.key(name), self.key(issuer), self.key, self.serial_number(issuer)[2:])

    def _certificate(self, name: str) -> bytes:
        table = self._tables[name]
        issuer_key = self.key(table["issuer"])
        hash_name = table.get("hash", "")
        right = algorithm_identifier(issuer_key, hash_name)
        raw = RawCertificate(
            version=V3 if table.get("version", 3) == 3 else V1,
            serial_number=self.serial_number(name),
            signature=_algorithm(table.get("signature_inside")) or right,
            issuer=self.subject(table["issuer"]),
            not_before=self.time(table["not_before"]),
            not_after=self.time(table["not_after"]),
            subject=self.subject(name),
            subject_public_key_info=subject_public_key_info(self.key(name), table.get("public_key", "")),
            extensions=self._extensions(name, table),
            signature_algorithm=_algorithm(table.get("signature_outside")) or right,
        )
        signature = sign(raw.tbs, issuer_key, hash_name)
        return replace(raw, signature_value=damaged(signature) if table.get("damaged") else signature).der

    def _extensions(self, name: str, table: Table) -> tuple[RawExtension, ...] | None:
        if table.get("extensions") is False:
            return None
        keyring = self.keyring(name, table["issuer"])
        wanted = {key: value for key, value in table.items() if is_extension(key) and value is not False}
        return tuple(made for key, value in wanted.items() for made in extension(key, value, keyring))


def _tables(condition: Condition, shown_by: Side, of: str) -> Mapping[str, dict[str, Any]]:
    """The table of each certificate of a condition."""
    base = dict(standard())
    if of:
        for name in ("root", "intermediate"):
            base[name] = base[name] | {"subject": f"{name.capitalize()} of {of}"}
    tables = {name: base[name] for name in ("root", "intermediate", "leaf")}
    if shown_by == "client":
        tables["leaf"] = overlaid(tables["leaf"], base["client"])
    usual = dict(tables)
    for name, changes in condition.changes.items():
        own = {key: value for key, value in changes.items() if key != "like"}
        tables[name] = overlaid(usual[changes.get("like", name)], own)
        # What is like a root signs itself; like anything else, it has the issuer that this one has.
        if changes.get("like") == "root" and "issuer" not in changes:
            tables[name]["issuer"] = name
    return tables


def moment(now: datetime, text: str) -> datetime:
    """The moment that "-1d" or "+2h" says, from `now`."""
    return now + int(text[:-1]) * _UNITS[text[-1]]


def damaged(signature: bytes) -> bytes:
    """The same with one bit of its last byte flipped."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


def signed(tbs: bytes, key: PrivateKey, *, damage: bool) -> bytes:
    """A CRL of its `tbs`, or anything else that is signed in this shape."""
    signature = sign(tbs, key)
    return assembled(tbs, algorithm_identifier(key), damaged(signature) if damage else signature)


def _serial_number(value: int | str | None) -> bytes:
    if isinstance(value, int):
        return der.integer(value)
    octets = bytes.fromhex(value) if value else bytes([0x40 | os.urandom(1)[0] >> 2]) + os.urandom(19)
    return der.tlv(der.INTEGER, octets)


def _algorithm(name: str | None) -> bytes:
    if name is None:
        return b""
    return _ALGORITHMS.get(name) or der.sequence(der.oid(name))
