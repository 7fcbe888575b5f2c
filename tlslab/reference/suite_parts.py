"""Which texts explain a cipher suite: its name says how keys are exchanged, who signs, the cipher, its mode, and the hash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

NAMED_EXCHANGES: Final = ("SRP", "KRB5", "ECCPWD", "ECJPAKE", "GOST")
"""Key exchanges that say by themselves who proves what."""
CIPHERS: Final = (
    *("AES", "CHACHA20", "CAMELLIA", "ARIA", "SM4", "SEED", "IDEA", "DES", "RC4", "RC2", "NULL"),
    *("SALSA20", "GOST"),
)
GOST_CIPHERS: Final = re.compile("28147|KUZNYECHIK|MAGMA")
INTEGRITY_ONLY: Final = {"SHA256_SHA256", "SHA384_SHA384"}
"""What is left of the names of the suites of RFC 9150, which encrypt nothing."""


def suite_parts(name: str) -> Iterator[str]:
    """The keys that explain a suite, part by part of its name."""
    exchange, _, rest = name.removeprefix("TLS_").rpartition("_WITH_")
    if not exchange:
        yield "KeyExchange.TLS13"
    else:
        yield from _exchange_parts(exchange)
    yield ("Cipher.NULL" if rest in INTEGRITY_ONLY else _first("Cipher", GOST_CIPHERS.sub("GOST", rest), CIPHERS))
    yield from _mode_part(rest)
    yield _first("Hash", rest.rpartition("_")[2], ("SHA256", "SHA384", "SHA", "MD5", "SM3"))


def _exchange_parts(exchange: str) -> Iterator[str]:
    """Key exchange and authentication, as "ECDHE_RSA" names them."""
    words = exchange.split("_")
    if "EXPORT" in words:
        yield "KeyExchange.EXPORT"
    named = next((name for name in NAMED_EXCHANGES if words[0].startswith(name)), None)
    if named is not None:
        yield f"KeyExchange.{named}"
        return
    for word in ("ECDHE", "DHE", "ECDH", "DH", "RSA"):
        if word in words and not (word == "RSA" and words[0] != "RSA"):
            yield f"KeyExchange.{word}"
            break
    else:
        yield "KeyExchange.PSK" if words == ["PSK"] else "KeyExchange.other"
        if words != ["PSK"]:
            return
    authentication = next((word for word in ("PSK", "anon", "ECDSA", "DSS", "RSA") if word in words), "")
    if authentication:
        yield f"Authentication.{authentication}"


def _mode_part(rest: str) -> Iterator[str]:
    for mode in ("CCM_8", "CCM", "GCM", "CBC", "POLY1305"):
        if mode in rest:
            yield f"Mode.{mode}"
            return


def _first(family: str, text: str, names: tuple[str, ...]) -> str:
    found = next((name for name in names if name in text.replace("3DES_EDE", "DES").replace("DES40", "DES")), "other")
    return f"{family}.{found}"
