"""What can be verified of structures that stand in one file: each by the key of another, and requests by their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from tlslab.keys.checks_certificates import SignedCertificate, check_by_one_of, signed_certificate
from tlslab.keys.checks_signed import check_signed, signed_structure
from tlslab.keys.signatures import effort, load_public_key

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.things import Thing

MOST_CERTIFICATES: Final = 32
"""Of a file, whose keys are tried."""
MOST_CHECKED: Final = 200
"""Things of a file that are verified: a bundle of all the roots of the web has fewer."""
MOST_ISSUERS: Final = 8
"""Keys of the right name that are tried for one thing; cross-signing makes two or three."""
MOST_WORK: Final = 250
"""What all tries may cost together, in `effort`: one each with a key as most are, more with a long one."""


class _Tries:
    """How much verifying there has been of a file."""

    def __init__(self) -> None:
        self._work = 0

    def allowed(self, signers: Iterable[SignedCertificate]) -> list[SignedCertificate]:
        """The first of them, as far as the work goes that may be done."""
        allowed: list[SignedCertificate] = []
        for signer in islice(signers, MOST_ISSUERS):
            key = load_public_key(signer.der)
            self._work += effort(key) if key is not None else 1
            if self._work > MOST_WORK:
                break
            allowed.append(signer)
        return allowed


def thing_checks(things: Sequence[Thing]) -> list[tuple[Thing, Check]]:
    """The signatures that the things themselves allow to be verified, in their order.

    A certificate or a revocation list is verified where the certificate of its issuer is there too, or is itself; an OCSP
    response where a certificate of its signer is.
    """
    certificates = [
        *islice(
            map(signed_certificate, (each.data for each in things if each.kind == "certificate")), MOST_CERTIFICATES
        )
    ]
    found: list[tuple[Thing, Check]] = []
    tries = _Tries()
    for thing in things[:MOST_CHECKED]:
        made = _check(thing, certificates, tries)
        if made is not None:
            found.append((thing, made))
    return found


def _check(thing: Thing, certificates: Sequence[SignedCertificate], tries: _Tries) -> Check | None:
    if thing.kind == "certificate":
        return _of_certificate(signed_certificate(thing.data), certificates, tries)
    if thing.kind == "certification_request":
        return _of_request(thing)
    if thing.kind == "certificate_list":
        return _of_list(thing, certificates, tries)
    if thing.kind == "ocsp_response" and certificates:
        from tlslab.keys.checks_ocsp import check_ocsp_response

        made = [check_ocsp_response("", thing.data, each) for each in tries.allowed(certificates)]
        return _best([check for check in made if check is not None])
    return None


def _of_certificate(
    certificate: SignedCertificate, certificates: Sequence[SignedCertificate], tries: _Tries
) -> Check | None:
    if not certificate.signature:
        return None
    issuers = tries.allowed(other for other in certificates if other.subject == certificate.issuer)
    return check_by_one_of("", certificate, issuers) if issuers else None


def _of_request(thing: Thing) -> Check | None:
    """RFC 2986 §3: the request is signed with the key that it is for, which shows that its sender has it."""
    found = signed_structure(thing.kind, thing.root)
    key = thing.root.find("certificationRequestInfo", "subjectPKInfo")
    return check_signed(found, key.bytes, "the key in it") if found is not None and key is not None else None


def _of_list(thing: Thing, certificates: Sequence[SignedCertificate], tries: _Tries) -> Check | None:
    found, issuer = signed_structure(thing.kind, thing.root), thing.root.find("tbsCertList", "issuer")
    if found is None or issuer is None:
        return None
    signers = tries.allowed(each for each in certificates if each.subject == issuer.bytes)
    return _best([check_signed(found, each.der, each.subject_words) for each in signers])


def _best(made: Sequence[Check]) -> Check | None:
    """Where several keys may be meant the one that fits."""
    return next((check for check in made if check.ok), made[0] if made else None)
