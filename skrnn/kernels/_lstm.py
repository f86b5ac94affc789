"""Long short-term memory over time, forward and backward.

Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", with the forget gate of Gers et al.
(2000), "Learning to Forget":

    i, f, o = sigmoid(W x_t + b + V h_{t-1})
    g       = tanh(W_g x_t + b_g + V_g h_{t-1})
    c_t     = f c_{t-1} + i g
    h_t     = o tanh(c_t)
"""

from __future__ import annotations

import numpy as np

from skrnn.kernels._gates import sigmoid, tanh
from skrnn.kernels._product import N_ROWS, compiled, multiply_rows

__all__ = ["lstm_backward", "lstm_forward"]


@compiled
def lstm_forward(
    gates: np.ndarray, weight: np.ndarray, states: np.ndarray, cells: np.ndarray
) -> None:
    """Run over time.

    Parameters
    ----------
    gates : ndarray of shape (n_samples, n_timesteps, 4 * n_units)
        ``W x + b`` of i, f, g and o, replaced by these.
    weight : ndarray of shape (n_units, 4 * n_units)
        The transpose of V.
    states, cells : ndarray of shape (n_samples, n_timesteps + 1, n_units)
        h and c: the initial ones come first; the others are filled in.
    """
    n_samples, n_timesteps, n_gates = gates.shape
    n_units = n_gates // 4
    recurrent = np.empty((N_ROWS, n_gates), gates.dtype)
    for first in range(0, n_samples, N_ROWS):
        for t in range(n_timesteps):
            multiply_rows(states[first : first + N_ROWS, t], weight, recurrent)
            for row in range(N_ROWS):
                sample = first + row
                v, gate = recurrent[row], gates[sample, t]
                c_before, c_after = cells[sample, t], cells[sample, t + 1]
                after = states[sample, t + 1]
                for j in range(n_units):
                    i = sigmoid(gate[j] + v[j])
                    f = sigmoid(gate[n_units + j] + v[n_units + j])
                    g = tanh(gate[2 * n_units + j] + v[2 * n_units + j])
                    o = sigmoid(gate[3 * n_units + j] + v[3 * n_units + j])
                    gate[j], gate[n_units + j] = i, f
                    gate[2 * n_units + j], gate[3 * n_units + j] = g, o
                    c = f * c_before[j] + i * g
                    c_after[j] = c
                    after[j] = o * tanh(c)


@compiled
def lstm_backward(
    d_outputs: np.ndarray,
    d_state: np.ndarray,
    d_cell: np.ndarray,
    gates: np.ndarray,
    cells: np.ndarray,
    weight: np.ndarray,
    d_gates: np.ndarray,
) -> None:
    """Run back over time.

    Parameters
    ----------
    d_outputs : ndarray of shape (n_samples, n_timesteps, n_units)
        Gradient with respect to the states after each timestep.
    d_state, d_cell : ndarray of shape (n_samples, n_units)
        Gradient with respect to the last h and c, replaced by that of the initial ones.
    gates, cells
        As :func:`lstm_forward` left them.
    weight : ndarray of shape (4 * n_units, n_units)
        V.
    d_gates : ndarray of shape (n_samples, n_timesteps, 4 * n_units)
        Filled in: gradients with respect to what is squashed to i, f, g and o.
    """
    n_samples, n_timesteps, n_gates = gates.shape
    n_units = n_gates // 4
    one = gates.dtype.type(1)
    through = np.empty((N_ROWS, n_units), gates.dtype)
    for first in range(0, n_samples, N_ROWS):
        for t in range(n_timesteps - 1, -1, -1):
            for row in range(N_ROWS):
                sample = first + row
                gate, d_gate = gates[sample, t], d_gates[sample, t]
                c_before, c_after = cells[sample, t], cells[sample, t + 1]
                d_output, d, d_c = d_outputs[sample, t], d_state[sample], d_cell[sample]
                for j in range(n_units):
                    i, f = gate[j], gate[n_units + j]
                    g, o = gate[2 * n_units + j], gate[3 * n_units + j]
                    squashed = tanh(c_after[j])
                    d_h = d[j] + d_output[j]
                    d_of_c = d_c[j] + d_h * o * (one - squashed * squashed)
                    d_gate[j] = d_of_c * g * i * (one - i)
                    d_gate[n_units + j] = d_of_c * c_before[j] * f * (one - f)
                    d_gate[2 * n_units + j] = d_of_c * i * (one - g * g)
                    d_gate[3 * n_units + j] = d_h * squashed * o * (one - o)
                    d_c[j] = d_of_c * f
            multiply_rows(d_gates[first : first + N_ROWS, t], weight, through)
            for row in range(N_ROWS):
                d, v = d_state[first + row], through[row]
                for j in range(n_units):
                    d[j] = v[j]
