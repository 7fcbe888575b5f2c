"""Recipes with gnutls-cli and gnutls-serv."""

from __future__ import annotations

from pathlib import Path

from tests.recipes.catalogue import recipe
from tests.recipes.recording import Bench

GNUTLS = "gnutls-cli 3.7.9"
SERVER = "gnutls-serv 3.7.9"
TLS12, TLS13 = "NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"
PSK = ("--pskusername", "bench", "--pskkey", "0123456789abcdef0123456789abcdef")


def serve(bench: Bench, *options: str | Path, priority: str = "NORMAL", cert: str = "p256") -> None:
    """Start gnutls-serv, which sends back what it gets."""
    bench.server(
        *(
            "gnutls-serv",
            "--http" if "--http" in options else "--echo",
            "--port",
            str(bench.port),
            "--priority",
            priority,
        ),
        *(("--x509certfile", bench.credentials / f"{cert}.pem") if cert else ()),
        *(("--x509keyfile", bench.credentials / f"{cert}-key.pem") if cert else ()),
        *(
            ()
            if "--require-client-cert" in options or "--verify-client-cert" in options
            else ("--disable-client-cert",)
        ),
        *options,
        udp="--udp" in options,
    )


def connect(
    bench: Bench, *options: str | Path, priority: str = "NORMAL", say: tuple[bytes, ...] = (b"hello\n",)
) -> str:
    """Run gnutls-cli, which trusts the root and names the server."""
    return bench.client(
        *("gnutls-cli", "--port", str(bench.port), "--priority", priority, "--sni-hostname", "server.test"),
        *("--verify-hostname", "server.test", "--x509cafile", bench.credentials / "ca.pem"),
        *options,
        "127.0.0.1",
        say=say,
    )


def psk_file(bench: Bench) -> Path:
    """A password file with the one PSK."""
    path = bench.folder / "psk.txt"
    path.write_text("bench:0123456789abcdef0123456789abcdef\n")
    return path


RAW = ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"


def raw_public_key(bench: Bench, priority: str) -> None:
    bench.run_quietly("openssl", "pkey", "-in", bench.credentials / "p256-key.pem", "-pubout", "-out", "server.pub")
    serve(
        *(bench, "--rawpkkeyfile", bench.credentials / "p256-key.pem", "--rawpkfile", bench.folder / "server.pub"),
        priority=priority,
        cert="",
    )
    connect(bench, "--insecure", priority=priority)


@recipe("g23-raw-public-key-tls13", GNUTLS, SERVER, "TLS 1.3, a raw public key instead of the server's certificate")
def raw13(bench: Bench) -> None:
    raw_public_key(bench, TLS13 + RAW)


@recipe("g24-raw-public-key-tls12", GNUTLS, SERVER, "TLS 1.2, a raw public key instead of the server's certificate")
def raw12(bench: Bench) -> None:
    raw_public_key(bench, TLS12 + RAW)


@recipe("g25-heartbeat", GNUTLS, SERVER, "TLS 1.2 with heartbeats between data, asked for by the server")
def heartbeat(bench: Bench) -> None:
    serve(bench, "--heartbeat", priority=TLS12)
    connect(bench, "--heartbeat", priority=TLS12, say=(b"one\n", b"**HEARTBEAT**\n", b"two\n"))


@recipe("g26-reauthentication", GNUTLS, SERVER, "TLS 1.3: the server asks for a certificate between data (RSA)")
def reauthentication(bench: Bench) -> None:
    serve(bench, "--verify-client-cert", "--x509cafile", bench.credentials / "ca.pem", priority=TLS13)
    connect(
        *(bench, "--post-handshake-auth", "--x509certfile", bench.credentials / "client-rsa.pem"),
        *("--x509keyfile", bench.credentials / "client-rsa-key.pem"),
        priority=TLS13,
        say=(b"one\n", b"**REAUTH**\n", b"two\n"),
    )


@recipe("g27-rekey", GNUTLS, SERVER, "TLS 1.3: KeyUpdate between data, ffdhe2048, AES-128-CCM")
def rekey(bench: Bench) -> None:
    priority = f"{TLS13}:-GROUP-ALL:+GROUP-FFDHE2048:-CIPHER-ALL:+AES-128-CCM"
    serve(bench, priority=priority)
    connect(bench, "--inline-commands", priority=priority, say=(b"one\n", b"^rekey^\n", b"two\n"))


@recipe("g28-rehandshake", GNUTLS, SERVER, "TLS 1.2: a second handshake inside the first, asked for by the client")
def rehandshake(bench: Bench) -> None:
    priority = TLS12 + ":%SAFE_RENEGOTIATION"
    serve(bench, priority=priority)
    connect(bench, "--rehandshake", priority=priority)


@recipe("g29-early-data", GNUTLS, SERVER, "TLS 1.3: a session that is resumed with 0-RTT data")
def early_data(bench: Bench) -> None:
    early = bench.folder / "early"
    early.write_bytes(b"early data\n")
    serve(bench, "--earlydata", priority=TLS13)
    connect(bench, "--resume", "--waitresumption", "--earlydata", early, priority=TLS13)


@recipe("g30-psk-ke", GNUTLS, SERVER, "TLS 1.3 with an external PSK and no Diffie-Hellman at all (psk_ke)")
def psk_ke(bench: Bench) -> None:
    priority = f"{TLS13}:-KX-ALL:+PSK"
    serve(bench, "--pskpasswd", psk_file(bench), priority=priority, cert="")
    connect(bench, *PSK, priority=priority)


@recipe("g31-srp", GNUTLS, SERVER, "TLS 1.2, SRP: a password and no certificate")
def srp(bench: Bench) -> None:
    conf, passwords = bench.folder / "srp.conf", bench.folder / "srp.txt"
    bench.run_quietly("srptool", "--create-conf", conf)
    bench.run_quietly("sh", "-c", f"echo secret | srptool -p {passwords} -v {conf} -u alice")
    priority = f"{TLS12}:-KX-ALL:+SRP"
    serve(bench, "--srppasswd", passwords, "--srppasswdconf", conf, priority=priority, cert="")
    connect(bench, "--srpusername", "alice", "--srppasswd", "secret", priority=priority)


@recipe("g32-srp-rsa", GNUTLS, SERVER, "TLS 1.2, SRP signed by an RSA certificate")
def srp_rsa(bench: Bench) -> None:
    conf, passwords = bench.folder / "srp.conf", bench.folder / "srp.txt"
    bench.run_quietly("srptool", "--create-conf", conf)
    bench.run_quietly("sh", "-c", f"echo secret | srptool -p {passwords} -v {conf} -u alice")
    priority = f"{TLS12}:-KX-ALL:+SRP-RSA:+SRP"
    serve(bench, "--srppasswd", passwords, "--srppasswdconf", conf, priority=f"{TLS12}:-KX-ALL:+SRP-RSA", cert="rsa")
    connect(bench, "--srpusername", "alice", "--srppasswd", "secret", priority=priority)


@recipe("g33-anonymous-ecdh", GNUTLS, SERVER, "TLS 1.2, anonymous ECDH with triple DES")
def anonymous(bench: Bench) -> None:
    priority = f"{TLS12}:-KX-ALL:+ANON-ECDH:-CIPHER-ALL:+3DES-CBC:-MAC-ALL:+SHA1"
    serve(bench, priority=priority, cert="")
    connect(bench, priority=priority)


@recipe("g34-record-size-limit", GNUTLS, SERVER, "TLS 1.3 with record_size_limit: the answer in records of 512 bytes")
def record_size_limit(bench: Bench) -> None:
    serve(bench, "--http", "--recordsize", "600", priority=TLS13)
    connect(bench, "--recordsize", "512", priority=TLS13, say=(b"GET / HTTP/1.0\r\n\r\n",))


@recipe("g35-camellia-gcm", GNUTLS, SERVER, "TLS 1.2 with CAMELLIA-128-GCM")
def camellia_gcm(bench: Bench) -> None:
    priority = f"{TLS12}:-CIPHER-ALL:+CAMELLIA-128-GCM"
    serve(bench, priority=priority, cert="rsa")
    connect(bench, priority=priority)


@recipe("g36-rsa-psk", GNUTLS, SERVER, "TLS 1.2, RSA with PSK, AES-256-GCM")
def rsa_psk(bench: Bench) -> None:
    priority = f"{TLS12}:-KX-ALL:+RSA-PSK"
    serve(bench, "--pskpasswd", psk_file(bench), priority=priority, cert="rsa")
    connect(bench, *PSK, priority=priority)


@recipe("g37-tls12-resumed", GNUTLS, SERVER, "TLS 1.2, resumed by ticket, with extended master secret")
def resumed(bench: Bench) -> None:
    serve(bench, priority=TLS12)
    connect(bench, "--resume", priority=TLS12)


@recipe("g38-tls11-mutual", GNUTLS, SERVER, "TLS 1.1, both sides with RSA certificates: MD5 with SHA-1 is signed")
def tls11(bench: Bench) -> None:
    priority = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+SIGN-RSA-SHA1:%VERIFY_ALLOW_SIGN_WITH_SHA1"
    serve(bench, "--require-client-cert", "--x509cafile", bench.credentials / "ca.pem", priority=priority, cert="rsa")
    connect(
        *(bench, "--x509certfile", bench.credentials / "client-rsa.pem"),
        *("--x509keyfile", bench.credentials / "client-rsa-key.pem"),
        priority=priority,
    )


@recipe("g39-status-request", GNUTLS, SERVER, "TLS 1.3 with a stapled OCSP response, Ed25519, X448")
def status_request(bench: Bench) -> None:
    priority = f"{TLS13}:-GROUP-ALL:+GROUP-X448"
    serve(
        *(bench, "--ocsp-response", bench.credentials / "rsa-staple.der", "--ignore-ocsp-response-errors"),
        priority=priority,
        cert="rsa",
    )
    connect(bench, priority=priority)
