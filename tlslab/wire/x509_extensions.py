"""Extensions of certificates, requests and revocation lists: each node bears its extension's name, and its contents are opened.

An extension that is not in the tables is opened as whatever DER its value holds, or is left as bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tlslab.wire.der import ANY, Element, Part, alert_of
from tlslab.wire.der_composite import ListOf, Sequence
from tlslab.wire.der_header import read_header
from tlslab.wire.der_scalars import DEFAULT_FALSE, OBJECT_IDENTIFIER, name_of_oid, oid_octets
from tlslab.wire.der_strings import OctetString
from tlslab.wire.field import Field, Problem
from tlslab.wire.values import Type
from tlslab.wire.words import counted
from tlslab.wire.x509_extension_contents import CERTIFICATE_EXTENSIONS
from tlslab.wire.x509_names import first_oid
from tlslab.wire.x509_revocation_contents import REVOCATION_EXTENSIONS
from tlslab.wire.x509_vendor_contents import VENDOR_EXTENSIONS

EXTENSION_DOC: Final = "X509Extension"
"""Apart from the TLS `Extension`."""
EXTENSIONS_BY_OID: Final[dict[str, Element]] = {
    **CERTIFICATE_EXTENSIONS,
    **VENDOR_EXTENSIONS,
    **REVOCATION_EXTENSIONS,
}
"""Contents of extnValue by extension."""
KINDS: Final = {oid_octets(oid): kind for oid, kind in EXTENSIONS_BY_OID.items()}
"""The same by contents octets of the OID."""


def _content(field: Field) -> Type | None:
    """What extnValue holds: by the OID beside it; DER without a schema; or bytes."""
    parent = field.parent
    if parent is None:
        return None
    known = KINDS.get(first_oid(parent.data, parent.start, parent.end))
    if known is not None:
        return known
    outer = read_header(field.data, field.start, field.end)
    header = read_header(field.data, outer[1], field.end) if outer is not None else None
    whole = header is not None and header[2] >= 0 and header[1] + header[2] == field.end
    return ANY if whole else None


class ExtensionValue(OctetString):
    """extnValue: what is inside is explained as the extension that it is the content of."""

    def __init__(self) -> None:
        super().__init__(_content)

    def parts(self) -> Iterable[Part]:
        """Contents of the known extensions, any DER, or bytes."""
        yield from super().parts()
        yield from ((name_of_oid(oid), kind) for oid, kind in KINDS.items())
        yield "", ANY

    def doc_inside(self, field: Field, kind: Type) -> str:
        """The extension's own."""
        return field.parent.doc if field.parent is not None else kind.name


def _extension_words(field: Field) -> str:
    critical = field.child("critical")
    value = field.child("extnValue")
    words = value.label if value is not None else ""
    return f"{words} (critical)" if critical is not None and critical.value == "TRUE" else words


class Extension(Sequence):
    """One extension: its node is called and explained by its OID's name."""

    def __init__(self) -> None:
        members = {"extnID": OBJECT_IDENTIFIER, "critical?": DEFAULT_FALSE, "extnValue": ExtensionValue()}
        super().__init__(EXTENSION_DOC, members, _extension_words)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the extension under its name; one that has none keeps its place in the list and shows its OID."""
        end = super().take(name, doc, parent, start, limit, out)
        oid = first_oid(parent.data, start, end)
        field = out[-1]
        field.name = name_of_oid(oid) or name
        field.doc = field.name if oid in KINDS else EXTENSION_DOC
        return end


class Extensions(ListOf):
    """`SEQUENCE SIZE (1..MAX) OF Extension`, none of them twice."""

    def __init__(self) -> None:
        super().__init__("Extensions", Extension(), lambda f: counted(len(f.children) - 1, ("extension", "extensions")))

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the extensions; one that was there before is a problem."""
        super().contents(field, start, end, out)
        seen: set[bytes] = set()
        alert = alert_of(field)
        for extension in out[1:]:
            oid = first_oid(extension.data, extension.start, extension.end)
            if oid in seen and oid and extension.problem is None and not extension.cut:
                text = f"the extension {extension.name} is there twice"
                extension.problem = Problem(text, extension.start, extension.end, "RFC 5280 §4.2", alert)
            seen.add(oid)


EXTENSIONS: Final = Extensions()
