"""The events of a run: what is known before a single byte is decoded.

This is the boundary between everything that produces traffic (peers, links,
capture files) and everything that reads it (the analyzer). A run is a list of
events in the order in which they happened; a capture file is turned into the same
list. Nothing here knows TLS: `data` is the content of a TCP stream, or of a UDP datagram.

Events are tuples and not dataclasses because a capture has as many as packets, and a program that only lists one would wait
for the import longer than for the listing of a thousand packets.

`time_ns` is everywhere nanoseconds since the Unix epoch, `connection` the number
of the connection in its run or file, from 1.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Party: TypeAlias = Literal["client", "server"]
"""One of the two ends of a connection; also the sender of bytes."""


class Failure(NamedTuple):
    """Why a peer gave up, in OpenSSL's own words."""

    exception: str
    """Class of the exception that ended the peer, e.g. "Error" or "SysCallError"."""
    openssl: tuple[str, ...] = ()
    """Reasons of OpenSSL's error queue, first cause first: "certificate verify failed"."""
    verify_error: int | None = None
    """X509_V_ERR_... as a number, None if no certificate was refused."""
    verify_name: str | None = None
    """Its name: "X509_V_ERR_CERT_HAS_EXPIRED"."""
    depth: int | None = None
    """Place of the refused certificate in the chain; 0 is the leaf."""
    alert_sent: str | None = None
    """Description of the fatal alert this peer sent, in the RFC's spelling."""
    alert_received: str | None = None
    """Description of the fatal alert this peer received, in the RFC's spelling."""


class ConnectionOpened(NamedTuple):
    """A connection appeared; every other event of it comes later."""

    connection: int
    time_ns: int
    client_address: str
    """Host and port: "127.0.0.1:41234", "[::1]:443"."""
    server_address: str
    transport: Literal["tcp", "udp"] = "tcp"
    """Over "udp" it is DTLS, and what each `BytesSent` carries is one datagram."""


class BytesSent(NamedTuple):
    """The next bytes of one direction of a stream, in stream order."""

    connection: int
    sender: Party
    time_ns: int
    data: bytes
    """At least one byte."""
    packet: int
    """Number, from 1, of the packet in the capture that carries data[0:]."""


class BytesMissing(NamedTuple):
    """A hole in one direction of a stream: these bytes are not in the capture."""

    connection: int
    sender: Party
    time_ns: int
    length: int | None
    """Bytes that are missing; None where the capture cannot tell."""


class KeyLogged(NamedTuple):
    """One secret, as a line of a key log file names it."""

    label: str
    """Verbatim: "CLIENT_RANDOM", "CLIENT_TRAFFIC_SECRET_0"."""
    client_random: bytes
    """32 bytes."""
    secret: bytes


class PeerStateChanged(NamedTuple):
    """A lab peer entered another state of its handshake."""

    connection: int
    party: Party
    time_ns: int
    state: str
    """Plain words: "Sending certificate", "Waiting for client"."""


class HandshakeDone(NamedTuple):
    """A lab peer believed that its handshake was complete."""

    connection: int
    party: Party
    time_ns: int


class PeerFailed(NamedTuple):
    """A lab peer gave up."""

    connection: int
    party: Party
    time_ns: int
    failure: Failure


class ConnectionClosed(NamedTuple):
    """One side ended its direction (FIN) or the whole connection (RST)."""

    connection: int
    sender: Party
    time_ns: int
    how: Literal["fin", "reset"]


Event: TypeAlias = (
    ConnectionOpened
    | BytesSent
    | BytesMissing
    | KeyLogged
    | PeerStateChanged
    | HandshakeDone
    | PeerFailed
    | ConnectionClosed
)
"""Anything that can stand in a run."""
