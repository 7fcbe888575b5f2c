"""Path validation that gives every reason, on bytes: malformed certificates are judged like others.

No I/O: resources aside, bytes in and facts out. What OpenSSL and others say of the same chain is in `engines`.
"""

from __future__ import annotations

from tlslab.pki.verify.judge import judge, validate
from tlslab.pki.verify.model import Candidate, Check, Judgement, Path, Purpose, Question, Reason, Settings, question

__all__ = [
    "Candidate",
    "Check",
    "Judgement",
    "Path",
    "Purpose",
    "Question",
    "Reason",
    "Settings",
    "judge",
    "question",
    "validate",
]
