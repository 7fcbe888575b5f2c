"""What the two sides say once the handshake is over: application data both ways, then close_notify.

The client speaks first and closes first; the server answers. Works on an OpenSSL connection with memory BIOs, and waits
for nothing: each call does what the bytes that came allow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from OpenSSL import SSL

if TYPE_CHECKING:
    from tlslab.peers.settings import PeerSettings

_READ_SIZE = 65536
_HTTP_REQUEST = re.compile(rb"[A-Z]{3,7} \S+ HTTP/1\.[01]\r\n")


class Dialogue:
    """The conversation of one side over an established connection."""

    def __init__(self, settings: PeerSettings, connection: SSL.Connection) -> None:
        self.received = bytearray()
        """Application data, in the clear."""
        self.heard = False
        """Something came after this side's handshake was complete."""
        self.patient = True
        """Keep waiting for what may still come; nothing has been late so far."""
        self._settings = settings
        self._connection = connection
        self._spoke = False
        self._closed = False
        self._other_closed = False

    @property
    def awaits_verdict(self) -> bool:
        """A TLS 1.3 client is done before the server has judged its certificate.

        So it speaks only when something has come since (tickets, as a rule) or nothing came for a while. Source: RFC
        8446 section 4.4.2.4 and appendix E.1.
        """
        if self._settings.role == "server" or self._spoke or not self.patient:
            return False
        return not self.heard and self._connection.get_protocol_version() == SSL.TLS1_3_VERSION

    def go_on(self) -> bool:
        """Read, answer, close, as far as possible now; True when nothing is left to do.

        Raises SSL.Error for an alert or a broken stream.
        """
        news = self._read()
        if self._settings.role == "client":
            self._speak_first()
        elif news:
            self._answer(news)
        if self._other_closed:
            self.close()
        return self._closed and (self._other_closed or not self.patient)

    def close(self) -> None:
        """Send close_notify, once."""
        if not self._closed:
            self._closed = True
            self._connection.shutdown()
            self.patient = True

    def _read(self) -> bytes:
        news = bytearray()
        while not self._other_closed:
            try:
                news += self._connection.recv(_READ_SIZE)
            except SSL.ZeroReturnError:
                self._other_closed = True
            except SSL.WantReadError:
                break
        self.received += news
        return bytes(news)

    def _speak_first(self) -> None:
        if self.awaits_verdict or self._closed:
            return
        if not self._spoke:
            self._spoke = True
            # What has been late so far was the verdict; the answer has not been.
            self.patient = True
            self._say(self._settings.payload)
        expected = self._settings.expected_length
        if (expected is not None and len(self.received) >= expected) or not self.patient:
            self.close()

    def _answer(self, news: bytes) -> None:
        if len(self.received) < (self._settings.expected_length or 0):
            return
        if self._settings.answer_http and _HTTP_REQUEST.match(news):
            self._say(_http_response(self._settings.payload))
            self.close()
        else:
            self._say(self._settings.payload)

    def _say(self, text: bytes) -> None:
        # A memory BIO grows as needed: one call takes all of it.
        if text:
            self._connection.sendall(text)


def _http_response(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode("ascii") + body
