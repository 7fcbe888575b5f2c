"""What stands in the data of the extensions that are in use: declarations alone, as the RFCs write them."""

from __future__ import annotations

from typing import Final

from tlslab.wire.certificates import DISTINGUISHED_NAME, PUBLIC_KEY, distinguished_name
from tlslab.wire.code_points import (
    CertificateCompressionAlgorithm,
    CertificateStatusType,
    CertificateType,
    ECPointFormat,
    HeartbeatMode,
    MaxFragmentLength,
    NamedGroup,
    NameType,
    ProtocolVersion,
    PskKeyExchangeMode,
    SignatureScheme,
    SRTPProtectionProfile,
    TokenBindingKeyParameters,
    code_point_name,
)
from tlslab.wire.der_composite import Perhaps
from tlslab.wire.field import Field, Value
from tlslab.wire.host_names import host_name
from tlslab.wire.key_shares import client_share, server_share
from tlslab.wire.notation import (
    Opaque,
    Optional,
    Rest,
    Select,
    Sized,
    Struct,
    Type,
    by_member,
    byte_count,
    opaque,
    prefixed,
    seconds,
    struct,
    text,
    uint8,
    uint16,
    uint32,
)
from tlslab.wire.ocsp import OCSP_RESPONSE, RESPONDER_ID
from tlslab.wire.quic import transport_parameter_id, transport_parameter_value, varint
from tlslab.wire.x509_extensions import EXTENSIONS


def named_group(field: Field) -> str:
    """Name of a key share: that of its group."""
    data = field.data[field.start : field.start + 2]
    number = int.from_bytes(data, "big")
    name = code_point_name("supported_groups", number) if len(data) == 2 else None
    return f"{name} (0x{number:04x})" if name == "GREASE" else name or f"unknown (0x{number:04x})"


def name_of_authority(field: Field) -> str:
    """Common name in a distinguished name, e.g. "lab-ca"."""
    name = field.child("name")
    return distinguished_name(name.bytes) or name.label if name is not None else ""


# RFC 6066 §3
ServerName: Final = Struct(
    "ServerName",
    {"name_type": NameType, "host_name": host_name[1 : 2**16 - 1]},
    item=by_member("host_name"),
)
ServerNameList: Final = struct("ServerNameList", server_name_list=ServerName[1 : 2**16 - 1])

# RFC 7301 §3.1
ProtocolName: Final = Struct(
    "ProtocolName",
    {"protocol_name": text[1 : 2**8 - 1]},
    item=by_member("protocol_name"),
    nouns=("protocol", "protocols"),
)
ProtocolNameList: Final = struct("ProtocolNameList", protocol_name_list=ProtocolName[2 : 2**16 - 1])

# RFC 6066 §8, RFC 6961 §2.2
ResponderID: Final = struct("ResponderID", responder_id=RESPONDER_ID[1 : 2**16 - 1])
OCSPStatusRequest: Final = struct(
    "OCSPStatusRequest",
    responder_id_list=ResponderID[0 : 2**16 - 1],
    request_extensions=Perhaps(EXTENSIONS)[0 : 2**16 - 1],
)
OtherStatusRequest: Final = struct("CertificateStatusRequest", request=opaque)
SizedOCSPStatusRequest: Final = Sized(OCSPStatusRequest, 0, 2**16 - 1)
SizedOtherStatusRequest: Final = Sized(OtherStatusRequest, 0, 2**16 - 1)


def requested_status(parent: Field, before: list[Field]) -> Type:
    """An OCSP request, or bytes of a type that is none."""
    return OCSPStatusRequest if status_type(before) == 1 else OtherStatusRequest


def requested_status_v2(parent: Field, before: list[Field]) -> Type:
    """The same with a length before it; OCSP for one certificate or for all has the same request."""
    return SizedOCSPStatusRequest if status_type(before) in {1, 2} else SizedOtherStatusRequest


def status_type(before: list[Field]) -> Value:
    """The certificate status type that was read last."""
    return next((field.value for field in before if field.name == "status_type"), None)


CertificateStatusRequest: Final = struct(
    "CertificateStatusRequest",
    status_type=CertificateStatusType,
    request=Select(requested_status, OCSPStatusRequest, OtherStatusRequest),
)
CertificateStatusRequestItemV2: Final = struct(
    "CertificateStatusRequestItemV2",
    status_type=CertificateStatusType,
    request=Select(requested_status_v2, SizedOCSPStatusRequest, SizedOtherStatusRequest),
)
OCSPResponseItem: Final = struct("OCSPResponseItem", ocsp_response=Perhaps(OCSP_RESPONSE)[0 : 2**24 - 1])
ocsp_response: Final = OCSP_RESPONSE[1 : 2**24 - 1]
ocsp_response_list: Final = OCSPResponseItem[1 : 2**24 - 1]
other_response: Final = opaque[1 : 2**24 - 1]


def answered_status(parent: Field, before: list[Field]) -> Type:
    """An OCSP response for one certificate, or for all of the chain (RFC 6961 §2.2), or bytes of a type that is neither."""
    number = status_type(before)
    return ocsp_response if number == 1 else ocsp_response_list if number == 2 else other_response


CertificateStatus: Final = struct(
    "CertificateStatus",
    status_type=CertificateStatusType,
    response=Select(answered_status, ocsp_response, ocsp_response_list, other_response),
)

# RFC 8446 §4.2.1 to §4.2.11, RFC 8422 §5.1
NamedGroupList: Final = struct("NamedGroupList", named_group_list=NamedGroup[2 : 2**16 - 1])
ECPointFormatList: Final = struct("ECPointFormatList", ec_point_format_list=ECPointFormat[1 : 2**8 - 1])
SignatureSchemeList: Final = struct(
    "SignatureSchemeList", supported_signature_algorithms=SignatureScheme[2 : 2**16 - 2]
)
SupportedVersions: Final = struct("SupportedVersions", versions=ProtocolVersion[2:254])
SelectedVersion: Final = struct("SupportedVersions", selected_version=ProtocolVersion)


def key_share_entry(share: Opaque) -> Struct:
    """A group and a share; what is inside the share depends on who sent it."""
    return Struct(
        "KeyShareEntry",
        {"group": NamedGroup, "key_exchange": share[1 : 2**16 - 1]},
        label=lambda field: byte_count(max(field.end - field.start - 4, 0)),
        naming=named_group,
        item=by_member("group"),
        nouns=("share", "shares"),
    )


KeyShareClientHello: Final = struct("KeyShareClientHello", client_shares=key_share_entry(client_share)[0 : 2**16 - 1])
KeyShareServerHello: Final = struct("KeyShareServerHello", server_share=key_share_entry(server_share))
KeyShareHelloRetryRequest: Final = struct("KeyShareHelloRetryRequest", selected_group=NamedGroup)
PskIdentity: Final = Struct(
    "PskIdentity",
    {"identity": opaque[1 : 2**16 - 1], "obfuscated_ticket_age": uint32},
    nouns=("identity", "identities"),
)
PskBinderEntry: Final = Struct("PskBinderEntry", {"binder": opaque[32:255]}, nouns=("binder", "binders"))
OfferedPsks: Final = struct(
    "OfferedPsks",
    identities=PskIdentity[7 : 2**16 - 1],
    binders=PskBinderEntry[33 : 2**16 - 1],
)
SelectedPsk: Final = struct("PreSharedKeyExtension", selected_identity=uint16)
PskKeyExchangeModes: Final = struct("PskKeyExchangeModes", ke_modes=PskKeyExchangeMode[1:255])
Cookie: Final = struct("Cookie", cookie=opaque[1 : 2**16 - 1])
EarlyDataLimit: Final = struct("EarlyDataIndication", max_early_data_size=uint32)
DistinguishedName: Final = Struct(
    "DistinguishedName",
    {"name": prefixed(DISTINGUISHED_NAME, 1, 2**16 - 1)},
    item=name_of_authority,
    nouns=("name", "names"),
)
CertificateAuthorities: Final = struct("CertificateAuthoritiesExtension", authorities=DistinguishedName[3 : 2**16 - 1])
OIDFilter: Final = struct(
    "OIDFilter",
    certificate_extension_oid=opaque[1 : 2**8 - 1],
    certificate_extension_values=opaque[0 : 2**16 - 1],
)
OIDFilters: Final = struct("OIDFilterExtension", filters=OIDFilter[0 : 2**16 - 1])

# RFC 7250 §3, RFC 6091 §3.1
CertificateTypes: Final = struct("CertTypeExtension", certificate_types=CertificateType[1 : 2**8 - 1])
SelectedCertificateType: Final = struct("CertTypeExtension", selected_certificate_type=CertificateType)

# RFC 5764 §4.1.1
UseSRTPData: Final = struct(
    "UseSRTPData",
    SRTPProtectionProfiles=SRTPProtectionProfile[2 : 2**16 - 1],
    srtp_mki=opaque[0:255],
)

# RFC 9345 §4
DelegatedCredentialRequest: Final = struct(
    "SignatureSchemeList", supported_signature_algorithms=SignatureScheme[2 : 2**16 - 2]
)
DelegatedCredential: Final = struct(
    "DelegatedCredential",
    valid_time=seconds,
    dc_cert_verify_algorithm=SignatureScheme,
    ASN1_subjectPublicKeyInfo=prefixed(PUBLIC_KEY, 1, 2**24 - 1),
    algorithm=SignatureScheme,
    signature=opaque[0 : 2**16 - 1],
)

# RFC 9000 §18: identifiers and lengths are integers of one to eight bytes.
TransportParameter: Final = Struct(
    "TransportParameter",
    {"id": transport_parameter_id, "length": varint, "value": transport_parameter_value},
    nouns=("parameter", "parameters"),
)
TransportParameters: Final = struct("TransportParameters", parameters=Rest(TransportParameter))

SessionTicket: Final = struct("SessionTicket", ticket=opaque)
Padding: Final = struct("Padding", zeros=opaque)
MaxFragment: Final = struct("MaxFragmentLength", max_fragment_length=MaxFragmentLength)
RecordSizeLimit: Final = struct("RecordSizeLimit", record_size_limit=uint16)
Heartbeat: Final = struct("HeartbeatExtension", mode=HeartbeatMode)
CompressCertificate: Final = struct(
    "CertificateCompressionAlgorithms", algorithms=CertificateCompressionAlgorithm[2 : 2**8 - 2]
)
RenegotiationInfo: Final = struct("RenegotiationInfo", renegotiated_connection=opaque[0:255])
TokenBindingParameters: Final = struct(
    "TokenBindingParameters",
    token_binding_version=uint16,
    key_parameters_list=TokenBindingKeyParameters[1 : 2**8 - 1],
)
TicketRequest: Final = struct("TicketRequestContents", new_session_count=uint8, resumption_count=uint8)
TicketCount: Final = struct("TicketRequestContents", expected_count=uint8)
NextProtocols: Final = struct("NextProtocolNegotiation", protocols=Rest(ProtocolName))
ApplicationProtocols: Final = struct("ApplicationSettingsSupport", supported_protocols=ProtocolName[2 : 2**16 - 1])
ApplicationSettings: Final = struct("ApplicationSettings", settings=opaque)
ConnectionId: Final = struct("ConnectionId", cid=opaque[0 : 2**8 - 1])
TLSFlags: Final = struct("FlagExtensions", flags=opaque[0:255])
StatusRequestV2: Final = struct(
    "CertificateStatusRequestListV2", certificate_status_req_list=CertificateStatusRequestItemV2[1 : 2**16 - 1]
)


def optional(content: Struct) -> Struct:
    """The same content where it may also be absent: some senders answer or ask with an empty extension."""
    return Struct(content.name, {name: Optional(kind) for name, _, kind in content.members})
