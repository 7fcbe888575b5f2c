"""A client and a server of tlslite-ng in one program, for the recordings: pair.py PORT CREDENTIALS JSON.

JSON: a list of connections, one after the other, all of TLS 1.3; each may have `cert` and `client_cert` (names of
credentials), `resume`, and `both` and `server`: attributes of HandshakeSettings. Keys are logged to $SSLKEYLOGFILE.
"""

import json
import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import tlslite.messages
import tlslite.tlsconnection
from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

LABELS = {
    b"c hs traffic": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    b"s hs traffic": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    b"c ap traffic": "CLIENT_TRAFFIC_SECRET_0",
    b"s ap traffic": "SERVER_TRAFFIC_SECRET_0",
}
port, credentials, jobs = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
hello = threading.local()
derive, create = tlslite.tlsconnection.derive_secret, tlslite.messages.ClientHello.create


def logged(secret: bytearray, label: bytearray, hashes: object, algorithm: str) -> bytearray:
    """Derive a secret, and log it if this is the client's thread."""
    made: bytearray = derive(secret, label, hashes, algorithm)
    if bytes(label) in LABELS and hasattr(hello, "random"):
        with Path(os.environ["SSLKEYLOGFILE"]).open("a") as log:
            log.write(f"{LABELS[bytes(label)]} {hello.random} {bytes(made).hex()}\n")
    return made


def created(self: tlslite.messages.ClientHello, *arguments: object, **named: object) -> tlslite.messages.ClientHello:
    """Make a ClientHello, and remember its random."""
    made = create(self, *arguments, **named)
    hello.random = bytes(self.random).hex()
    return made


tlslite.tlsconnection.derive_secret = logged
tlslite.messages.ClientHello.create = created


def settings(*given: dict[str, Any]) -> HandshakeSettings:
    """Of TLS 1.3 alone."""
    found = HandshakeSettings()
    found.minVersion = found.maxVersion = (3, 4)
    for name, value in (item for options in given for item in options.items()):
        made = value
        if name == "pskConfigs":
            made = [(identity.encode(), bytes.fromhex(key), hash_name) for identity, key, hash_name in value]
        elif name == "ticketKeys":
            made = [bytes.fromhex(key) for key in value]
        setattr(found, name, made)
    return found


def pair(name: str) -> dict[str, object]:
    """Certificate and key."""
    chain = X509CertChain()
    chain.parsePemList((credentials / f"{name}.pem").read_text())
    return {
        "certChain": chain,
        "privateKey": parsePEMKey((credentials / f"{name}-key.pem").read_text(), private=True),
    }


def serve(listener: socket.socket) -> None:
    """Take the connections, one after the other."""
    for job in jobs:
        connection = TLSConnection(listener.accept()[0])
        named = pair(job["cert"]) if "cert" in job else {}
        connection.handshakeServer(
            settings=settings(job.get("both", {}), job.get("server", {})), reqCert="client_cert" in job, **named
        )
        connection.read(max=100, min=1)
        if job.get("update"):
            list(connection.send_keyupdate_request(1))
        connection.write(b"x" * job.get("size", 5))
        with suppress(Exception):
            connection.close()


listener = socket.create_server(("127.0.0.1", port))
server = threading.Thread(target=serve, args=(listener,), daemon=True)
server.start()
session = None
for job in jobs:
    connection = TLSConnection(socket.create_connection(("127.0.0.1", port)))
    named = pair(job["client_cert"]) if job.get("client_cert") else {}
    if job.get("resume"):
        named["session"] = session
    connection.handshakeClientCert(
        settings=settings(job.get("both", {}), job.get("client", {})), serverName="server.test", **named
    )
    connection.write(b"hello\n")
    connection.read(max=job.get("size", 5), min=job.get("size", 5))
    connection.close()
    session = connection.session
server.join(3)
