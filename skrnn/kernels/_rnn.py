"""The simple recurrent network over time, forward and backward.

Elman (1990), "Finding Structure in Time":

    h_t = tanh(W x_t + b + V h_{t-1})
"""

from __future__ import annotations

import numpy as np

from skrnn.kernels._gates import tanh
from skrnn.kernels._product import N_ROWS, compiled, multiply_rows

__all__ = ["rnn_backward", "rnn_forward"]


@compiled
def rnn_forward(inputs: np.ndarray, weight: np.ndarray, states: np.ndarray) -> None:
    """Run over time.

    Parameters
    ----------
    inputs : ndarray of shape (n_samples, n_timesteps, n_units)
        ``W x + b``.
    weight : ndarray of shape (n_units, n_units)
        The transpose of V.
    states : ndarray of shape (n_samples, n_timesteps + 1, n_units)
        The initial states come first; the others are filled in.
    """
    n_samples, n_timesteps, n_units = inputs.shape
    recurrent = np.empty((N_ROWS, n_units), inputs.dtype)
    for first in range(0, n_samples, N_ROWS):
        for t in range(n_timesteps):
            multiply_rows(states[first : first + N_ROWS, t], weight, recurrent)
            for row in range(N_ROWS):
                v, x = recurrent[row], inputs[first + row, t]
                after = states[first + row, t + 1]
                for j in range(n_units):
                    after[j] = tanh(x[j] + v[j])


@compiled
def rnn_backward(
    d_outputs: np.ndarray,
    d_state: np.ndarray,
    states: np.ndarray,
    weight: np.ndarray,
    d_inputs: np.ndarray,
) -> None:
    """Run back over time.

    Parameters
    ----------
    d_outputs : ndarray of shape (n_samples, n_timesteps, n_units)
        Gradient with respect to the states after each timestep.
    d_state : ndarray of shape (n_samples, n_units)
        Gradient with respect to the last state, replaced by that of the initial state.
    states : ndarray of shape (n_samples, n_timesteps + 1, n_units)
        As :func:`rnn_forward` left them.
    weight : ndarray of shape (n_units, n_units)
        V.
    d_inputs : ndarray of shape (n_samples, n_timesteps, n_units)
        Filled in: gradient with respect to what is squashed.
    """
    n_samples, n_timesteps, n_units = d_outputs.shape
    one = states.dtype.type(1)
    through = np.empty((N_ROWS, n_units), states.dtype)
    for first in range(0, n_samples, N_ROWS):
        for t in range(n_timesteps - 1, -1, -1):
            for row in range(N_ROWS):
                sample = first + row
                after, d = states[sample, t + 1], d_state[sample]
                d_output, d_input = d_outputs[sample, t], d_inputs[sample, t]
                for j in range(n_units):
                    d_input[j] = (d[j] + d_output[j]) * (one - after[j] * after[j])
            multiply_rows(d_inputs[first : first + N_ROWS, t], weight, through)
            for row in range(N_ROWS):
                d, v = d_state[first + row], through[row]
                for j in range(n_units):
                    d[j] = v[j]
