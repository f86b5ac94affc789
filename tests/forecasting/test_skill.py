"""Does the forecaster beat repeating the last season, and what does it say of that?"""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting import held_out
from skrnn._forecasting.seasonality import seasonal_naive
from skrnn._series.panel import read_panel
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import LOSSES, counts, tiny, walk


def test_a_warning_says_when_repeating_the_last_season_is_better():
    y = pd.Series(np.tile([1.0, 5.0, 2.0, 8.0], 20))
    with pytest.warns(SeasonalNaiveWarning, match=r"last 4 timesteps: skill_ is") as warned:
        fitted = tiny(validation_fraction=0.2, max_epochs=1).fit(y + 0.01 * y.index % 3)
    assert fitted.skill_ < 0
    assert len(warned) == 1 and warned[0].filename == __file__


def test_a_naive_forecast_that_is_exact_leaves_no_skill():
    fitted = tiny(validation_fraction=0.2).fit(pd.Series(np.tile([1.0, 5.0, 2.0, 8.0], 20)))
    assert fitted.skill_ == 0


@pytest.mark.slow
def test_no_warning_comes_where_the_network_is_better():
    # every season is the mirror image of the one before: repeating it is as wrong as can be.
    rng = np.random.default_rng(0)
    sign = np.repeat(np.where(np.arange(60) % 2, 1.0, -1.0), 4)
    y = pd.Series(sign * np.tile([1.0, 5.0, 2.0, 8.0], 60) + rng.normal(size=240) * 0.1)
    fitted = tiny(validation_fraction=0.2, max_epochs=6, batch_size=64, hidden_size=8).fit(y)
    assert 0.1 < fitted.skill_ < 1


def test_the_skill_is_that_of_the_networks_from_the_held_out_cutoffs(early_networks):
    y = walk(60)
    networks = copy.deepcopy(early_networks)
    networks._fitted.networks.set_weight(1.0)
    # the last fifth is held out; its windows begin at every cutoff from which it is the future.
    errors, naive_errors = [], []
    for cutoff in range(47, 56):
        known, actual = y[: cutoff + 1], y[cutoff + 1 : cutoff + 5].to_numpy()
        errors.append(np.abs(networks.predict(history=known) - actual))
        naive_errors.append(np.abs(known[-4:].to_numpy() - actual))
    expected = 1 - np.mean(errors) / np.mean(naive_errors)
    np.testing.assert_allclose(early_networks.skill_, expected, rtol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weight", [0.0, 0.25])
def test_a_network_that_weighs_less_is_drawn_towards_a_simple_forecast(of_loss, loss, weight):
    fitted = copy.deepcopy(of_loss(loss))
    fitted._fitted.networks.set_weight(1.0)
    alone = fitted.predict()
    fitted._fitted.networks.set_weight(weight)
    last_seasons = counts()[-12:].to_numpy().reshape(3, 4)
    simple = last_seasons.mean(axis=0) if loss == "negative_binomial" else last_seasons[-1]
    expected = weight * alone + (1 - weight) * simple
    np.testing.assert_allclose(fitted.predict(), expected, rtol=1e-5)


def test_a_network_weighs_less_where_repeating_the_last_season_is_better():
    rng = np.random.default_rng(0)
    repeated = pd.DataFrame(np.tile([1.0, 5.0, 2.0, 8.0], 25)[:, None] * rng.uniform(1, 9, 30))
    repeated += rng.normal(size=repeated.shape) * 0.01
    with pytest.warns(SeasonalNaiveWarning):
        fitted = tiny(validation_fraction=0.2, context_length=4, seasonal_period=4).fit(repeated)
    assert fitted.skill_ < -0.1
    assert 0 <= fitted.network_weight_ < 0.5
    for net in fitted.nets_:
        assert float(net.module_.network_weight) == pytest.approx(fitted.network_weight_)
    assert tiny().fit(walk(40)).network_weight_ == 1.0


@pytest.mark.parametrize(
    ("seasons", "context_length", "anchor"), [(24, 16, 1), ((24, 4), 16, 4), (4, 16, 4)]
)
def test_the_weight_is_learned_against_the_anchor_it_draws_to(
    seasons, context_length, anchor, monkeypatch
):
    learned = {}

    def weight_of(actual, forecast, naive, *_, **__):
        learned["naive"] = naive
        return 0.0

    monkeypatch.setattr(held_out, "network_weight", weight_of)
    y = walk(120)
    params = {"seasonal_period": seasons, "context_length": context_length, "calendar": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2, segment_length=4, **params).fit(y)
    panel = read_panel(y)
    series = np.zeros(len(learned["naive"]), dtype=int)
    cutoffs = np.arange(95, 95 + len(series))
    np.testing.assert_array_equal(
        learned["naive"], seasonal_naive(panel, series, cutoffs, 4, anchor)
    )
    # with weight 0 the forecast is that anchor.
    np.testing.assert_allclose(fitted.predict(), np.resize(y[-anchor:], 4), rtol=1e-5)


def test_a_second_fit_that_goes_on_does_not_warn_of_the_first_ones_skill():
    warm = tiny(validation_fraction=0.3, warm_start=True)
    with pytest.warns(SeasonalNaiveWarning):
        warm.fit(walk(60))
    skill = warm.skill_
    warm.fit(walk(60))
    assert warm.skill_ == skill < 0
