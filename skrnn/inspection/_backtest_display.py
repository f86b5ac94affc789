"""Forecasts from several earlier cutoffs, and the true values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_string_dtype
from sklearn.base import BaseEstimator

from skrnn._forecasting.window_forecaster import WindowForecaster
from skrnn._input.backtest_frames import read_backtest
from skrnn._input.frames import is_number
from skrnn._series.panel import read_panel
from skrnn.inspection._drawn_series import choose_series, read_n_history, values_by_series
from skrnn.inspection._inner_estimator import find_estimator
from skrnn.inspection._plotting import draw_each, times_to_draw
from skrnn.typing import Features, SeriesIds, SeriesLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BacktestDisplay"]


# History that is drawn by default before the first cutoff, in multiples of a forecast.
_HISTORY = 3


class BacktestDisplay:
    """True values, and the forecasts of them from earlier cutoffs.

    Use :meth:`from_estimator` or :meth:`from_frame` to create one.

    Parameters
    ----------
    y_true : dict of Series
        For each series id the true values, with their times as the index; NaN where nothing was
        observed.
    forecasts : dict of dict of Series
        For each series id, and for each of its cutoffs, the forecast, with its times as the index.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes, shape (n_series,)
        What :meth:`plot` drew on, one for each series.
    ax_ : matplotlib.axes.Axes
        The first of them.
    figure_ : matplotlib.figure.Figure
        Their figure.
    lines_ : dict of list of matplotlib.lines.Line2D
        For each series id the line of the true values, then one for each forecast.
    cutoff_lines_ : dict of list of matplotlib.lines.Line2D
        For each series id the marks of the cutoffs.

    See Also
    --------
    ForecastDisplay : Forecasts after the cutoff, with intervals.
    skrnn.RNNForecaster.backtest : The numbers.

    Examples
    --------
    >>> from skrnn import RNNForecaster
    >>> from skrnn.datasets import load_air_passengers
    >>> from skrnn.inspection import BacktestDisplay
    >>> forecaster = RNNForecaster(
    ...     horizon=12, hidden_size=8, max_epochs=4, validation_fraction=0, random_state=0
    ... )
    >>> y = load_air_passengers()
    >>> display = BacktestDisplay.from_estimator(forecaster, y, n_windows=2, refit=False)
    >>> [cutoff.year for cutoff in display.forecasts["passengers"]]
    [1958, 1959]
    """

    def __init__(
        self, *, y_true: dict[Any, pd.Series], forecasts: dict[Any, dict[Any, pd.Series]]
    ) -> None:
        self.y_true = y_true
        self.forecasts = forecasts

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Features | SeriesLike,
        y: SeriesLike | None = None,
        *,
        n_windows: int = 5,
        stride: int | None = None,
        refit: bool | int = True,
        series: SeriesIds | None = None,
        n_history: int | None = None,
    ) -> Self:
        """Run a backtest.

        Parameters
        ----------
        estimator : RNNForecaster, baseline, or search of one
            Need not be fitted, and stays as it is: clones are trained. Of a fitted search the best
            estimator counts.
        X : features, or the series if y is None
            As in ``fit``.
        y : Series, DataFrame or array, or None, default=None
            As in ``fit``.
        n_windows : int, default=5
            Cutoffs; the last one is ``horizon`` timesteps before the end.
        stride : int or None, default=None
            Timesteps from one cutoff to the next; None takes ``horizon``.
        refit : bool or int, default=True
            Whether every cutoff gets a newly trained clone. False trains one, which is much faster,
            and a number k one before every k-th cutoff.
        series : series id, list of them, or None, default=None
            Which series of a panel or table to draw; None takes the first nine.
        n_history : int or None, default=None
            Timesteps before the first cutoff to draw; None takes three times the horizon.

        Returns
        -------
        BacktestDisplay
            The forecasts, ready to plot.

        Raises
        ------
        TypeError
            If there is no forecaster in the estimator.
        ValueError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        forecaster, _ = find_estimator(
            estimator,
            (WindowForecaster,),
            "an RNNForecaster or a baseline",
            pipelines=False,
            fitted=False,
        )
        read_n_history(n_history)
        frame = forecaster.backtest(X, y, n_windows=n_windows, stride=stride, refit=refit)
        given: Any = X if y is None else y
        if not isinstance(given, (pd.Series, pd.DataFrame)) and isinstance(X, pd.DataFrame):
            given = pd.DataFrame(given, index=X.index).squeeze(axis=1)  # X knows the times.
        return cls.from_frame(frame, given, series=series, n_history=n_history)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        y: SeriesLike | None = None,
        *,
        series: SeriesIds | None = None,
        n_history: int | None = None,
    ) -> Self:
        """Read what a backtest returned.

        Parameters
        ----------
        frame : DataFrame, of pandas or another library
            A row for each forecast timestep, with the columns "series", "cutoff", "time", "y" and
            "prediction", as ``RNNForecaster.backtest`` returns them.
        y : Series, DataFrame or array, or None, default=None
            The whole series of the backtest, to also draw the values before the first cutoff and
            between the forecasts. None draws only the values in the frame.
        series : series id, list of them, or None, default=None
            Which series to draw; None takes the first nine.
        n_history : int or None, default=None
            Timesteps of ``y`` before the first forecast to draw; None takes three times as many as
            a forecast has.

        Returns
        -------
        BacktestDisplay
            The forecasts, ready to plot.

        Raises
        ------
        TypeError
            If ``frame`` is no table.
        ValueError
            If columns or rows are missing or hold text, or a series is unknown.
        """
        n_before = read_n_history(n_history)
        frame = _read_frame(frame)
        observed = {}
        if y is not None:
            panel = read_panel(y)
            observed = values_by_series(panel, list(range(panel.n_series)))
        codes, ids = pd.factorize(frame["series"])
        truths, forecasts = {}, {}
        for number in choose_series(ids, series):
            label, rows = ids[number], frame[codes == number]
            forecasts[label] = {
                cutoff: _by_time(window, "prediction") for cutoff, window in rows.groupby("cutoff")
            }
            truth = _by_time(rows.drop_duplicates("time"), "y")
            if label in observed:
                first, last = truth.index[0], truth.index[-1]
                truth = observed[label].loc[:last]
                n_steps = max(len(forecast) for forecast in forecasts[label].values())
                n_shown = _HISTORY * n_steps if n_before is None else n_before
                truth = truth.iloc[max(truth.index.searchsorted(first) - n_shown, 0) :]
            truths[label] = truth
        return cls(y_true=truths, forecasts=forecasts)

    def plot(self, ax: Axes | Sequence[Axes] | np.ndarray | None = None) -> Self:
        """Draw the forecasts and the marks of their cutoffs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, array of them, or None, default=None
            Where to draw, one for each series; None makes a new figure, with a sheet of small axes
            if there are several series.

        Returns
        -------
        self : BacktestDisplay
            With ``axes_``, ``ax_``, ``figure_``, ``lines_`` and ``cutoff_lines_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there are fewer axes than series.
        """
        self.lines_: dict[Any, list[Any]] = {}
        self.cutoff_lines_: dict[Any, list[Any]] = {}
        times = {label: self.y_true[label].index for label in self.forecasts}
        self.axes_ = draw_each(ax, times, self._plot_one)
        self.ax_ = self.axes_[0]
        self.figure_ = self.ax_.figure
        return self

    def _plot_one(self, ax: Any, label: Any) -> None:
        truth = self.y_true[label]
        lines = ax.plot(times_to_draw(truth.index), truth, color="0.35", label="true values")
        marks: list[Any] = []
        for cutoff, forecast in self.forecasts[label].items():
            name = {} if marks else {"label": "forecasts"}
            lines += ax.plot(
                *(times_to_draw(forecast.index), forecast),
                **{"color": "tab:blue", "marker": "o" if len(forecast) == 1 else None, **name},
            )
            name = {} if marks else {"label": "cutoffs"}
            time = times_to_draw(type(forecast.index)([cutoff]))[0]
            marks.append(ax.axvline(time, color="0.6", linestyle=":", linewidth=1, **name))
        self.lines_[label], self.cutoff_lines_[label] = lines, marks


def _read_frame(frame: Any) -> pd.DataFrame:
    """Return the table of a backtest as a DataFrame of pandas, whose times are not text."""
    frame = read_backtest(frame)
    numbers = [column for column in ("y", "prediction") if not is_number(frame[column].dtype)]
    if numbers:
        _refuse_text(frame, numbers, f"frame.astype({dict.fromkeys(numbers, 'float')})")
    texts = [one for one in ("cutoff", "time") if is_string_dtype(frame[one].dtype)]
    if texts:
        read = ", ".join(f"{column}=pd.to_datetime(frame[{column!r}])" for column in texts)
        _refuse_text(frame, texts, f"frame.assign({read})")
    return frame


def _refuse_text(frame: pd.DataFrame, columns: list[str], remedy: str) -> NoReturn:
    raise ValueError(
        f"frame: got the dtype {frame[columns[0]].dtype} in the column {columns[0]!r}, as a file "
        f"of text may have it. Expected numbers and times, as backtest returns them. Convert it, "
        f"{remedy}."
    )


def _by_time(rows: pd.DataFrame, column: str) -> pd.Series:
    rows = rows.sort_values("time")
    return pd.Series(rows[column].to_numpy(), index=pd.Index(rows["time"]))
