"""Forecasts with their intervals, after the history they come from."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skrnn._forecasting.data import ForecastData
from skrnn._forecasting.fitted import FittedForecaster, fitted_forecaster
from skrnn._forecasting.requests import ForecastRequest
from skrnn._forecasting.window_forecaster import WindowForecaster
from skrnn._series.panel import Panel, read_panel
from skrnn.inspection._drawn_series import choose_series, read_n_history, values_by_series
from skrnn.inspection._inner_estimator import find_estimator
from skrnn.inspection._plotting import draw_each, times_to_draw
from skrnn.typing import Features, SeriesIds, SeriesLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ForecastDisplay"]

# History that is drawn by default, in multiples of the forecast and in seasons.
_HISTORY, _SEASONS = 4, 2


class ForecastDisplay:
    """Forecasts of one series or several, with bands that contain given shares of later values.

    Use :meth:`from_estimator` to create one.

    Parameters
    ----------
    history : dict of Series
        For each series id the values before the forecast, with their times as the index; NaN where
        nothing was observed.
    forecast : dict of Series
        For each series id the forecast, with its times as the index.
    intervals : dict of DataFrame, or None, default=None
        For each series id two columns, "lower" and "upper", under each coverage. None for no bands.
    y_true : dict of Series, or None, default=None
        For each series id the true values at the times of the forecast, as far as they are known.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes, shape (n_series,)
        What :meth:`plot` drew on, one for each series.
    ax_ : matplotlib.axes.Axes
        The first of them.
    figure_ : matplotlib.figure.Figure
        Their figure.
    lines_ : dict of list of matplotlib.lines.Line2D
        For each series id the lines of history, forecast and, if there is any, the truth.
    bands_ : dict of list of matplotlib.collections.Collection
        For each series id the bands, the widest first.

    See Also
    --------
    BacktestDisplay : Forecasts from several earlier cutoffs.

    Examples
    --------
    >>> from skrnn import RNNForecaster
    >>> from skrnn.datasets import load_air_passengers
    >>> from skrnn.inspection import ForecastDisplay
    >>> y = load_air_passengers()
    >>> settings = {"hidden_size": 8, "max_epochs": 4, "random_state": 0}
    >>> forecaster = RNNForecaster(horizon=12, validation_fraction=0.1, **settings).fit(y[:-12])
    >>> display = ForecastDisplay.from_estimator(forecaster, y_true=y, coverages=[0.5, 0.9])
    >>> display.forecast["passengers"].equals(forecaster.predict().rename(None))
    True
    >>> display.intervals["passengers"][0.9].columns.to_list()
    ['lower', 'upper']
    """

    def __init__(
        self,
        *,
        history: dict[Any, pd.Series],
        forecast: dict[Any, pd.Series],
        intervals: dict[Any, pd.DataFrame] | None = None,
        y_true: dict[Any, pd.Series] | None = None,
    ) -> None:
        self.history = history
        self.forecast = forecast
        self.intervals = intervals
        self.y_true = y_true

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Features | SeriesLike | None = None,
        *,
        horizon: int | None = None,
        history: SeriesLike | None = None,
        X_history: Features | None = None,
        y_true: SeriesLike | None = None,
        coverages: float | Sequence[float] = (0.5, 0.8, 0.95),
        series: SeriesIds | None = None,
        n_history: int | None = None,
    ) -> Self:
        """Forecast with a fitted estimator.

        Parameters
        ----------
        estimator : RNNForecaster, baseline, or Pipeline or search that ends in one
            Fitted; X goes through the steps of a pipeline, and a search uses its best estimator.
        X : DataFrame, Series or array, or None, default=None
            Timesteps to forecast, as for ``predict``. None forecasts those after the cutoff.
        horizon : int or None, default=None
            Timesteps to forecast without X; None takes those of training.
        history : as y in ``fit``, or None, default=None
            The past of other series, as for ``predict``.
        X_history : as X in ``fit``, or None, default=None
            Features of the rows of ``history``.
        y_true : Series, DataFrame or array, or None, default=None
            The true values, drawn with the forecast. With an index it may hold further times,
            which are left out; an array has one row for each time of the forecast.
        coverages : float or sequence of float, or None, default=(0.5, 0.8, 0.95)
            Shares of later values that the bands contain, in (0, 1). None, or a forecaster
            fitted without held-out windows (``validation_fraction=0``), draws no bands.
        series : series id, list of them, or None, default=None
            Which series of a panel or table to draw; None takes the first nine.
        n_history : int or None, default=None
            Timesteps of history to draw. None draws four times as many as are forecast, and at
            least two seasons.

        Returns
        -------
        ForecastDisplay
            The forecasts, ready to plot.

        Raises
        ------
        TypeError
            If there is no forecaster in the estimator.
        ValueError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(estimator)
        forecaster, transformers = find_estimator(
            estimator, (WindowForecaster,), "an RNNForecaster or a baseline"
        )
        if X is not None:
            for transformer in transformers:
                X = transformer.transform(X)
        coverages = _read_coverages(coverages)
        n_before = read_n_history(n_history)
        fitted = fitted_forecaster(forecaster)
        request, data = fitted.request(X, horizon, history, X_history)
        panel = data.panel
        requested = np.unique(request.series)
        chosen = [requested[at] for at in choose_series(panel.ids.take(requested), series)]
        rows = {panel.ids[number]: request.series == number for number in chosen}
        points = fitted.values(request, data)
        forecasts = {
            label: pd.Series(points[mask], index=panel.clock.index(request.positions[mask]))
            for label, mask in rows.items()
        }
        intervals = None
        if coverages and fitted.residuals is not None:
            table = _intervals(fitted, request, data, coverages)
            intervals = {
                label: table[mask].set_axis(forecasts[label].index) for label, mask in rows.items()
            }
        if n_before is None:
            n_steps = max(len(forecast) for forecast in forecasts.values())
            n_before = max(_HISTORY * n_steps, _SEASONS * forecaster.seasonal_period_)
        past = {
            label: values.iloc[max(len(values) - n_before, 0) :]
            for label, values in values_by_series(panel, chosen).items()
        }
        truth = None if y_true is None else _read_truth(y_true, panel, request, forecasts)
        return cls(history=past, forecast=forecasts, intervals=intervals, y_true=truth)

    def plot(self, ax: Axes | Sequence[Axes] | np.ndarray | None = None) -> Self:
        """Draw the forecasts.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, array of them, or None, default=None
            Where to draw, one for each series; None makes a new figure, with a sheet of small axes
            if there are several series.

        Returns
        -------
        self : ForecastDisplay
            With ``axes_``, ``ax_``, ``figure_``, ``lines_`` and ``bands_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there are fewer axes than series.
        """
        self.lines_: dict[Any, list[Any]] = {}
        self.bands_: dict[Any, list[Any]] = {}
        times = {label: values.index for label, values in self.forecast.items()}
        self.axes_ = draw_each(ax, times, self._plot_one)
        self.ax_ = self.axes_[0]
        self.figure_ = self.ax_.figure
        return self

    def _plot_one(self, ax: Any, label: Any) -> None:
        past, forecast = self.history[label], self.forecast[label]
        lines = ax.plot(times_to_draw(past.index), past, color="0.35", label="history")
        times = times_to_draw(forecast.index)
        # A single timestep has no line and no area.
        is_point = len(forecast) == 1
        bands = []
        if self.intervals is not None:
            table = self.intervals[label]
            coverages = sorted(table.columns.unique(level=0), reverse=True)
            for coverage, shade in zip(coverages, _shades(len(coverages)), strict=True):
                lower, upper = table[coverage]["lower"], table[coverage]["upper"]
                style = {"color": shade, "label": f"{100 * coverage:g} %"}
                if is_point:
                    bands.append(ax.vlines(times, lower, upper, linewidth=8, **style))
                else:
                    bands.append(ax.fill_between(times, lower, upper, linewidth=0, **style))
        marker = "o" if is_point else None
        lines += ax.plot(times, forecast, color="tab:blue", marker=marker, label="forecast")
        if self.y_true is not None and label in self.y_true:
            truth = self.y_true[label]
            # Markers show a value between two missing ones; they are small if there are many.
            style = {
                "color": "tab:orange",
                "marker": ".",
                "markersize": 6 if len(truth) < 30 else 2,
            }
            lines += ax.plot(times_to_draw(truth.index), truth, label="true values", **style)
        self.lines_[label], self.bands_[label] = lines, bands


def _shades(n_bands: int) -> list[Any]:
    """Return a colour for each band, the widest and lightest first."""
    from matplotlib import colormaps

    return [colormaps["Blues"](depth) for depth in np.linspace(0.15, 0.45, n_bands)]


def _intervals(
    fitted: FittedForecaster, request: ForecastRequest, data: ForecastData, coverages: list[float]
) -> pd.DataFrame:
    """Return the ends of the intervals: a row for each requested value, two columns a coverage."""
    levels = np.array([[1 - coverage, 1 + coverage] for coverage in coverages]).ravel() / 2
    order = np.argsort(levels)
    quantiles = fitted.quantiles(request, data, levels[order])[:, np.argsort(order)]
    columns = pd.MultiIndex.from_product([coverages, ["lower", "upper"]])
    return pd.DataFrame(quantiles, columns=columns)


def _read_coverages(coverages: Any) -> list[float]:
    if coverages is None:
        return []
    shares = [coverages] if isinstance(coverages, Real) else list(coverages)
    is_valid = all(isinstance(share, Real) and 0 < float(share) < 1 for share in shares)
    if not is_valid or len(set(shares)) < len(shares):
        raise ValueError(
            f"coverages: got {coverages!r}. Expected different fractions between 0 and 1, the "
            "shares of values inside the bands. Pass [0.5, 0.9], for example; 90 percent is 0.9."
        )
    return sorted(float(share) for share in shares)


def _read_truth(
    y_true: Any, panel: Panel, request: ForecastRequest, forecasts: dict[Any, pd.Series]
) -> dict[Any, pd.Series]:
    """Return the true values at the times of the forecasts, for each series that has some."""
    is_pandas = isinstance(y_true, (pd.Series, pd.DataFrame))
    index = None if is_pandas else panel.clock.index(np.unique(request.positions))
    truth = read_panel(y_true, name="y_true", clock=panel.clock, index=index)
    numbers = truth.ids.get_indexer(panel.ids)
    if truth.n_series == panel.n_series and (panel.n_series == 1 or not is_pandas):
        # A single series and the columns of an array need no names.
        numbers = np.arange(panel.n_series)
    found = {}
    for number, label in enumerate(panel.ids):
        if label in forecasts and numbers[number] >= 0:
            values = next(iter(values_by_series(truth, [numbers[number]]).values()))
            values = values.reindex(forecasts[label].index)
            if values.notna().any():
                found[label] = values
    if not found:
        raise ValueError(
            f"y_true: got {truth.n_series} series without a value at a time of the forecast. "
            "Expected the values after the cutoff. Pass the values that were held out of fit."
        )
    return found
