"""Conversion of weights between torch's layout and that of the kernels."""

from __future__ import annotations

import numpy as np

from skrnn._kernels.product import compiled
from skrnn._kernels.vectors import add_to
from skrnn._kernels.workspace import LayerSizes, gradients_size, weight_gradients

__all__ = ["pack_backward", "pack_forward", "pack_inputs", "unpack"]


@compiled
def pack_forward(weight: np.ndarray, n_gates: int, width: int) -> np.ndarray:
    """Return the transposed weights of each gate, with columns of zeros added.

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
    """Return the weights of each gate, not transposed, with columns of zeros added.

    Parameters
    ----------
    weight : ndarray of shape (n_gates * n_units, n_inputs)
    n_gates : int
    width : int
        Columns of the result.

    Returns
    -------
    ndarray of shape (n_gates, n_units, width)
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
    weight: np.ndarray, bias_ih: np.ndarray, bias_hh: np.ndarray, n_gates: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the transposed input weights of each gate, with its bias as the last row.

    Parameters
    ----------
    weight : ndarray of shape (n_gates * n_units, n_features)
    bias_ih, bias_hh : ndarray of shape (n_gates * n_units,)
    n_gates : int
    width : int
        Columns of the results; those past n_units are 0.

    Returns
    -------
    packed : ndarray of shape (n_gates, n_features + 1, width)
    inner_bias : ndarray of shape (width,)
        For a GRU the bias inside the product with r, otherwise 0.
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
                inner_bias[unit] = bias_hh[row]
                packed[gate, n_features, unit] = bias_ih[row]
            else:
                packed[gate, n_features, unit] = bias_ih[row] + bias_hh[row]
    return packed, inner_bias


@compiled
def unpack(
    workspaces: np.ndarray, sizes: LayerSizes
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sum the weight gradients of all chunks, in their order, and convert them to torch's layout.

    Parameters
    ----------
    workspaces : ndarray of shape (n_chunks, n_numbers)
        The workspace of each chunk after the backward pass. The gradients of the first one are
        overwritten.
    sizes : LayerSizes

    Returns
    -------
    d_weight_ih : ndarray of shape (n_gates * n_units, n_features)
    d_weight_hh : ndarray of shape (n_gates * n_units, n_units)
    d_bias_ih, d_bias_hh : ndarray of shape (n_gates * n_units,)
    """
    n_gates, n_features, n_units, _ = sizes
    begin = workspaces.shape[1] - gradients_size(sizes)
    for chunk in range(1, len(workspaces)):
        add_to(workspaces[chunk, begin:], workspaces[0, begin:])
    sum_ih, sum_hh, sum_inner = weight_gradients(workspaces[0], sizes)
    d_weight_ih = np.empty((n_gates * n_units, n_features), workspaces.dtype)
    d_weight_hh = np.empty((n_gates * n_units, n_units), workspaces.dtype)
    d_bias_ih = np.empty(n_gates * n_units, workspaces.dtype)
    d_bias_hh = np.empty(n_gates * n_units, workspaces.dtype)
    for gate in range(n_gates):
        rows = slice(gate * n_units, (gate + 1) * n_units)
        _transpose(sum_ih[gate], d_weight_ih[rows])
        _transpose(sum_hh[gate], d_weight_hh[rows])
        sum_bias = sum_ih[gate, n_features]
        sum_bias_hh = sum_inner if n_gates == 3 and gate == 2 else sum_bias
        for unit in range(n_units):
            d_bias_ih[gate * n_units + unit] = sum_bias[unit]
            d_bias_hh[gate * n_units + unit] = sum_bias_hh[unit]
    return d_weight_ih, d_weight_hh, d_bias_ih, d_bias_hh


@compiled
def _transpose(matrix: np.ndarray, out: np.ndarray) -> None:
    n_rows, n_columns = out.shape
    # 16 columns at a time: rows of the matrix stay in the cache until they have been written.
    for first in range(0, n_columns, 16):
        for row in range(n_rows):
            for column in range(first, min(first + 16, n_columns)):
                out[row, column] = matrix[column, row]
