"""Constant, short, far-off and broken series are forecast by finite numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from skrnn._training.net import RecurrentNet
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import stacked, tiny, walk


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["mse", "quantile", "student_t"])
@pytest.mark.parametrize(
    "values",
    [
        np.zeros(40),
        np.full(40, 7.5),
        np.full(40, -1e12),
        -walk(40).to_numpy(),
        walk(40).to_numpy() * 1e12,
        walk(40).to_numpy() * 1e-12,
        walk(40).to_numpy() * 1e-30,
        walk(40).to_numpy() * 1e140,
        walk(40).to_numpy() + 1e12,
        np.r_[np.zeros(20), walk(20) * 1e12],
        np.r_[walk(20) * 1e12, np.zeros(20)],
        np.where(np.arange(40) == 30, 1e100, 1.0),
        np.where(np.arange(40) == 39, 1e100, 0.0),
        np.where(np.arange(40) % 13 == 0, walk(40), 0.0),
        np.r_[walk(20), np.full(20, np.nan)],
        np.r_[np.full(20, np.nan), walk(20)],
        np.r_[walk(9), np.full(22, np.nan), walk(9)],
        np.where(np.arange(40) % 3 == 0, walk(40), np.nan),
    ],
    ids=lambda values: f"{np.nanmin(values):.3g} to {np.nanmax(values):.3g}",
)
def test_odd_series_are_forecast_by_finite_numbers(values, loss):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(loss=loss, validation_fraction=0.2).fit(values)
    forecast = fitted.predict(horizon=9)
    assert np.isfinite(forecast).all()
    assert np.isfinite(fitted.fitted_values()).all()
    if fitted._fitted.residuals is not None:
        assert np.isfinite(fitted.predict_quantiles([0.01, 0.99], horizon=9)).all()
        assert np.isfinite(fitted.sample_paths(5, horizon=9)).all()


def test_a_constant_is_forecast_by_itself():
    for constant in (0.0, 7.5, -1e12, 1e-12):
        fitted = tiny().fit(np.full(40, constant))
        np.testing.assert_allclose(fitted.predict(), constant, rtol=0.2)


@pytest.mark.parametrize("factor", [1e-12, 1e12, 1e100])
def test_forecasts_have_the_scale_of_the_series(base, factor):
    y = walk(40, 3)
    got = base.predict(history=y * factor, horizon=9)
    np.testing.assert_allclose(got / factor, base.predict(history=y, horizon=9), rtol=1e-5)


def test_forecasts_move_with_the_level_of_the_series(base):
    y = walk(40, 3)
    got = base.predict(history=y + 1e6)
    np.testing.assert_allclose(got - 1e6, base.predict(history=y), atol=1e-4)


@pytest.mark.parametrize("n_timesteps", [4, 5, 6, 9, 13, 15])
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_series_shorter_than_a_window_are_learned_from(n_timesteps, decoder):
    fitted = tiny(decoder=decoder).fit(walk(n_timesteps))
    assert np.isfinite(fitted.predict(horizon=9)).all()
    assert np.isfinite(fitted.fitted_values()).all()


@pytest.mark.parametrize("n_timesteps", [1, 2, 3])
def test_series_of_a_few_timesteps_are_named_when_nothing_can_be_learned(n_timesteps):
    with pytest.raises(ValueError, match=rf"'sales', has {n_timesteps}.*Pass longer series"):
        tiny().fit(walk(n_timesteps))


@pytest.mark.parametrize("n_timesteps", [1, 2, 3])
def test_series_of_a_few_timesteps_are_forecast_beside_longer_ones(n_timesteps):
    short = walk(n_timesteps, 3) * 100
    forecast = tiny().fit(stacked({"long": walk(40), "short": short})).predict()
    assert np.isfinite(forecast).all()
    assert (forecast["short"] / short.mean()).between(0.5, 2).all()
    assert np.isfinite(tiny().fit(walk(40)).predict(history=short)).all()


def test_long_gaps_are_forecast_through():
    y = walk(120)
    y.iloc[30:90] = np.nan
    fitted = tiny().fit(y)
    assert np.isfinite(fitted.fitted_values()).all()
    stopped = y[:70]
    forecast = fitted.predict(history=stopped)
    assert list(forecast.index) == list(y.index[70:74])
    np.testing.assert_allclose(forecast, fitted.predict(history=y[:30], horizon=44)[40:], rtol=1e-6)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA"), RuntimeError("not enough memory")]
)
@pytest.mark.parametrize("net_params", [None, {"optimizer": torch.optim.SGD}])
def test_too_little_memory_is_told_with_a_way_out(error, net_params, monkeypatch):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(RecurrentNet, "partial_fit", fail)
    with pytest.raises(ValueError, match=r"enough memory.*Lower them, or batch_size"):
        tiny(net_params=net_params).fit(walk(60))
