"""scikit-learn's own ``check_estimator`` on ``RNNForecaster``, whose rows are time."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from skrnn import RNNForecaster
from skrnn.exceptions import SeasonalNaiveWarning

EXPECTED_FAILURES = {
    "check_estimators_empty_data_messages": (
        "X without columns is a time index and no more, and legitimate; no rows at all are refused "
        "(tested below)."
    ),
    "check_methods_sample_order_invariance": (
        "Rows of an array are the timesteps after the cutoff, in the order in which they come: "
        "shuffled, they ask for other forecasts."
    ),
    "check_methods_subset_invariance": (
        "Rows of an array are the timesteps after the cutoff: those of a batch taken from the "
        "middle are read as the first ones. With times in an index, parts and order of the batches "
        "do not matter (tested below)."
    ),
    "check_sample_weight_equivalence_on_dense_data": (
        "Rows are timesteps: one that is repeated moves all later ones, while a weight of 2 only "
        "counts its error twice."
    ),
}

# What scikit-learn leaves out by itself, as SCIPY_ARRAY_API is not set.
SKIPPED = {"check_array_api_input"}

# Fewer would mean that a tag made scikit-learn leave out most of its checks.
FEWEST_CHECKS = 50

TINY = {"hidden_size": 3, "max_epochs": 1, "batch_size": 512}
CONFIGURATIONS = [
    pytest.param({"validation_fraction": 0}, id="one step"),
    pytest.param(
        {"horizon": 3, "decoder": "direct", "loss": "quantile", "early_stopping": True},
        id="several steps, held-out windows",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("params", CONFIGURATIONS)
def test_every_check_of_scikit_learn_passes_but_where_rows_being_time_forbids_it(params):
    forecaster = RNNForecaster(**TINY, **params)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # the targets that the checks make up are noise, which the naive forecast may meet better.
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        results = check_estimator(
            forecaster, expected_failed_checks=EXPECTED_FAILURES, on_skip=None, on_fail=None
        )
    counts = Counter(result["status"] for result in results)
    print(f"\nRNNForecaster: {len(results)} checks of scikit-learn, {dict(counts)}")
    failed = [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"]
    assert failed == []
    names = {
        status: {result["check_name"] for result in results if result["status"] == status}
        for status in ("skipped", "xfail")
    }
    assert names["skipped"] <= SKIPPED
    # a reason for a check that passes would be no reason.
    assert names["xfail"] == set(EXPECTED_FAILURES)
    n_left_out = len(names["skipped"]) + len(names["xfail"])
    assert counts["passed"] == len(results) - n_left_out
    assert len(results) == len(list(estimator_checks_generator(forecaster)))
    assert len(results) >= FEWEST_CHECKS


def _fitted() -> tuple[RNNForecaster, pd.DataFrame]:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=40)
    X = pd.DataFrame(rng.normal(size=(40, 3)), days, columns=["a", "b", "c"])
    forecaster = RNNForecaster(
        horizon=5, **TINY, context_length=10, validation_fraction=0, random_state=0
    )
    return forecaster.fit(X[:30], X[:30].sum(axis=1) + rng.normal(size=30)), X


def test_with_times_parts_of_the_training_rows_are_forecast_like_the_whole():
    forecaster, X = _fitted()
    whole = forecaster.predict(X[:30])
    for n_rows in (1, 4, 7):
        parts = [forecaster.predict(X[i : i + n_rows]) for i in range(0, 30, n_rows)]
        np.testing.assert_allclose(pd.concat(parts)[:30], whole, rtol=1e-6)


def test_with_times_the_order_of_the_parts_does_not_matter():
    forecaster, X = _fitted()
    rows = [2, 3, 17, 26, 31, 32]
    missing = X.iloc[30:33]
    forward = forecaster.predict(pd.concat([X.iloc[rows[:4]], missing]))
    backward = [forecaster.predict(part) for part in (missing, X.iloc[[26]], X.iloc[[2, 3, 17]])]
    np.testing.assert_allclose(pd.concat(backward[::-1]), forward, rtol=1e-6)


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.empty((0, 3)), []),
        (np.empty((0, 3)), np.empty(0)),
        (pd.DataFrame(columns=["a"], dtype=float), pd.Series(dtype=float)),
        (np.empty(0), None),
    ],
)
def test_no_rows_are_refused(X, y):
    with pytest.raises(ValueError, match="without values"):
        RNNForecaster(**TINY).fit(X, y)


def test_features_without_columns_are_a_time_index_and_no_more():
    _, X = _fitted()
    y = X["a"].cumsum()
    settings: dict[str, Any] = TINY | {"validation_fraction": 0, "random_state": 0}
    alone = RNNForecaster(**settings).fit(y)
    beside = RNNForecaster(**settings).fit(X[[]], y)
    assert beside.n_features_in_ == 0
    pd.testing.assert_series_equal(beside.predict(), alone.predict())
    arrays = RNNForecaster(**settings).fit(np.empty((40, 0)), y.to_numpy())
    assert arrays.predict(np.empty((6, 0))).shape == (6,)
