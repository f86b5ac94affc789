"""A recurrence over a chunk of samples, from their inputs to their states and back.

Inside, time comes first: a block of timesteps is one matrix with a row for each timestep and
sample, and a timestep of a gate is one vector. Products with the inputs, and sums for the weights,
are taken over whole blocks while they are still in a cache. Timestep t of a mirrored sequence is
its last but t. Behind a sequence's length everything stays finite, and nothing of it comes out.

Gates, in the order of torch: one of a simple RNN; r, z, n of a GRU, and behind them m; i, f, g, o
of an LSTM. Units are filled up to whole vectors with zeros that stay zeros.
"""

from __future__ import annotations

import numpy as np

from skrnn.kernels._gru import gru_step, gru_step_back
from skrnn.kernels._lstm import lstm_step, lstm_step_back
from skrnn.kernels._product import add_product, compiled
from skrnn.kernels._rnn import rnn_step, rnn_step_back

__all__ = ["BLOCK", "backward_chunk", "forward_chunk", "room_needed", "scratch_needed"]

# Timesteps in a block.
BLOCK = 8


@compiled
def _is_gru(n_gates: int) -> bool:
    return n_gates == 3


@compiled
def _recurrent_part(gate: int, n_gates: int) -> int:
    """Return where the product of a gate with the state goes: m stands apart from n."""
    return 3 if _is_gru(n_gates) and gate == 2 else gate


@compiled
def _copy(source: np.ndarray, target: np.ndarray) -> None:
    for j in range(len(target)):
        target[j] = source[j]


@compiled
def _add(source: np.ndarray, target: np.ndarray) -> None:
    for j in range(len(target)):
        target[j] += source[j]


@compiled
def _clear(target: np.ndarray) -> None:
    for j in range(len(target)):
        target[j] = 0


@compiled
def _longest(lengths: np.ndarray, first: int, stop: int) -> int:
    longest = 0
    for sample in range(first, stop):
        longest = max(longest, lengths[sample])
    return longest


@compiled
def room_needed(n_kept: int, n_rows: int, n_features: int, n_gates: int, width: int) -> int:
    """Return how many numbers a chunk keeps of ``n_kept`` timesteps."""
    n_parts = 4 if _is_gru(n_gates) else n_gates
    n_cells = n_kept + 1 if n_gates == 4 else 0
    n_gate_steps = _n_gate_steps(n_kept, n_gates)
    return n_rows * (n_kept * n_features + (n_gate_steps * n_parts + n_kept + 1 + n_cells) * width)


@compiled
def _n_gate_steps(n_kept: int, n_gates: int) -> int:
    """Return for how many timesteps gates are kept: a simple RNN does not need them again."""
    return min(n_kept, BLOCK) if n_gates == 1 else n_kept


@compiled
def _kept(
    room: np.ndarray, n_kept: int, n_rows: int, n_features: int, n_gates: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the places, within its room, of what a chunk keeps.

    Returns
    -------
    inputs : ndarray of shape (n_kept, n_rows, n_features)
        Timesteps of x, zero behind the lengths.
    gates : ndarray of shape (n_gates, n_kept, n_rows * width)
        4 gates of a GRU; one block of timesteps of a simple RNN.
    states : ndarray of shape (n_kept + 1, n_rows * width)
        The first is the initial state.
    cells : ndarray of the shape of ``states``, with no rows if there are none
    """
    n = n_rows * width
    n_parts = 4 if _is_gru(n_gates) else n_gates
    n_cells = n_kept + 1 if n_gates == 4 else 0
    n_gate_steps = _n_gate_steps(n_kept, n_gates)
    gates_end = n_gate_steps * n_parts * n
    states_end = gates_end + (n_kept + 1) * n
    cells_end = states_end + n_cells * n
    inputs_end = cells_end + n_kept * n_rows * n_features
    return (
        room[cells_end:inputs_end].reshape(n_kept, n_rows, n_features),
        room[:gates_end].reshape(n_parts, n_gate_steps, n),
        room[gates_end:states_end].reshape(n_kept + 1, n),
        room[states_end:cells_end].reshape(n_cells, n),
    )


@compiled
def forward_chunk(
    x: np.ndarray,
    lengths: np.ndarray,
    mirrored: bool,
    first: int,
    stop: int,
    n_rows: int,
    weight_ih: np.ndarray,
    weight_hh: np.ndarray,
    bias: np.ndarray,
    initial_state: np.ndarray,
    initial_cell: np.ndarray,
    keep: bool,
    room: np.ndarray,
    outputs: np.ndarray,
    column: int,
    last_cells: np.ndarray,
) -> None:
    """Run over time.

    Parameters
    ----------
    x : ndarray of shape (n_samples, n_timesteps, n_features)
    lengths : ndarray of int64, shape (n_samples,)
    mirrored : bool
        Whether sequences are read from their last timestep to their first.
    first, stop : int
        The samples of the chunk.
    n_rows : int
        Rows it is computed with, as many or more.
    weight_ih : ndarray of shape (n_gates, n_features, width)
        For each gate the transpose of W, filled up with zeros.
    weight_hh : ndarray of shape (n_gates, n_units, width)
        For each gate the transpose of V.
    bias : ndarray of shape (n_gates, width), (4, width) for a GRU
        What is added to the inputs' products, and for m to the state's.
    initial_state, initial_cell : ndarray of shape (n_samples, n_units)
        States before the first timestep; the cells are an LSTM's only.
    keep : bool
        Whether to keep all timesteps for the way back, or one block only.
    room : ndarray of shape (room_needed(...),)
        For what is kept.
    outputs : ndarray of shape (n_samples, n_timesteps, n_columns)
        Filled in up to the lengths, n_units columns of it.
    column : int
        The first of these columns.
    last_cells : ndarray of shape (n_samples, n_units)
        Filled in for an LSTM: c after each sequence's last timestep.
    """
    n_gates, n_features, width = weight_ih.shape
    n_units = weight_hh.shape[1]
    n_samples = stop - first
    n_steps = _longest(lengths, first, stop)
    n_kept = n_steps if keep else min(BLOCK, n_steps)
    inputs, gates, states, cells = _kept(room, n_kept, n_rows, n_features, n_gates, width)
    _clear(states[0])
    if n_gates == 4:
        _clear(cells[0])
    for row in range(n_samples):
        place = slice(row * width, row * width + n_units)
        _copy(initial_state[first + row], states[0][place])
        if n_gates == 4:
            _copy(initial_cell[first + row], cells[0][place])
    for begin in range(0, n_steps, BLOCK):
        end = min(begin + BLOCK, n_steps)
        # where the block is kept
        shift = 0 if keep else begin
        gate_shift = begin if n_gates == 1 else shift
        if begin > 0 and not keep:
            _copy(states[n_kept], states[0])
            if n_gates == 4:
                _copy(cells[n_kept], cells[0])
        for t in range(begin, end):
            for row in range(n_samples):
                length = lengths[first + row]
                if t < length:
                    p = length - 1 - t if mirrored else t
                    _copy(x[first + row, p], inputs[t - shift, row])
                else:
                    _clear(inputs[t - shift, row])
            for row in range(n_samples, n_rows):
                _clear(inputs[t - shift, row])
        block = inputs[begin - shift : end - shift].reshape((end - begin) * n_rows, n_features)
        for gate in range(len(bias)):
            of_gate = gates[gate, begin - gate_shift : end - gate_shift]
            of_gate = of_gate.reshape((end - begin) * n_rows, width)
            for k in range(len(of_gate)):
                _copy(bias[gate], of_gate[k])
            if gate < n_gates:
                add_product(block[:, :], weight_ih[gate], of_gate)
        for t in range(begin - shift, end - shift):
            before = states[t].reshape(n_rows, width)[:, :n_units]
            for gate in range(n_gates):
                at = t + shift - gate_shift
                of_gate = gates[_recurrent_part(gate, n_gates), at].reshape(n_rows, width)
                add_product(before, weight_hh[gate], of_gate)
            if n_gates == 1:
                rnn_step(gates[0, t + shift - gate_shift], states[t + 1])
            elif n_gates == 3:
                gru_step(
                    *(gates[0, t], gates[1, t], gates[2, t], gates[3, t]),
                    *(states[t], states[t + 1]),
                )
            else:
                lstm_step(
                    *(gates[0, t], gates[1, t], gates[2, t], gates[3, t]),
                    *(cells[t], cells[t + 1], states[t + 1]),
                )
            for row in range(n_samples):
                length = lengths[first + row]
                place = slice(row * width, row * width + n_units)
                if t + shift < length:
                    p = length - 1 - t - shift if mirrored else t + shift
                    here = outputs[first + row, p][column : column + n_units]
                    _copy(states[t + 1][place], here)
                if n_gates == 4 and t + shift == length - 1:
                    _copy(cells[t + 1][place], last_cells[first + row])


@compiled
def scratch_needed(n_rows: int, input_width: int, n_gates: int, width: int) -> int:
    """Return how many numbers the way back of a chunk needs beside what was kept."""
    n_parts = 4 if _is_gru(n_gates) else n_gates
    return n_rows * (2 * width + BLOCK * (input_width + n_parts * width))


@compiled
def backward_chunk(
    lengths: np.ndarray,
    mirrored: bool,
    first: int,
    stop: int,
    n_rows: int,
    room: np.ndarray,
    scratch: np.ndarray,
    weight_ih: np.ndarray,
    weight_hh: np.ndarray,
    d_outputs: np.ndarray,
    column: int,
    d_last_cells: np.ndarray,
    needs_x: bool,
    d_x: np.ndarray,
    d_initial_state: np.ndarray,
    d_initial_cell: np.ndarray,
    d_weight_ih: np.ndarray,
    d_weight_hh: np.ndarray,
    d_bias: np.ndarray,
) -> None:
    """Run back over time.

    Parameters
    ----------
    lengths, mirrored, first, stop, n_rows, room
        As for :func:`forward_chunk`, with ``room`` as it left it.
    scratch : ndarray of shape (scratch_needed(...),)
        Room for what is not kept.
    weight_ih : ndarray of shape (n_gates, n_units, width of n_features)
        For each gate W, filled up with zeros.
    weight_hh : ndarray of shape (n_gates, n_units, width)
        For each gate V, filled up with zeros.
    d_outputs : ndarray of shape (n_samples, n_timesteps, n_columns)
        Gradients of the outputs.
    column : int
        The first of the n_units columns that they have here.
    d_last_cells : ndarray of shape (n_samples, n_units)
        For an LSTM, gradients of the last c.
    needs_x : bool
        Whether ``d_x`` is wanted.
    d_x : ndarray of shape (n_samples, n_timesteps, n_features)
        Filled in up to the lengths.
    d_initial_state, d_initial_cell : ndarray of shape (n_samples, n_units)
        Filled in.
    d_weight_ih : ndarray of shape (n_gates, n_features, width)
    d_weight_hh : ndarray of shape (n_gates, n_units, width)
    d_bias : ndarray of shape (n_gates, width), (4, width) for a GRU
        Added to; laid out as the weights and the bias are on the way forward.
    """
    n_gates, n_units, input_width = weight_ih.shape
    width = weight_hh.shape[2]
    n_features = d_weight_ih.shape[1]
    n = n_rows * width
    n_samples = stop - first
    n_steps = _longest(lengths, first, stop)
    n_parts = len(d_bias)
    inputs, gates, states, cells = _kept(room, n_steps, n_rows, n_features, n_gates, width)
    d, d_cell = scratch[:n], scratch[n : 2 * n]
    _clear(scratch[: 2 * n])
    block_end = 2 * n + BLOCK * n_rows * input_width
    d_block = scratch[2 * n : block_end].reshape(BLOCK * n_rows, input_width)
    gates_end = block_end + n_parts * BLOCK * n
    d_gates = scratch[block_end:gates_end].reshape(n_parts, BLOCK, n)
    for begin in range((n_steps - 1) // BLOCK * BLOCK, -1, -BLOCK):
        end = min(begin + BLOCK, n_steps)
        for t in range(end - 1, begin - 1, -1):
            for row in range(n_samples):
                length = lengths[first + row]
                if t < length:
                    p = length - 1 - t if mirrored else t
                    here = d_outputs[first + row, p][column : column + n_units]
                    _add(here, d[row * width : row * width + n_units])
                if n_gates == 4 and t == length - 1:
                    _copy(d_last_cells[first + row], d_cell[row * width : row * width + n_units])
            at = t - begin
            if n_gates == 1:
                rnn_step_back(states[t + 1], d, d_gates[0, at])
            elif n_gates == 3:
                gru_step_back(
                    *(gates[0, t], gates[1, t], gates[2, t], gates[3, t], states[t], d),
                    *(d_gates[0, at], d_gates[1, at], d_gates[2, at], d_gates[3, at]),
                )
            else:
                lstm_step_back(
                    *(gates[0, t], gates[1, t], gates[2, t], gates[3, t]),
                    *(cells[t], cells[t + 1], d, d_cell),
                    *(d_gates[0, at], d_gates[1, at], d_gates[2, at], d_gates[3, at]),
                )
            d_before = d.reshape(n_rows, width)
            for gate in range(n_gates):
                of_gate = d_gates[_recurrent_part(gate, n_gates), at].reshape(n_rows, width)
                add_product(of_gate[:, :n_units], weight_hh[gate], d_before)
        # what the weights get from the block
        n_block = (end - begin) * n_rows
        block = inputs[begin:end].reshape(n_block, n_features)
        before = states[begin:end].reshape(n_block, width)[:, :n_units]
        for part in range(n_parts):
            of_part = d_gates[part, : end - begin].reshape(n_block, width)
            for k in range(n_block):
                _add(of_part[k], d_bias[part])
        for gate in range(n_gates):
            of_gate = d_gates[gate, : end - begin].reshape(n_block, width)
            add_product(block.T[:, :], of_gate, d_weight_ih[gate])
            recurrent = d_gates[_recurrent_part(gate, n_gates), : end - begin]
            add_product(before.T[:, :], recurrent.reshape(n_block, width), d_weight_hh[gate])
        if needs_x:
            _clear(d_block.ravel())
            for gate in range(n_gates):
                of_gate = d_gates[gate, : end - begin].reshape(n_block, width)
                add_product(of_gate[:, :n_units], weight_ih[gate], d_block[:n_block])
            for t in range(begin, end):
                for row in range(n_samples):
                    length = lengths[first + row]
                    if t < length:
                        p = length - 1 - t if mirrored else t
                        here = d_block[(t - begin) * n_rows + row][:n_features]
                        _copy(here, d_x[first + row, p])
    for row in range(n_samples):
        place = slice(row * width, row * width + n_units)
        _copy(d[place], d_initial_state[first + row])
        if n_gates == 4:
            _copy(d_cell[place], d_initial_cell[first + row])
