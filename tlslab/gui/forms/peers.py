"""The settings of both peers: a scenario, field by field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from tlslab.gui.forms.panel import ChoiceBox, FormPanel
from tlslab.lab.endpoint import parse_address
from tlslab.lab.scenario import Scenario
from tlslab.lab.stapling import NONE
from tlslab.pki.staples import STAPLES

_NONE = "None"
NOT_ASKED = "The client asks for none"
_EITHER = "TLS 1.3 or 1.2"
_VERSIONS = ("TLS 1.3", "TLS 1.2", _EITHER)
_EXCHANGES = {"": "As the suites say", "ecdhe": "ECDHE", "dhe": "DHE", "rsa": "RSA key transport"}


class PeersForm(FormPanel):
    """Edits the scenario that Run runs."""

    changed = Signal(object)
    """The new Scenario."""
    addresses_changed = Signal(str, int)
    """Where the client connects to, "" for the server of the run, and the port of the server, 0 for any."""

    def __init__(
        self,
        scenario: Scenario,
        servers: Sequence[str],
        clients: Sequence[str],
        roots: Sequence[str],
        connect_to: str,
        port: int,
    ) -> None:
        super().__init__("Peer settings", "Use these settings")
        self._servers, self._clients, self._roots = servers, clients, roots
        self._add_connection()
        self._add_server(port)
        self._add_client(connect_to)
        self.show_scenario(scenario)
        self.submitted.connect(self._submit)
        self.version.currentTextChanged.connect(self._show_version)

    def show_scenario(self, scenario: Scenario) -> None:
        """Show the settings of `scenario`: another one was chosen."""
        self._scenario = scenario
        self.version.setCurrentText(scenario.tls_version or _EITHER)
        self.exchange.setCurrentText(_EXCHANGES[scenario.key_exchange])
        self.groups.setText(", ".join(scenario.groups))
        self.ciphers.setText(", ".join(scenario.ciphers))
        self.alpn.setText(", ".join(scenario.alpn))
        self._choose(self.server, _with(self._servers, scenario.server), scenario.server)
        self.mutual.setChecked(scenario.mutual)
        self.server_trusts.setText(", ".join(scenario.server_trusts))
        self.reply.setText(scenario.reply)
        self.staple.setCurrentText(scenario.staple or NOT_ASKED)
        self._choose(self.client, [_NONE, *_with(self._clients, scenario.client)], scenario.client or _NONE)
        self.host.setText(scenario.host)
        self.client_trusts.setText(", ".join(scenario.client_trusts))
        self.payload.setText(scenario.payload)
        self._show_version(self.version.currentText())
        self.complain("")

    def _add_connection(self) -> None:
        self.add_heading("Both")
        self.version = self.add_choice("Version", _VERSIONS)
        self.exchange = self.add_choice("Key exchange (TLS 1.2)", list(_EXCHANGES.values()))
        self.groups = self.add_text("Groups", hint="OpenSSL's own, e.g. x25519")
        self.ciphers = self.add_text("Cipher suites", hint="OpenSSL's own")
        self.alpn = self.add_text("ALPN", hint="none, e.g. h2, http/1.1")

    def _add_server(self, port: int) -> None:
        self.add_heading("Server")
        self.server = self.add_choice("Server certificate", ())
        self.mutual = self.add_check(
            "Ask for a client certificate", hint="The server insists on a certificate: mutual TLS."
        )
        self.server_trusts = self.add_text("Server trusts", hint="nobody, e.g. lab-ca")
        self.staple = self.add_choice("OCSP response that it staples", (NOT_ASKED, NONE, *STAPLES))
        self.staple.setToolTip("The client asks for it, and checks what it gets.")
        self.port = self.add_number("Port of the server", port, 65535, "any free port")
        self.reply = self.add_text("Server answers")

    def _add_client(self, connect_to: str) -> None:
        self.add_heading("Client")
        self.client = self.add_choice("Client certificate", ())
        self.host = self.add_text("Host name that it wants")
        self.client_trusts = self.add_text("Client trusts", hint="nobody, e.g. lab-ca")
        self.payload = self.add_text("Client says")
        self.connect_to = self.add_text("Connect to", connect_to, "the server of the run, or HOST:PORT")

    @staticmethod
    def _choose(box: ChoiceBox, names: Sequence[str], chosen: str) -> None:
        box.clear()
        box.addItems(list(names))
        box.setCurrentText(chosen)

    def _show_version(self, version: str) -> None:
        self.exchange.setEnabled(version != "TLS 1.3")

    def _submit(self) -> None:
        unknown = [
            name
            for name in (*_list(self.client_trusts.text()), *_list(self.server_trusts.text()))
            if name not in self._roots
        ]
        if unknown:
            self.complain(f"There is no CA called {unknown[0]}: choose from {', '.join(self._roots) or 'none yet'}.")
            return
        address = self.connect_to.text().strip()
        if address:
            try:
                parse_address(address)
            except ValueError as error:
                self.complain(f"{str(error)[:1].upper()}{str(error)[1:]}.")
                return
        self.complain("")
        self.addresses_changed.emit(address, self.port.value())
        self.changed.emit(self._edited())
        self.closed.emit()

    def _edited(self) -> Scenario:
        """The scenario as the form has it; the same one, with its promise, if nothing was changed."""
        version = self.version.currentText()
        exchange = next(key for key, text in _EXCHANGES.items() if text == self.exchange.currentText())
        client, staple = self.client.currentText(), self.staple.currentText()
        changes = {
            "tls_version": "" if version == _EITHER else version,
            "key_exchange": exchange if version != "TLS 1.3" else "",
            "groups": _list(self.groups.text()),
            "ciphers": _list(self.ciphers.text()),
            "alpn": _list(self.alpn.text()),
            "server": self.server.currentText(),
            "mutual": self.mutual.isChecked(),
            "server_trusts": _list(self.server_trusts.text()),
            "reply": self.reply.text(),
            "staple": "" if staple == NOT_ASKED else staple,
            "client": "" if client == _NONE else client,
            "host": self.host.text().strip(),
            "client_trusts": _list(self.client_trusts.text()),
            "payload": self.payload.text(),
        }
        same = all(getattr(self._scenario, name) == value for name, value in changes.items())
        return self._scenario if same else self._scenario.with_changes(**changes)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(":", ",").split(",") if part.strip())


def _with(names: Sequence[str], chosen: str) -> list[str]:
    return [*names, *([chosen] if chosen and chosen not in names else [])]
