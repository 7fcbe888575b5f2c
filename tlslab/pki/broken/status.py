"""Revocation lists and OCSP responses of the catalogue, as raw DER so that they can be wrong."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha1
from typing import Final

from tlslab.pki import der_writer as der
from tlslab.pki.broken.chain import Chain, damaged, moment, signed
from tlslab.pki.broken.conditions import Table
from tlslab.pki.broken.extension_values import extension, is_extension, key_identifier
from tlslab.pki.broken.keys import public_key_bits
from tlslab.pki.raw_certificate import algorithm_identifier, sign
from tlslab.pki.revocation import CRL_NUMBER

_BASIC_RESPONSE: Final = "1.3.6.1.5.5.7.48.1.1"
_SHA1: Final = "1.3.14.3.2.26"


def make_crl(table: Table, chain: Chain, now: datetime) -> bytes:
    """A CertificateList (RFC 5280 §5.1) of `table`: issuer, revoked, this_update, next_update, damaged, extensions."""
    issuer = table["issuer"]
    keyring = chain.keyring(issuer, issuer)
    asked = {key: value for key, value in table.items() if is_extension(key)}
    extensions = [
        *extension("authorityKeyIdentifier", {}, keyring),
        *extension(CRL_NUMBER, {"der": der.integer(1).hex()}, keyring),
        *(each for key, value in asked.items() for each in extension(key, value, keyring)),
    ]
    revoked = [
        der.sequence(chain.serial_number(name), der.x509_time(moment(now, "-1d"))) for name in table.get("revoked", ())
    ]
    tbs = der.sequence(
        der.integer(1),
        algorithm_identifier(chain.key(issuer)),
        chain.subject(issuer),
        der.x509_time(moment(now, table.get("this_update", "-1d"))),
        der.x509_time(moment(now, table.get("next_update", "+7d"))),
        der.sequence(*revoked) if revoked else b"",
        der.context(0, der.sequence(*(each.der for each in extensions))),
    )
    return signed(tbs, chain.key(issuer), damage=bool(table.get("damaged")))


def make_staple(table: Table, chain: Chain, now: datetime) -> bytes:
    """An OCSPResponse (RFC 6960 section 4.2.1) about the leaf, signed by its issuer itself.

    table   status ("good", "revoked", "unknown"), this_update, next_update, damaged.
    """
    key = chain.key("intermediate")
    certificate_id = der.sequence(
        der.sequence(der.oid(_SHA1), der.null()),
        der.octet_string(sha1(chain.subject("intermediate")).digest()),
        der.octet_string(sha1(public_key_bits(key)).digest()),
        chain.serial_number("leaf"),
    )
    this_update = moment(now, table.get("this_update", "-1h"))
    single = der.sequence(
        certificate_id,
        _status(table["status"], moment(now, "-1d")),
        der.generalized_time(this_update),
        der.context(0, der.generalized_time(moment(now, table.get("next_update", "+7d")))),
    )
    responder = der.context(2, der.octet_string(key_identifier(key)))
    data = der.sequence(responder, der.generalized_time(this_update), der.sequence(single))
    signature = sign(data, key)
    signature = damaged(signature) if table.get("damaged") else signature
    basic = der.sequence(data, algorithm_identifier(key), der.bit_string(signature))
    return der.sequence(
        der.enumerated(0), der.context(0, der.sequence(der.oid(_BASIC_RESPONSE), der.octet_string(basic)))
    )


def _status(status: str, revoked_at: datetime) -> bytes:
    """CertStatus, a choice of good [0], revoked [1] and unknown [2]."""
    if status == "revoked":
        # revocationReason keyCompromise
        return der.context(1, der.generalized_time(revoked_at), der.context(0, der.enumerated(1)))
    return der.context(0 if status == "good" else 2, constructed=False)
