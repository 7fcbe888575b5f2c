"""The top of the ladder of TLS 1.3, as far as a ClientHello goes: pre-shared keys, their binders, and early data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlslab.trace import psk_offers
from tlslab.trace.quantity import NOT_KNOWN, Rung
from tlslab.trace.rungs13 import SCHEDULE, TRANSCRIPT, Rungs
from tlslab.trace.transcript import Transcript, extension_member, items_of
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.model import Message
    from tlslab.trace.psk_offers import Offer
    from tlslab.trace.replay import Source
    from tlslab.wire.field import Field

PSK: Final = Rung("psk", "PSK", "input", SCHEDULE, "psk")
EARLY_SECRET: Final = Rung("early_secret", "Early Secret", "secret", SCHEDULE, "early_secret")
BINDER_LABELS: Final = '"ext binder" | "res binder"'
"""As the RFC writes it where nobody knows which of them it is."""
EARLY_LABEL: Final = "CLIENT_EARLY_TRAFFIC_SECRET"


def put_offers(
    rungs: Rungs, hello: Message, before: Transcript, selected: int | None, source: Source | None = None
) -> None:
    """All that follows from the pre-shared keys that a ClientHello offers.

    before    the transcript before this ClientHello.
    selected  which of them the server takes; None for none.
    source    has the keys that were given; one that fits its binder is known, also if the server does not take it.
    """
    given = source.given if source is not None else None
    offers = psk_offers.known_offers(hello, before.parts, given.sessions, given.psks) if given is not None else ()
    known = {offer.number: offer for offer in offers}
    names, proofs = (items_of(extension_member(hello, "pre_shared_key", name)) for name in ("identities", "binders"))
    retried = "_retried" if before.parts else ""
    for number, item in enumerate(names):
        mark = "" if number == selected else f"_{number + 1}"
        early = _early_secret(
            rungs, hello, item.child("identity"), (mark, known.get(number)), chosen=number == selected
        )
        binder = proofs[number].child("binder") if number < len(proofs) else None
        if binder is not None:
            _binder(rungs, hello, before, binder, (early, f"{mark}{retried}"))
        if number == 0 and not retried and facts.client_hello_facts(hello.fields).early_data:
            _early_data(rungs, hello, early)


def put_no_psk(rungs: Rungs) -> None:
    """Early Secret where no pre-shared key was taken: from zeros, as everybody's."""
    if PSK.id not in rungs.ladder:
        rungs.ladder.put(PSK, bytes(rungs.ladder.hash_length), "no PSK: Hash.length zeros")
        rungs.ladder.extract(EARLY_SECRET, "", PSK.id)


def _early_secret(
    rungs: Rungs, hello: Message, identity: Field | None, offered: tuple[str, Offer | None], *, chosen: bool
) -> str:
    """The Early Secret of one offered key; that of the key that the server takes is the connection's own."""
    ladder, (mark, offer) = rungs.ladder, offered
    kind = "offered_" if mark else ""
    psk = PSK if chosen else Rung(f"{kind}psk{mark}", f"PSK offered{mark.replace('_', ' ')}", "input", SCHEDULE, "psk")
    secret = EARLY_SECRET
    if not chosen:
        name = f"Early Secret of the PSK offered{mark.replace('_', ' ')}"
        secret = Rung(f"{kind}early_secret{mark}", name, "secret", SCHEDULE, "early_secret")
    if psk.id not in ladder:
        name = f"psk_identity{mark}"
        named = rungs.input(name, f"identity of the {psk.name}", hello, identity, "psk_identity")
        value, origin = (offer.psk, offer.origin) if offer is not None else (None, NOT_KNOWN)
        ladder.put(psk, value, "what both sides have under this identity", (named,), origin=origin)
        ladder.extract(secret, "", psk.id)
    return secret.id


def _binder(rungs: Rungs, hello: Message, before: Transcript, binder: Field, where: tuple[str, str]) -> None:
    """The proof that the client has the key: its MAC key, what is covered, and the MAC itself."""
    early, mark = where
    ladder = rungs.ladder
    cut = psk_offers.truncated(hello)
    covered = before.copy()
    covered.add_beginning(hello, len(cut) if cut is not None else 0)
    if f"truncated_hash{mark}" not in ladder:
        words = f"Transcript-Hash({covered.words})"
        rung = Rung(f"truncated_hash{mark}", f"hash of {covered.words}", "hash", TRANSCRIPT, "transcript_hash")
        digest = covered.digest(ladder.hash_name)
        ladder.put(rung, digest, words, spans=covered.spans)
    secret = ladder.value(early)
    label = None
    if secret is not None:
        joined = b"".join(covered.parts)
        label = psk_offers.label_of_early_secret(secret, joined, binder.bytes, ladder.hash_name)
    rung = Rung(f"binder_key{mark}", "binder_key", "secret", SCHEDULE, "binder_key")
    key = rungs.derive(rung, early, label or "", "", written=f'"{label}"' if label else BINDER_LABELS)
    finished = rungs.finished_key(f"binder_finished_key{mark}", key)
    rung = Rung(f"binder{mark}", "PSK binder", "hash", "RFC 8446 §4.2.11.2", "binder")
    rungs.mac(rung, finished, f"truncated_hash{mark}", hello, binder)


def _early_data(rungs: Rungs, hello: Message, early: str) -> None:
    """The secrets of early data, which hang on the first ClientHello alone."""
    first = Transcript()
    first.add(hello)
    context = rungs.hash(first)
    secret = rungs.secret("client_early_traffic_secret", early, "c e traffic", context, "traffic_secret")
    rungs.keys(secret, "client_early", "client", EARLY_LABEL)
    rungs.secret("early_exporter_master_secret", early, "e exp master", context, "exporter_secret")
