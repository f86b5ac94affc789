"""One timestep of a gated recurrent unit without its matrix products, forward and backward.

In the notation of Cho et al. (2014), "Learning Phrase Representations using RNN Encoder-Decoder",
with the reset gate placed as in torch:

    r, z = sigmoid(W x_t + b + V h_{t-1})
    m    = V_n h_{t-1} + c
    n    = tanh(W_n x_t + b_n + r m)
    h_t  = (1 - z) n + z h_{t-1}

Arguments are vectors over the units of all samples. The compiler vectorises a loop only if it can
check that its vectors do not overlap, which it does for a few but not for many: hence many loops.
"""

from __future__ import annotations

import numpy as np

from skrnn._kernels.gates import sigmoid, tanh
from skrnn._kernels.product import compiled, in_wide_registers

__all__ = ["gru_step", "gru_step_back"]


@compiled
def gru_step(
    r: np.ndarray,
    z: np.ndarray,
    n: np.ndarray,
    m: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
) -> None:
    """Apply the activations to r, z and n in place, and write h_t to ``after``.

    ``before`` is h_{t-1}.
    """
    in_wide_registers()
    for j in range(len(r)):
        r[j] = sigmoid(r[j])
    for j in range(len(r)):
        z[j] = sigmoid(z[j])
    for j in range(len(r)):
        n[j] = tanh(n[j] + r[j] * m[j])
    for j in range(len(r)):
        after[j] = n[j] + z[j] * (before[j] - n[j])


@compiled
def gru_step_back(
    r: np.ndarray,
    z: np.ndarray,
    n: np.ndarray,
    m: np.ndarray,
    before: np.ndarray,
    d: np.ndarray,
    spare: np.ndarray,
) -> None:
    """Overwrite the gates by their gradients: r, z and n before the activations, and m.

    ``d`` is the gradient of h_t. It is overwritten by the part of the gradient of h_{t-1} that does
    not pass through the matrix products. ``spare`` is scratch space; its contents are undefined
    before and after the call.
    """
    in_wide_registers()
    one = d.dtype.type(1)
    for j in range(len(d)):
        spare[j] = d[j] * (before[j] - n[j])
    for j in range(len(d)):
        n[j] = d[j] * (one - z[j]) * (one - n[j] * n[j])
    for j in range(len(d)):
        d[j] = d[j] * z[j]
    for j in range(len(d)):
        z[j] = spare[j] * z[j] * (one - z[j])
    for j in range(len(d)):
        spare[j] = n[j] * r[j]
    for j in range(len(d)):
        r[j] = spare[j] * m[j] * (one - r[j])
    for j in range(len(d)):
        m[j] = spare[j]
