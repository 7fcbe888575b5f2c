"""Servers that speak just enough of a protocol to begin TLS in it, for the recordings: starttls.py PORT PROTOCOL CERT KEY."""

import os
import socket
import ssl
import sys

DIALOGUES = {
    "smtp": [
        b"220 server.test ESMTP\r\n",
        b"EHLO",
        b"250-server.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n",
        b"STARTTLS",
        b"220 go ahead\r\n",
    ],
    "imap": [
        b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n",
        b"CAPABILITY",
        b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n. OK done\r\n",
        b"STARTTLS",
        b". OK begin TLS now\r\n",
    ],
    "pop3": [b"+OK ready\r\n", b"STLS", b"+OK begin TLS now\r\n"],
    "ftp": [b"220-Welcome\r\n220 ready\r\n", b"AUTH TLS", b"234 AUTH TLS OK\r\n"],
    "ldap": [b"", b"1.3.6.1.4.1.1466.20037", bytes.fromhex("300c02010178070a010004000400")],
    "postgres": [b"", bytes.fromhex("0000000804d2162f"), b"S"],
    "xmpp": [
        b"",
        b"<stream:stream",
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' ",
        b"",
        b"xmlns:stream='http://etherx.jabber.org/streams' from='server.test' id='1' version='1.0'>",
        b"",
        b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>",
        b"",
        b"</stream:features>",
        b"<starttls",
        b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    ],
    "nntp": [
        b"200 ready\r\n",
        b"CAPABILITIES",
        b"101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n",
        b"STARTTLS",
        b"382 continue with TLS\r\n",
    ],
    "sieve": [b'"IMPLEMENTATION" "bench"\r\n"STARTTLS"\r\nOK\r\n', b"STARTTLS", b"OK begin TLS now\r\n"],
}
"""What is said first, what is waited for, what is said then, and so on."""

port, protocol, cert, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
context.keylog_filename = os.environ["SSLKEYLOGFILE"]
listener = socket.create_server(("127.0.0.1", int(port)))
while True:
    connection, _ = listener.accept()
    said = DIALOGUES[protocol]
    connection.sendall(said[0])
    for awaited, answer in zip(said[1::2], said[2::2], strict=True):
        heard = b""
        while awaited not in heard:
            heard += connection.recv(1000)
        connection.sendall(answer)
    with context.wrap_socket(connection, server_side=True) as tls:
        while data := tls.recv(1000):
            tls.sendall(data)
