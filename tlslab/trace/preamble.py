"""Where TLS begins in a connection that does not begin with it: STARTTLS and its likes, tunnels, PROXY headers.

Bytes in, facts out. A side's stream is searched for the first record that can begin a handshake: a ClientHello of the
client, a ServerHello or an alert of the server. The clear dialogue before it has to be one of `PROTOCOLS`; if it is none,
the record has to begin a chunk and to be right in every length, so that binary traffic is not taken for TLS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tlslab.trace.events import Party

SEARCHED: Final = 64 * 1024
"""Bytes of each direction that are searched at most."""
MOST_CANDIDATES: Final = 16
"""Places per direction that are looked at closely, so that hostile bytes cost no more than others."""
TAIL: Final = 512
"""Bytes before the record in which the end of a dialogue is looked for."""


class Turn(NamedTuple):
    """What one side said in the clear before the other side spoke again, or TLS began."""

    sender: Party
    data: bytes


@dataclass(frozen=True, slots=True)
class Preamble:
    """The dialogue in the clear that came before TLS on the same connection."""

    protocol: str | None
    """"SMTP STARTTLS"; one inside the other is joined by ", then ", what cannot be told apart by " or "; None if unknown."""
    client_bytes: int
    server_bytes: int
    turns: tuple[Turn, ...] = field(default=(), compare=False, repr=False)
    """What was said, in the order in which it came."""

    def __str__(self) -> str:
        """In words: "SMTP STARTTLS, 33 bytes of the client and 95 of the server in the clear"."""
        name = self.protocol or "a dialogue of an unknown protocol"
        return f"{name}, {self.client_bytes} bytes of the client and {self.server_bytes} of the server in the clear"


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a dialogue that leads to TLS begins, and what stands right before TLS, on either side."""

    name: str
    client_first: re.Pattern[bytes]
    client_last: re.Pattern[bytes]
    server_first: re.Pattern[bytes]
    server_last: re.Pattern[bytes]

    def explains(self, client: bytes, server: bytes, *, whole: tuple[Party, ...]) -> bool:
        """Whether the dialogue can be its own; of the sides in `whole` the end is known, one without bytes was not captured."""
        sides: tuple[tuple[Party, bytes, re.Pattern[bytes], re.Pattern[bytes]], ...] = (
            ("client", client, self.client_first, self.client_last),
            ("server", server, self.server_first, self.server_last),
        )
        return all(
            not data or (first.match(data) and (party not in whole or last.search(data[-TAIL:])))
            for party, data, first, last in sides
        )


def _protocol(name: str, client: tuple[bytes, bytes], server: tuple[bytes, bytes]) -> Protocol:
    first, last = (re.compile(text, re.IGNORECASE | re.DOTALL) for text in client)
    answer, ready = (re.compile(text, re.IGNORECASE | re.DOTALL) for text in server)
    return Protocol(name, first, last, answer, ready)


_LINE: Final = rb"[^\r\n]*\r?\n\Z"
_CLIENT_SSL: Final = b"[" + re.escape(bytes(byte for byte in range(256) if byte & 0x08)) + b"]"
PROTOCOLS: Final = (
    # RFC 3207; RFC 2033 for LHLO.
    _protocol("SMTP STARTTLS", (rb"(?:EHLO|HELO)\b", rb"\nSTARTTLS[ \t]*\r?\n\Z"), (rb"220[ -]", rb"\n220[ ]" + _LINE)),
    _protocol("LMTP STARTTLS", (rb"LHLO\b", rb"\nSTARTTLS[ \t]*\r?\n\Z"), (rb"220[ -]", rb"\n220[ ]" + _LINE)),
    # RFC 9051 §6.2.1: a tag of the client's own, which the answer repeats.
    _protocol(
        "IMAP STARTTLS",
        (rb"[!-~]+ [A-Z]", rb"(?:\A|\n)[!-~]+ STARTTLS\r?\n\Z"),
        (rb"\* (?:OK|PREAUTH)\b", rb"\n[!-~]+ OK\b" + _LINE),
    ),
    # RFC 2595 §4.
    _protocol("POP3 STLS", (rb"[A-Z]{3,4}\b", rb"(?:\A|\n)STLS[ \t]*\r?\n\Z"), (rb"\+OK", rb"\n\+OK" + _LINE)),
    # RFC 4217 §4.
    _protocol(
        "FTP AUTH TLS",
        (rb"[A-Z]{3,4}\b", rb"(?:\A|\n)AUTH (?:TLS|SSL|TLS-[CP])[ \t]*\r?\n\Z"),
        (rb"220[ -]", rb"\n[23]34[ ]" + _LINE),
    ),
    # RFC 4642 §2.2.
    _protocol("NNTP STARTTLS", (rb"[A-Z]", rb"(?:\A|\n)STARTTLS\r?\n\Z"), (rb"20[01] ", rb"\n382\b" + _LINE)),
    # RFC 5804 §2.2.
    _protocol(
        "ManageSieve STARTTLS",
        (rb"[A-Z]", rb"(?:\A|\n)STARTTLS\r?\n\Z"),
        (rb"\"[A-Z]+\"", rb"\nOK\b" + _LINE),
    ),
    # IRCv3's tls extension: 670 is RPL_STARTTLS.
    _protocol(
        "IRC STARTTLS",
        (rb"[A-Z]", rb"(?:\A|\n)STARTTLS\r?\n\Z"),
        (rb":|NOTICE\b", rb"(?:\A|\n):[^ ]+ 670 " + _LINE),
    ),
    # RFC 4511 §4.14: ExtendedRequest [APPLICATION 23] with this requestName, ExtendedResponse [APPLICATION 24] success.
    _protocol(
        "LDAP StartTLS",
        (rb"\x30", rb"\x77.{1,5}\x80\x161\.3\.6\.1\.4\.1\.1466\.20037\Z"),
        (rb"\x30", rb"\x02[\x01-\x04].{1,4}\x78.{1,5}\x0a\x01\x00\x04.*\Z"),
    ),
    # PostgreSQL's frontend/backend protocol: SSLRequest, perhaps after a GSSENCRequest that was answered with N.
    _protocol(
        "PostgreSQL SSLRequest",
        (rb"\x00\x00\x00\x08\x04\xd2\x16[/0]", rb"\x00\x00\x00\x08\x04\xd2\x16/\Z"),
        (rb"[NS]", rb"\AN?S\Z"),
    ),
    # MySQL's handshake packet of version 10, then an SSLRequest (32 bytes, CLIENT_SSL = 0x0800 set).
    _protocol(
        "MySQL SSLRequest",
        (rb"\x20\x00\x00\x01." + _CLIENT_SSL, rb"\A.{36}\Z"),
        (rb"..\x00\x00\x0a", rb"\x00\Z"),
    ),
    # RFC 6120 §5.4.2.
    _protocol(
        "XMPP STARTTLS",
        (rb"\s*<(?:\?xml|stream:stream)", rb"<starttls\b[^>]*(?:/>|>\s*</starttls>)\s*\Z"),
        (rb"\s*<(?:\?xml|stream:stream)", rb"<proceed\b[^>]*(?:/>|>\s*</proceed>)\s*\Z"),
    ),
)

Wrapper = tuple[str, re.Pattern[bytes], re.Pattern[bytes]]
_HEADERS: Final = rb"(?:[^\r\n]+\r\n)*\r\n"
WRAPPERS: Final[tuple[Wrapper, ...]] = (
    # RFC 9110 §9.3.6; a refusal (407) may come first, then its body is no part of this.
    (
        "HTTP CONNECT",
        re.compile(rb"CONNECT [^\r\n]+ HTTP/1\.[01]\r\n" + _HEADERS),
        re.compile(rb"HTTP/1\.[01] 2\d\d[^\r\n]*\r\n" + _HEADERS),
    ),
    # HAProxy's PROXY protocol §2.1: at most 107 bytes; the server does not answer.
    ("PROXY protocol v1", re.compile(rb"PROXY (?:TCP4|TCP6|UNKNOWN)[^\r\n]{0,93}\r\n"), re.compile(rb"")),
)
"""What comes in front of another dialogue or of TLS itself: name, the client's bytes, the server's."""
PROXY_V2: Final = b"\r\n\r\n\x00\r\nQUIT\n"
"""HAProxy's PROXY protocol §2.2: its signature; version, command, family and a length of 2 bytes follow."""


def name_of_dialogue(client: bytes, server: bytes, whole: tuple[Party, ...]) -> str | None:
    """What the clear bytes of both sides are, None if no protocol here explains them.

    whole   the sides of which all clear bytes are there, up to the first record.
    """
    names: list[str] = []
    while (found := _wrapper(client, server)) is not None:
        name, end, answer = found
        names.append(name)
        client, server = client[end:], server[answer:]
    if client or server:
        explained = [each.name for each in PROTOCOLS if each.explains(client, server, whole=whole)]
        if not explained:
            return None
        # One direction alone may fit several.
        names.append(" or ".join(explained))
    return ", then ".join(names) or None


def _wrapper(client: bytes, server: bytes) -> tuple[str, int, int] | None:
    if client.startswith(PROXY_V2) and len(client) >= 16 and client[12] >> 4 == 2:
        end = 16 + int.from_bytes(client[14:16])
        return ("PROXY protocol v2", end, 0) if end <= len(client) else None
    for name, request, answer in WRAPPERS:
        asked, told = request.match(client), answer.match(server)
        if asked and (told or not server):
            return name, asked.end(), told.end() if told else 0
    return None


class Search:
    """Searches both directions of one connection, chunk by chunk; linear in the bytes, and bounded."""

    def __init__(self) -> None:
        self._sides: dict[Party, _Side] = {"client": _Side(), "server": _Side()}
        self._said: list[tuple[Party, int, int]] = []
        """Sender, start and end of each chunk in the bytes of its side, in the order of arrival."""
        self.given_up = False
        """One side went on for too long and neither had begun: this is no TLS."""
        self.preamble: Preamble | None = None
        """What came before TLS; None if nothing did, or while neither side has begun."""

    def seen(self, sender: Party) -> int:
        """Bytes of `sender` that were searched, or stand before its TLS."""
        return len(self._sides[sender].data)

    def clear_length(self, sender: Party) -> int:
        """Bytes of `sender` in the clear as far as is known: up to its first record, or when the other side began."""
        side = self._sides[sender]
        return side.begin if side.begin is not None else side.before

    def begins(self, sender: Party) -> None:
        """`sender` begins with TLS from its first byte on."""
        if self._other(sender).data:
            self._begin(sender, 0)
        else:
            # As nearly always: nobody has said anything in the clear.
            self._sides[sender].begin = 0

    def push(self, sender: Party, data: bytes) -> int | None:
        """Take in the next bytes of a side that has not begun; where in its stream TLS begins, if that is known now."""
        side = self._sides[sender]
        start = len(side.data)
        side.starts.add(start)
        side.data += data[: SEARCHED - start]
        self._said.append((sender, start, len(side.data)))
        while (at := side.next_candidate(sender)) is not None:
            if self._is_begin(sender, at):
                self._begin(sender, at)
                return at
        if self.exhausted(sender) and all(each.begin is None for each in self._sides.values()):
            self.given_up = True
        return None

    def forget(self) -> None:
        """Let the bytes go: this is no TLS."""
        self.given_up = True
        self._said.clear()
        self._sides = {"client": _Side(), "server": _Side()}

    def exhausted(self, sender: Party) -> bool:
        """Whether no more of that side is searched."""
        side = self._sides[sender]
        return side.begin is None and (len(side.data) >= SEARCHED or side.candidates >= MOST_CANDIDATES)

    def _is_begin(self, sender: Party, at: int) -> bool:
        side, other = self._sides[sender], self._other(sender)
        record = bytes(side.data[at : at + LONGEST_START])
        if sender == "server" and record[0] == ALERT and other.begin is None:
            return False
        exact = is_client_hello(record) if sender == "client" else is_server_hello(record)
        if at in side.starts and (exact or other.begin is not None):
            return True
        return self._name(sender, at) is not None

    def _begin(self, sender: Party, at: int) -> None:
        side, other = self._sides[sender], self._other(sender)
        protocol = self._name(sender, at)
        side.begin = at
        del side.data[at:]
        side.starts.clear()
        if other.begin is None:
            # What no protocol explains may as well be damage; it is a preamble once a record stands behind it.
            other.before = len(other.data) if protocol is not None else 0
            # An alert of the server counts from here on.
            other.scanned = 0
        client, server = self.clear_length("client"), self.clear_length("server")
        if client or server:
            known = self.preamble.protocol if self.preamble is not None else None
            self.preamble = Preamble(protocol or known, client, server, self._turns())

    def _turns(self) -> tuple[Turn, ...]:
        """What was said in the clear, chunks of one side that follow each other as one."""
        turns: list[Turn] = []
        for sender, start, end in self._said:
            data = bytes(self._sides[sender].data[start : min(end, self.clear_length(sender))])
            if turns and turns[-1].sender == sender:
                turns[-1] = Turn(sender, turns[-1].data + data)
            elif data:
                turns.append(Turn(sender, data))
        return tuple(turns)

    def _name(self, sender: Party, at: int) -> str | None:
        """What the dialogue is, if the TLS of `sender` begins at `at`."""
        clear = {party: bytes(side.data[: side.begin]) for party, side in self._sides.items()}
        clear[sender] = clear[sender][:at]
        whole = tuple(party for party, side in self._sides.items() if party == sender or side.begin is not None)
        return name_of_dialogue(clear["client"], clear["server"], whole)

    def _other(self, sender: Party) -> _Side:
        return self._sides["server" if sender == "client" else "client"]


ALERT: Final = 21
HANDSHAKE: Final = 22
CLIENT_HELLO, SERVER_HELLO = 1, 2
SHORTEST_START: Final = 11
"""Record header, handshake header and version."""
LONGEST_START: Final = 5 + 4 + 2 + 32 + 1 + 32 + 3
"""Bytes of a first record that are looked at: up to the cipher suites behind the longest session id."""
_RECORD: Final = {
    "client": re.compile(rb"\x16\x03[\x00-\x04]"),
    "server": re.compile(rb"[\x15\x16]\x03[\x00-\x04]"),
}


class _Side:
    """The clear bytes of one side, and how far they were searched."""

    __slots__ = ("before", "begin", "candidates", "data", "scanned", "starts")

    def __init__(self) -> None:
        self.data = bytearray()
        self.starts: set[int] = set()
        """Where chunks begin."""
        self.scanned = 0
        self.candidates = 0
        self.begin: int | None = None
        self.before = 0

    def next_candidate(self, sender: Party) -> int | None:
        """The next place where a record of the right kind may begin; None until more bytes have come."""
        while self.candidates < MOST_CANDIDATES:
            found = _RECORD[sender].search(self.data, self.scanned)
            if found is None:
                self.scanned = max(self.scanned, len(self.data) - 2)
                return None
            at = self.scanned = found.start()
            record = bytes(self.data[at : at + LONGEST_START])
            if len(record) < 5 or len(record) < min(LONGEST_START, 5 + int.from_bytes(record[3:5])):
                # Looked at again when there is more of it.
                return None
            self.scanned = at + 1
            if can_begin(sender, record):
                self.candidates += 1
                return at
        return None


def can_begin(sender: Party, record: bytes) -> bool:
    """Whether the record can be the first of a handshake; the message may go on in the next record (RFC 8446 §5.1)."""
    length = int.from_bytes(record[3:5])
    if record[0] == ALERT:
        return length == 2 and record[5] in (1, 2)
    if length < SHORTEST_START - 5 or length > 2**14:
        return False
    kind = CLIENT_HELLO if sender == "client" else SERVER_HELLO
    message = int.from_bytes(record[6:9])
    whole = message + 4 <= length if sender == "server" else message + 4 == length
    return record[5] == kind and (whole or length < message + 4 < 2**17) and record[9] == 3 and record[10] <= 3


def is_client_hello(record: bytes) -> bool:
    """Whether every length agrees: the record holds one ClientHello (RFC 8446 §4.1.2) and nothing else."""
    length, message = int.from_bytes(record[3:5]), int.from_bytes(record[6:9])
    session_id_length = record[43] if len(record) > 43 else 33
    if record[0] != HANDSHAKE or message + 4 != length or session_id_length > 32:
        return False
    suites = int.from_bytes(record[44 + session_id_length : 46 + session_id_length])
    return suites >= 2 and suites % 2 == 0 and 2 + 32 + 1 + session_id_length + 2 + suites + 2 <= message


def is_server_hello(record: bytes) -> bool:
    """Whether the record begins with a whole ServerHello (RFC 8446 §4.1.3) of null compression."""
    length, message = int.from_bytes(record[3:5]), int.from_bytes(record[6:9])
    session_id_length = record[43] if len(record) > 43 else 33
    if record[0] != HANDSHAKE or message + 4 > length or session_id_length > 32:
        return False
    behind = 44 + session_id_length
    return 2 + 32 + 1 + session_id_length + 3 <= message and record[behind + 2 : behind + 3] == b"\x00"
