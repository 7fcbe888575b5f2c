"""Whether names in certificates are written as RFC 5280 wants them; one clause each that says what is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from tlslab.pki.verify import names
from tlslab.pki.verify.names import GeneralName

LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""RFC 1034 §3.5 as modified by RFC 1123 §2.1, which RFC 5280 §4.2.1.6 demands."""
_HOST: Final = re.compile(rf"{LABEL}(?:\.{LABEL})*")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART: Final = re.compile(rf'{_ATOM}+(?:\.{_ATOM}+)*+|"(?:[^"\\]|\\.)*+"')
"""Local-part of RFC 2821 §4.1.2."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+", re.DOTALL)
_AUTHORITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
LONGEST_NAME: Final = 253


def fault_of_name(name: GeneralName) -> str | None:
    """What is wrong with a name of a subjectAltName; None if nothing is."""
    rule = _NAMES.get(name.kind)
    return rule(name) if rule else None


def fault_of_constraint(base: GeneralName) -> str | None:
    """What is wrong with the base of a subtree (RFC 5280 §4.2.1.10); None if nothing is."""
    rule = _CONSTRAINTS.get(base.kind)
    return rule(base) if rule else None


def is_host(text: str) -> bool:
    """Whether it is in the preferred name syntax."""
    return len(text) <= LONGEST_NAME and _HOST.fullmatch(text) is not None


def host_of_uri(uri: str) -> str | None:
    """The host in a URI's authority; None if there is none."""
    match = _AUTHORITY.match(uri)
    if match is None:
        return None
    host = match[1].rpartition("@")[2]
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0] or None


def _dns_name(name: GeneralName) -> str | None:
    text = name.text
    if not name.octets.isascii():
        return "it has letters beyond ASCII, where international labels are written as xn--..."
    if is_host(text.removeprefix("*.")) or text == "*":
        return None
    return next((words for pattern, words in _FAULTS if re.search(pattern, text)), _SYNTAX)


_SYNTAX: Final = "it is not made of letters, digits and inner hyphens, 63 a label and 253 in all"
_FAULTS: Final = (
    (r"^\s*$", "it is empty"),
    (r"^\.|\.$|\.\.", "it has an empty label: it begins or ends with a dot, or has two side by side"),
    (r"\*", "a star may only be the whole left-most label"),
    (r"_", "an underscore is in no host name"),
)


def _mailbox(name: GeneralName) -> str | None:
    local_part, at, host = name.text.rpartition("@")
    if not at:
        return "it is no mailbox: there is no @"
    if not name.octets.isascii() or not _LOCAL_PART.fullmatch(local_part):
        return "what is before the @ is no local part of a mailbox"
    if not is_host(host) and not (host.startswith("[") and host.endswith("]")):
        return "what is behind the @ is no host name"
    return None


def _address(name: GeneralName) -> str | None:
    length = len(name.octets)
    return None if length in {4, 16} else f"it has {length} octets, and an address has 4 or 16"


def _uri(name: GeneralName) -> str | None:
    if not name.octets.isascii() or not _SCHEME.fullmatch(name.text) or any(c <= " " for c in name.text):
        return "it is no absolute URI with a scheme"
    return None


def _host_base(base: GeneralName) -> str | None:
    text = base.text
    if text.startswith("."):
        return "a dNSName begins with no dot: without it, it covers what is below as well"
    if text and not is_host(text):
        return "it is no host name"
    return None


def _mailbox_base(base: GeneralName) -> str | None:
    text = base.text
    if "@" in text:
        return _mailbox(base)
    return None if not text or is_host(text.removeprefix(".")) else "it is no mailbox, host or domain"


def _uri_base(base: GeneralName) -> str | None:
    text = base.text
    return None if not text or is_host(text.removeprefix(".")) else "it is no host or domain"


def _network(base: GeneralName) -> str | None:
    length = len(base.octets)
    if length not in {8, 32}:
        return f"it has {length} octets, and an address with its mask has 8 or 32"
    mask = int.from_bytes(base.octets[length // 2 :], "big")
    width = 4 * length
    inverse = mask ^ ((1 << width) - 1)
    return "its mask is no prefix: there are ones behind a zero" if inverse & (inverse + 1) else None


_NAMES: Final[Mapping[int, Callable[[GeneralName], str | None]]] = {
    names.RFC822_NAME: _mailbox,
    names.DNS_NAME: _dns_name,
    names.URI: _uri,
    names.IP_ADDRESS: _address,
}
_CONSTRAINTS: Final[Mapping[int, Callable[[GeneralName], str | None]]] = {
    names.RFC822_NAME: _mailbox_base,
    names.DNS_NAME: _host_base,
    names.URI: _uri_base,
    names.IP_ADDRESS: _network,
}
