"""`tlslab ca revoke`, `unrevoke`, `revocations`, `crl`: what authorities take back, and the lists in which they say so."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from tlslab.cli.ca_action import Action, only_authority
from tlslab.cli.errors import UsageError
from tlslab.cli.output import say
from tlslab.cli.output_file import add_output_options, write_output
from tlslab.cli.template_options import moment
from tlslab.cli.terminal import print_json, print_line
from tlslab.pki.crl import FAULTS, IssuingDistributionPoint, broken_crl
from tlslab.pki.raw_credential import pem
from tlslab.pki.revocation import GIVABLE, Revocation
from tlslab.report.json_document import Json, JsonValue
from tlslab.store import Lab

CRL_EXAMPLES = """\
tlslab ca crl issuing --output issuing.crl
tlslab ca crl issuing --delta --days 1 --pem
tlslab ca crl issuing --this-update 2020-01-01 --next-update 2020-02-01 -o old.crl
tlslab ca crl issuing --fault bad-signature -o bad.crl"""


def _configure_revoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a certificate of `tlslab ca list`")
    parser.add_argument(
        "--reason",
        metavar="REASON",
        default="unspecified",
        help=f"{', '.join(GIVABLE)} (default: unspecified); certificateHold can be taken back",
    )
    parser.add_argument(
        "--at", metavar="TIME", type=moment, help="since when, e.g. 2026-01-31T12:00:00Z (default: now)"
    )
    parser.add_argument(
        "--invalidity-date", metavar="TIME", type=moment, help="since when its key may be in the wrong hands"
    )


def _configure_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a certificate of `tlslab ca list`")


def _configure_revocations(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("authority", metavar="AUTHORITY", nargs="?", help="whose (default: every authority's)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _configure_crl(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("authority", metavar="AUTHORITY", nargs="?", help="whose (default: the lab's only authority)")
    parser.add_argument("--delta", action="store_true", help="only what has changed since the last complete list")
    parser.add_argument("--pem", action="store_true", help="PEM instead of DER")
    add_output_options(parser)
    _configure_members(parser.add_argument_group("what it says"))
    parser.add_argument(
        "--fault", metavar="NAME", choices=FAULTS, help=f"a list that is wrong on purpose: {', '.join(FAULTS)}"
    )


def _configure_members(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--days", metavar="N", type=int, help="how long it is good (default: 7)")
    group.add_argument("--this-update", metavar="TIME", type=moment, help="when it was made (default: now)")
    group.add_argument("--next-update", metavar="TIME", type=moment, help="when the next one comes; may be past")
    group.add_argument("--number", metavar="N", type=int, help="its cRLNumber (default: the next of this authority)")
    group.add_argument(
        "--indirect",
        metavar="AUTHORITY",
        action="append",
        help="hold what this authority has revoked, too; may be repeated",
    )
    group.add_argument("--only", choices=("user", "ca"), help="say that it speaks for one kind of certificates")
    group.add_argument("--some-reasons", metavar="REASON", nargs="+", help="say that it speaks for these reasons only")
    group.add_argument("--point", metavar="URI", action="append", help="where it is published; may be repeated")
    group.add_argument("--freshest", metavar="URI", action="append", help="where deltas to it are; may be repeated")


def _revoke(lab: Lab, arguments: argparse.Namespace) -> int:
    revocation = lab.revoke(arguments.name, arguments.reason, arguments.at, invalidity_date=arguments.invalidity_date)
    print_line(f"{arguments.name}: revoked since {_time(revocation.time)}, {revocation.reason}")
    say(f"{lab.entry(arguments.name).issuer} says so in its next CRL (tlslab ca crl), and by OCSP (tlslab ca ocsp)")
    return 0


def _unrevoke(lab: Lab, arguments: argparse.Namespace) -> int:
    lab.unrevoke(arguments.name)
    print_line(f"{arguments.name}: no longer on hold")
    return 0


def _revocations(lab: Lab, arguments: argparse.Namespace) -> int:
    names = [arguments.authority] if arguments.authority else [entry.name for entry in lab.authorities()]
    found = [(name, each) for name in names for each in lab.revocations(name)]
    if arguments.json:
        objects: list[JsonValue] = [_object(lab, name, each) for name, each in found]
        print_json({"format": 1, "lab": str(lab.file), "revocations": objects})
        return 0
    for name, each in found:
        called = lab.name_of(name, each.serial_number) or "(no longer in the lab)"
        print_line(f"{_time(each.time)}  {each.reason:20}  {each.serial_number:040x}  {called}, by {name}")
    if not found:
        say("nothing is revoked; `tlslab ca revoke NAME` revokes")
    return 0


def _object(lab: Lab, authority: str, revocation: Revocation) -> Json:
    invalid = revocation.invalidity_date
    return {
        "authority": authority,
        "name": lab.name_of(authority, revocation.serial_number),
        "serial_number": f"{revocation.serial_number:040x}",
        "time": _time(revocation.time),
        "reason": revocation.reason,
        "invalidity_date": None if invalid is None else _time(invalid),
    }


def _crl(lab: Lab, arguments: argparse.Namespace) -> int:
    from tlslab.lab.published import new_crl, new_delta_crl

    authority = arguments.authority or only_authority(lab, "name one")
    members = _members(arguments)
    if arguments.fault:
        if members or arguments.delta or arguments.indirect:
            raise UsageError("--fault makes the whole list: leave away what else it is to say")
        crl = lab.publish_crl(
            authority,
            lambda number, revocations: broken_crl(
                arguments.fault, lab.authority(authority), revocations, number=number
            ),
        )
    elif arguments.delta:
        if arguments.indirect:
            raise UsageError("--delta and --indirect do not go together: make a complete list")
        crl = new_delta_crl(lab, authority, **members)
    else:
        crl = new_crl(lab, authority, also=tuple(arguments.indirect or ()), **members)
    write_output(arguments, pem(crl, "X509 CRL") if arguments.pem else crl, text=arguments.pem)
    say(_told(authority, crl))
    return 0


def _members(arguments: argparse.Namespace) -> dict[str, Any]:
    """Arguments of `make_crl`, those that were given."""
    given = {
        "days": arguments.days,
        "this_update": arguments.this_update,
        "next_update": arguments.next_update,
        "number": arguments.number,
        "freshest_crl": arguments.freshest,
        "issuing_distribution_point": _point(arguments),
    }
    return {name: value for name, value in given.items() if value is not None}


def _point(arguments: argparse.Namespace) -> IssuingDistributionPoint | None:
    from tlslab.pki.revocation import reason_of

    if not (arguments.indirect or arguments.only or arguments.some_reasons or arguments.point):
        return None
    return IssuingDistributionPoint(
        tuple(arguments.point or ()),
        only_contains_user_certs=arguments.only == "user",
        only_contains_ca_certs=arguments.only == "ca",
        only_some_reasons=tuple(reason_of(reason) for reason in arguments.some_reasons or ()),
        indirect_crl=bool(arguments.indirect),
    )


def _told(authority: str, crl: bytes) -> str:
    from cryptography import x509

    read = x509.load_der_x509_crl(crl)
    end = read.next_update_utc
    until = f", until {_time(end)}" if end is not None else ""
    return f"CRL of {authority}: {len(read)} revoked, of {_time(read.last_update_utc)}{until}"


def _time(moment_: datetime) -> str:
    return f"{moment_:%Y-%m-%dT%H:%M:%SZ}"


ACTIONS = (
    Action(
        "revoke",
        _revoke,
        "take a certificate back",
        "tlslab ca revoke localhost --reason keyCompromise --at 2026-01-31",
        _configure_revoke,
    ),
    Action("unrevoke", _unrevoke, "take a certificate off hold", "tlslab ca unrevoke localhost", _configure_name),
    Action(
        "revocations",
        _revocations,
        "list what is revoked",
        "tlslab ca revocations issuing --json",
        _configure_revocations,
    ),
    Action("crl", _crl, "make the next revocation list of an authority", CRL_EXAMPLES, _configure_crl),
)
