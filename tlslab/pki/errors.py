"""What `pki` says when it is asked for something that it will not make."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType

UNREADABLE: Final = (
    *(ValueError, TypeError, UnsupportedAlgorithm),
    *(InvalidVersion, DuplicateExtension, UnsupportedGeneralNameType),
)
"""What cryptography raises for bytes that it cannot read, at once or when a member is asked for."""


class PkiError(ValueError):
    """A request that was refused; its text is one sentence for the user: what, and what to do."""


class NameRefused(PkiError):
    """The name is good, but lies outside the name constraints of the CA; one for any name would take it."""
