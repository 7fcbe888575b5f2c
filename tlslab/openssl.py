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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Final

from OpenSSL import SSL, crypto
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
STORE_NAME_CHECK = Feature(
    "host name and purpose in a verification outside of a handshake",
    ("X509_VERIFY_PARAM_new", "X509_VERIFY_PARAM_free", "X509_STORE_set1_param", "X509_STORE_set_purpose"),
)
VERIFY_TEXT = Feature("text of a verify error", ("X509_verify_cert_error_string",))
MESSAGE_CALLBACK = Feature("view of OpenSSL's own messages", ("SSL_CTX_set_msg_callback",))
ANY_CERTIFICATE = Feature(
    "certificate that cryptography does not read",
    (
        "BIO_new_mem_buf",
        "BIO_free",
        "d2i_X509_bio",
        "X509_free",
        "X509_up_ref",
        "SSL_CTX_use_certificate",
        "SSL_CTX_add_extra_chain_cert",
        "SSL_CTX_add_client_CA",
        "X509_STORE_add_cert",
    ),
)
ANY_CRL = Feature(
    "revocation list that cryptography does not read",
    ("BIO_new_mem_buf", "BIO_free", "d2i_X509_CRL_bio", "X509_CRL_free", "X509_STORE_add_crl"),
)
ANY_PRIVATE_KEY = Feature(
    "private key that pyOpenSSL does not take",
    ("BIO_new_mem_buf", "BIO_free", "d2i_PrivateKey_bio", "EVP_PKEY_free", "SSL_CTX_use_PrivateKey"),
)
CONNECTION_FLAGS = Feature("check of staples", ("SSL_get0_param", "X509_VERIFY_PARAM_set_flags"))
VERIFY_CALLBACK = Feature(
    "verify error that is about no certificate",
    ("SSL_CTX_set_verify", "X509_STORE_CTX_get_error", "X509_STORE_CTX_get_error_depth"),
)
FEATURES = (
    GROUPS,
    SIGNATURE_ALGORITHMS,
    HOST_NAME_CHECK,
    STORE_NAME_CHECK,
    VERIFY_TEXT,
    MESSAGE_CALLBACK,
    ANY_CERTIFICATE,
    ANY_CRL,
    ANY_PRIVATE_KEY,
    CONNECTION_FLAGS,
    VERIFY_CALLBACK,
)
"""Everything that can go missing, one entry each."""

VERIFY_FLAGS: Final[Mapping[str, int]] = {
    "CRL_CHECK": 0x4,
    "CRL_CHECK_ALL": 0x8,
    "IGNORE_CRITICAL": 0x10,
    "X509_STRICT": 0x20,
    "ALLOW_PROXY_CERTS": 0x40,
    "POLICY_CHECK": 0x80,
    "EXPLICIT_POLICY": 0x100,
    "INHIBIT_ANY": 0x200,
    "INHIBIT_MAP": 0x400,
    "EXTENDED_CRL_SUPPORT": 0x1000,
    "USE_DELTAS": 0x2000,
    "CHECK_SS_SIGNATURE": 0x4000,
    "PARTIAL_CHAIN": 0x80000,
    "NO_CHECK_TIME": 0x200000,
    "OCSP_RESP_CHECK": 0x400000,
    "OCSP_RESP_CHECK_ALL": 0x800000,
}
"""X509_V_FLAG_... of x509_vfy.h, by name; X509_VERIFY_PARAM_set_flags(3). The last two are of OpenSSL 4.0."""


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


def check_with(connection: SSL.Connection, flag: str) -> None:
    """Check the other side's chain with one of `VERIFY_FLAGS` in this connection alone.

    Raises Unavailable.
    """
    _demand(CONNECTION_FLAGS)
    lib.X509_VERIFY_PARAM_set_flags(lib.SSL_get0_param(connection._ssl), VERIFY_FLAGS[flag])


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


def use_certificate(context: SSL.Context, der: bytes) -> None:
    """Show `der` as this side's own certificate, exactly these bytes.

    Raises SSL.Error with OpenSSL's reasons if it does not take them, Unavailable.
    """
    certificate = _certificate(der)
    if not lib.SSL_CTX_use_certificate(context._context, certificate):
        raise SSL.Error(_errors())


def use_private_key(context: SSL.Context, der: bytes) -> None:
    """Prove this side's certificate with the key `der`, unencrypted PKCS#8 of any type that OpenSSL knows.

    Raises SSL.Error with OpenSSL's reasons if it does not take it, Unavailable.
    """
    _demand(ANY_PRIVATE_KEY)
    key = ffi.gc(_read(lib.d2i_PrivateKey_bio, der), lib.EVP_PKEY_free)
    if not lib.SSL_CTX_use_PrivateKey(context._context, key):
        raise SSL.Error(_errors())


def add_chain_certificate(context: SSL.Context, der: bytes) -> None:
    """Send `der` behind the own certificate, exactly these bytes.

    Raises SSL.Error with OpenSSL's reasons if it cannot read them, Unavailable.
    """
    certificate = _certificate(der)
    # The context takes over one reference, and the caller's is given back when it is collected.
    lib.X509_up_ref(certificate)
    if not lib.SSL_CTX_add_extra_chain_cert(context._context, certificate):
        lib.X509_free(certificate)
        raise SSL.Error(_errors())


def trust(store: crypto.X509Store, der: bytes) -> None:
    """Take `der` for a trust anchor.

    Raises SSL.Error with OpenSSL's reasons if it cannot read it, Unavailable.
    """
    if not lib.X509_STORE_add_cert(store._store, _certificate(der)):
        raise SSL.Error(_errors())


def add_client_ca(context: SSL.Context, der: bytes) -> None:
    """Name the subject of `der` when a client certificate is asked for.

    Raises SSL.Error with OpenSSL's reasons if it cannot read it, Unavailable.
    """
    if not lib.SSL_CTX_add_client_CA(context._context, _certificate(der)):
        raise SSL.Error(_errors())


def add_crl(store: crypto.X509Store, der: bytes) -> None:
    """Look `der` up when a chain is checked with CRL_CHECK.

    Raises SSL.Error with OpenSSL's reasons if it cannot read it, Unavailable.
    """
    _demand(ANY_CRL)
    crl = _read(lib.d2i_X509_CRL_bio, der)
    crl = ffi.gc(crl, lib.X509_CRL_free)
    if not lib.X509_STORE_add_crl(store._store, crl):
        raise SSL.Error(_errors())


def set_verify(context: SSL.Context, mode: int, verified: Callable[[int, int, bool], bool]) -> None:
    """As Context.set_verify, but `verified(error, depth, ok)` is also told of errors that are about no certificate.

    pyOpenSSL's own callback reads the certificate that an error is about; policy checks have none, and the process ends
    with a segmentation fault. What `verified` gives back is the answer.

    Raises Unavailable.
    """
    _demand(VERIFY_CALLBACK)

    @ffi.callback("int (*)(int, X509_STORE_CTX *)")  # type: ignore[untyped-decorator, unused-ignore]
    def callback(ok: int, store_context: object) -> int:
        error = lib.X509_STORE_CTX_get_error(store_context)
        return int(verified(error, lib.X509_STORE_CTX_get_error_depth(store_context), bool(ok)))

    # A callback that is collected while OpenSSL still holds it calls some other function: keep it with the context.
    context._tlslab_verify_callback = callback  # type: ignore[attr-defined]
    lib.SSL_CTX_set_verify(context._context, mode, callback)


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


def _certificate(der: bytes) -> object:
    """OpenSSL's own certificate object of `der`, which frees itself."""
    _demand(ANY_CERTIFICATE)
    return ffi.gc(_read(lib.d2i_X509_bio, der), lib.X509_free)


def _read(reader: Callable[[object, object], object], der: bytes) -> object:
    bio = ffi.gc(lib.BIO_new_mem_buf(der, len(der)), lib.BIO_free)
    made = reader(bio, ffi.NULL)
    if made == ffi.NULL:
        raise SSL.Error(_errors())
    return made


def _errors() -> list[tuple[str, str, str]]:
    """Library, function and reason of each entry of OpenSSL's error queue, which is then empty."""
    found = []
    while code := lib.ERR_get_error():
        texts = (lib.ERR_lib_error_string(code), lib.ERR_func_error_string(code), lib.ERR_reason_error_string(code))
        library, function, reason = ("" if text == ffi.NULL else ffi.string(text).decode("utf-8") for text in texts)
        found.append((library, function, reason))
    return found


def _drop_errors() -> None:
    """Empty OpenSSL's error queue: what stays there is blamed on the next call that fails."""
    while lib.ERR_get_error():
        pass


@cache
def _verify_errors() -> dict[int, str]:
    rows = (line.split(",") for line in read_text("openssl", "verify_errors.csv").split()[1:])
    return {int(number): name for number, name in rows}
