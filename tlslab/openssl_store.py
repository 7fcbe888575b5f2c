"""The second leaf of the door to OpenSSL: chains verified outside of any handshake. See `tlslab.openssl`."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from OpenSSL import SSL, crypto
from OpenSSL._util import ffi, lib

from tlslab.openssl import STORE_NAME_CHECK, VERIFY_FLAGS, _demand, _drop_errors, _set_name, add_crl, trust

_PURPOSES: Final = {"client": 1, "server": 2}
"""X509_PURPOSE_SSL_CLIENT and X509_PURPOSE_SSL_SERVER of x509v3.h."""


@dataclass(frozen=True, slots=True)
class StoreVerdict:
    """What X509_verify_cert said of a chain."""

    accepted: bool
    code: int
    """Verify error; 0 for none, -1 for bytes that OpenSSL cannot read."""
    depth: int | None
    text: str


def verify_chain(
    chain: Sequence[bytes],
    roots: Sequence[bytes],
    *,
    at: datetime,
    flags: Iterable[str] = (),
    host: str | None = None,
    purpose: str | None = None,
    crls: Sequence[bytes] = (),
) -> StoreVerdict:
    """Have OpenSSL verify a chain outside of any handshake.

    chain    DER; the peer's own certificate first, the rest as untrusted ones.
    at       with a time zone.
    flags    names of `VERIFY_FLAGS`: "X509_STRICT", "PARTIAL_CHAIN", "CRL_CHECK".
    host     DNS name or IP address.
    purpose  "server", "client" or None for none.

    Never raises for bytes. Raises ValueError if OpenSSL takes `host` for neither name nor address, Unavailable.
    """
    try:
        peer, *others = (crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain)
        store = _store(roots, crls)
    except (crypto.Error, SSL.Error, ValueError, TypeError) as error:
        _drop_errors()
        return StoreVerdict(accepted=False, code=-1, depth=None, text=_reading_error(error))
    store.set_flags(sum({VERIFY_FLAGS[flag] for flag in flags}))
    store.set_time(at.astimezone(UTC))
    _set_demands(store, host, purpose)
    try:
        crypto.X509StoreContext(store, peer, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        _drop_errors()
        code, depth, text = error.errors
        return StoreVerdict(accepted=False, code=code, depth=depth, text=text)
    return StoreVerdict(accepted=True, code=0, depth=None, text="ok")


def _store(roots: Sequence[bytes], crls: Sequence[bytes]) -> crypto.X509Store:
    store = crypto.X509Store()
    for der in dict.fromkeys(roots):
        trust(store, der)
    for der in dict.fromkeys(crls):
        add_crl(store, der)
    return store


def _set_demands(store: crypto.X509Store, host: str | None, purpose: str | None) -> None:
    if purpose is not None:
        _demand(STORE_NAME_CHECK)
        lib.X509_STORE_set_purpose(store._store, _PURPOSES[purpose])
    if host is None:
        return
    _demand(STORE_NAME_CHECK)
    parameters = ffi.gc(lib.X509_VERIFY_PARAM_new(), lib.X509_VERIFY_PARAM_free)
    if not _set_name(parameters, host):
        _drop_errors()
        raise ValueError(f"{host!r} is neither a host name nor an IP address")
    lib.X509_STORE_set1_param(store._store, parameters)


def _reading_error(error: Exception) -> str:
    """OpenSSL's last word on bytes that it cannot read, else what cryptography says."""
    queue = error.args[0] if error.args else ""
    if isinstance(queue, list):
        return "; ".join(str(entry[-1]) for entry in queue[-2:]) or "it cannot be read"
    return str(queue).splitlines()[0] if str(queue) else "it cannot be read"
