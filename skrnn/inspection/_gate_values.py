r"""The gates of a recurrence, from its inputs and hidden states.

With the hidden states known, each gate is one affine map of all inputs and one of all states:
nothing has to recur but the cell state of an LSTM, which is a sum with weights.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

__all__ = ["QUANTITIES", "quantities_of_layer"]

# What there is to see of each cell.
QUANTITIES = {
    "rnn": ("hidden",),
    "lstm": ("hidden", "cell", "input_gate", "forget_gate", "candidate", "output_gate"),
    "gru": ("hidden", "reset_gate", "update_gate", "candidate"),
}


def quantities_of_layer(
    cell: str, x: np.ndarray, hidden: np.ndarray, weights: list[np.ndarray]
) -> dict[str, np.ndarray]:
    r"""Return all that is to be seen of one direction of one layer.

    In the notation of :class:`skrnn.modules.RecurrentEncoder`: :math:`\sigma(i), \sigma(f),
    \tanh(g), \sigma(o)` and :math:`c_t` of an LSTM, :math:`\sigma(r), \sigma(z)` and :math:`n` of a
    GRU.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    x : ndarray of float64, shape (n_steps, n_inputs)
        Its inputs, in the order in which it read them.
    hidden : ndarray of float64, shape (n_steps, n_units)
        Its states after each of them; before the first one, they are 0.
    weights : list of ndarray
        weight_ih, weight_hh, bias_ih and bias_hh, as torch has them.

    Returns
    -------
    dict of ndarray of float64, shape (n_steps, n_units)
        In the order of ``QUANTITIES``.
    """
    if cell == "rnn":
        return {"hidden": hidden}
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    before = np.concatenate([np.zeros_like(hidden[:1]), hidden[:-1]])
    n_gates = len(weight_hh) // hidden.shape[1]
    from_input = np.split(x @ weight_ih.T + bias_ih, n_gates, axis=1)
    from_hidden = np.split(before @ weight_hh.T + bias_hh, n_gates, axis=1)
    if cell == "gru":
        reset, update = (expit(from_input[gate] + from_hidden[gate]) for gate in (0, 1))
        candidate = np.tanh(from_input[2] + reset * from_hidden[2])
        parts: tuple[np.ndarray, ...] = (hidden, reset, update, candidate)
    else:
        i, f, g, o = (
            input_part + hidden_part
            for input_part, hidden_part in zip(from_input, from_hidden, strict=True)
        )
        added, kept, candidate = expit(i), expit(f), np.tanh(g)
        cells = added * candidate
        for step in range(1, len(cells)):
            cells[step] += kept[step] * cells[step - 1]
        parts = (hidden, cells, added, kept, candidate, expit(o))
    return dict(zip(QUANTITIES[cell], parts, strict=True))
