"""What a peer is doing, in the plain words of its card."""

from __future__ import annotations

from typing import Final

CONNECTED: Final = "Connected"
CHECKING: Final = "Checking certificate"
ALERT_RECEIVED: Final = "Alert received"
CONNECTION_LOST: Final = "Connection lost"
FAILED: Final = "Failed"
STOPPED: Final = "Stopped"
TIMED_OUT: Final = "Timed out"

DOING: Final = {
    b"SSLv3/TLS write client hello": "Sending hello",
    b"SSLv3/TLS write server hello": "Sending hello",
    b"SSLv3/TLS write certificate": "Sending certificate",
    b"SSLv3/TLS write client certificate": "Sending certificate",
    b"SSLv3/TLS write key exchange": "Sending key exchange",
    b"SSLv3/TLS write client key exchange": "Sending key exchange",
    b"SSLv3/TLS write finished": "Sending Finished",
}
"""By SSL_state_string_long(3): OpenSSL's name of what was just written. Its other states change nothing on the card."""


def waiting_for(other: str) -> str:
    """Nothing to do until the other side says something: "Waiting for client"."""
    return f"Waiting for {other}"


def rejected(other: str) -> str:
    """This side refused what the other side showed: "Rejected client"."""
    return f"Rejected {other}"
