"""For pytest: fixtures that give a toy CA and certificates to tests of other people's programs.

    def test_my_server(tls_authority, tls_server_cert):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls_server_cert.configure_cert(context)
        ...

    @pytest.mark.tls_broken("expired-leaf")
    def test_my_client_refuses_it(tls_authority, tls_server_cert): ...

Installed with tlslab; until a fixture is used nothing of tlslab but this file is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tlslab.pki import Authority, Credential
    from tlslab.pki.broken import Specimen

_MARKERS = (
    "tls_broken(condition, shown_by=None): break tls_server_cert, or tls_client_cert, as `tlslab catalogue` says",
    "tls_names(*names): what tls_server_cert names instead of localhost, 127.0.0.1 and ::1",
    "tls_key(type): the type of the keys of tls_server_cert and tls_client_cert instead of P-256",
)
_SERVER_NAMES = ("localhost", "127.0.0.1", "::1")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)


@pytest.fixture(scope="session")
def tls_session_authority() -> Authority:
    """One root for the whole session; it can name only what cannot be real."""
    from tlslab.pki import Authority

    return Authority.create("pytest-ca")


@pytest.fixture
def tls_authority(tls_session_authority: Authority, _tls_specimen: Specimen | None) -> Authority:
    """The toy CA: `configure_trust(context)` for the side that verifies, `issue_server` and `issue_client` for more.

    Under `tls_broken` it trusts the roots of the broken chain as well, as far as whoever looks at that chain does.
    """
    if _tls_specimen is None:
        return tls_session_authority
    from tlslab.pki.trusting import TrustingAuthority

    return TrustingAuthority.of(tls_session_authority, [made.der for made in _tls_specimen.verifier.trusts])


@pytest.fixture
def tls_host(_tls_specimen: Specimen | None, request: pytest.FixtureRequest) -> str:
    """The name that a client has to ask for."""
    return _tls_specimen.host if _tls_specimen is not None else _server_names(request)[0].replace("*", "www", 1)


@pytest.fixture
def tls_server_cert(
    tls_authority: Authority, _tls_specimen: Specimen | None, request: pytest.FixtureRequest
) -> Credential:
    """A server certificate with its private key; `configure_cert(context)` puts it to work."""
    if _tls_specimen is not None and _tls_specimen.shown_by == "server":
        return _broken(_tls_specimen)
    return tls_authority.issue_server(*_server_names(request), key_type=_key_type(request))


@pytest.fixture
def tls_client_cert(
    tls_authority: Authority, _tls_specimen: Specimen | None, request: pytest.FixtureRequest
) -> Credential:
    """A client certificate with its private key, for "client"."""
    if _tls_specimen is not None and _tls_specimen.shown_by == "client":
        return _broken(_tls_specimen)
    return tls_authority.issue_client("client", key_type=_key_type(request))


@pytest.fixture
def _tls_specimen(request: pytest.FixtureRequest) -> Specimen | None:
    marker = request.node.get_closest_marker("tls_broken")
    if marker is None:
        return None
    from tlslab.pki.broken import NoSuchCondition, specimen

    try:
        return specimen(str(marker.args[0]), marker.kwargs.get("shown_by"))
    except IndexError:
        raise pytest.UsageError(f"{request.node.nodeid}: tls_broken wants the name of a condition") from None
    except (NoSuchCondition, ValueError) as error:
        raise pytest.UsageError(f"{request.node.nodeid}: tls_broken: {error}") from None


def _broken(specimen: Specimen) -> Credential:
    from tlslab.pki.raw_credential import RawCredential

    shower = specimen.shower
    if not shower.certificates:
        raise pytest.UsageError(f"tls_broken: {specimen.condition.name} is about showing no certificate at all")
    sent = [made.der for made in shower.certificates]
    return RawCredential.of(specimen.condition.name, specimen.shown_by, sent, shower.private_key, staple=shower.staple)


def _server_names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    marker = request.node.get_closest_marker("tls_names")
    return marker.args if marker is not None and marker.args else _SERVER_NAMES


def _key_type(request: pytest.FixtureRequest) -> str:
    from tlslab.pki import DEFAULT_KEY_TYPE

    marker = request.node.get_closest_marker("tls_key")
    return str(marker.args[0]) if marker is not None and marker.args else DEFAULT_KEY_TYPE
