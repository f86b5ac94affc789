"""The compiled recurrences as functions of torch, with gradients."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.layer import LayerRun
from skrnn._kernels.product import is_compiling
from skrnn._kernels.torch_recurrence import run_in_torch

__all__ = ["can_run_fused", "is_switched_on", "run_fused"]


def is_switched_on() -> bool:
    """Whether compiled functions are used: neither ``SKRNN_FUSED=0`` nor Numba forbids it."""
    return os.environ.get("SKRNN_FUSED", "1") != "0" and is_compiling()


def can_run_fused(x: Tensor, weights: list[Tensor]) -> bool:
    """Whether the compiled recurrence can run: all tensors on the CPU, of one floating point type.

    It cannot while torch traces or compiles, or with tensors of other classes, as these need
    torch's own operations. The environment variable ``SKRNN_FUSED=0`` leaves everything to torch.
    """
    dtype = x.dtype
    return (
        type(x) in (Tensor, torch.nn.Parameter)
        and x.is_cpu
        and dtype in (torch.float32, torch.float64)
        and 0 not in x.shape
        and all([weight.dtype == dtype and weight.is_cpu for weight in weights])
        and is_switched_on()
        and not torch.jit.is_tracing()
        and not torch.compiler.is_compiling()
    )


def run_fused(
    cell: str,
    x: Tensor,
    lengths: Tensor | None,
    directions: list[list[Tensor]],
    state: tuple[Tensor, ...] | None = None,
    *,
    last_only: bool = False,
) -> tuple[Any, tuple[Tensor, ...]]:
    """Run one layer.

    Parameters and results are those of :func:`skrnn._kernels.torch_recurrence.run_in_torch`, except
    that outputs past each length are 0, and with ``last_only`` the outputs are None.
    """
    initial = () if state is None else tuple(state)
    weights = [weight for direction in directions for weight in direction]
    tensors = (x, *weights, *initial)
    if torch.is_grad_enabled() and any([tensor.requires_grad for tensor in tensors]):
        results = _FusedLayer.apply(cell, lengths, len(directions), last_only, *tensors)
    else:
        # torch's bookkeeping takes longer than a small layer.
        run = LayerRun(cell, x, lengths, directions, initial)
        arrays = run.forward(keep=False, last_only=last_only)
        results = _requested(arrays, cell, lengths, last_only)
    return (None, results) if last_only else (results[0], results[1:])


def _requested(
    results: tuple[np.ndarray, ...], cell: str, lengths: Tensor | None, last_only: bool
) -> tuple[Tensor, ...]:
    """Return the results that the caller requested as tensors; each takes time to create."""
    stop = 3 if cell == "lstm" and lengths is None else 2
    return tuple(map(torch.from_numpy, results[1 if last_only else 0 : stop]))


class _FusedLayer(torch.autograd.Function):
    """A layer as one operation, with the results that :func:`_requested` returns."""

    @staticmethod
    def forward(
        ctx: Any,
        cell: str,
        lengths: Tensor | None,
        n_directions: int,
        last_only: bool,
        *tensors: Tensor,
    ) -> Any:
        x, directions, state = _arranged(tensors, n_directions)
        run = LayerRun(cell, x, lengths, directions, state)
        arrays = run.forward(keep=True, last_only=last_only)
        results = _requested(arrays, cell, lengths, last_only)
        ctx.run, ctx.cell, ctx.lengths, ctx.n_directions = run, cell, lengths, n_directions
        ctx.last_only, ctx.n_tensors = last_only, len(tensors)
        # also the outputs: torch then reports if they are modified before the backward pass.
        ctx.save_for_backward(*tensors, *results[: 0 if last_only else 1])
        ctx.set_materialize_grads(False)
        return results

    @staticmethod
    def backward(ctx: Any, *d_results: Any) -> Any:
        tensors = ctx.saved_tensors[: ctx.n_tensors]
        d_outputs = None if ctx.last_only else d_results[0]
        d_last = d_results if ctx.last_only else d_results[1:]
        d_states, d_cells = d_last if len(d_last) == 2 else (*d_last, None)
        if torch.is_grad_enabled():
            gradients = _differentiable_gradients(ctx, tensors, d_outputs, d_states, d_cells)
        else:
            needs_x = ctx.needs_input_grad[4]
            gradients = ctx.run.backward(d_outputs, d_states, d_cells, needs_x=needs_x)
        return (None, None, None, None, *gradients)


def _arranged(tensors: Any, n_directions: int) -> tuple[Tensor, list[list[Tensor]], Any]:
    """Return x, the weights of each direction and the state from a flat sequence."""
    x, *others = tensors
    directions = [list(others[4 * number : 4 * number + 4]) for number in range(n_directions)]
    return x, directions, tuple(others[4 * n_directions :])


def _differentiable_gradients(
    ctx: Any,
    tensors: Iterable[Tensor],
    d_outputs: Tensor | None,
    d_states: Tensor | None,
    d_cells: Tensor | None,
) -> list[Tensor | None]:
    """Return gradients that can be differentiated again, computed by torch's recurrences."""
    # views, so that gradients stop here: x and the state may depend on the same weights, and torch
    # itself continues from the gradients of x and the state.
    tensors = [tensor.view_as(tensor) for tensor in tensors]
    x, directions, state = _arranged(tensors, ctx.n_directions)
    outputs, last = run_in_torch(ctx.cell, x, ctx.lengths, directions, state or None)
    if ctx.lengths is not None and d_outputs is not None:
        valid = torch.arange(x.shape[1]) < ctx.lengths[:, None]
        d_outputs = d_outputs * valid[:, :, None]
    pairs = [(outputs, d_outputs), *zip(last, (d_states, d_cells), strict=False)]
    used = [(result, d_result) for result, d_result in pairs if d_result is not None]
    gradients = iter(
        torch.autograd.grad(
            [result for result, _ in used],
            [tensor for tensor in tensors if tensor.requires_grad],
            [d_result for _, d_result in used],
            create_graph=True,
            allow_unused=True,
        )
    )
    return [next(gradients) if tensor.requires_grad else None for tensor in tensors]
