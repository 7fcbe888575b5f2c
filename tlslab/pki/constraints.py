"""Name constraints of RFC 5280 section 4.2.1.10: what a toy CA may name, and whether a name fits.

Used when issuing, so that a user hears of it before a verifier does. This is no path validation.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
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


def check_names(names: Iterable[x509.GeneralName], authorities: Iterable[x509.Certificate]) -> None:
    """Raise NameRefused if an authority of the path may not have one of `names` below it."""
    path = [constraints for each in authorities if (constraints := _known_constraints(each)) is not None]
    for name in names if path else ():
        for constraints in path:
            if not constraints.permits(name):
                raise NameRefused(
                    f"The name {text_of(name)} lies outside what this toy CA may name "
                    f"({_in_short(constraints.extension)}): choose such a name, or make a CA for any name."
                )


def permits(constraints: x509.NameConstraints, name: x509.GeneralName) -> bool:
    """Whether `name` is in a permitted subtree, if its type has any, and in no excluded one."""
    return _Constraints(constraints).permits(name)


class _Constraints:
    """Name constraints, their bases sorted by type."""

    def __init__(self, extension: x509.NameConstraints) -> None:
        self.extension = extension
        self._permitted = _by_type(extension.permitted_subtrees)
        self._excluded = _by_type(extension.excluded_subtrees)

    def permits(self, name: x509.GeneralName) -> bool:
        within = _WITHIN.get(type(name), _never)
        value, permitted = name.value, self._permitted.get(type(name))
        if any(within(value, base) for base in self._excluded.get(type(name), ())):
            return False
        return permitted is None or any(within(value, base) for base in permitted)


@lru_cache(maxsize=64)
def _known_constraints(certificate: x509.Certificate) -> _Constraints | None:
    """Those of an authority, which issues again and again."""
    extension = constraints_of(certificate)
    return _Constraints(extension) if extension is not None else None


def _by_type(bases: Iterable[x509.GeneralName] | None) -> Mapping[type, list[object]]:
    sorted_bases: dict[type, list[object]] = {}
    for base in bases or ():
        sorted_bases.setdefault(type(base), []).append(base.value)
    return sorted_bases


def _never(_value: object, _base: object) -> bool:
    return False


def _host_name_within(name: str, base: str) -> bool:
    """RFC 5280: "any DNS name that can be constructed by simply adding zero or more labels to the left-hand side"."""
    host = name.removeprefix("*.").lower()
    return not base or f".{host}".endswith(f".{base.lower().removeprefix('.')}")


def _directory_name_within(name: x509.Name, base: x509.Name) -> bool:
    return name.rdns[: len(base.rdns)] == base.rdns


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


_WITHIN: Mapping[type, Callable[..., bool]] = {
    x509.DNSName: _host_name_within,
    x509.RFC822Name: _mailbox_within,
    x509.IPAddress: _address_within,
    x509.UniformResourceIdentifier: lambda uri, base: _host_within(_host_of(uri), base),
    x509.DirectoryName: _directory_name_within,
}
"""By the type of name: whether a value is within a base. cryptography gives each type of name another type of value."""


def _in_short(constraints: x509.NameConstraints) -> str:
    names = [base.value for base in constraints.permitted_subtrees or () if isinstance(base, x509.DNSName)]
    return ", ".join([*names, "private addresses"])
