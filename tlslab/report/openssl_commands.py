"""The commands of the `openssl` program that give the same certificates: a shell script for a certificate and all above it.

Same means the same bytes up to the signature, for the same private keys; RSA and EdDSA signatures are the same too, because
they are not random. `openssl ca` is used, since only it takes both ends of the validity in every version (`openssl x509
-not_before` came with 3.4).
"""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID, NameOID

from tlslab.pki.private_keys import key_type_of


@dataclass(frozen=True, slots=True)
class Step:
    """One certificate of the script and the stem of its files."""

    stem: str
    certificate: x509.Certificate


def openssl_commands(steps: Sequence[Step]) -> str:
    """A shell script that makes all of `steps`: the root first, then each by the one before it.

    A private key that is there, NAME-key.pem, is used; one that is not is made. For what OpenSSL does not know by name the
    script has the extension's own bytes.
    """
    lines = [*_HEAD, *_config(steps)]
    for number, step in enumerate(steps):
        lines += _step(step, steps[number - 1] if number else None)
    return "\n".join([*lines, ""])


_HEAD = (
    "#!/bin/sh",
    "# The same certificates by OpenSSL alone. Run it in an empty folder, or in one with your NAME-key.pem files.",
    "set -eu",
    "umask 077",
    "",
)


def _config(steps: Iterable[Step]) -> Iterator[str]:
    yield "cat > openssl.cnf <<'END'"
    yield from (
        "[ca]",
        "default_ca = lab",
        "[lab]",
        "database = index.txt",
        "new_certs_dir = .",
        "serial = serial",
        "policy = anything",
        "unique_subject = no",
        "copy_extensions = none",
        "email_in_dn = yes",
        "[anything]",
        *(f"{name} = optional" for name in _POLICY),
        "[req]",
        "prompt = no",
        "utf8 = yes",
        "string_mask = utf8only",
    )
    for number, step in enumerate(steps):
        yield f"[{step.stem} subject]"
        yield from _subject(step.certificate.subject)
        yield from _extensions(step.certificate, f"{step.stem} {number}")
    yield "END"


# `openssl ca` wants each attribute to be allowed; -preserveDN keeps them as they are.
_POLICY = (
    *("countryName", "stateOrProvinceName", "localityName", "organizationName", "organizationalUnitName"),
    *("commonName", "emailAddress", "serialNumber", "title", "GN", "SN", "initials", "generationQualifier"),
    *("dnQualifier", "pseudonym", "DC", "UID", "street", "postalCode", "businessCategory"),
)


def _step(step: Step, issuer: Step | None) -> Iterator[str]:
    certificate, stem = step.certificate, quote(step.stem)
    algorithm = certificate.signature_hash_algorithm
    digest = algorithm.name if isinstance(algorithm, hashes.HashAlgorithm) else "default"
    dates = f"-startdate {_time(certificate.not_valid_before_utc)} -enddate {_time(certificate.not_valid_after_utc)}"
    own = f"-selfsign -keyfile {stem}-key.pem"
    if issuer is not None:
        own = f"-cert {quote(issuer.stem)}.pem -keyfile {quote(issuer.stem)}-key.pem"
    yield ""
    yield f"# {certificate.subject.rfc4514_string() or step.stem}".replace("\n", " ")
    yield f"[ -f {stem}-key.pem ] || openssl genpkey {_key_options(certificate)} -out {stem}-key.pem"
    subject = " -subj /" if not certificate.subject.rdns else ""
    section = f"sed 's/^\\[req\\]/&\\ndistinguished_name = {step.stem} subject/' openssl.cnf > request.cnf"
    yield section
    yield f"openssl req -new -utf8 -config request.cnf{subject} -key {stem}-key.pem -out {stem}.csr"
    yield f": > index.txt; echo {_hex(certificate.serial_number)} > serial"
    yield f"openssl ca -batch -notext -utf8 -preserveDN -config openssl.cnf -extensions {quote(f'{step.stem} extensions')} \\"
    yield f"    -md {digest} {dates} \\"
    yield f"    {own} -in {stem}.csr -out {stem}.pem"


def _key_options(certificate: x509.Certificate) -> str:
    key_type = key_type_of(certificate.public_key())
    if key_type.startswith("RSA-"):
        return f"-algorithm RSA -pkeyopt rsa_keygen_bits:{key_type.removeprefix('RSA-')}"
    if key_type.startswith(("Ed", "ML-DSA")):
        return f"-algorithm {key_type}"
    return f"-algorithm EC -pkeyopt ec_paramgen_curve:{key_type}"


def _time(moment: object) -> str:
    return f"{moment:%Y%m%d%H%M%SZ}"


def _hex(number: int) -> str:
    text = f"{number:X}"
    return text.zfill(len(text) + len(text) % 2)


# ------------------------------------------------------------------------------------------- names

_SHORT_NAMES = {
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.EMAIL_ADDRESS: "emailAddress",
    NameOID.TITLE: "title",
    NameOID.GIVEN_NAME: "GN",
    NameOID.SURNAME: "SN",
}


def _subject(name: x509.Name) -> Iterator[str]:
    """A line for each attribute; the number before it lets one stand twice, "+" joins it to the one before."""
    number = 0
    for rdn in name.rdns:
        for position, attribute in enumerate(rdn):
            key = _SHORT_NAMES.get(attribute.oid, attribute.rfc4514_attribute_name)
            yield f"{number}.{'+' if position else ''}{key} = {_escaped(str(attribute.value))}"
            number += 1


def _escaped(text: str) -> str:
    """`text` as a value of a configuration file (config(5)): quotes, comments and variables mean nothing."""
    escaped = "".join(f"\\{each}" if each in "\\$#'\"`;" else each for each in text)
    return escaped.replace("\n", "\\n").replace("\r", "\\r")


# -------------------------------------------------------------------------------------- extensions

_KEY_USAGES = (
    ("digital_signature", "digitalSignature"),
    ("content_commitment", "nonRepudiation"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
)


def _extensions(certificate: x509.Certificate, unique: str) -> Iterator[str]:
    stem = unique.rsplit(" ", 1)[0]
    sections: list[str] = []
    yield f"[{stem} extensions]"
    for extension in certificate.extensions:
        name, value = _named(extension.value, certificate, f"{stem} names", sections) or _raw(extension.value)
        yield f"{name} = {'critical,' if extension.critical else ''}{value}"
    yield from sections


def _raw(value: x509.ExtensionType) -> tuple[str, str]:
    return value.oid.dotted_string, f"DER:{value.public_bytes().hex(':')}"


def _named(
    value: x509.ExtensionType, certificate: x509.Certificate, section: str, sections: list[str]
) -> tuple[str, str] | None:
    """Name and value in OpenSSL's words (x509v3_config(5)), or None where those cannot give the same bytes."""
    words = _WORDS.get(value.oid)
    if words is None:
        return None
    name, speak = words
    text = speak(value, certificate, section, sections)
    return None if text is None else (name, text)


_Speaker = Callable[[x509.ExtensionType, x509.Certificate, str, list[str]], str | None]


def _basic_constraints(value: x509.ExtensionType, *_: object) -> str:
    assert isinstance(value, x509.BasicConstraints)
    path_length = "" if value.path_length is None else f",pathlen:{value.path_length}"
    return f"CA:{str(value.ca).upper()}{path_length}"


def _key_usage(value: x509.ExtensionType, *_: object) -> str | None:
    assert isinstance(value, x509.KeyUsage)
    if value.key_agreement and (value.encipher_only or value.decipher_only):
        return None
    return ",".join(word for attribute, word in _KEY_USAGES if getattr(value, attribute)) or None


def _extended_key_usage(value: x509.ExtensionType, *_: object) -> str:
    assert isinstance(value, x509.ExtendedKeyUsage)
    return ",".join(each.dotted_string for each in value)


def _subject_key_identifier(value: x509.ExtensionType, certificate: x509.Certificate, *_: object) -> str | None:
    return "hash" if value == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()) else None


def _authority_key_identifier(value: x509.ExtensionType, *_: object) -> str | None:
    assert isinstance(value, x509.AuthorityKeyIdentifier)
    # With the issuer's name and serial, or an identifier that is not the issuer's, its own bytes are surer.
    return "keyid:always" if value.authority_cert_issuer is None and value.key_identifier is not None else None


def _subject_alternative_name(
    value: x509.ExtensionType, _: x509.Certificate, section: str, sections: list[str]
) -> str | None:
    assert isinstance(value, x509.SubjectAlternativeName)
    lines = _general_names(value)
    if not lines:
        return None
    sections += [f"[{section}]", *lines]
    return f"@{section}"


def _name_constraints(value: x509.ExtensionType, _: x509.Certificate, section: str, sections: list[str]) -> str | None:
    assert isinstance(value, x509.NameConstraints)
    permitted = _general_names(value.permitted_subtrees or (), "permitted;")
    excluded = _general_names(value.excluded_subtrees or (), "excluded;")
    if permitted is None or excluded is None:
        return None
    sections += [f"[{section}]", *permitted, *excluded]
    return f"@{section}"


def _general_names(names: Iterable[x509.GeneralName], prefix: str = "") -> list[str] | None:
    """A line for each, or None where one is of a kind that a line cannot say."""
    lines: list[str] = []
    for number, name in enumerate(names, start=1):
        word = next((word for kind, word in _GENERAL_NAMES if isinstance(name, kind)), None)
        if word is None:
            return None
        lines.append(f"{prefix}{word}.{number} = {_escaped(_value_of(name))}")
    return lines


_GENERAL_NAMES: tuple[tuple[type[x509.GeneralName], str], ...] = (
    (x509.DNSName, "DNS"),
    (x509.IPAddress, "IP"),
    (x509.RFC822Name, "email"),
    (x509.UniformResourceIdentifier, "URI"),
)


def _value_of(name: x509.GeneralName) -> str:
    if isinstance(name, x509.IPAddress) and isinstance(name.value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return f"{name.value.network_address.exploded}/{name.value.netmask.exploded}"
    return str(name.value)


_WORDS: dict[x509.ObjectIdentifier, tuple[str, _Speaker]] = {
    ExtensionOID.BASIC_CONSTRAINTS: ("basicConstraints", _basic_constraints),
    ExtensionOID.KEY_USAGE: ("keyUsage", _key_usage),
    ExtensionOID.EXTENDED_KEY_USAGE: ("extendedKeyUsage", _extended_key_usage),
    ExtensionOID.SUBJECT_KEY_IDENTIFIER: ("subjectKeyIdentifier", _subject_key_identifier),
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER: ("authorityKeyIdentifier", _authority_key_identifier),
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME: ("subjectAltName", _subject_alternative_name),
    ExtensionOID.NAME_CONSTRAINTS: ("nameConstraints", _name_constraints),
}
