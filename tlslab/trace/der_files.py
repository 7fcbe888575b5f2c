"""Certificates, keys and what else lies in files, in PEM or DER: which structures these are, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tlslab.trace.pem import Block, pem_blocks
from tlslab.trace.things import Thing, der_thing, guessed_thing
from tlslab.wire.der_kinds import BY_NAME, BY_PEM, der_kind
from tlslab.wire.der_shapes import element_length
from tlslab.wire.notation import decode, opaque

MOST_BLOCKS: Final = 2000
"""Blocks of PEM that are opened, at most: a bundle of all public roots has some 150."""


def things_in_pem(data: bytes) -> tuple[list[Thing], list[str]]:
    """What the blocks in `data` hold, in order, and what could not be read, one sentence each. Never raises."""
    things: list[Thing] = []
    problems: list[str] = []
    blocks = pem_blocks(data, MOST_BLOCKS + 1)
    if len(blocks) > MOST_BLOCKS:
        problems.append(f"the file has more than {MOST_BLOCKS} blocks, of which the first are read: split it (csplit)")
    for block in blocks[:MOST_BLOCKS]:
        readable = [thing for thing in _in_block(block) if _has_something(thing)]
        things += readable
        if not readable:
            reason = f"{block.problem}, and nothing in it can be read" if block.problem else "nothing in it can be read"
            problems.append(f"the block {block.label}: {reason}")
        elif block.problem:
            problems.append(f"the block {block.label}: {block.problem}")
    return things, problems


def things_in_der(data: bytes) -> list[Thing]:
    """What the elements that stand one behind the other in `data` are; none if it is no DER. Never raises."""
    things = _split(data)
    # A certificate that is cut short, or has something behind it, is still one.
    if not things and data[:1] == b"\x30":
        certificate = der_thing(BY_NAME["certificate"], data)
        return [certificate] if certificate.root.find("tbsCertificate", "validity") else []
    return things


def _in_block(block: Block) -> list[Thing]:
    """What a block holds."""
    named = BY_PEM.get(block.label)
    if block.encryption:
        root = decode(opaque, "EncryptedPrivateKeyInfo.encryptedData", block.data)
        title = f"{named.title if named is not None else block.label}, encrypted with {block.encryption}"
        return [Thing("encrypted_private_key", title, root)] if block.data else []
    guess = der_kind(block.data)
    if guess is not None and (named is None or guess.kind.name not in {named.name, "der"}):
        because = f"PEM calls it {block.label}, and its bytes are {guess.kind.title}" if named is not None else ""
        usual = named is None or (named.name, guess.kind.name) in ALIKE
        return [guessed_thing(replace(guess, because="" if usual else because), block.data)]
    if named is not None:
        return [der_thing(named, block.data)]
    found = _split(block.data)
    if block.label == TRUSTED and len(found) > 1:
        return [found[0], replace(found[1], title="what OpenSSL is told to trust it for")]
    return found


TRUSTED: Final = "TRUSTED CERTIFICATE"
ALIKE: Final = frozenset({("named_curve", "ec_parameters"), ("dh_parameters", "domain_parameters")})
"""PEM has one label for both."""


def _has_something(thing: Thing) -> bool:
    """Whether more can be read of it than a header."""
    inside = {child.name for child in thing.root.children} - {"header", "trailing"}
    return thing.kind == "encrypted_private_key" or bool(inside)


MOST_OBJECTS: Final = 1000
"""Elements one behind the other that are taken for a file of several objects, at most."""


def _split(data: bytes) -> list[Thing]:
    """The elements that stand one behind the other in `data`; none if something in between is no DER."""
    found: list[Thing] = []
    pos = 0
    while pos < len(data):
        size = element_length(data, pos)
        guess = der_kind(data[pos : pos + size]) if size is not None else None
        if size is None or guess is None or len(found) == MOST_OBJECTS:
            return []
        found.append(guessed_thing(guess, data[pos : pos + size]))
        pos += size
    return found if len(found) == 1 or any(thing.kind != "der" for thing in found) else []
