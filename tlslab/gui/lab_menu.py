"""The menu of the lab: what is made, and what is done with certificates."""

from __future__ import annotations

from tlslab.gui.menu_entries import LINE, ActionSpec, Entry, Submenu

LAB: tuple[Entry, ...] = (
    ActionSpec(
        "demo",
        "Run the &Demo",
        "Ctrl+D",
        "Make a CA and two certificates where missing, and run a mutual TLS 1.3 handshake.",
        "play",
    ),
    LINE,
    ActionSpec(
        "make_certificate",
        "&Make Certificate…",
        "Ctrl+M",
        "Make a CA or a certificate of any kind, with a preview of what it will say.",
        "award",
    ),
    ActionSpec("new_authority", "Create a C&A…", "Ctrl+N", "Make a certificate authority of your own.", "award"),
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
    LINE,
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
            LINE,
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
            LINE,
            ActionSpec(
                "revoke",
                "&Revoke…",
                "Ctrl+Alt+V",
                "Say that the selected certificate is worth nothing any more.",
            ),
            ActionSpec("unrevoke", "&Unrevoke", "Ctrl+Alt+U", "Take back the hold of the selected certificate."),
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
            ActionSpec("make_request", "&Make Request…", "Ctrl+Alt+Q", "Make a key and a certificate request for it."),
            ActionSpec("sign_request", "&Sign Request…", "Ctrl+Alt+S", "Let a CA of the lab sign a request."),
        ),
    ),
    ActionSpec(
        "ocsp_responder",
        "&OCSP Responder…",
        "Ctrl+Alt+P",
        "Answer OCSP requests and serve CRLs on 127.0.0.1, truly or wrong on purpose.",
        "shield-check",
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
    ActionSpec("lab_passphrase", "&Passphrase…", "", "Encrypt the private keys of the lab, or change how.", "lock"),
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
)
