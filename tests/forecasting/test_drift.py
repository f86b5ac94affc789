"""Drift: errors since the fit against those on the held-out windows."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

from skrnn.baselines import LastValue, SeasonalNaive, WindowMean
from skrnn.exceptions import ForecastDriftWarning

RNG = np.random.default_rng(0)
N_BEFORE, HORIZON = 240, 6
NAMES = list("abcdef")
NOISE = pd.DataFrame(RNG.normal(size=(300, 6)), columns=NAMES)
SEASON = 6 * np.sin(np.pi / 3 * np.arange(300))[:, None]
PARTS = ("level", "scale", "season lost")


def changed(part: str, column: str) -> pd.DataFrame:
    """Seasonal series of which one changes after the fit."""
    table = NOISE + SEASON
    later = np.arange(300) >= N_BEFORE
    if part == "level":
        table[column] += np.where(later, 30 * (1 + (np.arange(300) - N_BEFORE) // HORIZON), 0)
    elif part == "scale":
        table.loc[later, column] *= 12
    else:
        table.loc[later, column] = 12 * RNG.normal(size=later.sum())
    return table


def fitted(table) -> SeasonalNaive:
    return SeasonalNaive(HORIZON, seasonal_period=6, random_state=0).fit(table[:N_BEFORE])


@pytest.mark.parametrize("part", PARTS)
def test_a_series_of_a_panel_that_changes_is_found_and_named(part):
    table = changed(part, "c")
    forecaster = fitted(table)
    with pytest.warns(ForecastDriftWarning, match=r"in 1 of 6 series, 'c'.*refit=True"):
        forecaster.update(table[N_BEFORE : N_BEFORE + 5 * HORIZON])
    drift = forecaster.drift_
    assert drift.index.tolist() == NAMES
    assert drift["has_drifted"].tolist() == [name == "c" for name in NAMES]
    assert drift["ratio"].idxmax() == "c"
    assert (drift["n_windows"] == 5).all()


@pytest.mark.parametrize("part", PARTS)
def test_a_series_alone_that_changes_is_found(part):
    y = changed(part, "a")["a"]
    with pytest.warns(ForecastDriftWarning, match="timesteps since the fit.* times as large"):
        fitted(y).update(y[N_BEFORE : N_BEFORE + 5 * HORIZON])


def test_a_change_of_all_series_is_found():
    table = NOISE + SEASON
    table[N_BEFORE:] *= 8
    with pytest.warns(ForecastDriftWarning):
        fitted(table).update(table[N_BEFORE : N_BEFORE + 4 * HORIZON])


def test_a_score_warns_as_an_update_does():
    table = NOISE + SEASON
    forecaster, ahead = fitted(table), table[N_BEFORE : N_BEFORE + HORIZON]
    forecaster.score(ahead)
    with pytest.warns(ForecastDriftWarning, match="scored timesteps.*'d'"):
        forecaster.score(ahead.assign(d=ahead["d"] + 60))
    # What was learned from is not compared.
    forecaster.score((table + 60 * (table.index == 3)[:, None])[:N_BEFORE])


def test_the_ratio_is_that_of_the_mean_absolute_errors():
    y = NOISE["a"] * np.where(NOISE.index < N_BEFORE, 1, 2)
    forecaster = LastValue(1, seasonal_period=1, validation_fraction=0.5).fit(y[:N_BEFORE])
    forecaster.update(y[N_BEFORE : N_BEFORE + 8])
    errors = y.diff().abs()
    expected = errors[N_BEFORE : N_BEFORE + 7].mean() / errors[N_BEFORE // 2 : N_BEFORE - 1].mean()
    assert forecaster.drift_["ratio"].iloc[0] == pytest.approx(expected, rel=0.05)


def test_stable_series_are_warned_of_in_less_than_two_percent():
    found = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=120) + rng.normal(size=120).cumsum() * (seed % 3)
        kind = (WindowMean, LastValue, LastValue)[seed % 3]
        forecaster = kind(4, seasonal_period=1, random_state=0).fit(y[:96])
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            forecaster.score(y[96:100])
            for start in range(96, 120, 4):
                forecaster.update(y[start : start + 4])
        found += [one for one in seen if one.category is ForecastDriftWarning]
    assert not found


def test_cross_validation_of_a_stable_series_is_quiet():
    y = (NOISE + SEASON)["a"]
    cv = TimeSeriesSplit(4, test_size=HORIZON)
    scores = cross_val_score(SeasonalNaive(HORIZON, seasonal_period=6), y.to_frame()[[]], y, cv=cv)
    assert np.isfinite(scores).all()


def test_nothing_is_known_before_an_update_nor_without_held_out_windows():
    table = NOISE + SEASON
    assert not hasattr(SeasonalNaive(), "drift_")
    for share in (0.2, 0):
        forecaster = SeasonalNaive(6, seasonal_period=6, validation_fraction=share)
        forecaster.fit(table[:N_BEFORE])
        assert forecaster.drift_["ratio"].isna().all()
        assert not forecaster.drift_["has_drifted"].any()
        assert (forecaster.drift_["n_windows"] == 0).all()
    forecaster.update(table[N_BEFORE:])
    assert forecaster.drift_["ratio"].isna().all()


def test_an_unfinished_window_counts_in_part_and_is_replaced():
    table = NOISE + SEASON
    forecaster = fitted(table).update(table[N_BEFORE : N_BEFORE + 2])
    assert ((0 < forecaster.drift_["n_windows"]) & (forecaster.drift_["n_windows"] < 1)).all()
    steps = forecaster.update(table[N_BEFORE + 2 : N_BEFORE + 9]).drift_
    once = fitted(table).update(table[N_BEFORE : N_BEFORE + 9]).drift_
    pd.testing.assert_frame_equal(steps, once)


def test_a_refit_begins_again():
    table = changed("scale", "c")
    forecaster = fitted(table)
    with pytest.warns(ForecastDriftWarning):
        forecaster.update(table[N_BEFORE : N_BEFORE + 5 * HORIZON])
    forecaster.update(table[N_BEFORE + 5 * HORIZON :], refit=True)
    assert not forecaster.drift_["has_drifted"].any()


def test_a_series_that_an_update_brings_has_no_errors_to_compare_with():
    panel = (NOISE + SEASON).T.stack()
    times = panel.index.get_level_values(1)
    forecaster = fitted_panel = SeasonalNaive(HORIZON, seasonal_period=6)
    fitted_panel.fit(panel[times < N_BEFORE])
    new = pd.concat({"new": NOISE["a"]})
    forecaster.update(new[:200]).update(new[200:])
    assert forecaster.drift_.index.tolist() == [*NAMES, "new"]
    assert forecaster.drift_["ratio"].isna().all()


@pytest.mark.parametrize("loss", ["negative_binomial", "quantile", "student_t"])
def test_networks_of_every_loss_are_watched(of_loss, loss):
    forecaster = copy.deepcopy(of_loss(loss))
    data = forecaster.predict(horizon=16).round().clip(lower=0) + 200
    with pytest.warns(ForecastDriftWarning):
        forecaster.update(data)
