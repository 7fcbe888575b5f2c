"""An authority whose trust holds more than its own root: what else a peer trusts is given as exact bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.pki.authority import Authority
from tlslab.pki.raw_credential import pem


@dataclass(frozen=True, slots=True)
class TrustingAuthority(Authority):
    """Issues as the authority does that it was made of, and trusts `others` beside its root."""

    others: tuple[bytes, ...] = ()
    """Certificates as DER, right or wrong."""

    @classmethod
    def of(cls, authority: Authority, others: Iterable[bytes]) -> Self:
        """`authority`, with more to trust."""
        return cls(authority.credential, authority.root, authority.seed, tuple(others))

    @property
    def trust_pem(self) -> bytes:
        """Override Authority.trust_pem: its own root and the others."""
        return pem(self.root.public_bytes(Encoding.DER)) + b"".join(map(pem, self.others))
