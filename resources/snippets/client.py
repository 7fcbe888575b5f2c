# python3 client.py               (from this folder)
import socket
import ssl

context = ssl.create_default_context(cafile="$trust")
@clientcontext.load_cert_chain("$client_chain", "$client_key")
with socket.create_connection(("$address", $port)) as plain:
    with context.wrap_socket(plain, server_hostname="$host") as tls:
        tls.sendall(b"GET / HTTP/1.0\r\nHost: $host\r\n\r\n")
        print(tls.version(), tls.makefile("rb").read().decode())
