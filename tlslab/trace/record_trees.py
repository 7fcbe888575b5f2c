"""The tree of one record and of what it holds when it is opened, cut when somebody looks.

Facts of the fold in, trees of `wire.records` out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlslab.trace.record import DatagramRecord, SSLv2Record
from tlslab.wire.datagrams import decode_dtls_record
from tlslab.wire.field import Context
from tlslab.wire.records import (
    decode_aead_plaintext,
    decode_block_plaintext,
    decode_inner_plaintext,
    decode_record,
    decode_stream_plaintext,
)
from tlslab.wire.sslv2 import decode_sslv2_record

if TYPE_CHECKING:
    from tlslab.trace.model import Record
    from tlslab.wire.field import Field

BEFORE_TLS13: Final = "CLIENT_RANDOM"
"""Label of the one secret that protects records before TLS 1.3."""


def record_tree(record: Record) -> Field:
    """The record as it crossed the wire: header, nonce, ciphertext and tag, or header and fragment."""
    if isinstance(record, SSLv2Record):
        return decode_sslv2_record(record.wire.data, Context(sender=record.sender))
    decode = decode_dtls_record if isinstance(record, DatagramRecord) else decode_record
    return decode(
        record.wire.data,
        Context(sender=record.sender),
        protected=record.protected,
        nonce_length=record.nonce_length,
        tag_length=_tag_on_the_wire(record),
    )


def inner_tree(record: Record) -> Field | None:
    """What was inside, with its MAC, padding and type; None for a record that was not protected or not opened.

    What stands behind the content tells the kind of cipher.
    """
    if record.plain is None:
        return None
    data, context = record.plain.data, Context(sender=record.sender)
    if record.key_label != BEFORE_TLS13:
        return decode_inner_plaintext(data, context)
    behind = len(data) - record.content_length
    if not behind:
        return decode_aead_plaintext(data, context)
    mac_length = 0 if _tag_on_the_wire(record) else record.tag_length
    if behind == mac_length:
        return decode_stream_plaintext(data, mac_length, context)
    return decode_block_plaintext(data, mac_length, context)


def _tag_on_the_wire(record: Record) -> int:
    """Bytes of tag or MAC behind the ciphertext; 0 where the MAC was encrypted with the content."""
    if record.plain is None:
        return record.tag_length
    behind = len(record.wire.data) - record.header_length - record.nonce_length - len(record.plain.data)
    return record.tag_length if behind == record.tag_length else 0
