"""The workspace of a chunk of samples: its size, and the arrays in it.

The caller provides a workspace as one array of numbers. It begins with what the forward pass keeps
for the backward pass (:func:`kept_arrays`). Next come arrays that only the backward pass uses
(:func:`scratch_arrays`). Its last numbers are the result of the backward pass, the gradients of the
weights (:func:`weight_gradients`).

A gate of all units and samples at one timestep is one vector of ``n_rows * width`` numbers: there
is a row for each sample, and some more that fill up tiles of the product; a row is filled up with
zeros to ``width`` numbers, which are whole vector registers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skrnn._kernels.product import TILE_ROWS, compiled

__all__ = [
    "BLOCK",
    "Kept",
    "LayerSizes",
    "Scratch",
    "WeightGradients",
    "backward_size",
    "gradients_size",
    "kept_arrays",
    "kept_size",
    "n_padded_rows",
    "scratch_arrays",
    "weight_gradients",
]

# Timesteps in a block: products with the inputs, and sums for the weights, are taken over a whole
# block while it is in a cache.
BLOCK = 8


class LayerSizes(NamedTuple):
    """What the size of a workspace depends on, for a layer of one direction."""

    n_gates: int
    n_features: int
    n_units: int
    width: int  # n_units, filled up to whole vector registers


class Kept(NamedTuple):
    """What the forward pass keeps of ``n_kept`` timesteps."""

    # shape (n_kept, n_rows, n_features + 1): timesteps of x, then 1; zeros past the lengths
    inputs: np.ndarray
    # shape (n_gate_arrays, n_gate_steps, n_rows * width)
    gates: np.ndarray
    # shape (n_kept + 1, n_rows * width): the initial state, then the state after each timestep
    states: np.ndarray
    # as the states for an LSTM, otherwise without rows
    cells: np.ndarray


class Scratch(NamedTuple):
    """Arrays of the backward pass that are not part of its result."""

    # shape (n_rows * width,): gradients of the state and the cell
    d_state: np.ndarray
    d_cell: np.ndarray
    # shape (n_rows * width,): undefined before and after a timestep
    spare: np.ndarray
    # shape (BLOCK * n_rows, input_width): gradients of the inputs of a block
    d_inputs: np.ndarray


class WeightGradients(NamedTuple):
    """Gradients of the weights in the layout of the kernels, summed over a chunk."""

    input: np.ndarray  # shape (n_gates, n_features + 1, width)
    recurrent: np.ndarray  # shape (n_gates, n_units, width)
    inner_bias: np.ndarray  # shape (width,)


@compiled
def n_padded_rows(n_samples: int) -> int:
    """Return the number of rows for ``n_samples``: a few unused rows cost less than single ones."""
    n_single = n_samples % TILE_ROWS
    return n_samples if 4 * n_single <= TILE_ROWS else n_samples - n_single + TILE_ROWS


@compiled
def _n_gate_arrays(n_gates: int) -> int:
    """Return the number of arrays for gates: a GRU keeps ``m`` apart from ``n``."""
    return 4 if n_gates == 3 else n_gates


@compiled
def _n_gate_steps(n_kept: int, n_gates: int) -> int:
    """Return the number of timesteps whose gates are kept: a simple RNN needs one block only."""
    return min(n_kept, BLOCK) if n_gates == 1 else n_kept


@compiled
def kept_size(n_kept: int, n_samples: int, sizes: LayerSizes) -> int:
    """Return how many numbers the forward pass keeps of ``n_kept`` timesteps."""
    n_gates = sizes.n_gates
    n_gate_steps = _n_gate_steps(n_kept, n_gates) * _n_gate_arrays(n_gates)
    n_cells = n_kept + 1 if n_gates == 4 else 0
    per_row = n_kept * (sizes.n_features + 1) + (n_gate_steps + n_kept + 1 + n_cells) * sizes.width
    return n_padded_rows(n_samples) * per_row


@compiled
def kept_arrays(workspace: np.ndarray, n_kept: int, n_samples: int, sizes: LayerSizes) -> Kept:
    """Return the arrays at the start of a workspace."""
    n_rows, n_columns = n_padded_rows(n_samples), sizes.n_features + 1
    size = n_rows * sizes.width
    n_arrays = _n_gate_arrays(sizes.n_gates)
    n_gate_steps = _n_gate_steps(n_kept, sizes.n_gates)
    n_cells = n_kept + 1 if sizes.n_gates == 4 else 0
    gates_end = n_gate_steps * n_arrays * size
    states_end = gates_end + (n_kept + 1) * size
    cells_end = states_end + n_cells * size
    inputs_end = cells_end + n_kept * n_rows * n_columns
    return Kept(
        workspace[cells_end:inputs_end].reshape(n_kept, n_rows, n_columns),
        workspace[:gates_end].reshape(n_arrays, n_gate_steps, size),
        workspace[gates_end:states_end].reshape(n_kept + 1, size),
        workspace[states_end:cells_end].reshape(n_cells, size),
    )


@compiled
def gradients_size(sizes: LayerSizes) -> int:
    """Return how many numbers :func:`weight_gradients` takes."""
    return (sizes.n_gates * (sizes.n_features + 1 + sizes.n_units) + 1) * sizes.width


@compiled
def weight_gradients(workspace: np.ndarray, sizes: LayerSizes) -> WeightGradients:
    """Return the arrays at the end of a workspace."""
    n_gates, n_features, n_units, width = sizes
    memory = workspace[len(workspace) - gradients_size(sizes) :]
    input_end = n_gates * (n_features + 1) * width
    recurrent_end = input_end + n_gates * n_units * width
    return WeightGradients(
        memory[:input_end].reshape(n_gates, n_features + 1, width),
        memory[input_end:recurrent_end].reshape(n_gates, n_units, width),
        memory[recurrent_end : recurrent_end + width],
    )


@compiled
def backward_size(n_samples: int, sizes: LayerSizes, input_width: int) -> int:
    """Return how many numbers the backward pass needs in addition to :func:`kept_size`."""
    per_row = 3 * sizes.width + BLOCK * input_width
    return gradients_size(sizes) + n_padded_rows(n_samples) * per_row


@compiled
def scratch_arrays(memory: np.ndarray, n_rows: int, width: int, input_width: int) -> Scratch:
    """Return the arrays at the start of ``memory``, the workspace after what is kept."""
    size = n_rows * width
    inputs_end = 3 * size + BLOCK * n_rows * input_width
    return Scratch(
        memory[:size],
        memory[size : 2 * size],
        memory[2 * size : 3 * size],
        memory[3 * size : inputs_end].reshape(BLOCK * n_rows, input_width),
    )
