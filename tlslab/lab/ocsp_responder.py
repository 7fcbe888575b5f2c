"""An OCSP responder and CRL server over HTTP on loopback, for other people's clients: RFC 6960 appendix A, RFC 5019.

POST /                      an OCSPRequest as application/ocsp-request
GET  /BASE64                the same, in base64, percent-encoded
GET  /crl/AUTHORITY.crl     the complete CRL of an authority, /delta/AUTHORITY.crl what has changed since
GET  /ca/AUTHORITY.crt      its certificate, for caIssuers
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import selectors
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer, ThreadingMixIn
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from tlslab.lab.endpoint import LOOPBACK, PortInUse, why_not
from tlslab.lab.published import Answered, Published
from tlslab.pki import PkiError
from tlslab.store import LabError

LARGEST_REQUEST: Final = 64 * 1024
"""Octets of a body; a question about one certificate has less than 200."""
_LONGEST_NUMBER: Final = 20
_MOST_CONNECTIONS: Final = 32
_CONNECTION_S: Final = 10.0
"""How long one connection may last, whatever comes on it."""
_SILENCE_S: Final = 5.0
_STOP_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Served:
    """One request, as it was answered."""

    client: str
    """Host and port."""
    request: str
    """"POST /"."""
    text: str
    """What the answer was: "localhost of issuing: good"."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: HTTPStatus
    content_type: str
    body: bytes
    text: str


class Responder:
    """A responder that listens from now on, in threads of its own.

    port     0 takes any free one.
    served   called after each request, in some thread; it must neither raise nor wait.

    Raises PortInUse.
    """

    def __init__(self, published: Published, port: int = 0, served: Callable[[Served], None] | None = None) -> None:
        self._server = _Server(published, port, served or (lambda _: None))
        self.port = int(self._server.server_address[1])
        self.url = f"http://{LOOPBACK}:{self.port}"
        """For authorityInfoAccess."""
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._serve, name="tlslab-ocsp", daemon=True)
        self._thread.start()

    def crl_url(self, authority: str) -> str:
        """Where the CRL of an authority is, for cRLDistributionPoints."""
        return f"{self.url}/crl/{quote(authority, safe='')}.crl"

    def ca_url(self, authority: str) -> str:
        """Where the certificate of an authority is, for caIssuers."""
        return f"{self.url}/ca/{quote(authority, safe='')}.crt"

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until it is stopped, by another thread."""
        self._thread.join(timeout_s)

    def stop(self) -> None:
        """Listen no more and cut what is under way; returns when no thread is left."""
        with contextlib.suppress(OSError):
            self._wake.send(b"x")
        self._thread.join(_STOP_S)
        self._server.cut(older_than_s=0)
        self._server.server_close()
        for each in (self._wake, self._woken):
            each.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._server.socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                # Wake up to cut who is slow, as long as somebody is there.
                ready = selector.select(1.0 if self._server.busy else None)
                if any(key.fileobj is self._woken for key, _ in ready):
                    return
                if ready:
                    self._server.handle_request()
                self._server.cut(older_than_s=_CONNECTION_S)


class _Server(ThreadingMixIn, HTTPServer):
    """One thread for each connection, and a limit to how many there are."""

    daemon_threads = False  # `server_close` waits for them, and `cut` sees that they end
    request_queue_size = 64
    timeout = 0  # `handle_request` is called when there is one

    def __init__(self, published: Published, port: int, served: Callable[[Served], None]) -> None:
        self.published = published
        self.served = served
        self._open: dict[socket.socket, float] = {}
        self._lock = Lock()
        self._slots = BoundedSemaphore(_MOST_CONNECTIONS)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except (OSError, OverflowError) as error:
            raise PortInUse(why_not(LOOPBACK, port, error)) from None
        # Whoever was ready to be accepted may be gone again.
        self.socket.setblocking(False)

    @property
    def busy(self) -> bool:
        """Whether some connection is open."""
        return bool(self._open)

    def cut(self, older_than_s: float) -> None:
        """End the connections that have lasted as long."""
        with self._lock:
            late = [each for each, since in self._open.items() if monotonic() - since >= older_than_s]
        for each in late:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def server_bind(self) -> None:
        """Override HTTPServer.server_bind, which asks the network for the name of this host."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401  as in BaseServer
        """Override BaseServer.verify_request: as many as there are threads for."""
        if not self._slots.acquire(blocking=False):
            return False
        with self._lock:
            self._open[request] = monotonic()
        return True

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  as in BaseServer
        """Override BaseServer.shutdown_request: its slot is free again."""
        with self._lock:
            known = self._open.pop(request, None) is not None
        if known:
            self._slots.release()
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as in BaseServer
        """Override BaseServer.handle_error, which prints a traceback: who went away needs none."""


class _Handler(BaseHTTPRequestHandler):
    """One request of one connection."""

    server: _Server
    timeout = _SILENCE_S
    server_version = "tlslab"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a CRL, a certificate, or an OCSP request in the path."""
        path = self.path.partition("?")[0]
        for prefix, (suffix, content_type, read) in _FILES.items():
            if path.startswith(prefix) and path.endswith(suffix):
                name = unquote_to_bytes(path[len(prefix) : len(path) - len(suffix)]).decode("utf-8", "replace")
                self._reply(self._file(name, content_type, read))
                return
        if path == "/":
            self._reply(_Reply(HTTPStatus.OK, "text/plain; charset=utf-8", self._welcome(), "the list of what is here"))
            return
        try:
            request = base64.b64decode(unquote_to_bytes(path[1:]), validate=True)
        except (binascii.Error, ValueError):
            self._reply(_refused(HTTPStatus.NOT_FOUND, "there is nothing of that name, and it is no OCSP request"))
            return
        self._reply(_ocsp(self.server.published.ocsp_answer(request)))

    def do_POST(self) -> None:
        """Answer an OCSP request in the body."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < _LONGEST_NUMBER):
            self._reply(_refused(HTTPStatus.LENGTH_REQUIRED, "the request has no Content-Length"))
        elif int(length) > LARGEST_REQUEST:
            text = f"the request has {length} octets, and may have {LARGEST_REQUEST}"
            self._reply(_refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text))
        else:
            self._reply(_ocsp(self.server.published.ocsp_answer(self.rfile.read(int(length)))))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401  as in BaseHTTPRequestHandler
        """Override BaseHTTPRequestHandler.log_message: `served` is told instead."""

    def _file(self, name: str, content_type: str, read: Callable[[Published, str], bytes]) -> _Reply:
        try:
            return _Reply(HTTPStatus.OK, content_type, read(self.server.published, name), f"sent, {name}")
        except (LabError, PkiError) as error:
            return _refused(HTTPStatus.NOT_FOUND, str(error))

    def _welcome(self) -> bytes:
        lines = ["An OCSP responder of tlslab: POST a request here, or GET it in base64 behind the slash.", ""]
        for name in self.server.published.authorities():
            quoted = quote(name, safe="")
            lines += [f"/crl/{quoted}.crl", f"/delta/{quoted}.crl", f"/ca/{quoted}.crt"]
        return ("\n".join(lines) + "\n").encode()

    def _reply(self, reply: _Reply) -> None:
        host, port = self.client_address[:2]
        self.server.served(Served(f"{host}:{port}", f"{self.command} {self.path[:200]}", reply.text))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        # Revoking something here is to be seen at once.
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(reply.body)


_FILES: Final[Mapping[str, tuple[str, str, Callable[[Published, str], bytes]]]] = {
    "/crl/": (".crl", "application/pkix-crl", Published.crl),
    "/delta/": (".crl", "application/pkix-crl", Published.delta_crl),
    "/ca/": (".crt", "application/pkix-cert", Published.certificate),
}
"""What can be fetched: suffix, media type (RFC 2585 section 4) and where it comes from."""


def _ocsp(answered: Answered) -> _Reply:
    return _Reply(HTTPStatus.OK, "application/ocsp-response", answered.response, answered.text)


def _refused(status: HTTPStatus, text: str) -> _Reply:
    return _Reply(status, "text/plain; charset=utf-8", f"{text}\n".encode(), text)
