"""How the versions before TLS 1.3 compute their secrets, and how and where that is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule12, schedule_ssl3

if TYPE_CHECKING:
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.transcript import Transcript

RFCS: Final = {"SSL 3.0": "RFC 6101", "TLS 1.0": "RFC 2246", "TLS 1.1": "RFC 4346", "TLS 1.2": "RFC 5246"}
SECTIONS: Final = {"master": "§8.1", "block": "§6.3", "finished": "§7.4.9", "random": "§7.4.1.2", "server": "§7.4.3",
                   "client": "§7.4.7", "rsa": "§8.1.1", "dh": "§8.1.2", "resumed": "§7.3"}  # fmt: skip
SSL3_SECTIONS: Final = {"master": "§6.1", "block": "§6.2.2", "finished": "§5.6.9", "random": "§5.6.1.2",
                        "server": "§5.6.3", "client": "§5.6.7", "rsa": "§6.1", "dh": "§6.1", "resumed": "§5.5"}  # fmt: skip
"""The three documents of TLS number their sections alike; that of SSL 3.0 has numbers of its own."""


def rule(version: str, topic: str) -> str:
    """The clause about a topic in the document of a version."""
    sections = SSL3_SECTIONS if version == "SSL 3.0" else SECTIONS
    return f"{RFCS.get(version, 'RFC 5246')} {sections[topic]}"


@dataclass(frozen=True, slots=True)
class Formulas:
    """How a version computes, and how that is written."""

    master: Callable[[bytes, bytes, bytes, str], bytes]
    master_words: str
    block: Callable[[CipherSuite, bytes, bytes, bytes], schedule12.KeyBlock]
    block_words: str
    finished: Callable[[bytes, str, Transcript, str], bytes]
    finished_words: str


def _finished(master: bytes, sender: str, transcript: Transcript, hash_name: str) -> bytes:
    return schedule12.finished_verify_data(master, f"{sender} finished", transcript.digest(hash_name), hash_name)


TLS: Final = Formulas(
    schedule12.master_secret,
    'PRF(pre_master_secret, "master secret", client random + server random)[0..47]',
    schedule12.key_block,
    'PRF(master_secret, "key expansion", server random + client random)',
    _finished,
    'PRF(master_secret, "{sender} finished", hash of {words})[0..11]',
)
SSL3: Final = Formulas(
    lambda pre_master, client, server, _hash_name: schedule_ssl3.master_secret(pre_master, client, server),
    'MD5(pre_master_secret + SHA-1("A" + pre_master_secret + client random + server random)) + the same with "BB", "CCC"',
    schedule_ssl3.key_block,
    'MD5(master_secret + SHA-1("A" + master_secret + server random + client random)) + the same with "BB", "CCC", ...',
    lambda master, sender, transcript, _hash_name: schedule_ssl3.finished_verify_data(
        master, sender, b"".join(transcript.parts)
    ),
    "MD5 and SHA-1 of (master_secret + pad_2 + hash({words} + the {sender}'s Sender + master_secret + pad_1))",
)
PRE_MASTERS: Final = {
    "RSA": "encrypted_pre_master_secret, decrypted with the private key of the server's certificate",
    "DHE": "Diffie-Hellman of one side's share and the other's private key, leading zeros left out",
    "ECDHE": "Diffie-Hellman on the curve of one side's share and the other's private key",
    "PSK": "length + as many zeros as the PSK has bytes + length + PSK",
    "DHE_PSK": "length + DHE shared secret + length + PSK",
    "ECDHE_PSK": "length + ECDHE shared secret + length + PSK",
    "RSA_PSK": "length + decrypted encrypted_pre_master_secret + length + PSK",
}
"""How each key exchange gives the pre-master secret."""
