"""Every element of a certificate has a text, and every text its element."""

from __future__ import annotations

from tests.wire.certificates import limbo, tree, well_formed
from tlslab.reference.explanations import topics, topics_of
from tlslab.reference.oids import oids
from tlslab.wire.der import explanation_keys
from tlslab.wire.der_kinds import KINDS
from tlslab.wire.x509_algorithms import EXPLAINED_ALGORITHMS
from tlslab.wire.x509_extension_contents import EXPLAINED_PURPOSES
from tlslab.wire.x509_extensions import EXTENSIONS_BY_OID
from tlslab.wire.x509_names import EXPLAINED_ATTRIBUTES, SHORT

FAMILIES = ("x509", "x509_extensions", "revocation", "pkcs")


def test_every_key_has_a_text_and_every_text_a_key() -> None:
    declared = {key for kind in KINDS for key in {kind.element.name} | explanation_keys(kind.element)}
    assert sorted(key for family in FAMILIES for key in topics_of(family)) == sorted(declared)


def test_every_field_of_real_certificates_has_a_text() -> None:
    seen = {field.doc for made in (*well_formed(), *limbo()) for field in tree(made.der).walk()}
    assert sorted(seen - set(topics())) == []


def test_what_is_explained_by_name_is_the_name_of_an_oid() -> None:
    names = set(oids().values())
    assert sorted((EXPLAINED_ALGORITHMS | EXPLAINED_ATTRIBUTES | EXPLAINED_PURPOSES | set(SHORT)) - names) == []
    assert [oid for oid in EXTENSIONS_BY_OID if oid not in oids()] == []
