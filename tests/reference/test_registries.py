"""The registries: what is in the CSV files, and the three ways to ask for it."""

from __future__ import annotations

import csv

import pytest

from tlslab.reference.registries import name_of, number_of, registry
from tlslab.reference.resources import resource_path

REGISTRIES = sorted(path.stem for path in resource_path("iana").glob("*.csv"))
WIDTH_BYTES = {
    "cipher_suites": 2,
    "extensions": 2,
    "supported_groups": 2,
    "signature_schemes": 2,
    "versions": 2,
    "certificate_compression_algorithms": 2,
    "hpke_kems": 2,
    "hpke_kdfs": 2,
    "hpke_aeads": 2,
    "ech_versions": 2,
    "quic_transport_parameters": 8,
    "srtp_protection_profiles": 2,
    "sslv2_cipher_specs": 3,
    "supplemental_data_types": 2,
}
"""Bytes that a number of the registry takes on the wire; one where nothing is said."""


@pytest.mark.parametrize(
    ("registry_name", "number", "name"),
    (
        ("cipher_suites", 0x1301, "TLS_AES_128_GCM_SHA256"),
        ("cipher_suites", 0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("cipher_suites", 0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("cipher_suites", 0x5600, "TLS_FALLBACK_SCSV"),
        ("extensions", 51, "key_share"),
        ("supported_groups", 29, "x25519"),
        ("supported_groups", 4588, "X25519MLKEM768"),
        ("signature_schemes", 0x0403, "ecdsa_secp256r1_sha256"),
        ("signature_schemes", 0x0905, "mldsa65"),
        ("alerts", 40, "handshake_failure"),
        ("alerts", 116, "certificate_required"),
        ("content_types", 22, "handshake"),
        ("handshake_types", 254, "message_hash"),
        ("versions", 0x0304, "TLS 1.3"),
        ("psk_key_exchange_modes", 1, "psk_dhe_ke"),
        ("certificate_types", 2, "Raw Public Key"),
        ("ec_point_formats", 0, "uncompressed"),
        ("client_certificate_types", 64, "ecdsa_sign"),
        ("hpke_kems", 32, "DHKEM(X25519, HKDF-SHA256)"),
    ),
)
def test_number_and_name_name_each_other(registry_name: str, number: int, name: str) -> None:
    assert name_of(registry_name, number) == name
    assert number_of(registry_name, name) == number


def test_unassigned_number_has_no_name() -> None:
    assert name_of("alerts", 255) is None
    assert number_of("alerts", "no_such_alert") is None


def test_unknown_registry_is_a_file_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        registry("no_such_registry")


@pytest.mark.parametrize(
    "registry_name", ("cipher_suites", "extensions", "supported_groups", "signature_schemes", "versions")
)
def test_all_sixteen_grease_values_are_named(registry_name: str) -> None:
    grease = [number for number, name in registry(registry_name).items() if name == "Reserved (GREASE)"]
    assert sorted(grease) == [0x0A0A + 0x1010 * step for step in range(16)]  # RFC 8701 section 2
    assert number_of(registry_name, "Reserved (GREASE)") == 0x0A0A


@pytest.mark.parametrize("registry_name", REGISTRIES)
def test_every_row_is_one_number_that_fits_and_one_name(registry_name: str) -> None:
    text = resource_path("iana", f"{registry_name}.csv").read_bytes().decode("ascii")
    header, *rows = list(csv.reader(text.splitlines()))
    assert header == ["number", "name"]
    assert "\r" not in text
    numbers = [int(number) for number, name in rows]
    assert numbers == sorted(set(numbers))
    assert all(0 <= number < 256 ** WIDTH_BYTES.get(registry_name, 1) for number in numbers)
    assert all(name == name.strip() != "" for _, name in rows)
    assert dict(zip(numbers, (name for _, name in rows), strict=True)) == registry(registry_name)


@pytest.mark.parametrize("registry_name", ("supported_groups", "signature_schemes", "alerts", "content_types"))
def test_no_name_stands_twice_apart_from_grease(registry_name: str) -> None:
    names = [name for name in registry(registry_name).values() if name != "Reserved (GREASE)"]
    assert len(names) == len(set(names))
