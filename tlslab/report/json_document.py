"""The JSON of the contract: names, shapes and units as the command line promises them to other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.events import Failure, Party
    from tlslab.trace.finding import Finding
    from tlslab.trace.model import Connection, Message
    from tlslab.trace.nonces import Nonce
    from tlslab.trace.provenance import Quantity
from tlslab.report.json_stream import MOST_ALIKE, Numbered, Streamed, whole
from tlslab.wire.field import Field, Problem
from tlslab.wire.fingerprints import fingerprints

FORMAT: Final = 1

Json = dict[str, "JsonValue"]
JsonValue = None | bool | int | float | str | list["JsonValue"] | Json


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of each message is told."""

    fields: bool = False
    """The tree of its fields."""
    data: bool = False
    """Its own bytes in the clear, as hex."""
    secrets: bool = False
    """The secrets of the connection, with where they come from."""
    records: bool = False
    """The records that carried the messages."""


def document(source: str, connections: Iterable[Json], problems: Iterable[str]) -> Json:
    """The one object that a command prints."""
    return {
        "format": FORMAT,
        "source": source,
        "connections": list(connections),
        "problems": [_sentence(text) for text in problems],
    }


def connection_object(connection: Connection, detail: Detail = Detail()) -> Json:
    """One connection; the same for a live run and for the capture that was saved of it."""
    return {
        name: [_whole(each) for each in value] if isinstance(value, Iterator) else value
        for name, value in connection_stream(connection, detail).items()
    }


def _whole(value: Json | Numbered | Streamed) -> Json:
    """What `write_json` would write, as plain values."""
    if isinstance(value, Numbered):
        return {"number": value.number, **value.others}
    return whole(value) if isinstance(value, Streamed) else value


def connection_stream(
    connection: Connection, detail: Detail = Detail()
) -> dict[str, JsonValue | Iterator[Json | Numbered | Streamed]]:
    """The same for `write_json`: messages and records are made one by one."""
    made: dict[str, JsonValue | Iterator[Json | Numbered | Streamed]] = {
        "number": connection.number,
        "client_address": connection.client_address,
        "server_address": connection.server_address,
        "tls_version": connection.tls_version,
        "cipher_suite": connection.cipher_suite,
        "group": connection.group,
        "server_name": connection.server_name,
        "alpn": connection.alpn,
        "resumed": connection.resumed,
        "mutual": connection.mutual,
        "outcome": connection.outcome,
        "messages": _message_objects(connection, detail),
        "checks": [check_object(check, message, detail) for check, message in connection.checked],
        "problems": [problem_object(problem) for problem in connection.problems],
    }
    preamble = connection.preamble
    if preamble is not None:
        made["preamble"] = {
            "protocol": preamble.protocol,
            "client_bytes": preamble.client_bytes,
            "server_bytes": preamble.server_bytes,
        }
    if detail.records:
        from tlslab.report.records import record_object

        made["records"] = (record_object(record, connection, detail) for record in connection.records)
    found = connection.findings
    if found:
        made["findings"] = [finding_object(finding) for finding in found]
    if detail.secrets:
        from tlslab.trace.nonces import nonces

        made["secrets"] = secret_objects(connection)
        made["provenance"] = [quantity_object(quantity) for quantity in connection.provenance]
        made["nonces"] = (nonce_object(nonce) for nonce in nonces(connection))
    return made


def _message_objects(connection: Connection, detail: Detail) -> Iterator[Json | Numbered | Streamed]:
    """Every message; of a stretch one is looked at of each kind."""
    messages = connection.messages
    for start, part in messages.parts():
        if isinstance(part, list):
            for message in part:
                yield message_stream(message, connection, detail)
            continue
        number = messages[start].number
        kinds: dict[bytes, Json] = {}
        for at, key in enumerate(part.keys(whole=detail.fields or detail.data)):
            others = kinds.get(key)
            if others is None:
                others = message_object(messages[start + at], connection, detail)
                del others["number"]
                if len(kinds) < MOST_ALIKE:
                    kinds[key] = others
            yield Numbered(number + at, others)


def message_object(message: Message, connection: Connection, detail: Detail = Detail()) -> Json:
    """One message."""
    made: Json = {
        "number": message.number,
        "sender": message.sender,
        "time_s": connection.time_s(message.time_ns),
        "protocol": message.protocol,
        "type": message.type,
        "length": message.length,
        "wire_length": message.wire_length,
        "encrypted": message.encrypted,
        "readable": message.readable,
        "packets": list(message.packets),
        "summary": message.summary,
        "problems": [problem_object(problem) for problem in message.problems],
    }
    found = fingerprints(message.fields) if message.type == "client_hello" else None
    if found is not None:
        made["fingerprints"] = {"ja3": found.ja3, "ja4": found.ja4}
    if detail.fields:
        made["fields"] = field_object(message.examined)
        if message.inside is not None:
            made["inside"] = field_object(message.inside.fields)
    if detail.data:
        made |= _data_of(message)
    return made


def _data_of(message: Message) -> Json:
    made: Json = {"data": message.data.hex()}
    if message.inside is not None:
        made["inside_data"] = message.inside.buffer.data.hex()
    return made


def field_object(field: Field) -> Json:
    """A field and all below it."""
    made: Json = {
        "name": field.name,
        "path": field.path,
        "start": field.start,
        "end": field.end,
        "value": field.value,
        "label": field.label,
        "children": [field_object(child) for child in field.children],
    }
    if field.problem is not None:
        made["problem"] = problem_object(field.problem)
    return made


def message_stream(message: Message, connection: Connection, detail: Detail) -> Json | Streamed:
    """One message for `write_json`; the tree of a large one is made while it is written."""
    if message.length <= LARGE or not detail.fields:
        return message_object(message, connection, detail)
    made = Streamed(message_object(message, connection))
    made["problems"] = map(problem_object, message.problems)
    made["fields"] = field_stream(message.examined)
    if message.inside is not None:
        made["inside"] = field_stream(message.inside.fields)
    if detail.data:
        made |= _data_of(message)
    return made


LARGE: Final = 4096
"""Bytes of a field whose children are made one by one: below there are a few thousand at most."""


def field_stream(field: Field) -> Json | Streamed:
    """The same for `write_json`, which need not have all of a large tree at once: an iterator stands for the children."""
    if field.end - field.start <= LARGE or not field.children:
        return field_object(field)
    made = Streamed(
        name=field.name,
        path=field.path,
        start=field.start,
        end=field.end,
        value=field.value,
        label=field.label,
        children=map(field_stream, field.children),
    )
    if field.problem is not None:
        made["problem"] = problem_object(field.problem)
    return made


def check_object(check: Check, message: Message | None, detail: Detail = Detail()) -> Json:
    """A recomputed check; what it was computed from is told with the secrets, which are among it."""
    made: Json = {
        "name": check.name,
        "sender": check.sender,
        "ok": check.ok,
        "detail": check.detail,
        "message": message.number if message is not None else None,
        "algorithm": check.algorithm,
        "expected": check.expected.hex(),
        "found": check.found.hex(),
        "rule": check.rule,
    }
    if detail.secrets:
        made["inputs"] = [
            {"name": each.name, "value": each.value.hex(), "source": each.source} for each in check.inputs
        ]
    return made


def finding_object(finding: Finding) -> Json:
    """What went wrong, as far as it can be told."""
    return {
        "kind": finding.kind,
        "text": finding.text,
        "messages": list(finding.messages),
        "records": list(finding.records),
        "start": finding.start,
        "end": finding.end,
        "rule": finding.rule,
    }


def problem_object(problem: Problem) -> Json:
    """A problem, wherever it stands."""
    return {
        "text": problem.text,
        "start": problem.start,
        "end": problem.end,
        "rule": problem.rule,
        "alert": problem.alert,
    }


def secret_objects(connection: Connection) -> list[JsonValue]:
    """Every secret: its name, value, where it came from and which records it opens."""
    from tlslab.trace.provenance import records_of

    return [
        {
            "label": secret.label,
            "value": secret.value.hex(),
            "origin": secret.origin,
            "records": list(records_of(connection, secret)),
        }
        for secret in connection.secrets
    ]


def quantity_object(quantity: Quantity) -> Json:
    """A secret, key, IV, hash or input: what it was made from, and what it protects."""
    return {
        "id": quantity.id,
        "name": quantity.name,
        "kind": quantity.kind,
        "value": None if quantity.value is None else quantity.value.hex(),
        "origin": quantity.origin,
        "made_by": quantity.made_by,
        "made_from": list(quantity.made_from),
        "spans": [{"message": span.message, "start": span.start, "end": span.end} for span in quantity.spans],
        "protects": list(quantity.protects),
        "rule": quantity.rule,
        "doc": quantity.doc,
    }


def nonce_object(nonce: Nonce) -> Json:
    """The nonce of one record, and what the tag covers beside the content."""
    return {
        "record": nonce.record,
        "sequence_number": nonce.sequence_number,
        "value": None if nonce.value is None else nonce.value.hex(),
        "additional_data": nonce.additional_data.hex(),
        "made_by": nonce.made_by,
        "made_from": list(nonce.made_from),
        "rule": nonce.rule,
        "doc": nonce.doc,
    }


def peers_object(connection: Connection) -> Json:
    """What each lab peer said of itself."""
    return {party: _peer_object(connection, party) for party in connection.peers}


def _peer_object(connection: Connection, party: Party) -> Json:
    facts = connection.peers[party]
    finished = None if facts.finished_at_ns is None else connection.time_s(facts.finished_at_ns)
    return {"finished_at_s": finished, "error": None if facts.failure is None else failure_object(facts.failure)}


def failure_object(failure: Failure) -> Json:
    """Why a peer gave up."""
    return {
        "exception": failure.exception,
        "openssl": list(failure.openssl),
        "verify_error": failure.verify_error,
        "verify_name": failure.verify_name,
        "depth": failure.depth,
        "alert_sent": failure.alert_sent,
        "alert_received": failure.alert_received,
    }


def _sentence(text: str) -> Json:
    return {"text": text, "start": None, "end": None, "rule": "", "alert": ""}
