"""Recipes with the openssl program on both sides."""

from __future__ import annotations

from pathlib import Path

from tests.recipes.catalogue import recipe
from tests.recipes.recording import Bench

OPENSSL = "openssl s_client"
SERVER = "openssl s_server"


def serve(bench: Bench, *options: str | Path, cert: str = "p256", echo: bool = True) -> None:
    """Start s_server, which sends back what it gets, each line reversed."""
    bench.server(
        *("openssl", "s_server", "-port", str(bench.port), "-keylogfile", bench.keys),
        *(
            ("-cert", bench.credentials / f"{cert}.pem", "-key", bench.credentials / f"{cert}-key.pem")
            if cert
            else ("-nocert",)
        ),
        *(("-rev",) if echo else ()),
        *options,
        udp=any(str(option).startswith("-dtls") for option in options),
    )


def connect(bench: Bench, *options: str | Path, say: tuple[bytes, ...] = (b"hello\n",)) -> str:
    """Run s_client, which trusts the root and names the server."""
    return bench.client(
        *("openssl", "s_client", "-connect", f"127.0.0.1:{bench.port}", "-servername", "server.test"),
        *("-CAfile", bench.credentials / "ca.pem", "-ign_eof" if b"Q\n" in say else "-no_ign_eof", *options),
        say=say,
    )


def client_cert(bench: Bench, kind: str) -> tuple[str | Path, ...]:
    """Options that give s_client a certificate."""
    return ("-cert", bench.credentials / f"client-{kind}.pem", "-key", bench.credentials / f"client-{kind}-key.pem")


def session(bench: Bench) -> Path:
    """Where a session is kept between two connections."""
    return bench.folder / "session.pem"


@recipe("o10-tls13-chacha-p384", OPENSSL, SERVER, "TLS 1.3, ChaCha20-Poly1305, secp384r1, an Ed25519 certificate")
def chacha(bench: Bench) -> None:
    serve(bench, "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", "-groups", "P-384", cert="ed25519")
    connect(bench, "-groups", "P-384")


@recipe("o11-tls13-ccm8", OPENSSL, SERVER, "TLS 1.3, AES-128-CCM with tags of 8 bytes, an Ed448 certificate, X448")
def ccm8(bench: Bench) -> None:
    serve(bench, "-ciphersuites", "TLS_AES_128_CCM_8_SHA256", "-groups", "X448", cert="ed448")
    connect(bench, "-ciphersuites", "TLS_AES_128_CCM_8_SHA256", "-groups", "X448")


@recipe("o12-tls13-resumed", OPENSSL, SERVER, "TLS 1.3: a full handshake, then one that resumes with its ticket")
def resumed(bench: Bench) -> None:
    serve(bench)
    connect(bench, "-sess_out", session(bench))
    connect(bench, "-sess_in", session(bench))


@recipe("o13-tls13-early-data", OPENSSL, SERVER, "TLS 1.3: a full handshake, then 0-RTT data that is accepted")
def early_data(bench: Bench) -> None:
    early = bench.folder / "early"
    early.write_bytes(b"early data\n")
    serve(bench, "-early_data", "-no_anti_replay", echo=False)
    connect(bench, "-sess_out", session(bench))
    connect(bench, "-sess_in", session(bench), "-early_data", early)


@recipe(
    "o14-tls13-early-data-rejected",
    OPENSSL,
    SERVER,
    "TLS 1.3: 0-RTT data sent twice with one ticket; refused the second time",
)
def early_data_rejected(bench: Bench) -> None:
    early = bench.folder / "early"
    early.write_bytes(b"early data\n")
    serve(bench, "-early_data", echo=False)
    connect(bench, "-sess_out", session(bench))
    connect(bench, "-sess_in", session(bench), "-early_data", early)
    connect(bench, "-sess_in", session(bench), "-early_data", early)


@recipe("o15-tls13-key-update", OPENSSL, SERVER, "TLS 1.3: KeyUpdate of both kinds between data")
def key_update(bench: Bench) -> None:
    serve(bench)
    connect(bench, say=(b"one\n", b"k\n", b"two\n", b"K\n", b"three\n"))


@recipe("o16-tls13-padding", OPENSSL, SERVER, "TLS 1.3: every record padded to a multiple of 512 bytes, by both sides")
def padding(bench: Bench) -> None:
    serve(bench, "-record_padding", "512")
    connect(bench, "-record_padding", "512")


@recipe("o17-tls13-psk", OPENSSL, SERVER, "TLS 1.3 with an external PSK and no certificate")
def psk13(bench: Bench) -> None:
    serve(bench, "-psk", "0123456789abcdef0123456789abcdef", "-psk_identity", "bench", cert="")
    connect(bench, "-psk", "0123456789abcdef0123456789abcdef", "-psk_identity", "bench")


@recipe(
    "o18-tls13-post-handshake", OPENSSL, SERVER, "TLS 1.3: the server asks for a certificate when data flows (Ed25519)"
)
def post_handshake(bench: Bench) -> None:
    serve(bench, "-verify", "3", "-CAfile", bench.credentials / "ca.pem", echo=False)
    bench.tell_later(b"c\n", after_s=0.6)
    connect(bench, "-enable_pha", *client_cert(bench, "ed25519"), say=(b"one\n", b"", b"", b"two\n"))


@recipe("o19-tls13-mutual-rsapss", OPENSSL, SERVER, "TLS 1.3, both sides with RSA-PSS certificates")
def mutual_rsapss(bench: Bench) -> None:
    serve(bench, "-Verify", "3", "-CAfile", bench.credentials / "ca.pem", cert="rsapss")
    connect(bench, *client_cert(bench, "rsapss"))


@recipe("o62-tls13-interleaved", OPENSSL, SERVER, "six connections of TLS 1.3 and 1.2 at the same time")
def interleaved(bench: Bench) -> None:
    bench.server(
        *("openssl", "s_server", "-port", str(bench.port), "-keylogfile", bench.keys, "-www", "-cert"),
        *(bench.credentials / "p256.pem", "-key", bench.credentials / "p256-key.pem"),
    )
    bench.client("sh", "-c", MANY.format(port=bench.port, ca=bench.credentials / "ca.pem"), say=())


MANY = """for version in -tls1_3 -tls1_2 -tls1_3 -tls1_2 -tls1_3 -tls1_2; do
  (sleep 0.4; printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 0.4) |
    openssl s_client $version -quiet -connect 127.0.0.1:{port} -CAfile {ca} >/dev/null 2>&1 &
done
wait
"""
