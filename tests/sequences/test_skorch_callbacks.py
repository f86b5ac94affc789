"""skorch's callbacks, and the parameters of skorch that net_params passes on."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, get_scorer, r2_score
from skorch.callbacks import (
    Callback,
    EarlyStopping,
    EpochScoring,
    GradientNormClipping,
    LRScheduler,
)

from skrnn import RNNClassifier, RNNRegressor
from tests.sequences.small_networks import (
    CONSTANT,
    STRICT,
    TARGETS,
    TARGETS_VAL,
    TINY,
    X_VAL,
    Y_VAL,
    N,
    X,
    Y,
    both,
    scores,
)


@pytest.mark.parametrize("use_caching", [True, False])
def test_a_scoring_callback_sees_the_validation_data(use_caching):
    scoring = EpochScoring(
        "accuracy", lower_is_better=False, name="valid_accuracy", use_caching=use_caching
    )
    model = RNNClassifier(**TINY, early_stopping=False, callbacks=[scoring])
    model.fit(X, np.array(["no", "yes"])[Y], X_val=X_VAL, y_val=np.array(["no", "yes"])[Y_VAL])
    expected = accuracy_score(np.array(["no", "yes"])[Y_VAL], model.predict(X_VAL))
    assert model.history_[-1]["valid_accuracy"] == expected


@pytest.mark.parametrize("use_caching", [True, False])
def test_a_scoring_callback_works_for_numbers_and_multilabel_targets(use_caching):
    r2 = EpochScoring("r2", lower_is_better=False, use_caching=use_caching)
    model = RNNRegressor(**TINY, early_stopping=False, callbacks=[("quality", r2)])
    model.fit(X, TARGETS, X_val=X_VAL, y_val=TARGETS_VAL)
    expected = r2_score(TARGETS_VAL, model.predict(X_VAL))
    np.testing.assert_allclose(model.history_[-1]["r2"], expected, rtol=1e-4)
    exact = EpochScoring("accuracy", lower_is_better=False, use_caching=use_caching)
    labels, labels_val = (np.column_stack([y, y]) for y in (Y, Y_VAL))
    multilabel = RNNClassifier(**TINY, early_stopping=False, callbacks=[exact])
    multilabel.fit(X, labels, X_val=X_VAL, y_val=labels_val)
    assert multilabel.history_[-1]["accuracy"] == multilabel.score(X_VAL, labels_val)


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc", "f1", "balanced_accuracy"])
@pytest.mark.parametrize("net_params", [None, {"criterion": torch.nn.CrossEntropyLoss}])
def test_scorers_of_classifiers_read_the_net(scoring, net_params):
    callback = EpochScoring(scoring, lower_is_better=False)
    model = RNNClassifier(**TINY, early_stopping=False, callbacks=[callback], net_params=net_params)
    model.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    expected = get_scorer(scoring)(model, X_VAL, Y_VAL)
    np.testing.assert_allclose(model.history_[-1][scoring], expected, rtol=1e-4)


@both
def test_callbacks_are_copied_before_use(make, y, y_val):
    callback = EpochScoring("neg_mean_squared_error", on_train=True, name="score")
    before = copy.deepcopy(vars(callback))
    model = make(**TINY, callbacks=[callback]).fit(X, y)
    assert vars(callback) == before
    assert model.get_params()["callbacks"][0] is callback
    assert all(used is not callback for _, used in model.net_.callbacks_)
    assert "score" in model.history_[-1]


def test_a_scheduler_of_skorch_moves_a_constant_learning_rate():
    halving = LRScheduler(policy="StepLR", step_size=1, gamma=0.5)
    model = RNNClassifier(**CONSTANT, callbacks=[halving]).fit(X, Y)
    rates = [epoch["learning_rate"] for epoch in model.history_]
    np.testing.assert_allclose(np.divide(rates[1:], rates[:-1]), 0.5)


def test_clipping_by_callback_is_clipping_by_parameter():
    by_callback = RNNClassifier(
        **TINY, gradient_clip=None, callbacks=[GradientNormClipping(gradient_clip_value=0.05)]
    )
    by_parameter = RNNClassifier(**TINY, gradient_clip=0.05)
    unclipped = RNNClassifier(**TINY, gradient_clip=None)
    assert not np.allclose(scores(by_parameter.fit(X, Y)), scores(unclipped.fit(X, Y)))
    np.testing.assert_allclose(scores(by_callback.fit(X, Y)), scores(by_parameter), rtol=1e-5)


def test_skorchs_early_stopping_ends_the_fit_without_an_error():
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=0.99, sink=lambda _: None)
    model = RNNClassifier(**CONSTANT | {"max_epochs": 50}, callbacks=[stop]).fit(X, Y)
    assert model.n_iter_ < 50
    # the weights of the last epoch, as without a callback.
    shorter = RNNClassifier(**CONSTANT | {"max_epochs": model.n_iter_}).fit(X, Y)
    np.testing.assert_array_equal(scores(model), scores(shorter))


def test_callbacks_hear_of_every_batch():
    class Counter(Callback):
        def initialize(self):
            self.n = 0
            return self

        def on_batch_end(self, net, batch=None, training=None, **kwargs):
            self.n += training

    model = RNNClassifier(**TINY, early_stopping=False, callbacks=[("counter", Counter)])
    model.fit(X, Y)
    counter = dict(model.net_.callbacks_)["counter"]
    assert counter.n == TINY["max_epochs"] * N // TINY["batch_size"]


def test_another_optimizer_may_be_asked_for():
    momentum = {"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9}
    model = RNNClassifier(**TINY, net_params=momentum, weight_decay=0.125).fit(X, Y)
    group = model.net_.optimizer_.param_groups[0]
    assert isinstance(model.net_.optimizer_, torch.optim.SGD)
    assert group["momentum"] == 0.9
    assert group["weight_decay"] == 0.125
    assert model.loss_curve_[-1] < model.loss_curve_[0]


def test_an_optimizer_without_weight_decay_trains_too():
    settings = STRICT | {"learning_rate": 0.5, "learning_rate_schedule": "constant"}
    model = RNNClassifier(**settings, net_params={"optimizer": torch.optim.LBFGS}).fit(X, Y)
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]


def test_another_criterion_may_be_asked_for():
    usual = RNNClassifier(**TINY).fit(X, Y)
    same = RNNClassifier(**TINY, net_params={"criterion": torch.nn.CrossEntropyLoss}).fit(X, Y)
    np.testing.assert_allclose(scores(same), scores(usual), atol=1e-5)
    smooth = {"criterion": torch.nn.CrossEntropyLoss, "criterion__label_smoothing": 0.5}
    smoothed = RNNClassifier(**TINY, net_params=smooth).fit(X, Y)
    assert scores(smoothed).max() < scores(usual).max()
    weighted = RNNClassifier(
        **TINY,
        class_weight={1: 20.0},
        net_params={"criterion": torch.nn.CrossEntropyLoss, "criterion__reduction": "none"},
    )
    expected = RNNClassifier(**TINY, class_weight={1: 20.0}).fit(X, Y)
    np.testing.assert_allclose(scores(weighted.fit(X, Y)), scores(expected), atol=1e-5)
