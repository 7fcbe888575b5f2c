"""Recipes with the openssl program on both sides: what goes wrong, and with which alert."""

from __future__ import annotations

from tests.recipes.catalogue import recipe
from tests.recipes.openssl import OPENSSL, SERVER, client_cert, connect, serve
from tests.recipes.recording import Bench


@recipe(
    "o51-tls13-no-client-certificate",
    OPENSSL,
    SERVER,
    "TLS 1.3: the server wants a certificate and gets an empty list",
    outcome="failed",
)
def certificate_required(bench: Bench) -> None:
    serve(bench, "-Verify", "3", "-verify_return_error", "-CAfile", bench.credentials / "ca.pem")
    connect(bench)


@recipe(
    "o52-tls13-client-certificate-refused",
    OPENSSL,
    SERVER,
    "TLS 1.3: an RSA-PSS client certificate of an unknown root",
    outcome="failed",
)
def unknown_client(bench: Bench) -> None:
    serve(bench, "-Verify", "3", "-verify_return_error", "-CAfile", bench.credentials / "long-root.pem")
    connect(bench, *client_cert(bench, "rsapss"))


@recipe(
    "o53-tls12-unknown-ca", OPENSSL, SERVER, "TLS 1.2: the client does not know the server's root", outcome="failed"
)
def unknown_ca(bench: Bench) -> None:
    serve(bench, "-tls1_2")
    connect(bench, "-tls1_2", "-verify_return_error", "-no-CAfile", "-CAfile", bench.credentials / "long-root.pem")


@recipe(
    "o54-protocol-version",
    OPENSSL,
    SERVER,
    "no version in common: TLS 1.3 alone against TLS 1.2 alone",
    outcome="failed",
)
def protocol_version(bench: Bench) -> None:
    serve(bench, "-tls1_2")
    connect(bench, "-tls1_3")


@recipe("o55-unrecognized-name", OPENSSL, SERVER, "TLS 1.3: a server that refuses the name", outcome="failed")
def unrecognized_name(bench: Bench) -> None:
    serve(bench, "-servername", "other.test", "-servername_fatal", *_second(bench))
    connect(bench)


@recipe(
    "o56-unrecognized-name-warning",
    OPENSSL,
    SERVER,
    "TLS 1.2: a warning that the name is not known, and the handshake goes on",
)
def unrecognized_name_warning(bench: Bench) -> None:
    serve(bench, "-tls1_2", "-servername", "other.test", *_second(bench))
    connect(bench, "-tls1_2")


def _second(bench: Bench) -> tuple[str, ...]:
    return ("-cert2", str(bench.credentials / "p384.pem"), "-key2", str(bench.credentials / "p384-key.pem"))


@recipe("o57-no-application-protocol", OPENSSL, SERVER, "TLS 1.3: no protocol of ALPN in common", outcome="failed")
def no_application_protocol(bench: Bench) -> None:
    serve(bench, "-alpn", "h2")
    connect(bench, "-alpn", "http/1.1")


@recipe(
    "o58-tls13-wrong-psk",
    OPENSSL,
    SERVER,
    "TLS 1.3: one identity, two different keys: the binder does not fit",
    outcome="failed",
)
def wrong_psk(bench: Bench) -> None:
    serve(bench, "-psk", "00112233445566778899aabbccddeeff", "-psk_identity", "bench", cert="")
    connect(bench, "-psk", "ffeeddccbbaa99887766554433221100", "-psk_identity", "bench")


@recipe(
    "o59-tls12-wrong-psk",
    OPENSSL,
    SERVER,
    "TLS 1.2: two different keys of PSK: the client's Finished does not open",
    outcome="failed",
)
def wrong_psk12(bench: Bench) -> None:
    options = ("-tls1_2", "-psk_identity", "bench", "-cipher", "PSK-AES128-GCM-SHA256", "-psk")
    serve(bench, *options, "00112233445566778899aabbccddeeff", cert="")
    connect(bench, *options, "ffeeddccbbaa99887766554433221100")
