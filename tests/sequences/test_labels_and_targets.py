"""Labels and targets of every type and shape come back as they were."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import DataConversionWarning

from skrnn import RNNClassifier, RNNRegressor
from skrnn.exceptions import OneHotWarning
from tests.sequences.small_networks import STRICT, TARGETS, TINY, X_NEW, N, X, Y

LABELS = {
    "strings": np.array(["no", "yes"])[Y],
    "a list of strings": np.array(["no", "yes"])[Y].tolist(),
    "objects": np.array(["no", "yes"], dtype=object)[Y],
    "booleans": Y.astype(bool),
    "integers with a gap": np.array([-7, 40])[Y],
    "small integers": Y.astype(np.int8),
    "whole floats": Y.astype(float),
    "pandas categories": pd.Series(np.array(["no", "yes"])[Y], dtype="category"),
    "pandas strings": pd.Series(np.array(["no", "yes"])[Y], dtype="string"),
    "pandas default strings": pd.Series(np.array(["no", "yes"])[Y].tolist()),
    "pandas nullable integers": pd.Series(Y, dtype="Int64"),
    "pandas nullable booleans": pd.Series(Y.astype(bool), dtype="boolean"),
    "a pandas index of its own": pd.Series(Y, index=np.arange(N)[::-1]),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS.keys())
def test_labels_of_any_type_come_back_as_they_were(labels):
    model = RNNClassifier(**TINY).fit(X, labels)
    plain = RNNClassifier(**TINY).fit(X, Y)
    expected = np.asarray(labels)[:2].tolist()
    assert model.classes_.tolist() == expected
    np.testing.assert_array_equal(model.predict_proba(X_NEW), plain.predict_proba(X_NEW))
    predicted = model.predict(X_NEW)
    assert predicted.tolist() == [expected[k] for k in plain.predict(X_NEW)]
    assert model.score(X, labels) == plain.score(X, Y) > 0.9


def test_several_classes_get_probabilities_that_sum_to_one():
    labels = np.array(["c", "a", "b"])[np.arange(N) % 3]
    model = RNNClassifier(**TINY).fit(X, labels)
    assert model.classes_.tolist() == ["a", "b", "c"]
    probabilities = model.predict_proba(X_NEW)
    assert probabilities.shape == (len(X_NEW), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X_NEW), model.classes_[probabilities.argmax(1)])


@pytest.mark.parametrize("kind", [np.int64, bool, float])
def test_each_label_of_a_multilabel_target_has_its_own_probability(kind):
    labels = np.column_stack([Y, 1 - Y, np.ones_like(Y)]).astype(kind)
    model = RNNClassifier(**(TINY | {"max_epochs": 15})).fit(X, labels)
    probabilities = model.predict_proba(X_NEW)
    assert probabilities.shape == (len(X_NEW), 3)
    assert (probabilities[:, 2] > 0.5).all()
    assert not np.allclose(probabilities.sum(axis=1), 1)
    predicted = model.predict(X_NEW)
    np.testing.assert_array_equal(predicted, probabilities > 0.5)
    assert model.score(X, labels) > 0.9


TARGET_SHAPES = {
    "1-D": (TARGETS, ()),
    "a list": (TARGETS.tolist(), ()),
    "a Series": (pd.Series(TARGETS), ()),
    "nullable floats": (pd.Series(TARGETS, dtype="Float64"), ()),
    "integers": (np.round(TARGETS).astype(int), ()),
    "two columns": (np.column_stack([TARGETS, -TARGETS]), (2,)),
    "a DataFrame": (pd.DataFrame({"a": TARGETS, "b": TARGETS**2}), (2,)),
}


@pytest.mark.parametrize(("y", "shape"), TARGET_SHAPES.values(), ids=TARGET_SHAPES.keys())
def test_a_regressor_predicts_in_the_shape_of_its_targets(y, shape):
    model = RNNRegressor(**(TINY | {"max_epochs": 15})).fit(X, y)
    predicted = model.predict(X_NEW)
    assert predicted.shape == (len(X_NEW), *shape)
    assert predicted.dtype == np.float64
    assert model.n_outputs_ == (shape[0] if shape else 1)
    assert model.score(X, y) > 0.5


def test_a_column_of_targets_is_taken_as_1d_with_scikit_learns_warning():
    for make, y in ((RNNRegressor, TARGETS), (RNNClassifier, Y)):
        with pytest.warns(DataConversionWarning):
            model = make(**TINY).fit(X, y[:, None])
        assert model.predict(X_NEW).shape == (len(X_NEW),)


def test_the_unit_of_a_target_moves_predictions_along():
    plain = RNNRegressor(**STRICT).fit(X, TARGETS).predict(X_NEW)
    other_unit = RNNRegressor(**STRICT).fit(X, 1e6 + 1e3 * TARGETS).predict(X_NEW)
    np.testing.assert_allclose(other_unit, 1e6 + 1e3 * plain, rtol=1e-9)


# -- one-hot classes -----------------------------------------------------------------------

ONE_HOT = np.eye(3, dtype=int)[[0, 1, 2, 0, 1, 2]]
ONE_HOT_X = np.random.default_rng(0).normal(size=(6, 4, 2))
SMALL = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda y: y,
        lambda y: y.tolist(),
        lambda y: y.astype(float),
        lambda y: y.astype(bool),
        pd.DataFrame,
        torch.from_numpy,
        lambda y: y[:, [0, 1, 2]].astype(object),
    ],
    ids=["integers", "lists", "floats", "booleans", "DataFrame", "tensor", "objects"],
)
def test_one_hot_classes_are_warned_of_with_code_that_makes_classes(wrap):
    y = wrap(ONE_HOT)
    with pytest.warns(OneHotWarning, match=r"y\.argmax\(axis=1\)") as caught:
        several = RNNClassifier(**SMALL).fit(ONE_HOT_X, y)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert several.predict(ONE_HOT_X).shape == (6, 3)
    one = RNNClassifier(**SMALL).fit(ONE_HOT_X, np.asarray(y).argmax(axis=1))
    np.testing.assert_allclose(one.predict_proba(ONE_HOT_X).sum(axis=1), 1, rtol=1e-5)


def test_one_hot_classes_are_warned_of_in_the_first_part_only():
    learner = RNNClassifier(**SMALL)
    with pytest.warns(OneHotWarning):
        learner.partial_fit(ONE_HOT_X, ONE_HOT)
    learner.partial_fit(ONE_HOT_X, ONE_HOT)
    learner.score(ONE_HOT_X, ONE_HOT)


@pytest.mark.parametrize(
    "row", [[1, 1, 0], [0, 0, 0]], ids=["two labels in a row", "no label in a row"]
)
def test_an_indicator_of_several_labels_raises_no_warning(row):
    indicator = ONE_HOT.copy()
    indicator[2] = row
    RNNClassifier(**SMALL).fit(ONE_HOT_X, indicator)


def test_one_column_is_no_one_hot_code():
    with pytest.warns(DataConversionWarning):
        RNNClassifier(**SMALL).fit(ONE_HOT_X, ONE_HOT[:, :1])
