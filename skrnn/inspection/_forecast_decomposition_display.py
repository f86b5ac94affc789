"""The parts of forecasts, as bars on their level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skrnn._forecasting.decomposition import decompose, part_names
from skrnn._forecasting.fitted import fitted_forecaster
from skrnn._forecasting.forecaster import RNNForecaster
from skrnn.inspection._drawn_series import choose_series
from skrnn.inspection._inner_estimator import find_estimator
from skrnn.inspection._plotting import draw_each, times_to_draw
from skrnn.typing import Features, SeriesIds, SeriesLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ForecastDecompositionDisplay"]

# Width of a bar, as a share of a timestep.
_WIDTH = 0.8
# Of the parts that are not anchors, which are blue.
_COLOURS = {
    "smoothing": "tab:green",
    "history_mean": "tab:green",
    "network": "tab:orange",
    "bounds": "tab:red",
}


class ForecastDecompositionDisplay:
    """What forecasts are made of: their level, simple forecasts, and what the networks add.

    Use :meth:`from_estimator` to create one.

    Parameters
    ----------
    parts : dict of DataFrame
        For each series id a column for each part, "level" first, with the times of the forecast as
        the index. A row adds up to the forecast.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes, shape (n_series,)
        What :meth:`plot` drew on, one for each series.
    ax_ : matplotlib.axes.Axes
        The first of them.
    figure_ : matplotlib.figure.Figure
        Their figure.
    lines_ : dict of list of matplotlib.lines.Line2D
        For each series id the lines of the level and of the forecast.
    bars_ : dict of dict of matplotlib.container.BarContainer
        For each series id the bars of each part other than the level.

    See Also
    --------
    skrnn.RNNForecaster.decompose : The numbers, and what the parts mean.
    ForecastDisplay : Forecasts with their intervals.

    Examples
    --------
    >>> from skrnn import RNNForecaster
    >>> from skrnn.datasets import load_air_passengers
    >>> from skrnn.inspection import ForecastDecompositionDisplay
    >>> y = load_air_passengers()
    >>> forecaster = RNNForecaster(horizon=6, hidden_size=4, max_epochs=2, random_state=0).fit(y)
    >>> display = ForecastDecompositionDisplay.from_estimator(forecaster)
    >>> display.parts["passengers"].columns.to_list()
    ['level', 'last_value', 'last_season_12', 'season_profile_12', 'smoothing', 'network']
    """

    def __init__(self, *, parts: dict[Any, pd.DataFrame]) -> None:
        self.parts = parts

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Features | SeriesLike | None = None,
        *,
        horizon: int | None = None,
        history: SeriesLike | None = None,
        X_history: Features | None = None,
        series: SeriesIds | None = None,
    ) -> Self:
        """Decompose the forecasts of a fitted estimator.

        Parameters
        ----------
        estimator : RNNForecaster, or Pipeline or search that ends in one
            Fitted; X goes through the steps of a pipeline, and a search uses its best estimator.
        X : DataFrame, Series or array, or None, default=None
            Timesteps to forecast, as for ``predict``. None forecasts those after the cutoff.
        horizon : int or None, default=None
            Timesteps to forecast without X; None takes those of training.
        history : as y in ``fit``, or None, default=None
            The past of other series, as for ``predict``.
        X_history : as X in ``fit``, or None, default=None
            Features of the rows of ``history``.
        series : series id, list of them, or None, default=None
            Which series of a panel or table to draw; None takes the first nine.

        Returns
        -------
        ForecastDecompositionDisplay
            The parts, ready to plot.

        Raises
        ------
        TypeError
            If there is no RNNForecaster in the estimator.
        ValueError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(estimator)
        forecaster, transformers = find_estimator(estimator, (RNNForecaster,), "an RNNForecaster")
        if X is not None:
            for transformer in transformers:
                X = transformer.transform(X)
        fitted = fitted_forecaster(forecaster)
        request, data = fitted.request(X, horizon, history, X_history)
        panel, names = data.panel, part_names(fitted)
        requested = np.unique(request.series)
        chosen = [requested[at] for at in choose_series(panel.ids.take(requested), series)]
        values = decompose(fitted, request, data)
        parts = {}
        for number in chosen:
            rows = request.series == number
            times = panel.clock.index(request.positions[rows])
            parts[panel.ids[number]] = pd.DataFrame(values[rows], index=times, columns=names)
        return cls(parts=parts)

    def plot(self, ax: Axes | Sequence[Axes] | np.ndarray | None = None) -> Self:
        """Draw the parts.

        Parts above 0 are stacked on the level, and parts below 0 hang from it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, array of them, or None, default=None
            Where to draw, one for each series; None makes a new figure, with a sheet of small axes
            if there are several series.

        Returns
        -------
        self : ForecastDecompositionDisplay
            With ``axes_``, ``ax_``, ``figure_``, ``lines_`` and ``bars_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there are fewer axes than series.
        """
        self.lines_: dict[Any, list[Any]] = {}
        self.bars_: dict[Any, dict[str, Any]] = {}
        times = {label: table.index for label, table in self.parts.items()}
        self.axes_ = draw_each(ax, times, self._plot_one)
        self.ax_ = self.axes_[0]
        self.figure_ = self.ax_.figure
        return self

    def _plot_one(self, ax: Any, label: Any) -> None:
        from matplotlib import colormaps

        table = self.parts[label]
        places = _places(table.index)
        width = _WIDTH * (np.diff(places).min() if len(places) > 1 else 1.0)
        level = table["level"].to_numpy()
        tops, bottoms = level.copy(), level.copy()
        bars = {}
        for number, name in enumerate(table.columns.drop("level")):
            heights = table[name].to_numpy()
            is_up = heights > 0
            base = np.where(is_up, tops, bottoms)
            colour = _COLOURS.get(name, colormaps["Blues"](0.2 + 0.2 * (number % 4)))
            bars[name] = ax.bar(places, heights, width, bottom=base, color=colour, label=name)
            tops += np.where(is_up, heights, 0.0)
            bottoms += np.where(is_up, 0.0, heights)
        marker = "o" if len(table) == 1 else "."
        lines = ax.plot(places, level, color="0.5", linestyle=":", marker=marker, label="level")
        forecast = table.sum(axis=1)
        lines += ax.plot(places, forecast, color="black", marker=marker, label="forecast")
        self.lines_[label], self.bars_[label] = lines, bars


def _places(times: pd.Index) -> np.ndarray:
    """Return where times stand on the axis, as numbers, which bars have a width in."""
    drawn = times_to_draw(times)
    if isinstance(times, (pd.DatetimeIndex, pd.PeriodIndex)):
        from matplotlib.dates import date2num

        drawn = date2num(drawn)
    return np.asarray(drawn, dtype=np.float64)
