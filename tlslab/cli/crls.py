"""`--crl`: revocation lists with which lab peers check the certificate that they are shown."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file

if TYPE_CHECKING:
    from tlslab.lab.identities import Identity
    from tlslab.lab.scenario import Scenario

_CHECK: Final = "CRL_CHECK"


def add_crl_option(parser: argparse.ArgumentParser) -> None:
    """Declare `--crl`."""
    parser.add_argument(
        "--crl",
        metavar="FILE",
        action="append",
        default=[],
        type=Path,
        help="revocation list, PEM or DER: the other side's certificate must not stand on it; may be repeated",
    )


def checked_by_crls(
    scenario: Scenario, identities: Mapping[str, Identity], arguments: argparse.Namespace
) -> tuple[Scenario, dict[str, Identity]]:
    """The scenario and its identities, with every peer that checks a chain looking at the lists. Raises UsageError."""
    if not arguments.crl:
        return scenario, dict(identities)
    crls = [crl for path in arguments.crl for crl in _lists(path)]
    flags = {"client_flags": (*scenario.client_flags, _CHECK)}
    if scenario.mutual:
        flags["server_flags"] = (*scenario.server_flags, _CHECK)
    changed = dict(identities)
    for name in {*scenario.client_trusts[:1], *scenario.server_trusts[:1]}:
        changed[name] = _with_crls(name, identities[name], crls)
    return scenario.with_changes(**flags), changed


def _with_crls(name: str, root: Identity, crls: list[bytes]) -> Identity:
    """A root that is known with what was revoked below it; a peer has one store, whoever of its roots brings them."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from tlslab.pki.credential import Credential
    from tlslab.pki.raw_credential import RawCredential

    key = root.key if isinstance(root, Credential) else None
    return RawCredential.of(name, "root", [root.certificate.public_bytes(Encoding.DER)], key, crls=crls)


def _lists(path: Path) -> list[bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from tlslab.pki.errors import UNREADABLE

    data = read_file(path, "revocation list")
    try:
        if b"-----BEGIN X509 CRL-----" in data:
            blocks = data.split(b"-----BEGIN X509 CRL-----")[1:]
            found = [x509.load_pem_x509_crl(b"-----BEGIN X509 CRL-----" + block) for block in blocks]
        else:
            found = [x509.load_der_x509_crl(data)]
    except UNREADABLE:
        raise UsageError(f"{path} is no revocation list in PEM or DER: `tlslab ca crl` makes one") from None
    return [each.public_bytes(Encoding.DER) for each in found]
