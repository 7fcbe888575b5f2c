"""Recipes for what two ordinary programs seldom do: tlslite-ng on both sides, and a server that calls its client."""

from __future__ import annotations

import json

from tests.recipes.catalogue import recipe
from tests.recipes.others import LITE, PROGRAMS, pair
from tests.recipes.recording import Bench

PSK = ["bench", "00" * 32, "sha256"]
COMPRESSED = {name: ["zlib"] for name in ("certificate_compression_send", "certificate_compression_receive")}
TICKET_KEY = {"ticketKeys": ["33" * 32], "ticket_count": 3}
CONNECTIONS = (
    {"cert": "p384", "both": {"record_size_limit": 200}, "size": 900},
    {"cert": "p256", "update": True},
    {"both": {"pskConfigs": [PSK]}},
    {"both": {"pskConfigs": [PSK], "psk_modes": ["psk_ke"]}},
    {"cert": "rsa", "both": {"eccCurves": ["brainpoolP384r1tls13"], "keyShares": ["brainpoolP384r1tls13"]}},
    {"cert": "rsa", "server": TICKET_KEY},
    {"cert": "rsa", "server": TICKET_KEY, "resume": True},
    {"cert": "ed25519", "client_cert": "client-p384", "both": COMPRESSED},
    {"cert": "rsa", "client_cert": "", "both": COMPRESSED},
    {"cert": "rsa", "both": {"cipherNames": ["aes128ccm_8"]}},
)


@recipe(
    "t10-tlslite-tls13",
    LITE,
    LITE,
    "TLS 1.3, ten times: record_size_limit, KeyUpdate, PSK with and without a share, a Brainpool curve, tickets, "
    "compressed certificates of both sides and an empty one, AES-CCM-8",
)
def tlslite(bench: Bench) -> None:
    bench.client("python3", PROGRAMS / "pair.py", str(bench.port), bench.credentials, json.dumps(CONNECTIONS), say=())


@recipe(
    "z20-ftps-active", "Python 3.11 ftplib", "vsftpd 3.0.3", "TLS 1.3 on a data connection for which the server calls"
)
def active(bench: Bench) -> None:
    cert, key = pair(bench, "p256")
    (bench.folder / "empty").mkdir()
    control = bench.port + 1000
    settings = VSFTPD.format(folder=bench.folder, control=control, data=bench.port, cert=cert, key=key)
    (bench.folder / "vsftpd.conf").write_text(settings)
    (bench.folder / "vsftpd.conf").chmod(0o600)
    bench.server("vsftpd", bench.folder / "vsftpd.conf", port=control)
    bench.client("python3", PROGRAMS / "active.py", str(control), bench.keys, say=())


VSFTPD = """listen=YES
listen_address=127.0.0.1
listen_port={control}
background=NO
anonymous_enable=YES
anon_root={folder}/empty
secure_chroot_dir={folder}/empty
ssl_enable=YES
ssl_tlsv1=YES
allow_anon_ssl=YES
require_ssl_reuse=NO
ssl_ciphers=HIGH
rsa_cert_file={cert}
rsa_private_key_file={key}
port_enable=YES
connect_from_port_20=YES
ftp_data_port={data}
"""
