"""One recording that lacks its list is refused with code that runs, never read as many samples."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import torch

from skrnn import RNNClassifier, RNNRegressor, RNNTagger
from skrnn.preprocessing import PerTimestep, SequencePadder, SequenceScaler, TimeDifferences

TINY = {"hidden_size": 2, "max_epochs": 2, "random_state": 0}
RNG = np.random.default_rng(0)
ONE = RNG.normal(size=(8, 5, 1))
SEVERAL = RNG.normal(size=(8, 5, 3))
Y = np.arange(8) % 2


def refused(method, X) -> str:
    with pytest.raises(ValueError, match=r"[Pp]ass") as error:
        method(X)
    message = str(error.value)
    assert "(0, 2, 1)" not in message
    return message


def answer(method, X, message):
    """Run the first code that the message says to pass."""
    code = re.search(r"[Pp]ass (\[.*?\])( if|,|;|\.$)", message).group(1)
    return method(eval(code, {"X": X, "np": np}))


FITTED_ON = {
    "array": lambda X: X,
    "list": list,
    "frames": lambda X: [pd.DataFrame(x) for x in X],
    "tensor": torch.from_numpy,
}


@pytest.mark.parametrize("wrap", FITTED_ON.values(), ids=FITTED_ON.keys())
@pytest.mark.parametrize("X", [ONE, SEVERAL], ids=["one feature", "several features"])
@pytest.mark.parametrize("make", [RNNClassifier, RNNRegressor, RNNTagger])
def test_predict_of_one_recording_is_refused_with_its_list_as_the_remedy(make, X, wrap):
    y = [Y[:5]] * 8 if make is RNNTagger else Y
    wrapped = wrap(X)
    estimator = make(**TINY).fit(wrapped, y)
    message = refused(estimator.predict, wrapped[0])
    assert "[X]" in message
    found = answer(estimator.predict, wrapped[0], message)
    np.testing.assert_array_equal(found[0], estimator.predict(wrapped)[0])


@pytest.mark.parametrize("method", ["predict_proba", "transform"])
def test_other_methods_refuse_it_as_well(method):
    estimator = RNNClassifier(**TINY).fit(ONE, Y)
    assert "[X]" in refused(getattr(estimator, method), ONE[0])
    with pytest.raises(ValueError, match=r"Pass \[X\]"):
        estimator.score(ONE[0], Y[:5])


@pytest.mark.parametrize("make", [SequencePadder, SequenceScaler, TimeDifferences, PerTimestep])
@pytest.mark.parametrize("X", [ONE, SEVERAL], ids=["one feature", "several features"])
def test_transformers_refuse_it(make, X):
    transformer = make().fit(X)
    message = refused(transformer.transform, X[0])
    found = answer(transformer.transform, X[0], message)
    np.testing.assert_array_equal(found[0], transformer.transform(X)[0])


def test_the_timesteps_of_one_recording_in_a_list_are_put_together():
    estimator = RNNClassifier(**TINY).fit(SEVERAL, Y)
    for steps in (list(SEVERAL[0]), SEVERAL[0].tolist()):
        found = answer(estimator.predict, steps, refused(estimator.predict, steps))
        np.testing.assert_array_equal(found, estimator.predict(SEVERAL[:1]))


def test_a_transposed_recording_is_turned():
    estimator = RNNClassifier(**TINY).fit(SEVERAL, Y)
    message = refused(estimator.predict, SEVERAL[0].T)
    found = answer(estimator.predict, SEVERAL[0].T, message)
    np.testing.assert_array_equal(found, estimator.predict(SEVERAL[:1]))


def test_samples_with_features_first_are_turned_one_by_one():
    estimator = RNNClassifier(**TINY).fit(SEVERAL, Y)
    turned = [x.T for x in SEVERAL]
    with pytest.raises(ValueError, match=r"need \[np\.transpose\(x\) for x in X\]\.$"):
        estimator.predict(turned)
    with pytest.raises(ValueError, match=r"need np\.transpose\(X, \(0, 2, 1\)\)\.$"):
        estimator.predict(np.stack(turned))


def test_lists_of_samples_of_one_timestep_and_tables_of_one_feature_are_read_as_ever():
    on_lists = RNNClassifier(**TINY).fit([x.ravel().tolist() for x in ONE], Y)
    assert on_lists.predict([[0.5], [1.5]]).shape == (2,)
    estimator = RNNClassifier(**TINY).fit(list(ONE), Y)
    assert estimator.predict(ONE[:, :3, 0]).shape == (8,)
    assert estimator.predict([x[:1] for x in ONE]).shape == (8,)
    on_column = RNNClassifier(**TINY).fit(ONE[:, 0], Y)
    assert on_column.predict(ONE[:2, 0]).shape == (2,)


def test_one_sample_of_several_ids_is_refused_with_its_list():
    ids = np.arange(2, 32).reshape(5, 3, 2)
    estimator = RNNClassifier(**TINY, embedding_dim=2).fit(ids, [0, 1, 0, 1, 0])
    message = refused(estimator.predict, ids[0])
    assert answer(estimator.predict, ids[0], message).shape == (1,)
