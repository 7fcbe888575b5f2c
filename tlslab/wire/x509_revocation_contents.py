"""What stands in the extensions of revocation lists (RFC 5280 §5.2, §5.3) and of OCSP (RFC 6960 §4.4)."""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import Element
from tlslab.wire.der_composite import Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_scalars import (
    DEFAULT_FALSE,
    ENUMERATED,
    GENERALIZED_TIME,
    IA5_STRING,
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    Rule,
    Scalar,
)
from tlslab.wire.der_strings import BitString, OctetString
from tlslab.wire.field import Field
from tlslab.wire.transparency import SignedCertificateTimestampList
from tlslab.wire.x509_algorithms import ALGORITHM
from tlslab.wire.x509_extension_contents import ACCESS, DISTRIBUTION_POINT_NAME, REASON_FLAGS
from tlslab.wire.x509_names import GENERAL_NAMES, NAME, name_in

REASONS: Final = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""CRLReason (RFC 5280 §5.3.1); 7 is not used."""


def _reason_words(body: bytes) -> str:
    number = int.from_bytes(body[:4], "big")
    return f"{REASONS.get(number, 'unknown')} ({number})"


def _reason_check(body: bytes) -> Rule | None:
    known = len(body) == 1 and body[0] in REASONS
    return None if known else ("there is no such reason", "RFC 5280 §5.3.1")


CRL_REASON: Final = Scalar("CRLReason", ENUMERATED.tags, _reason_words, ENUMERATED.number, _reason_check)


def _scope_words(field: Field) -> str:
    told = {"distributionPoint": "", "onlySomeReasons": "only "}
    parts = (f"{told[child.name]}{child.label}" if child.name in told else child.name for child in field.children[1:])
    return ", ".join(parts) or "empty"


ISSUING_DISTRIBUTION_POINT: Final = Sequence(
    "IssuingDistributionPoint",
    {
        "distributionPoint?": Explicit(0, DISTRIBUTION_POINT_NAME),
        "onlyContainsUserCerts?": Implicit(1, DEFAULT_FALSE),
        "onlyContainsCACerts?": Implicit(2, DEFAULT_FALSE),
        "onlySomeReasons?": Implicit(3, BitString(None, REASON_FLAGS, "ReasonFlags")),
        "indirectCRL?": Implicit(4, DEFAULT_FALSE),
        "onlyContainsAttributeCerts?": Implicit(5, DEFAULT_FALSE),
    },
    _scope_words,
    rule="RFC 5280 §5.2.5",
)


class Nonce(OctetString):
    """Random bytes of a request that come back in the answer: shown in hex, because people compare them."""

    def words(self, body: bytes) -> str:
        """The bytes in hex."""
        return body.hex()


NONCE: Final = Nonce(name="Nonce")
CRL_ID: Final = Sequence(
    "CrlID",
    {
        "crlUrl?": Explicit(0, IA5_STRING),
        "crlNum?": Explicit(1, INTEGER),
        "crlTime?": Explicit(2, GENERALIZED_TIME),
    },
)
ACCEPTABLE_RESPONSES: Final = ListOf(
    "AcceptableResponses", OBJECT_IDENTIFIER, lambda f: ", ".join(name_in(item) for item in f.children[1:]) or "empty"
)
SERVICE_LOCATOR: Final = Sequence("ServiceLocator", {"issuer": NAME, "locator?": ACCESS})
PREFERRED_ALGORITHM: Final = Sequence(
    "PreferredSignatureAlgorithm", {"sigIdentifier": ALGORITHM, "certIdentifier?": ALGORITHM}
)
OCSP_TIMESTAMPS: Final = OctetString(
    lambda _: SignedCertificateTimestampList, "SignedCertificateTimestampList", (SignedCertificateTimestampList,)
)

REVOCATION_EXTENSIONS: Final[dict[str, Element]] = {
    "2.5.29.20": INTEGER,
    "2.5.29.21": CRL_REASON,
    "2.5.29.23": OBJECT_IDENTIFIER,
    "2.5.29.24": GENERALIZED_TIME,
    "2.5.29.27": INTEGER,
    "2.5.29.28": ISSUING_DISTRIBUTION_POINT,
    "2.5.29.29": GENERAL_NAMES,
    "1.3.6.1.5.5.7.48.1.2": NONCE,
    "1.3.6.1.5.5.7.48.1.3": CRL_ID,
    "1.3.6.1.5.5.7.48.1.4": ACCEPTABLE_RESPONSES,
    "1.3.6.1.5.5.7.48.1.6": GENERALIZED_TIME,
    "1.3.6.1.5.5.7.48.1.7": SERVICE_LOCATOR,
    "1.3.6.1.5.5.7.48.1.8": ListOf("PreferredSignatureAlgorithms", PREFERRED_ALGORITHM),
    "1.3.6.1.5.5.7.48.1.9": NULL,
    "1.3.6.1.4.1.11129.2.4.5": OCSP_TIMESTAMPS,
}
"""Contents of extnValue by extension."""
