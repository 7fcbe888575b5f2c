"""What stands in a key share: a curve point by its coordinates, a post-quantum hybrid by its two halves.

The group, a member in front, says which; nothing in the bytes themselves does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tlslab.wire.field import Field, Problem
from tlslab.wire.lengths import inherits_cut
from tlslab.wire.notation import Opaque, Struct, byte_count, opaque, struct, uint8

UNCOMPRESSED: Final = 4


def point(coordinate_length: int) -> Struct:
    """An uncompressed point on a curve. Source: RFC 8446 section 4.2.8.2."""
    return struct(
        "UncompressedPointRepresentation",
        legacy_form=uint8,
        X=opaque[coordinate_length],
        Y=opaque[coordinate_length],
    )


P256: Final = point(32)
P384: Final = point(48)
P521: Final = point(66)


# draft-ietf-tls-ecdhe-mlkem §4: which half stands first differs from group to group.
X25519_MLKEM768_CLIENT: Final = struct("HybridShare", encapsulation_key=opaque[1184], ephemeral_share=opaque[32])
X25519_MLKEM768_SERVER: Final = struct("HybridShare", ciphertext=opaque[1088], ephemeral_share=opaque[32])
P256_MLKEM768_CLIENT: Final = struct("HybridShare", ephemeral_share=P256, encapsulation_key=opaque[1184])
P256_MLKEM768_SERVER: Final = struct("HybridShare", ephemeral_share=P256, ciphertext=opaque[1088])
P384_MLKEM1024_CLIENT: Final = struct("HybridShare", ephemeral_share=P384, encapsulation_key=opaque[1568])
P384_MLKEM1024_SERVER: Final = struct("HybridShare", ephemeral_share=P384, ciphertext=opaque[1568])
# draft-tls-westerbaan-xyber768d00-03 §3
X25519_KYBER768_CLIENT: Final = struct("HybridShare", ephemeral_share=opaque[32], encapsulation_key=opaque[1184])
X25519_KYBER768_SERVER: Final = struct("HybridShare", ephemeral_share=opaque[32], ciphertext=opaque[1088])

CURVES: Final[dict[int, Struct]] = {
    23: P256,
    24: P384,
    25: P521,
    26: P256,
    27: P384,
    28: point(64),
    31: P256,
    32: P384,
    33: point(64),
    41: P256,
}
CLIENT_SHARES: Final = CURVES | {
    4587: P256_MLKEM768_CLIENT,
    4588: X25519_MLKEM768_CLIENT,
    4589: P384_MLKEM1024_CLIENT,
    4590: P256_MLKEM768_CLIENT,
    25497: X25519_KYBER768_CLIENT,
}
SERVER_SHARES: Final = CURVES | {
    4587: P256_MLKEM768_SERVER,
    4588: X25519_MLKEM768_SERVER,
    4589: P384_MLKEM1024_SERVER,
    4590: P256_MLKEM768_SERVER,
    25497: X25519_KYBER768_SERVER,
}
"""Shares that are made of parts, by group."""

_WHOLE: Final = {29: 32, 30: 56, 256: 256, 257: 384, 258: 512, 259: 768, 260: 1024}
CLIENT_LENGTHS: Final = _WHOLE | {512: 800, 513: 1184, 514: 1568}
SERVER_LENGTHS: Final = _WHOLE | {512: 768, 513: 1088, 514: 1568}
"""Bytes of the shares that are one value, by group: RFC 8446 §4.2.8.1, RFC 8422 §5.4, FIPS 203 §8."""


def length_of(layout: Struct) -> int:
    """Bytes of a share that is made of parts."""
    return sum(length_of(kind) if isinstance(kind, Struct) else kind.width or 0 for _, _, kind in layout.members)


class Share(Opaque):
    """A public key or an encapsulated secret, opened by the group in the member `group_name` beside it.

    strict  whether a length that is not the group's is a problem; TLS 1.2 also allowed compressed points.
    """

    def __init__(
        self, group_name: str, layouts: Mapping[int, Struct], lengths: Mapping[int, int], *, strict: bool
    ) -> None:
        super().__init__(free=True)
        self.group_name = group_name
        self.layouts = layouts
        self.lengths = dict(lengths) | {group: length_of(layout) for group, layout in layouts.items()}
        self.strict = strict

    def open(self, field: Field) -> list[Field]:
        """The parts, where there are any and all are there."""
        group = field.parent.child(self.group_name) if field.parent is not None else None
        number = group.value if group is not None else None
        if not isinstance(number, int) or field.cut or inherits_cut(field):
            return []
        size, wanted = field.end - field.start, self.lengths.get(number)
        if size != wanted:
            if wanted is not None and self.strict and field.problem is None:
                text = f"a share of this group has {byte_count(wanted)}, this one {size}"
                field.problem = Problem(text, field.start, field.end, "RFC 8446 §4.2.8", "illegal_parameter")
            return []
        out: list[Field] = []
        layout = self.layouts.get(number)
        if layout is not None:
            layout.take_members(field, field.start, field.end, out)
        return out


client_share: Final = Share("group", CLIENT_SHARES, CLIENT_LENGTHS, strict=True)
server_share: Final = Share("group", SERVER_SHARES, SERVER_LENGTHS, strict=True)
server_point: Final = Share("namedcurve", CURVES, {}, strict=False)
