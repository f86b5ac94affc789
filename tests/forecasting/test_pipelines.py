"""Forecasters in pipelines, with transformed targets, in votes and with importances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrnn.exceptions import LostIndexWarning
from tests.forecasting.folds import (
    CASES,
    FEATURES,
    HORIZON,
    MONTHS,
    PANEL,
    PANEL_FEATURES,
    TIMES,
    WIDE,
    WITH_X,
    Y,
    folds,
    given,
    skill_by_hand,
    tiny,
)


def scaled(*steps: Any) -> Any:
    return make_pipeline(StandardScaler(), *steps, tiny())


def test_a_pipeline_that_keeps_the_index_forecasts_as_by_hand():
    pipe = scaled().set_output(transform="pandas")
    scores = cross_val_score(pipe, FEATURES, Y, cv=folds("Series"), error_score="raise")
    for score, (train, test) in zip(scores, folds("Series").split(Y), strict=True):
        scaler = StandardScaler().set_output(transform="pandas").fit(FEATURES.iloc[train])
        fitted = tiny().fit(scaler.transform(FEATURES.iloc[train]), Y.iloc[train])
        forecast = fitted.predict(scaler.transform(FEATURES.iloc[test]))
        expected = skill_by_hand(Y.iloc[train], Y.iloc[test], forecast)
        np.testing.assert_allclose(score, expected, rtol=1e-12)


def test_a_pipeline_that_keeps_the_index_reads_rows_after_a_gap_and_training_rows():
    pipe = scaled().set_output(transform="pandas").fit(FEATURES[:30], Y[:30])
    assert pipe.predict(FEATURES[10:20]).index.equals(MONTHS[10:20])
    with pytest.raises(ValueError, match="got no row for 2 time"):
        pipe.predict(FEATURES[32:])


def test_a_pipeline_that_drops_the_index_warns_where_the_caller_is():
    pipe = scaled().fit(FEATURES[:30], Y[:30])
    with pytest.warns(LostIndexWarning, match=r"set_output\(transform='pandas'\)"):
        forecast = pipe.predict(FEATURES[30:])
    kept = scaled().set_output(transform="pandas").fit(FEATURES[:30], Y[:30])
    pd.testing.assert_series_equal(forecast, kept.predict(FEATURES[30:]), check_freq=False)
    network = pipe[-1]
    for ask in (network.predict, lambda X: network.score(X, Y[30:])):
        with pytest.warns(LostIndexWarning) as warned:
            ask(FEATURES[30:].to_numpy())
        assert warned[0].filename == __file__


def test_a_score_of_other_times_than_those_read_is_refused():
    pipe = scaled().fit(FEATURES[:30], Y[:30])
    with pytest.warns(LostIndexWarning), pytest.raises(ValueError, match="y: got other times"):
        pipe.score(FEATURES[33:], Y[33:])


def test_a_panel_without_its_index_is_refused():
    pipe = make_pipeline(StandardScaler(), tiny()).fit(PANEL_FEATURES, PANEL)
    with pytest.raises(ValueError, match=r"MultiIndex.*set_output\(transform='pandas'\)"):
        pipe.predict(PANEL_FEATURES)


TRANSFORMERS = {
    "scaled": StandardScaler(),
    "as it is": FunctionTransformer(),
    # rounds otherwise in fit_transform than in transform.
    "rotated": PCA(),
}


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_training_features_in_an_array_are_known_by_their_values(name):
    pipe = make_pipeline(TRANSFORMERS[name], tiny(calendar=None))
    X, y = FEATURES.to_numpy(), Y.to_numpy()
    fitted = clone(pipe).fit(X[:30], y[:30])
    np.testing.assert_array_equal(fitted.predict(X[:30]), fitted[-1].fitted_values())
    with_times = clone(pipe).set_output(transform="pandas").fit(FEATURES[:30], Y[:30])
    # other rows, and fewer of the same, are those after the cutoff.
    np.testing.assert_array_equal(fitted.predict(X[30:]), with_times.predict(FEATURES[30:]))
    assert not np.isclose(fitted.predict(X[:10]), fitted[-1].fitted_values()[:10]).any()


def test_arrays_in_a_search_score_the_same_rows_as_frames_with_times():
    pipe = make_pipeline(PCA(), tiny(calendar=None))
    with_times = clone(pipe).set_output(transform="pandas")
    one, other = (
        cross_validate(
            estimator,
            X,
            y,
            cv=folds("Series"),
            scoring="neg_mean_absolute_error",
            return_train_score=True,
            error_score="raise",
        )
        for estimator, X, y in (
            (pipe, FEATURES.to_numpy(), Y.to_numpy()),
            (with_times, FEATURES, Y),
        )
    )
    for part in ("train_score", "test_score"):
        np.testing.assert_array_equal(one[part], other[part])


def test_features_that_only_repeat_are_read_as_the_future_with_a_warning():
    cycle = np.tile([[0.0], [1.0], [2.0], [3.0]], (10, 1))
    fitted = tiny().fit(cycle[:20], Y.to_numpy()[:20])
    with pytest.warns(LostIndexWarning, match="equals the training rows, which repeat"):
        forecast = fitted.predict(cycle[20:])
    np.testing.assert_array_equal(forecast[: 4 * HORIZON], fitted.predict(cycle[20:36]))


def test_an_array_of_series_is_known_by_its_own_values():
    y = WIDE.to_numpy()
    fitted = tiny().fit(y)
    np.testing.assert_array_equal(fitted.predict(y), fitted.fitted_values())
    np.testing.assert_array_equal(fitted.predict(y + 1)[:HORIZON], fitted.predict())


@pytest.mark.parametrize("case", WITH_X)
def test_a_transformed_target_is_forecast_on_its_own_scale(case):
    X, y = CASES[case]
    log = TransformedTargetRegressor(tiny(), func=np.log, inverse_func=np.exp)
    scores = cross_val_score(
        log, X, y, cv=folds(case), scoring="neg_mean_absolute_error", error_score="raise"
    )
    for score, (train, test) in zip(scores, folds(case).split(X, y), strict=True):
        (X_train, y_train), (X_test, y_test) = given(case, train), given(case, test)
        forecast = np.exp(tiny().fit(X_train, np.log(y_train)).predict(X_test))
        expected = -np.abs(np.asarray(y_test) - np.asarray(forecast)).mean()
        np.testing.assert_allclose(score, expected, rtol=1e-6)


def test_the_past_of_other_series_reaches_predict_by_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        network = tiny().set_predict_request(history=True, X_history=False)
        pipe = make_pipeline(FunctionTransformer(), network).fit(TIMES, Y)
        said = pipe.predict(TIMES[36:], history=WIDE[:36])
    pd.testing.assert_frame_equal(said, tiny().fit(Y).predict(history=WIDE[:36]))


def test_a_vote_is_the_mean_of_its_members():
    members = [("lstm", tiny()), ("gru", tiny(cell="gru"))]
    vote = VotingRegressor(members).fit(FEATURES[:30], Y[:30])
    alone = [one.fit(FEATURES[:30], Y[:30]).predict(FEATURES[30:]) for _, one in members]
    np.testing.assert_allclose(vote.predict(FEATURES[30:]), np.mean(alone, axis=0), rtol=1e-6)


def test_a_past_feature_after_the_cutoff_has_no_importance():
    fitted = tiny(past_features="heat", max_epochs=3).fit(FEATURES[:30], Y[:30])
    importance = permutation_importance(
        fitted,
        FEATURES[30:],
        Y[30:],
        scoring="neg_mean_absolute_error",
        n_repeats=2,
        random_state=0,
    )
    assert importance.importances_mean[0] != 0
    assert importance.importances_mean[1] == 0
