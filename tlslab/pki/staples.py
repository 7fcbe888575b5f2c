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

from tlslab.pki.authority import Authority
from tlslab.pki.errors import PkiError
from tlslab.pki.ocsp import DAYS, CertStatus, Single, make_ocsp_response, ocsp_error
from tlslab.pki.private_keys import generate_key
from tlslab.pki.profiles import profile
from tlslab.pki.revocation import Revocation, in_utc

if TYPE_CHECKING:
    from tlslab.pki.credential import Credential


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, of whom, and when."""

    single: Single
    authority: Authority
    now: datetime
    nonce: bytes | None = None
    """That of a request, to be repeated."""

    def answered(self, *singles: Single, **changes: Any) -> bytes:  # noqa: ANN401  arguments of make_ocsp_response
        """The response that says `singles`, signed by the authority unless `changes` has it otherwise."""
        return make_ocsp_response(
            self.authority, singles or (self.single,), **{"produced_at": self.now, "nonce": self.nonce, **changes}
        )


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
    single = Single(certificate.serial_number, revocation=revocation)
    return answer(kind, single, authority, at=at)


def answer(
    kind: str, single: Single, authority: Authority, *, at: datetime | None = None, nonce: bytes | None = None
) -> bytes:
    """As `staple`, about the certificate that `single` names, which may be one of a request, and with its nonce."""
    known = staple_kind(kind)
    now = in_utc(at or datetime.now(UTC))
    since = single.revocation or Revocation(single.serial_number, now - timedelta(days=1), "keyCompromise")
    # It began an hour ago, for clients whose clock is behind.
    question = replace(single, revocation=since, this_update=now - timedelta(hours=1))
    return known.make(_Question(question, authority, now, nonce))


def staple_kind(kind: str) -> StapleKind:
    """One of `STAPLES`. Raises PkiError, with a proposal, if there is none of that name."""
    if kind not in STAPLES:
        near = get_close_matches(kind.lower(), STAPLES, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(STAPLES)}."
        raise PkiError(f"There is no OCSP response {kind!r}: {hint}")
    return STAPLES[kind]


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
    return lambda question: question.answered(replace(question.single, status=status, **changes))


def _late(days: int) -> Callable[[_Question], bytes]:
    """Good from `days` days from now on for the usual time."""

    def make(question: _Question) -> bytes:
        start = question.now + timedelta(days=days)
        return question.answered(replace(question.single, this_update=start), produced_at=min(start, question.now))

    return make


def _on_hold(question: _Question) -> bytes:
    revocation = question.single.revocation
    assert revocation is not None
    held = replace(revocation, reason="certificateHold")
    return question.answered(replace(question.single, status="revoked", revocation=held))


def _stranger(question: _Question) -> bytes:
    """Signed by a responder of another authority of the same name."""
    other = Authority.create(question.authority.name)
    return question.answered(responder=responder(other))


def _several(question: _Question) -> bytes:
    """About three certificates, this one in the middle."""
    own = question.single
    before, after = (replace(own, serial_number=own.serial_number ^ bit, cert_id=b"") for bit in (1, 2))
    return question.answered(before, own, after)


def _other_certificate(question: _Question) -> bytes:
    own = question.single
    return question.answered(replace(own, serial_number=own.serial_number ^ 1, cert_id=b""))


STAPLES: Final[Mapping[str, StapleKind]] = {
    "good": StapleKind("good, signed by the issuer", True, _with()),
    "good-by-name": StapleKind(
        "good, the signer named by its subject instead of its key", True, lambda each: each.answered(by="name")
    ),
    "good-sha256": StapleKind("good, the certificate named with SHA-256", True, _with(hash_name="sha256")),
    "good-several": StapleKind("good, among answers about other certificates", True, _several),
    "good-delegated": StapleKind(
        "good, signed by an OCSP signer of the issuer",
        True,
        lambda each: each.answered(responder=responder(each.authority), by="name"),
    ),
    "good-for-ever": StapleKind("good, without nextUpdate", True, _with(days=None)),
    "revoked": StapleKind("revoked since yesterday, keyCompromise", False, _with("revoked")),
    "on-hold": StapleKind("revoked since yesterday, certificateHold", False, _on_hold),
    "unknown": StapleKind("the responder does not know the certificate", False, _with("unknown")),
    "expired": StapleKind("good until last week", False, _late(-2 * DAYS)),
    "not-yet-valid": StapleKind("good from next week on", False, _late(DAYS)),
    "wrong-certificate": StapleKind("good, about another certificate", False, _other_certificate),
    "wrong-signer": StapleKind("signed by an OCSP signer of another authority", False, _stranger),
    "signer-not-for-ocsp": StapleKind(
        "signed by a server certificate of the issuer",
        False,
        lambda each: each.answered(responder=responder(each.authority, for_ocsp=False)),
    ),
    "wrong-key": StapleKind(
        "signed with another key than that of the issuer", False, lambda each: each.answered(signer=generate_key())
    ),
    "bad-signature": StapleKind("one bit of the signature is wrong", False, lambda each: each.answered(damaged=True)),
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
