"""A TLS server of tlslite-ng, for the recordings: lite.py PORT CERT KEY JSON.

JSON: attributes of HandshakeSettings. It answers each request of HTTP with a line.
"""

import json
import socket
import sys
from pathlib import Path

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

port, cert, key, options = sys.argv[1:]
chain = X509CertChain()
chain.parsePemList(Path(cert).read_text())
private = parsePEMKey(Path(key).read_text(), private=True)
settings = HandshakeSettings()
for name, value in json.loads(options).items():
    setattr(settings, name, tuple(value) if name.endswith("Version") else value)
listener = socket.create_server(("127.0.0.1", int(port)))
while True:
    connection = TLSConnection(listener.accept()[0])
    try:
        connection.handshakeServer(certChain=chain, privateKey=private, settings=settings, alpn=[b"http/1.1"])
        connection.recv(1000)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
        connection.close()
    except Exception as error:  # noqa: BLE001 - the recording goes on, and says what went wrong
        print(repr(error), flush=True)
