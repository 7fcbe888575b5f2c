"""The proofs that hellos carry: binders of pre-shared keys, the sign of a downgrade, and what ties a renegotiation.

Bytes in, a `Check` out, like `checks`.
"""

from __future__ import annotations

import hashlib
from typing import Final

from tlslab.keys import schedule12, schedule13
from tlslab.keys.checks import Check, CheckInput
from tlslab.keys.signatures import hash_title

TLS11, TLS12, TLS13 = 0x0302, 0x0303, 0x0304
DOWNGRADE_TO_TLS12: Final = b"DOWNGRD\x01"
DOWNGRADE_TO_TLS11: Final = b"DOWNGRD\x00"
"""Last 8 bytes of the random of a server that could do better. Source: RFC 8446 section 4.1.3."""
SENTINELS: Final = {DOWNGRADE_TO_TLS12: TLS13, DOWNGRADE_TO_TLS11: TLS12}
"""What the server can do at least, by its sentinel."""
BINDER_LABELS: Final = ("res binder", "ext binder")
"""For the key of a ticket, and for one that was agreed on by hand. Source: RFC 8446 section 7.1."""


def check_binder(number: int, psk: bytes, truncated_transcript: bytes, binder: bytes, hash_name: str) -> Check:
    """The binder of a pre-shared key: that the client has the key which it names.

    number                of the identity in the list, from 0.
    truncated_transcript  all messages up to the binders: the ClientHello without them, and before it message_hash and
                          HelloRetryRequest, if there was one. Source: RFC 8446 section 4.2.11.2.
    """
    made = [_binder(number, psk, truncated_transcript, binder, hash_name, label) for label in BINDER_LABELS]
    return next((check for check in made if check.ok), made[0])


def _binder(number: int, psk: bytes, covered: bytes, binder: bytes, hash_name: str, label: str) -> Check:
    key = schedule13.derive_secret(
        schedule13.early_secret(hash_name, psk), label, schedule13.empty_hash(hash_name), hash_name
    )
    transcript_hash = hashlib.new(hash_name, covered).digest()
    expected = schedule13.finished_verify_data(key, transcript_hash, hash_name)
    function = f"HMAC-{hash_title(hash_name)}"
    inputs = (
        CheckInput("PSK", psk, f"pre-shared key of identity {number}"),
        CheckInput("binder_key", key, f'Derive-Secret(HKDF-Extract(0, PSK), "{label}", "")'),
        CheckInput(
            "finished_key", schedule13.finished_key(key, hash_name), 'HKDF-Expand-Label(binder_key, "finished")'
        ),
        CheckInput("transcript_hash", transcript_hash, "the ClientHello up to its binders, and what came before it"),
    )
    detail = f"{function} over {len(transcript_hash)} bytes of transcript hash, identity {number}, {label}"
    if binder != expected:
        detail += (
            f": the message says {binder[:8].hex()}…, computed {expected[:8].hex()}…; the key or the hello is another"
        )
    made = Check(
        "PSK binder", "client", binder == expected, detail, f"{function}(finished_key, transcript_hash)", inputs
    )
    return made._replace(expected=expected, found=binder, rule="RFC 8446 §4.2.11.2")


def check_downgrade(offered: int, negotiated: int, server_random: bytes) -> Check:
    """The downgrade sentinel: that nobody has made two sides that can do better settle for an older version.

    offered  the highest version that the client offers. Source: RFC 8446 section 4.1.3.
    """
    found = server_random[-8:]
    able = SENTINELS.get(found, 0)
    downgraded = able > negotiated and offered > negotiated
    highest = {TLS13: "TLS 1.3", TLS12: "TLS 1.2"}.get(able, "")
    if downgraded:
        detail = f"the server can do {highest} or more, and the client offers it, yet an older version was settled on"
    elif able:
        detail = f"the server can do {highest} or more; the client does not offer it, so nobody was deceived"
    else:
        detail = "no sentinel: the server can do no more than this version"
    inputs = (CheckInput("server_random", server_random, "ServerHello.random"),)
    algorithm = 'last 8 bytes of ServerHello.random are not "DOWNGRD" 01 or 00 unless the client offers no more'
    made = Check("Downgrade sentinel", "server", not downgraded, detail, algorithm, inputs)
    return made._replace(expected=b"" if downgraded else found, found=found, rule="RFC 8446 §4.1.3")


def check_renegotiation_info(sender: str, connection: bytes, client: bytes, server: bytes) -> Check:
    """renegotiation_info: that this handshake goes on from the one before and not from that of an attacker.

    connection      renegotiated_connection, as the message has it.
    client, server  verify_data of both Finished before, b"" in the first handshake. Source: RFC 5746 section 3.2.
    """
    expected = client if sender == "client" else client + server
    inputs = (
        CheckInput("client_verify_data", client, "client Finished of the handshake before"),
        CheckInput("server_verify_data", server, "server Finished of the handshake before"),
    )
    ok = connection == expected
    over = f"{len(expected)} bytes of the Finished before" if expected else "empty, as in a first handshake"
    detail = (
        over
        if ok
        else f"{over}: the message says {connection.hex() or 'nothing'}, it should be {expected.hex() or 'empty'}"
    )
    algorithm = "client_verify_data" if sender == "client" else "client_verify_data + server_verify_data"
    made = Check("renegotiation_info", sender, ok, detail, algorithm, inputs)
    return made._replace(expected=expected, found=connection, rule="RFC 5746 §3.4")


def check_message_hash(client_hello: bytes, synthetic: bytes, hash_name: str, *, held: bool) -> Check:
    """message_hash: that the first ClientHello counts in the transcript as its hash only.

    synthetic  the message that stands in its place.
    held       whether a Finished computed over it matches. Source: RFC 8446 section 4.4.1.
    """
    expected = schedule13.message_hash(hashlib.new(hash_name, client_hello).digest())
    detail = f"{hash_title(hash_name)} over {len(client_hello)} bytes stands for the first ClientHello"
    detail += ", and Finished matches over it" if held else ", but no Finished matches over it"
    inputs = (CheckInput("ClientHello1", client_hello, "the first ClientHello"),)
    algorithm = f"254 || 00 00 {len(expected) - 4:02x} || {hash_title(hash_name)}(ClientHello1)"
    made = Check("message_hash", "client", held and synthetic == expected, detail, algorithm, inputs)
    return made._replace(expected=expected, found=synthetic, rule="RFC 8446 §4.4.1")


def check_extended_master_secret(
    pre_master_secret: bytes, session_hash: bytes, master_secret: bytes, hash_name: str
) -> Check:
    """extended_master_secret: that the master secret in use is bound to the whole handshake.

    session_hash   of all messages up to and including ClientKeyExchange. Source: RFC 7627 section 4.
    master_secret  that a key log has, or with which Finished matches.
    """
    expected = schedule12.extended_master_secret(pre_master_secret, session_hash, hash_name)
    inputs = (
        CheckInput("pre_master_secret", pre_master_secret),
        CheckInput("session_hash", session_hash, "all handshake messages up to ClientKeyExchange"),
    )
    ok = expected == master_secret
    function = f"PRF-{hash_title(hash_name) if hash_name != schedule12.MD5_SHA1 else 'MD5-SHA-1'}"
    detail = f"{function} over {len(session_hash)} bytes of session hash"
    detail += "" if ok else ": it gives another master secret than the one in use"
    algorithm = f'{function}(pre_master_secret, "extended master secret", session_hash)[0..47]'
    made = Check("extended_master_secret", "client", ok, detail, algorithm, inputs)
    return made._replace(expected=expected, found=master_secret, rule="RFC 7627 §4")
