"""Which handshake message may follow which: the state machines of TLS, one for what each side sends.

Each is a table from the last message of a side to those that may come next. Sides are looked at apart, because a capture
does not tell which of two crossing messages was there first. Sources: RFC 8446 section 2 and appendix A, RFC 5246
section 7.3, RFC 5077 section 3.1, RFC 4680 section 3, RFC 6066 sections 5 and 8, RFC 8879 section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from tlslab.trace.events import Party

Table: TypeAlias = Mapping[str, frozenset[str]]

TLS13: Final = 0x0304
EMPTY_CERTIFICATE: Final = "empty_certificate"
UNKNOWN: Final = "?"
"""In place of the last message: one that could not be read, after which anything may come."""


def _table(**following: str) -> Table:
    return {last: frozenset(names.split()) for last, names in following.items()}


CERTIFICATES: Final = "certificate compressed_certificate"
AFTER13: Final = "key_update new_session_ticket certificate_request new_connection_id request_connection_id ekt_key"

SERVER13: Final = _table(
    hello_retry_request="server_hello",
    server_hello="encrypted_extensions",
    encrypted_extensions=f"certificate_request {CERTIFICATES} finished",
    certificate_request=f"{CERTIFICATES} {AFTER13}",
    certificate="certificate_verify",
    compressed_certificate="certificate_verify",
    certificate_verify="finished",
    finished=AFTER13,
    new_session_ticket=AFTER13,
    key_update=AFTER13,
    new_connection_id=AFTER13,
    request_connection_id=AFTER13,
    ekt_key=AFTER13,
)
LATER: Final = f"key_update {CERTIFICATES} new_connection_id request_connection_id"
"""After its Finished a client may be asked for a certificate; if it has none, it answers with an empty one and Finished."""
# The client's EncryptedExtensions come with application_settings (draft-vvv-tls-alps §3).
CLIENT13: Final = _table(
    client_hello=f"client_hello end_of_early_data encrypted_extensions {CERTIFICATES} finished",
    end_of_early_data=f"encrypted_extensions {CERTIFICATES} finished",
    encrypted_extensions=f"{CERTIFICATES} finished",
    certificate="certificate_verify",
    compressed_certificate="certificate_verify",
    empty_certificate="finished",
    certificate_verify="finished",
    finished=LATER,
    key_update=LATER,
    new_connection_id=LATER,
    request_connection_id=LATER,
)

SERVER12: Final = _table(
    hello_verify_request="server_hello hello_verify_request",
    server_hello="supplemental_data certificate server_key_exchange server_hello_done new_session_ticket finished",
    supplemental_data="certificate server_key_exchange server_hello_done certificate_request",
    certificate="certificate_status server_key_exchange certificate_request server_hello_done",
    certificate_status="server_key_exchange certificate_request server_hello_done",
    server_key_exchange="certificate_request server_hello_done",
    certificate_request="server_hello_done",
    server_hello_done="new_session_ticket finished",
    new_session_ticket="finished",
    finished="server_hello",
)
CLIENT12: Final = _table(
    client_hello="supplemental_data certificate certificate_url client_key_exchange finished",
    supplemental_data="certificate certificate_url client_key_exchange",
    certificate="client_key_exchange",
    certificate_url="client_key_exchange",
    client_key_exchange="certificate_verify next_protocol finished",
    certificate_verify="next_protocol finished",
    next_protocol="finished",
    finished="client_hello",
)
HELLOS: Final = {"hello_retry_request", "server_hello", "hello_verify_request"}
UNPROVED: Final = "finished cannot come before certificate_verify, since the client has sent a certificate"
PROOFS_OR_BEGINNINGS: Final = {"certificate_verify", "finished", "client_hello"}
"""With the first the client signs; behind the others it begins anew."""
TABLES: Final[Mapping[tuple[bool, Party], Table]] = {
    (True, "server"): SERVER13,
    (True, "client"): CLIENT13,
    (False, "server"): SERVER12,
    (False, "client"): CLIENT12,
}


class Order:
    """What each side has said last, and whether the next message may follow it."""

    __slots__ = ("_last", "_unproved")

    def __init__(self) -> None:
        self._last: dict[Party, str] = {"client": "", "server": ""}
        self._unproved = False
        """Before TLS 1.3: the client has sent a certificate with which it has not signed yet."""

    def without_certificate(self, sender: Party) -> None:
        """The Certificate of TLS 1.3 that was the last message has none inside, so nothing will be proved with it."""
        self._last[sender] = EMPTY_CERTIFICATE

    def must_prove(self) -> None:
        """The client has sent a certificate that it can sign with, before TLS 1.3 (RFC 5246 §7.4.8)."""
        self._unproved = True

    def lost(self, sender: Party) -> None:
        """A record of `sender` could not be read: nobody knows what was in it."""
        self._last[sender] = UNKNOWN
        self._unproved = False

    def objection(self, sender: Party, type_name: str, version: int, *, datagram: bool) -> str:
        """Why a message may not come here, "" if it may; the message counts either way.

        version  of TLS that was negotiated, the message itself included; 0 as long as nobody knows.
        """
        if type_name == "hello_request" and version < TLS13:
            # RFC 5246 §7.4.1.1: it may come at any time, and is passed over during a handshake.
            return ""
        last, self._last[sender] = self._last[sender], type_name
        unproved = sender == "client" and self._was_unproved(type_name)
        if last == UNKNOWN or not version:
            return ""
        return UNPROVED if unproved else self._misplaced(sender, type_name, version, last, datagram=datagram)

    def _misplaced(self, sender: Party, type_name: str, version: int, last: str, *, datagram: bool) -> str:
        if not last:
            return self._at_the_start(sender, type_name)
        if datagram and type_name == last == "client_hello":
            return ""
        allowed = TABLES[version >= TLS13, sender].get(last)
        if allowed is None or type_name in allowed:
            return ""
        return f"{type_name} cannot follow {last.replace('empty_', 'an empty ')}"

    def _was_unproved(self, type_name: str) -> bool:
        """Whether this is the Finished of a client that has not signed with its certificate."""
        before = self._unproved
        if type_name in PROOFS_OR_BEGINNINGS:
            self._unproved = False
        return before and type_name == "finished"

    def _at_the_start(self, sender: Party, type_name: str) -> str:
        """A client's first message may be missing because the capture began later; a server's is seen with its hello."""
        if sender == "server" and self._last["client"] == "client_hello" and type_name not in HELLOS:
            return f"{type_name} cannot be a server's first message"
        return ""
