"""A lab as a folder: every file is what it says, and the snippets run as they are."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from tests.interop.exported import export, peers_address
from tests.interop.programs import CLIENTS, SERVERS, Program, asked, free_port, served
from tests.oracles import require_program
from tlslab.pki import Authority, Credential, PkiError, write_files
from tlslab.report.folder import Member, folder
from tlslab.report.snippets import SNIPPETS, Peers, snippets

ROOT = Authority.create("folder-ca")
SERVER = ROOT.issue_server("*.lab.test", "10.0.0.7")
CLIENT = ROOT.issue_client("Alice B. / Ünal")


def _members(*credentials: Credential) -> list[Member]:
    return [Member(each, ROOT.certificate) for each in credentials]


@pytest.mark.parametrize("mutual", [True, False], ids=["mutual", "one-way"])
@pytest.mark.parametrize("host", ["demo.lab.test", "127.0.0.1"])
def test_the_snippets_for_python_curl_and_openssl_understand_each_other(
    host: str, tmp_path: Path, *, mutual: bool
) -> None:
    require_program("curl")
    require_program("openssl")
    address = peers_address(host)
    port = free_port(address)
    export(tmp_path, host, "P-256", port, mutual=mutual)
    server = next(each for each in SERVERS if each.snippet == "server.py")
    with served(server, tmp_path, address, port):
        for client in CLIENTS[:3]:
            ok, said = asked(client, tmp_path)
            assert ok, said
            assert ("hello, alice" in said) == mutual


def test_a_server_that_asks_for_a_certificate_refuses_a_client_that_has_none(tmp_path: Path) -> None:
    require_program("curl")
    port = free_port("127.0.0.1")
    export(tmp_path, "localhost", "P-256", port)
    script = tmp_path / "curl.sh"
    script.write_text(script.read_text().replace(" --cert alice-chain.pem --key alice-key.pem", ""))
    server = next(each for each in SERVERS if each.snippet == "server.py")
    with served(server, tmp_path, "127.0.0.1", port):
        ok, said = asked(CLIENTS[0], tmp_path)
    assert not ok
    # In TLS 1.3 the refusal may come while curl writes: then it has no time left to read why.
    assert re.search(r"alert|curl: \((35|55|56)\)", said), said


@pytest.mark.parametrize("server", [each for each in SERVERS if each.snippet != "server.py"], ids=lambda it: it.snippet)
def test_other_servers_where_they_are_installed_answer_curl(server: Program, tmp_path: Path) -> None:
    """All of them against all clients: `python -m tests.interop`."""
    if server.missing or shutil.which("curl") is None:
        pytest.skip(f"{server.missing or 'curl'} is not installed, and this test asks it")
    port = free_port("127.0.0.1")
    export(tmp_path, "localhost", "P-256", port)
    with served(server, tmp_path, "127.0.0.1", port):
        ok, said = asked(CLIENTS[0], tmp_path)
    assert ok, said


def test_private_keys_are_in_files_for_their_owner_alone() -> None:
    files = folder(_members(ROOT.credential, SERVER, CLIENT))
    with_key = {name for name, content in files.items() if b"PRIVATE KEY" in content.data or name.endswith(".p12")}
    assert with_key - {"truststore.p12"} == {
        name for name, content in files.items() if content.private and not name.endswith(".java")
    }


def test_file_names_are_plain_and_differ_even_without_case() -> None:
    labels = ("Server", "SERVER", "client", "..", "roots", "../../etc", "client-key")
    credentials = [SERVER, CLIENT, *(replace(CLIENT, name=label) for label in labels)]
    files = folder(_members(ROOT.credential, *credentials))
    assert len({name.lower() for name in files}) == len(files)
    assert all(name.isascii() and "/" not in name and not name.startswith(".") for name in files)
    assert "wildcard.lab.test-key.pem" in files


def test_a_wildcard_is_asked_for_by_a_name_below_it() -> None:
    assert Peers("server", SERVER.names).host == "www.lab.test"


@pytest.mark.parametrize("name", ("a'; touch pwned #.test", "$(id).test", "-o", "a b", "fe80::1%$(id)", '"', "a\nb"))
def test_a_name_that_is_no_host_stands_in_no_script(name: str) -> None:
    assert Peers("server", (name, "demo.lab.test")).host == "demo.lab.test"
    assert not any(name in text for text in snippets(Peers("server", (name,))).values() if len(name) > 3)


def test_no_snippet_leaves_a_placeholder_of_ours() -> None:
    told = snippets(Peers("server", ("localhost",), "client"))
    assert set(told) == {each.name for each in SNIPPETS}
    own = ("$trust", "$server", "$client", "$host", "$address", "$port", "$password", "$verify", "@client", "@server")
    assert [(name, word) for name, text in told.items() for word in own if word in text] == []


def test_a_certificate_whose_key_is_elsewhere_comes_without_it() -> None:
    bare = Credential("bare", "server", SERVER.certificate, SERVER.chain)
    files = folder([Member(bare, ROOT.certificate)])
    assert "bare-chain.pem" in files
    assert not any("PRIVATE KEY" in content.data.decode(errors="replace") for content in files.values())
    assert "private key elsewhere" in files["README.txt"].data.decode()


def test_who_is_shown_can_be_chosen_and_a_wrong_choice_is_told() -> None:
    other = ROOT.issue_server("other.lab.test")
    members = _members(ROOT.credential, SERVER, other, CLIENT)
    assert b"other.lab.test-chain.pem" in folder(members)["server.py"].data
    assert b"wildcard.lab.test-chain.pem" in folder(members, server=SERVER.name)["server.py"].data
    with pytest.raises(PkiError, match="no server certificate"):
        folder(members, server=CLIENT.name)


def test_an_ml_dsa_certificate_comes_as_pem_alone(tmp_path: Path) -> None:
    files = folder(_members(ROOT.issue_server("localhost", key_type="ML-DSA-44")))
    assert "localhost.p12" not in files
    write_files({tmp_path / name: content for name, content in files.items()})
    (root,) = x509.load_pem_x509_certificates((tmp_path / "roots.pem").read_bytes())
    assert root == ROOT.certificate
