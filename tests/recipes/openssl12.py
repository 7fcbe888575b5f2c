"""Recipes with the openssl program on both sides: TLS 1.2 and older."""

from __future__ import annotations

from tests.recipes.catalogue import recipe
from tests.recipes.openssl import OPENSSL, SERVER, client_cert, connect, serve, session
from tests.recipes.recording import Bench

ANY = "@SECLEVEL=0"
PSK = ("-psk", "0123456789abcdef0123456789abcdef", "-psk_identity", "bench")


def simple(bench: Bench, suite: str, *options: str, version: str = "-tls1_2", cert: str = "rsa") -> None:
    """One connection with `suite`; `options` go to both sides."""
    serve(bench, version, "-cipher", f"{suite}:{ANY}", *options, cert=cert)
    connect(bench, version, "-cipher", f"{suite}:{ANY}", *options)


@recipe(
    "o22-tls12-cbc-mte", OPENSSL, SERVER, "TLS 1.2, CBC with the MAC under the encryption, no extended master secret"
)
def cbc(bench: Bench) -> None:
    simple(bench, "ECDHE-RSA-AES128-SHA256", "-no_etm")


@recipe("o23-tls12-null", OPENSSL, SERVER, "TLS 1.2, NULL encryption: integrity alone")
def null(bench: Bench) -> None:
    simple(bench, "NULL-SHA256")


@recipe("o24-tls12-camellia", OPENSSL, SERVER, "TLS 1.2, CAMELLIA-256-CBC with SHA-384 and encrypt-then-mac")
def camellia(bench: Bench) -> None:
    simple(bench, "ECDHE-ECDSA-CAMELLIA256-SHA384", cert="p384")


@recipe("o25-tls12-aria", OPENSSL, SERVER, "TLS 1.2, ARIA-128-GCM, which nobody here can open")
def aria(bench: Bench) -> None:
    simple(bench, "ECDHE-ARIA128-GCM-SHA256")


@recipe("o26-tls12-ccm8", OPENSSL, SERVER, "TLS 1.2, DHE with AES-256-CCM and tags of 8 bytes")
def ccm8(bench: Bench) -> None:
    simple(bench, "DHE-RSA-AES256-CCM8")


@recipe("o27-tls12-chacha", OPENSSL, SERVER, "TLS 1.2, DHE with ChaCha20-Poly1305, an RSA-PSS certificate")
def chacha(bench: Bench) -> None:
    simple(bench, "DHE-RSA-CHACHA20-POLY1305", cert="rsapss")


@recipe("o28-tls12-anonymous", OPENSSL, SERVER, "TLS 1.2, anonymous Diffie-Hellman: nobody is authenticated")
def anonymous(bench: Bench) -> None:
    simple(bench, "ADH-AES128-SHA256", cert="")


@recipe("o29-tls12-psk", OPENSSL, SERVER, "TLS 1.2, plain PSK with a hint")
def psk(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-cipher", "PSK-AES128-CBC-SHA256", "-psk_hint", "which bench?", *PSK, cert="")
    connect(bench, "-tls1_2", "-cipher", "PSK-AES128-CBC-SHA256", *PSK)


@recipe("o30-tls12-dhe-psk", OPENSSL, SERVER, "TLS 1.2, DHE with PSK")
def dhe_psk(bench: Bench) -> None:
    simple(bench, "DHE-PSK-AES256-GCM-SHA384", *PSK, cert="")


@recipe("o31-tls12-ecdhe-psk", OPENSSL, SERVER, "TLS 1.2, ECDHE with PSK, ChaCha20-Poly1305")
def ecdhe_psk(bench: Bench) -> None:
    simple(bench, "ECDHE-PSK-CHACHA20-POLY1305", *PSK, cert="")


@recipe("o33-tls12-rsa-psk", OPENSSL, SERVER, "TLS 1.2, RSA with PSK")
def rsa_psk(bench: Bench) -> None:
    simple(bench, "RSA-PSK-AES128-CBC-SHA256", *PSK)


@recipe(
    "o36-tls12-resume-ticket",
    OPENSSL,
    SERVER,
    "TLS 1.2, resumed by ticket; the key log holds the first connection alone",
)
def ticket(bench: Bench) -> None:
    _twice(bench)


@recipe(
    "o37-tls12-resume-id-first-key",
    OPENSSL,
    SERVER,
    "TLS 1.2, resumed by session id; the key log holds the first connection alone",
)
def session_id(bench: Bench) -> None:
    _twice(bench, "-no_ticket")


def _twice(bench: Bench, *options: str) -> None:
    serve(bench, "-tls1_2", *options)
    connect(bench, "-tls1_2", "-sess_out", session(bench), *options)
    bench.freeze_keys()
    connect(bench, "-tls1_2", "-sess_in", session(bench), *options)


@recipe("o38-tls12-renegotiation", OPENSSL, SERVER, "TLS 1.2: the client asks for a second handshake inside the first")
def renegotiation(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-client_renegotiation", cert="rsa")
    connect(bench, "-tls1_2", say=(b"one\n", b"R\n", b"two\n"))


@recipe(
    "o39-tls12-renegotiation-mutual",
    OPENSSL,
    SERVER,
    "TLS 1.2: HelloRequest, then a second handshake with an Ed25519 client certificate",
)
def renegotiation_mutual(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-no_resumption_on_reneg", "-CAfile", bench.credentials / "ca.pem", cert="rsa", echo=False)
    bench.tell_later(b"R\n", after_s=0.6)
    connect(bench, "-tls1_2", *client_cert(bench, "ed25519"), say=(b"one\n", b"", b"", b"two\n"))


@recipe("o40-tls12-staple-sct", OPENSSL, SERVER, "TLS 1.2 with a stapled OCSP response and two SCTs in an extension")
def staple(bench: Bench) -> None:
    _staple(bench, "-tls1_2")


@recipe(
    "o41-tls13-staple-sct",
    OPENSSL,
    SERVER,
    "TLS 1.3 with a stapled OCSP response and two SCTs, both in the Certificate message",
)
def staple13(bench: Bench) -> None:
    _staple(bench, "-tls1_3")


def _staple(bench: Bench, version: str) -> None:
    serve(
        *(bench, version, "-status_file", bench.credentials / "rsa-staple.der"),
        *("-serverinfo", bench.credentials / "sct.pem"),
        cert="rsa",
    )
    connect(bench, version, "-status", "-serverinfo", "18")


@recipe(
    "o42-tls12-max-fragment", OPENSSL, SERVER, "TLS 1.2, max_fragment_length of 512: a Certificate over many records"
)
def max_fragment(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-cert_chain", bench.credentials / "ca.pem", cert="rsa")
    connect(bench, "-tls1_2", "-maxfraglen", "512", say=(b"x" * 1500 + b"\n",))


@recipe("o43-tls12-npn", OPENSSL, SERVER, "TLS 1.2 with next_protocol_negotiation and its NextProtocol message")
def npn(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-nextprotoneg", "http/1.1,bench")
    connect(bench, "-tls1_2", "-nextprotoneg", "bench")


@recipe("o44-tls12-mutual-ed448", OPENSSL, SERVER, "TLS 1.2, both sides with Ed448 certificates")
def mutual_ed448(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-Verify", "3", "-CAfile", bench.credentials / "ca.pem", cert="ed448")
    connect(bench, "-tls1_2", *client_cert(bench, "ed448"))


@recipe(
    "o45-tls12-server-key",
    OPENSSL,
    SERVER,
    "TLS 1.2, RSA key transport, AES-256-GCM; no key log, the server's key opens it",
    server_key="rsa",
    log_keys=False,
)
def server_key(bench: Bench) -> None:
    simple(bench, "AES256-GCM-SHA384")


@recipe("o46-tls10-mutual", OPENSSL, SERVER, "TLS 1.0, both sides with RSA certificates, empty fragments before data")
def tls10(bench: Bench) -> None:
    options = ("-tls1", "-cipher", f"DHE-RSA-AES128-SHA:{ANY}", "-no_etm")
    serve(bench, *options, "-Verify", "3", "-CAfile", bench.credentials / "ca.pem", cert="rsa")
    connect(bench, *options, *client_cert(bench, "rsa"))


@recipe("o47-tls11-ecdsa", OPENSSL, SERVER, "TLS 1.1, ECDHE with ECDSA and CBC")
def tls11(bench: Bench) -> None:
    simple(bench, "ECDHE-ECDSA-AES256-SHA", version="-tls1_1", cert="p256")


@recipe(
    "o48-tls10-server-key",
    OPENSSL,
    SERVER,
    "TLS 1.0, RSA key transport; no key log, the server's key opens it",
    server_key="rsa",
    log_keys=False,
)
def tls10_server_key(bench: Bench) -> None:
    simple(bench, "AES128-SHA", version="-tls1")


@recipe(
    "o49-tls12-long-chain", OPENSSL, SERVER, "TLS 1.2, a chain of nine certificates in records of 700 bytes at most"
)
def long_chain(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-max_send_frag", "700", "-cert_chain", bench.credentials / "long-chain.pem", cert="long")
    connect(bench, "-tls1_2")
