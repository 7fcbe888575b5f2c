"""Certificate revocation lists (RFC 5280 section 5): right ones by default, and every wrong one on request.

cryptography refuses to build lists that are wrong; these are put together with `der_writer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from tlslab.pki.der_writer import (
    context,
    enumerated,
    generalized_time,
    integer,
    named_bits,
    null,
    sequence,
    x509_time,
)
from tlslab.pki.der_writer import name as simple_name
from tlslab.pki.errors import PkiError
from tlslab.pki.issuer_facts import authority_key_identifier, subject_name
from tlslab.pki.private_keys import PrivateKey, generate_key
from tlslab.pki.raw_certificate import RawExtension, algorithm_identifier, assembled, sign
from tlslab.pki.revocation import (
    CERTIFICATE_ISSUER,
    CRL_NUMBER,
    DELTA_CRL_INDICATOR,
    FRESHEST_CRL,
    INVALIDITY_DATE,
    ISSUING_DISTRIBUTION_POINT,
    REASON_CODE,
    REASON_NUMBERS,
    Revocation,
    days_after,
    in_utc,
)

if TYPE_CHECKING:
    from tlslab.pki.authority import Authority

DAYS: Final = 7
"""How long a list is good unless another number is asked for."""

UNKNOWN_EXTENSION: Final = "1.3.6.1.4.1.32473.1"
"""An object identifier below the number that is kept for examples (RFC 5612): nobody knows it."""

_REASON_FLAGS: Final = {
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "certificateHold": 6,
    "privilegeWithdrawn": 7,
    "aACompromise": 8,
}
"""Bits of ReasonFlags (RFC 5280 section 4.2.1.13)."""


@dataclass(frozen=True, slots=True)
class IssuingDistributionPoint:
    """For what a list speaks (RFC 5280 section 5.2.5); the extension is critical."""

    uris: tuple[str, ...] = ()
    """Where it is published: the fullName."""
    only_contains_user_certs: bool = False
    only_contains_ca_certs: bool = False
    only_some_reasons: tuple[str, ...] = ()
    indirect_crl: bool = False
    """It holds certificates of other issuers as well."""
    only_contains_attribute_certs: bool = False

    @property
    def extension(self) -> RawExtension:
        """The extension; members that say FALSE are left out, as DER wants it."""
        flags = (
            (1, self.only_contains_user_certs),
            (2, self.only_contains_ca_certs),
            (4, self.indirect_crl),
            (5, self.only_contains_attribute_certs),
        )
        members = {number: context(number, b"\xff", constructed=False) for number, flag in flags if flag}
        if self.uris:
            members[0] = context(0, context(0, *_uris(self.uris)))
        if self.only_some_reasons:
            bits = named_bits(*(_REASON_FLAGS[reason] for reason in self.only_some_reasons))
            members[3] = context(3, bits[2:], constructed=False)
        return RawExtension(ISSUING_DISTRIBUTION_POINT, True, sequence(*(members[each] for each in sorted(members))))


def make_crl(  # noqa: PLR0913  the members of a list, each of which can be anything
    authority: Authority,
    revocations: Iterable[Revocation] = (),
    *,
    number: int | None = 1,
    this_update: datetime | None = None,
    next_update: datetime | None = None,
    days: int | None = DAYS,
    base: int | None = None,
    issuing_distribution_point: IssuingDistributionPoint | None = None,
    freshest_crl: Sequence[str] = (),
    extensions: Sequence[RawExtension] = (),
    entry_extensions: Sequence[RawExtension] = (),
    issuer: bytes | None = None,
    signer: PrivateKey | None = None,
    damaged: bool = False,
) -> bytes:
    """A list in DER of what `authority` has revoked.

    number            its cRLNumber; None for a list without one.
    this_update       now, unless given; dates are taken as they are, in the past or the future.
    next_update       `days` later, unless given; left out where `days` is None.
    base              for a delta: the number of the complete list on which it builds (`changes_since` gives what stands in it).
    freshest_crl      addresses of the deltas to it.
    extensions        further ones, unknown and critical ones included; `entry_extensions` for each entry.
    issuer            another name as DER than the authority's.
    signer            another key than the authority's.
    damaged           one bit of the signature is wrong.

    Revocations with a `certificate_issuer` make it an indirect one, which its issuing_distribution_point has to say.
    Raises PkiError for dates outside the years 1950 to 9999, and a number that cannot be.
    """
    if number is not None and not 0 <= number < 2**159:
        raise PkiError("A cRLNumber is not negative and has 20 octets at most, RFC 5280 section 5.2.3: choose another.")
    start = in_utc(this_update or datetime.now(UTC))
    end = next_update if next_update is not None or days is None else days_after(start, days)
    key = signer or authority.credential.private_key
    own_name = subject_name(authority.certificate)
    algorithm = algorithm_identifier(key)
    entries = [*_entries(revocations, own_name, entry_extensions)]
    points = issuing_distribution_point.extension if issuing_distribution_point else None
    own_extensions = [
        authority_key_identifier(authority.certificate),
        *([RawExtension(CRL_NUMBER, False, integer(number))] if number is not None else []),
        *([RawExtension(DELTA_CRL_INDICATOR, True, integer(base))] if base is not None else []),
        *([points] if points else []),
        *([RawExtension(FRESHEST_CRL, False, _distribution_point(freshest_crl))] if freshest_crl else []),
        *extensions,
    ]
    tbs = sequence(
        integer(1),
        algorithm,
        issuer or own_name,
        _time(start),
        b"" if end is None else _time(end),
        sequence(*entries) if entries else b"",
        context(0, sequence(*(each.der for each in own_extensions))),
    )
    signature = sign(tbs, key)
    return assembled(tbs, algorithm, one_bit_wrong(signature) if damaged else signature)


def crl_number(crl: bytes) -> int | None:
    """The cRLNumber of a list in DER; None where it has none."""
    extensions = x509.load_der_x509_crl(crl).extensions
    return next((each.value.crl_number for each in extensions if isinstance(each.value, x509.CRLNumber)), None)


def changes_since(base: bytes, revocations: Iterable[Revocation], at: datetime | None = None) -> list[Revocation]:
    """What stands in a delta to the complete list `base`, in DER: what is new or otherwise, and what is gone.

    What was on hold in the base and is so no longer is there with removeFromCRL (RFC 5280 section 5.3.1).
    """
    former = {entry.serial_number: _reason(entry) for entry in x509.load_der_x509_crl(base)}
    now = {each.serial_number: each for each in revocations}
    changed = [each for each in now.values() if former.get(each.serial_number) != each.reason]
    moment = in_utc(at or datetime.now(UTC))
    return changed + [Revocation(number, moment, "removeFromCRL") for number in former if number not in now]


def broken_crl(
    fault: str,
    authority: Authority,
    revocations: Iterable[Revocation] = (),
    *,
    number: int = 1,
    at: datetime | None = None,
) -> bytes:
    """A list that has one of `FAULTS`. Raises PkiError for another name."""
    if fault not in FAULTS:
        raise PkiError(f"There is no fault {fault!r} of a CRL: choose one of {', '.join(FAULTS)}.")
    now = in_utc(at or datetime.now(UTC))
    changes = dict(FAULTS[fault])
    if "days_ago" in changes:
        changes["this_update"] = now - timedelta(days=changes.pop("days_ago"))
    if changes.pop("other_key", False):
        changes["signer"] = generate_key()
    return make_crl(authority, revocations, **{"number": number, "this_update": now, **changes})


FAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "expired": {"days_ago": 2 * DAYS},
    "not-yet-valid": {"days_ago": -DAYS},
    "no-next-update": {"days": None},
    "no-number": {"number": None},
    "unknown-critical-extension": {"extensions": (RawExtension(UNKNOWN_EXTENSION, True, null()),)},
    "unknown-critical-entry-extension": {"entry_extensions": (RawExtension(UNKNOWN_EXTENSION, True, null()),)},
    "bad-signature": {"damaged": True},
    "wrong-signer": {"other_key": True},
    "wrong-issuer": {"issuer": simple_name("somebody else")},
    "only-ca-certs": {"issuing_distribution_point": IssuingDistributionPoint(only_contains_ca_certs=True)},
    "only-some-reasons": {"issuing_distribution_point": IssuingDistributionPoint(only_some_reasons=("keyCompromise",))},
}
"""Lists that a verifier has to refuse, or that do not speak for a leaf, by name: what `make_crl` is told."""


def one_bit_wrong(signature: bytes) -> bytes:
    """`signature` with its last bit turned: as long as before, and of nothing."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


def _entries(revocations: Iterable[Revocation], own_name: bytes, more: Sequence[RawExtension]) -> Iterator[bytes]:
    """The revokedCertificates; an entry says whose it is where that is another than of the one before it."""
    current = own_name
    for each in revocations:
        name = each.certificate_issuer.public_bytes() if each.certificate_issuer is not None else own_name
        extensions = [
            # "the reason code CRL entry extension SHOULD be absent instead of using the unspecified (0) reasonCode value".
            *([_reason_code(each)] if each.reason != "unspecified" else []),
            *([_invalidity_date(each.invalidity_date)] if each.invalidity_date is not None else []),
            *([_certificate_issuer(name)] if name != current else []),
            *more,
        ]
        current = name
        yield sequence(
            integer(each.serial_number),
            _time(each.time),
            sequence(*(extension.der for extension in extensions)) if extensions else b"",
        )


def _reason_code(revocation: Revocation) -> RawExtension:
    return RawExtension(REASON_CODE, False, enumerated(REASON_NUMBERS[revocation.reason]))


def _invalidity_date(time: datetime) -> RawExtension:
    return RawExtension(INVALIDITY_DATE, False, generalized_time(time))


def _certificate_issuer(name: bytes) -> RawExtension:
    # directoryName is [4], and explicit because Name is a CHOICE.
    return RawExtension(CERTIFICATE_ISSUER, True, sequence(context(4, name)))


def _distribution_point(uris: Sequence[str]) -> bytes:
    return sequence(sequence(context(0, context(0, *_uris(uris)))))


def _uris(uris: Iterable[str]) -> list[bytes]:
    return [context(6, uri.encode("ascii", "replace"), constructed=False) for uri in uris]


def _time(time: datetime) -> bytes:
    moment = in_utc(time)
    if not 1950 <= moment.year <= 9999:
        raise PkiError(f"A revocation list knows the years 1950 to 9999, not {moment.year}: choose another date.")
    return x509_time(moment)


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except (x509.ExtensionNotFound, ValueError):
        return "unspecified"
