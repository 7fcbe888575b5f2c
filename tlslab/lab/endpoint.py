"""Where a peer's bytes go: a queue in memory, or a TCP socket on loopback.

An endpoint belongs to one thread, `cancel` aside, which any thread may call and which wakes the owner at once.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
from queue import Empty, SimpleQueue
from typing import Protocol

LOOPBACK = "127.0.0.1"
_READ_SIZE = 65536
_SEND_LIMIT_S = 10.0
FOREIGN_PORTS = frozenset({34980, 44321, 44322, 44818, 48049, 48898, 57000})
"""Ports from 32768 on that Wireshark gives to other protocols: EtherCAT, PCP (two), EtherNet/IP, CBSP, AMS, IRC.

A run on one of them is real, but in Wireshark its capture is not TLS.
"""


class PortInUse(OSError):
    """Nothing can listen there; the text says where and what to do."""


class Unreachable(OSError):
    """Nobody answers there; the text says where and why."""


class Endpoint(Protocol):
    """One end of a connection, for bytes."""

    def send(self, data: bytes) -> None:
        """Hand all of `data` over. Raises OSError if the other side is gone."""

    def receive(self, timeout_s: float) -> bytes:
        """What came, at least one byte; b"" if nothing more will come.

        Raises TimeoutError if nothing comes in time, ConnectionResetError.
        """

    def end(self) -> None:
        """Send nothing more; the other side can still be read."""

    def close(self) -> None:
        """Give it up."""

    def cancel(self) -> None:
        """Wake the owner: `receive` then gives b""."""


class MemoryEndpoint:
    """One end of a pair of queues: fast, no port."""

    def __init__(self, inbox: SimpleQueue[bytes], outbox: SimpleQueue[bytes]) -> None:
        self._inbox = inbox
        self._outbox = outbox

    @classmethod
    def pair(cls) -> tuple[MemoryEndpoint, MemoryEndpoint]:
        """Two ends that hear each other."""
        one: SimpleQueue[bytes] = SimpleQueue()
        other: SimpleQueue[bytes] = SimpleQueue()
        return cls(one, other), cls(other, one)

    def send(self, data: bytes) -> None:
        """Hand `data` to the other end."""
        self._outbox.put(data)

    def receive(self, timeout_s: float) -> bytes:
        """The next bytes, or b"" at the end. Raises TimeoutError."""
        try:
            return self._inbox.get(timeout=timeout_s)
        except Empty:
            raise TimeoutError from None

    def end(self) -> None:
        """Tell the other end that nothing more comes."""
        self._outbox.put(b"")

    def close(self) -> None:
        """Nothing to give back."""

    def cancel(self) -> None:
        """Wake the owner with an end of its stream."""
        self._inbox.put(b"")


class TcpEndpoint:
    """A connected TCP socket.

    other_address   of the other end, which the socket itself forgets as soon as that end resets the connection.
    """

    def __init__(self, connected: socket.socket, other_address: str) -> None:
        self._socket = connected
        self.own_address = address_text(connected.getsockname())
        """Host and port of this end."""
        self.other_address = other_address
        """Host and port of the other end."""
        # Each flight is one write, and the next one waits for the other side: delay would only cost time. A socket that
        # was reset meanwhile may not take the option, and says so again when it is read.
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Write all of `data`. Raises OSError if the other side is gone or does not read."""
        self._socket.settimeout(_SEND_LIMIT_S)
        self._socket.sendall(data)

    def receive(self, timeout_s: float) -> bytes:
        """What has come. Raises TimeoutError, ConnectionResetError."""
        self._socket.settimeout(timeout_s)
        return self._socket.recv(_READ_SIZE)

    def end(self) -> None:
        """Send FIN."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def cancel(self) -> None:
        """Shut both directions: a blocked recv returns at once."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class Listener:
    """A listening TCP socket on loopback.

    port   0 for any free one.

    Raises PortInUse.
    """

    def __init__(self, port: int = 0, host: str = LOOPBACK) -> None:
        try:
            self._socket = _bound(host, port)
        except (OSError, OverflowError) as error:
            raise PortInUse(why_not(host, port, error)) from None
        self._wake, self._woken = socket.socketpair()
        self._cancelled = False
        try:
            self._socket.listen()
        except OSError as error:
            self.close()
            raise PortInUse(why_not(host, port, error)) from None
        self._socket.setblocking(False)
        self.address = address_text(self._socket.getsockname())
        """Where it listens, also when it does no longer: "127.0.0.1:4433"."""
        self.port = int(self._socket.getsockname()[1])
        """The port alone."""

    def accept(self) -> TcpEndpoint | None:
        """The next connection, however long it takes; None after `cancel`."""
        # Not select.select, which fails where a process has more than 1024 descriptors.
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                selector.select()
                if self._cancelled:
                    return None
                # The client may be gone again before it was taken.
                with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
                    return self._taken()

    def _taken(self) -> TcpEndpoint:
        connected, address = self._socket.accept()
        return TcpEndpoint(connected, address_text(address))

    def cancel(self) -> None:
        """Wake `accept`, from any thread."""
        self._cancelled = True
        with contextlib.suppress(OSError):
            self._wake.send(b"x")

    def close(self) -> None:
        """Listen no more."""
        for each in (self._socket, self._wake, self._woken):
            each.close()


def connect(host: str, port: int, timeout_s: float, on_bound: list[str] | None = None) -> TcpEndpoint:
    """A connection to `host`:`port`.

    on_bound   receives the own address before the other side can see it; for the loopback address only.

    Raises Unreachable.
    """
    try:
        if on_bound is None:
            connected = socket.create_connection((host, port), timeout=timeout_s)
        else:
            connected = _connect_bound(host, port, timeout_s, on_bound)
        try:
            return TcpEndpoint(connected, address_text(connected.getpeername()))
        except OSError:
            connected.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        raise Unreachable(
            f"cannot connect to {address_text((host, port))}: {_reason(error)}; {_advice(error)}"
        ) from None


def _connect_bound(host: str, port: int, timeout_s: float, on_bound: list[str]) -> socket.socket:
    connecting = _bound(host, 0)
    try:
        connecting.settimeout(timeout_s)
        on_bound.append(address_text(connecting.getsockname()))
        connecting.connect((host, port))
    except BaseException:
        connecting.close()
        raise
    return connecting


def _bound(host: str, port: int) -> socket.socket:
    """A socket with `port`; for 0 with any free one that is not foreign."""
    with contextlib.ExitStack() as refused:
        while True:
            bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                # Not on Windows: there the option lets two programs listen on one port.
                if port and hasattr(socket, "SO_REUSEPORT"):
                    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                bound.bind((host, port))
            except BaseException:
                bound.close()
                raise
            if port or bound.getsockname()[1] not in FOREIGN_PORTS:
                return bound
            # Kept until another one is found, so that this port does not come again.
            refused.callback(bound.close)


def address_text(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    """A socket's address as text: "127.0.0.1:4433", "[::1]:443"."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of "HOST:PORT" or "[::1]:443". Raises ValueError with a sentence."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is not HOST:PORT: write for instance 127.0.0.1:4433")
    return host, int(port)


def why_not(host: str, port: int, error: Exception) -> str:
    """Why nobody can listen there, and what to do about it."""
    if isinstance(error, OverflowError):
        return f"there is no port {port}: choose one from 1 to 65535"
    return f"cannot listen on {host}:{port}: {_reason(error)}; choose another port, or 0 for any free one"


def _advice(error: Exception) -> str:
    """What to look at where nobody could be reached."""
    if isinstance(error, ConnectionRefusedError):
        return "see that the server runs, and listens on this port"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "look at the name"
    return "look at address, port and network"


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = error.strerror if isinstance(error, OSError) else None
    return (text or str(error)).lower()
