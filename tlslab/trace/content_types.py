"""The content types of records by name, for who has not loaded the decoders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
ACK, RETURN_ROUTABILITY_CHECK = 26, 27
"""Of datagrams alone (RFC 9147 §7, RFC 9853)."""

PROTOCOLS: Final[Mapping[int, str]] = {
    CHANGE_CIPHER_SPEC: "change_cipher_spec",
    ALERT: "alert",
    HANDSHAKE: "handshake",
    APPLICATION_DATA: "application_data",
    HEARTBEAT: "heartbeat",
    ACK: "ack",
    RETURN_ROUTABILITY_CHECK: "return_routability_check",
}
"""Content types of records and the names that `cli.md` gives the protocols."""
