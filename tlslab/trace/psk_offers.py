"""The pre-shared keys that a ClientHello of TLS 1.3 offers: which of those that are known it means, proved by its binders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule13
from tlslab.trace.transcript import Hello, extension_member, items_of

if TYPE_CHECKING:
    from tlslab.keys.psk import PreSharedKey
    from tlslab.trace.resumption import Sessions

PRE_SHARED_KEY: Final = b"\x00\x29"
"""Type of the extension: where these bytes are not, no tree need be opened to look for it."""
BINDER_LABELS: Final = ("res binder", "ext binder")
"""For the key of a ticket, and for one that was agreed on by hand."""
HASHES: Final = {32: "sha256", 48: "sha384"}
"""By the length of a binder; a key that was agreed on by hand goes with SHA-256 unless said otherwise (RFC 8446 §4.2.11)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A pre-shared key of a ClientHello whose value is known."""

    number: int
    """Its place in the list, from 0."""
    psk: bytes
    hash_name: str
    label: str
    """The label of its binder key: "res binder" or "ext binder"."""
    origin: str


def identities(hello: Hello) -> list[bytes]:
    """The names of the pre-shared keys that a ClientHello offers: tickets, or what was agreed on."""
    items = items_of(extension_member(hello, "pre_shared_key", "identities"))
    fields = (item.child("identity") for item in items)
    return [field.bytes if field is not None else b"" for field in fields]


def binders(hello: Hello) -> list[bytes]:
    """The proofs that the client has those keys, in the same order."""
    items = items_of(extension_member(hello, "pre_shared_key", "binders"))
    fields = (item.child("binder") for item in items)
    return [field.bytes if field is not None else b"" for field in fields]


def truncated(hello: Hello) -> bytes | None:
    """The ClientHello without its binders, which is what they are computed over (RFC 8446 §4.2.11.2)."""
    if PRE_SHARED_KEY not in hello.data:
        return None
    field = extension_member(hello, "pre_shared_key", "binders")
    return hello.data[: field.start] if field is not None else None


def known_offers(
    hello: Hello, before: Sequence[bytes], sessions: Sessions, psks: Sequence[PreSharedKey]
) -> Iterator[Offer]:
    """The offered keys whose values are known and fit their binders.

    before  the transcript before this ClientHello: nothing, or message_hash and HelloRetryRequest.
    """
    cut = truncated(hello)
    if cut is None:
        return
    covered = b"".join(before) + cut
    for number, (identity, binder) in enumerate(zip(identities(hello), binders(hello), strict=False)):
        hash_name = HASHES.get(len(binder))
        if hash_name is None:
            continue
        for psk, origin in _candidates(identity, sessions, psks):
            label = binder_label(psk, covered, binder, hash_name)
            if label is not None:
                yield Offer(number, psk, hash_name, label, origin)
                break


def binder_label(psk: bytes, covered: bytes, binder: bytes, hash_name: str) -> str | None:
    """The label under which this key gives this binder; None if it is another key's."""
    return label_of_early_secret(schedule13.early_secret(hash_name, psk), covered, binder, hash_name)


def label_of_early_secret(early: bytes, covered: bytes, binder: bytes, hash_name: str) -> str | None:
    """The same from the Early Secret of the key."""
    digest = hashlib.new(hash_name, covered).digest()
    for label in BINDER_LABELS:
        key = schedule13.derive_secret(early, label, schedule13.empty_hash(hash_name), hash_name)
        if schedule13.finished_verify_data(key, digest, hash_name) == binder:
            return label
    return None


def _candidates(identity: bytes, sessions: Sessions, psks: Sequence[PreSharedKey]) -> Iterator[tuple[bytes, str]]:
    known = sessions.lookup(identity)
    if known is not None:
        yield known.secret, f"connection {known.connection.number}, by ticket"
    yield from ((psk.key, "given") for psk in psks if psk.is_for(identity))
