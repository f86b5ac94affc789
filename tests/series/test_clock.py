import pickle
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.tseries.frequencies import to_offset

from skrnn._series.clock import Clock

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


def dates(freq, n_times=40, start="2019-12-20", tz=None):
    # Microseconds, because 400 years are beyond the nanoseconds of pandas 2.
    return pd.date_range(start, periods=n_times, freq=freq, tz=tz, unit="us")


def without_freq(index):
    return pd.DatetimeIndex(index, freq=None)


def clock_of(index, **arguments):
    return Clock.from_index(index, name="y", **arguments)


def positions_of(clock, index):
    return clock.positions(index, name="y").tolist()


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


@settings(max_examples=150, deadline=None)
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


# ----------------------------------------------------------------------------- daylight saving

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


@pytest.mark.parametrize("tz", ZONES)
@pytest.mark.parametrize("start", ["2024-03-01", "2024-09-25"])  # the clocks go on, and back
@pytest.mark.parametrize("freq", ["h", "15min", "D", "B", "W-SUN", "MS"])
def test_steps_are_right_across_daylight_saving(tz, start, freq):
    index = dates(freq, 24 * 60, start, tz=tz) if freq in ("h", "15min") else dates(freq, 60, start)
    index = index if index.tz else index.tz_localize(tz)
    part = without_freq(index[: len(index) // 2])
    clock = clock_of(part)
    assert clock.freq_name == freq
    assert positions_of(clock, index) == list(range(len(index)))
    future = clock.index(np.arange(len(index)))
    assert future.equals(index)
    assert str(future.tz) == tz


def test_hours_are_counted_in_utc_and_days_on_the_wall_clock():
    hours = dates("h", 24, "2024-03-30", tz="Europe/Berlin")
    next_hours = clock_of(hours).index(24 + np.arange(23))
    assert next_hours[-1] == pd.Timestamp("2024-03-31 23:00", tz="Europe/Berlin")
    days = dates("D", 2, "2024-03-30", tz="Europe/Berlin")
    assert clock_of(days).index(np.array([2]))[0] == pd.Timestamp("2024-04-01", tz="Europe/Berlin")
    assert (days[1] + pd.Timedelta("23h")) == clock_of(days).index(np.array([2]))[0]


@pytest.mark.parametrize("freq", ["D", "W-SUN"])
def test_a_midnight_that_daylight_saving_skips_is_the_first_time_after_it(freq):
    # In São Paulo 4 November 2018, a Sunday, began at one o'clock.
    index = dates(freq, 20, "2018-10-21").tz_localize(
        "America/Sao_Paulo", nonexistent="shift_forward"
    )
    clock = clock_of(index)
    assert positions_of(clock, index) == list(range(20))
    assert clock.index(np.arange(20)).equals(index)
    assert 1 in index.hour


def test_of_a_time_that_daylight_saving_repeats_either_one_is_on_the_grid():
    days = dates("D", 3, "2024-10-26 02:30")
    clock = clock_of(days.tz_localize("Europe/Berlin", ambiguous=np.ones(3, dtype=bool)))
    for is_first in (True, False):
        index = days.tz_localize("Europe/Berlin", ambiguous=np.full(3, is_first))
        assert positions_of(clock, index) == [0, 1, 2]
    assert clock.index(np.arange(3)).tz_localize(None).equals(days)


def test_times_of_another_zone_are_the_same_times():
    index = dates("h", 48, "2024-03-30", tz="Europe/Berlin")
    assert positions_of(clock_of(index), index.tz_convert("UTC")) == list(range(48))
    days = dates("D", 48, "2024-03-01", tz="Europe/Berlin")
    for tz in ("Asia/Tokyo", "America/New_York"):
        assert positions_of(clock_of(days), days.tz_convert(tz)) == list(range(48))


def test_times_kept_on_the_wall_clock_get_a_remedy():
    index = without_freq(dates("12h", 20, "2024-03-25").tz_localize("Europe/Berlin"))
    clock = clock_of(index)
    with pytest.raises(ValueError, match=r"counted in UTC.*tz_localize\(None\)"):
        clock.positions(index, name="y")


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


@settings(max_examples=100, deadline=None)
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


# --------------------------------------------------------------------------------------- refusals

NO_TIMES = {
    "strings": (pd.Index(["2024-01-01", "2024-01-02"]), r"dtype.*pd\.to_datetime"),
    "floats": (pd.Index([0.5, 1.0]), r"float64.*astype\(int\)"),
    "booleans": (pd.Index([True, False]), r"bool.*reset_index"),
    "date objects": (pd.Index([pd.Timestamp("2024-01-01").date()]), r"object.*pd\.to_datetime"),
    "durations": (pd.to_timedelta([1, 2], unit="h"), r"TimedeltaIndex.*Add a start"),
    "categories": (pd.CategoricalIndex(["a", "b"]), r"CategoricalIndex.*pd\.to_datetime"),
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
