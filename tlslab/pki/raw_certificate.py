"""Certificates of any shape: every member of RFC 5280 §4.1 as DER, wrong ones included, to be changed and signed again.

    leaf = RawCertificate.from_der(der)
    replace(leaf, not_after=utc_time("251301000000Z")).signed(issuer_key)

Nothing is checked. What is left as it was keeps its bytes, whatever it says; `der` is the certificate with the
signature that it had, `signed` with a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tlslab.pki.der_writer import (
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    bit_string,
    boolean,
    context,
    integer,
    null,
    octet_string,
    oid,
    sequence,
)
from tlslab.pki.private_keys import HASHES, PrivateKey, key_type_of, signature_hash
from tlslab.pki.signature_oids import ECDSA, PURE, RSA
from tlslab.wire.der_header import read_header

LONGEST_OID: Final = 256
"""Octets; what is longer is only there to cost time, which grows with its square."""

V1: Final = b""
"""Version 1 is the default, which DER leaves out."""
V3: Final = context(0, integer(2))

_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), **HASHES}


@dataclass(frozen=True, slots=True)
class RawExtension:
    """One Extension (RFC 5280 §4.1)."""

    oid: str
    """extnID in its dotted form."""
    critical: bool
    value: bytes
    """The octets inside extnValue: DER of the extension's own type, as a rule."""
    raw: bytes = b""
    """The whole Extension where its members do not give its exact bytes; it then stands for all of them."""

    @property
    def der(self) -> bytes:
        """The Extension; `critical` is left out where it is FALSE, its default."""
        if self.raw:
            return self.raw
        return sequence(oid(self.oid), boolean(True) if self.critical else b"", octet_string(self.value))


@dataclass(frozen=True, slots=True)
class RawCertificate:
    """Every member of a Certificate as DER, in the order of RFC 5280 §4.1; b"" leaves one out."""

    version: bytes
    """[0] EXPLICIT INTEGER; `V1` or `V3`."""
    serial_number: bytes
    signature: bytes
    """The AlgorithmIdentifier that is signed."""
    issuer: bytes
    not_before: bytes
    not_after: bytes
    subject: bytes
    subject_public_key_info: bytes
    issuer_unique_id: bytes = b""
    """[1] IMPLICIT BIT STRING."""
    subject_unique_id: bytes = b""
    """[2] IMPLICIT BIT STRING."""
    extensions: tuple[RawExtension, ...] | None = None
    """None leaves [3] out, () writes an empty list, which RFC 5280 forbids."""
    signature_algorithm: bytes = b""
    """The AlgorithmIdentifier beside the signature; b"" repeats `signature`."""
    signature_value: bytes = b""
    """The octets of the signature."""

    @classmethod
    def from_der(cls, der: bytes) -> RawCertificate:
        """Take a certificate apart, so that `der` of the result is the same bytes again.

        Raises ValueError, one sentence with the place, for what cannot be taken apart in this way. `parts_of` still
        gives what is signed and what with, where only its inside is broken.
        """
        tbs, signature_algorithm, signature_value = parts_of(der)
        made = replace(_tbs_members(tbs), signature_algorithm=signature_algorithm, signature_value=signature_value)
        if made.der != der:
            raise ValueError("the certificate is not DER: written again it has other bytes; change its bytes instead")
        return made

    @property
    def tbs(self) -> bytes:
        """TBSCertificate: what is signed."""
        validity = sequence(self.not_before, self.not_after)
        extensions = b""
        if self.extensions is not None:
            extensions = context(3, sequence(*(each.der for each in self.extensions)))
        return sequence(
            self.version,
            self.serial_number,
            self.signature,
            self.issuer,
            validity,
            self.subject,
            self.subject_public_key_info,
            self.issuer_unique_id,
            self.subject_unique_id,
            extensions,
        )

    @property
    def der(self) -> bytes:
        """The certificate with the signature that it has, right or not."""
        return assembled(self.tbs, self.signature_algorithm or self.signature, self.signature_value)

    def signed(self, key: PrivateKey, hash_name: str = "", *, keep_algorithms: bool = False) -> bytes:
        """The certificate with a new signature.

        hash_name         "sha1", "md5", ...; "" for the one that fits the key.
        keep_algorithms   leave both AlgorithmIdentifiers as they are, also where they then say something wrong.

        Raises ValueError for a hash that the key cannot be used with.
        """
        made = self
        if not keep_algorithms:
            algorithm = algorithm_identifier(key, hash_name)
            made = replace(self, signature=algorithm, signature_algorithm=algorithm)
        return replace(made, signature_value=sign(made.tbs, key, hash_name)).der

    def extension(self, dotted: str) -> RawExtension | None:
        """The first extension of that object identifier."""
        return next((each for each in self.extensions or () if each.oid == dotted), None)

    def with_extension(self, extension: RawExtension) -> RawCertificate:
        """The same with `extension` in the place of all of its kind, or at the end."""
        kept = [each for each in self.extensions or () if each.oid != extension.oid]
        place = next((n for n, each in enumerate(self.extensions or ()) if each.oid == extension.oid), len(kept))
        return replace(self, extensions=(*kept[:place], extension, *kept[place:]))

    def without_extension(self, dotted: str) -> RawCertificate:
        """The same without any extension of that object identifier."""
        return replace(self, extensions=tuple(each for each in self.extensions or () if each.oid != dotted))


def algorithm_identifier(key: PrivateKey, hash_name: str = "") -> bytes:
    """The AlgorithmIdentifier of a signature that `key` makes: RFC 3279, RFC 4055, RFC 5758, RFC 8410, RFC 9881.

    Raises ValueError for a hash that the key cannot be used with.
    """
    pure = PURE.get(key_type_of(key))
    if pure is not None:
        return sequence(oid(pure))
    name = hash_name or _default_hash(key)
    table = RSA if isinstance(key, rsa.RSAPrivateKey) else ECDSA
    if name not in table:
        raise ValueError(f"there is no signature of this key with {name}: choose one of {', '.join(table)}")
    # "the parameters MUST be NULL" for RSA, and absent for ECDSA: RFC 4055 section 5, RFC 5758 section 3.2.
    return sequence(oid(table[name]), null() if table is RSA else b"")


def sign(data: bytes, key: PrivateKey, hash_name: str = "") -> bytes:
    """The signature of `key` over `data`, as it stands in a certificate, CRL or OCSP response."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), _HASHES[hash_name or _default_hash(key)])
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(_HASHES[hash_name or _default_hash(key)]))
    return key.sign(data)


def parts_of(der: bytes) -> tuple[bytes, bytes, bytes]:
    """What is signed and the signatureAlgorithm as DER, and the octets of signatureValue; of a CRL just the same.

    Raises ValueError, one sentence, where these three are not there.
    """
    members = elements(der, "the certificate")
    if len(members) != 3 or members[2][:1] != b"\x03":
        raise ValueError("a certificate has three members, of which the last is a BIT STRING: this one has not")
    signature = _contents(members[2], "the signature")
    if signature[:1] != b"\x00":
        raise ValueError("the signature is not a whole number of octets")
    return members[0], members[1], signature[1:]


def assembled(tbs: bytes, algorithm: bytes, signature: bytes) -> bytes:
    """A certificate or CRL of its three members."""
    return sequence(tbs, algorithm, bit_string(signature))


def signed_again(der: bytes, key: PrivateKey, hash_name: str = "") -> bytes:
    """The certificate `der` with a new signature over the same TBSCertificate, which may be broken inside.

    Raises ValueError as `parts_of`.
    """
    tbs, algorithm, _ = parts_of(der)
    return assembled(tbs, algorithm, sign(tbs, key, hash_name))


def elements(der: bytes, what: str = "the element") -> list[bytes]:
    """The elements inside a constructed element that is all of `der`. Raises ValueError with the place."""
    body = _contents(der, what)
    found, start = [], 0
    while start < len(body):
        end = _end(body, start, f"{what}, at {start} of its contents")
        found.append(body[start:end])
        start = end
    return found


def _contents(der: bytes, what: str) -> bytes:
    end = _end(der, 0, what)
    if end != len(der):
        raise ValueError(f"{what} ends at {end}, and {len(der) - end} bytes follow")
    header = read_header(der, 0, len(der))
    assert header is not None
    return der[header[1] :]


def _end(data: bytes, start: int, what: str) -> int:
    header = read_header(data, start, len(data))
    if header is None:
        raise ValueError(f"{what}: the header is cut short")
    _, body, length, _ = header
    if length < 0 or body + length > len(data):
        raise ValueError(f"{what}: the length does not fit")
    return body + length


def _tbs_members(tbs: bytes) -> RawCertificate:
    members = elements(tbs, "tbsCertificate")
    version = members.pop(0) if members and members[0][:1] == b"\xa0" else V1
    if len(members) < 6:
        raise ValueError(f"tbsCertificate has {len(members)} members beside its version, and needs 6")
    serial_number, signature, issuer, validity, subject, key, *rest = members
    times = elements(validity, "validity")
    if len(times) != 2:
        raise ValueError(f"validity has {len(times)} members instead of 2")
    optional = {each[0]: each for each in rest}
    not_before, not_after = times
    made = RawCertificate(version, serial_number, signature, issuer, not_before, not_after, subject, key)
    wrapped = optional.get(0xA3)
    return replace(
        made,
        issuer_unique_id=optional.get(0x81, b""),
        subject_unique_id=optional.get(0x82, b""),
        extensions=None if wrapped is None else _extensions(wrapped),
    )


def _extensions(wrapped: bytes) -> tuple[RawExtension, ...]:
    inside = elements(wrapped, "extensions")
    if len(inside) != 1 or inside[0][0] != SEQUENCE:
        raise ValueError("extensions hold one SEQUENCE: these do not")
    return tuple(_extension(each) for each in elements(inside[0], "extensions"))


def _extension(der: bytes) -> RawExtension:
    """One Extension, with its exact bytes beside its members where these do not give them."""
    members = elements(der, "an extension")
    first, last = members[0] if members else b"", members[-1] if members else b""
    dotted = dotted_of(_contents(first, "extnID")) if first[:1] == bytes([OBJECT_IDENTIFIER]) else ""
    value = _contents(last, "extnValue") if last[:1] == bytes([OCTET_STRING]) else b""
    critical = len(members) == 3 and members[1][-1:] != b"\x00"
    plain = RawExtension(dotted, critical, value)
    return plain if dotted and plain.der == der else RawExtension(dotted, critical, value, der)


def dotted_of(octets: bytes) -> str:
    """The dotted form of the contents of an OBJECT IDENTIFIER; "" where they are none, or too long for a real one."""
    if not 0 < len(octets) <= LONGEST_OID or octets[-1] & 0x80:
        return ""
    arcs, arc = [], 0
    for octet in octets:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(each) for each in (first, arcs[0] - 40 * first, *arcs[1:]))


def _default_hash(key: PrivateKey) -> str:
    chosen = signature_hash(key)
    return chosen.name if chosen else ""
