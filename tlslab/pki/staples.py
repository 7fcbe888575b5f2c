"""OCSP responses by name: what a server may staple, or a responder may answer, right and wrong in every way.

staple("revoked", leaf.certificate, authority)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from tlslab.pki.errors import PkiError
from tlslab.pki.ocsp import DAYS, CertStatus, Single, make_ocsp_response, ocsp_error
from tlslab.pki.private_keys import generate_key
from tlslab.pki.profiles import profile
from tlslab.pki.revocation import Revocation, in_utc

if TYPE_CHECKING:
    from tlslab.pki.authority import Authority
    from tlslab.pki.credential import Credential


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, of whom, and when."""

    single: Single
    authority: Authority
    now: datetime


@dataclass(frozen=True, slots=True)
class StapleKind:
    """One way to answer."""

    text: str
    """What is special about it, as a list shows it."""
    accepted: bool
    """Whether a client that checks takes the certificate."""
    make: Callable[[_Question], bytes]


def staple(
    kind: str,
    certificate: x509.Certificate,
    authority: Authority,
    *,
    at: datetime | None = None,
    revocation: Revocation | None = None,
) -> bytes:
    """The response of one of `STAPLES` for `certificate`, which `authority` has issued, as DER.

    at          when it is made; now, unless given.
    revocation  when and why, for those that say "revoked".

    Raises PkiError for an unknown kind.
    """
    if kind not in STAPLES:
        near = get_close_matches(kind.lower(), STAPLES, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(STAPLES)}."
        raise PkiError(f"There is no OCSP response {kind!r}: {hint}")
    now = in_utc(at or datetime.now(UTC))
    serial_number = certificate.serial_number
    since = revocation or Revocation(serial_number, now - timedelta(days=1), "keyCompromise")
    # It began an hour ago, for clients whose clock is behind.
    single = Single(serial_number, revocation=since, this_update=now - timedelta(hours=1))
    return STAPLES[kind].make(_Question(single, authority, now))


def responder(authority: Authority, *, for_ocsp: bool = True) -> Credential:
    """A certificate with which somebody answers in the name of `authority` (RFC 6960 section 4.2.2.2).

    for_ocsp  False leaves out the extendedKeyUsage that makes it one.
    """
    template = replace(profile("ocsp"), name=f"{authority.name} OCSP", key_type="P-256", days=None)
    if not for_ocsp:
        template = replace(template, extended_key_usage=("serverAuth",))
    return authority.issue(template)


def _with(status: CertStatus = "good", **changes: Any) -> Callable[[_Question], bytes]:  # noqa: ANN401  members of Single
    """Signed by the authority itself."""

    def make(question: _Question) -> bytes:
        single = replace(question.single, status=status, **changes)
        return make_ocsp_response(question.authority, [single], produced_at=question.now)

    return make


def _late(days: int) -> Callable[[_Question], bytes]:
    """Good from `days` days from now on for the usual time."""

    def make(question: _Question) -> bytes:
        start = question.now + timedelta(days=days)
        single = replace(question.single, this_update=start)
        return make_ocsp_response(question.authority, [single], produced_at=min(start, question.now))

    return make


def _on_hold(question: _Question) -> bytes:
    revocation = question.single.revocation
    assert revocation is not None
    single = replace(question.single, status="revoked", revocation=replace(revocation, reason="certificateHold"))
    return make_ocsp_response(question.authority, [single], produced_at=question.now)


def _delegated(question: _Question) -> bytes:
    own = responder(question.authority)
    return make_ocsp_response(question.authority, [question.single], responder=own, by="name", produced_at=question.now)


def _not_for_ocsp(question: _Question) -> bytes:
    own = responder(question.authority, for_ocsp=False)
    return make_ocsp_response(question.authority, [question.single], responder=own, produced_at=question.now)


def _stranger(question: _Question) -> bytes:
    """Signed by a responder of another authority of the same name."""
    from tlslab.pki.authority import Authority

    other = Authority.create(question.authority.name)
    return make_ocsp_response(
        question.authority, [question.single], responder=responder(other), produced_at=question.now
    )


def _wrong_key(question: _Question) -> bytes:
    return make_ocsp_response(question.authority, [question.single], signer=generate_key(), produced_at=question.now)


def _damaged(question: _Question) -> bytes:
    return make_ocsp_response(question.authority, [question.single], damaged=True, produced_at=question.now)


def _several(question: _Question) -> bytes:
    """About three certificates, this one in the middle."""
    number = question.single.serial_number
    singles = [replace(question.single, serial_number=each) for each in (number ^ 1, number, number ^ 2)]
    return make_ocsp_response(question.authority, singles, produced_at=question.now)


def _other_certificate(question: _Question) -> bytes:
    other = replace(question.single, serial_number=question.single.serial_number ^ 1)
    return make_ocsp_response(question.authority, [other], produced_at=question.now)


def _by_name(question: _Question) -> bytes:
    return make_ocsp_response(question.authority, [question.single], by="name", produced_at=question.now)


STAPLES: Final[Mapping[str, StapleKind]] = {
    "good": StapleKind("good, signed by the issuer", True, _with()),
    "good-by-name": StapleKind("good, the signer named by its subject instead of its key", True, _by_name),
    "good-sha256": StapleKind("good, the certificate named with SHA-256", True, _with(hash_name="sha256")),
    "good-several": StapleKind("good, among answers about other certificates", True, _several),
    "good-delegated": StapleKind("good, signed by an OCSP signer of the issuer", True, _delegated),
    "good-for-ever": StapleKind("good, without nextUpdate", True, _with(days=None)),
    "revoked": StapleKind("revoked since yesterday, keyCompromise", False, _with("revoked")),
    "on-hold": StapleKind("revoked since yesterday, certificateHold", False, _on_hold),
    "unknown": StapleKind("the responder does not know the certificate", False, _with("unknown")),
    "expired": StapleKind("good until last week", False, _late(-2 * DAYS)),
    "not-yet-valid": StapleKind("good from next week on", False, _late(DAYS)),
    "wrong-certificate": StapleKind("good, about another certificate", False, _other_certificate),
    "wrong-signer": StapleKind("signed by an OCSP signer of another authority", False, _stranger),
    "signer-not-for-ocsp": StapleKind("signed by a server certificate of the issuer", False, _not_for_ocsp),
    "wrong-key": StapleKind("signed with another key than that of the issuer", False, _wrong_key),
    "bad-signature": StapleKind("one bit of the signature is wrong", False, _damaged),
    "tryLater": StapleKind("the responder is busy", False, lambda _: ocsp_error("tryLater")),
    "unauthorized": StapleKind(
        "the responder does not answer for this issuer", False, lambda _: ocsp_error("unauthorized")
    ),
    "malformedRequest": StapleKind("the responder did not understand", False, lambda _: ocsp_error("malformedRequest")),
    "internalError": StapleKind("the responder has failed", False, lambda _: ocsp_error("internalError")),
    "sigRequired": StapleKind("the responder wants a signed request", False, lambda _: ocsp_error("sigRequired")),
    "garbage": StapleKind("no OCSP response at all", False, lambda _: b"this is no OCSP response"),
}
"""Every response that the lab can give, by the name that scenarios and options use."""
