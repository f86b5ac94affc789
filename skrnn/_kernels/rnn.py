"""One timestep of a simple recurrent network without its matrix products, forward and backward.

Elman (1990), "Finding Structure in Time":

    h_t = tanh(a),  a = W x_t + b + V h_{t-1}

Arguments are vectors over the units of all samples. The compiler vectorises a loop only if it can
check that its vectors do not overlap, which it does for a few but not for many: hence many loops.
"""

from __future__ import annotations

import numpy as np

from skrnn._kernels.gates import tanh
from skrnn._kernels.product import compiled, in_wide_registers

__all__ = ["rnn_step", "rnn_step_back"]


@compiled
def rnn_step(a: np.ndarray, after: np.ndarray) -> None:
    """Write h_t to ``after``."""
    in_wide_registers()
    for j in range(len(a)):
        after[j] = tanh(a[j])


@compiled
def rnn_step_back(after: np.ndarray, d: np.ndarray, d_a: np.ndarray) -> None:
    """Write the gradient of ``a`` to ``d_a``, from ``d``, the gradient of h_t.

    ``d`` is set to 0, as the gradient of h_{t-1} passes through the matrix product alone.
    """
    in_wide_registers()
    one = d.dtype.type(1)
    for j in range(len(d)):
        d_a[j] = d[j] * (one - after[j] * after[j])
        d[j] = 0
