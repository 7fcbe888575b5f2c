"""The trees of records, over every record of every recorded capture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from tests.trace.captures import CAPTURES
from tests.wire.samples import assert_laws
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.model import Record, Trace
from tlslab.wire.field import Field

ALL = sorted(path for path in CAPTURES.rglob("*.pcap*"))


def trace_of(path: Path) -> Trace:
    keys = path.with_suffix(".keys")
    keylog = parse_keylog(keys.read_bytes())[0] if keys.exists() else KeyLog()
    return analyze(read_capture(BytesIO(path.read_bytes())).events, keylog)


def records_of(path: Path) -> list[Record]:
    return [record for connection in trace_of(path).connections for record in connection.records]


def bytes_of(root: Field, name: str) -> bytes:
    found = next((field for field in root.walk() if field.name == name), None)
    return found.bytes if found is not None else b""


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_record_has_a_sound_tree_that_agrees_with_what_was_opened(path: Path) -> None:
    for record in records_of(path):
        root = record.fields
        assert_laws(root)
        assert root.data == record.wire.data
        assert root.problems() == []
        inner = record.inner_fields
        assert (inner is None) == (record.plain is None)
        if inner is None or record.plain is None:
            continue
        assert_laws(inner)
        assert bytes_of(inner, "content") == record.plain.data[: record.content_length]
        assert len(bytes_of(root, "nonce_explicit")) == record.nonce_length
        # The MAC stands outside or inside, never both.
        assert len(bytes_of(root, "tag")) + len(bytes_of(inner, "MAC")) == record.tag_length
        assert len(bytes_of(inner, "zeros") + bytes_of(inner, "padding")) == record.padding_length


def test_the_type_inside_a_tls13_record_is_the_true_one() -> None:
    records = records_of(CAPTURES / "o01-tls13-1rtt-alpn.pcapng")
    opened = [record for record in records if record.inner_fields is not None]
    assert opened
    assert [record.inner_fields.child("type").value for record in opened] == [r.inner_type for r in opened]  # type: ignore[union-attr]
