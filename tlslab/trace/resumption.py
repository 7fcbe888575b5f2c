"""What connects the connections of a trace: sessions that are resumed, by their ids and tickets.

A resumed connection has the master secret (TLS 1.3: a pre-shared key) of the one before it, so that the key of either opens
both, whichever came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tlslab.trace.model import Connection


class Link(NamedTuple):
    """By what a session is resumed."""

    value: bytes
    """The session id or the ticket itself."""
    name: str
    """What it is: "session id", "session ticket"."""


class Known(NamedTuple):
    """The secret of a session that can be resumed, and who knew it."""

    secret: bytes
    """The master secret; in TLS 1.3 the pre-shared key of one ticket."""
    connection: Connection
    hash_name: str = ""
    """Hash of the suite, in TLS 1.3; "" before."""


class Sessions:
    """Secrets of the sessions of all connections of a trace, by what they are resumed by."""

    __slots__ = ("_known", "has_psks", "learned")

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}
        self.has_psks = False
        """Whether there is a pre-shared key of TLS 1.3 among them."""
        self.learned: list[bytes] = []
        """What has become known and nobody was told of yet."""

    def learn(self, link: bytes, known: Known) -> None:
        """Remember the secret behind a session id or ticket."""
        before = self._known.get(link)
        if before is None or before.secret != known.secret:
            self._known[link] = known
            self.has_psks = self.has_psks or known.hash_name != ""
            self.learned.append(link)

    def lookup(self, link: bytes) -> Known | None:
        """The secret behind it, if some connection had it."""
        return self._known.get(link)

    def aside(self) -> Sessions:
        """The same for a connection that is only tried, from which nobody is to learn."""
        made = Sessions()
        made._known.update(self._known)
        return made

    def take_learned(self) -> list[bytes]:
        """What has become known since the last call."""
        learned, self.learned = self.learned, []
        return learned
