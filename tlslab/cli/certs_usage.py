"""How to use the files that `tlslab certs` wrote: a few lines each for nginx, curl, openssl, Python and Java."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote

from tlslab.pki import Credential
from tlslab.report.snippets import PORT, in_url, is_address


def usage_lines(folder: Path, credentials: Sequence[Credential]) -> Iterable[str]:
    """Lines to copy, for the first server and the first client of `credentials`."""
    kinds = {credential.kind: credential for credential in reversed(credentials)}
    intermediate = "intermediate" in kinds
    host = kinds["server"].names[0].replace("*", "www", 1)
    yield from _nginx(folder.absolute(), intermediate=intermediate)
    yield from _curl(folder, host)
    yield from _openssl(folder, intermediate=intermediate)
    yield from _python(folder)
    yield from _java(folder)


def _nginx(folder: Path, *, intermediate: bool) -> Iterable[str]:
    yield "nginx (the last lines ask for a client certificate):"
    yield f"  ssl_certificate        {_in_nginx(folder / 'server-chain.pem')};"
    yield f"  ssl_certificate_key    {_in_nginx(folder / 'server-key.pem')};"
    yield f"  ssl_client_certificate {_in_nginx(folder / 'ca.pem')};"
    yield "  ssl_verify_client      on;"
    if intermediate:
        yield "  ssl_verify_depth       2;"


def _curl(folder: Path, host: str) -> Iterable[str]:
    yield "curl:"
    resolve = "" if _resolves(host) else f" --resolve {quote(f'{host}:{PORT}:127.0.0.1')}"
    yield f"  curl --cacert {_path(folder, 'ca.pem')} --cert {_path(folder, 'client-chain.pem')} \\"
    yield f"       --key {_path(folder, 'client-key.pem')}{resolve} https://{in_url(host)}:{PORT}/"


def _openssl(folder: Path, *, intermediate: bool) -> Iterable[str]:
    yield "openssl:"
    yield f"  openssl verify -x509_strict -CAfile {_path(folder, 'ca.pem')} -untrusted {_path(folder, 'server-chain.pem')} \\"
    yield f"          {_path(folder, 'server.pem')}"
    chain = f" -cert_chain {_path(folder, 'intermediate.pem')}" if intermediate else ""
    yield f"  openssl s_server -accept {PORT} -www -cert {_path(folder, 'server.pem')}{chain} \\"
    yield f"          -key {_path(folder, 'server-key.pem')} -CAfile {_path(folder, 'ca.pem')} -Verify 2 -verify_return_error"


def _python(folder: Path) -> Iterable[str]:
    ca, client, server = (str(folder / name) for name in ("ca.pem", "client", "server"))
    yield "Python, as the client:"
    yield f"  context = ssl.create_default_context(cafile={ca!r})"
    yield f"  context.load_cert_chain({client + '-chain.pem'!r}, {client + '-key.pem'!r})"
    yield "Python, as the server (the last line asks for a client certificate):"
    yield f"  context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile={ca!r})"
    yield f"  context.load_cert_chain({server + '-chain.pem'!r}, {server + '-key.pem'!r})"
    yield "  context.verify_mode = ssl.CERT_REQUIRED"


def _java(folder: Path) -> Iterable[str]:
    """Java reads no PEM: `keytool` and `openssl` make the two stores that it does read."""
    trust, own = _path(folder, "truststore.p12"), _path(folder, "client.p12")
    yield "Java, as the client (the server's files go the same way):"
    yield f"  keytool -importcert -noprompt -alias lab-ca -file {_path(folder, 'ca.pem')} \\"
    yield f"          -keystore {trust} -storetype PKCS12 -storepass changeit"
    yield f"  openssl pkcs12 -export -in {_path(folder, 'client-chain.pem')} -inkey {_path(folder, 'client-key.pem')} \\"
    yield f"          -name client -passout pass:changeit -out {own}"
    yield f"  java -Djavax.net.ssl.trustStore={trust} -Djavax.net.ssl.trustStorePassword=changeit \\"
    yield f"       -Djavax.net.ssl.keyStore={own} -Djavax.net.ssl.keyStorePassword=changeit ..."


def _path(folder: Path, name: str) -> str:
    return quote(str(folder / name))


def _in_nginx(path: Path) -> str:
    text = str(path)
    return f'"{text}"' if any(character in text for character in " ;{}'") else text


def _resolves(host: str) -> bool:
    """Whether every machine knows `host` without asking anyone (RFC 6761 section 6.3)."""
    return is_address(host) or host == "localhost"
