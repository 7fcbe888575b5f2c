"""The toy CA: a root that can name only what cannot be real, and what it issues.

    from tlslab.pki import Authority

    ca = Authority.create("lab-ca")
    server = ca.issue_server("demo.lab.test", "127.0.0.1")
    server.certificate_pem, server.private_key_pem, server.chain_pem

Everything else that RFC 5280 knows goes through a template:

    ca.issue(replace(profile("peer"), subject_alternative_name=("DNS:a.lab.test",), tls_feature=("must-staple",)))

Nothing here touches a file, and nothing is ever put into a trust store of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.pki import adapters
from tlslab.pki.adapters import AnyContext
from tlslab.pki.constraints import check_names, constraints_of
from tlslab.pki.credential import AUTHORITIES, Credential
from tlslab.pki.errors import PkiError
from tlslab.pki.issuing import Draft, Issuer, draft, sign
from tlslab.pki.placeholders import placeholder_key, placeholder_signer
from tlslab.pki.private_keys import (
    DEFAULT_KEY_TYPE,
    PrivateKey,
    PublicKey,
    generate_key,
    is_private,
    is_public,
    key_type_of,
)
from tlslab.pki.profiles import profile
from tlslab.pki.seeded import Seed
from tlslab.pki.template import Template, with_members


@dataclass(frozen=True, slots=True)
class Authority:
    """A root or an intermediate that can issue. Values: issuing changes nothing in it."""

    credential: Credential
    """Its own certificate and private key; `kind` is "root" or "intermediate"."""
    root: x509.Certificate
    """What has to be trusted for anything that it issues to be accepted."""
    seed: Seed | None = None
    """Where its keys, serials and dates come from in a seeded lab; the same request gives the same certificate then."""

    @classmethod
    def create(  # noqa: PLR0913  each of them is a plain choice of the user
        cls,
        name: str,
        key_type: str = DEFAULT_KEY_TYPE,
        *,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        path_len_constraint: int | None = None,
        any_name: bool = False,
        private_key: PrivateKey | None = None,
        seed: Seed | None = None,
    ) -> Authority:
        """A new root, valid for ten years.

        any_name     lifts the name constraints: whoever trusts this root trusts it for the real web.
        private_key  one that `generate_key` made elsewhere; `key_type` is then not looked at.
        seed         makes it, and all that is below it, the same each time; for a hundred years.

        Raises PkiError, one sentence, for what cannot be.
        """
        template = replace(
            profile("root"),
            name=name,
            key_type=key_type,
            days=days,
            not_before=not_before,
            not_after=not_after,
            path_len_constraint=path_len_constraint,
            toy_constraints=not any_name,
        )
        return cls.root_of(template, private_key, seed)

    @classmethod
    def root_of(cls, template: Template, private_key: PrivateKey | None = None, seed: Seed | None = None) -> Authority:
        """The root that `template` asks for, its key made where none is given. Raises PkiError."""
        if template.kind not in AUTHORITIES:
            raise PkiError(f"A {template.kind} certificate is no authority: start from the profile root.")
        credential = self_signed(replace(template, kind="root"), private_key, seed)
        return cls(credential, credential.certificate, seed)

    def intermediate(
        self,
        name: str,
        key_type: str = DEFAULT_KEY_TYPE,
        *,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        path_len_constraint: int | None = 0,
        private_key: PrivateKey | None = None,
    ) -> Authority:
        """An authority below this one, which by default issues leaves only."""
        template = replace(
            profile("intermediate"),
            name=name,
            key_type=key_type,
            days=days,
            not_before=not_before,
            not_after=not_after,
            path_len_constraint=path_len_constraint,
        )
        return self.below(self.issue(template, private_key))

    def issue_server(
        self,
        *names: str,
        key_type: str = DEFAULT_KEY_TYPE,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        private_key: PrivateKey | None = None,
    ) -> Credential:
        """A server certificate for all of `names`: host names, wildcards and IP addresses.

        Valid for 90 days; give dates for one that has expired or is not valid yet. It is called
        after the first name. Raises PkiError for a bad name, none, or one outside the constraints.
        """
        if not names:
            raise PkiError("A server certificate needs a name: give a host name or an address.")
        template = with_members(
            profile("server"),
            subject_alternative_name=names,
            key_type=key_type,
            days=days,
            not_before=not_before,
            not_after=not_after,
        )
        return self.issue(template, private_key)

    def issue_client(
        self,
        name: str,
        *more_names: str,
        key_type: str = DEFAULT_KEY_TYPE,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        private_key: PrivateKey | None = None,
    ) -> Credential:
        """A client certificate: "alice", "alice@lab.test", a host name or an address.

        As `issue_server`. A plain name is the common name, with a mailbox at client.test beside it.
        """
        template = with_members(
            profile("client"),
            name=name,
            subject_alternative_name=(name, *more_names),
            key_type=key_type,
            days=days,
            not_before=not_before,
            not_after=not_after,
        )
        return self.issue(template, private_key)

    def issue(self, template: Template, key: PrivateKey | PublicKey | None = None) -> Credential:
        """What `template` asks for.

        key   private, made elsewhere, or public alone, as a request brings it; without one it is made.

        Raises PkiError, one sentence, for what cannot be; NameRefused for a name outside the constraints.
        """
        drafted = self._draft(template)
        made = self._key(drafted) if key is None else key
        if is_public(type(made)):
            return self._issue(drafted, cast("PublicKey", made), None)
        if not is_private(type(made)):
            raise PkiError(f"{key_type_of(made)} keys are not for certificates of TLS: choose another type.")
        private_key = cast("PrivateKey", made)
        return self._issue(drafted, private_key.public_key(), private_key)

    def issue_draft(
        self, drafted: Draft, key: PublicKey, names: Iterable[x509.GeneralName], *, is_authority: bool
    ) -> Credential:
        """What `drafted` asks for, whose extensions are bytes already; `names` and `is_authority` tell what is in them."""
        self._check(drafted, names, is_authority=is_authority)
        return self._issue(drafted, key, None)

    def preview(self, template: Template, key: PrivateKey | PublicKey | None = None) -> bytes:
        """The DER of the certificate that `issue` would give, as far as it can be known before: key and serial are not.

        Signed by this authority, so that verifiers can judge it, but for a key that nobody has. Raises PkiError.
        """
        public_key = key.public_key() if isinstance(key, PrivateKey) else key or placeholder_key(template.key_type)
        return sign(self._draft(template), public_key, self._issuer()).public_bytes(Encoding.DER)

    def below(self, credential: Credential) -> Authority:
        """The authority that `credential`, issued by this one, makes. Raises PkiError if it is none."""
        if credential.kind != "intermediate":
            raise PkiError(f"{credential.name} is a {credential.kind} certificate and cannot issue: name an authority.")
        return Authority(credential, self.root, self.seed)

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self.credential.name

    @property
    def certificate(self) -> x509.Certificate:
        """Its own certificate."""
        return self.credential.certificate

    @property
    def certificate_pem(self) -> bytes:
        """Its own certificate as PEM."""
        return self.credential.certificate_pem

    @property
    def private_key_pem(self) -> bytes:
        """Its private key as unencrypted PKCS#8 in PEM."""
        return self.credential.private_key_pem

    @property
    def trust_pem(self) -> bytes:
        """What a peer has to trust, as PEM: the root."""
        return self.root.public_bytes(Encoding.PEM)

    def configure_trust(self, context: AnyContext) -> None:
        """Let an `ssl.SSLContext` or pyOpenSSL's `SSL.Context` trust what this authority issues."""
        adapters.trust(context, self.trust_pem)

    @property
    def any_name(self) -> bool:
        """Whether it may name anything, because nothing above it is constrained."""
        return all(constraints_of(certificate) is None for certificate in self._path())

    def _path(self) -> tuple[x509.Certificate, ...]:
        above = () if self.credential.kind == "root" else (*self.credential.chain, self.root)
        return (self.certificate, *above)

    def _chain(self) -> tuple[x509.Certificate, ...]:
        own = self.credential
        return () if own.kind == "root" else (self.certificate, *own.chain)

    def _issuer(self) -> Issuer:
        return Issuer(self.certificate, self.credential.private_key, self.seed)

    def _key(self, drafted: Draft) -> PrivateKey:
        """A new key; in a seeded lab the one that this authority's own key, the kind and the name lead to."""
        key_type = drafted.template.key_type
        if self.seed is None:
            return generate_key(key_type)
        own = x509.SubjectKeyIdentifier.from_public_key(self.certificate.public_key()).digest.hex()
        return self.seed.private_key(key_type, own, drafted.template.kind, drafted.name)

    def _issue(self, drafted: Draft, key: PublicKey, private_key: PrivateKey | None) -> Credential:
        certificate = sign(drafted, key, self._issuer())
        return Credential(drafted.name, drafted.template.kind, certificate, self._chain(), private_key)

    def _draft(self, template: Template) -> Draft:
        """Read `template` and hold it against what this authority may issue."""
        drafted = draft(template, self.credential.not_after, self.seed)
        self._check(drafted, drafted.names, is_authority=bool(template.ca))
        return drafted

    def _check(self, drafted: Draft, names: Iterable[x509.GeneralName], *, is_authority: bool) -> None:
        if drafted.template.kind == "root":
            raise PkiError("A root signs itself: nobody else can issue one.")
        if is_authority and _path_len_constraint(self.certificate) == 0:
            raise PkiError(
                f"{self.name} may issue leaves only (its pathLenConstraint is 0): ask an authority above it."
            )
        directory_name = (x509.DirectoryName(drafted.subject),) if drafted.subject.rdns else ()
        check_names((*directory_name, *names), self._path())


def self_signed(template: Template, private_key: PrivateKey | None = None, seed: Seed | None = None) -> Credential:
    """A certificate that signs itself: a root, or a leaf that nobody vouches for. Raises PkiError."""
    drafted = draft(template, seed=seed)
    if private_key is None and seed is not None:
        private_key = seed.private_key(template.key_type, template.kind, drafted.name)
    key = private_key or generate_key(template.key_type)
    certificate = sign(drafted, key.public_key(), Issuer(None, key, seed))
    return Credential(drafted.name, template.kind, certificate, (), key)


def preview_self_signed(template: Template) -> bytes:
    """The DER of the certificate that `self_signed` would give; its key is nobody's, and so is its signature."""
    signer = placeholder_signer(template.key_type)
    certificate = sign(draft(template), placeholder_key(template.key_type), Issuer(None, signer))
    return certificate.public_bytes(Encoding.DER)


def _path_len_constraint(certificate: x509.Certificate) -> int | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    except x509.ExtensionNotFound:
        return None
