"""What fields, messages, extensions, alerts, verify errors, parts of cipher suites and secrets are for, in a few sentences.

The texts are in `resources/explain`, one file a family. A key is a field's `doc`: `ClientHello.random`, `server_name`,
`unknown_ca`, `X509_V_ERR_CERT_HAS_EXPIRED`. Only the file that has the key is parsed, because the window asks while the
pointer moves and the command line for one topic alone.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Final

from tlslab.reference.resources import read_text

FAMILIES: Final = (
    "records",
    "hello",
    "extensions",
    "extension_members",
    "handshake",
    "authentication",
    "key_exchange",
    "rare_extensions",
    "rare_messages",
    "datagrams",
    "alerts",
    "x509",
    "x509_extensions",
    "revocation",
    "pkcs",
    "verify_errors",
    "cipher_suites",
    "values",
    "key_schedule",
    "checks",
)
"""Files of `resources/explain`, in the order in which topics are listed."""

_HEADER: Final = re.compile(r'^\["([^"]+)"\]$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What some bytes, or an error, mean."""

    key: str
    """As a field's `doc` has it: "ClientHello.random"."""
    title: str
    """What it is called: "random", "certificate has expired"."""
    text: str
    """A few sentences: what these bytes are, why they look odd, what uses them later."""
    rfc: str
    """Where it is written: "RFC 8446 §4.1.2"."""


@cache
def explanation(key: str) -> Explanation | None:
    """The explanation with exactly that key, or None."""
    family = _families().get(key)
    if family is None:
        return None
    entry = _entries(family)[key]
    return Explanation(key, entry.get("title") or key.rpartition(".")[2], entry["text"], entry["rfc"])


def topics() -> list[str]:
    """Every key that has an explanation, family by family."""
    return list(_families())


def topics_of(family: str) -> list[str]:
    """The keys of one family, such as "alerts", in the order of its file."""
    return [key for key, its in _families().items() if its == family]


@cache
def _families() -> dict[str, str]:
    """The family of each key; read off the headers, which costs far less than parsing."""
    return {key: family for family in FAMILIES for key in _HEADER.findall(_source(family))}


@cache
def _source(family: str) -> str:
    return read_text("explain", f"{family}.toml")


@cache
def _entries(family: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(_source(family))
