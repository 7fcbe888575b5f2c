"""Public suffixes: names below which anybody can register one. Source: https://publicsuffix.org/list/."""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import Final

from tlslab.reference.resources import read_text

_STAND_INS: Final = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)
"""Addresses for documents (RFC 5737, RFC 3849): they stand for public ones there, as example.com stands for a name."""


def is_public_suffix(name: str, *, private: bool = False) -> bool:
    """Whether `name` (A-labels) is a public suffix; "" is, as the root of all names.

    private  whether the list's PRIVATE DOMAINS count, such as "s3.amazonaws.com".
    """
    name = name.lower()
    if not name:
        return True
    parts = ("icann", "private") if private else ("icann",)
    return any(_matches(_rules(part), name) for part in parts)


def is_public_name(name: str) -> bool:
    """Whether a DNS name can be one of the Internet: its last label is a registered top-level domain.

    What is not is an Internal Name of the Baseline Requirements (§1.6.1): "localhost", "demo.lab.test".
    """
    return is_public_suffix(name.lower().rstrip(".").rpartition(".")[2] or "-")


def is_public_address(octets: bytes) -> bool:
    """Whether an IP address is no Reserved IP Address of the Baseline Requirements (§1.6.1)."""
    if len(octets) not in {4, 16}:
        return False
    address = ipaddress.ip_address(octets)
    return address.is_global or any(address in network for network in _STAND_INS)


def _matches(rules: frozenset[str], name: str) -> bool:
    if f"!{name}" in rules:
        return False
    return name in rules or f"*.{name.partition('.')[2]}" in rules


@cache
def _rules(part: str) -> frozenset[str]:
    lines = read_text("public_suffixes", f"{part}.txt").splitlines()
    return frozenset(line for line in lines if not line.startswith("//"))
