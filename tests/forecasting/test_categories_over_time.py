"""Features that are categories, and change over time, are read as such wherever features are."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn._forecasting import categories

N, HORIZON = 160, 7
RNG = np.random.default_rng(0)
NAMES = np.array(["fair", "strike", "none"], dtype=object)
EFFECT = {"fair": 6.0, "strike": -4.0, "none": 0.0}
INDEX = pd.date_range("2024-01-01", periods=N + HORIZON, freq="D")
EVENT = pd.Series(RNG.choice(NAMES, size=len(INDEX), p=[0.15, 0.15, 0.7]), index=INDEX)
VALUES = 20 + EVENT.map(EFFECT) + 0.3 * pd.Series(RNG.normal(size=len(INDEX)), index=INDEX)
X, Y = pd.DataFrame({"event": EVENT, "warmth": np.arange(len(INDEX)) / 50.0}), VALUES[:N]
SETTINGS = {
    "horizon": HORIZON,
    "context_length": 14,
    "seasonal_period": 1,
    "calendar": None,
    "hidden_size": 8,
    "max_epochs": 15,
    "learning_rate": 0.02,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def fitted() -> RNNForecaster:
    return RNNForecaster(**SETTINGS).fit(X[:N], Y)


def test_the_forecast_follows_what_only_the_category_tells(fitted):
    error = (fitted.predict(X[N:]) - VALUES[N:]).abs().mean()
    without = RNNForecaster(**SETTINGS).fit(X[["warmth"]][:N], Y).predict(X[["warmth"]][N:])
    assert error < 0.5 * (without - VALUES[N:]).abs().mean()
    strike, fair = (fitted.predict(X[N:].assign(event=name)) for name in ("strike", "fair"))
    assert (strike < fair).all()
    assert (fair - strike).mean() > 3


def test_categories_are_columns_of_0_and_1():
    dummies = {f"event {name}": (X["event"] == name).astype(float) for name in EVENT.unique()}
    by_hand = pd.DataFrame(dummies).assign(warmth=X["warmth"])
    model = RNNForecaster(**SETTINGS).fit(by_hand[:N], Y)
    # A feature of numbers is standardised, and a category is not: that is all the difference.
    for column in dummies:
        values = by_hand[column][:N]
        assert model.predict(by_hand[N:]).notna().all()
        assert values.isin([0.0, 1.0]).all()
    found = categories.column_of_each(X["event"], list(EVENT.unique()))
    np.testing.assert_array_equal(found, by_hand.drop(columns="warmth").to_numpy())


@pytest.mark.parametrize("kind", ["category", "string", "object"])
def test_what_pandas_calls_the_column_does_not_matter(kind, fitted):
    same = X.astype({"event": kind})
    model = RNNForecaster(**SETTINGS).fit(same[:N], Y)
    pd.testing.assert_series_equal(model.predict(same[N:]), fitted.predict(X[N:]))
    pd.testing.assert_series_equal(fitted.predict(same[N:]), fitted.predict(X[N:]))


@pytest.mark.parametrize("package", ["polars", "pyarrow"])
@pytest.mark.parametrize("kind", ["text", "categories"])
def test_tables_of_other_libraries_are_read_alike(package, kind, fitted):
    library = pytest.importorskip(package)
    plain = X.reset_index(drop=True).astype({"event": "category" if kind == "categories" else str})
    if package == "polars":
        parts = [library.from_pandas(part) for part in (plain[:N], plain[N:])]
    else:
        parts = [library.Table.from_pandas(part) for part in (plain[:N], plain[N:])]
    model = RNNForecaster(**SETTINGS).fit(parts[0], Y.to_numpy())
    expected = fitted.predict(X[N:]).to_numpy()
    np.testing.assert_allclose(np.asarray(model.predict(parts[1])).ravel(), expected, rtol=1e-6)


def test_a_missing_value_is_none_of_them_and_a_new_one_is_refused(fitted):
    none = X[N:].assign(event=[None] * HORIZON)
    assert fitted.predict(none).notna().all()
    later = X[N:].copy()
    later.loc[later.index[2], "event"] = "flood"
    with pytest.raises(ValueError, match="got 'flood' in the feature 'event'") as caught:
        fitted.predict(later)
    code = str(caught.value).rpartition("none of them, ")[2].rstrip(".")
    names = {"X": later}
    exec(code, names)
    assert fitted.predict(names["X"]).notna().all()


def test_numbers_in_place_of_categories_are_refused(fitted):
    with pytest.raises(ValueError, match="in the feature 'event'"):
        fitted.predict(X[N:].assign(event=1.0))
    numbers = RNNForecaster(**SETTINGS).fit(X[["warmth"]][:N], Y)
    with pytest.raises(ValueError, match="Expected real numbers, as fit saw"):
        numbers.predict(X[["warmth"]][N:].assign(warmth="warm"))


def test_categories_up_to_the_cutoff_and_of_numbers():
    codes = X["event"].map({"fair": 7, "strike": 8, "none": 9}).astype("category")
    table = X.assign(event=codes, before=X["event"].shift(1).bfill())
    model = RNNForecaster(**SETTINGS, past_features="before").fit(table[:N], Y)
    expected = (model.predict(table[N:]) - VALUES[N:]).abs().mean()
    assert expected < 1.5
    # what is past is not read after the cutoff, whatever it is
    changed = model.predict(table[N:].assign(before="flood"))
    pd.testing.assert_series_equal(changed, model.predict(table[N:]))


def test_all_that_reads_features_reads_categories(fitted):
    model = pickle.loads(pickle.dumps(fitted))
    later = X[N:]
    assert model.predict_interval(later, coverage=0.8).notna().all().all()
    assert model.sample_paths(3, later, random_state=0).notna().all().all()
    table = model.backtest(X[:N], Y, n_windows=2)
    assert (table["prediction"] - table["y"]).abs().mean() < 2
    model.update(later, VALUES[N:])
    assert (
        model.predict_quantiles(
            [0.5],
            X[:HORIZON].set_index(pd.date_range(INDEX[-1] + pd.Timedelta(days=1), periods=HORIZON)),
        )
        .notna()
        .all()
        .all()
    )


def test_a_panel_has_categories_in_its_rows():
    both = pd.concat({"a": Y, "b": Y + 5}, names=["shop", "day"])
    table = pd.concat({"a": X[:N], "b": X[:N]}, names=["shop", "day"])
    later = pd.concat({"a": X[N:], "b": X[N:]}, names=["shop", "day"])
    forecast = RNNForecaster(**SETTINGS).fit(table, both).predict(later)
    actual = pd.concat({"a": VALUES[N:], "b": VALUES[N:] + 5}, names=["shop", "day"])
    assert (forecast - actual).abs().mean() < 1.5


def test_an_identifier_is_no_category(monkeypatch):
    monkeypatch.setattr(categories, "_MOST_CATEGORIES", 2)
    with pytest.raises(ValueError, match="3 different values") as caught:
        RNNForecaster(**SETTINGS).fit(X[:N], Y)
    code = str(caught.value).rpartition("none of them: ")[2].rstrip(".")
    names = {"X": X[:N].copy()}
    exec(code, names)
    assert RNNForecaster(**SETTINGS | {"max_epochs": 1}).fit(names["X"], Y)
