"""Revocation by a stapled OCSP response (RFC 6960 §3.2, RFC 6066 §8), read and judged with places. Never raises."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from tlslab.pki.issuer_facts import hash_name_of
from tlslab.pki.verify import asn1
from tlslab.pki.verify.algorithms import Algorithm, read_algorithm, verify_signature
from tlslab.pki.verify.asn1 import Element, NotDer
from tlslab.pki.verify.certificate import Certificate, Defect, defect, read_certificate
from tlslab.pki.verify.crl_reading import REASONS
from tlslab.pki.verify.extension_values import OCSP_SIGNING
from tlslab.pki.verify.findings import TIME_WORDS, Finding
from tlslab.pki.verify.names import Name, read_name
from tlslab.pki.verify.path_rules import Asked, link_defects

_BASIC: Final = bytes.fromhex("2b0601050507300101")
"""id-pkix-ocsp-basic, contents."""
_STATUS: Final = {1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized"}


class Single(NamedTuple):
    """What is said of one certificate."""

    element: Element
    hash_name: str
    name_hash: bytes
    key_hash: bytes
    serial: int
    status: Element
    this_update: datetime
    next_update: datetime | None
    this_element: Element
    next_element: Element | None


class Response(NamedTuple):
    """A BasicOCSPResponse."""

    signed: Element
    algorithm: Algorithm
    signature: Element
    responder_name: Name | None
    responder_key: bytes | None
    singles: tuple[Single, ...]
    certificates: tuple[bytes, ...]


def staple_findings(staple: bytes, path: Sequence[Certificate], asked: Asked) -> list[Finding]:
    """What the response has against the peer's certificate, or is wrong with the response."""
    issuer = path[1] if len(path) > 1 else path[0]
    try:
        response = read_response(staple)
        defects = [*_defects(response, path[0], issuer, asked)]
    except NotDer as error:
        code = "staple-refused" if error.text in _STATUS.values() else "staple-malformed"
        defects = [defect(code, error)]
    return [Finding(0, each, path[0], "staple", staple, issuer.title) for each in defects]


def single_of(staple: bytes, certificate: Certificate, issuer: Certificate) -> Single | None:
    """What the response says of the certificate; None if nothing, or it cannot be read."""
    try:
        return _matching(read_response(staple), certificate, issuer)
    except NotDer:
        return None


def read_response(staple: bytes) -> Response:
    """Take an OCSPResponse apart. Raises NotDer, also for one that is a refusal: with the name of its status."""
    parts = asn1.whole(staple, "the OCSP response").expect(asn1.SEQUENCE, "an OCSPResponse").children()
    if not parts or parts[0].tag != asn1.ENUMERATED:
        raise NotDer("the OCSP response has no status", 0, len(staple))
    status = asn1.integer(parts[0])
    if status != 0 or len(parts) != 2:
        raise parts[0].wrong(_STATUS.get(status, f"status {status} without a response"))
    inner = _one(parts[1].expect(0xA0, "responseBytes")).expect(asn1.SEQUENCE, "ResponseBytes").children()
    if len(inner) != 2 or inner[0].expect(asn1.OBJECT_IDENTIFIER, "responseType").contents != _BASIC:
        raise parts[1].wrong("the response is not of the type id-pkix-ocsp-basic")
    octets = inner[1].expect(asn1.OCTET_STRING, "response")
    return _basic(asn1.read(staple, octets.body, octets.end))


def _basic(element: Element) -> Response:
    parts = element.expect(asn1.SEQUENCE, "a BasicOCSPResponse").children()
    if len(parts) not in {3, 4}:
        raise element.wrong("a BasicOCSPResponse has three members or four")
    data = [each for each in parts[0].expect(asn1.SEQUENCE, "ResponseData").children() if each.tag != 0xA0]
    if len(data) < 3:
        raise parts[0].wrong("ResponseData lacks members")
    certificates = _one(parts[3].expect(0xA0, "certs")).children() if len(parts) == 4 else []
    return Response(
        parts[0],
        read_algorithm(parts[1]),
        parts[2].expect(asn1.BIT_STRING, "signature"),
        read_name(_one(data[0])) if data[0].tag == 0xA1 else None,
        _one(data[0]).contents if data[0].tag == 0xA2 else None,
        tuple(map(_single, data[2].expect(asn1.SEQUENCE, "responses").children())),
        tuple(certificate.encoded for certificate in certificates),
    )


def _one(element: Element) -> Element:
    children = element.children() if element.tag & 0x20 else []
    if len(children) != 1:
        raise element.wrong("a tag does not hold one element")
    return children[0]


def _single(element: Element) -> Single:
    parts = element.expect(asn1.SEQUENCE, "a SingleResponse").children()
    if len(parts) < 3:
        raise element.wrong("a SingleResponse lacks members")
    identity = parts[0].expect(asn1.SEQUENCE, "a CertID").children()
    if len(identity) != 4:
        raise parts[0].wrong("a CertID does not have four members")
    following = next((_one(part) for part in parts[3:] if part.tag == 0xA0), None)
    return Single(
        element,
        hash_name_of(read_algorithm(identity[0]).oid),
        identity[1].contents,
        identity[2].contents,
        asn1.integer(identity[3]),
        parts[1],
        asn1.time(parts[2]),
        asn1.time(following) if following is not None else None,
        parts[2],
        following,
    )


def _matching(response: Response, certificate: Certificate, issuer: Certificate) -> Single | None:
    for single in response.singles:
        if single.serial != certificate.serial or not single.hash_name or issuer.subject is None:
            continue
        name_hash = hashlib.new(single.hash_name, issuer.subject.element.encoded).digest()
        if (
            name_hash == single.name_hash
            and hashlib.new(single.hash_name, _key_bits(issuer)).digest() == single.key_hash
        ):
            return single
    return None


def _key_bits(certificate: Certificate) -> bytes:
    """The BIT STRING of the public key without its header and count of unused bits: what issuerKeyHash is over."""
    return asn1.whole(certificate.spki, "the key").children()[1].contents[1:]


def _defects(response: Response, certificate: Certificate, issuer: Certificate, asked: Asked) -> Iterator[Defect]:
    yield from _signer_defects(response, issuer, asked)
    single = _matching(response, certificate, issuer)
    if single is None:
        yield Defect("staple-other-certificate", response.signed.start, response.signed.end)
        return
    yield from _status_defects(single)
    if single.this_update > asked.moment:
        place = (single.this_element.start, single.this_element.end)
        yield Defect("staple-not-yet-valid", *place, f"{single.this_update:{TIME_WORDS}}")
    if single.next_update is not None and single.next_element is not None and single.next_update < asked.moment:
        place = (single.next_element.start, single.next_element.end)
        yield Defect("staple-expired", *place, f"{single.next_update:{TIME_WORDS}}")


def _status_defects(single: Single) -> Iterator[Defect]:
    place = (single.status.start, single.status.end)
    if single.status.tag == 0xA1:
        parts = single.status.children()
        reason = asn1.integer(_one(parts[1])) if len(parts) > 1 else 0
        words = f"{asn1.time(parts[0]):{TIME_WORDS}}, {REASONS.get(reason, 'for a reason of its own')}" if parts else ""
        yield Defect("staple-revoked", *place, words)
    elif single.status.tag == 0x82:
        yield Defect("staple-unknown", *place)
    elif single.status.tag != 0x80:
        raise single.status.wrong("a certificate's status is none of good, revoked and unknown")


def _signer_defects(response: Response, issuer: Certificate, asked: Asked) -> Iterator[Defect]:
    """RFC 6960 §4.2.2.2: the issuer itself, or one that it has issued a certificate for just this."""
    place = (response.signature.start, response.signature.end)
    signature = asn1.octets_of(response.signature)
    fault = "nobody's key fits"
    for signer in (issuer, *map(read_certificate, response.certificates)):
        if not signer.readable or not _is_responder(response, signer):
            continue
        fault = verify_signature(response.algorithm, signer.spki, signature, response.signed.encoded) or ""
        if fault:
            continue
        if signer is not issuer:
            yield from _delegate_defects(signer, issuer, asked, place)
        return
    yield Defect("staple-bad-signature", *place, fault)


def _is_responder(response: Response, signer: Certificate) -> bool:
    if response.responder_name is not None:
        return signer.subject is not None and signer.subject.key == response.responder_name.key
    return hashlib.sha1(_key_bits(signer)).digest() == response.responder_key


def _delegate_defects(
    signer: Certificate, issuer: Certificate, asked: Asked, place: tuple[int, int]
) -> Iterator[Defect]:
    if [*link_defects(signer, issuer)]:
        yield Defect("staple-signer-not-trusted", *place, f"{signer.title} was not issued by {issuer.title}")
    elif OCSP_SIGNING not in (signer.purposes or ()):
        yield Defect("staple-signer-not-trusted", *place, f"{signer.title} has not the purpose OCSPSigning")
    elif not signer.not_before <= asked.moment <= signer.not_after:
        yield Defect("staple-signer-not-trusted", *place, f"{signer.title} is not valid at this time")
