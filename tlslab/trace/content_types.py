"""The content types of records by name, for who has not loaded the decoders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24

PROTOCOLS: Final[Mapping[int, str]] = {
    CHANGE_CIPHER_SPEC: "change_cipher_spec",
    ALERT: "alert",
    HANDSHAKE: "handshake",
    APPLICATION_DATA: "application_data",
    HEARTBEAT: "heartbeat",
}
"""Content types of records and the names that `cli.md` gives the protocols."""
