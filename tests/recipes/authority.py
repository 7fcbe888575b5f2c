"""Certificates for the recordings, made with the openssl program: one toy root, a leaf of every kind of key.

The keys protect nothing. `rsa-key.pem` is kept beside the captures, for those that only the server's key opens.
"""

from __future__ import annotations

import base64
import datetime as dt
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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


ISSUING = """basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
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
    staple(folder, "rsa")
    scts(folder)
    long_chain(folder, 8)
    post_quantum(folder)


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


def staple(folder: Path, name: str) -> None:
    """Write `{name}-staple.der`, an OCSP response of the root's that calls a leaf good for 20 years."""
    serial = subprocess.run(
        [program("openssl"), "x509", "-in", f"{name}.pem", "-noout", "-serial"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    index = f"V\t461231000000Z\t\t{serial.removeprefix('serial=')}\tunknown\t/O=Recordings/CN={SERVER}\n"
    (folder / "index.txt").write_text(index)
    openssl(
        *("ocsp", "-issuer", "ca.pem", "-cert", f"{name}.pem", "-reqout", "request.der", "-no_nonce"), folder=folder
    )
    openssl(
        *("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca-key.pem"),
        *("-reqin", "request.der", "-ndays", "7300", "-respout", f"{name}-staple.der"),
        folder=folder,
    )


def scts(folder: Path) -> None:
    """Write `sct.pem` for `s_server -serverinfo`: two well-formed SCTs (RFC 6962 section 3.2) that no log has signed."""
    made = b""
    for log in (b"\x11", b"\x22"):
        signature = bytes.fromhex("3006020101020101")
        head = b"\0" + log * 32 + (1_700_000_000_000).to_bytes(8, "big") + b"\0\0\x04\x03"
        sct = head + len(signature).to_bytes(2, "big") + signature
        made += len(sct).to_bytes(2, "big") + sct
    content = len(made).to_bytes(2, "big") + made
    # SERVERINFOV2: a context of ClientHello, ServerHello of 1.2 and Certificate of 1.3, the type and the content.
    extension = (0x1D0).to_bytes(4, "big") + (18).to_bytes(2, "big") + len(content).to_bytes(2, "big") + content
    body = base64.encodebytes(extension).decode()
    (folder / "sct.pem").write_text(f"-----BEGIN SERVERINFOV2 FOR SCT-----\n{body}-----END SERVERINFOV2 FOR SCT-----\n")


def long_chain(folder: Path, length: int) -> None:
    """Write `long.pem`, its `long-chain.pem` of `length` intermediates and `long-root.pem`, all of RSA keys but the leaf's."""
    key(folder, "long-root", "rsa")
    subject = "/O=Recordings/CN=Root of a long chain"
    openssl(
        *("req", "-x509", "-new", "-key", "long-root-key.pem", "-subj", subject, "-days", "7300"),
        *("-addext", "keyUsage=critical,keyCertSign", "-out", "long-root.pem"),
        folder=folder,
    )
    issuer, chain = "long-root", ""
    for number in range(length):
        name = f"long-{number}"
        leaf(folder, name, "rsa", f"Intermediate {number}", issuer=issuer, extensions=ISSUING)
        chain = (folder / f"{name}.pem").read_text() + chain
        issuer = name
    leaf(folder, "long", "p256", SERVER, issuer=issuer)
    (folder / "long-chain.pem").write_text(chain)


def post_quantum(folder: Path) -> None:
    """Write `mldsa-ca.pem`, `mldsa44.pem` (server) and `client-mldsa65.pem` with their keys; openssl 3.0 cannot."""
    root = mldsa.MLDSA65PrivateKey.generate()
    issued = _issue("Root of lattices", root, "Root of lattices", root)
    (folder / "mldsa-ca.pem").write_bytes(issued)
    for name, host, key in (
        ("mldsa44", SERVER, mldsa.MLDSA44PrivateKey.generate()),
        ("client-mldsa65", CLIENT, mldsa.MLDSA65PrivateKey.generate()),
    ):
        (folder / f"{name}.pem").write_bytes(_issue(host, key, "Root of lattices", root))
        (folder / f"{name}-key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _issue(
    name: str, key: mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey, issuer: str, issuing: mldsa.MLDSA65PrivateKey
) -> bytes:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=7300))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if name != issuer:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(issuing, None).public_bytes(Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
