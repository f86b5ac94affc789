"""The parts of the forecaster against numbers worked by hand and references of others."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mean_absolute_error, mean_pinball_loss
from torch import nn

from skrnn._forecasting.anchors import anchor_forecasts, fill_gaps, level_and_scale, n_anchors
from skrnn._forecasting.calendar import CALENDAR_NAMES, calendar_features, calendar_names
from skrnn._forecasting.features import FeatureRows, FeatureTable
from skrnn._forecasting.networks import transformed
from skrnn._forecasting.requests import request_ahead, request_rows
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._forecasting.seasonality import (
    candidate_periods,
    last_observed_row,
    mean_skill,
    network_weight,
    seasonal_naive,
)
from skrnn._forecasting.windows import PanelFeatures, Windows, WindowShape, training_cutoffs
from skrnn._series.clock import Clock
from skrnn._series.panel import read_panel, rows_of_index
from skrnn.modules.forecast_model import ForecastModel
from skrnn.modules.forecast_outputs import (
    FORECAST_LOSSES,
    QUANTILE_LEVELS,
    ForecastLoss,
    drawn_towards,
    n_parameters,
    quantiles_of,
    to_parameters,
)

NAN = float("nan")


def double(*values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


# --------------------------------------------------------------------------------------
# windows made ready
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "history", "expected"),
    [
        # a season before, then a season after
        (3, [1, 2, NAN, NAN, 5, 6, 7, NAN, 9], [1, 2, 6, 1, 5, 6, 7, 5, 9]),
        # two seasons before and after; a phase without any value takes its neighbour's
        (3, [NAN, NAN, NAN, 4, NAN, 6, NAN, NAN, NAN], [4, 4, 6, 4, 4, 6, 4, 4, 6]),
        # a part of a season in front
        (4, [NAN, 2, 3, 4, 5, NAN], [5, 2, 3, 4, 5, 2]),
        # without seasons the value before, or the first one
        (1, [NAN, NAN, 3, NAN, 5, NAN], [3, 3, 3, 3, 5, 5]),
        # a season as long as the window says nothing of it
        (4, [NAN, 2, NAN, 4], [2, 2, 2, 4]),
        (2, [1, 2, 3], [1, 2, 3]),
    ],
)
def test_gaps_are_filled_from_seasons_before_and_after_and_else_from_neighbours(
    period, history, expected
):
    before = double(history)
    filled = fill_gaps(before, period)
    np.testing.assert_array_equal(filled[0], expected)
    np.testing.assert_array_equal(before[0], history)  # what is passed stays


@pytest.mark.parametrize("period", [1, 3, 4])
def test_level_is_the_mean_of_the_last_season_and_scale_the_standard_deviation(period):
    rng = np.random.default_rng(0)
    history = rng.normal(5, 3, size=(6, 11))
    history[rng.random(size=history.shape) < 0.3] = np.nan
    history[:, 4] = rng.normal(size=6)
    table = torch.from_numpy(history)
    filled = fill_gaps(table, period)
    level, scale = level_and_scale(table, filled, period)
    np.testing.assert_allclose(level[:, 0], filled[:, -period:].mean(1))
    np.testing.assert_allclose(scale[:, 0], np.nanstd(history, axis=1))


@pytest.mark.parametrize(
    ("history", "level", "scale"),
    [
        ([0, 0, 0, 0], 0, 1),
        ([7, 7, 7, 7], 7, 7),
        ([-1e12, -1e12, -1e12], -1e12, 1e12),
        ([NAN, NAN, 3], 3, 3),
        # differences of the size of rounding
        ([1, 1, 1 + 1e-9], 1 + 1e-9, 1 + 1e-9),
    ],
)
def test_a_flat_window_has_its_own_size_for_scale(history, level, scale):
    table = double(history)
    got_level, got_scale = level_and_scale(table, fill_gaps(table, 1), 1)
    assert float(got_level) == pytest.approx(level)
    assert float(got_scale) == pytest.approx(scale)


def test_small_differences_beside_a_large_level_keep_their_scale():
    # their squares alone would lose what tells them apart.
    table = double([1e5, 1e5 + 4, 1e5 + 4, 1e5])
    level, scale = level_and_scale(table, table, 1)
    assert float(level) == 1e5 and float(scale) == pytest.approx(2, rel=1e-9)


def test_anchors_worked_by_hand():
    # two seasons of three; the profile is the mean of [-1, 0, 1] and [1, 4, -5] less their means.
    filled = double([9, 1, 2, 3, 11, 14, 5])
    anchors = anchor_forecasts(filled, 4, (3,))
    assert anchors.shape == (1, 3, 4)
    np.testing.assert_allclose(anchors[0, 0], [5, 5, 5, 5])
    np.testing.assert_allclose(anchors[0, 1], [11, 14, 5, 11])
    profile = np.array([(-1 + 1) / 2, (0 + 4) / 2, (1 - 5) / 2])
    np.testing.assert_allclose(anchors[0, 2], 5 + profile[[0, 1, 2, 0]] - profile[2])


@pytest.mark.parametrize("periods", [(1,), (4,), (4, 12), (3, 1)])
@pytest.mark.parametrize("horizon", [1, 4, 15])
def test_anchors_are_the_last_value_the_last_seasons_and_the_moved_profiles(periods, horizon):
    filled = np.random.default_rng(0).normal(size=(5, 26))
    anchors = anchor_forecasts(torch.from_numpy(filled), horizon, periods).numpy()
    expected = [np.repeat(filled[:, -1:], horizon, axis=1)]
    for period in periods:
        if period == 1:
            continue
        n_seasons = min(4, 26 // period)
        repeated, moved = np.empty((5, horizon)), np.empty((5, horizon))
        for window in range(5):
            seasons = [
                filled[window, 26 - (n + 1) * period : 26 - n * period] for n in range(n_seasons)
            ]
            profile = np.mean([season - season.mean() for season in seasons], axis=0)
            for step in range(horizon):
                repeated[window, step] = seasons[0][step % period]
                moved[window, step] = (
                    filled[window, -1] + profile[step % period] - profile[period - 1]
                )
        expected += [repeated, moved]
    np.testing.assert_allclose(anchors, np.stack(expected, axis=1))
    assert n_anchors(periods) == anchors.shape[1]


# --------------------------------------------------------------------------------------
# seasons
# --------------------------------------------------------------------------------------


def naive_by_a_loop(values, cutoff, horizon, period):
    """Of one series: the latest value observed a whole number of seasons before each step."""
    forecast = []
    for step in range(1, horizon + 1):
        row = cutoff + step
        while row > cutoff:
            row -= period
        while row >= 0 and np.isnan(values[row]):
            row -= period
        if row < 0:
            known = [value for value in values[: cutoff + 1] if not np.isnan(value)]
            forecast.append(known[-1] if known else np.nan)
        else:
            forecast.append(values[row])
    return forecast


@given(
    st.lists(
        st.lists(st.sampled_from([NAN, 1.0, 2.0, 3.0, 4.0]), min_size=1, max_size=12),
        min_size=1,
        max_size=3,
    ),
    st.integers(1, 5),
    st.integers(1, 13),
)
@settings(max_examples=80, deadline=None)
def test_the_seasonal_naive_forecast_is_that_of_a_loop(series, period, horizon):
    series = [[*values, 9.0] for values in series]
    index = [(name, row) for name, values in enumerate(series) for row in range(len(values))]
    panel = read_panel(
        pd.Series(np.concatenate(series), pd.MultiIndex.from_tuples(index, names=["s", "t"]))
    )
    numbers = np.repeat(np.arange(panel.n_series), panel.lengths)
    cutoffs = np.arange(len(panel.values))
    got = seasonal_naive(panel, numbers, cutoffs, horizon, period)
    expected = [
        naive_by_a_loop(series[number], cutoff - panel.starts[number], horizon, period)
        for number, cutoff in zip(numbers, cutoffs, strict=True)
    ]
    np.testing.assert_array_equal(got, expected)


def test_the_last_observed_row_is_that_of_a_forward_fill():
    values = np.random.default_rng(0).normal(size=50)
    values[np.random.default_rng(1).random(50) < 0.6] = np.nan
    values[0] = np.nan
    rows = pd.Series(np.where(np.isnan(values), np.nan, np.arange(50.0))).ffill().fillna(-1)
    np.testing.assert_array_equal(last_observed_row(values), rows)


def test_the_skill_is_the_mean_over_series_of_one_less_the_ratio_of_errors():
    rng = np.random.default_rng(0)
    actual, forecast, naive = rng.normal(size=(3, 6, 4))
    actual[2, 1] = np.nan
    series = np.repeat([[0], [0], [2], [2], [2], [5]], 4, axis=1)
    skills = []
    for number in (0, 2, 5):
        rows = (series == number) & ~np.isnan(actual)
        error, base = (mean_absolute_error(actual[rows], one[rows]) for one in (forecast, naive))
        skills.append(1 - error / base)
    assert mean_skill(actual, forecast, naive, series) == pytest.approx(np.mean(skills))


@pytest.mark.parametrize(("error", "skill"), [(0.0, 1.0), (0.5, 0.0)])
def test_where_the_naive_forecast_is_exact_only_exact_forecasts_have_skill(error, skill):
    actual = np.arange(4.0)
    assert mean_skill(actual, actual + error, actual, np.zeros(4, dtype=int)) == skill


def test_the_weight_of_a_network_is_the_share_with_the_smallest_error():
    rng = np.random.default_rng(0)
    actual, naive = rng.normal(size=(2, 400, 3))
    # the truth lies two fifths of the way from the naive forecast to the network's.
    forecast = naive + (actual - naive) / 0.4
    many, few = 10**9, 5
    assert network_weight(actual, forecast, naive, many) == pytest.approx(0.4)
    assert 0.4 < network_weight(actual, forecast, naive, few) < 1
    assert network_weight(actual, actual, naive, many) == 1
    assert network_weight(actual, 2 * naive - actual, naive, many) == pytest.approx(0, abs=1e-6)
    # large windows do not decide alone, missing values and exact windows not at all.
    size = np.where(np.arange(400) < 4, 1e9, 1.0)[:, None]
    wrong_if_large = np.where(size > 1, 2 * naive - actual, forecast)
    got = network_weight(actual * size, wrong_if_large * size, naive * size, many)
    assert got == pytest.approx(0.4)
    spoilt = np.where(rng.random(actual.shape) < 0.3, NAN, actual)
    spoilt[:, 0] = actual[:, 0]
    assert network_weight(spoilt, forecast, naive, many) == pytest.approx(0.4)
    assert network_weight(naive, forecast, naive, many) == 1


@pytest.mark.parametrize(
    ("freq", "expected"),
    [
        ("min", [1440, 10080]),
        ("30min", [48, 336]),
        ("h", [24, 168]),
        ("6h", [4, 28]),
        ("D", [7]),
        ("B", [5]),
        ("W", [52]),
        ("MS", [12]),
        ("ME", [12]),
        ("QS", [4]),
        ("YE", []),
        ("3D", []),
    ],
)
def test_the_frequency_suggests_days_weeks_and_years(freq, expected):
    times = pd.date_range("2024-01-01", periods=30, freq=freq)
    assert candidate_periods(Clock.from_index(times, name="y")) == expected
    if freq not in ("MS", "QS", "ME", "YE", "3D", "B"):
        periods = times.to_period(freq)
        assert candidate_periods(Clock.from_index(periods, name="y")) == expected


# --------------------------------------------------------------------------------------
# the calendar
# --------------------------------------------------------------------------------------


def calendar_by_hand(time: datetime.datetime) -> list[float]:
    """All calendar features of one time, with Python's own clock."""
    seconds = time.hour * 3600 + time.minute * 60 + time.second
    year = (time.timetuple().tm_yday - 1 + seconds / 86400) / 365.25
    days = [float(time.weekday() == day) for day in range(7)]

    def waves(share):
        return [
            wave(2 * np.pi * harmonic * share) for harmonic in (1, 2) for wave in (np.sin, np.cos)
        ]

    return [*waves(seconds / 86400), *days, *waves(year)]


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-02-27 05:30", periods=70, freq="h"),
        pd.date_range("2023-12-25", periods=40),
        pd.date_range("2024-03-30 20:00", periods=20, freq="h", tz="Europe/Berlin"),
        pd.period_range("2024-02-27 05:00", periods=30, freq="h"),
        pd.period_range("2020-01", periods=30, freq="M"),
    ],
    ids=lambda times: f"{times.dtype} {times.freqstr}",
)
def test_the_calendar_says_what_the_wall_clock_says(times):
    clock = Clock.from_index(times, name="y")
    got = calendar_features(clock, 3, len(times) - 3, CALENDAR_NAMES)
    dates = times.to_timestamp() if isinstance(times, pd.PeriodIndex) else times
    expected = [calendar_by_hand(time.to_pydatetime()) for time in dates[3:]]
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert got.dtype == np.float32
    one = calendar_features(clock, 3, len(times) - 3, ("day_of_week",))
    np.testing.assert_array_equal(one, got[:, 4:11])
    assert calendar_features(clock, 0, 5, ()).shape == (5, 0)


def test_calendar_features_come_in_one_order_and_once():
    clock = Clock.from_index(pd.date_range("2024-01-01", periods=9), name="y")
    assert calendar_names(["time_of_year", "day_of_week"], clock, 9) == (
        "day_of_week",
        "time_of_year",
    )
    assert calendar_names(["day_of_week"] * 2, clock, 9) == ("day_of_week",)
    assert calendar_names("time_of_day", clock, 9) == ("time_of_day",)
    assert calendar_names(None, clock, 9) == ()
    numbers = Clock.from_index(pd.RangeIndex(9), name="y")
    assert calendar_names("auto", numbers, 9) == calendar_names([], numbers, 9) == ()


# --------------------------------------------------------------------------------------
# windows
# --------------------------------------------------------------------------------------


def three_series() -> pd.Series:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=20, name="day")
    series = {"b": slice(0, 20), "a": slice(8, 15), "c": slice(3, 18)}
    y = pd.concat(
        {name: pd.Series(rng.normal(size=20), days)[part] for name, part in series.items()},
        names=["shop"],
    )
    y.iloc[[3, 4, 11, 22, 30]] = np.nan
    return y


def cutoffs_by_a_loop(panel, horizon, stop, is_future) -> list[int]:
    found = []
    for start, end, split in zip(panel.starts, panel.stops, stop, strict=True):
        of_series = []
        last = end if is_future else split
        for row in range(start, end):
            if np.isnan(panel.values[row]):
                continue
            n_known = np.count_nonzero(~np.isnan(panel.values[start : row + 1]))
            targets = panel.values[row + 1 : min(row + horizon + 1, last)]
            if n_known < 3 or not (~np.isnan(targets)).any() or (is_future and row + 1 < split):
                continue
            of_series.append((row, len(targets) == horizon))
        whole = [row for row, is_whole in of_series if is_whole]
        found += whole
        if not whole and last == end:
            found += [row for row, _ in of_series]
    return found


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=14), min_size=1, max_size=3),
    st.integers(1, 6),
    st.floats(0, 1),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_cutoffs_have_three_values_before_and_one_among_their_targets(
    observed, horizon, share, is_future
):
    rows = [(name, row) for name, one in enumerate(observed) for row in range(len(one) + 1)]
    values = [1.0 if is_there else NAN for one in observed for is_there in [*one, True]]
    panel = read_panel(pd.Series(values, pd.MultiIndex.from_tuples(rows, names=["s", "t"])))
    stop = panel.starts + np.round(share * panel.lengths).astype(int)
    got = training_cutoffs(panel, horizon, stop=stop, is_future=is_future)
    assert got.tolist() == cutoffs_by_a_loop(panel, horizon, stop, is_future)
    whole = training_cutoffs(panel, horizon)
    assert whole.tolist() == cutoffs_by_a_loop(panel, horizon, panel.stops, False)


@pytest.mark.parametrize("is_table", [False, True])
@pytest.mark.parametrize("n_tail", [0, 4, 9])
def test_a_batch_is_what_a_loop_gathers(is_table, n_tail):
    y = three_series()
    if is_table:
        y = y.unstack(0)
    panel = read_panel(y)
    index = y.index
    columns = ["plan", "seen", "kind"]
    X = pd.DataFrame(np.random.default_rng(1).normal(size=(len(index), 3)), index, columns)
    X["kind"] = "one" if is_table else X.index.get_level_values(0).astype(str)
    rows = FeatureRows(X, *rows_of_index(index, panel=panel, name="y"))
    table = FeatureTable.learn(
        rows, past_features=["seen"], static_features=["kind"], calendar=("day_of_week",)
    )
    features = table.lay_out(panel, [rows], 0, n_before=6)
    shape = WindowShape(6, 3, (2,), torch.float64)
    cutoffs = training_cutoffs(panel, 3)
    tail = np.random.default_rng(2).normal(size=(len(cutoffs), n_tail)) if n_tail else None
    windows = Windows(panel, features, cutoffs, shape, torch.device("cpu"), tail=tail)
    batch = windows.batch(np.arange(len(cutoffs)))
    history, future, static, anchors, scale = batch.inputs

    mean, spread = X[["plan", "seen"]].mean(), X[["plan", "seen"]].std(ddof=0)
    scaled = ((X[["plan", "seen"]] - mean) / spread).astype(np.float32)
    for number, cutoff in enumerate(cutoffs):
        series = int(np.searchsorted(panel.starts, cutoff, side="right")) - 1
        name = panel.ids[series]
        of_series = y[name]
        end = of_series.index.get_loc(
            of_series.index[0] + pd.Timedelta(cutoff - panel.starts[series], "D")
        )
        times = of_series.index[end] + pd.to_timedelta(np.arange(n_tail - 5, n_tail + 4), "D")
        values = of_series.reindex(times).to_numpy(copy=True)
        known = scaled if is_table else scaled.loc[name]
        plan = known["plan"].reindex(times).fillna(0.0).to_numpy()
        seen = known["seen"].where(known.index <= of_series.index[end])
        seen = seen.reindex(times).fillna(0.0).to_numpy()
        if n_tail:
            for step in range(n_tail):
                place = 6 - n_tail + step
                if place >= 0:
                    values[place] = tail[number, step]
        past, target = values[:6], values[6:]
        filled = fill_gaps(double(past.tolist()), 2)
        level, width = (one.item() for one in level_and_scale(double(past.tolist()), filled, 2))
        np.testing.assert_allclose(scale[number], [level, width])
        np.testing.assert_allclose(history[number, :, 0], (filled[0] - level) / width)
        np.testing.assert_array_equal(history[number, :, 1], ~np.isnan(past))
        np.testing.assert_allclose(history[number, :, 2], seen[:6])
        np.testing.assert_allclose(history[number, :, 3], plan[:6])
        np.testing.assert_allclose(future[number, :, 0], plan[6:])
        weekdays = np.eye(7)[[time.weekday() for time in times]]
        inside = times <= pd.Timestamp("2024-01-20")
        np.testing.assert_array_equal(history[number, :, 4:], (weekdays * inside[:, None])[:6])
        np.testing.assert_array_equal(future[number, :, 1:], (weekdays * inside[:, None])[6:])
        kinds = ["one"] if is_table else ["b", "a", "c"]
        expected = [1.0] if is_table else [float(kind == name) for kind in kinds]
        np.testing.assert_array_equal(static[number], expected)
        by_hand = anchor_forecasts(filled, 3, (2,))[0]
        np.testing.assert_allclose(anchors[number], (by_hand - level) / width, atol=1e-12)
        np.testing.assert_allclose(batch.y[number], (target - level) / width)
    np.testing.assert_array_equal(
        windows.series, np.searchsorted(panel.starts, cutoffs, "right") - 1
    )


def small_windows(n_timesteps=30, per_epoch=None) -> Windows:
    panel = read_panel(np.arange(float(n_timesteps)) ** 2)
    nothing = np.zeros((n_timesteps, 0), dtype=np.float32)
    features = PanelFeatures(nothing, nothing, 0, nothing, nothing, np.zeros((1, 0), np.float32))
    shape = WindowShape(6, 3, (1,), torch.float32)
    cutoffs = training_cutoffs(panel, 3)
    return Windows(panel, features, cutoffs, shape, torch.device("cpu"), per_epoch)


@pytest.mark.parametrize(("per_epoch", "batch_size"), [(100, 16), (100, 1000), (7, 3), (24, 24)])
def test_an_epoch_draws_every_window_as_often_as_every_other(per_epoch, batch_size):
    windows = small_windows(per_epoch=per_epoch)
    batches = windows.training_batches(batch_size, np.random.default_rng(0))
    assert len(windows) == per_epoch == sum(map(len, batches))
    sizes = {len(batch) for batch in batches}
    assert max(sizes) <= batch_size and max(sizes) - min(sizes) <= 1
    n_windows = len(windows.cutoffs)
    counts = np.bincount(np.concatenate(batches), minlength=n_windows)
    if per_epoch >= n_windows:
        assert np.ptp(counts) <= 1
    again = windows.training_batches(batch_size, np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(again, batches, strict=True))


def test_all_windows_are_predicted_once():
    windows = small_windows()
    seen = np.concatenate([part[:n_valid] for part, n_valid in windows.prediction_batches()])
    assert sorted(seen) == list(range(len(windows.cutoffs)))
    level, scale = windows.level_and_scale()
    one_by_one = [windows.batch(np.array([n])).inputs[4][0] for n in range(len(level))]
    np.testing.assert_allclose(np.stack([level, scale], 1), torch.stack(one_by_one), rtol=1e-6)
    expected = [[(c + step) ** 2 for step in (1, 2, 3)] for c in windows.cutoffs]
    np.testing.assert_array_equal(windows.targets(), expected)


def test_far_values_reach_the_network_as_finite_numbers():
    panel = read_panel(np.r_[np.ones(9), 1e100, np.zeros(9), 1e140])
    nothing = np.zeros((20, 0), dtype=np.float32)
    features = PanelFeatures(nothing, nothing, 0, nothing, nothing, np.zeros((1, 0), np.float32))
    shape = WindowShape(6, 3, (1,), torch.float32)
    windows = Windows(panel, features, training_cutoffs(panel, 3), shape, torch.device("cpu"))
    batch = windows.batch(np.arange(len(windows.cutoffs)))
    for part in (*batch.inputs[:4], batch.y):
        assert part.isfinite().all()
    assert (batch.y.abs() ** 2).isfinite().all()


def test_the_log_panel_holds_logarithms():
    y = three_series().abs() + 1
    panel = read_panel(y)
    np.testing.assert_array_equal(transformed(panel, "log").values, np.log(panel.values))
    assert transformed(panel, None) is panel


# --------------------------------------------------------------------------------------
# requests
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("horizon", [1, 3, 4])
def test_rows_are_asked_of_the_last_observation_before_their_block(horizon):
    y = three_series()
    panel = read_panel(y)
    # one that ends with missing values.
    series = np.repeat(np.arange(3), panel.lengths + 5)
    positions = np.concatenate(
        [
            np.arange(first, first + n + 5)
            for first, n in zip(panel.first, panel.lengths, strict=True)
        ]
    )
    request = request_rows(panel, series, positions, horizon, lambda values: values)
    for value, (one, position) in enumerate(zip(series, positions, strict=True)):
        last = panel.last[one]
        block_start = last + 1
        while position < block_start:
            block_start -= horizon
        known = [
            row
            for row in range(panel.first[one], min(block_start, last + 1))
            if not np.isnan(panel.values[panel.starts[one] + row - panel.first[one]])
        ]
        if not known:
            assert request.windows[value] == -1
            continue
        cutoff = request.cutoffs[request.windows[value]]
        assert cutoff == panel.starts[one] + known[-1] - panel.first[one]
        assert request.steps[value] == position - known[-1] - 1
        assert request.steps[value] < request.n_steps
    forecasts = np.arange(len(request.cutoffs) * request.n_steps, dtype=float)
    forecasts = forecasts.reshape(len(request.cutoffs), request.n_steps)
    got = request.pick(forecasts, np.full(3, -1.0))
    expected = [
        -1.0 if window < 0 else forecasts[window, step]
        for window, step in zip(request.windows, request.steps, strict=True)
    ]
    np.testing.assert_array_equal(got, expected)


def test_what_comes_next_is_asked_of_the_last_observations():
    panel = read_panel(pd.DataFrame({"a": [1.0, 2.0, NAN], "b": [NAN, 5.0, 6.0]}))
    request = request_ahead(panel, 2)
    assert request.cutoffs.tolist() == [1, 5]
    assert request.steps.tolist() == [1, 2, 0, 1] and request.n_steps == 3
    assert request.windows.tolist() == [0, 0, 1, 1]


# --------------------------------------------------------------------------------------
# the network
# --------------------------------------------------------------------------------------

SIZES = {"n_inputs": 5, "n_future": 2, "n_static": 3, "n_anchors": 2}


def network_and_inputs(decoder, cell, loss="mae", *, num_layers=1, segment_length=3, sizes=SIZES):
    model = ForecastModel(
        **sizes,
        horizon=7,
        decoder=decoder,
        segment_length=segment_length,
        loss=loss,
        cell=cell,
        hidden_size=4,
        num_layers=num_layers,
    ).double()
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    shapes = [
        (6, 12, sizes["n_inputs"]),
        (6, 7, sizes["n_future"]),
        (6, sizes["n_static"]),
        (6, sizes["n_anchors"], 7),
    ]
    inputs = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    scale = torch.rand((6, 2), generator=generator, dtype=torch.float64) + 3
    return model.eval(), (*inputs, scale)


def torch_core(model, cell, num_layers) -> nn.Module:
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
    core = kind(4, 4, num_layers=num_layers, batch_first=True).double()
    core.load_state_dict(model.encoder.state_dict())
    return core


def by_hand(model, core, inputs, decoder, segment_length):
    """The point forecasts of the network, a window at a time, from torch's own layers."""
    weights = dict(model.named_parameters())
    forecasts = []
    for history, future, static, anchors, _ in zip(*inputs, strict=True):
        context = weights["context.weight"] @ static + weights["context.bias"]

        def embedded(part, context=context):
            return torch.relu(weights["embed.weight"] @ part + weights["embed.bias"] + context)

        segments = history.reshape(-1, segment_length * history.shape[1])
        _, state = core(torch.stack([embedded(part) for part in segments])[None])
        numbers = []
        if decoder == "segment":
            for segment in range(-(-7 // segment_length)):
                part = torch.zeros(segment_length, future.shape[1]).double()
                known = future[segment * segment_length : (segment + 1) * segment_length]
                part[: len(known)] = known
                step = weights["decode.position"][segment] + context
                step = step + weights["decode.future.weight"] @ part.flatten()
                step = step + weights["decode.future.bias"]
                output, _ = core(step[None, None], state)
                out = weights["decode.head.weight"] @ output[0, 0] + weights["decode.head.bias"]
                numbers += list(out.reshape(segment_length, -1))
        elif decoder == "direct":
            hidden = (state[0] if isinstance(state, tuple) else state)[-1, 0]
            told = weights["decode.future.weight"] @ future.flatten()
            hidden = hidden + torch.relu(told + weights["decode.future.bias"]) + context
            out = weights["decode.head.weight"] @ hidden + weights["decode.head.bias"]
            numbers = list(out.reshape(7, -1))
        values = []
        last = history[-1]
        for step in range(7):
            if decoder == "recursive":
                hidden = (state[0] if isinstance(state, tuple) else state)[-1, 0]
                numbers.append(weights["head.weight"] @ hidden + weights["head.bias"])
            mixture, added = numbers[step][:-1].softmax(0), numbers[step][-1]
            values.append(mixture @ anchors[:, step] + added)
            if decoder == "recursive":
                # value, observed, the past feature as it was last, and the features of the step.
                read = torch.cat([values[-1][None], torch.ones(1), last[2:3], future[step]])
                _, state = core(embedded(read)[None, None], state)
        forecasts.append(torch.stack(values))
    return torch.stack(forecasts)[..., None]


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_the_network_computes_what_torch_s_own_layers_compute(decoder, cell, num_layers):
    segment_length = 1 if decoder == "recursive" else 3
    model, inputs = network_and_inputs(
        decoder, cell, num_layers=num_layers, segment_length=segment_length
    )
    core = torch_core(model, cell, num_layers)
    with torch.no_grad():
        expected = by_hand(model, core, inputs, decoder, segment_length)
        torch.testing.assert_close(model(*inputs), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_untrained_the_network_forecasts_the_mean_of_the_anchors(decoder):
    sizes = SIZES | {"n_static": 0}
    model, inputs = network_and_inputs(decoder, "lstm", segment_length=1, sizes=sizes)
    model.reset_parameters(torch.Generator().manual_seed(1))
    torch.testing.assert_close(model(*inputs)[..., 0], inputs[3].mean(1))


@pytest.mark.parametrize("loss", FORECAST_LOSSES)
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_every_loss_trains_every_weight_of_every_decoder(decoder, loss):
    model, inputs = network_and_inputs(decoder, "gru", loss, segment_length=1)
    model.train()
    output = model(*inputs)
    assert output.shape[:2] == (6, 7)
    assert output.shape[2] == n_parameters(loss) + 2 * (loss == "negative_binomial")
    target = torch.linspace(0, 3, 42, dtype=torch.float64).reshape(6, 7).clone()
    target[:, 2] = NAN
    losses = ForecastLoss(loss)(output, target)
    assert losses.shape == (6,)
    losses.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
        assert (parameter.grad != 0).any(), name


def test_the_decoder_starts_from_the_state_after_the_last_observation():
    for decoder in ("segment", "direct", "recursive"):
        model, inputs = network_and_inputs(decoder, "gru", segment_length=1)
        history = inputs[0].clone()
        history[:, -1, 0] += 1.0
        moved = model(history, *inputs[1:])
        assert ((moved - model(*inputs)).abs() > 1e-6).all()


# --------------------------------------------------------------------------------------
# losses and what they say
# --------------------------------------------------------------------------------------


def output_of(loss: str, seed=0):
    """What a network says of 5 windows of 4 steps, as the loss reads it, and level and scale."""
    generator = torch.Generator().manual_seed(seed)
    center = torch.randn((5, 4), generator=generator, dtype=torch.float64)
    raw = torch.randn((5, 4, n_parameters(loss)), generator=generator, dtype=torch.float64)
    scale = torch.rand((5, 2), generator=generator, dtype=torch.float64) * 10 + 5
    return to_parameters(loss, center, raw, scale), center, raw, scale


def observed_loss(loss, output, target):
    got = ForecastLoss(loss)(output, target)
    return got, ~target.isnan()


@pytest.fixture
def target():
    target = torch.randn((5, 4), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    target[1, 2] = target[3, :] = NAN
    return target


@pytest.mark.parametrize("loss", ["mae", "mse", "huber"])
def test_losses_of_points_are_means_over_observed_steps(loss, target):
    output, center, raw, _ = output_of(loss)
    torch.testing.assert_close(output[..., 0], center + raw[..., 0])
    got = ForecastLoss(loss)(output, target)
    reference = {"mae": nn.L1Loss(), "mse": nn.MSELoss(), "huber": nn.HuberLoss()}[loss]
    for window in range(5):
        steps = ~target[window].isnan()
        if not steps.any():
            assert got[window] == 0
            continue
        expected = reference(output[window, steps, 0], target[window, steps])
        torch.testing.assert_close(got[window], expected)


def test_the_quantile_loss_is_scikit_learn_s_pinball_loss(target):
    output, *_ = output_of("quantile")
    got = ForecastLoss("quantile")(output, target)
    for window in (0, 1, 2, 4):
        steps = ~target[window].isnan()
        expected = np.mean(
            [
                mean_pinball_loss(target[window, steps], output[window, steps, n], alpha=level)
                for n, level in enumerate(QUANTILE_LEVELS)
            ]
        )
        assert float(got[window]) == pytest.approx(expected)


def test_quantiles_of_the_network_increase_and_have_the_forecast_in_the_middle():
    output, center, raw, _ = output_of("quantile")
    assert (output.diff(dim=-1) > 0).all()
    torch.testing.assert_close(output[..., 3], center + raw[..., 3])


def test_the_student_t_loss_is_torch_s_negative_log_density(target):
    output, center, raw, _ = output_of("student_t")
    location, width, degrees = output.unbind(-1)
    torch.testing.assert_close(location, center + raw[..., 0])
    assert (width > 0).all() and (degrees > 2).all()
    density = torch.distributions.StudentT(degrees, location, width)
    expected = -density.log_prob(target.nan_to_num())
    got = ForecastLoss("student_t")(output, target)
    for window in (0, 1, 2, 4):
        steps = ~target[window].isnan()
        torch.testing.assert_close(got[window], expected[window, steps].mean())


def test_the_negative_binomial_loss_is_torch_s_negative_log_probability(target):
    output, *_, scale = output_of("negative_binomial")
    mean, dispersion = output[..., 0], output[..., 1]
    assert (mean > 0).all() and (dispersion > 0).all()
    level, spread = scale[:, :1], scale[:, 1:]
    counts = torch.poisson(torch.full((5, 4), 6.0)).double().where(~target.isnan(), NAN)
    got = ForecastLoss("negative_binomial")(output, (counts - level) / spread)
    probability = torch.distributions.NegativeBinomial(
        1 / dispersion, logits=(dispersion * mean).log()
    )
    torch.testing.assert_close(probability.mean, mean)
    expected = -probability.log_prob(counts.nan_to_num())
    for window in (0, 1, 2, 4):
        steps = ~target[window].isnan()
        torch.testing.assert_close(got[window], expected[window, steps].mean())


def test_the_mean_of_counts_is_the_forecast_itself_where_that_is_large():
    center = torch.full((1, 3), 2.0, dtype=torch.float64)
    raw = torch.zeros((1, 3, 2), dtype=torch.float64)
    output = to_parameters("negative_binomial", center, raw, double([1e4, 1e2]))
    torch.testing.assert_close(
        output[..., 0], torch.full((1, 3), 1e4 + 2e2).double(), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("loss", FORECAST_LOSSES)
def test_a_forecast_drawn_towards_another_moves_and_keeps_its_spread(loss):
    output, *_, scale = output_of(loss)
    naive = torch.linspace(-1, 1, 20, dtype=torch.float64).reshape(5, 4)
    middle = 3 if loss == "quantile" else 0
    target = naive
    if loss == "negative_binomial":
        target = (naive * scale[:, 1:] + scale[:, :1]).clamp(min=1e-4)
    for weight in (0.0, 0.3, 1.0):
        moved = drawn_towards(naive, loss, output, scale, torch.tensor(weight).double())
        expected = weight * output[..., middle] + (1 - weight) * target
        torch.testing.assert_close(moved[..., middle], expected)
        if loss == "quantile":
            torch.testing.assert_close(moved.diff(dim=-1), output.diff(dim=-1))
        else:
            torch.testing.assert_close(moved[..., 1:], output[..., 1:])


LEVELS = np.array([0.01, 0.1, 0.5, 0.7, 0.99])


def test_quantiles_of_distributions_are_scipy_s():
    student = output_of("student_t")[0].numpy()
    expected = stats.t(student[..., [2]], student[..., [0]], student[..., [1]]).ppf(LEVELS)
    np.testing.assert_allclose(quantiles_of("student_t", student, LEVELS), expected)
    counts = output_of("negative_binomial")[0].numpy()
    got = quantiles_of("negative_binomial", counts, LEVELS)
    mean, dispersion = counts[..., [0]], counts[..., [1]]
    size = 1 / dispersion
    # the smallest count whose probability reaches the level.
    below, at = (stats.nbinom(size, size / (size + mean)).cdf(got + n) for n in (-1, 0))
    assert (at >= LEVELS - 1e-9).all() and (below < LEVELS).all()


def test_quantiles_between_the_learned_ones_lie_on_a_normal_curve_if_those_do():
    normal = stats.norm(3.0, 2.0)
    learned = np.tile(normal.ppf(QUANTILE_LEVELS), (2, 3, 1))
    got = quantiles_of("quantile", learned, LEVELS)
    np.testing.assert_allclose(got, np.broadcast_to(normal.ppf(LEVELS), (2, 3, 5)))
    got = quantiles_of("quantile", learned, np.array(QUANTILE_LEVELS))
    np.testing.assert_allclose(got, learned)


def test_all_quantiles_of_a_point_are_the_point():
    for loss in ("mae", "mse", "huber"):
        points = np.arange(6.0).reshape(2, 3, 1)
        got = quantiles_of(loss, points, LEVELS)
        np.testing.assert_array_equal(got, np.repeat(points, 5, axis=-1))


# --------------------------------------------------------------------------------------
# errors on held-out windows
# --------------------------------------------------------------------------------------


def held_out(errors: np.ndarray) -> HeldOutWindows:
    """Windows of point forecasts 0, of which these were the errors."""
    said = np.zeros((*errors.shape, 1))
    return HeldOutWindows("mae", said, errors, np.ones(len(errors)))


def test_with_many_windows_a_quantile_moves_by_that_of_the_errors():
    rng = np.random.default_rng(0)
    errors = rng.gamma(2.0, size=(3000, 1))
    residuals = held_out(errors)
    for level in (0.05, 0.5, 0.9):
        expected = np.quantile(errors, level, method="weibull")
        assert residuals.correction(level)[0] == pytest.approx(expected, rel=1e-9)


def test_with_few_windows_errors_count_in_both_directions():
    errors = np.array([[1.0], [2.0], [3.0], [4.0]])
    residuals = held_out(errors)
    assert residuals.correction(0.5)[0] == pytest.approx(0.0)
    assert residuals.correction(0.1)[0] == pytest.approx(-residuals.correction(0.9)[0])
    # eight errors, -4 to 4: the ninth is above the last with probability 1/9.
    assert residuals.correction(8 / 9)[0] == pytest.approx(4.0)
    assert residuals.correction(0.99999)[0] == pytest.approx(4.0)


def test_errors_are_pooled_over_steps_in_units_of_each_step():
    rng = np.random.default_rng(0)
    growth = np.array([1.0, 2.0, 4.0])
    residuals = held_out(rng.normal(size=(4000, 3)) * growth)
    for level in (0.1, 0.975):
        expected = stats.norm.ppf(level) * growth
        np.testing.assert_allclose(residuals.correction(level), expected, rtol=0.05)


def test_the_next_error_is_below_a_quantile_as_often_as_it_says():
    # exchangeable errors, over many draws of a few held-out windows.
    rng = np.random.default_rng(0)
    below = []
    for _ in range(400):
        errors = rng.standard_t(3, size=(24, 1))
        below.append(rng.standard_t(3, size=200) <= held_out(errors[:23]).correction(0.9))
    assert np.mean(below) == pytest.approx(0.9, abs=0.015)


def test_missing_targets_are_left_out_of_the_errors():
    rng = np.random.default_rng(0)
    errors = rng.normal(size=(500, 3))
    errors[rng.random(errors.shape) < 0.4] = np.nan
    errors[:, 2] = np.nan
    errors = errors[~np.isnan(errors).all(axis=1)]
    residuals = held_out(errors)
    corrections = residuals.correction(0.9)
    assert np.isfinite(corrections).all()
    np.testing.assert_allclose(corrections, stats.norm.ppf(0.9), rtol=0.15)
    ranks = residuals.path_ranks(9, 6, rng)
    assert ((0 <= ranks) & (ranks < 1)).all()


def test_exact_forecasts_leave_no_width():
    residuals = held_out(np.zeros((30, 3)))
    quantiles = residuals.quantiles(np.zeros((2, 3, 1)), np.ones(2), np.array([0.1, 0.9]), 3)
    np.testing.assert_array_equal(quantiles, 0.0)


def test_beyond_the_horizon_errors_of_blocks_add_like_independent_ones():
    rng = np.random.default_rng(0)
    residuals = held_out(rng.normal(size=(3000, 2)) * [1.0, 2.0])
    parameters = np.zeros((1, 7, 1))
    quantiles = residuals.quantiles(parameters, np.ones(1), np.array([0.9]), 7)[0, :, 0]
    one, two = quantiles[:2]
    expected = [one, two]
    for block in (1, 2, 3):
        expected += [np.hypot(one, np.sqrt(block) * two), np.sqrt(block + 1) * two]
    np.testing.assert_allclose(quantiles, expected[:7])


def test_paths_run_along_the_ranks_of_one_held_out_window():
    # errors whose second step is minus the first.
    errors = np.random.default_rng(0).normal(size=(600, 1)) * [1.0, -1.0]
    residuals = held_out(errors)
    ranks = residuals.path_ranks(500, 4, np.random.default_rng(1))
    assert ((0 <= ranks) & (ranks < 1)).all()
    np.testing.assert_allclose(ranks[:, 0] + ranks[:, 1], 1.0, atol=0.03)
    np.testing.assert_allclose(ranks[:, 2] + ranks[:, 3], 1.0, atol=0.03)
    assert abs(np.corrcoef(ranks.T)[1, 2]) < 0.2


@pytest.mark.parametrize("n_windows", [7, 60, 2000])
def test_at_every_step_of_a_path_all_ranks_are_as_likely(n_windows):
    rng = np.random.default_rng(0)
    # steps that err on one side only, and more and more.
    residuals = held_out(rng.normal(size=(n_windows, 3)) * [1.0, 2.0, 3.0] + [0.0, 1.0, -4.0])
    ranks = residuals.path_ranks(4000, 5, rng)
    for step in range(5):
        assert stats.kstest(ranks[:, step], "uniform").pvalue > 1e-3


def test_paths_have_the_quantiles_of_each_step_and_go_on_where_a_block_ends():
    rng = np.random.default_rng(0)
    walks = rng.normal(size=(400, 4)).cumsum(axis=1)
    residuals = held_out(walks)
    parameters = np.zeros((1, 12, 1))
    paths = residuals.paths(parameters, np.ones(1), 6000, [np.random.default_rng(1)])[0]
    levels = np.array([0.1, 0.5, 0.9])
    quantiles = residuals.quantiles(parameters, np.ones(1), levels, 12)[0]
    np.testing.assert_allclose(np.quantile(paths, levels, axis=1).T, quantiles, atol=0.4)
    # of a random walk: the spread of what comes to a step is the same at every step.
    np.testing.assert_allclose(np.diff(paths, axis=0).std(axis=1), 1.0, atol=0.25)
    np.testing.assert_allclose(paths.std(axis=1), np.sqrt(np.arange(1, 13)), rtol=0.15)


def test_counts_are_measured_in_units_of_each_window():
    parameters = np.full((300, 2, 2), [50.0, 0.01])
    rng = np.random.default_rng(0)
    scales = np.repeat([1.0, 10.0], 150)
    targets = 50 + rng.normal(size=(300, 2)) * scales[:, None]
    residuals = HeldOutWindows("negative_binomial", parameters, targets, scales)
    quantiles = residuals.quantiles(parameters[:2], np.array([1.0, 10.0]), np.array([0.5, 0.9]), 2)
    said = quantiles_of("negative_binomial", parameters[:1], np.array([0.9]))[0, 0, 0]
    moved = quantiles[:, 0, 1] - said
    assert moved[1] == pytest.approx(10 * moved[0], rel=1e-6)
