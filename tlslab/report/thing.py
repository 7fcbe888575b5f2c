"""One structure out of a file or a paste, as text and as JSON: a key, a list, a request, a handshake message, ...

The secret half of a private key is shown as a number of bytes, and in JSON as null, unless it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tlslab.report.json_document import Detail, Json, field_object, field_stream, problem_object
from tlslab.report.json_stream import Streamed
from tlslab.report.text import Signs, hex_lines, problem_lines, tree_lines
from tlslab.wire.private_keys import private_ranges
from tlslab.wire.words import byte_count, harmless

if TYPE_CHECKING:
    from tlslab.trace.things import Thing
    from tlslab.wire.field import Field

Ranges = list[tuple[int, int]]
"""Bytes from start to end that are private."""
FACTS: Final = {
    "certificate_list": ("tbsCertList",),
    "certification_request": ("certificationRequestInfo",),
    "ocsp_request": ("tbsRequest",),
    "basic_ocsp_response": ("tbsResponseData",),
    "ocsp_response": ("responseBytes", "ResponseBytes", "response", "BasicOCSPResponse", "tbsResponseData"),
    "content_info": ("content",),
    "pfx": ("authSafe", "content", "OCTET STRING", "AuthenticatedSafe"),
}
"""Where the members stand that people want to know of first."""
LISTS: Final = frozenset(
    {"revokedCertificates", "responses", "requestList", "attributes", "signerInfos", "certificates", "recipientInfos"}
)
"""Members whose items are told one by one."""
MOST_ITEMS: Final = 8
NO_MEMBERS: Final = frozenset({"header", "end_of_contents"})


def thing_object(thing: Thing, detail: Detail) -> Streamed:
    """One structure, for `write_json`: what it is, what stands in it, and its tree and bytes if they are wanted."""
    hidden = [] if detail.secrets else _private(thing)
    made = Streamed(
        kind=thing.kind,
        title=thing.title,
        because=thing.because,
        sender=thing.sender,
        summary=thing.summary,
        length=len(thing.data),
        problems=map(problem_object, thing.root.problems()),
    )
    if detail.fields:
        made["fields"] = _fields(thing, detail, hidden)
    if detail.data:
        made["data"] = None if hidden else thing.data.hex()
    return made


def thing_lines(
    thing: Thing, signs: Signs, *, number: int | None = None, tree: bool = False, hex_dump: bool = False
) -> Iterator[str]:
    """The structure in words, then, on request, every element of it and its bytes."""
    by = f" of the {thing.sender}" if thing.sender is not None else ""
    head = f"{'' if number is None else f'{number}: '}{thing.title}{by}, {byte_count(len(thing.data))}"
    yield harmless(f"{head}: {thing.summary}")
    for name, words in _facts(thing):
        yield harmless(f"  {name:24} {words}")
    hidden = _private(thing)
    damaged = bool(hidden and thing.root.problems())
    if tree and damaged:
        yield "      the tree is left out, because it would show bytes of a damaged private key: --json --fields --secrets has it"
    elif tree:
        yield from tree_lines(thing.root, signs)
    if hex_dump:
        yield from (f"      {line}" for line in _masked(thing.data, hidden))
    yield from problem_lines(thing.root, signs)


def _private(thing: Thing) -> Ranges:
    return private_ranges(thing.root) if thing.private else []


def _facts(thing: Thing) -> Iterator[tuple[str, str]]:
    """Members by name, and the items of those that are lists."""
    inside = thing.root.find(*FACTS[thing.kind]) if thing.kind in FACTS else None
    if inside is not None and thing.kind == "content_info":
        inside = next((child for child in inside.children if child.name not in NO_MEMBERS), None)
    for member in inside.children if inside is not None else ():
        if member.name in NO_MEMBERS:
            continue
        bags = member.find("content", "OCTET STRING", "SafeContents")
        if bags is not None:
            yield from ((f"safe {member.name}", bag.label) for bag in bags.children if bag.name not in NO_MEMBERS)
            continue
        items = [item for item in member.children if item.name not in NO_MEMBERS] if member.name in LISTS else []
        if items and items[0].name.startswith("["):
            yield from ((f"{member.name}{item.name}", item.label) for item in items[:MOST_ITEMS])
        elif items:
            yield from ((item.name, item.label) for item in items[:MOST_ITEMS])
        else:
            yield f"safe {member.name}" if member.name.startswith("[") else member.name, member.label
        if len(items) > MOST_ITEMS:
            yield f"{member.name}", f"and {len(items) - MOST_ITEMS} more"


def _fields(thing: Thing, detail: Detail, hidden: Ranges) -> Json | Streamed:
    """The tree, without what is hidden; with the private bytes in hex where they were asked for."""
    if not thing.private:
        return field_stream(thing.root)
    made = field_object(thing.root)
    if hidden:
        _hide(made, hidden, labels=bool(thing.root.problems()))
    elif detail.secrets:
        _reveal(made, thing.root)
    return made


def _hide(made: Json, hidden: Ranges, *, labels: bool) -> None:
    """Take away each value that has a private byte in it; the labels too where the bytes may be misplaced."""
    start, end = made["start"], made["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    if any(start < upto and since < end for since, upto in hidden):
        made["value"] = None
        if labels:
            made["label"] = byte_count(end - start)
    children = made["children"]
    assert isinstance(children, list)
    for child in children:
        assert isinstance(child, dict)
        _hide(child, hidden, labels=labels)


def _reveal(made: Json, field: Field) -> None:
    """Put the bytes of each leaf that has no value there as hex."""
    children = made["children"]
    assert isinstance(children, list)
    if not children and made["value"] is None:
        made["value"] = field.bytes.hex()
    for child, below in zip(children, field.children, strict=True):
        assert isinstance(child, dict)
        _reveal(child, below)


def _masked(data: bytes, hidden: Ranges) -> Iterator[str]:
    """The hex dump, with two dots for each byte that is private."""
    if not hidden:
        yield from hex_lines(data)
        return
    secret = {at for start, end in hidden for at in range(start, end)}
    for start in range(0, len(data), 16):
        places = range(start, min(start + 16, len(data)))
        digits = " ".join(".." if at in secret else f"{data[at]:02x}" for at in places)
        letters = "".join(chr(data[at]) if at not in secret and 32 <= data[at] < 127 else "." for at in places)
        yield f"{start:04x}  {digits:<47}  {letters}"
