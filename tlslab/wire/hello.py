"""Messages that negotiate: hellos, EncryptedExtensions, tickets, KeyUpdate.

Members are named as in RFC 8446, in all versions: what it calls legacy was the real thing in TLS 1.2.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire.code_points import CipherSuite, CompressionMethod, KeyUpdateRequest, ProtocolVersion
from tlslab.wire.extensions import (
    ClientHelloExtension,
    EncryptedExtension,
    HelloRetryRequestExtension,
    NewSessionTicketExtension,
    ServerHelloExtension,
)
from tlslab.wire.field import Field
from tlslab.wire.notation import Opaque, Optional, byte_count, opaque, seconds, struct, uint32

HELLO_RETRY_RANDOM: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""SHA-256 of "HelloRetryRequest": the random that makes a ServerHello a HelloRetryRequest. Source: RFC 8446 §4.1.3."""

DOWNGRADES: Final = {
    b"DOWNGRD\x01": "ends in the downgrade mark of TLS 1.2",
    b"DOWNGRD\x00": "ends in the downgrade mark of TLS 1.1",
}


def random_label(field: Field) -> str:
    """The size of a random, and what it hides."""
    size, octets = byte_count(field.end - field.start), field.bytes
    if octets == HELLO_RETRY_RANDOM:
        return f"{size}, SHA-256 of “HelloRetryRequest”"
    mark = DOWNGRADES.get(octets[-8:])
    return f"{size}, {mark}" if mark else size


random: Final = Opaque(random_label, free=True)


# RFC 8446 §4.1.2; extensions may be missing in TLS 1.2 (RFC 5246 §7.4.1.2).
CLIENT_HELLO: Final = struct(
    "ClientHello",
    legacy_version=ProtocolVersion,
    random=random[32],
    legacy_session_id=opaque[0:32],
    cipher_suites=CipherSuite[2 : 2**16 - 2],
    legacy_compression_methods=CompressionMethod[1 : 2**8 - 1],
    extensions=Optional(ClientHelloExtension[0 : 2**16 - 1]),
)
# RFC 6347 §4.2.1, RFC 9147 §5.3: over datagrams, with the cookie of a HelloVerifyRequest.
CLIENT_HELLO_DTLS: Final = struct(
    "ClientHello",
    legacy_version=ProtocolVersion,
    random=random[32],
    legacy_session_id=opaque[0:32],
    legacy_cookie=opaque[0 : 2**8 - 1],
    cipher_suites=CipherSuite[2 : 2**16 - 2],
    legacy_compression_methods=CompressionMethod[1 : 2**8 - 1],
    extensions=Optional(ClientHelloExtension[0 : 2**16 - 1]),
)
# RFC 8446 §4.1.3; RFC 5246 §7.4.1.3
SERVER_HELLO: Final = struct(
    "ServerHello",
    legacy_version=ProtocolVersion,
    random=random[32],
    legacy_session_id_echo=opaque[0:32],
    cipher_suite=CipherSuite,
    legacy_compression_method=CompressionMethod,
    extensions=Optional(ServerHelloExtension[0 : 2**16 - 1]),
)
# RFC 8446 §4.1.4
HELLO_RETRY_REQUEST: Final = struct(
    "HelloRetryRequest",
    legacy_version=ProtocolVersion,
    random=random[32],
    legacy_session_id_echo=opaque[0:32],
    cipher_suite=CipherSuite,
    legacy_compression_method=CompressionMethod,
    extensions=HelloRetryRequestExtension[6 : 2**16 - 1],
)
# RFC 8446 §4.3.1
ENCRYPTED_EXTENSIONS: Final = struct(
    "EncryptedExtensions",
    extensions=EncryptedExtension[0 : 2**16 - 1],
)
# RFC 5077 §3.3
NEW_SESSION_TICKET_TLS12: Final = struct(
    "NewSessionTicket",
    ticket_lifetime_hint=seconds,
    ticket=opaque[0 : 2**16 - 1],
)
# RFC 8446 §4.6.1
NEW_SESSION_TICKET_TLS13: Final = struct(
    "NewSessionTicket",
    ticket_lifetime=seconds,
    ticket_age_add=uint32,
    ticket_nonce=opaque[0:255],
    ticket=opaque[1 : 2**16 - 1],
    extensions=NewSessionTicketExtension[0 : 2**16 - 2],
)
# RFC 8446 §4.6.3
KEY_UPDATE: Final = struct("KeyUpdate", request_update=KeyUpdateRequest)
