"""What a forecast would have to guess about its features is refused."""

import re

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster

DAYS = pd.date_range("2024-01-01", periods=40)
LATER = pd.date_range("2024-02-10", periods=3)
rng = np.random.default_rng(0)
Y = pd.Series(rng.normal(size=40) + 20, index=DAYS)
X = pd.DataFrame({"promo": np.arange(40) % 2.0, "rain": rng.normal(size=40)}, index=DAYS)
X_LATER = pd.DataFrame({"promo": [0.0, np.nan, 1.0], "rain": 0.5}, index=LATER)
SHOPS = pd.MultiIndex.from_product([["a", "b"], DAYS], names=["shop", "day"])
SHOPS_LATER = pd.MultiIndex.from_product([["a", "b"], LATER], names=["shop", "day"])
PANEL = pd.Series(np.tile(Y, 2), index=SHOPS)
TINY = {
    "horizon": 3,
    "context_length": 8,
    "seasonal_period": 1,
    "hidden_size": 2,
    "max_epochs": 1,
    "random_state": 0,
}


def static(values, index):
    return pd.DataFrame({"kind": np.repeat(values, len(index) // len(values))}, index=index)


def panel_of(values, **params):
    return RNNForecaster(**TINY, static_features="kind", **params).fit(static(values, SHOPS), PANEL)


@pytest.fixture(scope="module")
def forecaster():
    return RNNForecaster(**TINY).fit(X, Y)


@pytest.mark.parametrize("method", ["predict", "predict_interval", "predict_quantiles"])
def test_a_missing_future_feature_is_refused_with_a_remedy_that_runs(forecaster, method):
    with pytest.raises(ValueError, match=r"X: got 1 missing.*'promo'.*at 2024-02-11") as caught:
        getattr(forecaster, method)(X=X_LATER)
    remedy = re.search(r"for example (X = .*);", str(caught.value)).group(1)
    scope = {"X": X_LATER, "pd": pd}
    exec(remedy, scope)
    assert np.isfinite(np.asarray(getattr(forecaster, method)(X=scope["X"]))).all()


def test_a_missing_future_feature_of_an_array_is_refused_with_a_remedy_that_runs():
    forecaster = RNNForecaster(**TINY).fit(X.to_numpy(), Y.to_numpy())
    with pytest.raises(ValueError, match=r"X: got 1 missing.*column 0") as caught:
        forecaster.predict(X_LATER.to_numpy())
    remedy = re.search(r"for example (X = .*);", str(caught.value)).group(1)
    scope = {"X": X_LATER.to_numpy(), "np": np}
    exec(remedy, scope)
    assert np.isfinite(forecaster.predict(scope["X"])).all()


def test_a_missing_future_feature_of_a_panel_is_refused():
    known = pd.DataFrame({"promo": np.tile(X["promo"], 2)}, index=SHOPS)
    forecaster = RNNForecaster(**TINY).fit(known, PANEL)
    later = pd.DataFrame({"promo": pd.array([0, 1, 0, 1, None, 1], dtype="Int64")}, SHOPS_LATER)
    with pytest.raises(ValueError, match=r"X: got 1 missing.*'promo'.*at 2024-02-11"):
        forecaster.predict(later)


def test_a_feature_of_the_past_may_be_missing_after_the_cutoff():
    forecaster = RNNForecaster(**TINY, past_features="promo").fit(X, Y)
    values = forecaster.predict(X_LATER)
    np.testing.assert_array_equal(values, forecaster.predict(X_LATER.fillna(0.0)))


def test_features_may_be_missing_up_to_the_cutoff(forecaster):
    gaps = X.copy()
    gaps.iloc[[3, 38], 0] = np.nan
    later = X_LATER.fillna(0.0)
    assert np.isfinite(RNNForecaster(**TINY).fit(gaps, Y).predict(later)).all()
    assert np.isfinite(forecaster.predict(gaps)).all()
    assert np.isfinite(forecaster.predict(later, history=Y, X_history=gaps)).all()


@pytest.mark.parametrize(
    "seen, new",
    [(["1", "2"], [1, 2]), ([True, "x"], ["True", "x"]), (pd.Categorical([1, 2]), ["1", "2"])],
    ids=["numbers for text", "text for a truth value", "text for categories"],
)
def test_a_category_of_another_type_is_refused_with_a_remedy_that_runs(seen, new):
    index = SHOPS
    known = pd.DataFrame({"kind": pd.Series(seen).repeat(40).to_numpy()}, index=index)
    if isinstance(seen, pd.Categorical):
        known["kind"] = known["kind"].astype("category")
    forecaster = RNNForecaster(**TINY, static_features="kind").fit(known, PANEL)
    scope = {"X_history": static(np.array(new, dtype=object), SHOPS)}
    with pytest.raises(ValueError, match=r"X_history: got .*static feature 'kind'") as caught:
        forecaster.predict(history=PANEL, X_history=scope["X_history"])
    exec(re.search(r"Convert it, (.*)\.$", str(caught.value)).group(1), scope)
    values = forecaster.predict(history=PANEL, X_history=scope["X_history"])
    np.testing.assert_array_equal(values, forecaster.predict())


def test_an_unseen_category_is_refused_and_a_missing_one_means_none():
    forecaster = panel_of(["mall", "street"])
    scope = {"X_history": static(["mall", "airport"], SHOPS)}
    message = r"X_history: got 'airport'.*'kind', in 40 row.*\('b', .*'mall', 'street'"
    with pytest.raises(ValueError, match=message) as caught:
        forecaster.predict(history=PANEL, X_history=scope["X_history"])
    exec(re.search(r"none of them, (.*)\.$", str(caught.value)).group(1), scope)
    assert np.isfinite(forecaster.predict(history=PANEL, X_history=scope["X_history"])).all()


def test_an_unseen_category_of_an_update_leaves_the_forecaster_as_it_was():
    forecaster = panel_of(["mall", "street"])
    newer = pd.Series(20.0, index=SHOPS_LATER)
    with pytest.raises(ValueError, match="X: got 'Mall'"):
        forecaster.update(static(["Mall", "street"], SHOPS_LATER), newer)
    assert forecaster.predict()["a"].index[0] == LATER[0]


@pytest.mark.parametrize("parameter", ["past_features", "static_features", "calendar"])
def test_an_array_without_an_axis_is_one_name(parameter):
    y = pd.Series(np.arange(30.0) % 7, index=pd.date_range("2024", periods=30))
    X = pd.DataFrame({"day_of_week": 1.0}, index=y.index)
    settings = {"hidden_size": 2, "max_epochs": 1, "random_state": 0, "validation_fraction": 0}
    named = RNNForecaster(2, **settings, **{parameter: np.array("day_of_week")}).fit(X, y)
    listed = RNNForecaster(2, **settings, **{parameter: ["day_of_week"]}).fit(X, y)
    future = pd.DataFrame({"day_of_week": 1.0}, index=pd.date_range("2024-01-31", periods=2))
    pd.testing.assert_series_equal(named.predict(future), listed.predict(future))
    with pytest.raises(ValueError, match=rf"{parameter}: got (7|np\.int64\(7\))"):
        RNNForecaster(2, **settings, **{parameter: np.array(7)}).fit(X, y)
