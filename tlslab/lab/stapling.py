"""What a server staples in a run: an OCSP response of a named kind, made with its issuer's key, or given bytes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cryptography.x509 import ocsp

from tlslab.lab.identities import Identity, NoSuchIdentity
from tlslab.peers.settings import BadSettings
from tlslab.pki import PkiError
from tlslab.pki.authority import Authority
from tlslab.pki.credential import Credential, issued_by
from tlslab.pki.staples import STAPLES, staple, staple_kind

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

NONE: Final = "none"
"""The client asks for a staple, and the server has none."""
_GIVEN: Final = "base64:"


def given(response: bytes) -> str:
    """Bytes of an OCSP response, or of anything, as a scenario has them."""
    return _GIVEN + base64.b64encode(response).decode("ascii")


def described(kind: str) -> str:
    """What a scenario's `staple` is, in a few words: "good, signed by the issuer"."""
    if kind.startswith(_GIVEN):
        return "an OCSP response that was given"
    return STAPLES[kind].text if kind in STAPLES else "no OCSP response"


def staple_for(kind: str, server: str, identities: Mapping[str, Identity]) -> bytes:
    """The response that the server called `server` sends along; b"" for none.

    kind   one of `STAPLES`, `NONE`, what `given` gave, or "".

    Raises BadSettings for an unknown kind and for what OpenSSL would not send, NoSuchIdentity where the issuer's key is not here.
    """
    if kind in {"", NONE}:
        return b""
    identity = identities.get(server)
    if identity is None:
        raise NoSuchIdentity(f"there is no identity {server!r}: make it, or choose another for this run")
    response = _taken(kind) if kind.startswith(_GIVEN) else _made(kind, server, identity, identities)
    if not sendable(response, identity.certificate):
        raise BadSettings(
            "OpenSSL's server sends no staple that is not about its own certificate: choose another response "
            "(`tlslab ca ocsp` makes this one as a file, `ca ocsp --serve` answers with it)"
        )
    return response


def sendable(response: bytes, certificate: Certificate) -> bool:
    """Whether OpenSSL's server sends `response` along with `certificate`; since version 4.0 it looks into it before."""
    try:
        read = ocsp.load_der_ocsp_response(response)
        if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return True
        return any(single.serial_number == certificate.serial_number for single in read.responses)
    except ValueError:
        return False


def _made(kind: str, server: str, identity: Identity, identities: Mapping[str, Identity]) -> bytes:
    try:
        staple_kind(kind)
    except PkiError as error:
        raise BadSettings(str(error)) from None
    issuer = _issuer(identity, identities)
    if issuer is None:
        raise NoSuchIdentity(
            f"the private key of the authority that issued {server!r} is not here, so nobody can sign a staple for it: "
            "give a response as a file, or use another server"
        )
    return staple(kind, identity.certificate, issuer)


def _issuer(identity: Identity, identities: Mapping[str, Identity]) -> Authority | None:
    """Whoever issued it, if its key is among the identities."""
    for each in identities.values():
        if isinstance(each, Credential) and each.key is not None and issued_by(identity.certificate, each.certificate):
            return Authority(each, each.certificate)
    return None


def _taken(kind: str) -> bytes:
    try:
        return base64.b64decode(kind.removeprefix(_GIVEN), validate=True)
    except (binascii.Error, ValueError):
        raise BadSettings("the staple of the scenario is no base64: copy it whole") from None
