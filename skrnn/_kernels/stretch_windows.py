"""The timesteps that one direction of a layer reads in a stretch, and copies from and to them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.product import compiled
from skrnn._kernels.running_pools import Pools, pool_step, pool_step_back
from skrnn._kernels.vectors import add_to, copy

__all__ = [
    "Span",
    "Window",
    "add_rows",
    "add_token_rows",
    "joined",
    "pool_window",
    "pool_window_back",
    "spans_of",
    "window_of",
]


class Window(NamedTuple):
    """Timesteps of the samples that reach a stretch, in the order in which they are read.

    Both directions read the same timesteps in a stretch, so that what reads both of them, such as
    the next layer, needs one stretch at a time. A window of several stretches has a row for each
    sample and stretch.
    """

    samples: np.ndarray  # int64, shape (n_rows,)
    steps: np.ndarray  # int64, shape (n_rows, n_steps): where they stand in the sequences
    lengths: np.ndarray  # int64, shape (n_rows,): how many of them are valid, 1 or more
    stretch: Stretch
    mirrored: bool  # whether sequences are read from their last timestep to their first
    units: slice  # the direction's columns in a state of both directions

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of the timesteps in an array of shape (n_samples, n_timesteps, ...)."""
        return self.samples[:, None], self.steps

    @property
    def entry(self) -> int:
        """The end of the stretch at which the direction begins to read it."""
        return self.stretch.stop if self.mirrored else self.stretch.first

    @property
    def exit(self) -> int:
        """The end of the stretch that the direction reaches."""
        return self.stretch.first if self.mirrored else self.stretch.stop

    def add_valid(self, rows: np.ndarray, first: int, out: np.ndarray) -> None:
        """Add the valid rows to ``out``, shape (n_samples, n_steps, ...), which begins at first."""
        valid = np.nonzero(np.arange(self.steps.shape[1]) < self.lengths[:, None])
        out[self.samples[valid[0]], self.steps[valid] - first] += rows[valid]


def window_of(lengths: np.ndarray, stretch: Stretch, direction: int, n_units: int) -> Window:
    """Return the window of a stretch; the timestep that is read last is repeated after its end."""
    samples = np.flatnonzero(lengths > stretch.first)
    valid = np.minimum(lengths[samples], stretch.stop) - stretch.first
    steps = np.minimum(np.arange(stretch.stop - stretch.first), valid[:, None] - 1)
    if direction == 1:
        steps = valid[:, None] - 1 - steps
    units = slice(direction * n_units, (direction + 1) * n_units)
    return Window(samples, stretch.first + steps, valid, stretch, direction == 1, units)


def joined(windows: list[Window]) -> Window:
    """Return one window of those of neighbouring stretches, of which the first is the longest."""
    if len(windows) == 1:
        return windows[0]
    first, steps = windows[0], [window.steps for window in windows]
    n_missing = first.steps.shape[1] - steps[-1].shape[1]
    if n_missing:
        steps[-1] = np.pad(steps[-1], ((0, 0), (0, n_missing)), "edge")
    return first._replace(
        samples=np.concatenate([window.samples for window in windows]),
        steps=np.concatenate(steps),
        lengths=np.concatenate([window.lengths for window in windows]),
        stretch=Stretch(first.stretch.first, windows[-1].stretch.stop),
    )


class Span(NamedTuple):
    """Neighbouring stretches that a direction reads one after the other."""

    window: Window
    stretches: list[Stretch]  # in the order in which they are read

    @property
    def entries(self) -> list[int]:
        """The ends at which the direction begins to read, one for each stretch."""
        return [self.window.entry, *self.ends[:-1]]

    @property
    def ends(self) -> list[int]:
        """The ends that the direction reaches, one for each stretch."""
        return [s.first if self.window.mirrored else s.stop for s in self.stretches]

    @property
    def steps_read(self) -> list[Stretch]:
        """The stretches, counted in the timesteps that the direction has read."""
        ends = np.cumsum([0, *(stretch.stop - stretch.first for stretch in self.stretches)])
        return [Stretch(int(first), int(stop)) for first, stop in pairwise(ends)]


def spans_of(lengths: np.ndarray, block: list[Stretch], direction: int, n_units: int) -> list[Span]:
    """Return a block as one span, or as one for each stretch if a sample ends within the block."""
    whole = Stretch(block[0].first, block[-1].stop)
    is_filled = (lengths[lengths > whole.first] >= whole.stop).all()
    parts = [block] if is_filled else [[stretch] for stretch in block]
    step = -1 if direction == 1 else 1
    return [
        Span(
            window_of(lengths, Stretch(part[0].first, part[-1].stop), direction, n_units),
            part[::step],
        )
        for part in parts[::step]
    ]


@compiled
def add_rows(
    rows: np.ndarray,
    samples: np.ndarray,
    steps: np.ndarray,
    lengths: np.ndarray,
    add: bool,
    out: np.ndarray,
) -> None:
    """Add the valid rows of a window to their places, or put them there.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_steps, at least width)
    samples, steps, lengths
        Those of a :class:`Window`.
    add : bool
    out : ndarray of shape (n_samples, n_timesteps, width)
    """
    for i in range(len(samples)):
        for k in range(lengths[i]):
            if add:
                add_to(rows[i, k][: out.shape[2]], out[samples[i], steps[i, k]])
            else:
                copy(rows[i, k], out[samples[i], steps[i, k]])


@compiled
def add_token_rows(rows: np.ndarray, ids: np.ndarray, lengths: np.ndarray, out: np.ndarray) -> None:
    """Add the valid rows of a window to those of all their tokens.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_steps, width)
    ids : ndarray of int64, shape (n_rows, n_steps, n_ids)
    lengths : ndarray of int64, shape (n_rows,)
    out : ndarray of shape (n_tokens, width)
    """
    for i in range(len(rows)):
        for k in range(lengths[i]):
            for number in range(ids.shape[2]):
                add_to(rows[i, k], out[ids[i, k, number]])


@compiled
def pool_window(
    states: np.ndarray,
    samples: np.ndarray,
    steps: np.ndarray,
    lengths: np.ndarray,
    column: int,
    mirrored: bool,
    from_last: bool,
    pools: Pools,
) -> None:
    """Add the valid states of a window to pools.

    Parameters
    ----------
    states : ndarray of shape (n_rows, n_steps, n_units)
    samples, steps, lengths
        Those of a :class:`Window`.
    column : int
        The direction's first column of the pools.
    mirrored : bool
        Of equally large states, whether the last one that is given counts.
    from_last : bool
        Whether to take the states from the last one to the first.
    pools : Pools
    """
    for i in range(len(samples)):
        for k in range(lengths[i]):
            j = lengths[i] - 1 - k if from_last else k
            pool_step(states[i, j], samples[i], steps[i, j], column, mirrored, pools)


@compiled
def pool_window_back(
    samples: np.ndarray,
    steps: np.ndarray,
    lengths: np.ndarray,
    column: int,
    d_pools: Pools,
    d_states: np.ndarray,
) -> None:
    """Add the gradients of pools to those of the states of a window."""
    for i in range(len(samples)):
        for k in range(lengths[i]):
            pool_step_back(d_states[i, k], samples[i], steps[i, k], column, d_pools)
