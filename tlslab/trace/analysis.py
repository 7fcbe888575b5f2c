"""Everything that the events of a run or a capture say, in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlslab.trace.collector import without_collector
from tlslab.trace.index import Index
from tlslab.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.ech import EchKey
    from tlslab.keys.keylog import KeyLog
    from tlslab.keys.psk import PreSharedKey
    from tlslab.trace.events import Event


def analyze(
    events: Iterable[Event],
    keylog: KeyLog | None = None,
    server_keys: Sequence[RSAPrivateKey] = (),
    psks: Sequence[PreSharedKey] = (),
    ech_keys: Sequence[EchKey] = (),
) -> Trace:
    """Everything that `events` say. Of a usual connection the messages are read at once, and the rest when somebody asks.

    keylog       secrets from files; those embedded in a capture are events themselves.
    server_keys  RSA private keys of servers, for TLS 1.2 with RSA key transport.
    psks         pre-shared keys that were agreed on by hand, or that somebody has got hold of.
    ech_keys     keys of servers, for encrypted client hellos.
    """
    index = Index(keylog, server_keys, psks, ech_keys, keeps=True)
    with without_collector():
        index.feed(events)
        trace = index.finish()
        return Trace(list(trace.connections), trace.problems)
