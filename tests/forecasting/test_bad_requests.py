"""What the forecaster refuses to be asked for: rows, histories, levels and coverages."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.forecasting.bad_input import (
    LATER,
    MORE_PANEL,
    ROWS,
    X_LATER,
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


def bad_request(argument: str, defect: str, *says: str, given: Any, **details: Any) -> None:
    details = {"first": "series", "method": "predict"} | details
    case(argument, defect, *says, given=given, **details)


def bad_rows(defect: str, rows: Any, *says: str, first: str = "series", **details: Any) -> None:
    bad_request("X", defect, *says, given={"X": rows}, first=first, **details)


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
bad_rows("rows of text", at_times(ROWS, list("abcdef")), "dtype str", "Number the rows")
bad_rows("rows of a panel for one series", MORE_PANEL, "MultiIndex", r"X\.xs\(")
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
bad_history("infinity", having(Y, -np.inf), "infinity", "2024-01-05", r"history\.where")
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


@pytest.mark.filterwarnings("ignore:X. got no time index")
@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad, fitted_on):
    assert_refused(bad, fitted_on)
