"""Attributes of PKCS #9 (RFC 2985) and its neighbours: in certificate requests, signed messages, keys and PKCS #12 files."""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import ANY, Element
from tlslab.wire.der_composite import Choice, ListOf, Sequence
from tlslab.wire.der_scalars import (
    BMP_STRING,
    GENERALIZED_TIME,
    IA5_STRING,
    NULL,
    OBJECT_IDENTIFIER,
    UTC_TIME,
)
from tlslab.wire.x509_extension_contents import KeyIdentifier
from tlslab.wire.x509_extensions import EXTENSIONS
from tlslab.wire.x509_names import DIRECTORY_STRING, name_in
from tlslab.wire.x509_open_types import attributes

CAPABILITY: Final = Sequence(
    "SMIMECapability",
    {"capabilityID": OBJECT_IDENTIFIER, "parameters?": ANY},
    lambda f: name_in(f.child("capabilityID")),
)
CAPABILITIES: Final = ListOf("SMIMECapabilities", CAPABILITY)
CSP: Final = Sequence("EnrollmentNameValuePair", {"name": BMP_STRING, "value": BMP_STRING})

ATTRIBUTE_TYPES: Final[dict[str, Element]] = {
    "unstructuredName": DIRECTORY_STRING,
    "unstructuredAddress": DIRECTORY_STRING,
    "contentType": OBJECT_IDENTIFIER,
    "messageDigest": KeyIdentifier(name="MessageDigest"),
    "signingTime": Choice("Time", UTC_TIME, GENERALIZED_TIME),
    "challengePassword": DIRECTORY_STRING,
    "extensionRequest": EXTENSIONS,
    "msExtensionRequest": EXTENSIONS,
    "smimeCapabilities": CAPABILITIES,
    "friendlyName": BMP_STRING,
    "localKeyId": KeyIdentifier(name="LocalKeyId"),
    "enrollmentNameValuePair": CSP,
    "osVersion": IA5_STRING,
    "msKeyProviderName": BMP_STRING,
    "msLocalMachineKeyset": NULL,
}
"""Values of attributes by name; what is not here is opened as whatever DER it is."""
ATTRIBUTES: Final = attributes(ATTRIBUTE_TYPES)
