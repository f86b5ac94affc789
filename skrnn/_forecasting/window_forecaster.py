"""What every forecaster shares: how it reads its arguments, and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from skrnn._forecasting.backtest import backtest
from skrnn._forecasting.bounds import Bounds
from skrnn._forecasting.data import ForecastData, grow, read_training, refuse_swapped
from skrnn._forecasting.drift import warn_of_drift
from skrnn._forecasting.fitted import FittedForecaster, fitted_forecaster
from skrnn._forecasting.networks import refuse_non_counts
from skrnn._forecasting.quantile_levels import read_levels
from skrnn._forecasting.seasonality import mean_skill, seasonal_naive
from skrnn._forecasting.true_values import read_true_values
from skrnn._input.columns import Columns
from skrnn._input.integers import check_integer
from skrnn._input.validation import Interval, StrOptions
from skrnn._series.clock import Clock
from skrnn._training.draft import DraftedEstimator
from skrnn.typing import Features, Forecast, SeriesLike

__all__ = ["WindowForecaster"]


class WindowForecaster(RegressorMixin, DraftedEstimator):
    """Forecasts what follows the windows of a panel, by what a subclass learns in ``fit``.

    Attributes
    ----------
    _fitted : FittedForecaster
        What was learned. Other modules read it through ``fitted_forecaster``.
    """

    horizon: Any
    seasonal_period: Any
    freq: Any
    lower_bound: Any
    upper_bound: Any
    validation_fraction: Any
    random_state: Any

    _fitted: FittedForecaster
    _clock: Clock | None = None  # the grid of y, if it is known before fit, as in a backtest

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "horizon": [Interval(Integral, 1, None, closed="left")],
        "seasonal_period": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            tuple,
            list,
        ],
        "freq": [str, pd.offsets.BaseOffset, None],
        "lower_bound": [Interval(Real, None, None, closed="neither"), None],
        "upper_bound": [Interval(Real, None, None, closed="neither"), None],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
    }

    # -- what fit and update read ----------------------------------------------------------

    def _read_training(self, X: Any, y: Any) -> ForecastData:
        """Read the arguments of ``fit``, and remember the columns of the features."""
        data = read_training(X, y, clock=self._clock, freq=self.freq)
        columns = Columns.of_features(data.first_features)
        self.n_features_in_ = columns.number
        if columns.names is not None:
            self.feature_names_in_ = columns.names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return data

    def _read_newer(self, X: Any, y: Any, *, refit: bool) -> ForecastData:
        """Return the data with the arguments of ``update`` appended.

        Bounds are those of the parameters if ``refit``, else still those of the fit.
        """
        fitted = self._fitted
        X, y = (None, X) if y is None else (X, y)
        refuse_swapped(X, y, fitted.data)
        fitted.check_features(X, "X")
        data = grow(fitted.data, y, X, fitted.features.columns)
        bounds = self._bounds if refit else fitted.networks.bounds
        bounds.refuse_values_outside(data.panel, "y")
        refuse_non_counts(data.panel, fitted.networks.loss)
        return data

    def _append(self, X: Any, y: Any, *, refit: bool) -> KeyboardInterrupt | None:
        """Append newer timesteps to what was learned, and learn again if ``refit``."""
        raise NotImplementedError

    def _update(self, X: Any, y: Any, *, refit: bool) -> None:
        self._fit_on_draft(lambda draft: draft._append(X, y, refit=refit), resume=True)

    @property
    def _bounds(self) -> Bounds:
        return Bounds.of_parameters(self.lower_bound, self.upper_bound)

    @property
    def drift_(self) -> pd.DataFrame:
        """Errors of the forecasts that came true, compared with those on the held-out windows.

        A row for each series: "ratio", the mean absolute error in the latest 8 horizons that came
        in updates, in units of that on the held-out windows; "p_value", the share of stable series
        with one as large; "n_windows", the horizons that have come; and "has_drifted", whether the
        ratio is too large for chance, 1% of stable panels having such a series. NaN if unknown.
        """
        return fitted_forecaster(self).drift().by_series

    # -- answers ---------------------------------------------------------------------------

    def predict(
        self,
        X: Features | None = None,
        *,
        horizon: int | None = None,
        history: SeriesLike | None = None,
        X_history: Features | None = None,
    ) -> Forecast:
        """Forecast.

        Parameters
        ----------
        X : DataFrame, Series or array, or None, default=None
            One row for each timestep to forecast; for a frame without columns only the index
            counts. After the cutoff, features known in advance must have no NaN. Rows of the
            training data are forecast in blocks of ``horizon``, each from the rows before the
            block; past 100 horizons without a value the last season of the forecasts is repeated.
            The first rows, which have no history, get the distribution of the series' own values,
            whose mean ``predict`` returns. None forecasts the timesteps after the cutoff.
        horizon : int or None, default=None
            Timesteps to forecast without X; None takes those of training.
        history : as y in ``fit``, or None, default=None
            The past of other series, to be forecast in the same way.
        X_history : as X in ``fit``, or None, default=None
            Features of the rows of ``history``.

        Returns
        -------
        Series, DataFrame or ndarray
            In the form of y, or of ``history``.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.

        Warns
        -----
        LostIndexWarning
            If rows of X have no times.
        """
        fitted = fitted_forecaster(self)
        request, data = fitted.request(X, horizon, history, X_history)
        return request.write(fitted.values(request, data))

    def future_index(self, horizon: int | None = None) -> pd.Index:
        """Return the times that ``predict`` forecasts without X.

        Parameters
        ----------
        horizon : int or None, default=None
            Timesteps to forecast; None takes those of training.

        Returns
        -------
        Index
            Dates, periods or integers as in y, numbers that go on where the rows of y ended if they
            had none; for a panel a (series, time) MultiIndex.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        return fitted_forecaster(self).future_index(horizon)

    def future_frame(self, horizon: int | None = None) -> pd.DataFrame:
        """Return a table to fill with what is known in advance, for ``predict(X)``.

        Parameters
        ----------
        horizon : int or None, default=None
            Timesteps to forecast; None takes those of training.

        Returns
        -------
        DataFrame
            A row for each time of ``future_index``, and a column of NaN for each feature that is
            known in advance, in the order of ``fit``. Others are not read after the cutoff.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        fitted = fitted_forecaster(self)
        columns = pd.Index(fitted.features.future, tupleize_cols=False)
        return pd.DataFrame(np.nan, index=fitted.future_index(horizon), columns=columns)

    def predict_quantiles(
        self,
        levels: float | Sequence[float] | np.ndarray = (0.1, 0.5, 0.9),
        X: Features | None = None,
        *,
        horizon: int | None = None,
        history: SeriesLike | None = None,
        X_history: Features | None = None,
    ) -> Forecast:
        """Forecast quantiles, calibrated on the held-out windows; they never cross.

        Each series of the fit has errors as large as its own were, drawn towards those of all
        series if it has few windows, and as they were since, in updates; a series in ``history``
        has those of all.

        Parameters
        ----------
        levels : float or sequence of float, default=(0.1, 0.5, 0.9)
            In (0, 1), each once.
        X : DataFrame, Series or array, or None, default=None
            Timesteps to forecast, as for ``predict``.
        horizon : int or None, default=None
            Timesteps to forecast without X.
        history : as y in ``fit``, or None, default=None
            The past of other series.
        X_history : as X in ``fit``, or None, default=None
            Features of the rows of ``history``.

        Returns
        -------
        DataFrame or ndarray
            A column for each level; for a table of series, under each level a column for each
            series.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used, or nothing was held out in ``fit``.
        """
        given_levels = read_levels(levels)
        fitted = fitted_forecaster(self)
        request, data = fitted.request(X, horizon, history, X_history)
        order = np.argsort(given_levels)
        quantiles = fitted.quantiles(request, data, given_levels[order])
        return request.write(quantiles[:, np.argsort(order)], list(given_levels))

    def predict_interval(
        self,
        X: Features | None = None,
        *,
        coverage: float = 0.9,
        horizon: int | None = None,
        history: SeriesLike | None = None,
        X_history: Features | None = None,
    ) -> Forecast:
        """Forecast intervals that contain a given share of the true values.

        Parameters
        ----------
        X : DataFrame, Series or array, or None, default=None
            Timesteps to forecast, as for ``predict``.
        coverage : float, default=0.9
            Share of values inside, in (0, 1); half of the others are expected on each side.
        horizon : int or None, default=None
            Timesteps to forecast without X.
        history : as y in ``fit``, or None, default=None
            The past of other series.
        X_history : as X in ``fit``, or None, default=None
            Features of the rows of ``history``.

        Returns
        -------
        DataFrame or ndarray
            Columns "lower" and "upper"; for a table of series, under each a column for each
            series.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used, or nothing was held out in ``fit``.
        """
        if not isinstance(coverage, Real) or not 0 < coverage < 1:
            raise ValueError(
                f"coverage: got {coverage!r}. Expected a fraction between 0 and 1, the share of "
                "values inside the interval. Pass 0.9 for 90 percent."
            )
        fitted = fitted_forecaster(self)
        request, data = fitted.request(X, horizon, history, X_history)
        levels = np.array([1 - coverage, 1 + coverage]) / 2
        return request.write(fitted.quantiles(request, data, levels), ["lower", "upper"])

    def sample_paths(
        self,
        n_paths: int = 100,
        X: Features | None = None,
        *,
        horizon: int | None = None,
        history: SeriesLike | None = None,
        X_history: Features | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> Forecast:
        """Sample possible futures, whose errors are as dependent over time as held-out errors.

        Paths of one number belong together: their errors depend on each other over time and between
        series as they did on held-out windows of the same cutoff, so that quantiles of sums are
        meaningful. A series with fewer than 8 held-out windows, or in ``history``, is drawn
        independently of the others. At each step paths have the quantiles of ``predict_quantiles``,
        up to chance; with ``loss="mse"`` and ``target_transform="log"`` these times a factor, so
        that their mean is that of ``predict``.

        Parameters
        ----------
        n_paths : int, default=100
            Paths for each series.
        X : DataFrame, Series or array, or None, default=None
            Timesteps to forecast, as for ``predict``.
        horizon : int or None, default=None
            Timesteps to forecast without X.
        history : as y in ``fit``, or None, default=None
            The past of other series.
        X_history : as X in ``fit``, or None, default=None
            Features of the rows of ``history``.
        random_state : int, RandomState instance or None, default=None
            Fixes the draws. None takes the seed of ``fit``.

        Returns
        -------
        DataFrame or ndarray
            A column for each path, numbered from 0; for a table of series, under each a column
            for each series. Sums and other functions of a path have meaningful quantiles.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used, or nothing was held out in ``fit``.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from skrnn import RNNForecaster
        >>> rng = np.random.default_rng(0)
        >>> days = pd.date_range("2024-01-01", periods=120)
        >>> weather = rng.normal(size=(120, 1))
        >>> y = pd.DataFrame(20 + weather + rng.normal(size=(120, 2)), days, ["north", "south"])
        >>> forecaster = RNNForecaster(horizon=2, hidden_size=4, max_epochs=2, random_state=0)
        >>> paths = forecaster.fit(y).sample_paths(200)
        >>> totals = paths.T.groupby(level=0).sum().T  # of both, for each path
        >>> totals.quantile([0.1, 0.9], axis=1).shape
        (2, 2)
        """
        remedy = "Pass 100, for example; pass rows to forecast by name, X=..."
        n_paths = check_integer(n_paths, "n_paths", at_least=1, remedy=remedy)
        fitted = fitted_forecaster(self)
        request, data = fitted.request(X, horizon, history, X_history)
        paths = fitted.paths(request, data, n_paths, random_state)
        return request.write(paths, list(range(n_paths)))

    def fitted_values(self) -> Forecast:
        """Forecast the training data itself, in blocks of ``horizon``.

        Returns
        -------
        Series, DataFrame or ndarray
            In the form of y, one value for each timestep from a series' first row to its last. The
            forecaster has learned from these timesteps: they show how well it fits, not how well
            it forecasts.
        """
        fitted = fitted_forecaster(self)
        request = fitted.request_fitted_values()
        return request.write(fitted.values(request, fitted.data))

    def backtest(
        self,
        X: Features | SeriesLike | None = None,
        y: SeriesLike | None = None,
        *,
        n_windows: int = 5,
        stride: int | None = None,
        refit: bool | int = True,
        coverage: float | Sequence[float] | None = None,
        freeze_settings: bool = False,
    ) -> pd.DataFrame:
        """Forecast from earlier cutoffs, each time with a clone that has seen nothing later.

        Parameters
        ----------
        X : features, or the series if y is None, default=None
            As in ``fit``.
        y : Series, DataFrame or array, or None, default=None
            As in ``fit``.
        n_windows : int, default=5
            Cutoffs; the last one is ``horizon`` timesteps before the end.
        stride : int or None, default=None
            Timesteps from one cutoff to the next; None takes ``horizon``.
        refit : bool or int, default=True
            Whether every cutoff gets a newly trained clone. False trains one, before the first
            cutoff, and then only moves its cutoff, which is much faster for networks. A number k, 1
            or more, trains one before every k-th cutoff, beginning with the first.
        coverage : float, sequence of float, or None, default=None
            Shares of values, in (0, 1), that intervals are to contain; None makes no intervals.
        freeze_settings : bool, default=False
            Whether later clones keep what the first found for "auto": seasons, context,
            segments and calendar. The frequency is that of all rows in any case.

        Returns
        -------
        DataFrame
            A row for each forecast timestep: columns "series", "cutoff", "time", "y" (NaN where
            nothing was observed) and "prediction", and for each coverage the ends of its interval,
            for example "lower_0.8" and "upper_0.8". The forecaster itself stays as it was. A series
            without a value before a cutoff is left out there; a column of a table, until a clone
            is trained that has one.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used, or the series are too short for ``n_windows``.

        See Also
        --------
        skrnn.metrics.backtest_report : Errors and coverage of the result at each step.
        skrnn.inspection.BacktestDisplay : Draws the result.
        """
        self._validate_params()
        return backtest(
            *(self, *((y, None) if X is None else (X, y))),
            n_windows=n_windows,
            stride=stride,
            refit=refit,
            coverage=coverage,
            freeze_settings=freeze_settings,
        )

    def score(self, X: Features | SeriesLike | None = None, y: SeriesLike | None = None) -> float:
        """Return the skill against the seasonal naive forecast, averaged over the series.

        Parameters
        ----------
        X : as in ``predict``, or the true series if y is None, default=None
            Timesteps to forecast.
        y : Series, DataFrame or array, or None, default=None
            True values, one row for each row of X.

        Returns
        -------
        float
            ``1 - MAE / MAE_naive``: 0 is no better than repeating the last season, 1 perfect.
            Where the naive forecast is exact, 1 for an exact forecast, else 0.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.

        Warns
        -----
        ForecastDriftWarning
            If the errors in the first horizon after the cutoff are larger than chance explains,
            compared with those on the held-out windows; see ``drift_``.
        """
        fitted = fitted_forecaster(self)
        X, y = (y, None) if X is None else (X, y)
        request, data = fitted.request_of_scored(X, y)
        panel = data.panel
        actual = read_true_values(X if y is None else y, request, panel)
        forecast, windows = fitted.values_and_windows(request, data)
        naive_of_windows = seasonal_naive(
            panel,
            panel.series_of(request.cutoffs),
            request.cutoffs,
            request.n_steps,
            self.seasonal_period_,
        )
        naive = request.pick(naive_of_windows, fitted.means(data))
        if np.isnan(actual).all():
            raise ValueError(
                "y: got no observed value to score against. Expected at least one. Pass later "
                "timesteps whose values are known."
            )
        warn_of_drift(fitted.drift_of_scored(request, windows, actual), "the scored timesteps")
        return mean_skill(actual, forecast, naive, request.series)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = False
        # A table of series.
        tags.target_tags.multi_output = True
        # Rows are timesteps, and the rows that the checks make up cannot be forecast.
        tags.regressor_tags.poor_score = True
        return tags
