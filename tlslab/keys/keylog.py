"""Key logs: the secrets of connections as text lines, `LABEL client_random secret`.

The format of NSS, OpenSSL, Go and browsers (SSLKEYLOGFILE), now RFC 9850. Bytes in, secrets out; this module opens no file
and imports no cryptography.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

CLIENT_RANDOM_LENGTH = 32
_ENCRYPTED_PRE_MASTER_LENGTH = 8  # "RSA" lines begin with the first 8 bytes of the encrypted pre-master secret
_MASTER_SECRET_LENGTH = 48
_FORM = "not `LABEL client_random secret`"


class KeyLog(Mapping[bytes, Mapping[str, bytes]]):
    """Secrets by client_random and label, in the order in which they came."""

    __slots__ = ("_secrets",)

    def __init__(self) -> None:
        self._secrets: dict[bytes, dict[str, bytes]] = {}

    def add(self, label: str, client_random: bytes, secret: bytes) -> None:
        """Keep one secret; a later one of the same label and connection replaces the earlier."""
        self._secrets.setdefault(client_random, {})[label] = secret

    def update(self, other: KeyLog) -> None:
        """Add every secret of `other`."""
        for client_random, secrets in other.items():
            self._secrets.setdefault(client_random, {}).update(secrets)

    def lookup(self, client_random: bytes, label: str) -> bytes | None:
        """The secret, or None if this log does not have it."""
        secrets = self._secrets.get(client_random)
        return secrets.get(label) if secrets else None

    def lines(self) -> Iterator[str]:
        """One line for each secret, without line ends."""
        for client_random, secrets in self._secrets.items():
            for label, secret in secrets.items():
                yield format_line(label, client_random, secret)

    def __getitem__(self, client_random: bytes) -> Mapping[str, bytes]:
        return self._secrets[client_random]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)


def format_line(label: str, client_random: bytes, secret: bytes) -> str:
    """One line of a key log, without line end."""
    return f"{label} {client_random.hex()} {secret.hex()}"


def parse_keylog(data: bytes) -> tuple[KeyLog, tuple[str, ...]]:
    """The secrets in `data`, and one sentence for each line (or run of lines) that could not be used.

    Never raises. Lines may come in any order and end in LF, CRLF or CR; empty lines and comments (#) are skipped. A
    problem never repeats the line's text, which may be half a secret.
    """
    keylog = KeyLog()
    problems: list[tuple[int, str]] = []
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        if problem := _read_line(line, keylog):
            problems.append((number, problem))
    return keylog, tuple(_sentences(problems))


def _read_line(line: str, keylog: KeyLog) -> str | None:
    """Add the line's secret to `keylog`, or say what is wrong with it."""
    parts = line.split()
    if not parts or parts[0].startswith("#"):
        return None
    if len(parts) != 3:
        return _FORM
    label = parts[0]
    try:
        client_random, secret = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except ValueError:
        return _FORM
    if problem := _length_problem(label, client_random, secret):
        return problem
    keylog.add(label, client_random, secret)
    return None


def _length_problem(label: str, client_random: bytes, secret: bytes) -> str | None:
    if not (label.isascii() and label.replace("_", "").isalnum()):
        return _FORM
    expected = _ENCRYPTED_PRE_MASTER_LENGTH if label == "RSA" else CLIENT_RANDOM_LENGTH
    if len(client_random) != expected:
        return f"the client_random has {len(client_random)} bytes instead of {expected}"
    if label == "CLIENT_RANDOM" and len(secret) != _MASTER_SECRET_LENGTH:
        return f"the master secret has {len(secret)} bytes instead of {_MASTER_SECRET_LENGTH}"
    return None


def _sentences(problems: list[tuple[int, str]]) -> Iterator[str]:
    """Say the same about neighbouring lines once: a file that is no key log is one sentence, not thousands."""
    first = 0
    for last, (number, text) in enumerate(problems):
        following = problems[last + 1] if last + 1 < len(problems) else None
        if following == (number + 1, text):
            continue
        begin = problems[first][0]
        yield f"line {begin}: {text}" if begin == number else f"lines {begin} to {number}: {text}"
        first = last + 1
