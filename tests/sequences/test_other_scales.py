"""Recordings and targets in another unit: the warning, and what they do to the others."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import RobustScaler

from skrnn import RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber
from skrnn.exceptions import ScaleWarning
from skrnn.preprocessing import PerTimestep, SequenceScaler
from tests.conftest import pad

TINY = {"hidden_size": 3, "max_epochs": 1, "random_state": 0}
NAMES = ["speed", "heat"]


def recordings(n=40, seed=0):
    rng = np.random.default_rng(seed)
    levels = rng.normal([5.0, 20.0], 0.5, size=(n, 2))
    return [level + rng.normal(size=(rng.integers(5, 9), 2)) for level in levels]


def in_another_unit(samples, which, feature=slice(None), factor=1000.0):
    samples = [x.copy() for x in samples]
    for i in which:
        samples[i][:, feature] *= factor
    return samples


X = recordings()
MIXED = in_another_unit(X, [4, 30], feature=1)
Y = ["ab"[i % 2] for i in range(len(X))]
NUMBERS = np.arange(40.0) + 100
TAGS = [["ab"[i % 2]] * len(x) for i, x in enumerate(X)]
SAID = (
    r"X: got samples 4 and 30 in feature 1, "
    r"values of about (1\.9|2)\d*e\+04 where 20(\.\d)? is usual"
)

KINDS = {
    "classifier": (RNNClassifier(**TINY), Y),
    "regressor": (RNNRegressor(**TINY), NUMBERS),
    "tagger": (RNNTagger(**TINY), TAGS),
    "transcriber": (RNNTranscriber(**TINY, num_layers=1, segment_length=1), Y),
    "robust statistics": (RNNClassifier(**TINY, standardize="robust"), Y),
    "not standardised": (RNNClassifier(**TINY, standardize=False), Y),
}


def messages(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(warning.message) for warning in caught if warning.category is ScaleWarning]


# -- the warning ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_fit_and_predict_name_the_samples_and_the_feature(kind):
    estimator, y = KINDS[kind]
    with pytest.warns(ScaleWarning, match=SAID):
        estimator.fit(MIXED, y)
    assert not messages(lambda: estimator.fit(X, y).predict(X))
    with pytest.warns(ScaleWarning, match=SAID):
        estimator.predict(MIXED)


@pytest.mark.parametrize(
    "container",
    {
        "padded": pad,
        "float32": lambda samples: [x.astype(np.float32) for x in samples],
        "integers": lambda samples: [(100 * x).astype(np.int64) for x in samples],
        "missing values": lambda samples: [np.vstack([[np.nan, x[0, 1]], x]) for x in samples],
    }.items(),
    ids=lambda item: item[0],
)
def test_in_any_container(container):
    with pytest.warns(ScaleWarning, match=r"X: got samples 4 and 30 in feature 1, values"):
        RNNClassifier(**TINY).fit(container[1](MIXED), Y)


def test_features_go_by_their_names():
    frames = [pd.DataFrame(x, columns=NAMES) for x in MIXED]
    with pytest.warns(ScaleWarning, match=r"samples 4 and 30 in feature 'heat', values"):
        RNNClassifier(**TINY).fit(frames, Y)


def test_a_table_has_one_feature_which_needs_no_name():
    table = np.random.default_rng(0).normal(50, 1, size=(40, 5))
    table[7] *= 1000
    with pytest.warns(
        ScaleWarning, match=r"X: got sample 7, values of about 5\.\d+e\+04 where 50\.1 is"
    ):
        RNNClassifier(**TINY).fit(table, Y)


def test_several_features_and_many_samples_are_summed_up():
    samples = in_another_unit(in_another_unit(recordings(400), range(25), 0), [30], factor=1e-3)
    (said,) = messages(lambda: SequenceScaler().fit(samples))
    listed = "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, ..."
    assert f"26 samples ({listed}) in feature 0, values" in said
    assert "sample 30 in feature 1, values of about 0.0" in said
    in_both = in_another_unit(X, [1, 2, 3])
    (said,) = messages(lambda: SequenceScaler().fit(in_both))
    assert "samples 1, 2 and 3 in features 0 and 1, values of feature 0 of about" in said


def test_validation_data_and_held_out_samples_are_judged():
    given = {"X_val": MIXED, "y_val": Y}
    (said,) = messages(lambda: RNNClassifier(**TINY).fit(X, Y, **given))
    assert said.startswith("X_val: got samples 4 and 30 in feature 1")
    for seed in range(3):
        params = TINY | {"early_stopping": True, "random_state": seed}
        (said,) = messages(lambda params=params: RNNClassifier(**params).fit(MIXED, Y))
        assert said.startswith("X: got samples 4 and 30 in feature 1")


def test_samples_of_weight_zero_do_not_shift_the_numbers():
    weight = np.ones(40)
    weight[:3] = 0
    (said,) = messages(lambda: RNNClassifier(**TINY).fit(MIXED, Y, sample_weight=weight))
    assert said.startswith("X: got samples 4 and 30 in feature 1")
    weight[[4, 30]] = 0
    assert not messages(lambda: RNNClassifier(**TINY).fit(MIXED, Y, sample_weight=weight))
    assert not messages(lambda: SequenceScaler().fit(MIXED, sample_weight=weight))


def test_training_that_goes_on_judges_by_what_it_began_with():
    warm = RNNClassifier(**TINY, warm_start=True).fit(X, Y)
    assert messages(lambda: warm.fit(MIXED, Y))[0].startswith("X: got samples 4 and 30")
    later = RNNClassifier(**TINY)
    assert messages(lambda: later.partial_fit(MIXED, Y, ["a", "b"]))[0].startswith(
        "X: got samples 4 and 30"
    )
    assert not messages(lambda: later.partial_fit(X[:2], Y[:2]))
    (said,) = messages(lambda: later.partial_fit(MIXED[4:6], Y[4:6]))
    assert said.startswith("X: got sample 0 in feature 1")


def test_a_whole_data_set_in_another_unit_is_noticed_in_every_method():
    classifier = RNNClassifier(**TINY).fit(X, Y)
    other = [x * 1000 for x in X]
    for method in (classifier.predict, classifier.predict_proba, classifier.transform):
        assert messages(lambda method=method: method(other))[0].startswith("X: got 40 samples (0,")
    assert messages(lambda: classifier.score(other, Y))


def test_a_model_judges_as_before_after_pickling():
    classifier = pickle.loads(pickle.dumps(RNNClassifier(**TINY).fit(X, Y)))
    with pytest.warns(ScaleWarning, match=SAID):
        classifier.predict(MIXED)


def test_token_ids_have_no_unit():
    ids = [np.random.default_rng(i).integers(2, 9, size=6) for i in range(40)]
    ids[3] = ids[3] * 100_000
    assert not messages(lambda: RNNClassifier(embedding_dim=2, **TINY).fit(ids, Y).predict(ids))


def test_targets_are_named_by_their_sample():
    y = NUMBERS.copy()
    y[[3, 11]] *= 1000
    with pytest.warns(ScaleWarning, match=r"y: got samples 3 and 11, values of about 1\.\d+e\+05"):
        RNNRegressor(**TINY).fit(X, y)
    two = np.column_stack([NUMBERS, y])
    with pytest.warns(ScaleWarning, match=r"y: got samples 3 and 11 in target 1, values of about"):
        RNNRegressor(**TINY).fit(X, two)
    with pytest.warns(ScaleWarning, match=r"y_val: got samples 3 and 11, values of about"):
        RNNRegressor(**TINY).fit(X, NUMBERS, X_val=X, y_val=y)


# -- what they do to the others ------------------------------------------------------------


def test_mean_and_scale_are_those_of_the_others():
    others = [x for i, x in enumerate(X) if i not in (4, 30)]
    expected = RNNClassifier(**TINY).fit(others, Y[:38]).statistics_
    with pytest.warns(ScaleWarning):
        found = RNNClassifier(**TINY).fit(MIXED, Y).statistics_
    np.testing.assert_allclose(found.mean[1], expected.mean[1], rtol=1e-12)
    np.testing.assert_allclose(found.scale[1], expected.scale[1], rtol=1e-12)
    # feature 0 has no other unit, and counts everywhere
    plain = RNNClassifier(**TINY).fit(X, Y).statistics_
    np.testing.assert_array_equal(found.mean[0], plain.mean[0])


def test_what_is_beyond_the_others_is_read_as_the_end_of_their_range():
    with pytest.warns(ScaleWarning):
        classifier = RNNClassifier(**TINY).fit(MIXED, Y)
    largest = max(x[:, 1].max() for i, x in enumerate(X) if i not in (4, 30))
    ends = [np.array([[5.0, value]] * 4) for value in (largest, largest * 1.5)]
    np.testing.assert_array_equal(*classifier.predict_proba(ends))
    # feature 0 has no bounds
    largest = max(x[:, 0].max() for x in X)
    ends = [np.array([[value, 20.0]] * 4) for value in (largest, largest * 1.1)]
    assert (np.diff(classifier.predict_proba(ends), axis=0) != 0).all()


def learnable(n=60, seed=0):
    """Recordings whose level, 0 or 1 among noise, tells the class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, size=n)
    return [label + 0.7 * rng.normal(size=8) for label in y], y


@pytest.mark.slow
@pytest.mark.parametrize("standardize", ["auto", "robust"])
@pytest.mark.parametrize("change", [lambda x: x * 1000, lambda x: x + 1e9])
def test_the_others_are_learned_as_if_there_were_none(standardize, change):
    (samples, y), (test, y_test) = learnable(), learnable(200, seed=1)
    params = {"hidden_size": 8, "max_epochs": 8, "random_state": 0, "learning_rate": 0.02}
    clean = RNNClassifier(**params).fit(samples, y).score(test, y_test)
    mixed = [change(x) if i in (5, 40) else x for i, x in enumerate(samples)]
    with pytest.warns(ScaleWarning, match="samples 5 and 40"):
        classifier = RNNClassifier(**params, standardize=standardize).fit(mixed, y)
    assert clean > 0.9
    assert classifier.score(test, y_test) > clean - 0.05
    with pytest.warns(ScaleWarning):
        plain = RNNClassifier(**params, standardize=True).fit(mixed, y)
    assert plain.score(test, y_test) < clean - 0.1


@pytest.mark.slow
def test_the_other_targets_are_learned_as_if_there_were_none():
    samples, _ = learnable(80)
    y = np.array([x.mean() for x in samples])
    mixed = y.copy()
    mixed[[7, 30]] *= 1000
    regressor = RNNRegressor(hidden_size=8, max_epochs=15, random_state=0, learning_rate=0.02)
    clean = regressor.fit(samples, y).score(samples, y)
    with pytest.warns(ScaleWarning, match="y: got samples 7 and 30"):
        regressor.fit(samples, mixed)
    assert clean > 0.9
    assert regressor.score(samples, y) > clean - 0.1


# -- robust statistics ---------------------------------------------------------------------


def test_robust_statistics_are_those_of_scikit_learn():
    with pytest.warns(ScaleWarning):
        scaled = SequenceScaler(standardize="robust").fit_transform(MIXED)
    expected = PerTimestep(RobustScaler()).fit_transform(MIXED)
    for found, wanted in zip(scaled, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_the_robust_estimator_reads_what_the_robust_scaler_gives():
    scaled = SequenceScaler(standardize="robust").fit_transform(X)
    robust = RNNClassifier(**TINY, standardize="robust").fit(X, Y).predict_proba(X)
    given = RNNClassifier(**TINY, standardize=False).fit(scaled, Y).predict_proba(scaled)
    np.testing.assert_allclose(robust, given, atol=1e-6)


def test_robust_statistics_with_missing_values_constants_and_rare_flags():
    rng = np.random.default_rng(0)
    samples = [np.column_stack([x, np.full(len(x), 7.0), np.zeros(len(x))]) for x in X]
    samples[3][:, 3] = 1.0
    samples[0][2, 0] = np.nan
    scaler = SequenceScaler(standardize="robust").fit(samples)
    values = np.concatenate(samples)
    low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose(scaler.mean_, middle)
    # a constant is divided by 1, a flag whose quartiles are equal by its standard deviation
    np.testing.assert_allclose(scaler.scale_, [*(high - low)[:2], 1.0, values[:, 3].std()])
    np.testing.assert_allclose(scaler.inverse_transform(scaler.transform(samples))[1], samples[1])
    weight = rng.integers(1, 4, size=len(X)).astype(float)
    assert scaler.fit(samples, sample_weight=weight).scale_.shape == (4,)


def test_robust_weights_by_hand():
    X = [np.array([value]) for value in (1.0, 2.0, 3.0, 10.0)]
    scaler = SequenceScaler(standardize="robust").fit(X, sample_weight=[1, 2, 1, 0])
    # Of a weight of 4, a quarter lies at 1, half at 2, three quarters at 2.
    assert scaler.mean_.tolist() == [2.0]
    assert scaler.scale_.tolist() == [1.0]


def test_robust_statistics_of_each_sample():
    scaler = SequenceScaler(per_sample=True, standardize="robust").fit(X)
    for found, x in zip(scaler.transform(X), X, strict=True):
        np.testing.assert_allclose(found, RobustScaler().fit_transform(x), rtol=1e-9)


@pytest.mark.parametrize("per_sample", [False, True])
def test_a_scaler_that_is_switched_off_leaves_values_as_they_are(per_sample):
    scaler = SequenceScaler(per_sample=per_sample, standardize=False).fit(X)
    np.testing.assert_array_equal(pad(scaler.transform(X)), pad(X))


RARE = {
    "0 and 1": np.arange(40) % 2,
    "mostly 0": np.where(np.arange(40) % 5 < 2, 1.0 + np.arange(40) / 40, 0.0),
    "mostly one level": np.where(np.arange(40) % 5 < 3, 7.0, np.arange(40)),
    "two targets": np.column_stack([NUMBERS, np.arange(40) % 2]),
    "integers": (np.arange(40) % 2).astype(np.int8).astype(np.int64),
}


@pytest.mark.parametrize("kind", RARE)
def test_a_target_of_another_unit_is_seen_where_most_are_the_same(kind):
    y = np.array(RARE[kind], dtype=float)
    y = np.concatenate([y, y])
    samples = [*X, *recordings(seed=1)]
    others = RNNRegressor(**TINY).fit(samples, y)
    y[12, ...] = 1e6
    with pytest.warns(ScaleWarning, match=r"^y: got sample 12"):
        mixed = RNNRegressor(**TINY).fit(samples, y)
    assert np.abs(mixed.predict(X) - others.predict(X)).max() < 2


def test_a_feature_that_mostly_rests_has_no_usual_movement():
    still = [np.column_stack([x[:, 0], x[:, 1] * (i % 5 < 2)]) for i, x in enumerate(X * 2)]
    still[5] = still[5] * [1, 1000]
    assert not messages(lambda: RNNClassifier(**TINY).fit(still, Y * 2))


def test_a_few_that_are_not_zero_say_nothing_of_a_scale():
    y = np.where(np.arange(40) % 10 == 0, np.arange(40.0) ** 3, 0.0)
    assert not messages(lambda: RNNRegressor(**TINY).fit(X, y))
