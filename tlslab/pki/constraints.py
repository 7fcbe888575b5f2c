"""Name constraints of RFC 5280 section 4.2.1.10: what a toy CA may name, and whether a name fits.

Used when issuing, so that a user hears of it before a verifier does. This is no path validation.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

from cryptography import x509

from tlslab.pki.errors import NameRefused
from tlslab.pki.names import text_of

# Names that cannot be real: RFC 6761 (test, example, invalid, localhost), RFC 8375 (home.arpa), and
# internal, which ICANN reserved for private use in 2024 (resolution 2024.07.29.06).
UNREAL_DOMAINS = ("localhost", "test", "example", "invalid", "internal", "home.arpa")

# Loopback and link-local, RFC 1918, RFC 4193.
PRIVATE_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)


@cache
def toy_bases() -> tuple[x509.GeneralName, ...]:
    """What every root may name unless its maker lifts the constraints.

    A dNSName without a leading dot covers the name and everything below it (cryptography refuses
    the dot); for a mailbox or a URI the bare form is that host alone, so the dotted one is there too.
    """
    hosts = [*UNREAL_DOMAINS, *(f".{domain}" for domain in UNREAL_DOMAINS)]
    permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in UNREAL_DOMAINS]
    permitted += [x509.IPAddress(ipaddress.ip_network(network)) for network in PRIVATE_NETWORKS]
    permitted += [x509.RFC822Name(host) for host in hosts]
    permitted += [x509.UniformResourceIdentifier(host) for host in hosts]
    return tuple(permitted)


def toy_constraints() -> x509.NameConstraints:
    """`toy_bases` as the extension."""
    return x509.NameConstraints(permitted_subtrees=toy_bases(), excluded_subtrees=None)


def constraints_of(certificate: x509.Certificate) -> x509.NameConstraints | None:
    """The nameConstraints of an authority, or None."""
    try:
        return certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None


def check_name(name: x509.GeneralName, authorities: Iterable[x509.Certificate]) -> None:
    """Raise NameRefused if an authority of the path may not have `name` below it."""
    for authority in authorities:
        constraints = constraints_of(authority)
        if constraints is not None and not permits(constraints, name):
            raise NameRefused(
                f"The name {text_of(name)} lies outside what this toy CA may name "
                f"({_in_short(constraints)}): choose such a name, or make a CA for any name."
            )


def permits(constraints: x509.NameConstraints, name: x509.GeneralName) -> bool:
    """Whether `name` is in a permitted subtree, if its type has any, and in no excluded one."""
    if any(_within(name, base) for base in constraints.excluded_subtrees or ()):
        return False
    bases = [base for base in constraints.permitted_subtrees or () if type(base) is type(name)]
    return not bases or any(_within(name, base) for base in bases)


def _within(name: x509.GeneralName, base: x509.GeneralName) -> bool:
    if isinstance(name, x509.DNSName) and isinstance(base, x509.DNSName):
        host = name.value.removeprefix("*.").lower()
        return not base.value or f".{host}".endswith(f".{base.value.lower().removeprefix('.')}")
    if isinstance(name, x509.RFC822Name) and isinstance(base, x509.RFC822Name):
        return _mailbox_within(name.value, base.value)
    if isinstance(name, x509.IPAddress) and isinstance(base, x509.IPAddress):
        return _address_within(name.value, base.value)
    if isinstance(name, x509.UniformResourceIdentifier) and isinstance(base, x509.UniformResourceIdentifier):
        return _host_within(_host_of(name.value), base.value)
    if isinstance(name, x509.DirectoryName) and isinstance(base, x509.DirectoryName):
        return name.value.rdns[: len(base.value.rdns)] == base.value.rdns
    return False


def _mailbox_within(mailbox: str, base: str) -> bool:
    """RFC 5280: "a particular mailbox, all addresses at a particular host, or all mailboxes in a domain"."""
    return mailbox == base if "@" in base else _host_within(mailbox.rpartition("@")[2].lower(), base)


def _host_within(host: str, base: str) -> bool:
    """A host for a mailbox or a URI: the base itself, or with a dot before it anything below."""
    return host.endswith(base.lower()) if base.startswith(".") else host == base.lower()


def _host_of(uri: str) -> str:
    """The host of a URI, "" where it has none: then no constraint on hosts lets it through (RFC 5280 section 4.2.1.10)."""
    try:
        return (urlsplit(uri).hostname or "").lower()
    except ValueError:
        return ""


def _address_within(address: object, network: object) -> bool:
    return isinstance(network, (ipaddress.IPv4Network, ipaddress.IPv6Network)) and (
        isinstance(address, (ipaddress.IPv4Address, ipaddress.IPv6Address)) and address in network
    )


def _in_short(constraints: x509.NameConstraints) -> str:
    names = [base.value for base in constraints.permitted_subtrees or () if isinstance(base, x509.DNSName)]
    return ", ".join([*names, "private addresses"])
