"""`tlslab ca new` and `issue`: authorities, and what they issue."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

from tlslab.cli.ca_action import Action, kept, only_authority, told
from tlslab.cli.errors import UsageError
from tlslab.cli.template_options import (
    add_template_options,
    chosen_profile,
    chosen_seed,
    given_template,
    print_certificates,
    print_preview,
    refuse_without_names,
)
from tlslab.pki import AUTHORITIES, DEFAULT_KEY_TYPE, Authority, Credential, Template, profile
from tlslab.store import Lab

NEW_EXAMPLES = """\
tlslab ca new lab-ca
tlslab ca new issuing --issuer lab-ca --path-len 1 --days 365
tlslab ca new lab-ca --intermediate issuing --server localhost --server 127.0.0.1 --client alice"""

ISSUE_EXAMPLES = """\
tlslab ca issue --server localhost --days 7
tlslab ca issue --profile peer --san DNS:node.lab.test IP:10.0.0.7 --key ML-DSA-65
tlslab ca issue --client alice --subject 'CN=Alice,OU=Users,O=Lab,C=DE' --policy '1.2.3.4;cps=https://lab.test/cps'
tlslab ca issue --server lab.test --must-staple --ocsp-url http://127.0.0.1:8888 --dry-run"""


def _configure_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what to call it")
    parser.add_argument("--issuer", metavar="AUTHORITY", help="who issues it; without one it is a root")
    parser.add_argument(
        "--any-name",
        action="store_true",
        help="let the root name real hosts too; without it only names that cannot be real, and private addresses",
    )
    below = parser.add_argument_group("made at once below it")
    below.add_argument(
        "--intermediate", metavar="NAME", action="append", help="an intermediate; each further one below the one before"
    )
    add_leaf_options(below)
    add_template_options(parser, "10 years")


def _configure_issue(parser: argparse.ArgumentParser) -> None:
    add_leaf_options(parser)
    parser.add_argument("--issuer", metavar="AUTHORITY", help="who issues it (default: the lab's only authority)")
    parser.add_argument("--name", metavar="LABEL", help="what to call it in the lab (default: its first name)")
    add_template_options(parser, "90, or what the profile says")


def add_leaf_options(parser: argparse._ActionsContainer) -> None:
    """Declare --server and --client."""
    parser.add_argument(
        "--server",
        metavar="NAME",
        action="append",
        help="a server: host name, wildcard or address; repeat for more of them",
    )
    parser.add_argument(
        "--client",
        metavar="NAME",
        action="append",
        help="a client: name, mailbox, host name or address; repeat for more of them",
    )


def _new(lab: Lab, arguments: argparse.Namespace) -> int:
    template = replace(given_template(_authority_profile(lab, arguments), arguments), name=arguments.name)
    seed = chosen_seed(arguments)
    issuer = replace(lab.authority(arguments.issuer), seed=seed) if arguments.issuer is not None else None
    if arguments.dry_run and not _wants_more(arguments):
        print_preview(issuer, template)
        return 0
    authority = Authority.root_of(template, seed=seed) if issuer is None else issuer.below(issuer.issue(template))
    made = [authority.credential, *_below(authority, arguments)]
    if arguments.dry_run:
        print_certificates(made)
        return 0
    # An authority is called as the user says, or not made; who it issued to gets a number if need be.
    taken = {entry.name for entry in lab.entries()}
    names = lab.add(*made, rename=not any(each.kind in AUTHORITIES and each.name in taken for each in made))
    told(lab, *(replace(each, name=name) for each, name in zip(made, names, strict=True)))
    return 0


def _wants_more(arguments: argparse.Namespace) -> bool:
    return bool(arguments.intermediate or arguments.server or arguments.client)


def _authority_profile(lab: Lab, arguments: argparse.Namespace) -> Template:
    if arguments.issuer is not None and arguments.any_name:
        raise UsageError("--any-name is for a root: what is below one can name no more than the root")
    base = chosen_profile(lab, arguments, "root" if arguments.issuer is None else "intermediate")
    if not base.ca:
        raise UsageError(f"the profile {arguments.profile} makes no authority: use it with `tlslab ca issue`")
    if arguments.intermediate and base.path_len_constraint is not None:
        needed = len(arguments.intermediate)
        base = replace(base, path_len_constraint=max(base.path_len_constraint, needed))
    return replace(base, toy_constraints=base.toy_constraints and not arguments.any_name)


def _below(authority: Authority, arguments: argparse.Namespace) -> Iterator[Credential]:
    """Intermediates, one below the other, and at the end of them the leaves."""
    names = arguments.intermediate or []
    for left, name in zip(reversed(range(len(names))), names, strict=True):
        authority = authority.intermediate(name, _key_type(arguments), path_len_constraint=left)
        yield authority.credential
    for kind, names in (("server", arguments.server), ("client", arguments.client)):
        if names:
            template = replace(_leaf(profile(kind), names), key_type=_key_type(arguments))
            yield authority.issue(template)


def _key_type(arguments: argparse.Namespace) -> str:
    return arguments.key or DEFAULT_KEY_TYPE


def _issue(lab: Lab, arguments: argparse.Namespace) -> int:
    template = leaf_template(lab, arguments)
    issuer = replace(lab.authority(arguments.issuer or only_authority(lab)), seed=chosen_seed(arguments))
    if arguments.dry_run:
        print_preview(issuer, template)
        return 0
    told(lab, kept(lab, issuer.issue(template), arguments.name))
    return 0


def leaf_template(lab: Lab, arguments: argparse.Namespace) -> Template:
    """What --server, --client, --profile and the rest ask for. Raises UsageError."""
    if arguments.server and arguments.client:
        raise UsageError("--server and --client do not go together: --profile peer is both")
    if not (arguments.server or arguments.client or arguments.profile):
        raise UsageError("one of --server, --client and --profile is missing; `tlslab ca profiles` lists the profiles")
    base = chosen_profile(lab, arguments, "server" if arguments.server else "client")
    names = arguments.server or arguments.client or ()
    template = given_template(_leaf(base, names), arguments)
    refuse_without_names(template)
    if not template.subject_alternative_name and arguments.name:
        return replace(template, name=arguments.name)
    return template


def _leaf(base: Template, names: tuple[str, ...] | list[str]) -> Template:
    """`base` for names that stand on the command line; a client is called after its first."""
    called = names[0] if names and base.kind == "client" else base.name
    return replace(base, name=called, subject_alternative_name=(*base.subject_alternative_name, *names))


ACTIONS = (
    Action("new", _new, "make an authority", NEW_EXAMPLES, _configure_new, makes_lab=True),
    Action("issue", _issue, "issue a certificate", ISSUE_EXAMPLES, _configure_issue),
)
