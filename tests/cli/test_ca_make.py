"""`tlslab ca`: making authorities and certificates in every way that the command line offers."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from tests.cli.workshop import ca, refusal
from tests.oracles import require_program
from tlslab.cli import main
from tlslab.pki import Authority, Template, builtin_profiles
from tlslab.pki.der_writer import integer
from tlslab.pki.raw_certificate import RawCertificate
from tlslab.store import Lab


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    """A lab with root, intermediate, server and client, made by one command."""
    path = tmp_path / "demo.tlslab"
    ca(
        path,
        "new",
        "lab-ca",
        "--intermediate",
        "issuing",
        "--server",
        "localhost",
        "--server",
        "127.0.0.1",
        "--client",
        "alice",
    )
    return path


def certificate(lab_file: Path, name: str) -> x509.Certificate:
    with Lab.open(lab_file) as lab:
        return lab.certificate(name)


def names(lab_file: Path) -> list[tuple[str, str | None]]:
    with Lab.open(lab_file) as lab:
        return [(entry.name, entry.issuer) for entry in lab.entries()]


def test_one_command_makes_root_intermediate_server_and_client(lab_file: Path) -> None:
    assert names(lab_file) == [("lab-ca", None), ("issuing", "lab-ca"), ("localhost", "issuing"), ("alice", "issuing")]
    with Lab.open(lab_file) as lab:
        assert lab.entry("localhost").names == ("localhost", "127.0.0.1")


def test_intermediates_stand_one_below_the_other(tmp_path: Path) -> None:
    path = tmp_path / "deep.tlslab"
    ca(
        path,
        "new",
        "top",
        "--intermediate",
        "one",
        "--intermediate",
        "two",
        "--intermediate",
        "three",
        "--server",
        "a.test",
    )
    assert names(path)[1:] == [("one", "top"), ("two", "one"), ("three", "two"), ("a.test", "three")]
    ca(path, "new", "middle", "--issuer", "one", "--intermediate", "low", "--path-len", "1")


def test_every_option_of_a_template_reaches_the_certificate(lab_file: Path, tmp_path: Path) -> None:
    ca(
        lab_file, "issue", "--issuer", "issuing", "--profile", "peer", "--name", "all", "--key", "Ed25519",
        "--subject", "CN=all,O=Lab,C=DE", "--san", "DNS:a.test", "IP:10.0.0.1", "email:a@b.test", "URI:https://a.test/",
        "dirName:CN=x,O=y", "otherName:msUPN;UTF8:alice", "--san", "RID:1.2.3",
        "--not-before", "2030-01-02", "--not-after", "2030-02-03T04:05:06Z", "--serial", "0x7b", "--hash", "sha384",
        "--key-usage", "digitalSignature,keyAgreement", "--eku", "serverAuth,1.2.3.4", "--policy", "1.2.3.4;cps=https://a.test/;notice=Hi",
        "--crl-url", "http://a.test/a.crl", "--delta-crl-url", "http://a.test/d.crl", "--ocsp-url", "http://a.test/ocsp",
        "--issuer-url", "http://a.test/ca.cer", "--sia", "caRepository=http://a.test/", "--must-staple", "--ocsp-no-check",
        "--issuer-san", "DNS:ca.test", "--ski", "0102", "--aki", "keyid+issuer", "--extension", "1.2.3.9:critical:0500",
        "--critical", "subjectAltName", "--not-critical", "keyUsage",
    )  # fmt: skip
    ca(lab_file, "export", "all", "-o", str(tmp_path / "all.pem"))
    command = [require_program("openssl"), "x509", "-in", str(tmp_path / "all.pem"), "-noout", "-text"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    for said in (
        "C = DE, O = Lab, CN = all", "DNS:a.test, IP Address:10.0.0.1, email:a@b.test, URI:https://a.test/", "Registered ID:1.2.3",
        "Not Before: Jan  2 00:00:00 2030", "Not After : Feb  3 04:05:06 2030", "123 (0x7b)", "ecdsa-with-SHA384",
        "Digital Signature, Key Agreement", "TLS Web Server Authentication, 1.2.3.4", "CPS: https://a.test/", "Explicit Text: Hi",
        "URI:http://a.test/a.crl", "X509v3 Freshest CRL", "OCSP - URI:http://a.test/ocsp", "CA Issuers - URI:http://a.test/ca.cer",
        "CA Repository", "status_request", "OCSP No Check", "DNS:ca.test", "01:02", "1.2.3.9: critical",
        "Subject Alternative Name: critical", "X509v3 Key Usage: \n", "serial:",
    ):  # fmt: skip
        assert said in text


def test_every_option_of_an_authority_reaches_the_certificate(tmp_path: Path) -> None:
    path = tmp_path / "ca.tlslab"
    ca(
        path, "new", "top", "--any-name", "--path-len", "4", "--name-constraint", "DNS:lab.test", "excluded:IP:10.0.0.0/8",
        "--policy", "anyPolicy", "--require-explicit-policy", "0", "--inhibit-policy-mapping", "1", "--inhibit-any-policy", "2",
        "--policy-mapping", "1.2.3=1.2.4", "--key", "RSA-2048", "--rsa-padding", "pss", "--days", "100",
    )  # fmt: skip
    top = certificate(path, "top").extensions
    constraints = top.get_extension_for_class(x509.NameConstraints).value
    assert [each.value for each in constraints.permitted_subtrees or ()] == ["lab.test"]
    assert len(constraints.excluded_subtrees or ()) == 1
    assert top.get_extension_for_class(x509.BasicConstraints).value.path_length == 4
    policy = top.get_extension_for_class(x509.PolicyConstraints).value
    assert (policy.require_explicit_policy, policy.inhibit_policy_mapping) == (0, 1)
    assert top.get_extension_for_class(x509.InhibitAnyPolicy).value.skip_certs == 2


def test_a_dry_run_shows_the_tree_and_makes_nothing(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = names(lab_file)
    ca(lab_file, "issue", "--issuer", "issuing", "--server", "b.test", "--must-staple", "--dry-run")
    said = capsys.readouterr()
    assert "TLSFeature" in said.out or "tlsFeature" in said.out
    assert "nothing was made" in said.err
    ca(lab_file, "new", "second", "--intermediate", "below", "--client", "bob", "--dry-run")
    assert [
        line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ") and line.endswith(":")
    ] == ["second:", "below:", "bob:"]
    assert names(lab_file) == before
    ca(lab_file.with_name("none.tlslab"), "new", "x", "--dry-run")
    assert not lab_file.with_name("none.tlslab").exists()


def test_a_request_goes_out_and_comes_back_as_a_certificate(
    lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csr = tmp_path / "demo.csr"
    ca(lab_file, "csr", "--server", "demo.lab.test", "--key", "Ed448", "-o", str(csr))
    ca(lab_file, "csr", "--list")
    assert "demo.lab.test: CN=demo.lab.test" in capsys.readouterr().out
    ca(lab_file, "sign", "demo.lab.test", "--issuer", "issuing", "--days", "9")
    ca(
        lab_file,
        "sign",
        str(csr),
        "--issuer",
        "issuing",
        "--take",
        "nothing",
        "--profile",
        "client",
        "--san",
        "bob",
        "-o",
        str(tmp_path / "bob.pem"),
    )
    with Lab.open(lab_file) as lab:
        assert lab.entry("demo.lab.test").has_private_key
        assert not lab.entry("bob@client.test").has_private_key
    assert len(x509.load_pem_x509_certificates((tmp_path / "bob.pem").read_bytes())) == 2
    assert "has a certificate" not in capsys.readouterr().err
    assert "needs a name" in refusal(capsys, lab_file, "sign", str(csr), "--issuer", "issuing", "--take", "subject")
    ca(lab_file, "csr", "--like", "localhost", "--dry-run")
    assert "BEGIN CERTIFICATE REQUEST" in capsys.readouterr().out


def test_a_request_from_elsewhere_is_imported_and_signed(lab_file: Path, tmp_path: Path) -> None:
    command = [
        require_program("openssl"),
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ]
    files = ["-keyout", "k.pem", "-out", "a.csr", "-subj", "/O=Else/CN=x", "-addext", "subjectAltName=DNS:x.test"]
    subprocess.run([*command, *files], cwd=tmp_path, capture_output=True, check=True, timeout=20)
    ca(lab_file, "import", str(tmp_path / "a.csr"))
    ca(lab_file, "sign", "x.test", "--issuer", "issuing", "--take", "all")
    assert certificate(lab_file, "x.test").subject.rfc4514_string() == "CN=x,O=Else"


def test_renewing_keeps_what_it_says(lab_file: Path) -> None:
    ca(lab_file, "renew", "localhost", "--days", "7")
    ca(lab_file, "renew", "issuing", "--new-key", "--name", "issuing 2027")
    ca(lab_file, "renew", "lab-ca", "--key", "Ed25519")
    with Lab.open(lab_file) as lab:
        assert lab.certificate("localhost 2").public_key() == lab.certificate("localhost").public_key()
        assert lab.certificate("issuing 2027").public_key() != lab.certificate("issuing").public_key()
        assert lab.entry("lab-ca 2").key_type == "Ed25519"
        assert lab.credential("localhost 2").chain == (lab.certificate("issuing"),)


def test_a_cross_signed_authority_has_two_paths(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca(lab_file, "new", "other-ca")
    ca(lab_file, "cross-sign", "issuing", "--issuer", "other-ca")
    with Lab.open(lab_file) as lab:
        assert {path[-1].subject.rfc4514_string() for path in lab.paths("localhost")} == {
            "CN=lab-ca,O=tlslab toy CA",
            "CN=other-ca,O=tlslab toy CA",
        }
    capsys.readouterr()
    ca(lab_file, "tree")
    tree = capsys.readouterr().out.splitlines()
    assert tree[0] == "lab-ca  root, P-256, valid"
    assert tree[1] == "`- issuing  intermediate, P-256, valid; same name and key as issuing by other-ca"
    assert tree[2] == "   |- localhost  server, P-256, valid"
    assert tree[3] == "   `- alice  client, P-256, valid"


def test_an_authority_moves_to_another_lab(lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, options in (("ca", ()), ("key", ("--private-key",))):
        ca(lab_file, "export", "lab-ca", "-o", str(tmp_path / f"{kind}.pem"), *options)
    second, third = tmp_path / "second.tlslab", tmp_path / "third.tlslab"
    ca(second, "import", str(tmp_path / "ca.pem"), str(tmp_path / "key.pem"))
    ca(second, "issue", "--server", "a.test")
    capsys.readouterr()
    ca(third, "import", str(tmp_path / "ca.pem"), "--name", "trusted")
    assert "trusted came without private key" in capsys.readouterr().err
    assert "has no authority yet" in refusal(capsys, third, "issue", "--server", "a.test")
    ca(third, "import", str(tmp_path / "ca.pem"))
    assert "is in the lab already" in capsys.readouterr().err
    assert "a name is for one new thing" in refusal(capsys, third, "import", str(tmp_path / "key.pem"), "--name", "x")
    ca(third, "import", str(tmp_path / "key.pem"), str(tmp_path / "key.pem"))
    assert "trusted: has its private key now" in capsys.readouterr().out
    ca(third, "issue", "--server", "a.test")
    assert "belongs to none of the certificates" in refusal(capsys, third, "import", str(tmp_path / "key.pem"))


def test_a_bundle_of_roots_is_imported_at_once_and_told_in_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roots = [Authority.create(f"root {number}").certificate_pem for number in range(3)]
    old = Authority.create("old").credential
    zero = replace(RawCertificate.from_der(old.certificate_der), serial_number=integer(0)).signed(old.private_key)
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(zero).decode()}-----END CERTIFICATE-----\n"
    (tmp_path / "roots.pem").write_bytes(b"".join([*roots, pem.encode()]))
    ca(tmp_path / "x.tlslab", "import", str(tmp_path / "roots.pem"))
    said = capsys.readouterr()
    assert said.out.count("root, ") == 4
    assert "4 authorities came without private key" in said.err
    assert said.err.count("\n") == 1


def test_an_encrypted_authority_wants_its_passphrase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, secret, wrong = tmp_path / "x.tlslab", tmp_path / "secret", tmp_path / "wrong"
    secret.write_text("changeit\n")
    wrong.write_text("other\n")
    assert main(["certs", str(tmp_path / "c"), "--p12", "changeit"]) == 0
    source = str(tmp_path / "c" / "server.p12")
    assert "give its passphrase (--import-passphrase-file)" in refusal(capsys, path, "import", source)
    assert "is wrong" in refusal(capsys, path, "import", source, "--import-passphrase-file", str(wrong))
    ca(path, "import", source, "--import-passphrase-file", str(secret))
    assert names(path) == [("localhost", None)]


def test_a_profile_of_ones_own_is_kept_and_used(
    lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[mine]\ndescription = "short"\nkind = "server"\ndays = 3\nkey_type = "P-384"\ntls_feature = ["must-staple"]\n'
    )
    ca(lab_file, "profiles", "--add", str(mine))
    ca(lab_file, "issue", "--issuer", "issuing", "--profile", "mine", "--san", "a.test")
    with Lab.open(lab_file) as lab:
        assert lab.entry("a.test").key_type == "P-384"
    capsys.readouterr()
    ca(lab_file, "profiles")
    assert "mine           short, your own" in capsys.readouterr().out
    ca(lab_file, "profiles", "--json")
    (mine_again,) = (each for each in json.loads(capsys.readouterr().out)["profiles"] if each["own"])
    assert (mine_again["name"], mine_again["template"]["tls_feature"]) == ("mine", ["must-staple"])
    for name in builtin_profiles():
        ca(lab_file, "profiles", "--show", name)
        mine.write_text(capsys.readouterr().out)
        ca(lab_file, "profiles", "--add", str(mine))
        capsys.readouterr()
    ca(lab_file, "profiles", "--remove", "mine")
    assert "there is no profile 'mine'" in refusal(
        capsys, lab_file, "issue", "--issuer", "issuing", "--profile", "mine", "--san", "b.test"
    )
    ca(lab_file, "profiles", "--members")
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == set(Template.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "sentence"),
    (
        ("[x", "cannot be read as TOML"),
        ("x = 1", "is no table"),
        ("[x]\nkind = 'server'\ndais = 3", "has dais, which is no member: did you mean days"),
        ("[x]\nkind = 'servant'", "has no kind: write kind = one of root, intermediate"),
        ("[x]\nkind = 'server'\ndays = '3'", "has a days of the wrong type: write a whole number"),
        ("[x]\nkind = 'server'\ndays = -5", "has days = -5: choose 1 to 365000"),
        ("[x]\nkind = 'server'\ndefault_days = 0", "has default_days = 0: choose 1 to 365000"),
        ("[x]\nkind = 'server'\nca = 1", "has a ca of the wrong type: write true or false"),
        ("[x]\nkind = 'server'\nkey_usage = 'digitalSignature'", "wrong type: write a list of texts"),
        ("[x]\nkind = 'server'\ndescription = 3", "description of the profile x is no text"),
    ),
)
def test_a_bad_profile_is_answered_in_one_sentence(
    text: str, sentence: str, lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.toml").write_text(text)
    assert sentence in refusal(capsys, lab_file, "profiles", "--add", str(tmp_path / "bad.toml"))


def test_a_seed_makes_the_same_lab_twice(tmp_path: Path) -> None:
    labs = [tmp_path / f"{name}.tlslab" for name in ("one", "two")]
    for path in labs:
        ca(
            path,
            "new",
            "lab-ca",
            "--seed",
            "text",
            "--intermediate",
            "issuing",
            "--server",
            "a.test",
            "--key",
            "ML-DSA-44",
        )
        ca(path, "issue", "--issuer", "issuing", "--client", "bob", "--seed", "text")
    for name in ("lab-ca", "issuing", "a.test", "bob"):
        one, two = (certificate(path, name) for path in labs)
        assert one == two
        assert "UNSAFE" in one.subject.rfc4514_string()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    (
        (("issue", "--issuer", "issuing", "--profile", "peer"), "a server certificate needs a name"),
        (("issue", "--issuer", "issuing", "--profile", "intermediate", "--name", "x"), "may issue leaves only"),
        (
            ("issue", "--issuer", "issuing", "--server", "a.test", "--not-after", "soon"),
            "'soon' is no time: write 2030-01-31",
        ),
        (("issue", "--issuer", "issuing", "--server", "a.test", "--serial", "x"), "'x' is no whole number"),
        (("issue", "--issuer", "issuing", "--server", "a.test", "--ca", "maybe"), "none of yes, no and none"),
        (("new", "x", "--profile", "server"), "the profile server makes no authority"),
        (("new", "x", "--seed", ""), "the seed is empty"),
        (("sign", "nothing.csr", "--issuer", "issuing"), "cannot read the request nothing.csr"),
        (("sign", "x", "--issuer", "issuing", "--take", "cake"), "none of subject, names, key_usage, extensions"),
        (("renew", "nobody"), "no certificate called nobody"),
        (("cross-sign", "alice", "--issuer", "lab-ca"), "only authorities are cross-signed"),
        (("csr", "--like", "localhost", "--server", "x"), "leave away --server"),
        (("csr", "--server", "a.test", "--days", "3", "--serial", "4"), "cannot ask for --days and --serial"),
        (("sign", "x", "--issuer", "issuing", "--key", "P-384"), "a request brings its own"),
        (("profiles", "--add", os.devnull), "there is no profile in"),
        (("import", "nowhere.pem"), "cannot read the file nowhere.pem"),
    ),
)
def test_a_bad_request_is_answered_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, lab_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refusal(capsys, lab_file, *arguments)


@pytest.mark.parametrize("action", ("csr", "sign", "renew", "cross-sign", "import", "tree", "profiles"))
def test_every_action_has_help_with_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["ca", action, "--help"])
    assert "\n  tlslab ca " in capsys.readouterr().out


def test_a_request_is_shown_again_and_goes_into_the_bin(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca(lab_file, "csr", "--server", "demo.lab.test")
    made = capsys.readouterr().out
    ca(lab_file, "csr", "--show", "demo.lab.test")
    assert capsys.readouterr().out == made.rpartition("-----BEGIN")[1] + made.rpartition("-----BEGIN")[2]
    ca(lab_file, "delete", "demo.lab.test", "--request")
    assert "has no request called demo.lab.test" in refusal(capsys, lab_file, "csr", "--show", "demo.lab.test")
    ca(lab_file, "restore", "demo.lab.test")
    ca(lab_file, "csr", "--show", "demo.lab.test")
    assert "leave away --below" in refusal(capsys, lab_file, "delete", "x", "--request", "--below")
