"""Times as integers of two-digit years, seconds since 1970 and years, and the code for panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrnn import RNNForecaster
from skrnn.model_selection import PanelTimeSeriesSplit

TINY = {
    "horizon": 2,
    "context_length": 4,
    "seasonal_period": 1,
    "validation_fraction": 0,
    "hidden_size": 2,
    "max_epochs": 1,
    "random_state": 0,
}
DAYS = pd.date_range("2024-01-01", periods=40, name="day")
VALUES = np.sin(np.arange(40.0))


def repaired(y, name="y"):
    """Return series after the code in their refusal."""
    with pytest.raises(ValueError, match=rf"^{name}: got ") as error:
        RNNForecaster(**TINY).fit(y)
    message = str(error.value)
    code = message[message.rindex(" y.index = " if " y.index = " in message else " y = ") + 1 :]
    code = code.split(", and give")[0].rstrip(".")
    scope = {"y": y.copy(), "pd": pd, "np": np}
    exec(code, scope)
    return scope["y"]


def test_months_of_two_digit_years_are_refused_with_the_code_that_reads_them():
    months = [year * 100 + month for year in (9, 10, 11) for month in range(1, 13)]
    y = repaired(pd.Series(VALUES[:36], months))
    assert y.index[0] == pd.Period("2009-01", "M")
    assert RNNForecaster(**TINY).fit(y).predict().index[0] == pd.Period("2012-01", "M")


def test_days_of_two_digit_years_are_refused_with_the_code_that_reads_them():
    y = repaired(pd.Series(VALUES, [int(day.strftime("%y%m%d")) for day in DAYS]))
    assert RNNForecaster(**TINY).fit(y).predict().index[0] == pd.Period("2024-02-10", "D")


@pytest.mark.parametrize(
    "times",
    [
        range(1001, 1041),
        range(1, 41),
        range(240101, 240141),
        [*range(100, 130), *range(189, 199)],
        range(1500, 1900, 10),
    ],
    ids=["counter of months", "rows", "counter of days", "gap", "tens"],
)
def test_numbers_that_are_no_months_stay_numbers(times):
    predicted = RNNForecaster(**TINY).fit(pd.Series(VALUES, list(times))).predict()
    assert pd.api.types.is_integer_dtype(predicted.index)


@pytest.mark.parametrize("place", [0, 1])
def test_a_counter_that_runs_evenly_is_a_series(place):
    y = pd.DataFrame({"sales": VALUES}, index=DAYS)
    y.insert(place, "odometer", 1e9 + 3600 * np.arange(40))
    RNNForecaster(**TINY).fit(y)
    RNNForecaster(**TINY).fit(np.column_stack([VALUES, y["odometer"]]))


@pytest.mark.parametrize("unit, size", [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_times_since_1970_among_the_series_are_refused(unit, size):
    since = np.arange(40) * 86400 * size + 1_704_067_200 * size
    y = repaired(pd.DataFrame({"ts": since, "sales": VALUES}))
    assert list(y.columns) == ["sales"]
    forecast = RNNForecaster(**TINY).fit(y).predict()
    assert forecast.index[0] == pd.Timestamp("2024-02-10")
    with pytest.raises(ValueError, match=r"of times since 1970.*np\.delete\(y, 0, axis=1\)"):
        RNNForecaster(**TINY).fit(np.column_stack([since, VALUES]))
    with pytest.raises(ValueError, match="of times since 1970"):
        RNNForecaster(**TINY).fit(pl.DataFrame({"ts": since, "sales": VALUES}))


def test_a_column_of_years_among_the_series_is_refused():
    y = repaired(pd.DataFrame({"Year": range(1980, 2020), "sales": VALUES}))
    assert RNNForecaster(**TINY).fit(y).predict().index[0] == pd.Period("2020", "Y")


@pytest.mark.parametrize(
    "column",
    [
        np.arange(40.0) + 1e9,
        np.arange(40.0) * 7 + 1_704_067_200,
        np.arange(1980.0, 2020.0),
        1e9 + 100 * VALUES.round(),
    ],
    ids=["counter", "other steps", "no year", "level"],
)
def test_counters_and_levels_stay_series(column):
    y = pd.DataFrame({"made": column, "sales": VALUES}, DAYS)
    assert list(RNNForecaster(**TINY).fit(y).predict().columns) == ["made", "sales"]


@pytest.mark.parametrize(
    "column", [DAYS.to_period("D"), pd.to_timedelta(np.arange(40), "D")], ids=["period", "since"]
)
def test_periods_and_durations_among_the_series_are_refused_with_code_that_runs(column):
    y = repaired(pd.DataFrame({"when": column, "sales": VALUES}))
    assert len(RNNForecaster(**TINY).fit(y).predict()) == 2


@pytest.mark.parametrize("as_frame", [False, True])
def test_a_finer_history_of_a_panel_is_refused_with_code_that_aggregates_it(as_frame):
    def panel(times):
        series = pd.Series(np.arange(float(len(times))), times)
        found = pd.concat({"a": series, "b": series}, names=["shop", "day"])
        return found.to_frame("sales") if as_frame else found

    forecaster = RNNForecaster(**TINY).fit(panel(DAYS))
    history = panel(pd.date_range("2024-01-01", periods=120, freq="h", name="day"))
    with pytest.raises(ValueError, match=r"^history: got .* off the grid") as error:
        forecaster.predict(history=history)
    message = str(error.value)
    code = message[message.index("history.groupby") : message.index(".mean()") + len(".mean()")]
    assert len(forecaster.predict(history=eval(code, {"history": history, "pd": pd}))) == 4


def test_what_has_no_rows_to_split_is_refused_by_name():
    with pytest.raises(TypeError, match=r"^X: got a list_iterator.*Pass list\(X\)"):
        list(PanelTimeSeriesSplit(2, test_size=1).split(iter([1.0])))
