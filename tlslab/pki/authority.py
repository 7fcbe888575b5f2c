"""The toy CA: a root that can name only what cannot be real, and what it issues.

    from tlslab.pki import Authority

    ca = Authority.create("lab-ca")
    server = ca.issue_server("demo.lab.test", "127.0.0.1")
    server.certificate_pem, server.private_key_pem, server.chain_pem

Nothing here touches a file, and nothing is ever put into a trust store of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from tlslab.pki import profiles
from tlslab.pki.constraints import check_name, constraints_of, toy_constraints
from tlslab.pki.credential import Credential
from tlslab.pki.errors import PkiError
from tlslab.pki.names import authority_subject, client_name, server_name, subject, text_of
from tlslab.pki.private_keys import DEFAULT_KEY_TYPE, PrivateKey, generate_key
from tlslab.pki.profiles import Profile, Request


@dataclass(frozen=True, slots=True)
class Authority:
    """A root or an intermediate that can issue. Values: issuing changes nothing in it."""

    credential: Credential
    """Its own certificate and private key; `kind` is "root" or "intermediate"."""
    root: x509.Certificate
    """What has to be trusted for anything that it issues to be accepted."""

    @classmethod
    def create(
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
    ) -> Authority:
        """A new root, valid for ten years.

        any_name     lifts the name constraints: whoever trusts this root trusts it for the real web.
        private_key  one that `generate_key` made elsewhere; `key_type` is then not looked at.

        Raises PkiError, one sentence, for what cannot be.
        """
        request = Request(
            authority_subject(name),
            (),
            profiles.validity(profiles.ROOT, days, not_before, not_after),
            path_len_constraint,
            None if any_name else toy_constraints(),
        )
        key = private_key or generate_key(key_type)
        certificate = profiles.sign(profiles.ROOT, request, key, request.subject, key)
        return cls(Credential(name, "root", certificate, (), key), certificate)

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
        path_length = _path_len_constraint(self.certificate)
        if path_length == 0:
            raise PkiError(
                f"{self.name} may issue leaves only (its pathLenConstraint is 0): ask an authority above it."
            )
        request = Request(
            authority_subject(name),
            (),
            self._validity(profiles.INTERMEDIATE, days, not_before, not_after),
            path_len_constraint,
        )
        key = private_key or generate_key(key_type)
        credential = self._issue(profiles.INTERMEDIATE, name, request, key)
        return Authority(credential, self.root)

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
        general_names = tuple(dict.fromkeys(server_name(name) for name in names))
        common_name = text_of(general_names[0])
        request = Request(
            subject(common_name, fallback="server"),
            general_names,
            self._validity(profiles.SERVER, days, not_before, not_after),
        )
        return self._issue(profiles.SERVER, common_name, request, private_key or generate_key(key_type))

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
        general_names = tuple(dict.fromkeys(client_name(each) for each in (name, *more_names)))
        request = Request(
            subject(name, fallback="client"),
            general_names,
            self._validity(profiles.CLIENT, days, not_before, not_after),
        )
        return self._issue(profiles.CLIENT, name, request, private_key or generate_key(key_type))

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
    def any_name(self) -> bool:
        """Whether it may name anything, because nothing above it is constrained."""
        return all(constraints_of(certificate) is None for certificate in self._path())

    def _path(self) -> tuple[x509.Certificate, ...]:
        above = () if self.credential.kind == "root" else (*self.credential.chain, self.root)
        return (self.certificate, *above)

    def _validity(
        self,
        profile: Profile,
        days: int | None,
        not_before: datetime | None,
        not_after: datetime | None,
    ) -> profiles.Validity:
        end = self.credential.not_after
        return profiles.validity(profile, days, not_before, not_after, end)

    def _issue(self, profile: Profile, name: str, request: Request, key: PrivateKey) -> Credential:
        for general_name in request.names:
            check_name(general_name, self._path())
        own = self.credential
        certificate = profiles.sign(profile, request, key, self.certificate.subject, own.private_key)
        chain = () if own.kind == "root" else (self.certificate, *own.chain)
        return Credential(name, profile.kind, certificate, chain, key)


def _path_len_constraint(certificate: x509.Certificate) -> int | None:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
