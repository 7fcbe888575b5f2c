"""The kinds of rung that the ladder of TLS 1.3 is made of, each put on by one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule13
from tlslab.trace.quantity import FROM_BYTES, Kind, Ladder, Rung
from tlslab.trace.transcript import Transcript, span_of

if TYPE_CHECKING:
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection, Message
    from tlslab.wire.field import Field

SCHEDULE: Final = "RFC 8446 §7.1"
TRANSCRIPT: Final = "RFC 8446 §4.4.1"
HELLOS: Final = {"client_hello", "server_hello"}
"""Up to these nothing can be missing that they do not show."""
INPUT_RULES: Final = {
    "random": "RFC 8446 §4.1.2",
    "key_share": "RFC 8446 §4.2.8",
    "psk_identity": "RFC 8446 §4.2.11",
    "ticket_nonce": "RFC 8446 §4.6.1",
}


class Rungs:
    """Puts rungs on the ladder of one connection."""

    __slots__ = ("_opened", "_suite", "_torn", "ladder")

    def __init__(self, connection: Connection, suite: CipherSuite, ladder: Ladder) -> None:
        self.ladder = ladder
        self._suite = suite
        self._torn = connection.torn
        self._opened: dict[tuple[Party, str], list[int]] = {}
        """Numbers of the records that each side's secrets have opened, by label."""
        for record in connection.records.alone():
            if record.opened is not None:
                self._opened.setdefault((record.sender, record.key_label), []).append(record.number)

    def input(self, id_: str, name: str, message: Message, member: Field | None, doc: str) -> str:
        """Bytes that stand in a message."""
        value = member.bytes if member is not None else None
        spans = [span_of(message, member)] if member is not None else []
        by = f"{message.title}.{member.name if member is not None else doc}"
        rung = Rung(id_, name, "input", INPUT_RULES[doc], doc)
        return self.ladder.put(rung, value, by, spans=spans, origin=FROM_BYTES)

    def hash(self, transcript: Transcript, purpose: str = "") -> str:
        """The hash of all messages so far; the same one if it is on the ladder already."""
        id_ = f"transcript_hash_{transcript.name}"
        if id_ in self.ladder:
            return id_
        words = transcript.words
        name = f"hash of {words}, {purpose}" if purpose else f"hash of {words}"
        made_from = [id_ for id_ in ("client_random", "server_random") if id_ in self.ladder]
        rung = Rung(id_, name, "hash", TRANSCRIPT, "transcript_hash")
        known = not self._torn or transcript.name in HELLOS
        value = transcript.digest(self.ladder.hash_name) if known else None
        return self.ladder.put(rung, value, f"Transcript-Hash({words})", made_from, spans=transcript.spans)

    def unseen_hash(self, name: str, words: str) -> str:
        """The hash of messages that nobody could read."""
        rung = Rung(f"transcript_hash_{name}", f"hash of {words}", "hash", TRANSCRIPT, "transcript_hash")
        return self.ladder.put(rung, None, f"Transcript-Hash({words})")

    def derived(self, id_: str, above: str) -> str:
        """Derive-Secret(., "derived", ""): the step between two extractions."""
        return self.derive(Rung(id_, "derived secret", "secret", SCHEDULE, "derived_secret"), above, "derived", "")

    def derive(self, rung: Rung, above: str, label: str, context: str, written: str = "") -> str:
        """Derive-Secret of a secret and the messages that a hash on the ladder covers; "" for none.

        written  the label as the RFC writes it, where that is more than the label.
        """
        ladder = self.ladder
        secret = ladder.value(above)
        digest = ladder.value(context) if context else schedule13.empty_hash(ladder.hash_name)
        value = None
        if secret is not None and digest is not None and label:
            value = schedule13.derive_secret(secret, label, digest, ladder.hash_name)
        words = ladder[context].made_by.removeprefix("Transcript-Hash(").removesuffix(")") if context else '""'
        shown = written or f'"{label}"'
        by = f"Derive-Secret({ladder[above].name}, {shown}, {words})"
        return ladder.put(rung, value, by, (above, context) if context else (above,))

    def secret(self, id_: str, above: str, label: str, context: str, doc: str) -> str:
        """A secret that is called in the RFC as it is here."""
        return self.derive(Rung(id_, id_, "secret", SCHEDULE, doc), above, label, context)

    def keys(self, secret: str, name: str, party: Party, label: str) -> None:
        """Write key and IV of a traffic secret (RFC 8446 §7.3), and the records that they protect."""
        records = self._opened.get((party, label), [])
        sizes: dict[Kind, int] = {"key": self._suite.key_length, "iv": self._suite.fixed_iv_length}
        for kind, length in sizes.items():
            id_ = f"{name}_write_{kind}"
            rung = Rung(id_, id_, kind, "RFC 8446 §7.3", f"write_{kind}")
            self.ladder.expand_label(rung, secret, kind, length, protects=records)
        self.ladder.protect(secret, records)

    def finished_key(self, id_: str, secret: str) -> str:
        """The MAC key of a Finished, or of a binder."""
        rung = Rung(id_, id_, "key", "RFC 8446 §4.4.4", "finished_key")
        return self.ladder.expand_label(rung, secret, "finished", self.ladder.hash_length)

    def mac(self, rung: Rung, key: str, context: str, message: Message, member: Field | None) -> str:
        """What a Finished or a binder must say: HMAC of a transcript hash."""
        ladder = self.ladder
        secret, digest = ladder.value(key), ladder.value(context)
        value = None if secret is None or digest is None else schedule13.extract(secret, digest, ladder.hash_name)
        by = f"HMAC({key}, {ladder[context].name})"
        numbers = [record.number for record in message.records]
        ladder.protect(key, numbers)
        return ladder.put(rung, value, by, (key, context), spans=[span_of(message, member)], protects=numbers)
