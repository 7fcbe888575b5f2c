"""Certificates put to work in Python: what `Credential.configure_cert` and `Authority.configure_trust` do.

A context is `ssl.SSLContext` or pyOpenSSL's `SSL.Context`; neither module is imported for that. Both read certificates and keys
from files only, so they get some that are gone again at once: in a folder of their own, for this user alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from tlslab.pki.errors import PkiError


@runtime_checkable
class StandardContext(Protocol):
    """`ssl.SSLContext`, as far as it is used here."""

    @property
    def load_cert_chain(self) -> Callable[[str, str], object]:
        """Take a chain and its private key from two PEM files."""

    @property
    def load_verify_locations(self) -> Callable[[str], object]:
        """Trust the certificates of a PEM file."""


@runtime_checkable
class PyOpenSSLContext(Protocol):
    """`OpenSSL.SSL.Context`, as far as it is used here."""

    @property
    def use_certificate_chain_file(self) -> Callable[[str], object]:
        """Take a chain from a PEM file."""

    @property
    def use_privatekey_file(self) -> Callable[[str], object]:
        """Take a private key from a PEM file; the only way for ML-DSA keys."""

    @property
    def load_verify_locations(self) -> Callable[[str], object]:
        """Trust the certificates of a PEM file."""


AnyContext = StandardContext | PyOpenSSLContext


def use_certificate(context: AnyContext, chain_pem: bytes, private_key_pem: bytes, key_type: str) -> None:
    """Let `context` show the chain and prove the key. Raises PkiError where it cannot."""
    with _files(chain_pem, private_key_pem) as (chain, key):
        if isinstance(context, StandardContext):
            try:
                context.load_cert_chain(chain, key)
            except OSError as error:
                # ssl.SSLError is one; the files themselves are there and right.
                reason = getattr(error, "reason", None) or error
                raise PkiError(f"This Python's ssl takes no {key_type} certificate like that: {reason}.") from None
        elif isinstance(context, PyOpenSSLContext):
            context.use_certificate_chain_file(chain)
            context.use_privatekey_file(key)
        else:
            raise _neither(context)


def trust(context: AnyContext, roots_pem: bytes) -> None:
    """Let `context` trust the roots, beside what it trusts already. Raises PkiError for what is no context."""
    if not isinstance(context, StandardContext | PyOpenSSLContext):
        raise _neither(context)
    with _files(roots_pem) as (roots,):
        context.load_verify_locations(roots)


def _neither(context: object) -> PkiError:
    kind = f"{type(context).__module__}.{type(context).__qualname__}"
    return PkiError(f"A {kind} takes no certificates: give an ssl.SSLContext or an OpenSSL.SSL.Context.")


@contextmanager
def _files(*contents: bytes) -> Iterator[tuple[str, ...]]:
    """Their paths while they are there; the folder is 0700."""
    with tempfile.TemporaryDirectory(prefix="tlslab-") as folder:
        paths = [Path(folder) / f"{number}.pem" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        yield tuple(map(str, paths))
