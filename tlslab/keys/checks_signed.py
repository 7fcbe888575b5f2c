"""The signatures of requests and revocation lists: what is signed, by whom it says it is, and whether that key signed it.

Bytes in, a `Check` out, like `checks_certificates`. Whether anybody is trusted is not asked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.keys.checks import Check, CheckInput
from tlslab.keys.checks_certificates import bits_of, scheme_of_algorithm
from tlslab.keys.signatures import fits, load_public_key, public_key_info, verify
from tlslab.keys.signed_values import signed_values

if TYPE_CHECKING:
    from tlslab.keys.signatures import SignatureScheme
    from tlslab.wire.field import Field


@dataclass(frozen=True, slots=True)
class Signed:
    """What is to be verified of a structure: three members, of which the first is signed."""

    name: str
    """Of the check, and of its explanation."""
    what: str
    """The member that is signed."""
    rule: str
    signed: bytes
    algorithm: str
    scheme: SignatureScheme | None
    signature: bytes


FORMS: Final = {
    "certification_request": ("CertificationRequest", "RFC 2986 §4.2"),
    "certificate_list": ("CertificateList", "RFC 5280 §5.1.1.2"),
}
"""Name of the check and the clause that demands it, by kind of structure."""


def signed_structure(kind: str, root: Field) -> Signed | None:
    """Take a request or a list apart; None for what is neither, or not whole."""
    members = [child for child in root.children if child.name != "header"]
    form = FORMS.get(kind)
    if form is None or len(members) < 3:
        return None
    signed, algorithm, signature = members[:3]
    name, rule = form
    return Signed(
        name, signed.name, rule, signed.bytes, algorithm.label, scheme_of_algorithm(algorithm), bits_of(signature)
    )


def check_signed(found: Signed, signer: bytes, who: str) -> Check:
    """That a key signed a structure.

    signer  a certificate, or a SubjectPublicKeyInfo, DER.
    who     whose key it is, in words.
    """
    scheme, public_key = found.scheme, load_public_key(signer)
    inputs = (
        CheckInput("public key", public_key_info(signer), who),
        CheckInput(found.what, found.signed, "the structure itself"),
        CheckInput("signature", found.signature, "the structure itself"),
    )
    over = f"signed by {who}: {found.algorithm} over {len(found.signed)} bytes of {found.what}"
    if scheme is None or public_key is None or not fits(scheme, public_key):
        detail = f"{over}: it cannot be verified with that key"
        return Check(found.name, "", ok=False, detail=detail, inputs=inputs, found=found.signature, rule=found.rule)
    reason = verify(scheme, public_key, found.signature, found.signed)
    values = signed_values(scheme, public_key, found.signature, found.signed, genuine=reason is None)
    detail = over if reason is None else f"{over}: {reason.replace('the certificate', 'the signer')}"
    algorithm = f"{scheme.title}(public key, {found.what}, signature)"
    return Check(found.name, "", reason is None, detail, algorithm, inputs, *values, found.rule)
