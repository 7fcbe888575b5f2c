"""Hands for the tests of the window: run something, wait for its end, read what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlslab.gui.driven import wait_for

if TYPE_CHECKING:
    from tlslab.gui.certificates.page import CertificatesPage
    from tlslab.gui.rest import Rest
    from tlslab.gui.window import MainWindow


def rest_of(window: MainWindow) -> Rest:
    """Everything that came after the first paint."""
    assert window.rest is not None
    return window.rest


def finish(window: MainWindow) -> None:
    """Wait until what runs has ended and was judged."""
    rest = rest_of(window)
    wait_for(lambda: not rest.running.active and not rest.session.work.busy, "the run to end")
    wait_for(lambda: rest.session.judgement is not None, "the verdict")


def run_scenario(window: MainWindow, name: str) -> None:
    """Run a built-in scenario to its end."""
    rest = rest_of(window)
    rest.session.choose_scenario(name)
    rest.running.run()
    finish(window)


def workshop_of_a_run(window: MainWindow) -> CertificatesPage:
    """The page of certificates over the lab that a mutual run has made, its server chosen."""
    run_scenario(window, "mutual-tls13")
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    page.choose("demo.lab.test")
    return page


def rows_of(window: MainWindow) -> list[tuple[str, str, str]]:
    """Title, sender and summary of every row of the log."""
    model = rest_of(window).bench.log.model
    return [(each.title, each.sender, each.summary) for each in map(model.message, range(model.rowCount()))]
