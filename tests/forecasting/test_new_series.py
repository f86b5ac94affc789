"""Series without a past are forecast as series of the fit that resemble them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

TINY = {"hidden_size": 2, "max_epochs": 1, "batch_size": 1024, "random_state": 0}
DAYS = pd.date_range("2024-01-01", periods=63)
AHEAD = DAYS[60:]
LEVELS = {"a": 10.0, "b": 20.0, "c": 60.0, "d": 400.0}


def panel():
    rng = np.random.default_rng(0)
    week = np.resize([0.0, 1, 3, 2, 5, 9, 8], 60)
    parts = {name: level + week + rng.normal(size=60) for name, level in LEVELS.items()}
    parts = {name: pd.Series(values, DAYS[:60]) for name, values in parts.items()}
    parts["ended"] = pd.Series(1e6, DAYS[:30])
    return pd.concat(parts, names=["shop", "day"])


def new_rows(labels=("new",), **features):
    index = pd.MultiIndex.from_product([labels, AHEAD], names=["shop", "day"])
    return pd.DataFrame(features, index=index)


@pytest.fixture(scope="module")
def plain():
    return RNNForecaster(3, **TINY).fit(panel())


@pytest.fixture(scope="module")
def with_features():
    y = panel()
    shops = y.index.get_level_values(0)
    X = pd.DataFrame(
        {
            "promo": np.arange(len(y)) % 2.0,
            "kind": np.where(shops.isin(["a", "b"]), "small", "large"),
            "size": shops.map({"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "ended": 5.0}),
        },
        index=y.index,
    )
    return RNNForecaster(3, **TINY, static_features=["kind", "size"]).fit(X, y)


def test_the_forecast_is_the_median_of_the_series_that_go_up_to_the_cutoff(plain):
    forecast = plain.predict_new_series(new_rows(["new", "other"]))
    expected = plain.predict()[list(LEVELS)].unstack(level=0).median(axis=1)
    assert forecast.index.equals(new_rows(["new", "other"]).index)
    for label in ("new", "other"):
        np.testing.assert_allclose(forecast[label], expected)


def test_quantiles_are_those_of_the_mixture(plain):
    quantiles = plain.predict_new_series(new_rows(), levels=[0.9, 0.1])
    assert list(quantiles.columns) == [0.9, 0.1]
    each = plain.predict_quantiles((np.arange(50) + 0.5) / 50).loc[list(LEVELS)]
    for day in AHEAD:
        values = each.xs(day, level=1).to_numpy().ravel()
        expected = np.quantile(values, [0.9, 0.1])
        np.testing.assert_allclose(quantiles.loc[("new", day)], expected)
    # As far apart as the levels of the series.
    assert (quantiles[0.9] > 300).all()
    assert (quantiles[0.1] < 25).all()


def test_series_of_the_same_category_stand_for_the_new_one_with_its_own_features(with_features):
    rows = new_rows(promo=[0.0, 1.0, 1.0], kind="small")
    forecast = with_features.predict_new_series(rows)
    similar = pd.MultiIndex.from_product([["a", "b"], AHEAD], names=["shop", "day"])
    sizes = [1.0] * 3 + [2.0] * 3
    promo = pd.DataFrame({"promo": [0.0, 1, 1] * 2, "kind": "small", "size": sizes}, similar)
    expected = with_features.predict(promo).unstack(level=0).mean(axis=1)  # the median of two
    np.testing.assert_allclose(forecast, expected)
    assert (forecast < 60).all()


def test_a_missing_category_or_one_of_no_series_counts_for_nothing(with_features):
    promo = [0.0, 0.0, 0.0]
    missing = with_features.predict_new_series(new_rows(promo=promo))
    unknown = with_features.predict_new_series(new_rows(promo=promo, kind="huge", size=np.nan))
    np.testing.assert_array_equal(missing, unknown)


def test_of_many_series_the_ten_nearest_in_numbers_stand_for_the_new_one():
    days, rng = DAYS[:40], np.random.default_rng(0)
    y = pd.concat({n: pd.Series(100.0 * n + rng.normal(size=40), days) for n in range(25)})
    X = pd.DataFrame({"size": y.index.get_level_values(0).astype(float)}, index=y.index)
    forecaster = RNNForecaster(2, **TINY, static_features="size", validation_fraction=0).fit(X, y)
    index = pd.MultiIndex.from_product([["new"], DAYS[40:42]])
    forecast = forecaster.predict_new_series(pd.DataFrame({"size": 19.6}, index=index))
    # Sizes 15 to 24, whose forecasts have their median between those of 19 and 20.
    np.testing.assert_allclose(forecast, 1950, atol=5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: new_rows(["a"]), r"series 'a', which fit has seen.*predict"),
        (lambda: new_rows().droplevel(0), r"MultiIndex"),
        (lambda: new_rows()[:0], r"a row for each timestep"),
        (
            lambda: new_rows().rename(index={AHEAD[0]: DAYS[59]}, level=1),
            r"not after the cutoff, 2024-02-29.*history",
        ),
    ],
)
def test_other_rows_are_refused_with_a_remedy(plain, make, message):
    with pytest.raises(ValueError, match=message):
        plain.predict_new_series(make())


def test_features_are_asked_for_and_tables_are_told_of_panels(with_features):
    with pytest.raises(ValueError, match="promo"):
        with_features.predict_new_series(new_rows(kind="small", size=1.0))
    table = panel().unstack(level=0)[["a", "b"]]
    forecaster = RNNForecaster(3, **TINY, validation_fraction=0).fit(table)
    with pytest.raises(ValueError, match=r"X: got new series.*panel"):
        forecaster.predict_new_series(new_rows())


def test_predict_names_the_method_for_unknown_series(plain):
    with pytest.raises(ValueError, match="predict_new_series"):
        plain.predict(new_rows())
