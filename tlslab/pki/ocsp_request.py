"""OCSP requests (RFC 6960 section 4.1), of one certificate or many: cryptography reads those of one only."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509

from tlslab.pki.der_writer import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    context,
    null,
    octet_string,
    sequence,
)
from tlslab.pki.issuer_facts import cert_hashes, hash_name_of
from tlslab.pki.ocsp import NONCE, cert_id
from tlslab.pki.raw_certificate import RawExtension, dotted_of, elements
from tlslab.wire.der_header import read_header

MOST_QUESTIONS = 100
"""More certificates in one request than this are not answered."""
_LONGEST_NONCE = 128
"""RFC 9654 section 2.1: "the length of the nonce MUST be at least 1 octet and can be up to 128 octets"."""


class BadRequest(ValueError):
    """The bytes are no OCSP request; the text says why, as a clause."""


@dataclass(frozen=True, slots=True)
class CertId:
    """Which certificate is asked about."""

    hash_name: str
    """"sha1", "sha256", ...; "" for one that is not known."""
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int
    der: bytes
    """The whole CertID, to be repeated in the answer."""

    def issued_by(self, issuer: x509.Certificate) -> bool:
        """Whether `issuer` is the one that is meant."""
        return bool(self.hash_name) and cert_hashes(issuer, self.hash_name) == (
            self.issuer_name_hash,
            self.issuer_key_hash,
        )


@dataclass(frozen=True, slots=True)
class OcspRequest:
    """A request, as far as an answer needs it; a signature on it is not looked at."""

    cert_ids: tuple[CertId, ...]
    """At least one."""
    nonce: bytes | None


def parse_request(data: bytes) -> OcspRequest:
    """Take an OCSPRequest in DER apart. Raises BadRequest."""
    try:
        tbs = elements(elements(data, "the request")[0], "tbsRequest")
        request_list = next(each for each in tbs if each[0] == SEQUENCE)
        questions = elements(request_list, "requestList")
        cert_ids = tuple(_cert_id(elements(each, "a request")[0]) for each in questions[: MOST_QUESTIONS + 1])
        return OcspRequest(_some(cert_ids), _nonce(tbs))
    except (IndexError, StopIteration):
        raise BadRequest("a member of the request is missing") from None
    except BadRequest:
        raise
    except ValueError as error:
        raise BadRequest(str(error)) from None


def make_request(
    certificate: x509.Certificate, issuer: x509.Certificate, *, hash_name: str = "sha1", nonce: bytes | None = None
) -> bytes:
    """The request about one certificate, as DER."""
    extension = RawExtension(NONCE, False, octet_string(nonce or b""))
    question = sequence(cert_id(certificate.serial_number, issuer, hash_name))
    extensions = context(2, sequence(extension.der)) if nonce is not None else b""
    return sequence(sequence(sequence(question), extensions))


def _some(cert_ids: tuple[CertId, ...]) -> tuple[CertId, ...]:
    if not cert_ids:
        raise BadRequest("the request asks about nothing")
    if len(cert_ids) > MOST_QUESTIONS:
        raise BadRequest(f"the request asks about more than {MOST_QUESTIONS} certificates")
    return cert_ids


def _cert_id(der: bytes) -> CertId:
    _contents(der, SEQUENCE)
    algorithm, name_hash, key_hash, serial_number = elements(der, "a CertID")
    _contents(algorithm, SEQUENCE)
    kind, *parameters = elements(algorithm, "hashAlgorithm")
    if parameters not in ([], [null()]):
        raise BadRequest("the hashAlgorithm has parameters, and no hash has any")
    return CertId(
        hash_name_of(dotted_of(_contents(kind, OBJECT_IDENTIFIER))),
        _contents(name_hash, OCTET_STRING),
        _contents(key_hash, OCTET_STRING),
        int.from_bytes(_contents(serial_number, INTEGER), "big", signed=True),
        der,
    )


def _nonce(tbs: list[bytes]) -> bytes | None:
    wrapped = next((each for each in tbs if each[0] == 0xA2), None)
    if wrapped is None:
        return None
    for extension in elements(elements(wrapped, "requestExtensions")[0], "requestExtensions"):
        kind, *_, value = elements(extension, "an extension")
        if dotted_of(_contents(kind, OBJECT_IDENTIFIER)) == NONCE:
            return _checked(_contents(_contents(value, OCTET_STRING), OCTET_STRING))
    return None


def _checked(nonce: bytes) -> bytes:
    if not 1 <= len(nonce) <= _LONGEST_NONCE:
        raise BadRequest(f"the nonce has {len(nonce)} octets, and may have 1 to {_LONGEST_NONCE}")
    return nonce


def _contents(der: bytes, tag: int) -> bytes:
    header = read_header(der, 0, len(der))
    if header is None or der[0] != tag or header[1] + header[2] != len(der):
        raise BadRequest(f"an element of the request has the tag {der[:1].hex() or 'nothing'} instead of {tag:02x}")
    return der[header[1] :]
