"""A TLS client of Mbed TLS, for the recordings: mbed.py PORT CA [CIPHERSUITE]."""

import socket
import sys
from pathlib import Path

from mbedtls import tls, x509

port, ca, *suites = sys.argv[1:]
roots = tls.TrustStore()
roots.add(x509.CRT.from_PEM(Path(ca).read_text()))
configuration = tls.TLSConfiguration(trust_store=roots, ciphers=suites or None)
with tls.ClientContext(configuration).wrap_socket(socket.socket(), server_hostname="server.test") as connection:
    connection.connect(("127.0.0.1", int(port)))
    connection.do_handshake()
    connection.send(b"hello\n")
    connection.recv(100)
