"""The same certificate again: renewed with the same key or a new one, or cross-signed by another authority.

Subject and extensions stay as they are, byte for byte; what depends on issuer, key and time is made anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tlslab.pki.authority import Authority
from tlslab.pki.credential import AUTHORITIES, Credential, Kind
from tlslab.pki.errors import PkiError
from tlslab.pki.issuing import Draft, Issuer, sign
from tlslab.pki.private_keys import PrivateKey, PublicKey, key_type_of
from tlslab.pki.reading import public_key_of, raw, read_extensions, taken_over
from tlslab.pki.template import Template
from tlslab.pki.validity import validity

_MADE_ANEW = (x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier, x509.KeyUsage)


def renew(
    credential: Credential,
    issuer: Authority | None,
    *,
    key: PrivateKey | PublicKey | None = None,
    days: int | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Credential:
    """`credential` with a new serial number and validity, by default as long as before.

    issuer   who signs it; None for one that signs itself.
    key      a new one; None for the same again.

    Raises PkiError, one sentence, for what cannot be.
    """
    old = credential.certificate
    new_key = key if key is not None else credential.key or public_key_of(old)
    public_key = new_key if isinstance(new_key, PublicKey) else new_key.public_key()
    template = _template(old, credential.kind, public_key, credential.name)
    end = issuer.credential.not_after if issuer is not None else None
    period = validity(template.default_days, days, not_before, not_after, end)
    drafted = Draft(template, credential.name, old.subject, (), period)
    private_key = new_key if isinstance(new_key, PrivateKey) else None
    if issuer is not None:
        return replace(
            issuer.issue_draft(drafted, public_key, _names(old), is_authority=_is_authority(old)), key=private_key
        )
    if private_key is None:
        raise PkiError(f"{credential.name} signs itself, and its private key is not here: renew it where the key is.")
    return Credential(
        credential.name, credential.kind, sign(drafted, public_key, Issuer(None, private_key)), (), private_key
    )


def cross_sign(
    other: Authority | Credential,
    issuer: Authority,
    *,
    name: str = "",
    days: int | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Credential:
    """A certificate of `issuer` for the same subject and key as `other`, an authority: who trusts one trusts both.

    Raises PkiError, one sentence, for what cannot be.
    """
    credential = other.credential if isinstance(other, Authority) else other
    old = credential.certificate
    if credential.kind not in AUTHORITIES:
        raise PkiError(f"{credential.name} is a {credential.kind} certificate: only authorities are cross-signed.")
    public_key = public_key_of(old)
    if issuer.certificate.subject == old.subject and public_key_of(issuer.certificate) == public_key:
        raise PkiError(
            f"{issuer.name} has the same name and key as {credential.name}: take another issuer, or renew it."
        )
    template = _template(old, "intermediate", public_key, name or f"{credential.name} by {issuer.name}")
    period = validity(template.default_days, days, not_before, not_after, issuer.credential.not_after)
    drafted = Draft(template, template.name, old.subject, (), period)
    return replace(
        issuer.issue_draft(drafted, public_key, _names(old), is_authority=_is_authority(old)), key=credential.key
    )


def _template(old: x509.Certificate, kind: Kind, key: PublicKey, name: str) -> Template:
    """Everything that `old` says, its extensions as their bytes."""
    found = list(read_extensions(old))
    same_key = public_key_of(old) == key
    identifiers = [each.value.digest.hex() for each in found if isinstance(each.value, x509.SubjectKeyIdentifier)]
    template = Template(
        kind,
        name,
        key_type_of(key),
        default_days=max(1, (old.not_valid_after_utc - old.not_valid_before_utc).days),
        ca=None,
        key_usage=None,
        # Whoever was issued by the old one names this identifier.
        subject_key_identifier=identifiers[0] if same_key and identifiers else "sha1",
        authority_key_identifier="none" if kind == "root" else "keyid",
        extensions=tuple(raw(each) for each in found if not isinstance(each.value, _MADE_ANEW)),
    )
    usage = next((each for each in found if isinstance(each.value, x509.KeyUsage)), None)
    if usage is None:
        return template
    template = taken_over(template, usage)
    # Only an RSA key can have something encrypted to it.
    fitting = (
        each for each in template.key_usage or () if each != "keyEncipherment" or isinstance(key, rsa.RSAPublicKey)
    )
    return replace(template, key_usage=tuple(fitting))


def _is_authority(certificate: x509.Certificate) -> bool:
    values = (each.value for each in read_extensions(certificate))
    return any(isinstance(each, x509.BasicConstraints) and each.ca for each in values)


def _names(old: x509.Certificate) -> tuple[x509.GeneralName, ...]:
    found = (each.value for each in read_extensions(old))
    return next((tuple(each) for each in found if isinstance(each, x509.SubjectAlternativeName)), ())
