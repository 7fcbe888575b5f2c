"""Messages that prove who is there: certificates, requests for them, signatures, Finished."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire.certificates import CERTIFICATE, PUBLIC_KEY, certificate_name
from tlslab.wire.code_points import CertificateCompressionAlgorithm, ClientCertificateType, SignatureScheme
from tlslab.wire.extension_contents import CertificateStatus, DistinguishedName
from tlslab.wire.extensions import CertificateEntryExtension, CertificateRequestExtension
from tlslab.wire.field import Field
from tlslab.wire.notation import Opaque, Select, Struct, Type, byte_count, opaque, prefixed, struct, uint24

RAW_PUBLIC_KEY: Final = 2


def whom(field: Field) -> str:
    """Whom the certificate in an entry names, e.g. "demo.lab.test", or its size."""
    data = field.child("cert_data") or field.child("certificate") or field
    return certificate_name(data.bytes) or byte_count(data.end - data.start)


# RFC 5246 §7.4.2: opaque ASN.1Cert<1..2^24-1>
ASN1Cert: Final = Struct(
    "ASN.1Cert", {"certificate": prefixed(CERTIFICATE, 1, 2**24 - 1)}, item=whom, nouns=("certificate", "certificates")
)
CERTIFICATE_TLS12: Final = struct("Certificate", certificate_list=ASN1Cert[0 : 2**24 - 1])

# RFC 7250 §3: in TLS 1.2 a raw public key stands alone, without a list around it.
CERTIFICATE_RAW_TLS12: Final = struct("Certificate", ASN1_subjectPublicKeyInfo=prefixed(PUBLIC_KEY, 1, 2**24 - 1))

# RFC 8446 §4.4.2: what an entry holds depends on the certificate type that was negotiated.
X509_DATA: Final = struct("CertificateEntry", cert_data=prefixed(CERTIFICATE, 1, 2**24 - 1))
PUBLIC_KEY_DATA: Final = struct("CertificateEntry", ASN1_subjectPublicKeyInfo=prefixed(PUBLIC_KEY, 1, 2**24 - 1))


def entry_data(parent: Field, before: list[Field]) -> Type:
    """An X.509 certificate, or the bare public key of RFC 7250."""
    return PUBLIC_KEY_DATA if parent.context.certificate_type == RAW_PUBLIC_KEY else X509_DATA


CertificateEntry: Final = Struct(
    "CertificateEntry",
    {"data": Select(entry_data, X509_DATA, PUBLIC_KEY_DATA), "extensions": CertificateEntryExtension[0 : 2**16 - 1]},
    item=whom,
    nouns=("certificate", "certificates"),
)
CERTIFICATE_TLS13: Final = struct(
    "Certificate",
    certificate_request_context=opaque[0 : 2**8 - 1],
    certificate_list=CertificateEntry[0 : 2**24 - 1],
)


def packed_label(field: Field) -> str:
    """The size of a compressed chain, and why it is left as it is where no library unpacks it."""
    size = byte_count(field.end - field.start)
    algorithm = field.parent.child("algorithm") if field.parent is not None else None
    name = name_of("certificate_compression_algorithms", int(algorithm.value or 0)) if algorithm is not None else None
    libraries = LIBRARIES.get(name or "", ())
    if not libraries or any(find_spec(library) is not None for library in libraries):
        return size
    return f"{size}, left as they are: there is no library for {name} here ({' or '.join(libraries)})"


LIBRARIES: Final = {"brotli": ("brotli", "brotlicffi"), "zstd": ("zstandard",)}
"""Modules that unpack what the standard library cannot, by algorithm."""
# RFC 8879 §4
COMPRESSED_CERTIFICATE: Final = struct(
    "CompressedCertificate",
    algorithm=CertificateCompressionAlgorithm,
    uncompressed_length=uint24,
    compressed_certificate_message=Opaque(packed_label)[1 : 2**24 - 1],
)
# RFC 6066 §8
CERTIFICATE_STATUS: Final = CertificateStatus

# RFC 8446 §4.3.2
CERTIFICATE_REQUEST_TLS13: Final = struct(
    "CertificateRequest",
    certificate_request_context=opaque[0 : 2**8 - 1],
    extensions=CertificateRequestExtension[2 : 2**16 - 1],
)
# RFC 5246 §7.4.4
CERTIFICATE_REQUEST_TLS12: Final = struct(
    "CertificateRequest",
    certificate_types=ClientCertificateType[1 : 2**8 - 1],
    supported_signature_algorithms=SignatureScheme[2 : 2**16 - 2],
    certificate_authorities=DistinguishedName[0 : 2**16 - 1],
)
# RFC 4346 §7.4.4
CERTIFICATE_REQUEST_TLS10: Final = struct(
    "CertificateRequest",
    certificate_types=ClientCertificateType[1 : 2**8 - 1],
    certificate_authorities=DistinguishedName[0 : 2**16 - 1],
)

# RFC 8446 §4.4.3, RFC 5246 §7.4.8
CERTIFICATE_VERIFY: Final = struct(
    "CertificateVerify",
    algorithm=SignatureScheme,
    signature=opaque[0 : 2**16 - 1],
)
# RFC 4346 §7.4.8: MD5 and SHA-1 together, or SHA-1; nothing says which.
CERTIFICATE_VERIFY_TLS10: Final = struct("CertificateVerify", signature=opaque[0 : 2**16 - 1])

# RFC 8446 §4.4.4: Hash.length bytes; 12 in TLS 1.2 (RFC 5246 §7.4.9).
FINISHED: Final = struct("Finished", verify_data=opaque)
# RFC 6101 §5.6.9: 36 bytes, made with two hashes side by side.
FINISHED_SSL30: Final = struct("Finished", md5_hash=opaque[16], sha_hash=opaque[20])
