"""How files begin that are told by their first bytes alone. Costs nothing to import, so that captures need not wait."""

from __future__ import annotations

import re
from typing import Final

CAPTURES: Final = {
    b"\x0a\x0d\x0d\x0a": "pcapng",
    b"\xa1\xb2\xc3\xd4": "pcap",
    b"\xd4\xc3\xb2\xa1": "pcap",
    b"\xa1\xb2\x3c\x4d": "pcap",
    b"\x4d\x3c\xb2\xa1": "pcap",
}
"""How capture files begin, and what they are called."""
LAB: Final = b"SQLite format 3\x00"
KEYLOG_LINE: Final = re.compile(
    rb"^[ \t]*(?:CLIENT|SERVER|EXPORTER|EARLY|ECH|RSA|PMS)[A-Z0-9_]* [0-9a-fA-F]{16,} [0-9a-fA-F]+[ \t\r]*$",
    re.MULTILINE,
)
"""A line of a key log, whatever stands around it."""

OTHERS: Final = {
    b"\xfe\xed\xfe\xed": "is a Java key store (JKS); make it PKCS #12 first: keytool -importkeystore -deststoretype pkcs12",
    b"\xce\xce\xce\xce": "is a Java key store (JCEKS); make it PKCS #12 first: keytool -importkeystore -deststoretype pkcs12",
    b"ssh-": "is a public key of SSH; make it PEM first: ssh-keygen -e -m pkcs8",
    b"ecdsa-sha2-": "is a public key of SSH; make it PEM first: ssh-keygen -e -m pkcs8",
    b"PuTTY-User-Key-File": "is a key of PuTTY; make it PEM first: puttygen -O private-openssh-new",
    b"-----BEGIN PGP ": "is of OpenPGP, which is none of the formats that TLS uses",
}
"""How files begin that are not read here, and what to do with them."""


class NotRecognised(ValueError):
    """The bytes are nothing that is known here; the text is one sentence without a subject: "is empty"."""
