"""Members of what lies in files are called as the RFCs call them: held against the names of asn1crypto, which has its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from asn1crypto import cms, core, crl, csr, keys, ocsp, pkcs12

from tests.wire.test_pkix import Sample, samples, tree
from tlslab.wire.der_composite import Implicit, Sequence
from tlslab.wire.field import Field

CLASSES: dict[str, Any] = {
    "certificate_list": crl.CertificateList,
    "certification_request": csr.CertificationRequest,
    "content_info": cms.ContentInfo,
    "dsa_private_key": keys.DSAPrivateKey,
    "ec_private_key": keys.ECPrivateKey,
    "encrypted_private_key": keys.EncryptedPrivateKeyInfo,
    "ocsp_request": ocsp.OCSPRequest,
    "ocsp_response": ocsp.OCSPResponse,
    "pfx": pkcs12.Pfx,
    "private_key": keys.PrivateKeyInfo,
    "public_key": keys.PublicKeyInfo,
    "rsa_private_key": keys.RSAPrivateKey,
}
OTHERWISE = {
    # asn1crypto's name, and those of the RFCs.
    "publickey": ("subjectpublickey", "y"),
    "contenttype": ("econtenttype",),
    "content": ("econtent",),
    "typeid": ("type-id",),
    "signature": ("signaturevalue",),
    "privatekey": ("x",),
}
"""Where asn1crypto calls a member otherwise than the RFC does, at least in one of the structures that have it."""


def theirs(value: Any) -> Iterator[str]:
    """Names of all members that are there, in the order of the bytes, without case and underscores."""
    if isinstance(value, core.Choice):
        yield from theirs(value.chosen)
    elif isinstance(value, core.Sequence) and value._fields:
        for name, *_ in value._fields:
            member = value[name]
            if not isinstance(member, core.Void) and (isinstance(member, core.Choice) or member._header is not None):
                yield name.replace("_", "").lower()
                yield from theirs(member)
    elif isinstance(value, core.SequenceOf | core.SetOf):
        for item in value:
            yield from theirs(item)


def ours(root: Field) -> Iterator[str]:
    """The same of our tree."""
    for field in root.walk():
        above = field.parent.kind if field.parent is not None else None
        if isinstance(above, Sequence | Implicit) and field.name not in {"header", "contents", "end_of_contents"}:
            yield field.name.lower()


@pytest.mark.parametrize("which", [each for each in samples() if each.kind in CLASSES], ids=str)
def test_every_member_that_asn1crypto_names_is_there_under_its_name(which: Sample) -> None:
    wanted = Counter(theirs(CLASSES[which.kind].load(which.der)))
    found = Counter(ours(tree(which)))
    missing = [name for name in wanted - found if not any(other in found for other in OTHERWISE.get(name, ()))]
    assert missing == []
