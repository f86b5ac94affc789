"""A frequency that is given where the times do not show theirs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from skrnn import RNNForecaster
from skrnn.baselines import LastValue, SeasonalNaive
from tests.forecasting.series import features_of, stacked, tiny, walk

OPENING = pd.offsets.CustomBusinessHour(start="09:00", end="18:00")


def without_frequency(y: pd.Series) -> pd.Series:
    return y.set_axis(pd.DatetimeIndex(y.index, freq=None))


def open_hours() -> pd.Series:
    hours = pd.date_range("2024-01-01", periods=24 * 40, freq="h")
    hours = hours[(hours.hour >= 9) & (hours.hour < 18) & (hours.day_of_week < 5)]
    return pd.Series(np.arange(len(hours), dtype=float), hours)


@pytest.mark.parametrize(
    ("times", "freq", "expected"),
    [
        (["2024-01-31"], "D", ["2024-02-01", "2024-02-02"]),
        (["2024-01-05"], "B", ["2024-01-08", "2024-01-09"]),
        (["2024-01-01", "2024-01-08"], "D", ["2024-01-09", "2024-01-10"]),
        (["2024-01-05", "2024-01-08"], "B", ["2024-01-09", "2024-01-10"]),
        (["2023-11-30", "2024-01-31"], "ME", ["2024-02-29", "2024-03-31"]),
        (["2024-01-01", "2024-07-01"], "MS", ["2024-08-01", "2024-09-01"]),
        (["2024-01-01", "2024-07-01"], "QS", ["2024-10-01", "2025-01-01"]),
        (["2024-01-01"], "W-MON", ["2024-01-08", "2024-01-15"]),
        (["2024-01-01 06:00"], "15min", ["2024-01-01 06:15", "2024-01-01 06:30"]),
        (["2024-01-05 17:00"], OPENING, ["2024-01-08 09:00", "2024-01-08 10:00"]),
        (["2024-01-01", "2024-01-02"], pd.DateOffset(days=1), ["2024-01-03", "2024-01-04"]),
    ],
)
def test_few_times_are_enough(times, freq, expected):
    y = pd.Series(5.0, pd.DatetimeIndex(times))
    forecaster = LastValue(horizon=2, freq=freq).fit(y)
    assert forecaster.future_index().to_list() == list(map(pd.Timestamp, expected))


def test_it_gives_what_asfreq_gives():
    y = open_hours() % 9
    given = SeasonalNaive(horizon=9, freq=OPENING).fit(y)
    by_hand = SeasonalNaive(horizon=9).fit(y.asfreq(OPENING))
    assert given.seasonal_period_ == by_hand.seasonal_period_ == 9
    pd.testing.assert_series_equal(given.predict(), by_hand.predict())
    assert given.predict().index.strftime("%a %H:%M").to_list()[0] == "Mon 09:00"


def test_days_with_holes_are_missing_values():
    y = walk(60)
    every_second = without_frequency(y[::2])
    given = tiny(freq="D").fit(every_second)
    by_hand = tiny().fit(every_second.asfreq("D"))
    pd.testing.assert_series_equal(given.predict(), by_hand.predict())
    assert tiny(calendar=None).fit(every_second).future_index()[1] != given.future_index()[1]


def test_series_of_a_panel_may_have_one_row_each():
    rows = {"a": walk(1), "b": walk(1, start="2024-01-03")}
    panel = stacked(rows).reset_index().set_index(["shop", "day"])["sales"]
    with pytest.raises(ValueError, match="got one time in every series, and no frequency"):
        LastValue().fit(panel)
    last = LastValue(horizon=1, freq="D").fit(panel).future_index()
    assert last.get_level_values(1).strftime("%d").to_list() == ["02", "04"]


def test_a_time_zone_keeps_its_days():
    y = without_frequency(walk(2, start="2024-03-29").tz_localize("Europe/Berlin"))
    index = LastValue(horizon=3, freq="D").fit(y).future_index()
    assert index.hour.to_list() == [0, 0, 0] and index.day.to_list() == [31, 1, 2]


def test_updates_histories_and_backtests_stay_on_the_grid():
    y = open_hours()
    forecaster = LastValue(horizon=9, freq=OPENING).fit(y[:-9])
    assert forecaster.predict(history=y[:-9]).equals(forecaster.predict())
    assert forecaster.predict(y[-9:].to_frame()[[]]).index.equals(y.index[-9:])
    assert forecaster.update(y[-9:]).future_index()[0] == y.index[-1] + OPENING
    frame = LastValue(horizon=9, freq=OPENING).backtest(y, n_windows=3)
    assert frame["time"].to_list() == y.index[-27:].to_list()
    assert (frame["y"] - frame["prediction"]).to_list() == list(range(1, 10)) * 3


def test_every_part_of_a_cross_validation_has_the_frequency():
    y = walk(40)
    y = y[y.index.day % 5 != 0]
    X = features_of(y.index)
    cv = TimeSeriesSplit(3, test_size=4)
    search = GridSearchCV(LastValue(freq="D"), {"horizon": [2, 4]}, cv=cv, error_score="raise")
    assert np.isfinite(search.fit(X, y).cv_results_["mean_test_score"]).all()
    assert clone(search.best_estimator_).freq == "D"


@pytest.mark.parametrize("kind", [LastValue, RNNForecaster])
@pytest.mark.parametrize(
    ("freq", "message"),
    [
        ("fortnight", r"freq: got 'fortnight', which pandas does not read"),
        ("-1D", r"freq: got '-1D', by which times do not increase"),
        ("W-SUN", r"freq: got 'W-SUN', while y has the time 2024-01-02 00:00:00, which is not"),
        ("MS", r"freq: got 'MS', while y has the time 2024-01-02 00:00:00"),
        ("B", r"y: got 2 time\(s\) off the grid: 2024-01-06, 2024-01-07. .* of frequency 'B'"),
        ("2D", r"y: got 3 time\(s\) off the grid"),
        (7, "freq"),
        (True, "freq"),
    ],
)
def test_a_frequency_that_is_not_that_of_the_times_is_refused(kind, freq, message):
    y = without_frequency(walk(6, start="2024-01-02"))
    with pytest.raises((ValueError, TypeError), match=message):
        kind(freq=freq).fit(y)


def test_a_frequency_that_differs_from_that_of_the_index_is_refused():
    y = walk(10)
    with pytest.raises(ValueError, match=r"y: got times of frequency 'D'\. Expected those of"):
        LastValue(freq="h").fit(y)
    assert LastValue(freq="D").fit(y).future_index()[0] == pd.Timestamp("2024-01-11")


@pytest.mark.parametrize(
    ("y", "what"),
    [
        (walk(10).to_period("D"), "periods, which have a frequency"),
        (walk(10).reset_index(drop=True), "integers in place of dates"),
        (np.ones(10), "integers in place of dates"),
    ],
)
def test_only_dates_are_given_a_frequency(y, what):
    with pytest.raises(ValueError, match=f"freq: got 'D', while the times of y are {what}"):
        LastValue(freq="D").fit(y)


@pytest.mark.parametrize("rows", [[0], [0, 2], [0, 2, 4, 6, 8], [0, 2, 6], slice(None, 36, 3)])
@pytest.mark.parametrize("kind", ["D", "B", OPENING])
def test_a_history_has_the_frequency_that_was_given(rows, kind):
    times = pd.date_range("2024-01-01 09:00", periods=40, freq=kind)
    y = pd.Series(np.arange(40.0), pd.DatetimeIndex(times, freq=None))
    forecaster = LastValue(horizon=2, freq=kind).fit(y)
    history = y.iloc[rows]
    expected = times[times.get_loc(history.index[-1]) + np.array([1, 2])]
    found = forecaster.predict(history=history)
    assert found.index.equals(pd.DatetimeIndex(expected, freq=None))
    assert (found == history.iloc[-1]).all()
    panel = pd.concat({"new": history}, names=["shop", "day"])
    of_panel = LastValue(horizon=2, freq=kind).fit(pd.concat({"old": y}, names=["shop", "day"]))
    assert of_panel.predict(history=panel).loc["new"].index.equals(found.index)


def test_a_history_off_the_given_grid_is_refused():
    forecaster = LastValue(freq="B").fit(without_frequency(walk(5, start="2024-01-01")))
    with pytest.raises(ValueError, match=r"history: got .*off the grid"):
        forecaster.predict(history=without_frequency(walk(7, start="2024-01-01")))
