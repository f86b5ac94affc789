"""How a fitted forecaster answers: what may be looked at, from which cutoffs, on which scale."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, NoReturn

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skrnn._forecasting.data import ForecastData, read_history
from skrnn._forecasting.features import FeatureTable
from skrnn._forecasting.networks import (
    WindowForecasts,
    WindowNetworks,
    refuse_no_counts,
    transformed,
)
from skrnn._forecasting.requests import ForecastRequest, request_ahead
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._forecasting.rows import refuse_missing_features, request_of_rows
from skrnn._forecasting.windows import PanelFeatures
from skrnn._input.numbers import LARGEST
from skrnn._series.growth import moved_rows, with_room
from skrnn._training.arithmetic import fixed_arithmetic
from skrnn.modules.forecast_outputs import point_column

__all__ = ["ForecastAnswers"]


# Farther ahead than the most of these, in timesteps, in horizons of the network and in lengths of
# the history, nobody means to forecast.
_FAR_STEPS, _FAR_HORIZONS, _FAR_HISTORIES = 1000, 100, 10


class ForecastAnswers:
    """Turns what is asked for into windows of trained networks, and their outputs into answers."""

    validation_fraction: float
    context_length_: int
    _data: ForecastData
    _features: FeatureTable
    _networks: WindowNetworks
    _residuals: HeldOutWindows | None
    _started_with: dict[str, Any]

    @property
    def _trained_horizon(self) -> int:
        # a parameter that was set after fit waits for the next one.
        return self._networks.shape.horizon

    @property
    def _target_transform(self) -> str | None:
        return self._started_with["target_transform"]

    def _lay_out(self, data: ForecastData, n_ahead: int) -> PanelFeatures:
        # windows reach back beyond the start of a short series.
        n_before = self.context_length_
        return self._features.lay_out(data.panel, data.rows, n_ahead, n_before=n_before)

    def _request(
        self, X: Any, horizon: int | None, history: Any, X_history: Any
    ) -> tuple[ForecastRequest, ForecastData]:
        """Say which timesteps are asked for, and what may be looked at."""
        check_is_fitted(self, "net_")
        data = read_history(self, self._data, history, X_history, self._features.columns)
        if X is None:
            _refuse_wrong_horizon(horizon)
            n_ahead = self._trained_horizon if horizon is None else int(horizon)
            self._refuse_far_future("horizon", n_ahead, data)
            return request_ahead(data.panel, n_ahead), data
        if horizon is not None:
            raise ValueError(
                f"horizon: got {horizon} beside X, whose rows say what to forecast. Expected one "
                "of them. Leave horizon out, or pass as many rows of X as wanted."
            )
        request, rows = request_of_rows(self, X, data, is_history=history is not None)
        n_ahead = int((request.positions - data.panel.last[request.series]).max())
        self._refuse_far_future("X", n_ahead, data)
        if rows is not None:
            data = ForecastData(data.panel, [*data.rows, rows], data.given)
        return request, data

    def _refuse_far_future(self, name: str, n_ahead: int, data: ForecastData) -> None:
        """Raise an error for what only a slip of the pen asks for: it would take very long."""
        longest = int(data.panel.lengths.max())
        most = max(_FAR_STEPS, _FAR_HORIZONS * self._trained_horizon, _FAR_HISTORIES * longest)
        if n_ahead > most:
            raise ValueError(
                f"{name}: got a timestep {n_ahead} steps after the cutoff, {data.cutoff}. Expected "
                f"at most {most}: beyond, forecasts that are fed back say nothing. Correct the "
                "times, or train with a longer horizon."
            )

    def _forecast(self, request: ForecastRequest, data: ForecastData) -> WindowForecasts:
        n_ahead = request.n_steps + self._trained_horizon
        cutoffs = request.cutoffs
        if self._features.future:
            refuse_missing_features(request, data)
            if data.panel.layout.rows_are_panel:
                # features of the future need rows to stand on.
                roomy = with_room(data.panel, n_ahead)
                cutoffs = moved_rows(data.panel, roomy)[cutoffs]
                data = ForecastData(roomy, data.rows, data.given)
        refuse_no_counts(data.panel, self._networks.loss)
        panel = transformed(data.panel, self._target_transform)
        features = self._lay_out(data, n_ahead)
        with fixed_arithmetic():
            return self._networks.forecast(panel, features, cutoffs, request.steps_of_windows)

    def _points(self, said: WindowForecasts) -> np.ndarray:
        """Return one number for each timestep on the scale of y, shape (n_windows, n_steps)."""
        loss = self._networks.loss
        if loss == "negative_binomial":
            return said.parameters[..., 0]
        return self._on_data_scale(said.parameters[..., point_column(loss)], said)

    def _on_data_scale(self, values: np.ndarray, said: WindowForecasts) -> np.ndarray:
        shape = (-1,) + (1,) * (values.ndim - 1)
        values = values * said.scales.reshape(shape) + said.levels.reshape(shape)
        if self._target_transform is None:
            return values
        return np.exp(np.minimum(values, np.log(LARGEST)))

    def _distribution(
        self, request: ForecastRequest, data: ForecastData, draw: Callable[..., np.ndarray]
    ) -> np.ndarray:
        """Return quantiles or paths on the scale of y; ``draw`` makes them on that of windows."""
        if self._residuals is None:
            self._refuse_unknown_errors()
        if len(request.cutoffs) == 0:
            return np.empty((0, request.n_steps, 1))
        said = self._forecast(request, data)
        if self._networks.loss == "negative_binomial":
            values = draw(self._residuals, said.parameters, said.scales)
            return np.maximum(np.round(values), 0.0)
        values = draw(self._residuals, said.parameters, np.ones(len(said.scales)))
        return self._on_data_scale(values, said)

    def _refuse_unknown_errors(self) -> NoReturn:
        share = self.validation_fraction
        if share == 0:
            raise ValueError(
                "validation_fraction: got 0, so that no windows were held out in fit and nothing "
                "is known about errors. Expected a share above 0. Set validation_fraction=0.2, "
                "say, and fit anew."
            )
        longest = int(self._data.panel.observed_lengths.max())
        raise ValueError(
            "y: got series too short to hold windows out in fit, so that nothing is known about "
            f"errors; the longest has {longest} timesteps from its first value on. Expected at "
            "least three more than a season or a horizon, whichever is longer, beside the held-out "
            f"ones, which are validation_fraction={share:g} of a series but at least a horizon. "
            "Pass longer series, or a shorter horizon or seasonal_period."
        )

    def _means(self, data: ForecastData) -> np.ndarray:
        """Return the mean of each series, what is said where nothing came before."""
        panel = data.panel
        sums = np.add.reduceat(np.nan_to_num(panel.values), panel.starts)
        return sums / np.add.reduceat((~np.isnan(panel.values)).astype(np.int64), panel.starts)

    def _own_quantiles(
        self, request: ForecastRequest, data: ForecastData, levels: np.ndarray
    ) -> np.ndarray:
        """Return quantiles of the values of each series of which a first row is asked for."""
        panel = data.panel
        quantiles = np.zeros((panel.n_series, len(levels)))
        for series in np.unique(request.series[request.windows < 0]):
            values = panel.values[panel.starts[series] : panel.stops[series]]
            quantiles[series] = np.nanquantile(values, levels)
        return quantiles


def _refuse_wrong_horizon(horizon: Any) -> None:
    is_number = isinstance(horizon, Integral) and not isinstance(horizon, bool)
    if horizon is not None and not (is_number and horizon >= 1):
        raise ValueError(
            f"horizon: got {horizon!r}. Expected an integer of 1 or more, the number of timesteps "
            "to forecast. Leave it out to forecast as many as in training."
        )
