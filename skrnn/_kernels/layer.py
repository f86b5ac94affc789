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
    Stretch,
    backward_chunk,
    forward_chunk,
)
from skrnn._kernels.jobs import Job
from skrnn._kernels.packing import pack_backward, pack_forward, pack_inputs, unpack
from skrnn._kernels.product import padded_width
from skrnn._kernels.running_pools import Pools
from skrnn._kernels.torch_recurrence import N_GATES
from skrnn._kernels.workspace import BLOCK, LayerSizes, backward_size, kept_size

__all__ = ["LayerRun", "check_lengths", "chunks_of", "stretches_of"]

_WEIGHT_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

# Largest number of samples in a chunk.
_MAX_CHUNK = 32
# A single chunk of at least this many samples is cut in two, so that two threads have work.
_MIN_SAMPLES_TO_CUT = 16

# Sequences of more timesteps, of which more bytes would be kept, are cut into stretches of time.
_MANY_STEPS = 1 << 11
_MANY_BYTES = 1 << 24
# Bytes that are kept of a stretch, and its fewest timesteps.
_STRETCH_BYTES = 1 << 21
_MIN_STRETCH = 8 * BLOCK


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


def _stretches(n_timesteps: int, bytes_per_step: int) -> list[Stretch]:
    """Cut timesteps into stretches, if they are many and as many bytes are to be kept of each."""
    length = n_timesteps
    if n_timesteps > _MANY_STEPS and n_timesteps * bytes_per_step > _MANY_BYTES:
        length = max(_MIN_STRETCH, _STRETCH_BYTES // bytes_per_step // BLOCK * BLOCK)
    starts = range(0, n_timesteps, length)
    return [Stretch(start, min(start + length, n_timesteps)) for start in starts]


def stretches_of(
    n_samples: int, n_timesteps: int, n_directions: int, sizes: LayerSizes, itemsize: int
) -> list[Stretch]:
    """Return the stretches of time that a layer is trained in: one, unless it is long."""
    if n_timesteps <= _MANY_STEPS:
        return [Stretch(0, n_timesteps)]
    pieces, _, n_largest = _pieces(n_samples, n_directions)
    return _stretches(n_timesteps, len(pieces) * kept_size(1, n_largest, sizes) * itemsize)


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
    stretches : list of Stretch, or None
        Of several, the states between them are kept, and gradients of these are computed. None
        cuts a long sequence, and no other.

    Notes
    -----
    What a backward pass needs of all timesteps may not fit into memory. Of a long sequence the
    forward pass therefore keeps only the states between stretches of timesteps. The backward pass
    goes from the last stretch to the first, and runs each of them forward again before it runs it
    backward (Chen et al., 2016, "Training Deep Nets with Sublinear Memory Cost"). Outputs and
    gradients have the same bits either way.
    """

    def __init__(
        self,
        cell: str,
        x: Tensor,
        lengths: Tensor | None,
        directions: list[Any],
        state: tuple[Tensor, ...],
        stretches: list[Stretch] | None = None,
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
        # the mirrored direction starts from zeros, and its last cells are not requested.
        self.initial = [States(initial[0], initial[1]), self.no_states]
        # workspaces of forward passes that no backward pass has used yet
        self.kept: list[np.ndarray] = []
        self.pieces, self.n_chunks, self.n_largest = _pieces(n_samples, len(directions))
        per_step = n_gates * n_units * (n_units + n_features)
        self.products_per_step = len(directions) * n_samples * per_step
        self.stretches = stretches or stretches_of(
            n_samples, n_timesteps, len(directions), self.sizes, self.x.itemsize
        )
        self.is_cut = len(self.stretches) > 1
        # if cut, the states before each stretch, and their gradients: those of each direction
        self.states_before: list[list[States]] = []
        self.d_states_before: list[list[States]] = []

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
        n_units = self.sizes.n_units
        shape = (n_samples, n_timesteps, n_units * len(self.directions))
        outputs = np.empty((0, 0, 0), self.x.dtype)
        if not last_only:
            outputs = (zeros if self.is_ragged else empty)(shape, self.x.dtype)
        last_states = np.empty((n_samples, shape[2]), self.x.dtype)
        last_cells = self.no_rows
        if self.sizes.n_gates == 4:
            last_cells = np.empty((n_samples, n_units), self.x.dtype)
        results = self._of_directions(Results(outputs, last_states, last_cells, 0))
        weights = self._forward_weights()
        if keep and self.is_cut:
            self.states_before = self._run_stretches(weights, results)
            return outputs, last_states, last_cells
        n_kept = n_timesteps if keep else min(BLOCK, n_timesteps)
        workspaces = self._new_workspaces(n_kept, for_backward=keep)
        whole = Stretch(0, n_timesteps)
        self._run_stretch(weights, self.initial, results, None, None, whole, workspaces, keep=keep)
        if keep:
            self.kept.append(workspaces)
        return outputs, last_states, last_cells

    def forward_pooled(self) -> tuple[np.ndarray, Pools]:
        """Run over the time of a long sequence; pool the states, and keep none of them.

        Returns
        -------
        last_states : ndarray of shape (n_samples, n_units * n_directions)
            As of ``forward``.
        pools : Pools
            Of all valid timesteps.
        """
        unread = self._unread_results()
        last_states = unread[0].last_states
        sums, largest = np.zeros_like(last_states), np.full_like(last_states, -np.inf)
        pools = Pools(sums, largest, np.zeros(sums.shape, np.int32))
        self.states_before = self._run_stretches(self._forward_weights(), unread, pools)
        return last_states, pools

    def resume(self, states_before: list[list[States]]) -> None:
        """Take the states before all stretches from an earlier run, in place of ``forward``."""
        self.states_before = states_before

    def _of_directions(self, results: Results) -> list[Results]:
        """Return the results of each direction; last cells are those of the forward one."""
        if len(self.directions) == 1:
            return [results]
        outputs, last_states, _, _ = results
        return [results, Results(outputs, last_states, self.no_rows, self.sizes.n_units)]

    def _new_workspaces(self, n_kept: int, *, for_backward: bool) -> np.ndarray:
        """Return a workspace for each piece, also for the backward pass if it is to follow."""
        size = kept_size(n_kept, self.n_largest, self.sizes)
        if for_backward:
            size += backward_size(self.n_largest, self.sizes, self.input_width)
        return empty((len(self.pieces), size), self.x.dtype)

    def _forward_weights(self) -> list[ForwardWeights]:
        n_gates, width, packed = self.sizes.n_gates, self.sizes.width, []
        for weight_ih, weight_hh, bias_ih, bias_hh in self.directions:
            input_weights, inner_bias = pack_inputs(weight_ih, bias_ih, bias_hh, n_gates, width)
            recurrent_weights = pack_forward(weight_hh, n_gates, width)
            packed.append(ForwardWeights(input_weights, recurrent_weights, inner_bias))
        return packed

    def _run_stretch(
        self,
        weights: list[ForwardWeights],
        before: list[States],
        results: list[Results],
        after: list[States] | None,
        pools: Pools | None,
        stretch: Stretch,
        workspaces: np.ndarray,
        *,
        keep: bool,
    ) -> None:
        """Run forward over a stretch; the lists have an element for each direction."""
        arguments: list[tuple[Any, ...]] = [
            (self._sequences(number), packed, before[number], results[number])
            for number, packed in enumerate(weights)
        ]
        what = forward_chunk, arguments, self.pieces, stretch, workspaces
        job = Job(*what, pools=pools, after=after, keep=keep)
        work_together(job, self.products_per_step * (stretch.stop - stretch.first))

    def _run_stretches(
        self, weights: list[ForwardWeights], results: list[Results], pools: Pools | None = None
    ) -> list[list[States]]:
        """Run forward over one stretch after the other; return the states before each."""
        workspaces = self._new_workspaces(BLOCK, for_backward=False)
        states = [self.initial]
        for stretch in self.stretches:
            states.append([self._new_states() for _ in weights])
            before, after = states[-2:]
            self._run_stretch(
                weights, before, results, after, pools, stretch, workspaces, keep=False
            )
        return states[:-1]

    def _new_states(self) -> States:
        shape = (len(self.x), self.sizes.n_units)
        hidden = np.empty(shape, self.x.dtype)
        return States(hidden, np.empty_like(hidden) if self.sizes.n_gates == 4 else self.no_rows)

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
        d_pools: Pools | None = None,
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
        d_pools : Pools, or None
            Gradients of the sums and the maxima of ``forward_pooled``, and where those are.
        """
        n_directions, dtype = len(self.directions), self.x.dtype
        no_steps = np.empty((0, 0, 0), dtype)
        outputs = no_steps if d_outputs is None else _to_numpy(d_outputs)
        states = self.no_rows if d_states is None else _to_numpy(d_states)
        cells = self.no_rows if d_cells is None else _to_numpy(d_cells)
        d_x = [zeros(self.x.shape, dtype) if needs_x else no_steps for _ in self.directions]
        d_results = self._of_directions(Results(outputs, states, cells, 0))
        d_before, workspaces = self._run_back(d_results, d_x, d_pools)
        self.d_states_before = d_before
        if needs_x and n_directions == 2:
            d_x[0] += d_x[1]
        gradients: list[Tensor | None] = [torch.from_numpy(d_x[0]) if needs_x else None]
        for direction in range(n_directions):
            chunks = slice(direction * self.n_chunks, (direction + 1) * self.n_chunks)
            gradients += map(torch.from_numpy, unpack(workspaces[chunks], self.sizes))
        gradients += [torch.from_numpy(part) for part in d_before[0][0][: self.n_initial]]
        return gradients

    def _run_back(
        self, d_results: list[Results], d_x: list[np.ndarray], d_pools: Pools | None
    ) -> tuple[list[list[States]], np.ndarray]:
        """Return gradients of the states before stretches, and workspaces with the weights'."""
        weights = self._backward_weights()
        d_initial = [States(*map(np.empty_like, self.initial[0])), self.no_states]
        if not self.is_cut:
            workspaces, (whole,) = self._take_workspaces(), self.stretches
            self._run_stretch_back(
                weights, d_results, d_x, d_initial, None, d_pools, whole, workspaces
            )
            return [d_initial], workspaces
        # another backward pass over the same graph, in another thread, has its own workspaces.
        n_longest = max(stretch.stop - stretch.first for stretch in self.stretches)
        workspaces = self._new_workspaces(n_longest, for_backward=True)
        forward_weights, unread = self._forward_weights(), self._unread_results()
        d_before = [d_initial, *([self._new_states() for _ in weights] for _ in self.stretches[1:])]
        for number in reversed(range(len(self.stretches))):
            before, stretch = self.states_before[number], self.stretches[number]
            self._run_stretch(
                forward_weights, before, unread, None, None, stretch, workspaces, keep=True
            )
            d_after = d_before[number + 1] if number + 1 < len(d_before) else None
            self._run_stretch_back(
                weights, d_results, d_x, d_before[number], d_after, d_pools, stretch, workspaces
            )
        return d_before, workspaces

    def _backward_weights(self) -> list[BackwardWeights]:
        n_gates, width = self.sizes.n_gates, self.sizes.width
        return [
            BackwardWeights(
                pack_backward(weight_ih, n_gates, self.input_width),
                pack_backward(weight_hh, n_gates, width),
            )
            for weight_ih, weight_hh, _, _ in self.directions
        ]

    def _unread_results(self) -> list[Results]:
        """Return results to fill in where the states that are kept are all that is needed."""
        n_columns = self.sizes.n_units * len(self.directions)
        last_states = np.empty((len(self.x), n_columns), self.x.dtype)
        outputs = np.empty((0, 0, 0), self.x.dtype)
        return self._of_directions(Results(outputs, last_states, self.no_rows, 0))

    def _run_stretch_back(
        self,
        weights: list[BackwardWeights],
        d_results: list[Results],
        d_x: list[np.ndarray],
        d_before: list[States],
        d_after: list[States] | None,
        d_pools: Pools | None,
        stretch: Stretch,
        workspaces: np.ndarray,
    ) -> None:
        """Run backward over a stretch; the lists have an element for each direction."""
        arguments: list[tuple[Any, ...]] = [
            (self._sequences(number), packed, d_results[number], d_x[number], d_before[number])
            for number, packed in enumerate(weights)
        ]
        what = backward_chunk, arguments, self.pieces, stretch, workspaces
        job = Job(*what, pools=d_pools, after=d_after)
        work_together(job, 2 * self.products_per_step * (stretch.stop - stretch.first))


def _to_numpy(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().contiguous().numpy()
    return array
