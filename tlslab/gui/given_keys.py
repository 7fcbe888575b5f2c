"""Keys that are given to a capture beside its key log: pre-shared keys, a server's RSA key, keys for encrypted hellos. No Qt."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.gui.intake import NotUnderstood

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.ech import EchKey
    from tlslab.keys.psk import PreSharedKey

PSK_LINE: Final = re.compile(r"\s*(?:--)?psk[ =:]\s*(\S+)\s*", re.IGNORECASE)
"""How a pre-shared key is pasted: as the option of the command line, so that hex alone stays bytes of TLS."""
LONGEST_LINE: Final = 4096
PRIVATE_KEY: Final = b"PRIVATE KEY-----"
ECH_CONFIG: Final = b"-----BEGIN ECHCONFIG-----"


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """What may open a capture, and in what words it is told of."""

    server_keys: tuple[RSAPrivateKey, ...] = ()
    psks: tuple[PreSharedKey, ...] = ()
    ech_keys: tuple[EchKey, ...] = ()
    words: str = ""
    """Of the last that were given: "the server's RSA key"."""

    def __bool__(self) -> bool:
        return bool(self.server_keys or self.psks or self.ech_keys)

    def plus(self, other: GivenKeys) -> GivenKeys:
        """These and others, which are told of."""
        return GivenKeys(
            (*self.server_keys, *other.server_keys),
            (*self.psks, *other.psks),
            (*self.ech_keys, *other.ech_keys),
            other.words,
        )


def keys_line(data: bytes) -> bool:
    """Whether this is meant as a pre-shared key, and as nothing else."""
    return PSK_LINE.fullmatch(data[:LONGEST_LINE].decode("utf-8", "replace").partition("\n")[0]) is not None


def keys_in(name: str, data: bytes) -> GivenKeys | None:
    """The keys in a file or a paste; None if it is nothing of that kind. Raises NotUnderstood for a key that is of no use."""
    if ECH_CONFIG in data:
        return _ech_keys(name, data)
    if PRIVATE_KEY in data:
        return _server_key(name, data)
    text = data.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    found = [PSK_LINE.fullmatch(line) for line in lines]
    if not found or None in found:
        return None
    return pre_shared_keys(*(match[1] for match in found if match is not None))


def pre_shared_keys(*texts: str) -> GivenKeys:
    """Pre-shared keys, each as HEX or identity:HEX. Raises NotUnderstood."""
    from tlslab.keys.psk import parse_psk

    try:
        keys = tuple(parse_psk(text) for text in texts)
    except ValueError as error:
        raise NotUnderstood(
            f"The pre-shared key was not used: {error}, for example client1:0011223344556677."
        ) from None
    return GivenKeys(psks=keys, words="the pre-shared key" if len(keys) == 1 else f"{len(keys)} pre-shared keys")


def _ech_keys(name: str, data: bytes) -> GivenKeys:
    from tlslab.keys.ech import parse_ech_keys

    try:
        return GivenKeys(ech_keys=parse_ech_keys(data), words="the key for Encrypted Client Hello")
    except ValueError as error:
        raise NotUnderstood(f"{name}: {error}.") from None


def _server_key(name: str, data: bytes) -> GivenKeys | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(data, None)
    except TypeError:
        raise NotUnderstood(
            f"{name} is encrypted: decrypt it first (openssl pkey -in {name} -out plain.pem)."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, RSAPrivateKey):
        raise NotUnderstood(f"{name} is no RSA key: with a server's key only RSA key transport can be opened.")
    return GivenKeys(server_keys=(key,), words="the server's RSA key")
