"""Periods, integers, the indices that a clock makes, and whether two clocks agree."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.series.times import clock_of, dates, positions_of, without_freq

# ------------------------------------------------------------------------------ periods, integers


@pytest.mark.parametrize("freq", ["M", "Q-NOV", "Y-DEC", "W-THU", "D", "h", "2M", "3h"])
@pytest.mark.parametrize("step", [1, 2, 5])
def test_periods_may_be_several_apart(freq, step):
    everything = pd.period_range("2020-01-01", periods=60, freq=freq)[::step]
    index = everything[[0, 1, 4, 5, 8]]
    clock = clock_of(index)
    assert positions_of(clock, index) == [0, 1, 4, 5, 8]
    future = clock.index(np.arange(9, 12))
    assert future.equals(everything[9:12])
    assert future.dtype == index.dtype


def test_one_period_needs_no_second_one():
    index = pd.period_range("2024-01", periods=1, freq="2M")
    assert clock_of(index).freq_name == "2M"
    assert clock_of(index).index(np.array([1]))[0] == pd.Period("2024-03", freq="2M")


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=20, unique=True))
def test_the_step_of_integers_is_the_largest_that_reaches_all(values):
    values = sorted(values)
    clock = clock_of(pd.Index(values))
    reached = [
        step for step in range(1, 2001) if all((value - values[0]) % step == 0 for value in values)
    ]
    assert clock.freq == reached[-1]
    assert clock.freq_name == f"step {reached[-1]}"
    assert clock.index(clock.positions(pd.Index(values), name="y")).tolist() == values


def test_a_range_stays_a_range():
    clock = clock_of(pd.RangeIndex(3, 30, 3, name="tick"))
    future = clock.index(np.arange(9, 12))
    assert isinstance(future, pd.RangeIndex)
    assert future.equals(pd.RangeIndex(30, 39, 3)) and future.name == "tick"
    assert clock_of(pd.RangeIndex(1)).freq == 1
    assert clock_of(pd.RangeIndex(3, 30, 3)[:1]).freq == 3


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "Int64"])
def test_integers_keep_their_dtype(dtype):
    index = pd.Index([1, 2, 4], dtype=dtype, name="tick")
    future = clock_of(index).index(np.arange(4, 6))
    assert future.tolist() == [5, 6] and future.dtype == index.dtype and future.name == "tick"


# ------------------------------------------------------------------------------- indices it makes


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("freq", ["h", "D", "B", "MS", "QE-DEC", "WOM-2TUE"])
def test_dates_keep_unit_and_name(unit, freq):
    index = dates(freq, 20).as_unit(unit).rename("when")
    future = clock_of(without_freq(index)).index(np.arange(15, 25))
    assert (
        future.equals(dates(freq, 25)[15:].as_unit(unit))
        and future.unit == unit
        and future.name == "when"
    )


@pytest.mark.parametrize("freq", ["h", "B", "MS"])
def test_the_time_of_day_is_part_of_the_grid(freq):
    index = without_freq(dates(freq, 20, "2024-01-01 10:17:05"))
    clock = clock_of(index)
    assert clock.index(np.arange(20)).equals(index)
    with pytest.raises(ValueError, match="off the grid"):
        clock.positions(index + pd.Timedelta("1s"), name="y")


def test_finer_units_are_compared_without_rounding():
    clock = clock_of(dates("h", 5, "2024-01-01").as_unit("s"))
    finer = dates("h", 5, "2024-01-01").as_unit("ns")
    assert positions_of(clock, finer) == list(range(5))
    with pytest.raises(ValueError, match="off the grid"):
        clock.positions(finer + pd.Timedelta(1, unit="ns"), name="y")


def test_years_that_nanoseconds_do_not_reach():
    index = pd.DatetimeIndex(np.array(["5000-01-01", "5000-02-01"], dtype="M8[s]"))
    assert str(clock_of(index).index(np.array([12]))[0].date()) == "5001-01-01"
    clock = clock_of(dates("MS").as_unit("ns"))
    with pytest.raises(ValueError, match="off the grid"):
        clock.positions(index, name="y")


@pytest.mark.parametrize("freq, n_steps", [("YS", 300), ("D", 95_000), ("h", 10**13)])
def test_times_too_far_for_the_unit_are_an_error(freq, n_steps):
    clock = clock_of(dates(freq, 3, "2024").as_unit("ns"))
    with pytest.raises(ValueError, match=r"horizon, context_length: .*datetime64\[ns\].*as_unit"):
        clock.index(np.array([n_steps]))


def test_positions_in_any_order_are_any_times():
    clock = clock_of(dates("MS", 3, "2024-01-01"))
    times = clock.index(np.array([5, 0, 5]))
    assert times.strftime("%m").tolist() == ["06", "01", "06"]


@pytest.mark.parametrize("freq", ["h", "B", "MS", "WOM-3FRI"])
def test_no_positions_are_no_times(freq):
    clock = clock_of(dates(freq))
    nothing = clock.index(np.array([], dtype=int))
    assert len(nothing) == 0 and nothing.dtype == dates(freq).dtype
    assert positions_of(clock, nothing) == []


@pytest.mark.parametrize(
    "freq, seconds", [("h", 3600), ("W", 7 * 86400), ("MS", 30.4 * 86400), ("B", 1.4 * 86400)]
)
def test_the_length_of_a_step_is_an_average(freq, seconds):
    assert clock_of(dates(freq)).seconds_per_step == pytest.approx(seconds, rel=0.02)
    if freq != "B":
        periods = dates(freq).to_period("M" if freq == "MS" else None)
        assert clock_of(periods).seconds_per_step == pytest.approx(seconds, rel=0.02)


# -------------------------------------------------------------------------------- comparing clocks


def test_clocks_of_one_grid_agree_whatever_their_origin():
    hours = dates("h", 100, tz="Europe/Berlin")
    pairs = [
        (hours, hours[7:].tz_convert("Europe/Berlin")),
        (dates("MS"), without_freq(dates("MS")[3:])),
        (dates("3MS", start="2020-01-01"), dates("QS-JAN")),
        (dates("7D", start="2024-01-01"), dates("W-MON")),
        (pd.RangeIndex(5), pd.Index([7, 8, 12])),
        (pd.period_range("2020", periods=9, freq="M"), pd.period_range("1999", "2001", freq="M")),
    ]
    for one, other in pairs:
        assert clock_of(one).same_grid(clock_of(other))
        assert clock_of(other).same_grid(clock_of(one))


def test_clocks_of_different_grids_do_not_agree():
    clocks = [
        clock_of(index)
        for index in [
            dates("h"),
            dates("h", tz="UTC"),
            dates("h", start="2024-01-01 00:30"),
            dates("2h"),
            dates("D"),
            dates("B"),
            dates("W-MON"),
            dates("W-SUN"),
            dates("4W-MON"),
            dates("MS"),
            dates("ME"),
            dates("BME"),
            dates("2MS"),
            dates("QS-FEB"),
            dates("YS"),
            pd.period_range("2020", periods=9, freq="M"),
            pd.period_range("2020", periods=9, freq="D"),
            pd.RangeIndex(9),
            pd.RangeIndex(0, 9, 2),
            pd.RangeIndex(1, 9, 2),
        ]
    ]
    for i, one in enumerate(clocks):
        for j, other in enumerate(clocks):
            assert one.same_grid(other) == (i == j)


def test_a_clock_survives_pickling():
    for index in (dates("QE-NOV", tz="Europe/Berlin"), dates("C"), pd.RangeIndex(4)):
        clock = clock_of(index)
        assert pickle.loads(pickle.dumps(clock)) == clock


# ------------------------------------------------------------------------------------------ speed


@pytest.mark.parametrize("freq", ["h", "D", "MS", "B"])
def test_a_million_rows_take_a_moment(freq):
    index = dates(freq, 250)
    rows = without_freq(index[np.tile(np.arange(250), 4000)])
    series = np.repeat(np.arange(4000), 250)
    started = time.perf_counter()
    clock = clock_of(rows, series_of_row=series)
    clock.positions(rows, name="y")
    assert time.perf_counter() - started < 5.0
