"""Encrypted Client Hello: the extension in each message, and the configuration that a server publishes. Source: RFC 9849."""

from __future__ import annotations

from typing import Final

from tlslab.wire.code_points import (
    ECHClientHelloType,
    ECHVersion,
    ExtensionType,
    HpkeAeadId,
    HpkeKdfId,
    HpkeKemId,
)
from tlslab.wire.field import NO_CONTEXT, Context, Field
from tlslab.wire.notation import (
    EMPTY,
    Number,
    Select,
    Sized,
    Struct,
    Type,
    by_member,
    decode,
    opaque,
    struct,
    text,
    uint8,
)

VERSION: Final = 0xFE0D
OUTER: Final = 0

# RFC 9849 §5: the outer form carries the encrypted ClientHello, or random bytes that look like one (GREASE ECH).
ECHOuter: Final = struct(
    "ECHClientHello",
    kdf_id=HpkeKdfId,
    aead_id=HpkeAeadId,
    config_id=uint8,
    enc=opaque[0 : 2**16 - 1],
    payload=opaque[1 : 2**16 - 1],
)


def outer_or_inner(parent: Field, before: list[Field]) -> Type:
    """The outer form, or nothing: the inner one is only its type."""
    return ECHOuter if before and before[-1].value == OUTER else EMPTY


ECHClientHello: Final = struct(
    "ECHClientHello",
    type=ECHClientHelloType,
    outer=Select(outer_or_inner, ECHOuter, EMPTY),
)

# RFC 9849 §4
HpkeSymmetricCipherSuite: Final = Struct(
    "HpkeSymmetricCipherSuite",
    {"kdf_id": HpkeKdfId, "aead_id": HpkeAeadId},
    item=by_member("aead_id"),
    nouns=("suite", "suites"),
)
ECHConfigExtension: Final = Struct(
    "ECHConfigExtension",
    {"type": Number("ECHConfigExtensionType", 2), "data": opaque[0 : 2**16 - 1]},
    nouns=("extension", "extensions"),
)
ECHConfigContents: Final = struct(
    "ECHConfigContents",
    config_id=uint8,
    kem_id=HpkeKemId,
    public_key=opaque[1 : 2**16 - 1],
    cipher_suites=HpkeSymmetricCipherSuite[4 : 2**16 - 4],
    maximum_name_length=uint8,
    public_name=text[1:255],
    extensions=ECHConfigExtension[0 : 2**16 - 1],
)
OtherContents: Final = struct("ECHConfig", contents=opaque)
SizedContents: Final = Sized(ECHConfigContents, 0, 2**16 - 1)
SizedOtherContents: Final = Sized(OtherContents, 0, 2**16 - 1)


def contents_by_version(parent: Field, before: list[Field]) -> Type:
    """The contents of the version that is standardised, or bytes; a client skips what it does not know by its length."""
    return SizedContents if before and before[-1].value == VERSION else SizedOtherContents


ECHConfig: Final = Struct(
    "ECHConfig",
    {"version": ECHVersion, "contents": Select(contents_by_version, SizedContents, SizedOtherContents)},
    nouns=("configuration", "configurations"),
)
ECHConfigList: Final = struct("ECHConfigList", configs=ECHConfig[4 : 2**16 - 1])
ECHRetryConfigs: Final = struct("ECHEncryptedExtensions", retry_configs=ECHConfig[4 : 2**16 - 1])
ECHConfirmation: Final = struct("ECHHelloRetryRequest", confirmation=opaque[8])
ECHOuterExtensions: Final = struct("OuterExtensions", outer_extensions=ExtensionType[2:254])


def decode_ech_config_list(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of an ECHConfigList, as a DNS record of type HTTPS or a server's file carries it. Never raises."""
    return decode(ECHConfigList, "ECHConfigList", data, context)
