"""Elliptic curves in keys: points (SEC 1 §2.3.3), and the parameters of a curve that is described and not named (RFC 3279 §2.3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tlslab.wire.der import ANY, Element, Part, Schema, alert_of
from tlslab.wire.der_composite import Sequence
from tlslab.wire.der_scalars import INTEGER, OBJECT_IDENTIFIER
from tlslab.wire.der_strings import BIT_STRING, OCTET_STRING, OctetString
from tlslab.wire.field import Cut, Field, Problem
from tlslab.wire.lengths import inherits_cut
from tlslab.wire.values import Number, Opaque
from tlslab.wire.words import byte_count
from tlslab.wire.x509_names import name_in


class ECPoint(Schema):
    """A point on a curve as SEC 1 §2.3.3 writes it (RFC 5480 §2.2): how it is written, then its coordinates."""

    name = "ECPoint"

    def parts(self) -> Iterable[Part]:
        """The members."""
        return ((f"ECPoint.{name}", FORM) for name in ("form", "X", "Y"))

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the point: it fills what is left."""
        out.append(Cut(name, doc, self, parent, start, limit))
        return limit

    def open(self, field: Field) -> list[Field]:
        """The form, X, and Y unless the point is compressed."""
        start, end = field.start + 1, field.end
        form = field.data[field.start]
        size = coordinate_length(field) or (end - start) // 2
        middle = min(start + size, end) if form == UNCOMPRESSED else end
        coordinates = (("X", start, middle), ("Y", middle, end))
        if not field.cut and not inherits_cut(field):
            field.problem = _point_problem(field, form, size)
        return [
            Cut("form", "ECPoint.form", FORM, field, field.start, start),
            *(Cut(name, f"ECPoint.{name}", COORDINATE, field, at, to) for name, at, to in coordinates if at < to),
        ]

    def label(self, field: Field) -> str:
        """How it is written."""
        form = FORMS.get(field.data[field.start], "point")
        return f"{form}, {byte_count(field.end - field.start)}"


def coordinate_length(point: Field) -> int | None:
    """Bytes of a coordinate on the curve that the algorithm beside the point names; None for an unknown curve."""
    beside = point.parent.parent if point.parent is not None else None
    parameters = beside.find("algorithm", "parameters") if beside is not None else None
    bits = curve_bits(parameters) if parameters is not None else None
    return (bits + 7) // 8 if bits is not None else None


def curve_bits(parameters: Field) -> int | None:
    """Bits of the field of the curve that is named or described there; None for one that is not known."""
    if parameters.kind is EC_PARAMETERS:
        prime = parameters.find("fieldID", "parameters")
        return int.from_bytes(INTEGER.body(prime), "big").bit_length() if prime is not None else None
    found = CURVE_BITS.search(name_in(parameters))
    return int(found[1]) if found is not None else None


def _point_problem(field: Field, form: int, size: int) -> Problem | None:
    length = field.end - field.start
    wanted = 1 + 2 * size if form == UNCOMPRESSED else 1 + (coordinate_length(field) or length - 1)
    if form not in FORMS:
        text = f"a point begins with 2, 3 or 4, not {form}"
    elif length != wanted:
        text = f"this point has {byte_count(wanted)}, not {length}"
    else:
        return None
    return Problem(text, field.start, field.end, "RFC 5480 §2.2", alert_of(field))


def _parameters_words(field: Field) -> str:
    field_id = field.child("fieldID")
    if field_id is None or name_in(field_id.child("fieldType")) != PRIME_FIELD:
        return "explicit curve"
    return f"explicit curve, {curve_bits(field)} bits"


PRIME_FIELD: Final = "prime-field"
CURVE_BITS: Final = re.compile(r"^(?:secp|brainpoolP)(\d{3})[rkt]\d$")
"""The name of a curve over a prime field tells the bits of its field."""
UNCOMPRESSED: Final = 4
FORMS: Final = {2: "compressed point", 3: "compressed point", UNCOMPRESSED: "uncompressed point"}
FORM: Final = Number("form", 1, FORMS.get)
COORDINATE: Final = Opaque()
EC_POINT: Final = ECPoint()
FIELD_ID: Final = Sequence("FieldID", {"fieldType": OBJECT_IDENTIFIER, "parameters": ANY})
CURVE: Final = Sequence("Curve", {"a": OCTET_STRING, "b": OCTET_STRING, "seed?": BIT_STRING})
BASE_POINT: Final = OctetString(lambda _: EC_POINT, inside=(EC_POINT,))
EC_PARAMETERS: Final[Element] = Sequence(
    "ECParameters",
    {
        "version": INTEGER,
        "fieldID": FIELD_ID,
        "curve": CURVE,
        "base": BASE_POINT,
        "order": INTEGER,
        "cofactor?": INTEGER,
    },
    _parameters_words,
    rule="RFC 3279 §2.3.5",
)
