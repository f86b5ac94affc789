"""Each parameter of the forecaster has its effect."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback

from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import noise, stacked, tiny, walk, weights_of


def seasonal(n_timesteps, periods, freq, seed=0, noise_scale=0.3) -> pd.Series:
    """A series with seasons of these lengths, each of its own shape, and some noise."""
    rng = np.random.default_rng(seed)
    values = noise_scale * rng.normal(size=n_timesteps)
    for period in periods:
        values += rng.normal(size=period)[np.arange(n_timesteps) % period]
    return pd.Series(values, index=pd.date_range("2024-01-01", periods=n_timesteps, freq=freq))


OTHERS = {
    "context_length": 8,
    "seasonal_period": 1,
    "loss": "mse",
    "decoder": "direct",
    "segment_length": 2,
    "target_transform": "log",
    "calendar": ["day_of_week"],
    "n_members": 3,
    "cell": "lstm",
    "hidden_size": 5,
    "num_layers": 2,
    "dropout": 0.5,
    "learning_rate": 0.01,
    "learning_rate_schedule": "constant",
    "max_epochs": 2,
    "batch_size": 64,
    "weight_decay": 0.5,
    "gradient_clip": 0.01,
    "random_state": 1,
    "dtype": "float64",
    "net_params": {"optimizer": torch.optim.SGD},
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_parameter_changes_what_is_forecast(base, name):
    other = tiny(**{"calendar": None, name: OTHERS[name]}).fit(walk(60))
    assert not np.allclose(other.predict(), base.predict(), rtol=1e-9)
    assert np.isfinite(other.predict()).all()


def test_the_network_has_the_shape_that_was_asked_for():
    fitted = tiny(cell="rnn", hidden_size=5, num_layers=2, dtype="float64").fit(walk(60))
    encoder = fitted.net_.module_.encoder
    assert (encoder.cell, encoder.hidden_size, encoder.num_layers) == ("rnn", 5, 2)
    assert {p.dtype for p in fitted.net_.module_.parameters()} == {torch.float64}


@pytest.mark.parametrize(
    ("context_length", "segment_length", "expected"),
    [(10, 4, 12), (12, 4, 12), (1, 5, 5), (7, 1, 7)],
)
def test_the_context_is_rounded_up_to_whole_segments(context_length, segment_length, expected):
    fitted = tiny(context_length=context_length, segment_length=segment_length).fit(walk(40))
    assert fitted.context_length_ == expected and fitted.segment_length_ == segment_length


def test_what_is_older_than_the_context_is_not_read(base):
    y = walk(40, 3)
    expected = base.predict(history=y)
    old = y.where(np.arange(40) >= 28, 1e6)
    pd.testing.assert_series_equal(base.predict(history=old), expected)
    young = y.where(np.arange(40) != 28, 60.0)
    assert not np.allclose(base.predict(history=young), expected)


def test_automatic_lengths_fit_the_data():
    fitted = tiny(context_length="auto", seasonal_period=7).fit(walk(100))
    assert fitted.context_length_ == 63 and fitted.segment_length_ == 7
    short = tiny(context_length="auto", seasonal_period=7).fit(walk(20))
    assert 20 <= short.context_length_ < 27
    assert tiny(decoder="recursive", context_length=9).fit(walk(30)).segment_length_ == 1


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_the_log_transform_is_a_fit_to_logarithms(scale):
    y = walk(60) * scale
    transformed = tiny(target_transform="log").fit(y)
    by_hand = tiny().fit(np.log(y))
    np.testing.assert_allclose(transformed.predict(), np.exp(by_hand.predict()), rtol=1e-5)
    np.testing.assert_allclose(
        transformed.fitted_values()[4:], np.exp(by_hand.fitted_values()[4:]), rtol=1e-5
    )


def test_logarithms_of_falling_values_are_forecast_above_zero():
    falling = pd.Series(np.exp(-np.arange(40.0)) * 1e9)
    fitted = tiny(target_transform="log", seasonal_period=1, validation_fraction=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted.fit(falling)
    assert (fitted.predict(horizon=9) > 0).all()
    assert (fitted.predict_interval(coverage=0.99) > 0).all(axis=None)
    assert (fitted.sample_paths(50) > 0).all(axis=None)


def test_members_are_combined_by_the_median():
    fitted = tiny(n_members=3).fit(walk(60))
    assert len(fitted.nets_) == 3 and fitted.net_ is fitted.nets_[0]
    singly = []
    for net in fitted.nets_:
        one = copy.copy(fitted)
        networks = replace(fitted._fitted.networks, nets=[net])
        one._fitted = replace(fitted._fitted, networks=networks)
        singly.append(one.predict())
    assert not np.allclose(singly[0], singly[1])
    np.testing.assert_allclose(fitted.predict(), np.median(singly, axis=0), rtol=1e-6)


def test_the_first_member_is_the_single_network():
    np.testing.assert_array_equal(
        weights_of(tiny().fit(walk(60))),
        weights_of(tiny(n_members=2).fit(walk(60)))[: len(weights_of(tiny().fit(walk(60))))],
    )


def test_calendar_features_tell_the_weekday():
    y = walk(40)
    days = [pd.Series(y.to_numpy(), y.index + pd.Timedelta(n, "D")) for n in (0, 1, 7)]
    fitted = tiny(calendar=["day_of_week"]).fit(y)
    monday, tuesday, next_monday = (fitted.predict(history=one).to_numpy() for one in days)
    assert not np.allclose(monday, tuesday, rtol=1e-9)
    np.testing.assert_allclose(monday, next_monday, rtol=1e-7)


@pytest.mark.parametrize(
    ("freq", "n_timesteps", "n_features"),
    [
        ("h", 40, 0),  # less than two days
        ("h", 60, 4),  # sine and cosine of the day and of its half
        ("h", 24 * 15, 4 + 7),
        ("D", 13, 0),
        ("D", 15, 7),
        ("D", 740, 7 + 4),
        ("ME", 23, 0),
        ("ME", 26, 4),
        ("YE", 60, 0),
    ],
)
def test_the_automatic_calendar_has_the_cycles_that_the_data_shows_twice(
    freq, n_timesteps, n_features
):
    y = seasonal(n_timesteps, [4], freq)
    network = tiny().fit(y).net_.module_
    assert network.n_future == n_features
    assert tiny(calendar=None).fit(y).net_.module_.n_future == 0
    assert tiny(calendar=[]).fit(y).net_.module_.n_future == 0


@pytest.mark.slow
def test_features_known_in_advance_are_learned_from():
    rng = np.random.default_rng(0)
    index = pd.date_range("2024-01-01", periods=200)
    X = pd.DataFrame({"push": rng.choice([-1.0, 1.0], size=200)}, index=index)
    y = pd.Series(10 + 5 * X["push"] + rng.normal(size=200) * 0.1, index=index)
    params = {"seasonal_period": 1, "hidden_size": 16, "max_epochs": 5, "batch_size": 64}
    params |= {"learning_rate": 0.02, "calendar": None}
    fitted = tiny(**params).fit(X[:180], y[:180])
    error = (fitted.predict(X[180:]) - y[180:]).abs().mean()
    blind = tiny(**params).fit(y[:180])
    blind_error = (blind.predict(horizon=20) - y[180:]).abs().mean()
    assert error < 0.4 * blind_error


def test_static_categories_tell_series_apart():
    rng = np.random.default_rng(0)
    kinds = {name: ("up" if number % 2 else "down") for number, name in enumerate("abcdefgh")}
    series, features = {}, {}
    for name, kind in kinds.items():
        slope = 1.0 if kind == "up" else -1.0
        values = rng.normal(size=40) * 0.1 + slope * (np.arange(40) % 5 == 0).cumsum()
        series[name] = walk(40).mul(0).add(values)
        features[name] = pd.DataFrame({"kind": kind, "size": 3.0}, index=series[name].index)
    y, X = stacked(series), stacked(features)
    fitted = tiny(
        static_features=["kind", "size"], seasonal_period=1, max_epochs=6, batch_size=64
    ).fit(X, y)
    flat = walk(40) * 0
    forecasts = {}
    for kind in ("up", "down", None):
        beside = pd.DataFrame({"kind": kind, "size": 3.0}, index=flat.index)
        forecasts[kind] = fitted.predict(
            history=pd.concat({"z": flat}), X_history=pd.concat({"z": beside})
        ).mean()
    assert forecasts["up"] > forecasts["down"]
    assert np.isfinite(forecasts[None])


@pytest.mark.parametrize(
    ("freq", "n_timesteps", "seasons", "expected"),
    [
        ("h", 24 * 40, [24], (24,)),
        ("h", 24 * 40, [24, 168], (24, 168)),
        ("30min", 48 * 20, [48], (48,)),
        ("D", 200, [7], (7,)),
        ("B", 120, [5], (5,)),
        ("W", 52 * 6, [52], (52,)),
        ("ME", 96, [12], (12,)),
        ("QE", 60, [4], (4,)),
        ("YE", 60, [4], (1,)),
    ],
)
def test_the_season_that_the_frequency_suggests_is_found_in_the_data(
    freq, n_timesteps, seasons, expected
):
    fitted = tiny(seasonal_period="auto", context_length="auto").fit(
        seasonal(n_timesteps, seasons, freq)
    )
    assert fitted.seasonal_period_ == expected[0]
    assert fitted._fitted.networks.shape.periods == expected


@pytest.mark.parametrize("season", [4, 7, 12, 24])
def test_the_season_of_numbered_rows_is_found_in_the_data(season):
    y = seasonal(season * 25, [season], "D").reset_index(drop=True)
    assert tiny(seasonal_period="auto").fit(y).seasonal_period_ == season


@pytest.mark.slow
@pytest.mark.parametrize("freq", ["h", "D", "ME", "QE"])
@pytest.mark.parametrize("integrate", [False, True])
def test_noise_and_random_walks_have_no_season(freq, integrate):
    for seed in range(3):
        y = noise(10, 400, seed, integrate)
        y.index = pd.date_range("1900-01-31", periods=400, freq=freq)
        assert tiny(seasonal_period="auto").fit(y).seasonal_period_ == 1
    assert tiny(seasonal_period="auto").fit(y.reset_index(drop=True)).seasonal_period_ == 1


def test_seven_of_a_given_day_are_a_week_if_the_data_shows_one():
    with_week = seasonal(24 * 40, [24, 168], "h")
    without = seasonal(24 * 40, [24], "h")
    for y, periods in ((with_week, (24, 168)), (without, (24,))):
        fitted = tiny(seasonal_period=24, context_length="auto").fit(y.reset_index(drop=True))
        assert fitted._fitted.networks.shape.periods == periods
    several = tiny(seasonal_period=(6, 4)).fit(without)
    assert several.seasonal_period_ == 6 and several._fitted.networks.shape.periods == (6, 4)


def test_a_warm_start_trains_on():
    y = walk(60)
    warm = tiny(warm_start=True).fit(y)
    first = weights_of(warm)
    np.testing.assert_array_equal(first, weights_of(tiny().fit(y)))
    warm.set_params(max_epochs=2, learning_rate=0.01, batch_size=256).fit(y)
    assert warm.n_iter_ == 3 and len(warm.loss_curve_) == 3
    assert not np.allclose(weights_of(warm), first)
    cold = tiny().fit(y).fit(y)
    assert cold.n_iter_ == 1
    np.testing.assert_array_equal(weights_of(cold), first)


def test_a_warm_start_takes_newer_and_other_series():
    warm = tiny(warm_start=True, calendar=None).fit(walk(60))
    panel = stacked({"a": walk(50, 1), "b": walk(30, 2)})
    forecast = warm.fit(panel).predict()
    assert set(forecast.index.get_level_values(0)) == {"a", "b"}
    np.testing.assert_array_equal(warm.predict(history=walk(50, 1)), forecast["a"])


def test_early_stopping_finds_the_number_of_epochs_on_held_out_windows():
    y = pd.Series(np.random.default_rng(0).normal(size=60))
    fitted = tiny(
        early_stopping=True,
        validation_fraction=0.3,
        max_epochs=30,
        n_iter_no_change=2,
        learning_rate=0.05,
        learning_rate_schedule="constant",
        batch_size=256,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted.fit(y)
    assert fitted.n_iter_ < 30 and fitted.best_epoch_ == fitted.n_iter_


def test_without_held_out_windows_there_is_no_skill_and_no_interval():
    fitted = tiny(validation_fraction=0).fit(walk(60))
    assert np.isnan(fitted.skill_)
    with pytest.raises(ValueError, match=r"validation_fraction.*Set validation_fraction"):
        fitted.predict_interval()


def test_a_series_too_short_to_hold_anything_out_is_trained_on_whole():
    fitted = tiny(validation_fraction=0.2).fit(walk(10))
    assert np.isnan(fitted.skill_) and np.isfinite(fitted.predict()).all()
    with pytest.raises(ValueError, match="series too short"):
        fitted.sample_paths(2)


def test_an_epoch_is_a_fixed_number_of_windows():
    class Count(Callback):
        sizes: list = []

        def on_batch_begin(self, net, batch, training, **kwargs):
            type(self).sizes.append(len(batch[0][0]))

    for n_timesteps in (10, 3000):
        Count.sizes = []
        tiny(callbacks=[Count], batch_size=300).fit(walk(n_timesteps))
        assert sum(Count.sizes) == 1024
        assert max(Count.sizes) - min(Count.sizes) <= 1


def test_verbose_prints_a_line_for_each_epoch_and_else_nothing_is_said(capfd):
    tiny(max_epochs=2, validation_fraction=0).fit(walk(40)).predict()
    assert capfd.readouterr() == ("", "")
    tiny(max_epochs=2, validation_fraction=0, verbose=1).fit(walk(40))
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert [words[0] for words in lines if words and words[0].isdigit()] == ["1", "2"]


@pytest.mark.parametrize(
    "params",
    [
        {"horizon": 2},
        {"horizon": 9},
        {"loss": "quantile"},
        {"loss": "negative_binomial"},
        {"target_transform": "log"},
        {"decoder": "recursive"},
        {"context_length": 3},
        {"past_features": ["plan"]},
    ],
)
def test_a_parameter_set_after_fit_waits_for_the_next_fit(params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2).fit(walk(60))
    rows = walk(66).index[-20:].to_frame()[[]]

    def answers():
        return [
            fitted.predict(),
            fitted.predict(horizon=7),
            fitted.predict(rows),
            fitted.predict_quantiles(),
            fitted.fitted_values(),
            fitted.sample_paths(3),
        ]

    expected = answers()
    fitted.set_params(**params)
    for got, one in zip(answers(), expected, strict=True):
        np.testing.assert_array_equal(got, one)


def test_hours_of_business_have_no_week_of_five():
    hours = pd.date_range("2024-01-01", periods=100, freq="bh")
    y = pd.Series(np.tile([0.0, 5.0, 1.0, 3.0, 9.0], 20), hours)
    assert tiny(seasonal_period="auto").fit(y).seasonal_period_ != 5


def test_a_static_feature_that_is_not_repeated_stays_known():
    panel = stacked({"a": walk(60, 1), "b": walk(60, 2)})
    X = pd.DataFrame({"size": np.repeat([1.0, 9.0], 60), "kind": "x"}, index=panel.index)
    X.loc["b", "kind"] = "y"
    X.iloc[0] = [np.nan, None]
    fitted = tiny(static_features=["size", "kind"], learning_rate=0.1).fit(X, panel)
    later = pd.date_range(walk(60).index[-1], periods=5)[1:]
    rows = pd.MultiIndex.from_product([["a", "b"], later], names=panel.index.names)
    known = pd.DataFrame({"size": np.repeat([1.0, 9.0], 4), "kind": ["x"] * 4 + ["y"] * 4}, rows)
    unknown = pd.DataFrame({"size": np.nan, "kind": np.array([None] * 8, dtype=object)}, rows)
    forecast = fitted.predict(known)
    pd.testing.assert_series_equal(fitted.predict(unknown), forecast)
    pd.testing.assert_series_equal(fitted.predict(), forecast)
