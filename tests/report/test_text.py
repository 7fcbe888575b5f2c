"""A connection as text: what somebody else wrote is shown, and obeyed by no terminal."""

from __future__ import annotations

from tests.wire.samples import recorded
from tlslab.report.text import ASCII, tree_lines
from tlslab.wire.messages import decode_handshake


def test_a_name_in_the_tree_that_a_terminal_would_obey_is_escaped() -> None:
    sample = next(sample for sample in recorded() if sample.type == "certificate")
    data = sample.data.replace(b"holdout.test", b"ho\n\x1b[2J.test")
    lines = list(tree_lines(decode_handshake(data, sample.context), ASCII))
    assert any("ho\\n\\x1b[2J.test" in line for line in lines)
    assert not any(sign in line for line in lines for sign in "\n\x1b")
