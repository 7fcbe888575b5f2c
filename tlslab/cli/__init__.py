"""The command line: one face of the lab, blind to the other.

A command is a module with `configure(parser)` and `run(arguments)`; it is imported only when it is named, because
`tlslab --help` must not pay for OpenSSL.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

COMMANDS: Final = {
    "gui": "open the window, on a lab file or a capture if one is named",
    "demo": "make a CA and two certificates in memory, run a mutual handshake and show it",
    "handshake": "run one handshake between two lab peers and show it",
    "scenarios": "list, show, run and check the library of runs and failures",
    "decode": "show what is in a capture, a file of TLS bytes, pasted hex, or a certificate",
    "serve": "be the server for an outside client, and show the conversation",
    "connect": "be the client of an outside server, and show the conversation",
    "certs": "write ready-to-use test certificates into a folder",
    "verify": "judge a chain of certificates: every reason, every candidate issuer, every engine",
    "ca": "make authorities and issue certificates in a lab file",
    "catalogue": "list 142 broken certificates, what OpenSSL said of each, and run them again",
    "explain": "say what a message, field, extension, alert, error, cipher suite or broken certificate is",
}
"""Commands in the order in which a new user meets them. `gui` is the window's and never comes here."""

EXAMPLES: Final = """\
examples:
  tlslab                                   the window
  tlslab demo                              a mutual TLS 1.3 handshake in the terminal
  tlslab certs ./certs --server localhost  test certificates as files
  tlslab decode capture.pcapng --keylog keys.log --tree
  tlslab explain ClientHello.random
"""


def main(arguments: list[str]) -> int:
    """Run the command that `arguments` name; the exit code is one of those of the contract: 0, 1 or 2."""
    from tlslab.cli.terminal import prepare

    prepare()
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    name = arguments[0]
    if name not in COMMANDS or name == "gui":
        return _say(_no_such_command(name))
    return _run(name, arguments[1:])


def usage() -> str:
    """What `tlslab --help` prints."""
    lines = [f"  {name:10} {what}" for name, what in COMMANDS.items()]
    head = "usage: tlslab [--version] [--help] [COMMAND] ...\n\nWatch a TLS handshake, byte by byte. Without a command: the window.\n"
    return "\n".join([head, "commands:", *lines, "", "`tlslab COMMAND --help` tells more.", "", EXAMPLES.rstrip()])


def _run(name: str, arguments: list[str]) -> int:
    from tlslab.cli.errors import UsageError
    from tlslab.cli.parser import Parser

    module = import_module(f"tlslab.cli.{name}")
    what = COMMANDS[name]
    parser = Parser(prog=f"tlslab {name}", description=f"{what[0].upper()}{what[1:]}.")
    module.configure(parser)
    try:
        return int(module.run(parser.parse_args(arguments)))
    except UsageError as error:
        return _say(str(error))
    except UnicodeEncodeError as error:
        if error.reason != "surrogates not allowed":
            raise
        # What Python could not decode of the command line stands in it as lone surrogates.
        return _say(f"{error.object!r} is no text in the encoding of this terminal: set LANG to one in UTF-8")


def _no_such_command(name: str) -> str:
    from difflib import get_close_matches

    if name.startswith("-"):
        return f"no option {name} here; `tlslab --help` lists the commands"
    near = get_close_matches(name, COMMANDS, 1)
    hint = f"did you mean `tlslab {near[0]}`?" if near else "`tlslab --help` lists the commands"
    return f"there is no command {name!r}; {hint}"


def _say(sentence: str) -> int:
    from tlslab.cli.terminal import printable

    print(f"tlslab: {printable(sentence)}", file=sys.stderr)
    return 2
