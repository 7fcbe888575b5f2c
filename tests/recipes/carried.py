"""Recipes for what TLS is carried in: STARTTLS, CONNECT, PROXY headers, servers of the web, other interfaces."""

from __future__ import annotations

from functools import partial

from tests.recipes import openssl
from tests.recipes.catalogue import recipe
from tests.recipes.others import PROGRAMS, pair
from tests.recipes.recording import Bench

PYTHON = "Python 3.11 ssl"
CURL, NGINX = "curl 7.88.1", "nginx 1.22.1"


def starttls(bench: Bench, protocol: str) -> None:
    bench.server("python3", PROGRAMS / "starttls.py", str(bench.port), protocol, *pair(bench, "p256"))
    # s_client's names are these, and it writes the key log.
    openssl.connect(bench, "-starttls", protocol, "-keylogfile", bench.keys, "-xmpphost", "server.test")


DISSECTORS = {
    "smtp": "smtp",
    "imap": "imap",
    "pop3": "pop",
    "ftp": "ftp",
    "ldap": "ldap",
    "postgres": "pgsql",
    "xmpp": "xmpp",
    "nntp": "nntp",
    "sieve": "",
}
"""Protocol, as s_client calls it -> what tshark calls it."""

for number, (each, dissector) in enumerate(DISSECTORS.items(), start=10):
    recipe(
        *(f"z{number}-{each}-starttls", openssl.OPENSSL, PYTHON, f"STARTTLS in {each.upper()}, then TLS 1.3"),
        decode_as=dissector,
    )(partial(starttls, protocol=each))


def nginx(bench: Bench, port: int, listen: str, directives: str = "") -> None:
    """Start nginx with a site of one line."""
    cert, key = pair(bench, "p256")
    text = NGINX_CONF.format(folder=bench.folder, port=port, listen=listen, cert=cert, key=key, directives=directives)
    (bench.folder / "nginx.conf").write_text(text)
    bench.server("nginx", "-c", bench.folder / "nginx.conf", "-p", bench.folder, port=port)


NGINX_CONF = """daemon off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} {listen};
    ssl_certificate {cert}; ssl_certificate_key {key};
    {directives}
    return 200 "hello from nginx\\n";
  }}
}}
"""


def curl(bench: Bench, port: int, *options: str) -> None:
    bench.client(
        *("curl", "-sS", "--cacert", bench.credentials / "ca.pem", "--resolve", f"server.test:{port}:127.0.0.1"),
        *(*options, f"https://server.test:{port}/"),
        say=(),
    )


@recipe("q10-nginx-http2", CURL, NGINX, "TLS 1.3 and HTTP/2")
def http2(bench: Bench) -> None:
    nginx(bench, bench.port, "ssl http2", "ssl_protocols TLSv1.3;")
    curl(bench, bench.port)


@recipe("q11-nginx-tls12-mutual", CURL, NGINX, "TLS 1.2, a client certificate refused with a page, not an alert")
def mutual(bench: Bench) -> None:
    directives = f"ssl_protocols TLSv1.2; ssl_verify_client on; ssl_client_certificate {bench.credentials / 'ca.pem'};"
    nginx(bench, bench.port, "ssl", directives)
    curl(bench, bench.port)
    cert, key = pair(bench, "client-p384")
    curl(bench, bench.port, "--cert", str(cert), "--key", str(key))


@recipe("q12-connect", CURL, NGINX, "TLS 1.2 through a proxy, after CONNECT", decode_as="http")
def connect(bench: Bench) -> None:
    nginx(bench, bench.port + 1000, "ssl")
    bench.server("python3", PROGRAMS / "tunnel.py", str(bench.port))
    curl(bench, bench.port + 1000, "--proxy", f"http://127.0.0.1:{bench.port}")


def haproxy(bench: Bench, send: str) -> None:
    nginx(bench, bench.port, "ssl proxy_protocol")
    front = bench.port + 1000
    (bench.folder / "haproxy.cfg").write_text(HAPROXY.format(front=front, back=bench.port, send=send))
    bench.server("haproxy", "-db", "-f", bench.folder / "haproxy.cfg", port=front)
    curl(bench, front)


HAPROXY = """defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen bench
  bind 127.0.0.1:{front}
  server one 127.0.0.1:{back} {send}
"""


@recipe("q13-proxy-v1", CURL, "haproxy 2.6.12 and nginx 1.22.1", "TLS 1.2 after a PROXY header in text")
def proxy1(bench: Bench) -> None:
    haproxy(bench, "send-proxy")


@recipe("q14-proxy-v2", CURL, "haproxy 2.6.12 and nginx 1.22.1", "TLS 1.2 after a binary PROXY header")
def proxy2(bench: Bench) -> None:
    haproxy(bench, "send-proxy-v2")


@recipe("q15-haproxy-terminates", CURL, "haproxy 2.6.12", "TLS 1.2 and 1.3 that haproxy ends, ALPN")
def terminates(bench: Bench) -> None:
    cert, key = pair(bench, "p256")
    (bench.folder / "both.pem").write_text(cert.read_text() + key.read_text())
    (bench.folder / "haproxy.cfg").write_text(TERMINATING.format(port=bench.port, pem=bench.folder / "both.pem"))
    bench.server("haproxy", "-db", "-f", bench.folder / "haproxy.cfg")
    curl(bench, bench.port)
    curl(bench, bench.port, "--tls-max", "1.2", "--http1.1")


TERMINATING = """defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend bench
  bind 127.0.0.1:{port} ssl crt {pem} alpn h2,http/1.1
  http-request return status 200 content-type text/plain string hello
"""


@recipe(
    "q16-stunnel-postgres", "stunnel 5.68", PYTHON, "stunnel as the client of a PostgreSQL server", decode_as="pgsql"
)
def stunnel(bench: Bench) -> None:
    bench.server("python3", PROGRAMS / "starttls.py", str(bench.port), "postgres", *pair(bench, "rsa"))
    front = bench.port + 1000
    (bench.folder / "stunnel.conf").write_text(STUNNEL.format(front=front, back=bench.port))
    bench.server("stunnel", bench.folder / "stunnel.conf", port=front)
    bench.client("curl", "-sS", "-m", "1", f"telnet://127.0.0.1:{front}")


STUNNEL = """foreground = yes
pid =
[bench]
client = yes
accept = 127.0.0.1:{front}
connect = 127.0.0.1:{back}
protocol = pgsql
"""


@recipe(
    "l10-any-interface", openssl.OPENSSL, openssl.SERVER, "captured on all interfaces: Linux cooked", interface="any"
)
def cooked(bench: Bench) -> None:
    openssl.serve(bench)
    openssl.connect(bench)


@recipe(
    *("l12-any-interface-v2", openssl.OPENSSL, openssl.SERVER, "captured on all interfaces: Linux cooked, version 2"),
    interface="any:LINUX_SLL2",
)
def cooked2(bench: Bench) -> None:
    openssl.serve(bench, "-tls1_2")
    openssl.connect(bench, "-tls1_2")


@recipe("l11-ipv6", openssl.OPENSSL, openssl.SERVER, "over IPv6")
def ipv6(bench: Bench) -> None:
    openssl.serve(bench, "-6")
    bench.client(
        *("openssl", "s_client", "-connect", f"[::1]:{bench.port}", "-CAfile", bench.credentials / "ca.pem"),
    )


@recipe(
    "c20-chromium",
    "Chromium 156, headless",
    NGINX,
    "TLS 1.3 and HTTP/2 by a whole browser: post-quantum, ECH grease, application_settings",
)
def chromium(bench: Bench) -> None:
    nginx(bench, bench.port, "ssl http2", "ssl_protocols TLSv1.3;")
    bench.client(
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--no-first-run"),
        *(
            "--disable-background-networking",
            "--disable-component-update",
            f"--user-data-dir={bench.folder / 'profile'}",
        ),
        *("--host-resolver-rules=MAP server.test 127.0.0.1", f"--ssl-key-log-file={bench.keys}", "--timeout=3000"),
        *("--dump-dom", f"https://server.test:{bench.port}/"),
        say=(),
    )
