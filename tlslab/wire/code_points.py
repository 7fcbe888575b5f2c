"""The enums of TLS: types whose numbers have names in the IANA registries.

GREASE values (RFC 8701) are named here, unknown ones are left to the reader of the number.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire.field import Field
from tlslab.wire.notation import Number


def is_grease(number: int) -> bool:
    """Whether a two-byte code point is one of the sixteen that RFC 8701 reserves: 0x0a0a, 0x1a1a, ... 0xfafa."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def code_point_name(registry_name: str, number: int) -> str | None:
    """Name of a number in an IANA registry; "GREASE" for a value of RFC 8701; None if it has none."""
    name = name_of(registry_name, number)
    return "GREASE" if name is not None and "GREASE" in name else name


def enum(name: str, width: int, registry_name: str, nouns: tuple[str, str] = ("entry", "entries")) -> Number:
    """A number of `width` bytes whose values the registry names."""
    return Number(name, width, partial(code_point_name, registry_name), nouns)


ContentType: Final = enum("ContentType", 1, "content_types")
HandshakeType: Final = enum("HandshakeType", 1, "handshake_types")
ProtocolVersion: Final = enum("ProtocolVersion", 2, "versions", ("version", "versions"))
CipherSuite: Final = enum("CipherSuite", 2, "cipher_suites", ("cipher suite", "cipher suites"))
CompressionMethod: Final = enum("CompressionMethod", 1, "compression_methods", ("method", "methods"))
ExtensionType: Final = enum("ExtensionType", 2, "extensions", ("extension", "extensions"))
NamedGroup: Final = enum("NamedGroup", 2, "supported_groups", ("group", "groups"))
SignatureScheme: Final = enum("SignatureScheme", 2, "signature_schemes", ("scheme", "schemes"))
AlertLevel: Final = enum("AlertLevel", 1, "alert_levels")
NameType: Final = enum("NameType", 1, "name_types")
MaxFragmentLength: Final = enum("MaxFragmentLength", 1, "max_fragment_lengths")
CertificateStatusType: Final = enum("CertificateStatusType", 1, "certificate_status_types")
ECPointFormat: Final = enum("ECPointFormat", 1, "ec_point_formats", ("format", "formats"))
ECCurveType: Final = enum("ECCurveType", 1, "ec_curve_types")
HeartbeatMode: Final = enum("HeartbeatMode", 1, "heartbeat_modes")
PskKeyExchangeMode: Final = enum("PskKeyExchangeMode", 1, "psk_key_exchange_modes", ("mode", "modes"))
CertificateType: Final = enum("CertificateType", 1, "certificate_types", ("type", "types"))
ClientCertificateType: Final = enum("ClientCertificateType", 1, "client_certificate_types", ("type", "types"))
CertificateCompressionAlgorithm: Final = enum(
    "CertificateCompressionAlgorithm", 2, "certificate_compression_algorithms", ("algorithm", "algorithms")
)
IdentifierType: Final = enum("IdentifierType", 1, "trusted_ca_identifier_types")
UserMappingType: Final = enum("UserMappingType", 1, "user_mapping_types", ("type", "types"))
AuthzDataFormat: Final = enum("AuthzDataFormat", 1, "authorization_data_formats", ("format", "formats"))
CachedInformationType: Final = enum("CachedInformationType", 1, "cached_information_types", ("type", "types"))
EKTCipherType: Final = enum("EKTCipherType", 1, "ekt_ciphers", ("cipher", "ciphers"))
SRTPProtectionProfile: Final = enum("SRTPProtectionProfile", 2, "srtp_protection_profiles", ("profile", "profiles"))
TokenBindingKeyParameters: Final = enum("TokenBindingKeyParameters", 1, "token_binding_key_parameters")
ECHVersion: Final = enum("ECHVersion", 2, "ech_versions")
CertChainType: Final = enum("CertChainType", 1, "certificate_chain_types")
SupplementalDataType: Final = enum("SupplementalDataType", 2, "supplemental_data_types")
ConnectionIdUsage: Final = enum("ConnectionIdUsage", 1, "connection_id_usages")
HeartbeatMessageType: Final = enum("HeartbeatMessageType", 1, "heartbeat_message_types")
RrcMessageType: Final = enum("RrcMessageType", 1, "rrc_message_types")
KeyUpdateRequest: Final = enum("KeyUpdateRequest", 1, "key_update_requests")
ECHClientHelloType: Final = enum("ECHClientHelloType", 1, "ech_client_hello_types")
HpkeKemId: Final = enum("HpkeKemId", 2, "hpke_kems")
HpkeKdfId: Final = enum("HpkeKdfId", 2, "hpke_kdfs")
HpkeAeadId: Final = enum("HpkeAeadId", 2, "hpke_aeads")


class AlertDescriptionNumber(Number):
    """An alert's description: what explains the field is the alert itself."""

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field whose explanation is that of its value."""
        end = super().take(name, doc, parent, start, limit, out)
        known = name_of("alerts", parent.data[start]) if end > start else None
        out[-1].doc = known or doc
        return end


AlertDescription: Final = AlertDescriptionNumber("AlertDescription", 1, partial(code_point_name, "alerts"))
