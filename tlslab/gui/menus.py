"""Every menu of the window as a table; that of the lab is in `lab_menu`."""

from __future__ import annotations

from tlslab.gui.lab_menu import LAB
from tlslab.gui.menu_entries import LINE, ActionSpec, Entry, Submenu

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
            LINE,
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
            LINE,
            ActionSpec("quit", "&Quit", "Ctrl+Q", "Close the window; the lab is saved already."),
        ),
    ),
    (
        "&Edit",
        (
            ActionSpec("undo", "&Undo", "Ctrl+Z", "Undo the last change of the lab, or the last step of an edit."),
            ActionSpec("redo", "&Redo", "Ctrl+Shift+Z", "Do again what was undone last."),
            LINE,
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
            LINE,
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
            LINE,
            ActionSpec("next_pane", "&Next Pane", "F6", "Move to the next pane of the window."),
            ActionSpec("previous_pane", "&Previous Pane", "Shift+F6", "Move to the previous pane of the window."),
            ActionSpec("focus_log", "Message &Log", "Ctrl+L", "Move to the list of messages."),
            LINE,
            ActionSpec("tab_1", "&Decoded", "Alt+1", "Show the decoded fields of the message."),
            ActionSpec("tab_2", "&Certificates", "Alt+2", "Show the certificates of the connection."),
            ActionSpec("tab_3", "Ke&ys", "Alt+3", "Show the secrets of the connection."),
            ActionSpec("tab_4", "Chec&ks", "Alt+4", "Show what was verified, and by whom."),
            ActionSpec("tab_5", "Inspect&or", "Alt+5", "Show how the selected bytes read as numbers and text."),
            LINE,
            ActionSpec("previous_field", "Previous &Field", "[", "Select the field before this one."),
            ActionSpec("next_field", "Next F&ield", "]", "Select the field after this one."),
            ActionSpec("previous_message", "Previous &Message", "{", "Select the message before this one."),
            ActionSpec("next_message", "Next M&essage", "}", "Select the message after this one."),
            LINE,
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
    ("&Lab", LAB),
    (
        "&Peers",
        (
            ActionSpec("run", "&Run Handshake", "Ctrl+R", "Start server and client and watch their handshake.", "play"),
            ActionSpec("rerun", "Run A&gain", "F5", "Repeat the last run with the same settings.", "rotate-cw"),
            ActionSpec("stop", "&Stop", "Ctrl+.", "Stop whatever runs.", "square"),
            LINE,
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
            LINE,
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
            LINE,
            ActionSpec("add_keylog", "Add &Key Log…", "Ctrl+K", "Decrypt the shown capture with a key log file."),
            ActionSpec(
                "add_key",
                "Add Private Ke&y…",
                "",
                "Decrypt the shown capture with the server's RSA key, or its key for Encrypted Client Hello.",
            ),
            ActionSpec(
                "add_psk", "Add Pre-&shared Key…", "", "Decrypt the shown capture with a key that both sides agreed on."
            ),
            LINE,
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
