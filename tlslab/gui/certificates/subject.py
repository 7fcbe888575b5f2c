"""A certificate, or any DER, as what tree and hex panes are about. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from tlslab.gui.hex_model import HexPage, message_page
from tlslab.gui.subject import MESSAGE, Layer, Subject
from tlslab.wire.crl import CERTIFICATE_LIST
from tlslab.wire.field import Buffer, Field
from tlslab.wire.notation import Type, decode
from tlslab.wire.ocsp import OCSP_RESPONSE
from tlslab.wire.x509 import CERTIFICATE


class DerSubject(Subject):
    """One DER structure: its tree, and its bytes in the one tab."""

    def __init__(self, der: bytes, kind: Type = CERTIFICATE, name: str = "certificate") -> None:
        no = "There is only one form of these bytes"
        self.why_not = (no, no, "")
        self.root = decode(kind, name, der)
        if kind is CERTIFICATE:
            # The root is called as it stands in paths; what it is, is explained under its type.
            self.root.doc = "X509Certificate"
        self.layers = (Layer(self.root, Buffer(der), coloured(self.root), (MESSAGE,)),)

    def page(self, tab: int, layer: Layer) -> HexPage:
        """Override Subject.page."""
        return message_page(layer.buffer, layer.sections)


def subject_of(thing: str, der: bytes) -> DerSubject:
    """What `der` is, by what it is called: "crl", "staple", else a certificate."""
    if thing.startswith("crl"):
        return DerSubject(der, CERTIFICATE_LIST, "CertificateList")
    if thing == "staple":
        return DerSubject(der, OCSP_RESPONSE, "OCSPResponse")
    return DerSubject(der)


def coloured(root: Field) -> Sequence[Field]:
    """The fields that get a colour of their own: the members of what is signed, each extension, the signature."""
    found: list[Field] = []
    for member in root.children:
        for inner in member.children if member.name.startswith("tbs") and member.children else (member,):
            found += _items(inner) if inner.name == "extensions" else [inner]
    return found


def _items(extensions: Field) -> list[Field]:
    """An explicit tag's header, that of the list in it, and each extension."""
    return [inner for child in extensions.children for inner in child.children or [child]] or [extensions]


def field_named(root: Field, name: str) -> Field | None:
    """The first field of that name from the top."""
    return next((field for field in root.walk() if field.name == name), None)
