"""Key logs: the secrets of connections as text lines, `LABEL client_random secret`.

The format of NSS, OpenSSL, Go and browsers (SSLKEYLOGFILE), now RFC 9850, and what else Wireshark takes: pre-master secrets
by client_random (PMS_CLIENT_RANDOM) or by the first 8 bytes of their encrypted form (RSA), and master secrets by session id
(`RSA Session-ID:... Master-Key:...`). Bytes in, secrets out; this module opens no file and imports no cryptography.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

CLIENT_RANDOM_LENGTH = 32
SESSION_ID = "Session-ID"
"""Label under which a master secret is kept by session id, in place of a client_random."""
_ENCRYPTED_PRE_MASTER_LENGTH = 8  # "RSA" lines begin with the first 8 bytes of the encrypted pre-master secret
_MASTER_SECRET_LENGTH = 48
_OF_SESSION = r"Session-ID:([0-9A-Fa-f]+) Master-Key:([0-9A-Fa-f]+)"
_IN_BETWEEN = r"(?:^|\s)([A-Z][A-Z0-9_]*) ([0-9A-Fa-f]{64}) ([0-9A-Fa-f]{2,})(?:\s|$)"
"""A secret in a line of something else: the log of a program, with its time in front.

Both are compiled by the first line that is not usual, which few logs have; `re` keeps them.
"""
_BYTE_ORDERS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_FORM = "not `LABEL client_random secret`"
_USUAL_LENGTHS = (32, 48)
_USUAL_LABELS = {
    label: (label, lengths)
    for label, lengths in (
        ("CLIENT_RANDOM", (_MASTER_SECRET_LENGTH,)),
        ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", _USUAL_LENGTHS),
        ("SERVER_HANDSHAKE_TRAFFIC_SECRET", _USUAL_LENGTHS),
        ("CLIENT_TRAFFIC_SECRET_0", _USUAL_LENGTHS),
        ("SERVER_TRAFFIC_SECRET_0", _USUAL_LENGTHS),
        ("EXPORTER_SECRET", _USUAL_LENGTHS),
    )
}
"""Labels of nearly all lines: each as the one string that is kept for it, and the lengths that its secrets have."""


class KeyLog(Mapping[bytes, Mapping[str, bytes]]):
    """Secrets by client_random and label, in the order in which they came."""

    __slots__ = ("_secrets",)

    def __init__(self) -> None:
        self._secrets: dict[bytes, dict[str, bytes]] = {}

    def add(self, label: str, client_random: bytes, secret: bytes) -> None:
        """Keep one secret; a later one of the same label and connection replaces the earlier."""
        secrets = self._secrets.get(client_random)
        if secrets is None:
            self._secrets[client_random] = {label: secret}
        else:
            secrets[label] = secret

    def add_first(self, label: str, client_random: bytes, secret: bytes) -> bool:
        """Keep one secret if there is none of that label and connection; whether it was kept."""
        secrets = self._secrets.get(client_random)
        if secrets is None:
            self._secrets[client_random] = {label: secret}
            return True
        return secrets.setdefault(label, secret) is secret

    def update(self, other: KeyLog) -> None:
        """Add every secret of `other`."""
        for client_random, secrets in other.items():
            self._secrets.setdefault(client_random, {}).update(secrets)

    def contradicts(self, label: str, client_random: bytes, secret: bytes) -> bool:
        """Whether the log has another secret under the same label and client_random."""
        return self.lookup(client_random, label) not in {None, secret}

    def lookup(self, client_random: bytes, label: str) -> bytes | None:
        """The secret, or None if this log does not have it."""
        secrets = self._secrets.get(client_random)
        return secrets.get(label) if secrets else None

    def lines(self) -> Iterator[str]:
        """One line for each secret, without line ends."""
        for client_random, secrets in self._secrets.items():
            for label, secret in secrets.items():
                yield format_line(label, client_random, secret)

    def __contains__(self, client_random: object) -> bool:
        # Said although a Mapping has it: that one raises an exception for each that is not there.
        return client_random in self._secrets

    def __getitem__(self, client_random: bytes) -> Mapping[str, bytes]:
        return self._secrets[client_random]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)


def format_line(label: str, client_random: bytes, secret: bytes) -> str:
    """One line of a key log, without line end."""
    if label == SESSION_ID:
        return f"RSA Session-ID:{client_random.hex()} Master-Key:{secret.hex()}"
    return f"{label} {client_random.hex()} {secret.hex()}"


def parse_keylog(data: bytes) -> tuple[KeyLog, tuple[str, ...]]:
    """The secrets in `data`, and one sentence for each line (or run of lines) that could not be used.

    Never raises. Lines may come in any order, more than once, in UTF-8 or (as PowerShell writes) UTF-16, and end in LF, CRLF
    or CR; empty lines and comments (#) are skipped; a secret may stand in the middle of a longer line. Of two different
    secrets under the same name the later one counts. A problem never repeats the line's text, which may be half a secret.
    """
    keylog = KeyLog()
    problems: list[tuple[int, str]] = []
    text = _text(data).replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        if not _read_usual_line(line, keylog) and (problem := _read_line(line, keylog)):
            problems.append((number, problem))
    return keylog, tuple(_sentences(problems))


def _text(data: bytes) -> str:
    """The characters of a file; never fails, because what is no text has no secrets either."""
    encoding = _BYTE_ORDERS.get(data[:2])
    wide = data[2:].decode(encoding, "replace") if encoding is not None else ""
    # Two stray bytes in front of plain text are not enough to take it for UTF-16.
    if wide and wide.isascii():
        return wide
    return data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _read_usual_line(line: str, keylog: KeyLog) -> bool:
    """Take a line as nearly all are, with a secret that the log does not have yet; False if nothing was done."""
    name, _, rest = line.partition(" ")
    usual = _USUAL_LABELS.get(name)
    if usual is None or rest[64:65] != " ":
        return False
    try:
        both = bytes.fromhex(rest)
    except ValueError:
        return False
    label, lengths = usual
    length = len(both)
    # Hexadecimal digits may have blanks between them, but here only the one between client_random and secret.
    if 2 * length + 1 != len(rest) or length - CLIENT_RANDOM_LENGTH not in lengths:
        return False
    return keylog.add_first(label, both[:CLIENT_RANDOM_LENGTH], both[CLIENT_RANDOM_LENGTH:])


def _read_line(line: str, keylog: KeyLog) -> str | None:
    """Add the line's secret to `keylog`, or say what is wrong with it."""
    parts = line.split()
    if not parts or parts[0].startswith("#"):
        return None
    of_session = re.search(_OF_SESSION, line)
    if of_session is not None:
        parts = [SESSION_ID, *of_session.groups()]
    elif len(parts) != 3:
        within = re.search(_IN_BETWEEN, line)
        if within is None:
            return _FORM
        parts = list(within.groups())
    label = parts[0]
    try:
        client_random, secret = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except ValueError:
        return _FORM
    if problem := _length_problem(label, client_random, secret):
        return problem
    # OpenSSL calls the secret behind each KeyUpdate "_N", whichever it is.
    contradicted = not label.endswith("_N") and keylog.contradicts(label, client_random, secret)
    keylog.add(label, client_random, secret)
    return f"another {label} than before for the same connection; this one counts" if contradicted else None


def _length_problem(label: str, client_random: bytes, secret: bytes) -> str | None:
    if label == SESSION_ID:
        return _master_problem(secret)
    if not (label.isascii() and label.replace("_", "").isalnum()):
        return _FORM
    expected = _ENCRYPTED_PRE_MASTER_LENGTH if label == "RSA" else CLIENT_RANDOM_LENGTH
    if len(client_random) != expected:
        return f"the client_random has {len(client_random)} bytes instead of {expected}"
    return _master_problem(secret) if label == "CLIENT_RANDOM" else None


def _master_problem(secret: bytes) -> str | None:
    if len(secret) == _MASTER_SECRET_LENGTH:
        return None
    return f"the master secret has {len(secret)} bytes instead of {_MASTER_SECRET_LENGTH}"


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
