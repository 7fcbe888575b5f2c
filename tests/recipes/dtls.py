"""Recipes with DTLS: openssl and GnuTLS over UDP."""

from __future__ import annotations

from tests.recipes import gnutls, openssl
from tests.recipes.catalogue import recipe
from tests.recipes.recording import Bench


@recipe("u01-dtls12", openssl.OPENSSL, openssl.SERVER, "DTLS 1.2 with a cookie", decode_as="dtls", udp=True)
def dtls12(bench: Bench) -> None:
    openssl.serve(bench, "-dtls1_2", "-listen", echo=False)
    openssl.connect(bench, "-dtls1_2")


@recipe("u02-dtls10", openssl.OPENSSL, openssl.SERVER, "DTLS 1.0, RSA key transport", decode_as="dtls", udp=True)
def dtls10(bench: Bench) -> None:
    options = ("-dtls1", "-cipher", "AES128-SHA:@SECLEVEL=0")
    openssl.serve(bench, *options, cert="rsa", echo=False)
    openssl.connect(bench, *options)


@recipe(
    *("u03-dtls12-fragments", openssl.OPENSSL, openssl.SERVER, "DTLS 1.2, mutual, messages in fragments of 300 bytes"),
    decode_as="dtls",
    udp=True,
)
def fragments(bench: Bench) -> None:
    openssl.serve(
        bench,
        "-dtls1_2",
        "-mtu",
        "300",
        "-Verify",
        "3",
        "-CAfile",
        bench.credentials / "ca.pem",
        cert="rsa",
        echo=False,
    )
    openssl.connect(bench, "-dtls1_2", "-mtu", "300", *openssl.client_cert(bench, "rsa"))


@recipe("u04-dtls12-gnutls", gnutls.GNUTLS, gnutls.SERVER, "DTLS 1.2 with a cookie", decode_as="dtls", udp=True)
def dtls12_gnutls(bench: Bench) -> None:
    gnutls.serve(bench, "--udp")
    gnutls.connect(bench, "--udp")


@recipe(
    "u05-dtls12-psk-ccm8",
    openssl.OPENSSL,
    openssl.SERVER,
    "DTLS 1.2 as small things speak it: PSK, CCM_8",
    decode_as="dtls",
    udp=True,
)
def psk(bench: Bench) -> None:
    options = ("-dtls1_2", "-cipher", "PSK-AES128-CCM8", "-psk", "0123456789abcdef", "-psk_identity", "thing")
    openssl.serve(bench, *options, cert="", echo=False)
    openssl.connect(bench, *options)
