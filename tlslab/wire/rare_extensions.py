"""What stands in extensions that few programs send, as their RFCs write it.

Some look different from client and server; the tables in `extension_tables` say which form stands where.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire.certificates import DISTINGUISHED_NAME
from tlslab.wire.code_points import (
    AuthzDataFormat,
    CachedInformationType,
    EKTCipherType,
    IdentifierType,
    UserMappingType,
)
from tlslab.wire.field import Field
from tlslab.wire.notation import (
    EMPTY,
    Optional,
    Select,
    Struct,
    Type,
    opaque,
    prefixed,
    seconds,
    struct,
    text,
    uint16,
)

# RFC 6066 §6
TrustedSHA1: Final = struct("TrustedAuthority", SHA1Hash=opaque[20])
TrustedName: Final = struct("TrustedAuthority", x509_name=prefixed(DISTINGUISHED_NAME, 1, 2**16 - 1))
AUTHORITIES: Final = {1: TrustedSHA1, 2: TrustedName, 3: TrustedSHA1}


def identifier(parent: Field, before: list[Field]) -> Type:
    """How an authority is named: by nothing, a hash of its key or certificate, or its name."""
    number = before[-1].value if before else None
    return AUTHORITIES.get(number, EMPTY) if isinstance(number, int) else EMPTY


TrustedAuthority: Final = Struct(
    "TrustedAuthority",
    {"identifier_type": IdentifierType, "identifier": Select(identifier, EMPTY, TrustedSHA1, TrustedName)},
    nouns=("authority", "authorities"),
)
TrustedAuthorities: Final = struct("TrustedAuthorities", trusted_authorities_list=TrustedAuthority[0 : 2**16 - 1])

# RFC 4681 §2, RFC 5878 §2.3
UserMappingTypeList: Final = struct("UserMappingTypeList", user_mapping_types=UserMappingType[1 : 2**8 - 1])
AuthzDataFormats: Final = struct("AuthorizationDataFormats", authz_format_list=AuthzDataFormat[1 : 2**8 - 1])

# RFC 5054 §2.8.1
SRPIdentity: Final = struct("SRPExtension", srp_I=text[1 : 2**8 - 1])

# RFC 7924 §3: the server answers with the types alone.
CachedObject: Final = Struct(
    "CachedObject",
    {"type": CachedInformationType, "hash_value": opaque[1:255]},
    nouns=("object", "objects"),
)
CachedInformation: Final = struct("CachedInformation", cached_info=CachedObject[1 : 2**16 - 1])
CachedInformationAnswer: Final = struct("CachedInformation", cached_info=CachedInformationType[1 : 2**16 - 1])

# RFC 8492 §4.2 and §4.3
ProtectedName: Final = struct("PasswordProtected", protected_name=opaque[1 : 2**8 - 1])
PasswordName: Final = struct("PasswordClear", pwd_name=text[1 : 2**8 - 1])
PasswordSalt: Final = struct("PasswordSalt", salt=opaque[1 : 2**16 - 1])

# RFC 8672 §4
PinningTicket: Final = struct("PinningTicketExtension", ticket=Optional(opaque[0 : 2**16 - 1]))
PinningProof: Final = struct(
    "PinningTicketExtension",
    proof=opaque[0 : 2**8 - 1],
    ticket=opaque[0 : 2**16 - 1],
    lifetime=seconds,
)

# RFC 8870 §5.2.1
SupportedEKTCiphers: Final = struct("SupportedEKTCiphers", supported_ciphers=EKTCipherType[1:255])
SelectedEKTCipher: Final = struct("SupportedEKTCiphers", selected_cipher=EKTCipherType)

# RFC 9162 §6.5
SerializedTransItem: Final = Struct(
    "SerializedTransItem", {"trans_item": opaque[1 : 2**16 - 1]}, nouns=("item", "items")
)
TransparencyInformation: Final = struct("TransItemList", trans_item_list=SerializedTransItem[1 : 2**16 - 1])

# RFC 8844 §3.2 and §4.3
ExternalIdentityHash: Final = struct("ExternalIdentityHash", binding_hash=opaque[0:32])
ExternalSessionId: Final = struct("ExternalSessionId", session_id=opaque[20:255])

# RFC 9102 §2.2 and §2.3
DnssecChainRequest: Final = struct("DnssecChainExtension", port_number=uint16)
DnssecChain: Final = struct("DnssecChainExtension", ext_support_lifetime=uint16, authentication_chain=opaque)
