"""Every action of the window, once: the menus, the toolbar and the tooltips are made from this."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QActionGroup
    from PySide6.QtWidgets import QMenu, QMenuBar


class ActionSpec(NamedTuple):
    """What an action is called, how it is reached, and what it says about itself."""

    name: str
    """Key in the registry, e.g. "run"."""
    text: str
    """Text in the menu, with its mnemonic: "&Run Handshake"."""
    keys: str
    """Shortcut in QKeySequence's portable text, "" for none."""
    help: str
    """One sentence for the status bar and screen readers."""
    icon: str = ""
    """Name of an icon, "" for none."""
    group: str = ""
    """Name of the exclusive group that a checkable action belongs to; "on" for one by itself."""


class Separator(NamedTuple):
    """A line between actions of a menu."""


class Submenu(NamedTuple):
    """A menu inside a menu; "recent" is filled while the window runs."""

    name: str
    text: str
    entries: tuple[ActionSpec | Separator, ...] = ()


Entry = ActionSpec | Separator | Submenu
_LINE = Separator()

SAVE_CAPTURE = ActionSpec(
    "export",
    "Sa&ve Capture…",
    "Ctrl+Shift+E",
    "Write what is shown as a pcapng capture with its keys inside.",
    "file-output",
)
"""In two menus: it is a file, and it is a capture."""

MENUS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "&File",
        (
            ActionSpec("open", "&Open…", "Ctrl+O", "Open a lab, capture or certificate.", "folder-open"),
            Submenu("recent", "Open &Recent"),
            ActionSpec("new_lab", "&New Lab…", "Ctrl+Shift+N", "Start a new, empty lab file."),
            ActionSpec("save", "&Save Lab…", "Ctrl+S", "Give the lab a file of its own."),
            _LINE,
            SAVE_CAPTURE,
            ActionSpec(
                "export_certificate",
                "Export &Certificate…",
                "Ctrl+Shift+X",
                "Write the selected CA or certificate as PEM, DER, PKCS #12 or in another format.",
            ),
            ActionSpec(
                "export_lab",
                "Export Lab as &Folder…",
                "Ctrl+Alt+F",
                "Write every certificate and key as files, with snippets for nginx, curl, Python, Java and others.",
                "folder",
            ),
            _LINE,
            ActionSpec("quit", "&Quit", "Ctrl+Q", "Close the window; the lab is saved already."),
        ),
    ),
    (
        "&Edit",
        (
            ActionSpec("undo", "&Undo", "Ctrl+Z", "Undo the last change of the lab, or the last step of an edit."),
            ActionSpec("redo", "&Redo", "Ctrl+Shift+Z", "Do again what was undone last."),
            _LINE,
            ActionSpec("copy", "&Copy", "Ctrl+C", "Copy the selection as it is shown."),
            Submenu(
                "copy_as",
                "Copy A&s",
                (
                    ActionSpec(
                        "copy_menu",
                        "&Choose How to Copy…",
                        "Ctrl+Shift+C",
                        "Choose in which form the selected bytes are copied.",
                        "copy",
                    ),
                ),
            ),
            ActionSpec("paste", "&Paste", "Ctrl+V", "Take a certificate, key log or capture from the clipboard."),
            ActionSpec("delete", "&Delete", "Del", "Put the selected run, CA or certificate into the bin."),
            _LINE,
            ActionSpec(
                "filter",
                "&Filter Messages",
                "Ctrl+F",
                "Show only the messages that contain some words; type:, from:, field: and is: narrow it down, - turns it round.",
            ),
            ActionSpec(
                "filter_fields",
                "Filter F&ields",
                "Ctrl+Shift+I",
                "Show only the decoded fields that contain some words.",
            ),
            ActionSpec("go_to_offset", "&Go to Offset…", "Ctrl+G", "Move to a byte of the shown message."),
        ),
    ),
    (
        "&View",
        (
            ActionSpec("view_handshake", "&Handshake", "Ctrl+1", "Show the peers, their messages and the bytes."),
            ActionSpec(
                "view_certificates",
                "Certificate &Workshop",
                "Ctrl+2",
                "Show the certificates of the lab: make, verify, compare, edit and break them.",
                "award",
            ),
            _LINE,
            ActionSpec("next_pane", "&Next Pane", "F6", "Move to the next pane of the window."),
            ActionSpec("previous_pane", "&Previous Pane", "Shift+F6", "Move to the previous pane of the window."),
            ActionSpec("focus_log", "Message &Log", "Ctrl+L", "Move to the list of messages."),
            _LINE,
            ActionSpec("tab_1", "&Decoded", "Alt+1", "Show the decoded fields of the message."),
            ActionSpec("tab_2", "&Certificates", "Alt+2", "Show the certificates of the connection."),
            ActionSpec("tab_3", "Ke&ys", "Alt+3", "Show the secrets of the connection."),
            ActionSpec("tab_4", "Chec&ks", "Alt+4", "Show what was verified, and by whom."),
            ActionSpec("tab_5", "Inspect&or", "Alt+5", "Show how the selected bytes read as numbers and text."),
            _LINE,
            ActionSpec("previous_field", "Previous &Field", "[", "Select the field before this one."),
            ActionSpec("next_field", "Next F&ield", "]", "Select the field after this one."),
            ActionSpec("previous_message", "Previous &Message", "{", "Select the message before this one."),
            ActionSpec("next_message", "Next M&essage", "}", "Select the message after this one."),
            _LINE,
            ActionSpec(
                "follow",
                "Follow the Lo&g",
                "Ctrl+Shift+F",
                "Keep the newest message in sight while a run goes on.",
                "",
                "on",
            ),
            Submenu(
                "theme",
                "&Theme",
                (
                    ActionSpec(
                        "theme_system", "As the &System", "", "Use the colours that the system asks for.", "", "theme"
                    ),
                    ActionSpec("theme_light", "&Light", "", "Use the light colours.", "", "theme"),
                    ActionSpec("theme_dark", "&Dark", "", "Use the dark colours.", "", "theme"),
                ),
            ),
            ActionSpec("toggle_theme", "&Switch Theme", "Ctrl+Shift+T", "Change between light and dark colours."),
            ActionSpec("sidebar", "Side&bar", "Ctrl+B", "Show or hide identities, scenarios and runs.", "", "on"),
            ActionSpec("reset_layout", "&Reset Layout", "", "Give every pane its first size again."),
        ),
    ),
    (
        "&Lab",
        (
            ActionSpec(
                "demo",
                "Run the &Demo",
                "Ctrl+D",
                "Make a CA and two certificates where missing, and run a mutual TLS 1.3 handshake.",
                "play",
            ),
            _LINE,
            ActionSpec(
                "make_certificate",
                "&Make Certificate…",
                "Ctrl+M",
                "Make a CA or a certificate of any kind, with a preview of what it will say.",
                "award",
            ),
            ActionSpec(
                "new_authority", "Create a C&A…", "Ctrl+N", "Make a certificate authority of your own.", "award"
            ),
            ActionSpec(
                "issue_server",
                "Issue &Server Certificate…",
                "Ctrl+Shift+S",
                "Issue a certificate for a server.",
                "server",
            ),
            ActionSpec(
                "issue_client",
                "Issue &Client Certificate…",
                "Ctrl+Shift+U",
                "Issue a certificate for a client.",
                "user",
            ),
            _LINE,
            Submenu(
                "certificate",
                "Cer&tificate",
                (
                    ActionSpec(
                        "verify_certificate",
                        "&Verify…",
                        "Ctrl+Alt+Y",
                        "Judge the selected certificate: its path, every reason, and what each engine says.",
                        "shield-check",
                    ),
                    ActionSpec(
                        "compare_certificates",
                        "&Compare…",
                        "Ctrl+Alt+M",
                        "Hold the selected certificate against another one, field by field.",
                        "git-compare",
                    ),
                    ActionSpec(
                        "edit_certificate",
                        "&Edit Bytes…",
                        "Ctrl+Alt+E",
                        "Change any byte or field of the selected certificate, and run a handshake with it.",
                        "binary",
                    ),
                    _LINE,
                    ActionSpec(
                        "copy_openssl",
                        "Copy as &openssl Commands",
                        "Ctrl+Alt+O",
                        "Copy the commands with which openssl makes the same certificate and all above it.",
                        "copy",
                    ),
                    ActionSpec(
                        "renew",
                        "Re&new…",
                        "Ctrl+Alt+N",
                        "Issue the selected certificate again, with the same key or a new one.",
                        "refresh-cw",
                    ),
                    ActionSpec(
                        "cross_sign",
                        "Cross-&sign…",
                        "Ctrl+Alt+X",
                        "Let another CA vouch for the selected one, too.",
                        "link",
                    ),
                    _LINE,
                    ActionSpec(
                        "revoke",
                        "&Revoke…",
                        "Ctrl+Alt+V",
                        "Say that the selected certificate is worth nothing any more.",
                    ),
                    ActionSpec(
                        "unrevoke", "&Unrevoke", "Ctrl+Alt+U", "Take back the hold of the selected certificate."
                    ),
                    ActionSpec(
                        "publish_crl",
                        "&Publish CRL…",
                        "Ctrl+Alt+L",
                        "Publish what the selected CA has revoked, right or wrong.",
                    ),
                ),
            ),
            Submenu(
                "requests",
                "Re&quests",
                (
                    ActionSpec(
                        "make_request", "&Make Request…", "Ctrl+Alt+Q", "Make a key and a certificate request for it."
                    ),
                    ActionSpec("sign_request", "&Sign Request…", "Ctrl+Alt+S", "Let a CA of the lab sign a request."),
                ),
            ),
            ActionSpec(
                "import_certificate",
                "&Import…",
                "Ctrl+Alt+I",
                "Take certificates, private keys and requests of a file into the lab.",
                "download",
            ),
            ActionSpec(
                "catalogue",
                "&Broken Certificates",
                "Ctrl+Alt+B",
                "Choose among 142 ways to be wrong, and run a handshake with one.",
                "triangle-alert",
            ),
            ActionSpec(
                "lab_passphrase", "&Passphrase…", "", "Encrypt the private keys of the lab, or change how.", "lock"
            ),
            ActionSpec(
                "lab_journal",
                "&Journal and Bin",
                "Ctrl+J",
                "Show what was done in this lab, and what was deleted.",
                "history",
            ),
            ActionSpec(
                "use_identity",
                "&Use for Its Peer",
                "Ctrl+U",
                "Give the selected certificate to the client or the server.",
            ),
            ActionSpec(
                "show_certificate",
                "S&how Certificate",
                "Ctrl+I",
                "Show the selected CA or certificate, down to each DER element.",
            ),
        ),
    ),
    (
        "&Peers",
        (
            ActionSpec("run", "&Run Handshake", "Ctrl+R", "Start server and client and watch their handshake.", "play"),
            ActionSpec("rerun", "Run A&gain", "F5", "Repeat the last run with the same settings.", "rotate-cw"),
            ActionSpec("stop", "&Stop", "Ctrl+.", "Stop whatever runs.", "square"),
            _LINE,
            ActionSpec(
                "start_server",
                "Start Ser&ver",
                "Ctrl+Shift+L",
                "Start the server alone and let it wait for a client.",
                "server",
            ),
            ActionSpec(
                "start_client",
                "Start &Client",
                "Ctrl+Shift+K",
                "Start the client against the waiting server.",
                "laptop",
            ),
            _LINE,
            ActionSpec(
                "peer_settings",
                "Peer Se&ttings…",
                "Ctrl+,",
                "Choose certificates, versions and ciphers of both peers.",
                "sliders-horizontal",
            ),
        ),
    ),
    (
        "&Capture",
        (
            ActionSpec("open_capture", "&Open Capture…", "Ctrl+Shift+O", "Decode a pcap or pcapng file."),
            ActionSpec(
                "next_connection", "&Next Connection", "Ctrl+PgDown", "Show the next connection of the capture."
            ),
            ActionSpec(
                "previous_connection", "&Previous Connection", "Ctrl+PgUp", "Show the connection before this one."
            ),
            _LINE,
            ActionSpec("add_keylog", "Add &Key Log…", "Ctrl+K", "Decrypt the shown capture with a key log file."),
            _LINE,
            SAVE_CAPTURE,
            ActionSpec(
                "save_keylog", "Save Key &Log…", "Ctrl+Alt+K", "Write the secrets of the shown run as a key log file."
            ),
        ),
    ),
    (
        "&Tools",
        (
            ActionSpec(
                "palette",
                "Command &Palette…",
                "Ctrl+Shift+P",
                "Find any action, certificate, scenario or run by words.",
                "command",
            ),
            ActionSpec("explain", "&Explain", "F1", "Say what the selected bytes are for."),
            ActionSpec(
                "endianness", "Switch E&ndianness", "Ctrl+E", "Read numbers in the data inspector the other way round."
            ),
            ActionSpec(
                "copy_command",
                "Copy Equivalent &Command",
                "Ctrl+Alt+C",
                "Copy the command line that does the same run in a terminal.",
            ),
        ),
    ),
    (
        "&Help",
        (
            ActionSpec("shortcuts", "&Keyboard Shortcuts", "Ctrl+/", "List every shortcut."),
            ActionSpec("about", "&About tlslab", "", "Say which versions of tlslab, OpenSSL and Qt are at work."),
        ),
    ),
)


def specs() -> list[ActionSpec]:
    """All actions in the order of the menus, each once."""
    found: list[ActionSpec] = []
    for _, entries in MENUS:
        for entry in entries:
            if isinstance(entry, ActionSpec):
                found.append(entry)
            elif isinstance(entry, Submenu):
                found.extend(each for each in entry.entries if isinstance(each, ActionSpec))
    return list(dict.fromkeys(found))


class Actions(QObject):
    """The registry: `actions["run"]` is the QAction, made when it is first asked for."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.menus: dict[str, QMenu] = {}
        """Submenus by name; "recent" is filled by the window."""
        self._specs = {spec.name: spec for spec in specs()}
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}

    def __getitem__(self, name: str) -> QAction:
        if name not in self._actions:
            self._actions[name] = self._make(self._specs[name])
        return self._actions[name]

    def all(self) -> list[QAction]:
        """Every action, in the order of the menus."""
        return [self[name] for name in self._specs]

    def connect_all(self, slots: dict[str, Callable[[], object]]) -> None:
        """Give each named action its work; the "checked" argument is not passed on."""
        for name, slot in slots.items():
            self[name].triggered.connect(lambda _checked=False, slot=slot: slot())

    def enable(self, on: bool, *names: str) -> None:
        """Enable or disable several actions."""
        for name in names:
            self[name].setEnabled(on)

    def title(self, bar: QMenuBar) -> None:
        """Put the names of the menus into the menu bar; `fill` puts in the rest after the first paint."""
        for title, _ in MENUS:
            bar.addAction(title)

    def fill(self, bar: QMenuBar) -> None:
        """Put every action into its menu, and give it its key and icon.

        Not sooner: setShortcut makes Python build all enums of `QtCore.Qt`, 13 ms before the first paint.
        """
        from PySide6.QtGui import QKeySequence
        from PySide6.QtWidgets import QMenu

        from tlslab.gui import icons

        for spec in self._specs.values():
            if spec.keys:
                self[spec.name].setShortcut(QKeySequence(spec.keys))
            if spec.icon:
                self[spec.name].setIcon(icons.icon(spec.icon))
        for heading, (_, entries) in zip(bar.actions(), MENUS, strict=True):
            menu = QMenu(bar)
            heading.setMenu(menu)
            self._fill_menu(menu, entries)

    def _fill_menu(self, menu: QMenu, entries: tuple[Entry, ...]) -> None:
        menu.setToolTipsVisible(True)
        for entry in entries:
            if isinstance(entry, ActionSpec):
                menu.addAction(self[entry.name])
            elif isinstance(entry, Submenu):
                submenu = menu.addMenu(entry.text)
                self.menus[entry.name] = submenu
                self._fill_menu(submenu, entry.entries)
            else:
                menu.addSeparator()

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(self)
        action.setText(spec.text)
        action.setObjectName(spec.name)
        action.setStatusTip(spec.help)
        action.setToolTip(tooltip(spec))
        action.setCheckable(bool(spec.group))
        if spec.group not in ("", "on"):
            self._group(spec.group).addAction(action)
        return action

    def _group(self, name: str) -> QActionGroup:
        from PySide6.QtGui import QActionGroup

        if name not in self._groups:
            self._groups[name] = QActionGroup(self)
        return self._groups[name]


def tooltip(spec: ActionSpec) -> str:
    """What the pointer is told: the sentence, and the key."""
    keys = spec.keys.replace("Ctrl", "⌘") if sys.platform == "darwin" else spec.keys
    return f"{spec.help} ({keys})" if keys else spec.help
