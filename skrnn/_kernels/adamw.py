"""A step of AdamW over all weights of a network in one compiled call.

torch runs several operations for every update, each of which walks through the list of weights. For
a small network this takes at least ten times as long as the arithmetic.
"""

from __future__ import annotations

import math
import sys
from operator import is_
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.native import array_at, flush_denormals, restore_denormals
from skrnn._kernels.product import compiled
from skrnn._kernels.recurrence import is_switched_on

__all__ = ["AdamWSteps"]

# Running means of squares below 1e-38 are flushed to 0. With a smaller epsilon their square roots
# would matter.
_SMALLEST_EPSILON = 1e-12

# Attributes of an optimizer object by which a schedule counts its steps, or a scaler scales them.
_STEP_ATTRIBUTES = {"step", "grad_scale", "found_inf"}

# The state that torch keeps of each weight, in its order.
_STATE = ("step", "exp_avg", "exp_avg_sq")
# A number of each type, from which compiled functions take the type.
_LIKE = {torch.float32: np.float32(0), torch.float64: np.float64(0)}


class AdamWSteps:
    """Compiled steps of AdamW on the weights and the state of a ``torch.optim.AdamW``.

    Other options and devices, the first step of a weight, which creates its state, and steps that a
    hook or a schedule observes are left to torch.

    References
    ----------
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
    """

    def __init__(self) -> None:
        # the tensors of the last step, which have been checked
        self._checked: list[Tensor] = []
        self._n_bytes: list[int] = []
        self._sizes = np.zeros(0, np.int64)

    def step(self, optimizer: torch.optim.AdamW, largest_norm: float | None) -> bool:
        """Clip the gradients and update the weights, if a compiled step can do it.

        Parameters
        ----------
        optimizer : torch.optim.AdamW
        largest_norm : float or None
            Gradients whose total norm is larger are scaled down to it, in place, as by
            ``torch.nn.utils.clip_grad_norm_``. The norm is summed in float64.

        Returns
        -------
        bool
            Whether the step was made. If not, nothing was changed.
        """
        if len(optimizer.param_groups) != 1 or _is_observed(optimizer) or not is_switched_on():
            return False
        (group,) = optimizer.param_groups
        settings = group["lr"], *group["betas"], group["eps"], group["weight_decay"]
        is_plain = group["fused"] and not group["amsgrad"] and not group["maximize"]
        if not is_plain or any([isinstance(number, Tensor) for number in settings]):
            return False
        # callbacks may have replaced tensors, or their memory, since the last step.
        weights = [weight for weight in group["params"] if weight.grad is not None]
        tensors = [*weights]
        for weight in weights:
            tensors += optimizer.state.get(weight, {}).values()
        is_known = (
            len(tensors) == len(self._checked)
            and all(map(is_, tensors, self._checked))
            # the memory of the same tensor may have been replaced by one of another size or type
            and [tensor.nbytes for tensor in tensors] == self._n_bytes
        )
        if not (is_known or self._check(weights, tensors, optimizer)):
            return False
        gradients = [weight.grad for weight in weights]
        if group["eps"] < _SMALLEST_EPSILON or not all(
            [tensor.is_contiguous() for tensor in (*tensors, *gradients)]
        ):
            return False
        make_steps(
            np.array([tensor.data_ptr() for tensor in (*tensors, *gradients)], np.int64),
            self._sizes,
            -1.0 if largest_norm is None else float(largest_norm),
            *map(float, settings),
            _LIKE[weights[0].dtype],
        )
        return True

    def _check(
        self, weights: list[Tensor], tensors: list[Tensor], optimizer: torch.optim.AdamW
    ) -> bool:
        """Whether all weights are on the CPU, of one type, and have a state that fits them."""
        self._checked = []
        if not weights or weights[0].dtype not in _LIKE:
            return False
        if not all([tensor.is_cpu for tensor in tensors]):
            return False
        for weight in weights:
            state = optimizer.state.get(weight, {})
            if tuple(state) != _STATE or state["step"].numel() != 1:
                return False
            for tensor in (weight, state["exp_avg"], state["exp_avg_sq"]):
                if tensor.dtype != weights[0].dtype or tensor.shape != weight.shape:
                    return False
            if state["step"].dtype != torch.float32:
                return False
        self._checked, self._n_bytes = tensors, [tensor.nbytes for tensor in tensors]
        self._sizes = np.array([weight.numel() for weight in weights], np.int64)
        return True


def _is_observed(optimizer: torch.optim.Optimizer) -> bool:
    """Whether a hook observes the optimizer's steps, or a schedule counts them."""
    module = sys.modules[torch.optim.Optimizer.__module__]
    hooks = (
        (optimizer, "_optimizer_step_pre_hooks"),
        (optimizer, "_optimizer_step_post_hooks"),
        (module, "_global_optimizer_pre_hooks"),
        (module, "_global_optimizer_post_hooks"),
    )
    # torch has no public names for them. If a version lacks one of these, there may be hooks.
    has_hooks = any([getattr(owner, name, True) for owner, name in hooks])
    return has_hooks or not _STEP_ATTRIBUTES.isdisjoint(vars(optimizer))


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
    """Update an array of weights and the running means of its gradient.

    Parameters
    ----------
    weights, gradient, means, mean_squares : ndarray of shape (n_weights,)
        Modified in place; the gradient is scaled.
    factors : tuple of float
        The factor of the gradient, the two betas, the step size divided by the bias correction of
        the means, the square root of the bias correction of the mean squares, epsilon, and the
        factor of the weights that decays them.
    """
    real = weights.dtype.type
    scale, beta_1, beta_2, rate, root, epsilon, decay = factors
    scale, rate, root = real(scale), real(rate), real(root)
    epsilon, decay = real(epsilon), real(decay)
    new, kept_square, new_square = real(1 - beta_1), real(beta_2), real(1 - beta_2)
    for k in range(len(weights)):
        slope = gradient[k] * scale
        mean = means[k] + new * (slope - means[k])
        square = kept_square * mean_squares[k] + new_square * slope * slope
        gradient[k], means[k], mean_squares[k] = slope, mean, square
        weights[k] = decay * weights[k] - rate * mean / (np.sqrt(square) / root + epsilon)


@compiled
def make_steps(
    addresses: np.ndarray,
    sizes: np.ndarray,
    largest_norm: float,
    rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    decay: float,
    like: Any,
) -> None:
    """Clip the gradients by their total norm, and update every array of weights.

    Parameters
    ----------
    addresses : ndarray of int64, shape (5 * n_arrays,)
        The addresses of all weights; then, for each, of its number of steps, the running means of
        its gradient, and those of the squares; then of all gradients.
    sizes : ndarray of int64, shape (n_arrays,)
        Elements of each array.
    largest_norm : float
        Norm that gradients are scaled down to; negative for no clipping.
    rate, beta_1, beta_2, epsilon, decay : float
        Settings of AdamW.
    like : float32 or float64
        A number of the type of the weights.
    """
    before = flush_denormals()
    first_state, first_gradient = len(sizes), 4 * len(sizes)
    scale = 1.0
    if largest_norm >= 0:
        total = 0.0
        for number, size in enumerate(sizes):
            total += sum_of_squares(array_at(addresses[first_gradient + number], size, like))
        # NaN in a gradient gives a scale of NaN, so that it reaches the weights and is noticed.
        scale = largest_norm / (math.sqrt(total) + 1e-6)
        scale = 1.0 if scale > 1 else scale
    for number, size in enumerate(sizes):
        state = first_state + 3 * number
        count = array_at(addresses[state], 1, np.float32(0))
        count[0] += 1
        correction = 1 - beta_1 ** np.float64(count[0])
        root = math.sqrt(1 - beta_2 ** np.float64(count[0]))
        make_step(
            array_at(addresses[number], size, like),
            array_at(addresses[first_gradient + number], size, like),
            array_at(addresses[state + 1], size, like),
            array_at(addresses[state + 2], size, like),
            (scale, beta_1, beta_2, rate / correction, root, epsilon, 1 - rate * decay),
        )
    restore_denormals(before)
