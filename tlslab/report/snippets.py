"""How other programs use exported certificates: whole files that run as they are, for nginx, curl, Python, Node, Java, Go, ...

The texts are in `resources/snippets`: `$name` stands for one of `Peers`' values, and a line that begins with `@client` or
`@server` is there only where there is such a certificate.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Template

from tlslab.pki import names
from tlslab.pki.verify.syntax import is_host
from tlslab.reference.resources import read_text

PORT = 8443
PASSWORD = "changeit"
"""What everybody takes for Java's stores, which cannot be without one. It protects nothing, and the files are mode 0600."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One file that shows how a program uses the certificates."""

    name: str
    """Its name in the folder: "nginx.conf"."""
    program: str
    """What runs it, for people: "nginx"."""
    side: str
    """Which certificate it cannot do without: "client" runs against a server, too, so everything but that is "server"."""


SNIPPETS: tuple[Snippet, ...] = (
    Snippet("nginx.conf", "nginx", "server"),
    Snippet("apache.conf", "Apache httpd", "server"),
    Snippet("haproxy.cfg", "HAProxy", "server"),
    Snippet("server.py", "Python", "server"),
    Snippet("server.mjs", "Node", "server"),
    Snippet("Server.java", "Java", "server"),
    Snippet("server.go", "Go", "server"),
    Snippet("curl.sh", "curl", "client"),
    Snippet("openssl.sh", "OpenSSL", "client"),
    Snippet("client.py", "Python", "client"),
    Snippet("client.mjs", "Node", "client"),
    Snippet("Client.java", "Java", "client"),
    Snippet("client.go", "Go", "client"),
)


@dataclass(frozen=True, slots=True)
class Peers:
    """Whose files the snippets name."""

    server: str
    """The stem of the server's files: "server" for server.pem, server-chain.pem, ..."""
    names: tuple[str, ...]
    """What the server's certificate names; the first host or address of them is what clients ask for."""
    client: str | None = None
    """The stem of the client's files; None where nobody asks clients for a certificate."""
    depth: int = 1
    """Authorities between the client's certificate and its root, and the root."""
    trust: str = "roots.pem"
    port: int = PORT

    @property
    def host(self) -> str:
        """The name that clients ask for: a name under a wildcard instead of the wildcard.

        It stands in scripts and configuration files, unquoted: nothing but a host name or an address may.
        """
        hosts = (name.replace("*", "www", 1) for name in self.names)
        return next((host for host in hosts if is_address(host) or is_host(host)), "localhost")


def snippets(peers: Peers) -> dict[str, str]:
    """Name and text of each file."""
    words = _words(peers)
    return {each.name: _filled(read_text("snippets", each.name), words, peers) for each in SNIPPETS}


def address_of(host: str) -> str:
    """Where the server listens: at the address that it is named after if that is this machine's own, else 127.0.0.1."""
    return host if is_address(host) and ipaddress.ip_address(host).is_loopback else "127.0.0.1"


def _filled(text: str, words: Mapping[str, object], peers: Peers) -> str:
    return Template("".join(_wanted(text.splitlines(keepends=True), peers))).safe_substitute(words)


def _wanted(lines: Iterable[str], peers: Peers) -> Iterator[str]:
    for line in lines:
        if not line.startswith("@client"):
            yield line.removeprefix("@server")
        elif peers.client is not None:
            yield line.removeprefix("@client")


def _words(peers: Peers) -> dict[str, object]:
    server, client = peers.server, peers.client
    address = address_of(peers.host)
    return {
        "host": peers.host,
        "host_url": in_url(peers.host),
        "address": address,
        "address_url": in_url(address),
        "port": peers.port,
        "depth": peers.depth,
        "password": PASSWORD,
        "trust": peers.trust,
        "trust_p12": "truststore.p12",
        "server_certificate": f"{server}.pem",
        "server_chain": f"{server}-chain.pem",
        "server_key": f"{server}-key.pem",
        "server_combined": f"{server}-combined.pem",
        "server_p12": f"{server}.p12",
        "client_chain": f"{client}-chain.pem",
        "client_key": f"{client}-key.pem",
        "client_p12": f"{client}.p12",
        "verify_name": f"-verify_ip {peers.host}" if is_address(peers.host) else f"-verify_hostname {peers.host}",
        # An address is no server name (RFC 6066 section 3).
        "server_name": "" if is_address(peers.host) else f"-servername {peers.host} ",
        "haproxy_verify": f" ca-file {peers.trust} verify required" if client else "",
        "curl_client": f" --cert {client}-chain.pem --key {client}-key.pem" if client else "",
        "openssl_client": f" -cert {client}.pem -cert_chain {client}-chain.pem -key {client}-key.pem" if client else "",
    }


def is_address(host: str) -> bool:
    """Whether `host` is an IP address and no name; with the zone of a link-local one it is neither."""
    return names.is_address(host) and "%" not in host


def in_url(host: str) -> str:
    """`host` as it stands in a URL (RFC 3986 section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
