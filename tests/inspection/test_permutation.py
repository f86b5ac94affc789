"""Permutation importance of sequences: scikit-learn's own numbers, and exchanges by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance as permutation_importance_of_columns
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrnn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger, RNNTranscriber
from skrnn.inspection import PermutationImportanceDisplay, permutation_importance
from skrnn.inspection._course_exchange import CourseExchange
from skrnn.preprocessing import PerTimestep, SequencePadder, TokenEncoder
from tests.conftest import make_ragged, pad

TINY = {"hidden_size": 5, "max_epochs": 4, "batch_size": 16, "random_state": 0}


@pytest.fixture(scope="module")
def columns():
    """A table of which the third column tells the class, and a classifier of it."""
    X = np.random.default_rng(0).normal(size=(60, 6))
    y = (X[:, 2] + 0.2 * X[:, 4] > 0).astype(int)
    params = {**TINY, "max_epochs": 30, "learning_rate": 0.02}
    return X, y, RNNClassifier(**params).fit(X, y)


@pytest.fixture(scope="module")
def sequences():
    """Ragged sequences, the first half of whose feature 1 tells the class, and a classifier."""
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    X = [rng.normal(size=(length, 3)) for length in rng.integers(8, 13, size=80)]
    for x, label in zip(X, y, strict=True):
        x[: len(x) // 2, 1] += 3 * label
    params = {**TINY, "max_epochs": 25, "learning_rate": 0.02}
    return X, y, RNNClassifier(**params).fit(X, y)


# -- against scikit-learn --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
@pytest.mark.parametrize(
    "settings_",
    [
        {},
        {"scoring": "neg_log_loss", "n_repeats": 1},
        {"sample_weight": np.linspace(0.1, 1, 60), "n_repeats": 3},
    ],
)
def test_timesteps_of_a_table_have_scikit_learns_own_numbers(columns, container, settings_):
    X, y, classifier = columns
    X = container(X)
    classifier = RNNClassifier(**TINY).fit(X, y)
    expected = permutation_importance_of_columns(classifier, X, y, random_state=3, **settings_)
    result = permutation_importance(classifier, X, y, over="time", random_state=3, **settings_)
    for name in ("importances", "importances_mean", "importances_std"):
        np.testing.assert_array_equal(result[name], expected[name])


def test_several_scores_have_scikit_learns_own_numbers(columns):
    X, y, classifier = columns
    scoring = ["accuracy", "roc_auc"]
    params = {"scoring": scoring, "random_state": np.random.RandomState(5), "n_repeats": 2}
    expected = permutation_importance_of_columns(classifier, X, y, **params)
    params["random_state"] = np.random.RandomState(5)
    result = permutation_importance(classifier, X, y, over="time", **params)
    assert list(result) == scoring
    for name in scoring:
        np.testing.assert_array_equal(result[name].importances, expected[name].importances)


def test_features_of_an_array_are_exchanged_whole(sequences):
    X, y, classifier = sequences
    X = np.array([x[:8] for x in X])
    result = permutation_importance(classifier, X, y, n_repeats=1, random_state=3)
    seed = np.random.RandomState(3).randint(np.iinfo(np.int32).max + 1)
    order = np.arange(len(X))
    np.random.RandomState(seed).shuffle(order)
    for feature in range(3):
        other = X.copy()
        other[:, :, feature] = X[order, :, feature]
        fall = classifier.score(X, y) - classifier.score(other, y)
        assert result.importances[feature, 0] == fall


# -- what matters is found -------------------------------------------------------------------


def test_the_feature_and_the_time_that_matter_are_found(sequences):
    X, y, classifier = sequences
    assert classifier.score(X, y) > 0.95
    of_features = permutation_importance(classifier, X, y, random_state=0).importances_mean
    assert of_features[1] > 0.2
    assert abs(of_features[[0, 2]]).max() < 0.1
    of_time = permutation_importance(
        classifier, X, y, over="time", n_segments=2, random_state=0
    ).importances_mean
    assert of_time[0] > 0.2 > 0.1 > abs(of_time[1])


@pytest.mark.slow
@pytest.mark.parametrize("over", ["features", "time"])
def test_the_number_of_jobs_changes_nothing(sequences, over):
    X, y, classifier = sequences
    one, two = (
        permutation_importance(
            classifier, X, y, over=over, n_segments=4, random_state=0, n_jobs=n_jobs, n_repeats=2
        )
        for n_jobs in (None, 2)
    )
    np.testing.assert_array_equal(one.importances, two.importances)


def test_the_random_state_decides_and_none_leaves_numpys_own_alone(sequences):
    X, y, classifier = sequences
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global one
    draws = [
        permutation_importance(
            classifier, X, y, scoring="neg_log_loss", random_state=random_state, n_repeats=2
        ).importances
        for random_state in (1, 1, 2, None)
    ]
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002 - the global one
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    assert not np.array_equal(draws[0], draws[3])


# -- the exchange -------------------------------------------------------------------------


def test_a_course_is_stretched_or_compressed_to_the_samples_own_length():
    X = [np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[10.0], [20.0]])]
    stretched, compressed = CourseExchange(X, reads_tokens=False).exchanged(np.array([1, 0]))
    np.testing.assert_array_equal(stretched[:, 0], [10, 10, 20, 20])
    np.testing.assert_array_equal(compressed[:, 0], [1, 3])


def test_missing_values_stay_and_the_nearest_observed_ones_are_taken():
    nan = np.nan
    X = [
        np.array([[0.0, 0.0], [nan, 1.0], [2.0, 2.0], [3.0, 3.0]]),
        np.array([[10.0, nan], [11.0, 11.0], [nan, nan], [nan, 13.0]]),
        np.array([[20.0, nan], [21.0, nan], [22.0, nan], [23.0, nan]]),
    ]
    found = CourseExchange(X, reads_tokens=False).exchanged(np.array([1, 2, 0]))
    np.testing.assert_array_equal(found[0], [[10, 11], [nan, 11], [11, 11], [11, 13]])
    # sample 2 has nothing of feature 1 to give.
    np.testing.assert_array_equal(found[1], [[20, nan], [21, 11], [nan, nan], [nan, 13]])
    np.testing.assert_array_equal(found[2], [[0, nan], [0, nan], [2, nan], [3, nan]])


@given(st.integers(0, 10**6))
def test_an_exchange_keeps_lengths_gaps_and_everything_that_is_not_exchanged(seed):
    rng = np.random.default_rng(seed)
    X = [rng.normal(size=(rng.integers(1, 7), 2)) for _ in range(rng.integers(1, 5))]
    for x in X:
        x[1:-1][rng.random(size=x[1:-1].shape) < 0.4] = np.nan
    originals = [x.copy() for x in X]
    order = rng.permutation(len(X))
    exchange = CourseExchange(X, reads_tokens=False)
    n_segments = int(rng.integers(1, 8))
    numbers = exchange.segments(n_segments)
    assert numbers.min() >= 0
    assert numbers.max() < n_segments
    rows = numbers == rng.integers(n_segments)
    in_time = exchange.exchanged(order, rows=rows)
    of_feature = exchange.exchanged(order, feature=1)
    for sample, x in enumerate(originals):
        np.testing.assert_array_equal(X[sample], x)
        np.testing.assert_array_equal(np.isnan(in_time[sample]), np.isnan(x))
        np.testing.assert_array_equal(np.isnan(of_feature[sample]), np.isnan(x))
        np.testing.assert_array_equal(of_feature[sample][:, 0], x[:, 0])
        first = exchange.sequences.starts[sample]
        is_kept = ~rows[first : first + len(x)]
        np.testing.assert_array_equal(in_time[sample][is_kept], x[is_kept])
        donor = originals[order[sample]]
        taken = of_feature[sample][:, 1]
        assert np.isin(taken[~np.isnan(taken)], donor[:, 1]).all()
    for sample, x in enumerate(exchange.exchanged(np.arange(len(X)))):
        np.testing.assert_array_equal(x, originals[sample])


CONTAINERS = {
    "padded array": lambda X: pad(X, 9),
    "list of frames": lambda X: [pd.DataFrame(x, columns=["a", "b"]) for x in X],
    "list of lists": lambda X: [x.tolist() for x in X],
    "series": lambda X: pd.Series(list(X), index=np.arange(len(X)) + 5),
    "objects": lambda X: np.array([*X, None], dtype=object)[:-1],
}


@pytest.mark.parametrize("wrap", CONTAINERS.values(), ids=CONTAINERS.keys())
def test_the_container_makes_no_difference_and_comes_back(wrap):
    X, y = make_ragged()
    classifier = RNNClassifier(**TINY).fit(X, y)
    wrapped = wrap(X)
    expected = permutation_importance(classifier, X, y, scoring="neg_log_loss", random_state=0)
    if isinstance(wrapped, list) and isinstance(wrapped[0], pd.DataFrame):
        classifier.fit(wrapped, y)  # learns the names, and the same weights
    result = permutation_importance(classifier, wrapped, y, scoring="neg_log_loss", random_state=0)
    np.testing.assert_array_equal(result.importances, expected.importances)
    back = CourseExchange(wrapped, reads_tokens=False).exchanged(np.arange(len(X)))
    assert type(back) is type(wrapped)
    if isinstance(wrapped, pd.Series):
        assert back.index.equals(wrapped.index)
    if isinstance(wrapped, list) and isinstance(wrapped[0], pd.DataFrame):
        pd.testing.assert_frame_equal(back[0], wrapped[0])
        assert result.feature_names == ["a", "b"]
    if isinstance(wrapped, np.ndarray) and wrapped.ndim == 3:
        np.testing.assert_array_equal(back, wrapped)


def test_yes_and_no_and_whole_numbers_are_exchanged_as_they_are():
    rng = np.random.default_rng(0)
    order = np.roll(np.arange(4), 1)
    whole = rng.integers(-3, 3, size=(4, 5, 2))
    found = CourseExchange(whole, reads_tokens=False).exchanged(order)
    assert found.dtype == whole.dtype
    np.testing.assert_array_equal(found, whole[order])
    yes = whole > 0
    np.testing.assert_array_equal(
        CourseExchange(yes, reads_tokens=False).exchanged(order), yes[order]
    )


@pytest.mark.parametrize("as_list", [False, True])
def test_token_ids_are_exchanged_and_padding_stays(as_list):
    ids = np.array([[2, 3, 4, 5], [6, 7, 0, 0], [8, 0, 0, 0]] * 4)
    y = [0, 1, 2] * 4
    classifier = RNNClassifier(embedding_dim=3, **TINY).fit(ids, y)
    given_ids = [row[row > 0] for row in ids] if as_list else ids
    exchange = CourseExchange(given_ids, reads_tokens=True)
    found = exchange.exchanged(np.roll(np.arange(12), 1))
    for row, before in zip(found, given_ids, strict=True):
        np.testing.assert_array_equal(row > 0, before > 0)
    result = permutation_importance(classifier, given_ids, y, over="time", random_state=0)
    assert result.importances.shape == (4, 5)
    np.testing.assert_array_equal(result.segment_edges, [0, 0.25, 0.5, 0.75, 1])
    with_padder = make_pipeline(SequencePadder(), RNNClassifier(embedding_dim=3, **TINY))
    assert permutation_importance(with_padder.fit(ids, y), ids, y).importances.shape == (1, 5)


# -- estimators ------------------------------------------------------------------------------


def test_pipelines_and_searches_that_begin_with_sequences(sequences):
    X, y, _ = sequences
    pipeline = make_pipeline(PerTimestep(StandardScaler()), RNNClassifier(**TINY))
    search = GridSearchCV(pipeline, {"rnnclassifier__hidden_size": [4]}, cv=2).fit(X, y)
    for estimator in (search, search.best_estimator_):
        result = permutation_importance(estimator, X, y, random_state=0, n_repeats=2)
        assert result.importances.shape == (3, 2)


def test_any_estimator_of_sequences_will_do():
    X, y = make_ragged()
    summarise = FunctionTransformer(lambda X: [x.mean(axis=0) for x in X])
    pipeline = make_pipeline(summarise, LogisticRegression()).fit(X, y)
    result = permutation_importance(pipeline, X, y, random_state=0)
    assert result.importances_mean.max() > 0.1


def test_a_tagger_and_a_regressor_are_scored_by_their_own_score():
    X, _ = make_ragged()
    params = {**TINY, "max_epochs": 15, "learning_rate": 0.03}
    tagger = RNNTagger(**params).fit(X, [(x[:, 0] > 0).astype(int) for x in X])
    labels = [(x[:, 0] > 0).astype(int) for x in X]
    result = permutation_importance(tagger, X, labels, random_state=0)
    assert result.importances_mean[0] > 0.2 > result.importances_mean[1]
    regressor = RNNRegressor(**params).fit(X, [x[:, 1].mean() for x in X])
    target = np.array([x[:, 1].mean() for x in X])
    result = permutation_importance(regressor, X, target, random_state=0)
    assert result.importances_mean[1] > result.importances_mean[0]


# -- what cannot be used -----------------------------------------------------------------------


def test_wrong_arguments_are_refused(sequences):
    X, y, classifier = sequences
    for wrong, message in (
        ({"over": "samples"}, r"over: got 'samples'. Expected one of \('features', 'time'\)"),
        ({"n_segments": 0}, "n_segments: got 0. Expected an integer of 1 or more"),
        ({"n_repeats": 1.5}, "n_repeats: got 1.5"),
        ({"sample_weight": [1.0]}, "sample_weight: got"),
        ({"scoring": "nonsense"}, "scoring"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            permutation_importance(classifier, X, y, **wrong)
    with pytest.raises(ValueError, match=r"y: got 79 samples while X has 80"):
        permutation_importance(classifier, X, y[:-1])
    with pytest.raises(
        ValueError, match=r"y: got NoneType. Expected one target for each of the 80"
    ):
        permutation_importance(classifier, X, None)
    with pytest.raises(ValueError, match=r"X has 2 features, but RNNClassifier"):
        permutation_importance(classifier, [x[:, :2] for x in X], y)


def test_texts_are_to_be_encoded_first():
    texts, y = ["a prize", "at home"] * 5, [1, 0] * 5
    pipeline = make_pipeline(TokenEncoder(), RNNClassifier(embedding_dim=3, **TINY)).fit(texts, y)
    for given_texts in (texts, pd.Series(texts), [text.split() for text in texts]):
        with pytest.raises(ValueError, match=r"X: got texts.*pipeline\[-1\]"):
            permutation_importance(pipeline, given_texts, y)
    encoded = pipeline[:-1].transform(texts)
    assert permutation_importance(pipeline[-1], encoded, y, over="time").importances.shape == (2, 5)


@pytest.mark.slow
def test_estimators_without_samples_are_refused():
    with pytest.raises(NotFittedError):
        permutation_importance(RNNClassifier(), [[0.0], [1.0]], [0, 1])
    y = np.sin(np.arange(40) / 2)
    forecaster = RNNForecaster(horizon=4, validation_fraction=0, **TINY).fit(y)
    with pytest.raises(TypeError, match=r"estimator: got an RNNForecaster.*forecast_importance"):
        permutation_importance(forecaster, np.zeros((4, 0)), y[:4])


# -- the picture ---------------------------------------------------------------------------


def test_the_display_draws_features_by_importance(sequences):
    import matplotlib.pyplot as plt

    X, y, classifier = sequences
    frames = [pd.DataFrame(x, columns=["one", "two", "three"]) for x in X]
    display = PermutationImportanceDisplay.from_estimator(
        clone(classifier).fit(frames, y), frames, y, random_state=0
    )
    figure, ax = plt.subplots()
    assert display.plot(ax=ax, max_features=2) is display
    widths = [bar.get_width() for bar in display.bars_]
    assert widths == sorted(display.importances.mean(axis=1), reverse=True)[:2]
    assert ax.get_yticklabels()[0].get_text() == "two"
    assert display.line_ is None
    with pytest.raises(ValueError, match=r"max_features: got 0. Expected an integer of 1 or more"):
        display.plot(ax=ax, max_features=0)
    plt.close(figure)


def test_the_display_draws_time_as_a_curve(sequences):
    import matplotlib.pyplot as plt

    X, y, classifier = sequences
    display = PermutationImportanceDisplay.from_estimator(
        classifier, X, y, over="time", n_segments=4, random_state=0
    ).plot()
    values, edges, _ = display.line_.get_data()
    np.testing.assert_array_equal(values, display.importances.mean(axis=1))
    np.testing.assert_array_equal(edges, [0, 0.25, 0.5, 0.75, 1])
    plt.close(display.figure_)


def test_the_display_refuses_several_scores(sequences):
    X, y, classifier = sequences
    with pytest.raises(ValueError, match=r"scoring: got \['accuracy'\], several scores"):
        PermutationImportanceDisplay.from_estimator(classifier, X, y, scoring=["accuracy"])


def test_the_features_that_a_transcriber_goes_by_are_found():
    X, y = make_ragged(80)
    texts = ["b" if label else "a" for label in y]
    noise = np.random.default_rng(0).normal(size=(sum(map(len, X)), 1))
    parts = np.split(noise, np.cumsum([len(x) for x in X])[:-1])
    X = [np.concatenate([x[:, :1], part], axis=1) for x, part in zip(X, parts, strict=True)]
    params = {"hidden_size": 8, "num_layers": 1, "max_epochs": 30, "learning_rate": 0.02}
    transcriber = RNNTranscriber(**params, dropout=0, random_state=0).fit(X, texts)
    importance = permutation_importance(transcriber, X, texts, random_state=0).importances_mean
    assert importance[0] > 0.2 > abs(importance[1])
