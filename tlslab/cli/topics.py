"""What a user means by a topic: the key of an explanation, or a cipher suite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from itertools import chain
from typing import Final

from tlslab.cli.errors import UsageError
from tlslab.cli.judged_topics import names_of_judged
from tlslab.reference.explanations import Explanation, explanation, topics, topics_of
from tlslab.reference.registries import registry

ABBREVIATIONS: Final = {
    "sni": "server_name",
    "alpn": "application_layer_protocol_negotiation",
    "ems": "extended_master_secret",
    "etm": "encrypt_then_mac",
    "psk": "pre_shared_key",
    "ech": "encrypted_client_hello",
    "sct": "signed_certificate_timestamp",
    "ocsp stapling": "status_request",
    "0-rtt": "early_data",
    "hrr": "HelloRetryRequest",
    "ccs": "ChangeCipherSpec",
    "record": "TLSPlaintext",
    "application data": "ApplicationData",
    "ekt_key": "EKTKey",
    "san": "subjectAltName",
    "crl": "CertificateList",
    "csr": "CertificationRequest",
    "ocsp": "OCSPResponse",
    "resumption_master_secret": "KeySchedule.resumption_secret",
    "exporter_master_secret": "KeySchedule.exporter_secret",
    "exporter_secret": "KeySchedule.exporter_secret",
    "early_exporter_secret": "KeySchedule.exporter_secret",
    "client_random": "KeySchedule.master_secret_tls12",
    **{
        f"{side}_{phase}": "KeySchedule.traffic_secret"
        for side in ("client", "server")
        for phase in ("handshake_traffic_secret", "traffic_secret_0", "application_traffic_secret_0")
    },
    "client_early_traffic_secret": "KeySchedule.traffic_secret",
}
"""What people say, or a key log, and the name that the RFCs give it."""
KINDS: Final = {
    "supported_groups": "NamedGroup",
    "signature_schemes": "SignatureScheme",
    "cipher_suites": "CipherSuite",
    "extensions": "Extension.extension_type",
    "handshake_types": "Handshake.msg_type",
}
"""Registries, and the text for whatever stands in one."""


def find_topic(wanted: str) -> str:
    """The key that `wanted` means: whole, abbreviated, by its last part, or as OpenSSL says it; in any case of letters.

    Raises UsageError with the nearest topics if there is none, or with the candidates if there are several.
    """
    folded = wanted.strip().casefold()
    known = _keys()
    for spelling in (folded, folded.replace(" ", "_"), folded.replace(" ", "")):
        if spelling in known:
            return known[spelling]
    candidates = _by_member(folded) or _by_member(folded.replace(" ", "_"))
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise UsageError(f"{wanted!r} stands in several places; say which: {', '.join(candidates)}")
    raise UsageError(_no_such_topic(wanted, folded))


def registered(wanted: str) -> Explanation | None:
    """What a number of IANA's is for that has a name and no story: a rare group, signature scheme, suite or extension."""
    folded = wanted.strip().casefold()
    for registry_name, generic in KINDS.items():
        number = next((each for each, name in registry(registry_name).items() if name.casefold() == folded), None)
        found = explanation(generic)
        if number is not None and found is not None:
            name = registry(registry_name)[number]
            width = 2 if registry_name == "handshake_types" else 4
            return Explanation(name, f"0x{number:0{width}x}", found.text, found.rfc)
    return None


@cache
def _keys() -> dict[str, str]:
    """Every way of naming one topic alone, in small letters."""
    known = {key.casefold(): key for key in topics()} | ABBREVIATIONS
    for key in topics():
        for name in _names(key):
            known.setdefault(name.casefold(), key)
    return known


def _names(key: str) -> Iterator[str]:
    """What else means the key."""
    if "." not in key and key[0].isupper():
        yield re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)  # client_hello
    if key.startswith("X509_V_"):
        yield key.removeprefix("X509_V_ERR_")
        found = explanation(key)
        yield found.title if found is not None else key
    yield key.removesuffix("_RESERVED")


def _by_member(folded: str) -> list[str]:
    """Keys whose last part is that of `folded`, which may be a whole path; those of the same message alone, if there are any."""
    parts = re.sub(r"\[\d+\]", "", folded).split(".")
    ending = [key for key in topics() if "." in key and key.casefold().rpartition(".")[2] == parts[-1]]
    same = [key for key in ending if key.casefold().partition(".")[0] in parts[:-1]]
    return same or ending


def _no_such_topic(wanted: str, folded: str) -> str:
    more = chain.from_iterable((_suites(), *names_of_judged().values()))
    known = _keys() | {name.casefold(): name for name in more}
    near = list(dict.fromkeys(known[name] for name in get_close_matches(folded, known, 4, 0.75)))
    near = near or sorted({key for name, key in known.items() if len(folded) > 2 and folded in name}, key=len)[:4]
    *others, last = near or [""]
    one_of = f"{', '.join(others)} or {last}" if others else last
    hint = f"did you mean {one_of}?" if near else "`tlslab explain --list` lists all topics"
    return f"there is no topic {wanted!r}; {hint}"


def find_suite(wanted: str) -> int | None:
    """The number of the cipher suite that IANA or OpenSSL calls so, or that is written as 0x1301; None if it is none."""
    text = wanted.strip()
    if re.fullmatch(r"0x[0-9a-fA-F]{4}", text):
        number = int(text, 16)
        return number if number in _suites().values() else None
    return _spellings().get(_bare(text))


@cache
def _suites() -> dict[str, int]:
    """IANA's names of suites that can be chosen."""
    return {
        name: number
        for number, name in registry("cipher_suites").items()
        if name.startswith("TLS_") and not name.endswith("SCSV") and name != "TLS_NULL_WITH_NULL_NULL"
    }


@cache
def _spellings() -> dict[str, int]:
    """Suites by their bare names, IANA's first."""
    found = {_bare(name): number for name, number in _suites().items()}
    for name, number in _suites().items():
        found.setdefault(_openssl_spelling(name), number)
    return found


def _openssl_spelling(name: str) -> str:
    """OpenSSL's name without its dashes: ECDHE-RSA-AES128-GCM-SHA256, AES128-SHA."""
    bare = _bare(name.removeprefix("TLS_").removeprefix("RSA_WITH_").replace("_WITH_", "_").replace("_CBC_", "_"))
    return re.sub("(?<=poly1305)sha256$", "", bare)


def _bare(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.casefold())


def listed() -> dict[str, list[str]]:
    """All topics under the headings that a reader looks for."""
    single = [key for key in topics() if "." not in key]
    messages = _messages()
    headings = {
        "messages": [key for key in single if key in messages],
        "fields": sorted(key for key in topics() if "." in key and key.partition(".")[0] not in SUITE_PARTS),
        "extensions": [key for key in topics_of("extensions") if "." not in key],
        "alerts": [key for key in topics_of("alerts") if "." not in key and key not in messages],
        "verify errors": topics_of("verify_errors"),
        "cipher suites": [*_suites(), *(key for key in topics_of("cipher_suites") if "." not in key)],
    }
    headed = {key for keys in headings.values() for key in keys}
    return headings | {"values": [key for key in single if key not in headed]} | names_of_judged()


def _messages() -> set[str]:
    """Keys that stand for a whole message or record."""
    from tlslab.wire.messages import STRUCTS, message_title

    opened = {"TLSInnerPlaintext", "GenericAEADCipher", "GenericBlockCipher", "GenericStreamCipher"}
    records = {"TLSPlaintext", "TLSCiphertext", *opened}
    others = {"Alert", "ApplicationData", "ChangeCipherSpec", "HeartbeatMessage", "Handshake"}
    return records | others | {message_title(type_name) for type_name in STRUCTS}


SUITE_PARTS: Final = ("KeyExchange", "Authentication", "Cipher", "Mode", "Hash")
