"""scikit-learn's cross-validation of a forecaster, held against a loop over the same folds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.metrics import make_scorer, max_error, mean_absolute_error, mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_score,
    cross_validate,
)

from skrnn import RNNForecaster
from skrnn.metrics import smape
from tests.forecasting.folds import (
    CASES,
    FEATURES,
    HORIZON,
    MONTHS,
    TINY,
    Y,
    folds,
    given,
    skill_by_hand,
    tiny,
)

# They train many networks: they are for the whole suite, not for every day.
pytestmark = pytest.mark.slow

every_case = pytest.mark.parametrize("case", CASES)


def sorted_rows(y: Any) -> Any:
    """Panel rows come sorted by time from the splitter; here they go series by series."""
    return y.sort_index() if isinstance(getattr(y, "index", None), pd.MultiIndex) else y


@every_case
def test_cross_validation_gives_the_skill_that_a_loop_by_hand_gives(case):
    X, y = CASES[case]
    scores = cross_val_score(tiny(), X, y, cv=folds(case), error_score="raise")
    expected = []
    for train, test in folds(case).split(X, y):
        actual, past = given(case, test)[-1], given(case, train)[-1]
        forecast = tiny().fit(*given(case, train)).predict(given(case, test)[0])
        assert type(forecast) is type(actual)
        expected.append(skill_by_hand(sorted_rows(past), actual, forecast))
    np.testing.assert_allclose(scores, expected, rtol=1e-12)
    assert len(set(scores)) == 2


SCORERS = {
    "neg_mean_absolute_error": lambda y, said: -mean_absolute_error(y, said),
    "neg_root_mean_squared_error": lambda y, said: -np.sqrt(mean_squared_error(y, said)),
    "r2": lambda y, said: 1 - ((y - said) ** 2).sum() / ((y - y.mean()) ** 2).sum(),
    make_scorer(smape, greater_is_better=False): lambda y, said: -smape(y, said),
    make_scorer(max_error, greater_is_better=False): lambda y, said: -np.abs(y - said).max(),
}


@pytest.mark.parametrize("case", ["times, Series", "features, Series", "arrays", "times, panel"])
def test_every_scorer_of_scikit_learn_gives_what_its_metric_gives_by_hand(case):
    X, y = CASES[case]
    scorers = dict(zip("abcde", SCORERS, strict=True))
    found = cross_validate(tiny(), X, y, cv=folds(case), scoring=scorers, error_score="raise")
    for fold, (train, test) in enumerate(folds(case).split(X, y)):
        asked, actual = given(case, test)
        forecast = tiny().fit(*given(case, train)).predict(asked)
        for name, metric in zip("abcde", SCORERS.values(), strict=True):
            expected = metric(actual, forecast)
            np.testing.assert_allclose(found[f"test_{name}"][fold], expected, rtol=1e-9)


def blocks_by_hand(forecaster: RNNForecaster, case: str, train: np.ndarray) -> Any:
    """Forecast training rows block by block, each from nothing but the rows before it."""
    *features, y = given(case, train)
    n_rows, said = len(y), []
    for stop in range(n_rows % HORIZON or HORIZON, n_rows + 1, HORIZON):
        start = max(0, stop - HORIZON)
        if start == 0:
            said += [np.asarray(y).mean(axis=0)] * stop
            continue
        more = {}
        asked = y[start:stop]
        if features and features[0].shape[1]:
            more["X_history"] = features[0][:start]
        if features:
            asked = features[0][start:stop]
        said += list(np.asarray(forecaster.predict(asked, history=y[:start], **more)))
    return np.array(said)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if "panel" not in case])
def test_training_rows_are_scored_in_sample_from_the_rows_before_each_block(case):
    X, y = CASES[case]
    found = cross_validate(
        tiny(),
        X,
        y,
        cv=folds(case),
        scoring=None if y is None else "neg_mean_absolute_error",
        return_train_score=True,
        return_estimator=True,
        error_score="raise",
    )
    for fold, (train, _) in enumerate(folds(case).split(X, y)):
        *_, actual = given(case, train)
        said = blocks_by_hand(found["estimator"][fold], case, train)
        expected = -np.abs(np.asarray(actual) - said).mean()
        if y is None:
            expected = in_sample_skill_by_hand(np.asarray(actual), said)
        np.testing.assert_allclose(found["train_score"][fold], expected, rtol=1e-6)


def in_sample_skill_by_hand(actual: np.ndarray, said: np.ndarray) -> float:
    period, n_rows = TINY["seasonal_period"], len(actual)
    naive = np.empty_like(actual)
    for stop in range(n_rows % HORIZON or HORIZON, n_rows + 1, HORIZON):
        start = max(0, stop - HORIZON)
        for step in range(start, stop):
            phase = step - period
            while phase >= start:
                phase -= period
            # a phase that was never seen: the last value; nothing seen at all: the mean.
            naive[step] = actual[phase] if phase >= 0 else actual[start - 1]
            if start == 0:
                naive[step] = actual.mean(axis=0)
    error, naive_error = (np.abs(actual - one).mean(axis=0) for one in (said, naive))
    return float(np.mean(1 - error / naive_error))


@pytest.mark.slow
def test_two_jobs_give_the_same_bits_as_one():
    for case in ("features, Series", "panel"):
        X, y = CASES[case]
        one, two = (
            cross_validate(
                tiny(n_members=2, dropout=0.2),
                X,
                y,
                cv=folds(case),
                return_train_score=True,
                error_score="raise",
                n_jobs=n_jobs,
            )
            for n_jobs in (1, 2)
        )
        for name in ("test_score", "train_score"):
            np.testing.assert_array_equal(one[name], two[name])
    searches = [
        GridSearchCV(tiny(), {"hidden_size": [2, 3]}, cv=folds("Series"), n_jobs=n_jobs)
        .set_params(error_score="raise")
        .fit(Y)
        for n_jobs in (1, 2)
    ]
    means = [search.cv_results_["mean_test_score"] for search in searches]
    np.testing.assert_array_equal(*means)
    pd.testing.assert_series_equal(*(search.predict(None) for search in searches))


@pytest.mark.parametrize(
    "index",
    [
        pd.DatetimeIndex(MONTHS, freq=None),
        MONTHS.tz_localize("Europe/Berlin"),
        MONTHS.to_period("M"),
        pd.date_range("2024-03-20", periods=len(Y), freq="17min"),
        pd.RangeIndex(len(Y)),
        pd.RangeIndex(7, 7 + 3 * len(Y), 3),
    ],
    ids=["no freq", "time zone", "periods", "17 minutes", "numbers", "every third number"],
)
def test_the_kind_of_time_does_not_change_a_score(index):
    settings = {"cv": folds("Series"), "return_train_score": True, "error_score": "raise"}
    expected = cross_validate(tiny(calendar=None), FEATURES, Y, **settings)
    X, y = FEATURES.set_axis(index), Y.set_axis(index)
    found = cross_validate(tiny(calendar=None), X, y, **settings)
    for part in ("train_score", "test_score"):
        np.testing.assert_array_equal(found[part], expected[part])
