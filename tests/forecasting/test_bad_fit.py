"""What the forecaster refuses in fit: y, X, parameters, and training that goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import skorch.callbacks
import torch
from scipy import sparse

from tests.forecasting.bad_input import (
    COUNTS,
    DAYS,
    PANEL,
    WIDE,
    X_PANEL,
    Cases,
    N,
    X,
    Y,
    assert_refused,
    at_times,
    having,
)

CASES = Cases()
case = CASES.add


# -- y in fit: the container, its times and its values ---------------------------------------


def bad_y(defect: str, y: Any, *says: str) -> None:
    case("y", defect, *says, given={"X": y})


bad_y("None", None, "None", "pandas Series")
bad_y("text", "sales.csv", "str of length 9", "pandas Series")
bad_y("a number", 3.0, "float", "n_timesteps")
bad_y("a dict", {"a": [1.0, 2.0]}, "dict", "DataFrame")
bad_y("a set", {1.0, 2.0}, "set", "n_timesteps")
bad_y("a generator", (value for value in Y), "generator", "n_timesteps")
bad_y("a list of series", [Y, Y[:5]], "list of length 2", r"pd\.concat\(")
bad_y("three dimensions", np.zeros((N, 2, 2)), r"shape \(40, 2, 2\)", r"\(n_timesteps, n_series\)")
bad_y("sparse", sparse.csr_matrix(WIDE.to_numpy()), "csr_matrix", "array")
bad_y("a tensor without values", torch.zeros(N, device="meta"), "meta", "that holds the values")
bad_y("text as values", Y.astype(str), "dtype str", r"y\.astype\(float\)")
bad_y("complex values", Y + 1j, "complex128", "real numbers")
bad_y("dates as values", DAYS.to_series(), "datetime64", "index")
bad_y("durations as values", DAYS.to_series().diff(), "timedelta64", r"y / np\.timedelta64")
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
bad_y("floats as times", at_times(Y, np.arange(N) / 2), "float64", "Number the rows")
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


bad_X("a Series", X["warmth"], "Series of 40 rows", r"X\.to_frame\(\)")
bad_X("one dimension", X["warmth"].to_numpy(), "1-D array", r"np\.reshape\(X, \(-1, 1\)\)")
bad_X("three dimensions", np.zeros((N, 2, 2)), r"\(40, 2, 2\)", "2-D")
bad_X("text", "weather.csv", "str of length 11", r"\(n_timesteps, n_features\)")
bad_X("a dict", dict(X), "dict of length 2", r"\(n_timesteps, n_features\)")
bad_X("ragged rows", [[1.0, 2.0], [3.0]] * 20, "list of length 40", "the same number of features")
bad_X("sparse", sparse.csr_matrix(X.to_numpy()), "csr_matrix", r"X\.toarray\(\)")
bad_X("a tensor without values", torch.zeros(N, 2, device="meta"), "meta", "that holds the values")
bad_X("fewer rows", X[:-1], "39 rows for 40 rows of y", r"X\.reindex\(y\.index\)")
bad_X("rows in another order", X[::-1], "2024-02-09", "2024-01-01", r"X\.loc\[y\.index\]")
bad_X("other times", X.shift(freq="D"), "2024-01-02.* where y has 2024-01-01", r"X\.set_axis")
bad_X("rows of a table beside a panel", X, "40 rows for 80", "one row for each", y=PANEL)
bad_X("a column twice", X[["promo", "promo"]], "'promo' more than once", "Rename or drop")
bad_X(
    "text in a column",
    X.astype({"promo": str}),
    "dtype str.*'promo'",
    r"X\['promo'\]\.astype\(float\)",
)
bad_X("decimal commas", X.assign(promo=["1,5"] * N), "'promo'", r"replace\(',', '\.'\)")
bad_X("dates as text", X.assign(promo=DAYS.strftime("%Y-%m-%d")), "'promo'", "pd.to_datetime")
bad_X("dates in a column", X.assign(promo=DAYS), "datetime64.*'promo'", "real numbers")
bad_X("complex values", X + 1j, "omplex", "real numbers")
bad_X("infinity", having(X, np.inf, (3, 0)), "inf.*'warmth', row 3", "finite", "Replace it")
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
for _name in ("lower_bound", "upper_bound"):
    bad_parameter(_name, "infinity", np.inf, r"\(-inf, inf\) or None", "inf")
    bad_parameter(_name, "a bool", True, "got True, a bool", "Pass 1")
    bad_parameter(_name, "a number beyond all values", 10**400, r"1e\+150", "None")
bad_parameter("lower_bound", "above values", 50, "'sales' at", r"y\.where\(y >= 50\.0\)")
bad_parameter("upper_bound", "below the other", 1, "with upper_bound=1", others={"lower_bound": 2})
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
bad_parameter("context_length", "beyond the series", 10**12, "10{12}", "at most", "Pass")
bad_parameter("horizon", "beyond the series", 10**12, "10{12}", "at most 1000", "Pass horizon=40")
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
bad_parameter("freq", "an unknown name", "fortnight", "'fortnight'", "'D' for days")
bad_parameter("freq", "a number", 7, "None")
bad_parameter("freq", "going back", "-1D", "'-1D'", "do not increase")
bad_parameter("freq", "not that of the times", "YE", "'YE'", "leave freq")
bad_parameter("freq", "with numbered rows", "D", "integers", given={"X": Y.to_numpy()})
bad_parameter("freq", "with periods", "D", "periods", given={"X": Y.to_period("D")})
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
    r"y\.set_index\('day'\)",
)


@pytest.mark.filterwarnings("ignore:X. got no time index")
@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad, fitted_on):
    assert_refused(bad, fitted_on)
