"""Records, and what is inside a protected one, as trees of fields.

The fast splitter of a byte stream is the analyzer's; this is for a reader who looks at one record.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire.code_points import ContentType, ProtocolVersion
from tlslab.wire.field import NO_CONTEXT, Context, Field
from tlslab.wire.notation import Struct, Type, decode, opaque, say_too_long, trailing, uint8, uint16

HEADER_LENGTH: Final = 5
HEADER: Final[dict[str, Type]] = {
    "content_type": ContentType,
    "legacy_record_version": ProtocolVersion,
    "length": uint16,
}


def decode_record(
    data: bytes, context: Context = NO_CONTEXT, *, protected: bool = False, nonce_length: int = 0, tag_length: int = 0
) -> Field:
    """The tree of one record: `TLSPlaintext`, or `TLSCiphertext` if it is protected. Never raises.

    nonce_length  bytes of explicit nonce (AEAD) or IV (CBC) in front; 0 in TLS 1.3.
    tag_length    bytes of authentication tag behind: of the AEAD, or of the MAC with encrypt-then-mac.

    Source: RFC 8446 sections 5.1 and 5.2, RFC 5246 section 6.2.
    """
    name = "TLSCiphertext" if protected else "TLSPlaintext"
    end = min(len(data), HEADER_LENGTH + int.from_bytes(data[3:HEADER_LENGTH], "big"))
    fragment = protected_members(end - HEADER_LENGTH, nonce_length, tag_length) if protected else {"fragment": opaque}
    members = HEADER | fragment
    return decode(RecordLayout(name, members), name, data, context)


def protected_members(length: int, nonce_length: int, tag_length: int) -> dict[str, Type]:
    """The members of a protected fragment of `length` bytes."""
    members: dict[str, Type] = {"nonce_explicit": opaque[nonce_length]} if nonce_length else {}
    ciphertext_length = length - nonce_length - tag_length
    if tag_length and ciphertext_length >= 0:
        return members | {"ciphertext": opaque[ciphertext_length], "tag": opaque[tag_length]}
    return members | {"ciphertext": opaque}


class RecordLayout(Struct):
    """A record: its length counts what follows."""

    def open(self, field: Field) -> list[Field]:
        """Header and content; says if the length disagrees with what is there."""
        out: list[Field] = []
        end = HEADER_LENGTH + int.from_bytes(field.data[3:HEADER_LENGTH], "big")
        field.cut = field.end >= HEADER_LENGTH and end > field.end
        pos = self.take_members(field, 0, min(end, field.end), out)
        if field.cut and field.end >= HEADER_LENGTH:
            say_too_long(out[2], field.end)
        if pos < field.end:
            trailing(field, pos, field.end, out)
        return out


def decode_inner_plaintext(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """What a TLS 1.3 record holds when it is opened: content, its real type, and zeros that hide its length.

    data  the decrypted bytes, without the tag. Never raises. Source: RFC 8446 section 5.2.
    """
    content_length = len(data.rstrip(b"\0")) - 1
    members: dict[str, Type] = {"content": opaque[max(content_length, 0)]}
    if content_length >= 0:
        members["type"] = ContentType
    members["zeros"] = opaque
    return decode(Struct("TLSInnerPlaintext", members), "TLSInnerPlaintext", data, context)


def decode_block_plaintext(data: bytes, mac_length: int, context: Context = NO_CONTEXT) -> Field:
    """What a CBC record of TLS 1.2 holds when it is opened: content, MAC, padding and its length.

    mac_length  0 with encrypt-then-mac, where the MAC stands outside.

    Never raises. Source: RFC 5246 section 6.2.3.2.
    """
    padding = data[-1] if data else 0
    content_length = max(len(data) - 1 - padding - mac_length, 0)
    members: dict[str, Type] = {"content": opaque[content_length]}
    if mac_length:
        members["MAC"] = opaque[mac_length]
    members |= {"padding": opaque[padding], "padding_length": uint8}
    return decode(Struct("GenericBlockCipher", members), "GenericBlockCipher", data, context)


def decode_stream_plaintext(data: bytes, mac_length: int, context: Context = NO_CONTEXT) -> Field:
    """What an RC4 record holds when it is opened: content and MAC. Never raises. Source: RFC 5246 section 6.2.3.1."""
    members: dict[str, Type] = {"content": opaque[max(len(data) - mac_length, 0)], "MAC": opaque}
    return decode(Struct("GenericStreamCipher", members), "GenericStreamCipher", data, context)


def decode_aead_plaintext(data: bytes, context: Context = NO_CONTEXT) -> Field:
    """What an AEAD record of TLS 1.2 holds when it is opened: nothing but its content. Source: RFC 5246 section 6.2.3.3."""
    return decode(Struct("GenericAEADCipher", {"content": opaque}), "GenericAEADCipher", data, context)
