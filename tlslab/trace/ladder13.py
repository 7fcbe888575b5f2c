"""The key schedule of TLS 1.3 for one connection: every rung of the ladder of RFC 8446 §7.1, known or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule13
from tlslab.trace.events import Party
from tlslab.trace.quantity import FROM_BYTES, Kind, Ladder, Quantity, Rung
from tlslab.trace.transcript import Transcript, extension_member, handshake_messages, in_words, items_of, span_of
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.model import Connection, Message
    from tlslab.wire.field import Field

SCHEDULE: Final = "RFC 8446 §7.1"
TRANSCRIPT: Final = "RFC 8446 §4.4.1"
INPUT_RULES: Final = {"random": "RFC 8446 §4.1.2", "key_share": "RFC 8446 §4.2.8", "ticket_nonce": "RFC 8446 §4.6.1"}
LABELS: Final = {
    "CLIENT_EARLY_TRAFFIC_SECRET": "client_early_traffic_secret",
    "EARLY_EXPORTER_SECRET": "early_exporter_master_secret",
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET": "client_handshake_traffic_secret",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET": "server_handshake_traffic_secret",
    "EXPORTER_SECRET": "exporter_master_secret",
}
"""What the key log calls the secrets of the RFC; those that are numbered follow a rule (`id_of_label`)."""
EARLY_SECRET: Final = Rung("early_secret", "Early Secret", "secret", SCHEDULE, "early_secret")
HANDSHAKE_SECRET: Final = Rung("handshake_secret", "Handshake Secret", "secret", SCHEDULE, "handshake_secret")
MASTER_SECRET: Final = Rung("master_secret", "Master Secret", "secret", SCHEDULE, "master_secret")
SHARED_SECRET: Final = Rung("shared_secret", "(EC)DHE shared secret", "secret", "RFC 8446 §7.4", "shared_secret")
PSK: Final = Rung("psk", "PSK", "input", SCHEDULE, "psk")
PARTIES: Final[dict[Party, str]] = {"client": "c", "server": "s"}
"""Both sides, with the letter that they have in labels."""
TO_SERVER_FINISHED: Final = ("ClientHello", "", "server Finished")
TO_CLIENT_FINISHED: Final = ("ClientHello", "", "client Finished")
NOT_TRANSCRIBED: Final = {"new_session_ticket", "key_update"}


def id_of_label(label: str) -> str:
    """The id of a secret that a key log names: "CLIENT_TRAFFIC_SECRET_0" is client_application_traffic_secret_0."""
    party, separator, number = label.partition("_TRAFFIC_SECRET_")
    if separator and party in {"CLIENT", "SERVER"}:
        return f"{party.lower()}_application_traffic_secret_{number}"
    return LABELS.get(label, label)


def ladder13(connection: Connection, suite: CipherSuite, hash_name: str) -> tuple[Quantity, ...]:
    """All quantities of a connection of TLS 1.3, each behind those that it is made from."""
    known = {id_of_label(secret.label): (secret.value, secret.origin) for secret in connection.secrets}
    return _Climb(connection, suite, Ladder(hash_name, known)).climb()


class _Climb:
    """Goes through the messages once and puts on what each of them makes possible."""

    def __init__(self, connection: Connection, suite: CipherSuite, ladder: Ladder) -> None:
        self._connection = connection
        self._suite = suite
        self._ladder = ladder
        self._transcript = Transcript()
        self._hello: Message | None = None
        self._tickets = 0
        self._generations: dict[Party, int] = {"client": 0, "server": 0}

    def climb(self) -> tuple[Quantity, ...]:
        """Every rung, from the messages first, then those of messages that nobody could read."""
        for message in handshake_messages(self._connection):
            if message.type == "finished":
                self._verify_data(message)
            if message.type == "certificate_verify":
                self._hash(f"signed by the {message.sender}'s CertificateVerify")
            if message.type == "hello_retry_request":
                self._transcript.retry(self._ladder.hash_name)
            if message.type not in NOT_TRANSCRIBED:
                self._transcript.add(message)
            self._message(message)
        self._not_seen()
        return self._ladder.rungs()

    def _message(self, message: Message) -> None:
        if message.type == "client_hello":
            self._hello = message
        elif message.type == "server_hello":
            self._server_hello(message)
        elif message.type == "finished":
            self._after_finished(message.sender)
        elif message.type == "new_session_ticket":
            self._ticket(message)
        elif message.type == "key_update":
            self._key_update(message.sender)

    def _server_hello(self, message: Message) -> None:
        ladder = self._ladder
        self._randoms_and_shares(message)
        self._early(message)
        derived = self._derived("derived_secret_1", "early_secret")
        ladder.extract(HANDSHAKE_SECRET, derived, SHARED_SECRET.id)
        context = self._hash()
        for party, letter in PARTIES.items():
            secret = f"{party}_handshake_traffic_secret"
            self._derive(secret, "handshake_secret", f"{letter} hs traffic", context, doc="traffic_secret")
            self._keys(secret, f"{party}_handshake", party, f"{party.upper()}_HANDSHAKE_TRAFFIC_SECRET")
            self._finished_key(f"{party}_finished_key", secret, party)
        self._derived("derived_secret_2", "handshake_secret")
        ladder.extract(MASTER_SECRET, "derived_secret_2", "")

    def _randoms_and_shares(self, message: Message) -> None:
        group = self._connection.group or "(EC)DHE"
        hellos = {"client": self._hello, "server": message}
        chosen = _server_share(message)
        given: list[str] = []
        for sender, hello in hellos.items():
            if hello is None:
                continue
            self._input(f"{sender}_random", f"{sender} random", hello, hello.fields.child("random"), "random")
            share = chosen if sender == "server" or chosen is None else _client_share(hello, chosen)
            if share is not None:
                given.append(f"{sender}_key_share")
                self._input(given[-1], f"{sender} key share", hello, share.child("key_exchange"), "key_share")
        without = self._connection.resumed and extension_member(message, "key_share") is None
        self._shared_secret(given, group, exchanged=not without)

    def _shared_secret(self, shares: list[str], group: str, *, exchanged: bool) -> None:
        # RFC 8446 §7.1: where there is no (EC)DHE, zeros stand in its place.
        by = (
            f"{group} of one side's key share and the other's private key" if exchanged else "psk_ke: Hash.length zeros"
        )
        computed = None if exchanged else bytes(self._ladder.hash_length)
        self._ladder.put(SHARED_SECRET, computed, by, shares)

    def _early(self, message: Message) -> None:
        zeros = bytes(self._ladder.hash_length)
        resumed = facts.server_hello_facts(message.fields).selected_identity is not None
        by = "a pre-shared key that both sides have" if resumed else "no PSK: Hash.length zeros"
        value = None if resumed else zeros
        self._ladder.put(PSK, value, by)
        self._ladder.extract(EARLY_SECRET, "", PSK.id)

    def _derived(self, id_: str, above: str) -> str:
        """Derive-Secret(., "derived", ""): the step between two extractions."""
        ladder = self._ladder
        secret = ladder.value(above)
        value = None if secret is None else schedule13.derived(secret, ladder.hash_name)
        by = f'Derive-Secret({ladder[above].name}, "derived", "")'
        return ladder.put(Rung(id_, "derived secret", "secret", SCHEDULE, "derived_secret"), value, by, (above,))

    def _derive(self, id_: str, above: str, label: str, context: str, *, doc: str) -> str:
        """Derive-Secret of a secret and the messages that a hash on the ladder covers."""
        ladder = self._ladder
        secret, digest = ladder.value(above), ladder.value(context)
        value = None
        if secret is not None and digest is not None:
            value = schedule13.derive_secret(secret, label, digest, ladder.hash_name)
        words = ladder[context].made_by.removeprefix("Transcript-Hash(").removesuffix(")")
        by = f'Derive-Secret({ladder[above].name}, "{label}", {words})'
        return ladder.put(Rung(id_, id_, "secret", SCHEDULE, doc), value, by, (above, context))

    def _keys(self, secret: str, name: str, party: Party, label: str) -> None:
        """Write key and IV of a traffic secret (RFC 8446 §7.3), and the records that they protect."""
        records = [
            record.number
            for record in self._connection.records
            if record.plain is not None and record.key_label == label and record.sender == party
        ]
        sizes: dict[Kind, int] = {"key": self._suite.key_length, "iv": self._suite.fixed_iv_length}
        for kind, length in sizes.items():
            id_ = f"{name}_write_{kind}"
            rung = Rung(id_, id_, kind, "RFC 8446 §7.3", f"write_{kind}")
            self._ladder.expand_label(rung, secret, kind, length, protects=records)

    def _finished_key(self, id_: str, secret: str, party: Party) -> None:
        records = [
            record.number
            for message in handshake_messages(self._connection)
            if message.type == "finished" and message.sender == party
            for record in message.records
        ]
        rung = Rung(id_, id_, "key", "RFC 8446 §4.4.4", "finished_key")
        self._ladder.expand_label(rung, secret, "finished", self._ladder.hash_length, protects=records)

    def _verify_data(self, message: Message) -> None:
        """What the Finished that comes now must say."""
        ladder, id_ = self._ladder, f"{message.sender}_verify_data"
        key = f"{message.sender}_finished_key"
        if id_ in ladder or key not in ladder:
            return
        context = self._hash()
        secret, digest = ladder.value(key), ladder.value(context)
        value = None if secret is None or digest is None else schedule13.extract(secret, digest, ladder.hash_name)
        by = f"HMAC({key}, {ladder[context].name})"
        rung = Rung(id_, f"verify_data of the {message.sender}'s Finished", "hash", "RFC 8446 §4.4.4", "verify_data")
        spans = [span_of(message, message.fields.child("verify_data"))]
        ladder.put(rung, value, by, (key, context), spans=spans)

    def _after_finished(self, sender: Party) -> None:
        if sender == "server" and "exporter_master_secret" not in self._ladder:
            self._application(self._hash())
        elif sender == "client" and "resumption_master_secret" not in self._ladder and "master_secret" in self._ladder:
            self._resumption(self._hash())

    def _application(self, context: str) -> None:
        if "master_secret" not in self._ladder:
            return
        for party, letter in PARTIES.items():
            secret = f"{party}_application_traffic_secret_0"
            self._derive(secret, "master_secret", f"{letter} ap traffic", context, doc="traffic_secret")
            self._keys(secret, f"{party}_application_0", party, f"{party.upper()}_TRAFFIC_SECRET_0")
        self._derive("exporter_master_secret", "master_secret", "exp master", context, doc="exporter_secret")

    def _resumption(self, context: str) -> None:
        self._derive("resumption_master_secret", "master_secret", "res master", context, doc="resumption_secret")

    def _ticket(self, message: Message) -> None:
        if "resumption_master_secret" not in self._ladder:
            return
        self._tickets += 1
        nonce = f"ticket_nonce_{self._tickets}"
        self._input(
            nonce, f"nonce of ticket {self._tickets}", message, message.fields.child("ticket_nonce"), "ticket_nonce"
        )
        id_, name = f"resumption_psk_{self._tickets}", f"PSK of ticket {self._tickets}"
        rung = Rung(id_, name, "secret", "RFC 8446 §4.6.1", "resumption_psk")
        above, length = "resumption_master_secret", self._ladder.hash_length
        self._ladder.expand_label(rung, above, "resumption", length, nonce)

    def _key_update(self, party: Party) -> None:
        before = f"{party}_application_traffic_secret_{self._generations[party]}"
        if before not in self._ladder:
            return
        self._generations[party] += 1
        number = self._generations[party]
        secret = f"{party}_application_traffic_secret_{number}"
        rung = Rung(secret, secret, "secret", "RFC 8446 §7.2", "traffic_secret")
        self._ladder.expand_label(rung, before, "traffic upd", self._ladder.hash_length)
        self._keys(secret, f"{party}_application_{number}", party, f"{party.upper()}_TRAFFIC_SECRET_{number}")

    def _not_seen(self) -> None:
        """The rungs of messages that nobody could read: their place on the ladder is known all the same."""
        if "master_secret" not in self._ladder:
            return
        if "exporter_master_secret" not in self._ladder:
            self._application(self._unseen_hash("server", TO_SERVER_FINISHED))
        if "resumption_master_secret" not in self._ladder:
            self._resumption(self._unseen_hash("client", TO_CLIENT_FINISHED))

    def _unseen_hash(self, sender: Party, titles: tuple[str, ...]) -> str:
        words = in_words(titles)
        rung = Rung(f"transcript_hash_{sender}_finished", f"hash of {words}", "hash", TRANSCRIPT, "transcript_hash")
        return self._ladder.put(rung, None, f"Transcript-Hash({words})")

    def _input(self, id_: str, name: str, message: Message, member: Field | None, doc: str) -> None:
        """Bytes that stand in a message."""
        value = member.bytes if member is not None else None
        spans = [span_of(message, member)] if member is not None else []
        by = f"{message.title}.{member.name if member is not None else doc}"
        self._ladder.put(Rung(id_, name, "input", INPUT_RULES[doc], doc), value, by, spans=spans, origin=FROM_BYTES)

    def _hash(self, purpose: str = "") -> str:
        """The hash of all messages so far; the same one if it is on the ladder already."""
        transcript, id_ = self._transcript, f"transcript_hash_{self._transcript.name}"
        if id_ in self._ladder:
            return id_
        words = transcript.words
        name = f"hash of {words}, {purpose}" if purpose else f"hash of {words}"
        made_from = [id_ for id_ in ("client_random", "server_random") if id_ in self._ladder]
        rung = Rung(id_, name, "hash", TRANSCRIPT, "transcript_hash")
        value = transcript.digest(self._ladder.hash_name)
        return self._ladder.put(rung, value, f"Transcript-Hash({words})", made_from, spans=transcript.spans)


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
