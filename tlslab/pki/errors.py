"""What `pki` says when it is asked for something that it will not make."""

from __future__ import annotations


class PkiError(ValueError):
    """A request that was refused; its text is one sentence for the user: what, and what to do."""


class NameRefused(PkiError):
    """The name is good, but lies outside the name constraints of the CA; one for any name would take it."""
