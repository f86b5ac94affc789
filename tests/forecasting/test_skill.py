"""Does the forecaster beat repeating the last season, and what does it say of that?"""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting import held_out
from skrnn._forecasting.smoothed_median import smoothed_median
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import LOSSES, counts, tiny, walk


def seasonal_walks(n_series=1):
    """Each place in the season is a random walk of its own: its last value is the best forecast."""
    steps = np.random.default_rng(0).normal(size=(25, 4, n_series))
    return pd.DataFrame(steps.cumsum(axis=0).reshape(100, n_series))


def test_a_warning_says_when_repeating_the_last_season_is_better():
    with pytest.warns(SeasonalNaiveWarning, match=r"last 4 timesteps: skill_ is") as warned:
        fitted = tiny(validation_fraction=0.2, max_epochs=1).fit(seasonal_walks(8))
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


def test_the_skill_is_that_of_the_forecasts_from_the_held_out_cutoffs(early_networks):
    y = walk(60)
    networks = copy.deepcopy(early_networks)
    networks._fitted.networks.set_weight(early_networks.network_weight_)
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
    if loss == "negative_binomial":
        simple = counts()[-12:].to_numpy().reshape(3, 4).mean(axis=0)
    else:
        simple = smoothed(counts(), 4, 4, is_mean=loss == "mse")
    expected = weight * alone + (1 - weight) * simple
    np.testing.assert_allclose(fitted.predict(), expected, rtol=1e-5)


def smoothed(y, horizon, period, **params):
    """Forecast by exponential smoothing after the last value."""
    history = np.asarray(y, dtype=np.float64)[None, -12:]
    return smoothed_median(history, horizon=horizon, period=period, **params).ravel()


def test_networks_weigh_less_where_exponential_smoothing_is_better():
    # noise around a level: the mean of a long past is best, and a network of an epoch is not.
    noise = pd.DataFrame(100 + np.random.default_rng(0).normal(size=(100, 20)))
    settings = {"validation_fraction": 0.2, "context_length": 40, "seasonal_period": 1}
    fitted = tiny(**settings, max_epochs=1).fit(noise)
    assert 0 <= fitted.network_weight_ < 0.5
    for net in fitted.nets_:
        assert float(net.module_.network_weight) == pytest.approx(fitted.network_weight_)


@pytest.mark.parametrize(("loss", "weight"), [("mae", 0.5), ("negative_binomial", 1.0)])
def test_without_held_out_windows_the_weight_is_a_prior(loss, weight):
    fitted = tiny(loss=loss, validation_fraction=0).fit(counts())
    assert fitted.network_weight_ == weight
    assert float(fitted.net_.module_.network_weight) == weight


def test_the_weight_is_learned_against_what_it_draws_to(monkeypatch):
    learned = {}

    def weight_of(actual, forecast, simple, *_, **__):
        learned["simple"] = simple
        return 0.0

    monkeypatch.setattr(held_out, "network_weight", weight_of)
    y = walk(120)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2, segment_length=4, calendar=None).fit(y)
    cutoffs = range(95, 95 + len(learned["simple"]))
    expected = [smoothed(y[: cutoff + 1], 4, 4) for cutoff in cutoffs]
    np.testing.assert_allclose(learned["simple"], expected, rtol=1e-6)
    # with weight 0 the forecast is that of exponential smoothing.
    np.testing.assert_allclose(fitted.predict(), smoothed(y, 4, 4), rtol=1e-5)


def test_a_second_fit_that_goes_on_does_not_warn_of_the_first_ones_skill():
    warm = tiny(validation_fraction=0.3, warm_start=True, max_epochs=1)
    with pytest.warns(SeasonalNaiveWarning):
        warm.fit(seasonal_walks(8))
    skill = warm.skill_
    warm.fit(seasonal_walks(8))
    assert warm.skill_ == skill < 0
