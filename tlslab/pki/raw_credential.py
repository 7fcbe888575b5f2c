"""A credential whose certificates are exact bytes, right or wrong, and which still has a name, dates and a subject to show.

Programs and people ask a certificate for its subject and its names; one that is broken on purpose may not be readable
for cryptography. What such a credential shows to a peer are its bytes; what it tells about itself is the nearest
certificate that can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import RLock
from typing import Final
from warnings import catch_warnings, simplefilter

from cryptography import x509

from tlslab.pki.credential import Credential, Kind
from tlslab.pki.der_writer import generalized_time, integer, sequence, utc_time
from tlslab.pki.errors import UNREADABLE
from tlslab.pki.private_keys import PrivateKey
from tlslab.pki.raw_certificate import V3, RawCertificate, RawExtension

_BEGINNING: Final = utc_time(datetime(1950, 1, 1, tzinfo=UTC))
_END: Final = generalized_time("99991231235959Z")
"""What stands for a date that cannot be read; the second is RFC 5280's own for no end, section 4.1.2.5."""
_MOST_EXTENSIONS: Final = 100
_QUIET: Final = RLock()


@dataclass(frozen=True, slots=True)
class RawCredential(Credential):
    """A credential of exact bytes; `certificate` and `chain` are what can be read of them."""

    sent: tuple[bytes, ...] = ()
    """What a peer shows as DER, its own certificate first."""
    crls: tuple[bytes, ...] = ()
    """Revocation lists that whoever trusts this has."""
    staple: bytes = b""
    """The OCSP response that a server staples."""

    @classmethod
    def of(
        cls,
        name: str,
        kind: Kind,
        sent: Sequence[bytes],
        key: PrivateKey | None = None,
        *,
        crls: Iterable[bytes] = (),
        staple: bytes = b"",
    ) -> RawCredential:
        """One that shows `sent`, own certificate first. Raises ValueError where nothing of one can be read."""
        certificate, *chain = map(readable, sent)
        return cls(name, kind, certificate, tuple(chain), key, tuple(sent), tuple(crls), staple)

    @property
    def certificate_der(self) -> bytes:
        """Override Credential.certificate_der: the exact bytes."""
        return self.sent[0]

    @property
    def certificate_pem(self) -> bytes:
        """Override Credential.certificate_pem: the exact bytes."""
        return pem(self.sent[0])

    @property
    def chain_pem(self) -> bytes:
        """Override Credential.chain_pem: the exact bytes."""
        return b"".join(map(pem, self.sent))


def pem(der: bytes, label: str = "CERTIFICATE") -> bytes:
    """Any bytes in an armour (RFC 7468), as cryptography writes it for what it reads."""
    from base64 import b64encode

    body = b64encode(der)
    lines = [body[start : start + 64] for start in range(0, len(body), 64)] or [b""]
    return b"\n".join([b"-----BEGIN %b-----" % label.encode(), *lines, b"-----END %b-----\n" % label.encode()])


def readable(der: bytes) -> x509.Certificate:
    """The certificate `der`, or the nearest to it of which cryptography reads subject, dates and extensions.

    What cannot be read is left out or, where something has to stand there, replaced: a date by one without end, a serial
    number that is not positive by 1. Raises ValueError where not even the parts can be told from each other.
    """
    try:
        raw = RawCertificate.from_der(der)
    except ValueError:
        # Not DER as we write it, which does not mean that others cannot read it.
        whole = _loaded(der)
        if whole is None:
            raise
        return whole
    if raw.serial_number[2:3] >= b"\x80" or not any(raw.serial_number[2:]):
        # cryptography warns of it each time, and will refuse it one day.
        raw = replace(raw, serial_number=integer(1))
    for candidate in _repaired(raw):
        found = _loaded(candidate.der)
        if found is not None:
            return found
    raise ValueError("nothing of this certificate can be read: change its bytes so that its parts can be told apart")


def _repaired(raw: RawCertificate) -> Iterable[RawCertificate]:
    """Ever more is given up: extensions first, since most that is wrong is there, then dates and all the rest."""
    yield raw
    extensions = tuple(_unlike(raw.extensions or ()))
    # Each is read on its own: what has very many is not worth the time.
    kept = tuple(each for each in extensions if _reads(raw, each)) if len(extensions) <= _MOST_EXTENSIONS else ()
    yield replace(raw, extensions=kept)
    dated = replace(raw, not_before=_time(raw, raw.not_before, _BEGINNING), not_after=_time(raw, raw.not_after, _END))
    yield dated
    dated = replace(dated, extensions=kept)
    yield dated
    yield replace(dated, version=V3, serial_number=integer(1), extensions=None)
    yield replace(dated, version=V3, serial_number=integer(1), extensions=None, subject=sequence(), issuer=sequence())


def _unlike(extensions: Iterable[RawExtension]) -> Iterable[RawExtension]:
    """The first of each kind."""
    return {each.oid: each for each in reversed(tuple(extensions))}.values()


def _reads(raw: RawCertificate, extension: RawExtension) -> bool:
    """Whether this extension, alone, can be read."""
    plain = replace(raw, version=V3, serial_number=integer(1), not_before=_BEGINNING, not_after=_END)
    return _loaded(replace(plain, extensions=(extension,)).der) is not None


def _time(raw: RawCertificate, time: bytes, instead: bytes) -> bytes:
    plain = replace(raw, not_before=time, not_after=time, extensions=None)
    return time if _loaded(plain.der) is not None else instead


@contextmanager
def without_warnings() -> Iterator[None]:
    """What cryptography warns of while it reads, such as long names, is no news about this program: be silent."""
    # The list of filters belongs to the whole process: one at a time, or a filter of one outlives that of another.
    with _QUIET, catch_warnings():
        simplefilter("ignore")
        yield


def _loaded(der: bytes) -> x509.Certificate | None:
    """The certificate, if all can be read of it that anybody asks for."""
    with suppress(*UNREADABLE), without_warnings():
        certificate = x509.load_der_x509_certificate(der)
        _ = (certificate.version, certificate.subject, certificate.issuer, certificate.serial_number)
        _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc, certificate.extensions)
        return certificate
    return None
