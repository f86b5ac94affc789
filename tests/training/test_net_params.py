"""What net_params passes on, what it refuses, and how it is compared when training goes on."""

from __future__ import annotations

import copy

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
from skrnn._training.estimator import _equal
from tests.sequences.small_networks import TINY, X, Y, scores

WEIGHTED = {"criterion": torch.nn.CrossEntropyLoss, "criterion__reduction": "none"}


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("params", [{"compile": True}, {"compile__dynamic": True}])
def test_compile_is_refused_by_name(cell, params):
    with pytest.raises(ValueError, match=r"net_params: got 'compile.*Leave it out") as error:
        RNNClassifier(**TINY, cell=cell, net_params=params).fit(X, Y)
    assert "torch.compile" in str(error.value)


@pytest.mark.parametrize(
    "fit",
    [
        lambda **more: RNNRegressor(**more).fit(X, Y),
        lambda **more: RNNTagger(**more).fit(X, [["a"] * len(x) for x in X]),
        lambda **more: RNNLanguageModel(**more).fit(["a b c d"] * 9),
        lambda **more: RNNForecaster(**more).fit(np.arange(40.0)),
    ],
)
def test_compile_is_refused_by_other_estimators(fit):
    with pytest.raises(ValueError, match=r"net_params: got 'compile.*Leave it out"):
        fit(net_params={"compile": True})


# As many timesteps as labels, and samples in a batch as steps ahead: axes that torch would mistake.
SQUARE = np.random.default_rng(0).normal(size=(6, 3, 1))
TAGS = np.arange(18).reshape(6, 3) % 3


@pytest.mark.parametrize(
    ("loss", "fit"),
    [
        ("CrossEntropyLoss", lambda **more: RNNTagger(**more).fit(SQUARE, TAGS)),
        ("NLLLoss", lambda **more: RNNTagger(**more, output_layer="crf").fit(SQUARE, TAGS)),
        ("CTCLoss", lambda **more: RNNTranscriber(**more).fit(SQUARE, ["a"] * 6)),
        ("MSELoss", lambda **more: RNNForecaster(8, batch_size=8, **more).fit(np.arange(80) % 7)),
    ],
    ids=["tagger", "chain", "transcriber", "forecaster"],
)
def test_a_loss_of_torch_is_refused_where_timesteps_have_outputs(loss, fit):
    with pytest.raises(ValueError, match=f"net_params: got {loss} as.*timestep.*Leave it out"):
        fit(net_params={"criterion": getattr(torch.nn, loss)})


def test_compile_may_be_declined():
    usual = RNNClassifier(**TINY).fit(X, Y)
    declined = RNNClassifier(**TINY, net_params={"compile": False}).fit(X, Y)
    np.testing.assert_array_equal(scores(usual), scores(declined))


@pytest.mark.parametrize("goes_on", ["fit", "partial_fit"])
def test_training_goes_on_with_equal_tensors(goes_on):
    params = {**WEIGHTED, "criterion__weight": torch.tensor([1.0, 2.0])}
    model = RNNClassifier(**TINY, warm_start=True, net_params=params).fit(X, Y)
    model.set_params(net_params=copy.deepcopy(params))
    getattr(model, goes_on)(X, Y)
    assert model.n_iter_ == {"fit": 6, "partial_fit": 4}[goes_on]


@pytest.mark.parametrize(
    "weight",
    [
        torch.tensor([1.0, 3.0]),
        torch.tensor([1.0, 2.0], dtype=torch.float64),
        torch.tensor([1.0, 2.0, 3.0]),
        [1.0, 2.0],
        None,
    ],
    ids=str,
)
def test_other_tensors_are_refused_by_name(weight):
    params = {**WEIGHTED, "criterion__weight": torch.tensor([1.0, 2.0])}
    model = RNNClassifier(**TINY, warm_start=True, net_params=params).fit(X, Y)
    model.set_params(net_params={**params, "criterion__weight": weight})
    with pytest.raises(ValueError, match=r"net_params: got .*Set warm_start=False"):
        model.fit(X, Y)


@pytest.mark.parametrize(
    "value",
    [
        {"a": torch.ones(2), "b": [torch.zeros(2), (torch.ones(1),)]},
        {"a": np.ones(3)},
        [np.ones(3), {"x": torch.ones(1)}],
        (1, "two", None),
        torch.tensor(float(3)),
        np.arange(4),
    ],
    ids=str,
)
def test_settings_are_equal_to_their_copies_alone(value):
    assert _equal(value, copy.deepcopy(value))
    for other in (None, {}, [], (), 0, "two", torch.zeros(5), np.zeros(5), {"a": torch.zeros(2)}):
        assert not _equal(value, other)
        assert not _equal(other, value)
