"""Cross-validation of forecasts, for scikit-learn's own searches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import indexable

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.integers import check_integer
from skrnn._series.rows import read_rows
from skrnn.typing import Features, SeriesLike

__all__ = ["PanelTimeSeriesSplit"]

_ALIGNMENTS = ("calendar", "end")


class PanelTimeSeriesSplit(BaseCrossValidator):
    """Split the rows of a panel by time: train on the past, test on what follows.

    The counterpart of scikit-learn's ``TimeSeriesSplit`` for many series below one another. Every
    fold trains on all rows up to a cutoff and tests on ``test_size`` timesteps of every series
    after it; the cutoffs move forward until the last fold's test rows are the end of the data.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 1.
    test_size : int or None, default=None
        Timesteps of the grid in each test fold, at least 1; usually the forecaster's ``horizon``.
        None divides the time from the first row to the last by ``n_splits + 1``.
    gap : int, default=0
        Timesteps between the training rows and the test rows that are in neither, at least 0: as
        many as it takes in practice until the newest values are known.
    align : {"calendar", "end"}, default="calendar"
        ``"calendar"`` counts the timesteps back from the last time of the whole panel, so that all
        series have the same cutoffs and no test row is older than a training row; a series that
        ends earlier is missing from the last folds. ``"end"`` counts back from the last row of
        each series, so that all series are in every fold for which they are long enough, though
        one is then trained on years in which another one is tested.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : The same for one series.

    Notes
    -----
    Timesteps are those of the grid on which the times lie, for example days, so that missing rows
    count; a fold has fewer test rows where rows are missing. A series of a panel without a value in
    the training rows leaves the fold, because nothing can be forecast from no history.

    Training rows are sorted by time, those of the same time in their order in X, so that
    ``learning_curve``, which trains on the first n of them, starts from the earliest times of all
    series. With ``align="end"`` the time that counts is the one back from the end. Test rows keep
    their order.

    Data without a (series, time) MultiIndex, such as an array or a table with a column for each
    series, has a time in each row. Its rows are split as ``TimeSeriesSplit`` does.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrnn.model_selection import PanelTimeSeriesSplit
    >>> days = pd.date_range("2024-01-01", periods=6)
    >>> index = pd.MultiIndex.from_product([["shop", "web"], days], names=["channel", "day"])
    >>> y = pd.Series(range(12), index=index)
    >>> for train, test in PanelTimeSeriesSplit(2, test_size=2).split(y):
    ...     print(train, test)
    [0 6 1 7] [2 3 8 9]
    [0 6 1 7 2 8 3 9] [ 4  5 10 11]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        test_size: int | None = None,
        gap: int = 0,
        align: str = "calendar",
    ) -> None:
        check_integer(n_splits, "n_splits", at_least=1)
        if test_size is not None:
            check_integer(test_size, "test_size", at_least=1)
        check_integer(gap, "gap", at_least=0)
        if align not in _ALIGNMENTS:
            raise ValueError(
                f"align: got {align!r}. Expected one of {_ALIGNMENTS}. Pass align='calendar' for "
                "the same cutoffs in all series, align='end' to count back from each one's end."
            )
        self.n_splits = n_splits
        self.test_size = test_size
        self.gap = gap
        self.align = align

    def split(
        self, X: SeriesLike | Features, y: SeriesLike | None = None, groups: object = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Return the numbers of the training and of the test rows, fold by fold.

        Parameters
        ----------
        X : Series, DataFrame or array of shape (n_rows, ...)
            Rows with a (series, time) MultiIndex, in any order of the series; within a series
            times increase. Without such an index, rows in the order of time.
        y : Series, DataFrame or array of shape (n_rows, ...), default=None
            Its index counts if it is such a MultiIndex and X has none. It may also be passed
            alone, with X=None.
        groups : object, default=None
            Ignored, as by scikit-learn's splitters that know no groups.

        Returns
        -------
        folds : iterator of n_splits (train, test)
            ``train`` has the rows of X to train on, sorted by time, ``test`` those to test on, in
            their order, both as ndarrays of int64.

        Raises
        ------
        TypeError
            If the index holds no times.
        ValueError
            If there are fewer timesteps than the folds need, a fold would be without test rows, or
            the times of the panel are out of order, repeated or off the grid.
        """
        if groups is not None:
            warn_caller(
                f"groups: {type(self).__name__} splits by time and ignores them.",
                UserWarning,
            )
        rows = _row_times(X, y, self.align)
        return self._folds(rows, _has_value(X, y, len(rows.times)))

    def get_n_splits(
        self,
        X: SeriesLike | Features | None = None,
        y: SeriesLike | None = None,
        groups: object = None,
    ) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X : object, default=None
            Ignored.
        y : object, default=None
            Ignored.
        groups : object, default=None
            Ignored.

        Returns
        -------
        n_splits : int
            As it was passed to the constructor.
        """
        return int(self.n_splits)

    def _folds(
        self, rows: _RowTimes, has_value: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        test_size = self._test_size(rows.n_times)
        in_time = np.argsort(rows.times, kind="stable")
        for n_after in range(self.n_splits - 1, -1, -1):
            stop = rows.stop - n_after * test_size
            start = stop - test_size
            is_train = rows.times < start - self.gap
            is_known = np.zeros(rows.n_series, dtype=bool)
            is_known[rows.series[is_train & has_value]] = True
            if rows.n_series > 1:
                # nothing can be learned from a series that has no value yet.
                is_train &= is_known[rows.series]
            is_test = (rows.times >= start) & (rows.times < stop) & is_known[rows.series]
            if not is_test.any():
                raise ValueError(
                    f"test_size: got {test_size}, with which fold {self.n_splits - n_after} of "
                    f"{self.n_splits} has no test row of a series that has values before it. "
                    "Expected at least one. Lower n_splits or raise test_size; with series "
                    "that end at different times pass align='end'."
                )
            yield in_time[is_train[in_time]], np.flatnonzero(is_test)

    def _test_size(self, n_times: int) -> int:
        n_folds = self.n_splits + 1
        test_size = n_times // n_folds if self.test_size is None else self.test_size
        n_needed = self.n_splits * test_size + self.gap + 1 if test_size else n_folds
        if n_times < n_needed:
            size = "" if self.test_size is None else f"test_size={test_size} and "
            raise ValueError(
                f"n_splits: got {self.n_splits} for {n_times} timesteps, with {size}"
                f"gap={self.gap}. Expected at least {n_needed} timesteps, so that every fold has "
                "one to train on. Lower n_splits, test_size or gap."
            )
        return test_size


class _RowTimes(NamedTuple):
    """What the folds are made from: series and time of each row, and how far the times reach."""

    series: np.ndarray
    times: np.ndarray
    n_series: int
    stop: int
    n_times: int


def _row_times(X: Any, y: Any, align: str) -> _RowTimes:
    if X is None:
        X, y = y, None
    elif hasattr(X, "__len__"):
        X, y = indexable(X, y)
    for data, name in ((X, "X"), (y, "y")):
        if isinstance(getattr(data, "index", None), pd.MultiIndex):
            return _panel_times(data.index, name, align)
    if X is None:
        raise ValueError(
            "X: got None, and None for y. Expected the data that is to be split. Pass X or y."
        )
    if not hasattr(X, "__len__"):
        raise TypeError(
            f"X: got a {type(X).__name__}. Expected a table or an array, whose rows are split. "
            "Pass list(X) if it yields rows."
        )
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    return _RowTimes(np.zeros(n_rows, dtype=np.int64), np.arange(n_rows), 1, n_rows, n_rows)


def _has_value(X: Any, y: Any, n_rows: int) -> np.ndarray:
    """Say which rows of the series have a value; all, where X has features only."""
    series = X if y is None else y
    shape = np.shape(series)
    if len(shape) > 2 or (len(shape) == 2 and shape[1] != 1) or shape[0] != n_rows:
        return np.ones(n_rows, dtype=bool)
    return ~np.asarray(pd.isna(np.asarray(series))).reshape(n_rows)


def _panel_times(index: pd.MultiIndex, name: str, align: str) -> _RowTimes:
    if len(index) == 0:
        raise ValueError(
            f"{name}: got a panel without rows. Expected rows of at least one series. Check how "
            f"{name} was filtered."
        )
    series, positions, ids, _ = read_rows(index, name=name)
    n_series = 0 if ids is None else len(ids)
    times = positions
    if align == "end":
        last = np.full(n_series, np.iinfo(np.int64).min)
        np.maximum.at(last, series, positions)
        times = positions - last[series]
    stop = int(times.max()) + 1
    return _RowTimes(series, times, n_series, stop, stop - int(times.min()))
