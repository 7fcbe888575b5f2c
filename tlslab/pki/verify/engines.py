"""What others say of the same chain: OpenSSL in three moods, cryptography's verifiers, and programs where there are any."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import cryptography
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tlslab import openssl
from tlslab.openssl_store import verify_chain
from tlslab.pki.errors import UNREADABLE
from tlslab.pki.raw_credential import without_warnings
from tlslab.pki.verify.model import Question


@dataclass(frozen=True, slots=True)
class EngineVerdict:
    """One engine's answer."""

    engine: str
    """"OpenSSL", "OpenSSL strict", "cryptography", "openssl verify", ..."""
    version: str
    accepted: bool | None
    """None: it was not asked, and `text` says why."""
    code: int | None
    """OpenSSL's verify error, or the exit status of a program."""
    depth: int | None
    text: str
    """In the engine's own words."""


_CRL_FLAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "if-present": (),
    "leaf": ("CRL_CHECK",),
    "chain": ("CRL_CHECK", "CRL_CHECK_ALL"),
}


def engine_verdicts(asked_for: Question, *, programs: bool = False) -> tuple[EngineVerdict, ...]:
    """The verdict of every engine; with `programs` those of installed programs as well, which takes a while each.

    Never raises for bytes.
    """
    found = [ask(asked_for) for ask in ENGINES]
    if programs:
        from tlslab.pki.verify.programs import program_verdicts

        found += program_verdicts(asked_for)
    return tuple(found)


def _openssl(name: str, *flags: str) -> Callable[[Question], EngineVerdict]:
    def ask(asked_for: Question) -> EngineVerdict:
        settings = asked_for.settings
        checks = _CRL_FLAGS[asked_for.revocation]
        checks += ("POLICY_CHECK", "EXPLICIT_POLICY") if settings.require_explicit_policy else ()
        try:
            verdict = verify_chain(
                asked_for.chain,
                asked_for.roots,
                at=settings.at,
                flags=(*flags, *checks),
                host=settings.host,
                purpose=settings.purpose,
                crls=asked_for.crls,
            )
        except (ValueError, openssl.Unavailable) as error:
            return EngineVerdict(name, openssl.version(), None, None, None, str(error))
        return EngineVerdict(
            name, openssl.version(), verdict.accepted, max(verdict.code, 0) or None, verdict.depth, verdict.text
        )

    return ask


def _cryptography(asked_for: Question) -> EngineVerdict:
    """The server or client verifier of `cryptography.x509.verification`; it knows neither CRLs nor OCSP."""
    settings = asked_for.settings
    accepted: bool | None
    try:
        with without_warnings():
            leaf, *others = map(x509.load_der_x509_certificate, asked_for.chain)
            store = Store([*map(x509.load_der_x509_certificate, asked_for.roots)])
            policy = PolicyBuilder().store(store).time(settings.at.astimezone(UTC).replace(tzinfo=None))
            if settings.purpose == "client":
                policy.build_client_verifier().verify(leaf, others)
            else:
                policy.build_server_verifier(_subject(asked_for)).verify(leaf, others)
        accepted, text = True, "ok"
    except _NotAsked as error:
        accepted, text = None, str(error)
    except VerificationError as error:
        accepted, text = False, str(error).removeprefix("validation failed: ")
    # Parsing is lazy there, and names that it does not like come up as either of these.
    except (*UNREADABLE, KeyError) as error:
        accepted, text = False, str(error).splitlines()[0] if str(error) else type(error).__name__
    if accepted and asked_for.crls:
        text = "ok; it does not look at CRLs"
    name = f"cryptography {settings.purpose or 'server'}"
    return EngineVerdict(name, f"cryptography {cryptography.__version__}", accepted, None, None, text)


class _NotAsked(Exception):
    """Why this engine has no question to answer."""


def _subject(asked_for: Question) -> x509.DNSName | x509.IPAddress:
    """The host, else the first name of the certificate: this verifier wants one."""
    host = asked_for.settings.host
    if host is None:
        host = next(_hosts(asked_for), None)
    if host is None:
        raise _NotAsked("it wants a host, and none was given")
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        name = host.rstrip(".")
        return x509.DNSName(name if name.isascii() else name.encode("idna").decode("ascii"))


def _hosts(asked_for: Question) -> Iterator[str]:
    from tlslab.pki.verify import names
    from tlslab.pki.verify.certificate import read_certificate

    for name in read_certificate(asked_for.chain[0]).names:
        if name.kind in {names.DNS_NAME, names.IP_ADDRESS}:
            yield name.text.replace("*", "any")


ENGINES: Final[tuple[Callable[[Question], EngineVerdict], ...]] = (
    _openssl("OpenSSL"),
    _openssl("OpenSSL strict", "X509_STRICT"),
    _openssl("OpenSSL partial chain", "PARTIAL_CHAIN"),
    _cryptography,
)
"""Those within this process, in the order in which they are shown."""
