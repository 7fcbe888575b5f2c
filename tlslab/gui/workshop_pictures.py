"""The panes of the certificate workshop as pictures, one after the other, in a window that has a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tlslab.gui.certificates.tabs import BROKEN, JOURNAL
from tlslab.gui.driven import wait_for
from tlslab.pki import Authority, profile

if TYPE_CHECKING:
    from tlslab.gui.certificates.page import CertificatesPage
    from tlslab.gui.window import MainWindow
    from tlslab.store import Lab

LEAF = "demo.lab.test"


def workshop_pictures(window: MainWindow) -> Iterator[str]:
    """Turn to one pane after the other; the name of each as soon as it stands."""
    assert window.rest is not None
    _furnish(window.rest.session.the_lab())
    window.rest.session.lab_changed.emit()
    window.rest.banner.hide()
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    for name, turn in PICTURES.items():
        turn(page)
        yield name


def _furnish(lab: Lab) -> None:
    """Some certificates more, so that a list is one: of other kinds, revoked, about to end."""
    authority = Authority.create("root-2030")
    issuing = authority.intermediate("issuing-ca", "P-384")
    lab.add(authority.credential, issuing.credential)
    lab.add(issuing.issue_server("shop.lab.test", "*.shop.lab.test", key_type="Ed25519"))
    lab.add(issuing.issue_server("short.lab.test", days=6))
    lab.add(issuing.issue_client("bob@lab.test", key_type="ML-DSA-65"))
    lab.add(issuing.issue(replace(profile("peer"), subject_alternative_name=("node-1.lab.test",))))
    lab.add(issuing.issue(replace(profile("ocsp"), name="issuing-ca OCSP")))
    lab.revoke("shop.lab.test", "keyCompromise")


def _list(page: CertificatesPage) -> None:
    page.choose(LEAF)
    page.show_tab(0)
    page.detail.panes.choose_named("subjectAltName")


def _make(page: CertificatesPage) -> None:
    page.begin_making("server", "lab-ca")
    wait_for(lambda: page.make.settled, "the preview")
    page.make.panes.choose_named("subjectAltName")


def _verify(page: CertificatesPage) -> None:
    page.choose("expired.lab")
    page.begin_verifying()
    page.verify.bar.host.setText("other.lab.test")
    wait_for(lambda: page.verify.settled, "the verdicts")


def _compare(page: CertificatesPage) -> None:
    page.begin_comparing()
    page.compare.choose(LEAF, "alice@lab")
    row = next(row for row in page.compare.table.texts.items if row.cells[0] == "subject")
    page.compare.table.select(row.key)


def _edit(page: CertificatesPage) -> None:
    page.choose(LEAF)
    page.begin_editing()
    page.edit.panes.choose_named("notAfter")
    page.edit.field_bar.value.setText("201231235959Z")
    page.edit.field_bar.apply.click()


PICTURES: dict[str, Callable[[CertificatesPage], None]] = {
    "certificates": _list,
    "make": _make,
    "verify": _verify,
    "compare": _compare,
    "edit": _edit,
    "catalogue": lambda page: page.show_tab(BROKEN),
    "journal": lambda page: page.show_tab(JOURNAL),
}
"""Each pane by the name of its picture."""
