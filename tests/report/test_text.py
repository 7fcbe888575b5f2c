"""A connection as text: what somebody else wrote is shown, and obeyed by no terminal."""

from __future__ import annotations

from tests.wire.samples import recorded
from tlslab.report.text import ASCII, MOST_PROBLEMS, conversation, tree_lines
from tlslab.trace.analyzer import analyze
from tlslab.trace.sniff import events_of_bytes
from tlslab.wire.messages import decode_handshake


def test_a_name_in_the_tree_that_a_terminal_would_obey_is_escaped() -> None:
    sample = next(sample for sample in recorded() if sample.type == "certificate")
    data = sample.data.replace(b"holdout.test", b"ho\n\x1b[2J.test")
    lines = list(tree_lines(decode_handshake(data, sample.context), ASCII))
    assert any("ho\\n\\x1b[2J.test" in line for line in lines)
    assert not any(sign in line for line in lines for sign in "\n\x1b")


def test_of_a_great_many_problems_some_are_told() -> None:
    """A hundred alerts, each with a level that there is not."""
    records = b"".join(b"\x15\x03\x03\x00\x02" + bytes((level, 40)) for level in range(3, 103))
    (connection,) = analyze(events_of_bytes(records)).connections
    lines = list(conversation(connection, ASCII))
    assert len([line for line in lines if line.startswith(f"  {ASCII.bad} message")]) == MOST_PROBLEMS
    assert f"  {ASCII.bad} and more: --json tells them all" in lines
