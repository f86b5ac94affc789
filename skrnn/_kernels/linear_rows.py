"""A linear layer whose result for a row does not depend on the row's position or on others."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.packing import pack_forward
from skrnn._kernels.product import compiled, multiply, padded_width
from skrnn._kernels.recurrence import can_run_fused
from skrnn._kernels.threads import for_each

__all__ = ["linear", "product_of_rows"]

# Rows of one piece of work.
_CHUNK = 256


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return ``x @ weight.T + bias``, as ``torch.nn.functional.linear`` does.

    Unlike with torch, a row of the result has the same bits at any position in the matrix. Rounding
    differences would otherwise grow in a recurrence that reads the result.

    Parameters
    ----------
    x : Tensor of shape (..., n_inputs)
    weight : Tensor of shape (n_outputs, n_inputs)
    bias : Tensor of shape (n_outputs,)

    Returns
    -------
    Tensor of shape (..., n_outputs)
    """
    fits = x.shape[-1:] == weight.shape[1:] and bias.shape == weight.shape[:1]
    # torch raises an error that explains shapes that do not fit.
    if not fits or not can_run_fused(x, [weight, bias]):
        return torch.nn.functional.linear(x, weight, bias)
    rows = x.reshape(-1, x.shape[-1])
    # torch's bookkeeping takes longer than a small product.
    run = _Linear.apply if torch.is_grad_enabled() else _linear_of_rows
    return run(rows, weight, bias).reshape(*x.shape[:-1], len(weight))


def _linear_of_rows(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    values = x.detach().contiguous().numpy()
    n_rows, n_outputs = len(values), len(weight)
    width = padded_width(n_outputs, values.itemsize)
    packed = pack_forward(weight.detach().contiguous().numpy(), 1, width)[0]
    bias_of_columns = np.zeros(width, values.dtype)
    bias_of_columns[:n_outputs] = bias.detach().numpy()
    out = np.empty((n_rows, width), values.dtype)

    def run(first: int) -> None:
        rows = slice(first, first + _CHUNK)
        add_bias_and_product(values[rows], packed, bias_of_columns, out[rows])

    for_each(run, range(0, n_rows, _CHUNK), values.size * n_outputs)
    return torch.from_numpy(np.ascontiguousarray(out[:, :n_outputs]))


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _linear_of_rows(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *d_outputs: Any) -> Any:
        x, weight = ctx.saved_tensors
        (d_rows,) = d_outputs
        if torch.is_grad_enabled():
            # torch's own operations can be differentiated again.
            return d_rows @ weight, d_rows.T @ x, d_rows.sum(0)
        gradient = d_rows.detach().contiguous().numpy()
        d_x = (
            product_of_rows(gradient, weight.detach().numpy()) if ctx.needs_input_grad[0] else None
        )
        d_weight = product_of_rows(gradient.T, x.detach().numpy())
        return d_x, d_weight, d_rows.sum(0)


def product_of_rows(left: np.ndarray, right: np.ndarray) -> Tensor:
    """Return ``left @ right``, computed by several threads if that saves time."""
    n_columns = right.shape[1]
    width = padded_width(n_columns, right.itemsize)
    padded = np.zeros((len(right), width), right.dtype)
    padded[:, :n_columns] = right
    out = np.empty((len(left), width), right.dtype)

    def run(first: int) -> None:
        rows = slice(first, first + _CHUNK)
        multiply(left[rows][:, :], padded, out[rows], False)

    for_each(run, range(0, len(left), _CHUNK), left.size * n_columns)
    return torch.from_numpy(np.ascontiguousarray(out[:, :n_columns]))


@compiled
def add_bias_and_product(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, out: np.ndarray
) -> None:
    """Write ``x @ weight + bias`` to ``out``.

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_inputs)
    weight : ndarray of shape (n_inputs, width)
        As for :func:`multiply`.
    bias : ndarray of shape (width,)
    out : ndarray of shape (n_rows, width)
    """
    for row in range(len(x)):
        for j in range(len(bias)):
            out[row, j] = bias[j]
    multiply(x[:, :], weight, out, True)
