"""What people type as the name of a server or a client, as the names of RFC 5280; no I/O.

The forms are those that OpenSSL, cryptography and GnuTLS all accept below a root with name
constraints: each of the three has opinions about common names that another does not share.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from tlslab.pki.errors import PkiError

TOY_MARK = "tlslab toy CA"
"""The organizationName of every subject that tlslab issues: whoever meets one knows what it is."""

CLIENT_DOMAIN = "client.test"
"""Where the mailbox of a client lives that was named without one; RFC 6761 keeps .test unreal."""

# RFC 5280 appendix A.1: ub-common-name INTEGER ::= 64, the same for organizational units.
_LONGEST_COMMON_NAME = 64

# RFC 1034 section 3.5, the preferred name syntax that RFC 5280 section 4.2.1.6 asks for,
# with the digit that RFC 1123 section 2.1 allows a label to begin with.
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")


def server_name(text: str) -> x509.GeneralName:
    """The subjectAltName for a server's name: an iPAddress if it is one, else a dNSName.

    Raises PkiError for a name that no client could match.
    """
    address = _ip_address(_checked(text))
    return address if address is not None else x509.DNSName(dns_name(text))


def client_name(text: str) -> x509.GeneralName:
    """The subjectAltName for a client's name.

    An address, a mailbox or a host name as it is; any other name ("Alice") becomes a mailbox below
    `CLIENT_DOMAIN`, because a verifier of the web wants a subjectAltName in a client's too.
    """
    address = _ip_address(_checked(text))
    if address is not None:
        return address
    if "@" in text:
        return x509.RFC822Name(mailbox(text))
    if "." in text and " " not in text:
        return x509.DNSName(dns_name(text))
    return x509.RFC822Name(f"{_local_part_of(text)}@{CLIENT_DOMAIN}")


def dns_name(text: str) -> str:
    """A host name in the form of certificates: lower case, international labels as "xn--...".

    The left-most label may be "*". Raises PkiError with the first thing that is wrong.
    """
    name = _ascii(_checked(text)).lower()
    wildcard, _, rest = name.partition(".")
    labels = (rest if wildcard == "*" else name).split(".")
    if wildcard == "*" and len(labels) < 2:
        raise PkiError(
            f"The name {text!r} covers a whole top-level domain, which no client accepts: "
            "put two labels after the star, as in *.lab.test."
        )
    for label in labels:
        _check_label(text, label)
    if len(name) > 253:
        raise PkiError(f"The name {text[:40]!r}... has {len(name)} characters; DNS allows 253.")
    if labels[-1].isdigit():
        raise PkiError(f"The name {text!r} is neither an IP address nor a host name.")
    return name


def subject(text: str, *, fallback: str) -> x509.Name:
    """The subject of a certificate: the toy mark, and `text` as its common name where that is safe.

    An address is no common name: OpenSSL and GnuTLS would hold it against the DNS constraints of
    the root. Neither is what exceeds 64 octets. Both go, cut, to organizationalUnitName behind
    the word `fallback`.
    """
    short = len(_checked(text).encode()) <= _LONGEST_COMMON_NAME and _ip_address(text) is None
    attribute = (
        x509.NameAttribute(NameOID.COMMON_NAME, text)
        if short
        else x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{fallback} {text}"[:_LONGEST_COMMON_NAME])
    )
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, TOY_MARK), attribute])


def authority_subject(text: str) -> x509.Name:
    """The subject of an authority. Raises PkiError if `text` cannot be a common name."""
    name = _checked(text)
    # RFC 5280 counts characters, cryptography the octets of UTF-8: what fits both is safe.
    if len(name.encode()) > _LONGEST_COMMON_NAME:
        raise PkiError(
            f"The name {name[:20]!r}... has {len(name.encode())} characters; an authority's may have {_LONGEST_COMMON_NAME}."
        )
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, TOY_MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def text_of(name: x509.GeneralName) -> str:
    """The name as people write it, without its type."""
    if type(name) is x509.DNSName:
        return name.value
    if isinstance(name, x509.DirectoryName):
        return name.value.rfc4514_string()
    if isinstance(name, x509.OtherName):
        return f"{name.type_id.dotted_string}={name.value.hex()}"
    if isinstance(name, x509.RegisteredID):
        return name.value.dotted_string
    return str(name.value)


def is_address(text: str) -> bool:
    """Whether `text` is an IP address, as it stands and without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _checked(text: str) -> str:
    if not text.strip():
        raise PkiError("A name is empty: give a host name, an address or a person's name.")
    if text != text.strip():
        raise PkiError(f"The name {text!r} begins or ends with a space: leave it away.")
    if text.isascii() and text.isprintable():
        return text
    odd = next((c for c in text if unicodedata.category(c).startswith("C")), None)
    if odd is not None:
        raise PkiError(f"The name {text!r} has the character U+{ord(odd):04X} that nobody can see.")
    return text


@lru_cache(maxsize=256)
def _ip_address(text: str) -> x509.IPAddress | None:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    # The zone of a link-local address ("fe80::1%eth0") means something on one machine only: iPAddress has no place for it.
    return x509.IPAddress(ipaddress.ip_address(address.packed))


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    try:
        name = text.lower().encode("idna").decode("ascii")
        unchanged = name.encode("ascii").decode("idna") == text.lower()
    except UnicodeError:
        unchanged = False
    # The standard library knows IDNA 2003 only; what it would change (a sharp s) is left to the user.
    if not unchanged:
        raise PkiError(f"The name {text!r} is not plain ASCII: write its labels as xn--....")
    return name


def _check_label(text: str, label: str) -> None:
    if not label:
        raise PkiError(f"The name {text!r} has an empty label: look for a dot too many.")
    if len(label) > 63:
        raise PkiError(f"The name {text!r} has a label of {len(label)} characters; DNS allows 63.")
    if not _LABEL.fullmatch(label):
        raise PkiError(
            f"The name {text!r} is not a host name: a label has letters, digits and inner hyphens, "
            f"and {label!r} does not."
        )


def mailbox(text: str) -> str:
    """A mailbox, its host in the form of `dns_name`. Raises PkiError."""
    local_part, _, domain = text.rpartition("@")
    if not _LOCAL_PART.fullmatch(local_part) or ".." in f".{local_part}.":
        raise PkiError(f"The name {text!r} is not a mailbox such as alice@lab.test.")
    return f"{local_part}@{dns_name(domain)}"


def _local_part_of(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", ".", plain).strip(".")[:64].strip(".") or "client"
