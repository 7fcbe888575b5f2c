"""The toy CA: authorities, server and client certificates, and their files. Knows no peer and no lab."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from tlslab.pki.authority import Authority
from tlslab.pki.credential import Credential, Kind
from tlslab.pki.errors import NameRefused, PkiError
from tlslab.pki.files import Content, write_file, write_files
from tlslab.pki.private_keys import (
    DEFAULT_KEY_TYPE,
    KEY_TYPES,
    PrivateKey,
    authority_key_type,
    generate_key,
    key_type_of,
)

__all__ = [
    "DEFAULT_KEY_TYPE",
    "KEY_TYPES",
    "Authority",
    "Content",
    "Credential",
    "Kind",
    "NameRefused",
    "PkiError",
    "PrivateKey",
    "authority_key_type",
    "generate_key",
    "key_type_of",
    "write_file",
    "write_files",
]
