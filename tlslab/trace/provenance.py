"""What each secret, key, IV and hash of a connection was made from, and what it protects.

Made when somebody looks, from the messages and the secrets that the analyzer kept.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tlslab.keys.suites import cipher_suite
from tlslab.trace.ladder12 import IDS, ladder12
from tlslab.trace.ladder13 import id_of_label, ladder13
from tlslab.trace.quantity import Quantity, Span
from tlslab.trace.transcript import handshake_messages
from tlslab.trace.versions import TLS13
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.model import Connection, Secret

__all__ = ["Quantity", "Span", "provenance", "records_of"]


WITH_KEY_BLOCK = {"SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "DTLS 1.0", "DTLS 1.2"}


def provenance(connection: Connection) -> tuple[Quantity, ...]:
    """All quantities of a connection in topological order, inputs first; those that cannot be known have no value.

    Empty before there is a ServerHello, whose suite says with which hash everything is made.
    """
    hello = next((each for each in handshake_messages(connection) if each.type == "server_hello"), None)
    if hello is None:
        return ()
    settled = facts.server_hello_facts(hello.fields)
    if settled.version != TLS13:
        return ladder12(connection) if connection.tls_version in WITH_KEY_BLOCK else ()
    suite = cipher_suite(settled.cipher_suite)
    if suite is None or suite.hash_name not in hashlib.algorithms_available:
        return ()
    return ladder13(connection, suite, suite.hash_name)


def records_of(connection: Connection, secret: Secret) -> tuple[int, ...]:
    """Numbers of the records that a secret has opened; of several handshakes each master secret has its own."""
    ladder = {quantity.id: quantity for quantity in connection.provenance}
    same = (
        id_ for id_, each in ladder.items() if id_.startswith("client_random") and each.value == secret.client_random
    )
    mark = next(same, "client_random").removeprefix("client_random")
    found = ladder.get(f"{IDS[secret.label]}{mark}" if secret.label in IDS else id_of_label(secret.label))
    return found.protects if found is not None and found.value == secret.value else ()
