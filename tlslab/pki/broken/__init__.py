"""Broken certificates: 142 conditions as data, and each of them made when it is asked for.

    from tlslab.pki.broken import conditions, specimen

    made = specimen("expired-leaf")
    made.server.certificates[0].der, made.client.trusts[0].der, made.host

What is wrong with them is in `resources/catalogue`; what OpenSSL says of them `lab.catalogue` finds out.
"""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from tlslab.pki.broken.chain import Made
from tlslab.pki.broken.conditions import Condition, NoSuchCondition, Side, condition, conditions
from tlslab.pki.broken.specimen import Peer, Specimen, specimen

__all__ = [
    "Condition",
    "Made",
    "NoSuchCondition",
    "Peer",
    "Side",
    "Specimen",
    "condition",
    "conditions",
    "specimen",
]
