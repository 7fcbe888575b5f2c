"""The toy CA: authorities, server and client certificates, and their files. Knows no peer and no lab."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from tlslab.pki.authority import Authority, preview_self_signed, self_signed
from tlslab.pki.credential import AUTHORITIES, KINDS, Credential, Kind
from tlslab.pki.errors import NameRefused, PkiError
from tlslab.pki.files import Content, write_file, write_files
from tlslab.pki.private_keys import (
    DEFAULT_KEY_TYPE,
    KEY_TYPES,
    PrivateKey,
    PublicKey,
    authority_key_type,
    generate_key,
    handshake_versions,
    key_type_of,
)
from tlslab.pki.profiles import Profile, builtin_profiles, load_profiles, profile
from tlslab.pki.template import Template

__all__ = [
    "AUTHORITIES",
    "DEFAULT_KEY_TYPE",
    "KEY_TYPES",
    "KINDS",
    "Authority",
    "Content",
    "Credential",
    "Kind",
    "NameRefused",
    "PkiError",
    "PrivateKey",
    "Profile",
    "PublicKey",
    "Template",
    "authority_key_type",
    "builtin_profiles",
    "generate_key",
    "handshake_versions",
    "key_type_of",
    "load_profiles",
    "preview_self_signed",
    "profile",
    "self_signed",
    "write_file",
    "write_files",
]
