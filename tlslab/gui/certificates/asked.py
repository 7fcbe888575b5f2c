"""What the advanced part of the form asks: every member of a template, as a line of a table. Text in, template out. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from tlslab.pki import PkiError, Template

Form = Literal["line", "words", "lines", "number", "moment", "choice", "check"]
EMPTY: Final = "-"
"""What stands for a subject that is really empty."""
LEFT_AWAY: Final = "left away"
HASH_NAMES: Final = (
    *(f"sha{size}" for size in (224, 256, 384, 512)),
    *(f"sha3-{size}" for size in (224, 256, 384, 512)),
)


class Asked(NamedTuple):
    """One member of `Template`."""

    member: str
    label: str
    form: Form
    hint: str = ""
    """What may be written, or what holds where nothing is."""
    choices: tuple[str, ...] = ()


class Group(NamedTuple):
    """Members under one heading."""

    title: str
    asked: tuple[Asked, ...]


GROUPS: Final[tuple[Group, ...]] = (
    Group(
        "Subject",
        (
            Asked("subject", "Subject", "line", "the toy mark and the name; CN=demo,O=Lab; - for an empty one"),
            Asked(
                "subject_alternative_name", "subjectAltName", "lines", "DNS:… IP:… email:… URI:… dirName:… otherName:…"
            ),
            Asked("issuer_alternative_name", "issuerAltName", "lines", "as above, one a line"),
            Asked("serial_number", "Serial number", "number", "random, 20 octets; 4711 or 0x1267"),
        ),
    ),
    Group(
        "Validity",
        (
            Asked("not_before", "Not before (UTC)", "moment", "an hour ago; 2026-11-21 09:30:00"),
            Asked("not_after", "Not after (UTC)", "moment", "as many days as above"),
        ),
    ),
    Group(
        "What it may do",
        (
            Asked("ca", "basicConstraints, CA", "choice", "", ("no", "yes", LEFT_AWAY)),
            Asked("path_len_constraint", "pathLenConstraint", "number", "none"),
            Asked("key_usage", "keyUsage", "words", "left away; digitalSignature, keyCertSign"),
            Asked("rsa_key_usage", "keyUsage, RSA keys beside", "words", "nothing"),
            Asked("extended_key_usage", "extKeyUsage", "words", "left away; serverAuth, 1.2.3.4"),
            Asked("tls_feature", "TLS feature (must-staple)", "words", "left away; status_request"),
            Asked("ocsp_no_check", "ocsp-nocheck", "check", "nobody asks whether it is revoked"),
        ),
    ),
    Group(
        "Name constraints",
        (
            Asked("toy_constraints", "Only names that cannot be real", "check", "the toy constraints"),
            Asked("permitted_subtrees", "Permitted", "lines", "DNS:lab.test  IP:10.0.0.0/8  email:.lab.test"),
            Asked("excluded_subtrees", "Excluded", "lines", "as above, one a line"),
        ),
    ),
    Group(
        "Policies",
        (
            Asked("certificate_policies", "certificatePolicies", "lines", "1.2.3.4;cps=https://…;notice=Any text"),
            Asked("policy_mappings", "policyMappings", "lines", "1.2.3.4=1.2.5.6"),
            Asked("require_explicit_policy", "requireExplicitPolicy", "number", "left away"),
            Asked("inhibit_policy_mapping", "inhibitPolicyMapping", "number", "left away"),
            Asked("inhibit_any_policy", "inhibitAnyPolicy", "number", "left away"),
        ),
    ),
    Group(
        "Addresses",
        (
            Asked("crl_distribution_points", "CRL distribution points", "lines", "http://lab.test/ca.crl"),
            Asked("freshest_crl", "Freshest CRL (delta)", "lines", "http://lab.test/delta.crl"),
            Asked("ocsp", "OCSP responders", "lines", "http://127.0.0.1:8080/"),
            Asked("ca_issuers", "Issuer's certificate", "lines", "http://lab.test/ca.cer"),
            Asked("subject_information_access", "subjectInfoAccess", "lines", "caRepository=http://lab.test/"),
        ),
    ),
    Group(
        "Signature and the rest",
        (
            Asked(
                "signature_hash",
                "Hash",
                "choice",
                "",
                ("what fits the key", *HASH_NAMES),
            ),
            Asked("rsa_padding", "Padding of an RSA issuer", "choice", "", ("pkcs1", "pss")),
            Asked("subject_key_identifier", "subjectKeyIdentifier", "line", "sha1, sha1-short, sha256, none, or hex"),
            Asked("authority_key_identifier", "authorityKeyIdentifier", "line", "keyid, issuer, keyid+issuer, none"),
            Asked("extensions", "Other extensions", "lines", "1.2.3.4:0500 or 1.2.3.4:critical:0500"),
            Asked("critical", "Critical beside", "words", "none; subjectAltName, extKeyUsage"),
            Asked("not_critical", "Not critical", "words", "none; keyUsage, basicConstraints"),
        ),
    ),
)
ALL: Final = tuple(asked for group in GROUPS for asked in group.asked)
_CA: Final[Mapping[bool | None, str]] = {False: "no", True: "yes", None: LEFT_AWAY}


def text_of(asked: Asked, template: Template) -> str:
    """What the form shows of a member; "yes" and "" for a check."""
    value: Any = getattr(template, asked.member)
    if asked.member == "ca":
        return _CA[value]
    if asked.member == "subject" and value == "":
        return EMPTY
    if isinstance(value, tuple):
        return ("\n" if asked.form == "lines" else ", ").join(value)
    texts = {
        bool: "yes" if value else "",
        datetime: f"{value:%Y-%m-%d %H:%M:%S}" if asked.form == "moment" and value else "",
    }
    usual = asked.choices[0] if asked.choices else ""
    return texts.get(type(value), usual if value in {None, ""} else str(value))


def with_texts(template: Template, texts: Mapping[str, str]) -> Template:
    """`template` with what was written, by member. Raises PkiError for a number or a date that is none."""
    changes: dict[str, Any] = {}
    for asked in ALL:
        text = texts.get(asked.member)
        if text is not None and text != text_of(asked, template):
            changes[asked.member] = _value(asked, text.strip())
    return replace(template, **changes)


def _value(asked: Asked, text: str) -> object:
    return _READERS.get(asked.member, _READERS[asked.form])(asked, text)


def _lines(_asked: Asked, text: str) -> object:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _words(_asked: Asked, text: str) -> object:
    return tuple(text.replace(",", " ").split())


def _number(asked: Asked, text: str) -> object:
    try:
        return int(text, 0) if text else None
    except ValueError:
        raise PkiError(f"{asked.label} is a whole number: {text!r} is none.") from None


def moment_of(text: str, label: str) -> datetime | None:
    """A date, with or without a time, in UTC; None for no text. Raises PkiError for anything else."""
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip().removesuffix("UTC").strip())
    except ValueError:
        raise PkiError(f"{label} is a date such as 2026-11-21 09:30:00: {text!r} is none.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


_READERS: Final[Mapping[str, Callable[[Asked, str], object]]] = {
    "line": lambda _asked, text: text,
    "words": _words,
    "lines": _lines,
    "number": _number,
    "moment": lambda asked, text: moment_of(text, asked.label),
    "choice": lambda _asked, text: text,
    "check": lambda _asked, text: bool(text),
    "ca": lambda _asked, text: next(value for value, word in _CA.items() if word == text),
    "subject": lambda _asked, text: "" if text == EMPTY else text or None,
    # Without a bit the extension is left away: RFC 5280 section 4.2.1.3 wants one at least.
    "key_usage": lambda asked, text: _words(asked, text) or None,
    "signature_hash": lambda asked, text: "" if text == asked.choices[0] else text,
}
"""How what was written is read, by member where that has a way of its own, else by form."""
