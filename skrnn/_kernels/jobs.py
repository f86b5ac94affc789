"""Work that several threads share, described by numbers.

A thread that does not hold Python's interpreter lock can be handed nothing but numbers. A job is
therefore an array of int64. It holds the pieces, how many of them have been begun, the address of
the kernel's machine code, and its arguments: arrays as address and shape. Every thread that works
on a job takes the next piece until none is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import literal_unroll, types

from skrnn._kernels.chunk import (
    BackwardWeights,
    Chunk,
    ForwardWeights,
    Results,
    Sequences,
    States,
    Stretch,
    backward_chunk,
    forward_chunk,
)
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
from skrnn._kernels.running_pools import Pools

__all__ = ["HAS_FAILED", "JOB_SIZE", "WORK", "Job"]

# Places in a job. What changes lies 64 bytes, a cache line, away from the rest.
_N_BEGUN = 0  # pieces that a thread has begun
HAS_FAILED = 8  # whether a piece has failed
_N_PIECES = 9
_IS_BACKWARD = 10
_KERNEL = 11  # address of the kernel
WORK = 12  # address of the function that calls the kernel for one piece after another
_FIRST, _STOP = 13, 14  # the stretch of timesteps
_PIECES = 16  # the table of the pieces
_ARGUMENTS = 24  # the arguments of the forward direction, then those of the backward direction
_N_ARGUMENTS = 96
JOB_SIZE = _ARGUMENTS + 2 * _N_ARGUMENTS

# Places in the arguments of a direction: three numbers, then arrays.
_MIRRORED, _COLUMN, _KEEP = 0, 1, 2


@compiled
def _put(job: np.ndarray, place: int, flags: Any, arrays: Any) -> None:
    """Write three numbers, then the addresses and shapes of arrays, from ``place`` on."""
    job[place], job[place + 1], job[place + 2] = flags
    place += SLOTS
    for array in literal_unroll(arrays):
        place = put_array(job, place, array)


@compiled
def _sequences(job: np.ndarray, place: int, like: Any) -> Sequences:
    arrays = place + SLOTS
    return Sequences(
        array_3d(job, arrays, like),
        array_1d(job, arrays + SLOTS, job[0]),
        job[place + _MIRRORED] != 0,
    )


@compiled
def _results(job: np.ndarray, place: int, column: int, like: Any) -> Results:
    return Results(
        array_3d(job, place, like),
        array_2d(job, place + SLOTS, like),
        array_2d(job, place + 2 * SLOTS, like),
        column,
    )


@compiled
def _states(job: np.ndarray, place: int, like: Any) -> States:
    return States(array_2d(job, place, like), array_2d(job, place + SLOTS, like))


@compiled
def _pools(job: np.ndarray, place: int, like: Any) -> Pools:
    return Pools(
        array_2d(job, place, like),
        array_2d(job, place + SLOTS, like),
        array_2d(job, place + 2 * SLOTS, np.int32(0)),
    )


@compiled
def _forward(job: np.ndarray, place: int, chunk: Chunk, number: int, like: Any) -> bool:
    # the arrays of each argument follow those of the one before it.
    weights = place + 3 * SLOTS
    before = weights + 3 * SLOTS
    results = before + 2 * SLOTS
    workspaces = results + 3 * SLOTS
    pools = workspaces + SLOTS
    after = pools + 3 * SLOTS
    return call(
        job[_KERNEL],
        (
            _sequences(job, place, like),
            ForwardWeights(
                array_3d(job, weights, like),
                array_3d(job, weights + SLOTS, like),
                array_1d(job, weights + 2 * SLOTS, like),
            ),
            _states(job, before, like),
            _results(job, results, job[place + _COLUMN], like),
            _pools(job, pools, like),
            _states(job, after, like),
            chunk,
            Stretch(job[_FIRST], job[_STOP]),
            job[place + _KEEP] != 0,
            array_2d(job, workspaces, like)[number],
        ),
    )


@compiled
def _backward(job: np.ndarray, place: int, chunk: Chunk, number: int, like: Any) -> bool:
    weights = place + 3 * SLOTS
    d_results = weights + 2 * SLOTS
    d_x = d_results + 3 * SLOTS
    d_before = d_x + SLOTS
    workspaces = d_before + 2 * SLOTS
    d_pools = workspaces + SLOTS
    d_after = d_pools + 3 * SLOTS
    return call(
        job[_KERNEL],
        (
            _sequences(job, place, like),
            BackwardWeights(array_3d(job, weights, like), array_3d(job, weights + SLOTS, like)),
            _results(job, d_results, job[place + _COLUMN], like),
            array_3d(job, d_x, like),
            _states(job, d_before, like),
            _pools(job, d_pools, like),
            _states(job, d_after, like),
            chunk,
            Stretch(job[_FIRST], job[_STOP]),
            array_2d(job, workspaces, like)[number],
        ),
    )


@compiled
def _work(job: np.ndarray, like: Any) -> None:
    """Do one piece after another, until all have been begun."""
    pieces = array_2d(job, _PIECES, job[0])
    while True:
        number = fetch_add(job, _N_BEGUN)
        if number >= job[_N_PIECES]:
            return
        direction, first, stop = pieces[number]
        place, chunk = _ARGUMENTS + direction * _N_ARGUMENTS, Chunk(first, stop)
        if job[_IS_BACKWARD]:
            is_done = _backward(job, place, chunk, number, like)
        else:
            is_done = _forward(job, place, chunk, number, like)
        if not is_done:
            write(job, HAS_FAILED, 1)


@compiled
def _work_in_float32(job: np.ndarray) -> None:
    _work(job, np.float32(0))


@compiled
def _work_in_float64(job: np.ndarray) -> None:
    _work(job, np.float64(0))


def _signatures(real: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the kernels' arguments here, for numbers of type ``real``."""
    array_3d, array_2d, array_1d = (types.Array(real, n_axes, "C") for n_axes in (3, 2, 1))
    integers, integer, flag = types.Array(types.int64, 1, "C"), types.int64, types.boolean
    sequences = types.NamedTuple((array_3d, integers, flag), Sequences)
    forward_weights = types.NamedTuple((array_3d, array_3d, array_1d), ForwardWeights)
    backward_weights = types.NamedUniTuple(array_3d, 2, BackwardWeights)
    states = types.NamedUniTuple(array_2d, 2, States)
    results = types.NamedTuple((array_3d, array_2d, array_2d, integer), Results)
    pools = types.NamedTuple((array_2d, array_2d, types.Array(types.int32, 2, "C")), Pools)
    chunk = types.NamedUniTuple(integer, 2, Chunk)
    stretch = types.NamedUniTuple(integer, 2, Stretch)
    forward = (sequences, forward_weights, states, results, pools, states)
    backward = (sequences, backward_weights, results, array_3d, states, pools, states)
    return {
        forward_chunk: (*forward, chunk, stretch, flag, array_1d),
        backward_chunk: (*backward, chunk, stretch, array_1d),
    }


# Addresses of a kernel and of the function that calls it, by the kernel and a dtype's character.
_addresses: dict[tuple[Any, str], tuple[int, int]] = {}


def _addresses_of(kernel: Any, character: str) -> tuple[int, int]:
    if (kernel, character) not in _addresses:
        real, work = {
            "f": (types.float32, _work_in_float32),
            "d": (types.float64, _work_in_float64),
        }[character]
        job = types.Array(types.int64, 1, "C")
        _addresses[kernel, character] = (
            address_of(kernel, _signatures(real)[kernel]),
            address_of(work, (job,)),
        )
    return _addresses[kernel, character]


class Job:
    """Calls of a kernel, one for each piece.

    Parameters
    ----------
    kernel : callable
        ``forward_chunk`` or ``backward_chunk``.
    arguments : list of tuple
        For each direction, the kernel's arguments in its order, without those that follow here.
        Their arrays must be contiguous.
    pieces : ndarray of int64, shape (n_pieces, 3)
        Direction, first sample, and the sample after the last. They must depend on the shape of
        the work alone, as any thread may do any piece.
    stretch : Stretch
        The timesteps to run over.
    workspaces : ndarray of shape (n_pieces, size)
        The kernel's last argument, a row for each piece.
    pools : Pools or None
        The argument ``pools`` or ``d_pools`` of each direction; None stands for no rows.
    after : list of States, or None
        For each direction, the argument ``after`` or ``d_after``; None stands for no rows.
    keep : bool, default=False
        The argument of ``forward_chunk``.

    Attributes
    ----------
    numbers : ndarray of int64, shape (JOB_SIZE,)
        What threads read.
    n_pieces : int
    """

    def __init__(
        self,
        kernel: Any,
        arguments: list[tuple[Any, ...]],
        pieces: np.ndarray,
        stretch: Stretch,
        workspaces: np.ndarray,
        *,
        pools: Pools | None = None,
        after: list[States] | None = None,
        keep: bool = False,
    ) -> None:
        # addresses do not keep an array alive.
        self._arrays = arguments, pieces, workspaces, pools, after
        self.n_pieces = len(pieces)
        self.numbers = numbers = np.zeros(JOB_SIZE, np.int64)
        numbers[_N_PIECES], numbers[_IS_BACKWARD] = len(pieces), kernel is backward_chunk
        numbers[_FIRST], numbers[_STOP] = stretch
        numbers[_KERNEL], numbers[WORK] = _addresses_of(kernel, workspaces.dtype.char)
        put_array(numbers, _PIECES, pieces)
        for direction, of_direction in enumerate(arguments):
            place = _ARGUMENTS + direction * _N_ARGUMENTS
            flags, arrays = _flags_and_arrays(of_direction, keep)
            _put(numbers, place, flags, (*arrays, workspaces))
            place += (2 + len(arrays)) * SLOTS
            # what is not written is an array without rows.
            if pools is not None:
                _put_each(numbers, place, pools)
            if after is not None:
                _put_each(numbers, place + 3 * SLOTS, after[direction])

    def check(self) -> None:
        """Raise RuntimeError if a piece has failed, which is a bug of the package."""
        if self.numbers[HAS_FAILED]:
            raise RuntimeError(
                "A compiled recurrence failed. Set SKRNN_FUSED=0 in the environment: torch's own "
                "recurrences then say what is wrong."
            )


def _put_each(numbers: np.ndarray, place: int, arrays: tuple[np.ndarray, ...]) -> None:
    for array in arrays:
        place = put_array(numbers, place, array)


def _flags_and_arrays(
    arguments: tuple[Any, ...], keep: bool
) -> tuple[tuple[int, int, int], list[np.ndarray]]:
    """Return ``mirrored``, ``column`` and ``keep``, and all arrays in the kernel's order."""
    groups = [part if isinstance(part, tuple) else (part,) for part in arguments]
    parts = [part for group in groups for part in group]
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    mirrored, column = (int(part) for part in parts if not isinstance(part, np.ndarray))
    return (mirrored, column, int(keep)), arrays
