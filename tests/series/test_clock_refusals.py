"""What is no time, or no time of the grid, is refused with a remedy."""

import numpy as np
import pandas as pd
import pytest

from tests.series.times import clock_of, dates

NO_TIMES = {
    "strings": (pd.Index(["2024-01-01", "2024-01-02"]), r"dtype.*pd\.to_datetime"),
    "floats": (pd.Index([0.5, 1.0]), "float64.*Number the rows"),
    "whole floats": (pd.Index([1.0, 2.0]), r"float64.*astype\(int\)"),
    "booleans": (pd.Index([True, False]), r"bool.*reset_index"),
    "date objects": (pd.Index([pd.Timestamp("2024-01-01").date()]), r"object.*pd\.to_datetime"),
    "durations": (pd.to_timedelta([1, 2], unit="h"), r"TimedeltaIndex.*Add a start"),
    "categories": (pd.CategoricalIndex(["a", "b"]), "CategoricalIndex.*Number the rows"),
}


@pytest.mark.parametrize("what", NO_TIMES)
def test_what_is_no_time_is_refused_with_a_remedy(what):
    index, message = NO_TIMES[what]
    with pytest.raises(TypeError, match="y: got an index of type .*" + message):
        clock_of(index)
    with pytest.raises(TypeError, match=message):
        clock_of(dates("D")).positions(index, name="y")


@pytest.mark.parametrize(
    "index",
    [
        pd.DatetimeIndex(["2024-01-01", None]),
        pd.PeriodIndex(["2024-01", None], freq="M"),
        pd.Index([1, None], dtype="Int64"),
    ],
    ids=["dates", "periods", "integers"],
)
def test_a_missing_time_is_refused(index):
    with pytest.raises(ValueError, match=r"y: got 1 missing time.*row 1.*notna"):
        clock_of(index)
    clock = clock_of(
        pd.date_range("2024-01-01", periods=2) if index.dtype.kind == "M" else index[:1]
    )
    with pytest.raises(ValueError, match=r"X: got 1 missing time"):
        clock.positions(index, name="X")


def test_one_date_without_frequency_is_refused_with_a_remedy():
    index = pd.DatetimeIndex(["2024-01-01"] * 2)
    with pytest.raises(ValueError, match=r"y: got one time.*index\.freq = .*asfreq"):
        clock_of(index)
    with pytest.raises(ValueError, match=r"y: got one time in every series.*set_levels"):
        clock_of(index, series_of_row=np.array([0, 1]))


def test_an_empty_index_is_refused():
    with pytest.raises(ValueError, match="y: got an index without times"):
        clock_of(pd.DatetimeIndex([]))


def test_times_off_the_grid_are_named_up_to_three():
    clock = clock_of(dates("h", 24, "2024-01-01"))
    off = pd.DatetimeIndex([f"2024-01-02 0{hour}:10" for hour in range(5)])
    with pytest.raises(ValueError) as caught:
        clock.positions(off, name="X")
    message = str(caught.value)
    assert "X: got 5 time(s) off the grid" in message and "'h'" in message
    assert "2024-01-02 02:10:00, ..." in message and "03:10" not in message


@pytest.mark.parametrize(
    "good, bad",
    [
        (dates("MS"), dates("ME")),
        (dates("B"), pd.DatetimeIndex(["2024-01-06"])),
        (dates("W-MON"), dates("W-TUE")),
        (dates("QS-JAN"), dates("QS-FEB")),
        (dates("WOM-3FRI"), dates("WOM-2FRI")),
        (pd.RangeIndex(0, 10, 2), pd.RangeIndex(1, 10, 2)),
        (
            pd.period_range("2020-01", periods=9, freq="M")[::2],
            pd.period_range("2020-02", periods=1, freq="M"),
        ),
    ],
)
def test_times_between_those_of_the_grid_are_refused(good, bad):
    with pytest.raises(ValueError, match="off the grid"):
        clock_of(good).positions(bad, name="y")


@pytest.mark.parametrize("day", [1, 15, 30])
def test_a_stray_row_among_months_is_the_one_that_is_named(day):
    months = pd.period_range("2024-01", periods=24, freq="M")
    times = [pd.Timestamp(m.year, m.month, min(day, m.days_in_month)) for m in months]
    times[7] += pd.Timedelta("1D")
    with pytest.raises(ValueError, match=rf"got 1 time\(s\) off the grid: {times[7].date()}\."):
        clock_of(pd.DatetimeIndex(times)).positions(pd.DatetimeIndex(times), name="y")


def test_irregular_times_are_told_to_be_aggregated():
    seconds = np.sort(np.random.default_rng(0).integers(0, 10**8, 30))
    index = pd.DatetimeIndex(seconds.astype("M8[s]"))
    with pytest.raises(ValueError, match=r"keep no regular step.*resample"):
        clock_of(index).positions(index, name="y")


@pytest.mark.parametrize(
    "index, other, message",
    [
        (dates("D"), pd.RangeIndex(3), r"int64.*DatetimeIndex"),
        (pd.RangeIndex(3), dates("D"), "DatetimeIndex.*index of integers"),
        (dates("D"), dates("D", tz="UTC"), r"time zone UTC.*none.*tz_localize\(None\)"),
        (dates("D", tz="UTC"), dates("D"), r"without a time zone.*UTC.*tz_localize\('UTC'\)"),
        (
            pd.period_range("2020", periods=3, freq="M"),
            pd.period_range("2020", periods=3, freq="D"),
            r"period\[D\].*period\[M\].*asfreq\('M'\)",
        ),
    ],
)
def test_times_of_another_kind_are_refused_with_a_remedy(index, other, message):
    with pytest.raises(ValueError, match="X: got .*" + message):
        clock_of(index).positions(other, name="X")
