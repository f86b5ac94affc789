"""One layer's run over a batch: cut into chunks of samples, forward and back."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.awake_threads import work_together
from skrnn._kernels.buffers import empty, zeros
from skrnn._kernels.chunk import BLOCK, backward_chunk, forward_chunk, kept_size, passing_size
from skrnn._kernels.jobs import Job
from skrnn._kernels.packing import pack_backward, pack_forward, pack_inputs, unpack
from skrnn._kernels.product import padded_width
from skrnn._kernels.torch_recurrence import N_GATES

__all__ = ["LayerRun", "check_lengths", "chunks_of"]

_WEIGHT_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

# Chunks have this many samples at most, and a lonely one is cut in two from this many on.
_CHUNK = 32
_WORTH_CUTTING = 16


def chunks_of(n_samples: int, n_directions: int) -> list[slice]:
    """Cut samples into chunks of nearly equal size, by their number alone.

    So sums over chunks have the same bits whatever the number of threads.
    """
    n_chunks = -(-n_samples // _CHUNK)
    if n_chunks * n_directions == 1 and n_samples >= _WORTH_CUTTING:
        n_chunks = 2
    eighths = -(-n_samples // 8)
    ends = [8 * (eighths * number // n_chunks) for number in range(n_chunks)]
    return [slice(start, stop) for start, stop in pairwise([*ends, n_samples])]


@lru_cache(maxsize=256)
def _pieces(n_samples: int, n_directions: int) -> tuple[np.ndarray, int, int]:
    """Return direction, first sample and the one behind the last of all pieces.

    Also how many chunks a direction has, and the samples of the largest.
    """
    chunks = chunks_of(n_samples, n_directions)
    pieces = [(d, chunk.start, chunk.stop) for d in range(n_directions) for chunk in chunks]
    return np.array(pieces), len(chunks), max(chunk.stop - chunk.start for chunk in chunks)


@lru_cache(maxsize=256)
def _full_lengths(n_samples: int, n_timesteps: int) -> np.ndarray:
    """Return the lengths of samples that are all of one length; nobody may change them."""
    return np.full(n_samples, n_timesteps)


def check_lengths(lengths: Tensor | None, n_samples: int, n_timesteps: int) -> None:
    """Refuse lengths that would make a kernel read what is not there."""
    if lengths is None:
        return
    if lengths.shape != (n_samples,) or lengths.dtype != torch.int64:
        raise ValueError(
            f"lengths: got shape {tuple(lengths.shape)} of {lengths.dtype}. Expected "
            f"({n_samples},) of torch.int64, one for each sample."
        )
    shortest, longest = int(lengths.min()), int(lengths.max())
    if shortest < 1 or longest > n_timesteps:
        raise ValueError(
            f"lengths: got numbers from {shortest} to {longest}. Expected numbers from 1 to "
            f"{n_timesteps}, the timesteps that x has."
        )


def _check(cell: str, x: Tensor, lengths: Tensor | None, directions: list[Any], state: Any) -> None:
    """Refuse shapes that would make a kernel read what is not there."""
    n_samples, n_timesteps, n_features = x.shape
    check_lengths(lengths, n_samples, n_timesteps)
    n_units = directions[0][1].shape[1]
    n_rows = N_GATES[cell] * n_units
    expected = [(n_rows, n_features), (n_rows, n_units), (n_rows,), (n_rows,)]
    for weights in directions:
        for name, weight, shape in zip(_WEIGHT_NAMES, weights, expected, strict=True):
            if weight.dtype != x.dtype:
                raise ValueError(
                    f"{name}: got {weight.dtype}, while x is {x.dtype}. Expected one type for both."
                )
            if weight.shape != shape:
                raise ValueError(
                    f"{name}: got shape {tuple(weight.shape)}, while x has shape {tuple(x.shape)}. "
                    f"Expected {shape} for a layer of {n_units} units that reads {n_features} "
                    "features. Pass inputs with as many features as the layer was made for."
                )
    for part in state:
        if part.shape != (n_samples, n_units) or part.dtype != x.dtype:
            raise ValueError(
                f"state: got shape {tuple(part.shape)} of {part.dtype}. Expected "
                f"({n_samples}, {n_units}) of {x.dtype}, a row for each sample."
            )


class LayerRun:
    """Runs a layer forward, and back with what it kept.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    x : Tensor of shape (n_samples, n_timesteps, n_features)
        Inputs.
    lengths : Tensor of int64, shape (n_samples,), or None
        Valid timesteps of each sample; None when all are ``n_timesteps`` long.
    directions : list of sequence of Tensor
        weight_ih, weight_hh, bias_ih and bias_hh of one direction or of two.
    state : sequence of Tensor of shape (n_samples, n_units)
        Initial hidden state and, for an LSTM, cell state of the forward direction; empty for
        zeros.
    """

    def __init__(
        self,
        cell: str,
        x: Tensor,
        lengths: Tensor | None,
        directions: list[Any],
        state: tuple[Tensor, ...],
    ) -> None:
        _check(cell, x, lengths, directions, state)
        self.n_gates = N_GATES[cell]
        self.x = x.detach().contiguous().numpy()
        n_samples, n_timesteps, self.n_features = self.x.shape
        self.is_ragged = lengths is not None
        if lengths is None:
            self.lengths = _full_lengths(n_samples, n_timesteps)
        else:
            self.lengths = lengths.detach().contiguous().numpy()
        self.directions = [[one.detach().numpy() for one in weights] for weights in directions]
        self.n_units = self.directions[0][1].shape[1]
        self.width = padded_width(self.n_units, self.x.itemsize)
        self.input_width = padded_width(self.n_features, self.x.itemsize)
        # no rows stand for zeros, or for what is not wanted.
        self.nothing = np.empty((0, 0), self.x.dtype)
        initial = [part.detach().contiguous().numpy() for part in state]
        self.n_initial = len(initial)
        self.initial = [*initial, self.nothing, self.nothing][:2]
        # rooms of ways forward that no way back has taken
        self.kept: list[np.ndarray] = []
        self.pieces, self.n_chunks, self.largest = _pieces(n_samples, len(directions))
        per_step = self.n_gates * self.n_units * (self.n_units + self.n_features)
        self.n_products = len(directions) * n_samples * n_timesteps * per_step

    def forward(
        self, *, keep: bool, last_only: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Run over time.

        Parameters
        ----------
        keep : bool
            Whether to keep what the way back needs.
        last_only : bool, default=False
            Whether only last states are wanted: outputs then have no rows.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_timesteps, n_units * n_directions)
            0 behind each length; no rows with ``last_only``.
        last_states : ndarray of shape (n_samples, n_units * n_directions)
            Hidden states of each direction after its last timestep.
        last_cells : ndarray of shape (n_samples, n_units)
            For an LSTM, cell states of the forward direction after the last timestep.
        """
        n_samples, n_timesteps, _ = self.x.shape
        shape = (n_samples, n_timesteps, self.n_units * len(self.directions))
        outputs = np.empty((0, 0, 0), self.x.dtype)
        if not last_only:
            outputs = (zeros if self.is_ragged else empty)(shape, self.x.dtype)
        last_states = np.empty((n_samples, shape[2]), self.x.dtype)
        last_cells = self.nothing
        if self.n_gates == 4:
            last_cells = np.empty((n_samples, self.n_units), self.x.dtype)
        n_kept = n_timesteps if keep else min(BLOCK, n_timesteps)
        sizes = self.n_features, self.n_gates, self.width
        size = kept_size(n_kept, self.largest, *sizes)
        if keep:
            size += passing_size(self.largest, self.n_units, *sizes, self.input_width)
        rooms = empty((len(self.pieces), size), self.x.dtype)
        of_forward = (*self.initial, last_cells), (self.nothing,) * 3
        arguments: list[Any] = []
        for direction, (weight_ih, weight_hh, bias_ih, bias_hh) in enumerate(self.directions):
            of_inputs = pack_inputs(weight_ih, bias_ih, bias_hh, self.n_gates, self.width)
            state, cell, last = of_forward[direction]
            weights = of_inputs[0], pack_forward(weight_hh, self.n_gates, self.width), of_inputs[1]
            arguments.append(
                (
                    (direction, int(keep), direction * self.n_units),
                    (self.x, self.lengths, *weights, state, cell, outputs, last_states, last),
                )
            )
        work_together(Job(forward_chunk, arguments, self.pieces, rooms), self.n_products)
        if keep:
            self.kept.append(rooms)
        return outputs, last_states, last_cells

    def _take_rooms(self) -> np.ndarray:
        """Return what a way forward kept, for one way back, which uses it up.

        A second one over the same graph, be it in another thread, goes forward again.
        """
        while True:
            try:
                return self.kept.pop()
            except IndexError:
                self.forward(keep=True, last_only=True)

    def backward(
        self,
        d_outputs: Tensor | None,
        d_states: Tensor | None,
        d_cells: Tensor | None,
        *,
        needs_x: bool,
    ) -> list[Tensor | None]:
        """Return the gradients of x, of the weights and of the initial states.

        Parameters
        ----------
        d_outputs : Tensor of shape (n_samples, n_timesteps, n_units * n_directions) or None
            Gradient of the outputs.
        d_states : Tensor of shape (n_samples, n_units * n_directions) or None
            That of the last hidden states.
        d_cells : Tensor of shape (n_samples, n_units) or None
            That of an LSTM's last cell state.
        needs_x : bool
            Whether the gradient of x is wanted, else it is None.
        """
        n_features, n_directions, dtype = self.n_features, len(self.directions), self.x.dtype
        nothing = np.empty((0, 0, 0), dtype)
        of_outputs = nothing
        if d_outputs is not None:
            of_outputs = d_outputs.detach().contiguous().numpy()
        of_states, of_cells = (
            self.nothing if one is None else one.detach().contiguous().numpy()
            for one in (d_states, d_cells)
        )
        rooms = self._take_rooms()
        d_x = [zeros(self.x.shape, dtype) if needs_x else nothing for _ in self.directions]
        d_initial = [np.empty_like(part) for part in self.initial]
        of_forward = (of_cells, *d_initial), (self.nothing,) * 3
        arguments: list[Any] = []
        for direction, (weight_ih, weight_hh, _, _) in enumerate(self.directions):
            of_last_cells, *of_initial = of_forward[direction]
            weights = (
                pack_backward(weight_ih, self.n_gates, self.input_width),
                pack_backward(weight_hh, self.n_gates, self.width),
            )
            d_results = of_outputs, of_states, of_last_cells
            arguments.append(
                (
                    (direction, n_features, direction * self.n_units),
                    (self.lengths, *weights, *d_results, d_x[direction], *of_initial),
                )
            )
        work_together(Job(backward_chunk, arguments, self.pieces, rooms), 2 * self.n_products)
        if needs_x and n_directions == 2:
            d_x[0] += d_x[1]
        gradients: list[Tensor | None] = [torch.from_numpy(d_x[0]) if needs_x else None]
        for direction in range(n_directions):
            chunks = slice(direction * self.n_chunks, (direction + 1) * self.n_chunks)
            of_weights = unpack(rooms[chunks], self.n_units, n_features, self.n_gates, self.width)
            gradients += map(torch.from_numpy, of_weights)
        gradients += [torch.from_numpy(part) for part in d_initial[: self.n_initial]]
        return gradients
