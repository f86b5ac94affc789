"""A feature known in advance acts on the timestep that it belongs to, with every decoder."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrnn import RNNForecaster
from skrnn.modules.forecast_model import ForecastModel

rng = np.random.default_rng(0)
DAYS = pd.date_range("2023-01-01", periods=300)
X = pd.DataFrame({"promo": (rng.random(300) < 0.3) * 1.0, "rain": rng.normal(size=300)}, DAYS)
SALES = pd.Series(100 + 20 * X["promo"] + rng.normal(size=300), DAYS)
QUIET = pd.DataFrame({"promo": 0.0, "rain": 0.0}, pd.date_range("2023-10-28", periods=6))
SMALL = {
    "horizon": 3,
    "context_length": 10,
    "seasonal_period": 1,
    "calendar": None,
    "hidden_size": 6,
    "max_epochs": 5,
    "batch_size": 64,
    "learning_rate": 0.05,
    "dropout": 0.0,
    "validation_fraction": 0,
    "random_state": 0,
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning"),
]


def fitted_on(X, y=SALES, **params):
    return RNNForecaster(**SMALL | params).fit(X, y)


@pytest.fixture(scope="module")
def recursive():
    return fitted_on(X, decoder="recursive", validation_fraction=0.2)


def effects(forecast, future=QUIET[:3]):
    """Return what a promotion on each day (row) adds to the forecast of each day (column)."""
    days = pd.unique(future.index.get_level_values(-1))
    moved = []
    for day in days:
        busy = future.copy()
        busy.loc[busy.index.get_level_values(-1) == day, "promo"] = 1.0
        difference = np.asarray(forecast(busy)) - np.asarray(forecast(future))
        moved.append(difference.reshape(-1, len(days)).mean(axis=0))
    return np.array(moved)


def assert_each_day_has_its_own(moved, tolerance=5):
    np.testing.assert_allclose(np.diag(moved), 20, atol=tolerance)
    np.testing.assert_allclose(moved - np.diag(np.diag(moved)), 0, atol=3)


@pytest.mark.parametrize("decoder", ["segment", "direct"])
def test_a_promotion_moves_its_own_day(decoder):
    assert_each_day_has_its_own(effects(fitted_on(X, decoder=decoder).predict))


def test_a_promotion_moves_its_own_day_where_forecasts_are_read_back(recursive):
    moved = effects(recursive.predict)
    assert_each_day_has_its_own(moved)
    # a step reads nothing of the steps after it.
    np.testing.assert_array_equal(moved[np.tril_indices(3, -1)], 0)


def test_a_promotion_moves_its_own_day_after_the_horizon(recursive):
    assert_each_day_has_its_own(effects(recursive.predict, QUIET), tolerance=8)


def test_a_promotion_moves_quantiles_and_paths_of_its_own_day(recursive):
    assert_each_day_has_its_own(effects(lambda X: recursive.predict_quantiles([0.1], X)))
    assert_each_day_has_its_own(effects(lambda X: recursive.sample_paths(9, X).mean(axis=1)))


def test_clones_and_pickles_read_the_same_features(recursive):
    read = pickle.loads(pickle.dumps(recursive))
    pd.testing.assert_series_equal(read.predict(QUIET), recursive.predict(QUIET))
    one = clone(recursive).set_params(max_epochs=1, validation_fraction=0)
    np.testing.assert_array_equal(
        effects(one.fit(X, SALES).predict), effects(clone(one).fit(X, SALES).predict)
    )


def test_a_promotion_moves_its_own_day_beside_static_and_past_features():
    def stacked(frame):
        shops = {"a": frame.assign(size=1.0), "b": frame.assign(size=2.0)}
        return pd.concat(shops, names=["shop"])

    y = pd.concat({"a": SALES, "b": SALES + 50}, names=["shop"])
    roles = {"static_features": "size", "past_features": "rain"}
    forecaster = fitted_on(stacked(X), y, decoder="recursive", **roles)
    future = stacked(QUIET[:3])
    assert_each_day_has_its_own(effects(forecaster.predict, future))
    unknown = future.assign(rain=np.nan)
    pd.testing.assert_series_equal(forecaster.predict(unknown), forecaster.predict(future))


def recursive_network(n_future):
    model = ForecastModel(2 + n_future, n_future, 0, 1, horizon=3, decoder="recursive")
    model.reset_parameters()
    return model


def test_without_features_there_are_no_weights_for_them():
    names = [{name for name, _ in recursive_network(n).named_parameters()} for n in (0, 2)]
    assert names[1] - names[0] == {"ahead.weight", "ahead.bias"}


def test_what_the_calendar_tells_of_a_day_is_read():
    # the calendar's features are known in advance, like those of X.
    model = RNNForecaster(**SMALL | {"calendar": ["day_of_week"], "max_epochs": 1})
    network = model.set_params(decoder="recursive").fit(SALES).net_.module_
    assert network.ahead.weight.shape == (6, 7)
