"""The command line that does the same in a terminal: a run, or the reading of a capture."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tlslab.lab.scenario import Scenario


def equivalent_command(scenario: Scenario, lab: str = "") -> str:
    """`tlslab handshake ...` for `scenario`; `lab` is the file with its certificates, "" for the user's own."""
    if scenario.expect is not None:
        return f"tlslab handshake --scenario {scenario.name}"
    if scenario.condition:
        return shlex.join(_broken(scenario))
    words = ["tlslab", "handshake"]
    words += ["--mutual"] if scenario.mutual else []
    for option, values in (
        ("--tls", (scenario.tls_version.removeprefix("TLS "),)),
        ("--key-exchange", (scenario.key_exchange,)),
        ("--group", scenario.groups),
        ("--cipher", scenario.ciphers),
        ("--alpn", scenario.alpn),
        ("--server-cert", (scenario.server,)),
        ("--client-cert", (scenario.client if scenario.mutual else "",)),
        ("--payload", (scenario.payload,)),
        ("--staple", (scenario.staple,)),
        ("--lab", (lab,)),
    ):
        for value in values:
            words += [option, value] if value else []
    return shlex.join(words)


def decode_command(path: Path | None, keys: Iterable[tuple[str, str]]) -> str:
    """`tlslab decode ...` for a capture with the keys that were given to it; what was pasted goes to standard input."""
    words = ["tlslab", "decode", str(path) if path is not None else "-"]
    return shlex.join([*words, *(word for option in keys for word in option)])


def _broken(scenario: Scenario) -> list[str]:
    """The command that runs a broken certificate: everything else follows from its name."""
    words = ["tlslab", "handshake", "--broken", scenario.condition]
    words += ["--shown-by", "client"] if scenario.mutual else []
    words += ["--tls", scenario.tls_version.removeprefix("TLS ")] if scenario.tls_version != "TLS 1.3" else []
    flags = scenario.server_flags if scenario.mutual else scenario.client_flags
    return [*words, *(["--strict"] if "X509_STRICT" in flags else [])]
