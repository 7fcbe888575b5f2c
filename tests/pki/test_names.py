from __future__ import annotations

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from tlslab.pki import Authority, PkiError
from tlslab.pki.constraints import check_names, permits, toy_constraints
from tlslab.pki.names import client_name, dns_name, server_name, subject, text_of


@pytest.mark.parametrize(
    ("name", "sentence"),
    (
        ("", "A name is empty"),
        ("   ", "A name is empty"),
        (" localhost", "begins or ends with a space"),
        ("local\x00host", r"U\+0000"),
        ("a\u202eb.test", r"U\+202E"),
        ("under_score.test", "not a host name"),
        ("-a.test", "not a host name"),
        ("a-.test", "not a host name"),
        ("a b.test", "not a host name"),
        ("a..test", "a dot too many"),
        ("localhost.", "a dot too many"),
        ("a." * 130 + "test", "DNS allows 253"),
        ("b" * 64 + ".test", "DNS allows 63"),
        ("999.1.1.1", "neither an IP address nor a host name"),
        ("*.test", "whole top-level domain"),
        ("*", "whole top-level domain"),
        ("a.*.test", "not a host name"),
        ("https://localhost", "not a host name"),
        ("localhost:8443", "not a host name"),
        ("::1]", "not a host name"),
        ("[127.0.0.1", "not a host name"),
        ("127.0.0.1%eth0", "not a host name"),
        ("straße.test", "xn--"),
    ),
)
def test_a_bad_server_name_is_refused_in_one_sentence(name: str, sentence: str) -> None:
    with pytest.raises(PkiError, match=sentence) as refused:
        server_name(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ("", "@lab.test", "a@", "a..b@lab.test", "a b@lab.test", "alice@", "a@b@c d"))
def test_a_bad_client_name_is_refused(name: str) -> None:
    with pytest.raises(PkiError):
        client_name(name)


@pytest.mark.parametrize(
    ("name", "form"),
    (
        ("alice", x509.RFC822Name("alice@client.test")),
        ("Alice Liddell", x509.RFC822Name("alice.liddell@client.test")),
        ("Zoë", x509.RFC822Name("zoe@client.test")),
        ("山田", x509.RFC822Name("client@client.test")),
        ("Al@lab.test", x509.RFC822Name("Al@lab.test")),
        ("device.lab.test", x509.DNSName("device.lab.test")),
    ),
)
def test_a_client_gets_the_name_that_fits(name: str, form: x509.GeneralName) -> None:
    assert client_name(name) == form


@pytest.mark.parametrize(
    ("name", "address"),
    [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("fe80::1%eth0", "fe80::1")],
)
def test_an_address_is_read_as_people_write_it(name: str, address: str) -> None:
    assert text_of(server_name(name)) == address


def test_international_labels_are_written_as_a_labels() -> None:
    assert dns_name("Bücher.test") == "xn--bcher-kva.test"


def test_an_address_or_a_long_name_is_no_common_name() -> None:
    assert subject("127.0.0.1", fallback="server").rfc4514_string().startswith("OU=server 127.0.0.1")
    long_name = ".".join(["a" * 60, "b" * 60, "test"])
    assert len(subject(long_name, fallback="server").rdns) == 2
    assert "CN=" not in subject(long_name, fallback="server").rfc4514_string()
    assert subject("demo.test", fallback="server").rfc4514_string().startswith("CN=demo.test")


@pytest.mark.parametrize("name", ("", "x" * 65, "lab\nca"))
def test_a_bad_name_for_an_authority_is_refused(name: str) -> None:
    with pytest.raises(PkiError):
        Authority.create(name)


@pytest.mark.parametrize(
    "name",
    (
        "www.python.org",
        "localhost.com",
        "notlocalhost",
        "8.8.8.8",
        "172.32.0.1",
        "2001:db8::1",
        "*.example.com",
        "arpa",
    ),
)
def test_a_name_that_could_be_real_is_outside_the_toy_constraints(name: str) -> None:
    authority = Authority.create("lab-ca")
    with pytest.raises(PkiError, match="outside what this toy CA may name") as refused:
        authority.issue_server("localhost", name)
    assert name in str(refused.value)
    assert not permits(toy_constraints(), server_name(name))


@pytest.mark.parametrize("name", ("alice@python.org", "alice@mylocalhost", "device.python.org"))
def test_a_client_that_could_be_real_is_outside_too(name: str) -> None:
    with pytest.raises(PkiError, match="outside"):
        Authority.create("lab-ca").issue_client(name)


def test_the_constraints_hold_below_an_intermediate() -> None:
    with pytest.raises(PkiError, match="outside"):
        Authority.create("lab-ca").intermediate("below").issue_server("www.python.org")


def test_excluded_subtrees_and_single_mailboxes_are_understood() -> None:
    constraints = x509.NameConstraints(
        [x509.RFC822Name("alice@lab.test"), x509.RFC822Name(".sub.test")], [x509.DNSName("secret.test")]
    )
    assert permits(constraints, x509.RFC822Name("alice@lab.test"))
    assert not permits(constraints, x509.RFC822Name("bob@lab.test"))
    assert permits(constraints, x509.RFC822Name("bob@a.sub.test"))
    assert not permits(constraints, x509.RFC822Name("bob@sub.test"))
    assert not permits(constraints, x509.DNSName("a.secret.test"))
    assert permits(constraints, x509.DNSName("open.test"))


def test_without_constraints_every_name_fits() -> None:
    check_names([x509.DNSName("www.python.org")], [Authority.create("free", any_name=True).root])


@given(st.text())
def test_any_text_is_a_name_or_is_refused(text: str) -> None:
    for parse in (server_name, client_name):
        try:
            name = parse(text)
        except PkiError:
            continue
        assert text_of(name)
