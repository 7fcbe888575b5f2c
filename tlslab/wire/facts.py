"""What other parts want to know of a message, as plain values.

Damage is no error here either: what is missing is None, empty or 0.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlslab.wire.compression import Unpacked, unpack_certificate
from tlslab.wire.field import Field
from tlslab.wire.hello_facts import (
    ClientHelloFacts,
    ServerHelloFacts,
    read_client_hello,
    read_named_curve,
    read_server_hello,
    read_ticket,
)

__all__ = [
    "ClientHelloFacts",
    "ServerHelloFacts",
    "ServerKeyExchangeFacts",
    "alpn_of",
    "certificate_authorities",
    "certificate_fields",
    "certificate_list",
    "certificate_types",
    "certificate_verify_facts",
    "certificates_in",
    "client_hello_facts",
    "client_hello_in",
    "encrypted_pre_master_secret",
    "raw_public_key",
    "server_hello_facts",
    "server_hello_in",
    "server_key_exchange_facts",
    "server_key_exchange_in",
    "signature_schemes",
    "ticket_facts",
    "ticket_in",
]
from tlslab.wire.sslv2 import CHALLENGE_LENGTH

TLS12, TLS13 = 0x0303, 0x0304
MOST_CERTIFICATES: Final = 64
"""Of an unpacked message."""
FFDHE_START: Final = bytes.fromhex("ffffffffffffffffadf85458a2bb4a9a")
FFDHE_GROUPS: Final = {256: 0x0100, 384: 0x0101, 512: 0x0102, 768: 0x0103, 1024: 0x0104}
"""Groups of RFC 7919 by the bytes of their prime; all five begin alike."""


class ServerKeyExchangeFacts(NamedTuple):
    """The server's (EC)DHE parameters in TLS 1.2 and their signature."""

    params: bytes
    """The bytes that are signed, after the two randoms."""
    group: int | None
    """The named curve, or the group of RFC 7919 whose prime it is."""
    scheme: int | None
    """SignatureScheme; None before TLS 1.2 and where nothing is signed."""
    signature: bytes
    public: bytes
    """The server's share."""


def client_hello_facts(root: Field) -> ClientHelloFacts:
    """What the ClientHello offers; never raises. Opens no tree where the message is whole."""
    usual = root.name == "ClientHello" and not (root.context.datagram or root.context.sslv2)
    return (read_client_hello(root.data) if usual else None) or client_hello_in(root)


def client_hello_in(root: Field) -> ClientHelloFacts:
    """The same from the tree."""
    if root.context.sslv2:
        return _sslv2_facts(root)
    extensions = _extensions(root)
    names = _items(_inside(extensions, "server_name", "server_name_list"))
    host_name = names[0].child("host_name") if names else None
    identities = _items(_inside(extensions, "pre_shared_key", "identities"))
    return ClientHelloFacts(
        random=_octets(root.child("random")),
        session_id=_octets(root.child("legacy_session_id")),
        legacy_version=_number(root.child("legacy_version")) or 0,
        supported_versions=_numbers(_inside(extensions, "supported_versions", "versions")),
        cipher_suites=_numbers(root.child("cipher_suites")),
        server_name=str(host_name.value) if host_name is not None else None,
        alpn=_protocols(extensions),
        groups=_numbers(_inside(extensions, "supported_groups", "named_group_list")),
        key_share_groups=_share_groups(_inside(extensions, "key_share", "client_shares")),
        extended_master_secret="extended_master_secret" in extensions,
        encrypt_then_mac="encrypt_then_mac" in extensions,
        session_ticket=_octets(_inside(extensions, "session_ticket", "ticket")),
        psk_identities=len(identities),
        early_data="early_data" in extensions,
    )


def server_hello_facts(root: Field) -> ServerHelloFacts:
    """What the ServerHello or HelloRetryRequest settles; never raises. Opens no tree where a ServerHello is whole."""
    usual = root.name == "ServerHello" and not root.context.datagram
    return (read_server_hello(root.data) if usual else None) or server_hello_in(root)


def server_hello_in(root: Field) -> ServerHelloFacts:
    """The same from the tree."""
    extensions = _extensions(root)
    version = _number(_inside(extensions, "supported_versions", "selected_version"))
    protocols = _protocols(extensions)
    return ServerHelloFacts(
        random=_octets(root.child("random")),
        session_id=_octets(root.child("legacy_session_id_echo")),
        version=version or _number(root.child("legacy_version")) or 0,
        cipher_suite=_number(root.child("cipher_suite")) or 0,
        group=_server_group(extensions.get("key_share")),
        is_hello_retry_request=root.name == "HelloRetryRequest",
        alpn=protocols[0] if protocols else None,
        extended_master_secret="extended_master_secret" in extensions,
        encrypt_then_mac="encrypt_then_mac" in extensions,
        selected_identity=_number(_inside(extensions, "pre_shared_key", "selected_identity")),
        truncated_hmac="truncated_hmac" in extensions,
    )


def alpn_of(root: Field) -> str | None:
    """The protocol that the server chose, from EncryptedExtensions or a ServerHello; None if it chose none."""
    protocols = _protocols(_extensions(root))
    return protocols[0] if protocols else None


def certificate_fields(root: Field) -> tuple[Field, ...]:
    """The fields of the certificates in a Certificate message, leaf first."""
    entries = _items(root.child("certificate_list"))
    found = (entry.child("cert_data") or entry.child("certificate") for entry in entries)
    return tuple(field for field in found if field is not None)


def certificate_list(root: Field) -> tuple[bytes, ...]:
    """The certificates of a Certificate message in DER, leaf first; of a CompressedCertificate those that are inside."""
    if root.name == "CompressedCertificate":
        unpacked = None if root.context.certificate_type else unpack_certificate(root)
        return certificates_in(unpacked.buffer.data) if isinstance(unpacked, Unpacked) else ()
    return tuple(field.bytes for field in certificate_fields(root))


def certificates_in(data: bytes) -> tuple[bytes, ...]:
    """The certificates of a Certificate of TLS 1.3 without its header, as far as they are whole; no tree is made for them.

    What is unpacked may be far larger than what was sent.
    """
    found: list[bytes] = []
    start = 4 + data[0] if data else 0
    end = start + int.from_bytes(data[start - 3 : start], "big")
    if end > len(data):
        return ()
    while start < end and len(found) < MOST_CERTIFICATES:
        behind = start + 3 + int.from_bytes(data[start : start + 3], "big")
        found.append(data[start + 3 : behind])
        start = behind + 2 + int.from_bytes(data[behind : behind + 2], "big")
        if start > end:
            found.pop()
    return tuple(found)


def raw_public_key(root: Field) -> bytes:
    """The SubjectPublicKeyInfo that a Certificate message holds in place of certificates (RFC 7250); b"" in any other."""
    if root.name == "CompressedCertificate":
        unpacked = unpack_certificate(root)
        return raw_public_key(unpacked.fields) if isinstance(unpacked, Unpacked) else b""
    entries = _items(root.child("certificate_list"))
    holder = entries[0] if entries else root
    return _octets(holder.child("ASN1_subjectPublicKeyInfo"))


def certificate_types(root: Field) -> tuple[int, int]:
    """What the client's and the server's Certificate will hold, as a ServerHello or EncryptedExtensions settles it; 0 is X.509."""
    extensions = _extensions(root)
    member = "selected_certificate_type"
    client, server = (_number(_inside(extensions, f"{who}_certificate_type", member)) for who in ("client", "server"))
    return client or 0, server or 0


def certificate_authorities(root: Field) -> tuple[Field, ...]:
    """The names of a CertificateRequest, each the field of a DER Name, in TLS 1.2 and 1.3."""
    field = root.child("certificate_authorities") or _inside(
        _extensions(root), "certificate_authorities", "authorities"
    )
    found = (item.child("name") for item in _items(field))
    return tuple(name for name in found if name is not None)


def signature_schemes(root: Field) -> tuple[int, ...]:
    """The schemes that a CertificateRequest accepts, in TLS 1.2 and 1.3."""
    member = "supported_signature_algorithms"
    return _numbers(root.child(member) or _inside(_extensions(root), "signature_algorithms", member))


def server_key_exchange_facts(root: Field) -> ServerKeyExchangeFacts:
    """The server's parameters and their signature; never raises. Opens no tree for a whole one of ECDHE in TLS 1.2."""
    context, data = root.context, root.data
    usual = context.version == TLS12 and context.key_exchange == "ECDHE" and not context.datagram
    read = read_named_curve(data) if usual else None
    if read is None:
        return server_key_exchange_in(root)
    group, end, scheme = read
    return ServerKeyExchangeFacts(data[4:end], group, scheme, data[end + 4 :], data[8:end])


def server_key_exchange_in(root: Field) -> ServerKeyExchangeFacts:
    """The same from the tree."""
    params = root.child("params")
    signed = root.child("signed_params")
    public = params.child("public") or params.child("dh_Ys") if params is not None else None
    return ServerKeyExchangeFacts(
        params=_octets(params),
        group=_exchange_group(params),
        scheme=_number(signed.child("algorithm")) if signed is not None else None,
        signature=_octets(signed.child("signature")) if signed is not None else b"",
        public=_octets(public),
    )


def ticket_facts(root: Field) -> tuple[bytes, bytes] | None:
    """Nonce (b"" before TLS 1.3) and ticket of a NewSessionTicket; None if it ends before them. A whole one stays unopened."""
    version = root.context.version
    usual = version in {TLS12, TLS13} and not root.context.datagram
    return (read_ticket(root.data, tls13=version == TLS13) if usual else None) or ticket_in(root)


def ticket_in(root: Field) -> tuple[bytes, bytes] | None:
    """The same from the tree."""
    nonce, ticket = root.child("ticket_nonce"), root.child("ticket")
    if ticket is None or (nonce is None and root.context.version == TLS13):
        return None
    return _octets(nonce), ticket.bytes


def encrypted_pre_master_secret(root: Field) -> bytes:
    """What a ClientKeyExchange of RSA key transport carries; b"" in any other."""
    return _octets(root.child("encrypted_pre_master_secret"))


def certificate_verify_facts(root: Field) -> tuple[int | None, bytes]:
    """Scheme (None before TLS 1.2) and signature of a CertificateVerify."""
    return _number(root.child("algorithm")), _octets(root.child("signature"))


def _sslv2_facts(root: Field) -> ClientHelloFacts:
    """Of a ClientHello in the form of SSLv2; its challenge, filled up with zeros in front, is the random (RFC 5246 §E.2)."""
    suites = _items_of(root.child("cipher_specs"))
    return ClientHelloFacts(
        random=_octets(root.child("challenge"))[-CHALLENGE_LENGTH:].rjust(CHALLENGE_LENGTH, b"\0"),
        session_id=_octets(root.child("session_id")),
        legacy_version=_number(root.child("version")) or 0,
        supported_versions=(),
        cipher_suites=tuple(number for number in suites if number < 2**16),
        server_name=None,
        alpn=(),
        groups=(),
        key_share_groups=(),
        extended_master_secret=False,
        encrypt_then_mac=False,
        session_ticket=b"",
        psk_identities=0,
        early_data=False,
    )


def _items_of(field: Field | None) -> tuple[int, ...]:
    """The numbers in a list without a length of its own."""
    items = field.children if field is not None else []
    return tuple(item.value for item in items if isinstance(item.value, int))


def _extensions(root: Field) -> dict[str, Field]:
    """The extensions of a message by name; the first of each name."""
    field = root.child("extensions")
    found: dict[str, Field] = {}
    for extension in field.children[1:] if field is not None else []:
        found.setdefault(extension.name, extension)
    return found


def _inside(extensions: dict[str, Field], name: str, member: str) -> Field | None:
    extension = extensions.get(name)
    return extension.child(member) if extension is not None else None


def _protocols(extensions: dict[str, Field]) -> tuple[str, ...]:
    listed = _items(_inside(extensions, "application_layer_protocol_negotiation", "protocol_name_list"))
    names = (item.child("protocol_name") for item in listed)
    return tuple(str(name.value) for name in names if name is not None)


def _server_group(key_share: Field | None) -> int | None:
    """The group of a ServerHello's share, or the one that a HelloRetryRequest selects."""
    member = key_share.children[2] if key_share is not None and len(key_share.children) > 2 else None
    if member is None:
        return None
    return _number(member if member.name == "selected_group" else member.child("group"))


def _share_groups(shares: Field | None) -> tuple[int, ...]:
    groups = (_number(share.child("group")) for share in _items(shares))
    return tuple(group for group in groups if group is not None)


def _exchange_group(params: Field | None) -> int | None:
    if params is None:
        return None
    prime = params.child("dh_p")
    if prime is None:
        return _number(params.child("namedcurve"))
    return FFDHE_GROUPS.get(prime.end - prime.start) if prime.bytes.startswith(FFDHE_START) else None


def _items(vector: Field | None) -> list[Field]:
    """The items of a vector that are there, without its length and what is left over."""
    return [item for item in vector.children[1:] if item.name != "trailing"] if vector is not None else []


def _numbers(vector: Field | None) -> tuple[int, ...]:
    return tuple(item.value for item in _items(vector) if isinstance(item.value, int))


def _number(field: Field | None) -> int | None:
    """The number in a field that is whole."""
    if field is None or field.cut:
        return None
    value = field.value
    return value if isinstance(value, int) else None


def _octets(field: Field | None) -> bytes:
    return field.bytes if field is not None else b""
