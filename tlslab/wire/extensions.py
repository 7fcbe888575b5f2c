"""Extensions: what each one carries, in each message that may carry it.

An extension is cut by its four-byte header and opened only when somebody looks inside. Its node bears its own name, so a
path reads `ClientHello.extensions.server_name.server_name_list[0].host_name`. What is in none of the tables below is raw
bytes under the member that RFC 8446 section 4.2 gives them: `extension_data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tlslab.wire.code_points import ExtensionType, code_point_name
from tlslab.wire.extension_rules import check_block
from tlslab.wire.extension_tables import (
    CERTIFICATE_REQUEST,
    CERTIFICATE_TLS13,
    CLIENT_HELLO,
    ENCRYPTED_EXTENSIONS,
    HELLO_RETRY_REQUEST,
    NEW_SESSION_TICKET,
    SERVER_HELLO,
)
from tlslab.wire.field import Cut, Field, Value
from tlslab.wire.notation import (
    LENGTH_DOC,
    Struct,
    Type,
    Vector,
    byte_count,
    inherits_cut,
    opaque,
    say_too_long,
    struct,
    trailing,
    uint16,
)

HEADER: Final = struct(
    "Extension",
    extension_type=ExtensionType,
    extension_data_length=uint16,
)
UNKNOWN: Final = struct("Extension", extension_data=opaque)
TOO_SHORT: Final = "extension"
UNKNOWN_DOC: Final = "unknown_extension"


def extension_name(number: int) -> str:
    """What an extension is called in a tree: `server_name`, `GREASE (0x2a2a)`, `unknown (0xfe12)`."""
    name = code_point_name("extensions", number)
    if name is None or name == "GREASE" or name.startswith("Reserved"):
        return f"{name.split()[0] if name else 'unknown'} (0x{number:04x})"
    return name.split(" (")[0]  # "application_settings (new, draft)"


def extension_doc(number: int) -> str:
    """The explanation key of an extension: its name, or the family that it belongs to."""
    name = extension_name(number)
    return {"GREASE": "GREASE", "unknown": "unknown_extension", "Reserved": "unknown_extension"}.get(
        name.split(" (")[0], name
    )


class ExtensionBody(Type):
    """One extension of a known type in a known message: header, then the members of its content."""

    def __init__(self, number: int, content: Struct) -> None:
        self.name = extension_name(number)
        self.doc = extension_doc(number)
        self.content = content

    def open(self, field: Field) -> list[Field]:
        """Type, length, and the members of the content beside them."""
        pos, end = field.start + 4, field.end
        if field.cut or pos > end:
            return self._open_cut(field)
        out: list[Field] = []
        HEADER.take_members(field, field.start, pos, out)
        if self.content.members:
            pos = self.content.take_members(field, pos, end, out)
        if pos < end:
            trailing(field, pos, end, out)
        return out

    def _open_cut(self, field: Field) -> list[Field]:
        """The same of one that is cut short."""
        out: list[Field] = []
        pos = HEADER.take_members(field, field.start, field.end, out)
        if len(out) < len(HEADER.members) or out[-1].cut:
            return out
        if field.cut and not inherits_cut(field):
            say_too_long(out[-1], field.end)
        pos = self.content.take_members(field, pos, field.end, out)
        if pos < field.end:
            trailing(field, pos, field.end, out)
        return out

    def value(self, field: Field) -> Value:
        """None: the members have values."""
        return None

    def label(self, field: Field) -> str:
        """What the first member says that is not a length."""
        member = next((child for child in field.children[2:] if child.doc != LENGTH_DOC), None)
        if member is None:
            return byte_count(max(field.end - field.start - 4, 0))
        return (member.kind.text(member) if isinstance(member.kind, Type) else None) or member.label


class Extension(Type):
    """An extension of one message, told apart by its type."""

    name = "Extension"
    nouns = ("extension", "extensions")

    def __init__(self, contents: Mapping[int, Struct], hello: str = "") -> None:
        """`hello` is "client" or "server" where the message is such a hello."""
        self.contents = contents
        self.allowed = frozenset(contents)
        self.hello = hello
        self.bodies: dict[int, ExtensionBody] = {}

    def __getitem__(self, bounds: int | slice) -> Type:
        """A block of extensions, with its length before it."""
        return super().__getitem__(bounds) if isinstance(bounds, int) else Block(self, bounds.start, bounds.stop)

    def body(self, number: int) -> ExtensionBody:
        """How an extension of that type is opened here."""
        found = self.bodies.get(number)
        if found is None:
            found = self.bodies[number] = ExtensionBody(number, self.contents.get(number, UNKNOWN))
        return found

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field over header and content, without looking into the content."""
        data = parent.data
        wanted = start + 4
        if wanted > limit:
            field = Cut(TOO_SHORT, UNKNOWN_DOC, HEADER, parent, start, limit)
            field.cut = parent.cut and limit == parent.end
            out.append(field)
            return limit
        body = self.body(data[start] << 8 | data[start + 1])
        wanted += data[start + 2] << 8 | data[start + 3]
        field = Cut(body.name, body.doc, body, parent, start, min(wanted, limit))
        field.cut = wanted > limit
        out.append(field)
        return field.end


class Block(Vector):
    """The extensions of a message; says of each whether it may stand where it does."""

    def __init__(self, element: Extension, floor: int, ceiling: int) -> None:
        super().__init__(element, floor, ceiling)
        self.extension = element

    def fill(self, field: Field, start: int, out: list[Field]) -> None:
        """Append the extensions, checked."""
        super().fill(field, start, out)
        if not field.cut:
            check_block(out[1:], self.extension.allowed, KNOWN, hello=self.extension.hello)


TABLES: Final = (
    CLIENT_HELLO,
    SERVER_HELLO,
    HELLO_RETRY_REQUEST,
    ENCRYPTED_EXTENSIONS,
    CERTIFICATE_TLS13,
    CERTIFICATE_REQUEST,
    NEW_SESSION_TICKET,
)
KNOWN: Final = frozenset(number for table in TABLES for number in table)
"""Types that have a place in some message."""

ClientHelloExtension: Final = Extension(CLIENT_HELLO, "client")
ServerHelloExtension: Final = Extension(SERVER_HELLO, "server")
HelloRetryRequestExtension: Final = Extension(HELLO_RETRY_REQUEST)
EncryptedExtension: Final = Extension(ENCRYPTED_EXTENSIONS)
CertificateEntryExtension: Final = Extension(CERTIFICATE_TLS13)
CertificateRequestExtension: Final = Extension(CERTIFICATE_REQUEST)
NewSessionTicketExtension: Final = Extension(NEW_SESSION_TICKET)
