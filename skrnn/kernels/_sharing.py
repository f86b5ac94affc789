"""Pieces of a recurrence shared out among threads that wait for them outside Python.

An update of a small network has work for other threads every half a millisecond. Waking a thread
that sleeps, and handing it Python's lock, takes about as long as that work. So *helpers* stay awake
for two milliseconds after their last piece, and learn of the next one by a number in memory that
all threads see: their *mailbox*.

A *job* is an array of int64 that says what to do: which pieces there are, how many have been begun,
and the arguments of the kernel. All who work on it take the next piece until none is left.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from functools import cache
from typing import Any

import numpy as np

from skrnn._threads import n_allowed_threads
from skrnn.kernels._chunk import backward_chunk
from skrnn.kernels._native import (
    SLOTS,
    address_of,
    array_1d,
    array_2d,
    array_3d,
    call,
    fetch_add,
    pause,
    put_array,
    read,
    swap,
    write,
)
from skrnn.kernels._product import compiled

__all__ = ["run_pieces"]

# Places of a job: pieces that have been begun, whether one has failed, how many there are, whether
# they are of the way back, the addresses of the kernel and of what calls it, the table of the
# pieces, and the arguments for either direction. The first stands alone in its cache line.
_N_BEGUN, _HAS_FAILED, _N_PIECES, _IS_BACK, _KERNEL, _WORK = 0, 8, 9, 10, 11, 12
_PIECES, _ARGUMENTS = 16, 24
_N_ARGUMENTS = 64
_JOB_SIZE = _ARGUMENTS + 2 * _N_ARGUMENTS

# Places of a mailbox, and what may stand in the first of them.
_STATE, _JOB, _IS_AWAKE, _MUST_STOP = 0, 8, 16, 24
_MAILBOX_SIZE = 32
_IDLE, _CLAIMED, _POSTED, _RUNNING, _DONE = 0, 1, 2, 3, 4

_MOST_HELPERS = 63
# How long a helper stays awake: longer than most updates of a small network take.
_AWAKE_SECONDS = 0.002
# Multiplications of a job that are worth a helper that is awake, and worth waking one.
_WORTH_SHARING = 200_000
_WORTH_WAKING = 8_000_000


# -- jobs --------------------------------------------------------------------------------


@compiled
def _put_forward(
    job: np.ndarray,
    place: int,
    x: np.ndarray,
    lengths: np.ndarray,
    mirrored: bool,
    weight_ih: np.ndarray,
    weight_hh: np.ndarray,
    inner_bias: np.ndarray,
    initial_state: np.ndarray,
    initial_cell: np.ndarray,
    keep: bool,
    outputs: np.ndarray,
    column: int,
    last_states: np.ndarray,
    last_cells: np.ndarray,
    rooms: np.ndarray,
) -> None:
    """Write down arguments of ``forward_chunk``, and the rooms of all pieces."""
    job[place], job[place + 1], job[place + 2] = mirrored, keep, column
    place = put_array(job, place + SLOTS, x)
    place = put_array(job, place, lengths)
    place = put_array(job, place, weight_ih)
    place = put_array(job, place, weight_hh)
    place = put_array(job, place, inner_bias)
    place = put_array(job, place, initial_state)
    place = put_array(job, place, initial_cell)
    place = put_array(job, place, outputs)
    place = put_array(job, place, last_states)
    place = put_array(job, place, last_cells)
    put_array(job, place, rooms)


@compiled
def _forward(job: np.ndarray, place: int, first: int, stop: int, number: int, like: Any) -> bool:
    arrays = place + SLOTS
    return call(
        job[_KERNEL],
        (
            array_3d(job, arrays, like),
            array_1d(job, arrays + SLOTS, job[0]),
            job[place] != 0,
            array_3d(job, arrays + 2 * SLOTS, like),
            array_3d(job, arrays + 3 * SLOTS, like),
            array_1d(job, arrays + 4 * SLOTS, like),
            array_2d(job, arrays + 5 * SLOTS, like),
            array_2d(job, arrays + 6 * SLOTS, like),
            job[place + 1] != 0,
            array_3d(job, arrays + 7 * SLOTS, like),
            job[place + 2],
            array_2d(job, arrays + 8 * SLOTS, like),
            array_2d(job, arrays + 9 * SLOTS, like),
            first,
            stop,
            array_2d(job, arrays + 10 * SLOTS, like)[number],
        ),
    )


@compiled
def _put_backward(
    job: np.ndarray,
    place: int,
    lengths: np.ndarray,
    mirrored: bool,
    weight_ih: np.ndarray,
    weight_hh: np.ndarray,
    n_features: int,
    d_outputs: np.ndarray,
    d_last_states: np.ndarray,
    column: int,
    d_last_cells: np.ndarray,
    d_x: np.ndarray,
    d_initial_state: np.ndarray,
    d_initial_cell: np.ndarray,
    rooms: np.ndarray,
    passing_rooms: np.ndarray,
) -> None:
    """Write down arguments of ``backward_chunk``, and the rooms of all pieces."""
    job[place], job[place + 1], job[place + 2] = mirrored, n_features, column
    place = put_array(job, place + SLOTS, lengths)
    place = put_array(job, place, weight_ih)
    place = put_array(job, place, weight_hh)
    place = put_array(job, place, d_outputs)
    place = put_array(job, place, d_last_states)
    place = put_array(job, place, d_last_cells)
    place = put_array(job, place, d_x)
    place = put_array(job, place, d_initial_state)
    place = put_array(job, place, d_initial_cell)
    place = put_array(job, place, rooms)
    put_array(job, place, passing_rooms)


@compiled
def _backward(job: np.ndarray, place: int, first: int, stop: int, number: int, like: Any) -> bool:
    arrays = place + SLOTS
    return call(
        job[_KERNEL],
        (
            array_1d(job, arrays, job[0]),
            job[place] != 0,
            array_3d(job, arrays + SLOTS, like),
            array_3d(job, arrays + 2 * SLOTS, like),
            job[place + 1],
            array_3d(job, arrays + 3 * SLOTS, like),
            array_2d(job, arrays + 4 * SLOTS, like),
            job[place + 2],
            array_2d(job, arrays + 5 * SLOTS, like),
            array_3d(job, arrays + 6 * SLOTS, like),
            array_2d(job, arrays + 7 * SLOTS, like),
            array_2d(job, arrays + 8 * SLOTS, like),
            first,
            stop,
            array_2d(job, arrays + 9 * SLOTS, like)[number],
            array_2d(job, arrays + 10 * SLOTS, like)[number],
        ),
    )


@compiled
def _work(job: np.ndarray, like: Any) -> None:
    """Do one piece after the other, until all have been begun."""
    pieces = array_2d(job, _PIECES, job[0])
    while True:
        number = fetch_add(job, _N_BEGUN)
        if number >= job[_N_PIECES]:
            return
        direction, first, stop = pieces[number]
        place = _ARGUMENTS + direction * _N_ARGUMENTS
        if job[_IS_BACK]:
            is_done = _backward(job, place, first, stop, number, like)
        else:
            is_done = _forward(job, place, first, stop, number, like)
        if not is_done:
            write(job, _HAS_FAILED, 1)


@compiled
def _work_in_float32(job: np.ndarray) -> None:
    _work(job, np.float32(0))


@compiled
def _work_in_float64(job: np.ndarray) -> None:
    _work(job, np.float64(0))


# -- threads -----------------------------------------------------------------------------


@compiled
def _share(job: np.ndarray, mailboxes: np.ndarray) -> None:
    """Work on a job together with those helpers that have none, and return when all is done."""
    asked = 0
    for helper in range(len(mailboxes)):
        if swap(mailboxes[helper], _STATE, _IDLE, _CLAIMED):
            put_array(mailboxes[helper], _JOB, job)
            write(mailboxes[helper], _STATE, _POSTED)
            asked |= 1 << helper
    call(job[_WORK], (job,))
    for helper in range(len(mailboxes)):
        # a helper that has not begun has nothing left to do.
        if asked >> helper & 1 and not swap(mailboxes[helper], _STATE, _POSTED, _IDLE):
            while read(mailboxes[helper], _STATE) != _DONE:
                pause()
            write(mailboxes[helper], _STATE, _IDLE)


@compiled
def _serve(mailbox: np.ndarray, n_looks: int) -> None:
    """Work on what comes until nothing has come for ``n_looks`` looks at the mailbox."""
    write(mailbox, _IS_AWAKE, 1)
    look = 0
    while look < n_looks and read(mailbox, _MUST_STOP) == 0:
        is_posted = read(mailbox, _STATE) == _POSTED
        if is_posted and swap(mailbox, _STATE, _POSTED, _RUNNING):
            job = array_1d(mailbox, _JOB, mailbox[0])
            call(job[_WORK], (job,))
            write(mailbox, _STATE, _DONE)
            look = 0
        else:
            look += 1
            pause()
    write(mailbox, _IS_AWAKE, 0)


class _Helpers:
    """Threads that work on the jobs of others."""

    def __init__(self) -> None:
        self._mailboxes = np.zeros((_MOST_HELPERS, _MAILBOX_SIZE), np.int64)
        self._alarms: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._asked_last = -np.inf

    def mailboxes(self, n_helpers: int, *, is_large: bool) -> np.ndarray:
        """Return the mailboxes of so many helpers, woken up if that pays."""
        n_helpers = min(n_helpers, _MOST_HELPERS)
        if len(self._threads) < n_helpers:
            with self._lock:
                while len(self._threads) < n_helpers:
                    self._start()
        now = time.perf_counter()
        if is_large or now - self._asked_last < _AWAKE_SECONDS:
            for helper in range(n_helpers):
                if not self._mailboxes[helper, _IS_AWAKE]:
                    self._alarms[helper].set()
        self._asked_last = now
        return self._mailboxes[:n_helpers]

    def _start(self) -> None:
        mailbox, alarm = self._mailboxes[len(self._threads)], threading.Event()
        n_looks = _looks_while_awake()

        def live() -> None:
            while not mailbox[_MUST_STOP]:
                _serve(mailbox, n_looks)
                alarm.wait()
                alarm.clear()

        thread = threading.Thread(target=live, name="skrnn-helper", daemon=True)
        thread.start()
        self._alarms.append(alarm)
        self._threads.append(thread)

    def stop(self) -> None:
        """End all threads: one that works while Python itself ends could take it down."""
        self._mailboxes[:, _MUST_STOP] = 1
        for alarm, thread in zip(self._alarms, self._threads, strict=True):
            alarm.set()
            thread.join()


@cache
def _looks_while_awake() -> int:
    """Return how often a helper of this machine looks at its mailbox before it goes to sleep."""
    mailbox, n_looks = np.zeros(_MAILBOX_SIZE, np.int64), 1000
    _serve(mailbox, 1)
    seconds = []
    # others may hold Python's lock when a call ends, or have the core.
    for _ in range(20):
        started = time.perf_counter()
        _serve(mailbox, n_looks)
        seconds.append(time.perf_counter() - started)
    return int(n_looks * _AWAKE_SECONDS / min(seconds))


_helpers = _Helpers()
# Where kernels and what calls them lie, by the kernel and the type of the numbers.
_addresses: dict[tuple[Any, str], tuple[int, int]] = {}


def _forget_helpers() -> None:
    # threads do not survive a fork.
    global _helpers
    _helpers = _Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
atexit.register(lambda: _helpers.stop())


def run_pieces(
    kernel: Any,
    arguments: list[tuple[Any, ...]],
    pieces: np.ndarray,
    rooms: tuple[np.ndarray, ...],
    n_products: int,
) -> None:
    """Call a kernel with every piece, in several threads if that pays.

    Parameters
    ----------
    kernel : callable
        ``forward_chunk`` or ``backward_chunk``.
    arguments : list of tuple
        For each direction, the kernel's arguments but for the last.
    pieces : ndarray of int64, shape (n_pieces, 3)
        Direction, first sample, and the one behind the last. Which piece is done by which thread
        has no effect, so they have to be cut by the shape of the work alone.
    rooms : tuple of ndarray of shape (n_pieces, size)
        The kernel's last arguments, a row for each piece.
    n_products : int
        Multiplications of all pieces together.
    """
    job = np.zeros(_JOB_SIZE, np.int64)
    key = kernel, rooms[0].dtype.char
    if key not in _addresses:
        work = _work_in_float32 if key[1] == "f" else _work_in_float64
        example = (*arguments[0], 0, 0, *(room[0] for room in rooms))
        _addresses[key] = address_of(kernel, example), address_of(work, (job,))
    job[_N_PIECES], job[_IS_BACK] = len(pieces), kernel is backward_chunk
    job[_KERNEL], job[_WORK] = _addresses[key]
    put_array(job, _PIECES, pieces)
    put = _put_backward if kernel is backward_chunk else _put_forward
    for direction, given in enumerate(arguments):
        put(job, _ARGUMENTS + direction * _N_ARGUMENTS, *given, *rooms)
    n_helpers = 0
    if n_products >= _WORTH_SHARING:
        n_helpers = max(0, min(n_allowed_threads(), len(pieces)) - 1)
    _share(job, _helpers.mailboxes(n_helpers, is_large=n_products >= _WORTH_WAKING))
    if job[_HAS_FAILED]:
        raise RuntimeError(
            "A compiled recurrence failed. Set SKRNN_FUSED=0 in the environment: torch's own "
            "recurrences then say what is wrong."
        )
