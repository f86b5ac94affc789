import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.seasonality import find_periods, seasonal_gain
from skrnn._series.panel import read_panel
from skrnn.datasets import load_air_passengers


def series(values, freq):
    index = None if freq is None else pd.date_range("1900-01-01", periods=len(values), freq=freq)
    return pd.Series(values, index=index)


def season(n_timesteps, period, noise, seed=0):
    rng = np.random.default_rng(seed)
    profile = rng.normal(size=period)
    return profile[np.arange(n_timesteps) % period] + noise * rng.normal(size=n_timesteps)


@pytest.mark.slow
@pytest.mark.parametrize("freq", ["QS", "MS", "W", "D", "h", None])
@pytest.mark.parametrize("n_timesteps", [20, 40, 160, 320])
@pytest.mark.parametrize("is_random_walk", [False, True])
def test_chance_rarely_makes_a_season_in_a_single_series(freq, n_timesteps, is_random_walk):
    rng = np.random.default_rng(n_timesteps)
    n_found = 0
    for _ in range(40):
        values = rng.normal(size=n_timesteps)
        values = values.cumsum() if is_random_walk else values
        n_found += find_periods(read_panel(series(values, freq))) != (1,)
    assert n_found <= 5


@pytest.mark.parametrize(
    ("freq", "period", "n_timesteps"), [("QS", 4, 40), ("MS", 12, 60), ("D", 7, 60), ("h", 24, 150)]
)
def test_a_season_twice_as_large_as_the_noise_is_found(freq, period, n_timesteps):
    found = [
        find_periods(read_panel(series(season(n_timesteps, period, 0.5, seed), freq)))[0] == period
        for seed in range(10)
    ]
    assert sum(found) >= 8


def test_a_strong_year_is_found_in_less_than_three_years():
    assert find_periods(read_panel(series(season(33, 12, 0.1), "MS"))) == (12,)


def test_the_air_passengers_have_a_year():
    assert find_periods(read_panel(load_air_passengers())) == (12,)
    assert find_periods(read_panel(load_air_passengers().to_numpy())) == (12,)


def test_the_more_periods_are_tried_the_clearer_a_season_must_be():
    panels = [read_panel(series(season(84, 12, 1.5, seed), "MS")) for seed in range(20)]
    alone, among_many = (
        {i for i, panel in enumerate(panels) if seasonal_gain(panel, 12, n_tried=n).is_clear}
        for n in (1, 100)
    )
    assert among_many < alone


def test_the_gain_is_the_share_that_a_season_takes_off_the_differences():
    values = np.tile([0.0, 3.0, 1.0, 5.0], 6)
    # two apart: |1 - 0| and |5 - 3|, in turn, on both sides of the season; four apart: nothing.
    assert seasonal_gain(read_panel(values), 4) == (1.0, True)
    tilted = values + 0.1 * np.arange(len(values))
    # four apart .4; two apart 1.2, 2.2, .8, 1.8 and six apart 1.6, 2.6, .4, 1.4: 1.5 on average.
    share = seasonal_gain(read_panel(tilted), 4).share
    assert share == pytest.approx(1 - 0.4 / 1.5, abs=0.02)
