"""What the authorities of a lab publish about what they have issued: CRLs and OCSP answers, always as of now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography import x509

from tlslab.pki import Authority, Credential, PkiError
from tlslab.pki.credential import issued_by
from tlslab.pki.crl import changes_since, crl_number, make_crl
from tlslab.pki.ocsp import DAYS, CertStatus, Single, make_ocsp_response, ocsp_error
from tlslab.pki.ocsp_request import BadRequest, CertId, OcspRequest, parse_request
from tlslab.pki.revocation import Revocation
from tlslab.pki.staples import answer
from tlslab.store import Lab, LabError

_FRESH = timedelta(hours=1)
"""A list that ends sooner is made anew."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, and what to say of it in a log."""

    response: bytes
    """DER."""
    text: str
    """"localhost of issuing: good"."""


class Published:
    """CRLs and OCSP answers of `lab`.

    kind     one of `STAPLES`, to give every answer in that wrong or right way; "" answers with the truth.
    signer   name of a certificate in the lab that answers in the place of its issuer; "" for the authority itself, and so it
             is for every other authority.

    Raises LabError for a signer that there is not, or whose private key is elsewhere.
    """

    def __init__(self, lab: Lab, *, kind: str = "", signer: str = "") -> None:
        self._lab = lab
        self._kind = kind
        self._signer = _signer(lab, signer)

    def authorities(self) -> list[str]:
        """Those that can answer: their private keys are here."""
        return [entry.name for entry in self._lab.authorities() if entry.has_private_key]

    def ocsp_answer(self, request: bytes) -> Answered:
        """The answer to an OCSPRequest in DER; never raises."""
        try:
            asked = parse_request(request)
            return self._answered(asked)
        except BadRequest as error:
            return Answered(ocsp_error("malformedRequest"), f"malformedRequest: {error}")
        except (LabError, PkiError) as error:
            return Answered(ocsp_error("internalError"), f"internalError: {error}")

    def crl(self, authority: str) -> bytes:
        """The complete list of `authority`: the last one while it says the truth and lasts, otherwise a new one."""
        last = self._lab.published_crl(authority)
        if last is not None and _still_true(last[1], self._lab.revocations(authority)):
            return last[1]
        return new_crl(self._lab, authority)

    def delta_crl(self, authority: str) -> bytes:
        """What has changed since the last complete list of `authority`; that is made if there is none."""
        if self._lab.published_crl(authority) is None:
            new_crl(self._lab, authority)
        return new_delta_crl(self._lab, authority)

    def certificate(self, authority: str) -> bytes:
        """The certificate of `authority` as DER, for caIssuers."""
        return self._lab.certificate_der(authority)

    def _answered(self, asked: OcspRequest) -> Answered:
        name = self._issuer_of(asked.cert_ids[0])
        # RFC 5019 section 2.2.3: "unauthorized" is for who is not asked about its own certificates.
        if name is None or any(self._issuer_of(each) != name for each in asked.cert_ids):
            return Answered(ocsp_error("unauthorized"), "unauthorized: no authority of this lab has issued that")
        authority = self._lab.authority(name)
        singles = [self._single(name, each) for each in asked.cert_ids]
        text = ", ".join(f"{self._called(name, each.serial_number)}: {each.status}" for each in singles)
        if self._kind:
            response = answer(self._kind, singles[0], authority, nonce=asked.nonce)
            return Answered(response, f"{self._called(name, singles[0].serial_number)}: answered {self._kind}")
        return Answered(self._response(authority, singles, asked.nonce), text)

    def _response(self, authority: Authority, singles: Sequence[Single], nonce: bytes | None) -> bytes:
        signer = self._signer
        appointed = signer if signer and issued_by(signer.certificate, authority.certificate) else None
        return make_ocsp_response(authority, singles, responder=appointed, nonce=nonce)

    def _issuer_of(self, cert_id: CertId) -> str | None:
        return next((name for name in self.authorities() if cert_id.issued_by(self._lab.certificate(name))), None)

    def _single(self, authority: str, cert_id: CertId) -> Single:
        return replace(single_of(self._lab, authority, cert_id.serial_number), cert_id=cert_id.der)

    def _called(self, authority: str, serial_number: int) -> str:
        name = self._lab.name_of(authority, serial_number)
        return f"{name} of {authority}" if name else f"{serial_number:x} of {authority}"


def single_of(lab: Lab, authority: str, serial_number: int, at: datetime | None = None) -> Single:
    """The truth about one certificate of `authority` at the time `at`."""
    now = at or datetime.now(UTC)
    revocation = lab.revocation(authority, serial_number)
    revoked = revocation is not None and revocation.time <= now
    known = revoked or lab.name_of(authority, serial_number) is not None
    status: CertStatus = "revoked" if revoked else "good" if known else "unknown"
    return Single(serial_number, status, revocation if revoked else None)


def response_about(
    lab: Lab,
    name: str,
    *,
    kind: str = "",
    signer: str = "",
    by: Literal["name", "key"] = "key",
    hash_name: str = "sha1",
    days: int = DAYS,
) -> Answered:
    """One response about the certificate called `name`, without a request: the truth, or of one of `STAPLES`.

    Raises LabError, PkiError.
    """
    entry = lab.entry(name)
    if entry.issuer is None:
        raise LabError(f"{name} has no issuer in the lab who could answer for it: choose what was issued here.")
    authority = lab.authority(entry.issuer)
    single = replace(single_of(lab, entry.issuer, entry.serial_number), hash_name=hash_name, days=days)
    if kind:
        return Answered(answer(kind, single, authority), f"{name}: {kind}")
    response = make_ocsp_response(authority, [single], responder=_signer(lab, signer), by=by)
    return Answered(response, f"{name}: {single.status}")


def _signer(lab: Lab, name: str) -> Credential | None:
    if not name:
        return None
    lab.private_key(name)
    return lab.credential(name)


def new_crl(
    lab: Lab, authority: str, *, also: Sequence[str] = (), number: int | None = None, **members: object
) -> bytes:
    """Publish a complete list; `members` are those of `make_crl`.

    also    other authorities whose revocations it holds, too: an indirect CRL.
    number  its cRLNumber instead of the next.

    Raises LabError, PkiError.
    """
    issuer = lab.authority(authority)
    make: Callable[..., bytes] = make_crl
    foreign = [
        replace(each, certificate_issuer=lab.certificate(name).subject)
        for name in also
        for each in lab.revocations(name)
    ]
    return lab.publish_crl(
        authority,
        lambda own, revocations: make(issuer, [*revocations, *foreign], number=own, **members),
        number=number,
    )


def new_delta_crl(lab: Lab, authority: str, *, number: int | None = None, **members: object) -> bytes:
    """Publish what has changed since the last complete list. Raises LabError if there is none, PkiError."""
    issuer = lab.authority(authority)
    base = lab.published_crl(authority)
    if base is None:
        raise LabError(f"{authority} has published no complete CRL yet: make one first, without asking for a delta.")
    kept_as, complete = base
    told = crl_number(complete)
    make: Callable[..., bytes] = make_crl

    def made(own: int, revocations: list[Revocation]) -> bytes:
        number_of_base = kept_as if told is None else told
        return make(issuer, changes_since(complete, revocations), number=own, base=number_of_base, **members)

    return lab.publish_crl(authority, made, base=kept_as, number=number)


def _still_true(crl: bytes, revocations: Sequence[Revocation]) -> bool:
    read = x509.load_der_x509_crl(crl)
    end = read.next_update_utc
    if end is None or end - datetime.now(UTC) < _FRESH or read.last_update_utc > datetime.now(UTC):
        return False
    return len(read) == len(revocations) and not changes_since(crl, revocations)
