"""Why records stay closed: a key that is wrong, one that is missing, one that belongs to another connection."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING, Final

from tlslab.keys.protection import Tls13Protection
from tlslab.keys.signatures import describe_key, load_public_key
from tlslab.trace.coverage import in_words
from tlslab.trace.finding import Finding, answered_hello, capitalised
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.failures import Failures
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection
    from tlslab.trace.record import Record
    from tlslab.trace.replay import Source

MOST_TRIED: Final = 4096
"""Other secrets of a key log that are tried in place of one that opens nothing."""
FOR_A_TRIAL: Final = 12
"""Microseconds that it takes to try one."""
LABELS: Final = 6
"""Secrets of a connection that a key log usually has."""
NEAR: Final = 4
"""As many bits may differ for a client_random to be a damaged copy of another."""
WITHOUT_SESSION_HASH: Final = {"client_hello", "server_hello", "client_key_exchange"}
"""What master secret and keys are made of before RFC 7627."""
MASTER: Final = "CLIENT_RANDOM"


def key_findings(connection: Connection) -> Iterator[Finding]:
    """What is to be said of the keys of a connection whose records do not all open."""
    source, hello = connection.source, answered_hello(connection)
    if source is None or hello is None:
        return
    random = facts.client_hello_facts(hello.fields).random
    yield from _wrong(connection, source, random)
    yield from _missing(connection, source, hello, random)
    yield from _private_keys(connection, source)


def _wrong(connection: Connection, source: Source, random: bytes) -> Iterator[Finding]:
    """Secrets that are there and open nothing."""
    told: set[str] = set()
    for failures in connection.failures:
        if failures.proven or failures.label in told:
            continue
        told.add(failures.label)
        count = sum(each.count for each in connection.failures if each.label == failures.label)
        which = "the one record that it should" if count == 1 else f"any of the {count} records that it should"
        made = _computed(connection, failures, which)
        if made is not None:
            yield made
            continue
        instead = _what_opens(failures, source, random)
        text = f"wrong key: {failures.label} of this connection does not open {which}{instead}"
        first = failures.unopened[0].record
        message = next((each for each in connection.messages if first in each.records), None)
        numbers = (message.number,) if message is not None else ()
        yield Finding("wrong key", capitalised(text), numbers, (first.number,), rule=failures.problem.rule)


def _computed(connection: Connection, failures: Failures, which: str) -> Finding | None:
    """A secret that no key log gave, but was computed from another and from messages: one of them may be what is wrong."""
    secret = next((each for each in connection.secrets if each.label == failures.label), None)
    if secret is None or secret.origin == "key log":
        return None
    first = failures.unopened[0].record
    sources = tuple(each.number for each in connection.messages.one_of_each() if _goes_into(connection, each, first))
    if not sources:
        return None
    text = (
        f"{secret.label}, computed from {in_words(sources)} ({secret.origin}), does not open {which}: "
        f"one of these is not what was sent, or the key is another"
    )
    return Finding("changed message", text, sources, (first.number,), rule=failures.problem.rule)


def _goes_into(connection: Connection, message: Message, record: Record) -> bool:
    """Whether a message goes into the secrets and keys of a record: all before it do, without a session hash only some."""
    if message.protocol != "handshake" or message.encrypted or message.last_record.number >= record.number:
        return False
    answer = _message(connection, "server_hello")
    if answer is None or connection.tls_version == "TLS 1.3":
        return True
    # What is resumed has its master secret already, and keys of the randoms alone.
    hashed = not connection.resumed and facts.server_hello_facts(answer.fields).extended_master_secret
    return hashed or message.type in WITHOUT_SESSION_HASH


def _what_opens(failures: Failures, source: Source, random: bytes) -> str:
    """Another secret of the key log that opens the first record; "" if there is none, or it cannot be tried."""
    unopened = failures.unopened[0]
    most = min(MOST_TRIED, LABELS * len(source.keylog))
    if not isinstance(unopened.protection, Tls13Protection) or not source.given.searches.afford(FOR_A_TRIAL * most):
        return ""
    data = unopened.record.data
    tried = 0
    for other, secrets in source.keylog.items():
        for label, secret in secrets.items():
            tried += 1
            if tried > MOST_TRIED:
                return ""
            if len(secret) < 16:
                continue
            protection = Tls13Protection(failures.suite, secret)
            protection.sequence_number = copy(unopened.protection).sequence_number
            if protection.open(data[:5], data[5:]) is not None:
                return _instead(label, other, random)
    return ""


def _instead(label: str, other: bytes, random: bytes) -> str:
    if other == random:
        return f"; the secret in the line {label} does: the lines are exchanged"
    return f"; the secret in the line {label} of client_random {other[:4].hex()}… does: the lines of two connections are exchanged"


def _missing(connection: Connection, source: Source, hello: Message, random: bytes) -> Iterator[Finding]:
    """Secrets that nobody gave; nothing is said where no key log was given at all."""
    keylog = source.keylog
    if not keylog:
        return
    known = {secret.label for secret in connection.secrets}
    closed = (each.key_label for each in connection.records.one_of_each() if each.protected and each.opened is None)
    missing = list(dict.fromkeys(label for label in closed if label not in known))
    missing = [label for label in missing if label] if keylog.get(random) else missing
    if not missing:
        return
    own = keylog.get(random)
    records = tuple(
        each.number
        for each in connection.records
        if each.protected and each.opened is None and each.key_label in missing
    )
    if own:
        have = ", ".join(own)
        wanted = " and ".join(missing)
        text = f"missing key: the key log has no {wanted} for this connection, only {have}; {_count(records)} stay{'s' if len(records) == 1 else ''} closed"
        yield Finding("missing key", text[0].upper() + text[1:], (), records)
        return
    lines = sum(map(len, keylog.values())) if source.given.searches.afford(len(keylog)) else 0
    counted = f"{lines} line{'s' if lines > 1 else ''}" if lines else "lines"
    text = (
        f"missing key: the key log has {counted} for "
        f"{len(keylog)} other connection{'s' if len(keylog) > 1 else ''}, none for this one "
        f"(client_random {random[:4].hex()}…){_near(source, random) or _inner(hello)}"
    )
    yield Finding("missing key", capitalised(text), (hello.number,), records)


def _inner(hello: Message) -> str:
    """The random of the inner hello counts where the server takes that (draft-ietf-tls-esni §6.1)."""
    extensions = hello.fields.child("extensions")
    has_inner = extensions is not None and extensions.child("encrypted_client_hello") is not None
    return "; it may be the random of the encrypted ClientHello that they are written under" if has_inner else ""


def _near(source: Source, random: bytes) -> str:
    """A client_random that is nearly this one: it is likelier damaged than another."""
    if not source.given.searches.afford(len(source.keylog)):
        return ""
    own = int.from_bytes(random)
    for other in source.keylog:
        bits = (int.from_bytes(other) ^ own).bit_count()
        if len(other) == len(random) and bits <= NEAR:
            where = [place for place, (left, right) in enumerate(zip(other, random, strict=True)) if left != right]
            places = ", ".join(str(place) for place in where)
            return f"; one differs from it in {bits} bit{'s' if bits > 1 else ''} only, at byte {places} of ClientHello.random"
    return ""


def _private_keys(connection: Connection, source: Source) -> Iterator[Finding]:
    """A server's private key is given that is not the one of its certificate."""
    exchange = _message(connection, "client_key_exchange")
    certificate = next((each for each in connection.messages.one_of_each() if each.type == "certificate"), None)
    transported = facts.encrypted_pre_master_secret(exchange.fields) if exchange is not None else b""
    if not source.server_keys or certificate is None or not transported or MASTER in _labels(connection):
        return
    chain = facts.certificate_list(certificate.fields)
    public_key = load_public_key(chain[0]) if chain else None
    if public_key is None:
        return
    given = [key.public_key() for key in source.server_keys]
    if public_key in given:
        text = "the server's private key belongs to its certificate, but gives no pre-master secret of this ClientKeyExchange"
        yield Finding("wrong key", capitalised(text), (exchange.number,) if exchange else (), rule="RFC 5246 §7.4.7.1")
        return
    kinds = " and ".join(describe_key(key) for key in given)
    text = (
        f"wrong key: the private key that was given ({kinds}) is not that of the server's certificate, "
        f"which is {describe_key(public_key)} in message {certificate.number}"
    )
    yield Finding("wrong key", capitalised(text), (certificate.number,), rule="RFC 5246 §7.4.7.1")


def _labels(connection: Connection) -> set[str]:
    return {secret.label for secret in connection.secrets}


def _count(records: tuple[int, ...]) -> str:
    return "1 record" if len(records) == 1 else f"{len(records)} records"


def _message(connection: Connection, type_name: str) -> Message | None:
    return next((each for each in connection.messages.one_of_each() if each.type == type_name), None)
