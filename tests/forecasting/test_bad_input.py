"""Bad input to the forecaster: what the user is told, and what stays as it was.

Every case is one defect of one argument, as in ``test_bad_input``. `pytest -k <argument>` runs an
argument's cases.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skorch.callbacks
import torch
from scipy import sparse
from sklearn.exceptions import NotFittedError

from skrnn import RNNForecaster
from skrnn._forecasting.fitted import fitted_forecaster
from skrnn.exceptions import SeasonalNaiveWarning
from tests.sequences.test_bad_input import WAY_OUT, is_ours, photograph, raised_by

N = 40
_rng = np.random.default_rng(0)
DAYS = pd.date_range("2024-01-01", periods=N, name="day")
LATER = pd.date_range("2024-02-10", periods=6, name="day")
Y = pd.Series(_rng.normal(size=N).cumsum() + 50, index=DAYS, name="sales")
MORE = pd.Series(_rng.normal(size=6) + 50, index=LATER, name="sales")
WIDE = pd.DataFrame({"a": Y, "b": 2 * Y})
MORE_WIDE = pd.DataFrame({"a": MORE, "b": 2 * MORE})
PANEL = WIDE.T.stack().rename_axis(["shop", "day"])
MORE_PANEL = MORE_WIDE.T.stack().rename_axis(["shop", "day"])
X = pd.DataFrame({"warmth": _rng.normal(size=N), "promo": np.arange(N) % 2.0}, index=DAYS)
X_LATER = pd.DataFrame({"warmth": _rng.normal(size=6), "promo": np.arange(6) % 2.0}, index=LATER)
X_PANEL = pd.DataFrame({"warmth": 1.0, "kind": "street"}, index=PANEL.index)
COUNTS = pd.Series(_rng.poisson(5.0, size=N), index=DAYS, name="sold")

TINY: dict[str, Any] = {
    "horizon": 3,
    "context_length": 8,
    "seasonal_period": 7,
    "hidden_size": 2,
    "max_epochs": 1,
    "batch_size": 512,
    "validation_fraction": 0,
    "random_state": 0,
}

# What the forecasters were fitted on that cases begin with.
FITTED: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "series": ((Y,), {}),
    "series, held out": ((Y,), {"validation_fraction": 0.2}),
    "features": ((X, Y), {}),
    "features of an array": ((X.to_numpy(), Y), {}),
    "table": ((WIDE,), {}),
    "panel": ((PANEL,), {}),
    "panel with features": ((X_PANEL, PANEL), {"static_features": "kind"}),
    "array": ((Y.to_numpy(),), {}),
    "odd numbers": ((Y.set_axis(range(1, 2 * N, 2)),), {}),
    "logarithms": ((Y,), {"target_transform": "log"}),
    "counts": ((COUNTS,), {"loss": "negative_binomial"}),
}


@dataclass(frozen=True)
class Case:
    """One argument with one defect.

    `says` are patterns that the message must match besides the argument's name and a way out.
    `given` is what the method is called with; with `first`, it is called on that forecaster, after
    it was set to `params`.
    """

    argument: str
    defect: str
    says: tuple[str, ...]
    given: dict[str, Any]
    method: str = "fit"
    first: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    # an outside library warns before it fails
    warns: bool = False

    @property
    def id(self) -> str:
        return f"{self.argument}-{self.defect}".replace(" ", "_")


CASES: list[Case] = []


def case(argument: str, defect: str, *says: str, given: dict[str, Any], **details: Any) -> None:
    CASES.append(Case(argument, defect, says, given, **details))


def having(data: Any, value: Any, at: Any = 4) -> Any:
    """A copy of a Series or a DataFrame with one value replaced."""
    copied = data.copy()
    copied.iloc[at] = value
    return copied


def at_times(data: Any, index: Any) -> Any:
    return data.set_axis(index)


# -- y in fit: the container, its times and its values ---------------------------------------


def bad_y(defect: str, y: Any, *says: str) -> None:
    case("y", defect, *says, given={"X": y})


bad_y("None", None, "None", "pandas Series")
bad_y("text", "sales.csv", "str of length 9", "pandas Series")
bad_y("a number", 3.0, "float", "n_timesteps")
bad_y("a dict", {"a": [1.0, 2.0]}, "dict", "DataFrame")
bad_y("a set", {1.0, 2.0}, "set", "n_timesteps")
bad_y("a generator", (value for value in Y), "generator", "n_timesteps")
bad_y("a list of series", [Y, Y[:5]], "list of length 2", r"pd\.concat\(series, axis=1\)")
bad_y("three dimensions", np.zeros((N, 2, 2)), r"shape \(40, 2, 2\)", r"\(n_timesteps, n_series\)")
bad_y("sparse", sparse.csr_matrix(WIDE.to_numpy()), "csr_matrix", "array")
bad_y("a tensor off the CPU", torch.zeros(N, device="meta"), "meta", r"y\.cpu\(\)")
bad_y("text as values", Y.astype(str), "dtype str", r"y\.astype\(float\)")
bad_y("complex values", Y + 1j, "complex128", "real numbers")
bad_y("dates as values", DAYS.to_series(), "datetime64", "index")
bad_y("durations as values", DAYS.to_series().diff(), "timedelta64", "total_seconds")
bad_y("infinity", having(Y, np.inf), "infinity in series 'sales' at 2024-01-05", "NaN")
bad_y("a magnitude beyond squares", having(Y, 1e200), r"1e\+200", "2024-01-05", r"1e\+150")
bad_y("no rows", Y[:0], r"shape \(0,\)", "at least one row")
bad_y("no columns", WIDE[[]], "without columns", "column for each series")
bad_y("a column twice", WIDE[["a", "a"]], "'a' more than once", "Rename or drop")
bad_y("nothing observed", Y * np.nan, "without any value: 'sales'", "at least one value")
bad_y("nothing observed in a column", WIDE.assign(b=np.nan), "'b'", "dropna", "axis=1")
bad_y("nothing observed in a series", PANEL.where(PANEL < 60), "'b'", "drop", "level=0")
bad_y("two columns of a panel", PANEL.to_frame("a").assign(b=1.0), "2 columns", r"y\['a'\]")
bad_y("times that go back", Y[::-1], "go back in time", r"sort_index\(\)", "TimeSeriesSplit")
bad_y("a time twice", Y.iloc[[0, 1, 1, 2, 3, 4]], "2024-01-02", "twice", r"groupby\(level=0\)")
bad_y("a time twice in a panel", PANEL.iloc[[0, 1, 1, 2]], r"\('a', 2024-01-02\)", "twice")
bad_y(
    "times off the grid",
    Y.rename(lambda day: day + pd.Timedelta(hours=int(day.day == 5))),
    "2 time.* off the grid: 2024-01-05 01:00",
    "frequency 'D'",
    "resample",
)
bad_y("floats as times", at_times(Y, np.arange(N) / 2), "float64", r"astype\(int\)")
bad_y(
    "text as times", at_times(Y, DAYS.strftime("%x")), "dtype str", r"pd\.to_datetime\(y\.index\)"
)
bad_y("a missing time", at_times(Y, [*DAYS[:-1], pd.NaT]), "missing time", "row 39", "notna")
bad_y("one row of dates", at_times(Y[:1], [DAYS[0]]), "no frequency", "freq")
bad_y("three rows", Y[:3], "'sales', has 3", "three observed timesteps and one after", "longer")
bad_y(
    "three observed values",
    Y.where(np.arange(N) < 3),
    "none of which has a window",
    "one after them",
)
bad_y("times before series", PANEL.swaplevel(), r"\['day', 'shop'\]", r"swaplevel\(\)")
bad_y(
    "three levels",
    pd.concat({"town": PANEL}),
    "3 levels",
    r"\(series, time\)",
    "Join the levels",
)
bad_y(
    "a row without a series",
    at_times(PANEL, pd.MultiIndex.from_arrays([[np.nan, *["a"] * 79], range(80)])),
    "1 row.* without a series id",
    "Drop these rows",
)
case("y", "infinity beside X", "infinity", "2024-01-05", given={"X": X, "y": having(Y, np.inf)})
case(
    "y",
    "an array of two columns beside rows of a panel",
    r"shape \(80, 2\)",
    r"\(series, time\)",
    r"y\[:, 0\]",
    given={"X": X_PANEL[["warmth"]], "y": np.zeros((80, 2))},
)

# -- X in fit --------------------------------------------------------------------------------


def bad_X(defect: str, features: Any, *says: str, y: Any = Y, **details: Any) -> None:
    case("X", defect, *says, given={"X": features, "y": y}, **details)


bad_X("None beside y", None, "None", r"fit\(y\)")
bad_X("a Series", X["warmth"], "Series of 40 rows", r"X\.to_frame\(\)")
bad_X("one dimension", X["warmth"].to_numpy(), "1-D array", r"X\.reshape\(-1, 1\)")
bad_X("three dimensions", np.zeros((N, 2, 2)), r"\(40, 2, 2\)", "2-D")
bad_X("text", "weather.csv", "str of length 11", r"\(n_timesteps, n_features\)")
bad_X("a dict", dict(X), "dict of length 2", r"\(n_timesteps, n_features\)")
bad_X("ragged rows", [[1.0, 2.0], [3.0]] * 20, "list of length 40", "the same number of features")
bad_X("sparse", sparse.csr_matrix(X.to_numpy()), "csr_matrix", r"X\.toarray\(\)")
bad_X("a tensor off the CPU", torch.zeros(N, 2, device="meta"), "meta", r"X\.cpu\(\)")
bad_X("fewer rows", X[:-1], "39 rows for 40 rows of y", r"X\.loc\[y\.index\]")
bad_X("rows in another order", X[::-1], "2024-02-09", "2024-01-01", r"X\.loc\[y\.index\]")
bad_X("other times", X.shift(freq="D"), "2024-01-02.* where y has 2024-01-01", r"X\.loc")
bad_X("rows of a table beside a panel", X, "40 rows for 80", "one row for each", y=PANEL)
bad_X("a column twice", X[["promo", "promo"]], "'promo' more than once", "Rename or drop")
bad_X("text in a column", X.astype({"promo": str}), "dtype str.*'promo'", "get_dummies")
bad_X("categories", X.astype({"promo": "category"}), "category", "'promo'", "static_features")
bad_X("dates in a column", X.assign(promo=DAYS), "datetime64.*'promo'", "real numbers")
bad_X("complex values", X + 1j, "omplex", "real numbers")
bad_X("infinity", having(X, np.inf, (3, 0)), "inf.*'warmth', row 3", "finite", r"X\.replace")
bad_X("a magnitude beyond squares", having(X, 1e200, (3, 0)), r"1e\+200", "'warmth'")
bad_X("objects in a column", X.assign(promo=[{}] * N), "'promo'", "numbers")

# -- parameters ------------------------------------------------------------------------------


def bad_parameter(name: str, defect: str, value: Any, *says: str, **details: Any) -> None:
    others = details.pop("others", {})
    given = details.pop("given", {"X": Y})
    case(name, defect, *says, given=given, params={name: value} | others, **details)


for _name in (
    *("horizon", "context_length", "seasonal_period", "segment_length", "n_members"),
    *("hidden_size", "num_layers", "max_epochs", "batch_size", "n_iter_no_change"),
):
    bad_parameter(_name, "zero", 0, "Got 0|got 0")
    bad_parameter(_name, "a fraction", 2.5, r"[Gg]ot 2\.5")
    bad_parameter(_name, "a bool", True, "got True, a bool", "Pass 1")
for _name in ("loss", "decoder", "target_transform", "cell", "learning_rate_schedule", "dtype"):
    bad_parameter(_name, "an unknown name", "bogus", "among", "'bogus'")
for _name in ("learning_rate", "gradient_clip"):
    bad_parameter(_name, "zero", 0.0, r"\(0\.0, inf\)", r"0\.0")
for _name in ("dropout", "validation_fraction"):
    bad_parameter(_name, "one", 1.0, r"\[0\.0, 1\.0\)", r"1\.0")
bad_parameter("learning_rate", "NaN", np.nan, "nan")
bad_parameter("weight_decay", "negative", -0.1, r"\[0\.0, inf\)")
bad_parameter("random_state", "negative", -1, "RandomState", "-1")
bad_parameter("random_state", "text", "seed", "RandomState", "seed")
bad_parameter("early_stopping", "auto", "auto", "bool", "auto")
bad_parameter("early_stopping", "without held-out windows", True, "validation_fraction=0")
bad_parameter("warm_start", "text", "yes", "bool", "yes")
bad_parameter("verbose", "text", "loud", "bool", "loud")
bad_parameter("device", "unknown", "tpu", "'tpu'", "'auto'")
bad_parameter("device", "a number", 0, "str")
bad_parameter("callbacks", "text", "timer", "list", "timer")
bad_parameter("callbacks", "something else in a list", [3], "3 of type int", "skorch callbacks")
bad_parameter(
    "callbacks",
    "a second schedule",
    [skorch.callbacks.LRScheduler()],
    "LRScheduler",
    "learning_rate_schedule='constant'",
)
bad_parameter("net_params", "a list", [3], "dict", r"\[3\]")
bad_parameter("net_params", "an unknown name", {"bogus": 1}, "bogus", "skorch.NeuralNet")
bad_parameter("net_params", "a parameter of our own", {"lr": 1.0}, "'lr'", "learning_rate")
bad_parameter("seasonal_period", "no periods", (), r"\(\)", "1 for none")
bad_parameter("seasonal_period", "a zero among several", (7, 0), r"\(7, 0\)", "1 or more")
bad_parameter("seasonal_period", "text among several", [7, "year"], "year", "integer")
bad_parameter("seasonal_period", "text", "weekly", "weekly", "'auto'")
bad_parameter("context_length", "no memory", 10**12, "memory", "Lower", r"10{10}")
bad_parameter("horizon", "no memory", 10**12, "memory", "Lower", "10{12}")
bad_parameter("hidden_size", "no memory", 10**9, "hidden_size=10{9}", "memory", "Lower")
bad_parameter(
    "segment_length",
    "in a recursive decoder",
    4,
    "got 4",
    "timestep",
    others={"decoder": "recursive"},
)
bad_parameter(
    "target_transform",
    "values below zero",
    "log",
    "'sales'",
    "above 0",
    "constant",
    given={"X": -Y},
)
bad_parameter(
    "target_transform",
    "counts",
    "log",
    "negative_binomial",
    "another loss",
    given={"X": COUNTS},
    others={"loss": "negative_binomial"},
)
bad_parameter("loss", "negative counts", "negative_binomial", "'sales'", "counts", given={"X": -Y})
bad_parameter("loss", "counts that are not whole", "negative_binomial", "'sales'", "student_t")
for _name in ("past_features", "static_features"):
    both = {"given": {"X": X, "y": Y}}
    bad_parameter(
        _name, "an unknown column", "wind", "'wind'", "warmth", "Correct the name", **both
    )
    bad_parameter(_name, "one unknown column", ["promo", "wind"], "'wind'", "warmth", **both)
    bad_parameter(_name, "a number for names", np.int64(0), "0", "warmth", **both)
    bad_parameter(_name, "no X", "warmth", "X was not given", "pass X with that column")
    bad_parameter(_name, "a number", 1.5, "array-like")
    bad_parameter(
        _name, "a name for numbers", "warmth", r"\[0, 1\]", given={"X": X.to_numpy(), "y": Y}
    )
bad_parameter(
    "past_features",
    "also static",
    "promo",
    "'promo'",
    "static_features",
    given={"X": X.assign(promo=1.0), "y": Y},
    others={"static_features": ["promo"]},
)
bad_parameter(
    "static_features",
    "changes within a series",
    "promo",
    "'promo', which changes within the series 'sales'",
    "Leave it out",
    given={"X": X, "y": Y},
)
bad_parameter("calendar", "an unknown name", ["moon"], "'moon'", "time_of_day")
bad_parameter("calendar", "one unknown name", ["day_of_week", "moon"], "'moon'", "time_of_year")
bad_parameter("calendar", "text", "weekly", "'weekly'", "'auto'")
bad_parameter("calendar", "a number", 7, "array-like")
bad_parameter(
    "calendar",
    "integers as times",
    ["day_of_week"],
    "integers",
    "calendar=None",
    given={"X": Y.to_numpy()},
)

# -- fit that goes on ------------------------------------------------------------------------


def bad_resume(argument: str, defect: str, params: dict[str, Any], *says: str, **details: Any):
    details = {"first": "features", "given": {"X": X, "y": Y}} | details
    case(argument, defect, *says, params={"warm_start": True} | params, **details)


for _name, _value in {
    "horizon": 4,
    "context_length": 9,
    "seasonal_period": 3,
    "segment_length": 2,
    "decoder": "direct",
    "target_transform": "log",
    "past_features": "promo",
    "static_features": "promo",
    "calendar": None,
    "n_members": 2,
    "cell": "lstm",
    "hidden_size": 5,
    "num_layers": 2,
    "dropout": 0.5,
    "loss": "mse",
    "dtype": "float64",
    "device": "cpu",
    "net_params": {"optimizer": torch.optim.SGD},
}.items():
    bad_resume(_name, "another one in a warm start", {_name: _value}, "warm_start=False")
bad_resume(
    "X",
    "other columns in a warm start",
    {},
    "'wind'",
    "'warmth'",
    "warm_start=False",
    given={"X": X.rename(columns={"promo": "wind"}), "y": Y},
)
bad_resume(
    "X",
    "fewer columns in a warm start",
    {},
    "warmth",
    "promo",
    "warm_start=False",
    given={"X": X[["warmth"]], "y": Y},
)
bad_resume("X", "no features in a warm start", {}, "warmth", "warm_start=False", given={"X": Y})
bad_resume("X", "features for the first time in a warm start", {}, r"\[\]", first="series")
bad_resume(
    "y",
    "another frequency in a warm start",
    {},
    "W-SUN",
    "'D'",
    first="series",
    given={"X": Y.resample("W").mean()},
)
bad_resume(
    "y",
    "another kind of times in a warm start",
    {},
    "RangeIndex",
    "DatetimeIndex",
    first="series",
    given={"X": Y.to_numpy()},
)

case("X", "series and features in each other's place", r"fit\(X, y\)", given={"X": Y, "y": X})
bad_y(
    "dates beside the values",
    Y.reset_index(),
    "datetime64|Timestamp",
    "index",
    r"set_index|read_csv",
)
bad_y(
    "text dates beside the values",
    Y.reset_index().astype({"day": str}),
    "'day'",
    r"pd\.read_csv\(\.\.\., index_col=0, parse_dates=True\)",
)

# -- what is asked for -----------------------------------------------------------------------


def bad_request(argument: str, defect: str, *says: str, given: Any, **details: Any) -> None:
    details = {"first": "series", "method": "predict"} | details
    case(argument, defect, *says, given=given, **details)


def bad_rows(defect: str, rows: Any, *says: str, first: str = "series", **details: Any) -> None:
    bad_request("X", defect, *says, given={"X": rows}, first=first, **details)


ROWS = X_LATER[[]]
bad_rows("a number to predict", 12, "int", "horizon=12")
bad_rows("text to predict", "2024", "str of length 4", "index is time")
bad_rows("a dict to predict", {"day": LATER}, "dict", "row for each timestep")
bad_rows("a generator to predict", (day for day in LATER), "generator", "row for each timestep")
bad_rows("times alone to predict", LATER, "DatetimeIndex", r"pd\.DataFrame\(index=pd\.Index\(X\)\)")
bad_rows("a list of times", list(LATER), "times as list of length 6", r"pd\.DataFrame\(index")
bad_rows("an array of times", LATER.to_numpy(), "datetime64", r"pd\.DataFrame\(index")
bad_rows("a share of coverage", 0.8, "float", r"coverage=0\.8", method="predict_interval")
bad_rows(
    "a time far ahead",
    pd.DataFrame(index=pd.DatetimeIndex(["2124-01-01"], name="day")),
    r"36485 steps after the cutoff, 2024-02-09.*at most 1000",
    "horizon",
)
bad_request(
    "levels",
    "rows in their place",
    "DataFrame of shape",
    "X=",
    given={"levels": X_LATER},
    method="predict_quantiles",
)
bad_request(
    "n_paths",
    "rows in their place",
    "DataFrame of shape",
    "X=",
    given={"n_paths": X_LATER},
    method="sample_paths",
)
bad_request("horizon", "far ahead", "at most 1000", given={"horizon": 10**6})
bad_rows("no rows to predict", ROWS[:0], r"0 sample\(s\)", "at least one row")
bad_rows("rows in another order to predict", ROWS[::-1], "do not increase", r"X\.sort_index\(\)")
bad_rows("a row twice to predict", ROWS.iloc[[0, 0, 1]], "do not increase", "each time once")
bad_rows("rows before the training data", ROWS.shift(-90, freq="D"), "6 row", "2023-11-12", "KFold")
bad_rows("rows off the grid", ROWS.shift(freq="h"), "off the grid: 2024-02-10 01:00", "'D'")
bad_rows("rows of another time zone", ROWS.tz_localize("UTC"), "UTC", r"tz_localize\(None\)")
bad_rows("rows of periods", ROWS.to_period(), "PeriodIndex", "DatetimeIndex")
bad_rows("rows of integers", at_times(ROWS, range(50, 56)), "RangeIndex", "DatetimeIndex")
bad_rows("rows of text", at_times(ROWS, list("abcdef")), "dtype str", "to_datetime")
bad_rows("rows of a panel for one series", MORE_PANEL, "MultiIndex", r"X\.droplevel\(0\)")
bad_rows("rows of a panel for a table", MORE_PANEL, "MultiIndex", "index of times", first="table")
bad_rows("rows of a table for a panel", ROWS, "DatetimeIndex", r"\(series, time\)", first="panel")
bad_rows(
    "an array for a panel", np.zeros((6, 1)), r"set_output\(transform='pandas'\)", first="panel"
)
bad_rows(
    "unknown series", MORE_PANEL.rename({"a": "z"}), "'z'", "PanelTimeSeriesSplit", first="panel"
)
bad_rows(
    "even numbers for odd ones",
    at_times(ROWS, range(0, 12, 2)),
    "off the grid",
    "step 2",
    first="odd numbers",
)
bad_rows("None for features", None, "2024-02-10, 2024-02-11", "Add these rows", first="features")
bad_rows("a gap for features", X_LATER[2:], "2024-02-10, 2024-02-11", "Add these", first="features")
bad_rows("a gap between features", X_LATER.iloc[[0, 1, 3]], "1 time.*2024-02-12", first="features")
bad_rows(
    "a gap in a panel",
    X_PANEL[:0].reindex(MORE_PANEL.index[1:3]),
    "2024-02-10",
    first="panel with features",
)
bad_rows("a missing column", X_LATER[["warmth"]], "promo", "feature_names_in_", first="features")
bad_rows("columns in another order", X_LATER[["promo", "warmth"]], "same order", first="features")
bad_rows(
    "a column more", X_LATER.assign(wind=1.0), "wind", "columns that fit saw", first="features"
)
bad_rows(
    "a column more of an array",
    np.zeros((6, 3)),
    "3 features",
    "expecting 2",
    first="features of an array",
)
bad_rows(
    "unnamed columns of other numbers",
    X_LATER.set_axis([5, 6], axis=1),
    r"\[5, 6\]",
    first="features",
    warns=True,
)
bad_rows("a Series for features", X_LATER["promo"], "Series", r"X\.to_frame\(\)", first="features")
bad_rows(
    "infinity in later features",
    having(X_LATER, np.inf, (1, 0)),
    "inf.*'warmth', row 1",
    first="features",
)
bad_rows("text in later features", X_LATER.astype(str), "dtype str.*'warmth'", first="features")
for _defect, _value in {
    "zero to predict": 0,
    "negative to predict": -2,
    "a fraction to predict": 2.5,
    "text to predict": "12",
    "a bool to predict": True,
    "a list to predict": [3],
}.items():
    bad_request(
        "horizon", _defect, re.escape(repr(_value)), "integer of 1", given={"horizon": _value}
    )
bad_request(
    "horizon", "beside X", "got 3 with X", "one of the two", given={"X": ROWS, "horizon": 3}
)


def bad_history(defect: str, history: Any, *says: str, first: str = "series") -> None:
    bad_request("history", defect, *says, given={"history": history}, first=first)


bad_history("text", "sales.csv", "str of length 9", "pandas Series")
bad_history("no rows", Y[:0], r"shape \(0,\)", "at least one row")
bad_history("nothing observed", Y * np.nan, "without any value", "'sales'")
bad_history("infinity", having(Y, -np.inf), "infinity", "2024-01-05", r"history\.replace")
bad_history("text as values", Y.astype(str), "dtype str", r"history\.astype\(float\)")
bad_history("times that go back", Y[::-1], "go back in time", r"history\.sort_index\(\)")
bad_history("another frequency", Y.resample("W").mean(), "'W-SUN'", "'D'", "asfreq")
bad_history("times between", Y.shift(freq="h"), "off the grid", "'D'")
bad_history("another time zone", Y.tz_localize("UTC"), "UTC", "tz_localize")
bad_history("periods", Y.to_period(), "PeriodIndex", "DatetimeIndex")
bad_history("an array", Y.to_numpy(), "RangeIndex", "DatetimeIndex")
bad_history("dates for integers", Y, "DatetimeIndex", "integers", first="array")
bad_history(
    "another step", at_times(Y, range(1, 4 * N, 4)), "'step 4'", "'step 2'", first="odd numbers"
)
bad_request(
    "target_transform",
    "history below zero",
    "'log'.*'sales'",
    "above 0",
    given={"history": -Y},
    first="logarithms",
)
bad_request(
    "loss", "history that is no count", "'sales'", "counts", given={"history": Y}, first="counts"
)


def bad_X_history(defect: str, features: Any, *says: str, **details: Any) -> None:
    given = details.pop("given", {"X": X_LATER, "history": Y})
    bad_request(
        "X_history",
        defect,
        *says,
        given=given | {"X_history": features},
        **{"first": "features"} | details,
    )


bad_X_history("without history", X, "without history", "Also pass history", given={})
bad_X_history("None", None, "None", "warmth", "each row of history")
bad_X_history("fewer rows", X[:-1], "39 rows for 40 rows of history", r"history\.index")
bad_X_history("rows in another order", X[::-1], "2024-02-09 .* where history has 2024-01-01")
bad_X_history("other columns", X.rename(columns={"promo": "wind"}), "wind", "fit saw")
bad_X_history("infinity", having(X, np.inf, (3, 0)), "inf.*'warmth', row 3", "finite")
bad_X_history("text", "weather.csv", "str of length 11", "2-D")
bad_X_history(
    "features that fit did not see", X, "fit saw none", first="series", given={"history": Y}
)

for _defect, _levels in {
    "none at all": [],
    "zero": 0.0,
    "one": [0.5, 1.0],
    "percent": [10, 90],
    "NaN": [0.1, np.nan],
    "None": None,
    "text": ["median"],
    "a level twice": [0.1, 0.1],
    "a table": [[0.1, 0.9]],
}.items():
    bad_request(
        "levels",
        _defect,
        re.escape(repr(_levels)),
        "between 0 and 1",
        method="predict_quantiles",
        first="series, held out",
        given={"levels": _levels},
    )
for _defect, _coverage in {
    "percent": 90,
    "zero": 0,
    "one": 1.0,
    "text": "wide",
    "None": None,
    "NaN": np.nan,
    "a bool": True,
}.items():
    bad_request(
        "coverage",
        _defect,
        re.escape(repr(_coverage)),
        "between 0 and 1",
        "0.9",
        method="predict_interval",
        first="series, held out",
        given={"coverage": _coverage},
    )
for _defect, _number in {"zero": 0, "a fraction": 2.5, "a bool": True, "None": None}.items():
    bad_request(
        "n_paths",
        _defect,
        re.escape(repr(_number)),
        "integer of 1",
        "100",
        method="sample_paths",
        first="series, held out",
        given={"n_paths": _number},
    )
for _defect, _state in {
    "negative for paths": -1,
    "text for paths": "seed",
    "a fraction": 0.5,
    "a bool": True,
}.items():
    bad_request(
        "random_state",
        _defect,
        re.escape(repr(_state)),
        "RandomState",
        method="sample_paths",
        first="series, held out",
        given={"random_state": _state},
    )
for _method in ("predict_quantiles", "predict_interval", "sample_paths"):
    bad_request(
        "validation_fraction",
        f"nothing held out for {_method}",
        "held out",
        "above 0",
        method=_method,
        given={},
    )
    bad_request(
        "X",
        f"a number for {_method}",
        "horizon=5",
        given={"X": 5},
        method=_method,
        first="series, held out",
    )
    bad_request(
        "horizon",
        f"zero for {_method}",
        "got 0",
        given={"horizon": 0},
        method=_method,
        first="series, held out",
    )
    bad_request(
        "history",
        f"another frequency for {_method}",
        "W-SUN",
        method=_method,
        given={"history": Y.resample("W").mean()},
        first="series, held out",
    )

# -- score -----------------------------------------------------------------------------------


def bad_score(argument: str, defect: str, rows: Any, y: Any, *says: str, **details: Any) -> None:
    bad_request(argument, defect, *says, given={"X": rows, "y": y}, method="score", **details)


bad_score("y", "None to score", None, None, "None", "Series")
bad_score("y", "fewer rows to score", ROWS, MORE[:4], "4 row.* 6 row", r"y\.loc\[X\.index\]")
bad_score("y", "other times to score", ROWS, MORE.shift(freq="D"), "other times", r"y\.loc")
bad_score("y", "text to score", ROWS, MORE.astype(str), "dtype str", "real numbers")
bad_score("y", "complex values to score", ROWS, MORE + 1j, "complex128", "real numbers")
bad_score("y", "infinity to score", ROWS, having(MORE, np.inf), "infinity", "NaN")
bad_score("y", "nothing observed to score", ROWS, MORE * np.nan, "no observed value", "later")
bad_score("y", "a number to score", ROWS, 5.0, "float", "Series")
bad_score("y", "one series of two to score", MORE_WIDE, MORE, "1 value", "2 value", first="table")
bad_score(
    "y",
    "other columns to score",
    MORE_WIDE,
    MORE_WIDE.add_prefix("x"),
    "'xa'",
    "'a'",
    first="table",
)
bad_score(
    "y",
    "series in another order to score",
    MORE_PANEL,
    MORE_PANEL.iloc[::-1].sort_index(level=1, sort_remaining=False),
    "other times|order",
    first="panel",
)
bad_score("X", "a Series to score for features", MORE, None, r"to_frame\(\)", first="features")
bad_score("X", "a number to score", 3, None, "horizon=3")

# -- update ----------------------------------------------------------------------------------


def bad_update(argument: str, defect: str, y: Any, *says: str, **details: Any) -> None:
    given = {"y": y} | {name: details.pop(name) for name in ("X", "refit") if name in details}
    bad_request(argument, defect, *says, given=given, method="update", **details)


bad_update("y", "None to append", None, "None", "Series")
bad_update("y", "text to append", "sales.csv", "str of length 9", "Series")
bad_update("y", "no rows to append", MORE[:0], r"shape \(0,\)", "at least one row")
bad_update("y", "known times to append", Y[-2:], "2024-02-08", "2024-02-09", "y.index >")
bad_update("y", "times off the grid to append", MORE.shift(freq="h"), "on the grid of", "'D'")
bad_update("y", "another frequency to append", MORE.resample("W").mean(), "'W-SUN'", "'D'")
bad_update("y", "times that go back to append", MORE[::-1], "go back in time", "sort_index")
bad_update("y", "another time zone to append", MORE.tz_localize("UTC"), "UTC", "tz_localize")
bad_update("y", "a table for a series", MORE_WIDE, r"\['a', 'b'\]", r"\['sales'\]")
bad_update("y", "a panel for a series", MORE_PANEL, r"\['a', 'b'\]", r"\['sales'\]")
bad_update("y", "other columns to append", MORE_WIDE.add_prefix("x"), "'xa'", "'a'", first="table")
bad_update("y", "one column of two", MORE_WIDE[["a"]], r"\['a'\]", "'b'", first="table")
bad_update("y", "times alone for a panel", MORE, r"\(series, time\)", first="panel")
bad_update("y", "an array for a panel", np.zeros(3), "RangeIndex", "DatetimeIndex", first="panel")
bad_update("y", "infinity to append", having(MORE, np.inf), "infinity", "2024-02-14")
bad_update(
    "target_transform", "values below zero to append", -MORE, "'log'", "above 0", first="logarithms"
)
bad_update(
    "loss",
    "negative counts to append",
    having(COUNTS.shift(N, freq="D"), -1),
    "'sold'",
    "-1",
    first="counts",
)
bad_update("X", "None to append", MORE, "None", "warmth", "Pass them", first="features")
bad_update("X", "fewer rows to append", MORE, "5 rows for 6", X=X_LATER[:-1], first="features")
bad_update(
    "X", "rows in another order to append", MORE, "2024-02-15", X=X_LATER[::-1], first="features"
)
bad_update(
    "X",
    "other columns to append",
    MORE,
    "wind",
    first="features",
    X=X_LATER.rename(columns={"promo": "wind"}),
)
bad_update(
    "X",
    "infinity to append",
    MORE,
    "inf.*'warmth'",
    X=having(X_LATER, np.inf, (1, 0)),
    first="features",
)
bad_update("X", "features that fit did not see", MORE, "fit saw none", "Leave X out", X=X_LATER)
bad_update("refit", "text", MORE, "'yes'", "True or False", refit="yes")
bad_update(
    "horizon",
    "another one to refit",
    MORE,
    "got 4",
    "warm_start=False",
    refit=True,
    params={"horizon": 4},
)
bad_update("max_epochs", "text to refit", MORE, "bogus", refit=True, params={"max_epochs": "bogus"})

# -- backtest --------------------------------------------------------------------------------


def bad_backtest(argument: str, defect: str, *says: str, **given: Any) -> None:
    params = given.pop("params", {})
    case(argument, defect, *says, given={"X": Y} | given, method="backtest", params=params)


for _name in ("n_windows", "stride"):
    bad_backtest(_name, "zero", "got 0", "integer of 1", **{_name: 0})
    bad_backtest(_name, "a fraction", r"1\.5", "integer of 1", **{_name: 1.5})
    bad_backtest(_name, "a bool", "True", "integer of 1", **{_name: True})
bad_backtest("n_windows", "more than there are", "99 cutoffs", "40 timesteps", n_windows=99)
bad_backtest("n_windows", "too far apart", "99 timesteps apart", "Lower", stride=99)
bad_backtest("refit", "text to backtest", "'no'", "True or False", refit="no")
bad_backtest("y", "None to backtest", "None", "Series", X=None)
bad_backtest("y", "text to backtest", "str of length 9", "Series", X="sales.csv")
bad_backtest("y", "times that go back to backtest", "go back in time", X=Y[::-1])
bad_backtest("y", "infinity to backtest", "infinity", "2024-01-05", X=having(Y, np.inf))
bad_backtest("X", "fewer rows to backtest", "39 rows for 40", X=X[:-1], y=Y)
bad_backtest("X", "more rows to backtest", "40 rows for 39", X=X.to_numpy(), y=Y[:-1])
bad_backtest("X", "rows in another order to backtest", "2024-02-09", X=X[::-1], y=Y)
bad_backtest("X", "a Series to backtest", r"to_frame\(\)", X=X["warmth"], y=Y)
bad_backtest("horizon", "text to backtest", "'three'", params={"horizon": "three"})

# -- the tests -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted():
    """Forecasters by what they were fitted on; a case that changes one is a failure."""
    made: dict[str, RNNForecaster] = {}

    def forecaster(name):
        if name not in made:
            data, params = FITTED[name]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SeasonalNaiveWarning)
                made[name] = RNNForecaster(**TINY | params).fit(*data)
        return made[name]

    return forecaster


def forecast_of(forecaster) -> np.ndarray:
    rows = {"features": X_LATER, "features of an array": X_LATER.to_numpy()}
    data = fitted_forecaster(forecaster).data
    if data.panel.layout.rows_are_panel and data.rows:
        return forecaster.fitted_values().to_numpy()
    for name, X_ahead in rows.items():
        if data.rows and (name == "features") == hasattr(forecaster, "feature_names_in_"):
            return np.asarray(forecaster.predict(X_ahead))
    return np.asarray(forecaster.predict())


@pytest.mark.filterwarnings("ignore:X. got no time index")
@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad, fitted):
    if bad.first is None:
        model = RNNForecaster(**TINY | bad.params)
    else:
        model = fitted(bad.first)
        expected = forecast_of(model)
        started_with = model.get_params()
        model.set_params(**bad.params)
    learned = dict(vars(model))
    before = photograph(bad.given)

    with warnings.catch_warnings():
        if bad.warns:
            warnings.simplefilter("ignore")
        with pytest.raises((ValueError, TypeError)) as caught:
            getattr(model, bad.method)(**bad.given)

    message = str(caught.value)
    for pattern in (rf"\b{bad.argument}\b", *bad.says, WAY_OUT):
        assert re.search(pattern, message), f"{pattern} is not said in: {message}"
    assert is_ours(raised_by(caught.value)), f"raised by {raised_by(caught.value)}: {message}"
    assert photograph(bad.given) == before
    assert vars(model).keys() == learned.keys()
    assert all(vars(model)[name] is value for name, value in learned.items())
    if bad.first is not None:
        model.set_params(**started_with)
        np.testing.assert_array_equal(forecast_of(model), expected)


@pytest.mark.parametrize(
    "method",
    [
        *("predict", "predict_quantiles", "predict_interval", "sample_paths", "fitted_values"),
        *("update", "score"),
    ],
)
def test_before_fit_every_method_says_to_call_fit(method):
    arguments = (MORE,) if method in ("update", "score") else ()
    with pytest.raises(NotFittedError, match="Call 'fit'"):
        getattr(RNNForecaster(**TINY), method)(*arguments)


def test_there_are_at_least_250_distinct_pairs_of_argument_and_defect():
    pairs = {(bad.argument, bad.defect) for bad in CASES}
    assert len(pairs) == len(CASES)
    assert len({bad.id for bad in CASES}) == len(CASES)
    assert len(pairs) >= 250


def test_every_parameter_and_every_method_with_its_arguments_has_a_bad_case():
    tried = {bad.argument for bad in CASES}
    assert set(RNNForecaster().get_params()) <= tried
    arguments = ("history", "X_history", "levels", "coverage", "n_paths", "refit", "n_windows")
    assert {"X", "y", "stride", *arguments} <= tried
    methods = {name for name, value in vars(RNNForecaster).items() if callable(value)}
    public = {name for name in methods if not name.startswith("_")}
    assert public - {"fitted_values"} <= {bad.method for bad in CASES}
