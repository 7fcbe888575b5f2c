"""Certificates for the recordings, made with the openssl program: one toy root, a leaf of every kind of key.

The keys protect nothing. `rsa-key.pem` is kept beside the captures, for those that only the server's key opens.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.recipes.recording import program

KEYS = {
    "rsa": ("RSA", "rsa_keygen_bits:2048"),
    "rsapss": ("RSA-PSS", "rsa_keygen_bits:2048"),
    "p256": ("EC", "ec_paramgen_curve:P-256"),
    "p384": ("EC", "ec_paramgen_curve:P-384"),
    "ed25519": ("ED25519", ""),
    "ed448": ("ED448", ""),
}
"""Name -> algorithm and option of `openssl genpkey`."""
SERVER, CLIENT = "server.test", "client.test"
EXTENSIONS = """basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth,clientAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1
"""


def openssl(*arguments: str | Path, folder: Path) -> None:
    """Run the program in `folder`; it must be content."""
    subprocess.run([program("openssl"), *map(str, arguments)], cwd=folder, check=True, capture_output=True)


def make(folder: Path) -> None:
    """Write `ca.pem`, and for each kind K of key `K.pem`, `K-key.pem` (server) and `client-K.pem`, `client-K-key.pem`."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "ca.pem").exists():
        return
    key(folder, "ca", "p256")
    openssl(
        *("req", "-x509", "-new", "-key", "ca-key.pem", "-subj", "/O=Recordings/CN=Root", "-days", "7300"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", "ca.pem"),
        folder=folder,
    )
    for kind in KEYS:
        leaf(folder, kind, kind, SERVER)
        leaf(folder, f"client-{kind}", kind, CLIENT)


def key(folder: Path, name: str, kind: str) -> None:
    """Write `{name}-key.pem`."""
    algorithm, option = KEYS[kind]
    openssl(
        *("genpkey", "-algorithm", algorithm, *(("-pkeyopt", option) if option else ()), "-out", f"{name}-key.pem"),
        folder=folder,
    )


def leaf(folder: Path, name: str, kind: str, host: str, *, issuer: str = "ca", extensions: str = EXTENSIONS) -> None:
    """Write `{name}-key.pem` and `{name}.pem`, issued by `issuer`."""
    if not (folder / f"{name}-key.pem").exists():
        key(folder, name, kind)
    (folder / f"{name}.ext").write_text(extensions.format(name=host))
    subject = f"/O=Recordings/CN={host}"
    openssl("req", "-new", "-key", f"{name}-key.pem", "-subj", subject, "-out", f"{name}.csr", folder=folder)
    openssl(
        *("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}-key.pem"),
        *("-days", "7300", "-extfile", f"{name}.ext", "-out", f"{name}.pem"),
        folder=folder,
    )
