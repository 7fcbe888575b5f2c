"""A check that can be made, and which messages it is computed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.keys import schedule12

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection


EARLY_DATA: Final = "CLIENT_EARLY_TRAFFIC_SECRET"
"""What is protected with it belongs to no handshake, but for its end."""


LAST_OF_FLIGHT: Final = {"server_hello_done", "finished"}
"""What a side says last before it waits for the other's Finished."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The handshake messages that a check is computed over, as they stood when it was due."""

    parts: Sequence[bytes]
    """The transcript, which may have grown since."""
    count: int
    """As many of it are covered."""
    messages: Sequence[Message]
    """The message behind each part; behind message_hash the ClientHello that it stands for."""
    hash_name: str
    holds: Callable[[bytes], bool] | None = None
    """Whether the check would hold with another transcript hash; None where that cannot be tried in microseconds."""
    again: Callable[[bytes], bool] | None = None
    """Whether it would hold over other messages, one after the other."""

    behind: bytes = b""
    """What `digest` hashes behind them."""

    def joined(self) -> bytes:
        """The covered messages, one after the other."""
        return b"".join(self.parts[: self.count])

    def digest(self) -> bytes:
        """Their hash."""
        return schedule12.digest(self.joined() + self.behind, self.hash_name)

    @property
    def covered(self) -> Sequence[Message]:
        """The messages, in order."""
        return self.messages[: self.count]

    @property
    def words(self) -> str:
        """Their numbers in words: "messages 1, 2 and 4 to 7"; of a hello that hides the one which counts, so much is said."""
        hiding = [message.number for message in self.covered if message.type == "client_hello" and message.inside]
        numbers = [message.number for message in self.covered]
        if not hiding or not self._is_hidden():
            return in_words(numbers)
        rest = [number for number in numbers if number not in hiding]
        hidden = f"the hello{'s' if len(hiding) > 1 else ''} inside {in_words(hiding)}"
        return f"{hidden}, {in_words(rest)}" if rest else hidden

    def _is_hidden(self) -> bool:
        """Whether a hello counts that was encrypted, and not the one around it."""
        inside = ((each.inside, part) for each, part in zip(self.covered, self.parts, strict=False))
        return any(hello is not None and hello.buffer.data == part for hello, part in inside)

    def has_holes(self, connection: Connection, checked: Message) -> bool:
        """Whether something before `checked` could not be read: without it in the transcript nothing can be computed."""
        first = self.messages[0].number if self.count else checked.number
        before = connection.messages.between(first - 1, checked.number - 1)
        if any(not each.readable and each.records[0].key_label != EARLY_DATA for each in before):
            return True
        broken_off = {sender for sender, _ in connection.odd_headers} - {checked.sender}
        ended = {each.sender for each in self.covered if each.type in LAST_OF_FLIGHT}
        return bool(broken_off - ended)

    def told(self, check: Check) -> Check:
        """The check with the messages named: at its inputs, and, where it does not hold, as what may differ."""
        made = check.sourced(dict.fromkeys(("transcript_hash", "handshake_messages"), self.words))
        if check.ok or not self.count:
            return made
        return made._replace(detail=f"{check.detail}; what differs is one of {self.words}, or the key")


class Proof(NamedTuple):
    """Checks that can be made of one message: what they are about, and the computation."""

    message: Message
    compute: Callable[[], Iterable[Check]]
    """Gives none where the bytes, looked at closely, allow none."""
    covers: Coverage | None = None
    """The messages that it is computed over; None where that is not the transcript."""


def hash_of(transcript: Sequence[bytes], count: int, hash_name: str) -> bytes:
    """Hash of the first `count` messages. A transcript only grows: a new handshake begins a list of its own."""
    return schedule12.digest(b"".join(transcript[:count]), hash_name)


def numbered(message: Message) -> str:
    """A message as people point at it: "message 4 (ServerKeyExchange)"."""
    return f"message {message.number} ({message.title})"


def in_words(numbers: Sequence[int]) -> str:
    """Numbers of messages, runs drawn together: "message 3", "messages 1, 2 and 4 to 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = []
    for run in runs:
        parts += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run]
    head = f"{', '.join(parts[:-1])} and " if len(parts) > 1 else ""
    return f"message{'s' if len(numbers) > 1 else ''} {head}{parts[-1] if parts else ''}"
