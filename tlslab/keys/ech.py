"""Encrypted Client Hello: the inner hello from the outer one with the server's key, and whether the server took it.

Messages are handshake messages with their four-byte header. Source: RFC 9849, RFC 9934 for the file of keys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tlslab.keys import hpke, schedule13
from tlslab.wire.ech import decode_ech_config_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlslab.wire.field import Field

ENCRYPTED_CLIENT_HELLO, OUTER_EXTENSIONS = 0xFE0D, 0xFD00
HEADER_LENGTH: Final = 4
RANDOM: Final = slice(6, 38)
CONFIRMATION_LENGTH: Final = 8
INFO: Final = b"tls ech\0"
"""What HPKE is told of its use, in front of the configuration (RFC 9849 §6.1)."""
_PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----(?:[^-]++|-(?!----))*+-----END \1-----")


class EchKey(NamedTuple):
    """A configuration that a server publishes, and the private key that belongs to it."""

    config: bytes
    """One ECHConfig, version and length included."""
    config_id: int
    kem_id: int
    private_key: hpke.PrivateKey


class LoggedSecret(NamedTuple):
    """What a client's key log says of its encrypted hello: ECH_SECRET and ECH_CONFIG (draft-ietf-tls-ech-keylogfile)."""

    secret: bytes
    """The shared secret of the KEM."""
    config: bytes
    """The ECHConfig that was used."""

    def receivers(self, kdf_id: int, aead_id: int) -> list[hpke.Receiver]:
        """What opens the hello; nothing where the algorithms are not to be had."""
        if kdf_id not in hpke.KDF_HASHES or aead_id not in hpke.AEADS:
            return []
        kem_id = int.from_bytes(self.config[5:7], "big")
        return [hpke.receiver_of(self.secret, kem_id, kdf_id, aead_id, INFO + self.config)]


def parse_ech_keys(data: bytes) -> tuple[EchKey, ...]:
    """The keys in a PEM file: a PRIVATE KEY and the ECHCONFIG that goes with it (RFC 9934).

    Raises ValueError, with one sentence, if there is none, or if no configuration fits the key.
    """
    blocks = {match[1]: match[0] for match in _PEM.finditer(data)}
    if b"PRIVATE KEY" not in blocks or b"ECHCONFIG" not in blocks:
        raise ValueError("a file of ECH keys has a PRIVATE KEY and an ECHCONFIG in PEM")
    try:
        key = load_pem_private_key(blocks[b"PRIVATE KEY"], None)
        configs = base64.b64decode(b"".join(blocks[b"ECHCONFIG"].splitlines()[1:-1]), validate=True)
    except (ValueError, TypeError, binascii.Error) as error:
        raise ValueError(f"the ECH key cannot be read: {error}") from None
    if not isinstance(key, X25519PrivateKey | EllipticCurvePrivateKey):
        raise ValueError("an ECH key is one of X25519 or P-256")
    public = hpke.public_bytes(key)
    found = tuple(EchKey(*config, key) for config, its in _configurations(configs) if its == public)
    if not found:
        raise ValueError("no configuration in the ECHCONFIG has the public half of the private key")
    return found


def _configurations(data: bytes) -> list[tuple[tuple[bytes, int, int], bytes]]:
    """Bytes, config_id and kem_id of each configuration that is known, and its public key."""
    listed = decode_ech_config_list(data).child("configs")
    found: list[tuple[tuple[bytes, int, int], bytes]] = []
    for config in listed.children[1:] if listed is not None else []:
        members = [config.find("contents", name) for name in ("config_id", "kem_id", "public_key")]
        config_id, kem_id, public = members
        if config_id is not None and kem_id is not None and public is not None:
            numbers = (_number(config_id), _number(kem_id))
            found.append(((config.bytes, *numbers), public.bytes))
    return found


class Opened(NamedTuple):
    """An inner hello."""

    hello: bytes
    """The ClientHelloInner as the transcript counts it, handshake header included."""
    receiver: hpke.Receiver
    """What opens the second one, after a HelloRetryRequest."""


def open_hello(
    outer: Field, keys: Iterable[EchKey], before: hpke.Receiver | None = None, logged: LoggedSecret | None = None
) -> Opened | None:
    """The inner hello of a ClientHelloOuter, or None: it has none, it is GREASE, or no key opens it.

    outer   the tree of the message.
    before  of the first ClientHello, if this is the one after a HelloRetryRequest.
    logged  what the client's key log has of this connection.

    Source: RFC 9849 sections 5.1, 5.2 and 7.1.
    """
    extension = outer.find("extensions", "encrypted_client_hello")
    parts = [extension.child(name) for name in MEMBERS] if extension is not None else []
    if len(parts) < len(MEMBERS) or any(part is None or part.cut for part in parts) or outer.cut:
        return None
    kdf_id, aead_id, config_id, enc, payload = (part for part in parts if part is not None)
    # RFC 9849 §5.2: what is authenticated is the outer hello itself, with zeros in place of the payload.
    data = outer.data
    authenticated = data[HEADER_LENGTH : payload.start] + bytes(payload.end - payload.start) + data[payload.end :]
    if before is not None:
        receivers = [before]
    else:
        receivers = _receivers(keys, config_id, kdf_id, aead_id, enc)
        receivers += logged.receivers(_number(kdf_id), _number(aead_id)) if logged is not None else []
    for receiver in receivers:
        encoded = receiver.open(payload.bytes, authenticated)
        hello = _decoded(encoded, outer) if encoded is not None else None
        if hello is not None:
            return Opened(hello, receiver)
    return None


def _receivers(
    keys: Iterable[EchKey], config_id: Field, kdf_id: Field, aead_id: Field, enc: Field
) -> list[hpke.Receiver]:
    # A client may leave config_id to chance (RFC 9849 §10.4), so keys of another one come last.
    ordered = sorted(keys, key=lambda key: key.config_id != config_id.value)
    made = (
        hpke.receiver(key.kem_id, _number(kdf_id), _number(aead_id), key.private_key, enc.bytes, INFO + key.config)
        for key in ordered
    )
    return [each for each in made if each is not None]


def _decoded(encoded: bytes, outer: Field) -> bytes | None:
    """ClientHelloInner from EncodedClientHelloInner: the outer session id, the extensions it refers to, no padding.

    None if it is not laid out as RFC 9849 §5.1 wants.
    """
    session_id = outer.child("legacy_session_id")
    # legacy_version and random, then an empty session id.
    if session_id is None or len(encoded) < 38 or encoded[34]:
        return None
    suites_end = 37 + int.from_bytes(encoded[35:37], "big")
    methods_end = suites_end + 1 + (encoded[suites_end] if suites_end < len(encoded) else 0)
    end = methods_end + 2 + int.from_bytes(encoded[methods_end : methods_end + 2], "big")
    if end > len(encoded) or any(encoded[end:]):
        return None
    extensions = _expanded(encoded[methods_end + 2 : end], outer)
    if extensions is None:
        return None
    body = encoded[:34] + bytes((len(session_id.bytes),)) + session_id.bytes + encoded[35:methods_end]
    body += len(extensions).to_bytes(2, "big") + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def _expanded(extensions: bytes, outer: Field) -> bytes | None:
    """The extensions with those of the outer hello in the place of ech_outer_extensions, which names them in order."""
    listed = outer.child("extensions")
    available = iter(
        [(int.from_bytes(each.bytes[:2], "big"), each.bytes) for each in (listed.children[1:] if listed else [])]
    )
    found, pos = b"", 0
    while pos < len(extensions):
        number = int.from_bytes(extensions[pos : pos + 2], "big")
        end = pos + 4 + int.from_bytes(extensions[pos + 2 : pos + 4], "big")
        if number != OUTER_EXTENSIONS:
            found += extensions[pos:end]
        else:
            names = extensions[pos + 5 : end]
            for at in range(0, len(names), 2):
                wanted = int.from_bytes(names[at : at + 2], "big")
                referred = next((data for kind, data in available if kind == wanted), None)
                if referred is None or wanted == ENCRYPTED_CLIENT_HELLO:
                    return None
                found += referred
        pos = end
    return found


def accepts(inner_random: bytes, before: bytes, server_hello: bytes, hash_name: str) -> bool:
    """Whether a ServerHello confirms that the server answers the inner hello: by the last eight bytes of its random.

    before  the transcript in front of it, with ClientHelloInner as the hello.

    Source: RFC 9849 section 7.2.
    """
    start = RANDOM.stop - CONFIRMATION_LENGTH
    blank = server_hello[:start] + bytes(CONFIRMATION_LENGTH) + server_hello[RANDOM.stop :]
    made = _confirmation("ech accept confirmation", inner_random, before + blank, hash_name)
    return made == server_hello[start : RANDOM.stop]


def accepts_in_retry(inner_random: bytes, before: bytes, retry: Field, hash_name: str) -> bool:
    """The same for a HelloRetryRequest, which has an extension for it. Source: RFC 9849 section 7.2.1."""
    field = retry.find("extensions", "encrypted_client_hello", "confirmation")
    if field is None or field.end - field.start != CONFIRMATION_LENGTH:
        return False
    blank = retry.data[: field.start] + bytes(CONFIRMATION_LENGTH) + retry.data[field.end :]
    return _confirmation("hrr ech accept confirmation", inner_random, before + blank, hash_name) == field.bytes


def _confirmation(label: str, inner_random: bytes, transcript: bytes, hash_name: str) -> bytes:
    secret = schedule13.extract(bytes(schedule13.hash_length(hash_name)), inner_random, hash_name)
    digest = hashlib.new(hash_name, transcript).digest()
    return schedule13.expand_label(secret, label, digest, CONFIRMATION_LENGTH, hash_name)


def _number(field: Field) -> int:
    return int.from_bytes(field.bytes, "big")


MEMBERS: Final = ("kdf_id", "aead_id", "config_id", "enc", "payload")
