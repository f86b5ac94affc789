"""Hidden states, cell states and gates over time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator

from skrnn._training.arithmetic import fixed_arithmetic
from skrnn.inspection._gate_values import quantities_of_layer
from skrnn.inspection._inner_estimator import find_estimator
from skrnn.inspection._recurrence_inputs import (
    EXPECTED,
    KINDS,
    RecurrenceInputs,
    read_recurrence_inputs,
)
from skrnn.typing import Sample

__all__ = ["recurrent_states", "states_and_labels"]

_DIRECTIONS = ("forward", "backward")


def recurrent_states(estimator: BaseEstimator, x: Sample) -> pd.DataFrame:
    r"""Return all that happens inside a recurrence while it reads one sample.

    The hidden states are those that the estimator itself computes, on a CPU to the last bit: the
    last ones are what ``transform`` returns with ``pooling="last"``. The estimator stays as it is.

    Parameters
    ----------
    estimator : estimator, Pipeline or search
        Fitted: an :class:`~skrnn.RNNClassifier`, :class:`~skrnn.RNNRegressor`,
        :class:`~skrnn.RNNTagger`, :class:`~skrnn.RNNTranscriber`,
        :class:`~skrnn.RNNLanguageModel` or :class:`~skrnn.RNNForecaster`. Of a pipeline
        the steps before it transform ``x``; of a search the best estimator counts. Of a forecaster
        with several members the first is shown, reading the last window of the history; it must
        have been fitted without features.
    x : array of shape (n_timesteps, n_features) or (n_timesteps,), DataFrame, Series, list or str
        One sample, ``X[0]`` of what ``fit`` takes: measurements, token ids, a text or a list of
        its tokens. For a forecaster the history of one series.

    Returns
    -------
    DataFrame
        A row for each number, with the columns

        - "layer": from 0, the one that reads the input;
        - "direction": "forward", or "backward" for the recurrence that reads from the end;
        - "timestep": the recurrent step, from 0;
        - "first_timestep", "last_timestep": the timesteps of ``x`` that it stands for, both
          included: the same one unless ``segment_length`` folds several. A language model reads a
          mark before the first token, at -1. A forecaster's window may begin before the history,
          at a negative timestep;
        - "unit": from 0 to ``hidden_size`` - 1;
        - "quantity": "hidden"; of an LSTM also "cell", "input_gate", "forget_gate", "candidate"
          and "output_gate"; of a GRU "reset_gate", "update_gate" and "candidate";
        - "value": gates in [0, 1], hidden states and candidates in [-1, 1].

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    TypeError
        If there is no recurrent network in the estimator.
    ValueError
        If ``x`` is not one sample of the kind that ``fit`` saw.

    See Also
    --------
    RecurrentStatesDisplay : The same as a picture.

    Notes
    -----
    Gates and candidates are computed from the inputs and hidden states in float64: one matrix
    product each. In the LSTM's :math:`c_t = \sigma(f) c_{t-1} + \sigma(i) \tanh(g)` the input gate
    is :math:`\sigma(i)`, the candidate :math:`\tanh(g)`; in the GRU's :math:`h_t = (1 - z) n + z
    h_{t-1}` the update gate is :math:`z`, so that near 1 a unit keeps what it had, and the
    candidate is :math:`n`. At a timestep of the backward direction stands what it knows after
    reading the sample from its end down to that timestep.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import recurrent_states
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(cell="gru", hidden_size=4, max_epochs=2, random_state=0)
    >>> states = recurrent_states(classifier.fit(X[:60], y[:60]), X[0])
    >>> states.groupby("quantity", sort=False).size()
    quantity
    hidden         64
    reset_gate     64
    update_gate    64
    candidate      64
    dtype: int64
    >>> hidden = states.query("quantity == 'hidden' and direction == 'forward'")
    >>> hidden.pivot(index="unit", columns="timestep", values="value").shape
    (4, 8)
    """
    return states_and_labels(estimator, x)[0]


def states_and_labels(estimator: BaseEstimator, x: Sample) -> tuple[pd.DataFrame, list[str] | None]:
    """Return what ``recurrent_states`` returns, and what is read at each step if it has a name."""
    inner, steps = find_estimator(estimator, KINDS, EXPECTED)
    with fixed_arithmetic(), torch.inference_mode(), inner.net_.precision():
        inputs = read_recurrence_inputs(inner, steps, x)
        frames = [_tidy(layer, quantities, inputs) for layer, quantities in _layers(inputs)]
    return pd.concat(frames, ignore_index=True), inputs.labels


def _layers(inputs: RecurrenceInputs) -> Iterator[tuple[tuple[int, str], dict[str, np.ndarray]]]:
    """Yield the quantities of each layer and direction, timesteps in the order of the sample."""
    encoder = inputs.encoder
    x = inputs.steps
    for layer, (states, _) in enumerate(encoder.run_layers(inputs.steps)):
        for number in range(encoder.n_directions):
            # in the order in which this direction reads.
            order = -1 if number else 1
            units = slice(number * encoder.hidden_size, (number + 1) * encoder.hidden_size)
            quantities = quantities_of_layer(
                encoder.cell,
                _to_numpy(x[0])[::order],
                _to_numpy(states[0, :, units])[::order],
                [_to_numpy(weight) for weight in encoder.weights(layer, number)],
            )
            name = _DIRECTIONS[number]
            yield (layer, name), {key: values[::order] for key, values in quantities.items()}
        x = states


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    return tensor.double().cpu().numpy()


def _tidy(
    place: tuple[int, str], quantities: dict[str, np.ndarray], inputs: RecurrenceInputs
) -> pd.DataFrame:
    n_steps, n_units = next(iter(quantities.values())).shape
    layer, direction = place
    step = np.repeat(np.arange(n_steps), n_units)
    frames = [
        pd.DataFrame(
            {
                "layer": layer,
                "direction": direction,
                "timestep": step,
                "first_timestep": inputs.first[step],
                "last_timestep": inputs.last[step],
                "unit": np.tile(np.arange(n_units), n_steps),
                "quantity": quantity,
                "value": values.ravel(),
            }
        )
        for quantity, values in quantities.items()
    ]
    return pd.concat(frames, ignore_index=True)
