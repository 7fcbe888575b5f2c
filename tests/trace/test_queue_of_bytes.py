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
        pieces = queue.take(size)
        assert b"".join(chunks[origin][start:end] for origin, start, end in pieces) == stream[taken : taken + size]
        taken += size
        assert queue.offset == taken
    assert queue.length == len(stream) - taken


@given(st.lists(st.binary(min_size=2, max_size=9), min_size=1, max_size=20), st.data())
def test_the_first_chunk_may_be_partly_used_when_it_comes(chunks: list[bytes], data: st.DataObject) -> None:
    queue: ByteQueue[int] = ByteQueue()
    stream = b""
    for index, chunk in enumerate(chunks):
        used = 0
        if not queue.length:
            used = data.draw(st.integers(0, len(chunk)))
            queue.skip(used)
        queue.push(chunk, index, used)
        stream += chunk
        size = data.draw(st.integers(0, queue.length))
        at = queue.offset
        pieces = queue.take(size)
        assert b"".join(chunks[origin][start:end] for origin, start, end in pieces) == stream[at : at + size]
        assert queue.offset == at + size


def test_what_is_used_up_is_let_go() -> None:
    queue: ByteQueue[int] = ByteQueue()
    for index in range(10_000):
        queue.push(b"abc", index)
        if index % 2:
            queue.take(5)
    assert queue.length == 5000
    assert queue.take(5000)[-1] == (9999, 0, 3)


def test_peek_gives_what_there_is_when_fewer_bytes_wait() -> None:
    queue: ByteQueue[None] = ByteQueue()
    queue.push(b"ab", None)
    assert queue.peek(5) == b"ab"
