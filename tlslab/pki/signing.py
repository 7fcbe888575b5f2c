"""With what a key signs a certificate: the AlgorithmIdentifier, and the signature itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tlslab.pki.der_writer import context, integer, null, oid, sequence
from tlslab.pki.errors import PkiError
from tlslab.pki.private_keys import HASHES, MLDSAPrivateKey, PrivateKey, key_type_of, signature_hash
from tlslab.pki.signature_oids import ECDSA, MGF1, PSS, PURE, RSA
from tlslab.pki.signature_oids import HASHES as OIDS_OF_HASHES
from tlslab.pki.template import Template


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one key signs."""

    algorithm: bytes
    """The AlgorithmIdentifier as DER."""
    parameters: tuple[object, ...]
    """What `PrivateKey.sign` wants behind the data."""
    deterministic: bool = False

    def sign(self, key: PrivateKey, data: bytes) -> bytes:
        """The signature of `key` over `data`. Raises PkiError for an ML-DSA key that has no seed to sign without chance."""
        if self.deterministic and isinstance(key, MLDSAPrivateKey):
            try:
                xi = key.private_bytes_raw()
            except ValueError:
                raise PkiError("This ML-DSA key has no seed, so it cannot sign the same way twice.") from None
            # All of ML-DSA once more, in our own code; few sign so.
            from tlslab.pki import ml_dsa

            return ml_dsa.sign(key_type_of(key), xi, data)
        try:
            return key.sign(data, *self.parameters)  # type: ignore[arg-type]  # each class of keys wants its own
        except (ValueError, UnsupportedAlgorithm) as error:
            raise PkiError(f"The key cannot sign in this way ({str(error).rstrip('.').lower()}).") from None


def scheme_for(template: Template, key: PrivateKey, *, deterministic: bool = False) -> Scheme:
    """How `key` signs what `template` describes; without randomness if wanted. Raises PkiError for what does not fit it."""
    own = signature_hash(key)
    if template.rsa_padding not in {"pkcs1", "pss"}:
        raise PkiError(f"There is no RSA padding {template.rsa_padding!r}: choose pkcs1 or pss.")
    if template.rsa_padding == "pss" and not isinstance(key, rsa.RSAPrivateKey):
        raise PkiError(
            f"PSS is a padding of RSA signatures, and the issuer's key is {key_type_of(key)}: leave it away."
        )
    if own is None:
        if template.signature_hash:
            raise PkiError(f"{key_type_of(key)} brings its own hash: leave the signature hash away.")
        return Scheme(sequence(oid(PURE[key_type_of(key)])), (), deterministic)
    name = _chosen_hash(template) or own.name
    return _scheme(isinstance(key, rsa.RSAPrivateKey), template.rsa_padding == "pss", name, deterministic)


def _chosen_hash(template: Template) -> str:
    if not template.signature_hash:
        return ""
    name = template.signature_hash.strip().lower().replace("sha-", "sha")
    if name not in HASHES:
        raise PkiError(f"A certificate cannot be signed with {template.signature_hash!r}: choose {', '.join(HASHES)}.")
    return name


@lru_cache
def _scheme(is_rsa: bool, is_pss: bool, name: str, deterministic: bool) -> Scheme:
    algorithm = HASHES[name]
    if not is_rsa:
        # The parameters MUST be absent, RFC 5758 section 3.2; RFC 6979 signs without chance.
        parameters = (ec.ECDSA(algorithm, deterministic_signing=deterministic),)
        return Scheme(sequence(oid(ECDSA[name])), parameters, deterministic)
    if not is_pss:
        # "the parameters MUST be NULL", RFC 4055 section 5.
        return Scheme(sequence(oid(RSA[name]), null()), (padding.PKCS1v15(), algorithm), deterministic)
    salt = 0 if deterministic else algorithm.digest_size
    pss = padding.PSS(padding.MGF1(algorithm), salt)
    return Scheme(sequence(oid(PSS), _pss_parameters(name, salt)), (pss, algorithm), deterministic)


def _pss_parameters(hash_name: str, salt_length: int) -> bytes:
    """RSASSA-PSS-params, RFC 4055 section 3.1."""
    hashed = sequence(oid(OIDS_OF_HASHES[hash_name]), null())
    return sequence(context(0, hashed), context(1, sequence(oid(MGF1), hashed)), context(2, integer(salt_length)))
