"""Chunks of samples worked on at the same time, in threads of the package's own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import torch

__all__ = ["chunks_of", "for_each_chunk", "kernel_threads"]

# Chunks have this many samples at most: fixed by the shape alone, so that sums over chunks have the
# same bits whatever the number of threads.
_CHUNK = 32
# Multiplications below which a second thread costs more than it saves.
_WORTH_A_THREAD = 8_000_000


class _Pool:
    """A pool of threads that is built when it is first needed, and anew in a forked process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._n_threads = 0
        self.allowed = threading.local()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        # threads do not survive a fork, and the lock may have been held.
        self._lock = threading.Lock()
        self._executor, self._n_threads = None, 0

    def executor(self, n_threads: int) -> ThreadPoolExecutor:
        with self._lock:
            if self._executor is None or self._n_threads < n_threads:
                # an older, smaller one ends when those who use it are done.
                self._executor = ThreadPoolExecutor(
                    n_threads, "skrnn-kernel", initializer=torch.set_num_threads, initargs=(1,)
                )
                self._n_threads = n_threads
            return self._executor


_pool = _Pool()


@contextmanager
def kernel_threads(n_threads: int) -> Iterator[None]:
    """Let work that this thread cuts into chunks use ``n_threads`` threads; else it uses one."""
    before = getattr(_pool.allowed, "n_threads", 1)
    _pool.allowed.n_threads = n_threads
    try:
        yield
    finally:
        _pool.allowed.n_threads = before


def for_each_chunk(work: Callable[[slice], None], n_rows: int, n_products: int) -> int:
    """Call ``work`` with slices that cut the rows into chunks, in several threads if that pays.

    Parameters
    ----------
    work : callable
        Must write to places of its own.
    n_rows : int
        A multiple of four.
    n_products : int
        Multiplications of all chunks together.

    Returns
    -------
    int
        How many chunks there were.
    """
    chunks = chunks_of(n_rows)
    allowed = getattr(_pool.allowed, "n_threads", 1)
    n_threads = min(allowed, len(chunks))
    if n_threads < 2 or n_products < _WORTH_A_THREAD:
        for chunk in chunks:
            work(chunk)
        return len(chunks)
    # this thread takes its part, too: one thread fewer to wake up.
    others = [
        _pool.executor(n_threads - 1).submit(_work_through, work, chunks[first::n_threads])
        for first in range(1, n_threads)
    ]
    try:
        _work_through(work, chunks[::n_threads])
    finally:
        for other in others:
            other.exception()
    for other in others:
        other.result()
    return len(chunks)


def _work_through(work: Callable[[slice], None], chunks: list[slice]) -> None:
    for chunk in chunks:
        work(chunk)


def chunks_of(n_rows: int) -> list[slice]:
    """Cut rows into chunks of nearly equal size, each a multiple of four rows."""
    n_chunks = -(-n_rows // _CHUNK)
    quarters = n_rows // 4
    ends = [4 * (quarters * number // n_chunks) for number in range(n_chunks + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]
