"""A job: what several threads do together, written down as numbers.

A thread that does not hold Python's lock can be handed nothing but numbers. So a job is an array of
int64: which pieces there are, how many have been begun, where the kernel's machine code lies, and
its arguments, arrays among them as address and shape. All who work on a job take the next piece
until none is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import literal_unroll, types

from skrnn._kernels.chunk import backward_chunk, forward_chunk
from skrnn._kernels.native import (
    SLOTS,
    address_of,
    array_1d,
    array_2d,
    array_3d,
    call,
    fetch_add,
    put_array,
    write,
)
from skrnn._kernels.product import compiled

__all__ = ["HAS_FAILED", "JOB_SIZE", "WORK", "Job"]

# Places of a job: pieces that have been begun, whether one has failed, how many there are, whether
# they are of the way back, the addresses of the kernel and of what calls it, the table of the
# pieces, and the arguments for either direction. What changes lies 64 bytes from the rest.
_N_BEGUN, HAS_FAILED, _N_PIECES, _IS_BACK, _KERNEL, WORK = 0, 8, 9, 10, 11, 12
_PIECES, _ARGUMENTS = 16, 24
_N_ARGUMENTS = 64
JOB_SIZE = _ARGUMENTS + 2 * _N_ARGUMENTS


@compiled
def _put(job: np.ndarray, place: int, flags: Any, arrays: Any) -> None:
    """Write down three numbers, and where arrays lie, one after the other."""
    job[place], job[place + 1], job[place + 2] = flags
    place += SLOTS
    for array in literal_unroll(arrays):
        place = put_array(job, place, array)


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
            write(job, HAS_FAILED, 1)


@compiled
def _work_in_float32(job: np.ndarray) -> None:
    _work(job, np.float32(0))


@compiled
def _work_in_float64(job: np.ndarray) -> None:
    _work(job, np.float64(0))


def _signatures(real: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types that kernels are called with here, for numbers of type ``real``."""
    cube, matrix, vector = (types.Array(real, n_axes, "C") for n_axes in (3, 2, 1))
    integers, integer, flag = types.Array(types.int64, 1, "C"), types.int64, types.boolean
    of_forward = (
        *(cube, integers, flag, cube, cube, vector, matrix, matrix, flag),
        *(cube, integer, matrix, matrix, integer, integer, vector),
    )
    of_backward = (
        *(integers, flag, cube, cube, integer, cube, matrix, integer),
        *(matrix, cube, matrix, matrix, integer, integer, vector),
    )
    return {forward_chunk: of_forward, backward_chunk: of_backward}


# Addresses of a kernel and of what calls it, by the kernel and the type of its numbers.
_addresses: dict[tuple[Any, str], tuple[int, int]] = {}


def _addresses_of(kernel: Any, kind: str) -> tuple[int, int]:
    if (kernel, kind) not in _addresses:
        real, work = {
            "f": (types.float32, _work_in_float32),
            "d": (types.float64, _work_in_float64),
        }[kind]
        of_job = (types.Array(types.int64, 1, "C"),)
        _addresses[kernel, kind] = (
            address_of(kernel, _signatures(real)[kernel]),
            address_of(work, of_job),
        )
    return _addresses[kernel, kind]


class Job:
    """Calls of a kernel, one for each piece.

    Parameters
    ----------
    kernel : callable
        ``forward_chunk`` or ``backward_chunk``.
    arguments : list of tuple
        For each direction, three numbers and a tuple of the arrays, in the kernel's order but for
        the samples and the room. The numbers are ``mirrored``, ``keep`` or ``n_features``, and
        ``column``.
    pieces : ndarray of int64, shape (n_pieces, 3)
        Direction, first sample, and the one behind the last. Which piece is done by which thread
        has no effect, so they have to be cut by the shape of the work alone.
    rooms : ndarray of shape (n_pieces, size)
        The kernel's last argument, a row for each piece.

    Attributes
    ----------
    numbers : ndarray of int64, shape (JOB_SIZE,)
        What threads read.
    n_pieces : int
    """

    def __init__(
        self,
        kernel: Any,
        arguments: list[tuple[tuple[int, int, int], tuple[np.ndarray, ...]]],
        pieces: np.ndarray,
        rooms: np.ndarray,
    ) -> None:
        # numbers keep no array alive.
        self._kept = arguments, pieces, rooms
        self.n_pieces = len(pieces)
        self.numbers = numbers = np.zeros(JOB_SIZE, np.int64)
        is_back = kernel is backward_chunk
        numbers[_N_PIECES], numbers[_IS_BACK] = len(pieces), is_back
        numbers[_KERNEL], numbers[WORK] = _addresses_of(kernel, rooms.dtype.char)
        put_array(numbers, _PIECES, pieces)
        for direction, (flags, arrays) in enumerate(arguments):
            _put(numbers, _ARGUMENTS + direction * _N_ARGUMENTS, flags, (*arrays, rooms))

    def check(self) -> None:
        """Raise RuntimeError if a piece has failed, which is a fault of the package."""
        if self.numbers[HAS_FAILED]:
            raise RuntimeError(
                "A compiled recurrence failed. Set SKRNN_FUSED=0 in the environment: torch's own "
                "recurrences then say what is wrong."
            )
