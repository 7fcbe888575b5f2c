"""`tlslab ca csr` and `sign`: requests for certificates, made here or elsewhere."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
import argparse
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.cli.ca_action import Action, kept, only_authority, told
from tlslab.cli.ca_make import add_leaf_options, leaf_template
from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file, say
from tlslab.cli.output_file import add_output_options, write_output
from tlslab.cli.template_options import (
    add_template_options,
    chosen_profile,
    chosen_seed,
    given_template,
    print_preview,
    refuse_without_names,
)
from tlslab.cli.terminal import print_json, print_line
from tlslab.lab.taking_over import request_name
from tlslab.pki import PrivateKey, Template, generate_key
from tlslab.pki.importing import read_file_content
from tlslab.pki.reading import public_key_of, template_of
from tlslab.pki.requests import PARTS, USUAL_PARTS, Part, check_request, make_request, requested
from tlslab.report.json_document import Json
from tlslab.store import Lab
from tlslab.store.records import RequestEntry

CSR_EXAMPLES = """\
tlslab ca csr --server demo.lab.test --server 127.0.0.1 -o demo.csr
tlslab ca csr --profile peer --san DNS:node.lab.test --key Ed448 --name node
tlslab ca csr --like demo.lab.test -o again.csr
tlslab ca csr --list
tlslab ca csr --show demo.lab.test | tlslab decode - --tree"""

SIGN_EXAMPLES = """\
tlslab ca sign demo.csr --issuer issuing
tlslab ca sign demo.csr --profile client --take subject,names,key_usage --days 30
tlslab ca sign demo.csr --take nothing --server other.lab.test --dry-run"""

_ISSUERS_TO_SAY: Final = {
    "--days": "days",
    "--not-before": "not_before",
    "--not-after": "not_after",
    "--serial": "serial_number",
}
"""Options of a certificate that a request has no place for (RFC 2986 section 4.1), and what they are parsed into."""


def _configure_csr(parser: argparse.ArgumentParser) -> None:
    add_leaf_options(parser)
    parser.add_argument(
        "--like", metavar="NAME", help="a certificate of the lab: its subject, names, extensions and key"
    )
    parser.add_argument("--list", action="store_true", help="list the requests of the lab")
    parser.add_argument("--show", metavar="REQUEST", help="print a request of the lab once more, PEM")
    parser.add_argument("--json", action="store_true", help="with --list: one JSON object instead of text")
    parser.add_argument("--name", metavar="LABEL", help="what to call it in the lab (default: its first name)")
    add_output_options(parser)
    add_template_options(parser, "the issuer's to say")


def _configure_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("request", metavar="REQUEST", help="a file with a request, or a request of the lab")
    parser.add_argument("--issuer", metavar="AUTHORITY", help="who issues it (default: the lab's only authority)")
    parser.add_argument(
        "--take",
        metavar="PARTS",
        type=_parts,
        default=USUAL_PARTS,
        help=f"what is taken over, with commas: {', '.join(PARTS)}, all, nothing (default: subject,names)",
    )
    parser.add_argument("--accept-weak-key", action="store_true", help="sign also for a key that is too short")
    parser.add_argument("--name", metavar="LABEL", help="what to call it in the lab (default: its first name)")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the certificate to a file, too")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")
    add_leaf_options(parser)
    add_template_options(parser, "90, or what the profile says")


def _parts(text: str) -> frozenset[Part]:
    asked = {word.strip().replace("-", "_").lower() for word in text.split(",") if word.strip()}
    if asked == {"nothing"}:
        return frozenset()
    if asked == {"all"}:
        return frozenset(PARTS)
    if not asked or not asked <= set(PARTS):
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(PARTS)}, all and nothing")
    return frozenset(part for part in PARTS if part in asked)


def _csr(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.list:
        return _list(lab, as_json=arguments.json)
    if arguments.json:
        raise UsageError("--json goes with --list: a request itself is PEM")
    if arguments.show is not None:
        write_output(arguments, lab.request(arguments.show).public_bytes(Encoding.PEM), text=True)
        return 0
    _refuse_what_the_issuer_says(arguments)
    template = _request_template(lab, arguments)
    key = lab.private_key(arguments.like) if arguments.like else _new_key(template, arguments)
    request = make_request(template, key)
    pem = request.public_bytes(Encoding.PEM)
    if arguments.dry_run:
        print(pem.decode(), end="")
        say("the request was not kept")
        return 0
    name = lab.free_request_name(arguments.name or request_name(request))
    lab.add_request(name, request, key)
    write_output(arguments, pem, text=True)
    say(f"the request {name} and its private key are kept in {lab.file}")
    return 0


def _refuse_what_the_issuer_says(arguments: argparse.Namespace) -> None:
    """A request asks for a subject, a key and extensions; what it cannot hold is no option of it. Raises UsageError."""
    given = [option for option, member in _ISSUERS_TO_SAY.items() if getattr(arguments, member) is not None]
    if given:
        raise UsageError(f"a request cannot ask for {' and '.join(given)}: give that to `tlslab ca sign`")


def _request_template(lab: Lab, arguments: argparse.Namespace) -> Template:
    if arguments.like is None:
        return leaf_template(lab, arguments)
    if arguments.server or arguments.client or arguments.profile:
        raise UsageError("--like has subject, names and rights already: leave away --server, --client and --profile")
    return given_template(template_of(lab.certificate(arguments.like), arguments.like), arguments)


def _new_key(template: Template, arguments: argparse.Namespace) -> PrivateKey:
    seed = chosen_seed(arguments)
    if seed is None:
        return generate_key(template.key_type)
    return seed.private_key(template.key_type, "request", *template.subject_alternative_name, template.name)


def _list(lab: Lab, *, as_json: bool) -> int:
    entries = lab.requests()
    if as_json:
        print_json({"format": 1, "lab": str(lab.file), "requests": [_object(each) for each in entries]})
        return 0
    for entry in entries:
        key = "with its private key" if entry.has_private_key else "from elsewhere"
        print_line(f"{entry.name}: {entry.subject}, {', '.join(entry.names) or 'no names'}, {entry.key_type}, {key}")
    if not entries:
        say(f"the lab {lab.file} has no requests; `tlslab ca csr` makes one, `tlslab ca import` takes one from a file")
    return 0


def _object(entry: RequestEntry) -> Json:
    return {
        "name": entry.name,
        "subject": entry.subject,
        "subject_alternative_name": list(entry.names),
        "key_type": entry.key_type,
        "has_private_key": entry.has_private_key,
        "added": f"{entry.added:%Y-%m-%dT%H:%M:%SZ}",
        "sha256_fingerprint": entry.fingerprint,
    }


def _sign(lab: Lab, arguments: argparse.Namespace) -> int:
    if arguments.key is not None:
        raise UsageError("--key makes a new key, and a request brings its own: leave it away")
    issuer = replace(lab.authority(arguments.issuer or only_authority(lab)), seed=chosen_seed(arguments))
    request, key = _the_request(lab, arguments.request)
    check_request(request, weak_key_too=arguments.accept_weak_key)
    base = chosen_profile(lab, arguments, "client" if arguments.client else "server")
    named = replace(base, subject_alternative_name=tuple(arguments.server or arguments.client or ()))
    template = given_template(requested(request, named, arguments.take), arguments)
    refuse_without_names(template)
    if arguments.dry_run:
        print_preview(issuer, template, public_key_of(request))
        return 0
    credential = kept(lab, issuer.issue(template, key or public_key_of(request)), arguments.name)
    if arguments.output is not None:
        write_output(arguments, credential.chain_pem, text=True)
    told(lab, credential)
    return 0


def _the_request(lab: Lab, name: str) -> tuple[x509.CertificateSigningRequest, PrivateKey | None]:
    """A request from a file, or one of the lab with its private key if that is there."""
    if name in {entry.name for entry in lab.requests()} and not Path(name).is_file():
        return lab.request(name), lab.request_key(name)
    requests = read_file_content(read_file(Path(name), "request"), name).requests
    if len(requests) != 1:
        raise UsageError(f"{name} has {len(requests) or 'no'} requests in it: give a file with one")
    return requests[0], None


ACTIONS = (
    Action(
        "csr", _csr, "make a request for a certificate, or list the lab's", CSR_EXAMPLES, _configure_csr, makes_lab=True
    ),
    Action("sign", _sign, "issue the certificate that a request asks for", SIGN_EXAMPLES, _configure_sign),
)
