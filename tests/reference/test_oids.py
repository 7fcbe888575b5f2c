"""Names of object identifiers are those that cryptography and the RFCs give them."""

from __future__ import annotations

import re

import pytest
from cryptography.x509 import ObjectIdentifier

from tlslab.reference.oids import oid_name, oids

OTHERWISE = {
    "extKeyUsage": "extendedKeyUsage",
    "ecPublicKey": "id-ecPublicKey",
    "dsa": "dsaEncryption",
    "certificateTemplate": "msCertificateTemplate",
    "ocspSignedCertificateTimestampList": "signedCertificateTimestampList",
}
"""Where the RFCs' own name, which we use, is not what cryptography says."""


def letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


@pytest.mark.parametrize(("dotted", "name"), oids().items())
def test_a_name_is_the_one_that_cryptography_knows(dotted: str, name: str) -> None:
    theirs = ObjectIdentifier(dotted)._name
    assert theirs == "Unknown OID" or letters(OTHERWISE.get(name, name)) == letters(theirs)


def test_no_name_stands_for_two_identifiers() -> None:
    names = list(oids().values())
    assert len(set(names)) == len(names)


def test_an_identifier_without_a_name_has_none() -> None:
    assert oid_name("1.2.3.4.5.6.7") is None
    assert oid_name("2.5.29.15") == "keyUsage"
