"""Field values of recorded messages against what tshark 4.0.17 read from the same captures (`*.expected.json`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.wire.samples import DATA, recorded
from tlslab.wire.facts import certificate_list
from tlslab.wire.field import Field
from tlslab.wire.messages import decode_handshake

CAPTURES = sorted({sample.capture for sample in recorded()})


def expected(capture: str, name: str) -> list[str]:
    """All values of a tshark field in a capture, in the order of the packets, with keys where there are some."""
    document = json.loads((DATA / "captures" / f"{capture}.expected.json").read_text())
    frames = (document.get("with_keys") or document["no_keys"])["frames"]
    found: list[str] = []
    for frame in frames:
        value = frame.get(f"tls.handshake.{name}", [])
        found += value if isinstance(value, list) else [value]
    return found


def roots(capture: str) -> Iterator[Field]:
    for sample in recorded():
        if sample.capture == capture:
            yield decode_handshake(sample.data, sample.context)


def hellos(capture: str) -> Iterator[Field]:
    return (root for root in roots(capture) if root.name in {"ClientHello", "ServerHello", "HelloRetryRequest"})


def walk(capture: str) -> Iterator[Field]:
    for root in roots(capture):
        yield from root.walk()


def hexadecimal(field: Field) -> str:
    return f"0x{field.bytes.hex()}"


def types(capture: str) -> list[str]:
    return [str(root.children[0].value) for root in roots(capture)]


def lengths(capture: str) -> list[str]:
    return [str(root.children[1].value) for root in roots(capture)]


def randoms(capture: str) -> list[str]:
    return [str(root.children[3].value) for root in hellos(capture)]


def session_id_lengths(capture: str) -> list[str]:
    return [str(root.children[4].value) for root in hellos(capture)]


def versions(capture: str) -> list[str]:
    return [hexadecimal(root.children[2]) for root in hellos(capture)]


def cipher_suites(capture: str) -> list[str]:
    found: list[str] = []
    for root in hellos(capture):
        offered, chosen = root.child("cipher_suites"), root.child("cipher_suite")
        found += [hexadecimal(item) for item in offered.children[1:]] if offered is not None else []
        found += [hexadecimal(chosen)] if chosen is not None else []
    return found


def extension_types(capture: str) -> list[str]:
    return [str(field.value) for field in walk(capture) if field.name == "extension_type"]


def server_names(capture: str) -> list[str]:
    return [str(field.value) for field in walk(capture) if field.name == "host_name"]


def protocols(capture: str) -> list[str]:
    return [str(field.value) for field in walk(capture) if field.name == "protocol_name"]


def supported_versions(capture: str) -> list[str]:
    found = (field for field in walk(capture) if field.doc in {"ProtocolVersion", "SupportedVersions.selected_version"})
    return [hexadecimal(field) for field in found]


def groups(capture: str) -> list[str]:
    return [hexadecimal(field) for field in walk(capture) if field.doc == "NamedGroup"]


def key_share_groups(capture: str) -> list[str]:
    # tshark keeps the group that a HelloRetryRequest asks for in another field.
    return [str(field.value) for field in walk(capture) if field.doc == "KeyShareEntry.group"]


def signature_schemes(capture: str) -> list[str]:
    docs = {"SignatureScheme", "CertificateVerify.algorithm", "DigitallySigned.algorithm"}
    return [hexadecimal(field) for field in walk(capture) if field.doc in docs]


def certificate_lengths(capture: str) -> list[str]:
    found = (root for root in roots(capture) if root.name == "Certificate")
    return [str(len(certificate)) for root in found for certificate in certificate_list(root)]


def ticket_lengths(capture: str) -> list[str]:
    found = (root for root in roots(capture) if root.name == "NewSessionTicket")
    return [str(field.value) for root in found for field in root.children if field.name == "ticket_length"]


COMPARED: dict[str, Callable[[str], list[str]]] = {
    "type": types,
    "length": lengths,
    "random": randoms,
    "session_id_length": session_id_lengths,
    "version": versions,
    "ciphersuite": cipher_suites,
    "extension.type": extension_types,
    "extensions_server_name": server_names,
    "extensions_alpn_str": protocols,
    "extensions.supported_version": supported_versions,
    "extensions_supported_group": groups,
    "extensions_key_share_group": key_share_groups,
    "sig_hash_alg": signature_schemes,
    "certificate_length": certificate_lengths,
    "session_ticket_length": ticket_lengths,
}


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("capture", CAPTURES)
def test_values_are_those_that_tshark_reads(capture: str, name: str) -> None:
    assert COMPARED[name](capture) == expected(capture, name)


def test_the_captures_have_values_of_every_field_that_is_compared() -> None:
    for name in COMPARED:
        assert any(expected(capture, name) for capture in CAPTURES), name
