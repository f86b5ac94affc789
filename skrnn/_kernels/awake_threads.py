"""Threads that stay awake for a moment, and take pieces of a job without Python.

An update of a small network has work for other threads every half a millisecond. Waking a thread
that sleeps, and handing it Python's lock, takes about as long as that work. So *helpers* stay awake
for two milliseconds after their last piece, and learn of the next job by a number in memory that
all threads see: their *mailbox*.
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
from skrnn._kernels.threads import WORTH_A_THREAD, n_allowed_threads, n_users

__all__ = ["work_together"]

# Places of a mailbox, 64 bytes apart, and what may stand in the first of them.
_STATE, _JOB, _IS_AWAKE, _MUST_STOP = 0, 8, 16, 24
_MAILBOX_SIZE = 32
_IDLE, _CLAIMED, _POSTED, _RUNNING, _DONE = 0, 1, 2, 3, 4

# Bits of a number say which helpers were asked.
_MOST_HELPERS = 63
# How long a helper stays awake: longer than most updates of a small network take.
_AWAKE_SECONDS = 0.002
# After so many looks a thread that waits lets others have its core: some microseconds.
_LOOKS_AT_ONCE = 256
# Multiplications of a job that are worth a helper that is awake.
_WORTH_SHARING = 200_000


@compiled
def _wait(look: int) -> int:
    """Wait for an instant; return the number of looks after it."""
    if look % _LOOKS_AT_ONCE == _LOOKS_AT_ONCE - 1:
        yield_core()
    else:
        pause()
    return look + 1


@compiled
def _work(job: np.ndarray) -> None:
    before = flush_denormals()
    if not call(job[WORK], (job,)):
        write(job, HAS_FAILED, 1)
    restore_denormals(before)


@compiled
def _share(job: np.ndarray, mailboxes: np.ndarray, n_helpers: int) -> None:
    """Work on a job, with the help of those that have no other, and return when all is done."""
    asked, n_asked = 0, 0
    for helper in range(len(mailboxes)):
        if n_asked < n_helpers and swap(mailboxes[helper], _STATE, _IDLE, _CLAIMED):
            put_array(mailboxes[helper], _JOB, job)
            write(mailboxes[helper], _STATE, _POSTED)
            asked |= 1 << helper
            n_asked += 1
    _work(job)
    for helper in range(len(mailboxes)):
        # a helper that has not begun has nothing left to do.
        if asked >> helper & 1 and not swap(mailboxes[helper], _STATE, _POSTED, _IDLE):
            look = 0
            while read(mailboxes[helper], _STATE) != _DONE:
                look = _wait(look)
            write(mailboxes[helper], _STATE, _IDLE)


@compiled
def _serve(mailbox: np.ndarray, n_looks: int) -> None:
    """Work on what comes until nothing has come for ``n_looks`` looks at the mailbox."""
    write(mailbox, _IS_AWAKE, 1)
    look = 0
    while look < n_looks and read(mailbox, _MUST_STOP) == 0:
        is_posted = read(mailbox, _STATE) == _POSTED
        if is_posted and swap(mailbox, _STATE, _POSTED, _RUNNING):
            _work(array_1d(mailbox, _JOB, mailbox[0]))
            write(mailbox, _STATE, _DONE)
            look = 0
        else:
            look = _wait(look)
    write(mailbox, _IS_AWAKE, 0)


@cache
def _looks_while_awake() -> int:
    """Return how often a helper of this machine looks at its mailbox before it goes to sleep."""
    mailbox, n_looks = np.zeros(_MAILBOX_SIZE, np.int64), _LOOKS_AT_ONCE - 1

    def seconds(n_looks: int) -> float:
        started = time.perf_counter()
        _serve(mailbox, n_looks)
        return time.perf_counter() - started

    # the shortest of many: others may have Python's lock when a call ends, or the core.
    own, with_looks = (min(map(seconds, [number] * 200)) for number in (0, n_looks))
    return int(n_looks * _AWAKE_SECONDS / max(with_looks - own, 1e-8))


class _Helpers:
    """All helpers of a process."""

    def __init__(self) -> None:
        self._mailboxes = np.zeros((_MOST_HELPERS, _MAILBOX_SIZE), np.int64)
        self._alarms_and_threads: list[tuple[threading.Event, threading.Thread]] = []
        self._lock = threading.Lock()
        self._asked_last = -np.inf

    def share(self, job: Job, n_helpers: int, *, is_large: bool) -> None:
        """Work on a job with up to ``n_helpers`` helpers, that are woken up if that pays."""
        # those of other callers may be free, or ours be taken.
        n_mailboxes = min(_MOST_HELPERS, n_helpers * n_users())
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
        n_looks = _looks_while_awake()
        with self._lock:
            while len(self._alarms_and_threads) < n_helpers:
                mailbox, alarm = self._mailboxes[len(self._alarms_and_threads)], threading.Event()
                thread = threading.Thread(
                    target=_live,
                    args=(mailbox, alarm, n_looks),
                    name="skrnn-helper",
                    daemon=True,
                )
                # Ctrl-C may come at any line: one that is listed and not alive is missed by nobody.
                self._alarms_and_threads.append((alarm, thread))
                try:
                    thread.start()
                except RuntimeError:
                    # the system has no more threads, or Python is about to end.
                    return

    def stop(self) -> None:
        """End all threads: one that works while Python itself ends could take it down."""
        self._mailboxes[:, _MUST_STOP] = 1
        for alarm, thread in list(self._alarms_and_threads):
            alarm.set()
            if thread.is_alive():
                thread.join()


def _live(mailbox: np.ndarray, alarm: threading.Event, n_looks: int) -> None:
    while not mailbox[_MUST_STOP]:
        _serve(mailbox, n_looks)
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
    """Do all pieces of a job, in several threads if that pays.

    Parameters
    ----------
    job : Job
    n_products : int
        Multiplications of all pieces together.

    Raises
    ------
    RuntimeError
        If a piece has failed.
    """
    n_helpers = 0
    if n_products >= _WORTH_SHARING:
        n_helpers = max(0, min(n_allowed_threads(), job.n_pieces) - 1)
    _helpers.share(job, n_helpers, is_large=n_products >= WORTH_A_THREAD)
    job.check()
