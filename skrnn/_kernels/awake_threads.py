"""Threads that stay awake for a moment, and take pieces of a job without Python.

An update of a small network has work for other threads every half a millisecond. Waking a sleeping
thread and passing it Python's interpreter lock takes about as long as that work. Threads called
*helpers* therefore stay awake for two milliseconds after their last piece. They are told of the
next job through numbers in shared memory, their *mailbox*.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from functools import cache

import numpy as np

from skrnn._kernels.jobs import HAS_FAILED, WORK, Job
from skrnn._kernels.native import (
    array_1d,
    call,
    flush_denormals,
    pause,
    put_array,
    read,
    restore_denormals,
    swap,
    write,
    yield_core,
)
from skrnn._kernels.product import compiled
from skrnn._kernels.threads import MIN_PRODUCTS_TO_WAKE, n_allowed_threads, n_users

__all__ = ["work_together"]

# Places in a mailbox, each in a cache line of its own, and the values of the first of them.
_STATE, _JOB, _IS_AWAKE, _MUST_STOP = 0, 8, 16, 24
_MAILBOX_SIZE = 32
_IDLE, _CLAIMED, _POSTED, _RUNNING, _DONE = 0, 1, 2, 3, 4

# The helpers that were asked are the bits of one number.
_MAX_HELPERS = 63
# How long a helper stays awake: longer than most updates of a small network take.
_AWAKE_SECONDS = 0.002
# A waiting thread offers its core to other threads after this many checks, some microseconds.
_CHECKS_PER_YIELD = 256
# Multiplications of a job from which on a helper that is awake saves time.
_MIN_PRODUCTS_TO_SHARE = 200_000


@compiled
def _wait(check: int) -> int:
    """Wait for an instant after check number ``check``; return the number of the next one."""
    if check % _CHECKS_PER_YIELD == _CHECKS_PER_YIELD - 1:
        yield_core()
    else:
        pause()
    return check + 1


@compiled
def _work(job: np.ndarray) -> None:
    before = flush_denormals()
    if not call(job[WORK], (job,)):
        write(job, HAS_FAILED, 1)
    restore_denormals(before)


@compiled
def _share(job: np.ndarray, mailboxes: np.ndarray, n_helpers: int) -> None:
    """Work on a job with up to ``n_helpers`` idle helpers; return when all pieces are done."""
    asked, n_asked = 0, 0
    for helper in range(len(mailboxes)):
        if n_asked < n_helpers and swap(mailboxes[helper], _STATE, _IDLE, _CLAIMED):
            put_array(mailboxes[helper], _JOB, job)
            write(mailboxes[helper], _STATE, _POSTED)
            asked |= 1 << helper
            n_asked += 1
    _work(job)
    for helper in range(len(mailboxes)):
        # a helper that has not begun is not needed any more.
        if asked >> helper & 1 and not swap(mailboxes[helper], _STATE, _POSTED, _IDLE):
            check = 0
            while read(mailboxes[helper], _STATE) != _DONE:
                check = _wait(check)
            write(mailboxes[helper], _STATE, _IDLE)


@compiled
def _serve(mailbox: np.ndarray, n_checks: int) -> None:
    """Work on posted jobs until ``n_checks`` checks of the mailbox in a row have found none."""
    write(mailbox, _IS_AWAKE, 1)
    check = 0
    while check < n_checks and read(mailbox, _MUST_STOP) == 0:
        is_posted = read(mailbox, _STATE) == _POSTED
        if is_posted and swap(mailbox, _STATE, _POSTED, _RUNNING):
            _work(array_1d(mailbox, _JOB, mailbox[0]))
            write(mailbox, _STATE, _DONE)
            check = 0
        else:
            check = _wait(check)
    write(mailbox, _IS_AWAKE, 0)


@cache
def _n_checks_while_awake() -> int:
    """Return how often a helper checks its mailbox before it goes to sleep, on this machine."""
    mailbox, n_checks = np.zeros(_MAILBOX_SIZE, np.int64), _CHECKS_PER_YIELD - 1

    def seconds(n_checks: int) -> float:
        started = time.perf_counter()
        _serve(mailbox, n_checks)
        return time.perf_counter() - started

    # the shortest of many: another thread may have the core, or the interpreter lock at the end.
    call_alone, with_checks = (min(map(seconds, [number] * 200)) for number in (0, n_checks))
    return int(n_checks * _AWAKE_SECONDS / max(with_checks - call_alone, 1e-8))


class _Helpers:
    """All helpers of a process."""

    def __init__(self) -> None:
        self._mailboxes = np.zeros((_MAX_HELPERS, _MAILBOX_SIZE), np.int64)
        self._alarms_and_threads: list[tuple[threading.Event, threading.Thread]] = []
        self._lock = threading.Lock()
        self._asked_last = -np.inf

    def share(self, job: Job, n_helpers: int, *, is_large: bool) -> None:
        """Work on a job with up to ``n_helpers`` helpers; wake them if that saves time."""
        # any helper may be asked: ours may be busy with the job of another caller.
        n_mailboxes = min(_MAX_HELPERS, n_helpers * n_users())
        self._start(n_mailboxes)
        now = time.perf_counter()
        if n_helpers and (is_large or now - self._asked_last < _AWAKE_SECONDS):
            self._wake(n_mailboxes)
        self._asked_last = now
        _share(job.numbers, self._mailboxes[:n_mailboxes], n_helpers)

    def _wake(self, n_mailboxes: int) -> None:
        for helper, (alarm, _) in enumerate(self._alarms_and_threads[:n_mailboxes]):
            if not self._mailboxes[helper, _IS_AWAKE]:
                alarm.set()

    def _start(self, n_helpers: int) -> None:
        if len(self._alarms_and_threads) >= n_helpers:
            return
        n_checks = _n_checks_while_awake()
        with self._lock:
            while len(self._alarms_and_threads) < n_helpers:
                mailbox, alarm = self._mailboxes[len(self._alarms_and_threads)], threading.Event()
                thread = threading.Thread(
                    target=_live,
                    args=(mailbox, alarm, n_checks),
                    name="skrnn-helper",
                    daemon=True,
                )
                # listed before it starts: Ctrl-C may arrive at any line, and a listed helper that
                # is not alive does no harm.
                self._alarms_and_threads.append((alarm, thread))
                try:
                    thread.start()
                except RuntimeError:
                    # the system allows no more threads, or the interpreter is shutting down.
                    return

    def stop(self) -> None:
        """End all threads: one that works while the interpreter shuts down could crash it."""
        self._mailboxes[:, _MUST_STOP] = 1
        for alarm, thread in list(self._alarms_and_threads):
            alarm.set()
            if thread.is_alive():
                thread.join()


def _live(mailbox: np.ndarray, alarm: threading.Event, n_checks: int) -> None:
    while not mailbox[_MUST_STOP]:
        _serve(mailbox, n_checks)
        alarm.wait()
        alarm.clear()


_helpers = _Helpers()


def _forget_helpers() -> None:
    # threads do not survive a fork.
    global _helpers
    _helpers = _Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
atexit.register(lambda: _helpers.stop())


def work_together(job: Job, n_products: int) -> None:
    """Do all pieces of a job, in several threads if that saves time.

    Parameters
    ----------
    job : Job
    n_products : int
        Number of multiplications in all pieces together.

    Raises
    ------
    RuntimeError
        If a piece has failed.
    """
    n_helpers = 0
    if n_products >= _MIN_PRODUCTS_TO_SHARE:
        n_helpers = max(0, min(n_allowed_threads(), job.n_pieces) - 1)
    _helpers.share(job, n_helpers, is_large=n_products >= MIN_PRODUCTS_TO_WAKE)
    job.check()
