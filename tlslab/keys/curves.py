"""The numbers of the NIST curves, for what is shown of points; whatever has to be safe is done by the library."""

from __future__ import annotations

from typing import Final, NamedTuple


class Curve(NamedTuple):
    """A curve y² = x³ - 3x + b over the integers modulo p."""

    p: int
    b: int


CURVES: Final = {
    "secp256r1": Curve(
        2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    ),
    "secp384r1": Curve(
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    ),
    "secp521r1": Curve(
        2**521 - 1,
        0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    ),
}
"""Source: FIPS 186-4 section D.1.2."""
