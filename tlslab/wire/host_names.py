"""The name in a server_name extension, and what must not stand there."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from tlslab.wire.field import Field, Problem
from tlslab.wire.notation import Opaque, readable

RULE: Final = "RFC 6066 §3"


class HostName(Opaque):
    """A DNS name in ASCII, neither an address nor with a dot at its end."""

    def __init__(self) -> None:
        super().__init__(readable, readable)

    def open(self, field: Field) -> list[Field]:
        """No children; says if it is no such name."""
        objection = _objection(field.bytes) if field.problem is None and not field.cut else ""
        if objection:
            field.problem = Problem(objection, field.start, field.end, RULE, "illegal_parameter")
        return []


def _objection(name: bytes) -> str:
    if name.endswith(b"."):
        return "a host name is written here without a dot at its end"
    text = name.decode("latin-1")
    try:
        ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return "" if all(33 <= byte < 127 for byte in name) else "a host name is written in ASCII, others as xn--..."
    return "an address is no host name: for an address this extension is left out"


host_name: Final = HostName()
