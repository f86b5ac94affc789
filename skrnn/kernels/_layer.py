"""One layer's run over a batch: cut into chunks of samples, forward and back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._buffers import empty, zeros
from skrnn._threads import for_each
from skrnn.kernels._chunk import (
    BLOCK,
    backward_chunk,
    forward_chunk,
    room_needed,
    scratch_needed,
)
from skrnn.kernels._packing import pack_backward, pack_bias, pack_forward, unpack
from skrnn.kernels._product import TILE_ROWS, padded_width

__all__ = ["LayerRun", "chunks_of"]

N_GATES = {"rnn": 1, "gru": 3, "lstm": 4}

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


def _n_rows(chunk: slice) -> int:
    """Return how many rows a chunk is computed with: a few too many are faster than single ones."""
    n_samples = chunk.stop - chunk.start
    n_single = n_samples % TILE_ROWS
    return n_samples if 4 * n_single <= TILE_ROWS else n_samples - n_single + TILE_ROWS


class LayerRun:
    """What a layer computed on the way forward, and needs on the way back.

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
        self.n_gates = N_GATES[cell]
        self.x = x.detach().contiguous().numpy()
        n_samples, n_timesteps, self.n_features = self.x.shape
        self.is_ragged = lengths is not None
        if lengths is None:
            self.lengths = np.full(n_samples, n_timesteps)
        else:
            self.lengths = lengths.detach().contiguous().numpy()
        self.directions = [[one.detach().numpy() for one in weights] for weights in directions]
        self.n_units = self.directions[0][1].shape[1]
        self.width = padded_width(self.n_units, self.x.itemsize)
        self._whole: list[np.ndarray] = []
        self.initial = [part.detach().contiguous().numpy() for part in state]
        chunks = chunks_of(n_samples, len(directions))
        self.pieces = [
            (direction, number, chunk)
            for direction in range(len(directions))
            for number, chunk in enumerate(chunks)
        ]
        self.n_chunks = len(chunks)
        per_step = self.n_gates * self.n_units * (self.n_units + self.n_features)
        self.n_products = len(directions) * n_samples * n_timesteps * per_step

    def _zeros(self, *shape: int) -> np.ndarray:
        return zeros(shape, self.x.dtype)

    def _cut_in_pieces(self, sizes: list[int]) -> list[np.ndarray]:
        """Return an array for each size, all of one memory: a piece finds its own in a cache."""
        ends = np.cumsum(sizes)
        self._whole.append(empty((int(ends[-1]),), self.x.dtype))
        return np.split(self._whole[-1], ends[:-1])

    def _initial(self, direction: int) -> tuple[np.ndarray, np.ndarray]:
        """Return hidden and cell states before the first timestep."""
        if direction == 0 and len(self.initial) == 2:
            return self.initial[0], self.initial[1]
        nothing = self._zeros(len(self.x), self.n_units)
        if direction == 0 and self.initial:
            return self.initial[0], nothing
        return nothing, nothing

    def forward(self, *, keep: bool) -> tuple[np.ndarray, np.ndarray]:
        """Run over time.

        Parameters
        ----------
        keep : bool
            Whether to keep what the way back needs.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_timesteps, n_units * n_directions)
            0 behind each length.
        last_cells : ndarray of shape (n_samples, n_units)
            For an LSTM, cell states of the forward direction after the last timestep.
        """
        n_samples, n_timesteps, _ = self.x.shape
        shape = (n_samples, n_timesteps, self.n_units * len(self.directions))
        outputs = (zeros if self.is_ragged else empty)(shape, self.x.dtype)
        last_cells = [self._zeros(n_samples, self.n_units) for _ in self.directions]
        packed = [
            (
                pack_forward(weight_ih, self.n_gates, self.width),
                pack_forward(weight_hh, self.n_gates, self.width),
                pack_bias(bias_ih, bias_hh, self.n_gates, self.width),
                *self._initial(direction),
            )
            for direction, (weight_ih, weight_hh, bias_ih, bias_hh) in enumerate(self.directions)
        ]
        n_kept = n_timesteps if keep else min(BLOCK, n_timesteps)
        sizes = self.n_features, self.n_gates, self.width
        self.room = self._cut_in_pieces(
            [room_needed(n_kept, _n_rows(chunk), *sizes) for _, _, chunk in self.pieces]
        )

        def run(piece: tuple[int, int, slice]) -> None:
            direction, number, chunk = piece
            room = self.room[direction * self.n_chunks + number]
            forward_chunk(
                *(self.x, self.lengths, direction == 1, chunk.start, chunk.stop, _n_rows(chunk)),
                *packed[direction],
                *(keep, room, outputs, direction * self.n_units, last_cells[direction]),
            )

        for_each(run, self.pieces, self.n_products)
        return outputs, last_cells[0]

    def backward(
        self, d_outputs: Tensor | None, d_cells: Tensor | None, *, needs_x: bool
    ) -> list[Tensor | None]:
        """Return the gradients of x, of the weights and of the initial states.

        Parameters
        ----------
        d_outputs : Tensor of shape (n_samples, n_timesteps, n_units * n_directions) or None
            Gradient of the outputs.
        d_cells : Tensor of shape (n_samples, n_units) or None
            That of an LSTM's last cell state.
        needs_x : bool
            Whether the gradient of x is wanted, else it is None.
        """
        n_samples, n_timesteps, n_features = self.x.shape
        n_directions, width = len(self.directions), self.width
        n_parts = 4 if self.n_gates == 3 else self.n_gates
        nothing = self._zeros(n_samples, self.n_units)
        if d_outputs is None:
            d_states = self._zeros(n_samples, n_timesteps, self.n_units * n_directions)
        else:
            d_states = d_outputs.detach().contiguous().numpy()
        d_last = nothing if d_cells is None else d_cells.detach().contiguous().numpy()
        input_width = padded_width(n_features, self.x.itemsize)
        packed = [
            (
                pack_backward(weight_ih, self.n_gates, input_width),
                pack_backward(weight_hh, self.n_gates, width),
            )
            for weight_ih, weight_hh, _, _ in self.directions
        ]
        n_chunks, n_gates = self.n_chunks, self.n_gates
        sums = [
            (
                self._zeros(n_chunks, n_gates, n_features, width),
                self._zeros(n_chunks, n_gates, self.n_units, width),
                self._zeros(n_chunks, n_parts, width),
            )
            for _ in self.directions
        ]
        d_x = [self._zeros(*(self.x.shape if needs_x else (0, 0, 0))) for _ in self.directions]
        d_initial = [
            (self._zeros(n_samples, self.n_units), self._zeros(n_samples, self.n_units))
            for _ in self.directions
        ]
        scratch = self._cut_in_pieces(
            [
                scratch_needed(_n_rows(chunk), input_width, n_gates, width)
                for _, _, chunk in self.pieces
            ]
        )

        def run_back(piece: tuple[int, int, slice]) -> None:
            direction, number, chunk = piece
            place = direction * self.n_chunks + number
            backward_chunk(
                *(self.lengths, direction == 1, chunk.start, chunk.stop, _n_rows(chunk)),
                *(self.room[place], scratch[place], *packed[direction]),
                *(d_states, direction * self.n_units, nothing if direction else d_last),
                *(needs_x, d_x[direction], *d_initial[direction]),
                *(part[number] for part in sums[direction]),
            )

        for_each(run_back, self.pieces, 2 * self.n_products)
        if needs_x and n_directions == 2:
            d_x[0] += d_x[1]
        gradients: list[Tensor | None] = [torch.from_numpy(d_x[0]) if needs_x else None]
        for direction in range(n_directions):
            gradients += map(torch.from_numpy, unpack(*sums[direction], self.n_units))
        gradients += [torch.from_numpy(part) for part in d_initial[0][: len(self.initial)]]
        return gradients
