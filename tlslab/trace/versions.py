"""Protocol versions by number and name."""

from __future__ import annotations

from typing import Final

SSL30: Final = 0x0300
TLS10: Final = 0x0301
TLS11: Final = 0x0302
TLS12: Final = 0x0303
TLS13: Final = 0x0304
BEFORE_TLS13: Final = {SSL30, TLS10, TLS11, TLS12}
"""Versions with one master secret, ChangeCipherSpec, and a key block."""
DTLS10: Final = 0xFEFF
DTLS12: Final = 0xFEFD
DTLS13: Final = 0xFEFC
SAME_IN_TLS: Final = {DTLS10: TLS11, DTLS12: TLS12, DTLS13: TLS13}
"""The version of TLS that each version of DTLS is modelled on (RFC 6347 §1)."""
VERSIONS: Final = {SSL30: "SSL 3.0", TLS10: "TLS 1.0", TLS11: "TLS 1.1", TLS12: "TLS 1.2", TLS13: "TLS 1.3"}
DATAGRAM_VERSIONS: Final = {TLS11: "DTLS 1.0", TLS12: "DTLS 1.2", TLS13: "DTLS 1.3"}
"""Names of the versions of DTLS, by the version of TLS."""
