"""How much each timestep counts where the hidden states are pooled by attention."""

from __future__ import annotations

import pandas as pd
import torch
from sklearn.base import BaseEstimator

from skrnn._sequences.pooled import PooledSequenceEstimator
from skrnn._training.arithmetic import fixed_arithmetic
from skrnn.inspection._inner_estimator import find_estimator
from skrnn.inspection._one_sample import network_copy
from skrnn.inspection._recurrence_inputs import read_recurrence_inputs
from skrnn.typing import Sample

__all__ = ["attention_weights"]


def attention_weights(estimator: BaseEstimator, x: Sample) -> pd.DataFrame:
    """Return the weights that attention gives to the timesteps of one sample.

    Parameters
    ----------
    estimator : estimator, Pipeline or search
        A fitted :class:`~skrnn.RNNClassifier` or :class:`~skrnn.RNNRegressor` whose ``pooling`` is
        "attention", or has it among others. Of a pipeline the steps before it transform ``x``; of a
        search the best estimator counts.
    x : array of shape (n_timesteps, n_features) or (n_timesteps,), DataFrame, Series, list or str
        One sample, ``X[0]`` of what ``fit`` takes.

    Returns
    -------
    DataFrame
        A row for each recurrent step, with the columns "timestep", "first_timestep" and
        "last_timestep", as of :func:`recurrent_states`, and "weight". The weights sum to 1, and the
        mean of the hidden states with these weights is what the answer is made from.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    TypeError
        If there is no such estimator.
    ValueError
        If it does not pool by attention, or ``x`` is not one sample of the kind that ``fit`` saw.

    See Also
    --------
    integrated_gradients : What a timestep adds to the answer, which its weight does not say.

    Notes
    -----
    A hidden state holds what was read up to there, and with a backward direction what comes after,
    too: a large weight says where the network looks, not that the answer is in that timestep.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import attention_weights
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(pooling="attention", hidden_size=8, max_epochs=2, random_state=0)
    >>> weights = attention_weights(classifier.fit(X[:60], y[:60]), X[0])
    >>> len(weights), round(float(weights["weight"].sum()), 5)
    (8, 1.0)
    """
    kinds = (PooledSequenceEstimator,)
    inner, steps = find_estimator(estimator, kinds, "a fitted RNNClassifier or RNNRegressor")
    network = network_copy(inner)
    if "attention" not in network.pooling.methods:
        raise ValueError(
            f"estimator: got an {type(inner).__name__} with pooling={inner.pooling!r}, which "
            "weights nothing. Expected 'attention', alone or in a tuple. Fit it with "
            "pooling='attention'."
        )
    with fixed_arithmetic(), torch.inference_mode(), inner.net_.precision():
        inputs = read_recurrence_inputs(inner, steps, x)
        states = inputs.encoder(inputs.steps)
        weights = network.pooling.attention_weights(states, None)[0, :, 0].double().cpu().numpy()
    return pd.DataFrame(
        {
            "timestep": range(len(weights)),
            "first_timestep": inputs.first,
            "last_timestep": inputs.last,
            "weight": weights,
        }
    )
