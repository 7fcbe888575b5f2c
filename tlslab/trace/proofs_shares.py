"""Checks of the key shares in hellos and key exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tlslab.keys.checks_shares import check_dh_value, check_point
from tlslab.reference.registries import name_of
from tlslab.trace.coverage import Proof
from tlslab.trace.transcript import extension_member, items_of

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session
    from tlslab.wire.field import Field

MOST_SHARES = 16


def hello(_session: Session, message: Message) -> Iterator[Proof]:
    """The shares of a hello of TLS 1.3 (RFC 8446 §4.2.8)."""

    def compute() -> Iterator[Check]:
        shares = items_of(extension_member(message, "key_share", "client_shares"))
        if message.sender == "server":
            extensions = message.fields.child("extensions")
            extension = extensions.child("key_share") if extensions is not None else None
            shares = extension.children[2:3] if extension is not None else []
        for share in shares[:MOST_SHARES]:
            made = _point(message.sender, share.child("group"), share.child("key_exchange"))
            if made is not None:
                yield made

    yield Proof(message, compute)


def server_key_exchange(_session: Session, message: Message) -> Iterator[Proof]:
    """The server's share before TLS 1.3 (RFC 5246 §7.4.3, RFC 8422 §5.4)."""

    def compute() -> Iterator[Check]:
        params = message.fields.child("params")
        if params is None:
            return
        prime, value = params.child("dh_p"), params.child("dh_Ys")
        if prime is not None and value is not None:
            yield check_dh_value("server", prime.bytes, value.bytes)
        made = _point("server", params.child("namedcurve"), params.child("public"))
        if made is not None:
            yield made

    yield Proof(message, compute)


def client_key_exchange(session: Session, message: Message) -> Iterator[Proof]:
    """The client's, which is of the group that the server has chosen."""
    exchange = next((each for each in reversed(session.covered) if each.type == "server_key_exchange"), None)

    def compute() -> Iterator[Check]:
        params = exchange.fields.child("params") if exchange is not None else None
        if params is None:
            return
        prime, value = params.child("dh_p"), message.fields.child("dh_Yc")
        if prime is not None and value is not None:
            yield check_dh_value("client", prime.bytes, value.bytes)
        made = _point("client", params.child("namedcurve"), message.fields.child("ecdh_Yc"))
        if made is not None:
            yield made

    yield Proof(message, compute)


def _point(sender: str, group: Field | None, share: Field | None) -> Check | None:
    if group is None or share is None or not isinstance(group.value, int):
        return None
    return check_point(sender, name_of("supported_groups", group.value) or "", share.bytes)
