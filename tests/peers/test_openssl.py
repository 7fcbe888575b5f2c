"""The door to what pyOpenSSL does not publish."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from OpenSSL import SSL

from tlslab import openssl


def test_this_version_has_every_feature() -> None:
    assert openssl.missing_features() == ()


def test_a_missing_function_costs_its_feature_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        SSL_CTX_set1_sigalgs_list = object()

    monkeypatch.setattr(openssl, "lib", Bare())
    sentences = openssl.missing_features()
    assert "No choice of groups: this version of cryptography does not have SSL_CTX_set1_curves_list." in sentences
    assert not any("signature algorithms" in sentence for sentence in sentences)
    with pytest.raises(openssl.Unavailable, match="choice of groups"):
        openssl.set_groups(SSL.Context(SSL.TLS_METHOD), "x25519")


def test_version_is_name_and_number() -> None:
    name, number = openssl.version().split()
    assert name == "OpenSSL"
    assert number[0].isdigit()


def test_verify_errors_have_the_names_of_the_header() -> None:
    from OpenSSL._util import lib

    for name in dir(lib):
        if name.startswith("X509_V_ERR_"):
            assert openssl.verify_error_name(getattr(lib, name)) == name


def test_a_verify_error_without_a_name_is_a_number() -> None:
    assert openssl.verify_error_name(9999) == "X509_V_ERR_9999"


def test_every_named_verify_error_has_a_text() -> None:
    for code in range(1, 104):
        assert not openssl.verify_error_name(code).removeprefix("X509_V_ERR_").isdigit()
    assert openssl.verify_error_text(10) == "certificate has expired"


@pytest.mark.parametrize("groups", ["nope", "x25519:nope"])
def test_an_unknown_group_is_refused_in_a_sentence(groups: str) -> None:
    with pytest.raises(ValueError, match="no such group"):
        openssl.set_groups(SSL.Context(SSL.TLS_METHOD), groups)


def test_an_unknown_signature_algorithm_leaves_no_error_for_the_next_call() -> None:
    context = SSL.Context(SSL.TLS_METHOD)
    with pytest.raises(ValueError, match="no such signature algorithm"):
        openssl.set_signature_algorithms(context, "nope")
    context.set_cipher_list(b"ECDHE")


def test_a_name_that_is_none_is_refused() -> None:
    connection = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)
    with pytest.raises(ValueError, match="neither a host name nor an IP address"):
        openssl.expect_name(connection, "not\0a name")


def test_the_configuration_of_the_machine_is_not_read(tmp_path: Path) -> None:
    """A configuration that allows one group only must change nothing."""
    configuration = tmp_path / "openssl.cnf"
    configuration.write_text("openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nGroups=P-521\n")
    script = (
        "import tlslab.peers\n"
        "from tests.peers.pair import client_settings, connect, server_settings\n"
        "print(connect(client_settings('TLS 1.3'), server_settings('TLS 1.3')).client._connection.get_group_name())\n"
    )
    environment = os.environ | {"OPENSSL_CONF": str(configuration), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "X25519MLKEM768", done.stderr
