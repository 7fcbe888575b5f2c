"""The settings of both peers: a scenario, field by field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from tlslab.gui.forms.panel import FormPanel
from tlslab.lab.endpoint import parse_address
from tlslab.lab.scenario import Scenario

_NONE = "None"
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
        self._scenario = scenario
        self._roots = roots
        self._add_connection(scenario)
        self._add_server(scenario, servers, port)
        self._add_client(scenario, clients, connect_to)
        self.submitted.connect(self._submit)
        self.version.currentTextChanged.connect(self._show_version)
        self._show_version(self.version.currentText())

    def _add_connection(self, scenario: Scenario) -> None:
        self.add_heading("Both")
        self.version = self.add_choice("Version", _VERSIONS, scenario.tls_version or _EITHER)
        self.exchange = self.add_choice(
            "Key exchange (TLS 1.2)", list(_EXCHANGES.values()), _EXCHANGES[scenario.key_exchange]
        )
        self.groups = self.add_text("Groups", ", ".join(scenario.groups), "OpenSSL's own, e.g. x25519, secp256r1")
        self.ciphers = self.add_text("Cipher suites", ", ".join(scenario.ciphers), "OpenSSL's own")
        self.alpn = self.add_text("ALPN", ", ".join(scenario.alpn), "none, e.g. h2, http/1.1")

    def _add_server(self, scenario: Scenario, servers: Sequence[str], port: int) -> None:
        self.add_heading("Server")
        self.server = self.add_choice("Server certificate", _with(servers, scenario.server), scenario.server)
        self.mutual = self.add_check(
            "Ask for a client certificate", scenario.mutual, "The server insists on a certificate: mutual TLS."
        )
        self.server_trusts = self.add_text("Server trusts", ", ".join(scenario.server_trusts), "nobody, e.g. lab-ca")
        self.port = self.add_number("Port of the server", port, 65535, "any free port")
        self.reply = self.add_text("Server answers", scenario.reply)

    def _add_client(self, scenario: Scenario, clients: Sequence[str], connect_to: str) -> None:
        self.add_heading("Client")
        self.client = self.add_choice(
            "Client certificate", [_NONE, *_with(clients, scenario.client)], scenario.client or _NONE
        )
        self.host = self.add_text("Host name that it wants", scenario.host)
        self.client_trusts = self.add_text("Client trusts", ", ".join(scenario.client_trusts), "nobody, e.g. lab-ca")
        self.payload = self.add_text("Client says", scenario.payload)
        self.connect_to = self.add_text("Connect to", connect_to, "the server of the run, or HOST:PORT")

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
        client = self.client.currentText()
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
