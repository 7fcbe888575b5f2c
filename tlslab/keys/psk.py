"""Pre-shared keys that somebody gives: `HEX`, or `identity:HEX`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PreSharedKey:
    """A key, and by what name the client offers it."""

    key: bytes
    identity: bytes | None = None
    """None where it is not known: the key is tried under every name."""

    def is_for(self, identity: bytes) -> bool:
        """Whether it may be the key of that name."""
        return self.identity is None or self.identity == identity


def parse_psk(text: str) -> PreSharedKey:
    """The key in `HEX` or `identity:HEX`; an identity may hold colons. Raises ValueError with a clause if it is neither."""
    identity, separator, digits = text.rpartition(":")
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        raise ValueError("a pre-shared key is written in hex, or as identity:hex") from None
    if not key:
        raise ValueError("a pre-shared key has at least one byte")
    return PreSharedKey(key, identity.encode() if separator else None)
