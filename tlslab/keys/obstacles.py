"""Why the records of a cipher suite cannot be opened here: a clause for each suite of the registry that cannot."""

from __future__ import annotations

import re
from functools import cache

from tlslab.keys.primitives import supports
from tlslab.keys.suites import cipher_suite, cipher_suite_in
from tlslab.reference.registries import name_of


@cache
def obstacle(number: int, version: str) -> str | None:
    """Why records of this suite in `version` ("TLS 1.2") are not opened here, as a clause; None if they are."""
    name = name_of("cipher_suites", number)
    if name is None:
        return f"0x{number:04x} is no cipher suite that this program knows"
    known = next((reason for pattern, reason in _REASONS if pattern.search(name)), None)
    if known is not None:
        return f"{name} {known}"
    suite = cipher_suite_in(number, version)
    if suite is not None and supports(suite):
        return None
    if suite is None and cipher_suite(number) is not None:
        return f"{name} is no suite of {version}"
    return f"there is no primitive for {name} here"


_REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"SCSV$", "is a signal in a ClientHello and no suite"),
        (r"GREASE", "is no suite but a reserved number that tests whether unknown ones are passed over"),
        (r"^TLS_NULL_WITH_NULL_NULL$", "stands for no protection at all and must not be negotiated (RFC 5246 §A.5)"),
        (r"_EXPORT", "is an export suite, whose short keys are made by a rule of their own (RFC 2246 §6.3.1)"),
        (r"_FIPS_", "belongs to one old browser, which made its keys by a rule of its own"),
        (r"_ARIA_", "needs ARIA, which the cryptography library does not have"),
        (r"GOST", "needs the ciphers of GOST, which the cryptography library does not have"),
        (r"SALSA20", "needs Salsa20, which the cryptography library does not have"),
        (r"AEGIS", "needs AEGIS, which the cryptography library does not have"),
        (r"FORTEZZA", "needs the Fortezza card and its secret cipher Skipjack"),
        (r"\(draft\)", "is a draft of ChaCha20-Poly1305 with another nonce, which came and went before RFC 7905"),
        (r"^(?!TLS_)[A-Z]+_SM[14]_", "belongs to TLCP, the Chinese protocol (GB/T 38636), which is not TLS"),
    )
)
