"""What each timestep and feature adds to an answer."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch

from skrnn._arithmetic import fixed_arithmetic
from skrnn._base import BaseSequenceEstimator
from skrnn._containers import describe
from skrnn._forecaster import RNNForecaster
from skrnn._language_model import RNNLanguageModel
from skrnn._reading import PADDING_TOKEN, UNKNOWN_TOKEN
from skrnn._sequences import JaggedSequences
from skrnn.inspection._explained_forecast import HistoryPath, choose_forecast
from skrnn.inspection._explained_output import choose_output, read_output
from skrnn.inspection._one_history import read_one_history
from skrnn.inspection._one_sample import (
    OneSample,
    find_estimator,
    network_copy,
    read_one_sample,
)
from skrnn.inspection._path_integral import PathIntegral, integrate_gradients

__all__ = ["integrated_gradients"]

_KINDS = (BaseSequenceEstimator, RNNForecaster, RNNLanguageModel)
_EXPECTED = "RNNClassifier, RNNRegressor, RNNTagger or RNNForecaster"
_TOKEN_BASELINES = {"unknown": UNKNOWN_TOKEN, "padding": PADDING_TOKEN}


def integrated_gradients(
    estimator: Any,
    x: Any,
    *,
    target: Any = None,
    output: str = "log_odds",
    timestep: int | None = None,
    baseline: Any = None,
    tolerance: float = 1e-3,
) -> Bunch:
    r"""Say how much each timestep and feature of one sample adds to the answer.

    The answer for the sample is compared with that for a baseline, a sample that says nothing. The
    difference of the two is shared out among timesteps and features: the attributions sum to it.

    Parameters
    ----------
    estimator : estimator, Pipeline or search
        A fitted :class:`~skrnn.RNNClassifier`, :class:`~skrnn.RNNRegressor`,
        :class:`~skrnn.RNNTagger` or :class:`~skrnn.RNNForecaster`, the last one fitted without
        features. Of a pipeline the steps before it transform ``x``, and what they return is
        explained; of a search the best estimator counts.
    x : array of shape (n_timesteps, n_features) or (n_timesteps,), DataFrame, Series, list or str
        One sample, ``X[0]`` of what ``fit`` takes: measurements, token ids, a text or a list of
        its tokens. For a forecaster the history of one series.
    target : label or int, default=None
        The class whose probability is explained; None takes the most probable one. Of several
        targets of a regressor the number of one, of a forecaster's horizon the future timestep,
        both from 0.
    output : {"log_odds", "probability"}, default="log_odds"
        What of a class is explained. Log-odds, :math:`\log p - \log(1 - p)`, go on moving where a
        probability is close to 0 or 1. Without effect for a regressor or forecaster, whose
        prediction is explained in the unit of ``y``.
    timestep : int, default=None
        Of an RNNTagger, the timestep whose label is explained.
    baseline : array of shape (n_features,) or (n_timesteps, n_features), str, default=None
        What ``x`` is compared with. None is the training mean of all that the network reads, 0
        after standardisation (with ``standardize=False``, 0). For token ids "unknown", which None
        stands for, compares with a text as long of unknown words, "padding" with one of padding's
        zero vectors. A forecaster's window is compared with its own level, the mean of its last
        season.
    tolerance : float, default=1e-3
        How far the sum may be from the difference: log-odds, a probability, for a regressor
        standard deviations of the training targets, for a forecaster those of the window. Lower it
        for more exact attributions, which takes longer.

    Returns
    -------
    Bunch
        With the attributes

        attributions : DataFrame
            A row for each timestep and feature, with the columns "timestep", "feature" (its name if
            ``x`` is a DataFrame, else its number), "value", the observed value or the token, and
            "attribution". A missing value adds 0.
        output, baseline_output : float
            The answer for the sample and for the baseline.
        gap : float
            The sum of the attributions less the difference of the two.
        n_nodes : int
            Gradients that were computed.
        target : label or int
            As above; what was chosen for None.
        explained : str
            Says what the answer is.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    TypeError
        If there is no such estimator.
    ValueError
        If an argument cannot be used; the message names it, what came and the remedy.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        If the tolerance cannot be reached.

    See Also
    --------
    IntegratedGradientsDisplay : The same as a picture.
    permutation_importance : What matters for a score, over many samples.

    Notes
    -----
    With :math:`z` what the network reads and :math:`z'` the baseline, an input :math:`k` is given

    .. math:: (z_k - z'_k) \int_0^1 \frac{\partial F}{\partial z_k}(z' + a (z - z')) \, da

    [1]_. The integral is taken by Gauss-Legendre quadrature on pieces that are halved until their
    gaps sum to less than ``tolerance``, in float64 on the CPU. Some hundred passes of the network
    are usual.

    What the network reads of one feature beside its standardised value counts for that feature:
    its sample's own shape and scale, where ``standardize="auto"`` found them needed. Which values
    are missing stays as it is in the sample; what is carried forward into a gap counts for the
    timestep that it was observed at. The vector of a token is integrated as a whole, its elements
    summed; several ids at a timestep are features.

    A forecaster normalises its window by the window's own level and scale, and the path runs
    through normalised values: level and scale stay. The simple forecasts that the network corrects
    are part of what is explained. Only the last window has attributions. Of several members it is
    the median that is explained.

    References
    ----------
    .. [1] Sundararajan, Taly and Yan (2017), "Axiomatic Attribution for Deep Networks", ICML.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import integrated_gradients
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(hidden_size=8, max_epochs=2, random_state=0)
    >>> result = integrated_gradients(classifier.fit(X[:60], y[:60]), X[0], target=0)
    >>> result.attributions.shape, result.explained
    ((64, 4), 'log-odds of 0')
    >>> total = result.attributions["attribution"].sum()
    >>> bool(abs(total - (result.output - result.baseline_output)) < 1e-3)
    True
    """
    inner, steps = find_estimator(estimator, _KINDS, _EXPECTED)
    _refuse_language_models(inner)
    _read_tolerance(tolerance)
    read_output(output)
    with fixed_arithmetic():
        ends: _Measurements | _Tokens | _History
        if isinstance(inner, RNNForecaster):
            ends = _History(inner, x, timestep, baseline)
            explained = choose_forecast(inner, ends.window, ends.path, target=target)
        else:
            sample = read_one_sample(inner, steps, x)
            network = network_copy(inner, torch.float64)
            if sample.reads_tokens:
                ends = _Tokens(sample, network, baseline)
            else:
                ends = _Measurements(sample, baseline)
            explained = choose_output(
                inner, network, ends.stop[None], target=target, output=output, timestep=timestep
            )
        limit = tolerance * explained.unit
        path = integrate_gradients(explained.of, ends.start, ends.stop, limit)
    if abs(path.gap) > limit:
        warnings.warn(
            f"tolerance: got {tolerance:g}, which {path.n_nodes} gradients did not reach: the "
            f"attributions sum to {path.gap:.3g} more than the difference that they explain, "
            f"{path.stop_value - path.start_value:.3g}. Raise the tolerance.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return Bunch(
        attributions=ends.tidy(path),
        output=path.stop_value,
        baseline_output=path.start_value,
        gap=path.gap,
        n_nodes=path.n_nodes,
        target=explained.target,
        explained=explained.name,
    )


class _Measurements:
    """What the network reads of measurements, at both ends of the path."""

    def __init__(self, sample: OneSample, baseline: Any) -> None:
        self.sample = sample
        self.values = sample.sequences.values
        self.stop = sample.prepared(torch.float64, torch.device("cpu"))[0]
        n_mask = sample.estimator.statistics_.n_mask_inputs
        self.n_inputs = self.stop.shape[1] - n_mask
        self.start = self.stop.clone()
        if baseline is None:
            # which values were observed stays as it is.
            self.start[:, : self.n_inputs] = 0.0
        else:
            values = _read_baseline(baseline, self.values)
            start = sample.estimator._prepare(JaggedSequences(values, sample.sequences.lengths))
            self.start = torch.from_numpy(start.values).double()

    def tidy(self, path: PathIntegral) -> pd.DataFrame:
        """Return the attributions of features."""
        n_timesteps, n_features = self.values.shape
        parts = path.gradient * (self.stop - self.start).numpy()
        # several inputs may come from one feature.
        parts = parts[:, : self.n_inputs].reshape(n_timesteps, -1, n_features).sum(axis=1)
        missing = np.isnan(self.values)
        if not missing.any():
            return _tidy(self.sample, parts)
        attributions = np.zeros_like(parts)
        columns = np.broadcast_to(np.arange(n_features), parts.shape)
        np.add.at(attributions, (_sources(missing), columns), parts)
        return _tidy(self.sample, attributions)


class _Tokens:
    """The vectors of token ids, at both ends of the path."""

    def __init__(self, sample: OneSample, network: Any, baseline: Any) -> None:
        baseline = "unknown" if baseline is None else baseline
        if not isinstance(baseline, str) or baseline not in _TOKEN_BASELINES:
            raise ValueError(
                f"baseline: got {baseline!r}, while x is read as token ids. Expected one of "
                f"{list(_TOKEN_BASELINES)}. Leave it out for a text of unknown words."
            )
        self.sample = sample
        ids = sample.prepared(torch.float64, torch.device("cpu"))[0]
        ids = ids[:, None] if ids.ndim == 1 else ids
        before = torch.full_like(ids, PADDING_TOKEN)
        # the first id is the token itself.
        before[:, 0] = _TOKEN_BASELINES[baseline]
        vectors = network.tokens.weight
        self.start, self.stop = (vectors[part].sum(dim=1) for part in (before, ids))
        self.differences = (vectors[ids] - vectors[before]).numpy()

    def tidy(self, path: PathIntegral) -> pd.DataFrame:
        """Return the attributions of ids."""
        return _tidy(self.sample, (path.gradient[:, None] * self.differences).sum(axis=2))


class _History:
    """The last window of a series, at both ends of the path."""

    def __init__(self, forecaster: RNNForecaster, x: Any, timestep: Any, baseline: Any) -> None:
        if timestep is not None:
            raise ValueError(
                f"timestep: got {timestep!r} for an RNNForecaster. Expected None. Pass target, the "
                "future timestep that is to be explained, from 0."
            )
        if baseline is not None:
            raise ValueError(
                f"baseline: got {baseline!r} for an RNNForecaster. Expected None: a window is "
                "compared with its own level. Leave it out."
            )
        self.window = read_one_history(forecaster, x)
        self.path = HistoryPath(self.window)
        self.start, self.stop = self.path.start, self.path.stop

    def tidy(self, path: PathIntegral) -> pd.DataFrame:
        """Return the attributions of timesteps of the history."""
        window = self.window
        timesteps = window.first + np.arange(len(window.values))
        is_inside = timesteps >= 0
        attributions = (path.gradient * (self.stop - self.start).numpy())[is_inside]
        values = window.values[is_inside]
        return _frame(timesteps[is_inside], np.array([0]), values, attributions[:, None])


def _sources(missing: np.ndarray) -> np.ndarray:
    """Return the timestep whose value is read at each timestep, by feature.

    Before the first observed value it is that one, of which the sample's scale is made; without
    any, every timestep stands for itself.
    """
    steps = np.broadcast_to(np.arange(len(missing))[:, None], missing.shape)
    last = np.maximum.accumulate(np.where(missing, -1, steps), axis=0)
    first = np.where(missing.all(axis=0), steps, np.argmin(missing, axis=0))
    return np.where(last >= 0, last, first)


def _read_baseline(baseline: Any, values: np.ndarray) -> np.ndarray:
    try:
        given = np.asarray(baseline, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.empty(0)
    if given.shape not in (values.shape, values.shape[1:]) or not np.isfinite(given).all():
        raise ValueError(
            f"baseline: got {describe(baseline)}. Expected finite numbers of shape "
            f"{values.shape[1:]}, one for each feature, or of the sample's shape, {values.shape}. "
            "Leave it out for the training mean."
        )
    return np.where(np.isnan(values), np.nan, given)


def _read_tolerance(tolerance: Any) -> None:
    if not isinstance(tolerance, Real) or isinstance(tolerance, bool) or not float(tolerance) > 0:
        raise ValueError(
            f"tolerance: got {tolerance!r}. Expected a number above 0, how far the sum of the "
            "attributions may be from the difference. Pass 1e-3, say."
        )


def _refuse_language_models(inner: Any) -> None:
    if isinstance(inner, RNNLanguageModel):
        raise TypeError(
            "estimator: got an RNNLanguageModel, which has no answer of its own, but one for every "
            f"token. Expected a fitted {_EXPECTED}. recurrent_states shows what is inside."
        )


def _tidy(sample: OneSample, attributions: np.ndarray) -> pd.DataFrame:
    values = sample.sequences.values.reshape(attributions.shape)
    if sample.tokens is not None:
        values = values.astype(object)
        values[:, 0] = sample.tokens
    names = np.array(sample.feature_names, dtype=object)
    return _frame(np.arange(len(values)), names, values, attributions)


def _frame(
    timesteps: np.ndarray, names: np.ndarray, values: np.ndarray, attributions: np.ndarray
) -> pd.DataFrame:
    n_timesteps, n_features = attributions.shape
    return pd.DataFrame(
        {
            "timestep": np.repeat(timesteps, n_features),
            "feature": np.tile(names, n_timesteps),
            "value": values.ravel(),
            "attribution": attributions.ravel(),
        }
    ).infer_objects()
