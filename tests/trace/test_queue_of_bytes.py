"""Chunks in, units out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tlslab.trace.queue_of_bytes import ByteQueue


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=20), st.lists(st.integers(1, 13), max_size=40))
def test_units_are_the_stream_whatever_the_chunks(chunks: list[bytes], sizes: list[int]) -> None:
    queue: ByteQueue[int] = ByteQueue()
    stream = b"".join(chunks)
    for index, chunk in enumerate(chunks):
        queue.push(chunk, index)
    taken = 0
    for size in sizes:
        if size > queue.length:
            break
        assert queue.peek(size) == stream[taken : taken + size]
        data, pieces = queue.take(size)
        assert data == stream[taken : taken + size]
        assert b"".join(chunks[origin][start:end] for origin, start, end in pieces) == data
        taken += size
        assert queue.offset == taken
    assert queue.length == len(stream) - taken


def test_peek_gives_what_there_is_when_fewer_bytes_wait() -> None:
    queue: ByteQueue[None] = ByteQueue()
    queue.push(b"ab", None)
    assert queue.peek(5) == b"ab"
