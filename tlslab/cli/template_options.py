"""Every member of a certificate's template as an option of the command line: a table, and what reads it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.refusal import key_type
from tlslab.pki import (
    DEFAULT_KEY_TYPE,
    KEY_TYPES,
    Authority,
    Credential,
    Profile,
    PublicKey,
    Template,
    builtin_profiles,
    load_profiles,
    preview_self_signed,
    profile,
)
from tlslab.pki.extensions import KEY_USAGES
from tlslab.pki.oids import EXTENDED_KEY_USAGES
from tlslab.pki.private_keys import HASHES
from tlslab.pki.seeded import DAY, Seed
from tlslab.pki.validity import utc
from tlslab.report.certificate import certificate_lines
from tlslab.report.text import signs_for
from tlslab.store import Lab


def moment(text: str) -> datetime:
    """A date, or a date and time, in UTC where no zone is given."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 2030-01-31 or 2030-01-31T12:00:00Z") from None


def number(text: str) -> int:
    """A whole number, decimal or with 0x before it."""
    try:
        return int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number: write 123 or 0x7b") from None


def words(text: str) -> tuple[str, ...] | None:
    """A list with commas; "none" for none at all."""
    return None if text.strip().lower() == "none" else tuple(word.strip() for word in text.split(",") if word.strip())


def yes_no(text: str) -> bool | None:
    """Whether it is an authority; None to leave the extension away."""
    known: Mapping[str, bool | None] = {"yes": True, "no": False, "none": None}
    if text.lower() not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is none of yes, no and none")
    return known[text.lower()]


@dataclass(frozen=True, slots=True)
class _Option:
    """One option for one member. A member that is a tuple takes several, and adds them to what the profile has."""

    flag: str
    member: str
    metavar: str
    help: str
    read: Callable[[str], object] = str
    several: bool = False
    replaces: bool = False
    """The value stands for all that the profile has, even if it is none."""


_GROUPS: Mapping[str, tuple[_Option, ...]] = {
    "what it says": (
        _Option("--subject", "subject", "NAME", "'CN=demo,O=Lab,C=DE', or '/C=DE/O=Lab/CN=demo'; '' for an empty one"),
        _Option(
            "--san",
            "subject_alternative_name",
            "NAME",
            "DNS:, IP:, email:, URI:, dirName:CN=.., RID:1.2.3, otherName:TYPE;UTF8:TEXT; without a type a host or address",
            several=True,
        ),
        _Option("--not-before", "not_before", "TIME", "first second, e.g. 2030-01-31 or 2030-01-31T12:00:00Z", moment),
        _Option("--not-after", "not_after", "TIME", "last second; may lie in the past", moment),
        _Option("--serial", "serial_number", "N", "serial number, decimal or 0x.. (default: random)", number),
        _Option(
            "--hash", "signature_hash", "HASH", f"of the signature: {', '.join(HASHES)} (default: fits the issuer)"
        ),
        _Option("--rsa-padding", "rsa_padding", "pkcs1|pss", "how an RSA issuer signs (default: pkcs1)"),
    ),
    "what it may do": (
        _Option("--ca", "ca", "yes|no|none", "basicConstraints; none leaves them away", yes_no, replaces=True),
        _Option("--path-len", "path_len_constraint", "N", "authorities allowed below; 0 for leaves only", number),
        _Option(
            "--key-usage", "key_usage", "LIST", f"none, or with commas: {', '.join(KEY_USAGES)}", words, replaces=True
        ),
        _Option(
            "--eku",
            "extended_key_usage",
            "LIST",
            f"none, or with commas OIDs or {', '.join(EXTENDED_KEY_USAGES)}",
            lambda text: words(text) or (),
            replaces=True,
        ),
        _Option("--policy", "certificate_policies", "POLICY", "OID, anyPolicy, OID;cps=URI;notice=TEXT", several=True),
        _Option("--policy-mapping", "policy_mappings", "OID=OID", "issuer's policy = subject's policy", several=True),
        _Option(
            "--require-explicit-policy", "require_explicit_policy", "N", "certificates until a policy is a must", number
        ),
        _Option("--inhibit-policy-mapping", "inhibit_policy_mapping", "N", "certificates until none is mapped", number),
        _Option(
            "--inhibit-any-policy", "inhibit_any_policy", "N", "certificates until anyPolicy means nothing", number
        ),
    ),
    "where to ask about it": (
        _Option(
            "--crl-url", "crl_distribution_points", "URL", "CRL; ;crlIssuer=CN=.. ;reasons=A+B behind it", several=True
        ),
        _Option("--delta-crl-url", "freshest_crl", "URL", "delta CRL, written in the same way", several=True),
        _Option("--ocsp-url", "ocsp", "URL", "OCSP responder", several=True),
        _Option("--issuer-url", "ca_issuers", "URL", "where the issuer's certificate is", several=True),
        _Option(
            "--sia", "subject_information_access", "METHOD=URL", "subjectInfoAccess: caRepository=..", several=True
        ),
        _Option("--tls-feature", "tls_feature", "NAME", "status_request, status_request_v2", several=True),
    ),
    "the rest": (
        _Option("--issuer-san", "issuer_alternative_name", "NAME", "issuerAltName, written as --san", several=True),
        _Option("--ski", "subject_key_identifier", "HOW", "sha1 (default), sha1-short, sha256, none, or hex"),
        _Option("--aki", "authority_key_identifier", "HOW", "keyid (default), issuer, keyid+issuer, none"),
        _Option("--extension", "extensions", "OID:HEX", "any other; OID:critical:HEX for a critical one", several=True),
        _Option(
            "--critical", "critical", "EXTENSION", "make it critical: subjectAltName, extKeyUsage, ...", several=True
        ),
        _Option("--not-critical", "not_critical", "EXTENSION", "make it not critical: keyUsage, ...", several=True),
    ),
}

_NOT_GIVEN = object()
"""What a replacing option has that was not given, because None is one of its values."""


def add_template_options(parser: argparse.ArgumentParser, days: str) -> None:
    """Declare the options of a template, and --profile, --key, --days, --dry-run."""
    parser.add_argument("--profile", metavar="PROFILE", help="what to start from; `tlslab ca profiles` lists them")
    parser.add_argument(
        "--key",
        metavar="TYPE",
        type=key_type,
        choices=KEY_TYPES,
        help=f"{', '.join(KEY_TYPES)} (default: {DEFAULT_KEY_TYPE})",
    )
    parser.add_argument("--days", metavar="N", type=int, help=f"how long it is valid (default: {days})")
    add_seed_options(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="show the certificate that it would be, and make nothing"
    )
    for title, options in _GROUPS.items():
        group = parser.add_argument_group(title)
        for option in options:
            _declare(group, option)
        if title == "what it may do":
            group.add_argument(
                "--name-constraint",
                metavar="BASE",
                nargs="+",
                action="extend",
                help="DNS:lab.test, IP:10.0.0.0/8, email:, URI:, dirName:; excluded: before it forbids; a root's own stay",
            )
        if title == "where to ask about it":
            group.add_argument("--must-staple", action="store_true", help="the server has to staple an OCSP response")
            group.add_argument("--ocsp-no-check", action="store_true", help="nobody is to ask about it")


def add_seed_options(parser: argparse.ArgumentParser) -> None:
    """`--seed` and `--seed-day`."""
    parser.add_argument(
        "--seed",
        metavar="TEXT",
        help="the same keys and certificates from the same text, every time and everywhere, valid for a hundred years: "
        "UNSAFE, for fixtures",
    )
    parser.add_argument(
        "--seed-day", metavar="DAY", type=moment, help=f"when what comes from a seed begins (default: {DAY:%Y-%m-%d})"
    )


def chosen_profile(lab: Lab, arguments: argparse.Namespace, default: str) -> Template:
    """The template of --profile, the user's own before the built-in ones, or that of `default`."""
    return profile(arguments.profile or default, lab_profiles(lab) if arguments.profile else None)


def lab_profiles(lab: Lab) -> Mapping[str, Profile]:
    """The profiles that the user keeps in the lab, by name."""
    own: dict[str, Profile] = {}
    for name in lab.profiles():
        own |= load_profiles(lab.profile(name), f"profile {name} of the lab")
    return own


def all_profiles(lab: Lab) -> Mapping[str, Profile]:
    """The built-in profiles and the user's own."""
    return {**builtin_profiles(), **lab_profiles(lab)}


def given_template(base: Template, arguments: argparse.Namespace) -> Template:
    """`base` with everything that the options change."""
    changes: dict[str, object] = {"key_type": arguments.key or base.key_type}
    if arguments.days is not None:
        changes["days"] = arguments.days
    for option in (each for options in _GROUPS.values() for each in options):
        given = getattr(arguments, option.member)
        if given is (_NOT_GIVEN if option.replaces else None):
            continue
        changes[option.member] = (*getattr(base, option.member), *given) if option.several else given
    if "key_usage" in changes:
        changes["rsa_key_usage"] = ()
    return _with_flags(replace(base, **changes), arguments)  # type: ignore[arg-type]  # the table has the types


def chosen_seed(arguments: argparse.Namespace) -> Seed | None:
    """What --seed says."""
    if arguments.seed is None and arguments.seed_day is not None:
        raise UsageError("--seed-day is the day on which a seeded lab begins: give --seed, or --not-before")
    day = utc(arguments.seed_day) or DAY
    return Seed(arguments.seed, day) if arguments.seed is not None else None


def print_preview(issuer: Authority | None, template: Template, key: PublicKey | None = None) -> None:
    """The certificate that would be issued: in words, then every field of it."""
    der = preview_self_signed(template) if issuer is None else issuer.preview(template, key)
    _print(der)
    say("nothing was made; the key and the serial number are only samples")


def print_certificates(credentials: Iterable[Credential]) -> None:
    """Several that belong together and were not kept, each as `print_preview` shows one."""
    for credential in credentials:
        print(f"{credential.name}:")
        _print(credential.certificate_der)
    say("nothing was kept")


def _print(der: bytes) -> None:
    for line in certificate_lines(der, signs_for(sys.stdout.encoding), tree=True):
        print(line)


def _declare(group: argparse._ArgumentGroup, option: _Option) -> None:
    help_text = option.help.replace("%", "%%")
    if option.several:
        group.add_argument(
            option.flag, metavar=option.metavar, dest=option.member, nargs="+", action="extend", help=help_text
        )
        return
    group.add_argument(
        option.flag,
        metavar=option.metavar,
        dest=option.member,
        type=option.read,
        default=_NOT_GIVEN if option.replaces else None,
        help=help_text,
    )


def _with_flags(template: Template, arguments: argparse.Namespace) -> Template:
    permitted, excluded = list(template.permitted_subtrees), list(template.excluded_subtrees)
    for text in arguments.name_constraint or ():
        kind, colon, rest = text.partition(":")
        if colon and kind.lower() in {"permitted", "excluded"}:
            (permitted if kind.lower() == "permitted" else excluded).append(rest)
        else:
            permitted.append(text)
    features = (*template.tls_feature, *(("status_request",) if arguments.must_staple else ()))
    return replace(
        template,
        permitted_subtrees=tuple(permitted),
        excluded_subtrees=tuple(excluded),
        tls_feature=features,
        ocsp_no_check=template.ocsp_no_check or arguments.ocsp_no_check,
    )


def refuse_without_names(template: Template) -> None:
    """A server without a name is of no use to anybody. Raises UsageError."""
    if template.kind in {"server", "peer"} and not template.subject_alternative_name:
        raise UsageError("a server certificate needs a name: give --server or --san")
