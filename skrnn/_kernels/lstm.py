"""One timestep of long short-term memory without its matrix products, forward and backward.

Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", with the forget gate of Gers et al.
(2000), "Learning to Forget":

    i, f, o = sigmoid(W x_t + b + V h_{t-1})
    g       = tanh(W_g x_t + b_g + V_g h_{t-1})
    c_t     = f c_{t-1} + i g
    h_t     = o tanh(c_t)

Arguments are vectors over the units of all samples. The compiler vectorises a loop only if it can
check that its vectors do not overlap, which it does for a few but not for many: hence many loops.
"""

from __future__ import annotations

import numpy as np

from skrnn._kernels.gates import sigmoid, tanh
from skrnn._kernels.product import compiled, in_wide_registers

__all__ = ["lstm_step", "lstm_step_back"]


@compiled
def lstm_step(
    i: np.ndarray,
    f: np.ndarray,
    g: np.ndarray,
    o: np.ndarray,
    c_before: np.ndarray,
    c_after: np.ndarray,
    after: np.ndarray,
) -> None:
    """Apply the activations to the gates in place, and write c_t and h_t."""
    in_wide_registers()
    for j in range(len(i)):
        i[j] = sigmoid(i[j])
    for j in range(len(i)):
        f[j] = sigmoid(f[j])
    for j in range(len(i)):
        g[j] = tanh(g[j])
    for j in range(len(i)):
        o[j] = sigmoid(o[j])
    for j in range(len(i)):
        c_after[j] = f[j] * c_before[j] + i[j] * g[j]
    for j in range(len(i)):
        after[j] = o[j] * tanh(c_after[j])


@compiled
def lstm_step_back(
    i: np.ndarray,
    f: np.ndarray,
    g: np.ndarray,
    o: np.ndarray,
    c_before: np.ndarray,
    c_after: np.ndarray,
    d: np.ndarray,
    d_c: np.ndarray,
    spare: np.ndarray,
) -> None:
    """Overwrite the gates by their gradients before the activations.

    ``d`` and ``d_c`` are the gradients of h_t and c_t. ``d_c`` is overwritten by the gradient of
    c_{t-1}; ``d`` is set to 0, as the gradient of h_{t-1} passes through the matrix products alone.
    ``spare`` is scratch space; its contents are undefined before and after the call.
    """
    in_wide_registers()
    one = d.dtype.type(1)
    for j in range(len(d)):
        spare[j] = tanh(c_after[j])
    for j in range(len(d)):
        d_c[j] += d[j] * o[j] * (one - spare[j] * spare[j])
    for j in range(len(d)):
        o[j] = d[j] * spare[j] * o[j] * (one - o[j])
    for j in range(len(d)):
        spare[j] = d_c[j] * g[j]
    for j in range(len(d)):
        g[j] = d_c[j] * i[j] * (one - g[j] * g[j])
    for j in range(len(d)):
        i[j] = spare[j] * i[j] * (one - i[j])
    for j in range(len(d)):
        spare[j] = d_c[j] * f[j]
    for j in range(len(d)):
        f[j] = d_c[j] * c_before[j] * f[j] * (one - f[j])
    for j in range(len(d)):
        d_c[j] = spare[j]
        d[j] = 0
