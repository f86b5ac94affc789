"""Single values of a thousand times the level, which must not decide the scale or the season."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from skrnn._forecasting.outliers import are_outliers
from tests.forecasting.series import stacked, tiny

N = 60
RNG = np.random.default_rng(0)
CLEAN = pd.Series(
    300 + 100 * np.sin(np.pi * np.arange(N) / 2 + 0.4) + 5 * RNG.normal(size=N),
    index=pd.date_range("2024-01-01", periods=N),
)
SPREAD = 200.0


def with_values(*rows: int, value: float = 1e5, y: pd.Series = CLEAN) -> pd.Series:
    y = y.copy()
    y.iloc[list(rows)] = value
    return y


def found(values) -> list[int]:
    row = torch.tensor(np.asarray(values, dtype=float))[None]
    return np.flatnonzero(are_outliers(row)[0].numpy()).tolist()


@pytest.mark.parametrize(
    "rows", [[], [0], [30], [N - 1], [5, 40], [20, 21], [0, N - 1], [N - 2, N - 1]], ids=str
)
@pytest.mark.parametrize("value", [1e5, -1e5, 1e12])
def test_single_values_and_pairs_are_found(rows, value):
    assert found(with_values(*rows, value=value)) == rows


def test_outliers_of_different_size_are_found_together():
    assert found(with_values(50, value=-1e9, y=with_values(10))) == [10, 50]


def test_an_outlier_is_found_in_a_short_and_in_a_constant_history():
    assert found([3.0, 4.0, 5e3, 3.5, 4.5]) == [2]
    assert found([5.0] * 20 + [5e3] + [5.0] * 9) == [20]
    assert found([5.0, np.nan, 6.0, np.nan, 6e4, 5.5, 6.5]) == [4]


ORDINARY = {
    "a change of the level": np.r_[np.full(30, 10.0), np.full(30, 9e4)] + RNG.normal(size=60),
    "its third value": np.r_[np.full(57, 10.0), np.full(3, 9e4)] + RNG.normal(size=60),
    "exponential growth": np.exp(0.2 * np.arange(60)),
    "a walk": RNG.normal(size=600).cumsum(),
    "heavy tails": np.exp(1.5 * RNG.normal(size=5000)),
    "one sale": np.r_[np.zeros(50), 40.0, np.zeros(9)],
    "rare demand": np.where(RNG.random(2000) < 0.03, RNG.gamma(2.0, 20.0, 2000), 0.0),
    "a promotion": np.r_[np.full(30, 20.0), 400.0, np.full(29, 20.0)] + RNG.normal(size=60),
    "a set point": np.r_[np.full(40, 20.0), 25.0, np.full(19, 20.0)] + 1e-3 * RNG.normal(size=60),
    "a large offset": 1e9 + np.r_[np.zeros(30), 1e5, np.zeros(29)] + RNG.normal(size=60),
    "nothing": np.full(10, np.nan),
    "zeros": np.zeros(30),
}


@pytest.mark.parametrize("name", list(ORDINARY))
def test_values_of_the_order_of_the_series_are_ordinary(name):
    assert found(ORDINARY[name]) == []


@pytest.fixture(scope="module")
def clean_forecast():
    return tiny(seasonal_period="auto").fit(CLEAN.reset_index(drop=True)).predict()


CASES = {
    "first": [0],
    "middle": [25],
    "last": [N - 1],
    "in the last season": [N - 3],
    "two": [10, 40],
    "two in the last season": [N - 4, N - 2],
}


@pytest.mark.parametrize("value", [1e5, -1e5])
@pytest.mark.parametrize("name", list(CASES))
def test_an_outlier_keeps_the_season_and_the_forecast(name, value, clean_forecast):
    y = with_values(*CASES[name], value=value).reset_index(drop=True)
    fitted = tiny(seasonal_period="auto").fit(y)
    assert fitted.seasonal_period_ == 4
    np.testing.assert_allclose(fitted.predict(), clean_forecast, atol=0.4 * SPREAD)


@pytest.mark.parametrize("loss", ["mse", "huber", "quantile", "student_t"])
def test_an_outlier_keeps_the_forecast_under_every_loss(loss):
    forecasts = [tiny(loss=loss).fit(y).predict() for y in (CLEAN, with_values(25, N - 3))]
    np.testing.assert_allclose(*forecasts, atol=0.4 * SPREAD)


def test_an_outlier_keeps_the_forecast_of_logarithms():
    y = with_values(N - 3)
    forecasts = [tiny(target_transform="log").fit(y).predict() for y in (CLEAN, y)]
    np.testing.assert_allclose(*forecasts, atol=0.4 * SPREAD)


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
def test_an_outlier_in_the_held_out_part_keeps_skill_and_intervals():
    params = {"validation_fraction": 0.3, "max_epochs": 3}
    clean, other = (tiny(**params).fit(y) for y in (CLEAN, with_values(N - 8)))
    assert other.skill_ == pytest.approx(clean.skill_, abs=0.5)
    width = other.predict_interval(coverage=0.8)
    assert (width["upper"] - width["lower"]).max() < 5 * SPREAD


@pytest.mark.parametrize("form", ["table", "panel"])
def test_an_outlier_in_one_series_leaves_all_forecasts(form):
    def together(y):
        series = {"a": y, "b": 2 * CLEAN}
        return pd.DataFrame(series) if form == "table" else stacked(series)

    forecasts = [tiny().fit(together(y)).predict() for y in (CLEAN, with_values(N - 3))]
    np.testing.assert_allclose(*forecasts, atol=0.4 * SPREAD)


@pytest.mark.parametrize("past", [None, "x"])
def test_an_outlier_in_a_feature_keeps_the_scale_of_the_others(past):
    X = pd.DataFrame({"x": RNG.normal(size=N)}, CLEAN.index)
    later = pd.date_range(CLEAN.index[-1], periods=5)[1:]
    X_later = pd.DataFrame({"x": RNG.normal(size=4)}, later)
    wrong = X.copy()
    wrong.iloc[[3, 30]] = 1e5
    forecasts = [tiny(past_features=past).fit(x, CLEAN).predict(X_later) for x in (X, wrong)]
    np.testing.assert_allclose(*forecasts, atol=0.4 * SPREAD)


def test_an_outlier_in_a_later_history_is_no_value(clean_forecast):
    fitted = tiny().fit(CLEAN)
    forecasts = [
        fitted.predict(history=y) for y in (with_values(N - 2, value=np.nan), with_values(N - 2))
    ]
    np.testing.assert_array_equal(*forecasts)
    updated = tiny().fit(CLEAN[:-4]).update(with_values(N - 2)[-4:]).predict()
    np.testing.assert_allclose(updated, fitted.predict(), atol=0.4 * SPREAD)
