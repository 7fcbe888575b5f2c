"""Rules about a path: what the peer's certificate must be, and what each issuer on top of it must be.

A path is built upwards, so all that an issuer has to allow is known when it is put on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.algorithms import verify_signature
from tlslab.pki.verify.certificate import UNKNOWN, Certificate, Defect
from tlslab.pki.verify.extension_values import ANY_PURPOSE, CLIENT_AUTH, SERVER_AUTH
from tlslab.pki.verify.findings import TIME_WORDS, Finding
from tlslab.pki.verify.hosts import host_defects, name_defects
from tlslab.pki.verify.model import Settings
from tlslab.pki.verify.name_constraints import constraint_defects
from tlslab.pki.verify.own_rules import own_defects
from tlslab.pki.verify.roles import Role
from tlslab.reference.oids import oid_name

PURPOSES: Final = {"server": SERVER_AUTH, "client": CLIENT_AUTH}
_STATUS_REQUEST: Final = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of all certificates of one validation."""

    settings: Settings
    web: bool
    has_staple: bool

    @property
    def moment(self) -> datetime:
        """Whole seconds, in which certificates count (RFC 5280 §4.1.2.5)."""
        return self.settings.at.replace(microsecond=0)

    def role(self, *, leaf: bool, anchor: bool) -> Role:
        """The role of a certificate."""
        return Role(leaf, anchor, self.web, self.settings.rules, self.settings.purpose)


def leaf_findings(certificate: Certificate, asked: Asked, *, anchor: bool) -> list[Finding]:
    """What is wrong with the peer's own certificate, issuers aside."""
    defects = [*own_defects(certificate, asked.role(leaf=True, anchor=anchor))]
    if certificate.readable:
        for question in (_validity, _purpose, _key_usage, _netscape, _host, _asked_algorithm, _must_staple):
            defects += question(certificate, asked)
    return [Finding(0, defect, certificate) for defect in defects]


def issuer_findings(path: Sequence[Certificate], issuer: Certificate, asked: Asked, *, anchor: bool) -> list[Finding]:
    """What is wrong with `issuer` on top of `path`, the peer's certificate first."""
    child, depth = path[-1], len(path)
    found = [Finding(depth - 1, defect, child, issuer=issuer.title) for defect in link_defects(child, issuer)]
    defects = [*own_defects(issuer, asked.role(leaf=False, anchor=anchor)), *_validity(issuer, asked)]
    defects += _issuer_purpose(issuer, asked)
    defects += _path_length(path, issuer)
    if not anchor:
        defects += _asked_algorithm(issuer, asked)
        counted = intermediates(path) + (not issuer.self_issued)
        if counted > asked.settings.max_intermediates:
            defects.append(Defect("path-too-long", 0, len(issuer.der), str(asked.settings.max_intermediates)))
    found += [Finding(depth, defect, issuer) for defect in defects]
    for index, below in enumerate(path):
        # "Name constraints are not applied to self-issued certificates (unless the certificate is the final certificate)".
        if index == 0 or not below.self_issued:
            found += [Finding(index, each, below, issuer=issuer.title) for each in constraint_defects(issuer, below)]
    return found


def link_defects(child: Certificate, issuer: Certificate) -> Iterator[Defect]:
    """What speaks against `issuer` having issued `child`; the places are in `child`."""
    if child.issuer is None or issuer.subject is None or child.issuer.key != issuer.subject.key:
        names = " and ".join(name.text if name else "nothing" for name in (child.issuer, issuer.subject))
        yield Defect("issuer-name-mismatch", *child.place("issuer"), names)
    authority = child.authority_key_identifier
    if authority is not None:
        yield from _key_identifier(child, authority, issuer)
    algorithm = child.outer_algorithm
    if algorithm is None:
        return
    fault = verify_signature(algorithm, issuer.spki, child.signature, child.signed)
    if fault is not None:
        yield Defect("bad-signature", *child.place("signatureValue"), fault)


def _key_identifier(
    child: Certificate, authority: values.AuthorityKeyIdentifier, issuer: Certificate
) -> Iterator[Defect]:
    place = child.place(values.AUTHORITY_KEY_IDENTIFIER)
    theirs = issuer.subject_key_identifier
    if None not in {authority.key_identifier, theirs} and authority.key_identifier != theirs:
        words = f"{(authority.key_identifier or b'').hex()[:40]} and {(theirs or b'').hex()[:40]}"
        yield Defect("key-identifier-mismatch", *place, words)
    if authority.serial is not None and authority.serial != issuer.serial:
        yield Defect("issuer-serial-mismatch", *place, f"{authority.serial:x} and {issuer.serial:x}")


def intermediates(path: Sequence[Certificate]) -> int:
    """How many of a path count for its length: those above the peer's own that are not self-issued (RFC 5280 §6.1.4 (l))."""
    return sum(not certificate.self_issued for certificate in path[1:])


def _validity(certificate: Certificate, asked: Asked) -> Iterator[Defect]:
    if certificate.not_before != UNKNOWN and asked.moment < certificate.not_before:
        yield Defect("not-yet-valid", *certificate.place("validity"), f"{certificate.not_before:{TIME_WORDS}}")
    if certificate.not_after != UNKNOWN and asked.moment > certificate.not_after:
        yield Defect("expired", *certificate.place("validity"), f"{certificate.not_after:{TIME_WORDS}}")


def _purpose(certificate: Certificate, asked: Asked) -> Iterator[Defect]:
    purposes = certificate.purposes
    if purposes is None:
        return
    wanted = [PURPOSES[asked.settings.purpose]] if asked.settings.purpose else []
    # "Applications that require the presence of a particular purpose MAY reject certificates that include the
    # anyExtendedKeyUsage OID but not the particular OID": OpenSSL and cryptography do, for the peer's own.
    any_does = asked.settings.rules == "rfc5280" and ANY_PURPOSE in purposes
    for oid in dict.fromkeys([*wanted, *asked.settings.extended_key_usage]):
        if oid not in purposes and not any_does:
            words = f"{_purpose_words(purposes)}, and not {oid_name(oid) or oid}"
            yield Defect("wrong-purpose", *certificate.place(values.EXTENDED_KEY_USAGE), words)


def _issuer_purpose(issuer: Certificate, asked: Asked) -> Iterator[Defect]:
    """Purposes of an authority bound those below it: so do all clients, and BR §7.1.2.5.1 builds on it."""
    purposes = issuer.purposes
    if purposes is None or asked.settings.purpose is None:
        return
    if PURPOSES[asked.settings.purpose] not in purposes and ANY_PURPOSE not in purposes:
        yield Defect("authority-purpose", *issuer.place(values.EXTENDED_KEY_USAGE), _purpose_words(purposes))


def _purpose_words(purposes: Sequence[str]) -> str:
    return ", ".join(oid_name(oid) or oid for oid in purposes[:6])


def _key_usage(certificate: Certificate, asked: Asked) -> Iterator[Defect]:
    """What a TLS peer does with its key: it signs, agrees on a key or, in old key exchanges, takes one encrypted."""
    usage = certificate.key_usage
    if usage is None:
        return
    place = certificate.place(values.KEY_USAGE)
    for name in asked.settings.key_usage:
        if name in values.KEY_USAGE_BITS and values.KEY_USAGE_BITS.index(name) not in usage:
            yield Defect("key-usage-lacks", *place, name)
    useful = {values.DIGITAL_SIGNATURE, values.KEY_AGREEMENT}
    if certificate.key.kind == "RSA" and asked.settings.purpose == "server":
        useful.add(values.KEY_ENCIPHERMENT)
    if asked.settings.purpose is not None and usage and not usage & useful:
        yield Defect("key-usage-useless", *place, values.KeyUsage(usage).words)


def _netscape(certificate: Certificate, asked: Asked) -> Iterator[Defect]:
    """nsCertType: bit 0 is an SSL client's, bit 1 a server's. OpenSSL still heeds it."""
    kind = certificate.value(values.NETSCAPE_CERT_TYPE, values.KeyUsage)
    bit = {"client": 0, "server": 1}.get(asked.settings.purpose or "")
    if kind is not None and bit is not None and bit not in kind.bits:
        yield Defect("netscape-type", *certificate.place(values.NETSCAPE_CERT_TYPE))


def _host(certificate: Certificate, asked: Asked) -> Iterator[Defect]:
    settings = asked.settings
    if settings.host is not None:
        yield from host_defects(certificate, settings.host, private_suffixes=settings.rules == "pedantic")
    for name in settings.names:
        yield from name_defects(certificate, name)


def _asked_algorithm(certificate: Certificate, asked: Asked) -> Iterator[Defect]:
    allowed, algorithm = asked.settings.signature_algorithms, certificate.outer_algorithm
    if allowed and algorithm is not None and algorithm.oid not in allowed:
        yield Defect("algorithm-not-asked", *certificate.place("signatureAlgorithm"), algorithm.name)


def _must_staple(certificate: Certificate, asked: Asked) -> Iterator[Defect]:
    feature = certificate.value(values.TLS_FEATURE, values.Numbers)
    if asked.has_staple or asked.settings.purpose != "server":
        return
    if asked.settings.require_staple:
        yield Defect("staple-demanded", 0, len(certificate.der))
    elif feature is not None and _STATUS_REQUEST in feature.values:
        yield Defect("staple-missing", *certificate.place(values.TLS_FEATURE))


def _path_length(path: Sequence[Certificate], issuer: Certificate) -> Iterator[Defect]:
    basic = issuer.value(values.BASIC_CONSTRAINTS, values.BasicConstraints)
    if basic is None or basic.path_len is None or basic.path_len_element is None:
        return
    below = intermediates(path)
    if below > basic.path_len:
        element = basic.path_len_element
        yield Defect("path-length-exceeded", element.start, element.end, f"{basic.path_len}, and there are {below}")
