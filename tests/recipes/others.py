"""Recipes with other libraries: Go, Node (OpenSSL 3.5), Java, wolfSSL, Mbed TLS, Botan, s2n, BoringSSL, old OpenSSL.

The small programs around them are in `programs/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.recipes import openssl
from tests.recipes.catalogue import recipe
from tests.recipes.recording import Bench

PROGRAMS = Path(__file__).parent / "programs"
GO, NODE, JAVA = "Go 1.27.3", "Node 26.10 with OpenSSL 3.5.8", "Java 17"
LITE = "tlslite-ng 0.8.2"


def go(bench: Bench) -> Path:
    """The program `peer.go`, built."""
    built = bench.folder / "peer"
    bench.run_quietly("go", "build", "-o", built, PROGRAMS / "peer.go")
    return built


def pair(bench: Bench, name: str) -> tuple[Path, Path]:
    """Certificate and key."""
    return bench.credentials / f"{name}.pem", bench.credentials / f"{name}-key.pem"


@recipe("h10-tls13-mutual-resumed", GO, GO, "TLS 1.3, mutual with Ed25519 and ECDSA, then resumed with its ticket")
def go_mutual(bench: Bench) -> None:
    peer, ca = go(bench), bench.credentials / "ca.pem"
    bench.server(peer, "server", str(bench.port), *pair(bench, "ed25519"), f"ca={ca}", "alpn=h2,bench")
    cert, key = pair(bench, "client-p256")
    bench.client(peer, "client", str(bench.port), ca, f"cert={cert}", f"key={key}", "alpn=bench", "count=2", say=())


@recipe("h11-ech-accepted", GO, GO, "TLS 1.3: an encrypted ClientHello, accepted; the ECH key is kept beside it")
def ech(bench: Bench) -> None:
    peer = go(bench)
    bench.run_quietly(peer, "ech", bench.kept("ech.pem"), "public.test")
    bench.server(peer, "server", str(bench.port), *pair(bench, "p256"), f"ech={bench.kept('ech.pem')}")
    bench.client(
        *(peer, "client", str(bench.port), bench.credentials / "ca.pem", f"ech={bench.kept('ech.pem')}"), say=()
    )


@recipe(
    "h12-ech-refused", GO, GO, "TLS 1.3: an encrypted ClientHello for a key the server does not have", outcome="failed"
)
def ech_refused(bench: Bench) -> None:
    peer = go(bench)
    for name in ("other", "right"):
        bench.run_quietly(peer, "ech", bench.folder / f"{name}.pem", "server.test")
    bench.server(peer, "server", str(bench.port), *pair(bench, "p256"), f"ech={bench.folder / 'right.pem'}")
    bench.client(
        *(peer, "client", str(bench.port), bench.credentials / "ca.pem", f"ech={bench.folder / 'other.pem'}"), say=()
    )


@recipe("h13-tls12-resumed", GO, GO, "TLS 1.2, ECDHE with ChaCha20-Poly1305 or AES-GCM, resumed by ticket")
def go12(bench: Bench) -> None:
    peer = go(bench)
    bench.server(peer, "server", str(bench.port), *pair(bench, "rsa"), "max=1.2")
    bench.client(peer, "client", str(bench.port), bench.credentials / "ca.pem", "count=2", say=())


@recipe("h14-secp256r1mlkem768", GO, GO, "TLS 1.3 with SecP256r1MLKEM768")
def hybrid(bench: Bench) -> None:
    peer = go(bench)
    bench.server(peer, "server", str(bench.port), *pair(bench, "p256"), "groups=4587")
    bench.client(peer, "client", str(bench.port), bench.credentials / "ca.pem", "groups=29,4587", say=())


def node(bench: Bench, role: str, options: Mapping[str, object], **files: Path) -> None:
    """Start peer.mjs as a server, or run it as a client."""
    text = json.dumps({**options, "files": {name: str(path) for name, path in files.items()}})
    command: tuple[str | Path, ...] = ("node", PROGRAMS / "peer.mjs", role, str(bench.port), text)
    if role == "server":
        bench.server(*command)
    else:
        bench.client(*command, say=())


@recipe(
    "p10-mldsa-mutual", NODE, NODE, "TLS 1.3, mutual, with ML-DSA-44 and ML-DSA-65 certificates and MLKEM1024 alone"
)
def mldsa(bench: Bench) -> None:
    groups = {"ecdhCurve": "MLKEM1024"}
    ca = bench.credentials / "mldsa-ca.pem"
    cert, key = pair(bench, "mldsa44")
    node(bench, "server", {**groups, "requestCert": True}, cert=cert, key=key, ca=ca)
    cert, key = pair(bench, "client-mldsa65")
    node(bench, "client", groups, cert=cert, key=key, ca=ca)


@recipe(
    "p11-node-to-openssl",
    NODE,
    openssl.SERVER,
    "TLS 1.3: two key shares, X25519MLKEM768 and x25519; the server takes the second",
)
def node_default(bench: Bench) -> None:
    openssl.serve(bench)
    node(bench, "client", {"ALPNProtocols": ["h2", "http/1.1"]}, ca=bench.credentials / "ca.pem")


def java(bench: Bench, count: int, *protocols: str) -> None:
    """Run Peer.java with everything allowed that Java forbids by default."""
    allowed = bench.folder / "allowed"
    allowed.write_text("jdk.tls.disabledAlgorithms=\njdk.certpath.disabledAlgorithms=\n")
    bench.client(
        *("java", f"-Djava.security.properties={allowed}", PROGRAMS / "Peer.java", str(bench.port), str(count)),
        *protocols,
        say=(),
    )


@recipe("j20-sslv2-hello", JAVA, openssl.SERVER, "TLS 1.0 after a ClientHello in the format of SSLv2")
def sslv2_hello(bench: Bench) -> None:
    openssl.serve(bench, "-tls1", "-cipher", "ALL:@SECLEVEL=0", cert="rsa")
    java(bench, 1, "SSLv2Hello", "TLSv1")


@recipe("j21-tls13-resumed", JAVA, openssl.SERVER, "TLS 1.3, twice: the second resumes")
def java_resumed(bench: Bench) -> None:
    openssl.serve(bench)
    java(bench, 2, "TLSv1.3")


@recipe("j22-tls12-resumed", JAVA, openssl.SERVER, "TLS 1.2, twice: the second resumes by session id")
def java_resumed12(bench: Bench) -> None:
    openssl.serve(bench, "-no_ticket", cert="rsa")
    java(bench, 2, "TLSv1.2")


def wolf(bench: Bench, *options: str) -> None:
    built = bench.folder / "wolf"
    bench.run_quietly("gcc", "-o", built, PROGRAMS / "wolf.c", "-lwolfssl")
    bench.client(built, str(bench.port), bench.credentials / "ca.pem", *options, say=())


@recipe("w10-wolfssl-tls13", "wolfSSL 5.5.4", openssl.SERVER, "TLS 1.3, AES-128-CCM")
def wolfssl13(bench: Bench) -> None:
    openssl.serve(bench, "-ciphersuites", "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256")
    wolf(bench, "1.3")


@recipe("w11-wolfssl-tls12", "wolfSSL 5.5.4", openssl.SERVER, "TLS 1.2, ECDHE-ECDSA with AES-128-CCM-8")
def wolfssl12(bench: Bench) -> None:
    openssl.serve(bench, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0")
    wolf(bench, "1.2")


@recipe(
    "m10-mbedtls-tls12",
    "Mbed TLS 2.28",
    openssl.SERVER,
    "TLS 1.2, encrypt-then-mac, extended master secret",
)
def mbedtls(bench: Bench) -> None:
    openssl.serve(bench, "-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384:@SECLEVEL=0", cert="rsa")
    bench.client("python3", PROGRAMS / "mbed.py", str(bench.port), bench.credentials / "ca.pem", say=())


@recipe("b10-botan-tls12", "Botan 2.19.3", openssl.SERVER, "TLS 1.2 with the suites that Botan likes best")
def botan(bench: Bench) -> None:
    openssl.serve(bench, "-tls1_2")
    bench.client(
        *("botan", "tls_client", "localhost", f"--port={bench.port}", "--skip-system-cert-store"),
        f"--trusted-cas={bench.credentials / 'ca.pem'}",
    )


@recipe("b11-botan-server", openssl.OPENSSL, "Botan 2.19.3", "TLS 1.2, a Botan server, resumed by ticket")
def botan_server(bench: Bench) -> None:
    cert, key = pair(bench, "rsa")
    bench.server("botan", "tls_server", cert, key, f"--port={bench.port}", "--max-clients=2")
    options = ("-tls1_2", "-keylogfile", bench.keys)
    openssl.connect(bench, *options, "-sess_out", openssl.session(bench))
    openssl.connect(bench, *options, "-sess_in", openssl.session(bench))


@recipe("s10-s2n", "s2n (awscrt 0.38.1)", openssl.SERVER, "TLS 1.3 and HTTP, a client of s2n's")
def s2n(bench: Bench) -> None:
    openssl.serve(bench, "-www", echo=False)
    bench.client("python3", PROGRAMS / "s2n.py", str(bench.port), bench.credentials / "ca.pem", say=())


def lite(bench: Bench, cert: str, **settings: object) -> None:
    """Start a tlslite-ng server."""
    bench.server("python3", PROGRAMS / "lite.py", str(bench.port), *pair(bench, cert), json.dumps(settings))


def boring(bench: Bench, browser: str) -> None:
    bench.client("python3", PROGRAMS / "boring.py", str(bench.port), browser, say=())


@recipe(
    "c10-chrome-brotli",
    "BoringSSL as Chrome (curl_cffi 0.16)",
    LITE,
    "TLS 1.3: GREASE, ECH grease, application_settings, a certificate compressed with brotli",
)
def chrome(bench: Bench) -> None:
    lite(bench, "p256")
    boring(bench, "chrome")


@recipe(
    "c11-safari-zlib", "BoringSSL as Safari (curl_cffi 0.16)", LITE, "TLS 1.3 with a certificate compressed with zlib"
)
def safari(bench: Bench) -> None:
    lite(bench, "rsa")
    boring(bench, "safari")


@recipe(
    "c12-firefox-zstd",
    "BoringSSL as Firefox (curl_cffi 0.16)",
    LITE,
    "TLS 1.3: delegated_credentials, record_size_limit, a certificate compressed with zstd",
)
def firefox(bench: Bench) -> None:
    lite(bench, "rsa", certificate_compression_send=["zstd"])
    boring(bench, "firefox")


@recipe("c13-chrome-alps", "BoringSSL as Chrome (curl_cffi 0.16)", NODE, "TLS 1.3 and HTTP/2 with X25519MLKEM768")
def chrome_node(bench: Bench) -> None:
    cert, key = pair(bench, "p256")
    node(bench, "server", {"ALPNProtocols": ["h2", "http/1.1"]}, cert=cert, key=key)
    boring(bench, "chrome")


OLD = "OpenSSL 1.0.2e (nassl 5.4)"


def old(bench: Bench, version: str, ciphers: str) -> None:
    bench.client("python3", PROGRAMS / "old.py", str(bench.port), version, ciphers, say=())


@recipe("v10-sslv2-hello-openssl", OLD, openssl.SERVER, "TLS 1.2 after a ClientHello in the format of SSLv2")
def old_hello(bench: Bench) -> None:
    openssl.serve(bench, "-cipher", "ALL:@SECLEVEL=0", cert="rsa")
    old(bench, "SSLV23", "ALL:SSLv2")


@recipe("v11-ssl30-rc4", OLD, LITE, "SSL 3.0 with RC4 and SHA; the server's key opens it", server_key="rsa")
def old_ssl30(bench: Bench) -> None:
    lite(
        bench,
        "rsa",
        minVersion=[3, 0],
        maxVersion=[3, 0],
        cipherNames=["rc4"],
        keyExchangeNames=["rsa"],
        minKeySize=512,
    )
    old(bench, "SSLV3", "RC4-SHA")


@recipe("v12-tls10-3des", OLD, LITE, "TLS 1.0 with triple DES; the server's key opens it", server_key="rsa")
def old_tls10(bench: Bench) -> None:
    lite(bench, "rsa", minVersion=[3, 0], maxVersion=[3, 1], cipherNames=["3des"], keyExchangeNames=["rsa"])
    old(bench, "TLSV1", "DES-CBC3-SHA")
