"""Which decoder reads the bytes of a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tlslab.wire.field import Context, Field
from tlslab.wire.heartbeat import decode_heartbeat
from tlslab.wire.messages import decode_alert, decode_application_data, decode_change_cipher_spec, decode_handshake
from tlslab.wire.notation import decode, opaque, struct

PROTOCOLS: Final[Mapping[int, str]] = {
    20: "change_cipher_spec",
    21: "alert",
    22: "handshake",
    23: "application_data",
    24: "heartbeat",
}
"""Content types of records and the names that `cli.md` gives the protocols."""

ENCRYPTED: Final = struct("TLSCiphertext", encrypted_record=opaque)
"""All that can be said of a fragment without its key (RFC 8446 §5.2)."""

_DECODERS: Final[Mapping[str, Callable[[bytes, Context], Field]]] = {
    "handshake": decode_handshake,
    "alert": decode_alert,
    "change_cipher_spec": decode_change_cipher_spec,
    "application_data": decode_application_data,
    "heartbeat": decode_heartbeat,
}


def decode_message(protocol: str, data: bytes, context: Context, *, readable: bool) -> Field:
    """The tree of a message of that protocol; of an opaque fragment where it could not be opened."""
    if not readable:
        return decode(ENCRYPTED, "TLSCiphertext", data, context)
    return _DECODERS[protocol](data, context)
