"""What a file or a paste is: a capture, TLS records, a piece of TLS, certificates, keys, anything in DER, a key log.

Told by the bytes alone, and said in one sentence, with the reason where it could be something else. Text is read as the
bytes that it shows. No file is opened here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.trace.der_files import things_in_der, things_in_pem
from tlslab.trace.events import Event
from tlslab.trace.exchanges import Exchange, exchange_in
from tlslab.trace.handshake_bytes import handshake_things
from tlslab.trace.magic import CAPTURES, KEYLOG_LINE, LAB, OTHERS, NotRecognised
from tlslab.trace.packet_bytes import capture_of_packets, link_type
from tlslab.trace.pasted import LONGEST, LONGEST_OTHER, TOO_LONG, Reading, is_too_long, readings
from tlslab.trace.pasted_dumps import dumps_between
from tlslab.trace.sniff import by_sender, dtls_records, events_of_exchange, is_dtls_record, is_record
from tlslab.trace.things import Thing
from tlslab.trace.tls_shapes import tls_shapes
from tlslab.trace.unpacking import is_packed, unpacked
from tlslab.wire.sslv2 import message_length
from tlslab.wire.words import byte_count, harmless

PRINTABLE: Final = re.compile(r"[\t\r\n\f\x1b\x20-\x7e\x80-\U0010ffff]*")


@dataclass(frozen=True, slots=True)
class Contents:
    """What was recognised."""

    kind: str
    """As the JSON has it: "capture", "packets", "tls_records", "dtls_records", "keylog", "lab", the kind of the things, or
    "objects" where these are of several."""
    words: str
    """With an article, as a sentence has it: "TLS records", "an OCSP response"."""
    because: str = ""
    """Why it was taken for this, where it could be something else."""
    shape: str = ""
    """How it was written, if it was text or packed: "a hex dump", "base64", "PEM", "gzip"."""
    capture: bytes = b""
    """A whole capture file, unpacked."""
    events: tuple[Event, ...] = ()
    """What was sent, for records."""
    things: tuple[Thing, ...] = ()
    keylog: KeyLog = field(default_factory=KeyLog)
    problems: tuple[str, ...] = ()
    """What could not be read, one sentence each."""

    @property
    def sentence(self) -> str:
        """What it is, how it was written, and why it was taken for that."""
        written = f", written as {self.shape}" if self.shape else ""
        reason = f"; {self.because}" if self.because else ""
        return f"{self.words}{written}{reason}"


Reader: TypeAlias = Callable[[bytes], Contents | None]
"""What some bytes are; None if they are nothing of its own. Raises NotRecognised for what is known not to be of use."""


def recognised(data: bytes) -> Contents:
    """What `data` is, whether bytes or text. Raises NotRecognised."""
    return _recognised(data, _READERS)


def _recognised(data: bytes, readers: Sequence[Reader]) -> Contents:
    if not data:
        raise NotRecognised("is empty; give a capture, TLS records or a certificate")
    for magic, what in OTHERS.items():
        if data.startswith(magic):
            raise NotRecognised(what)
    found = _of_bytes(data, readers)
    if found is not None:
        return found
    text = _text(data) if len(data) <= 2 * LONGEST else None
    if text is None:
        raise NotRecognised(f"{_NEITHER}: it begins with {data[:4].hex(' ')}")
    if is_too_long(text):
        raise NotRecognised(f"{_NEITHER}, and is too long to be read as text: {TOO_LONG}")
    return _of_text(text, readers)


_NEITHER: Final = "is neither a capture (pcap, pcapng) nor TLS records nor a certificate"
_SHOWN: Final = 32
"""Letters of an unknown text that are shown, at most."""


def _of_bytes(data: bytes, readers: Sequence[Reader]) -> Contents | None:
    """What the bytes themselves are; None for none of all that."""
    for read in readers:
        found = read(data)
        if found is not None:
            return found
    return None


def _capture(data: bytes) -> Contents | None:
    name = CAPTURES.get(data[:4])
    return Contents("capture", f"a capture ({name})", capture=data) if name is not None else None


def _lab(data: bytes) -> Contents | None:
    return Contents("lab", "a lab file of tlslab") if data.startswith(LAB) else None


def _packed(data: bytes) -> Contents | None:
    try:
        inside = unpacked(data)
    except ValueError as error:
        raise NotRecognised(str(error).removeprefix("it ")) from None
    if inside is None:
        return None
    found = _recognised(inside, _INSIDE)
    return replace(found, shape=f"gzip{f', {found.shape}' if found.shape else ''}")


def _packed_again(data: bytes) -> Contents | None:
    """Nobody packs twice who does not want it to be unpacked forever."""
    if is_packed(data):
        raise NotRecognised("is compressed again inside; unpack it first (gunzip)")
    return None


def _records(data: bytes) -> Contents | None:
    if not is_record(data):
        return None
    return Contents("tls_records", "TLS records", events=tuple(events_of_exchange(by_sender(data))))


def _datagrams(data: bytes) -> Contents | None:
    if not is_dtls_record(data):
        return None
    return Contents(
        "dtls_records", "DTLS records", events=tuple(events_of_exchange(dtls_records(data), datagrams=True))
    )


def _sslv2(data: bytes) -> Contents | None:
    length = message_length(data[:HEADER_SSLV2])
    if length is None or len(data) < length + 2 or data[2:3] != b"\1":
        return None
    events = events_of_exchange([("client", data)])
    return Contents("sslv2_client_hello", "a ClientHello in the format of SSL 2.0", events=tuple(events))


HEADER_SSLV2: Final = 11


def _exchange(data: bytes) -> Contents | None:
    """What openssl prints of a connection, which may have a certificate in PEM in its midst."""
    if len(data) > LONGEST_OTHER or not any(sign in data for sign in EXCHANGE_SIGNS):
        return None
    text = data.decode("utf-8", "replace")
    exchange = exchange_in(text) if not is_too_long(text) else None
    del text
    return _of_exchange(exchange) if exchange is not None else None


EXCHANGE_SIGNS: Final = (b">>> ", b"write to 0x", b"read from 0x", b"=> Send SSL data", b"<= Recv SSL data")


def _pem(data: bytes) -> Contents | None:
    if b"-----BEGIN " not in data:
        return None
    things, problems = things_in_pem(data)
    if not things:
        raise NotRecognised(f"holds PEM of which nothing can be shown: {'; '.join(problems) or 'it is damaged'}")
    return replace(_of_things(things), shape="PEM", problems=tuple(problems))


def _keylog(data: bytes) -> Contents | None:
    if not KEYLOG_LINE.search(data):
        return None
    keylog, problems = parse_keylog(data)
    if not keylog:
        return None
    return Contents("keylog", "a key log", keylog=keylog, problems=tuple(problems))


def _der(data: bytes) -> Contents | None:
    things = things_in_der(data)
    return _of_things(things) if things else None


def _tls(data: bytes) -> Contents | None:
    found = tls_shapes(data)
    if not found:
        return None
    (shape, things), *others = found
    also = " or ".join(other.title for other, _ in others)
    because = f"it could also be {also}, but {shape.why}" if also else ""
    return replace(_of_things(things), because=because or things[0].because)


def _packets(data: bytes) -> Contents | None:
    capture = capture_of_packets([data])
    return Contents("packets", "a packet of IP", capture=capture) if capture is not None else None


_READERS: Final[tuple[Reader, ...]] = (
    _capture,
    _lab,
    _packed,
    _records,
    _datagrams,
    _exchange,
    _pem,
    _keylog,
    _der,
    _tls,
    _sslv2,
    _packets,
)
"""What bytes can be, in the order in which it is tried."""
_INSIDE: Final = tuple(_packed_again if read is _packed else read for read in _READERS)
"""The same for what was packed."""


def _of_things(things: Iterable[Thing]) -> Contents:
    found = tuple(things)
    kinds = {thing.kind for thing in found}
    counted = Counter(thing.title for thing in found)
    words = ", ".join(title if number == 1 else f"{title} ({number} times)" for title, number in counted.items())
    because = found[0].because if len(found) == 1 else ""
    return Contents(kinds.pop() if len(kinds) == 1 else "objects", words, because, things=found)


def _text(data: bytes) -> str | None:
    """The text that `data` is; None if it is none."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if PRINTABLE.fullmatch(text) else None


def _of_text(text: str, readers: Sequence[Reader]) -> Contents:
    """What pasted text shows. Raises NotRecognised."""
    encoded = text.encode("utf-8")
    for read in (_pem, _keylog):
        found = read(encoded)
        if found is not None:
            return found
    exchange = exchange_in(text) if len(text) <= LONGEST_OTHER else None
    if exchange is not None:
        return _of_exchange(exchange)
    capture = capture_of_packets(packets_in(text))
    if capture is not None:
        return Contents("packets", "packets of IP", shape="hex dumps", capture=capture)
    try:
        several = readings(text)
    except ValueError as error:
        raise NotRecognised(f"{_NEITHER}, and as text {_as_text(text, error)}") from None
    for reading in several:
        found = _of_reading(reading, readers)
        if found is not None:
            other = f"; as {several[0].shape} it would be nothing" if reading is not several[0] else ""
            return replace(found, shape=_joined(reading.shape, found.shape) + other)
    first = several[0]
    raise NotRecognised(
        f"shows {byte_count(len(first.data))} as {first.shape}, and the bytes are no TLS records: they begin with "
        f"{first.data[:5].hex(' ')}; nor are they a piece of TLS, a certificate or other DER"
    )


def packets_in(text: str) -> list[bytes]:
    """The packets that `tcpdump -x`, `tshark -x` and their like print: the dumps that are one, whatever stands between."""
    try:
        return [dump for dump in dumps_between(text) if link_type(dump) is not None]
    except ValueError:
        return []


def _joined(outer: str, inner: str) -> str:
    return f"{inner} in {outer}" if inner else outer


def _as_text(text: str, error: ValueError) -> str:
    """Why the text is of no use, and how it begins."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    shown = harmless(f"{line[:_SHOWN]}{'…' if len(line) > _SHOWN else ''}")
    reason = str(error).removeprefix("the text ")
    return f"{reason}: it begins with “{shown}”" if shown else "it is empty"


def _of_reading(reading: Reading, readers: Sequence[Reader]) -> Contents | None:
    """What the bytes of a text are; what could be chance is not taken from the middle of other text."""
    if len(reading.parts) > 1:
        capture = capture_of_packets(reading.parts)
        if capture is not None:
            return Contents("packets", "packets of IP", capture=capture)
    found = _of_bytes(reading.data, readers)
    if found is None and reading.shape == "a hex dump":
        found = _of_bytes(swapped(reading.data), readers)
        found = found and replace(
            found, shape=_joined("words with their bytes swapped, as hexdump prints them", found.shape)
        )
    weak = reading.shape == "hex within text" and found is not None and found.kind in {"der", "alert", "extension"}
    return None if weak else found


def swapped(data: bytes) -> bytes:
    """Each two bytes the other way round."""
    made = bytearray(data + bytes(len(data) % 2))
    made[0::2], made[1::2] = made[1::2], made[0::2]
    return bytes(made)


def _of_exchange(exchange: Exchange) -> Contents:
    """What two sides said: bytes of their streams, or messages that a program had decrypted."""
    if not any(said.what for said in exchange.said):
        events = events_of_exchange((said.sender, said.data) for said in exchange.said)
        return Contents(
            "tls_records",
            "TLS records of both sides",
            shape=exchange.shape,
            events=tuple(events),
            problems=exchange.problems,
        )
    messages = [(said.sender, said.data) for said in exchange.said if said.what == "Handshake" and said.data]
    if not messages:
        raise NotRecognised(f"is {exchange.shape} without a handshake message in it")
    found = _of_things(handshake_things(messages))
    return replace(found, words="handshake messages of both sides", shape=exchange.shape, problems=exchange.problems)
