"""scikit-learn's learning and validation curves of a forecaster."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.model_selection import (
    TimeSeriesSplit,
    cross_val_score,
    validation_curve,
)

from tests.forecasting.folds import CASES, FEATURES, MONTHS, TIMES, Y, curve, folds, given, tiny


@pytest.mark.slow
@pytest.mark.parametrize("case", ["Series", "wide frame", "panel", "times, Series", "times, panel"])
def test_a_learning_curve_forecasts_through_the_gap_before_the_test_rows(case):
    sizes, train_scores, test_scores = curve(case)
    assert np.isfinite(train_scores).all()
    for fold, (train, test) in enumerate(folds(case).split(*CASES[case])):
        for size, scores in zip(sizes, test_scores, strict=True):
            fitted = tiny().fit(*given(case, train[:size]))
            assert scores[fold] == fitted.score(*given(case, test))
        if "panel" not in case:
            # the same forecasts as those of one long horizon from the end of the training rows.
            ahead = fitted.predict(horizon=int(test[-1]) - size + 1)[-len(test) :]
            np.testing.assert_array_equal(fitted.predict(given(case, test)[0]), ahead)


def test_features_missing_in_the_gap_of_a_learning_curve_are_listed():
    (train, test), _ = folds("features, Series").split(FEATURES)
    n_missing = int(test[0]) - int(0.6 * len(train))
    first = MONTHS[test[0] - n_missing].date()
    with pytest.raises(ValueError, match=rf"X: got no row for {n_missing} time\(s\).*: {first}"):
        curve("features, Series")
    with pytest.raises(ValueError, match=r"X: got no row for .* time\(s\)"):
        curve("features, panel")


def test_a_gap_of_the_splitter_is_forecast_through_and_training_may_start_late():
    cv = TimeSeriesSplit(2, test_size=5, gap=3, max_train_size=15)
    scores = cross_val_score(
        tiny(), TIMES, Y, cv=cv, scoring="neg_mean_absolute_error", error_score="raise"
    )
    for score, (train, test) in zip(scores, cv.split(Y), strict=True):
        ahead = tiny().fit(Y.iloc[train]).predict(horizon=8)
        assert ahead.index[3:].equals(Y.index[test])
        np.testing.assert_allclose(score, -(ahead - Y.iloc[test]).abs().mean())


@pytest.mark.slow
def test_a_validation_curve_is_a_cross_validation_for_each_value():
    _, test_scores = validation_curve(
        tiny(),
        Y,
        None,
        param_name="hidden_size",
        param_range=[2, 3],
        cv=folds("Series"),
        error_score="raise",
    )
    for scores, hidden_size in zip(test_scores, [2, 3], strict=True):
        expected = cross_val_score(tiny(hidden_size=hidden_size), Y, cv=folds("Series"))
        np.testing.assert_array_equal(scores, expected)
