"""What torch makes tensors on by default, which the caller may have set, changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 6, 2))
X[3, 4:] = np.nan
TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
SERIES = np.arange(40) % 4 + RNG.normal(size=40)


def forecasts():
    fitted = RNNForecaster(4, context_length=8, batch_size=512, **TINY).fit(SERIES)
    paths = fitted.sample_paths(3)
    return [fitted.predict(), fitted.predict_interval(), paths, fitted.update([1.0]).predict()]


def of_sequences(estimator, y):
    fitted = estimator.set_params(**TINY).fit(X, y)
    answers = fitted.predict(X)
    return [np.concatenate(answers) if answers.dtype == object else answers]


CASES = {
    "forecaster": forecasts,
    "classifier": lambda: of_sequences(RNNClassifier(), np.arange(20) % 2),
    "regressor": lambda: of_sequences(RNNRegressor(pooling="attention"), np.arange(20.0)),
    "tagger": lambda: of_sequences(
        RNNTagger(output_layer="crf"), [np.arange(4 if i == 3 else 6) % 2 for i in range(20)]
    ),
    "language model": lambda: [
        RNNLanguageModel(**TINY).fit(["a b c a b"] * 5).log_prob(["a b c", "b a"])
    ],
    "transcriber": lambda: [RNNTranscriber(**TINY).fit(X, ["ab"] * 20).predict_proba(X[:1])[0]],
}


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
@pytest.mark.parametrize("name", list(CASES))
def test_the_default_device_of_the_caller_changes_nothing(name):
    expected = CASES[name]()
    torch.set_default_device("meta")
    try:
        found = CASES[name]()
        assert torch.get_default_device().type == "meta"
    finally:
        torch.set_default_device(None)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
