"""Which of the known structures some DER is: by its shape, never by a file's name.

`KINDS` has all of them with the label that PEM gives them. Where a shape fits two, `DerGuess.because` says why this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tlslab.wire.cms import CONTENT_INFO
from tlslab.wire.crl import CERTIFICATE_LIST
from tlslab.wire.der import ANY, Element
from tlslab.wire.der_header import CONSTRUCTED
from tlslab.wire.der_scalars import OBJECT_IDENTIFIER
from tlslab.wire.der_shapes import SHAPES, Part, parts
from tlslab.wire.ocsp import BASIC_OCSP_RESPONSE, OCSP_REQUEST, OCSP_RESPONSE
from tlslab.wire.pkcs10 import CERTIFICATION_REQUEST
from tlslab.wire.pkcs12 import DIGEST_INFO, PFX
from tlslab.wire.private_keys import (
    DSA_PRIVATE_KEY,
    EC_PRIVATE_KEY,
    ENCRYPTED_PRIVATE_KEY_INFO,
    ONE_ASYMMETRIC_KEY,
    RSA_PRIVATE_KEY,
)
from tlslab.wire.x509 import CERTIFICATE, SPKI
from tlslab.wire.x509_algorithms import DH_PARAMETER, DOMAIN_PARAMETERS, DSS_PARAMETERS
from tlslab.wire.x509_curves import EC_PARAMETERS
from tlslab.wire.x509_extensions import EXTENSIONS
from tlslab.wire.x509_keys import ECDSA_SIGNATURE, RSA_PUBLIC_KEY
from tlslab.wire.x509_names import GENERAL_NAMES, NAME


@dataclass(frozen=True, slots=True)
class DerKind:
    """One structure that a file can hold."""

    name: str
    """As the JSON has it: "ocsp_response"."""
    title: str
    """With its article, as a sentence has it: "an OCSP response"."""
    element: Element
    pem: tuple[str, ...] = ()
    """What PEM writes between BEGIN and the hyphens."""
    private: bool = False
    """It holds the secret half of a key."""


KINDS: Final = (
    DerKind("certificate", "an X.509 certificate", CERTIFICATE, ("CERTIFICATE", "X509 CERTIFICATE")),
    DerKind(
        "certification_request",
        "a certificate request (PKCS #10)",
        CERTIFICATION_REQUEST,
        ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    ),
    DerKind("certificate_list", "a certificate revocation list", CERTIFICATE_LIST, ("X509 CRL", "CRL")),
    DerKind("ocsp_response", "an OCSP response", OCSP_RESPONSE, ("OCSP RESPONSE",)),
    DerKind("basic_ocsp_response", "a BasicOCSPResponse without the outer OCSPResponse", BASIC_OCSP_RESPONSE),
    DerKind("ocsp_request", "an OCSP request", OCSP_REQUEST, ("OCSP REQUEST",)),
    DerKind(
        "content_info", "a cryptographic message (PKCS #7, CMS)", CONTENT_INFO, ("PKCS7", "CMS", "PKCS #7 SIGNED DATA")
    ),
    DerKind("pfx", "a PKCS #12 file", PFX, ("PKCS12",), private=True),
    DerKind("private_key", "a private key (PKCS #8)", ONE_ASYMMETRIC_KEY, ("PRIVATE KEY",), private=True),
    DerKind(
        "encrypted_private_key",
        "an encrypted private key (PKCS #8)",
        ENCRYPTED_PRIVATE_KEY_INFO,
        ("ENCRYPTED PRIVATE KEY",),
    ),
    DerKind("rsa_private_key", "an RSA private key (PKCS #1)", RSA_PRIVATE_KEY, ("RSA PRIVATE KEY",), private=True),
    DerKind("ec_private_key", "an EC private key (SEC 1)", EC_PRIVATE_KEY, ("EC PRIVATE KEY",), private=True),
    DerKind("dsa_private_key", "a DSA private key", DSA_PRIVATE_KEY, ("DSA PRIVATE KEY",), private=True),
    DerKind("public_key", "a public key (SubjectPublicKeyInfo)", SPKI, ("PUBLIC KEY",)),
    DerKind("rsa_public_key", "an RSA public key (PKCS #1)", RSA_PUBLIC_KEY, ("RSA PUBLIC KEY",)),
    DerKind("dh_parameters", "Diffie-Hellman parameters (PKCS #3)", DH_PARAMETER, ("DH PARAMETERS",)),
    DerKind("domain_parameters", "Diffie-Hellman parameters (X9.42)", DOMAIN_PARAMETERS, ("X9.42 DH PARAMETERS",)),
    DerKind("dsa_parameters", "DSA parameters", DSS_PARAMETERS, ("DSA PARAMETERS",)),
    DerKind("ec_parameters", "parameters of an elliptic curve", EC_PARAMETERS),
    DerKind("named_curve", "the name of an elliptic curve", OBJECT_IDENTIFIER, ("EC PARAMETERS",)),
    DerKind("ecdsa_signature", "an ECDSA signature", ECDSA_SIGNATURE),
    DerKind("digest_info", "a DigestInfo: a hash with its algorithm", DIGEST_INFO),
    DerKind("distinguished_name", "a distinguished name", NAME),
    DerKind("general_names", "a list of general names", GENERAL_NAMES),
    DerKind("certificate_extensions", "a list of certificate extensions", EXTENSIONS),
    DerKind("der", "DER of no kind that is known here", ANY),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
BY_PEM: Final = {label: kind for kind in KINDS for label in kind.pem}


@dataclass(frozen=True, slots=True)
class DerGuess:
    """What some DER is taken for."""

    kind: DerKind
    because: str = ""
    """Why this and no other, where the bytes could be two things; "" where they could not."""


def der_kind(data: bytes) -> DerGuess | None:
    """What the one element that `data` is could be; None if `data` is no DER at all.

    Never raises. DER of an unknown shape is of the kind "der".
    """
    found = parts(data)
    return _guess(found[0]) if len(found) == 1 else None


def _guess(element: Part) -> DerGuess | None:
    tag, contents = element
    elements = element.inside if tag & CONSTRUCTED else []
    inside = elements if tag == 0x30 else []
    if tag & CONSTRUCTED and contents and not elements:
        return None
    for name, fits in SHAPES.items():
        because = fits(tag, contents, inside)
        if because is not None:
            return DerGuess(BY_NAME[name], because)
    return DerGuess(BY_NAME["der"])
