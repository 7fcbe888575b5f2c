"""`tlslab ca renew` and `cross-sign`: the same certificate again, or from another authority."""

from __future__ import annotations

import argparse

from tlslab.cli.ca_action import Action, any_credential, kept, told
from tlslab.cli.errors import UsageError
from tlslab.cli.refusal import key_type
from tlslab.cli.template_options import moment
from tlslab.pki import KEY_TYPES, Authority, generate_key
from tlslab.pki.renewal import cross_sign, renew
from tlslab.store import Lab

RENEW_EXAMPLES = """\
tlslab ca renew localhost
tlslab ca renew issuing --new-key --days 365 --name 'issuing 2027'
tlslab ca renew lab-ca --key ML-DSA-65"""


def _configure_renew(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="NAME", help="a certificate of the lab")
    parser.add_argument("--new-key", action="store_true", help="with a new key of the same type")
    parser.add_argument("--key", metavar="TYPE", type=key_type, choices=KEY_TYPES, help="with a new key of this type")
    _add_validity(parser)


def _configure_cross_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("certificate", metavar="AUTHORITY", help="an authority of the lab, whose name and key it keeps")
    parser.add_argument("--issuer", metavar="AUTHORITY", required=True, help="the other one, who signs it")
    _add_validity(parser)


def _add_validity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="LABEL", help="what to call the new one in the lab (default: numbered)")
    parser.add_argument("--days", metavar="N", type=int, help="how long it is valid (default: as long as before)")
    parser.add_argument("--not-before", metavar="TIME", type=moment, help="first second, e.g. 2030-01-31T12:00:00Z")
    parser.add_argument("--not-after", metavar="TIME", type=moment, help="last second")


def _renew(lab: Lab, arguments: argparse.Namespace) -> int:
    old = any_credential(lab, arguments.certificate)
    issuer_name = lab.entry(arguments.certificate).issuer
    if issuer_name is None and old.kind != "root":
        raise UsageError(
            f"the issuer of {arguments.certificate} is not in the lab; only it could renew the certificate"
        )
    issuer = lab.authority(issuer_name) if issuer_name is not None else None
    new_type = arguments.key or (old.key_type if arguments.new_key else None)
    key = generate_key(new_type) if new_type is not None else None
    credential = renew(
        old,
        issuer,
        key=key,
        days=arguments.days,
        not_before=arguments.not_before,
        not_after=arguments.not_after,
    )
    told(lab, kept(lab, credential, arguments.name))
    return 0


def _cross_sign(lab: Lab, arguments: argparse.Namespace) -> int:
    other = any_credential(lab, arguments.certificate)
    issuer: Authority = lab.authority(arguments.issuer)
    credential = cross_sign(
        other,
        issuer,
        days=arguments.days,
        not_before=arguments.not_before,
        not_after=arguments.not_after,
    )
    told(lab, kept(lab, credential, arguments.name))
    return 0


ACTIONS = (
    Action(
        "renew", _renew, "issue a certificate again, with the same key or a new one", RENEW_EXAMPLES, _configure_renew
    ),
    Action(
        "cross-sign",
        _cross_sign,
        "let one authority vouch for another, whose name and key stay",
        "tlslab ca cross-sign issuing --issuer other-ca",
        _configure_cross_sign,
    ),
)
