"""Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c)): which names may stand below an authority."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify import names
from tlslab.pki.verify.certificate import Certificate, Defect
from tlslab.pki.verify.extension_values import NameConstraints, Subtree
from tlslab.pki.verify.names import GeneralName
from tlslab.pki.verify.syntax import fault_of_constraint, host_of_uri

MOST_COMPARISONS: Final = 2**18
"""Names times subtrees: beyond it the work is an attack (CVE-2017-3738 and what came after; OpenSSL allows 2**20)."""


def constraint_defects(authority: Certificate, below: Certificate) -> Iterator[Defect]:
    """Names of `below` that `authority` does not allow; the places are in `below`."""
    constraints = authority.value(values.NAME_CONSTRAINTS, NameConstraints)
    if constraints is None:
        return
    permitted, excluded = constraints.permitted or (), constraints.excluded or ()
    relative = len(below.subject.rdns) if below.subject is not None else 0
    if (len(below.names) + relative) * (len(permitted) + len(excluded)) > MOST_COMPARISONS:
        yield Defect("constraints-too-many", 0, len(below.der), f"{len(below.names) + relative} names")
        return
    for name in constrained_names(below):
        found = _defect(name, permitted, excluded)
        if found is not None:
            yield found


def constrained_names(certificate: Certificate) -> Iterator[GeneralName]:
    """The names that constraints are held against: subjectAltName, and the subject as a directoryName."""
    yield from certificate.names
    subject = certificate.subject
    if subject is None or not subject.rdns:
        return
    yield GeneralName(names.DIRECTORY_NAME, subject.element.encoded, subject.text, subject.element, subject)
    # "When the subject alternative name extension is not included ... the constraint is applied to the emailAddress".
    if values.SUBJECT_ALTERNATIVE_NAME not in certificate.extensions:
        for attribute in subject.values(names.EMAIL_ADDRESS):
            contents = attribute.value.contents
            yield GeneralName(names.RFC822_NAME, contents, attribute.text, attribute.value)


def _defect(name: GeneralName, permitted: tuple[Subtree, ...], excluded: tuple[Subtree, ...]) -> Defect | None:
    start, end = name.element.start, name.element.end
    same = [subtree.base for subtree in (*permitted, *excluded) if _form(subtree.base) == _form(name)]
    if not same:
        return None
    within = _WITHIN.get(name.kind)
    if within is None:
        return Defect("constraint-unsupported", start, end, name.words)
    # A constraint that cannot be read is told of where it stands, and allows nothing.
    for subtree in excluded:
        if subtree.base.kind == name.kind and (within(name, subtree.base) or _may_match(name, subtree.base)):
            return Defect("name-excluded", start, end, f"{name.words}, by {subtree.base.words}")
    bases = [subtree.base for subtree in permitted if subtree.base.kind == name.kind]
    if bases and not any(within(name, base) for base in bases if fault_of_constraint(base) is None):
        listed = ", ".join(base.text or "everything" for base in bases[:4])
        return Defect("name-not-permitted", start, end, f"{name.words}; allowed is {listed}")
    return None


def _form(name: GeneralName) -> tuple[int, str]:
    """The form of a name, to which constraints are held; each type of otherName is one of its own (RFC 9598 §6)."""
    return (name.kind, name.text.partition("=")[0] if name.kind == names.OTHER_NAME else "")


def _may_match(name: GeneralName, base: GeneralName) -> bool:
    """Whether a wildcard stands for a name in an excluded subtree, though it is not in it itself (CVE-2025-61727)."""
    if name.kind != names.DNS_NAME or not name.text.startswith("*"):
        return False
    return name.text == "*" or base.text.lower().partition(".")[2] == name.text[2:].lower()


def _dns_within(name: GeneralName, base: GeneralName) -> bool:
    """The name itself, or one with more labels on its left-hand side."""
    host, domain = name.text.lower(), base.text.lower()
    if not domain:
        return True
    if host.startswith("*."):
        return f".{host[2:]}".endswith(f".{domain}")
    return f".{host}".endswith(f".{domain}")


def _mailbox_within(name: GeneralName, base: GeneralName) -> bool:
    """A particular mailbox, all of a particular host, or all in a domain."""
    local_part, _, host = name.text.rpartition("@")
    host, domain = host.lower(), base.text
    if "@" in domain:
        theirs, _, at = domain.rpartition("@")
        return local_part == theirs and host == at.lower()
    return _host_within(host, domain)


def _uri_within(name: GeneralName, base: GeneralName) -> bool:
    host = host_of_uri(name.text)
    return host is not None and _host_within(host.lower(), base.text)


def _host_within(host: str, base: str) -> bool:
    """A host itself, or with a leading dot those below a domain; nothing is everything."""
    domain = base.lower()
    if not domain:
        return True
    return host.endswith(domain) if domain.startswith(".") else host == domain


def _address_within(name: GeneralName, base: GeneralName) -> bool:
    length = len(name.octets)
    if len(base.octets) != 2 * length:
        return False
    address, network, mask = (
        int.from_bytes(part, "big") for part in (name.octets, base.octets[:length], base.octets[length:])
    )
    return address & mask == network & mask


def _name_within(name: GeneralName, base: GeneralName) -> bool:
    """Whether the base's RDNs are the first of the name's."""
    if name.name is None or base.name is None:
        return False
    return name.name.key[: len(base.name.key)] == base.name.key


_WITHIN: Final[Mapping[int, Callable[[GeneralName, GeneralName], bool]]] = {
    names.DNS_NAME: _dns_within,
    names.RFC822_NAME: _mailbox_within,
    names.URI: _uri_within,
    names.IP_ADDRESS: _address_within,
    names.DIRECTORY_NAME: _name_within,
}
"""The kinds of names that can be compared; for another, "the application MUST either process the constraint or reject"."""
