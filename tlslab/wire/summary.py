"""One line for each message: what a reader of the log wants to know before opening it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire import facts
from tlslab.wire.certificates import distinguished_name
from tlslab.wire.code_points import is_grease
from tlslab.wire.field import Field
from tlslab.wire.notation import byte_count, counted
from tlslab.wire.words import harmless

TLS13: Final = 0x0304
LONGEST_TEXT: Final = 32
MOST_NAMES: Final = 3


def summarise(root: Field) -> str:
    """The Summary column of the log for one decoded message; "" for a message without content. Never raises.

    It is one line whatever names it tells: what a terminal would obey in them is escaped.
    """
    describe = SUMMARIES.get(root.name)
    line = describe(root) if describe is not None else byte_count(root.end - root.start)
    return harmless(line)


def client_hello(root: Field) -> str:
    """As in: TLS 1.3 offered, 3 cipher suites, SNI localhost."""
    hello = facts.client_hello_facts(root)
    versions = [version for version in hello.supported_versions if not is_grease(version)]
    version = max(versions, default=hello.legacy_version)
    parts = [
        f"{named('versions', version)} offered",
        counted(len(hello.cipher_suites), ("cipher suite", "cipher suites")),
    ]
    if hello.server_name is not None:
        parts.append(f"SNI {hello.server_name}")
    if hello.psk_identities:
        # RFC 8446 §2.2: a key of an earlier connection and one agreed on by hand look the same.
        parts.append("early data" if hello.early_data else "pre-shared key")
    return ", ".join(parts)


def server_hello(root: Field) -> str:
    """As in: TLS_AES_256_GCM_SHA384, X25519MLKEM768."""
    hello = facts.server_hello_facts(root)
    parts = [named("cipher_suites", hello.cipher_suite)]
    if hello.group is not None:
        parts.append(named("supported_groups", hello.group))
    if hello.alpn is not None:
        parts.append(f"ALPN {hello.alpn}")
    if hello.selected_identity is not None:
        parts.append("pre-shared key")
    return ", ".join(parts)


def hello_retry_request(root: Field) -> str:
    """As in: TLS_AES_256_GCM_SHA384, asks for a secp384r1 share."""
    hello = facts.server_hello_facts(root)
    suite = named("cipher_suites", hello.cipher_suite)
    return suite if hello.group is None else f"{suite}, asks for a {named('supported_groups', hello.group)} share"


def encrypted_extensions(root: Field) -> str:
    """As in: ALPN h2; else the names of the extensions."""
    protocol = facts.alpn_of(root)
    if protocol is not None:
        return f"ALPN {protocol}"
    extensions = root.child("extensions")
    names = [extension.name for extension in extensions.children[1:]] if extensions is not None else []
    return few(names, ("extension", "extensions")) or "no extensions"


def certificate_request(root: Field) -> str:
    """As in: 13 signature schemes, CA: lab-ca."""
    schemes = facts.signature_schemes(root)
    parts = [counted(len(schemes), ("signature scheme", "signature schemes"))] if schemes else []
    names = [distinguished_name(name.bytes) or name.label for name in facts.certificate_authorities(root)]
    if names:
        parts.append(f"CA: {', '.join(names)}" if len(names) <= MOST_NAMES else f"{len(names)} CAs")
    types = root.child("certificate_types")
    if not parts and types is not None:
        parts.append(f"any CA, {types.label}")
    return ", ".join(parts)


def certificate(root: Field) -> str:
    """As in: demo.lab.test, lab-ca (2 certificates)."""
    certificates = root.child("certificate_list")
    items = certificates.children[1:] if certificates is not None else []
    if not items:
        return "no certificate"
    names = [item.label for item in items[:MOST_NAMES]]
    more = ", …" if len(items) > MOST_NAMES else ""
    return f"{', '.join(names)}{more} ({counted(len(items), ('certificate', 'certificates'))})"


def server_key_exchange(root: Field) -> str:
    """As in: x25519, rsa_pss_rsae_sha256."""
    exchange = facts.server_key_exchange_facts(root)
    prime = root.find("params", "dh_p") or root.find("params", "srp_N")
    hint = root.child("psk_identity_hint")
    parts = []
    if exchange.group is not None:
        parts.append(named("supported_groups", exchange.group))
    elif prime is not None:
        parts.append(f"{8 * (prime.end - prime.start)}-bit group")
    if exchange.scheme is not None:
        parts.append(named("signature_schemes", exchange.scheme))
    if not parts and hint is not None:
        parts.append(f"PSK identity hint, {byte_count(hint.end - hint.start)}")
    return ", ".join(parts)


def client_key_exchange(root: Field) -> str:
    """As in: encrypted pre-master secret, 256 bytes."""
    for member, words in KEY_EXCHANGES.items():
        field = root.child(member)
        if field is not None:
            return f"{words}, {byte_count(field.end - field.start)}"
    return byte_count(max(root.end - 4, 0))


def certificate_verify(root: Field) -> str:
    """As in: ecdsa_secp256r1_sha256."""
    scheme, signature = facts.certificate_verify_facts(root)
    return named("signature_schemes", scheme) if scheme is not None else f"signature {byte_count(len(signature))}"


def finished(root: Field) -> str:
    """As in: verify_data 48 bytes."""
    field, ssl3 = root.child("verify_data"), root.child("md5_hash")
    if ssl3 is not None:
        return f"MD5 and SHA-1, {byte_count(root.end - ssl3.start)}"
    return f"verify_data {byte_count(field.end - field.start if field is not None else 0)}"


def new_session_ticket(root: Field) -> str:
    """As in: lifetime 7200 s."""
    field = root.child("ticket_lifetime") or root.child("ticket_lifetime_hint")
    if field is not None and field.name == "ticket_lifetime_hint" and field.value == 0:
        return "lifetime not told"  # RFC 5077 §3.3
    return f"lifetime {field.label}" if field is not None else ""


def certificate_status(root: Field) -> str:
    """As in: OCSP response, good, 2026-01-01 00:00:00 UTC to 2026-01-08 00:00:00 UTC."""
    response = root.child("response")
    return f"OCSP response, {response.label}" if response is not None else ""


def compressed_certificate(root: Field) -> str:
    """As in: brotli, 1234 bytes of 3456."""
    algorithm, whole = root.child("algorithm"), root.child("uncompressed_length")
    packed = root.child("compressed_certificate_message")
    if algorithm is None or whole is None or packed is None:
        return ""
    name = name_of("certificate_compression_algorithms", int(algorithm.value or 0)) or algorithm.label
    return f"{name}, {byte_count(packed.end - packed.start)} for {whole.label}"


def hello_verify_request(root: Field) -> str:
    """As in: cookie 20 bytes."""
    field = root.child("cookie")
    return f"cookie {byte_count(field.end - field.start)}" if field is not None else ""


def next_protocol(root: Field) -> str:
    """As in: http/1.1."""
    field = root.child("selected_protocol")
    return field.label if field is not None else ""


def heartbeat(root: Field) -> str:
    """As in: heartbeat_request, payload 16 bytes."""
    kind, payload = root.child("type"), root.child("payload")
    if kind is None or payload is None:
        return byte_count(root.end)
    return f"{named_small('heartbeat_message_types', kind)}, payload {byte_count(payload.end - payload.start)}"


def key_update(root: Field) -> str:
    """As in: update_requested."""
    field = root.child("request_update")
    return name_of("key_update_requests", int(field.value or 0)) or field.label if field is not None else ""


def alert(root: Field) -> str:
    """As in: fatal: unknown_ca (48)."""
    level, description = root.child("level"), root.child("description")
    if level is None or description is None:
        return byte_count(root.end)
    words = [named_small("alert_levels", level), named_small("alerts", description)]
    return f"{words[0]}: {words[1]} ({description.value})"


def acknowledged(root: Field) -> str:
    """How many records have arrived, and the last of them (RFC 9147 §7)."""
    numbers = root.child("record_numbers")
    items = [item for item in numbers.children[1:] if item.name != "trailing"] if numbers is not None else []
    if not items:
        return "no record has arrived"
    epoch, number = (items[-1].child(name) for name in ("epoch", "sequence_number"))
    last = f"number {number.value} of epoch {epoch.value}" if epoch is not None and number is not None else "one"
    return f"{counted(len(items), ('record', 'records'))} arrived, the last {last}"


def change_cipher_spec(root: Field) -> str:
    """What it is for: in TLS 1.3 nothing but appearance."""
    return "middlebox compatibility" if root.context.version >= TLS13 else "the sender encrypts from here on"


def application_data(root: Field) -> str:
    """“ping”, 4 bytes; the size alone of what is no text."""
    size = byte_count(root.end)
    excerpt = text_excerpt(root.data)
    return f"“{excerpt}”, {size}" if excerpt else size


def text_excerpt(data: bytes) -> str:
    """The first line of what looks like text, shortened; "" for anything else."""
    start = data[: 4 * LONGEST_TEXT].decode("utf-8", "ignore")
    line = start.strip().split("\n")[0].strip()
    whole = len(line.encode()) == len(data.strip())
    if not line or not line.isprintable() or b"\0" in data[:64]:
        return ""
    return line if whole and len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def few(names: list[str], nouns: tuple[str, str]) -> str:
    """Some names, or how many there are."""
    return ", ".join(names) if len(names) <= MOST_NAMES else counted(len(names), nouns)


def named(registry_name: str, number: int) -> str:
    """A two-byte code point by name, or in hex."""
    return name_of(registry_name, number) or f"0x{number:04x}"


def named_small(registry_name: str, field: Field) -> str:
    """A one-byte code point by name, or "unknown"."""
    return name_of(registry_name, int(field.value or 0)) or "unknown"


KEY_EXCHANGES: Final = {
    "encrypted_pre_master_secret": "encrypted pre-master secret",
    "dh_Yc": "DHE public value",
    "ecdh_Yc": "ECDHE public key",
    "srp_A": "SRP public value",
    "psk_identity": "PSK identity",
}
SUMMARIES: Final[dict[str, Callable[[Field], str]]] = {
    "HelloRequest": lambda root: "the server asks for a new handshake",
    "ClientHello": client_hello,
    "HelloVerifyRequest": hello_verify_request,
    "ServerHello": server_hello,
    "HelloRetryRequest": hello_retry_request,
    "EncryptedExtensions": encrypted_extensions,
    "CertificateRequest": certificate_request,
    "Certificate": certificate,
    "CompressedCertificate": compressed_certificate,
    "CertificateStatus": certificate_status,
    "ServerKeyExchange": server_key_exchange,
    "ServerHelloDone": lambda root: "the server waits for the client",
    "ClientKeyExchange": client_key_exchange,
    "CertificateVerify": certificate_verify,
    "Finished": finished,
    "NewSessionTicket": new_session_ticket,
    "NextProtocol": next_protocol,
    "EndOfEarlyData": lambda root: "the client's handshake keys follow",
    "KeyUpdate": key_update,
    "Alert": alert,
    "ChangeCipherSpec": change_cipher_spec,
    "ApplicationData": application_data,
    "HeartbeatMessage": heartbeat,
    "ACK": acknowledged,
}
