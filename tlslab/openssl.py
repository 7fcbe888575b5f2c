"""The one door to what pyOpenSSL does not publish.

Everything here goes through `OpenSSL._util.lib`, which promises nothing from one version to the next. So each use
names the functions it needs in `FEATURES`, `missing_features` says at start which of them this version lacks, and a
missing one costs that feature and a sentence, never the program.

The machine's own configuration of OpenSSL stays outside: see `reference.openssl_configuration`.
"""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

from OpenSSL import SSL
from OpenSSL._util import ffi, lib

from tlslab.reference.resources import read_text


class Unavailable(RuntimeError):
    """This version of pyOpenSSL does not give what was asked; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something the lab can do only with functions that pyOpenSSL does not publish."""

    name: str
    """What the user misses without it: "choice of groups"."""
    functions: tuple[str, ...]
    """Names in `OpenSSL._util.lib`."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The functions that this version lacks."""
        return tuple(name for name in self.functions if not hasattr(lib, name))

    @property
    def sentence(self) -> str:
        """Why the feature is not there, in one sentence; "" if it is."""
        if not self.missing:
            return ""
        return f"No {self.name}: this version of cryptography does not have {', '.join(self.missing)}."


GROUPS = Feature("choice of groups", ("SSL_CTX_set1_curves_list",))
SIGNATURE_ALGORITHMS = Feature("choice of signature algorithms", ("SSL_CTX_set1_sigalgs_list",))
HOST_NAME_CHECK = Feature(
    "host name check", ("SSL_get0_param", "X509_VERIFY_PARAM_set1_host", "X509_VERIFY_PARAM_set1_ip")
)
VERIFY_TEXT = Feature("text of a verify error", ("X509_verify_cert_error_string",))
MESSAGE_CALLBACK = Feature("view of OpenSSL's own messages", ("SSL_CTX_set_msg_callback",))
FEATURES = (GROUPS, SIGNATURE_ALGORITHMS, HOST_NAME_CHECK, VERIFY_TEXT, MESSAGE_CALLBACK)
"""Everything that can go missing, one entry each."""


def missing_features() -> tuple[str, ...]:
    """The self-test: one sentence for each feature that this version cannot give."""
    return tuple(feature.sentence for feature in FEATURES if feature.missing)


@cache
def version() -> str:
    """Name and number of the OpenSSL that does the handshakes: "OpenSSL 4.0.3"."""
    return " ".join(SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode("ascii", "replace").split()[:2])


def set_groups(context: SSL.Context, groups: str) -> None:
    """Offer and accept only `groups`, in this order: "X25519MLKEM768:x25519".

    The names are IANA's or OpenSSL's, with its signs: `*` sends a key share, `?` ignores an unknown name.

    Raises ValueError if OpenSSL knows one of them not, Unavailable.
    """
    _demand(GROUPS)
    if not lib.SSL_CTX_set1_curves_list(context._context, groups.encode("ascii", "replace")):
        _drop_errors()
        raise ValueError(
            f"OpenSSL has no such group: {groups} (write it as IANA does, e.g. x25519, secp256r1, X25519MLKEM768)"
        )


def set_signature_algorithms(context: SSL.Context, sigalgs: str) -> None:
    """Offer and accept only `sigalgs`: "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256" or "RSA+SHA384".

    Raises ValueError if OpenSSL knows one of them not, Unavailable.
    """
    _demand(SIGNATURE_ALGORITHMS)
    if not lib.SSL_CTX_set1_sigalgs_list(context._context, sigalgs.encode("ascii", "replace")):
        _drop_errors()
        raise ValueError(f"OpenSSL has no such signature algorithm: {sigalgs}")


def expect_name(connection: SSL.Connection, name: str) -> None:
    """Refuse the peer's certificate unless it covers `name`, a host name or an IP address.

    pyOpenSSL checks no name by itself. The comparison is OpenSSL's: X509_check_host(3), X509_check_ip(3).

    Raises ValueError if OpenSSL takes `name` for neither, Unavailable.
    """
    _demand(HOST_NAME_CHECK)
    if not _set_name(lib.SSL_get0_param(connection._ssl), name):
        _drop_errors()
        raise ValueError(f"{name!r} is neither a host name nor an IP address")


def _set_name(parameters: object, name: str) -> bool:
    try:
        octets = ip_address(name).packed
    except ValueError:
        pass
    else:
        return bool(lib.X509_VERIFY_PARAM_set1_ip(parameters, octets, len(octets)))
    try:
        host = name.encode("ascii" if name.isascii() else "idna")
    except UnicodeError:
        return False
    return bool(lib.X509_VERIFY_PARAM_set1_host(parameters, host, len(host)))


def verify_error_name(code: int) -> str:
    """The constant of a verify error, as x509_vfy.h spells it: "X509_V_ERR_CERT_HAS_EXPIRED"."""
    return _verify_errors().get(code, f"X509_V_ERR_{code}")


def verify_error_text(code: int) -> str:
    """OpenSSL's own text for a verify error: "certificate has expired"."""
    if VERIFY_TEXT.missing:
        return verify_error_name(code)
    return str(ffi.string(lib.X509_verify_cert_error_string(code)).decode("ascii", "replace"))


def observe_messages(context: SSL.Context, seen: Callable[[bool, int, bytes], None]) -> None:
    """Call `seen(sent, content_type, data)` for every message of `context`'s connections, in the clear.

    This is OpenSSL's own view, with which decryption of ours is compared in tests. Content type 256 is a record's
    header, 257 the inner content type of TLS 1.3. Source: SSL_CTX_set_msg_callback(3).

    Raises Unavailable.
    """
    _demand(MESSAGE_CALLBACK)

    @ffi.callback("void(int, int, int, const void *, size_t, SSL *, void *)")  # type: ignore[untyped-decorator, unused-ignore]
    def callback(sent: int, _version: int, content_type: int, data: object, length: int, *_rest: object) -> None:
        seen(bool(sent), content_type, bytes(ffi.buffer(data, length)))

    # A callback that is collected while OpenSSL still holds it calls some other function: keep it with the context.
    context._tlslab_message_callback = callback  # type: ignore[attr-defined]
    lib.SSL_CTX_set_msg_callback(context._context, callback)


def _demand(feature: Feature) -> None:
    if feature.missing:
        raise Unavailable(feature.sentence)


def _drop_errors() -> None:
    """Empty OpenSSL's error queue: what stays there is blamed on the next call that fails."""
    while lib.ERR_get_error():
        pass


@cache
def _verify_errors() -> dict[int, str]:
    rows = (line.split(",") for line in read_text("openssl", "verify_errors.csv").split()[1:])
    return {int(number): name for number, name in rows}
