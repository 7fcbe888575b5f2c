"""The checks of SSL 3.0 that need the messages themselves and not their hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tlslab.keys import checks_ssl3, schedule_ssl3
from tlslab.trace.coverage import Coverage, Proof, numbered
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session

LABEL = "CLIENT_RANDOM"


def finished(session: Session, message: Message) -> Iterator[Proof]:
    """Both hashes of Finished, where the master secret is known (RFC 6101 §5.6.9)."""
    master, sender = session.master, message.sender
    covered = _covered(session)
    if master is not None:
        found = partial(_is_finished, master, message.data[4:20])
        behind = schedule_ssl3.behind_messages(master, sender)
        covered = replace(covered, hash_name="md5", holds=found, behind=behind)

    def compute() -> Iterator[Check]:
        if master is not None:
            made = checks_ssl3.check_finished_ssl3(sender, master, covered.joined(), message.data[4:])
            yield covered.told(made.sourced({"master_secret": LABEL}))

    yield Proof(message, compute, covered)


def certificate_verify(session: Session, message: Message) -> Iterator[Proof]:
    """The client's signature, which the master secret goes into (RFC 6101 §5.6.8)."""
    certificates = session.sides[message.sender].certificates
    # It comes before ChangeCipherSpec, which is when the key log is asked.
    master = session.master or session.given.keylog.lookup(session.client_random, LABEL)
    covered = _covered(session)

    def compute() -> Iterator[Check]:
        _, signature = facts.certificate_verify_facts(message.fields)
        if certificates and master is not None:
            made = checks_ssl3.check_certificate_verify_ssl3(certificates[0], master, covered.joined(), signature)
            yield covered.told(made.sourced({"master_secret": LABEL, "signature": numbered(message)}))

    yield Proof(message, compute, covered)


def _is_finished(master: bytes, md5_hash: bytes, inner: bytes) -> bool:
    """Whether the messages with that inner MD5 give the first half of Finished; the other half is over the same ones."""
    return schedule_ssl3.md5_hash(master, inner) == md5_hash


def _covered(session: Session) -> Coverage:
    return Coverage(session.transcript, len(session.transcript), session.covered, session.hash_name)
