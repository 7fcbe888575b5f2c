"""Handshake messages that few programs send: of DTLS, of extensions to TLS 1.2, and of exported authenticators."""

from __future__ import annotations

from typing import Final

from tlslab.wire.code_points import CertChainType, ConnectionIdUsage, ProtocolVersion, SupplementalDataType
from tlslab.wire.extensions import CertificateRequestExtension
from tlslab.wire.notation import Struct, opaque, struct, text, uint8, uint16, uint24

# RFC 6347 §4.2.1
HELLO_VERIFY_REQUEST: Final = struct(
    "HelloVerifyRequest",
    server_version=ProtocolVersion,
    cookie=opaque[0 : 2**8 - 1],
)
# RFC 9147 §9
ConnectionId: Final = Struct("ConnectionId", {"cid": opaque[0 : 2**8 - 1]}, nouns=("identifier", "identifiers"))
REQUEST_CONNECTION_ID: Final = struct("RequestConnectionId", num_cids=uint8)
NEW_CONNECTION_ID: Final = struct(
    "NewConnectionId",
    cids=ConnectionId[0 : 2**16 - 1],
    usage=ConnectionIdUsage,
)
# RFC 9261 §4
CLIENT_CERTIFICATE_REQUEST: Final = struct(
    "ClientCertificateRequest",
    certificate_request_context=opaque[0 : 2**8 - 1],
    extensions=CertificateRequestExtension[2 : 2**16 - 1],
)
# RFC 6066 §5
URLAndHash: Final = Struct(
    "URLAndHash", {"url": text[1 : 2**16 - 1], "padding": uint8, "SHA1Hash": opaque[20]}, nouns=("address", "addresses")
)
CERTIFICATE_URL: Final = struct(
    "CertificateURL",
    type=CertChainType,
    url_and_hash_list=URLAndHash[1 : 2**16 - 1],
)
# RFC 4680 §2; what the data are is told by RFC 4681 and RFC 5878.
SupplementalDataEntry: Final = struct(
    "SupplementalDataEntry",
    supp_data_type=SupplementalDataType,
    supp_data=opaque[0 : 2**16 - 1],
)
SUPPLEMENTAL_DATA: Final = struct("SupplementalData", supp_data=SupplementalDataEntry[1 : 2**24 - 1])
# RFC 8870 §5.2.2
EKT_KEY: Final = struct(
    "EKTKey",
    ekt_key_value=opaque[1:256],
    srtp_master_salt=opaque[1:256],
    ekt_spi=uint16,
    ekt_ttl=uint24,
)
