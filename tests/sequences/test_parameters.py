"""Each parameter of the classifier and the regressor has its effect."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from skrnn import RNNClassifier, RNNRegressor
from tests.sequences.small_networks import TARGETS, TINY, TOKENS, X_NEW, X_VAL, Y_VAL, X, Y, scores

VECTORS = np.random.default_rng(3).normal(size=(8, 4))
# A setting that must move the predictions: the parameter, its other value, and what else is set.
MOVES_PREDICTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "cell": ("gru", {}),
    "hidden_size": (5, {}),
    "num_layers": (2, {}),
    "bidirectional": (True, {}),
    "dropout": (0.6, {"dropout": 0.0}),
    "pooling": (("attention",), {"pooling": "last"}),
    "segment_length": (2, {"segment_length": 1}),
    "linear_model": (True, {"linear_model": False}),
    "n_members": (2, {}),
    "embedding_dim": (5, {"embedding_dim": 4}),
    "embedding_weights": (VECTORS, {"embedding_dim": 4}),
    "standardize": (False, {}),
    "input_noise": (0.5, {}),
    "class_weight": ({1: 5.0}, {}),
    "loss": ("mae", {}),
    "learning_rate": (0.01, {}),
    "learning_rate_schedule": ("cosine", {"learning_rate_schedule": "constant"}),
    "max_epochs": (5, {}),
    "batch_size": (5, {}),
    "early_stopping": (True, {"early_stopping": False}),
    "validation_fraction": (0.5, {"early_stopping": True}),
    "weight_decay": (1.0, {}),
    "gradient_clip": (1e-3, {}),
    "random_state": (1, {}),
    "dtype": ("float64", {}),
    "net_params": ({"optimizer": torch.optim.SGD}, {}),
}
# What shows elsewhere has a test of its own in this file.
SHOWS_ELSEWHERE = {"n_iter_no_change", "device", "warm_start", "callbacks", "verbose"}


@pytest.mark.parametrize(
    ("make", "name"),
    [
        pytest.param(make, name, id=f"{make.__name__}-{name}")
        for make in (RNNClassifier, RNNRegressor)
        for name in make().get_params()
        if name not in SHOWS_ELSEWHERE
    ],
)
def test_every_parameter_moves_the_predictions(make, name):
    other, common = MOVES_PREDICTIONS[name]
    y = Y if make is RNNClassifier else TARGETS
    data, new = (TOKENS, TOKENS[:2]) if name.startswith("embedding") else (X, X_NEW)
    base = make(**(TINY | common)).fit(data, y)
    changed = make(**(TINY | common | {name: other})).fit(data, y)
    assert not np.array_equal(scores(base, new), scores(changed, new))


def test_patience_is_the_number_of_epochs_without_improvement():
    for patience in (1, 4):
        model = RNNClassifier(
            **TINY | {"max_epochs": 200, "learning_rate": 0.3},
            learning_rate_schedule="constant",
            n_iter_no_change=patience,
        ).fit(X, Y, X_val=X_VAL, y_val=1 - Y_VAL)
        assert model.n_iter_ == model.best_epoch_ + patience


def test_verbose_prints_a_line_for_each_epoch(capsys):
    RNNClassifier(**TINY).fit(X, Y)
    assert capsys.readouterr().out == ""
    RNNClassifier(**TINY, verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.strip().splitlines()
    assert "train_loss" in lines[0]
    assert len(lines) == TINY["max_epochs"] + 2
