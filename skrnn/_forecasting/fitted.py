"""What a forecaster has learned, and how it turns requests into answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from zlib import crc32

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skrnn._forecasting.data import ForecastData, read_history
from skrnn._forecasting.drift import ErrorDrift, compare_errors, no_drift
from skrnn._forecasting.errors_by_series import ErrorsBySeries
from skrnn._forecasting.features import FeatureTable, as_feature_frame
from skrnn._forecasting.later_errors import learn_later_errors
from skrnn._forecasting.networks import (
    WindowForecasts,
    WindowModel,
    WindowNetworks,
    refuse_non_counts,
    transformed,
)
from skrnn._forecasting.requests import ForecastRequest, request_ahead, request_rows
from skrnn._forecasting.residuals import PATH_LEVELS, PATH_SHARES
from skrnn._forecasting.rows import refuse_missing_features, request_of_rows
from skrnn._forecasting.scored_errors import sizes_of_scored
from skrnn._forecasting.unread_columns import rows_of_true_values, with_unread_columns
from skrnn._forecasting.windows import WindowSource
from skrnn._input.columns import Columns
from skrnn._input.integers import check_integer
from skrnn._input.numbers import LARGEST
from skrnn._series.growth import moved_rows, with_room
from skrnn._training.arithmetic import fixed_arithmetic, resolve_seed
from skrnn.modules.forecast_outputs import LOG_MEAN, point_column

__all__ = ["FittedForecaster", "fitted_forecaster"]


# A request further past the cutoff than the largest of these, in timesteps, in horizons of the
# networks and in lengths of the history, is almost certainly a typo.
_FAR_STEPS, _FAR_HORIZONS, _FAR_HISTORIES = 1000, 100, 10
# Largest number of values in sampled paths: 2 GiB of them.
_LARGEST_ANSWER = 2**28


def fitted_forecaster(forecaster: Any) -> FittedForecaster:
    """Return what a forecaster has learned, for its own methods and for ``skrnn.inspection``.

    Parameters
    ----------
    forecaster : WindowForecaster
        Fitted.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the forecaster is not fitted.
    """
    check_is_fitted(forecaster, "cutoff_")
    fitted: FittedForecaster = forecaster._fitted  # noqa: SLF001, the only reader from outside
    return fitted


@dataclass(frozen=True, eq=False)
class FittedForecaster:
    """What a fit has learned; a later fit or update makes another one.

    The parameters of the estimator may be set to other values after the fit. They take effect in
    the next one, so nothing here reads them.

    Parameters
    ----------
    data : ForecastData
        The series of the fit with what updates appended, and their features.
    features : FeatureTable
        The role and scale of each feature.
    networks : WindowModel
        The trained networks, or the rule of a baseline.
    residuals : ErrorsBySeries or None
        Errors on held-out windows; None if no windows were held out.
    target_transform : {"log", None}
        Transform of the values before the networks read them.
    validation_fraction : float
        Share of each series that the fit was asked to hold out.
    seed : int
        Seed of the fit.
    columns : Columns
        The columns of the features that the fit was given.
    owner : str
        Name of the forecaster's class, for error messages.
    """

    data: ForecastData
    features: FeatureTable
    networks: WindowModel
    residuals: ErrorsBySeries | None
    target_transform: str | None
    validation_fraction: float
    seed: int
    columns: Columns
    owner: str

    @property
    def horizon(self) -> int:
        """Timesteps that the networks learned to forecast at once."""
        return self.networks.shape.horizon

    @property
    def trained_networks(self) -> WindowNetworks:
        """The networks of a forecaster that has some."""
        assert isinstance(self.networks, WindowNetworks)  # a baseline has a rule
        return self.networks

    # -- requests --------------------------------------------------------------------------

    def check_features(self, X: Any, name: str) -> None:
        """Raise an error unless X has the features that ``fit`` saw, as scikit-learn checks them.

        Features that are None, or of a forecaster fitted without features, are left to their
        readers.
        """
        if X is not None and self.columns.number:
            found = Columns.of_features(as_feature_frame(X, name))
            read_as = "is read as features, a column for each"
            self.columns.refuse_other(
                found, name=name, owner=self.owner, read_as=read_as, X=X, may_be_dummies=True
            )

    def request(
        self, X: Any, horizon: int | None, history: Any, X_history: Any
    ) -> tuple[ForecastRequest, ForecastData]:
        """Read which timesteps to forecast, and the data to forecast them from.

        The arguments are those of ``predict``.
        """
        if history is not None:
            self.check_features(X_history, "X_history")
        data = read_history(self.data, history, X_history, self.features.columns)
        if history is not None:
            self.networks.bounds.refuse_values_outside(data.panel, "history")
        if X is None:
            n_ahead = self.horizon if horizon is None else _read_horizon(horizon)
            self._refuse_far_future("horizon", n_ahead, data)
            return request_ahead(data.panel, n_ahead), data
        if horizon is not None:
            raise ValueError(
                f"horizon: got {horizon} with X, whose rows give the timesteps to forecast. "
                "Expected one of the two. Leave horizon out, or pass as many rows of X as there "
                "are timesteps to forecast."
            )
        X = with_unread_columns(X, self.features)
        self.check_features(X, "X")
        request, rows = request_of_rows(
            X, data, self.features.columns, self.horizon, is_history=history is not None
        )
        n_ahead = int((request.positions - data.panel.last[request.series]).max())
        self._refuse_far_future("X", n_ahead, data)
        if rows is not None:
            data = replace(data, rows=[*data.rows, rows])
        return request, data

    def request_of_scored(self, X: Any, y: Any) -> tuple[ForecastRequest, ForecastData]:
        """Read which timesteps to forecast from the arguments of ``score``; X are values if alone.

        They name the rows if no column of features is read.
        """
        rows = rows_of_true_values(X, self.features) if y is None else X
        return self.request(rows, None, None, None)

    def future_index(self, horizon: int | None) -> pd.Index:
        """Return the index of the timesteps after the cutoff; ``horizon`` is that of predict."""
        request, data = self.request(None, horizon, None, None)
        panel = data.panel
        positions = request.positions.reshape(panel.n_series, -1)
        return panel.layout.row_index(panel.ids, positions, panel.clock)

    def request_fitted_values(self) -> ForecastRequest:
        """Request every timestep of the fitted series, in blocks of ``horizon``."""
        panel = self.data.panel
        rows = np.arange(len(panel.values))
        series, positions = panel.series_of(rows), panel.positions_of(rows)

        def write(values: np.ndarray) -> Any:
            values_by_series = np.split(values, panel.starts[1:])
            positions_by_series = np.split(positions, panel.starts[1:])
            return panel.layout.write(values_by_series, panel.ids, positions_by_series, panel.clock)

        return request_rows(panel, series, positions, self.horizon, write)

    def _refuse_far_future(self, name: str, n_ahead: int, data: ForecastData) -> None:
        """Raise an error if the request reaches implausibly far: it would take very long."""
        longest = int(data.panel.lengths.max())
        limit = max(_FAR_STEPS, _FAR_HORIZONS * self.horizon, _FAR_HISTORIES * longest)
        if n_ahead > limit:
            raise ValueError(
                f"{name}: got a timestep {n_ahead} steps after the cutoff, {data.cutoff}. Expected "
                f"at most {limit}: further ahead, forecasts made from forecasts mean nothing. "
                "Correct the times, or train with a longer horizon."
            )

    # -- forecasts -------------------------------------------------------------------------

    def source(self, data: ForecastData, n_ahead: int) -> WindowSource:
        """Return the source of the networks' windows, with features ``n_ahead`` steps ahead."""
        panel = transformed(data.panel, self.target_transform)
        shape = self.networks.shape
        # Windows reach back beyond the start of a short series.
        features = self.features.lay_out(
            data.panel, data.rows, n_ahead, n_before=shape.context_length
        )
        return WindowSource(panel, features, shape)

    def forecast(self, request: ForecastRequest, data: ForecastData) -> WindowForecasts:
        """Return the networks' forecasts of all windows of a request."""
        source, cutoffs = self.source_of(request, data)
        with fixed_arithmetic():
            return self.networks.forecast(
                source.panel, source.features, cutoffs, request.steps_of_windows
            )

    def source_of(
        self, request: ForecastRequest, data: ForecastData
    ) -> tuple[WindowSource, np.ndarray]:
        """Return the source of a request's windows, and the rows of their cutoffs in it."""
        n_ahead = request.n_steps + self.horizon
        cutoffs = request.cutoffs
        if self.features.future:
            refuse_missing_features(request, data)
            for rows in data.rows:
                self.features.refuse_missing_future(rows, data.panel)
            if data.panel.layout.rows_are_panel:
                # Features of future timesteps need rows of the panel to be stored at.
                roomy = with_room(data.panel, n_ahead)
                cutoffs = moved_rows(data.panel, roomy)[cutoffs]
                data = replace(data, panel=roomy)
        refuse_non_counts(data.panel, self.networks.loss)
        return self.source(data, n_ahead), cutoffs

    def residuals_after(self, source: WindowSource) -> ErrorsBySeries | None:
        """Return the errors with those of the timesteps that a source has and the data has not."""
        if self.residuals is None:
            return None
        return learn_later_errors(self.residuals, self.networks, source, self.data.panel)

    def drift(self) -> ErrorDrift:
        """Compare the errors since the fit with those on the held-out windows."""
        errors = self.residuals
        if errors is None:
            return no_drift(self.data.panel.ids)
        if errors.later is None:
            return no_drift(errors.ids)
        return compare_errors(errors.seen_errors, errors.later.recent, errors.ids, self.horizon)

    def drift_of_scored(
        self, request: ForecastRequest, forecasts: WindowForecasts | None, actual: np.ndarray
    ) -> ErrorDrift:
        """Compare the errors of scored timesteps with those on the held-out windows."""
        errors, panel = self.residuals, self.data.panel
        if errors is None or forecasts is None:
            return no_drift(panel.ids)
        if self.target_transform is not None:
            actual = np.log(np.where(actual > 0, actual, np.nan))
        recent = sizes_of_scored(errors, request, forecasts, actual, panel)
        return compare_errors(errors.seen_errors, recent, errors.ids, self.horizon)

    def near(self, request: ForecastRequest, data: ForecastData) -> ForecastRequest:
        """Return the request with its long gaps bridged by repeated forecasts."""
        period = self.networks.shape.periods[0]
        return request.repeating_over_gaps(data.panel, _FAR_HORIZONS * self.horizon, period)

    def points(self, forecasts: WindowForecasts) -> np.ndarray:
        """Return one number for each timestep on the scale of y, shape (n_windows, n_steps)."""
        loss, clip = self.networks.loss, self.networks.bounds.clip
        if loss == "negative_binomial":
            points = clip(forecasts.parameters[..., 0])
        elif forecasts.points is not None:
            points = clip(forecasts.points)
        else:
            points = self._on_data_scale(forecasts.parameters[..., point_column(loss)], forecasts)
        return forecasts.zero_where_closed(points)

    def _on_data_scale(self, values: np.ndarray, forecasts: WindowForecasts) -> np.ndarray:
        shape = (-1,) + (1,) * (values.ndim - 1)
        values = values * forecasts.scales.reshape(shape) + forecasts.levels.reshape(shape)
        if self.target_transform is not None:
            values = np.exp(np.minimum(values, np.log(LARGEST)))
        return self.networks.bounds.clip(values)

    # -- answers: one row for each value of the request ------------------------------------

    def values(self, request: ForecastRequest, data: ForecastData) -> np.ndarray:
        """Return the forecast of each timestep, shape (n_values,)."""
        return self.values_and_windows(request, data)[0]

    def values_and_windows(
        self, request: ForecastRequest, data: ForecastData
    ) -> tuple[np.ndarray, WindowForecasts | None]:
        """Return the forecast of each timestep, and those of all windows; None without any."""
        means = self.means(data)
        if len(request.cutoffs) == 0:
            return means[request.series], None
        request = self.near(request, data)
        forecasts = self.forecast(request, data)
        return request.pick(self.points(forecasts), means), forecasts

    def quantiles(
        self, request: ForecastRequest, data: ForecastData, levels: np.ndarray
    ) -> np.ndarray:
        """Return quantiles at increasing levels, shape (n_values, n_levels)."""
        series = self._series_of(request, data)

        def draw(errors: ErrorsBySeries, parameters: np.ndarray) -> np.ndarray:
            return errors.quantiles(parameters, levels, request.n_steps, series)

        request = self.near(request, data)
        quantiles = self._distribution(request, data, draw)
        return request.pick(quantiles, _own_quantiles(request, data, levels))

    def paths(
        self, request: ForecastRequest, data: ForecastData, n_paths: int, random_state: Any
    ) -> np.ndarray:
        """Return sampled paths, shape (n_values, n_paths); None takes the seed of the fit."""
        if n_paths * len(request.series) > _LARGEST_ANSWER:
            raise ValueError(
                f"n_paths: got {n_paths} for {len(request.series)} timesteps to forecast. Expected "
                f"at most {_LARGEST_ANSWER} numbers in all, for which there is memory. Draw fewer "
                "paths, or forecast fewer timesteps at once."
            )
        if random_state is None:
            seed = int(np.random.SeedSequence([self.seed, 6]).generate_state(1)[0])
        else:
            seed = resolve_seed(random_state)
        panel = data.panel
        series = panel.series_of(request.cutoffs)
        positions = np.abs(panel.positions_of(request.cutoffs))
        # Those of each series and cutoff: a path does not depend on the other requests. Cutoffs are
        # drawn for all series, once for the future and once for each block of rows before it.
        blocks = (panel.last[series] - panel.positions_of(request.cutoffs)) // self.horizon
        seeds = [
            ([seed, crc32(str(panel.ids[number]).encode()), int(position)], [seed, int(block)])
            for number, position, block in zip(series, positions, blocks, strict=True)
        ]
        numbers = self._series_of(request, data)

        def draw(errors: ErrorsBySeries, parameters: np.ndarray) -> np.ndarray:
            return errors.paths(parameters, n_paths, seeds, numbers)

        request = self.near(request, data)
        paths = self._distribution(request, data, draw, keeps_means=self.networks.loss == LOG_MEAN)
        levels = np.random.default_rng(seed).random(n_paths)
        return request.pick(paths, _own_quantiles(request, data, levels))

    def means(self, data: ForecastData) -> np.ndarray:
        """Return the mean of each series: the forecast of steps that have no history."""
        panel = data.panel
        sums = np.add.reduceat(np.nan_to_num(panel.values), panel.starts)
        counts = np.add.reduceat((~np.isnan(panel.values)).astype(np.int64), panel.starts)
        return self.networks.bounds.clip(sums / counts)

    def _series_of(self, request: ForecastRequest, data: ForecastData) -> np.ndarray:
        """Return the number of each window's series in the fit, -1 for other series."""
        series = data.panel.series_of(request.cutoffs)
        if self.residuals is None or data.panel is not self.data.panel:
            return np.full(len(series), -1)
        return self.residuals.numbers_of(data.panel, series)

    def _distribution(
        self,
        request: ForecastRequest,
        data: ForecastData,
        draw: Callable[..., np.ndarray],
        *,
        keeps_means: bool = False,
    ) -> np.ndarray:
        """Return quantiles or paths on the scale of y; ``draw`` makes them on that of windows.

        ``keeps_means`` multiplies them so that their mean is the point forecast of each timestep.
        """
        if self.residuals is None:
            self._refuse_unknown_errors()
        if len(request.cutoffs) == 0:
            return np.empty((0, request.n_steps, 1))
        forecasts = self.forecast(request, data)
        values = draw(self.residuals, forecasts.parameters)
        if self.networks.loss == "negative_binomial":
            return forecasts.zero_where_closed(self.networks.bounds.clip(values))
        values = self._on_data_scale(values, forecasts)
        if keeps_means:
            # Errors of logarithms contain those of the forecasts, which raise the mean of values.
            quantiles = self.residuals.quantiles(
                forecasts.parameters, PATH_LEVELS, request.n_steps, self._series_of(request, data)
            )
            means = self._on_data_scale(quantiles, forecasts) @ PATH_SHARES
            values = self.networks.bounds.clip(values * (self.points(forecasts) / means)[..., None])
        return forecasts.zero_where_closed(values)

    def _refuse_unknown_errors(self) -> NoReturn:
        share = self.validation_fraction
        if share == 0:
            raise ValueError(
                "validation_fraction: got 0, so fit held out no windows and the size of the errors "
                "is unknown. Expected a share above 0. Set validation_fraction=0.2, for example, "
                "and fit again."
            )
        longest = int(self.data.panel.observed_lengths.max())
        raise ValueError(
            "y: got series too short to hold out windows in fit, so the size of the errors is "
            f"unknown; the longest has {longest} timesteps from its first value on. Expected at "
            "least three more than a season or a horizon, whichever is longer, in addition to the "
            f"held-out ones, which are validation_fraction={share:g} of a series but at least a "
            "horizon. Pass longer series, or a shorter horizon or seasonal_period."
        )


def _own_quantiles(request: ForecastRequest, data: ForecastData, levels: np.ndarray) -> np.ndarray:
    """Return quantiles of each series' own values, for steps that have no history.

    They are computed only for series of which such steps are requested.
    """
    panel = data.panel
    quantiles = np.zeros((panel.n_series, len(levels)))
    for series in np.unique(request.series[request.windows < 0]):
        values = panel.values[panel.starts[series] : panel.stops[series]]
        quantiles[series] = np.nanquantile(values, levels)
    return quantiles


def _read_horizon(horizon: Any) -> int:
    return check_integer(
        horizon,
        "horizon",
        at_least=1,
        meaning="the number of timesteps to forecast",
        remedy="Leave it out to forecast as many as in training.",
    )
