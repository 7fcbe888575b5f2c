"""Every explanation key that a field can have, by the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from tlslab.reference.registries import registry
from tlslab.trace import decoding
from tlslab.wire import (
    authentication,
    datagrams,
    ech,
    extension_contents,
    extension_tables,
    extensions,
    heartbeat,
    hello,
    key_exchange,
    key_shares,
    messages,
    rare_extensions,
    rare_messages,
    records,
    sslv2,
)
from tlslab.wire.notation import LENGTH_DOC, Optional, Rest, Select, Sized, Struct, Type, Vector
from tlslab.wire.values import TRAILING_DOC, UNOPENED_DOC, Content, Items

MODULES = (
    authentication,
    datagrams,
    decoding,
    ech,
    extension_contents,
    extension_tables,
    extensions,
    heartbeat,
    hello,
    key_exchange,
    key_shares,
    messages,
    rare_extensions,
    rare_messages,
    records,
    sslv2,
)
TABLES = (
    extension_tables.CLIENT_HELLO,
    extension_tables.SERVER_HELLO,
    extension_tables.HELLO_RETRY_REQUEST,
    extension_tables.ENCRYPTED_EXTENSIONS,
    extension_tables.CERTIFICATE_TLS13,
    extension_tables.CERTIFICATE_REQUEST,
    extension_tables.NEW_SESSION_TICKET,
)
ROOTS = {
    "ACK",
    "Alert",
    "ApplicationData",
    "ChangeCipherSpec",
    "Handshake",
    "HeartbeatMessage",
    "ReturnRoutabilityCheck",
    "SSLv2Record",
}
RECORDS = (
    records.decode_record(b"\x16\x03\x01\x00\x01a"),
    records.decode_record(b"\x16\x03\x03\x00\x03abc", protected=True, nonce_length=1, tag_length=1),
    records.decode_inner_plaintext(b"a\x16\0"),
    records.decode_block_plaintext(b"abb\0\1", 1),
    datagrams.decode_dtls_record(bytes((25,)) + bytes(16), cid_length=1),
    datagrams.decode_dtls_record(b"\x3c" + bytes(8), cid_length=1),
    records.decode_stream_plaintext(b"ab", 1),
    records.decode_aead_plaintext(b"a"),
)
"""Their members depend on lengths, so they are made for each record."""


def declared_keys() -> set[str]:
    """Keys of members, items, messages, records, extensions and alerts; DER is another family."""
    keys = {LENGTH_DOC, TRAILING_DOC, UNOPENED_DOC, "GREASE", "unknown_extension", *ROOTS}
    keys |= {messages.message_title(name) for name in messages.STRUCTS}
    keys |= {extensions.extension_doc(number) for table in TABLES for number in table}
    keys |= {extensions.extension_doc(number) for number in registry("extensions")}
    keys |= set(registry("alerts").values())
    keys |= {field.doc for root in RECORDS for field in root.walk()}
    for module in MODULES:
        for value in vars(module).values():
            if isinstance(value, Type):
                keys |= set(keys_of(value))
    return keys


def keys_of(kind: Type) -> Iterator[str]:
    """The keys below one type."""
    if isinstance(kind, Struct):
        for _, key, member in kind.members:
            if not isinstance(member, Select) or not all(isinstance(choice, Struct) for choice in member.choices):
                yield key
            yield from keys_of(member)
    elif isinstance(kind, Content | Sized):
        yield from keys_of(kind.element)
    elif isinstance(kind, Vector | Items | Rest):
        if not isinstance(kind.element, extensions.Extension):
            yield kind.element.name
        yield from keys_of(kind.element)
    elif isinstance(kind, Optional | sslv2.Announced):
        yield from keys_of(kind.kind)
    elif isinstance(kind, Select):
        for choice in kind.choices:
            yield from keys_of(choice)
