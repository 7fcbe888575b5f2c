"""Certificate requests (PKCS#10, RFC 2986): made, read, and turned into what an authority issues for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final, Literal, get_args

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlslab.pki.der_writer import bit_string, context, integer, oid, sequence, set_of
from tlslab.pki.errors import PkiError
from tlslab.pki.extensions import Circumstances, extensions
from tlslab.pki.issuing import draft, encoded_name
from tlslab.pki.oids import EXTENSIONS
from tlslab.pki.private_keys import CURVES, PrivateKey, key_type_of
from tlslab.pki.reading import public_key_of, read_extensions, taken_over
from tlslab.pki.signing import scheme_for
from tlslab.pki.template import Template

Part = Literal["subject", "names", "key_usage", "extensions"]
"""What can be taken over from a request; "extensions" are all of them, those of the other parts included."""

PARTS: Final[tuple[Part, ...]] = get_args(Part)
USUAL_PARTS: Final[frozenset[Part]] = frozenset({"subject", "names"})
"""What a CA takes over as a rule; what the certificate may do is its own decision."""

_EXTENSION_REQUEST: Final = "1.2.840.113549.1.9.14"

_OF_THE_ISSUER: Final = frozenset(
    EXTENSIONS[name] for name in ("authorityKeyIdentifier", "subjectKeyIdentifier", "authorityInfoAccess")
)
"""What a request does not ask for: the issuer decides it."""

_PARTS_OF: Final[dict[type[x509.ExtensionType], Part]] = {
    x509.SubjectAlternativeName: "names",
    x509.KeyUsage: "key_usage",
    x509.ExtendedKeyUsage: "key_usage",
}


def make_request(template: Template, key: PrivateKey) -> x509.CertificateSigningRequest:
    """A request for what `template` says, signed with `key`; validity and serial are the issuer's business.

    Raises PkiError, one sentence, for what cannot be.
    """
    drafted = draft(template)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    circumstances = Circumstances(template, spki, None, drafted.names, not drafted.subject.rdns, "")
    asked = (each for each in extensions(circumstances) if each.oid not in _OF_THE_ISSUER)
    scheme = scheme_for(template, key)
    # RFC 2985 section 5.4.2: the extensions are one attribute, a set of one value.
    wanted = sequence(oid(_EXTENSION_REQUEST), set_of(sequence(*(each.der for each in asked))))
    info = sequence(integer(0), encoded_name(drafted.subject), spki, context(0, wanted))
    der = sequence(info, scheme.algorithm, bit_string(scheme.sign(key, info)))
    request = x509.load_der_x509_csr(der)
    read_extensions(request)
    return request


def check_request(request: x509.CertificateSigningRequest, *, weak_key_too: bool = False) -> None:
    """Raise PkiError for a request that no CA should sign: another's key, or one that anybody can guess.

    weak_key_too   let an RSA key below 2048 bits or an odd curve pass, for a lesson.
    """
    key = public_key_of(request)
    try:
        genuine = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm):
        raise PkiError(
            "The signature of the request is of a kind that cannot be checked here: make a new one."
        ) from None
    if not genuine:
        raise PkiError(
            "The request is not signed with the key that it is for, so whoever made it may not have it "
            "(RFC 2986 section 3): make it again with that key."
        )
    if weak_key_too:
        return
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048:
        raise PkiError(f"The request has a key of {key.key_size} bits, which is too weak: use RSA-2048 or more.")
    if isinstance(key, ec.EllipticCurvePublicKey) and key_type_of(key) not in CURVES:
        raise PkiError(f"The request has a key on the curve {key.curve.name}, which is too weak: use P-256.")


def requested(
    request: x509.CertificateSigningRequest, base: Template, parts: Collection[Part] = USUAL_PARTS
) -> Template:
    """`base` with those parts of `request` taken over; issue it with the request's public key.

    Raises PkiError for a request that cannot be read, or that asks to be an authority where `base` is none.
    """
    template = replace(base, key_type=key_type_of(public_key_of(request)))
    if "subject" in parts and request.subject.rdns:
        template = replace(template, subject=request.subject.rfc4514_string())
    for extension in read_extensions(request):
        if "extensions" in parts or _PARTS_OF.get(type(extension.value)) in parts:
            template = taken_over(template, extension)
    if template.ca and not base.ca:
        raise PkiError(
            "The request asks for a certificate that issues others: sign it with the profile intermediate, "
            "or do not take over its extensions."
        )
    if "keyCertSign" in (template.key_usage or ()) and not template.ca:
        raise PkiError(
            "The request asks for the right to sign certificates (keyCertSign): sign it with the profile intermediate, "
            "or do not take over its key usage."
        )
    return template
