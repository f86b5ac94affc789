"""Simple forecasts with the interface of the forecaster, to compare it with."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skrnn._forecasting.auto_settings import WindowSettings
from skrnn._forecasting.baseline import BaseBaseline
from skrnn._forecasting.window_rules import (
    DriftRule,
    MeanRule,
    SeasonalRule,
    SmoothingRule,
    WindowRule,
)
from skrnn._input.validation import Interval, StrOptions

__all__ = ["Drift", "ExponentialSmoothing", "LastValue", "SeasonalNaive", "WindowMean"]

# Timesteps whose mean is forecast where there is no season.
_PLAIN_WINDOW = 10


class LastValue(BaseBaseline):
    """Repeat the last value.

    The best forecast of a random walk, and hard to beat for prices and exchange rates.

    Parameters
    ----------
    horizon : int, default=1
        Timesteps that ``predict`` forecasts unless it is asked for another number, and after which
        errors are measured.
    seasonal_period : int, tuple of int or "auto", default="auto"
        Timesteps of a season, 1 for none. If several are given, list the main one first: it alone
        counts for the forecast, and for the seasonal naive one that ``score`` compares it with.
        "auto" looks for the seasons that the frequency suggests (the day, the week, the year) in
        the data.
    freq : str, pandas offset or None, default=None
        Frequency of dates that do not show theirs, such as "cbh" for business hours, "D" for days
        of which most are missing, or for a single row. Every time has to be on its grid. None takes
        that of the index, or finds it.
    lower_bound, upper_bound : float or None, default=None
        Numbers that y never leaves. What is forecast beyond them is moved to them, and values of y
        outside are refused.
    validation_fraction : float, default=0.2
        Share of each series, in [0, 1), at its end, and at least one horizon. The errors there tell
        how wide intervals are, and ``skill_``. 0 leaves ``skill_`` NaN and no intervals.
    random_state : int, RandomState instance or None, default=None
        Fixes sampled paths, and which windows are measured where the end has very many.

    Attributes
    ----------
    skill_ : float
        Skill against the seasonal naive forecast on the held-out windows, as for
        :class:`~skrnn.RNNForecaster`. NaN if nothing was held out.
    seasonal_period_ : int
        The main seasonal period, 1 for none.
    cutoff_ : Timestamp, Period or int, or Series of them
        The last time of the training data; for a panel that of each series.
    n_features_in_ : int
        Columns of X, none of which is read; 0 without X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.

    See Also
    --------
    SeasonalNaive : Repeats the last season.
    Drift : Goes on from the last value with the mean change.

    Examples
    --------
    >>> from skrnn.baselines import LastValue
    >>> from skrnn.datasets import load_air_passengers
    >>> y = load_air_passengers()
    >>> LastValue(horizon=2).fit(y).predict().to_list()
    [432.0, 432.0]
    """

    _parameter_constraints = BaseBaseline._parameter_constraints

    def __init__(
        self,
        horizon: int = 1,
        *,
        seasonal_period: int | tuple[int, ...] | str = "auto",
        freq: str | pd.offsets.BaseOffset | None = None,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.horizon = horizon
        self.seasonal_period = seasonal_period
        self.freq = freq
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _rule(self, settings: WindowSettings) -> WindowRule:
        return SeasonalRule(settings.shape, self._bounds)


class SeasonalNaive(BaseBaseline):
    """Repeat the last season.

    Each timestep gets the latest value observed a whole number of seasons before it, or the last
    value where there is none. It is the forecast with which ``score`` and ``skill_`` of every
    forecaster compare, so that its own are 0.

    Parameters
    ----------
    horizon : int, default=1
        Timesteps that ``predict`` forecasts unless it is asked for another number, and after which
        errors are measured.
    seasonal_period : int, tuple of int or "auto", default="auto"
        Timesteps of a season, 1 for none. If several are given, list the main one first: it alone
        counts for the forecast, and for the seasonal naive one that ``score`` compares it with.
        "auto" looks for the seasons that the frequency suggests (the day, the week, the year) in
        the data.
    freq : str, pandas offset or None, default=None
        Frequency of dates that do not show theirs, such as "cbh" for business hours, "D" for days
        of which most are missing, or for a single row. Every time has to be on its grid. None takes
        that of the index, or finds it.
    lower_bound, upper_bound : float or None, default=None
        Numbers that y never leaves. What is forecast beyond them is moved to them, and values of y
        outside are refused.
    validation_fraction : float, default=0.2
        Share of each series, in [0, 1), at its end, and at least one horizon. The errors there tell
        how wide intervals are, and ``skill_``. 0 leaves ``skill_`` NaN and no intervals.
    random_state : int, RandomState instance or None, default=None
        Fixes sampled paths, and which windows are measured where the end has very many.

    Attributes
    ----------
    skill_ : float
        Skill against the seasonal naive forecast on the held-out windows, as for
        :class:`~skrnn.RNNForecaster`. NaN if nothing was held out.
    seasonal_period_ : int
        The main seasonal period, 1 for none.
    cutoff_ : Timestamp, Period or int, or Series of them
        The last time of the training data; for a panel that of each series.
    n_features_in_ : int
        Columns of X, none of which is read; 0 without X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.

    See Also
    --------
    LastValue : Repeats the last value.
    ExponentialSmoothing : Also follows a trend and the mean season.

    Examples
    --------
    >>> from skrnn.baselines import SeasonalNaive
    >>> from skrnn.datasets import load_air_passengers
    >>> y = load_air_passengers()
    >>> forecaster = SeasonalNaive(horizon=12).fit(y[:-12])
    >>> forecaster.predict().to_list() == y[-24:-12].to_list()
    True
    >>> forecaster.score(y[-12:])
    0.0
    """

    _parameter_constraints = BaseBaseline._parameter_constraints

    def __init__(
        self,
        horizon: int = 1,
        *,
        seasonal_period: int | tuple[int, ...] | str = "auto",
        freq: str | pd.offsets.BaseOffset | None = None,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.horizon = horizon
        self.seasonal_period = seasonal_period
        self.freq = freq
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _rule(self, settings: WindowSettings) -> WindowRule:
        return SeasonalRule(settings.shape, self._bounds, settings.seasonal_period)


class Drift(BaseBaseline):
    """Continue the line through the first and the last value.

    Each timestep changes by the mean change of all timesteps so far.

    Parameters
    ----------
    horizon : int, default=1
        Timesteps that ``predict`` forecasts unless it is asked for another number, and after which
        errors are measured.
    seasonal_period : int, tuple of int or "auto", default="auto"
        Timesteps of a season, 1 for none. If several are given, list the main one first: it alone
        counts for the forecast, and for the seasonal naive one that ``score`` compares it with.
        "auto" looks for the seasons that the frequency suggests (the day, the week, the year) in
        the data.
    freq : str, pandas offset or None, default=None
        Frequency of dates that do not show theirs, such as "cbh" for business hours, "D" for days
        of which most are missing, or for a single row. Every time has to be on its grid. None takes
        that of the index, or finds it.
    lower_bound, upper_bound : float or None, default=None
        Numbers that y never leaves. What is forecast beyond them is moved to them, and values of y
        outside are refused.
    validation_fraction : float, default=0.2
        Share of each series, in [0, 1), at its end, and at least one horizon. The errors there tell
        how wide intervals are, and ``skill_``. 0 leaves ``skill_`` NaN and no intervals.
    random_state : int, RandomState instance or None, default=None
        Fixes sampled paths, and which windows are measured where the end has very many.

    Attributes
    ----------
    skill_ : float
        Skill against the seasonal naive forecast on the held-out windows, as for
        :class:`~skrnn.RNNForecaster`. NaN if nothing was held out.
    seasonal_period_ : int
        The main seasonal period, 1 for none.
    cutoff_ : Timestamp, Period or int, or Series of them
        The last time of the training data; for a panel that of each series.
    n_features_in_ : int
        Columns of X, none of which is read; 0 without X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.

    See Also
    --------
    LastValue : The same without the change.
    ExponentialSmoothing : Lines that follow the recent values most.

    Examples
    --------
    >>> from skrnn.baselines import Drift
    >>> Drift(horizon=3).fit([1.0, 5.0, 2.0, 4.0]).predict()
    array([5., 6., 7.])
    """

    _parameter_constraints = BaseBaseline._parameter_constraints

    def __init__(
        self,
        horizon: int = 1,
        *,
        seasonal_period: int | tuple[int, ...] | str = "auto",
        freq: str | pd.offsets.BaseOffset | None = None,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.horizon = horizon
        self.seasonal_period = seasonal_period
        self.freq = freq
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _rule(self, settings: WindowSettings) -> WindowRule:
        return DriftRule(settings.shape, self._bounds)


class WindowMean(BaseBaseline):
    """Repeat the mean of the latest values.

    Over whole seasons the mean is free of the season. It suits series that wander about a level,
    and counts that are mostly 0.

    Parameters
    ----------
    horizon : int, default=1
        Timesteps that ``predict`` forecasts unless it is asked for another number, and after which
        errors are measured.
    seasonal_period : int, tuple of int or "auto", default="auto"
        Timesteps of a season, 1 for none. If several are given, list the main one first: it alone
        counts for the forecast, and for the seasonal naive one that ``score`` compares it with.
        "auto" looks for the seasons that the frequency suggests (the day, the week, the year) in
        the data.
    context_length : int or "auto", default="auto"
        Timesteps of which the mean is taken, 1 or more. "auto" takes a season, and 10 without one.
        More make it steadier, and later to follow a change of the level.
    freq : str, pandas offset or None, default=None
        Frequency of dates that do not show theirs, such as "cbh" for business hours, "D" for days
        of which most are missing, or for a single row. Every time has to be on its grid. None takes
        that of the index, or finds it.
    lower_bound, upper_bound : float or None, default=None
        Numbers that y never leaves. What is forecast beyond them is moved to them, and values of y
        outside are refused.
    validation_fraction : float, default=0.2
        Share of each series, in [0, 1), at its end, and at least one horizon. The errors there tell
        how wide intervals are, and ``skill_``. 0 leaves ``skill_`` NaN and no intervals.
    random_state : int, RandomState instance or None, default=None
        Fixes sampled paths, and which windows are measured where the end has very many.

    Attributes
    ----------
    skill_ : float
        Skill against the seasonal naive forecast on the held-out windows, as for
        :class:`~skrnn.RNNForecaster`. NaN if nothing was held out.
    seasonal_period_ : int
        The main seasonal period, 1 for none.
    context_length_ : int
        Timesteps of history that a forecast reads.
    cutoff_ : Timestamp, Period or int, or Series of them
        The last time of the training data; for a panel that of each series.
    n_features_in_ : int
        Columns of X, none of which is read; 0 without X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.

    See Also
    --------
    LastValue : The mean of one value.
    ExponentialSmoothing : Weights that fall with the age of a value.

    Examples
    --------
    >>> from skrnn.baselines import WindowMean
    >>> WindowMean(horizon=2, context_length=3).fit([9.0, 1.0, 2.0, 3.0]).predict()
    array([2., 2.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseBaseline._parameter_constraints,
        "context_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        horizon: int = 1,
        *,
        seasonal_period: int | tuple[int, ...] | str = "auto",
        context_length: int | str = "auto",
        freq: str | pd.offsets.BaseOffset | None = None,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.horizon = horizon
        self.seasonal_period = seasonal_period
        self.context_length = context_length
        self.freq = freq
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _rule(self, settings: WindowSettings) -> WindowRule:
        shape = settings.shape
        if self.context_length == "auto":
            period = settings.seasonal_period
            shape = replace(shape, context_length=period if period > 1 else _PLAIN_WINDOW)
        self.context_length_ = shape.context_length
        return MeanRule(shape, self._bounds)


class ExponentialSmoothing(BaseBaseline):
    """Forecast by exponential smoothing, the median of several kinds.

    Theta lines and damped trends, to which the season is added, and the same with a season that
    multiplies where values are above 0. It is the forecast of which :class:`~skrnn.RNNForecaster`
    takes a mean with that of its networks.

    Parameters
    ----------
    horizon : int, default=1
        Timesteps that ``predict`` forecasts unless it is asked for another number, and after which
        errors are measured.
    seasonal_period : int, tuple of int or "auto", default="auto"
        Timesteps of a season, 1 for none. If several are given, list the main one first: it alone
        counts for the forecast, and for the seasonal naive one that ``score`` compares it with.
        "auto" looks for the seasons that the frequency suggests (the day, the week, the year) in
        the data.
    context_length : int or "auto", default="auto"
        Timesteps of history that are smoothed, 1 or more. "auto" takes as many as
        :class:`~skrnn.RNNForecaster` does.
    freq : str, pandas offset or None, default=None
        Frequency of dates that do not show theirs, such as "cbh" for business hours, "D" for days
        of which most are missing, or for a single row. Every time has to be on its grid. None takes
        that of the index, or finds it.
    lower_bound, upper_bound : float or None, default=None
        Numbers that y never leaves. What is forecast beyond them is moved to them, and values of y
        outside are refused.
    validation_fraction : float, default=0.2
        Share of each series, in [0, 1), at its end, and at least one horizon. The errors there tell
        how wide intervals are, and ``skill_``. 0 leaves ``skill_`` NaN and no intervals.
    random_state : int, RandomState instance or None, default=None
        Fixes sampled paths, and which windows are measured where the end has very many.

    Attributes
    ----------
    skill_ : float
        Skill against the seasonal naive forecast on the held-out windows, as for
        :class:`~skrnn.RNNForecaster`. NaN if nothing was held out.
    seasonal_period_ : int
        The main seasonal period, 1 for none.
    context_length_ : int
        Timesteps of history that a forecast reads.
    cutoff_ : Timestamp, Period or int, or Series of them
        The last time of the training data; for a panel that of each series.
    n_features_in_ : int
        Columns of X, none of which is read; 0 without X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.

    See Also
    --------
    SeasonalNaive : Repeats the last season.
    skrnn.RNNForecaster : A mean of this and of networks.

    Notes
    -----
    A single value, or a pair, of more than a hundred times the size of usual values and usual
    deviations is read as missing, as :class:`~skrnn.RNNForecaster` does.

    References
    ----------
    Assimakopoulos and Nikolopoulos (2000), "The Theta Model: A Decomposition Approach to
    Forecasting", International Journal of Forecasting 16(4).
    Hyndman and Athanasopoulos (2021), "Forecasting: Principles and Practice", 3rd edition.

    Examples
    --------
    >>> from skrnn.baselines import ExponentialSmoothing
    >>> from skrnn.datasets import load_air_passengers
    >>> y = load_air_passengers()
    >>> forecaster = ExponentialSmoothing(horizon=12).fit(y[:-12])
    >>> forecaster.score(y[-12:]) > 0.5
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseBaseline._parameter_constraints,
        "context_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        horizon: int = 1,
        *,
        seasonal_period: int | tuple[int, ...] | str = "auto",
        context_length: int | str = "auto",
        freq: str | pd.offsets.BaseOffset | None = None,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        validation_fraction: float = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.horizon = horizon
        self.seasonal_period = seasonal_period
        self.context_length = context_length
        self.freq = freq
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _rule(self, settings: WindowSettings) -> WindowRule:
        self.context_length_ = settings.shape.context_length
        return SmoothingRule(settings.shape, self._bounds)
