"""The key schedule of TLS 1.3 for one connection: every rung of the ladder of RFC 8446 §7.1, known or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlslab.trace.certificates_sent import CERTIFICATES, request_context
from tlslab.trace.events import Party
from tlslab.trace.ladder13_offers import EARLY_SECRET, put_no_psk, put_offers
from tlslab.trace.quantity import Ladder, Quantity, Rung
from tlslab.trace.rungs13 import SCHEDULE, Rungs
from tlslab.trace.transcript import Transcript, extension_member, handshake_messages, items_of
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.model import Connection, Message
    from tlslab.wire.field import Field

LABELS: Final = {
    "PSK": "psk",
    "SHARED_SECRET": "shared_secret",
    "CLIENT_EARLY_TRAFFIC_SECRET": "client_early_traffic_secret",
    "EARLY_EXPORTER_SECRET": "early_exporter_master_secret",
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET": "client_handshake_traffic_secret",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET": "server_handshake_traffic_secret",
    "EXPORTER_SECRET": "exporter_master_secret",
}
"""What the key log calls the secrets of the RFC; those that are numbered follow a rule (`id_of_label`)."""
HANDSHAKE_SECRET: Final = Rung("handshake_secret", "Handshake Secret", "secret", SCHEDULE, "handshake_secret")
MASTER_SECRET: Final = Rung("master_secret", "Master Secret", "secret", SCHEDULE, "master_secret")
SHARED_SECRET: Final = Rung("shared_secret", "(EC)DHE shared secret", "secret", "RFC 8446 §7.4", "shared_secret")
PARTIES: Final[dict[Party, str]] = {"client": "c", "server": "s"}
"""Both sides, with the letter that they have in labels."""
TO_SERVER_FINISHED: Final = "ClientHello...server Finished"
TO_CLIENT_FINISHED: Final = "ClientHello...client Finished"
NOT_TRANSCRIBED: Final = {"new_session_ticket", "key_update"}
CLIENT_FLIGHT: Final = {"certificate", "compressed_certificate", "finished"}
END_OF_EARLY_DATA: Final = b"\x05\0\0\0"


def id_of_label(label: str) -> str:
    """The id of a secret that a key log names: "CLIENT_TRAFFIC_SECRET_0" is client_application_traffic_secret_0."""
    party, separator, number = label.partition("_TRAFFIC_SECRET_")
    if separator and party in {"CLIENT", "SERVER"}:
        return f"{party.lower()}_application_traffic_secret_{number}"
    return LABELS.get(label, label)


def ladder13(connection: Connection, suite: CipherSuite, hash_name: str) -> tuple[Quantity, ...]:
    """All quantities of a connection of TLS 1.3, each behind those that it is made from."""
    known = {id_of_label(secret.label): (secret.value, secret.origin) for secret in connection.secrets}
    return _Climb(connection, Rungs(connection, suite, Ladder(hash_name, known))).climb()


class _Climb:
    """Goes through the messages once and puts on what each of them makes possible."""

    def __init__(self, connection: Connection, rungs: Rungs) -> None:
        self._connection = connection
        self._rungs = rungs
        self._ladder = rungs.ladder
        self._messages = handshake_messages(connection)
        self._transcript = Transcript()
        self._after: dict[bytes, Transcript] = {}
        """What each answer to a later CertificateRequest is computed over, by its context."""
        self._handshake: Transcript | None = None
        """The whole handshake, once it is over."""
        self._hello: Message | None = None
        self._tickets = 0
        self._generations: dict[Party, int] = {"client": 0, "server": 0}
        self._early_data = False
        """The server takes early data, and the client has not said that it ends."""

    def climb(self) -> tuple[Quantity, ...]:
        """Every rung, from the messages first, then those of messages that nobody could read."""
        for message in self._messages:
            self._before(message)
            if message.type not in NOT_TRANSCRIBED:
                self._transcript.add(message)
            step = _STEPS.get(message.type)
            if step is not None:
                step(self, message)
        self._not_seen()
        return self._ladder.rungs()

    def _before(self, message: Message) -> None:
        """What a message is computed over, or changes, before it counts itself."""
        if message.sender == "client" and message.type in CLIENT_FLIGHT:
            if self._early_data:
                self._early_data = False
                self._transcript.add_unseen(END_OF_EARLY_DATA, "EndOfEarlyData")
            if message.type in CERTIFICATES and self._handshake is not None:
                self._transcript = self._after.get(request_context(message), self._transcript)
        if message.type == "finished":
            self._verify_data(message)
        elif message.type == "certificate_verify":
            self._hash(f"signed by the {message.sender}'s CertificateVerify")
        elif message.type == "hello_retry_request":
            self._transcript.retry(self._ladder.hash_name)
        elif message.type == "client_hello":
            put_offers(self._rungs, message, self._transcript, self._selected(), self._connection.source)

    def client_hello(self, message: Message) -> None:
        """The last one is that of the key share."""
        self._hello = message

    def server_hello(self, message: Message) -> None:
        """From both hellos to the Master Secret."""
        rungs = self._rungs
        self._randoms_and_shares(message)
        put_no_psk(rungs)
        derived = rungs.derived("derived_secret_1", EARLY_SECRET.id)
        self._ladder.extract(HANDSHAKE_SECRET, derived, SHARED_SECRET.id)
        context = self._hash()
        for party, letter in PARTIES.items():
            secret = f"{party}_handshake_traffic_secret"
            rungs.secret(secret, HANDSHAKE_SECRET.id, f"{letter} hs traffic", context, "traffic_secret")
            rungs.keys(secret, f"{party}_handshake", party, f"{party.upper()}_HANDSHAKE_TRAFFIC_SECRET")
            rungs.finished_key(f"{party}_finished_key", secret)
        rungs.derived("derived_secret_2", HANDSHAKE_SECRET.id)
        self._ladder.extract(MASTER_SECRET, "derived_secret_2", "")

    def encrypted_extensions(self, message: Message) -> None:
        """Whether there is an EndOfEarlyData to come."""
        self._early_data = extension_member(message, "early_data") is not None

    def end_of_early_data(self, _message: Message) -> None:
        """It was seen."""
        self._early_data = False

    def certificate_request(self, message: Message) -> None:
        """After the handshake: the answer is computed over the handshake and this message (RFC 8446 §4.4.1)."""
        if self._handshake is not None:
            asked = self._handshake.copy()
            asked.suffix = f"_after_{len(self._after) + 1}"
            asked.add(message)
            self._after[request_context(message)] = asked

    def finished(self, message: Message) -> None:
        """What hangs on the messages up to a Finished."""
        if MASTER_SECRET.id not in self._ladder or self._handshake is not None:
            return
        if message.sender == "server":
            self._application(self._hash())
        else:
            self._handshake = self._transcript.copy()
            self._resumption(self._hash())

    def ticket(self, message: Message) -> None:
        """The pre-shared key of a ticket."""
        if "resumption_master_secret" not in self._ladder:
            return
        self._tickets += 1
        number, field = self._tickets, message.fields.child("ticket_nonce")
        nonce = self._rungs.input(f"ticket_nonce_{number}", f"nonce of ticket {number}", message, field, "ticket_nonce")
        rung = Rung(
            f"resumption_psk_{number}", f"PSK of ticket {number}", "secret", "RFC 8446 §4.6.1", "resumption_psk"
        )
        self._ladder.expand_label(rung, "resumption_master_secret", "resumption", self._ladder.hash_length, nonce)

    def key_update(self, message: Message) -> None:
        """The sender's next traffic secret."""
        party = message.sender
        before = f"{party}_application_traffic_secret_{self._generations[party]}"
        if before not in self._ladder:
            return
        self._generations[party] += 1
        number = self._generations[party]
        secret = f"{party}_application_traffic_secret_{number}"
        rung = Rung(secret, secret, "secret", "RFC 8446 §7.2", "traffic_secret")
        self._ladder.expand_label(rung, before, "traffic upd", self._ladder.hash_length)
        self._rungs.keys(secret, f"{party}_application_{number}", party, f"{party.upper()}_TRAFFIC_SECRET_{number}")

    def _selected(self) -> int | None:
        """Which of the offered pre-shared keys the server takes."""
        answer = next((message for message in self._messages if message.type == "server_hello"), None)
        return facts.server_hello_facts(answer.fields).selected_identity if answer is not None else None

    def _randoms_and_shares(self, message: Message) -> None:
        hellos = {"client": self._hello, "server": message}
        chosen = _server_share(message)
        given: list[str] = []
        for sender, hello in hellos.items():
            if hello is None:
                continue
            self._rungs.input(f"{sender}_random", f"{sender} random", hello, hello.fields.child("random"), "random")
            share = chosen if sender == "server" or chosen is None else _client_share(hello, chosen)
            if share is not None:
                id_, key = f"{sender}_key_share", share.child("key_exchange")
                given.append(self._rungs.input(id_, f"{sender} key share", hello, key, "key_share"))
        without = self._connection.resumed and extension_member(message, "key_share") is None
        self._shared_secret(given, exchanged=not without)

    def _shared_secret(self, shares: list[str], *, exchanged: bool) -> None:
        if exchanged:
            group = self._connection.group or "(EC)DHE"
            self._ladder.put(
                SHARED_SECRET, None, f"{group} of one side's key share and the other's private key", shares
            )
        else:
            # RFC 8446 §7.1: where there is no (EC)DHE, zeros stand in its place.
            self._ladder.put(SHARED_SECRET, bytes(self._ladder.hash_length), "psk_ke: Hash.length zeros")

    def _verify_data(self, message: Message) -> None:
        """What the Finished that comes now must say."""
        sender, suffix = message.sender, self._transcript.suffix
        key = f"{sender}_finished_key{suffix}"
        if suffix and key not in self._ladder:
            # RFC 8446 §4.4: after the handshake, Finished is computed from the application traffic secret.
            secret = f"{sender}_application_traffic_secret_{self._generations[sender]}"
            if secret in self._ladder:
                self._rungs.finished_key(key, secret)
        id_, name = f"{sender}_verify_data{suffix}", f"verify_data of the {sender}'s Finished"
        if key in self._ladder and id_ not in self._ladder:
            rung = Rung(id_, name, "hash", "RFC 8446 §4.4.4", "verify_data")
            self._rungs.mac(rung, key, self._hash(), message, message.fields.child("verify_data"))

    def _application(self, context: str) -> None:
        for party, letter in PARTIES.items():
            secret = f"{party}_application_traffic_secret_0"
            self._rungs.secret(secret, MASTER_SECRET.id, f"{letter} ap traffic", context, "traffic_secret")
            self._rungs.keys(secret, f"{party}_application_0", party, f"{party.upper()}_TRAFFIC_SECRET_0")
        self._rungs.secret("exporter_master_secret", MASTER_SECRET.id, "exp master", context, "exporter_secret")

    def _resumption(self, context: str) -> None:
        self._rungs.secret("resumption_master_secret", MASTER_SECRET.id, "res master", context, "resumption_secret")

    def _not_seen(self) -> None:
        """The rungs of messages that nobody could read: their place on the ladder is known all the same."""
        if MASTER_SECRET.id not in self._ladder:
            return
        if "exporter_master_secret" not in self._ladder:
            self._application(self._rungs.unseen_hash("server_finished", TO_SERVER_FINISHED))
        if "resumption_master_secret" not in self._ladder:
            self._resumption(self._rungs.unseen_hash("client_finished", TO_CLIENT_FINISHED))

    def _hash(self, purpose: str = "") -> str:
        return self._rungs.hash(self._transcript, purpose)


_STEPS: Final = {
    "client_hello": _Climb.client_hello,
    "server_hello": _Climb.server_hello,
    "encrypted_extensions": _Climb.encrypted_extensions,
    "end_of_early_data": _Climb.end_of_early_data,
    "certificate_request": _Climb.certificate_request,
    "finished": _Climb.finished,
    "new_session_ticket": _Climb.ticket,
    "key_update": _Climb.key_update,
}


def _server_share(hello: Message) -> Field | None:
    """The server's key share: its group, a length and the key."""
    extension = extension_member(hello, "key_share")
    return extension.children[-1] if extension is not None and len(extension.children) > 2 else None


def _client_share(hello: Message, chosen: Field) -> Field | None:
    """The one of the client's key shares whose group the server has chosen."""
    group = chosen.child("group")
    shares = items_of(extension_member(hello, "key_share", "client_shares"))
    if group is None:
        return None
    return next((share for share in shares if share.bytes[:2] == group.bytes), None)
