"""Whether a certificate is for the host that was wanted (RFC 9525 §6, RFC 6125 §6.4).

Only the subjectAltName counts: a common name is for people (RFC 9525 §2, §6.3).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from tlslab.pki.verify import names
from tlslab.pki.verify.certificate import Certificate, Defect
from tlslab.pki.verify.extension_values import SUBJECT_ALTERNATIVE_NAME
from tlslab.pki.verify.suffixes import is_public_address, is_public_name, is_public_suffix
from tlslab.pki.verify.syntax import is_host


def host_defects(certificate: Certificate, host: str, *, private_suffixes: bool) -> Iterator[Defect]:
    """What is wrong with the certificate for `host`, a DNS name or an IP address; nothing if it is for it."""
    if not is_reference(host):
        yield Defect("host-malformed", 0, 0, host)
        return
    address = _address(host)
    kind = names.DNS_NAME if address is None else names.IP_ADDRESS
    presented = [name for name in certificate.names if name.kind == kind]
    if any(_matches(name, host, address, private_suffixes=private_suffixes) for name in presented):
        return
    start, end = certificate.place(SUBJECT_ALTERNATIVE_NAME)
    if SUBJECT_ALTERNATIVE_NAME not in certificate.extensions:
        yield Defect("no-alternative-name", *certificate.place("subject"), host)
    elif address is None and (broad := _too_broad(certificate, host)):
        yield Defect("wildcard-too-broad", broad.element.start, broad.element.end, broad.text)
    else:
        listed = ", ".join(name.text for name in certificate.names[:5]) or "nothing"
        yield Defect("host-mismatch", start, end, listed)


def name_defects(certificate: Certificate, wanted: str) -> Iterator[Defect]:
    """What is wrong with the certificate as one of a peer named `wanted`: a mailbox, a host or an address."""
    if "@" not in wanted:
        yield from host_defects(certificate, wanted, private_suffixes=False)
        return
    # RFC 5280 §7.5: the local part is compared as it is, the host without regard to case.
    local_part, _, host = wanted.rpartition("@")
    for name in certificate.names:
        if name.kind == names.RFC822_NAME:
            theirs, _, domain = name.text.rpartition("@")
            if theirs == local_part and domain.lower() == host.lower():
                return
    listed = ", ".join(name.text for name in certificate.names[:5]) or "nothing"
    yield Defect("name-mismatch", *certificate.place(SUBJECT_ALTERNATIVE_NAME), f"{wanted}; it is for {listed}")


def is_reference(host: str) -> bool:
    """Whether `host` is a DNS name or an IP address."""
    return _address(host) is not None or reference_name(host) is not None


def reference_name(host: str) -> str | None:
    """A DNS name as it is compared: A-labels, lower case, without the dot of the root; None if it is none."""
    name = host.rstrip(".") if host.endswith(".") and not host.endswith("..") else host
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    # A host may have underscores where people ask for it; no certificate may.
    return name.lower() if is_host(name.replace("_", "-").strip("-")) else None


def is_web(certificate: Certificate, host: str | None) -> bool:
    """Whether the rules of the web count: all its names are public ones.

    A CA of the web may issue nothing for an Internal Name or a Reserved IP Address (BR §7.1.4.2.1), so what holds one
    is none of its certificates, and the Baseline Requirements say nothing about it. Without a name, the host counts.
    """
    kinds = [name for name in certificate.names if name.kind in {names.DNS_NAME, names.IP_ADDRESS}]
    if kinds:
        return all(_is_public(name) for name in kinds)
    if certificate.names or host is None:
        return False
    address = _address(host)
    return is_public_name(host) if address is None else is_public_address(address)


def _is_public(name: names.GeneralName) -> bool:
    if name.kind == names.IP_ADDRESS:
        # What is no address is not one of somebody's own network either.
        return len(name.octets) not in {4, 16} or is_public_address(name.octets)
    return name.text == "*" or is_public_name(name.text)


_FEWEST_LABELS: Final = 2
"""Behind the star. What OpenSSL and GnuTLS demand as well."""


def _matches(name: names.GeneralName, host: str, address: bytes | None, *, private_suffixes: bool) -> bool:
    if address is not None:
        return name.octets == address
    wanted, presented = reference_name(host), name.text.lower()
    if wanted is None or not name.octets.isascii():
        return False
    if presented == wanted:
        return True
    star, _, rest = presented.partition(".")
    # RFC 9525 §6.3: the star is the whole left-most label, and stands for exactly one label.
    if star != "*" or wanted.partition(".")[2] != rest or not is_host(rest):
        return False
    return rest.count(".") >= _FEWEST_LABELS - 1 and not is_public_suffix(rest, private=private_suffixes)


def _too_broad(certificate: Certificate, host: str) -> names.GeneralName | None:
    """The wildcard that would match if it did not cover a public suffix (BR §3.2.2.6)."""
    wanted = reference_name(host) or ""
    for name in certificate.names:
        star, _, rest = name.text.lower().partition(".")
        if name.kind == names.DNS_NAME and star == "*" and (not rest or wanted.partition(".")[2] == rest):
            return name
    return None


def _address(host: str) -> bytes | None:
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return ipaddress.ip_address(bare).packed
    except ValueError:
        return None
