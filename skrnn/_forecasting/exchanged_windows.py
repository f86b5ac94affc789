"""Windows whose features, or a stretch of whose history, are those of other windows."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from skrnn._forecasting.data import ForecastData
from skrnn._forecasting.fitted import FittedForecaster
from skrnn._forecasting.requests import ForecastRequest
from skrnn._forecasting.windows import (
    PanelFeatures,
    WindowContents,
    Windows,
    training_cutoffs,
)
from skrnn._training.arithmetic import fixed_arithmetic

__all__ = ["ExchangedWindows", "Part"]


class Part(NamedTuple):
    """What is exchanged.

    Attributes
    ----------
    known, past, static : slice, default=slice(0)
        Columns of the features of each kind.
    first, last : int, default=0
        Timesteps of the history, counted back from the cutoff: from ``first`` of them up to, but
        without, ``last`` of them. 0 timesteps back is the cutoff itself.
    """

    known: slice = slice(0)
    past: slice = slice(0)
    static: slice = slice(0)
    first: int = 0
    last: int = 0


class ExchangedWindows:
    """The windows of a request as a panel of their own, and others from before their cutoffs.

    Parameters
    ----------
    fitted : FittedForecaster
        The forecaster.
    request : ForecastRequest
        The timesteps to forecast; those past the horizon are left out.
    data : ForecastData
        What they are forecast from. No other window reaches past it.

    Attributes
    ----------
    is_forecast : ndarray of bool, shape (n_values,)
        Which of the requested values have a history and are within the horizon.
    """

    def __init__(
        self, fitted: FittedForecaster, request: ForecastRequest, data: ForecastData
    ) -> None:
        self._fitted, self._request = fitted, request
        source, cutoffs = fitted.source_of(request, data)
        shape = source.shape
        self.is_forecast = (request.windows >= 0) & (request.steps < shape.horizon)
        self._source = source
        self._others = training_cutoffs(source.panel, shape.horizon)
        self._windows = self._contents(cutoffs)

    def _contents(self, cutoffs: np.ndarray) -> WindowContents:
        panel, features, shape = self._source.panel, self._source.features, self._source.shape
        windows = Windows(panel, features, cutoffs, shape, torch.device("cpu"))
        return windows.contents(np.arange(len(cutoffs)))

    def forecast(self) -> np.ndarray:
        """Return the forecast of each value, NaN where ``is_forecast`` is not."""
        return self._forecast_of(self._windows)

    def forecast_without(self, part: Part, rng: np.random.Generator) -> np.ndarray:
        """Return the same after each window took a part over from another one, drawn by ``rng``.

        Raises
        ------
        ValueError
            If the series are too short for other windows.
        """
        if not len(self._others):
            raise ValueError(
                "n_windows: got a cutoff before which no series has a whole window to exchange "
                "with. Expected three values and a horizon before it. Lower n_windows or stride."
            )
        own = self._windows
        drawn = rng.choice(self._others, size=len(own.history))
        other = self._contents(drawn)
        known, past, static = own.known.copy(), own.past.copy(), own.static.copy()
        known[:, :, part.known] = other.known[:, :, part.known]
        past[:, :, part.past] = other.past[:, :, part.past]
        static[:, part.static] = other.static[:, part.static]
        history = own.history.copy()
        length = history.shape[1]
        stretch = slice(max(length - part.last, 0), max(length - part.first, 0))
        # On the mean and the scale of the window itself, as its level may be its last value; gaps
        # stay where they are.
        mean = np.nanmean(history, axis=1, keepdims=True)
        other_mean = np.nanmean(other.history, axis=1, keepdims=True)
        course = (other.filled - other_mean) / other.scale * own.scale + mean
        taken = np.where(np.isnan(history), np.nan, course)
        history[:, stretch] = taken[:, stretch]
        return self._forecast_of(
            replace(own, history=history, known=known, past=past, static=static)
        )

    def _forecast_of(self, contents: WindowContents) -> np.ndarray:
        fitted, shape = self._fitted, self._source.shape
        n_windows, length = contents.history.shape
        n_steps = length + shape.horizon
        future = np.full((n_windows, shape.horizon), np.nan)
        starts = np.arange(n_windows) * n_steps
        panel = replace(
            self._source.panel,
            values=np.concatenate([contents.history, future], axis=1).ravel(),
            starts=starts,
            lengths=np.full(n_windows, n_steps),
            first=np.zeros(n_windows, dtype=np.int64),
            ids=pd.RangeIndex(n_windows),
        )
        unknown = np.zeros((n_windows, shape.horizon, contents.past.shape[2]), dtype=np.float32)
        past = np.concatenate([contents.past, unknown], axis=1)
        nothing = np.zeros((1, 0), dtype=np.float32)
        features = PanelFeatures(
            *(contents.known.reshape(n_windows * n_steps, -1), nothing, 0),
            *(past.reshape(n_windows * n_steps, -1), nothing, contents.static),
        )
        with fixed_arithmetic():
            forecasts = fitted.networks.forecast(
                panel, features, starts + length - 1, shape.horizon
            )
        points, request = fitted.points(forecasts), self._request
        values = np.full(len(request.series), np.nan)
        at = self.is_forecast
        values[at] = points[request.windows[at], request.steps[at]]
        return values
