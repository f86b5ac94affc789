"""scikit-learn's own tools over ``RNNForecaster``: what they return, and what they refuse.

Every tool runs with ``error_score="raise"`` and is held against a loop over the same folds that
fits, predicts and scores by hand.
"""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.inspection import permutation_importance
from sklearn.metrics import make_scorer, max_error, mean_absolute_error, mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
    cross_validate,
    learning_curve,
    train_test_split,
    validation_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrnn import RNNForecaster
from skrnn.exceptions import LostIndexWarning
from skrnn.metrics import smape
from skrnn.model_selection import PanelTimeSeriesSplit

HORIZON = 4
TINY = {
    "horizon": HORIZON,
    "hidden_size": 3,
    "max_epochs": 1,
    "batch_size": 512,
    "context_length": 8,
    "seasonal_period": 4,
    "validation_fraction": 0,
    "random_state": 0,
}
MONTHS = pd.date_range("2020-01-01", periods=40, freq="MS", name="month")


def tiny(**params: Any) -> RNNForecaster:
    return RNNForecaster(**(TINY | params))


# --------------------------------------------------------------------------------------
# the data, in every container
# --------------------------------------------------------------------------------------


def _series(seed: int = 0) -> pd.Series:
    rng = np.random.default_rng(seed)
    steps = np.arange(len(MONTHS))
    values = 30 + steps + 5 * np.sin(np.pi * steps / 2) + rng.normal(size=len(steps))
    return pd.Series(values, MONTHS, name="sales")


Y = _series()
FEATURES = pd.DataFrame(
    np.random.default_rng(9).normal(size=(len(Y), 2)), MONTHS, columns=["price", "heat"]
)
TIMES = Y.to_frame()[[]]
WIDE = pd.DataFrame({"north": Y, "south": _series(1) * 100})
# One series starts later, and one ends earlier.
PANEL = pd.concat({"a": Y, "b": _series(1)[:-2], "c": _series(2)[6:]}, names=["shop", "month"])
PANEL_FEATURES = pd.DataFrame({"price": np.random.default_rng(3).normal(size=len(PANEL))})
PANEL_FEATURES.index = PANEL.index

ALONE = {
    "Series": Y,
    "wide frame": WIDE,
    "array": Y.to_numpy(),
    "wide array": WIDE.to_numpy(),
    "panel": PANEL,
}
WITH_X = {
    "times, Series": (TIMES, Y),
    "features, Series": (FEATURES, Y),
    "features, wide frame": (FEATURES, WIDE),
    "features, array": (FEATURES, Y.to_numpy()),
    "arrays": (FEATURES.to_numpy(), Y.to_numpy()),
    "times, panel": (PANEL.to_frame()[[]], PANEL),
    "features, panel": (PANEL_FEATURES, PANEL),
}
CASES: dict[str, tuple[Any, Any]] = {name: (y, None) for name, y in ALONE.items()} | WITH_X
every_case = pytest.mark.parametrize("case", CASES)


def folds(case: str) -> TimeSeriesSplit | PanelTimeSeriesSplit:
    splitter = PanelTimeSeriesSplit if "panel" in case else TimeSeriesSplit
    return splitter(2, test_size=6)


def rows(data: Any, positions: np.ndarray) -> Any:
    return data.iloc[positions] if hasattr(data, "iloc") else data[positions]


def given(case: str, positions: np.ndarray) -> tuple[Any, ...]:
    """(y,) or (X, y) at some rows."""
    return tuple(rows(data, positions) for data in CASES[case] if data is not None)


def by_series(y: Any) -> list[np.ndarray]:
    if getattr(getattr(y, "index", None), "nlevels", 1) == 2:
        return [part.to_numpy() for _, part in y.groupby(level=0, sort=False)]
    return list(np.asarray(y).reshape(len(y), -1).T)


def skill_by_hand(train: Any, actual: Any, forecast: Any) -> float:
    """One minus the error relative to repeating the last season, averaged over the series."""
    skills = []
    for past, came, said in zip(*map(by_series, (train, actual, forecast)), strict=True):
        season = past[-TINY["seasonal_period"] :]
        naive = np.tile(season, len(came))[: len(came)]
        skills.append(1 - np.abs(came - said).mean() / np.abs(came - naive).mean())
    return float(np.mean(skills))


def sorted_rows(y: Any) -> Any:
    """Panel rows come sorted by time from the splitter; here they go series by series."""
    return y.sort_index() if isinstance(getattr(y, "index", None), pd.MultiIndex) else y


# --------------------------------------------------------------------------------------
# cross-validation
# --------------------------------------------------------------------------------------


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
# curves
# --------------------------------------------------------------------------------------


def curve(case: str, **params: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y = CASES[case]
    return learning_curve(
        tiny(), X, y, cv=folds(case), train_sizes=[0.6, 1.0], error_score="raise", **params
    )


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


# --------------------------------------------------------------------------------------
# pipelines
# --------------------------------------------------------------------------------------


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


# --------------------------------------------------------------------------------------
# the object itself
# --------------------------------------------------------------------------------------


def test_a_clone_has_the_parameters_and_nothing_learned():
    callbacks: list[Any] = []
    estimator = tiny(past_features=["heat"], callbacks=callbacks).fit(FEATURES, Y)
    copied = clone(estimator)
    assert copied.get_params() == estimator.get_params()
    assert vars(copied).keys() == estimator.get_params().keys()
    assert estimator.past_features == ["heat"] and estimator.callbacks is callbacks


def test_set_params_counts_in_the_next_fit():
    estimator = tiny().fit(Y).set_params(hidden_size=5, horizon=2)
    assert estimator.get_params()["hidden_size"] == 5
    assert len(estimator.fit(Y).predict()) == 2
    weights = estimator.net_.module_.state_dict()
    assert any(5 in weight.shape for weight in weights.values())
    with pytest.raises(ValueError, match="Invalid parameter 'hidden'"):
        estimator.set_params(hidden=3)


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
@pytest.mark.parametrize("case", ["Series", "features, wide frame", "arrays", "features, panel"])
def test_a_pickled_forecaster_forecasts_the_same_bits(case):
    X = CASES[case][0]
    fitted = tiny(validation_fraction=0.2)
    fitted.fit(*(data for data in CASES[case] if data is not None))
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(
        loaded.predict_quantiles([0.1, 0.9], X), fitted.predict_quantiles([0.1, 0.9], X)
    )
    np.testing.assert_array_equal(loaded.sample_paths(3, X), fitted.sample_paths(3, X))
