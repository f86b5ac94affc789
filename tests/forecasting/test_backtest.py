"""Backtests are loops of clones, or of updates."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skrnn._forecasting.backtest import _found_settings
from skrnn.baselines import SeasonalNaive
from tests.forecasting.daily_series import (
    DAYS,
    FEATURES,
    HORIZON,
    PANEL,
    PANEL_FEATURES,
    WIDE,
    Y,
    _series,
    tiny,
    weights,
)

# --------------------------------------------------------------------------------------
# backtest
# --------------------------------------------------------------------------------------

BACKTESTS = {
    "Series": (Y, None),
    "wide frame": (WIDE, None),
    "panel": (PANEL, None),
    "times, Series": (Y.to_frame()[[]], Y),
    "features, wide frame": (FEATURES, WIDE),
    "features, panel": (PANEL_FEATURES, PANEL),
    "wide array": (WIDE.to_numpy(), None),
    "features, array": (FEATURES, Y.to_numpy()),
    "arrays": (FEATURES.to_numpy(), Y.to_numpy()),
}
# The others are read like one of these.
ALWAYS = ("wide frame", "panel", "features, panel", "features, array")
every_backtest = pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in ALWAYS else pytest.mark.slow) for case in BACKTESTS],
)


def positions_of(data: Any) -> np.ndarray:
    if isinstance(data, np.ndarray):
        return np.arange(len(data))
    return DAYS.get_indexer(data.index.get_level_values(-1))


def part_of(case: str, low: int, high: int) -> tuple[Any, ...]:
    """(y,) or (X, y) at the days numbered from low to high, exclusive."""
    parts = []
    for data in BACKTESTS[case]:
        if data is not None:
            position = positions_of(data)
            parts.append(data[(position >= low) & (position < high)])
    return tuple(parts)


def backtest_by_hand(case: str, cutoffs: list[int], *, refit: bool) -> list[tuple[Any, ...]]:
    """Rows of series, cutoff, time, y and forecast; days are numbered."""
    rows: list[tuple[Any, ...]] = []
    fitted = None
    for number, cutoff in enumerate(cutoffs):
        if refit or fitted is None:
            fitted = tiny().fit(*part_of(case, 0, cutoff + 1))
        else:
            newer = part_of(case, cutoffs[number - 1] + 1, cutoff + 1)
            fitted.update(*newer)
        asked = part_of(case, cutoff + 1, cutoff + 1 + HORIZON)
        said, actual = fitted.predict(asked[0]), asked[-1]
        if "panel" in case:
            for (name, day), one in said.items():
                rows.append((name, cutoff, DAYS.get_loc(day), actual[name, day], one))
            continue
        table, actual = (np.asarray(one).reshape(len(one), -1) for one in (said, actual))
        names = WIDE.columns if "wide frame" in case else ["load", 1]
        names = [0, 1] if "array" in case else names
        for column in range(table.shape[1]):
            for step in range(len(table)):
                day = cutoff + 1 + step
                rows.append((names[column], cutoff, day, actual[step, column], table[step, column]))
    return rows


def numbered(case: str, times: pd.Series) -> list[int]:
    is_array = case in ("wide array", "arrays")
    return times.tolist() if is_array else DAYS.get_indexer(times).tolist()


@pytest.mark.parametrize("refit", [True, False])
@every_backtest
def test_a_backtest_is_a_loop_of_clones_and_of_updates_without_refit(case, refit):
    X, y = BACKTESTS[case]
    found = tiny().backtest(X, y, n_windows=3, stride=3, refit=refit)
    assert list(found.columns) == ["series", "cutoff", "time", "y", "prediction"]
    expected = backtest_by_hand(case, [23, 26, 29], refit=refit)
    assert found["series"].tolist() == [row[0] for row in expected]
    assert numbered(case, found["cutoff"]) == [row[1] for row in expected]
    assert numbered(case, found["time"]) == [row[2] for row in expected]
    np.testing.assert_array_equal(found["y"], [row[3] for row in expected])
    np.testing.assert_allclose(found["prediction"], [row[4] for row in expected], rtol=1e-6)


def test_without_refit_every_forecast_is_of_the_first_network():
    found = tiny().backtest(Y, n_windows=3, refit=False)
    first = tiny().fit(Y[:22])
    for cutoff, part in found.groupby("cutoff"):
        ahead = first.predict(history=Y[:cutoff])
        np.testing.assert_allclose(part["prediction"], ahead, rtol=1e-6)
    again = tiny().backtest(Y, n_windows=3, refit=True)
    assert (found["prediction"] == again["prediction"]).tolist() == [True] * 4 + [False] * 8


@pytest.mark.parametrize("every", [1, 2, np.int64(3), 9])
def test_a_number_trains_before_every_kth_cutoff(every):
    found = tiny().backtest(Y, n_windows=5, stride=2, refit=every)
    cutoffs = found["cutoff"].unique()
    assert len(cutoffs) == 5
    for number, (cutoff, part) in enumerate(found.groupby("cutoff")):
        trained_to = cutoffs[number - number % every]
        fitted = tiny().fit(Y[:trained_to])
        ahead = fitted.predict(history=Y[:cutoff])
        np.testing.assert_allclose(part["prediction"], ahead, rtol=1e-6)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", None])
def test_refit_is_true_false_or_a_number_of_windows(wrong):
    with pytest.raises((ValueError, TypeError), match=r"refit: got .*Pass True to train"):
        tiny().backtest(Y, n_windows=2, refit=wrong)


def test_by_default_the_windows_lie_side_by_side_up_to_the_end():
    found = tiny().backtest(Y)
    assert found["time"].tolist() == list(DAYS[-5 * HORIZON :])
    assert (found["time"] > found["cutoff"]).all()


def test_a_series_is_in_the_windows_that_it_has_a_past_and_a_future_in():
    found = tiny().backtest(PANEL, n_windows=6, stride=4)
    windows = found.groupby("series")["cutoff"].agg(["min", "max"])
    # cutoffs 9, 13, ..., 29: "b" ends on day 30, "c" starts on day 10.
    assert windows.loc["b"].tolist() == [DAYS[9], DAYS[29]]
    assert windows.loc["c"].tolist() == [DAYS[13], DAYS[29]]
    assert found[(found["series"] == "b") & (found["cutoff"] == DAYS[29])]["time"].tolist() == [
        DAYS[30]
    ]


def test_what_comes_after_a_cutoff_does_not_change_its_forecasts():
    changed = Y.copy()
    changed[26:] = 1e6
    one, other = (tiny().backtest(y, n_windows=2) for y in (Y, changed))
    np.testing.assert_array_equal(one["prediction"][:HORIZON], other["prediction"][:HORIZON])
    assert (one["prediction"][HORIZON:] != other["prediction"][HORIZON:]).all()


def test_a_missing_value_is_missing_in_a_backtest_too():
    holed = Y.copy()
    holed.iloc[-2] = np.nan
    found = tiny().backtest(holed, n_windows=1)
    assert found["y"].isna().tolist() == [False, False, True, False]
    assert found["prediction"].notna().all()


def test_a_backtest_leaves_the_forecaster_as_it_was():
    unfitted = tiny(callbacks=[])
    was = dict(vars(unfitted))
    unfitted.backtest(Y, n_windows=2)
    assert vars(unfitted) == was
    with pytest.raises(NotFittedError):
        unfitted.predict()
    for refit in (True, False):
        fitted = tiny().fit(Y[:25])
        was, said = dict(vars(fitted)), fitted.predict()
        trained = copy.deepcopy(weights(fitted))
        fitted.backtest(WIDE, n_windows=2, refit=refit)
        assert vars(fitted).keys() == was.keys()
        assert all(vars(fitted)[name] is value for name, value in was.items())
        np.testing.assert_array_equal(weights(fitted), trained)
        pd.testing.assert_series_equal(fitted.predict(), said)


def test_a_backtest_needs_timesteps_before_its_first_cutoff():
    for params in ({"n_windows": 8}, {"n_windows": 2, "stride": 30}):
        with pytest.raises(ValueError, match=r"n_windows: got \d+ cutoffs.*at least four before"):
            tiny().backtest(Y, **params)
    for name in ("n_windows", "stride"):
        for wrong in (0, 1.5, True):
            expected = rf"{name}: got .*Expected an integer of 1"
            with pytest.raises((ValueError, TypeError), match=expected):
                tiny().backtest(Y, **{name: wrong})


# --------------------------------------------------------------------------------------
# series that have not begun
# --------------------------------------------------------------------------------------


def late(n_missing: int) -> pd.DataFrame:
    """A table whose second column begins late."""
    return WIDE.where((np.arange(len(WIDE)) >= n_missing)[:, None] | [True, False])


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("is_panel", [True, False])
def test_a_backtest_leaves_out_series_before_their_first_value(refit, is_panel):
    table = late(28)
    y = table.T.stack(future_stack=True) if is_panel else table
    frame = tiny().backtest(y, n_windows=3, stride=3, refit=refit)
    cutoffs = frame.groupby("series")["cutoff"].nunique()
    # cutoffs 24, 27 and 30; with refit=False a table keeps the columns it began with.
    assert cutoffs["north"] == 3
    assert cutoffs.get("south", 0) == (1 if refit or is_panel else 0)
    alone = tiny().backtest(table[["north"]], n_windows=3, stride=3, refit=refit)
    of_north = frame[(frame["series"] == "north") & (frame["cutoff"] < DAYS[28])]
    np.testing.assert_array_equal(of_north["prediction"], alone["prediction"][:8])


def test_a_backtest_without_anything_to_forecast_says_so():
    index = pd.date_range("2024-01-01", periods=40)
    apart = pd.concat({"a": pd.Series(1.0, index[:20]), "b": pd.Series(2.0, index[20:])})
    with pytest.raises(ValueError, match="n_windows: got 1 cutoffs"):
        tiny(horizon=20).backtest(apart, n_windows=1)


def test_windows_of_which_no_more_is_asked_do_not_change():
    # the first series ends early: its forecast needs more steps than the other's.
    y = pd.concat({"a": Y[:20], "b": _series(1)}, names=["site", "day"])
    fitted = tiny().fit(y)
    rows = pd.MultiIndex.from_tuples(
        [("a", DAYS[33]), ("b", DAYS[-1] + pd.Timedelta("1D"))], names=["site", "day"]
    )
    both = fitted.predict(pd.DataFrame(index=rows))
    alone = fitted.predict(horizon=14)
    assert both["a"].iloc[0] == alone["a"].loc[DAYS[33]]
    assert both["b"].iloc[0] == alone["b"].iloc[0]


def test_frozen_settings_are_those_of_the_first_clone(monkeypatch):
    y = pd.Series(_series(3).to_numpy(), DAYS)
    seen = []
    fit = SeasonalNaive.fit

    def watched(self, *data):
        seen.append(self.seasonal_period)
        return fit(self, *data)

    monkeypatch.setattr(SeasonalNaive, "fit", watched)
    forecaster = SeasonalNaive(2)
    frame = forecaster.backtest(y, n_windows=4, stride=3, freeze_settings=True)
    first = fit(SeasonalNaive(2), y[: frame["cutoff"].iloc[0]])
    assert seen == ["auto", *[first.seasonal_period_] * 3]
    assert forecaster.seasonal_period == "auto"
    given = SeasonalNaive(2, seasonal_period=5)
    one, other = (given.backtest(y, n_windows=3, freeze_settings=is_on) for is_on in (True, False))
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(TypeError, match=r"freeze_settings: got 2\. Expected True or False"):
        forecaster.backtest(y, freeze_settings=2)


def test_frozen_settings_of_networks_are_those_of_the_first_fit():
    fitted = tiny(seasonal_period="auto", context_length="auto", calendar="auto").fit(Y[:24])
    found = _found_settings(fitted)
    assert found["context_length"] == fitted.context_length_
    assert found["segment_length"] == fitted.segment_length_
    assert found["calendar"] is None or isinstance(found["calendar"], list)
    again = clone(fitted).set_params(**found).fit(Y[:24])
    np.testing.assert_array_equal(again.predict(), fitted.predict())
    assert _found_settings(again) == {}
