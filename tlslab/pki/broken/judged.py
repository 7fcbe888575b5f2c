"""What cryptography's own verifiers say of a condition: a second opinion, written without OpenSSL."""

from __future__ import annotations

import re
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tlslab.pki.broken.specimen import Specimen
from tlslab.pki.errors import UNREADABLE
from tlslab.pki.raw_credential import without_warnings


def cryptography_verdict(made: Specimen) -> tuple[bool | None, str]:
    """Whether it accepts the chain, and in a few words why not; None where there is nothing to verify.

    It knows no revocation lists, no staples and no settings of TLS: for it, these conditions are right.
    """
    if not made.shower.certificates:
        return None, "there is no certificate"
    try:
        # Of a serial number that is not positive it only warns, whoever reads the certificate, and verifies it then.
        with without_warnings():
            return _verdict(made)
    except VerificationError as error:
        return False, _reason(str(error))


def _verdict(made: Specimen) -> tuple[bool, str]:
    """Raises VerificationError."""
    try:
        anchors = [x509.load_der_x509_certificate(each.der) for each in made.verifier.trusts]
        leaf, *rest = [x509.load_der_x509_certificate(each.der) for each in made.shower.certificates]
    except UNREADABLE as error:
        return False, f"cannot be read: {_place(str(error))}"
    try:
        _verify(made, leaf, rest, anchors)
    except ValueError as error:
        return False, f"cannot be verified: {str(error).splitlines()[0]}"
    return True, ""


def _verify(
    made: Specimen, leaf: x509.Certificate, rest: list[x509.Certificate], anchors: list[x509.Certificate]
) -> None:
    builder = PolicyBuilder().store(Store(anchors)).time(made.made_at.replace(tzinfo=None))
    if made.verifier.verify_depth is not None:
        builder = builder.max_chain_depth(made.verifier.verify_depth)
    if made.shown_by == "client":
        builder.build_client_verifier().verify(leaf, rest)
        return
    builder.build_server_verifier(_subject(made.host)).verify(leaf, rest)


def _subject(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host if host.isascii() else host.encode("idna").decode("ascii"))


def _place(text: str) -> str:
    """Which member it stumbled over: the last that its parser names."""
    _, _, location = text.partition("location: ")
    return location.strip('[]} "').rpartition('"')[2] or text


def _reason(text: str) -> str:
    """Its sentence, without the certificate and the inner structures that it may quote."""
    sentence = text.splitlines()[0].removeprefix("validation failed: ")
    return re.split(r" \(encountered processing|: AlgorithmIdentifier \{| \(got Tag", sentence)[0]
