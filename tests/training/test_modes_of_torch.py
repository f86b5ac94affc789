"""Modes of torch that the caller has switched on neither reach a fit nor a prediction."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import pandas as pd
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
from skrnn.exceptions import SeasonalNaiveWarning

SMALL = {"hidden_size": 4, "random_state": 0}
X = np.random.default_rng(0).normal(size=(12, 5, 2)).astype(np.float32)
SERIES = pd.Series(np.sin(np.arange(30.0)), index=pd.date_range("2020", periods=30))


def _classifier() -> list[Any]:
    model = RNNClassifier(max_epochs=2, **SMALL).fit(X, np.arange(12) % 2)
    return [model.predict_proba(X), model.transform(X)]


def _regressor() -> list[Any]:
    model = RNNRegressor(max_epochs=2, cell="gru", num_layers=2, **SMALL).fit(X, X[:, 0, 0])
    return [model.predict(X)]


def _tagger() -> list[Any]:
    model = RNNTagger(max_epochs=2, output_layer="crf", **SMALL).fit(X, [[0, 1, 0, 1, 1]] * 12)
    return [*model.predict_proba(X)]


def _language_model() -> list[Any]:
    model = RNNLanguageModel(max_epochs=2, **SMALL).fit(["a dog runs", "a cat runs"] * 3)
    return [model.predict_next_proba(["a"]), model.log_prob(["a dog"]), model.transform(["a"])]


def _transcriber() -> list[Any]:
    model = RNNTranscriber(max_epochs=2, **SMALL).fit(X, ["a", "b"] * 6)
    return [*model.predict_proba(X)]


def _forecaster() -> list[Any]:
    model = RNNForecaster(2, max_epochs=1, context_length=8, **SMALL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        model.fit(SERIES)
    return [model.predict().to_numpy(), model.predict_quantiles([0.1]).to_numpy()]


ESTIMATORS = [_classifier, _regressor, _tagger, _language_model, _transcriber, _forecaster]


@contextmanager
def _default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextmanager
def _default_dtype() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


MODES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "inference mode": torch.inference_mode,
    "default device": _default_device,
    "default dtype": _default_dtype,
}


@pytest.fixture(scope="module")
def expected() -> dict[Callable[[], list[Any]], list[Any]]:
    return {answers: answers() for answers in ESTIMATORS}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("answers", ESTIMATORS)
def test_a_mode_of_the_caller_changes_no_bit_of_fit_and_predict(answers, mode, expected):
    with MODES[mode]():
        found = answers()
    for one, other in zip(expected[answers], found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_modes_of_the_caller_are_as_before():
    with torch.autocast("cpu", torch.bfloat16), torch.device("meta"):
        _classifier()
        assert torch.is_autocast_enabled("cpu")
        assert torch.get_default_device().type == "meta"
        product = torch.ones(2, 2, device="cpu") @ torch.ones(2, 2, device="cpu")
        assert product.dtype is torch.bfloat16


def test_a_fit_under_autocast_learns():
    rng = np.random.default_rng(1)
    data = rng.normal(size=(60, 4, 2))
    target = data.sum(axis=(1, 2))
    with torch.autocast("cpu"):
        model = RNNRegressor(hidden_size=8, max_epochs=25, learning_rate=0.02, random_state=0)
        assert model.fit(data, target).score(data, target) > 0.9
