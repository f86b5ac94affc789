"""A step of AdamW over all weights of a network in one compiled call.

torch starts several operations for every update, and each goes through the list of weights. For a
small network that takes ten times as long as the arithmetic, and more.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn.kernels._native import array_1d, flush_denormals, restore_denormals
from skrnn.kernels._product import compiled
from skrnn.kernels._recurrence import can_run_fused

__all__ = ["AdamWSteps"]

# Columns of the table of weights. At each stands an address, and the number of elements behind it.
_WEIGHT, _GRADIENT, _MEAN, _MEAN_SQUARE, _COUNT, _N_COLUMNS = 0, 2, 4, 6, 8, 10


class AdamWSteps:
    """Makes the steps of a ``torch.optim.AdamW``, on the state that the optimizer itself keeps.

    Parameters
    ----------
    optimizer : torch.optim.AdamW
        Has made a step itself, from which it has its state.

    References
    ----------
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        (self._group,) = optimizer.param_groups
        self._weights = self._group["params"]
        self._table = np.zeros((len(self._weights), _N_COLUMNS), np.int64)
        # addresses keep no tensor alive.
        self._states = [optimizer.state[weight] for weight in self._weights]
        for row, weight, state in zip(self._table, self._weights, self._states, strict=True):
            row[_WEIGHT + 1 : _COUNT : 2], row[_COUNT + 1] = weight.numel(), 1
            row[_MEAN] = state["exp_avg"].data_ptr()
            row[_MEAN_SQUARE] = state["exp_avg_sq"].data_ptr()
            row[_COUNT] = state["step"].data_ptr()
        self._like = np.zeros(1, self._weights[0].detach().numpy().dtype)[0]

    @classmethod
    def of(cls, optimizer: torch.optim.Optimizer) -> AdamWSteps | None:
        """Return what makes the steps of an optimizer, or None where that is best left to it.

        That is so for other optimizers, options and devices, before the first step, and where
        somebody wants to hear of steps.
        """
        if type(optimizer) is not torch.optim.AdamW or len(optimizer.param_groups) != 1:
            return None
        (group,) = optimizer.param_groups
        weights = group["params"]
        numbers = group["lr"], *group["betas"], group["eps"], group["weight_decay"]
        is_plain = (
            group["fused"]
            and not group["amsgrad"]
            and not group["maximize"]
            and not any(isinstance(number, Tensor) for number in numbers)
            and not _is_watched(optimizer)
            and can_run_fused(weights[0], weights)
        )
        if not is_plain:
            return None
        for weight in weights:
            state = optimizer.state.get(weight, {})
            if state.keys() != {"step", "exp_avg", "exp_avg_sq"}:
                return None
            likes = weight, state["exp_avg"], state["exp_avg_sq"]
            if not all(one.is_contiguous() and one.dtype == weight.dtype for one in likes):
                return None
            if state["step"].dtype != torch.float32:
                return None
        return cls(optimizer)

    def step(self, largest_norm: float | None) -> None:
        """Change the weights by their gradients, as the optimizer would.

        Parameters
        ----------
        largest_norm : float or None
            Gradients whose norm, taken together, is larger are shrunk to it, as
            ``torch.nn.utils.clip_grad_norm_`` does; here they themselves stay as they are.
        """
        gradients = [weight.grad for weight in self._weights]
        gradients = [None if one is None else one.contiguous() for one in gradients]
        self._table[:, _WEIGHT] = [weight.data_ptr() for weight in self._weights]
        self._table[:, _GRADIENT] = [0 if one is None else one.data_ptr() for one in gradients]
        group = self._group
        make_steps(
            self._table,
            -1.0 if largest_norm is None else float(largest_norm),
            float(group["lr"]),
            *map(float, group["betas"]),
            float(group["eps"]),
            float(group["weight_decay"]),
            self._like,
        )


def _is_watched(optimizer: torch.optim.Optimizer) -> bool:
    """Whether something hears of the optimizer's steps: a hook, or a schedule that counts them."""
    module = sys.modules[torch.optim.Optimizer.__module__]
    names = (
        (optimizer, "_optimizer_step_pre_hooks"),
        (optimizer, "_optimizer_step_post_hooks"),
        (module, "_global_optimizer_pre_hooks"),
        (module, "_global_optimizer_post_hooks"),
    )
    # torch has no other names for them; where one is unknown, there may be hooks.
    return "step" in vars(optimizer) or any(getattr(of, name, True) for of, name in names)


@compiled
def sum_of_squares(values: np.ndarray) -> float:
    """Return the sum of the squares, in float64 and always in the same order."""
    sums = 0.0, 0.0, 0.0, 0.0
    whole = len(values) // 4 * 4
    for k in range(0, whole, 4):
        a, b = np.float64(values[k]), np.float64(values[k + 1])
        c, d = np.float64(values[k + 2]), np.float64(values[k + 3])
        sums = sums[0] + a * a, sums[1] + b * b, sums[2] + c * c, sums[3] + d * d
    total = (sums[0] + sums[1]) + (sums[2] + sums[3])
    for k in range(whole, len(values)):
        total += np.float64(values[k]) ** 2
    return total


@compiled
def make_step(
    weights: np.ndarray,
    gradient: np.ndarray,
    means: np.ndarray,
    mean_squares: np.ndarray,
    factors: Any,
) -> None:
    """Change an array of weights and the running means of its gradient.

    Parameters
    ----------
    weights, gradient, means, mean_squares : ndarray of shape (n_weights,)
        All but the gradient are changed in place.
    factors : tuple of float
        What the gradient is multiplied with, the two betas, the step size over the correction of
        the means, the root of the correction of their squares, epsilon, and what is left of the
        weights.
    """
    real = weights.dtype.type
    scale, beta_1, beta_2, rate, root, epsilon, left = factors
    scale, rate, root = real(scale), real(rate), real(root)
    epsilon, left = real(epsilon), real(left)
    new, kept_square, new_square = real(1 - beta_1), real(beta_2), real(1 - beta_2)
    for k in range(len(weights)):
        slope = gradient[k] * scale
        mean = means[k] + new * (slope - means[k])
        square = kept_square * mean_squares[k] + new_square * slope * slope
        means[k], mean_squares[k] = mean, square
        weights[k] = left * weights[k] - rate * mean / (np.sqrt(square) / root + epsilon)


@compiled
def make_steps(
    table: np.ndarray,
    largest_norm: float,
    rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    decay: float,
    like: Any,
) -> None:
    """Make the step of every array of weights that has a gradient.

    Parameters
    ----------
    table : ndarray of int64, shape (n_arrays, 10)
        Where the arrays lie; the address of a gradient that is not there is 0.
    largest_norm : float
        Norm that gradients are shrunk to; below 0 they are not.
    rate, beta_1, beta_2, epsilon, decay : float
        Settings of AdamW.
    like : float32 or float64
        A number of the type of the weights.
    """
    before = flush_denormals()
    scale = 1.0
    if largest_norm >= 0:
        total = 0.0
        for row in table:
            if row[_GRADIENT]:
                total += sum_of_squares(array_1d(row, _GRADIENT, like))
        # a norm that is not a number stays one, and shows.
        scale = largest_norm / (math.sqrt(total) + 1e-6)
        scale = 1.0 if scale > 1 else scale
    for row in table:
        if row[_GRADIENT]:
            count = array_1d(row, _COUNT, np.float32(0))
            count[0] += 1
            correction = 1 - beta_1 ** np.float64(count[0])
            root = math.sqrt(1 - beta_2 ** np.float64(count[0]))
            make_step(
                array_1d(row, _WEIGHT, like),
                array_1d(row, _GRADIENT, like),
                array_1d(row, _MEAN, like),
                array_1d(row, _MEAN_SQUARE, like),
                (scale, beta_1, beta_2, rate / correction, root, epsilon, 1 - rate * decay),
            )
    restore_denormals(before)
