"""Weights between torch's layout and that of the kernels."""

from __future__ import annotations

import numpy as np

from skrnn.kernels._chunk import gradients
from skrnn.kernels._product import compiled

__all__ = ["pack_backward", "pack_bias", "pack_forward", "unpack"]


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
def pack_bias(of_inputs: np.ndarray, of_states: np.ndarray, n_gates: int, width: int) -> np.ndarray:
    """Return what is added to each gate's inputs, and for a GRU to what r multiplies.

    Parameters
    ----------
    of_inputs, of_states : ndarray of shape (n_gates * n_units,)
    n_gates : int
    width : int
        Columns of the result.

    Returns
    -------
    ndarray of shape (n_gates, width), (4, width) for a GRU
    """
    n_units = len(of_inputs) // n_gates
    bias = np.zeros((4 if n_gates == 3 else n_gates, width), of_inputs.dtype)
    for gate in range(n_gates):
        for unit in range(n_units):
            of_input, of_state = of_inputs[gate * n_units + unit], of_states[gate * n_units + unit]
            if n_gates == 3 and gate == 2:
                bias[2, unit], bias[3, unit] = of_input, of_state
            else:
                bias[gate, unit] = of_input + of_state
    return bias


@compiled
def unpack(
    rooms: np.ndarray, n_units: int, n_features: int, n_gates: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sum the gradients of all chunks, in their order, and bring them into torch's layout.

    Parameters
    ----------
    rooms : ndarray of shape (n_chunks, n_numbers)
        Of each chunk, its :func:`gradients` in front. Those of the first are changed.
    n_units, n_features, n_gates, width : int

    Returns
    -------
    d_weight_ih : ndarray of shape (n_gates * n_units, n_features)
    d_weight_hh : ndarray of shape (n_gates * n_units, n_units)
    d_bias_ih, d_bias_hh : ndarray of shape (n_gates * n_units,)
    """
    size = (n_gates * (n_features + n_units) + (4 if n_gates == 3 else n_gates)) * width
    for chunk in range(1, len(rooms)):
        _add(rooms[chunk, :size], rooms[0, :size])
    sum_ih, sum_hh, sum_bias = gradients(rooms[0], n_units, n_features, n_gates, width)
    d_weight_ih = np.empty((n_gates * n_units, n_features), rooms.dtype)
    d_weight_hh = np.empty((n_gates * n_units, n_units), rooms.dtype)
    d_bias_ih = np.empty(n_gates * n_units, rooms.dtype)
    d_bias_hh = np.empty(n_gates * n_units, rooms.dtype)
    for gate in range(n_gates):
        rows = slice(gate * n_units, (gate + 1) * n_units)
        _transpose(sum_ih[gate], d_weight_ih[rows])
        _transpose(sum_hh[gate], d_weight_hh[rows])
        of_states = 3 if n_gates == 3 and gate == 2 else gate
        for unit in range(n_units):
            d_bias_ih[gate * n_units + unit] = sum_bias[gate, unit]
            d_bias_hh[gate * n_units + unit] = sum_bias[of_states, unit]
    return d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh


@compiled
def _add(part: np.ndarray, total: np.ndarray) -> None:
    for j in range(len(part)):
        total[j] += part[j]


@compiled
def _transpose(matrix: np.ndarray, out: np.ndarray) -> None:
    n_rows, n_columns = out.shape
    # columns that share a cache line are written while the lines read are still there.
    for first in range(0, n_columns, 16):
        for row in range(n_rows):
            for column in range(first, min(first + 16, n_columns)):
                out[row, column] = matrix[column, row]
