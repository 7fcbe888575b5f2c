"""ServerKeyExchange and ClientKeyExchange of TLS 1.2 and before.

Nothing in these two messages says what they hold: the cipher suite does. Where it is not known, the bytes are tried: the
first shape whose lengths add up is taken.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire.code_points import ECCurveType, NamedGroup, SignatureScheme
from tlslab.wire.field import Context, Field
from tlslab.wire.key_shares import server_point
from tlslab.wire.notation import Optional, Select, Struct, Type, opaque, struct

SSL30: Final = 0x0300
TLS12: Final = 0x0303
NAMED_CURVE: Final = 3
HEADER_LENGTH: Final = 4
DTLS_HEADER_LENGTH: Final = 12

# RFC 8422 §5.4
NamedCurveParams: Final = struct("ServerECDHParams", namedcurve=NamedGroup, public=server_point[1 : 2**8 - 1])
ExplicitCurveParams: Final = struct("ServerECDHParams", explicit_parameters=opaque)


def curve_parameters(parent: Field, before: list[Field]) -> Type:
    """A named curve and a point on it; explicit curves are forbidden (RFC 8422 §5.4) and left as bytes."""
    return NamedCurveParams if before and before[-1].value == NAMED_CURVE else ExplicitCurveParams


ServerECDHParams: Final = struct(
    "ServerECDHParams",
    curve_type=ECCurveType,
    curve=Select(curve_parameters, NamedCurveParams, ExplicitCurveParams),
)
# RFC 5246 §7.4.3
ServerDHParams: Final = struct(
    "ServerDHParams",
    dh_p=opaque[1 : 2**16 - 1],
    dh_g=opaque[1 : 2**16 - 1],
    dh_Ys=opaque[1 : 2**16 - 1],
)
# RFC 5246 §4.7; before TLS 1.2 the certificate's key type alone said the algorithm.
SignedParams: Final = struct(
    "DigitallySigned",
    algorithm=SignatureScheme,
    signature=opaque[0 : 2**16 - 1],
)
SignedParamsTLS10: Final = struct("DigitallySigned", signature=opaque[0 : 2**16 - 1])


def signed_params(parent: Field, before: list[Field]) -> Type:
    """The signature as the negotiated version writes it."""
    return SignedParams if parent.context.version >= TLS12 else SignedParamsTLS10


Signed: Final = struct("DigitallySigned", signed=Select(signed_params, SignedParams, SignedParamsTLS10))


def parameters_and_signature(params: Struct) -> Struct:
    """A ServerKeyExchange with those parameters; an anonymous one is not signed."""
    return struct("ServerKeyExchange", params=params, signed_params=Optional(Signed))


SERVER_ECDHE: Final = parameters_and_signature(ServerECDHParams)
SERVER_DHE: Final = parameters_and_signature(ServerDHParams)
SERVER_UNKNOWN: Final = struct("ServerKeyExchange", params=opaque)
# RFC 4279 §2 and §3, RFC 5489 §2
SERVER_PSK: Final = struct("ServerKeyExchange", psk_identity_hint=opaque[0 : 2**16 - 1])
SERVER_DHE_PSK: Final = struct("ServerKeyExchange", psk_identity_hint=opaque[0 : 2**16 - 1], params=ServerDHParams)
SERVER_ECDHE_PSK: Final = struct("ServerKeyExchange", psk_identity_hint=opaque[0 : 2**16 - 1], params=ServerECDHParams)
# RFC 5054 §2.8
ServerSRPParams: Final = struct(
    "ServerSRPParams",
    srp_N=opaque[1 : 2**16 - 1],
    srp_g=opaque[1 : 2**16 - 1],
    srp_s=opaque[1 : 2**8 - 1],
    srp_B=opaque[1 : 2**16 - 1],
)
SERVER_SRP: Final = parameters_and_signature(ServerSRPParams)
# RFC 8492 §4.5.1
ServerECCPWDParams: Final = struct(
    "ServerECCPWDParams",
    salt=opaque[1 : 2**8 - 1],
    curve_type=ECCurveType,
    namedcurve=NamedGroup,
    element=opaque[1 : 2**8 - 1],
    scalar=opaque[1 : 2**8 - 1],
)
SERVER_ECCPWD: Final = struct("ServerKeyExchange", params=ServerECCPWDParams)
SERVER_STRUCTS: Final = {
    "ECDHE": SERVER_ECDHE,
    "ECDH": SERVER_ECDHE,
    "DHE": SERVER_DHE,
    "DH": SERVER_DHE,
    "PSK": SERVER_PSK,
    "RSA_PSK": SERVER_PSK,
    "DHE_PSK": SERVER_DHE_PSK,
    "ECDHE_PSK": SERVER_ECDHE_PSK,
    "SRP_SHA": SERVER_SRP,
    "ECCPWD": SERVER_ECCPWD,
}

# RFC 5246 §7.4.7, RFC 8422 §5.7
CLIENT_RSA: Final = struct("ClientKeyExchange", encrypted_pre_master_secret=opaque[0 : 2**16 - 1])
CLIENT_DHE: Final = struct("ClientKeyExchange", dh_Yc=opaque[0 : 2**16 - 1])
CLIENT_ECDHE: Final = struct("ClientKeyExchange", ecdh_Yc=opaque[1 : 2**8 - 1])
CLIENT_UNKNOWN: Final = struct("ClientKeyExchange", exchange_keys=opaque)
CLIENT_PSK: Final = struct("ClientKeyExchange", psk_identity=opaque[0 : 2**16 - 1])
CLIENT_RSA_PSK: Final = struct(
    "ClientKeyExchange",
    psk_identity=opaque[0 : 2**16 - 1],
    encrypted_pre_master_secret=opaque[0 : 2**16 - 1],
)
CLIENT_DHE_PSK: Final = struct("ClientKeyExchange", psk_identity=opaque[0 : 2**16 - 1], dh_Yc=opaque[0 : 2**16 - 1])
CLIENT_ECDHE_PSK: Final = struct("ClientKeyExchange", psk_identity=opaque[0 : 2**16 - 1], ecdh_Yc=opaque[1 : 2**8 - 1])
# RFC 6101 §5.6.7.1: SSL 3.0 writes the encrypted secret without a length; it fills the message.
CLIENT_RSA_SSL30: Final = struct("ClientKeyExchange", encrypted_pre_master_secret=opaque)
# RFC 5054 §2.8, RFC 8492 §4.5.2, RFC 2712 §3
CLIENT_SRP: Final = struct("ClientKeyExchange", srp_A=opaque[1 : 2**16 - 1])
CLIENT_ECCPWD: Final = struct("ClientKeyExchange", element=opaque[1 : 2**8 - 1], scalar=opaque[1 : 2**8 - 1])
CLIENT_KRB5: Final = struct(
    "ClientKeyExchange",
    ticket=opaque[0 : 2**16 - 1],
    authenticator=opaque[0 : 2**16 - 1],
    encrypted_pre_master_secret=opaque[0 : 2**16 - 1],
)
CLIENT_STRUCTS: Final = {
    "ECDHE": CLIENT_ECDHE,
    "ECDH": CLIENT_ECDHE,
    "DHE": CLIENT_DHE,
    "DH": CLIENT_DHE,
    "RSA": CLIENT_RSA,
    "PSK": CLIENT_PSK,
    "RSA_PSK": CLIENT_RSA_PSK,
    "DHE_PSK": CLIENT_DHE_PSK,
    "ECDHE_PSK": CLIENT_ECDHE_PSK,
    "SRP_SHA": CLIENT_SRP,
    "ECCPWD": CLIENT_ECCPWD,
    "KRB5": CLIENT_KRB5,
}


def server_key_exchange(context: Context) -> Struct | None:
    """The struct of a ServerKeyExchange by the suite; None where that is not known."""
    return SERVER_STRUCTS.get(context.key_exchange)


def guess_server_key_exchange(context: Context, data: bytes) -> Struct:
    """The struct that fits a ServerKeyExchange (`data` with its header)."""
    body = body_of(context, data)
    if len(body) > NAMED_CURVE and body[0] == NAMED_CURVE and 4 + body[3] <= len(body):
        return SERVER_ECDHE
    return SERVER_DHE if vectors_fit(body, 3) else SERVER_UNKNOWN


def client_key_exchange(context: Context) -> Struct | None:
    """The struct of a ClientKeyExchange by the suite; None where that is not known."""
    known = CLIENT_STRUCTS.get(context.key_exchange)
    return CLIENT_RSA_SSL30 if context.version == SSL30 and known in {CLIENT_RSA, None} else known


def guess_client_key_exchange(context: Context, data: bytes) -> Struct:
    """The struct that fits a ClientKeyExchange (`data` with its header).

    An encrypted pre-master secret and a DHE value look alike; RSA key transport is the guess.
    """
    body = body_of(context, data)
    if body and 1 + body[0] == len(body):
        return CLIENT_ECDHE
    return CLIENT_RSA if 2 + int.from_bytes(body[:2], "big") == len(body) else CLIENT_UNKNOWN


def body_of(context: Context, data: bytes) -> bytes:
    """What follows the header of a handshake message."""
    return data[DTLS_HEADER_LENGTH if context.datagram else HEADER_LENGTH :]


def vectors_fit(body: bytes, count: int) -> bool:
    """Whether `body` begins with that many vectors with two-byte lengths."""
    pos = 0
    for _ in range(count):
        pos += 2 + int.from_bytes(body[pos : pos + 2], "big")
    return pos <= len(body)
