"""The package's own threads, which do pieces of work in parallel."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

__all__ = ["MIN_PRODUCTS_TO_WAKE", "for_each", "kernel_threads", "n_allowed_threads", "n_users"]

# Multiplications from which on waking a second thread saves time.
MIN_PRODUCTS_TO_WAKE = 8_000_000


class _ThreadPool:
    """A pool of threads, created when it is first needed, in a forked process a new one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._n_threads = 0
        self.allowed = threading.local()
        self.n_users = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        # threads do not survive a fork, and the lock may have been held.
        self.lock = threading.Lock()
        self._executor, self._n_threads, self.n_users = None, 0, 0

    def executor(self, n_threads: int) -> ThreadPoolExecutor:
        with self.lock:
            if self._executor is None or self._n_threads < n_threads:
                # a smaller one ends when the calls that use it have returned.
                self._executor = ThreadPoolExecutor(n_threads, "skrnn-kernel")
                self._n_threads = n_threads
            return self._executor


_pool = _ThreadPool()


@contextmanager
def kernel_threads(n_threads: int) -> Iterator[None]:
    """Let this thread use up to ``n_threads`` threads within the context; the default is one.

    Threads that are in such a context at the same time, like those of a search, share them.
    """
    before = getattr(_pool.allowed, "n_threads", 1)
    _pool.allowed.n_threads = n_threads
    with _pool.lock:
        _pool.n_users += 1
    try:
        yield
    finally:
        _pool.allowed.n_threads = before
        with _pool.lock:
            # a process that was forked within the context started to count at 0.
            _pool.n_users = max(0, _pool.n_users - 1)


def n_users() -> int:
    """Return how many threads are in a :func:`kernel_threads` context, at least 1."""
    return max(1, _pool.n_users)


def n_allowed_threads() -> int:
    """Return how many threads the calling thread may use, itself included."""
    return getattr(_pool.allowed, "n_threads", 1) // n_users()


def for_each(work: Callable[[Any], None], pieces: Sequence[Any], n_products: int) -> None:
    """Call ``work`` with every piece, in several threads if that saves time.

    Parameters
    ----------
    work : callable
        Called once with each piece. Calls must not write to the same memory.
    pieces : sequence
        Must depend on the shape of the work alone, as any thread may do any piece.
    n_products : int
        Number of multiplications in all pieces together.
    """
    n_threads = min(n_allowed_threads(), len(pieces))
    if n_threads < 2 or n_products < MIN_PRODUCTS_TO_WAKE:
        _work_through(work, pieces)
        return
    # the calling thread also takes a share: one thread fewer to wake.
    others = [
        _pool.executor(n_threads - 1).submit(_work_through, work, pieces[first::n_threads])
        for first in range(1, n_threads)
    ]
    try:
        _work_through(work, pieces[::n_threads])
    finally:
        for other in others:
            other.exception()
    for other in others:
        other.result()


def _work_through(work: Callable[[Any], None], pieces: Sequence[Any]) -> None:
    for piece in pieces:
        work(piece)
