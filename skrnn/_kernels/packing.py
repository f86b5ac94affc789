"""Weights between torch's layout and that of the kernels."""

from __future__ import annotations

import numpy as np

from skrnn._kernels.chunk import add_to, gradients, gradients_size
from skrnn._kernels.product import compiled

__all__ = ["pack_backward", "pack_forward", "pack_inputs", "unpack"]


@compiled
def pack_forward(weight: np.ndarray, n_gates: int, width: int) -> np.ndarray:
    """Return each gate's weights transposed, columns filled up with zeros.

    Parameters
    ----------
    weight : ndarray of shape (n_gates * n_units, n_inputs)
    n_gates : int
    width : int
        Columns of the result.

    Returns
    -------
    ndarray of shape (n_gates, n_inputs, width)
    """
    n_units, n_inputs = len(weight) // n_gates, weight.shape[1]
    packed = np.zeros((n_gates, n_inputs, width), weight.dtype)
    for gate in range(n_gates):
        for unit in range(n_units):
            for j in range(n_inputs):
                packed[gate, j, unit] = weight[gate * n_units + unit, j]
    return packed


@compiled
def pack_backward(weight: np.ndarray, n_gates: int, width: int) -> np.ndarray:
    """Return each gate's weights as they are, columns filled up with zeros.

    Parameters are those of :func:`pack_forward`; the result has shape (n_gates, n_units, width).
    """
    n_units, n_inputs = len(weight) // n_gates, weight.shape[1]
    packed = np.zeros((n_gates, n_units, width), weight.dtype)
    for gate in range(n_gates):
        for unit in range(n_units):
            for j in range(n_inputs):
                packed[gate, unit, j] = weight[gate * n_units + unit, j]
    return packed


@compiled
def pack_inputs(
    weight: np.ndarray, of_inputs: np.ndarray, of_states: np.ndarray, n_gates: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return each gate's input weights transposed, with its bias as one weight more.

    Parameters
    ----------
    weight : ndarray of shape (n_gates * n_units, n_features)
    of_inputs, of_states : ndarray of shape (n_gates * n_units,)
        The two biases.
    n_gates : int
    width : int
        Columns of the results, filled up with zeros.

    Returns
    -------
    packed : ndarray of shape (n_gates, n_features + 1, width)
    inner_bias : ndarray of shape (width,)
        For a GRU what is added to what r multiplies, else 0.
    """
    n_units, n_features = len(weight) // n_gates, weight.shape[1]
    packed = np.zeros((n_gates, n_features + 1, width), weight.dtype)
    inner_bias = np.zeros(width, weight.dtype)
    for gate in range(n_gates):
        is_inner = n_gates == 3 and gate == 2
        for unit in range(n_units):
            row = gate * n_units + unit
            for j in range(n_features):
                packed[gate, j, unit] = weight[row, j]
            if is_inner:
                inner_bias[unit] = of_states[row]
                packed[gate, n_features, unit] = of_inputs[row]
            else:
                packed[gate, n_features, unit] = of_inputs[row] + of_states[row]
    return packed, inner_bias


@compiled
def unpack(
    rooms: np.ndarray, n_units: int, n_features: int, n_gates: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sum the gradients of all chunks, in their order, and bring them into torch's layout.

    Parameters
    ----------
    rooms : ndarray of shape (n_chunks, n_numbers)
        Of each chunk, its :func:`gradients` at the end. Those of the first are changed.
    n_units, n_features, n_gates, width : int

    Returns
    -------
    d_weight_ih : ndarray of shape (n_gates * n_units, n_features)
    d_weight_hh : ndarray of shape (n_gates * n_units, n_units)
    d_bias_ih, d_bias_hh : ndarray of shape (n_gates * n_units,)
    """
    begin = rooms.shape[1] - gradients_size(n_units, n_features, n_gates, width)
    for chunk in range(1, len(rooms)):
        add_to(rooms[chunk, begin:], rooms[0, begin:])
    sum_ih, sum_hh, sum_inner = gradients(rooms[0], n_units, n_features, n_gates, width)
    d_weight_ih = np.empty((n_gates * n_units, n_features), rooms.dtype)
    d_weight_hh = np.empty((n_gates * n_units, n_units), rooms.dtype)
    d_bias_ih = np.empty(n_gates * n_units, rooms.dtype)
    d_bias_hh = np.empty(n_gates * n_units, rooms.dtype)
    for gate in range(n_gates):
        rows = slice(gate * n_units, (gate + 1) * n_units)
        _transpose(sum_ih[gate], d_weight_ih[rows])
        _transpose(sum_hh[gate], d_weight_hh[rows])
        of_inputs = sum_ih[gate, n_features]
        of_states = sum_inner if n_gates == 3 and gate == 2 else of_inputs
        for unit in range(n_units):
            d_bias_ih[gate * n_units + unit] = of_inputs[unit]
            d_bias_hh[gate * n_units + unit] = of_states[unit]
    return d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh


@compiled
def _transpose(matrix: np.ndarray, out: np.ndarray) -> None:
    n_rows, n_columns = out.shape
    # columns that share a cache line are written while the lines read are still there.
    for first in range(0, n_columns, 16):
        for row in range(n_rows):
            for column in range(first, min(first + 16, n_columns)):
                out[row, column] = matrix[column, row]
