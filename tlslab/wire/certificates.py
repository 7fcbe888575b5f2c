"""Where certificates and distinguished names stand in handshake messages, and who they name.

The one place that says how the bytes of a certificate are opened in a tree. The names are read by a peek: enough DER to
find a subject, without checking anything.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire import x509
from tlslab.wire.notation import Type

COMMON_NAME: Final = bytes.fromhex("0603550403")
SUBJECT_ALTERNATIVE_NAME: Final = bytes.fromhex("0603551d11")
DNS_NAME: Final = 0x82
SEQUENCE: Final = 0x30
SET: Final = 0x31
VERSION: Final = 0xA0
EXTENSIONS: Final = 0xA3


def certificate_name(der: bytes) -> str:
    """Whom a certificate is for: the subject's common name, else its first DNS name; "" if neither is found.

    der  one certificate; damaged bytes give "".
    """
    certificate = elements(der)
    tbs = elements(certificate[0][1]) if certificate and certificate[0][0] == SEQUENCE else []
    tbs = elements(tbs[0][1]) if tbs and tbs[0][0] == SEQUENCE else []
    # RFC 5280 §4.1: version is optional; then serialNumber, signature, issuer, validity, subject.
    subject = 5 if tbs and tbs[0][0] == VERSION else 4
    if len(tbs) <= subject:
        return ""
    return common_name(tbs[subject][1]) or first_dns_name(tbs)


def distinguished_name(der: bytes) -> str:
    """The common name in a DER-encoded Name, else its last attribute in words; "" if there is none."""
    outer = elements(der)
    return common_name(outer[0][1]) if outer and outer[0][0] == SEQUENCE else ""


def common_name(rdn_sequence: bytes) -> str:
    """The last common name of an RDNSequence's content, or its last attribute value; "" for an empty one."""
    found = last = ""
    for tag, rdn in elements(rdn_sequence):
        for _, attribute in elements(rdn) if tag == SET else []:
            parts = elements(attribute)
            if len(parts) == 2:
                last = parts[1][1].decode("utf-8", "replace")
                found = last if attribute.startswith(COMMON_NAME) else found
    return found or last


def first_dns_name(tbs: list[tuple[int, bytes]]) -> str:
    """The first dNSName of the subjectAltName extension among the members of a TBSCertificate; "" if there is none."""
    blocks = [content for tag, content in tbs if tag == EXTENSIONS]
    extensions = elements(blocks[0]) if blocks else []
    for _, extension in elements(extensions[0][1]) if extensions else []:
        if extension.startswith(SUBJECT_ALTERNATIVE_NAME):
            value = elements(extension)[-1][1]
            names = elements(value)
            for tag, name in elements(names[0][1]) if names else []:
                if tag == DNS_NAME:
                    return name.decode("ascii", "replace")
    return ""


def elements(der: bytes) -> list[tuple[int, bytes]]:
    """The DER elements that stand side by side in `der`, as (tag, content); stops at the first that does not fit."""
    found: list[tuple[int, bytes]] = []
    pos = 0
    while pos + 2 <= len(der):
        tag, size = der[pos], der[pos + 1]
        pos += 2
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(der[pos : pos + width], "big")
            pos += width
        if pos + size > len(der):
            break
        found.append((tag, der[pos : pos + size]))
        pos += size
    return found


CERTIFICATE: Final[Type] = x509.CERTIFICATE
"""A certificate in DER, opened to its last element."""
DISTINGUISHED_NAME: Final[Type] = x509.NAME
"""A Name in DER."""
PUBLIC_KEY: Final[Type] = x509.SPKI
"""A SubjectPublicKeyInfo in DER (RFC 7250)."""
