"""What tests of the handshake's own proofs leave aside: checks of certificates, hellos and records."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.model import Connection

OF_MESSAGES = {"Finished", "CertificateVerify", "ServerKeyExchange"}


def of_messages(connection: Connection) -> list[Check]:
    """The checks of the messages that exist to be checked, in their order."""
    return [check for check in connection.checks if check.name in OF_MESSAGES]
