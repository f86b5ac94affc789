"""Dates written as integers are refused with a remedy that runs; ordinary integers are times."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrnn import RNNForecaster
from skrnn._series import calendar_codes
from skrnn.preprocessing import panel_from_long

# They train many networks: they are for the whole suite, not for every day.
pytestmark = pytest.mark.slow

MONTHS = pd.date_range("2015-01-01", periods=36, freq="MS")
DAYS = pd.date_range("2023-11-20", periods=60)
QUARTERS = pd.period_range("2015Q1", periods=20, freq="Q")
TINY = {"horizon": 2, "hidden_size": 2, "max_epochs": 1, "seasonal_period": 1, "random_state": 0}

# Integers, and the times that the remedy makes of them.
CODES = {
    "months": (MONTHS.strftime("%Y%m"), MONTHS.to_period("M")),
    "months of one year": (MONTHS[:12].strftime("%Y%m"), MONTHS[:12].to_period("M")),
    "every second month": (MONTHS[::2].strftime("%Y%m"), MONTHS[::2].to_period("M")),
    "days": (DAYS.strftime("%Y%m%d"), DAYS.to_period("D")),
    "hours": (
        (hours := pd.date_range("2024-02-28", periods=60, freq="h")).strftime("%Y%m%d%H"),
        hours,
    ),
    "seconds": (
        (seconds := pd.date_range("2024-02-28 23:59", periods=90, freq="s")).strftime(
            "%Y%m%d%H%M%S"
        ),
        seconds,
    ),
    "quarters": ([f"{t.year}{t.quarter}" for t in QUARTERS], QUARTERS),
    "weeks": (
        (weeks := pd.date_range("2019-11-04", periods=30, freq="W-MON")).strftime("%G%V"),
        weeks.to_period("W"),
    ),
    "days of the year": (DAYS.strftime("%Y%j"), DAYS.to_period("D")),
}


def series_at(times) -> pd.Series:
    index = pd.Index(np.asarray(times).astype(np.int64), name="month")
    return pd.Series(np.arange(len(index)) % 7 + 10.0, index=index)


def remedy_of(caught, name="y") -> str:
    return re.search(rf"({name}\.index = .*), and give", str(caught.value)).group(1)


@pytest.mark.parametrize("what", CODES)
def test_dates_written_as_integers_are_refused_with_a_remedy_that_runs(what):
    codes, times = CODES[what]
    y = series_at(codes)
    with pytest.raises(
        ValueError, match=r"y: got integers as times that are dates.*yyyy"
    ) as caught:
        RNNForecaster(**TINY).fit(y)
    exec(remedy_of(caught), {"pd": pd, "y": y})
    assert list(y.index) == list(times)
    assert y.index.name == "month"
    forecast = RNNForecaster(**TINY).fit(y).predict()
    assert forecast.index[0] > times[-1]


@pytest.mark.parametrize(
    "times",
    [
        np.arange(1700, 2009),
        np.arange(1, 50),
        np.arange(201500, 201560),
        np.arange(0, 400_000, 9_000),
        1_700_000_000 + 3600 * np.arange(60),
        pd.date_range("2020-01-01", periods=60).asi8,
        np.arange(20240101, 20240171),
        np.arange(20101, 20161),
        -np.arange(202012, 202000, -1),
    ],
    ids=["years", "rows", "counter", "large steps", "seconds", "ns", "ids", "days", "negative"],
)
def test_ordinary_integers_are_times(times):
    y = series_at(times)
    step = times[1] - times[0]
    assert list(RNNForecaster(**TINY).fit(y).predict().index) == [
        times[-1] + step,
        times[-1] + 2 * step,
    ]


def test_months_of_a_panel_are_refused_with_a_remedy_that_runs():
    long = pd.DataFrame(
        {
            "unique_id": np.repeat(["a", "b"], 36),
            "ds": np.tile(MONTHS.strftime("%Y%m").astype(int), 2),
            "y": np.arange(72) % 12 + 5.0,
        }
    )
    y = panel_from_long(long)
    with pytest.raises(ValueError, match=r"y: got integers.*yyyymm.*levels\[1\]") as caught:
        RNNForecaster(**TINY).fit(y)
    exec(remedy_of(caught), {"pd": pd, "y": y})
    forecast = RNNForecaster(**TINY).fit(y).predict()
    assert forecast["a"].index[0] == pd.Period("2018-01", "M")


def test_months_as_history_or_update_of_numbered_rows_are_refused():
    y = series_at(np.arange(36))
    months = series_at(MONTHS.strftime("%Y%m"))
    forecaster = RNNForecaster(**TINY).fit(y)
    with pytest.raises(ValueError, match=r"history: got integers.*yyyymm") as caught:
        forecaster.predict(history=months)
    exec(remedy_of(caught, "history"), {"pd": pd, "history": months.copy()})
    with pytest.raises(ValueError, match=r"y: got integers.*yyyymm"):
        forecaster.update(months)
    with pytest.raises(ValueError, match=r"y: got integers.*yyyymm"):
        RNNForecaster(**TINY).backtest(months)


def test_an_update_of_a_long_numbered_series_is_not_read_as_months():
    y = series_at(np.arange(202_001, 202_401))
    newer = series_at(np.arange(202_401, 202_413))
    forecaster = RNNForecaster(**TINY).fit(y).update(newer)
    assert forecaster.predict().index[0] == 202_413


TABLES = {
    "months": MONTHS.strftime("%Y%m"),
    "months of one year and the next": MONTHS[6:18].strftime("%Y%m"),
    "days": DAYS.strftime("%Y%m%d"),
    "hours": hours.strftime("%Y%m%d%H"),
}


def as_table(codes, kind):
    dates = np.asarray(codes).astype(np.int64)
    columns = {"sales": np.arange(len(dates)) % 7 + 10.0, "when": dates}
    frame = pd.DataFrame(columns)
    kinds = {
        "frame": frame,
        "nullable": frame.convert_dtypes(),
        "floats": frame.astype(float),
        "array": frame.to_numpy(),
        "list": frame.to_numpy().tolist(),
        "polars": pl.DataFrame(columns),
        "Arrow": pa.table(columns),
    }
    return kinds[kind]


@pytest.mark.parametrize("what", TABLES)
@pytest.mark.parametrize("kind", ["frame", "nullable", "array", "list", "polars", "Arrow"])
def test_a_column_of_such_dates_is_no_series(what, kind):
    y = as_table(TABLES[what], kind)
    with pytest.raises(ValueError, match=r"^y: got dates in the form yyyy\w+ in the col") as caught:
        RNNForecaster(**TINY).fit(y)
    code = re.search(r"(np\.delete\(.*\)|y\.drop.*)\.$", str(caught.value)).group(1)
    read = eval(code, {"y": y, "np": np, "pd": pd})
    forecast = RNNForecaster(**TINY).fit(read).predict()
    assert np.shape(forecast) == (2, 1)
    if kind == "frame":
        assert forecast.index[0] > read.index[-1]


@pytest.mark.parametrize(
    "column",
    [
        np.arange(36) + 201501,
        np.arange(36) + 1990,
        np.arange(36)[::-1] + 201501,
        np.full(36, 201501),
        np.where(np.arange(36) == 4, np.nan, np.arange(36) + 201501),
        20150101 + 37.5 * np.arange(36),
    ],
)
def test_a_column_of_ordinary_numbers_is_a_series(column):
    y = pd.DataFrame({"a": column, "b": np.arange(36) % 7})
    calendar_codes.refuse_columns_of_calendar_codes(
        y.to_numpy(dtype=float), y.columns, name="y", is_frame=True
    )
