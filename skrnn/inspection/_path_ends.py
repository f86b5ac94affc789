"""What a network reads at both ends of the path that gradients are integrated along."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch

from skrnn._forecasting.fitted import FittedForecaster
from skrnn._input.jagged import JaggedSequences
from skrnn._input.refusals import describe
from skrnn._input.tokens import PADDING_TOKEN, UNKNOWN_TOKEN
from skrnn.inspection._explained_forecast import HistoryPath
from skrnn.inspection._one_history import read_one_history
from skrnn.inspection._one_sample import OneSample
from skrnn.inspection._path_integral import PathIntegral

__all__ = ["HistoryEnds", "MeasurementEnds", "TokenEnds"]

_TOKEN_BASELINES = {"unknown": UNKNOWN_TOKEN, "padding": PADDING_TOKEN}


class MeasurementEnds:
    """Measurements.

    Parameters
    ----------
    sample : OneSample
        The sample.
    baseline : object
        What the user passed to compare it with.

    Attributes
    ----------
    start, stop : Tensor of float64, shape (n_timesteps, n_inputs)
        What the network reads of the baseline and of the sample.
    """

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
            start = sample.estimator._inputs.prepare(
                JaggedSequences(values, sample.sequences.lengths)
            )
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


class TokenEnds:
    """Token ids.

    Parameters
    ----------
    sample, baseline
        As of :class:`MeasurementEnds`.

    Attributes
    ----------
    start, stop : Tensor of float64, shape (n_timesteps, embedding_dim)
        Vectors of the baseline and of the sample.
    """

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


class HistoryEnds:
    """Both ends of the path for a forecaster: the last window of a series and its level.

    Parameters
    ----------
    fitted : FittedForecaster
        What the forecaster has learned.
    x, timestep, baseline
        What the user passed.

    Attributes
    ----------
    window : OneHistory
    path : HistoryPath
    start, stop : Tensor of float64, shape (context_length,)
        The normalised level, which is 0, and the normalised window.
    """

    def __init__(self, fitted: FittedForecaster, x: Any, timestep: Any, baseline: Any) -> None:
        if timestep is not None:
            raise ValueError(
                f"timestep: got {timestep!r} for an RNNForecaster. Expected None. Pass target, the "
                "future timestep to explain, counted from 0."
            )
        if baseline is not None:
            raise ValueError(
                f"baseline: got {baseline!r} for an RNNForecaster. Expected None: a window is "
                "compared with its own level. Leave it out."
            )
        self.window = read_one_history(fitted, x)
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
