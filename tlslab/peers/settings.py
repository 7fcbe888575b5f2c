"""What a peer is told before it talks, in OpenSSL's words. Values only; nothing here imports OpenSSL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from tlslab.pki.private_keys import PrivateKey
    from tlslab.trace.events import Party

ProtocolVersion = Literal["TLS 1.2", "TLS 1.3"]
"""The versions that a lab peer speaks."""

OcspCheck = Literal["", "status", "native", "full"]
"""How a client looks at a staple: it does not ask for one; as an application does that reads the status and nothing else;
OpenSSL checks it along with the chain (X509_V_FLAG_OCSP_RESP_CHECK, since OpenSSL 4.0); the lab checks every clause of RFC 6960,
and misses a staple only where the certificate says that there has to be one (RFC 7633)."""


class BadSettings(ValueError):
    """OpenSSL does not take these settings; the text says which and why, for the user.

    reasons   those of OpenSSL's error queue, first cause first.
    """

    def __init__(self, text: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """Everything that one lab peer is configured with. What is left empty is the library's own default."""

    role: Party
    min_proto_version: ProtocolVersion = "TLS 1.2"
    max_proto_version: ProtocolVersion = "TLS 1.3"
    cipher_list: str = ""
    """Suites of TLS 1.2, by IANA's or OpenSSL's name or as an OpenSSL cipher string: "ECDHE:!SHA1"."""
    ciphersuites: str = ""
    """Suites of TLS 1.3: "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"."""
    groups: str = ""
    """Groups in order of preference: "X25519MLKEM768:x25519"."""
    sigalgs: str = ""
    """Signature algorithms in order of preference: "ecdsa_secp256r1_sha256"."""
    certificate: Certificate | bytes | None = None
    """The certificate this peer shows, its leaf; DER for one that is wrong on purpose."""
    chain: tuple[Certificate | bytes, ...] = ()
    """What it sends after the leaf, exactly this and in this order."""
    private_key: PrivateKey | None = field(default=None, repr=False)
    trust_anchors: tuple[Certificate | bytes, ...] = ()
    """The roots this peer trusts; the machine's own trust store is never used."""
    verify_peer: bool = True
    """Check the other side's chain; a server asks for a certificate only then."""
    fail_if_no_peer_cert: bool = False
    """A server that asks also insists."""
    verify_depth: int | None = None
    """Number of intermediates allowed between leaf and root."""
    verify_flags: tuple[str, ...] = ()
    """How the other side's chain is checked, beside the defaults; names of `openssl.VERIFY_FLAGS`: "X509_STRICT"."""
    crls: tuple[bytes, ...] = ()
    """Revocation lists as DER; they are looked at with CRL_CHECK only."""
    security_level: int | None = None
    """0 to 5, SSL_CTX_set_security_level(3): what keys and signatures are too weak. None: the library's own, 2."""
    staple: bytes = b""
    """Server: the OCSP response to send along where the client asks for one (RFC 6066 section 8); b"" has none."""
    ocsp: OcspCheck = ""
    """Client: what becomes of the server's staple."""
    server_name: str = ""
    """Client: the name sent in the server_name extension; an IP address is never sent (RFC 6066 section 3)."""
    expected_name: str = ""
    """Client: the host name or IP address that the server's certificate has to cover; "" checks no name."""
    alpn_protos: tuple[str, ...] = ()
    payload: bytes = b""
    """What this side says once the handshake is over: the client at once, the server in answer to each message."""
    expected_length: int | None = None
    """Bytes to wait for: the client before it closes, the server before it answers. None: until it goes quiet."""
    answer_http: bool = False
    """Server: wrap the answer to an HTTP request in an HTTP response and close, so that curl and browsers understand."""
