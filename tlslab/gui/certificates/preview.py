"""The certificate that a form would give, with the path above it: what tree, bytes and verifiers are shown of. No Qt."""

from __future__ import annotations

from typing import NamedTuple

from tlslab.pki import Template, preview_self_signed
from tlslab.store import Lab


class Preview(NamedTuple):
    """What would be made."""

    der: bytes
    above: tuple[bytes, ...]
    """The issuers, the nearest first, the root last; empty for what signs itself."""


def preview_of(lab: Lab | None, template: Template, issuer: str) -> Preview:
    """The certificate that `template` and the authority called `issuer` give. Raises PkiError and LabError."""
    if not issuer or lab is None:
        return Preview(preview_self_signed(template), ())
    from cryptography.hazmat.primitives.serialization import Encoding

    der = lab.authority(issuer).preview(template)
    return Preview(der, tuple(each.public_bytes(Encoding.DER) for each in lab.path(issuer)))
