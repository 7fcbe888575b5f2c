"""A whole lab as a folder of files, with everything that other programs need to use them."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509

from tlslab.pki.credential import AUTHORITIES, Credential
from tlslab.pki.errors import PkiError
from tlslab.pki.files import Content
from tlslab.pki.formats import file_format, pem, trust_store
from tlslab.report.snippets import PASSWORD, PORT, SNIPPETS, Peers, snippets

_OF_AUTHORITY = ("pem", "key")
_OF_LEAF = ("pem", "chain", "key", "combined", "pkcs12")
_SERVERS, _CLIENTS = ("server", "peer"), ("client", "peer")


@dataclass(frozen=True, slots=True)
class Member:
    """One certificate of the folder."""

    credential: Credential
    root: x509.Certificate | None
    """What has to be trusted for it; None where nobody knows."""


def folder(
    members: Sequence[Member], server: str | None = None, client: str | None = None, port: int = PORT
) -> dict[str, Content]:
    """Every file by its name: certificates, chains, keys, trust stores, snippets and a README.

    server, client   names of those for whom the snippets are; without them the newest whose keys are here.

    Raises PkiError for a name that is not among the members or is of no use there.
    """
    stems = stems_of([each.credential.name for each in members])
    files = _trust(members)
    for member, stem in zip(members, stems, strict=True):
        files |= _files(member, stem)
    serving = _chosen(members, server, _SERVERS, "server")
    calling = _chosen(members, client, _CLIENTS, "client")
    names: tuple[str, ...] = ()
    if serving is not None:
        own = members[serving].credential
        peers = Peers(
            stems[serving],
            own.names,
            None if calling is None else stems[calling],
            1 if calling is None else len(members[calling].credential.chain) + 1,
            port=port,
        )
        texts = snippets(peers)
        names = tuple(texts)
        files |= {name: Content(text.encode(), private=name in _WITH_PASSWORD) for name, text in texts.items()}
    files["README.txt"] = Content("".join(f"{line}\n" for line in _readme(members, stems, names, port)).encode())
    return files


def stems_of(names: Iterable[str]) -> list[str]:
    """File names without suffix for `names`, plain ASCII and all different even where case makes no difference."""
    taken = {"roots", "truststore", "readme", *(each.name.split(".")[0].lower() for each in SNIPPETS)}
    stems: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name.replace("*", "wildcard")).strip("._-")[:100] or "certificate"
        if plain.endswith(_OWN_ENDINGS):
            # localhost-chain.pem is the chain of localhost, not the certificate of localhost-chain.
            plain += "-certificate"
        stem, number = plain, 2
        while stem.lower() in taken:
            stem, number = f"{plain}-{number}", number + 1
        taken.add(stem.lower())
        stems.append(stem)
    return stems


_OWN_ENDINGS = ("-chain", "-key", "-combined")
_WITH_PASSWORD = ("Server.java", "Client.java")


def _files(member: Member, stem: str) -> dict[str, Content]:
    """The files of one certificate; what no format can hold, or whose key is elsewhere, is left out."""
    names = _OF_AUTHORITY if member.credential.kind in AUTHORITIES else _OF_LEAF
    files: dict[str, Content] = {}
    for name in names:
        form = file_format(name)
        if form.private and member.credential.key is None:
            continue
        try:
            files[stem + form.suffix] = form.content(member.credential, member.root, PASSWORD)
        except PkiError:
            # A PKCS#12 file of a key type that it does not know; the PEM files are there.
            continue
    return files


def _trust(members: Sequence[Member]) -> dict[str, Content]:
    roots = tuple(dict.fromkeys(each.root for each in members if each.root is not None))
    if not roots:
        return {}
    return {
        "roots.pem": Content(pem(*roots)),
        "truststore.p12": Content(trust_store(roots, PASSWORD)),
    }


def _chosen(members: Sequence[Member], name: str | None, kinds: Iterable[str], what: str) -> int | None:
    usable = [
        number
        for number, each in enumerate(members)
        if each.credential.kind in kinds and each.credential.key is not None and each.root is not None
    ]
    if name is None:
        return usable[-1] if usable else None
    for number in usable:
        if members[number].credential.name == name:
            return number
    raise PkiError(f"{name} is no {what} certificate with its private key in this lab: name one that is.")


def _readme(members: Sequence[Member], stems: Sequence[str], names: Sequence[str], port: int) -> Iterable[str]:
    yield "Certificates of a toy CA, made by tlslab: for tests, never for trust."
    yield ""
    for member, stem in zip(members, stems, strict=True):
        own = member.credential
        key = "" if own.key is not None else ", private key elsewhere"
        yield f"{stem + '.pem':40} {own.kind}, {own.key_type}, until {own.not_after:%Y-%m-%d}{key}: {own.name}"
    yield ""
    yield from _KINDS_OF_FILES
    if names:
        yield ""
        yield f"Ready to run from this folder: {', '.join(names)}."
        yield f"The first line of each says how; every server answers every client of them, on port {port} of this machine."


_KINDS_OF_FILES = (
    "NAME.pem              the certificate alone",
    "NAME-chain.pem        the certificate and the authorities below the root, as TLS sends them",
    "NAME-key.pem          its private key, unencrypted PKCS#8: for you alone (mode 0600)",
    "NAME-combined.pem     chain and key in one file, as HAProxy wants them",
    f"NAME.p12              chain and key as PKCS#12, for Java, Windows and browsers; password: {PASSWORD}",
    "roots.pem             the roots, for whoever has to trust them",
    f"truststore.p12        the roots as a trust store for Java; password: {PASSWORD}",
)
