"""Signed certificate timestamps (RFC 6962 §3): in a TLS extension, in an OCSP answer, or inside a certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from tlslab.wire.code_points import SignatureScheme
from tlslab.wire.field import Field
from tlslab.wire.notation import Number, Sized, opaque, struct

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Timestamp(Number):
    """Milliseconds since the epoch, in 8 bytes."""

    def label(self, field: Field) -> str:
        """Date and time, where the number is one that a calendar has."""
        try:
            time = EPOCH + timedelta(milliseconds=int.from_bytes(field.bytes, "big"))
        except OverflowError:
            return super().label(field)
        return f"{time:%Y-%m-%d %H:%M:%S} UTC"


SignedCertificateTimestamp: Final = struct(
    "SignedCertificateTimestamp",
    sct_version=Number("Version", 1, lambda number: "v1" if number == 0 else None),
    log_id=opaque[32],
    timestamp=Timestamp("timestamp", 8),
    sct_extensions=opaque[0 : 2**16 - 1],
    algorithm=SignatureScheme,
    signature=opaque[0 : 2**16 - 1],
)
SignedCertificateTimestampList: Final = struct(
    "SignedCertificateTimestampList",
    sct_list=Sized(SignedCertificateTimestamp, 1, 2**16 - 1)[1 : 2**16 - 1],
)
