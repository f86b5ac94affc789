"""Errors of forecasts that came true, as updates see them."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting import later_windows
from skrnn._forecasting.later_windows import KeptWindows, new_windows
from skrnn._forecasting.window_rules import WindowRule
from skrnn._series.panel import read_panel
from skrnn.baselines import LastValue, SeasonalNaive, WindowMean
from skrnn.exceptions import ForecastDriftWarning
from tests.forecasting.daily_series import Y, tiny

RNG = np.random.default_rng(0)
NOISE = pd.DataFrame(RNG.normal(size=(300, 3)), columns=["a", "b", "c"])


def louder(table: pd.DataFrame, column: str, times: float) -> pd.DataFrame:
    return table.assign(**{column: table[column] * times})


def width(forecaster, coverage=0.8) -> np.ndarray:
    interval = forecaster.predict_interval(coverage=coverage)
    return (interval["upper"] - interval["lower"]).to_numpy().mean(axis=0)


def shares_inside(forecaster, table: pd.DataFrame, horizon: int) -> np.ndarray:
    """Share of values inside 80% intervals of each series, one update after the other."""
    inside = []
    for start in range(0, len(table), horizon):
        came = table[start : start + horizon]
        interval = forecaster.predict_interval(coverage=0.8)
        inside.append((interval["lower"] <= came) & (came <= interval["upper"]))
        forecaster.update(came)
    return np.concatenate(inside)[len(table) // 3 :].mean(axis=0)


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.ForecastDriftWarning")
@pytest.mark.parametrize("horizon", [1, 5])
def test_intervals_come_to_hold_their_share_for_a_series_that_changes(horizon):
    later = louder(NOISE[180:], "b", 5)
    forecaster = WindowMean(horizon, context_length=20).fit(NOISE[:180])
    frozen = forecaster.predict_interval(coverage=0.8)["upper"]["b"].iloc[0]
    assert (later["b"].abs() <= frozen).mean() < 0.4
    shares = shares_inside(forecaster, later, horizon)
    np.testing.assert_allclose(shares, 0.8, atol=0.1)


def test_only_the_series_that_changes_gets_wider_intervals():
    forecaster = WindowMean(5, context_length=20).fit(NOISE[:180])
    before = width(forecaster)
    after = width(forecaster.update(louder(NOISE[180:220], "b", 5)))
    assert after[1] > 2.5 * before[1]
    assert (after[[0, 2]] < 2 * before[[0, 2]]).all()


def test_a_factor_moves_by_what_an_interval_holds_too_much():
    # One error of each window, all inside: 0.3 * (0.8 - 1) for each of ten windows.
    y = np.random.default_rng(1).normal(size=4000)
    forecaster = LastValue(1, seasonal_period=1, validation_fraction=0.5).fit(y)
    still = np.full(10, y[-1])
    own = forecaster.update(still).predict_interval(coverage=0.8)
    of_all = forecaster.predict_interval(coverage=0.8, history=np.append(y, still))
    assert np.ptp(own) / np.ptp(of_all) == pytest.approx(np.exp(-0.6), rel=0.02)


@pytest.mark.parametrize("cuts", [[181, 182, 190], [184], [187, 199]])
def test_updates_in_steps_know_the_errors_of_one_update(cuts):
    once, steps = (
        SeasonalNaive(4, seasonal_period=4, random_state=0).fit(NOISE[:180]) for _ in "ab"
    )
    once.update(louder(NOISE[180:202], "a", 3))
    for start, stop in zip([180, *cuts], [*cuts, 202], strict=True):
        steps.update(louder(NOISE[start:stop], "a", 3))
    pd.testing.assert_frame_equal(once.predict_interval(), steps.predict_interval())
    pd.testing.assert_frame_equal(once.sample_paths(20), steps.sample_paths(20))


def test_fewer_timesteps_than_the_horizon_count_as_well():
    forecaster = WindowMean(10, context_length=20).fit(NOISE[:180])
    before, said = width(forecaster), forecaster.predict()
    after = width(forecaster.update(louder(NOISE[180:182], "a", 50)))
    assert after[0] > 1.15 * before[0]
    assert said.shape == forecaster.predict().shape


def test_windows_lie_a_horizon_apart_from_the_end_of_the_fit_on():
    panel = read_panel(NOISE.assign(b=NOISE["b"].where(NOISE.index < 199))[:230])
    found = list(new_windows(panel, np.full(3, 206), np.full(3, 199), 10))
    # The window that began at 199 is unfinished; "b" has nothing to be forecast.
    assert [one.positions.tolist() for one in found] == [[199, 199], [209, 209], [219, 219]]
    assert [one.series.tolist() for one in found] == [[0, 2]] * 3
    assert all(one.is_complete.all() for one in found)
    rest = list(new_windows(panel, np.full(3, 229), np.full(3, 199), 10))
    assert rest == []
    part = next(new_windows(panel, np.full(3, 221), np.full(3, 199), 12))
    assert part.positions.tolist() == [211, 211] and part.is_complete.all()


def test_a_cutoff_is_the_last_observed_timestep():
    values = np.arange(30.0)
    values[19:22] = np.nan
    panel = read_panel(values)
    windows = next(new_windows(panel, np.array([19]), np.array([19]), 5))
    assert windows.positions.tolist() == [19] and windows.cutoffs.tolist() == [18]


def test_an_update_costs_one_forecast_of_each_cutoff(monkeypatch):
    n_forecasts = []
    forecast = WindowRule.forecast

    def counted(self, panel, features, cutoffs, n_steps):
        n_forecasts.append(len(cutoffs))
        return forecast(self, panel, features, cutoffs, n_steps)

    forecaster = SeasonalNaive(4, seasonal_period=4).fit(NOISE[:100])
    monkeypatch.setattr(WindowRule, "forecast", counted)
    forecaster.update(NOISE[100:112])
    assert n_forecasts == [3] * 3
    n_forecasts.clear()
    forecaster.update(NOISE[112:])
    # The latest of many.
    assert n_forecasts == [3] * 20


def test_what_is_kept_does_not_grow(monkeypatch):
    monkeypatch.setattr(later_windows, "_MAX_KEPT", 20)
    kept = KeptWindows.none(np.zeros((5, 4, 1)))
    for position in range(40):
        series = np.arange(7)
        parts = np.zeros((7, 4, 1)), np.zeros((7, 4)), np.ones(7), series, np.full(7, position)
        kept = kept.with_newer(KeptWindows(*parts))
    assert len(kept.series) == len(kept.parameters) == 20
    np.testing.assert_array_equal(kept.positions, [37] * 6 + [38] * 7 + [39] * 7)
    again = kept.without(*parts[3:]).with_newer(KeptWindows(*parts))
    np.testing.assert_array_equal(again.positions[-7:], [39] * 7)
    assert len(again.positions) == 20


def test_point_forecasts_are_those_of_the_same_rule_with_the_whole_history():
    forecaster = SeasonalNaive(4, seasonal_period=4).fit(NOISE[:100])
    expected = forecaster.predict(history=NOISE[:150])
    pd.testing.assert_frame_equal(forecaster.update(NOISE[100:150]).predict(), expected)


def test_a_series_that_an_update_brings_gets_errors_of_its_own_later():
    panel = NOISE.T.stack()
    times = panel.index.get_level_values(1)
    forecaster = WindowMean(4, context_length=20).fit(panel[times < 180])
    new = pd.concat({"new": 30 * NOISE["a"]})
    forecaster.update(new[:180])
    other = forecaster.predict_interval(history=pd.concat({"other": 30 * NOISE["a"][:180]}))
    first = forecaster.predict_interval().loc["new"]
    np.testing.assert_allclose(first, other.loc["other"])
    loud = pd.concat({"new": 30 * NOISE["a"] * np.where(NOISE.index < 180, 1, 8)})
    later = forecaster.update(loud[180:220]).predict_interval().loc["new"]
    assert (later["upper"] - later["lower"] > 2 * (first["upper"] - first["lower"]).mean()).all()


def test_training_on_keeps_the_widths_and_forgets_what_it_learned_from():
    forecaster = tiny(validation_fraction=0.3, seasonal_period=1).fit(Y[:26])
    kept = copy.deepcopy(forecaster).update(Y[26:30]).predict_interval()
    again = forecaster.update(Y[26:30], refit=True).predict_interval()
    widths = [one["upper"] - one["lower"] for one in (kept, again)]
    assert np.isfinite(widths).all()
    forecaster.update(Y[30:])
    assert np.isfinite(forecaster.predict_interval()).all(axis=None)


@pytest.mark.parametrize("loss", ["negative_binomial", "quantile", "student_t"])
def test_every_loss_learns_from_what_comes(of_loss, loss):
    forecaster = copy.deepcopy(of_loss(loss))
    before = width(forecaster)
    data = forecaster.predict(horizon=8).round().clip(lower=0) + 60
    with pytest.warns(ForecastDriftWarning):
        forecaster.update(data)
    assert (width(forecaster) > before).all()


def test_without_held_out_windows_nothing_is_kept():
    forecaster = LastValue(2, validation_fraction=0).fit(NOISE[:100]).update(NOISE[100:])
    with pytest.raises(ValueError, match="validation_fraction: got 0"):
        forecaster.predict_interval()
