"""A linear layer whose rows do not depend on how many there are, or where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn.kernels._product import COLUMN_MULTIPLE, N_ROWS, project
from skrnn.kernels._recurrence import can_run_fused

__all__ = ["linear"]


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return ``x @ weight.T + bias``, as ``torch.nn.functional.linear`` does.

    torch's product gives a row other bits in another place of the matrix, which a recurrence that
    reads them can blow up.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_timesteps, n_inputs)
    weight : Tensor of shape (n_outputs, n_inputs)
    bias : Tensor of shape (n_outputs,)

    Returns
    -------
    Tensor of shape (n_samples, n_timesteps, n_outputs)
    """
    if not can_run_fused(x, [weight, bias]):
        return torch.nn.functional.linear(x, weight, bias)
    rows: Tensor = _Linear.apply(x.flatten(0, 1), weight, bias)
    return rows.unflatten(0, x.shape[:2])


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        n_rows, n_outputs = len(x), len(weight)
        values = _filled_up(x.detach().contiguous().numpy(), N_ROWS)
        transposed = _filled_up(weight.detach().numpy(), COLUMN_MULTIPLE).T
        out = np.empty((len(values), transposed.shape[1]), values.dtype)
        bias_of_columns = _filled_up(bias.detach().numpy(), COLUMN_MULTIPLE)
        project(values, np.ascontiguousarray(transposed), bias_of_columns, out)
        return torch.from_numpy(np.ascontiguousarray(out[:n_rows, :n_outputs]))

    @staticmethod
    def backward(ctx: Any, *d_outputs: Any) -> Any:
        x, weight = ctx.saved_tensors
        (d_rows,) = d_outputs
        d_x = d_rows @ weight if ctx.needs_input_grad[0] else None
        return d_x, d_rows.T @ x, d_rows.sum(0)


def _filled_up(array: np.ndarray, multiple: int) -> np.ndarray:
    missing = -len(array) % multiple
    if missing == 0:
        return array
    return np.pad(array, ((0, missing), *((0, 0),) * (array.ndim - 1)))
