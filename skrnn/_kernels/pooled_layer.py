"""A layer over long sequences and the pooling of its states, as one function of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.layer import LayerRun, stretches_of
from skrnn._kernels.pooled_states import pool_fused
from skrnn._kernels.product import padded_width
from skrnn._kernels.running_pools import Pools
from skrnn._kernels.torch_recurrence import N_GATES, run_in_torch
from skrnn._kernels.workspace import LayerSizes

__all__ = ["layer_stretches", "run_pooled", "saves_memory_pooled"]


def layer_stretches(
    cell: str, shape: tuple[int, int, int], n_units: int, n_directions: int, dtype: torch.dtype
) -> list[Stretch]:
    """Return the stretches of time that a layer is trained in: one, unless sequences are long.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    shape : tuple of int
        Of the layer's inputs: n_samples, n_timesteps, n_features.
    n_units, n_directions : int
    dtype : torch.dtype
    """
    n_samples, n_timesteps, n_features = shape
    width = padded_width(n_units, dtype.itemsize)
    sizes = LayerSizes(N_GATES[cell], n_features, n_units, width)
    return stretches_of(n_samples, n_timesteps, n_directions, sizes, dtype.itemsize)


def saves_memory_pooled(
    cell: str, shape: tuple[int, int, int], n_units: int, n_directions: int, dtype: torch.dtype
) -> bool:
    """Whether a layer is trained in stretches of time; arguments as for ``layer_stretches``."""
    return len(layer_stretches(cell, shape, n_units, n_directions, dtype)) > 1


def run_pooled(
    cell: str, x: Tensor, lengths: Tensor | None, directions: list[list[Tensor]]
) -> Tensor:
    """Run one layer over sequences for which :func:`saves_memory_pooled` is true.

    Parameters are those of :func:`skrnn._kernels.torch_recurrence.run_in_torch`. The states of the
    timesteps are not kept.

    Returns
    -------
    Tensor of shape (n_samples, 3, n_units * n_directions)
        As :func:`skrnn._kernels.pooled_states.pool_fused` returns it of all states. Means of the
        mirrored direction are sums in the other order: they may differ in their last bits.
    """
    weights = [weight for direction in directions for weight in direction]
    pooled: Tensor = _PooledLayer.apply(cell, lengths, len(directions), x, *weights)
    return pooled


class _PooledLayer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, cell: str, lengths: Tensor | None, n_directions: int, *tensors: Tensor
    ) -> Tensor:
        directions = _of_directions(tensors, n_directions)
        ctx.run = LayerRun(cell, tensors[0], lengths, directions, ())
        last, pools = ctx.run.forward_pooled()
        ctx.cell, ctx.lengths, ctx.n_directions, ctx.where = (
            cell,
            lengths,
            n_directions,
            pools.where,
        )
        ctx.save_for_backward(*tensors)
        means = (pools.sums / ctx.run.lengths[:, None]).astype(last.dtype)
        return torch.from_numpy(np.stack([last, means, pools.largest], axis=1))

    @staticmethod
    def backward(ctx: Any, d_pooled: Any) -> Any:
        if torch.is_grad_enabled():
            return None, None, None, *_differentiable_gradients(ctx, d_pooled)
        d_last, d_means, d_largest = d_pooled.unbind(1)
        shares = 1 / torch.from_numpy(ctx.run.lengths).to(d_pooled.dtype)
        d_sums = (d_means * shares[:, None]).numpy()
        d_pools = Pools(d_sums, d_largest.contiguous().numpy(), ctx.where)
        gradients = ctx.run.backward(
            None, d_last, None, needs_x=ctx.needs_input_grad[3], d_pools=d_pools
        )
        return None, None, None, *gradients


def _of_directions(tensors: Any, n_directions: int) -> list[list[Tensor]]:
    """Return the weights of each direction, which follow x."""
    return [list(tensors[1 + 4 * number : 5 + 4 * number]) for number in range(n_directions)]


def _differentiable_gradients(ctx: Any, d_pooled: Tensor) -> list[Tensor | None]:
    """Return gradients that can be differentiated again, computed from all states by torch."""
    # views, so that gradients stop here: x may depend on the same weights.
    tensors = [tensor.view_as(tensor) for tensor in ctx.saved_tensors]
    directions = _of_directions(tensors, ctx.n_directions)
    states, _ = run_in_torch(ctx.cell, tensors[0], ctx.lengths, directions)
    pooled = pool_fused(states, ctx.lengths, bidirectional=ctx.n_directions == 2)
    wanted = [tensor for tensor in tensors if tensor.requires_grad]
    gradients = iter(torch.autograd.grad(pooled, wanted, d_pooled, create_graph=True))
    return [next(gradients) if tensor.requires_grad else None for tensor in tensors]
