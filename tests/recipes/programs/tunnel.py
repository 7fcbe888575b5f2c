"""A proxy that knows CONNECT and nothing else, for the recordings: tunnel.py PORT."""

import socket
import sys
import threading


def carry(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    client, _ = listener.accept()
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += client.recv(1000)
    port = int(asked.split()[1].rpartition(b":")[2])
    server = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 bench\r\n\r\n")
    for pair in ((client, server), (server, client)):
        threading.Thread(target=carry, args=pair, daemon=True).start()
