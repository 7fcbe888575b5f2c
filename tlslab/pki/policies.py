"""Certificate policies, mappings and constraints, RFC 5280 sections 4.2.1.4, 4.2.1.5 and 4.2.1.11, from text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cryptography import x509

from tlslab.pki.der_writer import oid, sequence
from tlslab.pki.errors import PkiError
from tlslab.pki.oids import ANY_POLICY, object_identifier
from tlslab.pki.template import Template

NAMES: Mapping[str, x509.ObjectIdentifier] = {"anyPolicy": ANY_POLICY}

TOY_POLICY = x509.ObjectIdentifier("1.3.6.1.4.1.32473.1")
"""The policy that carries the toy mark where the subject does not: below the number that RFC 5612 keeps for documents."""

_QUALIFIER = re.compile(r";\s*(cps|notice)=", re.IGNORECASE)


def certificate_policies(template: Template, note: str = "") -> x509.CertificatePolicies | None:
    """The policies of a template, and `note` as an explicitText with the first of them, or with `TOY_POLICY`."""
    policies = [_policy(text) for text in template.certificate_policies]
    if note and not any(note in text for text in template.certificate_policies):
        notice = x509.UserNotice(None, note)
        first = policies[0] if policies else x509.PolicyInformation(TOY_POLICY, None)
        qualifiers = [*(first.policy_qualifiers or ()), notice]
        policies[:1] = [x509.PolicyInformation(first.policy_identifier, qualifiers)]
    identifiers = [policy.policy_identifier for policy in policies]
    if len(set(identifiers)) < len(identifiers):
        raise PkiError("A certificate policy is there twice, which RFC 5280 section 4.2.1.4 forbids: give it once.")
    return x509.CertificatePolicies(policies) if policies else None


def policy_mappings(template: Template) -> x509.ExtensionType | None:
    """The policyMappings of a template."""
    pairs = [_mapping(text) for text in template.policy_mappings]
    if not pairs:
        return None
    value = sequence(*(sequence(oid(a.dotted_string), oid(b.dotted_string)) for a, b in pairs))
    # cryptography has no class of its own for it.
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), value)


def policy_constraints(template: Template) -> x509.PolicyConstraints | None:
    """The policyConstraints of a template."""
    counts = (template.require_explicit_policy, template.inhibit_policy_mapping)
    if counts == (None, None):
        return None
    for count in counts:
        if count is not None and not 0 <= count <= 2**31:
            raise PkiError(f"A policy constraint cannot be {count}: it counts certificates, 0 for at once.")
    return x509.PolicyConstraints(*counts)


def _policy(text: str) -> x509.PolicyInformation:
    identifier, *rest = _QUALIFIER.split(text)
    qualifiers: list[str | x509.UserNotice] = []
    for kind, value in zip(rest[::2], rest[1::2], strict=True):
        qualifiers.append(_cps(value) if kind.lower() == "cps" else _notice(value))
    return x509.PolicyInformation(object_identifier(identifier, "The policy", NAMES), qualifiers or None)


def _cps(value: str) -> str:
    uri = value.strip()
    if not uri or not uri.isascii():
        raise PkiError(f"The CPS {value!r} is no address of ASCII characters: write one, such as https://lab.test/cps.")
    return uri


def _notice(value: str) -> x509.UserNotice:
    """RFC 5280: "explicitText [...] has a maximum size of 200 characters"."""
    text = value.strip()
    if not 1 <= len(text) <= 200:
        raise PkiError(f"A user notice of {len(text)} characters cannot be: RFC 5280 section 4.2.1.4 allows 1 to 200.")
    if any(0xD800 <= ord(character) < 0xE000 for character in text):
        raise PkiError("The user notice has half a character in it, which UTF-8 cannot hold.")
    return x509.UserNotice(None, text)


def _mapping(text: str) -> tuple[x509.ObjectIdentifier, x509.ObjectIdentifier]:
    issuers, equals, subjects = text.partition("=")
    if not equals:
        raise PkiError(f"The policy mapping {text!r} is no pair: write ISSUER_POLICY=SUBJECT_POLICY.")
    pair = (object_identifier(issuers, "The policy"), object_identifier(subjects, "The policy"))
    if ANY_POLICY in pair:
        raise PkiError("A policy mapping may not map anyPolicy, RFC 5280 section 4.2.1.5: name a policy.")
    return pair
