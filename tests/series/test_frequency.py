"""The frequency of times is found in them, or set."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.tseries.frequencies import to_offset

from tests.series.times import clock_of, dates, positions_of, without_freq

# Every frequency pandas can find by itself that data in practice has.
FREQUENCIES = [
    *("h", "2h", "36h", "15min", "30s", "250ms"),
    *("D", "3D", "10D", "B", "W-SUN", "W-WED", "2W-MON", "4W-FRI"),
    *("MS", "ME", "BMS", "BME", "2MS", "2ME"),
    *("QS-JAN", "QS-FEB", "QE-DEC", "QE-NOV", "BQS-MAR", "BQE-OCT", "2QS-JAN", "6MS"),
    *("YS-JAN", "YS-APR", "YE-DEC", "YE-JUN", "BYS-JAN", "BYE-DEC", "2YS-JAN", "10YE-DEC"),
    "WOM-3FRI",
]
# What cannot be seen in the times and has to be given.
GIVEN_FREQUENCIES = ["24h", "2B", "SMS", "SME", "bh", "C", "CBMS"]
# ------------------------------------------------------------------------- finding the frequency


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_the_frequency_of_regular_times_is_the_one_pandas_infers(freq):
    index = without_freq(dates(freq))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 announces another return type
        expected = pd.infer_freq(index)
    clock = clock_of(index)
    # Quarters that begin in January also do in October, as the ones of pandas 2 are called.
    assert type(clock.freq) is type(to_offset(expected)) and clock.freq.n == to_offset(expected).n
    assert clock.index(np.arange(40)).equals(dates(expected, start=index[0]))
    assert positions_of(clock, index) == list(range(40))


@given(
    freq=st.sampled_from(FREQUENCIES),
    start=st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2040-01-01").date()),
    seed=st.integers(0, 2**31),
)
def test_missing_rows_hide_neither_the_frequency_nor_the_positions(freq, start, seed):
    index = dates(freq, 60, start)
    kept = np.random.default_rng(seed).random(60) > 0.2
    kept[:12] = True
    clock = clock_of(without_freq(index[kept]))
    assert positions_of(clock, index[kept]) == np.flatnonzero(kept).tolist()
    assert clock.index(np.arange(80)).equals(dates(freq, 80, start))


@pytest.mark.parametrize(
    "times, freq_name, next_time",
    [
        (["2024-01-01", "2024-01-02"], "D", "2024-01-03"),
        (["2024-01-01", "2024-01-06"], "5D", "2024-01-11"),
        (["2024-01-01 00:00", "2024-01-01 06:00"], "6h", "2024-01-01 12:00"),
        (["2024-01-01", "2024-02-01"], "MS", "2024-03-01"),
        (["2023-02-01", "2023-03-01"], "MS", "2023-04-01"),  # four weeks to the day
        (["2024-01-31", "2024-02-29"], "ME", "2024-03-31"),
        (["2024-01-01", "2024-03-01"], "2MS", "2024-05-01"),
        (["2024-01-01", "2024-04-01"], "QS-JAN", "2024-07-01"),
        (["2024-03-31", "2024-06-30"], "QE-DEC", "2024-09-30"),
        (["2023-01-01", "2024-01-01"], "YS-JAN", "2025-01-01"),
        (["2022-12-31", "2023-12-31"], "YE-DEC", "2024-12-31"),
        (["2024-01-01", "2024-01-29"], "4W-MON", "2024-02-26"),
        (["2024-01-15", "2024-02-15"], "DateOffset(months=1)", "2024-03-15"),
        (["2023-02-15", "2023-03-15"], "4W-WED", "2023-04-12"),
        (["2024-01-10", "2024-02-09"], "30D", "2024-03-10"),
        (["2024-01-01", "2024-01-08"], "W-MON", "2024-01-15"),
    ],
)
def test_two_rows_show_their_difference_and_whole_months_as_months(times, freq_name, next_time):
    clock = clock_of(pd.DatetimeIndex(times))
    assert clock.freq_name == freq_name
    assert clock.index(np.array([2]))[0] == pd.Timestamp(next_time)


@pytest.mark.parametrize("n_months", [1, 3, 12])
@pytest.mark.parametrize("day", [2, 15, 28, 29, 30])
def test_months_may_turn_on_any_day(day, n_months):
    months = pd.period_range("2019-01", periods=30, freq="M")[::n_months]
    every_day = pd.DatetimeIndex(
        [pd.Timestamp(m.year, m.month, min(day, m.days_in_month)) for m in months]
    )
    index = every_day if len(every_day) < 9 else every_day.delete([3, 7])
    clock = clock_of(index)
    assert clock.freq_name == f"DateOffset(months={n_months})"
    assert clock.index(np.arange(len(every_day))).equals(every_day)
    assert positions_of(clock, every_day) == list(range(len(every_day)))


def test_business_days_are_days_without_weekends_and_holidays_are_missing_rows():
    index = dates("B", 30, "2024-12-10")
    without_holidays = without_freq(index.drop(pd.to_datetime(["2024-12-25", "2025-01-01"])))
    clock = clock_of(without_holidays)
    assert clock.freq_name == "B"
    assert positions_of(clock, without_holidays) == [
        i for i, day in enumerate(index) if (day.month, day.day) not in {(12, 25), (1, 1)}
    ]


@pytest.mark.parametrize("n_times", [6, 8, 40])
def test_business_days_show_from_the_first_weekend_that_is_left_out(n_times):
    assert clock_of(without_freq(dates("B", n_times, "2024-01-01"))).freq_name == "B"


def test_days_of_one_working_week_are_days():
    assert clock_of(without_freq(dates("D", 5, "2024-01-01"))).freq_name == "D"
    assert clock_of(without_freq(dates("D", 20, "2024-01-01"))).freq_name == "D"


def test_a_row_at_the_weekend_makes_business_days_days():
    index = dates("B", 30, "2024-01-01").append(pd.DatetimeIndex(["2024-03-02"])).sort_values()
    assert clock_of(index).freq_name == "D"


def test_no_difference_is_taken_across_series():
    index = pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-08", "2024-01-09"] * 2)
    by_series = clock_of(index, series_of_row=np.array([0, 1, 0, 1, 2, 3, 2, 3]))
    assert by_series.freq_name == "W-MON"
    assert clock_of(index).freq_name == "D"


def test_the_frequency_does_not_depend_on_the_order_of_rows():
    index = without_freq(dates("QE-NOV"))
    order = np.random.default_rng(0).permutation(len(index))
    assert clock_of(index[order]) == clock_of(index)
    integers = pd.Index(np.arange(10) * 3)
    assert clock_of(integers[::-1]) == clock_of(integers)


def test_of_equally_common_differences_the_smallest_counts():
    hours = pd.to_timedelta([0, 3, 4, 6], unit="h")
    assert clock_of(pd.Timestamp("2024-01-01") + hours).freq_name == "h"


@pytest.mark.parametrize(
    "hours, expected",
    [
        ([0, 1, 3, 5], "h"),  # two steps are more common, but only one holds every row
        ([0, 2, 4, 7], "2h"),  # nobody ever was one hour apart
        ([*range(0, 80, 2), 79], "2h"),  # one row of many stands between the others
        ([0, 24, 48, 49, 72], "D"),
    ],
)
def test_a_smaller_difference_is_the_step_only_if_the_rows_show_it(hours, expected):
    index = pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h")
    assert clock_of(index).freq_name == expected


# ------------------------------------------------------------------------- a frequency that is set


@pytest.mark.parametrize("freq", [*FREQUENCIES, *GIVEN_FREQUENCIES])
@pytest.mark.parametrize("n_times", [1, 30])
def test_a_frequency_that_is_set_is_used_as_it_is(freq, n_times):
    index = dates(freq, n_times)
    clock = clock_of(index)
    assert clock.freq == index.freq
    future = clock.index(n_times + np.arange(12))
    assert future.equals(dates(freq, n_times + 12)[n_times:])
    assert future.freq == index.freq
    assert positions_of(clock, future) == list(range(n_times, n_times + 12))


# Without "bh": pandas counts business hours back to 17:00 of the day before, not to 09:00.
@pytest.mark.parametrize(
    "freq", [freq for freq in [*FREQUENCIES, *GIVEN_FREQUENCIES] if freq != "bh"]
)
def test_positions_and_times_before_the_origin_are_those_pandas_lists(freq):
    index = dates(freq, 60)
    clock = clock_of(index[40:])
    assert positions_of(clock, index) == list(range(-40, 20))
    assert clock.index(np.array([-40, 3, -1, 19])).equals(index[[0, 43, 39, 59]])


def test_holidays_of_a_set_frequency_are_no_steps():
    freq = pd.offsets.CustomBusinessDay(holidays=["2024-12-25"])
    clock = clock_of(dates(freq, 3, "2024-12-23"))
    assert clock.index(np.arange(4)).strftime("%d").tolist() == ["23", "24", "26", "27"]


def test_a_date_offset_of_months_is_monthly():
    index = dates(pd.DateOffset(months=2), 5, "2024-01-15")
    clock = clock_of(index)
    assert positions_of(clock, dates(pd.DateOffset(months=2), 9, "2024-01-15")) == list(range(9))


@pytest.mark.parametrize(
    "freq", [pd.DateOffset(months=1), pd.DateOffset(days=3, hours=2), "business day with offset"]
)
def test_an_offset_of_several_parts_steps_as_pandas_does(freq):
    if isinstance(freq, str):
        freq = pd.offsets.BDay(offset=pd.Timedelta("2h").to_pytimedelta())
    index = dates(freq, 40, "2024-01-31")
    assert positions_of(clock_of(index[:3]), index) == list(range(len(index)))


def test_an_index_turned_round_still_shows_its_frequency():
    assert clock_of(dates("MS")[::-1]).freq_name == "MS"
