"""A client of OpenSSL 1.0.2 (nassl), for the recordings: old.py PORT VERSION CIPHERS."""

import socket
import sys

from nassl.legacy_ssl_client import LegacySslClient
from nassl.ssl_client import OpenSslVerifyEnum, OpenSslVersionEnum

port, version, ciphers = sys.argv[1:]
with socket.create_connection(("127.0.0.1", int(port)), 5) as plain:
    client = LegacySslClient(
        ssl_version=OpenSslVersionEnum[version],
        underlying_socket=plain,
        ssl_verify=OpenSslVerifyEnum.NONE,
        ignore_client_authentication_requests=True,
    )
    client.set_cipher_list(ciphers)
    client.do_handshake()
    client.write(b"GET / HTTP/1.0\r\n\r\n")
    client.read(1000)
    client.shutdown()
