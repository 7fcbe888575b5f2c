"""A small lab, exported."""

from __future__ import annotations

from pathlib import Path

from tlslab.pki import Authority, write_files
from tlslab.report import snippets
from tlslab.report.folder import Member, folder


def export(target: Path, host: str, key_type: str, port: int, *, mutual: bool = True) -> None:
    """Root, intermediate, a server for `host` and, if `mutual`, a client, in `target` with snippets for `port`."""
    root = Authority.create("interop-ca")
    issuing = root.intermediate("interop-issuing")
    credentials = [root.credential, issuing.credential, issuing.issue_server(host, key_type=key_type)]
    if mutual:
        credentials.append(issuing.issue_client("alice", key_type=key_type))
    files = folder([Member(each, root.certificate) for each in credentials], port=port)
    write_files({target / name: content for name, content in files.items()})


def peers_address(host: str) -> str:
    """Where the snippets' server for `host` listens."""
    return snippets.address_of(snippets.Peers("server", (host,)).host)
