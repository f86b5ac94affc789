"""Features of a panel: known in advance, known up to the cutoff, or constant in each series."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
import torch
from pandas.api import types
from scipy import sparse

from skrnn._forecasting.calendar import calendar_features
from skrnn._forecasting.categories import (
    are_categories,
    column_of_each,
    learn_categories,
    refuse_unseen,
)
from skrnn._forecasting.outliers import are_outliers
from skrnn._forecasting.windows import PanelFeatures
from skrnn._input.columns import column_labels
from skrnn._input.containers import fill_masked
from skrnn._input.frames import to_pandas, with_plain_times
from skrnn._input.named_axes import SERIES
from skrnn._input.numbers import LARGEST
from skrnn._input.plain import as_array, to_plain
from skrnn._input.refusals import describe
from skrnn._series.clock import describe_times
from skrnn._series.column_kinds import refuse_times_and_text
from skrnn._series.panel import Panel
from skrnn._series.rows import describe_ids

__all__ = [
    "FeatureRows",
    "FeatureTable",
    "as_feature_frame",
    "refuse_missing_rows",
    "with_columns",
]

_NAMED = 3  # how many columns an error lists

# Standardised features are clipped here: a larger number only means "far away".
_LARGEST_FEATURE = 100.0

# Rounding of numbers relative to the largest of them, and of their mean.
_ROUNDING = 16 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class FeatureRows:
    """Rows of X with their series and times.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_features)
        A column for each feature; those of an array are numbered.
    series : ndarray of int64, shape (n_rows,)
        Number of each row's series in the panel, -1 if the panel does not have it; 0 for a table,
        whose rows belong to all series.
    positions : ndarray of int64, shape (n_rows,)
        Clock position of each row.
    name : str, default="X"
        The argument's name in error messages.
    is_request : bool, default=False
        Whether these are the rows to forecast; then their ``past_features`` are not read.
    """

    frame: pd.DataFrame
    series: np.ndarray
    positions: np.ndarray
    name: str = "X"
    is_request: bool = False


def as_feature_frame(X: Any, name: str) -> pd.DataFrame:
    """Return X as a DataFrame whose index is that of X, or a range for an array.

    Raises
    ------
    TypeError, ValueError
        If X is not a table of real, finite numbers or of categories.
    """
    if isinstance(X, pd.Series):
        raise ValueError(
            f"{name}: got a Series of {len(X)} rows, read as features. Expected a table with a "
            f"column for each feature. Features come first, fit(X, y): swap the arguments if this "
            f"is the series to forecast, or pass {name}.to_frame() for a single feature."
        )
    if isinstance(X, pd.DataFrame):
        frame = with_plain_times(X)
    elif _has_categories(frame := to_pandas(X, name)):
        frame = with_plain_times(frame)
    else:
        frame = pd.DataFrame(_as_table(X, name))
        labels = column_labels(X)  # of polars and Arrow, whose columns have names
        if labels is not None and len(labels) == frame.shape[1]:
            frame.columns = pd.Index(labels, tupleize_cols=False)
    if any(types.is_complex_dtype(dtype) for dtype in frame.dtypes):
        raise ValueError(
            f"Complex data not supported\n{name}: got complex numbers, read as features. Expected "
            "real numbers. Pass real and imaginary part as two features."
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise ValueError(
            f"{name}: got the column {twice!r} more than once. Expected every feature once. Rename "
            "or drop one of them."
        )
    return frame


def _has_categories(table: Any) -> bool:
    return isinstance(table, pd.DataFrame) and any(
        are_categories(table.iloc[:, number]) for number in range(table.shape[1])
    )


def with_columns(frame: pd.DataFrame, columns: list[Hashable], name: str) -> pd.DataFrame:
    """Return features under the names ``columns``, of which there are as many.

    The columns of an array are numbered; each takes the name at the same place.
    """
    if set(frame.columns) == set(columns):
        return frame
    numbered = list(range(len(columns)))
    if list(frame.columns) != numbered and list(columns) != numbered:
        raise ValueError(
            f"{name}: got the columns {list(frame.columns[:_NAMED])}. Expected those that fit saw, "
            f"{columns[:_NAMED]}. Rename them."
        )
    return frame.set_axis(columns, axis=1)


def _as_table(X: Any, name: str) -> np.ndarray:
    if sparse.issparse(X):
        shape = X.shape  # type: ignore[attr-defined]  # scipy's stubs give the base class none
        raise TypeError(
            f"{name}: got a sparse {type(X).__name__} of shape {shape}. Sparse input is not "
            f"supported. Expected dense numbers. Pass {name}.toarray()."
        )
    refuse_times_and_text(X, name, are_features=True)
    try:
        array = as_array(fill_masked(to_plain(X, name, SERIES)), name)
    except ValueError as error:
        raise ValueError(
            f"{name}: got {describe(X)}, which cannot be read as a table ({error}). Expected one "
            "row for each row of y, all with the same number of features. Pass a DataFrame or a "
            "2-D array."
        ) from error
    if array.dtype.kind == "V":
        raise ValueError(
            f"{name}: got records with the fields {list(array.dtype.names or ())}, read as "
            f"features. Expected 2-D input, (n_timesteps, n_features). Pass pd.DataFrame({name}) "
            "if each row of y has one record."
        )
    if array.ndim != 2:
        described = "a 1-D array" if array.ndim == 1 else describe(X) if array.ndim == 0 else ""
        described = described or f"shape {array.shape}"
        remedy = "Pass a DataFrame or a 2-D array."
        if array.ndim == 1:
            remedy = f"Reshape your data: np.reshape({name}, (-1, 1)) for a single feature."
        elif array.ndim > 2:
            remedy = f"Reshape your data: np.reshape({name}, (len({name}), -1))."
        raise ValueError(
            f"{name}: got {described}, read as features. Expected 2-D input, (n_timesteps, "
            f"n_features), one row for each row of y. {remedy}"
        )
    return array


@dataclass
class FeatureTable:
    """The role and the scale of each column of X.

    Attributes
    ----------
    columns : list of labels
        All columns of X, in the order of ``fit``.
    future, past, static : list of labels
        Columns known in advance, known up to the cutoff, and constant in each series.
    categories : dict of label to list
        Values of the columns that are categories; each has a column of 0 and 1.
    mean, scale : dict of label to float
        Mean and standard deviation of the numeric columns over the training rows.
    calendar : tuple of str
        Names of the calendar features.
    unread : list of labels, default=[]
        Columns that no forecast reads.
    """

    columns: list[Hashable]
    future: list[Hashable]
    past: list[Hashable]
    static: list[Hashable]
    calendar: tuple[str, ...]
    categories: dict[Hashable, list[Any]]
    mean: dict[Hashable, float]
    scale: dict[Hashable, float]
    unread: list[Hashable] = field(default_factory=list)

    @classmethod
    def of_unread(cls, rows: FeatureRows | None) -> FeatureTable:
        """Return the table of a forecaster that reads no features."""
        columns: list[Hashable] = [] if rows is None else list(rows.frame.columns)
        return cls(columns, [], [], [], (), {}, {}, {}, unread=columns)

    @classmethod
    def learn(
        cls,
        rows: FeatureRows | None,
        *,
        past_features: Any,
        static_features: Any,
        calendar: tuple[str, ...],
    ) -> FeatureTable:
        """Sort the columns of X and learn their scales.

        Raises
        ------
        ValueError
            If a named column is not in X, or values are not real and finite.
        """
        columns: list[Hashable] = [] if rows is None else list(rows.frame.columns)
        table = cls(columns, [], [], [], calendar, {}, {}, {})
        table.past = _named_columns(past_features, columns, "past_features")
        table.static = _named_columns(static_features, columns, "static_features")
        both = [column for column in table.past if column in table.static]
        if both:
            raise ValueError(
                f"past_features: got {both[0]!r}, which static_features also names. Expected each "
                "column in one of the two. Remove it from the other."
            )
        special = set(table.past) | set(table.static)
        table.future = [column for column in columns if column not in special]
        if rows is None:
            return table
        for column in columns:
            values = rows.frame[column]
            is_static_text = column in table.static and not types.is_numeric_dtype(values.dtype)
            if is_static_text or are_categories(values):
                table.categories[column] = (
                    list(pd.unique(values.dropna()))
                    if is_static_text
                    else learn_categories(values, "X", column)
                )
                continue
            numbers = _numbers_of(values, "X", column)
            is_outlier = are_outliers(torch.from_numpy(numbers.copy())[None])[0].numpy()
            observed = numbers[~np.isnan(numbers) & ~is_outlier]
            mean = float(observed.mean()) if len(observed) else 0.0
            scale = float(observed.std()) if len(observed) else 0.0
            table.mean[column] = mean
            # A spread at the level of rounding is a constant column, not a signal.
            rounding = _ROUNDING * float(np.abs(observed).max(initial=0.0))
            table.scale[column] = scale if scale > rounding else 1.0
        return table

    def lay_out(
        self, panel: Panel, rows: list[FeatureRows], n_ahead: int, *, n_before: int = 0
    ) -> PanelFeatures:
        """Lay features on a panel's steps.

        Parameters
        ----------
        panel : Panel
            The series; those with (series, time) rows end with empty steps if future features
            are needed.
        rows : list of FeatureRows
            Rows of X for any of the steps; later ones replace earlier ones.
        n_ahead : int
            Timesteps after the last one of the panel for which the calendar is needed.
        n_before : int, default=0
            Timesteps before the first one of the panel for which the calendar is needed.
        """
        first = int(panel.first.min()) - n_before
        n_positions = int(panel.last.max()) - first + 1 + n_ahead
        calendar = calendar_features(panel.clock, first, n_positions, self.calendar)
        is_shared = not panel.layout.rows_are_panel
        n_rows = n_positions if is_shared else len(panel.values)
        known = np.zeros((n_rows, self.width(self.future)), dtype=np.float32)
        past = np.zeros((n_rows, self.width(self.past)), dtype=np.float32)
        static = np.zeros((panel.n_series, self.width(self.static)), dtype=np.float32)
        for part in rows:
            if is_shared:
                at = part.positions - first
                is_inside = (at >= 0) & (at < n_rows)
            else:
                at = panel.row_of(part.series, part.positions)
                is_inside = at >= 0
            for table, columns in ((known, self.future), (past, self.past)):
                if part.is_request and columns is self.past:
                    continue
                for column, place in self.places(columns):
                    read = self._read(part.frame[column], part.name, column)
                    table[at[is_inside], place] = read[is_inside]
            self._fill_static(static, part, panel)
        nothing = np.zeros((len(panel.values), 0), dtype=np.float32)
        no_positions = np.zeros((n_positions, 0), dtype=np.float32)
        if is_shared:
            return PanelFeatures(
                nothing, np.hstack([known, calendar]), first, nothing, past, static
            )
        return PanelFeatures(known, calendar, first, past, no_positions, static)

    def width(self, columns: list[Hashable]) -> int:
        """Return how many inputs of the network some columns are: one for each category."""
        return sum(len(self.categories.get(column, [0])) for column in columns)

    def places(self, columns: list[Hashable]) -> Iterator[tuple[Hashable, slice]]:
        """Yield some columns, and which inputs of the network each of them is."""
        first = 0
        for column in columns:
            stop = first + self.width([column])
            yield column, slice(first, stop)
            first = stop

    def _read(self, values: pd.Series, name: str, column: Hashable) -> np.ndarray:
        """Return the inputs of the network for values of a column, shape (n_rows, n_inputs)."""
        categories = self.categories.get(column)
        if categories is not None:
            refuse_unseen(values, categories, name, column)
            return column_of_each(values, categories)
        numbers = _numbers_of(values, name, column)
        scaled = np.nan_to_num((numbers - self.mean[column]) / self.scale[column])
        return np.clip(scaled, -_LARGEST_FEATURE, _LARGEST_FEATURE)[:, None]

    def _fill_static(self, static: np.ndarray, rows: FeatureRows, panel: Panel) -> None:
        for column, place in self.places(self.static):
            values = rows.frame[column]
            _refuse_changes(values, rows.series, panel, column)
            known = np.flatnonzero(values.notna() & (rows.series >= 0))
            if column in self.categories:
                seen = self.categories[column]
                refuse_unseen(values.iloc[known], seen, rows.name, column, "static feature")
            series, first_known = np.unique(rows.series[known], return_index=True)
            first_known = known[first_known]
            # Rows of a table belong to all of its series.
            if not panel.layout.rows_are_panel and len(series):
                series = np.arange(panel.n_series)
            static[series, place] = self._read(values.iloc[first_known], rows.name, column)

    def refuse_missing_future(self, rows: FeatureRows, panel: Panel) -> None:
        """Raise an error if features known in advance are missing after the cutoff.

        Up to the cutoff a missing value is read as the mean, in training as in forecasts. After
        it, a forecast for the mean would look like one for what will be.
        """
        is_future = (rows.series >= 0) & (rows.positions > panel.last[rows.series])
        for column in self.future:
            if column in self.categories:  # a missing value is none of them
                continue
            is_missing = is_future & rows.frame[column].isna().to_numpy()
            if not is_missing.any():
                continue
            times = panel.clock.index(np.unique(rows.positions[is_missing]))
            filled = f"{rows.name} = {rows.name}.fillna({{{column!r}: 0.0}})"
            if isinstance(rows.frame.index, pd.RangeIndex):  # of an array
                filled = f"{rows.name} = np.nan_to_num({rows.name})"
            raise ValueError(
                f"{rows.name}: got {int(is_missing.sum())} missing value(s) in the column "
                f"{column!r} after the cutoff, at {describe_times(times)}. Expected the value that "
                f"it will have at every timestep to forecast. Fill it in, for example {filled}; "
                "what is not known in advance belongs to past_features."
            )


def _refuse_changes(values: pd.Series, series: np.ndarray, panel: Panel, column: Hashable) -> None:
    codes = pd.Series(pd.factorize(values)[0])
    n_values = codes.where(codes >= 0).groupby(series).nunique()
    changing = n_values.index[n_values > 1]
    if len(changing):
        name = describe_ids(panel.ids[[int(changing[0])]])
        raise ValueError(
            f"static_features: got {column!r}, which changes within the series {name}. Expected "
            "one value for all rows of a series. Leave it out of static_features: it then counts "
            "as known in advance."
        )


def _named_columns(names: Any, columns: list[Hashable], parameter: str) -> list[Hashable]:
    if names is None:
        return []
    if isinstance(names, np.ndarray) and names.ndim == 0:
        names = names.item()
    is_single = isinstance(names, (str, bytes, Integral))
    names = [names] if is_single else list(names)
    absent = [name for name in names if name not in columns]
    if absent:
        found = f"has the columns {columns[:8]}" if columns else "was not given"
        raise ValueError(
            f"{parameter}: got {absent[0]!r}, while X {found}. Expected names of columns of X "
            "(numbers for an array). Correct the name, or pass X with that column."
        )
    return list(dict.fromkeys(names))


def _numbers_of(values: pd.Series, name: str, column: Hashable) -> np.ndarray:
    if types.is_object_dtype(values.dtype):
        values = _without_objects(values, name, column)
    dtype = values.dtype
    if types.is_datetime64_any_dtype(dtype):
        refuse_times_and_text(values.to_frame(column), name, are_features=True)
    if not (types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)):
        raise ValueError(
            f"{name}: got values of dtype {dtype} in the column {column!r}. Expected real numbers, "
            f"as fit saw. Convert them, {name}[{column!r}] = pd.to_numeric({name}[{column!r}])."
        )
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if (np.abs(numbers) > LARGEST).any():
        row = int(np.argmax(np.abs(numbers) > LARGEST))
        one = f"{name}[{column!r}]"
        usual = f"{one} = {one}.where({one}.abs() <= {LARGEST:g})"
        if not isinstance(column, str):
            usual = f"np.where(np.abs({name}) <= {LARGEST:g}, {name}, np.nan)"
        raise ValueError(
            f"{name}: got {numbers[row]} in the column {column!r}, row {row}. Expected finite "
            f"numbers up to {LARGEST:g}, NaN where one is missing, and no infinity. "
            f"Replace it, {usual}."
        )
    return numbers


def _without_objects(values: pd.Series, name: str, column: Hashable) -> pd.Series:
    """Convert objects to numbers if all are numbers or missing; leave text as it is."""
    values = values.infer_objects()
    if not types.is_object_dtype(values.dtype) or any(isinstance(v, (str, bytes)) for v in values):
        return values
    try:
        return pd.Series(np.where(values.isna(), np.nan, values).astype(np.float64))
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"{name}: got objects that are not numbers ({error}) in the column {column!r}. "
            "Expected real numbers, NaN for a missing one. Convert them to numbers."
        ) from error


def refuse_missing_rows(
    has_features: np.ndarray, panel: Panel, rows: np.ndarray, name: str
) -> None:
    """Raise an error that lists the times of ``rows`` without features."""
    absent = rows[~has_features[rows]]
    if len(absent) == 0:
        return
    positions = np.unique(panel.positions_of(absent))
    times = describe_times(panel.clock.index(positions))
    raise ValueError(
        f"{name}: got no row for {len(positions)} time(s) between the cutoff and the last "
        f"forecast: {times}. Expected the features of every timestep from the cutoff to the last "
        "forecast. Add these rows."
    )
