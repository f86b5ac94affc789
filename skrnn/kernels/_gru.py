"""The gated recurrent unit over time, forward and backward.

In the notation of Cho et al. (2014), "Learning Phrase Representations using RNN Encoder-Decoder",
and with torch's place for the reset gate:

    r, z = sigmoid(W x_t + b + V h_{t-1})
    n    = tanh(W_n x_t + b_n + r (V_n h_{t-1} + c))
    h_t  = (1 - z) n + z h_{t-1}
"""

from __future__ import annotations

import numpy as np

from skrnn.kernels._gates import sigmoid, tanh
from skrnn.kernels._product import N_ROWS, compiled, multiply_rows

__all__ = ["gru_backward", "gru_forward"]


@compiled
def gru_forward(
    gates: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    states: np.ndarray,
    candidates: np.ndarray,
) -> None:
    """Run over time.

    Parameters
    ----------
    gates : ndarray of shape (n_samples, n_timesteps, 3 * n_units)
        ``W x + b`` of r, z and n, replaced by r, z and n.
    weight : ndarray of shape (n_units, 3 * n_units)
        The transpose of V.
    bias : ndarray of shape (n_units,)
        c.
    states : ndarray of shape (n_samples, n_timesteps + 1, n_units)
        The initial states come first; the others are filled in.
    candidates : ndarray of shape (n_samples, n_timesteps, n_units)
        Filled in: ``V_n h + c``.
    """
    n_samples, n_timesteps, n_gates = gates.shape
    n_units = n_gates // 3
    one = gates.dtype.type(1)
    recurrent = np.empty((N_ROWS, n_gates), gates.dtype)
    for first in range(0, n_samples, N_ROWS):
        for t in range(n_timesteps):
            multiply_rows(states[first : first + N_ROWS, t], weight, recurrent)
            for row in range(N_ROWS):
                sample = first + row
                v, gate, candidate = recurrent[row], gates[sample, t], candidates[sample, t]
                before, after = states[sample, t], states[sample, t + 1]
                for j in range(n_units):
                    r = sigmoid(gate[j] + v[j])
                    z = sigmoid(gate[n_units + j] + v[n_units + j])
                    inner = v[2 * n_units + j] + bias[j]
                    n = tanh(gate[2 * n_units + j] + r * inner)
                    gate[j], gate[n_units + j], gate[2 * n_units + j] = r, z, n
                    candidate[j] = inner
                    after[j] = (one - z) * n + z * before[j]


@compiled
def gru_backward(
    d_outputs: np.ndarray,
    d_state: np.ndarray,
    gates: np.ndarray,
    candidates: np.ndarray,
    states: np.ndarray,
    weight: np.ndarray,
    d_gates: np.ndarray,
) -> None:
    """Run back over time.

    Parameters
    ----------
    d_outputs : ndarray of shape (n_samples, n_timesteps, n_units)
        Gradient with respect to the states after each timestep.
    d_state : ndarray of shape (n_samples, n_units)
        Gradient with respect to the last state, replaced by that of the initial state.
    gates, candidates, states
        As :func:`gru_forward` left them.
    weight : ndarray of shape (3 * n_units, n_units)
        V.
    d_gates : ndarray of shape (n_samples, n_timesteps, 4 * n_units)
        Filled in: gradients with respect to what is squashed to n, r and z, and to V_n h + c.
    """
    n_samples, n_timesteps, n_gates = gates.shape
    n_units = n_gates // 3
    one = gates.dtype.type(1)
    through = np.empty((N_ROWS, n_units), gates.dtype)
    for first in range(0, n_samples, N_ROWS):
        for t in range(n_timesteps - 1, -1, -1):
            for row in range(N_ROWS):
                sample = first + row
                gate, candidate, before = gates[sample, t], candidates[sample, t], states[sample, t]
                d_output, d, d_gate = d_outputs[sample, t], d_state[sample], d_gates[sample, t]
                for j in range(n_units):
                    r, z, n = gate[j], gate[n_units + j], gate[2 * n_units + j]
                    d_h = d[j] + d_output[j]
                    d_n = d_h * (one - z) * (one - n * n)
                    d_gate[j] = d_n
                    d_gate[n_units + j] = d_n * candidate[j] * r * (one - r)
                    d_gate[2 * n_units + j] = d_h * (before[j] - n) * z * (one - z)
                    d_gate[3 * n_units + j] = d_n * r
                    d[j] = d_h * z
            multiply_rows(d_gates[first : first + N_ROWS, t, n_units:], weight, through)
            for row in range(N_ROWS):
                d, v = d_state[first + row], through[row]
                for j in range(n_units):
                    d[j] += v[j]
