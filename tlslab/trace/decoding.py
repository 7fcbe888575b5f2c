"""Which decoder reads the bytes of a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tlslab.wire.datagrams import decode_ack, decode_return_routability_check
from tlslab.wire.field import Context, Field
from tlslab.wire.heartbeat import decode_heartbeat
from tlslab.wire.messages import decode_alert, decode_application_data, decode_change_cipher_spec, decode_handshake
from tlslab.wire.notation import decode, opaque, struct

ENCRYPTED: Final = struct("TLSCiphertext", encrypted_record=opaque)
"""All that can be said of a fragment without its key (RFC 8446 §5.2)."""

_DECODERS: Final[Mapping[str, Callable[[bytes, Context], Field]]] = {
    "handshake": decode_handshake,
    "alert": decode_alert,
    "change_cipher_spec": decode_change_cipher_spec,
    "application_data": decode_application_data,
    "heartbeat": decode_heartbeat,
    "ack": decode_ack,
    "return_routability_check": decode_return_routability_check,
}


def decode_message(protocol: str, data: bytes, context: Context, *, readable: bool, shared: bool = True) -> Field:
    """The tree of a message of that protocol; of an opaque fragment where it could not be opened.

    A message that says nothing of its own, byte for byte the same in connection after connection, has the same tree in all,
    unless it is to be `shared` with none.
    """
    if not readable:
        return decode(ENCRYPTED, "TLSCiphertext", data, context)
    if (
        shared
        and len(data) <= LONGEST_SHARED
        and (data[:1] in REPEATED if protocol == "handshake" else protocol in SHARED_PROTOCOLS)
    ):
        return _shared.tree(protocol, data, context)
    return _DECODERS[protocol](data, context)


REPEATED: Final = frozenset(bytes((number,)) for number in (0, 8, 11, 13, 14, 22, 25))
"""Handshake types without a nonce: HelloRequest, EncryptedExtensions, Certificate, CertificateRequest, ServerHelloDone,
CertificateStatus, CompressedCertificate. The others are never seen twice."""
SHARED_PROTOCOLS: Final = frozenset({"alert", "change_cipher_spec"})
LONGEST_SHARED: Final = 2**14
MOST_SHARED_BYTES: Final = 2**17
"""Bytes of the messages whose trees are held: those of a hundred servers. A tree of hostile bytes is some 200 times as large."""


LEAST_SHARED: Final = 64
"""Bytes that each of them counts for at least: the tree of an alert takes a kilobyte."""


class SharedTrees:
    """Trees of messages that came before, by their bytes and all that decides how they are read."""

    def __init__(self) -> None:
        self._trees: dict[tuple[str, bytes, Context], Field] = {}
        self._held = 0

    def tree(self, protocol: str, data: bytes, context: Context) -> Field:
        """The tree that such a message had before, else a new one; when there are too many all are let go."""
        key = protocol, data, context
        found = self._trees.get(key)
        if found is None:
            size = max(len(data), LEAST_SHARED)
            if self._held + size > MOST_SHARED_BYTES:
                self._trees.clear()
                self._held = 0
            self._held += size
            found = self._trees[key] = _DECODERS[protocol](data, context)
        return found


_shared = SharedTrees()
