"""Handshake messages, alerts, ChangeCipherSpec and application data as trees of fields.

The structs themselves are in `hello`, `authentication` and `key_exchange`; here a message's type, and what the connection
has settled so far, choose one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire import rules
from tlslab.wire.authentication import (
    CERTIFICATE_RAW_TLS12,
    CERTIFICATE_REQUEST_TLS10,
    CERTIFICATE_REQUEST_TLS12,
    CERTIFICATE_REQUEST_TLS13,
    CERTIFICATE_STATUS,
    CERTIFICATE_TLS12,
    CERTIFICATE_TLS13,
    CERTIFICATE_VERIFY,
    CERTIFICATE_VERIFY_TLS10,
    COMPRESSED_CERTIFICATE,
    FINISHED,
    FINISHED_SSL30,
    RAW_PUBLIC_KEY,
)
from tlslab.wire.code_points import AlertDescription, AlertLevel, HandshakeType
from tlslab.wire.field import NO_CONTEXT, Context, Field, Problem, Value
from tlslab.wire.hello import (
    CLIENT_HELLO,
    CLIENT_HELLO_DTLS,
    ENCRYPTED_EXTENSIONS,
    HELLO_RETRY_RANDOM,
    HELLO_RETRY_REQUEST,
    KEY_UPDATE,
    NEW_SESSION_TICKET_TLS12,
    NEW_SESSION_TICKET_TLS13,
    SERVER_HELLO,
)
from tlslab.wire.key_exchange import (
    DTLS_HEADER_LENGTH,
    HEADER_LENGTH,
    client_key_exchange,
    guess_client_key_exchange,
    guess_server_key_exchange,
    server_key_exchange,
)
from tlslab.wire.layouts import Layouts
from tlslab.wire.notation import (
    Struct,
    Type,
    byte_count,
    decode,
    opaque,
    say_too_long,
    struct,
    text,
    trailing,
    uint8,
    uint16,
    uint24,
)
from tlslab.wire.rare_messages import (
    CERTIFICATE_URL,
    CLIENT_CERTIFICATE_REQUEST,
    EKT_KEY,
    HELLO_VERIFY_REQUEST,
    NEW_CONNECTION_ID,
    REQUEST_CONNECTION_ID,
    SUPPLEMENTAL_DATA,
)
from tlslab.wire.sslv2 import V2_CLIENT_HELLO

SSL30: Final = 0x0300
TLS12: Final = 0x0303
TLS13: Final = 0x0304
SERVER_HELLO_TYPE: Final = 2
HEADER: Final = struct("Handshake", msg_type=HandshakeType, length=uint24)
# RFC 6347 §4.2.2: over datagrams a message may come in fragments; `length` is that of the whole message.
DTLS_HEADER: Final = struct(
    "Handshake",
    msg_type=HandshakeType,
    length=uint24,
    message_seq=uint16,
    fragment_offset=uint24,
    fragment_length=uint24,
)
FRAGMENT: Final = struct("Handshake", fragment=opaque)
DTLS_VERSIONS: Final = {0xFEFF: 0x0302, 0xFEFD: TLS12, 0xFEFC: TLS13}
"""Versions of DTLS and those of TLS that they were made from, whose messages they share."""
HELLO_REQUEST: Final = struct("HelloRequest")
SERVER_HELLO_DONE: Final = struct("ServerHelloDone")
END_OF_EARLY_DATA: Final = struct("EndOfEarlyData")
# RFC 8446 §4.4.1: what stands for the first ClientHello in the transcript, after a HelloRetryRequest.
MESSAGE_HASH: Final = struct("MessageHash", hash=opaque)
# draft-agl-tls-nextprotoneg §3
NEXT_PROTOCOL: Final = struct("NextProtocol", selected_protocol=text[0:255], padding=opaque[0:255])

TITLES: Final = {
    "ack": "ACK",
    "application_data": "Application data",
    "certificate_url": "CertificateURL",
    "ekt_key": "EKTKey",
    "": "Handshake",
}


@cache
def handshake_type_name(number: int) -> str:
    """Name of a handshake type as the RFCs spell it, e.g. "client_hello"; "unknown_99" for one without."""
    return (name_of("handshake_types", number) or f"unknown_{number}").removesuffix("_RESERVED")


@cache
def message_title(type_name: str) -> str:
    """What a message of that type is called: "ClientHello" for "client_hello", "Application data"."""
    title = TITLES.get(type_name)
    return title or "".join(word[:1].upper() + word[1:] for word in type_name.split("_"))


def is_hello_retry_request(data: bytes, *, datagram: bool = False) -> bool:
    """Whether a ServerHello (header included) is a HelloRetryRequest: its random is the special one of RFC 8446 §4.1.3."""
    start = 2 + (DTLS_HEADER_LENGTH if datagram else HEADER_LENGTH)
    return data[start : start + 32] == HELLO_RETRY_RANDOM


def message_type(data: bytes, *, datagram: bool = False) -> str:
    """Type of a handshake message (header included): "client_hello", "hello_retry_request"; "" if there is no byte."""
    if not data:
        return ""
    if data[0] == SERVER_HELLO_TYPE and is_hello_retry_request(data, datagram=datagram):
        return "hello_retry_request"
    return handshake_type_name(data[0])


def is_fragment(data: bytes) -> bool:
    """Whether a DTLS handshake header (12 bytes) stands before a part of its message only."""
    return data[6:9] != b"\0\0\0" or data[1:4] != data[9:12]


def decode_handshake(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of one handshake message, header included: four bytes, or twelve over datagrams. Never raises.

    context  what earlier messages settled: the version above all. Of DTLS, a fragment is opened no further.
    """
    alike = _settled(data[0], context) if data else None
    if alike is not None and not (data[0] == SERVER_HELLO_TYPE and is_hello_retry_request(data)):
        kind, name = alike
        return LAYOUTS.decode(kind, name, data, context)
    return _decode_looked_at(data, context)


def _decode_looked_at(data: bytes, context: Context) -> Field:
    """The same where the type has to be chosen by more of the message than its first byte."""
    if context.sslv2:
        return decode(V2_CLIENT_HELLO, "ClientHello", data, context)
    if context.version in DTLS_VERSIONS:
        context = context._replace(version=DTLS_VERSIONS[context.version], datagram=True)
    type_name = message_type(data, datagram=context.datagram)
    choose = STRUCTS.get(type_name)
    body = choose(context) if choose is not None else OTHER
    if context.datagram and is_fragment(data):
        body = FRAGMENT
    if body is None:
        body = GUESSES[type_name](context, data)
    if type_name in FRESH:
        return LAYOUTS.decode(_whole(body), message_title(type_name), data, context)
    root = decode(_whole(body), message_title(type_name), data, context)
    if choose is None:
        root.doc = OTHER.name
    return root


@lru_cache(maxsize=256)
def _settled(number: int, context: Context) -> tuple[HandshakeMessage, str] | None:
    """Type and name of messages that are alike but for what is fresh in them; None where more than a byte chooses the type."""
    type_name = handshake_type_name(number)
    if type_name not in FRESH or context.sslv2 or context.datagram or context.version in DTLS_VERSIONS:
        return None
    body = STRUCTS[type_name](context)
    return (_whole(body), message_title(type_name)) if body is not None else None


@lru_cache(maxsize=64)
def _whole(body: Struct) -> HandshakeMessage:
    return HandshakeMessage(body)


class HandshakeMessage(Type):
    """A whole message: the members of the struct stand beside the header's."""

    tells = False

    def __init__(self, body: Struct) -> None:
        self.body = body

    def open(self, field: Field) -> list[Field]:
        """Message type, length, and the members of the body."""
        out: list[Field] = []
        if not field.end:
            text = "a handshake record without content"
            field.problem = Problem(text, 0, 0, "RFC 8446 §5.1", "unexpected_message")
            return out
        header = DTLS_HEADER if field.context.datagram else HEADER
        pos = header.take_members(field, 0, field.end, out)
        if len(out) < len(header.members) or out[-1].cut:
            return out
        limit = pos + int.from_bytes(field.data[pos - 3 : pos], "big")
        if limit > field.end:
            limit = field.end
            field.cut = True
            say_too_long(out[-1], field.end)
        pos = self.body.take_members(field, pos, limit, out)
        if pos < field.end:
            trailing(field, pos, field.end, out)
        rules.apply(field, out)
        return out

    def value(self, field: Field) -> Value:
        """None: the members have values."""
        return None

    def label(self, field: Field) -> str:
        """How long it is."""
        return byte_count(field.end)


OTHER: Final = struct("Handshake", body=opaque)
"""A message that is named and left as it is."""

Chooser = Callable[[Context], Struct | None]


def always(body: Struct) -> Chooser:
    """The same struct whatever is known."""
    return lambda context: body


def client_hello(context: Context) -> Struct:
    """With a cookie over datagrams."""
    return CLIENT_HELLO_DTLS if context.datagram else CLIENT_HELLO


def certificate(context: Context) -> Struct:
    """A list of certificates; in TLS 1.2 perhaps a public key alone."""
    if context.version >= TLS13:
        return CERTIFICATE_TLS13
    return CERTIFICATE_RAW_TLS12 if context.certificate_type == RAW_PUBLIC_KEY else CERTIFICATE_TLS12


def finished(context: Context) -> Struct:
    """Two hashes in SSL 3.0, one value since."""
    return FINISHED_SSL30 if context.version == SSL30 else FINISHED


def by_version(tls12: Struct, tls13: Struct, tls10: Struct | None = None) -> Chooser:
    """A struct for TLS 1.3, one for TLS 1.2, and perhaps another for what came before."""

    def choose(context: Context) -> Struct:
        if context.version >= TLS13:
            return tls13
        return tls10 if tls10 is not None and context.version < TLS12 else tls12

    return choose


STRUCTS: Final[dict[str, Chooser]] = {
    "hello_request": always(HELLO_REQUEST),
    "client_hello": client_hello,
    "server_hello": always(SERVER_HELLO),
    "hello_retry_request": always(HELLO_RETRY_REQUEST),
    "new_session_ticket": by_version(NEW_SESSION_TICKET_TLS12, NEW_SESSION_TICKET_TLS13),
    "end_of_early_data": always(END_OF_EARLY_DATA),
    "encrypted_extensions": always(ENCRYPTED_EXTENSIONS),
    "certificate": certificate,
    "server_key_exchange": server_key_exchange,
    "certificate_request": by_version(CERTIFICATE_REQUEST_TLS12, CERTIFICATE_REQUEST_TLS13, CERTIFICATE_REQUEST_TLS10),
    "server_hello_done": always(SERVER_HELLO_DONE),
    "certificate_verify": by_version(CERTIFICATE_VERIFY, CERTIFICATE_VERIFY, CERTIFICATE_VERIFY_TLS10),
    "client_key_exchange": client_key_exchange,
    "finished": finished,
    "hello_verify_request": always(HELLO_VERIFY_REQUEST),
    "request_connection_id": always(REQUEST_CONNECTION_ID),
    "new_connection_id": always(NEW_CONNECTION_ID),
    "client_certificate_request": always(CLIENT_CERTIFICATE_REQUEST),
    "certificate_url": always(CERTIFICATE_URL),
    "supplemental_data": always(SUPPLEMENTAL_DATA),
    "ekt_key": always(EKT_KEY),
    "certificate_status": always(CERTIFICATE_STATUS),
    "key_update": always(KEY_UPDATE),
    "compressed_certificate": always(COMPRESSED_CERTIFICATE),
    "message_hash": always(MESSAGE_HASH),
    "next_protocol": always(NEXT_PROTOCOL),
}
"""How each handshake type is read; the others are bytes with a name."""
GUESSES: Final[dict[str, Callable[[Context, bytes], Struct]]] = {
    "server_key_exchange": guess_server_key_exchange,
    "client_key_exchange": guess_client_key_exchange,
}
"""By what fits, where nothing else says it."""
FRESH: Final = frozenset(
    {
        "client_hello",
        "server_hello",
        "new_session_ticket",
        "server_key_exchange",
        "certificate_verify",
        "client_key_exchange",
        "finished",
    }
)
"""Messages with something random in them, and the rest like others: whose trees are worth a layout."""
LAYOUTS: Final = Layouts()


class Ruled(Struct):
    """A message without a header that has rules of its own."""

    def open(self, field: Field) -> list[Field]:
        """The members, and what is wrong with them."""
        out = super().open(field)
        rules.apply(field, out)
        return out


ALERT: Final = Ruled("Alert", {"level": AlertLevel, "description": AlertDescription})
CHANGE_CIPHER_SPEC: Final = Ruled("ChangeCipherSpec", {"type": uint8})
APPLICATION_DATA: Final = struct("ApplicationData", data=opaque)


def decode_alert(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of one alert: two bytes. Never raises. Source: RFC 8446 section 6."""
    return decode(ALERT, "Alert", data, context)


def decode_change_cipher_spec(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of a ChangeCipherSpec: one byte. Never raises. Source: RFC 5246 section 7.1, RFC 8446 section 5."""
    return decode(CHANGE_CIPHER_SPEC, "ChangeCipherSpec", data, context)


def decode_application_data(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """Application data as a tree of one leaf. Never raises."""
    return LAYOUTS.decode(APPLICATION_DATA, "ApplicationData", data, context)


def sections(root: Field) -> list[Field]:
    """The fields of a message that get a colour of their own: its members, and each extension by itself.

    Together they cover the message.
    """
    found: list[Field] = []
    for member in root.children:
        found += member.children if member.name == "extensions" and member.children else [member]
    return found
