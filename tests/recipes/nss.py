"""Recipes with NSS: tstclnt and selfserv (Debian: libnss3-tools).

Debian builds NSS without key logs, so the other side is openssl where the keys are wanted.
"""

from __future__ import annotations

from pathlib import Path

from tests.recipes import openssl
from tests.recipes.catalogue import recipe
from tests.recipes.recording import Bench

NSS = "NSS 3.87.1 tstclnt"
SERVER = "NSS 3.87.1 selfserv"
ONLY12, ONLY13 = ("-V", "tls1.2:tls1.2"), ("-V", "tls1.3:tls1.3")


def database(bench: Bench, cert: str) -> Path:
    """A database with one server's certificate, under the name "server"."""
    folder = bench.folder / "nss"
    folder.mkdir()
    bench.run_quietly("certutil", "-N", "--empty-password", "-d", f"sql:{folder}")
    bench.run_quietly(
        *("openssl", "pkcs12", "-export", "-in", bench.credentials / f"{cert}.pem", "-name", "server", "-passout"),
        *("pass:", "-inkey", bench.credentials / f"{cert}-key.pem", "-out", "server.p12"),
    )
    bench.run_quietly("pk12util", "-i", "server.p12", "-d", f"sql:{folder}", "-W", "")
    bench.run_quietly(
        *("certutil", "-A", "-n", "root", "-t", "CT,,", "-i", bench.credentials / "ca.pem", "-d", f"sql:{folder}")
    )
    return folder


def serve(bench: Bench, *options: str, cert: str = "p256") -> None:
    """Start selfserv, which answers a request of HTTP."""
    database(bench, cert)
    which = ("-e", "server") if cert.startswith("p") and cert != "rsapss" else ("-n", "server")
    bench.server("selfserv", "-d", f"sql:{bench.folder / 'nss'}", "-p", str(bench.port), *which, *options)


def connect(bench: Bench, *options: str, say: tuple[bytes, ...] = (b"GET / HTTP/1.0\r\n\r\n",)) -> str:
    """Run tstclnt on the same database."""
    return bench.client(
        *("tstclnt", "-h", "127.0.0.1", "-p", str(bench.port), "-d", f"sql:{bench.folder / 'nss'}"),
        *("-a", "server.test", "-o", *options),
        say=say,
    )


REQUEST = (b"GET / HTTP/1.0\r\n\r\n",)


@recipe("n10-false-start", NSS, openssl.SERVER, "TLS 1.2: the client sends data before the server's Finished")
def false_start(bench: Bench) -> None:
    openssl.serve(bench, "-tls1_2", cert="rsa")
    database(bench, "rsa")
    bench.client(
        *(
            "tstclnt",
            "-h",
            "127.0.0.1",
            "-p",
            str(bench.port),
            "-d",
            f"sql:{bench.folder / 'nss'}",
            "-a",
            "server.test",
        ),
        *("-o", "-g", "-f", *ONLY12),
        say=REQUEST,
    )


@recipe(
    "n11-ssl30", NSS, SERVER, "SSL 3.0, RSA key transport, AES-128-CBC; the server's key opens it", server_key="rsa"
)
def ssl30(bench: Bench) -> None:
    serve(bench, "-V", "ssl3:ssl3", "-c", ":002F", cert="rsa")
    connect(bench, "-V", "ssl3:ssl3", "-c", ":002F")


@recipe("n12-hello-retry-cookie", openssl.OPENSSL, SERVER, "TLS 1.3: HelloRetryRequest with a group and a cookie")
def hello_retry(bench: Bench) -> None:
    serve(bench, *ONLY13, "-I", "P384")
    openssl.connect(bench, "-keylogfile", bench.keys, say=REQUEST)


@recipe("n13-early-data", openssl.OPENSSL, SERVER, "TLS 1.3: a second connection with 0-RTT data")
def early_data(bench: Bench) -> None:
    early = bench.folder / "early"
    early.write_bytes(REQUEST[0])
    serve(bench, *ONLY13, "-Z", "-u")
    openssl.connect(bench, "-keylogfile", bench.keys, "-sess_out", openssl.session(bench), say=REQUEST)
    openssl.connect(
        bench, "-keylogfile", bench.keys, "-sess_in", openssl.session(bench), "-early_data", early, say=REQUEST
    )


@recipe("n14-rc4", NSS, SERVER, "TLS 1.2 with RC4 and MD5; the server's key opens it", server_key="rsa")
def rc4(bench: Bench) -> None:
    serve(bench, *ONLY12, "-c", ":0004", cert="rsa")
    connect(bench, *ONLY12, "-c", ":0004")


@recipe("n15-ech-grease", NSS, openssl.SERVER, "TLS 1.3: encrypted_client_hello with nothing in it (GREASE)")
def ech_grease(bench: Bench) -> None:
    openssl.serve(bench, "-tls1_3")
    database(bench, "p256")
    connect(bench, *ONLY13, "-i", "100")


@recipe(
    "n17-tls12-session-id", openssl.OPENSSL, SERVER, "TLS 1.2: resumed by session id, extended master secret refused"
)
def resumed(bench: Bench) -> None:
    serve(bench, *ONLY12, "-H", "1")
    options = ("-tls1_2", "-keylogfile", bench.keys)
    openssl.connect(bench, *options, "-sess_out", openssl.session(bench), say=REQUEST)
    openssl.connect(bench, *options, "-sess_in", openssl.session(bench), say=REQUEST)


@recipe("n18-seed", NSS, SERVER, "TLS 1.0 with SEED; the server's key opens it", server_key="rsa")
def seed(bench: Bench) -> None:
    serve(bench, "-V", "tls1.0:tls1.0", "-c", ":0096", cert="rsa")
    connect(bench, "-V", "tls1.0:tls1.0", "-c", ":0096")


@recipe(
    "n19-tls10-3des",
    NSS,
    SERVER,
    "TLS 1.0 with triple DES, data split after one byte; the server's key opens it",
    server_key="rsa",
)
def triple_des(bench: Bench) -> None:
    serve(bench, "-V", "tls1.0:tls1.0", "-c", ":000A", cert="rsa")
    connect(bench, "-V", "tls1.0:tls1.0", "-c", ":000A")


@recipe("n20-tls13-psk", openssl.OPENSSL, SERVER, "TLS 1.3 with an external PSK")
def psk(bench: Bench) -> None:
    serve(bench, *ONLY13, "-z", "0x0123456789abcdef0123456789abcdef:bench")
    key = ("-psk", "0123456789abcdef0123456789abcdef", "-psk_identity", "bench")
    openssl.connect(bench, "-keylogfile", bench.keys, *key, say=REQUEST)
