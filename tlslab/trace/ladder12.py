"""The key schedule of SSL 3.0 to TLS 1.2 for one connection: from the pre-master secret to the six parts of the key block.

Each handshake of a connection (renegotiation makes another) has quantities of its own; those of the second end in "_2".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule12
from tlslab.keys.suites import CipherSuite, cipher_suite, cipher_suite_in
from tlslab.trace.events import Party
from tlslab.trace.formulas12 import PRE_MASTERS, SSL3, TLS, Formulas, rule
from tlslab.trace.quantity import FROM_BYTES, Kind, Ladder, Quantity, Rung, Span
from tlslab.trace.record import DatagramRecord
from tlslab.trace.transcript import Transcript, handshake_messages, span_of
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.model import Connection, Message
    from tlslab.wire.field import Field

PARTIES: Final[tuple[Party, ...]] = ("client", "server")
PARTS: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("mac_key", "key", "MAC_key"),
    ("key", "key", "key"),
    ("iv", "iv", "IV"),
)
"""The parts of the key block in their order, each first for the client: attribute, kind, name in the RFC."""
PUBLIC_VALUES: Final = ("ecdh_Yc", "dh_Yc")
CHANGE_CIPHER_SPEC: Final = 20
RANDOM_LENGTH: Final = 32
SAME_AS: Final = {"DTLS 1.0": "TLS 1.1", "DTLS 1.2": "TLS 1.2"}
"""Whose schedule the versions of DTLS have."""


@dataclass(slots=True)
class _Round:
    """One handshake, as far as it was seen."""

    number: int
    hello: Message
    answer: Message | None = None
    server_exchange: Message | None = None
    transcript: Transcript = field(default_factory=Transcript)
    suite: CipherSuite | None = None
    hash_name: str = "sha256"
    version: str = "TLS 1.2"
    extended: bool = False
    resumed: bool = False
    finished: set[Party] = field(default_factory=set)

    def id(self, name: str) -> str:
        """The id of a quantity of this handshake."""
        return name if self.number == 1 else f"{name}_{self.number}"

    def rule(self, topic: str) -> str:
        """The clause about a topic in the document of this version."""
        return rule(self.version, topic)

    @property
    def formulas(self) -> Formulas:
        """How this version computes."""
        return SSL3 if self.version == "SSL 3.0" else TLS


def ladder12(connection: Connection) -> tuple[Quantity, ...]:
    """All quantities of a connection of TLS 1.0 to 1.2, each behind those that it is made from."""
    return _Climb(connection).climb()


class _Climb:
    """Goes through the messages once and puts on what each of them makes possible."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ladder = Ladder("sha256", {})
        self._round: _Round | None = None
        self._rounds = 0
        self._opened: dict[tuple[Party, int], list[int]] = {}
        """Numbers of the opened records of each side, by ChangeCipherSpec."""

    def climb(self) -> tuple[Quantity, ...]:
        """Every rung of every handshake."""
        for message in handshake_messages(self._connection):
            if message.type == "client_hello" and (self._round is None or len(self._round.finished) == len(PARTIES)):
                self._begin(message)
            if self._round is not None and message.type != "hello_request":
                self._message(self._round, message)
        if self._round is not None:
            self._secrets(self._round, None)
        return self._ladder.rungs()

    def _begin(self, hello: Message) -> None:
        if self._round is not None:
            self._secrets(self._round, None)
        self._rounds += 1
        self._round = _Round(self._rounds, hello)

    def _message(self, made: _Round, message: Message) -> None:
        if message.type == "finished" and made.answer is not None:
            self._secrets(made, None)
            self._verify_data(made, message)
            made.finished.add(message.sender)
        if message.type == "hello_verify_request":
            # RFC 6347 §4.2.1: neither this message nor the ClientHello before it counts.
            made.transcript = Transcript()
            return
        made.transcript.add(message)
        if message.type == "client_hello":
            made.hello = message
        if message.type == "server_hello":
            self._server_hello(made, message)
        elif message.type == "server_key_exchange":
            made.server_exchange = message
        elif message.type == "client_key_exchange":
            self._secrets(made, message)

    def _server_hello(self, made: _Round, message: Message) -> None:
        settled = facts.server_hello_facts(message.fields)
        version = SAME_AS.get(self._connection.tls_version or "", self._connection.tls_version or "")
        made.answer = message
        made.suite = cipher_suite_in(settled.cipher_suite, version) or cipher_suite(settled.cipher_suite)
        made.version = version
        made.hash_name = made.suite.hash_name if made.suite is not None else "sha256"
        made.extended = settled.extended_master_secret
        offered = facts.client_hello_facts(made.hello.fields).session_id
        made.resumed = bool(offered) and offered == settled.session_id
        of_round = facts.client_hello_facts(made.hello.fields).random
        self._ladder.hash_name = made.hash_name
        self._ladder.known = {
            made.id(IDS[secret.label]): (secret.value, secret.origin)
            for secret in self._connection.secrets
            if secret.label in IDS and secret.client_random in {of_round, b""}
        }
        for sender, hello in (("client", made.hello), ("server", message)):
            name = f"{sender}_random"
            random = hello.fields.child("random") or hello.fields.child("challenge")
            self._input(made, name, f"{sender} random", hello, random, "random", "random")

    def _secrets(self, made: _Round, exchange: Message | None) -> None:
        """From the key exchange (None where none was seen) to the key block, once."""
        if made.answer is None or made.id("master_secret") in self._ladder:
            return
        if made.resumed:
            by = "the master_secret of the session that is resumed"
            self._put(made, "master_secret", None, by, [], "resumed", "master_secret_tls12")
        else:
            self._pre_master(made, exchange)
            self._master(made, seen=exchange is not None)
        self._key_block(made)

    def _pre_master(self, made: _Round, exchange: Message | None) -> None:
        key_exchange = made.suite.key_exchange if made.suite is not None else ""
        inputs = list(self._exchange_inputs(made, exchange))
        by = PRE_MASTERS.get(key_exchange, f"the secret that {key_exchange or 'the key exchange'} gives")
        rule = "RFC 4279 §2" if "PSK" in key_exchange else made.rule("rsa" if key_exchange == "RSA" else "dh")
        rung = Rung(made.id("pre_master_secret"), "pre_master_secret", "secret", rule, "pre_master_secret")
        psk = self._ladder.value(made.id("psk"))
        computed = schedule12.psk_pre_master(psk) if key_exchange == "PSK" and psk is not None else None
        self._ladder.put(rung, computed, by, inputs)

    def _exchange_inputs(self, made: _Round, exchange: Message | None) -> Iterator[str]:
        """What the two key exchange messages carry, put on the ladder."""
        if made.suite is not None and "PSK" in made.suite.key_exchange:
            rung = Rung(made.id("psk"), "PSK", "input", "RFC 4279 §2", "psk")
            yield self._ladder.put(rung, None, "a pre-shared key that both sides have")
        if made.server_exchange is not None:
            params = made.server_exchange.fields.child("params")
            public = params.child("public") or params.child("dh_Ys") if params is not None else None
            if public is not None:
                yield self._share(made, "server", made.server_exchange, public)
        if exchange is None:
            return
        for member in filter(None, map(exchange.fields.child, PUBLIC_VALUES)):
            yield self._share(made, "client", exchange, member)
        encrypted = exchange.fields.child("encrypted_pre_master_secret")
        if encrypted is not None:
            name = "encrypted_pre_master_secret"
            yield self._input(made, name, name, exchange, encrypted, name, "client")

    def _share(self, made: _Round, sender: Party, message: Message, public: Field) -> str:
        return self._input(made, f"{sender}_key_share", f"{sender} key share", message, public, "key_share", sender)

    def _master(self, made: _Round, *, seen: bool) -> None:
        ladder = self._ladder
        above = ladder.value(made.id("pre_master_secret"))
        if made.extended:
            words = made.transcript.words if seen else "ClientHello...ClientKeyExchange"
            rung = Rung(made.id("session_hash"), f"hash of {words}", "hash", "RFC 7627 §3", "session_hash")
            digest = made.transcript.digest(made.hash_name) if seen and not self._connection.torn else None
            spans = made.transcript.spans if seen else []
            ladder.put(rung, digest, f"Hash({words})", self._randoms(made), spans=spans)
            value = None
            if above is not None and digest is not None:
                value = schedule12.extended_master_secret(above, digest, made.hash_name)
            by = 'PRF(pre_master_secret, "extended master secret", session_hash)[0..47]'
            made_from = [made.id("pre_master_secret"), made.id("session_hash")]
            rung = Rung(made.id("master_secret"), "master_secret", "secret", "RFC 7627 §4", "master_secret_tls12")
            ladder.put(rung, value, by, made_from)
            return
        randoms = self._random_values(made)
        value = None if above is None else made.formulas.master(above, *randoms, made.hash_name)
        made_from = [made.id("pre_master_secret"), *self._randoms(made)]
        self._put(made, "master_secret", value, made.formulas.master_words, made_from, "master", "master_secret_tls12")

    def _key_block(self, made: _Round) -> None:
        ladder, suite = self._ladder, made.suite
        if suite is None or suite.version == "TLS 1.3":
            return
        master = ladder.value(made.id("master_secret"))
        block = None if master is None else made.formulas.block(suite, master, *self._random_values(made))
        parts = [
            (party, attribute, kind, name, getattr(block.keys_of(party), attribute) if block is not None else None)
            for attribute, kind, name in PARTS
            for party in PARTIES
        ]
        whole = None if block is None else b"".join(part[-1] or b"" for part in parts)
        made_from = [made.id("master_secret"), *self._randoms(made)]
        above = self._put(made, "key_block", whole, made.formulas.block_words, made_from, "block", "key_block")
        sizes = {"mac_key": suite.mac_length, "key": suite.key_length, "iv": suite.fixed_iv_length}
        start = 0
        for party, attribute, kind, name, value in parts:
            size = sizes[attribute]
            if size:
                self._part(
                    made, (party, attribute, kind, name), value, f"key_block[{start}..{start + size - 1}]", above
                )
            start += size

    def _part(
        self, made: _Round, part: tuple[Party, str, Kind, str], value: bytes | None, made_by: str, above: str
    ) -> None:
        party, attribute, kind, name = part
        id_ = made.id(f"{party}_write_{attribute}")
        rung = Rung(id_, f"{party}_write_{name}", kind, made.rule("block"), f"write_{attribute}")
        records = self._records(party, made.number)
        self._ladder.put(rung, value, made_by, (above,), protects=records)
        for each in (above, made.id("master_secret")):
            self._ladder.protect(each, records)

    def _records(self, sender: Party, epoch: int) -> list[int]:
        """The records of one side that its keys since ChangeCipherSpec number `epoch` have opened."""
        if not self._opened:
            seen: dict[Party, int] = {"client": 0, "server": 0}
            for record, count in self._connection.records.tally():
                number = record.epoch if isinstance(record, DatagramRecord) else seen[record.sender]
                if record.opened is not None:
                    self._opened.setdefault((record.sender, number), []).append(record.number)
                seen[record.sender] += count * (record.readable and record.inner_type == CHANGE_CIPHER_SPEC)
        return self._opened.get((sender, epoch), [])

    def _verify_data(self, made: _Round, message: Message) -> None:
        """What the Finished that comes now must say."""
        sender, ladder = message.sender, self._ladder
        words = made.transcript.words
        hash_id = made.id(f"transcript_hash_{made.transcript.name}")
        torn = self._connection.torn
        digest = None if torn else made.transcript.digest(made.hash_name)
        rung = Rung(hash_id, f"hash of {words}", "hash", made.rule("finished"), "transcript_hash")
        ladder.put(rung, digest, f"Hash({words})", self._randoms(made), spans=made.transcript.spans)
        master = ladder.value(made.id("master_secret"))
        value = None
        if master is not None and not torn:
            value = made.formulas.finished(master, sender, made.transcript, made.hash_name)
        by = made.formulas.finished_words.format(sender=sender, words=words)
        made_from = [made.id("master_secret"), hash_id]
        name, doc = f"verify_data of the {sender}'s Finished", "verify_data"
        rung = Rung(made.id(f"{sender}_verify_data"), name, "hash", made.rule("finished"), doc)
        body = Span(message.number, len(message.data) - len(message.body), len(message.data))
        ladder.put(rung, value, by, made_from, spans=[body], protects=[record.number for record in message.records])

    def _randoms(self, made: _Round) -> list[str]:
        return [made.id("client_random"), made.id("server_random")]

    def _random_values(self, made: _Round) -> tuple[bytes, bytes]:
        client, server = (self._ladder.value(id_) or b"" for id_ in self._randoms(made))
        return client, server

    def _put(
        self, made: _Round, name: str, value: bytes | None, by: str, made_from: list[str], topic: str, doc: str
    ) -> str:
        return self._ladder.put(Rung(made.id(name), name, "secret", made.rule(topic), doc), value, by, made_from)

    def _input(
        self, made: _Round, id_: str, name: str, message: Message, member: Field | None, doc: str, topic: str
    ) -> str:
        """Bytes that stand in a message."""
        value = member.bytes if member is not None else None
        if value is not None and doc == "random":
            # RFC 5246 §E.2: the challenge of an SSLv2 hello is filled up to 32 bytes with zeros in front.
            value = value.rjust(RANDOM_LENGTH, b"\0")
        spans = [span_of(message, member)] if member is not None else []
        by = f"{message.title}.{member.name if member is not None else doc}"
        rung = Rung(made.id(id_), name, "input", made.rule(topic), doc)
        return self._ladder.put(rung, value, by, spans=spans, origin=FROM_BYTES)


IDS: Final = {"CLIENT_RANDOM": "master_secret", "PMS_CLIENT_RANDOM": "pre_master_secret", "PSK": "psk"}
"""What is known beforehand, by the labels of `Connection.secrets`."""
