"""The forward and the backward pass of a recurrence over a chunk of samples.

Arrays are laid out with time first: a block of timesteps is a matrix with a row for each timestep
and sample, and a gate at one timestep is a vector over the units of all samples. Timestep t of a
mirrored sequence is its timestep ``length - 1 - t``. Values past the end of a sequence stay finite
and never reach the results. A call computes a stretch of the timesteps: all of them, or a part from
the states before it on.

Gates are in the order of torch: one for a simple RNN; r, z, n for a GRU, followed here by m; i, f,
g, o for an LSTM. The bias is the weight of an additional input that is always 1, the last one.
Units are filled up to whole vectors with zeros that stay zeros, and samples to whole tiles of the
product.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skrnn._kernels.gru import gru_step, gru_step_back
from skrnn._kernels.lstm import lstm_step, lstm_step_back
from skrnn._kernels.product import compiled, multiply
from skrnn._kernels.rnn import rnn_step, rnn_step_back
from skrnn._kernels.running_pools import Pools, pool_step, pool_step_back
from skrnn._kernels.vectors import add_to, clear, copy
from skrnn._kernels.workspace import (
    BLOCK,
    Kept,
    LayerSizes,
    Scratch,
    WeightGradients,
    gradients_size,
    kept_arrays,
    kept_size,
    n_padded_rows,
    scratch_arrays,
    weight_gradients,
)

__all__ = [
    "BackwardWeights",
    "Chunk",
    "ForwardWeights",
    "Results",
    "Sequences",
    "States",
    "Stretch",
    "backward_chunk",
    "forward_chunk",
]


class Sequences(NamedTuple):
    """The inputs of all samples."""

    x: np.ndarray  # shape (n_samples, n_timesteps, n_features)
    lengths: np.ndarray  # int64, shape (n_samples,)
    mirrored: bool  # whether sequences are read from their last timestep to their first


class Chunk(NamedTuple):
    """A range of samples."""

    first: int
    stop: int


class Stretch(NamedTuple):
    """A range of timesteps, in the order in which they are read. It begins with a whole block."""

    first: int
    stop: int


class ForwardWeights(NamedTuple):
    """Weights of one direction, transposed and filled up with zeros."""

    input: np.ndarray  # shape (n_gates, n_features + 1, width): W transposed, then the bias
    recurrent: np.ndarray  # shape (n_gates, n_units, width): V transposed
    inner_bias: np.ndarray  # shape (width,): c of a GRU, which is added to m


class BackwardWeights(NamedTuple):
    """Weights of one direction, filled up with zeros."""

    input: np.ndarray  # shape (n_gates, n_units, input_width): W
    recurrent: np.ndarray  # shape (n_gates, n_units, width): V


class States(NamedTuple):
    """Hidden states and, for an LSTM, cells before or after a stretch, or their gradients.

    An array without rows means zeros as an input and "not requested" as an output.
    """

    hidden: np.ndarray  # shape (n_samples, n_units)
    cell: np.ndarray  # shape (n_samples, n_units)


class Results(NamedTuple):
    """Results of all samples, or their gradients; one direction has ``n_units`` of the columns.

    An array without rows means zeros as an input and "not requested" as an output.
    """

    outputs: np.ndarray  # shape (n_samples, n_timesteps, n_columns)
    last_states: np.ndarray  # shape (n_samples, n_columns): after each sequence's last timestep
    last_cells: np.ndarray  # shape (n_samples, n_units): those of an LSTM
    column: int  # the direction's first column


@compiled
def _longest_length(lengths: np.ndarray, chunk: Chunk) -> int:
    longest = 0
    for sample in range(chunk.first, chunk.stop):
        longest = max(longest, lengths[sample])
    return longest


@compiled
def _n_steps(lengths: np.ndarray, chunk: Chunk, stretch: Stretch) -> int:
    """Return how many timesteps of a stretch the longest sample of a chunk has."""
    return max(0, min(_longest_length(lengths, chunk), stretch.stop) - stretch.first)


@compiled
def _recurrent_gate(gate: int, n_gates: int) -> int:
    """Return the gate array that takes the product with the state: for n of a GRU it is m."""
    return 3 if n_gates == 3 and gate == 2 else gate


@compiled
def _gate_matrix(gates: np.ndarray, gate: int, first: int, n_block: int, n_rows: int) -> np.ndarray:
    """Return a gate of a block of timesteps: a row for each timestep and sample."""
    width = gates.shape[2] // n_rows
    return gates[gate, first : first + n_block].reshape(n_block * n_rows, width)


# -- forward -----------------------------------------------------------------------------


@compiled
def _read_states(
    given: States, chunk: Chunk, n_units: int, states: np.ndarray, cells: np.ndarray
) -> None:
    """Copy what is given of states and cells, or of their gradients; zeros elsewhere."""
    width = len(states) // n_padded_rows(chunk.stop - chunk.first)
    clear(states)
    clear(cells)
    for row in range(chunk.stop - chunk.first):
        units = slice(row * width, row * width + n_units)
        if len(given.hidden) > 0:
            copy(given.hidden[chunk.first + row], states[units])
        if len(given.cell) > 0:
            copy(given.cell[chunk.first + row], cells[units])


@compiled
def _read_inputs(sequences: Sequences, chunk: Chunk, begin: int, block: np.ndarray) -> None:
    """Copy timesteps of x from ``begin`` on, each followed by 1, into a block; zeros elsewhere."""
    x, lengths, mirrored = sequences
    n_features = x.shape[2]
    for k in range(len(block)):
        for row in range(block.shape[1]):
            sample, t = chunk.first + row, begin + k
            if sample < chunk.stop and t < lengths[sample]:
                features = block[k, row][:n_features]
                copy(x[sample, lengths[sample] - 1 - t if mirrored else t], features)
                block[k, row, n_features] = 1
            else:
                clear(block[k, row])


@compiled
def _multiply_inputs(
    block: np.ndarray, weights: ForwardWeights, gates: np.ndarray, first: int
) -> None:
    """Set the gates of a block, from gate step ``first`` on, to W x + b, and m of a GRU to c."""
    n_gates, n_columns, _ = weights.input.shape
    n_block, n_rows, _ = block.shape
    matrix = block.reshape(n_block * n_rows, n_columns)
    for gate in range(n_gates):
        product = _gate_matrix(gates, gate, first, n_block, n_rows)
        multiply(matrix[:, :], weights.input[gate], product, False)
    if n_gates == 3:
        m = _gate_matrix(gates, 3, first, n_block, n_rows)
        for row in range(len(m)):
            copy(weights.inner_bias, m[row])


@compiled
def _step(kept: Kept, recurrent: np.ndarray, step: int, now: int) -> None:
    """Compute the state after a timestep from the one before it, and from W x + b in the gates.

    The timestep's states are kept from ``step`` on, its gates at gate step ``now``.
    """
    n_gates, n_units, width = recurrent.shape
    gates, before, after = kept.gates, kept.states[step], kept.states[step + 1]
    matrix = before.reshape(len(before) // width, width)[:, :n_units]
    for gate in range(n_gates):
        product = gates[_recurrent_gate(gate, n_gates), now]
        multiply(matrix, recurrent[gate], product.reshape(len(matrix), width), True)
    if n_gates == 1:
        rnn_step(gates[0, now], after)
    elif n_gates == 3:
        r, z, n, m = gates[0, now], gates[1, now], gates[2, now], gates[3, now]
        gru_step(r, z, n, m, before, after)
    else:
        i, f, g, o = gates[0, now], gates[1, now], gates[2, now], gates[3, now]
        lstm_step(i, f, g, o, kept.cells[step], kept.cells[step + 1], after)


@compiled
def _write_results(
    sequences: Sequences,
    chunk: Chunk,
    t: int,
    kept: Kept,
    step: int,
    results: Results,
    pools: Pools,
    n_units: int,
) -> None:
    """Copy the state after timestep t, kept as that of ``step``, to the results; pool it."""
    column, lengths, states = results.column, sequences.lengths, kept.states[step + 1]
    width = len(states) // n_padded_rows(chunk.stop - chunk.first)
    for row in range(chunk.stop - chunk.first):
        sample = chunk.first + row
        length = lengths[sample]
        units = slice(row * width, row * width + n_units)
        if t < length and len(results.outputs) > 0:
            output = results.outputs[sample, length - 1 - t if sequences.mirrored else t]
            copy(states[units], output[column : column + n_units])
        if t < length and len(pools.sums) > 0:
            pool_step(states[units], sample, t, column, sequences.mirrored, pools)
        if t == length - 1:
            copy(states[units], results.last_states[sample][column : column + n_units])
            if len(results.last_cells) > 0:
                copy(kept.cells[step + 1][units], results.last_cells[sample])


@compiled
def _write_states(states: np.ndarray, cells: np.ndarray, chunk: Chunk, out: States) -> None:
    """Copy states and cells, or their gradients, of all units and samples of a chunk."""
    width = len(states) // n_padded_rows(chunk.stop - chunk.first)
    for row in range(chunk.stop - chunk.first):
        if len(out.hidden) > 0:
            copy(states[row * width :], out.hidden[chunk.first + row])
        if len(out.cell) > 0:
            copy(cells[row * width :], out.cell[chunk.first + row])


@compiled
def forward_chunk(
    sequences: Sequences,
    weights: ForwardWeights,
    before: States,
    results: Results,
    pools: Pools,
    after: States,
    chunk: Chunk,
    stretch: Stretch,
    keep: bool,
    workspace: np.ndarray,
) -> None:
    """Run a chunk of samples forward over a stretch of their timesteps.

    Parameters
    ----------
    sequences : Sequences
    weights : ForwardWeights
    before : States
        Those before the stretch.
    results : Results
        Filled in for the samples of the chunk; outputs up to the lengths.
    pools : Pools
        Brought up to date, if requested.
    after : States
        Filled in with those after the stretch, unless no sample reaches it.
    chunk : Chunk
    stretch : Stretch
    keep : bool
        Whether to keep all timesteps for the backward pass, or one block only.
    workspace : ndarray of shape (n_numbers,)
        At least :func:`kept_size` numbers; with ``keep``, :func:`backward_size` more, which the
        backward pass uses.
    """
    n_gates, n_units, width = weights.recurrent.shape
    n_samples = chunk.stop - chunk.first
    n_steps = _n_steps(sequences.lengths, chunk, stretch)
    n_kept = n_steps if keep else min(BLOCK, n_steps)
    if n_steps == 0:
        return
    sizes = LayerSizes(n_gates, sequences.x.shape[2], n_units, width)
    kept = kept_arrays(workspace, n_kept, n_samples, sizes)
    _read_states(before, chunk, n_units, kept.states[0], kept.cells[:1].ravel())
    for begin in range(0, n_steps, BLOCK):
        n_block = min(BLOCK, n_steps - begin)
        if begin > 0 and not keep:
            copy(kept.states[n_kept], kept.states[0])
            if n_gates == 4:
                copy(kept.cells[n_kept], kept.cells[0])
        # where the block and its gates are kept
        step = begin if keep else 0
        gate_step = 0 if n_gates == 1 else step
        block = kept.inputs[step : step + n_block]
        first = stretch.first + begin
        _read_inputs(sequences, chunk, first, block)
        _multiply_inputs(block, weights, kept.gates, gate_step)
        for k in range(n_block):
            _step(kept, weights.recurrent, step + k, gate_step + k)
            _write_results(sequences, chunk, first + k, kept, step + k, results, pools, n_units)
    n_last = n_steps if keep else (n_steps - 1) % BLOCK + 1
    last_cells = kept.cells[n_last : n_last + 1].ravel()
    _write_states(kept.states[n_last], last_cells, chunk, after)


# -- backward ----------------------------------------------------------------------------


@compiled
def _add_result_gradients(
    sequences: Sequences,
    chunk: Chunk,
    t: int,
    d_results: Results,
    d_pools: Pools,
    n_units: int,
    scratch: Scratch,
) -> None:
    """Add the gradients of the results at timestep t to those of the state and the cell."""
    column = d_results.column
    width = len(scratch.d_state) // n_padded_rows(chunk.stop - chunk.first)
    for row in range(chunk.stop - chunk.first):
        sample = chunk.first + row
        length = sequences.lengths[sample]
        units = slice(row * width, row * width + n_units)
        if t < length and len(d_results.outputs) > 0:
            d_output = d_results.outputs[sample, length - 1 - t if sequences.mirrored else t]
            add_to(d_output[column : column + n_units], scratch.d_state[units])
        if t < length and len(d_pools.sums) > 0:
            pool_step_back(scratch.d_state[units], sample, t, column, d_pools)
        if t == length - 1 and len(d_results.last_states) > 0:
            d_last = d_results.last_states[sample]
            add_to(d_last[column : column + n_units], scratch.d_state[units])
        if t == length - 1 and len(d_results.last_cells) > 0:
            copy(d_results.last_cells[sample], scratch.d_cell[units])


@compiled
def _step_back(kept: Kept, recurrent: np.ndarray, t: int, now: int, scratch: Scratch) -> None:
    """Turn the gradients of the states after timestep t into those of the states before it.

    The timestep's gates, kept at gate step ``now``, are overwritten by their gradients.
    """
    n_gates, n_units, width = recurrent.shape
    gates, d_state, d_cell, spare = kept.gates, scratch.d_state, scratch.d_cell, scratch.spare
    if n_gates == 1:
        rnn_step_back(kept.states[t + 1], d_state, gates[0, now])
    elif n_gates == 3:
        r, z, n, m = gates[0, now], gates[1, now], gates[2, now], gates[3, now]
        gru_step_back(r, z, n, m, kept.states[t], d_state, spare)
    else:
        i, f, g, o = gates[0, now], gates[1, now], gates[2, now], gates[3, now]
        lstm_step_back(i, f, g, o, kept.cells[t], kept.cells[t + 1], d_state, d_cell, spare)
    d_before = d_state.reshape(len(d_state) // width, width)
    for gate in range(n_gates):
        d_gate = gates[_recurrent_gate(gate, n_gates), now].reshape(len(d_before), width)
        multiply(d_gate[:, :n_units], recurrent[gate], d_before, True)


@compiled
def _add_weight_gradients(
    block: np.ndarray,
    before: np.ndarray,
    d_gates: np.ndarray,
    first: int,
    gradients: WeightGradients,
) -> None:
    """Add the weight gradients of a block.

    Parameters
    ----------
    block : ndarray of shape (n_block, n_rows, n_features + 1)
        Its inputs.
    before : ndarray of shape (n_block, n_rows * width)
        The states before its timesteps.
    d_gates, first
        Gradients of its gates are kept from gate step ``first`` on.
    gradients : WeightGradients
    """
    n_gates, n_units, width = gradients.recurrent.shape
    n_block, n_rows, n_columns = block.shape
    inputs = block.reshape(n_block * n_rows, n_columns)
    states = before.reshape(n_block * n_rows, width)[:, :n_units]
    for gate in range(n_gates):
        d_gate = _gate_matrix(d_gates, gate, first, n_block, n_rows)
        multiply(inputs.T[:, :], d_gate, gradients.input[gate], True)
        d_gate = _gate_matrix(d_gates, _recurrent_gate(gate, n_gates), first, n_block, n_rows)
        multiply(states.T[:, :], d_gate, gradients.recurrent[gate], True)
    if n_gates == 3:
        d_m = _gate_matrix(d_gates, 3, first, n_block, n_rows)
        for row in range(len(d_m)):
            add_to(d_m[row], gradients.inner_bias)


@compiled
def _multiply_back(
    d_gates: np.ndarray, first: int, weights: np.ndarray, n_rows: int, d_inputs: np.ndarray
) -> None:
    """Write the gradients of the inputs of a block, whose gates begin at gate step ``first``."""
    n_gates, n_units, _ = weights.shape
    n_block = len(d_inputs) // n_rows
    for gate in range(n_gates):
        d_gate = _gate_matrix(d_gates, gate, first, n_block, n_rows)
        multiply(d_gate[:, :n_units], weights[gate], d_inputs, gate > 0)


@compiled
def _write_input_gradients(
    sequences: Sequences, chunk: Chunk, begin: int, d_inputs: np.ndarray, d_x: np.ndarray
) -> None:
    """Copy the gradients of the inputs of a block, from timestep ``begin`` on, to ``d_x``."""
    n_rows = n_padded_rows(chunk.stop - chunk.first)
    for k in range(len(d_inputs) // n_rows):
        for row in range(chunk.stop - chunk.first):
            sample, t = chunk.first + row, begin + k
            length = sequences.lengths[sample]
            if t < length:
                d_input = d_inputs[k * n_rows + row][: d_x.shape[2]]
                copy(d_input, d_x[sample, length - 1 - t if sequences.mirrored else t])


@compiled
def backward_chunk(
    sequences: Sequences,
    weights: BackwardWeights,
    d_results: Results,
    d_x: np.ndarray,
    d_before: States,
    d_pools: Pools,
    d_after: States,
    chunk: Chunk,
    stretch: Stretch,
    workspace: np.ndarray,
) -> None:
    """Run a chunk of samples backward over a stretch of their timesteps.

    All stretches of a sequence are run, from the last one to the first.

    Parameters
    ----------
    sequences : Sequences
    weights : BackwardWeights
    d_results : Results
        Gradients of the results.
    d_x : ndarray of shape (n_samples, n_timesteps, n_features)
        Filled in up to the lengths, if it has rows.
    d_before : States
        Filled in with the gradients of the states before the stretch.
    d_pools : Pools
        Gradients of the pools.
    d_after : States
        Gradients of the states after the stretch; without rows at the end of the sequences.
    chunk : Chunk
    stretch : Stretch
    workspace : ndarray of shape (n_numbers,)
        As :func:`forward_chunk` left it. Its gates are overwritten by their gradients. Its
        :func:`weight_gradients` are set at the end of the sequences, otherwise added to.
    """
    n_gates, n_units, input_width = weights.input.shape
    width, n_features = weights.recurrent.shape[2], sequences.x.shape[2]
    n_samples, n_rows = chunk.stop - chunk.first, n_padded_rows(chunk.stop - chunk.first)
    n_steps = _n_steps(sequences.lengths, chunk, stretch)
    sizes = LayerSizes(n_gates, n_features, n_units, width)
    kept = kept_arrays(workspace, n_steps, n_samples, sizes)
    if stretch.stop >= sequences.x.shape[1]:
        clear(workspace[len(workspace) - gradients_size(sizes) :])
    gradients = weight_gradients(workspace, sizes)
    memory = workspace[kept_size(n_steps, n_samples, sizes) :]
    scratch = scratch_arrays(memory, n_rows, width, input_width)
    _read_states(d_after, chunk, n_units, scratch.d_state, scratch.d_cell)
    for begin in range((n_steps - 1) // BLOCK * BLOCK, -1, -BLOCK):
        n_block = min(BLOCK, n_steps - begin)
        # where the gates of the block are kept
        gate_step = 0 if n_gates == 1 else begin
        for k in range(n_block - 1, -1, -1):
            t = stretch.first + begin + k
            _add_result_gradients(sequences, chunk, t, d_results, d_pools, n_units, scratch)
            _step_back(kept, weights.recurrent, begin + k, gate_step + k, scratch)
        block, before = kept.inputs[begin : begin + n_block], kept.states[begin : begin + n_block]
        _add_weight_gradients(block, before, kept.gates, gate_step, gradients)
        if len(d_x) > 0:
            d_inputs = scratch.d_inputs[: n_block * n_rows]
            _multiply_back(kept.gates, gate_step, weights.input, n_rows, d_inputs)
            _write_input_gradients(sequences, chunk, stretch.first + begin, d_inputs, d_x)
    _write_states(scratch.d_state, scratch.d_cell, chunk, d_before)
