"""The sixteen captures frame by frame: everything that `expected.json` says of a frame is what the analyzer finds there."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.trace.captures import CAPTURES
from tests.trace.test_analyzer_captures import NAMES, SHORT, expected_of, trace_of
from tlslab.trace.model import Connection, Message, Trace
from tlslab.trace.record import Record
from tlslab.wire.facts import certificate_list
from tlslab.wire.field import Field
from tlslab.wire.fingerprints import fingerprints

KEYS = {"no_keys": False, "with_keys": True}
APPLICATION_DATA = 23
UTF8_STRING = b"\x0c"


class Frame:
    """What ends in one packet: records, messages, and the trees of the handshake messages."""

    def __init__(self, trace: Trace, number: int) -> None:
        self.connection: Connection = next(
            each for each in trace.connections if any(number in record.packets for record in each.records)
        )
        self.records = [each for each in self.connection.records if each.packets[-1] == number]
        self.messages = [each for each in self.connection.messages if each.packets[-1] == number and each.readable]
        self.roots = [each.fields for each in self.messages if each.protocol == "handshake"]
        self.hellos = [root for root in self.roots if root.name in {"ClientHello", "ServerHello", "HelloRetryRequest"}]
        self.sender = self.records[0].sender

    def walk(self) -> Iterator[Field]:
        for root in self.roots:
            yield from root.walk()

    def of(self, protocol: str) -> list[Message]:
        return [each for each in self.messages if each.protocol == protocol]


def hexadecimal(field: Field) -> str:
    return f"0x{field.bytes.hex()}"


def values(*docs: str, hexadecimals: bool = False) -> Callable[[Frame], list[str]]:
    """The values of all fields of these docs, in order."""

    def found(frame: Frame) -> list[str]:
        fields = [field for field in frame.walk() if field.doc in docs]
        return [hexadecimal(field) if hexadecimals else str(field.value) for field in fields]

    return found


def of_names(*names: str) -> Callable[[Frame], list[str]]:
    return lambda frame: [str(field.value) for field in frame.walk() if field.name in names]


def told(record: Record, version: str | None) -> bool:
    """Whether tshark says the content's type: of what TLS 1.3 protects it does where it has opened it."""
    return version != "TLS 1.3" or record.content_type != APPLICATION_DATA or record.plain is not None


def content_types(frame: Frame) -> list[str]:
    version = frame.connection.tls_version
    return [str(each.inner_type) for each in frame.records if told(each, version)]


def opaque_types(frame: Frame) -> list[str]:
    protected = [each for each in frame.records if each.content_type == APPLICATION_DATA]
    return [str(each.content_type) for each in protected] if frame.connection.tls_version == "TLS 1.3" else []


def ports(frame: Frame) -> tuple[str, str]:
    """Of the sender and of the receiver."""
    connection = frame.connection
    client, server = (each.rpartition(":")[2] for each in (connection.client_address, connection.server_address))
    return (client, server) if frame.sender == "client" else (server, client)


def cipher_suites(frame: Frame) -> list[str]:
    found: list[str] = []
    for root in frame.hellos:
        offered, chosen = root.child("cipher_suites"), root.child("cipher_suite")
        found += [hexadecimal(item) for item in offered.children[1:]] if offered is not None else []
        found += [hexadecimal(chosen)] if chosen is not None else []
    return found


def certificate_lengths(frame: Frame) -> list[str]:
    roots = [root for root in frame.roots if root.name == "Certificate"]
    return [str(len(certificate)) for root in roots for certificate in certificate_list(root)]


def ja3s(frame: Frame) -> list[str]:
    """MD5 of version, suite and extensions of a ServerHello, as numbers."""
    found: list[str] = []
    for root in frame.hellos:
        if root.name != "ClientHello":
            extensions = root.child("extensions")
            numbers = [str(each.children[0].value) for each in extensions.children[1:]] if extensions else []
            text = f"{int.from_bytes(root.children[2].bytes)},{cipher_number(root)},{'-'.join(numbers)}"
            found.append(hashlib.md5(text.encode()).hexdigest())
    return found


def cipher_number(root: Field) -> int:
    suite = root.child("cipher_suite")
    assert suite is not None
    return int.from_bytes(suite.bytes)


def utf8_strings(frame: Frame) -> list[str]:
    found = [field for field in frame.walk() if field.doc == "AttributeTypeAndValue.value"]
    return [str(field.value) for field in found if field.bytes.startswith(UTF8_STRING)]


def alert_records(frame: Frame) -> list[str]:
    return ["1"] * sum(record.inner_type == 21 for record in frame.records)


def methods(frame: Frame) -> list[str]:
    return [each.buffer.data.split(b" ")[0].decode() for each in frame.of("application_data") if b"HTTP/" in each.data]


COMPARED: dict[str, Callable[[Frame], list[str]]] = {
    "tcp.srcport": lambda frame: [ports(frame)[0]],
    "tcp.dstport": lambda frame: [ports(frame)[1]],
    "tls.record.content_type": content_types,
    "tls.record.opaque_type": opaque_types,
    "tls.record.version": lambda frame: [f"0x{each.wire.data[1:3].hex()}" for each in frame.records],
    "tls.record.length": lambda frame: [str(len(each.wire.data) - 5) for each in frame.records],
    "tls.handshake.type": lambda frame: [str(root.children[0].value) for root in frame.roots],
    "tls.handshake.length": lambda frame: [str(root.children[1].value) for root in frame.roots],
    "tls.handshake.version": lambda frame: [hexadecimal(root.children[2]) for root in frame.hellos],
    "tls.handshake.random": lambda frame: [str(root.children[3].value) for root in frame.hellos],
    "tls.handshake.session_id_length": lambda frame: [str(root.children[4].value) for root in frame.hellos],
    "tls.handshake.ciphersuite": cipher_suites,
    "tls.handshake.extension.type": of_names("extension_type"),
    "tls.handshake.extensions_server_name": of_names("host_name"),
    "tls.handshake.extensions_alpn_str": of_names("protocol_name"),
    "tls.handshake.extensions.supported_version": values(
        "ProtocolVersion", "SupportedVersions.selected_version", hexadecimals=True
    ),
    "tls.handshake.extensions_supported_group": values("NamedGroup", hexadecimals=True),
    "tls.handshake.extensions_key_share_group": values("KeyShareEntry.group"),
    "tls.handshake.sig_hash_alg": values(
        "SignatureScheme", "CertificateVerify.algorithm", "DigitallySigned.algorithm", hexadecimals=True
    ),
    "tls.handshake.ja3": lambda frame: [made.ja3 for root in frame.hellos if (made := fingerprints(root)) is not None],
    "tls.handshake.ja3s": ja3s,
    "tls.handshake.certificate_length": certificate_lengths,
    "x509sat.uTF8String": utf8_strings,
    "x509ce.dNSName": values("GeneralName.dNSName"),
    "x509af.serialNumber": lambda frame: [
        str(field.label).removeprefix("0x") for field in frame.walk() if field.doc == "TBSCertificate.serialNumber"
    ],
    "tls.handshake.session_ticket_length": of_names("ticket_length"),
    "tls.alert_message.level": lambda frame: [str(each.buffer.data[0]) for each in frame.of("alert")],
    "tls.alert_message.desc": lambda frame: [str(each.buffer.data[1]) for each in frame.of("alert")],
    "tls.alert_message": alert_records,
    "tls.resumed": lambda frame: ["1"] if frame.connection.resumed else [],
    "http.request.method": methods,
    "data.len": lambda frame: [str(each.length) for each in frame.of("application_data")],
}
"""tshark's field -> our values of a frame, as tshark writes them."""
PLACE = {"frame.number", "tcp.stream"}
"""Which frame it is; `tcp.stream` is compared by the ports."""


def frames(name: str, keys: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = expected_of(name).get(keys, {}).get("frames", [])
    return found


def listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("name", NAMES)
def test_every_value_of_every_frame_is_tsharks(name: str, keys: str) -> None:
    trace = trace_of(name, keys=KEYS[keys])
    for expected in frames(name, keys):
        frame = Frame(trace, int(expected["frame.number"]))
        wanted = {key: listed(value) for key, value in expected.items() if key not in PLACE}
        assert {key: COMPARED[key](frame) for key in wanted} == wanted, expected["frame.number"]


def test_every_key_of_the_expectations_is_compared_somewhere() -> None:
    seen = Counter(key for name in NAMES for keys in KEYS for frame in frames(name, keys) for key in frame)
    assert set(seen) == set(COMPARED) | PLACE
    assert all(number > 1 for number in seen.values())


@pytest.mark.parametrize("name", NAMES)
def test_capture_is_the_one_that_tshark_judged(name: str) -> None:
    path = next(CAPTURES.glob(f"{name}.pcap*"))
    meta = expected_of(name)["meta"]
    assert (path.name, hashlib.sha256(path.read_bytes()).hexdigest()) == (meta["capture"], meta["sha256"])


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("name", NAMES)
def test_records_and_fingerprints_of_each_stream_are_tsharks(name: str, keys: str) -> None:
    connections = trace_of(name, keys=KEYS[keys]).connections
    for stream, expected in expected_of(name).get(keys, {}).get("summary", {}).items():
        connection = connections[int(stream[1:])]
        types = [each for each in connection.records if told(each, connection.tls_version)]
        assert dict(Counter(f"{SHORT[each.sender]} {each.inner_type}" for each in types)) == expected["records"]
        roots = [each.fields for each in connection.messages if each.protocol == "handshake" and each.readable]
        made = [fingerprints(root) for root in roots if root.name == "ClientHello"]
        # Each once: after a HelloRetryRequest the same one comes again.
        assert list(dict.fromkeys(each.ja3 for each in made if each is not None)) == expected["ja3"]


@pytest.mark.parametrize("name", NAMES)
def test_hellos_of_each_stream_are_tsharks(name: str) -> None:
    trace = trace_of(name, keys=False)
    for stream, expected in expected_of(name)["no_keys"]["summary"].items():
        messages = trace.connections[int(stream[1:])].messages
        for kind in ("client_hello", "server_hello"):
            hellos = [each for each in messages if each.type == kind]
            assert bool(hellos) == (kind in expected)
            for key, value in expected.get(kind, {}).items():
                frame = Frame(trace, hellos[0].packets[-1])
                found = [str(len(cipher_suites(frame)))] if key == "n_ciphersuites" else COMPARED[f"tls.{key}"](frame)
                assert found == listed(str(value) if isinstance(value, int) else value), key


@pytest.mark.parametrize("name", NAMES)
def test_decrypted_data_begins_as_tsharks_does(name: str) -> None:
    connections = trace_of(name, keys=True).connections
    for stream, sides in expected_of(name).get("with_keys", {}).get("plaintext", {}).items():
        for sender, plain in sides.items():
            messages = [each for each in connections[int(stream[1:])].messages if each.protocol == "application_data"]
            data = b"".join(each.buffer.data for each in messages if each.sender == sender)
            assert data.decode("latin-1").startswith(plain["head"])
