from __future__ import annotations

import base64
import http.client
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tlslab.lab.endpoint import PortInUse
from tlslab.lab.ocsp_responder import LARGEST_REQUEST, Responder, Served
from tlslab.lab.published import Published, new_crl, new_delta_crl
from tlslab.pki import Authority, Credential
from tlslab.pki.ocsp_check import judge_response
from tlslab.pki.ocsp_request import BadRequest, make_request, parse_request
from tlslab.pki.staples import responder
from tlslab.store import Lab, LabError


@pytest.fixture(scope="module")
def family() -> tuple[Credential, ...]:
    root = Authority.create("lab-ca")
    issuing = root.intermediate("issuing")
    return root.credential, issuing.credential, issuing.issue_server("localhost"), issuing.issue_client("alice")


@pytest.fixture
def lab(tmp_path: Path, family: tuple[Credential, ...]) -> Iterator[Lab]:
    with Lab.open(tmp_path / "demo.tlslab") as opened:
        opened.add(*family)
        yield opened


@pytest.fixture
def served() -> list[Served]:
    return []


@pytest.fixture
def running(lab: Lab, served: list[Served]) -> Iterator[Responder]:
    started = Responder(Published(lab), served=served.append)
    yield started
    started.stop()


def fetch(url: str, body: bytes | None = None, content_type: str = "application/ocsp-response") -> bytes:
    """What a GET, or with a body a POST, brings; HTTPError where it is refused."""
    asked = urllib.request.Request(url, body, {"Content-Type": "application/ocsp-request"})  # noqa: S310  http:
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310  http:
        assert answer.headers["Content-Type"] == content_type
        return bytes(answer.read())


def fetch_crl(url: str) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(fetch(url, content_type="application/pkix-crl"))


def request_for(lab: Lab, name: str, nonce: bytes | None = None) -> bytes:
    return make_request(lab.certificate(name), lab.path(name)[1], nonce=nonce)


def status_of(response: bytes) -> str:
    read = ocsp.load_der_ocsp_response(response)
    if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return read.response_status.name
    return read.certificate_status.name


def openssl_ocsp(oracle: Callable[[str], str], folder: Path, lab: Lab, options: str) -> str:
    for name in ("lab-ca", "issuing", "localhost", "alice"):
        pem = lab.certificate(name).public_bytes(Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(pem)
    (folder / "both.pem").write_bytes((folder / "issuing.pem").read_bytes() + (folder / "lab-ca.pem").read_bytes())
    command = [oracle("openssl"), "ocsp", "-CAfile", "both.pem", "-issuer", "issuing.pem", *options.split()]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=20)
    return done.stdout + done.stderr


@pytest.mark.parametrize("options", ["", "-no_nonce", "-sha256"])
def test_openssl_asks_and_verifies_the_answer(
    options: str, lab: Lab, running: Responder, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    hashed = f"{options} -cert localhost.pem -cert alice.pem -url {running.url}"
    lab.revoke("alice", "keyCompromise", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    said = openssl_ocsp(oracle, tmp_path, lab, hashed)
    assert "Response verify OK" in said
    assert "localhost.pem: good" in said
    assert "alice.pem: revoked" in said
    assert "Reason: keyCompromise" in said
    assert "Revocation Time: Jan  2 03:04:05 2026 GMT" in said
    assert "WARNING" not in said


def test_openssl_hears_that_a_number_is_unknown(
    lab: Lab, running: Responder, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    said = openssl_ocsp(oracle, tmp_path, lab, f"-serial 4711 -url {running.url}")
    assert "Response verify OK" in said
    assert "4711: unknown" in said


def test_openssl_verifies_the_answer_of_an_ocsp_signer(lab: Lab, oracle: Callable[[str], str], tmp_path: Path) -> None:
    lab.add(responder(lab.authority("issuing")))
    started = Responder(Published(lab, signer="issuing OCSP"))
    try:
        said = openssl_ocsp(oracle, tmp_path, lab, f"-cert localhost.pem -url {started.url}")
        assert "Response verify OK" in said
        assert "localhost.pem: good" in said
        read = ocsp.load_der_ocsp_response(fetch(started.url, request_for(lab, "localhost")))
        assert read.certificates == [lab.certificate("issuing OCSP")]
        # It was not appointed by the root, which answers for itself.
        read = ocsp.load_der_ocsp_response(fetch(started.url, request_for(lab, "issuing")))
        assert read.certificates == []
    finally:
        started.stop()


def test_a_revocation_is_heard_at_once_also_from_another_program(lab: Lab, running: Responder) -> None:
    request = request_for(lab, "alice")
    assert status_of(fetch(running.url, request)) == "GOOD"
    with Lab.open(lab.file) as other:
        other.revoke("alice", "certificateHold")
    assert status_of(fetch(running.url, request)) == "REVOKED"
    lab.unrevoke("alice")
    assert status_of(fetch(running.url, request)) == "GOOD"


def test_what_is_revoked_from_tomorrow_on_is_good_today(lab: Lab, running: Responder) -> None:
    lab.revoke("alice", at=datetime(2199, 1, 1, tzinfo=UTC))
    assert status_of(fetch(running.url, request_for(lab, "alice"))) == "GOOD"


def test_a_request_may_be_in_the_path(lab: Lab, running: Responder, served: list[Served]) -> None:
    request = request_for(lab, "localhost", nonce=b"\xff" * 16)
    encoded = quote(base64.b64encode(request).decode(), safe="")
    response = fetch(f"{running.url}/{encoded}")
    verdict = judge_response(response, *lab.path("localhost")[:2], nonce=b"\xff" * 16)
    assert verdict.good, verdict.text
    assert served[-1].text == "localhost of issuing: good"


def test_another_authoritys_certificate_is_none_of_its_business(running: Responder) -> None:
    other = Authority.create("other-ca")
    request = make_request(other.issue_server("localhost").certificate, other.certificate)
    assert status_of(fetch(running.url, request)) == "UNAUTHORIZED"


@pytest.mark.parametrize("request_", [b"", b"hello", b"\x30\x00", b"\x30\x80", bytes(1000), b"\x30\x03\x30\x01\x30"])
def test_what_is_no_request_is_malformed(running: Responder, request_: bytes) -> None:
    assert status_of(fetch(running.url, request_)) == "MALFORMED_REQUEST"


def test_any_damaged_request_is_answered_somehow(lab: Lab) -> None:
    published = Published(lab)
    request = request_for(lab, "localhost", nonce=b"12345678")
    for place in range(len(request)):
        for data in (request[:place], request[:place] + bytes([request[place] ^ 0x41]) + request[place + 1 :]):
            ocsp.load_der_ocsp_response(published.ocsp_answer(data).response)


def test_a_request_about_too_much_is_refused(lab: Lab) -> None:
    from tlslab.pki.der_writer import sequence
    from tlslab.pki.ocsp import cert_id

    issuer = lab.certificate("issuing")
    many = sequence(sequence(sequence(*(sequence(cert_id(number, issuer)) for number in range(101)))))
    with pytest.raises(BadRequest, match="more than 100"):
        parse_request(many)


@pytest.mark.parametrize(
    ("kind", "status"), [("revoked", "REVOKED"), ("tryLater", "TRY_LATER"), ("unknown", "UNKNOWN"), ("expired", "GOOD")]
)
def test_every_answer_can_be_of_one_kind(lab: Lab, kind: str, status: str) -> None:
    response = Published(lab, kind=kind).ocsp_answer(request_for(lab, "localhost")).response
    assert status_of(response) == status
    assert not judge_response(response, *lab.path("localhost")[:2]).good


def test_a_locked_lab_says_internal_error(tmp_path: Path, family: tuple[Credential, ...]) -> None:
    path = tmp_path / "locked.tlslab"
    with Lab.open(path, "correct horse") as lab:
        lab.add(*family)
        request = request_for(lab, "localhost")
    with Lab.open(path) as lab:
        answered = Published(lab).ocsp_answer(request)
        assert status_of(answered.response) == "INTERNAL_ERROR"
        assert "has a passphrase" in answered.text


def test_lists_and_certificates_are_fetched_by_name(lab: Lab, running: Responder) -> None:
    lab.rename("issuing", "issuing (2) ä/b")
    url = running.crl_url("issuing (2) ä/b")
    first = fetch_crl(url)
    issuer = x509.load_der_x509_certificate(
        fetch(running.ca_url("issuing (2) ä/b"), content_type="application/pkix-cert")
    )
    assert first.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert fetch_crl(url) == first
    lab.revoke("alice")
    delta = fetch_crl(url.replace("/crl/", "/delta/"))
    second = fetch_crl(url)
    assert len(second) == len(delta) == 1
    assert delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number == 1
    assert second.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 3


def test_what_is_not_there_is_not_found(running: Responder) -> None:
    for path in ("/crl/nobody.crl", "/favicon.ico", "/crl/..%2F..%2Fetc%2Fpasswd.crl", "/crl/localhost.crl"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(running.url + path)
        assert refused.value.code == 404
        refused.value.close()
    assert b"/crl/issuing.crl" in fetch(running.url, content_type="text/plain; charset=utf-8")


def test_a_request_that_is_too_large_is_refused_unread(running: Responder) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(LARGEST_REQUEST + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.putrequest("POST", "/")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


def test_a_length_of_thousands_of_digits_is_no_length(running: Responder) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", "9" * 5000)
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


def test_stopping_is_prompt_with_a_client_that_says_nothing_and_leaves_no_thread(lab: Lab) -> None:
    before = threading.active_count()
    started = Responder(Published(lab))
    with socket.create_connection(("127.0.0.1", started.port)) as silent:
        silent.sendall(b"POST / HTTP/1.0\r\nContent-Length: 100\r\n\r\nhalf")
        fetch(started.url, request_for(lab, "localhost"))
        begun = time.monotonic()
        started.stop()
        # The machine may be busy; what is told apart is a prompt end from one that waits for the silent client.
        assert time.monotonic() - begun < 2
    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", started.port))


def test_a_crowd_of_silent_clients_is_bounded_and_goes(lab: Lab, running: Responder) -> None:
    before = threading.active_count()
    crowd = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(60)]
    # Those beyond the limit are closed unheard.
    assert crowd[-1].recv(1) == b""
    assert threading.active_count() - before <= 32
    for each in crowd:
        each.close()


def test_a_port_that_is_taken_is_told(lab: Lab, running: Responder) -> None:
    with pytest.raises(PortInUse, match=rf"cannot listen on 127\.0\.0\.1:{running.port}: .*; choose another port"):
        Responder(Published(lab), running.port)
    with pytest.raises(PortInUse, match="there is no port 70000"):
        Responder(Published(lab), 70000)


def test_a_signer_needs_its_key(lab: Lab) -> None:
    made = responder(lab.authority("issuing"))
    lab.add_certificate("elsewhere", "ocsp", made.certificate)
    with pytest.raises(LabError, match="The private key of elsewhere is not in the lab"):
        Published(lab, signer="elsewhere")


def test_a_delta_wants_a_base(lab: Lab) -> None:
    with pytest.raises(LabError, match="issuing has published no complete CRL yet"):
        new_delta_crl(lab, "issuing")
    new_crl(lab, "issuing")
    lab.revoke("alice", "certificateHold")
    new_crl(lab, "issuing")
    lab.unrevoke("alice")
    delta = x509.load_der_x509_crl(new_delta_crl(lab, "issuing"))
    assert [each.extensions.get_extension_for_class(x509.CRLReason).value.reason.value for each in delta] == [
        "removeFromCRL"
    ]
