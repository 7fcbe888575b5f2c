"""A TLS client of s2n (awscrt), for the recordings: s2n.py PORT CA."""

import sys
from pathlib import Path

from awscrt import http, io

port, ca = sys.argv[1:]
group = io.EventLoopGroup(1)
bootstrap = io.ClientBootstrap(group, io.DefaultHostResolver(group))
options = io.TlsContextOptions()
options.override_default_trust_store(Path(ca).read_bytes())
connecting = io.ClientTlsContext(options).new_connection_options()
connecting.set_server_name("server.test")
connection = http.HttpClientConnection.new("127.0.0.1", int(port), bootstrap, tls_connection_options=connecting).result(
    5
)
request = http.HttpRequest("GET", "/")
request.headers.add("Host", "server.test")
connection.request(request).activate()
try:
    connection.shutdown_future.result(1)
except TimeoutError:
    connection.close().result(5)
