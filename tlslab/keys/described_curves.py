"""Public keys whose certificate describes their curve instead of naming it (RFC 3279 §2.3.5), which the library refuses.

Only a description that agrees with a known curve in every number is taken for that curve: one with another base point
would let anybody make a private key for a stranger's public one.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from tlslab.keys.curves import CURVES
from tlslab.wire.der_scalars import INTEGER
from tlslab.wire.field import Field
from tlslab.wire.notation import decode
from tlslab.wire.x509_keys import SPKI

NAMED: Final[tuple[ec.EllipticCurve, ...]] = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())
UNCOMPRESSED: Final = 4


def described_key(key_info: bytes) -> ec.EllipticCurvePublicKey | None:
    """The key in a SubjectPublicKeyInfo (DER) that describes a curve of FIPS 186; None for any other.

    Raises ValueError if the point is not on that curve.
    """
    root = decode(SPKI, "SubjectPublicKeyInfo", key_info)
    parameters, point = root.find("algorithm", "parameters"), root.find("subjectPublicKey", "ECPoint")
    if parameters is None or point is None or parameters.child("fieldID") is None:
        return None
    curve = next((curve for curve in NAMED if _describes(parameters, curve)), None)
    return None if curve is None else ec.EllipticCurvePublicKey.from_encoded_point(curve, point.bytes)


def _describes(parameters: Field, curve: ec.EllipticCurve) -> bool:
    """Whether ECParameters have the field, the coefficients, the base point and the order of `curve`."""
    known = CURVES[curve.name]
    base = ec.derive_private_key(1, curve).public_key().public_numbers()
    numbers = {
        ("fieldID", "parameters"): known.p,
        ("curve", "a"): known.p - 3,
        ("curve", "b"): known.b,
        ("base", "ECPoint", "X"): base.x,
        ("order",): curve.group_order,
    }
    form = parameters.find("base", "ECPoint", "form")
    y = parameters.find("base", "ECPoint", "Y")
    if form is None or any(_number(parameters.find(*path)) != number for path, number in numbers.items()):
        return False
    return _number(y) == base.y if form.value == UNCOMPRESSED else form.value == 2 + base.y % 2


def _number(field: Field | None) -> int | None:
    """An INTEGER, an OCTET STRING or a coordinate as a number."""
    if field is None:
        return None
    content = field.child("contents")
    return int.from_bytes(INTEGER.body(field) if content is not None else field.bytes, "big")
