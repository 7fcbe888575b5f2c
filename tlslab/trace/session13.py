"""Sessions of TLS 1.3: traffic secrets from the key log or from the ladder, early data, and what comes after the handshake."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.keys import schedule13
from tlslab.keys.suites import CipherSuite, cipher_suite
from tlslab.trace import psk_offers
from tlslab.trace.certificates_sent import CERTIFICATES, request_context
from tlslab.trace.resumption import Known
from tlslab.trace.versions import TLS13
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.model import Message
    from tlslab.trace.psk_offers import Offer
    from tlslab.trace.session import Session
    from tlslab.wire.hello_facts import ServerHelloFacts

HANDSHAKE_LABELS: Final[dict[Party, str]] = {
    "client": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "server": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
}
TRAFFIC_LABELS: Final[dict[Party, str]] = {"client": "CLIENT_TRAFFIC_SECRET", "server": "SERVER_TRAFFIC_SECRET"}
EARLY_LABEL: Final = "CLIENT_EARLY_TRAFFIC_SECRET"
SHARED_SECRET: Final = "SHARED_SECRET"
"""Our own label for the (EC)DHE or KEM shared secret, of which no program's key log knows."""
EXPORTERS: Final = ("EXPORTER_SECRET", "EARLY_EXPORTER_SECRET")
END_OF_EARLY_DATA: Final = b"\x05\0\0\0"
ANSWERED_AFTER: Final = {*CERTIFICATES, "certificate_verify"}
"""What CertificateVerify and Finished follow when a client is asked later."""
CLIENT_FLIGHT: Final = {"certificate", "compressed_certificate", "certificate_verify", "finished"}
"""What a client sends at the end of the handshake, or when it is asked for its certificate later."""


@dataclass(slots=True)
class EarlyData:
    """What is known of the client's early data."""

    accepted: bool = False
    ended: bool = False
    """EndOfEarlyData was seen, or could not be read but must have been there."""


@dataclass(slots=True)
class KnownLadder:
    """Secrets that follow from a pre-shared key and the shared secret, by the labels of key logs."""

    origin: str
    """What they follow from."""
    hash_name: str
    handshake: bytes | None = None
    resumption: bytes | None = None
    secrets: dict[str, bytes] = field(default_factory=dict)

    def derive(self, secret: bytes, labels: dict[str, str], transcript_hash: bytes) -> None:
        """Derive-Secret for some labels, by the key log's name of each."""
        for name, label in labels.items():
            self.secrets[name] = schedule13.derive_secret(secret, label, transcript_hash, self.hash_name)


class Request(NamedTuple):
    """A CertificateRequest after the handshake, and the transcript that its answer is computed over."""

    transcript: list[bytes]
    covered: list[Message]


EARLY: Final = {EARLY_LABEL: "c e traffic", "EARLY_EXPORTER_SECRET": "e exp master"}
HANDSHAKE: Final = {HANDSHAKE_LABELS["client"]: "c hs traffic", HANDSHAKE_LABELS["server"]: "s hs traffic"}
APPLICATION: Final = {
    "CLIENT_TRAFFIC_SECRET_0": "c ap traffic",
    "SERVER_TRAFFIC_SECRET_0": "s ap traffic",
    "EXPORTER_SECRET": "exp master",
}


def early_data(session: Session, message: Message) -> None:
    """A ClientHello that announces early data: its key does not wait for the server."""
    session.early = EarlyData()
    # RFC 8446 §4.2.10: early data is protected with the first pre-shared key of the list.
    offer = next((offer for offer in _known_offers(session, message, []) if not offer.number), None)
    if offer is not None:
        session.ladder = KnownLadder(offer.origin, offer.hash_name)
        early = schedule13.early_secret(offer.hash_name, offer.psk)
        session.ladder.derive(early, EARLY, hashlib.new(offer.hash_name, message.data).digest())
    secret = session.lookup(EARLY_LABEL)
    session.sides["client"].label = EARLY_LABEL
    if secret is not None:
        offered = session.client_hello.cipher_suites if session.client_hello is not None else ()
        session.begin_early_data(secret, list(_suites_of(offered, len(secret))))


def hello_retry_request(session: Session, message: Message) -> None:
    """The server asks for another ClientHello; the first one counts as its hash from here on."""
    hello = facts.server_hello_facts(message.fields)
    session.version = TLS13
    session.suite = cipher_suite(hello.cipher_suite)
    # RFC 8446 §4.4.1: ClientHello1 is replaced by a synthetic message that holds its hash.
    session.transcript = [schedule13.message_hash(session.transcript_hash())]
    session.covered = session.covered[:1]


def server_hello(session: Session, hello: ServerHelloFacts) -> None:
    """Both sides change to their handshake traffic secrets."""
    session.connection.resumed = hello.selected_identity is not None
    session.ladder = _ladder(session, hello)
    change_secret(session, "server", HANDSHAKE_LABELS["server"])
    change_secret(session, "client", HANDSHAKE_LABELS["client"])
    if HANDSHAKE_LABELS["server"] in session.missed:
        session.missed.add(SHARED_SECRET)
        if session.connection.resumed:
            session.missed_links.update(each for hello in _hellos(session) for each in psk_offers.identities(hello))


def encrypted_extensions(session: Session, message: Message) -> None:
    """What the server says under cover: the application protocol, and whether it takes early data."""
    session.connection.alpn = facts.alpn_of(message.fields)
    if session.early is not None:
        extensions = message.fields.child("extensions")
        session.early.accepted = extensions is not None and extensions.child("early_data") is not None


def end_of_early_data(session: Session, _message: Message) -> None:
    """The last message under the early key."""
    client = session.sides["client"]
    if client.label == EARLY_LABEL:
        # The server is not in the capture; what follows is under a key of which nothing can be known.
        client.label = ""
    if session.early is not None:
        session.early.ended = True


def before_transcript(session: Session, message: Message) -> None:
    """Put the transcript right before a message of the client's last flight, or of a later authentication, joins it."""
    early = session.early
    if message.sender == "client" and early is not None and early.accepted and not early.ended:
        # EndOfEarlyData is always the same four bytes, so what cannot be read counts all the same.
        early.ended = True
        session.transcript.append(END_OF_EARLY_DATA)
        session.covered.append(session.covered[-1])
    if message.sender == "client" and len(session.finished) == 2:
        _answers_later(session, message)


def _answers_later(session: Session, message: Message) -> None:
    """After the handshake: what is computed is over the request that is answered, so where that is missing nothing is."""
    if message.type in CERTIFICATES:
        request = session.asked.get(request_context(message)) if session.asked is not None else None
        session.torn = request is None
        if request is not None:
            session.transcript, session.covered = list(request.transcript), list(request.covered)
    elif session.covered[-1].type not in ANSWERED_AFTER:
        session.torn = True


def certificate_request(session: Session, message: Message) -> None:
    """After the handshake: the answer is computed over the handshake's messages and this one (RFC 8446 §4.4.1)."""
    if session.version != TLS13 or len(session.finished) < 2 or message.sender != "server":
        return
    if session.asked is None:
        session.asked = {b"": Request(session.transcript[:-1], session.covered[:-1])}
    base = session.asked[b""]
    context = request_context(message)
    if context:
        session.asked[context] = Request([*base.transcript, message.data], [*base.covered, message])


def finished(session: Session, message: Message) -> None:
    """The sender changes to its application traffic secret."""
    sender = message.sender
    side = session.sides[sender]
    # RFC 8446 §4.6.2: the Finished of a client that is asked for its certificate later changes no keys.
    if side.generation >= 0:
        return
    side.generation = 0
    _climb_on(session, sender)
    change_secret(session, sender, f"{TRAFFIC_LABELS[sender]}_0")
    if sender == "server":
        for label in EXPORTERS:
            session.keep_logged(label)


def secret_after_finished(session: Session, sender: Party) -> bytes | None:
    """The traffic secret that a side will change to at its Finished; None if it has, or if that is not known."""
    if session.sides[sender].generation >= 0:
        return None
    return session.given.keylog.lookup(session.client_random, f"{TRAFFIC_LABELS[sender]}_0")


def finish_unseen(session: Session, sender: Party) -> None:
    """A Finished that nobody saw has been sent: its sender has changed to its application traffic secret."""
    session.sides[sender].generation = 0
    change_secret(session, sender, f"{TRAFFIC_LABELS[sender]}_0")


def new_session_ticket(session: Session, message: Message) -> None:
    """The pre-shared key that the ticket stands for, where the ladder is known as far as that."""
    ladder = session.ladder
    said = facts.ticket_facts(message.fields)
    if ladder is None or ladder.resumption is None or said is None:
        return
    nonce, ticket = said
    psk = schedule13.resumption_psk(ladder.resumption, nonce, ladder.hash_name)
    session.given.sessions.learn(ticket, Known(psk, session.connection, ladder.hash_name))


def key_update(session: Session, message: Message) -> None:
    """The sender's next secret: from the key log if it has the line, else by our own ratchet (RFC 8446 §7.2)."""
    sender = message.sender
    side = session.sides[sender]
    if session.version != TLS13 or side.generation < 0:
        return
    earlier, origin = side.secret, side.label
    side.generation += 1
    side.label = f"{TRAFFIC_LABELS[sender]}_{side.generation}"
    side.secret = session.given.keylog.lookup(session.client_random, side.label)
    if side.secret is not None:
        origin = "key log"
    elif earlier is not None:
        side.secret = schedule13.next_traffic_secret(earlier, session.hash_name)
    if side.secret is not None:
        session.keep(side.label, side.secret, origin)
    session.rekey(sender)


def change_secret(session: Session, sender: Party, label: str) -> None:
    """Let `sender` write with another traffic secret."""
    side = session.sides[sender]
    side.secret, side.label = session.lookup(label), label
    session.rekey(sender)


def _ladder(session: Session, hello: ServerHelloFacts) -> KnownLadder | None:
    """Up to the Handshake Secret, if the pre-shared key and the shared secret are known; each may be zeros."""
    shared = session.given.keylog.lookup(session.client_random, SHARED_SECRET)
    offer = _chosen_offer(session, hello.selected_identity) if hello.selected_identity is not None else None
    if offer is not None:
        session.keep("PSK", offer.psk, offer.origin)
    if shared is not None:
        session.keep(SHARED_SECRET, shared, "given")
    elif hello.group is None:
        # RFC 8446 §7.1: psk_ke has no shared secret, and zeros stand in its place.
        shared = bytes(schedule13.hash_length(session.hash_name))
    if shared is None or (hello.selected_identity is not None and offer is None):
        return None
    ladder = KnownLadder("PSK" if hello.group is None else SHARED_SECRET, session.hash_name)
    early = schedule13.early_secret(ladder.hash_name, offer.psk if offer is not None else None)
    ladder.handshake = schedule13.handshake_secret(early, shared, ladder.hash_name)
    ladder.derive(ladder.handshake, HANDSHAKE, session.transcript_hash())
    return ladder


def _chosen_offer(session: Session, number: int) -> Offer | None:
    """The pre-shared key that the server has chosen, if its value is known."""
    at = next((at for at, each in enumerate(session.covered) if _is_offer(each, at, session)), None)
    if at is None:
        return None
    known = _known_offers(session, session.covered[at], session.transcript[:at])
    return next((offer for offer in known if offer.number == number), None)


def _is_offer(message: Message, at: int, session: Session) -> bool:
    # Behind a HelloRetryRequest the first ClientHello stands in the list only as its hash.
    return message.type == "client_hello" and session.transcript[at] == message.data


def _climb_on(session: Session, sender: Party) -> None:
    """With both Finished the rest of the ladder can be computed."""
    ladder = session.ladder
    if ladder is None or ladder.handshake is None:
        return
    master = schedule13.master_secret(ladder.handshake, ladder.hash_name)
    if sender == "server":
        ladder.derive(master, APPLICATION, session.transcript_hash())
        session.keep("EXPORTER_SECRET", ladder.secrets["EXPORTER_SECRET"], ladder.origin)
    else:
        ladder.resumption = schedule13.derive_secret(master, "res master", session.transcript_hash(), ladder.hash_name)


def _known_offers(session: Session, hello: Message, before: Sequence[bytes]) -> Iterator[Offer]:
    """The pre-shared keys of a ClientHello whose values are known."""
    given = session.given
    if not given.psks and not given.sessions.has_psks:
        # As nearly always: then no binder need be looked at.
        return iter(())
    return psk_offers.known_offers(hello, before, given.sessions, given.psks)


def _hellos(session: Session) -> Iterator[Message]:
    return (message for message in session.covered if message.type == "client_hello")


def _suites_of(offered: Sequence[int], length: int) -> Iterator[CipherSuite]:
    """The suites of TLS 1.3 with a hash of that length."""
    for number in offered:
        suite = cipher_suite(number)
        if suite is not None and suite.version == "TLS 1.3" and schedule13.hash_length(suite.hash_name) == length:
            yield suite
