"""From a scenario and its identities to the settings of the two peers, in OpenSSL's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from tlslab.lab.identities import Identity, NoSuchIdentity
from tlslab.lab.scenario import Scenario
from tlslab.peers.settings import BadSettings, PeerSettings
from tlslab.pki.credential import Credential
from tlslab.pki.raw_credential import RawCredential

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_CIPHER_LIST: Final = {"rsa": "kRSA", "dhe": "DHE", "ecdhe": "ECDHE"}
"""Cipher strings of OpenSSL for each key exchange of TLS 1.2, as in openssl-ciphers(1)."""

_TLS13_SUITES: Final = ("TLS_AES_", "TLS_CHACHA20_POLY1305_SHA256")


def client_settings(scenario: Scenario, identities: Mapping[str, Identity]) -> PeerSettings:
    """The client checks the server's chain and name, and shows its certificate if it is asked and has one."""
    return PeerSettings(
        role="client",
        **_algorithms(scenario),
        **_shown(scenario.client, identities),
        **_trusted(scenario.client_trusts, identities),
        verify_flags=scenario.client_flags,
        verify_depth=scenario.client_verify_depth,
        security_level=scenario.client_security_level,
        ocsp=scenario.ocsp or ("full" if scenario.staple else ""),
        server_name=scenario.host,
        expected_name=scenario.host,
        payload=scenario.payload.encode(),
        expected_length=len(scenario.reply.encode()) if scenario.payload else 0,
    )


def server_settings(scenario: Scenario, identities: Mapping[str, Identity]) -> PeerSettings:
    """The server shows its certificate, and asks for the client's only in a mutual handshake."""
    return PeerSettings(
        role="server",
        **_algorithms(scenario),
        **_shown(scenario.server, identities),
        **_trusted(scenario.server_trusts, identities),
        verify_flags=scenario.server_flags,
        verify_depth=scenario.server_verify_depth,
        security_level=scenario.server_security_level,
        staple=_made_staple(scenario, identities) or _own_staple(scenario.server, identities),
        verify_peer=scenario.mutual,
        fail_if_no_peer_cert=scenario.mutual,
        payload=scenario.reply.encode(),
        expected_length=len(scenario.payload.encode()),
    )


def _algorithms(scenario: Scenario) -> dict[str, Any]:
    ciphersuites = [name for name in scenario.ciphers if name.startswith(_TLS13_SUITES)]
    cipher_list = [name for name in scenario.ciphers if name not in ciphersuites]
    # OpenSSL would take a suite of the other version and never use it.
    for version, names in (("TLS 1.2", ciphersuites), ("TLS 1.3", cipher_list)):
        if names and scenario.tls_version == version:
            raise BadSettings(f"{names[0]} is no cipher suite of {version}: choose another suite or another version")
    if scenario.tls_version != "TLS 1.3" and not cipher_list and scenario.key_exchange:
        cipher_list = [_CIPHER_LIST[scenario.key_exchange]]
    return {
        "min_proto_version": scenario.tls_version or "TLS 1.2",
        "max_proto_version": scenario.tls_version or "TLS 1.3",
        "cipher_list": ":".join(cipher_list),
        "ciphersuites": ":".join(ciphersuites),
        "groups": ":".join(scenario.groups),
        "alpn_protos": scenario.alpn,
    }


def _shown(name: str, identities: Mapping[str, Identity]) -> dict[str, Any]:
    if not name:
        return {}
    credential = _find(name, identities)
    if not isinstance(credential, Credential) or credential.key is None:
        raise NoSuchIdentity(f"{name!r} has no private key here, so no peer can show it")
    # A certificate that is wrong on purpose is shown as the bytes that it is.
    exact: tuple[Certificate | bytes, ...] = _exact(credential)
    leaf, *chain = exact or (credential.certificate, *credential.chain)
    return {"certificate": leaf, "chain": tuple(chain), "private_key": credential.private_key}


def _trusted(names: Iterable[str], identities: Mapping[str, Identity]) -> dict[str, Any]:
    """The roots, and what they have revoked as far as it is known."""
    found = [_find(name, identities) for name in names]
    return {
        "trust_anchors": tuple((_exact(each) or (each.certificate,))[0] for each in found),
        "crls": tuple(crl for each in found if isinstance(each, RawCredential) for crl in each.crls),
    }


def _exact(identity: Identity) -> tuple[bytes, ...]:
    """The very bytes that it shows, where these are all that counts."""
    return identity.sent if isinstance(identity, RawCredential) else ()


def _made_staple(scenario: Scenario, identities: Mapping[str, Identity]) -> bytes:
    """The response that the scenario asks for."""
    if not scenario.staple:
        return b""
    # Few runs have a staple, and this brings all that makes OCSP responses.
    from tlslab.lab.stapling import staple_for

    return staple_for(scenario.staple, scenario.server, identities)


def _own_staple(name: str, identities: Mapping[str, Identity]) -> bytes:
    """The response that comes with the server's identity."""
    identity = identities.get(name)
    return identity.staple if isinstance(identity, RawCredential) else b""


def _find(name: str, identities: Mapping[str, Identity]) -> Identity:
    if name not in identities:
        raise NoSuchIdentity(f"there is no identity {name!r}: make it, or choose another for this run")
    return identities[name]
