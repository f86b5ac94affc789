"""scikit-learn's searches over a forecaster, and the folds that a search must refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline

from tests.forecasting.folds import (
    CASES,
    FEATURES,
    MONTHS,
    TIMES,
    Y,
    curve,
    folds,
    skill_by_hand,
    tiny,
)

# --------------------------------------------------------------------------------------
# searches
# --------------------------------------------------------------------------------------


def grid_search(cv: Any) -> GridSearchCV:
    return GridSearchCV(
        tiny(), {"hidden_size": [2, 3]}, cv=cv, return_train_score=True, error_score="raise"
    )


def randomized_search(cv: Any) -> RandomizedSearchCV:
    return RandomizedSearchCV(
        tiny(),
        {"learning_rate": loguniform(1e-3, 0.1), "cell": ["gru", "rnn"]},
        n_iter=2,
        random_state=0,
        cv=cv,
        return_train_score=True,
        error_score="raise",
    )


def halving_search(cv: Any) -> HalvingGridSearchCV:
    return HalvingGridSearchCV(
        tiny(),
        {"learning_rate": [0.001, 0.03]},
        resource="max_epochs",
        min_resources=1,
        max_resources=2,
        factor=2,
        random_state=0,
        cv=cv,
        error_score="raise",
    )


SEARCHES = [
    *((grid_search, case) for case in ("wide frame", "arrays", "times, panel", "features, panel")),
    *((randomized_search, case) for case in ("array", "features, Series", "panel")),
    *((halving_search, case) for case in ("Series", "features, wide frame", "panel")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("search", "case"), SEARCHES)
def test_a_search_refits_what_scored_best_on_the_same_folds(search, case):
    X, y = CASES[case]
    found = search(folds(case)).fit(X, y)
    assert np.isfinite(found.cv_results_["mean_train_score"]).all()
    best = clone(found.estimator).set_params(**found.best_params_)
    expected = cross_val_score(best, X, y, cv=folds(case), error_score="raise")
    np.testing.assert_allclose(found.best_score_, expected.mean(), rtol=1e-12)
    anew = best.fit(*(data for data in CASES[case] if data is not None))
    if X is None or y is None or not np.shape(X)[1]:
        np.testing.assert_array_equal(found.predict(None), anew.predict())
        np.testing.assert_array_equal(found.best_estimator_.predict(), anew.predict())
    np.testing.assert_array_equal(found.predict(X), anew.predict(X))


def test_a_search_tunes_a_transformer_of_the_features_and_the_network_together():
    pipe = make_pipeline(PCA(), tiny()).set_output(transform="pandas")
    grid = {"pca__n_components": [1, 2], "rnnforecaster__max_epochs": [1, 2]}
    found = GridSearchCV(pipe, grid, cv=folds("Series"), error_score="raise")
    found.fit(FEATURES[:36], Y[:36])
    scores = found.cv_results_["mean_test_score"]
    assert len(set(scores)) == 4 and found.best_score_ == max(scores)
    assert found.best_estimator_[-1].n_iter_ == found.best_params_["rnnforecaster__max_epochs"]
    said = found.predict(FEATURES[36:])
    assert said.index.equals(MONTHS[36:])
    assert found.score(FEATURES[36:], Y[36:]) == skill_by_hand(Y[:36], Y[36:], said)


def test_halving_trains_the_survivors_longer():
    found = halving_search(folds("Series")).fit(Y)
    assert found.n_resources_ == [1, 2]
    assert found.best_params_["max_epochs"] == found.best_estimator_.n_iter_ == 2


def test_a_search_over_several_metrics_refits_by_the_one_named():
    search = GridSearchCV(
        tiny(),
        {"max_epochs": [1, 3]},
        scoring=["neg_mean_absolute_error", "neg_mean_squared_error"],
        refit="neg_mean_absolute_error",
        cv=folds("Series"),
        error_score="raise",
    ).fit(TIMES, Y)
    errors = search.cv_results_["mean_test_neg_mean_absolute_error"]
    assert search.best_index_ == np.argmax(errors)
    future = pd.DataFrame(index=pd.date_range(MONTHS[-1], periods=4, freq="MS")[1:])
    assert search.predict(future).index.equals(future.index)


# --------------------------------------------------------------------------------------
# what a search must not do
# --------------------------------------------------------------------------------------

SHUFFLING = {
    "KFold": KFold(3),
    "KFold, shuffled": KFold(3, shuffle=True, random_state=0),
    "ShuffleSplit": ShuffleSplit(2, random_state=0),
    "the default of cross_val_score": None,
}


@pytest.mark.parametrize("case", ["Series", "features, Series", "wide frame", "panel"])
@pytest.mark.parametrize("cv", SHUFFLING.values(), ids=SHUFFLING.keys())
def test_folds_that_train_on_the_future_are_refused(cv, case):
    right = "PanelTimeSeriesSplit" if case == "panel" else "TimeSeriesSplit"
    with pytest.raises(ValueError, match=rf"with[\s\S]*{right}[\s\S]*not with"):
        cross_val_score(tiny(), *CASES[case], cv=cv, error_score="raise")


@pytest.mark.parametrize("case", ["Series", "features, Series", "panel"])
def test_halving_over_the_samples_is_refused(case):
    search = HalvingGridSearchCV(
        tiny(),
        {"hidden_size": [2, 3]},
        cv=folds(case),
        min_resources=20,
        factor=2,
        random_state=0,
        error_score="raise",
    )
    with pytest.raises(ValueError, match=r"TimeSeriesSplit[\s\S]*halving search over n_samples"):
        search.fit(*CASES[case])


def test_shuffled_training_rows_are_refused():
    with pytest.raises(ValueError, match="TimeSeriesSplit"):
        tiny().fit(train_test_split(Y, random_state=0)[0])
    with pytest.raises(ValueError, match="TimeSeriesSplit"):
        curve("Series", shuffle=True, random_state=0)
    fitted = tiny().fit(Y[:30])
    with pytest.raises(ValueError, match="TimeSeriesSplit"):
        fitted.predict(Y[30:].sample(frac=1, random_state=0))


@pytest.mark.parametrize("case", ["panel", "times, panel", "features, panel"])
def test_rows_of_a_panel_split_without_regard_to_series_name_the_right_splitter(case):
    X, y = CASES[case]
    message = r"series that fit has not seen[\s\S]*PanelTimeSeriesSplit"
    with pytest.raises(ValueError, match=message):
        cross_val_score(tiny(), X, y, cv=TimeSeriesSplit(2), error_score="raise")
