"""The forward and the backward pass of one layer over a batch, cut into chunks of samples."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.awake_threads import work_together
from skrnn._kernels.buffers import empty, zeros
from skrnn._kernels.chunk import (
    BackwardWeights,
    ForwardWeights,
    Results,
    Sequences,
    States,
    backward_chunk,
    forward_chunk,
)
from skrnn._kernels.jobs import Job
from skrnn._kernels.packing import pack_backward, pack_forward, pack_inputs, unpack
from skrnn._kernels.product import padded_width
from skrnn._kernels.torch_recurrence import N_GATES
from skrnn._kernels.workspace import BLOCK, LayerSizes, backward_size, kept_size

__all__ = ["LayerRun", "check_lengths", "chunks_of"]

_WEIGHT_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

# Largest number of samples in a chunk.
_MAX_CHUNK = 32
# A single chunk of at least this many samples is cut in two, so that two threads have work.
_MIN_SAMPLES_TO_CUT = 16


def chunks_of(n_samples: int, n_directions: int) -> list[slice]:
    """Cut samples into chunks of nearly equal size.

    The chunks depend on these numbers alone. Sums over chunks therefore have the same bits for any
    number of threads.
    """
    n_chunks = -(-n_samples // _MAX_CHUNK)
    if n_chunks * n_directions == 1 and n_samples >= _MIN_SAMPLES_TO_CUT:
        n_chunks = 2
    eighths = -(-n_samples // 8)
    ends = [8 * (eighths * number // n_chunks) for number in range(n_chunks)]
    return [slice(start, stop) for start, stop in pairwise([*ends, n_samples])]


@lru_cache(maxsize=256)
def _pieces(n_samples: int, n_directions: int) -> tuple[np.ndarray, int, int]:
    """Cut the work of a layer into pieces, one for each direction and chunk.

    Returns
    -------
    pieces : ndarray of int64, shape (n_pieces, 3)
        Direction, first sample, and the sample after the last.
    n_chunks : int
        Chunks of one direction.
    n_largest : int
        Samples of the largest chunk.
    """
    chunks = chunks_of(n_samples, n_directions)
    pieces = [(d, chunk.start, chunk.stop) for d in range(n_directions) for chunk in chunks]
    return np.array(pieces), len(chunks), max(chunk.stop - chunk.start for chunk in chunks)


@lru_cache(maxsize=256)
def _full_lengths(n_samples: int, n_timesteps: int) -> np.ndarray:
    """Return the lengths of samples of equal length. The array is shared: do not modify it."""
    return np.full(n_samples, n_timesteps)


def check_lengths(lengths: Tensor | None, n_samples: int, n_timesteps: int) -> None:
    """Raise a ValueError for lengths with which a kernel would read out of bounds."""
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
    """Raise a ValueError for shapes with which a kernel would read out of bounds."""
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
    """One layer's forward pass over a batch, and the backward passes that follow.

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
        self.x = _to_numpy(x)
        n_samples, n_timesteps, n_features = self.x.shape
        self.is_ragged = lengths is not None
        if lengths is None:
            self.lengths = _full_lengths(n_samples, n_timesteps)
        else:
            self.lengths = _to_numpy(lengths)
        self.directions = [
            [weight.detach().numpy() for weight in weights] for weights in directions
        ]
        n_gates, n_units = N_GATES[cell], self.directions[0][1].shape[1]
        width = padded_width(n_units, self.x.itemsize)
        self.sizes = LayerSizes(n_gates, n_features, n_units, width)
        self.input_width = padded_width(n_features, self.x.itemsize)
        # stands for zeros as an input, and for "not requested" as an output
        self.no_rows = np.empty((0, 0), self.x.dtype)
        self.no_states = States(self.no_rows, self.no_rows)
        self.n_initial = len(state)
        initial = [*map(_to_numpy, state), self.no_rows, self.no_rows]
        self.initial = States(initial[0], initial[1])
        # workspaces of forward passes that no backward pass has used yet
        self.kept: list[np.ndarray] = []
        self.pieces, self.n_chunks, self.n_largest = _pieces(n_samples, len(directions))
        per_step = n_gates * n_units * (n_units + n_features)
        self.n_products = len(directions) * n_samples * n_timesteps * per_step

    def _sequences(self, direction: int) -> Sequences:
        return Sequences(self.x, self.lengths, direction == 1)

    def forward(
        self, *, keep: bool, last_only: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Run over time.

        Parameters
        ----------
        keep : bool
            Whether to keep what the backward pass needs.
        last_only : bool, default=False
            Whether only the last states are requested: outputs then have no rows.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_timesteps, n_units * n_directions)
            0 past each length; no rows with ``last_only``.
        last_states : ndarray of shape (n_samples, n_units * n_directions)
            Hidden states of each direction after its last timestep.
        last_cells : ndarray of shape (n_samples, n_units)
            For an LSTM, cell states of the forward direction after the last timestep.
        """
        n_samples, n_timesteps, _ = self.x.shape
        n_gates, _, n_units, width = self.sizes
        shape = (n_samples, n_timesteps, n_units * len(self.directions))
        outputs = np.empty((0, 0, 0), self.x.dtype)
        if not last_only:
            outputs = (zeros if self.is_ragged else empty)(shape, self.x.dtype)
        last_states = np.empty((n_samples, shape[2]), self.x.dtype)
        last_cells = self.no_rows
        if n_gates == 4:
            last_cells = np.empty((n_samples, n_units), self.x.dtype)
        n_kept = n_timesteps if keep else min(BLOCK, n_timesteps)
        size = kept_size(n_kept, self.n_largest, self.sizes)
        if keep:
            size += backward_size(self.n_largest, self.sizes, self.input_width)
        workspaces = empty((len(self.pieces), size), self.x.dtype)
        # the mirrored direction starts from zeros, and its last cells are not requested.
        initial = self.initial, self.no_states
        cells = last_cells, self.no_rows
        arguments: list[tuple[Any, ...]] = []
        for direction, (weight_ih, weight_hh, bias_ih, bias_hh) in enumerate(self.directions):
            input_weights, inner_bias = pack_inputs(weight_ih, bias_ih, bias_hh, n_gates, width)
            recurrent_weights = pack_forward(weight_hh, n_gates, width)
            arguments.append(
                (
                    self._sequences(direction),
                    ForwardWeights(input_weights, recurrent_weights, inner_bias),
                    initial[direction],
                    Results(outputs, last_states, cells[direction], direction * n_units),
                )
            )
        job = Job(forward_chunk, arguments, self.pieces, workspaces, keep=keep)
        work_together(job, self.n_products)
        if keep:
            self.kept.append(workspaces)
        return outputs, last_states, last_cells

    def _take_workspaces(self) -> np.ndarray:
        """Return the workspaces of a forward pass, for one backward pass that overwrites them.

        A second backward pass over the same graph, possibly in another thread, repeats the forward
        pass.
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
            Gradient of the last hidden states.
        d_cells : Tensor of shape (n_samples, n_units) or None
            Gradient of an LSTM's last cell state.
        needs_x : bool
            Whether to compute the gradient of x; otherwise it is None.
        """
        n_gates, _, n_units, width = self.sizes
        n_directions, dtype = len(self.directions), self.x.dtype
        no_steps = np.empty((0, 0, 0), dtype)
        outputs = no_steps if d_outputs is None else _to_numpy(d_outputs)
        states = self.no_rows if d_states is None else _to_numpy(d_states)
        cells = self.no_rows if d_cells is None else _to_numpy(d_cells)
        workspaces = self._take_workspaces()
        d_x = [zeros(self.x.shape, dtype) if needs_x else no_steps for _ in self.directions]
        d_initial = States(*map(np.empty_like, self.initial))
        arguments: list[tuple[Any, ...]] = []
        for direction, (weight_ih, weight_hh, _, _) in enumerate(self.directions):
            input_weights = pack_backward(weight_ih, n_gates, self.input_width)
            recurrent_weights = pack_backward(weight_hh, n_gates, width)
            last_cells = (cells, self.no_rows)[direction]
            arguments.append(
                (
                    self._sequences(direction),
                    BackwardWeights(input_weights, recurrent_weights),
                    Results(outputs, states, last_cells, direction * n_units),
                    d_x[direction],
                    (d_initial, self.no_states)[direction],
                )
            )
        work_together(Job(backward_chunk, arguments, self.pieces, workspaces), 2 * self.n_products)
        if needs_x and n_directions == 2:
            d_x[0] += d_x[1]
        gradients: list[Tensor | None] = [torch.from_numpy(d_x[0]) if needs_x else None]
        for direction in range(n_directions):
            chunks = slice(direction * self.n_chunks, (direction + 1) * self.n_chunks)
            gradients += map(torch.from_numpy, unpack(workspaces[chunks], self.sizes))
        gradients += [torch.from_numpy(part) for part in d_initial[: self.n_initial]]
        return gradients


def _to_numpy(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().contiguous().numpy()
    return array
