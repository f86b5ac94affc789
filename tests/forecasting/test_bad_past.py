"""What the forecaster refuses to score, to append and to backtest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skrnn import RNNForecaster
from tests.forecasting.bad_input import (
    COUNTS,
    MORE,
    MORE_PANEL,
    MORE_WIDE,
    ROWS,
    TINY,
    X_LATER,
    Cases,
    N,
    X,
    Y,
    assert_refused,
    having,
)

CASES = Cases()
case = CASES.add


def bad_request(argument: str, defect: str, *says: str, given: Any, **details: Any) -> None:
    details = {"first": "series", "method": "predict"} | details
    case(argument, defect, *says, given=given, **details)


# -- score -----------------------------------------------------------------------------------


def bad_score(argument: str, defect: str, rows: Any, y: Any, *says: str, **details: Any) -> None:
    bad_request(argument, defect, *says, given={"X": rows, "y": y}, method="score", **details)


bad_score("y", "None to score", None, None, "None", "Series")
bad_score("y", "fewer rows to score", ROWS, MORE[:4], "4 row.* 6 row", "same rows")
bad_score("y", "other times to score", ROWS, MORE.shift(freq="D"), "other times", "both have")
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


@pytest.mark.filterwarnings("ignore:X. got no time index")
@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad, fitted_on):
    assert_refused(bad, fitted_on)


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
