"""A recurrence over a chunk of samples, from their inputs to their states and back.

Inside, time comes first: a block of timesteps is one matrix with a row for each timestep and
sample, and a timestep of a gate is one vector. Products with the inputs, and sums for the weights,
are taken over whole blocks while they are still in a cache. Timestep t of a mirrored sequence is
its last but t. Behind a sequence's length everything stays finite, and nothing of it comes out.

Gates, in the order of torch: one of a simple RNN; r, z, n of a GRU, and behind them m; i, f, g, o
of an LSTM. Biases are weights of an input that is always 1, behind the others. Units are filled up
to whole vectors with zeros that stay zeros, and samples to whole tiles of the product.

The memory of a chunk is an array that the caller provides, its *room*. First lies what is *kept*
from the way forward for the way back (``_kept``), behind it what is *passing*: of use on the way
back only (``_passing``). Last are the sums for the weights, its result (``gradients``).
"""

from __future__ import annotations

import numpy as np

from skrnn._kernels.gru import gru_step, gru_step_back
from skrnn._kernels.lstm import lstm_step, lstm_step_back
from skrnn._kernels.product import TILE_ROWS, compiled, multiply
from skrnn._kernels.rnn import rnn_step, rnn_step_back

__all__ = [
    "BLOCK",
    "add_to",
    "backward_chunk",
    "forward_chunk",
    "gradients",
    "gradients_size",
    "kept_size",
    "passing_size",
]

# Timesteps in a block.
BLOCK = 8


# -- vectors -----------------------------------------------------------------------------


@compiled
def _copy(source: np.ndarray, target: np.ndarray) -> None:
    for j in range(len(target)):
        target[j] = source[j]


@compiled
def add_to(source: np.ndarray, target: np.ndarray) -> None:
    """Add one vector to another."""
    for j in range(len(target)):
        target[j] += source[j]


@compiled
def _clear(target: np.ndarray) -> None:
    for j in range(len(target)):
        target[j] = 0


# -- sizes and places --------------------------------------------------------------------


@compiled
def _n_parts(n_gates: int) -> int:
    """Return how many products with weights there are: m of a GRU stands apart from n."""
    return 4 if n_gates == 3 else n_gates


@compiled
def _recurrent_part(gate: int, n_gates: int) -> int:
    """Return where the product of a gate with the state goes."""
    return 3 if n_gates == 3 and gate == 2 else gate


@compiled
def _n_rows(n_samples: int) -> int:
    """Return how many rows samples are computed with: a few too many beat single ones."""
    n_single = n_samples % TILE_ROWS
    return n_samples if 4 * n_single <= TILE_ROWS else n_samples - n_single + TILE_ROWS


@compiled
def _longest(lengths: np.ndarray, first: int, stop: int) -> int:
    longest = 0
    for sample in range(first, stop):
        longest = max(longest, lengths[sample])
    return longest


@compiled
def _n_gate_steps(n_kept: int, n_gates: int) -> int:
    """Return for how many timesteps gates are kept: a simple RNN does not need them again."""
    return min(n_kept, BLOCK) if n_gates == 1 else n_kept


@compiled
def kept_size(n_kept: int, n_samples: int, n_features: int, n_gates: int, width: int) -> int:
    """Return how many numbers a chunk keeps of ``n_kept`` timesteps."""
    n_gate_steps = _n_gate_steps(n_kept, n_gates) * _n_parts(n_gates)
    n_cells = n_kept + 1 if n_gates == 4 else 0
    per_row = n_kept * (n_features + 1) + (n_gate_steps + n_kept + 1 + n_cells) * width
    return _n_rows(n_samples) * per_row


@compiled
def _kept(
    room: np.ndarray, n_kept: int, n_samples: int, n_features: int, n_gates: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the places, within its room, of what a chunk keeps from the way forward.

    Returns
    -------
    inputs : ndarray of shape (n_kept, n_rows, n_features + 1)
        Timesteps of x, and 1; zeros behind the lengths.
    gates : ndarray of shape (n_parts, n_kept, n_rows * width)
        One block of timesteps of a simple RNN.
    states : ndarray of shape (n_kept + 1, n_rows * width)
        The first is the initial state.
    cells : ndarray of the shape of ``states``, with no rows if there are none
    """
    n_rows = _n_rows(n_samples)
    n = n_rows * width
    n_parts, n_gate_steps = _n_parts(n_gates), _n_gate_steps(n_kept, n_gates)
    n_cells = n_kept + 1 if n_gates == 4 else 0
    gates_end = n_gate_steps * n_parts * n
    states_end = gates_end + (n_kept + 1) * n
    cells_end = states_end + n_cells * n
    inputs_end = cells_end + n_kept * n_rows * (n_features + 1)
    return (
        room[cells_end:inputs_end].reshape(n_kept, n_rows, n_features + 1),
        room[:gates_end].reshape(n_parts, n_gate_steps, n),
        room[gates_end:states_end].reshape(n_kept + 1, n),
        room[states_end:cells_end].reshape(n_cells, n),
    )


@compiled
def gradients_size(n_units: int, n_features: int, n_gates: int, width: int) -> int:
    """Return how many numbers :func:`gradients` are."""
    return (n_gates * (n_features + 1 + n_units) + 1) * width


@compiled
def gradients(
    room: np.ndarray, n_units: int, n_features: int, n_gates: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places, at the end of its room, of a chunk's sums for the weights.

    Returns
    -------
    d_weight_ih : ndarray of shape (n_gates, n_features + 1, width)
    d_weight_hh : ndarray of shape (n_gates, n_units, width)
    d_inner_bias : ndarray of shape (width,)
    """
    room = room[len(room) - gradients_size(n_units, n_features, n_gates, width) :]
    input_end = n_gates * (n_features + 1) * width
    state_end = input_end + n_gates * n_units * width
    return (
        room[:input_end].reshape(n_gates, n_features + 1, width),
        room[input_end:state_end].reshape(n_gates, n_units, width),
        room[state_end : state_end + width],
    )


@compiled
def passing_size(
    n_samples: int, n_units: int, n_features: int, n_gates: int, width: int, input_width: int
) -> int:
    """Return how many numbers the way back of a chunk needs beside what is kept."""
    per_row = 3 * width + BLOCK * input_width
    return gradients_size(n_units, n_features, n_gates, width) + _n_rows(n_samples) * per_row


@compiled
def _passing(
    room: np.ndarray, n_rows: int, width: int, input_width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the places, at the front of ``room``, of what only the way back needs.

    Returns
    -------
    d, d_cell : ndarray of shape (n_rows * width,)
        Gradients of the state and the cell, at first 0.
    spare : ndarray of shape (n_rows * width,)
        Of no use after a timestep.
    d_inputs : ndarray of shape (BLOCK * n_rows, input_width)
        Gradients of the inputs.
    """
    n = n_rows * width
    _clear(room[: 2 * n])
    inputs_end = 3 * n + BLOCK * n_rows * input_width
    return (
        room[:n],
        room[n : 2 * n],
        room[2 * n : 3 * n],
        room[3 * n : inputs_end].reshape(BLOCK * n_rows, input_width),
    )


# -- forward -----------------------------------------------------------------------------


@compiled
def _read_inputs(
    x: np.ndarray, lengths: np.ndarray, mirrored: bool, first: int, begin: int, block: np.ndarray
) -> None:
    """Copy timesteps from ``begin`` on, and 1, into a block, time first; else zeros."""
    n_features = x.shape[2]
    for k in range(len(block)):
        for row in range(block.shape[1]):
            length = lengths[first + row] if first + row < len(x) else 0
            t = begin + k
            if t < length:
                features = block[k, row][:n_features]
                _copy(x[first + row, length - 1 - t if mirrored else t], features)
                block[k, row, n_features] = 1
            else:
                _clear(block[k, row])


@compiled
def forward_chunk(
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
    first: int,
    stop: int,
    room: np.ndarray,
) -> None:
    """Run over time.

    Parameters
    ----------
    x : ndarray of shape (n_samples, n_timesteps, n_features)
    lengths : ndarray of int64, shape (n_samples,)
    mirrored : bool
        Whether sequences are read from their last timestep to their first.
    weight_ih : ndarray of shape (n_gates, n_features + 1, width)
        For each gate the transpose of W, and the bias behind it, filled up with zeros.
    weight_hh : ndarray of shape (n_gates, n_units, width)
        For each gate the transpose of V.
    inner_bias : ndarray of shape (width,)
        c of a GRU, what is added to m.
    initial_state, initial_cell : ndarray of shape (n_samples, n_units)
        States before the first timestep, the cells of an LSTM only; no rows are zeros.
    keep : bool
        Whether to keep all timesteps for the way back, or one block only.
    outputs : ndarray of shape (n_samples, n_timesteps, n_columns)
        Filled in up to the lengths, n_units columns of it, if it has rows.
    column : int
        The first of these columns.
    last_states : ndarray of shape (n_samples, n_columns)
        Filled in likewise: the states after each sequence's last timestep.
    last_cells : ndarray of shape (n_samples, n_units)
        Filled in for an LSTM, if it has rows: c after each sequence's last timestep.
    first, stop : int
        The samples of the chunk.
    room : ndarray of shape (n_numbers,)
        At least :func:`kept_size` numbers; with ``keep`` also :func:`passing_size` more, which the
        way back uses.
    """
    n_gates, n_units, width = weight_hh.shape
    n_features = x.shape[2]
    n_samples, n_rows = stop - first, _n_rows(stop - first)
    n_steps = _longest(lengths, first, stop)
    n_kept = n_steps if keep else min(BLOCK, n_steps)
    inputs, gates, states, cells = _kept(room, n_kept, n_samples, n_features, n_gates, width)
    _clear(states[0])
    _clear(cells[:1].ravel())
    for row in range(n_samples):
        place = slice(row * width, row * width + n_units)
        if len(initial_state) > 0:
            _copy(initial_state[first + row], states[0][place])
        if len(initial_cell) > 0:
            _copy(initial_cell[first + row], cells[0][place])
    for begin in range(0, n_steps, BLOCK):
        n_block = min(BLOCK, n_steps - begin)
        # where the block is kept, and its gates
        at = begin if keep else 0
        gate_at = 0 if n_gates == 1 else at
        if begin > 0 and not keep:
            _copy(states[n_kept], states[0])
            if n_gates == 4:
                _copy(cells[n_kept], cells[0])
        block = inputs[at : at + n_block]
        _read_inputs(x[:stop], lengths, mirrored, first, begin, block)
        matrix = block.reshape(n_block * n_rows, n_features + 1)
        for gate in range(n_gates):
            of_gate = gates[gate, gate_at : gate_at + n_block].reshape(n_block * n_rows, width)
            multiply(matrix[:, :], weight_ih[gate], of_gate, False)
        if n_gates == 3:
            of_m = gates[3, gate_at : gate_at + n_block].reshape(n_block * n_rows, width)
            for row in range(len(of_m)):
                _copy(inner_bias, of_m[row])
        for k in range(n_block):
            before, after = states[at + k], states[at + k + 1]
            now = gate_at + k
            for gate in range(n_gates):
                of_part = gates[_recurrent_part(gate, n_gates), now].reshape(n_rows, width)
                of_before = before.reshape(n_rows, width)[:, :n_units]
                multiply(of_before, weight_hh[gate], of_part, True)
            if n_gates == 1:
                rnn_step(gates[0, now], after)
            elif n_gates == 3:
                gru_step(gates[0, now], gates[1, now], gates[2, now], gates[3, now], before, after)
            else:
                lstm_step(
                    *(gates[0, now], gates[1, now], gates[2, now], gates[3, now]),
                    *(cells[at + k], cells[at + k + 1], after),
                )
            for row in range(n_samples):
                t, length = begin + k, lengths[first + row]
                place = slice(row * width, row * width + n_units)
                if t < length and len(outputs) > 0:
                    output = outputs[first + row, length - 1 - t if mirrored else t]
                    _copy(after[place], output[column : column + n_units])
                if t == length - 1:
                    _copy(after[place], last_states[first + row][column : column + n_units])
                    if len(last_cells) > 0:
                        _copy(cells[at + k + 1][place], last_cells[first + row])


# -- backward ----------------------------------------------------------------------------


@compiled
def backward_chunk(
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
    first: int,
    stop: int,
    room: np.ndarray,
) -> None:
    """Run back over time.

    Parameters
    ----------
    lengths, mirrored
        As for :func:`forward_chunk`.
    weight_ih : ndarray of shape (n_gates, n_units, input_width)
        For each gate W, filled up with zeros.
    weight_hh : ndarray of shape (n_gates, n_units, width)
        For each gate V, filled up with zeros.
    n_features : int
    d_outputs : ndarray of shape (n_samples, n_timesteps, n_columns)
        Gradients of the outputs; no rows are zeros.
    d_last_states : ndarray of shape (n_samples, n_columns)
        Gradients of the last states; no rows are zeros.
    column : int
        The first of the n_units columns that they have here.
    d_last_cells : ndarray of shape (n_samples, n_units)
        Gradients of the last c; no rows are zeros.
    d_x : ndarray of shape (n_samples, n_timesteps, n_features)
        Filled in up to the lengths, if it has rows.
    d_initial_state, d_initial_cell : ndarray of shape (n_samples, n_units)
        Filled in, if they have rows.
    first, stop, room
        As for :func:`forward_chunk`, with ``room`` as it left it. Gradients take the place of the
        gates, and the end is filled in: :func:`gradients`.
    """
    n_gates, n_units, input_width = weight_ih.shape
    width = weight_hh.shape[2]
    n_samples, n_rows = stop - first, _n_rows(stop - first)
    n_steps = _longest(lengths, first, stop)
    inputs, gates, states, cells = _kept(room, n_steps, n_samples, n_features, n_gates, width)
    begin_sums = len(room) - gradients_size(n_units, n_features, n_gates, width)
    _clear(room[begin_sums:])
    d_weight_ih, d_weight_hh, d_inner_bias = gradients(room, n_units, n_features, n_gates, width)
    begin_passing = kept_size(n_steps, n_samples, n_features, n_gates, width)
    d, d_cell, spare, d_inputs = _passing(room[begin_passing:], n_rows, width, input_width)
    for begin in range((n_steps - 1) // BLOCK * BLOCK, -1, -BLOCK):
        n_block = min(BLOCK, n_steps - begin)
        # where gradients of what is squashed take the place of the gates
        gate_at = 0 if n_gates == 1 else begin
        gate_end = gate_at + n_block
        for k in range(n_block - 1, -1, -1):
            t = begin + k
            for row in range(n_samples):
                length = lengths[first + row]
                place = slice(row * width, row * width + n_units)
                if t < length and len(d_outputs) > 0:
                    d_output = d_outputs[first + row, length - 1 - t if mirrored else t]
                    add_to(d_output[column : column + n_units], d[place])
                if t == length - 1 and len(d_last_states) > 0:
                    add_to(d_last_states[first + row][column : column + n_units], d[place])
                if t == length - 1 and len(d_last_cells) > 0:
                    _copy(d_last_cells[first + row], d_cell[place])
            now = gate_at + k
            if n_gates == 1:
                rnn_step_back(states[t + 1], d, gates[0, now])
            elif n_gates == 3:
                gru_step_back(
                    *(gates[0, now], gates[1, now], gates[2, now], gates[3, now]),
                    *(states[t], d, spare),
                )
            else:
                lstm_step_back(
                    *(gates[0, now], gates[1, now], gates[2, now], gates[3, now]),
                    *(cells[t], cells[t + 1], d, d_cell, spare),
                )
            d_before = d.reshape(n_rows, width)
            for gate in range(n_gates):
                of_part = gates[_recurrent_part(gate, n_gates), now].reshape(n_rows, width)
                multiply(of_part[:, :n_units], weight_hh[gate], d_before, True)
        n = n_block * n_rows
        block = inputs[begin : begin + n_block].reshape(n, n_features + 1)
        before = states[begin : begin + n_block].reshape(n, width)[:, :n_units]
        for gate in range(n_gates):
            of_gate = gates[gate, gate_at:gate_end].reshape(n, width)
            multiply(block.T[:, :], of_gate, d_weight_ih[gate], True)
            of_part = gates[_recurrent_part(gate, n_gates), gate_at:gate_end].reshape(n, width)
            multiply(before.T[:, :], of_part, d_weight_hh[gate], True)
        if n_gates == 3:
            of_m = gates[3, gate_at:gate_end].reshape(n, width)
            for row in range(n):
                add_to(of_m[row], d_inner_bias)
        if len(d_x) > 0:
            for gate in range(n_gates):
                of_part = gates[gate, gate_at:gate_end].reshape(n, width)
                multiply(of_part[:, :n_units], weight_ih[gate], d_inputs[:n], gate > 0)
            for k in range(n_block):
                for row in range(n_samples):
                    t, length = begin + k, lengths[first + row]
                    if t < length:
                        d_input = d_inputs[k * n_rows + row][:n_features]
                        _copy(d_input, d_x[first + row, length - 1 - t if mirrored else t])
    for row in range(n_samples):
        place = slice(row * width, row * width + n_units)
        if len(d_initial_state) > 0:
            _copy(d[place], d_initial_state[first + row])
        if len(d_initial_cell) > 0:
            _copy(d_cell[place], d_initial_cell[first + row])
