"""How much the errors of a backtest grow when a feature, or a stretch of history, says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch, check_random_state

from skrnn._forecasting.backtest import steps_of_backtest
from skrnn._forecasting.exchanged_windows import ExchangedWindows, Part
from skrnn._forecasting.fitted import FittedForecaster, fitted_forecaster
from skrnn._forecasting.window_forecaster import WindowForecaster
from skrnn._forecasting.window_rules import DriftRule
from skrnn._input.integers import check_integer
from skrnn._training.arithmetic import resolve_seed
from skrnn.inspection._inner_estimator import find_estimator
from skrnn.typing import Features, RandomState, SeriesLike

__all__ = ["forecast_importance"]

_OVER = ("features", "history")
# Stretches of a history without seasons.
_STRETCHES = 10


def forecast_importance(
    estimator: BaseEstimator,
    X: Features | SeriesLike,
    y: SeriesLike | None = None,
    *,
    over: str = "features",
    n_segments: int | None = None,
    n_windows: int = 5,
    stride: int | None = None,
    refit: bool | int = False,
    n_repeats: int = 5,
    random_state: RandomState | None = None,
) -> Bunch:
    """Say how much the errors of a backtest grow without a feature, or a stretch of the history.

    It is permutation importance for a forecaster: at each cutoff of a backtest, every window takes
    the course of a feature, or the values in a stretch of its history, over from another window,
    which ends before the cutoff and is drawn at random. That is plausible and says nothing of what
    follows.

    Parameters
    ----------
    estimator : RNNForecaster, baseline, or search of one
        Need not be fitted, and stays as it is: clones are trained. Of a fitted search the best
        estimator counts.
    X : features, or the series if y is None
        As in ``fit``.
    y : Series, DataFrame or array, or None, default=None
        As in ``fit``.
    over : {"features", "history"}, default="features"
        What is exchanged: each feature, in the history and in the future; or each stretch of the
        history of the series, with all features left as they are.
    n_segments : int or None, default=None
        Stretches of the history, equally long. None takes one for each season of the context, ten
        if there is no season. Without effect over features.
    n_windows : int, default=5
        Cutoffs, as for ``backtest``.
    stride : int or None, default=None
        Timesteps from one cutoff to the next; None takes ``horizon``.
    refit : bool or int, default=False
        Whether every cutoff gets a newly trained clone. False trains one, before the first cutoff;
        a number k trains one before every k-th cutoff.
    n_repeats : int, default=5
        How often each part is exchanged, with other windows each time.
    random_state : int, RandomState instance or None, default=None
        Fixes which windows are drawn.

    Returns
    -------
    Bunch
        With the attributes

        importances : ndarray of shape (n_parts, n_repeats)
            The mean absolute error with a part exchanged, less that of the forecasts as they are.
        importances_mean, importances_std : ndarray of shape (n_parts,)
            Their mean and standard deviation over the repeats.
        feature_names : list
            Over features: the columns of X that are read, those known in advance first, then those
            of the past, then those of the series, and "calendar" if the time index is read. Over
            the history: for example "1 to 7", the latest seven timesteps, counted back from the
            cutoff, first.
        error : float
            The mean absolute error of the forecasts as they are.
        over : str
            As above.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    PermutationImportanceDisplay : Draws the importances, with the names.
    skrnn.RNNForecaster.backtest : The forecasts whose errors these are.
    permutation_importance : The same for sequences.

    Notes
    -----
    A window takes values over on its own mean and scale: what is exchanged is the course, not how
    large the series is. Gaps stay where they are. Timesteps of one series that are alike, and
    features that say the same, stand in for one another: each alone may seem to matter little.
    Forecasts more than a horizon after the last value of their series are left out. Errors are in
    the unit of y, so that large series count more: divide series of different size by their means
    first. The cost is that of a backtest, and of ``n_parts * n_repeats`` forecasts at each cutoff.

    References
    ----------
    Breiman (2001), "Random Forests", Machine Learning 45(1).

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.baselines import SeasonalNaive
    >>> from skrnn.inspection import forecast_importance
    >>> y = np.tile([3.0, 5.0, 9.0, 4.0], 20) + np.random.default_rng(0).normal(size=80)
    >>> baseline = SeasonalNaive(4, seasonal_period=4)
    >>> result = forecast_importance(baseline, y, over="history", random_state=0)
    >>> result.feature_names[:3]
    ['1 to 4', '5 to 8', '9 to 12']
    >>> bool(result.importances_mean[0] > 1), abs(result.importances_mean[1:]).max().item()
    (True, 0.0)
    """
    if over not in _OVER:
        raise ValueError(
            f"over: got {over!r}. Expected one of {_OVER}. Leave it out to compare features."
        )
    check_integer(n_repeats, "n_repeats", at_least=1)
    if n_segments is not None:
        check_integer(n_segments, "n_segments", at_least=1, remedy="Leave it out for seasons.")
    forecaster, _ = find_estimator(
        estimator,
        (WindowForecaster,),
        "an RNNForecaster or a baseline",
        pipelines=False,
        fitted=False,
    )
    seed = resolve_seed(None)  # not numpy's global one, which others draw from
    if random_state is not None:
        seed = check_random_state(random_state).randint(np.iinfo(np.int32).max + 1)
    X, y = (y, None) if X is None else (X, y)
    parts: dict[Any, Part] = {}
    intact: list[np.ndarray] = []
    exchanged: list[np.ndarray] = []
    steps = steps_of_backtest(
        forecaster, X, y, n_windows=n_windows, stride=stride, refit=refit, keeps_errors=False
    )
    for number, step in enumerate(steps):
        fitted = fitted_forecaster(step.fitted)
        if isinstance(fitted.networks, DriftRule):
            raise TypeError(
                "estimator: got a Drift, which reads the ends of a series and no window. Expected "
                "a forecaster of windows. Pass an RNNForecaster or another baseline."
            )
        parts = parts or dict(_parts(fitted, over, n_segments))
        request, data = fitted.request(step.rows, None, None, None)
        windows = ExchangedWindows(fitted, request, data)
        actual = pd.DataFrame(step.actual).to_numpy(dtype=np.float64, na_value=np.nan).ravel()

        def errors(forecast: np.ndarray, actual: np.ndarray = actual) -> np.ndarray:
            return np.abs(forecast - actual)

        intact.append(errors(windows.forecast()))
        # The same windows are drawn for all parts, which makes them comparable.
        exchanged.append(
            np.array(
                [
                    [
                        errors(windows.forecast_without(part, _rng(seed, number, repeat)))
                        for repeat in range(n_repeats)
                    ]
                    for part in parts.values()
                ]
            )
        )
    error = float(np.nanmean(np.concatenate(intact)))
    importances = np.nanmean(np.concatenate(exchanged, axis=2), axis=2) - error
    return Bunch(
        importances=importances,
        importances_mean=importances.mean(axis=1),
        importances_std=importances.std(axis=1),
        feature_names=list(parts),
        error=error,
        over=over,
    )


def _rng(seed: int, cutoff: int, repeat: int) -> np.random.Generator:
    return np.random.default_rng([seed, cutoff, repeat])


def _parts(
    fitted: FittedForecaster, over: str, n_segments: int | None
) -> Iterator[tuple[Any, Part]]:
    """Yield the name of each part, and what is exchanged."""
    shape, table = fitted.networks.shape, fitted.features
    if over == "history":
        length, period = shape.context_length, shape.periods[0]
        if n_segments is None and period > 1:
            edges = np.append(np.arange(0, length, period), length)
        else:
            n_parts = min(_STRETCHES if n_segments is None else n_segments, length)
            edges = np.linspace(0, length, n_parts + 1).round().astype(np.int64)
        for first, last in pairwise(edges):
            yield f"{first + 1} to {last}", Part(first=int(first), last=int(last))
        return
    if not (table.future or table.past or table.static or table.calendar):
        raise ValueError(
            "over: got 'features' for a forecaster that reads none. Expected features, or the "
            "history. Pass over='history', or the features as X."
        )
    for column, place in table.places(table.future):
        yield column, Part(known=place)
    for column, place in table.places(table.past):
        yield column, Part(past=place)
    for column, place in table.places(table.static):
        yield column, Part(static=place)
    if table.calendar:
        yield "calendar", Part(known=slice(table.width(table.future), None))
