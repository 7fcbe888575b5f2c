"""What files of other programs bring is in the lab once, under a name that can be read, with the key that came later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tlslab.lab.taking_over import take_over
from tlslab.pki import Authority, PkiError
from tlslab.pki.importing import read_file_content
from tlslab.pki.requests import make_request
from tlslab.store import Lab, LabError

ROOT = Authority.create("far-ca")
SERVER = ROOT.issue_server("localhost")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab.open(tmp_path / "a.tlslab") as opened:
        yield opened


def test_a_certificate_is_taken_once_and_its_key_later(lab: Lab) -> None:
    bundle = read_file_content(SERVER.certificate_pem + ROOT.certificate_pem, "a.pem")
    assert [each.name for each in take_over(lab, bundle).credentials] == ["far-ca", "localhost"]
    again = take_over(lab, bundle)
    assert (again.credentials, again.known) == ((), ("far-ca", "localhost"))
    key = read_file_content(SERVER.private_key_pem, "key.pem")
    assert take_over(lab, key).completed == ("localhost",)
    assert lab.credential("localhost").private_key_der == SERVER.private_key_der
    with pytest.raises(PkiError, match="belongs to none of the certificates"):
        take_over(lab, read_file_content(ROOT.issue_client("bob").private_key_pem, "other.pem"))


def test_a_name_is_for_one_and_refused_before_anything_changes(lab: Lab) -> None:
    take_over(lab, read_file_content(SERVER.certificate_pem, "a.pem"), "web")
    both = read_file_content(SERVER.private_key_pem + ROOT.certificate_pem, "b.pem")
    with pytest.raises(LabError, match="already"):
        take_over(lab, both, "web")
    with pytest.raises(PkiError, match="for one new thing, and there are none"):
        take_over(lab, read_file_content(SERVER.private_key_pem, "key.pem"), "x")
    assert not lab.entry("web").has_private_key
    assert [each.name for each in take_over(lab, both, "top").credentials] == ["top"]


def test_a_request_is_called_after_its_first_name(lab: Lab) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tlslab.pki.reading import template_of

    request = make_request(template_of(SERVER.certificate, "x"), SERVER.private_key)
    found = read_file_content(request.public_bytes(Encoding.PEM), "a.csr")
    assert take_over(lab, found).requests == ("localhost",)
    assert take_over(lab, found).requests == ("localhost 2",)
