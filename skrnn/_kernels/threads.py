"""Pieces of work done at the same time, in threads of the package's own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

__all__ = ["WORTH_A_THREAD", "for_each", "kernel_threads", "n_allowed_threads", "n_users"]

# Multiplications below which waking a second thread costs more than it saves.
WORTH_A_THREAD = 8_000_000


class _Pool:
    """A pool of threads that is built when it is first needed, and anew in a forked process."""

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
                # an older, smaller one ends when those who use it are done.
                self._executor = ThreadPoolExecutor(n_threads, "skrnn-kernel")
                self._n_threads = n_threads
            return self._executor


_pool = _Pool()


@contextmanager
def kernel_threads(n_threads: int) -> Iterator[None]:
    """Let work that this thread cuts into pieces use ``n_threads`` threads; else it uses one.

    Threads that do this at the same time, as those of a search do, share them.
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
            # a process that was forked inside began to count at 0.
            _pool.n_users = max(0, _pool.n_users - 1)


def n_users() -> int:
    """Return how many threads share out work at this moment, this one among them."""
    return max(1, _pool.n_users)


def n_allowed_threads() -> int:
    """Return how many threads this one may use, itself among them."""
    return getattr(_pool.allowed, "n_threads", 1) // n_users()


def for_each(work: Callable[[Any], None], pieces: Sequence[Any], n_products: int) -> None:
    """Call ``work`` with every piece, in several threads if that pays.

    Parameters
    ----------
    work : callable
        Must write to places of its own.
    pieces : sequence
        What ``work`` is called with, once each. Which piece is done by which thread has no effect,
        so they have to be cut by the shape of the work alone.
    n_products : int
        Multiplications of all pieces together.
    """
    n_threads = min(n_allowed_threads(), len(pieces))
    if n_threads < 2 or n_products < WORTH_A_THREAD:
        _work_through(work, pieces)
        return
    # this thread takes its part, too: one thread fewer to wake up.
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
