"""The public face of the forecaster: its parameters, and the methods that only it has.

This file is longer than 500 lines because most of it is documentation of parameters and methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from skrnn._forecasting.decomposition import decompose, part_names
from skrnn._forecasting.drift import warn_of_drift
from skrnn._forecasting.fitted import fitted_forecaster
from skrnn._forecasting.learning import BaseForecaster
from skrnn._forecasting.new_series import forecast_new_series
from skrnn._forecasting.quantile_levels import read_levels
from skrnn._input.validation import validated_fit
from skrnn.typing import Callbacks, ColumnNames, Features, Forecast, SeriesLike, Weights

__all__ = ["RNNForecaster"]


class RNNForecaster(BaseForecaster):
    """One recurrent network that forecasts every series of a panel.

    The network reads a window of history, normalised by its own level and scale, in segments of
    timesteps. From the state after the last observation it forecasts ``horizon`` timesteps as a
    mixture of simple forecasts, the last value and the last seasons, to which it learns what to
    add. What is returned is a mean of that and exponential smoothing, weighted by their errors.

    Parameters
    ----------
    horizon : int, default=1
        Timesteps the network learns to forecast at once. ``predict`` may ask for more: then
        forecasts are fed back, and errors grow.
    context_length : int or "auto", default="auto"
        Timesteps of history in a window, 1 or more, rounded up to whole segments. "auto" takes the
        largest of seven main seasons (fourteen of 20 timesteps or more, at most three days of
        minutes unless one season is longer), the longest season, two horizons and 60, but no more
        than the longest series has, nor than a week of minutes; for
        ``loss="negative_binomial"`` at least 100, or half of the longest series. Nothing older is
        read. More lets the forecaster see slower changes, and takes longer.
    seasonal_period : int, tuple of int or "auto", default="auto"
        Timesteps of a season, 1 for none. If several are given, list the main one first. "auto"
        looks for the seasons that the frequency suggests (the day, the week, the year) in the data.
        With a single period of 20 or more, seven of these periods are used as well if the data
        shows such a week.
    loss : {"mae", "mse", "huber", "quantile", "student_t", "negative_binomial"}, default="mae"
        What training minimises. "mae" forecasts medians and is robust against outliers; "mse"
        forecasts means, and "huber" lies between them. "quantile" learns seven quantiles and
        "student_t" a distribution with heavy tails; ``predict`` returns the median.
        "negative_binomial" learns a distribution of counts, whose mean ``predict`` returns. The
        mean of sampled paths is ``predict`` where that is a mean. Else their median is near it:
        held-out errors move it.
    decoder : {"segment", "direct", "recursive"}, default="segment"
        How the future follows from the state after the last observation: "segment" makes one
        recurrent step for each future segment, all from that state; "direct" maps the state to
        all timesteps at once; "recursive" goes on timestep by timestep, reads its own forecasts
        and what is known in advance about the next timestep, and is slow for long horizons.
    segment_length : int or "auto", default="auto"
        Timesteps of history in one recurrent step, and of the future in one segment, 1 or more.
        "auto" takes the largest part of a season up to 24; without a season, the horizon, at most
        8; and 1 for "recursive".
    target_transform : "log" or None, default=None
        "log" forecasts the logarithm, for values above 0 whose changes grow with their level.
        Forecasts come back on the scale of y, with ``loss="mse"`` as means and else as medians.
    lower_bound, upper_bound : float or None, default=None
        Numbers that y never leaves, such as 0 for sales or 100 for percentages. What is forecast
        beyond them is moved to them: point forecasts, quantiles, intervals and sampled paths, and
        what is fed back for long horizons. Values of y outside are refused.
    past_features : label, list of labels or None, default=None
        Columns of X (their numbers, for an array) that are known up to the cutoff only. They are
        never read after it.
    static_features : label, list of labels or None, default=None
        Columns of X that are constant in each series, numbers or categories. Later series may have
        categories that ``fit`` saw, or NaN for none of them.
    freq : str, pandas offset or None, default=None
        Frequency of dates that do not show theirs, such as "cbh" for business hours, "D" for days
        of which most are missing, or for a single row. Every time has to be on its grid. None takes
        that of the index, or finds it.
    calendar : "auto", None or list of str, default="auto"
        Features from the time index: some of "time_of_day", "day_of_week", "time_of_year". "auto"
        takes the cycles that the timesteps divide and that the data shows twice. Unless the only
        one is the main season, it trains with and without them, which takes half as long again, and
        keeps them if the errors on the held-out windows are at least 1% smaller.
    n_members : int, default=1
        Networks trained from different seeds, 1 or more, whose answers are combined. More are
        slightly better, and take that many times as long.
    cell : {"lstm", "gru", "rnn"}, default="gru"
        The recurrence. "lstm" and "gru" remember over tens to hundreds of steps; "rnn", the simple
        recurrent network, over a few. A GRU has fewer weights than an LSTM, and forecasts short and
        long series slightly better.
    hidden_size : int, default=64
        Hidden units of each layer and direction, 1 or more. More units fit
        more complicated sequences, take longer (about quadratically) and need more data.
    num_layers : int, default=1
        Stacked recurrent layers, 1 or more.
    dropout : float, default=0.1
        Share of hidden units, in [0, 1), that training leaves out at random, between layers and
        before the output layer. Raise it against overfitting.
    learning_rate : float, default=0.003
        Largest step size of the optimizer (AdamW), above 0.
    learning_rate_schedule : {"one_cycle", "cosine", "constant"}, default="one_cycle"
        How the step size changes during ``fit``. "one_cycle" rises for the first 10% of the updates
        and then falls to almost 0; "cosine" falls from the start; "constant" stays the same.
    max_epochs : int or "auto", default="auto"
        Epochs, 1 or more, of 1024 sampled windows each, however long the series are. "auto" takes
        12 for a hundred windows and up to 60 for more; for contexts of over 700 timesteps fewer,
        at least 10.
    batch_size : int or "auto", default="auto"
        Windows in one update, 1 or more. "auto" takes 64.
    early_stopping : bool, default=False
        Whether the training on what ``validation_fraction`` leaves stops after ``n_iter_no_change``
        epochs without a smaller validation loss, on the held-out windows; the training on
        everything then ends after as many epochs as had the smallest loss. Without effect if all
        series are too short to hold any windows out, and in a fit that continues from the last one.
    validation_fraction : float, default=0.2
        Share of each series, in [0, 1), that is held out at its end at first, and at least one
        horizon. A network that has not seen it tells how wide intervals are, and ``skill_``; then
        the network is trained again from scratch on everything. 0 saves that time, and leaves
        ``skill_`` NaN and no intervals.
    n_iter_no_change : int, default=10
        Epochs without a smaller validation loss that early stopping waits for, 1 or more.
    weight_decay : float, default=0.01
        Decoupled weight decay of AdamW, 0 or more. Raise it against overfitting.
    gradient_clip : float or None, default=1.0
        Largest norm of an update's gradient, above 0; a larger gradient is scaled down to it, so
        that one odd sample cannot undo the training. None does not clip.
    random_state : int, RandomState instance or None, default=None
        Fixes what is random in ``fit``: initial weights, dropout, the order of the training data
        and what is held out or sampled from it. An int gives the same bits in every fit on one
        machine, whatever the number of threads or jobs.
    device : str, default="auto"
        Where to compute: "cpu", "cuda" or another torch device. "auto" takes CUDA if it is
        available.
    dtype : {"float32", "float64", "bfloat16"}, default="float32"
        Precision of the network. "float64" is slower. "bfloat16" keeps float32 weights and
        recurrences, and lets a GPU compute all other products in bfloat16; on a CPU it is float32.
        Series are read and normalised in float64 in any case.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights of the last fit. What the first fit learned about
        the inputs, such as the mean and scale of features or the tokens, then stays as it is. So do
        ``skill_``, ``network_weight_`` and the width of intervals, because no part of the data is
        new to the network any more.
    callbacks : list of skorch callbacks or None, default=None
        Further skorch callbacks, copied before use; the writers, files and trials that they were
        given stay the caller's own.
    net_params : dict or None, default=None
        Further parameters of ``skorch.NeuralNet``, such as ``{"optimizer": torch.optim.SGD,
        "optimizer__momentum": 0.9}``.
    verbose : int or bool, default=0
        1 prints a line for each epoch; 0 prints nothing.

    Attributes
    ----------
    skill_ : float
        Skill against the seasonal naive forecast on the held-out windows,
        ``1 - MAE / MAE_naive`` averaged over the series: 0 is no better, 1 perfect. A series of
        which the naive forecast is better counts ``MAE_naive / MAE - 1``, -1 at worst. NaN if
        nothing was held out.
    network_weight_ : float
        How much the networks count in the answer, from 0 to 1. The rest is that of exponential
        smoothing of the window. It is near 0.5 unless one of them has clearly smaller errors on the
        held-out windows, and 0.5 if nothing was held out. With features known in advance, of which
        exponential smoothing knows nothing, it is 1 unless many held-out windows show that less is
        better. So it is with ``loss="negative_binomial"``, where the rest is the mean of the
        history, with a season that of the same place in it.
    seasonal_period_ : int
        The main seasonal period, 1 for none.
    context_length_ : int
        Timesteps of history in a window.
    calendar_ : tuple of str
        The calendar features that are read.
    segment_length_ : int
        Timesteps in one recurrent step. A segment of the forecast has as many.
    cutoff_ : Timestamp, Period or int, or Series of them
        The last time of the training data; for a panel that of each series.
    nets_ : list of skorch.NeuralNet
        The trained networks.
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the torch module. The first of ``nets_``.
    history_ : list of dict
        For each epoch, ``train_loss``, ``valid_loss`` if there is validation data,
        ``learning_rate``, and ``dur`` in seconds. The epochs are those of ``net_``, whose last
        training holds nothing out.
    loss_curve_ : list of float
        Training loss of each epoch.
    n_iter_ : int
        Epochs trained.
    best_epoch_ : int
        The epoch, counted from 1, whose weights are kept.
    n_features_in_ : int
        Columns of X; 0 without X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.

    See Also
    --------
    skrnn.model_selection.PanelTimeSeriesSplit : Cross-validation of a panel.
    RNNRegressor : One number for a whole sequence.

    Notes
    -----
    Training windows are drawn by the row of their cutoff, and never laid out: memory hardly grows
    with ``context_length``, and an epoch costs the same however long the series are. Nothing
    after the cutoff of a window reaches its forecast, level, scale or anchors.

    A single value, or a pair, of more than a hundred times the size of usual values and usual
    deviations is read as missing, in training and in the history of a forecast: it would decide the
    scale and the season. Three in a row are a change of the level and are kept.

    A place of the main season that is 0 in all of the window's seasons, three or more, such as the
    Sundays of a shop, is forecast as 0, unless zeros are frequent at the other places as well.

    References
    ----------
    Lin et al. (2023), "SegRNN: Segment Recurrent Neural Network for Long-Term Time Series
    Forecasting".
    Smyl (2020), "A Hybrid Method of Exponential Smoothing and Recurrent Neural Networks for Time
    Series Forecasting", International Journal of Forecasting 36(1).
    Assimakopoulos and Nikolopoulos (2000), "The Theta Model: A Decomposition Approach to
    Forecasting", International Journal of Forecasting 16(4).
    Hyndman and Athanasopoulos (2021), "Forecasting: Principles and Practice", 3rd edition.

    Examples
    --------
    >>> from skrnn import RNNForecaster
    >>> from skrnn.datasets import load_air_passengers
    >>> y = load_air_passengers()
    >>> forecaster = RNNForecaster(horizon=6, hidden_size=16, max_epochs=6, random_state=0)
    >>> forecast = forecaster.fit(y[:-6]).predict()
    >>> forecast.index.equals(y.index[-6:])
    True
    >>> forecaster.score(y[-6:]) > 0.1
    True
    """

    _parameter_constraints = BaseForecaster._parameter_constraints

    def __init__(
        self,
        horizon: int = 1,
        *,
        context_length: int | str = "auto",
        seasonal_period: int | tuple[int, ...] | str = "auto",
        loss: str = "mae",
        decoder: str = "segment",
        segment_length: int | str = "auto",
        target_transform: str | None = None,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        past_features: ColumnNames | None = None,
        static_features: ColumnNames | None = None,
        freq: str | pd.offsets.BaseOffset | None = None,
        calendar: str | Sequence[str] | None = "auto",
        n_members: int = 1,
        cell: str = "gru",
        hidden_size: int = 64,
        num_layers: int = 1,
        dropout: float = 0.1,
        learning_rate: float = 0.003,
        learning_rate_schedule: str = "one_cycle",
        max_epochs: int | str = "auto",
        batch_size: int | str = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.2,
        n_iter_no_change: int = 10,
        weight_decay: float = 0.01,
        gradient_clip: float | None = 1.0,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        dtype: str = "float32",
        warm_start: bool = False,
        callbacks: Callbacks | None = None,
        net_params: dict[str, Any] | None = None,
        verbose: int = 0,
    ) -> None:
        self.horizon = horizon
        self.context_length = context_length
        self.seasonal_period = seasonal_period
        self.loss = loss
        self.decoder = decoder
        self.segment_length = segment_length
        self.target_transform = target_transform
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.past_features = past_features
        self.static_features = static_features
        self.freq = freq
        self.calendar = calendar
        self.n_members = n_members
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.random_state = random_state
        self.device = device
        self.dtype = dtype
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.net_params = net_params
        self.verbose = verbose

    @validated_fit(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Features | SeriesLike | None = None,
        y: SeriesLike | None = None,
        *,
        sample_weight: Weights | None = None,
    ) -> Self:
        """Learn from the past of one series or many.

        Parameters
        ----------
        X : features, or the series if y is None, default=None
            With y: DataFrame or array of shape (n_timesteps, n_features), one row for each row of
            y, known in advance except for ``past_features``. A frame without columns gives only the
            time index. NaN is read as the mean of the feature, here and up to any cutoff. Columns
            of text, and pandas' categories, hold up to 200 categories; NaN is none of them.
        y : Series, DataFrame or array, or None, default=None
            A Series or 1-D array is one series; a DataFrame or 2-D array has a column for each; a
            Series with a (series, time) MultiIndex is a panel, whose series may start and end at
            different times. Times are dates (whose ``freq`` is given or can be seen), periods or
            integers of equal distance, not such as 202401. Missing rows and NaN are missing values.
            So should be irregular days, such as holidays, on which nothing could be sold:
            a 0 would be repeated as part of the season. Pass ``y.where(is_open)``.
        sample_weight : array-like of shape (n_rows,), or as y, or None, default=None
            Weights of the rows of y, 0 or more; for a table also one for each value. The training
            loss of each timestep that is forecast is multiplied by its weight, of which only the
            proportions matter, and windows without any weight in their future are not drawn. As
            history all values are read, and ``skill_``, ``network_weight_``, early stopping and the
            width of intervals count all held-out errors alike. Nothing is held out if no weight
            above 0 comes before it. ``update(refit=True)`` weighs all alike.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        KeyboardInterrupt
            When interrupted. The estimator then holds the best weights so far, or is as before
            if no epoch had ended.

        Warns
        -----
        SeasonalNaiveWarning
            If the seasonal naive forecast was better on the held-out windows.
        """
        resume = self._is_warm_start()
        X, y = (y, None) if X is None else (X, y)
        return self._fit_on_draft(
            lambda draft: draft._learn(X, y, resume=resume, sample_weight=sample_weight),
            resume=resume,
        )

    def update(
        self,
        X: Features | SeriesLike | None = None,
        y: SeriesLike | None = None,
        *,
        refit: bool = False,
    ) -> Self:
        """Append newer timesteps, which moves the cutoff; weights stay unless ``refit``.

        The timesteps that came are forecast from cutoffs before them, and the errors decide how
        wide the intervals of each series are from now on.

        Parameters
        ----------
        X : features, or the series if y is None, default=None
            As in ``fit``: features of the rows of y, if ``fit`` had features.
        y : as in ``fit``, or None, default=None
            Timesteps after the cutoff, in the form that ``fit`` saw. A panel may bring new series.
        refit : bool, default=False
            Whether to go on training, on all timesteps, with another ``max_epochs`` epochs. All
            have the same weight then, whatever ``fit`` was given.
            ``skill_`` and the width of intervals stay.

        Returns
        -------
        self : object
            The forecaster, with a later ``cutoff_``.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.

        Warns
        -----
        ForecastDriftWarning
            If the errors since the fit are larger than chance explains, compared with those on the
            held-out windows; see ``drift_``.
        """
        fitted_forecaster(self)
        self._update(X, y, refit=refit)
        if not refit:
            warn_of_drift(fitted_forecaster(self).drift(), "the timesteps since the fit")
        return self
        return self._fit_on_draft(lambda draft: draft._append(X, y, refit=refit), resume=True)

    def decompose(
        self,
        X: Features | None = None,
        *,
        horizon: int | None = None,
        history: SeriesLike | None = None,
        X_history: Features | None = None,
    ) -> Forecast:
        """Say what a forecast is made of: parts that add up to ``predict``.

        Parameters
        ----------
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
            A column for each part, in the order of the Notes; for a table of series, under each
            part a column for each series.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.

        See Also
        --------
        skrnn.inspection.ForecastDecompositionDisplay : Draws the parts.

        Notes
        -----
        "level" is the mean of the last season, or the last value if there is no season. Each other
        part is a distance from it, times its weight in the forecast:

        - "last_value"; for each seasonal period, such as 12, "last_season_12", the last season
          repeated, and "season_profile_12", the last value plus the changes of the mean profile of
          four seasons. Their weights are those of the networks' mixture, times
          ``network_weight_``.
        - "smoothing": exponential smoothing, of weight ``1 - network_weight_``.
        - "network": what the networks add to this mixture, times ``network_weight_``.
        - "bounds", if there are any: what ``lower_bound`` and ``upper_bound`` change.

        With ``loss="negative_binomial"`` the level is the mean of the history, "mean" (always 0)
        and, with a season, "season_mean_12" are mixed as well, and "history_mean" takes the place
        of "smoothing". With ``target_transform="log"`` the parts are shares of logarithms, brought
        to the scale of y by the logarithmic mean of forecast and level. If there are several
        networks, the parts are those of the median one at each timestep. Past the horizon of the
        fit, the level and the simple forecasts are those of the history with the forecasts fed
        back. A timestep without history has the mean of its series as its level, and no other part.

        Examples
        --------
        >>> from skrnn import RNNForecaster
        >>> from skrnn.datasets import load_air_passengers
        >>> y = load_air_passengers()
        >>> forecaster = RNNForecaster(horizon=6, hidden_size=4, max_epochs=2, random_state=0)
        >>> parts = forecaster.fit(y).decompose()
        >>> parts.columns.to_list()
        ['level', 'last_value', 'last_season_12', 'season_profile_12', 'smoothing', 'network']
        >>> bool((abs(parts.sum(axis=1) - forecaster.predict()) < 1e-9).all())
        True
        """
        fitted = fitted_forecaster(self)
        request, data = fitted.request(X, horizon, history, X_history)
        return request.write(decompose(fitted, request, data), part_names(fitted))

    def predict_new_series(
        self, X: pd.DataFrame, *, levels: float | Sequence[float] | np.ndarray | None = None
    ) -> pd.Series | pd.DataFrame:
        """Forecast series that have no past, as series of the fit that resemble them.

        Parameters
        ----------
        X : DataFrame
            A row for each timestep to forecast, after the cutoff, with a (series, time) MultiIndex
            of new series and the features of ``fit``; ``past_features`` may be left out.
        levels : float or sequence of float, or None, default=None
            Levels of quantiles, in (0, 1), each once. None forecasts one number.

        Returns
        -------
        Series or DataFrame
            With the index of X; a column for each level.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.

        Notes
        -----
        Similar are the series that go up to the last cutoff and have the same categories as static
        features (of all of them, where a category is missing or in none of these series); of
        numbers as static features, the ten nearest series. Each is forecast with the new series'
        features known in advance. The median of the forecasts is the forecast, and the mixture of
        their distributions has the quantiles, so that these are as wide as the levels of the series
        differ. Of more than 200 similar series, 200 are read. As soon as a new series has a few
        values, pass them to ``predict`` as ``history``, or to ``update``.

        Examples
        --------
        >>> import pandas as pd
        >>> from skrnn import RNNForecaster
        >>> days = pd.date_range("2024-01-01", periods=60)
        >>> y = pd.concat({name: pd.Series(range(60), days) + 10.0 for name in "abc"})
        >>> forecaster = RNNForecaster(2, hidden_size=4, max_epochs=2, random_state=0).fit(y)
        >>> rows = pd.MultiIndex.from_product([["new"], days[-1] + pd.to_timedelta([1, 2], "D")])
        >>> forecaster.predict_new_series(pd.DataFrame(index=rows)).shape
        (2,)
        """
        fitted = fitted_forecaster(self)
        given = None if levels is None else read_levels(levels)
        return forecast_new_series(fitted, X, given)
